"""Statements paid to providers, as payments issues them: later they prove who somebody is (REG-13)."""

from services.identity.domain.statements import Statement, StatementFacts
from services.identity.handlers.register_ports import StatementRepository
from shared.clock import business_day
from shared.contracts.payments import StatementIssued
from shared.envelopes import Received
from shared.outbox import Work

PROVIDER_CLASS = "provider"


async def on_statement_issued(
    received: Received[StatementIssued], work: Work, *, statements: StatementRepository
) -> None:
    """Keep the head of a provider's statement; members do not prove themselves by theirs.

    The register need not know the payee yet: the statement is found as soon as it does.
    """
    event = received.message
    if event.payee_class != PROVIDER_CLASS:
        return
    facts = StatementFacts(business_day(event.issued_at), event.batch_number)
    statement = Statement(provider_id=event.payee_id, facts=facts, amount_cents=event.amount_cents)
    await statements.save_all([statement], session=work.session)
