"""The bus delivers at least once: the same message again changes nothing."""

import aio_pika
import pytest

from shared.clock import new_id, utc_now
from shared.contracts import Actor
from shared.contracts.claims import ClaimAdjudicated, ClaimSubmission, SubmitClaim
from shared.envelopes import CLOUDEVENT, request_envelope
from shared.messaging import Publisher, make_broker
from shared.topology import exchange_of
from tests.faults.invariants import all_decided, assert_decided_once, stored_claims
from tests.faults.witness import Witness
from tests.support.waiting import eventually
from tests.support.world import Member, World, claim_body

TIMES = 3


def command_of(member: Member, *, number: str) -> SubmitClaim:
    return SubmitClaim(
        claim_id=new_id(),
        claim_number=number,
        body_sha256="0" * 64,
        received_at=utc_now(),
        submission=ClaimSubmission.model_validate(claim_body(member.persons[0])),
    )


def actor_of(member: Member) -> Actor:
    return Actor(
        account_id=member.account["account_id"],
        session_id=member.person.tokens["session_id"],
        roles=("member",),
        dossier_id=member.dossier_id,
    )


async def nothing_waits(witness: Witness, *queues: str) -> None:
    async def probe() -> bool:
        return not any((await witness.waiting(queues)).values())

    await eventually(probe, f"{queues} are empty")


@pytest.mark.req("CLM-7")
async def test_a_claim_that_arrives_three_times_is_one_claim_with_one_decision(world: World, witness: Witness) -> None:
    member, number = await world.member(), "0000-TEST-" + new_id()[-4:].upper()
    command, actor = command_of(member, number=number), actor_of(member)
    broker = make_broker(world.stack.rabbitmq_url("edge"), prefetch=1, app_id="edge")
    await broker.connect()
    publisher = Publisher(broker, user="edge")
    same = request_envelope(command, message_id=f"{command.claim_id}:same", actor=actor)
    from_elsewhere = request_envelope(command, message_id=f"{command.claim_id}:other", actor=actor)
    for envelope in [same] * TIMES + [from_elsewhere]:
        await publisher.publish(envelope)
    await broker.stop()

    await all_decided(world, [member], {number})
    await nothing_waits(witness, "claims.intake", "payments.on_claim_adjudicated")
    await assert_decided_once(world, [member], [number], witness=witness)
    assert len(witness.deliveries(ClaimAdjudicated, command.claim_id)) == 1
    assert (await member.claim(number))["benefit_cents"] == 2_800


@pytest.mark.req("PAY-7", "MSG-4")
async def test_a_decision_that_is_announced_again_is_neither_booked_nor_mailed_again(
    world: World, witness: Witness
) -> None:
    member = await world.member()
    number = await member.submit(claim_body(member.persons[0]))
    await all_decided(world, [member], {number})
    await world.mail_about(member.person.email, number)
    claim_id = stored_claims(world, [member])[number]["_id"]
    await witness.caught_up()
    (seen,) = witness.deliveries(ClaimAdjudicated, claim_id)

    connection = await aio_pika.connect(world.stack.rabbitmq_url("claims"))
    channel = await connection.channel()
    exchange = await channel.get_exchange(exchange_of(ClaimAdjudicated), ensure=False)
    for _ in range(TIMES):
        repeated = aio_pika.Message(
            seen.body,
            content_type=CLOUDEVENT,
            message_id=seen.event_id,
            type=ClaimAdjudicated.wire_type,
            user_id="claims",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        await exchange.publish(repeated, ClaimAdjudicated.wire_type)
    await connection.close()

    await nothing_waits(witness, "payments.on_claim_adjudicated", "notification.on_claim_adjudicated")
    later = await member.submit(claim_body(member.persons[0], line={"code": "PH-EVA"}))
    await world.mail_about(member.person.email, later)
    await all_decided(world, [member], {number, later})
    await assert_decided_once(world, [member], [number, later])
    mails = world.mailbox.messages_to(member.person.email)
    assert sum(number in str(mail["Subject"]) for mail in mails) == 1
