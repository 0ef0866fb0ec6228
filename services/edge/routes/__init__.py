"""The HTTP → message table, by resource. Routes are matched in this order; the busiest stand first."""

from typing import Final

from services.edge.routes import (
    account,
    agreements,
    claims,
    contact,
    delegation_signing,
    delegations,
    direct_deposit,
    dossiers,
    enrolments,
    grants,
    inbox,
    keys,
    passwords,
    payments,
    provider_enrolments,
    registers,
    roster,
    security,
    sessions,
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
    *terms.ROWS,
    *dossiers.ROWS,
    *contact.ROWS,
    *agreements.ROWS,
    *provider_enrolments.ROWS,
    *sessions.ROWS,
    *security.ROWS,
    *direct_deposit.ROWS,
    *inbox.ROWS,
    *roster.ROWS,
    *registers.ROWS,
    *delegations.ROWS,
    *delegation_signing.ROWS,
    *grants.ROWS,
    *keys.ROWS,
)
