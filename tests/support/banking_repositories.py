"""What every implementation of banking's repositories must do; run on memory and on MongoDB."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.banking.domain.deposit_file import FileState, WrittenFile
from services.banking.domain.history import HistoryEntry, HistoryKind
from services.banking.ports import DepositPlan, EncryptedBoxes, FileChangedMeanwhile, HeldDeposit
from shared.clock import new_id, utc_now
from shared.mongo import DuplicateKey
from tests.support import banking_builders as build


def written(plan: DepositPlan) -> DepositPlan:
    proof = WrittenFile(sha256="ab" * 32, byte_count=4_398, count=plan.file.count, total_cents=plan.file.total_cents)
    return replace(plan, file=plan.file.mark_written(proof, at=build.NOW))


class AccountRepositoryTests:
    @pytest.fixture
    def accounts(self) -> Any:
        raise NotImplementedError

    @pytest.fixture
    def history(self) -> Any:
        """What the repository of accounts records."""
        raise NotImplementedError

    async def test_a_stored_account_comes_back_as_it_was(self, accounts):
        account = build.stored_account()
        await accounts.add(account)
        assert await accounts.get(account.payee_id) == account
        assert await accounts.get(new_id()) is None

    async def test_a_payee_has_one_account_only(self, accounts):
        account = build.stored_account()
        await accounts.add(account)
        with pytest.raises(DuplicateKey):
            await accounts.add(build.stored_account(payee_id=account.payee_id))
        assert await accounts.get(account.payee_id) == account

    @pytest.mark.req("BNK-3", "B7")
    async def test_a_version_is_replaced_by_the_next_one_only(self, accounts):
        first = build.stored_account()
        await accounts.add(first)
        second = replace(
            build.stored_account(payee_id=first.payee_id),
            version=2,
            valid_from=build.NOW + timedelta(hours=1),
            held_until=build.NOW + timedelta(hours=49),
            former=(first,),
        )
        assert await accounts.replace(second)
        assert await accounts.get(first.payee_id) == second
        assert not await accounts.replace(replace(second, account_ending="000"))
        assert not await accounts.replace(replace(second, version=4))
        assert await accounts.get(first.payee_id) == second

    @pytest.mark.req("REG-15")
    async def test_an_account_is_removed_and_another_may_take_its_place(self, accounts):
        first, other = build.stored_account(), build.stored_account()
        for account in (first, other):
            await accounts.add(account)
        for _ in range(2):
            await accounts.remove(first.payee_id)
        assert await accounts.get(first.payee_id) is None
        assert await accounts.get(other.payee_id) == other
        again = build.stored_account(payee_id=first.payee_id)
        await accounts.add(again)
        assert await accounts.get(first.payee_id) == again

    @pytest.mark.req("BNK-3")
    async def test_what_comes_into_force_and_what_ends_is_recorded_for_ever(self, accounts, history):
        first, other = build.stored_account(), build.stored_account()
        for account in (first, other):
            await accounts.add(account)
        later = build.NOW + timedelta(hours=1)
        second = replace(first, version=2, valid_from=later, account_ending=None, account_id=new_id(), former=(first,))
        assert await accounts.replace(second)
        assert not await accounts.replace(second)
        ended = HistoryEntry.end_of(second, HistoryKind.CLOSED, at=later + timedelta(hours=1), by=new_id())
        await accounts.remove(first.payee_id, ended=ended)
        assert await history.list_for(first.payee_id) == (
            ended,
            HistoryEntry.of(second, HistoryKind.CHANGED),
            HistoryEntry.of(first, HistoryKind.ENROLLED),
        )
        assert await history.list_for(new_id()) == ()

    async def test_accounts_are_listed_for_those_who_have_one(self, accounts):
        one, other = build.stored_account(), build.stored_account()
        await accounts.add(one)
        await accounts.add(other)
        found = await accounts.list_for([one.payee_id, new_id(), other.payee_id])
        assert found == {one.payee_id: one, other.payee_id: other}

    async def test_payees_of_one_account_are_found_by_its_fingerprint(self, accounts):
        one = build.stored_account()
        other = build.stored_account(fingerprint=one.fingerprint)
        for account in (one, other, build.stored_account()):
            await accounts.add(account)
        found = await accounts.list_payees_by_fingerprint(one.fingerprint)
        assert found == tuple(sorted((one.payee_id, other.payee_id)))


class HeldDepositRepositoryTests:
    @pytest.fixture
    def held(self) -> Any:
        raise NotImplementedError

    async def test_what_is_held_comes_back_until_it_expires_and_is_replaced_and_removed(self, held):
        until = utc_now() + timedelta(hours=24)
        first = HeldDeposit(flow_key=new_id(), boxes=EncryptedBoxes(b"t", b"i", b"a"), expires_at=until)
        second = replace(first, boxes=EncryptedBoxes(b"T", b"I", b"A"))
        await held.put(first)
        assert await held.get(first.flow_key, at=until - timedelta(seconds=1)) == first
        assert await held.get(first.flow_key, at=until) is None
        await held.put(second)
        assert await held.get(first.flow_key, at=utc_now()) == second
        await held.remove(first.flow_key)
        await held.remove(first.flow_key)
        assert await held.get(first.flow_key, at=utc_now()) is None


class PayeeRepositoryTests:
    @pytest.fixture
    def payees(self) -> Any:
        raise NotImplementedError

    async def test_the_name_told_last_is_kept_whatever_the_order_of_arrival(self, payees):
        payee_id = new_id()
        await payees.record(payee_id, "Later", told_at=build.NOW)
        await payees.record(payee_id, "Earlier", told_at=build.NOW - timedelta(days=1))
        assert await payees.names([payee_id, new_id()]) == {payee_id: "Later"}
        await payees.record(payee_id, "Latest", told_at=build.NOW + timedelta(days=1))
        assert await payees.names([payee_id]) == {payee_id: "Latest"}


class DepositPlanRepositoryTests:
    @pytest.fixture
    def plans(self) -> Any:
        raise NotImplementedError

    async def test_a_plan_comes_back_as_it_was_with_its_items_in_order(self, plans):
        plan = build.plan(*(build.planned_item(amount_cents=cents) for cents in (5, 3, 9, 1)))
        await plans.add(plan)
        assert await plans.get_by_run(plan.file.run_id) == plan
        assert await plans.get_by_run(new_id()) is None

    async def test_a_run_has_one_file_only(self, plans):
        plan = build.plan()
        await plans.add(plan)
        again = build.plan()
        with pytest.raises(DuplicateKey):
            await plans.add(replace(again, file=replace(again.file, run_id=plan.file.run_id)))

    async def test_a_payment_stands_in_one_file_only(self, plans):
        item = build.planned_item()
        await plans.add(build.plan(item))
        with pytest.raises(DuplicateKey):
            await plans.add(build.plan(item))

    async def test_progress_and_decided_items_are_saved(self, plans):
        plan = build.plan()
        await plans.add(plan)
        await plans.save(written(plan))
        stored = await plans.get_by_run(plan.file.run_id)
        assert stored == replace(written(plan), version=2)
        sent = replace(stored, file=stored.file.mark_sent(at=build.NOW))
        await plans.save(sent)
        change = sent.file.settle_item(plan.file.items[1].cross_reference, at=build.NOW)
        decided = replace(sent, file=change.file, version=3)
        await plans.save(decided, changed=[one.item for one in change.changes])
        assert await plans.get_by_run(plan.file.run_id) == replace(decided, version=4)

    async def test_a_save_of_an_old_version_is_refused(self, plans):
        plan = build.plan()
        await plans.add(plan)
        await plans.save(written(plan))
        with pytest.raises(FileChangedMeanwhile):
            await plans.save(replace(plan, file=plan.file.abandon(at=build.NOW)))
        stored = await plans.get_by_run(plan.file.run_id)
        assert stored.file.state is FileState.WRITTEN

    async def test_runs_are_found_by_cross_reference(self, plans):
        one, other = build.plan(), build.plan()
        await plans.add(one)
        await plans.add(other)
        mine, theirs = one.file.items[1].cross_reference, other.file.items[0].cross_reference
        found = await plans.runs_of([mine, "UNKNOWN", theirs])
        assert found == {mine: one.file.run_id, theirs: other.file.run_id}

    async def test_the_last_numbers_of_an_originator_are_remembered(self, plans):
        assert await plans.recent_numbers("A") == ()
        for number in (7, 8, 9, 10):
            await plans.take_number("A", number, remember=3)
        await plans.take_number("B", 1, remember=0)
        await plans.take_number("B", 2, remember=0)
        assert await plans.recent_numbers("A") == (8, 9, 10)
        assert await plans.recent_numbers("B") == (2,)
