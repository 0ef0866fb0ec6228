"""REG-20 on real transactions: a full slice, loaded again, and loaded by two agents at once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.identity.storage import SCHEMA
from services.identity.storage.roster import MongoDossiers
from shared.contracts.identity import CoverageRecorded, RosterReport
from shared.contracts.identity.access import ActRecorded
from shared.mongo import Database
from shared.schema import Schema
from tests.support import identity_builders as build
from tests.support.identity_bus import Instance

MakeDatabase = Callable[[Schema], Awaitable[Database]]

pytestmark = pytest.mark.req("REG-20")


async def load(instance: Instance, *rows: dict[str, str]) -> RosterReport:
    answer = await instance.load(build.received(build.load_rows(*rows), build.agent()))
    await instance.outbox.drain()
    assert answer is not None
    return RosterReport.model_validate_json(answer)


async def test_a_slice_of_500_rows_is_taken_once(make_database: MakeDatabase) -> None:
    instance = Instance(await make_database(SCHEMA))
    numbers = [build.random_number() for _ in range(250)]
    rows = [values for number in numbers for values in (build.row(number), build.spouse_row(number))]
    first = await load(instance, *rows)
    again = await load(instance, *rows)
    assert first == RosterReport(accepted=500, unchanged=0)
    assert again == RosterReport(accepted=0, unchanged=500)
    assert instance.publisher.wire_types() == [CoverageRecorded.wire_type] * 250 + [ActRecorded.wire_type] * 2
    saved = await MongoDossiers(instance.database).list_by_ids([number.dossier_id for number in numbers])
    assert {(item.version, len(item.persons)) for item in saved.values()} == {(1, 2)}


async def test_two_loads_of_one_dossier_at_once_give_each_version_once(make_database: MakeDatabase) -> None:
    database = await make_database(SCHEMA)
    number = build.random_number()
    plans = [f"PLAN{index}" for index in range(6)]
    instances = [Instance(database) for _ in plans]
    reports = await asyncio.gather(
        *(load(item, build.row(number, plan_code=plan)) for item, plan in zip(instances, plans, strict=True))
    )
    published = [event for instance in instances for event in instance.publisher.published]
    events = [event for event in published if event.wire_type == CoverageRecorded.wire_type]
    dossier = await MongoDossiers(database).get(number.dossier_id)
    assert reports == [RosterReport(accepted=1, unchanged=0)] * len(plans)
    assert len({event.message_id for event in events}) == len(plans)
    assert dossier is not None
    assert dossier.version == len(plans)
