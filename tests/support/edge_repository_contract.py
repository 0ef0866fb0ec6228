"""What every implementation of the edge's storage must do; in memory and on MongoDB the same classes run."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.edge.auth.figures import Limit, LockoutFigures
from services.edge.auth.lockout import Lockout, lock_key
from services.edge.auth.lockouts import Lockouts
from services.edge.auth.records import Challenge, SessionRecord, StoredCode
from services.edge.ports import (
    BudgetRepository,
    ChallengeRepository,
    LockoutRepository,
    SessionRepository,
    SubmissionRepository,
)
from services.edge.rate_storage import WindowStorage
from shared.clock import new_id
from shared.mongo import DuplicateKey

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEPT = datetime(2099, 1, 1, tzinfo=UTC)
"""MongoDB removes by its own clock what is to be purged before now."""


def stored_code(*, sent_at: datetime = NOW, delivery_id: str = "") -> StoredCode:
    return StoredCode(
        digest=new_id(), sent_at=sent_at, expires_at=sent_at + 10 * MINUTE, delivery_id=delivery_id or new_id()
    )


def challenge(**changes: object) -> Challenge:
    values: dict[str, object] = {
        "key": new_id(),
        "purpose": "sign_in",
        "subject": "account:1",
        "account_id": "1",
        "created_at": NOW,
        "ends_at": NOW + 30 * MINUTE,
        "codes": (stored_code(),),
        **changes,
    }
    return Challenge(**values)  # type: ignore[arg-type]


def session_record(**changes: object) -> SessionRecord:
    values: dict[str, object] = {
        "session_id": new_id(),
        "account_id": "1",
        "dossier_id": None,
        "assurance": "password+email_code",
        "created_at": NOW,
        "expires_at": NOW + 12 * 60 * MINUTE,
        "last_used_at": NOW,
        "current": "digest-1",
        **changes,
    }
    return SessionRecord(**values)  # type: ignore[arg-type]


class ChallengeRepositoryContract:
    @pytest.fixture
    async def challenges(self) -> ChallengeRepository:
        raise NotImplementedError

    async def test_a_challenge_comes_back_as_it_was(self, challenges: ChallengeRepository) -> None:
        row = challenge(codes=(stored_code(), stored_code(sent_at=NOW + MINUTE)), account_id=None)
        await challenges.add(row)

        assert await challenges.get(row.key) == row
        assert await challenges.get("unknown") is None

    async def test_a_key_is_taken_once(self, challenges: ChallengeRepository) -> None:
        row = challenge()
        await challenges.add(row)

        with pytest.raises(DuplicateKey):
            await challenges.add(row)

    @pytest.mark.req("L4")
    async def test_of_fifty_tries_at_once_five_are_counted(self, challenges: ChallengeRepository) -> None:
        row = challenge()
        await challenges.add(row)

        counted = await asyncio.gather(*(challenges.count_try(row.key, "sign_in", tries=5, now=NOW) for _ in range(50)))

        assert sorted(found.tries for found in counted if found is not None) == [1, 2, 3, 4, 5]

    @pytest.mark.parametrize(
        ("after", "counts"), [(timedelta(), True), (9.99 * MINUTE, True), (10 * MINUTE, False), (31 * MINUTE, False)]
    )
    @pytest.mark.req("L5")
    async def test_expiry_is_judged_by_the_clock_given(
        self, challenges: ChallengeRepository, after: timedelta, *, counts: bool
    ) -> None:
        row = challenge()
        await challenges.add(row)

        assert (await challenges.count_try(row.key, "sign_in", tries=5, now=NOW + after) is not None) is counts

    async def test_one_live_code_of_two_is_enough(self, challenges: ChallengeRepository) -> None:
        row = challenge(codes=(stored_code(), stored_code(sent_at=NOW + 5 * MINUTE)))
        await challenges.add(row)

        assert await challenges.count_try(row.key, "sign_in", tries=5, now=NOW + 14 * MINUTE) is not None

    async def test_the_end_of_a_challenge_beats_the_life_of_its_codes(self, challenges: ChallengeRepository) -> None:
        row = challenge(ends_at=NOW + MINUTE)
        await challenges.add(row)

        assert await challenges.count_try(row.key, "sign_in", tries=5, now=NOW + MINUTE) is None

    async def test_another_purpose_counts_nothing(self, challenges: ChallengeRepository) -> None:
        row = challenge()
        await challenges.add(row)

        assert await challenges.count_try(row.key, "registration", tries=5, now=NOW) is None
        assert await challenges.get(row.key) == row

    @pytest.mark.req("L3")
    async def test_of_twenty_uses_at_once_one_succeeds(self, challenges: ChallengeRepository) -> None:
        row = challenge()
        await challenges.add(row)

        used = await asyncio.gather(*(challenges.use(row.key, now=NOW) for _ in range(20)))

        assert sum(used) == 1
        assert await challenges.count_try(row.key, "sign_in", tries=5, now=NOW) is None

    async def test_a_released_challenge_is_open_again(self, challenges: ChallengeRepository) -> None:
        row = challenge()
        await challenges.add(row)
        await challenges.use(row.key, now=NOW)

        await challenges.release(row.key)

        assert await challenges.get(row.key) == row

    @pytest.mark.req("LOG-2")
    async def test_the_last_two_codes_are_kept(self, challenges: ChallengeRepository) -> None:
        row = challenge()
        await challenges.add(row)
        later = [stored_code(sent_at=NOW + n * MINUTE) for n in (1, 2)]

        for code in later:
            assert await challenges.add_code(row.key, code, tries=5, sent_before=code.sent_at - MINUTE)

        found = await challenges.get(row.key)
        assert found is not None
        assert found.codes == tuple(later)

    @pytest.mark.req("LOG-2", "L6")
    async def test_of_two_new_codes_at_once_one_is_kept(self, challenges: ChallengeRepository) -> None:
        row = challenge()
        await challenges.add(row)
        codes = [stored_code(sent_at=NOW + MINUTE) for _ in range(2)]

        kept = await asyncio.gather(*(challenges.add_code(row.key, code, tries=5, sent_before=NOW) for code in codes))

        assert sum(kept) == 1

    @pytest.mark.parametrize("changes", [{"used_at": NOW}, {"tries": 5}, {"ends_at": NOW + MINUTE}])
    async def test_a_challenge_that_is_over_gets_no_new_code(
        self, challenges: ChallengeRepository, changes: dict[str, object]
    ) -> None:
        row = challenge(**changes)
        await challenges.add(row)

        code = stored_code(sent_at=NOW + MINUTE)
        assert not await challenges.add_code(row.key, code, tries=5, sent_before=NOW)

    @pytest.mark.req("K8")
    async def test_challenges_of_an_account_are_closed_up_to_an_instant(self, challenges: ChallengeRepository) -> None:
        old, new = challenge(account_id="2"), challenge(account_id="2", created_at=NOW + MINUTE)
        used = challenge(account_id="2", used_at=NOW - MINUTE)
        other = challenge(account_id="3")
        for row in (old, new, used, other):
            await challenges.add(row)

        await challenges.close("2", begun_by=NOW, now=NOW + 2 * MINUTE, session=None)

        closed = await challenges.get(old.key)
        assert closed is not None
        assert closed.used_at == NOW + 2 * MINUTE
        for row in (new, used, other):
            assert await challenges.get(row.key) == row

    @pytest.mark.req("L7")
    async def test_what_became_of_a_mail_is_noted_at_its_code_alone(self, challenges: ChallengeRepository) -> None:
        codes = (stored_code(delivery_id=new_id()), stored_code(sent_at=NOW + MINUTE, delivery_id=new_id()))
        row = challenge(codes=codes)
        await challenges.add(row)

        marked = await challenges.mark_delivery(codes[1].delivery_id, "failed")

        assert marked is not None
        assert [code.mail for code in marked.codes] == ["on_its_way", "failed"]
        assert await challenges.get(row.key) == marked
        assert await challenges.mark_delivery(new_id(), "failed") is None


class BudgetRepositoryContract:
    LIMITS = (Limit(3, 15 * MINUTE), Limit(5, 60 * MINUTE))

    @pytest.fixture
    async def budgets(self) -> BudgetRepository:
        raise NotImplementedError

    async def test_each_limit_holds_within_its_window_and_says_how_long(self, budgets: BudgetRepository) -> None:
        waits = [await budgets.spend("someone", self.LIMITS, now=NOW + n * MINUTE) for n in (0, 1, 2, 3)]

        assert waits == [None, None, None, 12 * MINUTE]
        assert await budgets.spend("someone", self.LIMITS, now=NOW + 15 * MINUTE) is None
        assert await budgets.spend("someone", self.LIMITS, now=NOW + 16 * MINUTE) is None
        assert await budgets.spend("someone", self.LIMITS, now=NOW + 40 * MINUTE) == 20 * MINUTE
        assert await budgets.spend("someone", self.LIMITS, now=NOW + 60 * MINUTE) is None

    async def test_what_is_refused_is_not_counted(self, budgets: BudgetRepository) -> None:
        limits = (Limit(1, MINUTE),)
        await budgets.spend("someone", limits, now=NOW)
        await budgets.spend("someone", limits, now=NOW + MINUTE / 2)

        assert await budgets.spend("someone", limits, now=NOW + MINUTE) is None

    async def test_subjects_have_their_own_budgets(self, budgets: BudgetRepository) -> None:
        limits = (Limit(1, MINUTE),)

        assert await budgets.spend("one", limits, now=NOW) is None
        assert await budgets.spend("other", limits, now=NOW) is None

    @pytest.mark.req("L4")
    async def test_at_once_no_more_than_the_limit_are_let_through(self, budgets: BudgetRepository) -> None:
        limits = (Limit(3, MINUTE),)

        waits = await asyncio.gather(*(budgets.spend("someone", limits, now=NOW) for _ in range(20)))

        assert waits.count(None) == 3

    @pytest.mark.req("L7")
    async def test_what_is_given_back_was_never_spent(self, budgets: BudgetRepository) -> None:
        limits = (Limit(2, 60 * MINUTE),)
        for n in (0, 1):
            assert await budgets.spend("someone", limits, now=NOW + n * MINUTE) is None

        await budgets.give_back("someone", NOW + MINUTE)
        await budgets.give_back("someone", NOW + 7 * MINUTE)
        await budgets.give_back("nobody", NOW)

        assert await budgets.spend("someone", limits, now=NOW + 2 * MINUTE) is None
        assert await budgets.spend("someone", limits, now=NOW + 3 * MINUTE) == 57 * MINUTE


class SessionRepositoryContract:
    @pytest.fixture
    async def sessions(self) -> SessionRepository:
        raise NotImplementedError

    async def test_a_session_comes_back_as_it_was(self, sessions: SessionRepository) -> None:
        row = session_record(dossier_id="dossier-a")
        await sessions.add(row)

        assert await sessions.get(row.session_id) == row
        assert await sessions.get("unknown") is None

    @pytest.mark.req("T3")
    async def test_of_ten_rotations_at_once_one_happens(self, sessions: SessionRepository) -> None:
        row = session_record()
        await sessions.add(row)

        rotated = await asyncio.gather(
            *(
                sessions.rotate(row.session_id, current="digest-1", successor="digest-2", now=NOW + MINUTE)
                for _ in range(10)
            )
        )

        assert sum(rotated) == 1
        found = await sessions.get(row.session_id)
        assert found is not None
        assert (found.current, found.previous) == ("digest-2", "digest-1")
        assert found.rotated_at == found.last_used_at == NOW + MINUTE

    async def test_only_the_current_token_of_a_live_session_rotates(self, sessions: SessionRepository) -> None:
        live, expired, revoked = session_record(), session_record(expires_at=NOW), session_record(revoked_at=NOW)
        for row in (live, expired, revoked):
            await sessions.add(row)

        assert not await sessions.rotate(live.session_id, current="digest-0", successor="x", now=NOW)
        assert not await sessions.rotate(expired.session_id, current="digest-1", successor="x", now=NOW)
        assert not await sessions.rotate(revoked.session_id, current="digest-1", successor="x", now=NOW)

    @pytest.mark.req("T6")
    async def test_a_session_is_revoked_once(self, sessions: SessionRepository) -> None:
        row = session_record()
        await sessions.add(row)

        revoked = await asyncio.gather(*(sessions.revoke(row.session_id, now=NOW + MINUTE) for _ in range(5)))

        assert sum(revoked) == 1
        found = await sessions.get(row.session_id)
        assert found is not None
        assert found.revoked_at == NOW + MINUTE
        assert not await sessions.revoke("unknown", now=NOW)

    @pytest.mark.req("LOG-10")
    async def test_live_sessions_of_an_account_are_listed_the_least_recently_used_first(
        self, sessions: SessionRepository
    ) -> None:
        late, early = (session_record(account_id="2", last_used_at=NOW + n * MINUTE) for n in (5, 1))
        over = {"revoked_at": NOW}, {"expires_at": NOW + MINUTE}, {"idle_seconds": 60}, {"account_id": "3"}
        for row in (late, early, *(session_record(**({"account_id": "2"} | changes)) for changes in over)):
            await sessions.add(row)

        assert await sessions.list_live("2", now=NOW + 10 * MINUTE) == [early, late]

    @pytest.mark.req("LOG-8")
    async def test_an_extra_code_is_asked_for_until_it_is_not(self, sessions: SessionRepository) -> None:
        row = session_record(device_id="d", browser="Firefox, Windows", network="203.0.113.0/24", proved_at=NOW)
        await sessions.add(row)

        await sessions.set_extra_code(row.session_id, "name")
        asked = await sessions.get(row.session_id)
        await sessions.set_extra_code(row.session_id, None)

        assert asked is not None
        assert asked.extra_code == "name"
        assert await sessions.get(row.session_id) == row


class SubmissionRepositoryContract:
    @pytest.fixture
    async def submissions(self) -> SubmissionRepository:
        raise NotImplementedError

    @pytest.mark.req("CLM-7")
    async def test_the_first_body_of_each_claim_is_kept(self, submissions: SubmissionRepository) -> None:
        assert await submissions.remember({"claim-1": "a", "claim-2": "b"}, now=NOW) == {}

        earlier = await submissions.remember({"claim-1": "a", "claim-2": "other", "claim-3": "c"}, now=NOW)

        assert earlier == {"claim-1": "a", "claim-2": "b"}
        assert await submissions.remember({"claim-2": "b", "claim-3": "d"}, now=NOW) == {"claim-2": "b", "claim-3": "c"}


def lockout(**changes: object) -> Lockout:
    subject = new_id()
    values: dict[str, object] = {"key": f"{subject}|-", "subject": subject, **changes}
    return Lockout(**values)  # type: ignore[arg-type]


class LockoutRepositoryContract:
    @pytest.fixture
    async def lockouts(self) -> LockoutRepository:
        raise NotImplementedError

    async def test_a_counter_comes_back_with_the_next_version(self, lockouts: LockoutRepository) -> None:
        row = lockout(consecutive=3, recent=(NOW, NOW - MINUTE), blocks=1, blocked_until=NOW, last_failure_at=NOW)

        assert await lockouts.get(row.key) is None
        assert await lockouts.save(row, purge_at=KEPT)
        assert await lockouts.get(row.key) == replace(row, version=1)

    async def test_a_change_to_an_older_version_is_refused(self, lockouts: LockoutRepository) -> None:
        row = lockout(consecutive=1)
        await lockouts.save(row, purge_at=KEPT)

        assert not await lockouts.save(row, purge_at=KEPT)
        assert await lockouts.save(replace(row, consecutive=2, version=1), purge_at=KEPT)
        assert not await lockouts.save(replace(row, consecutive=2, version=1), purge_at=KEPT)

    @pytest.mark.req("LOG-11", "K2")
    async def test_of_fifty_failures_at_once_ten_are_counted(self, lockouts: LockoutRepository) -> None:
        rules = Lockouts(lockouts, figures=LockoutFigures(), clock=lambda: KEPT)
        key = lock_key(new_id(), None)

        async def fail() -> Lockout:
            return await rules.failed(await rules.state(key))

        await asyncio.gather(*(fail() for _ in range(50)))

        state = await rules.state(key)
        assert (state.consecutive, state.blocks) == (10, 1)
        assert rules.locks(state)

    @pytest.mark.req("LOG-11", "K9")
    async def test_opening_sets_all_counters_of_a_subject_to_nothing(self, lockouts: LockoutRepository) -> None:
        subject = new_id()
        rows = [
            lockout(key=f"{subject}|{device}", subject=subject, consecutive=9, recent=(NOW,), blocks=2)
            for device in "-a"
        ]
        other = lockout(consecutive=4)
        for row in (*rows, other):
            await lockouts.save(row, purge_at=KEPT)

        await lockouts.clear(subject)
        await lockouts.open(other.key)
        await lockouts.open("nobody|-")

        for row in rows:
            opened = replace(row, consecutive=0, recent=(), blocks=0, opened=1, version=2)
            assert await lockouts.get(row.key) == opened
        found = await lockouts.get(other.key)
        assert found is not None
        assert (found.consecutive, found.opened) == (0, 1)


class WindowStorageContract:
    """A storage of moving windows whose clock is ``self.now``."""

    now = KEPT

    @pytest.fixture
    async def windows(self) -> WindowStorage:
        raise NotImplementedError

    async def test_of_twenty_entries_at_once_as_many_as_the_limit_are_taken(self, windows: Any) -> None:
        key = new_id()

        taken = await asyncio.gather(*(windows.acquire_entry(key, 5, 300) for _ in range(20)))

        assert sum(taken) == 5
        assert await windows.get_moving_window(key, 5, 300) == (self.now.timestamp(), 5)

    async def test_an_entry_leaves_the_window_when_its_time_is_over(self, windows: Any) -> None:
        key, begun = new_id(), self.now
        assert await windows.acquire_entry(key, 2, 300)
        self.now = begun + timedelta(seconds=200)
        assert await windows.acquire_entry(key, 2, 300)
        assert not await windows.acquire_entry(key, 2, 300)

        self.now = begun + timedelta(seconds=299)
        assert await windows.get_moving_window(key, 2, 300) == (begun.timestamp(), 2)
        assert not await windows.acquire_entry(key, 2, 300)
        self.now = begun + timedelta(seconds=300)
        assert (await windows.get_moving_window(key, 2, 300))[1] == 1
        assert await windows.acquire_entry(key, 2, 300)

    async def test_keys_do_not_meet_and_can_be_forgotten(self, windows: Any) -> None:
        one, other = new_id(), new_id()
        assert await windows.acquire_entry(one, 1, 300)
        assert await windows.acquire_entry(other, 1, 300)
        await windows.clear(one)
        assert await windows.acquire_entry(one, 1, 300)
        assert not await windows.acquire_entry(other, 1, 300)
