"""The HTTP → message table, by resource. Routes are matched in this order; the busiest stand first."""

from typing import Final

from services.edge.routes import (
    account,
    account_management,
    claims,
    contact,
    direct_deposit,
    dossiers,
    enrolments,
    keys,
    passwords,
    payments,
    provider_enrolments,
    recoveries,
    registers,
    roster,
    sign_in,
    step_ups,
    terms,
)
from services.edge.routes.table import Row

TABLE: Final[tuple[Row, ...]] = (
    *claims.ROWS,
    *payments.ROWS,
    *account.ROWS,
    *passwords.ROWS,
    *sign_in.ROWS,
    *recoveries.ROWS,
    *step_ups.ROWS,
    *account_management.ROWS,
    *enrolments.ROWS,
    *provider_enrolments.ROWS,
    *terms.ROWS,
    *dossiers.ROWS,
    *contact.ROWS,
    *direct_deposit.ROWS,
    *roster.ROWS,
    *registers.ROWS,
    *keys.ROWS,
)
