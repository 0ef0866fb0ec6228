"""The audit: what is recorded, who may read it, how days are closed, and what the verifier finds."""

import ast
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.act_words import catalogue, words_for
from services.identity.domain.audit import DAY_CLOSED, WITHHELD, digest_of, without_secrets
from services.identity.domain.errors import AgentsOnlyError
from services.identity.handlers.audit import ActReading, DayClosing, note_search, record_acts
from services.identity.handlers.audit_verification import Walked, verify_audit
from services.identity.routes.audit import TOLD
from shared.clock import business_day, new_id
from shared.contracts import Actor, Event, RecordedAct
from shared.contracts.banking import DirectDepositEnrolled, DirectDepositWithdrawn
from shared.contracts.claims.acts import ActRecorded as ClaimsActRecorded
from shared.contracts.edge import ActRecorded as EdgeActRecorded
from shared.contracts.edge import SignedIn, SignedOut
from shared.contracts.identity.access import ActRecorded
from shared.contracts.identity.audit import ActsPage, ListActs, SearchAudit
from shared.contracts.notification import ActRecorded as InboxActRecorded
from shared.contracts.payments_subscribers import WebhookActRecorded
from shared.envelopes import Received
from shared.outbox import Work
from tests.support import identity_builders as build
from tests.support.identity_audit_memory import MemoryAudit, MemoryClients, MemoryHeads
from tests.support.identity_audit_repositories import an_act
from tests.support.identity_memory import MemoryAccounts

ROOT = Path(__file__).parent.parent.parent.parent
MORNING = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
FIRST = business_day(MORNING)
DAY = timedelta(days=1)


@dataclass
class Registry:
    """The audit in memory, with a clock that tests move."""

    audit: MemoryAudit = field(default_factory=MemoryAudit)
    heads: MemoryHeads = field(default_factory=MemoryHeads)
    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    now: datetime = MORNING

    def clock(self) -> datetime:
        return self.now

    async def record(self, *events: Event, ids: tuple[str, ...] = ()) -> None:
        batch: list[Received[Any]] = [build.received(event) for event in events]
        if ids:
            batch = [Received(each.message, id_, each.correlation_id) for each, id_ in zip(batch, ids, strict=True)]
        works = [build.work_for(each) for each in batch]
        await record_acts(batch, works, audit=self.audit, clock=self.clock)

    @property
    def reading(self) -> ActReading:
        return ActReading(self.audit, self.accounts, MemoryClients(), words=words_for)

    async def acts_of(self, actor: Actor, **query: Any) -> ActsPage:
        return await self.reading.list_acts(build.received(ListActs(**query), actor))

    async def close_days(self) -> int:
        async def run(_work_id: str, work: Callable[[Work], Awaitable[None]]) -> None:
            await work(build.work_for(build.received(ListActs())))

        closing = DayClosing(self.audit, self.heads, run, margin=timedelta(minutes=5), clock=self.clock, ids=new_id)
        return await closing.close_what_is_over()

    async def verify(self, *, since: date | None = None) -> Walked:
        yesterday = business_day(self.now) - DAY
        return await verify_audit(
            self.audit, self.heads, since=since, today=business_day(self.now), heads_due_until=yesterday
        )


@pytest.fixture
def registry() -> Registry:
    return Registry()


def act(**overrides: Any) -> ActRecorded:
    values: dict[str, Any] = {
        "act": "authn_password_change",
        "account_id": new_id(),
        "correlation_id": new_id(),
        "occurred_at": MORNING,
    }
    return ActRecorded(**(values | overrides))


@pytest.mark.req("OPS-7", "DEL-7", "D6", "U1")
async def test_u1_an_entry_says_who_for_whom_what_about_whom_with_which_result_and_when(registry: Registry) -> None:
    told = act(on_behalf_of="provider-1", about="dossier-1", result="failure", details={"service": "billing"})
    await registry.record(told, EdgeActRecorded(**told.model_dump()))
    for entry, source in zip(registry.audit.entries, ("identity", "edge"), strict=True):
        kept = entry.act
        assert (kept.source, kept.act, kept.result) == (source, told.act, "failure")
        assert (kept.account_id, kept.on_behalf_of, kept.about) == (told.account_id, "provider-1", "dossier-1")
        assert (kept.correlation_id, kept.occurred_at) == (told.correlation_id, MORNING)
        assert kept.details == {"service": "billing"}
        assert entry.recorded_at.tzinfo is UTC


@pytest.mark.req("OPS-7", "U1")
async def test_u1_sign_ins_sign_outs_and_bank_changes_are_acts(registry: Registry) -> None:
    session = {"account_id": "account-1", "session_id": "session-1"}
    await registry.record(
        SignedIn(**session, signed_in_at=MORNING),
        SignedOut(**session, signed_out_at=MORNING, reason="sign_out"),
        DirectDepositEnrolled(payee_id="dossier-1", account_id="account-1", enrolled_at=MORNING),
    )
    assert [(entry.act.act, entry.act.about) for entry in registry.audit.entries] == [
        ("authn_login_success", "account-1"),
        ("session_ended", "account-1"),
        ("sensitive_update", "dossier-1"),
    ]


def test_every_event_that_is_listened_to_is_an_act() -> None:
    acts = {ActRecorded, EdgeActRecorded, ClaimsActRecorded, InboxActRecorded, WebhookActRecorded}
    assert set(TOLD) == {*acts, SignedIn, SignedOut, DirectDepositEnrolled, DirectDepositWithdrawn}
    assert all(issubclass(each, RecordedAct) for each in acts)
    assert len({tuple(each.model_json_schema()["properties"]) for each in acts}) == 1


@pytest.mark.req("OPS-7")
async def test_an_event_that_is_told_twice_is_recorded_once(registry: Registry) -> None:
    await registry.record(act(), act(), ids=("event-1", "event-1"))
    await registry.record(act(), act(), ids=("event-1", "event-2"))
    assert [(entry.seq, entry.act.event_id) for entry in registry.audit.entries] == [(1, "event-1"), (2, "event-2")]
    assert (await registry.verify()).wrong is None


@pytest.mark.req("OPS-7", "U4")
def test_u4_what_looks_like_a_secret_is_withheld_and_addresses_are_cut() -> None:
    jwe = "eyJhbGciOiJSU0EtT0FFUC0yNTYifQ.c2VjcmV0.aXY.dGV4dA.dGFn"
    kept = without_secrets(
        {
            "new_password": "Tortue-Verte-88",
            "code": "482913",
            "totp_secret": "JBSWY3DP",
            "note": f"carried {jwe}",
            "address": "203.0.113.77",
            "network": "203.0.113.0/24",
            "service": "billing",
            "text": "x" * 500,
        }
    )
    assert [name for name, value in kept.items() if value == WITHHELD] == [
        "new_password",
        "code",
        "totp_secret",
        "note",
    ]
    assert (kept["address"], kept["network"], kept["service"]) == ("203.0.113.0/24", "203.0.113.0/24", "billing")
    assert len(kept["text"]) == 200


class TestReading:
    @pytest.mark.req("DEL-7")
    async def test_provider_and_delegate_both_read_what_the_delegate_did(self, registry: Registry) -> None:
        delegate = build.account(roles=("delegate",), dossiers=(), display_name="Léa Roy")
        await registry.accounts.add(delegate)
        done = act(account_id=delegate.account_id, on_behalf_of="provider-1", about="dossier-9")
        await registry.record(done, act())
        person: dict[str, Any] = {"account_id": "owner", "session_id": "s", "provider_id": "provider-1"}
        owner = Actor(**person, roles=("provider",))
        delegating = Actor(
            **(person | {"account_id": delegate.account_id}), roles=("delegate",), on_behalf_of="provider-1"
        )
        other = Actor(**(person | {"account_id": "another"}), roles=("delegate",), on_behalf_of="provider-1")
        for actor in (owner, delegating):
            (seen,) = (await registry.acts_of(actor)).acts
            assert (seen.by, seen.by_role, seen.on_behalf_of) == ("Léa Roy", "delegate", "provider-1")
            assert seen.text == "Mot de passe changé"
        assert (await registry.acts_of(other)).acts == ()

    @pytest.mark.req("OPS-7", "U5")
    async def test_u5_an_agents_search_is_itself_told_to_the_member_without_the_agents_name(
        self, registry: Registry
    ) -> None:
        agent = build.account(roles=("agent",), dossiers=(), display_name="Rose Gagnon")
        await registry.accounts.add(agent)
        member = build.member_actor("dossier-1")
        caller = Actor(account_id=agent.account_id, session_id="s", roles=("agent",), language="en")
        for about in (member.account_id, "dossier-1"):
            received = build.received(SearchAudit(about=about), caller)
            work = build.work_for(received)
            await note_search(received, work)
            await registry.reading.search(received)
            (noted,) = build.acts(work)
            assert (noted.act, noted.about, noted.account_id) == ("sensitive_read", about, agent.account_id)
            await registry.record(noted)
            seen, *_ = (await registry.acts_of(member)).acts
            assert (seen.act, seen.about, seen.by, seen.by_role) == ("sensitive_read", about, None, "agent")
            assert seen.text == "Journal des actes consulté"

    async def test_only_agents_search(self, registry: Registry) -> None:
        received = build.received(SearchAudit(), build.member_actor("dossier-1"))
        with pytest.raises(AgentsOnlyError):
            await registry.reading.search(received)
        with pytest.raises(AgentsOnlyError):
            await note_search(received, build.work_for(received))

    async def test_pages_follow_each_other_without_gap_or_overlap(self, registry: Registry) -> None:
        member = build.member_actor("dossier-1")
        await registry.record(*(act(account_id=member.account_id) for _ in range(7)))
        seen: list[str] = []
        page = await registry.acts_of(member, limit=3)
        seen += [each.position for each in page.acts]
        while page.next_before is not None:
            page = await registry.acts_of(member, limit=3, before=page.next_before)
            seen += [each.position for each in page.acts]
        assert seen == [entry.position for entry in reversed(registry.audit.entries)]


class TestClosing:
    @pytest.mark.req("OPS-7", "U3")
    async def test_every_day_that_is_over_gets_one_head_days_without_acts_included(self, registry: Registry) -> None:
        await registry.record(act())
        assert await registry.close_days() == 0
        registry.now += 3 * DAY
        assert await registry.close_days() == 3
        assert await registry.close_days() == 0
        assert sorted(registry.heads.heads) == [FIRST, FIRST + DAY, FIRST + 2 * DAY]
        assert registry.heads.heads[FIRST].entries == 2
        assert (await registry.verify()).wrong is None

    @pytest.mark.req("OPS-7")
    async def test_a_day_is_not_closed_before_the_margin_after_midnight(self, registry: Registry) -> None:
        await registry.record(act())
        midnight = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
        registry.now = midnight + timedelta(minutes=4, seconds=59)
        assert await registry.close_days() == 0
        registry.now = midnight + timedelta(minutes=5)
        assert await registry.close_days() == 1

    @pytest.mark.req("OPS-7")
    async def test_what_comes_late_belongs_to_the_next_day_that_is_open(self, registry: Registry) -> None:
        await registry.record(act())
        registry.now += DAY
        await registry.close_days()
        registry.now = MORNING
        await registry.record(act())
        assert registry.audit.entries[-1].day == FIRST + DAY

    async def test_nothing_is_closed_where_nothing_was_ever_recorded(self, registry: Registry) -> None:
        assert await registry.close_days() == 0
        assert (await registry.verify()) == Walked()


async def three_days(registry: Registry) -> None:
    for _ in range(3):
        await registry.record(act(), act(), act())
        registry.now += DAY
    await registry.close_days()
    await registry.record(act(), act())


Tampering = Callable[[Registry], None]


def changed(registry: Registry) -> None:
    entries = registry.audit.entries
    entries[5] = replace(entries[5], act=replace(entries[5].act, result="failure"))


def changed_with_its_hash(registry: Registry) -> None:
    entry = registry.audit.entries[5]
    forged = replace(entry.act, result="failure")
    digest = digest_of(day=entry.day, seq=entry.seq, act=forged, recorded_at=entry.recorded_at, previous=entry.previous)
    registry.audit.entries[5] = replace(entry, act=forged, digest=digest)


def removed(registry: Registry) -> None:
    del registry.audit.entries[5]


def swapped(registry: Registry) -> None:
    entries = registry.audit.entries
    one, other = entries[4], entries[5]
    entries[4], entries[5] = replace(other, seq=one.seq), replace(one, seq=other.seq)


def end_of_a_day_removed(registry: Registry) -> None:
    registry.audit.entries[:] = [each for each in registry.audit.entries if each.day != FIRST + DAY or each.seq < 3]


def a_day_removed(registry: Registry) -> None:
    registry.audit.entries[:] = [each for each in registry.audit.entries if each.day != FIRST + DAY]
    del registry.heads.heads[FIRST + DAY]


def first_day_removed(registry: Registry) -> None:
    registry.audit.entries[:] = [each for each in registry.audit.entries if each.day != FIRST]
    del registry.heads.heads[FIRST]


def last_head_removed(registry: Registry) -> None:
    del registry.heads.heads[FIRST + 2 * DAY]


def head_rewritten(registry: Registry) -> None:
    registry.heads.forged.add(FIRST + DAY)


def added_after_closing(registry: Registry) -> None:
    closed = next(each for each in registry.audit.entries if each.act.act == DAY_CLOSED)
    registry.audit.entries.append(
        replace(closed, seq=closed.seq + 1, previous=closed.digest, act=an_act(), digest="0" * 64)
    )


@pytest.mark.req("OPS-7", "U3")
class TestVerifying:
    @pytest.mark.parametrize(
        ("tampering", "place", "reason"),
        [
            (changed, "2026-11-21/0000000003", "was changed"),
            (changed_with_its_hash, "2026-11-21/0000000004", "does not follow"),
            (removed, "2026-11-21/0000000003", "missing"),
            (swapped, "2026-11-21/0000000002", "does not follow"),
            (end_of_a_day_removed, "2026-11-21/0000000003", "signed head counts 4"),
            (a_day_removed, "head of 2026-11-21", "missing"),
            (first_day_removed, "head of 2026-11-21", "does not follow the head before"),
            (last_head_removed, "head of 2026-11-22", "missing"),
            (head_rewritten, "head of 2026-11-21", "not signed"),
            (added_after_closing, "2026-11-20/0000000005", "after the day was closed"),
        ],
        ids=lambda value: getattr(value, "__name__", None),
    )
    async def test_u3_the_first_wrong_entry_or_head_is_named(
        self, registry: Registry, tampering: Tampering, place: str, reason: str
    ) -> None:
        await three_days(registry)
        assert (await registry.verify()).wrong is None
        tampering(registry)
        wrong = (await registry.verify()).wrong
        assert wrong is not None
        assert wrong.place == place
        assert reason in wrong.reason

    async def test_a_later_day_may_be_the_first_one_looked_at(self, registry: Registry) -> None:
        await three_days(registry)
        whole, part = await registry.verify(), await registry.verify(since=FIRST + 2 * DAY)
        assert (whole.entries, whole.heads) == (14, 3)
        assert (part.entries, part.heads, part.head) == (6, 1, whole.head)
        changed(registry)
        assert (await registry.verify(since=FIRST + 2 * DAY)).wrong is None
        a_day_removed(registry)
        assert (await registry.verify(since=FIRST + 2 * DAY)).wrong is not None


TEXTS = st.text(max_size=12)


@pytest.mark.req("OPS-7", "U3")
@given(
    changes=st.fixed_dictionaries(
        {},
        optional={
            "event_id": TEXTS,
            "source": TEXTS,
            "act": TEXTS,
            "result": TEXTS,
            "account_id": st.none() | TEXTS,
            "on_behalf_of": st.none() | TEXTS,
            "about": st.none() | TEXTS,
            "correlation_id": TEXTS,
            "occurred_at": st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
            "details": st.dictionaries(TEXTS, TEXTS, max_size=3),
        },
    )
)
def test_u3_the_hash_covers_everything_that_an_entry_says(changes: dict[str, Any]) -> None:
    one = an_act(event_id="e", account_id="a", about="b", correlation_id="c")
    other = replace(one, **changes)
    place: dict[str, Any] = {"day": FIRST, "seq": 1, "recorded_at": MORNING, "previous": "0" * 64}
    assert (digest_of(act=one, **place) == digest_of(act=other, **place)) is (one == other)


def noted_acts() -> set[str]:
    """Names of acts that the services note, read from their source."""
    found: set[str] = set()
    for path in (ROOT / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                constants = [each.value for each in _act_arguments(node, name) if isinstance(each, ast.Constant)]
                found |= {each for each in constants if isinstance(each, str)}
    return found


def _act_arguments(call: ast.Call, name: str) -> list[ast.expr]:
    if name == "_note":
        return call.args[:1]
    if name == "note":
        return [*call.args[2:3], *(word.value for word in call.keywords if word.arg == "act")]
    if name == "ActRecorded":
        return [word.value for word in call.keywords if word.arg == "act"]
    return []


@pytest.mark.wide
@pytest.mark.req("OPS-7", "U1")
def test_u1_every_act_has_words_in_both_languages() -> None:
    noted = noted_acts()
    assert {"user_created", "sensitive_read", "client_created"} <= noted
    assert noted - catalogue().keys() == set()
    for act_name, (french, english) in catalogue().items():
        assert french != english, act_name
    assert words_for("sensitive_update", {"what": "direct_deposit"}, "en") == "Direct deposit set up or changed"
    assert words_for("sensitive_update", {}, "fr") == "Renseignements modifiés"
    assert words_for("something_new", {}, "fr") == "something_new"
