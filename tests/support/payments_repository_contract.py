"""What every storage of payments does alike: run on memory in the unit tests, on MongoDB in the integration tests."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.payments.domain.claim_version import version_key
from services.payments.domain.errors import ChangedMeanwhile, Contradiction
from services.payments.domain.ledger import BANK, BENEFIT_EXPENSE, transfer
from services.payments.domain.payee import Payee
from services.payments.domain.run import DepositFile
from services.payments.ports import Repositories
from shared.mongo import DuplicateKey
from tests.support.payments_builders import (
    FRIDAY,
    MONDAY,
    a_payable,
    a_payment,
    a_run,
    a_statement,
    a_version,
    some_id,
)

LATER = FRIDAY + timedelta(minutes=1)
FILE = DepositFile(number=17, name="AFT0017.txt", sha256="0" * 64)


class PaymentsRepositoryContract:
    async def test_claim_versions_come_back_as_they_were(self, storage: Repositories) -> None:
        first, other = a_version(), a_version(version=3)
        await storage.claims.add_many([first, other], session=None)
        found = await storage.claims.get_many([first.key, other.key, version_key("unknown", 1)], session=None)
        assert found == {first.key: first, other.key: other}

    async def test_the_head_of_a_claim_is_its_highest_version(self, storage: Repositories) -> None:
        claim_id = some_id("claim")
        first = a_version(claim_id=claim_id)
        third = a_version(claim_id=claim_id, version=3, benefit_cents=1, follows=1)
        await storage.claims.add_many([third, first, a_version()], session=None)
        assert await storage.claims.heads([claim_id, "unknown"], session=None) == {claim_id: third.head}

    @pytest.mark.req("PAY-7")
    async def test_a_claim_version_is_stored_once(self, storage: Repositories) -> None:
        version = a_version()
        await storage.claims.add_many([version], session=None)
        with pytest.raises(DuplicateKey):
            await storage.claims.add_many([version], session=None)

    @pytest.mark.req("PAY-7")
    async def test_a_claim_version_has_one_successor(self, storage: Repositories) -> None:
        claim_id = some_id("claim")
        await storage.claims.add_many([a_version(claim_id=claim_id, version=2, follows=1)], session=None)
        with pytest.raises(DuplicateKey):
            await storage.claims.add_many([a_version(claim_id=claim_id, version=3, follows=1)], session=None)

    async def test_open_payables_of_a_class_come_oldest_first(self, storage: Repositories) -> None:
        young, old = a_payable(opened_at=LATER), a_payable(amount_cents=-300)
        await storage.payables.add_many([young, old, a_payable(payee_class="provider")], session=None)
        assert await storage.payables.list_open("member", session=None) == [old, young]

    @pytest.mark.req("PAY-7")
    async def test_a_payable_is_stored_once_even_after_a_batch_took_it(self, storage: Repositories) -> None:
        payable = a_payable()
        await storage.payables.add_many([payable], session=None)
        await storage.payables.put_into_batches([a_payment(payable)], run_id="run", session=None)
        with pytest.raises(DuplicateKey):
            await storage.payables.add_many([payable], session=None)

    @pytest.mark.req("PAY-7")
    async def test_a_payable_goes_into_one_batch_only(self, storage: Repositories) -> None:
        payable = a_payable()
        await storage.payables.add_many([payable], session=None)
        await storage.payables.put_into_batches([a_payment(payable)], run_id="run", session=None)
        with pytest.raises(ChangedMeanwhile):
            await storage.payables.put_into_batches([a_payment(payable)], run_id="run", session=None)
        assert await storage.payables.list_open("member", session=None) == []

    async def test_open_cents_deduct_recoveries_and_leave_out_batches(self, storage: Repositories) -> None:
        assert await storage.payables.open_cents() == 0
        taken = a_payable(amount_cents=5_000)
        await storage.payables.add_many(
            [taken, a_payable(amount_cents=700), a_payable(amount_cents=-200)], session=None
        )
        await storage.payables.put_into_batches([a_payment(taken)], run_id="run", session=None)
        assert await storage.payables.open_cents() == 500

    @pytest.mark.req("PAY-6", "PAY-7")
    async def test_a_transfer_is_posted_once(self, storage: Repositories) -> None:
        booked = transfer("key", debit=BENEFIT_EXPENSE, credit=BANK, amount_cents=1, at=FRIDAY)
        await storage.ledger.post([booked], session=None)
        with pytest.raises(DuplicateKey):
            await storage.ledger.post([booked], session=None)

    async def test_a_payee_keeps_every_account_once_and_the_latest_enrolment(self, storage: Repositories) -> None:
        for account_id, at in (("first", LATER), ("second", FRIDAY), ("first", FRIDAY)):
            await storage.payees.enrol("payee", account_id=account_id, at=at, session=None)
        payee = Payee(payee_id="payee", account_ids=("first", "second"), enrolled_at=LATER)
        assert await storage.payees.get_many(["payee", "unknown"], session=None) == {"payee": payee}

    @pytest.mark.req("BNK-3")
    async def test_a_payee_is_held_until_the_latest_of_several_instants(self, storage: Repositories) -> None:
        await storage.payees.enrol("payee", account_id="first", at=FRIDAY, session=None)
        for until in (LATER, FRIDAY):
            await storage.payees.hold("payee", until=until, session=None)
        await storage.payees.enrol("payee", account_id="first", at=FRIDAY, session=None)
        found = await storage.payees.get_many(["payee"], session=None)
        assert found["payee"].held_until == LATER

    @pytest.mark.req("REG-15")
    async def test_a_payee_who_withdrew_is_forgotten_unless_enrolled_since(self, storage: Repositories) -> None:
        for payee_id, at in (("gone", FRIDAY), ("back", FRIDAY), ("back", LATER)):
            await storage.payees.enrol(payee_id, account_id=f"at {at}", at=at, session=None)
        for payee_id in ("gone", "back", "unknown"):
            await storage.payees.withdraw(payee_id, account_id=f"at {FRIDAY}", at=FRIDAY, session=None)
        back = Payee(payee_id="back", account_ids=(f"at {LATER}",), enrolled_at=LATER)
        assert await storage.payees.get_many(["gone", "back", "unknown"], session=None) == {"back": back}

    async def test_batch_ordinals_are_consecutive_and_start_at_one(self, storage: Repositories) -> None:
        taken = [await storage.runs.take_batch_ordinals(count, session=None) for count in (3, 1, 2)]
        assert taken == [1, 4, 5]

    async def test_a_run_comes_back_and_is_added_once(self, storage: Repositories) -> None:
        run = a_run(carried_over_payees=2, carried_over_cents=99)
        await storage.runs.take_turn("member", session=None)
        assert await storage.runs.get(run.run_id, session=None) is None
        await storage.runs.add(run, session=None)
        assert await storage.runs.get(run.run_id, session=None) == run
        with pytest.raises(DuplicateKey):
            await storage.runs.add(run, session=None)

    async def test_a_run_is_sent_in_one_file(self, storage: Repositories) -> None:
        run = a_run()
        await storage.runs.add(run, session=None)
        await storage.runs.record_file(run.run_id, FILE, session=None)
        await storage.runs.record_file(run.run_id, FILE, session=None)
        assert await storage.runs.get(run.run_id, session=None) == replace(run, file=FILE)
        with pytest.raises(Contradiction):
            await storage.runs.record_file(run.run_id, replace(FILE, number=18), session=None)
        with pytest.raises(Contradiction):
            await storage.runs.record_file("unknown", FILE, session=None)

    async def test_payments_come_back_as_they_were(self, storage: Repositories) -> None:
        settled = a_payment().sent(at=LATER, file_number=17).settled(on=MONDAY)
        payments = [a_payment(), settled]
        await storage.payments.add_many(payments, session=None)
        ids = [payment.payment_id for payment in payments]
        assert await storage.payments.get_many([*ids, "unknown"], session=None) == dict(zip(ids, payments, strict=True))

    @pytest.mark.req("PAY-1")
    @pytest.mark.parametrize("same", [("payment_id",), ("batch_number",), ("run_id", "payee_id")])
    async def test_ids_and_batch_numbers_and_payees_of_a_run_are_unique(
        self, storage: Repositories, same: tuple[str, ...]
    ) -> None:
        payment = a_payment()
        await storage.payments.add_many([payment], session=None)
        with pytest.raises(DuplicateKey):
            await storage.payments.add_many(
                [a_payment(**{name: getattr(payment, name) for name in same})], session=None
            )

    async def test_a_payment_advances_from_the_status_expected_only(self, storage: Repositories) -> None:
        payment = a_payment()
        await storage.payments.add_many([payment], session=None)
        sent = payment.sent(at=LATER, file_number=17)
        await storage.payments.advance([sent], expected="scheduled", session=None)
        assert await storage.payments.get_many([payment.payment_id], session=None) == {payment.payment_id: sent}
        with pytest.raises(ChangedMeanwhile):
            await storage.payments.advance([sent], expected="scheduled", session=None)
        with pytest.raises(ChangedMeanwhile):
            await storage.payments.advance([a_payment()], expected="scheduled", session=None)

    @pytest.mark.req("PAY-2")
    async def test_payments_of_a_payee_are_listed_newest_first_in_pages(self, storage: Repositories) -> None:
        numbers = ["10000001", "10000002", "10000010"]
        payments = [a_payment(payee_id="mine", batch_number=number) for number in numbers]
        await storage.payments.add_many([*payments, a_payment()], session=None)
        page = await storage.payments.list_of("mine", before=None, limit=2)
        assert [payment.batch_number for payment in page] == ["10000010", "10000002"]
        assert await storage.payments.list_of("mine", before="10000002", limit=2) == [payments[0]]

    async def test_payments_of_a_run_are_counted_by_status(self, storage: Repositories) -> None:
        one, two, three = (a_payment(run_id="run") for _ in range(3))
        await storage.payments.add_many([one, two, three.sent(at=LATER, file_number=1), a_payment()], session=None)
        assert await storage.payments.counts("run", session=None) == {"scheduled": 2, "sent": 1}
        assert await storage.payments.counts("unknown", session=None) == {}

    @pytest.mark.req("PAY-3")
    async def test_a_statement_comes_back_whole_and_cannot_be_replaced(self, storage: Repositories) -> None:
        statement = a_statement()
        assert await storage.statements.get(statement.batch_number) is None
        await storage.statements.add_many([statement], session=None)
        assert await storage.statements.get(statement.batch_number) == statement
        with pytest.raises(DuplicateKey):
            await storage.statements.add_many([replace(statement, amount_cents=1)], session=None)
        assert await storage.statements.get(statement.batch_number) == statement
