"""Benefits that are assigned to a provider: paid to it, never to both (CLM-6, PAY-1, PAY-7)."""

import pytest

from services.payments.domain.errors import NoProvider, StatementNotFound
from shared.contracts import Actor
from shared.contracts.payments import (
    GetProviderStatement,
    ListProviderPayments,
    PaymentScheduled,
    StatementIssued,
)
from tests.support.payments_builders import claim_adjudicated, readjudicated, settlement_of, some_id
from tests.support.payments_desk import Desk, memory_desk

pytestmark = pytest.mark.req("CLM-6", "PAY-1")


def provider(provider_id: str | None) -> Actor:
    return Actor(account_id=some_id("account"), session_id="s", roles=("provider",), provider_id=provider_id)


async def settle_everything(desk: Desk, payee_class: str) -> None:
    run = await desk.close_run(payee_class=payee_class)
    await desk.file_sent()
    await desk.settled(*(settlement_of(each) for each in desk.events(PaymentScheduled) if each.run_id == run.run_id))


async def test_an_assigned_benefit_is_paid_to_the_provider_in_a_run_of_its_class() -> None:
    desk, clinic = memory_desk(), some_id("provider")
    claims = [claim_adjudicated(pay_to="provider", provider_id=clinic, benefit_cents=4_000) for _ in range(3)]
    await desk.adjudicated(*claims)
    await desk.enrol(clinic)

    await settle_everything(desk, "provider")

    [payment] = desk.events(PaymentScheduled)
    assert (payment.payee_class, payment.payee_id, payment.amount_cents) == ("provider", clinic, 12_000)
    [issued] = desk.events(StatementIssued)
    assert (issued.payee_class, issued.payee_id) == ("provider", clinic)
    page = await desk.ask(desk.handlers.list_provider_payments, ListProviderPayments(), actor=provider(clinic))
    assert [each.amount_cents for each in page.payments] == [12_000]
    query = GetProviderStatement(batch_number=payment.batch_number)
    statement = await desk.ask(desk.handlers.get_provider_statement, query, actor=provider(clinic))
    assert {each.claim_number for each in statement.claims} == {each.claim_number for each in claims}


async def test_payments_of_a_provider_are_its_own() -> None:
    desk, clinic = memory_desk(), some_id("provider")
    claim = claim_adjudicated(pay_to="provider", provider_id=clinic)
    await desk.adjudicated(claim)
    await desk.enrol(clinic)
    await settle_everything(desk, "provider")
    batch_number = desk.events(PaymentScheduled)[0].batch_number

    other = provider(some_id("provider"))
    page = await desk.ask(desk.handlers.list_provider_payments, ListProviderPayments(), actor=other)
    assert page.payments == ()
    with pytest.raises(StatementNotFound):
        await desk.ask(
            desk.handlers.get_provider_statement, GetProviderStatement(batch_number=batch_number), actor=other
        )
    with pytest.raises(StatementNotFound):
        await desk.statement(batch_number, claim.dossier_id)
    with pytest.raises(NoProvider):
        await desk.ask(desk.handlers.list_provider_payments, ListProviderPayments(), actor=provider(None))


@pytest.mark.req("PAY-7")
async def test_when_the_payee_changes_the_former_one_owes_it_back() -> None:
    desk, clinic = memory_desk(), some_id("provider")
    paid_to_member = claim_adjudicated(benefit_cents=5_000)
    await desk.adjudicated(paid_to_member)
    await desk.enrol(clinic, paid_to_member.dossier_id)
    await settle_everything(desk, "member")

    assigned = readjudicated(paid_to_member, benefit_cents=5_000, pay_to="provider", provider_id=clinic)
    await desk.adjudicated(assigned)
    await desk.adjudicated(assigned)
    await settle_everything(desk, "provider")

    assert [(each.payee_id, each.amount_cents) for each in desk.events(PaymentScheduled)] == [
        (paid_to_member.dossier_id, 5_000),
        (clinic, 5_000),
    ]
    ledger = await desk.ledger()
    assert (ledger.sum_cents, ledger.payables_open_cents) == (0, -5_000)


async def test_without_a_provider_the_benefit_is_the_member_s() -> None:
    desk = memory_desk()
    claim = claim_adjudicated(pay_to="member", provider_id=some_id("provider"))
    await desk.adjudicated(claim)
    await desk.enrol(claim.dossier_id)

    await settle_everything(desk, "member")

    assert [each.payee_id for each in desk.events(PaymentScheduled)] == [claim.dossier_id]
