"""The HTTP → message table, by resource. Routes are matched in this order; the busiest stand first."""

from typing import Final

from services.edge.routes import (
    account,
    claims,
    direct_deposit,
    keys,
    locks,
    payments,
    registrations,
    roster,
    second_factor,
    sign_in,
)
from services.edge.routes.table import Row

TABLE: Final[tuple[Row, ...]] = (
    *claims.ROWS,
    *payments.ROWS,
    *account.ROWS,
    *sign_in.ROWS,
    *second_factor.ROWS,
    *registrations.ROWS,
    *direct_deposit.ROWS,
    *roster.ROWS,
    *locks.ROWS,
    *keys.ROWS,
)
