"""Returned payments on a real database: booked once, paid anew once, whoever asks at the same time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.payments.domain.errors import AlreadyReissued, ChangedMeanwhile
from services.payments.storage import SCHEMA, Storage
from shared.contracts.payments import PaymentScheduled, RunApproved
from shared.contracts.payments_returns import PaymentReturned, ReissueView
from shared.mongo import Database, DuplicateKey
from shared.schema import Schema
from tests.support.payments_returns_desk import ReturnsDesk, details_changed, returned

MakeDatabase = Callable[[Schema], Awaitable[Database]]
PROCESSES = 4


@pytest.fixture
async def offices(make_database: MakeDatabase) -> list[ReturnsDesk]:
    """Processes of the service on the same database."""
    database = await make_database(SCHEMA)
    return [ReturnsDesk.over(Storage(database), database) for _ in range(PROCESSES)]


@pytest.mark.req("BNK-5", "PAY-6", "PAY-7")
async def test_a_return_delivered_to_all_at_once_is_booked_once(offices: list[ReturnsDesk]) -> None:
    (payment,) = await offices[0].paid(700)
    outcomes = await asyncio.gather(
        *(office.came_back(returned(payment)) for office in offices), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} <= {type(None), DuplicateKey, ChangedMeanwhile}
    assert sum(len(office.desk.events(PaymentReturned)) for office in offices) == 1
    assert await offices[0].balances() == {"benefit_expense": 700, "returned": -700}


@pytest.mark.req("PAY-6", "PAY-7")
@pytest.mark.parametrize("methods", [("deposit",), ("cheque",), ("deposit", "cheque")])
async def test_a_returned_payment_re_issued_by_all_at_once_is_paid_once(
    offices: list[ReturnsDesk], methods: tuple[str, ...]
) -> None:
    payment, other = await offices[0].paid(700, 300)
    await offices[0].came_back(returned(payment), returned(other))
    await offices[0].changed(details_changed(payment.payee_id))
    works = [office.reissue(payment.batch_number, method) for office in offices for method in methods]
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    views = [outcome for outcome in outcomes if isinstance(outcome, ReissueView)]
    refused = [outcome for outcome in outcomes if not isinstance(outcome, ReissueView)]
    assert len({view.reissue.payment_id for view in views}) == 1
    assert {type(one) for one in refused} <= {AlreadyReissued, ChangedMeanwhile, DuplicateKey}
    events = [event for office in offices for event in office.desk.events(PaymentScheduled)]
    assert sum(event.reissue_of == payment.payment_id for event in events) == 1
    method = views[0].reissue.method
    where = "cheques" if method == "cheque" else "in_transit"
    assert await offices[0].balances() == {"benefit_expense": 1_000, "returned": -300, where: -700}
    assert len((await offices[0].cheques()).cheques) == (method == "cheque")
    approved = [event for office in offices for event in office.desk.events(RunApproved)]
    assert len(approved) == (1 if method == "cheque" else 2)


@pytest.mark.req("PAY-5", "PAY-6")
async def test_flags_lists_and_the_register_are_kept(offices: list[ReturnsDesk]) -> None:
    office = offices[0]
    one, other = sorted(await office.paid(700, 300), key=lambda payment: payment.batch_number)
    await office.came_back(returned(one), returned(other))
    first = await office.list_returned(limit=1)
    assert [(each.batch_number, each.details_flagged) for each in first.payments] == [(other.batch_number, True)]
    (second,) = (await office.list_returned(before=first.next_before)).payments
    assert (second.batch_number, second.file_number, second.claim_ids) == (one.batch_number, 17, one.claim_ids)
    cheque = (await office.reissue(one.batch_number, "cheque")).reissue
    await office.reissue(other.batch_number, "cheque")
    assert [each.cheque_number for each in (await office.cheques(limit=1)).cheques] == ["100002"]
    assert (await office.list_returned()).payments == ()
    (_, done) = (await office.list_returned(reissued=True)).payments
    assert done.reissue == cheque
    decided = await asyncio.gather(
        *(each.decide(str(cheque.cheque_number), "voided") for each in offices), return_exceptions=True
    )
    assert any(not isinstance(outcome, BaseException) for outcome in decided)
    assert [each.status for each in (await office.cheques()).cheques] == ["issued", "voided"]
    assert await office.balances() == {
        "benefit_expense": 1_000,
        "returned": -one.amount_cents,
        "cheques": -other.amount_cents,
    }
    await office.reissue(one.batch_number, "cheque")
    (again,) = (await office.list_returned()).payments
    assert again.batch_number == cheque.batch_number
