"""Reconciliation: zero when all is well, and every difference that is planted is listed with its kind and amount."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.payments.domain.reconciliation import BankLine, Difference
from services.payments.domain.reconciling import reconcile
from services.payments.handlers.access import AgentsOnly
from services.payments.handlers.reconciliation import ReconciliationScopeInvalid, Scope, gather
from services.payments.handlers.tracing import trace_reference
from services.payments.ledger_reports import reconciliation_tables, write_reconciliation
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.payments import PaymentScheduled
from shared.contracts.payments_ledger import Reconcile, ReconciliationView
from shared.outbox import each
from tests.support.payments_builders import (
    FRIDAY,
    claim_adjudicated,
    member,
    readjudicated,
    settlement_of,
    some_id,
)
from tests.support.payments_desk import Desk, memory_desk, paid_batch
from tests.support.payments_memory import MemoryStorage
from tests.support.payments_returns_desk import ReturnsDesk, returned

pytestmark = pytest.mark.req("PAY-6", "PAY-7")

FRIDAY_DAY = "2026-11-20"
ONE, TWO = 8_000, 4_500


class Paid:
    """Two members paid by one run, one of them for two claims."""

    def __init__(self, desk: Desk, storage: MemoryStorage, claims: tuple[ClaimAdjudicated, ...]) -> None:
        self.desk, self.storage, self.claims = desk, storage, claims
        self.payments = {event.payee_id: event for event in desk.events(PaymentScheduled)}

    @property
    def first(self) -> PaymentScheduled:
        """The payment of the member with one claim."""
        return self.payments[self.claims[0].dossier_id]

    @property
    def payable_key(self) -> str:
        return f"{self.claims[0].claim_id}/1/{self.claims[0].dossier_id}"

    async def differences(self) -> tuple[Difference, ...]:
        return reconcile(await gather(Scope(run_id=self.first.run_id), records=self.storage.records)).differences

    def change_word(self, kind: str, change: Callable[[tuple[BankLine, ...]], tuple[BankLine, ...]]) -> None:
        words = self.storage.records.words
        (one,) = [w for w in words.values() if w.kind == kind and self._mentions(w.lines)]
        words[one.word_id] = replace(one, lines=change(one.lines))

    def change_payment(self, **facts: Any) -> None:
        payments = self.storage.payments.payments
        payments[self.first.payment_id] = forced(payments[self.first.payment_id], **facts)

    def _mentions(self, lines: tuple[BankLine, ...]) -> bool:
        return any(line.payment_id == self.first.payment_id for line in lines)


def forced(thing: Any, **facts: Any) -> Any:
    """A copy with other facts, past the checks that would refuse them."""
    copy = replace(thing)
    for name, value in facts.items():
        object.__setattr__(copy, name, value)
    return copy


@pytest.fixture
async def paid() -> Paid:
    desk = memory_desk()
    assert isinstance(desk.storage, MemoryStorage)
    single = claim_adjudicated(benefit_cents=ONE)
    dossier = some_id("dossier")
    pair = [claim_adjudicated(benefit_cents=TWO, dossier_id=dossier) for _ in range(2)]
    await paid_batch(desk, single, *pair)
    return Paid(desk, desk.storage, (single, *pair))


def equation(view: ReconciliationView, name: str) -> tuple[dict[str, int], dict[str, int]]:
    (found,) = [one for one in view.equations if one.name == name]
    return found.left, found.right


async def test_a_settled_run_reconciles_to_zero(paid: Paid) -> None:
    view = await paid.desk.reconciled(run_id=paid.first.run_id)
    total = ONE + 2 * TWO
    assert (view.reconciled, view.difference_cents, view.differences) == (True, 0, ())
    assert equation(view, "claims_to_payables") == ({"adjudicated": total}, {"payables": total})
    assert equation(view, "batches_to_file") == ({"batches": total}, {"file_lines": total, "unsent": 0, "cheques": 0})
    settled = {"settled": total, "returned": 0, "in_transit": 0}
    assert equation(view, "file_to_bank") == ({"file_lines": total}, settled)
    assert sorted(batch.settled_cents for batch in view.batches) == [ONE, 2 * TWO]
    assert sum(batch.claims for batch in view.batches) == 3


async def test_money_on_its_way_reconciles_at_every_step() -> None:
    desk = memory_desk()
    claims = [claim_adjudicated(benefit_cents=ONE) for _ in range(2)]
    await desk.adjudicated(*claims)
    await desk.enrol(claims[0].dossier_id)
    run = await desk.close_run()
    day = {"from_day": FRIDAY_DAY}
    view = await desk.reconciled(**day)
    assert view.reconciled
    waiting = {"batched": ONE, "carried_over": ONE, "recoveries_waiting": 0}
    assert equation(view, "payables_to_batches") == ({"payables": 2 * ONE}, waiting)
    assert equation(view, "batches_to_file")[1] == {"file_lines": 0, "unsent": ONE, "cheques": 0}
    await desk.file_sent()
    view = await desk.reconciled(run_id=run.run_id)
    assert view.reconciled
    assert equation(view, "file_to_bank")[1] == {"settled": 0, "returned": 0, "in_transit": ONE}


async def test_a_correction_and_its_recovery_reconcile(paid: Paid) -> None:
    corrected = readjudicated(paid.claims[0], benefit_cents=ONE - 3_000)
    more = claim_adjudicated(benefit_cents=5_000, dossier_id=corrected.dossier_id)
    await paid.desk.adjudicated(corrected, more)
    view = await paid.desk.reconciled(from_day=FRIDAY_DAY)
    assert view.reconciled
    waiting = {"batched": ONE + 2 * TWO, "carried_over": 5_000, "recoveries_waiting": -3_000}
    assert equation(view, "payables_to_batches")[1] == waiting
    run = await paid.desk.close_run()
    await paid.desk.file_sent()
    await paid.desk.settled(settlement_of(paid.desk.events(PaymentScheduled)[-1]))
    view = await paid.desk.reconciled(run_id=run.run_id)
    assert view.reconciled
    assert equation(view, "claims_to_payables") == ({"adjudicated": 2_000}, {"payables": 2_000})


async def test_days_without_anything_reconcile_and_the_day_is_the_business_day(paid: Paid) -> None:
    assert (await paid.desk.reconciled(from_day="2026-11-19")).batch_count == 0
    today = await paid.desk.reconciled()
    assert (str(today.from_day), str(today.to_day), today.batch_count) == (FRIDAY_DAY, FRIDAY_DAY, 2)
    assert (await paid.desk.reconciled(from_day="2026-11-01", to_day="2026-11-30")).batch_count == 2


def remove_payable(paid: Paid) -> None:
    del paid.storage.payables.batched[paid.payable_key]


def change_payable(paid: Paid) -> None:
    taken = paid.storage.payables.taken
    taken[paid.payable_key] = replace(taken[paid.payable_key], amount_cents=ONE + 1)


def open_payable_again(paid: Paid) -> None:
    payables = paid.storage.payables
    del payables.batched[paid.payable_key]
    payables.open[paid.payable_key] = payables.taken[paid.payable_key]


def add_payable(paid: Paid) -> None:
    taken = paid.storage.payables.taken[paid.payable_key]
    invented = replace(taken, payee_id="somebody else", amount_cents=77)
    paid.storage.payables.batched[invented.key] = paid.first.run_id
    paid.storage.payables.taken[invented.key] = invented


def remove_version(paid: Paid) -> None:
    del paid.storage.claims.versions[f"{paid.claims[0].claim_id}/1"]


def remove_adjudication(paid: Paid) -> None:
    del paid.storage.ledger.transfers[f"claim/{paid.claims[0].claim_id}/1"]


def remove_scheduling(paid: Paid) -> None:
    del paid.storage.ledger.transfers[f"scheduled/{paid.first.payment_id}"]


def remove_settlement_from_ledger(paid: Paid) -> None:
    del paid.storage.ledger.transfers[f"settled/{paid.first.payment_id}"]


def change_settlement(paid: Paid) -> None:
    paid.change_word("settlement", lambda lines: (replace(lines[0], amount_cents=ONE - 100),))


def remove_settlement(paid: Paid) -> None:
    paid.change_word("settlement", lambda _: ())


def duplicate_settlement(paid: Paid) -> None:
    paid.change_word("settlement", lambda lines: (*lines, *lines))


def duplicate_file_line(paid: Paid) -> None:
    first = paid.first.payment_id
    paid.change_word("file", lambda lines: (*lines, *(line for line in lines if line.payment_id == first)))


def remove_file_line(paid: Paid) -> None:
    first = paid.first.payment_id
    paid.change_word("file", lambda lines: tuple(line for line in lines if line.payment_id != first))


def change_file_line(paid: Paid) -> None:
    first = paid.first.payment_id
    paid.change_word(
        "file",
        lambda lines: tuple(
            replace(line, amount_cents=ONE + 5) if line.payment_id == first else line for line in lines
        ),
    )


def add_unknown_line(paid: Paid) -> None:
    paid.change_word("file", lambda lines: (*lines, BankLine(payment_id="nobody", amount_cents=9)))


def change_batch(paid: Paid) -> None:
    paid.change_payment(amount_cents=ONE + 10)


def change_item(paid: Paid) -> None:
    payment = paid.storage.payments.payments[paid.first.payment_id]
    paid.change_payment(items=(replace(payment.items[0], amount_cents=ONE - 2),))


def forget_settling(paid: Paid) -> None:
    paid.change_payment(status="sent", settled_on=None)


def pay_again(paid: Paid) -> None:
    payments = paid.storage.payments.payments
    again = replace(payments[paid.first.payment_id], payment_id="again", batch_number="10000099", status="scheduled")
    payments["again"] = again


Planted = Callable[[Paid], None]
PAYABLE, PAYMENT, VERSION = "payable", "payment", "version"


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (remove_payable, {("payable_missing", PAYABLE, ONE, 0)}),
        (
            change_payable,
            {("payable_amount_differs", PAYABLE, ONE, ONE + 1), ("item_amount_differs", PAYABLE, ONE + 1, ONE)},
        ),
        (open_payable_again, {("payable_open_in_batch", PAYABLE, 0, ONE)}),
        (add_payable, {("payable_without_claim", "other", 0, 77), ("payable_in_no_batch", "other", 77, 0)}),
        (
            remove_version,
            {
                ("version_missing", VERSION, 0, 0),
                ("payable_without_claim", PAYABLE, 0, ONE),
                ("adjudication_differs_in_ledger", VERSION, 0, ONE),
                ("item_without_claim", PAYABLE, 0, ONE),
            },
        ),
        (remove_adjudication, {("adjudication_not_in_ledger", VERSION, ONE, 0)}),
        (remove_scheduling, {("scheduling_differs_in_ledger", PAYMENT, ONE, 0)}),
        (remove_settlement_from_ledger, {("settlement_differs_in_ledger", PAYMENT, ONE, 0)}),
        (change_settlement, {("settlement_amount_differs", PAYMENT, ONE, ONE - 100)}),
        (remove_settlement, {("settlement_missing", PAYMENT, ONE, 0)}),
        (duplicate_settlement, {("settlement_duplicated", PAYMENT, ONE, 2 * ONE)}),
        (duplicate_file_line, {("file_line_duplicated", PAYMENT, ONE, 2 * ONE)}),
        (remove_file_line, {("file_line_missing", PAYMENT, ONE, 0)}),
        (change_file_line, {("file_line_amount_differs", PAYMENT, ONE, ONE + 5)}),
        (add_unknown_line, {("file_line_unknown", "nobody", 0, 9)}),
        (
            change_batch,
            {
                ("batch_amount_differs", PAYMENT, ONE, ONE + 10),
                ("scheduling_differs_in_ledger", PAYMENT, ONE + 10, ONE),
                ("file_line_amount_differs", PAYMENT, ONE + 10, ONE),
                ("settlement_amount_differs", PAYMENT, ONE + 10, ONE),
                ("settlement_differs_in_ledger", PAYMENT, ONE + 10, ONE),
            },
        ),
        (
            change_item,
            {("batch_amount_differs", PAYMENT, ONE - 2, ONE), ("item_amount_differs", PAYABLE, ONE, ONE - 2)},
        ),
        (forget_settling, {("settlement_not_booked", PAYMENT, ONE, 0)}),
        (
            pay_again,
            {
                ("payable_in_several_batches", PAYABLE, ONE, 2 * ONE),
                ("scheduling_differs_in_ledger", "again", ONE, 0),
            },
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_a_planted_difference_is_listed_with_its_kind_and_amount_and_nothing_else_is(
    paid: Paid, plant: Planted, expected: set[tuple[str, str, int, int]]
) -> None:
    claim = paid.claims[0]
    names = {
        PAYABLE: paid.payable_key,
        PAYMENT: paid.first.payment_id,
        VERSION: f"{claim.claim_id}/1",
        "other": f"{claim.claim_id}/1/somebody else",
    }
    plant(paid)
    found = {(one.kind, one.subject, one.expected_cents, one.found_cents) for one in await paid.differences()}
    assert found == {(kind, names.get(subject, subject), want, got) for kind, subject, want, got in expected}
    view = await paid.desk.reconciled(run_id=paid.first.run_id)
    assert not view.reconciled
    assert view.difference_count == len(expected)


async def test_a_settlement_that_banking_states_wrongly_is_found_although_it_is_never_booked() -> None:
    desk = memory_desk()
    claim = claim_adjudicated(benefit_cents=ONE)
    await desk.adjudicated(claim)
    await desk.enrol(claim.dossier_id)
    run = await desk.close_run()
    await desk.file_sent()
    (payment,) = desk.events(PaymentScheduled)
    wrong = settlement_of(payment, amount_cents=ONE + 1)
    await desk.tell(desk.handlers.keep_settlements, wrong)
    (found,) = (await desk.reconciled(run_id=run.run_id)).differences
    assert (found.kind, found.subject, found.difference_cents) == ("settlement_amount_differs", payment.payment_id, 1)


async def test_a_file_that_pays_a_line_twice_is_found() -> None:
    desk = memory_desk()
    claim = claim_adjudicated(benefit_cents=ONE)
    await desk.adjudicated(claim)
    await desk.enrol(claim.dossier_id)
    run = await desk.close_run()
    sent = await desk.file_sent()
    again = sent.model_copy(update={"file_number": sent.file_number + 1})
    await desk.tell(each(desk.handlers.keep_file_lines), again)
    view = await desk.reconciled(run_id=run.run_id)
    (found,) = view.differences
    assert (found.kind, found.difference_cents, view.difference_cents) == ("file_line_duplicated", ONE, ONE)


async def test_only_agents_reconcile(paid: Paid) -> None:
    with pytest.raises(AgentsOnly):
        await paid.desk.ask(paid.desk.handlers.reconcile, Reconcile(), actor=member())


@pytest.mark.parametrize(
    "scope",
    [
        {"run_id": "run", "from_day": FRIDAY_DAY},
        {"to_day": FRIDAY_DAY},
        {"from_day": FRIDAY_DAY, "to_day": "2026-11-19"},
    ],
)
async def test_a_scope_is_a_run_or_days_in_order(paid: Paid, scope: dict[str, str]) -> None:
    with pytest.raises(ReconciliationScopeInvalid):
        await paid.desk.reconciled(**scope)


Reference = Callable[[Paid], str]


@pytest.mark.parametrize(
    "reference",
    [
        lambda paid: paid.claims[0].claim_number,
        lambda paid: paid.claims[0].claim_id,
        lambda paid: paid.first.batch_number,
        lambda paid: paid.first.payment_id,
    ],
    ids=["claim number", "claim", "batch", "payment"],
)
async def test_a_cent_is_traced_from_its_claim_to_the_bank(paid: Paid, reference: Reference) -> None:
    steps = await trace_reference(reference(paid), records=paid.storage.records)
    told = [(step.what, step.amount_cents) for step in steps if step.what != "posted"]
    way = ["adjudicated", "payable", "in batch", "batch", "file line", "bank: settlement"]
    assert told == [(what, ONE) for what in way]
    posted = [
        (step.reference.partition("/")[0], step.note.partition(":")[0]) for step in steps if step.what == "posted"
    ]
    assert posted == [
        ("claim", "benefit_expense"),
        ("claim", "payable"),
        ("scheduled", "payable"),
        ("scheduled", "in_transit"),
        ("settled", "in_transit"),
        ("settled", "bank"),
    ]


async def test_what_nobody_knows_has_no_trace(paid: Paid) -> None:
    assert await trace_reference("unknown", records=paid.storage.records) == ()


async def test_the_report_is_written_as_json_csv_and_text(paid: Paid, tmp_path: Any) -> None:
    duplicate_file_line(paid)
    view = await paid.desk.reconciled(run_id=paid.first.run_id)
    written = {path.name: path.read_text(encoding="utf-8") for path in write_reconciliation(view, tmp_path / "new")}
    assert ReconciliationView.model_validate_json(written["reconciliation.json"]) == view
    assert written["reconciliation-batches.csv"].count("\n") == 3
    assert (
        f"file_line_duplicated,{paid.first.payment_id},{ONE},{2 * ONE},{ONE}"
        in written["reconciliation-differences.csv"]
    )
    assert f"differs by {ONE} cents" in written["reconciliation.txt"]
    assert len(reconciliation_tables(view)) == 2


def test_the_business_day_of_an_instant_is_in_its_scope() -> None:
    start, end = Scope(from_day=FRIDAY.date(), to_day=FRIDAY.date()).instants
    assert start <= FRIDAY < end
    assert end - start == timedelta(days=1)


@pytest.fixture
async def came_back() -> tuple[ReturnsDesk, PaymentScheduled]:
    """Two payments settled, one of them returned afterwards."""
    office = ReturnsDesk.in_memory()
    first, _ = await office.paid(ONE, TWO)
    event = returned(first)
    await office.desk.tell(each(office.desk.handlers.keep_returns), event)
    await office.came_back(event)
    return office, first


@pytest.mark.req("BNK-5")
async def test_a_return_and_its_issue_by_deposit_reconcile_in_both_runs(
    came_back: tuple[ReturnsDesk, PaymentScheduled],
) -> None:
    office, payment = came_back
    view = await office.desk.reconciled(run_id=payment.run_id)
    assert view.reconciled
    assert equation(view, "file_to_bank")[1] == {"settled": TWO, "returned": ONE, "in_transit": 0}
    anew = (await office.reissue(payment.batch_number, confirmed=True)).reissue
    await office.reissue_settled()
    for run_id in (payment.run_id, anew.run_id):
        assert (await office.desk.reconciled(run_id=run_id)).differences == ()
    before = {batch.payment_id: batch for batch in (await office.desk.reconciled(run_id=payment.run_id)).batches}
    assert before[payment.payment_id].reissued_cents == ONE


@pytest.mark.req("BNK-5", "PAY-5")
async def test_a_cheque_in_the_place_of_a_return_reconciles_until_it_is_cashed(
    came_back: tuple[ReturnsDesk, PaymentScheduled],
) -> None:
    office, payment = came_back
    anew = (await office.reissue(payment.batch_number, "cheque")).reissue
    view = await office.desk.reconciled(run_id=anew.run_id)
    assert view.reconciled
    assert equation(view, "batches_to_file")[1] == {"file_lines": 0, "unsent": 0, "cheques": ONE}
    assert anew.cheque_number is not None
    await office.decide(anew.cheque_number, "cashed")
    (batch,) = (await office.desk.reconciled(run_id=anew.run_id)).batches
    assert batch.cashed_cents == ONE


@pytest.mark.req("BNK-5")
async def test_a_return_that_banking_did_not_report_or_that_nobody_booked_is_found() -> None:
    office = ReturnsDesk.in_memory()
    booked, reported = await office.paid(ONE, TWO)
    await office.came_back(returned(booked))
    await office.desk.tell(each(office.desk.handlers.keep_returns), returned(reported))
    found = (await office.desk.reconciled(run_id=booked.run_id)).differences
    assert {(one.kind, one.subject, one.difference_cents) for one in found} == {
        ("return_missing", booked.payment_id, -ONE),
        ("return_not_booked", reported.payment_id, -TWO),
    }
