"""The audit on a real database: processes that race for places, rights that are not there, rows that root edits."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.local.environment import PROJECT
from deploy.local.stack import Stack
from services.identity.handlers.audit import DayClosing, record_acts
from services.identity.ports import ActFilter
from services.identity.storage import SCHEMA
from services.identity.storage import audit as audit_storage
from services.identity.storage.audit import AUDIT, HEADS, MongoAudit, MongoHeads
from services.identity.storage.clients import MongoClients
from shared.clock import business_day, new_id, utc_now
from shared.contracts.identity.access import ActRecorded
from shared.mongo import Database, Document
from shared.outbox import Outbox, OutboxSettings
from shared.schema import Schema
from shared.tokens import PrivateKey, load_private_key
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_audit_repositories import (
    AuditRepositoryPromises,
    ClientRepositoryPromises,
    HeadRepositoryPromises,
    a_head,
)
from tests.support.identity_bus import RecordingPublisher

MakeDatabase = Callable[[Schema], Awaitable[Database]]
UNAUTHORIZED = 13
NOW = utc_now()
TODAY = business_day(NOW)


class TestMongoAudit(AuditRepositoryPromises):
    @pytest.fixture
    async def audit(self, make_database: MakeDatabase) -> MongoAudit:
        return MongoAudit(await make_database(SCHEMA))


class TestMongoHeads(HeadRepositoryPromises):
    @pytest.fixture
    async def heads(self, make_database: MakeDatabase) -> MongoHeads:
        return MongoHeads(await make_database(SCHEMA), keys.key("audit"))

    async def test_a_head_that_another_key_signed_or_that_was_edited_is_not_genuine(
        self, make_database: MakeDatabase
    ) -> None:
        database = await make_database(SCHEMA)
        ours, foreign = MongoHeads(database, keys.key("audit")), MongoHeads(database, keys.key("somebody else"))
        day = a_head().day
        await foreign.add(a_head())
        await ours.add(a_head(day + timedelta(days=1)))
        after_rotation = MongoHeads(database, keys.key("next"), retired=(keys.public("audit"),))
        verdicts = [signed.genuine for n in (0, 1) if (signed := await after_rotation.get(day + n * timedelta(days=1)))]
        assert verdicts == [False, True]
        later = {"_id": (day + timedelta(days=1)).isoformat()}
        await database.collection(HEADS).update_one(later, {"$set": {"entries": 2}})
        edited = await ours.get(day + timedelta(days=1))
        assert edited is not None
        assert not edited.genuine


class TestMongoClients(ClientRepositoryPromises):
    @pytest.fixture
    async def clients(self, make_database: MakeDatabase) -> MongoClients:
        return MongoClients(await make_database(SCHEMA))


def act(**overrides: Any) -> ActRecorded:
    values: dict[str, Any] = {"act": "user_created", "correlation_id": new_id(), "occurred_at": utc_now()}
    return ActRecorded(**(values | overrides))


def process(database: Database) -> Outbox:
    return Outbox(database, RecordingPublisher(), OutboxSettings(source="identity"))


@pytest.mark.req("OPS-7", "U3")
async def test_processes_that_record_at_the_same_time_make_one_chain_without_gaps(make_database: MakeDatabase) -> None:
    database = await make_database(SCHEMA)
    audit = MongoAudit(database)
    record = partial(record_acts, audit=audit, clock=lambda: NOW)
    groups = [process(database).group("identity.on_act_recorded", record).submit for _ in range(4)]
    received = [build.received(act(account_id=f"account-{number}")) for number in range(200)]
    twice = [*received, *received[::10]]
    await asyncio.gather(*(groups[number % len(groups)](each) for number, each in enumerate(twice)))

    entries = [entry async for entry in audit.entries_of(TODAY)]
    assert len(entries) == len(received)
    assert [entry.seq for entry in entries] == list(range(1, len(received) + 1))
    assert all(later.previous == earlier.digest for earlier, later in pairwise(entries))
    assert {entry.act.event_id for entry in entries} == {each.message_id for each in received}


@pytest.mark.req("OPS-7", "U3")
async def test_two_processes_close_a_day_once_while_a_third_records(make_database: MakeDatabase) -> None:
    database = await make_database(SCHEMA)
    audit, heads = MongoAudit(database), MongoHeads(database, keys.key("audit"))
    start = utc_now()

    async def at(outbox: Outbox, moment: Any, count: int) -> None:
        record = partial(record_acts, audit=audit, clock=lambda: moment)
        submit = outbox.group("identity.on_act_recorded", record).submit
        await asyncio.gather(*(submit(build.received(act())) for _ in range(count)))

    await at(process(database), start, 5)
    closing = [
        DayClosing(
            audit,
            heads,
            process(database).run,
            margin=timedelta(minutes=5),
            clock=lambda: start + timedelta(days=2),
            ids=new_id,
        )
        for _ in range(3)
    ]
    late = at(process(database), start, 40)
    await asyncio.gather(late, *(each.close_what_is_over() for each in closing))

    days = [business_day(start) + timedelta(days=number) for number in range(3)]
    found = [await heads.get(day) for day in days]
    assert [signed is not None and signed.genuine for signed in found] == [True, True, False]
    counts = [len([entry async for entry in audit.entries_of(day)]) for day in days]
    assert sum(counts) == 5 + 40 + 2
    assert [signed.head.entries for signed in found if signed] == counts[:2]
    assert (await audit.tail(days[0])).closed


@pytest.mark.req("OPS-7", "DEL-7")
@pytest.mark.parametrize(
    "wanted",
    [
        ActFilter(concerning=("me", "my-dossier")),
        ActFilter(concerning=("me", "my-provider"), behalf_of="my-provider"),
        ActFilter(account_id="me"),
        ActFilter(about="me"),
        ActFilter(act="user_created"),
        ActFilter(),
    ],
    ids=str,
)
@pytest.mark.parametrize("before", [None, "2026-11-22/0000000042"])
async def test_every_reading_walks_an_index_in_its_order(
    stack: Stack, make_database: MakeDatabase, wanted: ActFilter, before: str | None
) -> None:
    """However long the audit is: no collection scan, and nothing is sorted in memory."""
    database = await make_database(SCHEMA)
    client: MongoClient[Document] = MongoClient(stack.servers.mongodb_admin_url)
    query = audit_storage._query(wanted, before)
    try:
        plan = client[database.name][AUDIT].find(query).sort("position", -1).limit(21).explain()
    finally:
        client.close()
    stages = set(re.findall(r"'stage': '(\w+)'", str(plan["queryPlanner"]["winningPlan"])))
    assert "IXSCAN" in stages
    assert not stages & {"COLLSCAN", "SORT"}


@pytest.mark.req("OPS-7", "OPS-6", "U2")
@pytest.mark.parametrize("name", [AUDIT, HEADS])
def test_u2_the_service_may_add_to_the_audit_and_read_it_and_nothing_else(stack: Stack, name: str) -> None:
    client: MongoClient[Document] = MongoClient(stack.mongodb_url("identity"))
    collection, probe = client["identity"][name], f"u2-{new_id()}"
    # A day of its own, far from those of the running system.
    document = {"_id": probe, "day": probe, "seq": 1, "position": probe, "account_id": probe}
    try:
        collection.insert_one(document)
        assert collection.find_one({"_id": probe}) is not None
        for attempt in (
            lambda: collection.update_one({"_id": probe}, {"$set": {"seq": 2}}),
            lambda: collection.replace_one({"_id": probe}, {"seq": 2}),
            lambda: collection.find_one_and_update({"_id": probe}, {"$set": {"seq": 2}}),
            lambda: collection.delete_one({"_id": probe}),
            lambda: collection.delete_many({}),
            collection.drop,
            lambda: collection.rename("elsewhere"),
            lambda: collection.create_index("anything"),
            lambda: collection.aggregate([{"$out": name}]),
            lambda: client["identity"].command("collMod", name, validator={}),
        ):
            with pytest.raises(OperationFailure) as refused:
                attempt()
            assert refused.value.code == UNAUTHORIZED
    finally:
        client.close()
        administrator: MongoClient[Document] = MongoClient(stack.servers.mongodb_admin_url)
        administrator["identity"][name].delete_one({"_id": probe})
        administrator.close()


def key_of(stack: Stack) -> PrivateKey:
    return load_private_key(Path(stack.secrets.file("audit.private.pem")).read_text(encoding="utf-8"))


def verify(stack: Stack, database: Database, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as an operator runs it, on a database of this test's."""
    settings = {"ACQUIT_MONGODB_URL": stack.servers.mongodb_admin_url, "ACQUIT_MONGODB_DATABASE": database.name}
    return subprocess.run(
        [sys.executable, "-m", "services.identity.audit", "verify", *arguments],
        env=stack.environment("identity") | settings,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.req("OPS-7", "U3")
async def test_u3_the_command_names_the_row_that_root_edited_and_notices_removed_ends(
    stack: Stack, make_database: MakeDatabase
) -> None:

    database = await make_database(SCHEMA)
    audit, heads = MongoAudit(database), MongoHeads(database, key_of(stack))
    now = utc_now() - timedelta(days=2)
    record = partial(record_acts, audit=audit, clock=lambda: now)
    submit = process(database).group("identity.on_act_recorded", record).submit
    for number in range(12):
        await submit(build.received(act(account_id=f"account-{number}")))
    closing = DayClosing(audit, heads, process(database).run, margin=timedelta(), clock=utc_now, ids=new_id)
    assert await closing.close_what_is_over() == 2
    whole = verify(stack, database)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert whole.stdout.startswith("14 entries and 2 signed heads are right")

    entries, day = database.collection(AUDIT), business_day(now).isoformat()
    seventh = {"day": day, "seq": 7}
    (original,) = await entries.find(seventh)
    for edit in ({"account_id": "somebody-else"}, {"note": "more"}, {"seq": "7"}, {"occurred_at": None}):
        await entries.update_one({"_id": original["_id"]}, {"$set": edit})
        told = verify(stack, database)
        assert told.returncode == 1
        assert f"WRONG {day}/0000000007" in told.stderr
        await entries.replace_one({"_id": original["_id"]}, original)
    assert verify(stack, database, "--from", day).returncode == 0

    for seq in (12, 13):
        await entries.delete_one({"day": day, "seq": seq})
    told = verify(stack, database)
    assert (told.returncode, f"WRONG {day}/0000000012: missing; the signed head counts 13" in told.stderr) == (1, True)
