"""The audit and machine clients in memory, with the same promises as on MongoDB; without transactions."""

# ruff: noqa: ARG002 - the ports have a session

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from services.identity.domain.audit import Entry, Head, Tail, position, start_of
from services.identity.domain.audit_verification import SignedHead
from services.identity.domain.clients import Client
from services.identity.domain.safeguard_errors import ClientChangedError
from services.identity.ports import ActFilter
from shared.mongo import DuplicateKey, Session


class MemoryAudit:
    def __init__(self) -> None:
        self.entries: list[Entry] = []

    async def tail(self, day: date, *, session: Session | None = None) -> Tail:
        last = max((entry for entry in self.entries if entry.day == day), key=_seq, default=None)
        return start_of(day) if last is None else last.tail

    async def known(self, event_ids: Sequence[str], *, session: Session | None = None) -> set[str]:
        return {entry.act.event_id for entry in self.entries} & set(event_ids)

    async def add(self, entries: Sequence[Entry], *, session: Session | None = None) -> None:
        for entry in entries:
            if entry.position in {known.position for known in self.entries}:
                raise DuplicateKey("day,seq")
            self.entries.append(entry)

    async def first_day(self) -> date | None:
        return min((entry.day for entry in self.entries), default=None)

    async def entries_of(self, day: date) -> AsyncIterator[Entry]:
        for entry in sorted((entry for entry in self.entries if entry.day == day), key=_seq):
            yield entry

    async def search(self, wanted: ActFilter, *, before: str | None, limit: int) -> Sequence[Entry]:
        found = [entry for entry in self.entries if _wanted(entry, wanted) and (not before or entry.position < before)]
        return sorted(found, key=lambda entry: entry.position, reverse=True)[:limit]


def _seq(entry: Entry) -> int:
    return entry.seq


def _wanted(entry: Entry, wanted: ActFilter) -> bool:
    act = entry.act
    mine = {act.account_id, act.about} & set(wanted.concerning) or (
        wanted.behalf_of is not None and act.on_behalf_of == wanted.behalf_of
    )
    return all(
        (
            mine or not (wanted.concerning or wanted.behalf_of),
            wanted.account_id is None or wanted.account_id in {act.account_id, act.on_behalf_of},
            wanted.about is None or wanted.about == act.about,
            wanted.act is None or wanted.act == act.act,
            wanted.since is None or entry.position >= position(wanted.since, 0),
            wanted.until is None or entry.position < position(wanted.until + timedelta(days=1), 0),
        )
    )


class MemoryHeads:
    """``forged`` are days whose head has a signature that is not ours."""

    def __init__(self) -> None:
        self.heads: dict[date, Head] = {}
        self.forged: set[date] = set()

    async def latest(self, *, session: Session | None = None) -> SignedHead | None:
        return await self.get(max(self.heads)) if self.heads else None

    async def get(self, day: date) -> SignedHead | None:
        head = self.heads.get(day)
        return None if head is None else SignedHead(head, genuine=day not in self.forged)

    async def first_day(self) -> date | None:
        return min(self.heads, default=None)

    async def add(self, head: Head, *, session: Session | None = None) -> None:
        if head.day in self.heads:
            raise DuplicateKey("_id")
        self.heads[head.day] = head


class MemoryClients:
    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}

    async def get(self, client_id: str, *, session: Session | None = None) -> Client | None:
        return self._clients.get(client_id)

    async def list_all(self) -> Sequence[Client]:
        return sorted(self._clients.values(), key=lambda client: (client.created_at, client.client_id))

    async def add(self, client: Client, *, session: Session | None = None) -> None:
        if client.client_id in self._clients:
            raise DuplicateKey("_id")
        self._clients[client.client_id] = client

    async def save(self, client: Client, *, session: Session | None = None) -> None:
        known = self._clients.get(client.client_id)
        if known is None or known.version != client.version:
            raise ClientChangedError
        self._clients[client.client_id] = replace(client, version=client.version + 1)
