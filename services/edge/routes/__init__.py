"""The HTTP → message table, by resource. Routes are matched in this order; the busiest stand first."""

from typing import Final

from services.edge.routes import (
    account,
    acts,
    claims,
    clients,
    direct_deposit,
    keys,
    oauth,
    payments,
    registrations,
    roster,
    sign_in,
)
from services.edge.routes.table import Row

TABLE: Final[tuple[Row, ...]] = (
    *claims.ROWS,
    *payments.ROWS,
    *account.ROWS,
    *sign_in.ROWS,
    *registrations.ROWS,
    *direct_deposit.ROWS,
    *roster.ROWS,
    *keys.ROWS,
    *acts.ROWS,
    *oauth.ROWS,
    *clients.ROWS,
)
