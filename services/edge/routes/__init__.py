"""The HTTP → message table, by resource. Routes are matched in this order; the busiest stand first."""

from typing import Final

from services.edge.routes import (
    account,
    agreements,
    claims,
    contact,
    direct_deposit,
    dossiers,
    enrolments,
    inbox,
    keys,
    passwords,
    payments,
    provider_enrolments,
    registers,
    roster,
    sign_in,
    terms,
)
from services.edge.routes.table import Row

TABLE: Final[tuple[Row, ...]] = (
    *claims.ROWS,
    *payments.ROWS,
    *account.ROWS,
    *passwords.ROWS,
    *sign_in.ROWS,
    *enrolments.ROWS,
    *agreements.ROWS,
    *provider_enrolments.ROWS,
    *terms.ROWS,
    *dossiers.ROWS,
    *contact.ROWS,
    *direct_deposit.ROWS,
    *inbox.ROWS,
    *roster.ROWS,
    *registers.ROWS,
    *keys.ROWS,
)
