"""What books and records do alike in memory and on MongoDB."""

from datetime import UTC, datetime, timedelta

import pytest

from services.payments.domain.balances import Snapshot, Span, Totals
from services.payments.domain.ledger import BANK, BENEFIT_EXPENSE, in_transit, payable_to, transfer
from services.payments.domain.payment import scheduling_of
from services.payments.domain.reconciliation import BankLine, BankWord
from services.payments.ports import Repositories
from shared.mongo import DuplicateKey
from tests.support.payments_builders import FRIDAY, a_claim, a_payable, a_payment, a_version, some_id

MINUTE = timedelta(minutes=1)


class LedgerRepositoryContract:
    @pytest.mark.req("PAY-6")
    async def test_totals_are_by_kind_or_by_account(self, storage: Repositories) -> None:
        await post(storage, ("a", 700), ("b", 300))
        kinds = await storage.books.totals("kind", Span())
        accounts = await storage.books.totals("account", Span())
        assert (kinds.transfers, kinds.postings, kinds.unbalanced_transfers) == (2, 4, 0)
        assert kinds.balances == {"benefit_expense": 1_000, "payable": -1_000}
        assert accounts.balances == {"benefit_expense": 1_000, "payable:a": -700, "payable:b": -300}
        assert accounts.by_kind().balances == kinds.balances
        assert await storage.books.unbalanced(Span(), limit=5) == []

    @pytest.mark.req("PAY-6")
    async def test_a_span_leaves_out_what_was_posted_later(self, storage: Repositories) -> None:
        await post(storage, ("a", 700))
        await post(storage, ("b", 300), at=FRIDAY + MINUTE)
        assert (await storage.books.totals("kind", Span(posted_until=FRIDAY))).balances["payable"] == -700
        assert await storage.books.totals("kind", Span(posted_until=FRIDAY - MINUTE)) == Totals()

    @pytest.mark.req("PAY-6")
    async def test_a_span_is_cut_by_the_moment_of_storing(self, storage: Repositories) -> None:
        await post(storage, ("a", 700))
        past, future = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
        assert await storage.books.count(Span(stored_from=past, stored_before=future)) == 1
        assert await storage.books.count(Span(stored_from=future)) == 0
        assert await storage.books.count(Span(stored_before=past)) == 0

    @pytest.mark.req("PAY-6")
    async def test_the_latest_snapshot_until_an_instant_comes_back(self, storage: Repositories) -> None:
        assert await storage.books.latest_snapshot() is None
        first, second = a_snapshot(FRIDAY), a_snapshot(FRIDAY + MINUTE, transfers=9)
        await storage.books.add_snapshot(second, {"bank": -5, "payable:a": 5, "payable:b": 0})
        await storage.books.add_snapshot(first, {})
        assert await storage.books.latest_snapshot() == second
        assert await storage.books.latest_snapshot(until=FRIDAY) == first
        assert await storage.books.latest_snapshot(until=FRIDAY - MINUTE) is None
        assert await storage.books.accounts_at(second.cut) == {"bank": -5, "payable:a": 5}

    @pytest.mark.req("PAY-6")
    async def test_a_snapshot_taken_twice_stays_as_it_was(self, storage: Repositories) -> None:
        await storage.books.add_snapshot(a_snapshot(FRIDAY), {"bank": -5})
        await storage.books.add_snapshot(a_snapshot(FRIDAY, transfers=9), {"bank": -6})
        assert await storage.books.latest_snapshot() == a_snapshot(FRIDAY)
        assert await storage.books.accounts_at(FRIDAY) == {"bank": -5}

    async def test_one_process_has_the_turn_until_it_ends(self, storage: Repositories) -> None:
        assert await storage.books.take_turn(FRIDAY, FRIDAY + MINUTE)
        assert not await storage.books.take_turn(FRIDAY, FRIDAY + MINUTE)
        assert await storage.books.take_turn(FRIDAY + MINUTE, FRIDAY + 2 * MINUTE)

    @pytest.mark.req("PAY-6")
    async def test_what_banking_said_is_kept_once_and_comes_back_by_run(self, storage: Repositories) -> None:
        word = a_word("run-1", ("payment-1", 100), ("payment-2", 50))
        await storage.records.record([word, a_word("run-2", ("payment-3", 1))], session=None)
        (found,) = await storage.records.bank_words(["run-1"])
        assert (found.kind, found.lines, found.file_number) == ("file", word.lines, 17)
        with pytest.raises(DuplicateKey):
            await storage.records.record([word], session=None)

    @pytest.mark.req("PAY-6")
    async def test_claims_lead_to_their_versions_and_payables(self, storage: Repositories) -> None:
        claim = a_claim(claim_id="claim-1")
        first = a_version(claim_id="claim-1", claim_number=claim.claim_number)
        await storage.claims.add_many([first, a_version()], session=None)
        payable, other = a_payable(claim_id="claim-1", payee_id=first.claim.payee_id), a_payable()
        await storage.payables.add_many([payable, other], session=None)
        assert await storage.records.claim_ids(claim.claim_number) == ["claim-1"]
        assert await storage.records.claim_ids("unknown") == []
        assert [version.key for version in await storage.records.versions(["claim-1"])] == ["claim-1/1"]
        assert (await storage.records.claims_recorded(FRIDAY, FRIDAY + MINUTE)).count("claim-1") == 1
        assert await storage.records.claims_recorded(FRIDAY - MINUTE, FRIDAY) == []
        (stored,) = await storage.records.payables([payable.key, "unknown"])
        assert (stored.payable, stored.run_id) == (payable, None)

    @pytest.mark.req("PAY-6")
    async def test_runs_lead_to_their_batches_payables_and_transfers(self, storage: Repositories) -> None:
        payable = a_payable()
        payment = a_payment(payable, run_id="run-1")
        await storage.payables.add_many([payable], session=None)
        await storage.payables.put_into_batches([payment], run_id="run-1", session=None)
        await storage.payments.add_many([payment, a_payment()], session=None)
        await storage.ledger.post([scheduling_of(payment), scheduling_of(a_payment())], session=None)
        records = storage.records
        (batch,) = await records.batches(["run-1"])
        assert (batch.payment_id, batch.items, batch.status) == (payment.payment_id, payment.items, "scheduled")
        assert await records.batch(payment.batch_number) == await records.batch(payment.payment_id) == batch
        assert await records.batch("unknown") is None
        assert "run-1" in await records.runs_scheduled(FRIDAY, FRIDAY + MINUTE)
        assert await records.runs_scheduled(FRIDAY - MINUTE, FRIDAY) == []
        assert [stored.payable for stored in await records.payables_of_run("run-1")] == [payable]
        (found,) = await records.transfers(version_keys=(), payment_ids=[payment.payment_id])
        assert found.postings == scheduling_of(payment).postings

    @pytest.mark.req("PAY-6")
    async def test_an_adjudication_is_found_by_its_version(self, storage: Repositories) -> None:
        booked = transfer("claim/claim-1/2", debit=BENEFIT_EXPENSE, credit=payable_to("a"), amount_cents=1, at=FRIDAY)
        moved = transfer("settled/payment-1", debit=in_transit("run"), credit=BANK, amount_cents=1, at=FRIDAY)
        await storage.ledger.post([booked, moved], session=None)
        found = await storage.records.transfers(version_keys=["claim-1/2", "claim-1/1"], payment_ids=[])
        assert [transfer.key for transfer in found] == ["claim/claim-1/2"]


async def post(storage: Repositories, *amounts: tuple[str, int], at: datetime = FRIDAY) -> None:
    """Adjudications by payee and amount."""
    await storage.ledger.post(
        [
            transfer(
                f"claim/{some_id('claim')}/1",
                debit=BENEFIT_EXPENSE,
                credit=payable_to(payee),
                amount_cents=cents,
                at=at,
            )
            for payee, cents in amounts
        ],
        session=None,
    )


def a_snapshot(cut: datetime, *, transfers: int = 1) -> Snapshot:
    totals = Totals(transfers=transfers, postings=2, balances={"bank": -5, "payable": 5})
    return Snapshot(cut=cut, taken_at=cut + MINUTE, totals=totals)


def a_word(run_id: str, *lines: tuple[str, int]) -> BankWord:
    return BankWord(
        word_id=some_id("message"),
        kind="file",
        run_id=run_id,
        lines=tuple(BankLine(payment_id=payment_id, amount_cents=cents) for payment_id, cents in lines),
        said_at=FRIDAY,
        file_number=17,
    )
