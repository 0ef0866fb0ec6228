"""A system from outside is given access, reads what is described, and hears of a claim until its money arrived."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator

import aio_pika
import jsonschema
import pytest

from deploy.demo.client import Json
from deploy.subscribers.rabbitmqctl import Rabbitmqctl
from deploy.subscribers.registry import Access, Subscribers
from tests.support.waiting import eventually
from tests.support.world import World, claim_body

CLAIM_DECIDED = "claims.claim_adjudicated.v1"
OF_A_PAYMENT = {
    "payments.payment_scheduled.v1",
    "payments.payment_sent.v1",
    "payments.payment_settled.v1",
    "payments.statement_issued.v1",
}
Heard = list[tuple[Json, aio_pika.abc.AbstractIncomingMessage]]


@pytest.fixture(scope="module")
async def access(world: World) -> Access:
    stack = world.stack
    subscribers = Subscribers(Rabbitmqctl(stack.servers.rabbitmqctl), stack.topology.public_events())
    return await asyncio.to_thread(subscribers.add, f"t{secrets.token_hex(6)}")


@pytest.fixture(scope="module")
async def heard(world: World, access: Access) -> AsyncIterator[Heard]:
    """What its queue brought, in order."""
    address, heard = world.stack.rabbitmq_url("claims").rpartition("@")[2], Heard()

    async def note(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        heard.append((json.loads(message.body), message))
        await message.ack()

    async with await aio_pika.connect(f"amqp://{access.user}:{access.password}@{address}") as connection:
        await (await (await connection.channel()).get_queue(access.queue, ensure=False)).consume(note)
        yield heard


@pytest.mark.req("SUB-1", "SUB-2")
async def test_a_subscriber_hears_of_a_claim_until_its_money_arrived_as_it_is_described(
    world: World, heard: Heard
) -> None:
    member = await world.member()
    await member.enrol()
    claim = await member.decided(await member.submit(claim_body(member.persons[0])))
    await world.payable(member)
    await world.settled((await world.close_run())["run_id"])

    async def about_this() -> Heard | None:
        decided = [event["data"] for event, _ in heard if event["data"].get("claim_number") == claim["claim_number"]]
        if not decided:
            return None
        of_it = [(event, message) for event, message in heard if decided[0]["claim_id"] in str(event["data"])]
        return of_it if {event["type"] for event, _ in of_it} >= {CLAIM_DECIDED, *OF_A_PAYMENT} else None

    found = await eventually(about_this, "the subscriber heard of everything", timeout_s=30)
    assert found is not None
    document = (await world.http.get("/asyncapi.json")).json()
    for event, message in found:
        described = document["components"]["schemas"][event["type"]]
        schema = (await world.http.get(f"/{described['properties']['data'].pop('$ref')}")).json()
        jsonschema.validate(event, described)
        jsonschema.validate(event["data"], schema, cls=jsonschema.Draft202012Validator)
        assert schema["$id"] == event["dataschema"]
        assert (message.message_id, message.type) == (event["id"], event["type"])
        assert message.content_type == document["defaultContentType"]
    amounts = {event["data"]["amount_cents"] for event, _ in found if event["type"] in OF_A_PAYMENT}
    assert amounts == {claim["benefit_cents"]}
