"""The HTTP → message table, by resource. Routes are matched in this order; the busiest stand first."""

from typing import Final

from services.edge.routes import (
    account,
    claims,
    contact,
    direct_deposit,
    dossiers,
    enrolments,
    keys,
    payments,
    roster,
    sign_in,
    terms,
)
from services.edge.routes.table import Row

TABLE: Final[tuple[Row, ...]] = (
    *claims.ROWS,
    *payments.ROWS,
    *account.ROWS,
    *sign_in.ROWS,
    *enrolments.ROWS,
    *terms.ROWS,
    *dossiers.ROWS,
    *contact.ROWS,
    *direct_deposit.ROWS,
    *roster.ROWS,
    *keys.ROWS,
)
