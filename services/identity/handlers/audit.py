"""The audit: recording what services tell, reading it, closing days (OPS-7, DEL-7)."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from services.identity.domain.accounts import AGENT, PROVIDER
from services.identity.domain.audit import (
    Act,
    Entry,
    Head,
    Tail,
    appended,
    closing,
    first_head_follows,
    to_milliseconds,
    without_secrets,
)
from services.identity.domain.errors import AgentsOnlyError
from services.identity.handlers.acts import note
from services.identity.ports import AccountRepository, ActFilter, AuditRepository, ClientRepository, HeadRepository
from shared.clock import Clock, IdMaker, business_day
from shared.contracts import Actor, RecordedAct, View
from shared.contracts.banking import DirectDepositEnrolled, DirectDepositWithdrawn
from shared.contracts.edge import SignedIn, SignedOut
from shared.contracts.identity.audit import ActsPage, ActView, ListActs, SearchAudit
from shared.envelopes import Received
from shared.mongo import Session, Unavailable
from shared.outbox import Work
from shared.telemetry import logger

DAY: Final = timedelta(days=1)

ActWords = Callable[[str, Mapping[str, str], str], str]
"""An act, by its name and details, in the words of a language."""

UnitOfWork = Callable[[str, Callable[[Work], Awaitable[None]]], Awaitable[None]]


async def record_acts(
    batch: Sequence[Received[Any]], works: Sequence[Work], /, *, audit: AuditRepository, clock: Clock
) -> Sequence[View | None]:
    """Append what these events tell to the chain of the day, once per event."""
    session, now = works[0].session, to_milliseconds(clock())
    acts = {received.message_id: act_of(received) for received in batch}
    known = await audit.known(list(acts), session=session)
    tail = await open_tail(audit, business_day(now), session=session)
    entries: list[Entry] = []
    for event_id, act in acts.items():
        if event_id not in known:
            entries.append(appended(tail, act, now=now))
            tail = entries[-1].tail
    await audit.add(entries, session=session)
    return [None] * len(batch)


async def open_tail(audit: AuditRepository, day: date, *, session: Session | None) -> Tail:
    """Where the next entry goes: on ``day``, or the first one after it that is not closed."""
    tail = await audit.tail(day, session=session)
    while tail.closed:
        tail = await audit.tail(tail.day + DAY, session=session)
    return tail


def act_of(received: Received[Any]) -> Act:
    """The act that an event tells of."""
    match received.message:
        case RecordedAct() as told:
            return _act(
                received,
                told.act,
                told.occurred_at,
                account_id=told.account_id,
                about=told.about,
                on_behalf_of=told.on_behalf_of,
                result=told.result,
                correlation_id=told.correlation_id,
                details=told.details,
            )
        case SignedIn() as told:
            details = {"session_id": told.session_id}
            return _act(received, "authn_login_success", told.signed_in_at, account_id=told.account_id, details=details)
        case SignedOut() as told:
            details = {"session_id": told.session_id, "reason": told.reason}
            return _act(received, "session_ended", told.signed_out_at, account_id=told.account_id, details=details)
        case DirectDepositEnrolled() as told:
            return _act(
                received,
                "sensitive_update",
                told.enrolled_at,
                account_id=told.account_id,
                about=told.payee_id,
                details={"what": "direct_deposit"},
            )
        case DirectDepositWithdrawn() as told:
            return _act(
                received,
                "sensitive_delete",
                told.withdrawn_at,
                account_id=None,
                about=told.payee_id,
                details={"what": "direct_deposit", "account_id": told.account_id},
            )
        case other:
            raise TypeError(f"{type(other).__name__} is no act")


def _act(
    received: Received[Any],
    act: str,
    occurred_at: datetime,
    *,
    account_id: str | None,
    about: str | None = None,
    on_behalf_of: str | None = None,
    result: str = "success",
    correlation_id: str | None = None,
    details: Mapping[str, str],
) -> Act:
    return Act(
        event_id=received.message_id,
        source=received.message.wire_type.partition(".")[0],
        act=act,
        result=result,
        account_id=account_id,
        on_behalf_of=on_behalf_of,
        about=about or account_id,
        correlation_id=correlation_id or received.correlation_id,
        occurred_at=to_milliseconds(occurred_at),
        details=without_secrets(details),
    )


async def note_search(received: Received[SearchAudit], work: Work) -> None:
    """Record that an agent searches, before anything is shown: those about whom is asked see it (U5).

    Raises:
        AgentsOnlyError: the caller is not an agent.
    """
    _agent(received)
    about = received.message.about or received.message.account_id
    note(work, received, "sensitive_read", about=about, details={"what": "audit"})


def _agent(received: Received[SearchAudit]) -> Actor:
    actor = received.require_actor()
    if AGENT not in actor.roles:
        raise AgentsOnlyError
    return actor


class ActReading:
    """Entries as those see them who ask."""

    def __init__(
        self, audit: AuditRepository, accounts: AccountRepository, clients: ClientRepository, *, words: ActWords
    ) -> None:
        self._audit = audit
        self._accounts = accounts
        self._clients = clients
        self._words = words

    async def list_acts(self, received: Received[ListActs]) -> ActsPage:
        """One's own acts and those about oneself; for a provider in person what delegates did as well (DEL-7, U5)."""
        actor, message = received.require_actor(), received.message
        concerning = [actor.account_id, *([actor.dossier_id] if actor.dossier_id else [])]
        provider_id = actor.provider_id if PROVIDER in actor.roles and actor.on_behalf_of is None else None
        if provider_id is not None:
            concerning.append(provider_id)
        wanted = ActFilter(concerning=tuple(concerning), behalf_of=provider_id)
        return await self._page(wanted, before=message.before, limit=message.limit, actor=actor)

    async def search(self, received: Received[SearchAudit]) -> ActsPage:
        """The audit for an agent.

        Raises:
            AgentsOnlyError: the caller is not an agent.
        """
        actor, message = _agent(received), received.message
        wanted = ActFilter(
            account_id=message.account_id,
            about=message.about,
            act=message.act,
            since=message.from_day,
            until=message.to_day,
        )
        return await self._page(wanted, before=message.before, limit=message.limit, actor=actor)

    async def _page(self, wanted: ActFilter, *, before: str | None, limit: int, actor: Actor) -> ActsPage:
        found = await self._audit.search(wanted, before=before, limit=limit + 1)
        entries = found[:limit]
        people = {entry.act.account_id for entry in entries} - {None}
        names = {each: await self._name_and_role(each) for each in people if each is not None}
        return ActsPage(
            acts=tuple(self._view(entry, names, actor) for entry in entries),
            next_before=entries[-1].position if len(found) > limit else None,
        )

    async def _name_and_role(self, account_id: str) -> tuple[str | None, str | None]:
        account = await self._accounts.get(account_id)
        if account is not None:
            return account.display_name, account.roles[0]
        client = await self._clients.get(account_id)
        return (None, None) if client is None else (client.name, "client")

    def _view(self, entry: Entry, names: Mapping[str, tuple[str | None, str | None]], actor: Actor) -> ActView:
        act = entry.act
        name, role = names.get(act.account_id or "", (None, None))
        hidden = role == AGENT and AGENT not in actor.roles
        return ActView(
            position=entry.position,
            act=act.act,
            text=self._words(act.act, act.details, actor.language),
            result="failure" if act.result == "failure" else "success",
            account_id=act.account_id,
            by=None if hidden else name,
            by_role=role,
            on_behalf_of=act.on_behalf_of,
            about=act.about,
            occurred_at=act.occurred_at,
            correlation_id=act.correlation_id,
            details=act.details,
        )


class DayClosing:
    """Closes days that are over and signs their heads, one transaction each; whoever is second finds it done."""

    def __init__(
        self,
        audit: AuditRepository,
        heads: HeadRepository,
        unit_of_work: UnitOfWork,
        *,
        margin: timedelta,
        clock: Clock,
        ids: IdMaker,
    ) -> None:
        self._audit = audit
        self._heads = heads
        self._unit_of_work = unit_of_work
        self._margin = margin
        self._clock = clock
        self._ids = ids

    async def close_what_is_over(self) -> int:
        """Close every day up to yesterday that is not closed yet; returns how many."""
        latest = await self._heads.latest()
        day = await self._audit.first_day() if latest is None else latest.head.day + DAY
        closed = 0
        while day is not None and day < business_day(self._clock() - self._margin):
            await self._unit_of_work(f"audit-head:{day.isoformat()}", self._closing(day))
            day += DAY
            closed += 1
        return closed

    async def keep(self, poll_seconds: float) -> None:
        """Close days for ever; one that was missed is closed as soon as the service runs again."""
        while True:
            with contextlib.suppress(Unavailable):
                await self.close_what_is_over()
            await asyncio.sleep(poll_seconds)

    def _closing(self, day: date) -> Callable[[Work], Awaitable[None]]:
        async def close(work: Work) -> None:
            now = to_milliseconds(self._clock())
            latest = await self._heads.latest(session=work.session)
            tail = await self._audit.tail(day, session=work.session)
            if not tail.closed:
                last = closing(tail, event_id=self._ids(), now=now)
                await self._audit.add([last], session=work.session)
                tail = last.tail
            previous = first_head_follows(day) if latest is None else latest.head.digest
            head = Head(day=day, entries=tail.seq, last=tail.digest, previous=previous)
            await self._heads.add(head, session=work.session)
            logger().info("audit_head_signed", day=day.isoformat(), entries=head.entries, digest=head.digest)

        return close
