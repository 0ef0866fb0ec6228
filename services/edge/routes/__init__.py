"""The HTTP → message table, by resource. Routes are matched in this order; the busiest stand first."""

from typing import Final

from services.edge.routes import (
    account,
    claims,
    direct_deposit,
    keys,
    payments,
    registrations,
    roster,
    security,
    sessions,
    sign_in,
)
from services.edge.routes.table import Row

TABLE: Final[tuple[Row, ...]] = (
    *claims.ROWS,
    *payments.ROWS,
    *account.ROWS,
    *sign_in.ROWS,
    *sessions.ROWS,
    *security.ROWS,
    *registrations.ROWS,
    *direct_deposit.ROWS,
    *roster.ROWS,
    *keys.ROWS,
)
