"""Enrolling on real transactions, several processes on one database."""

import asyncio

import pytest

from services.banking.handlers.enrolment import AlreadyEnrolled
from services.banking.storage import ACCOUNTS, KEY_VAULT, SCHEMA
from services.banking.storage_returns import EXCEPTIONS
from shared.clock import new_id
from tests.support import banking_builders as build
from tests.support.banking_office import everything_in

RIVALS = 20


@pytest.mark.req("BNK-1", "BNK-2")
async def test_an_enrolled_account_is_shown_masked_by_every_process(desk, make_desk):
    actor = build.member(language="fr")
    view = await desk.enrol(build.enrolment(actor.dossier_id, account="0001234"), actor)
    assert (view.institution_name, view.account_ending) == ("Desjardins (Québec)", "234")
    assert await make_desk().shown(actor) == view


@pytest.mark.req("BNK-1")
async def test_parallel_enrolments_of_one_payee_with_the_same_details_make_one_account(make_desk, database):
    actor, account = build.member(), build.random_account()
    desks = [make_desk() for _ in range(4)]
    views = await asyncio.gather(
        *(
            desks[number % 4].enrol(build.enrolment(actor.dossier_id, account=account), actor)
            for number in range(RIVALS)
        )
    )
    assert len(set(views)) == 1
    assert await database.collection(ACCOUNTS).count({}) == 1
    assert await database.collection(KEY_VAULT).count({"keyAltNames": actor.dossier_id}) == 1
    published = [await desk.log.published() for desk in desks]
    assert len(published[-1]) == 1


@pytest.mark.req("BNK-1")
async def test_parallel_enrolments_of_one_payee_with_different_details_leave_the_first(make_desk, database):
    actor = build.member()
    desks = [make_desk() for _ in range(4)]
    outcomes = await asyncio.gather(
        *(desks[number % 4].enrol(build.enrolment(actor.dossier_id), actor) for number in range(RIVALS)),
        return_exceptions=True,
    )
    winners = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert len(winners) == 1
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)} == {AlreadyEnrolled}
    assert await desks[0].shown(actor) == winners[0]


async def test_an_enrolment_delivered_twice_has_one_effect_and_one_answer(desk, make_desk):
    actor = build.member()
    message, message_id = build.enrolment(actor.dossier_id), new_id()
    first = await desk.enrol(message, actor, message_id=message_id)
    assert await make_desk().enrol(message, actor, message_id=message_id) == first
    assert len(await desk.log.published()) == 1


async def test_one_account_of_two_payees_is_put_before_a_person(desk, database):
    account = build.random_account()
    for actor in (build.member(), build.member()):
        await desk.enrol(build.enrolment(actor.dossier_id, account=account), actor)
    assert [row["kind"] for row in await database.collection(EXCEPTIONS).find({})] == ["account_shared"]


@pytest.mark.req("BNK-2")
async def test_no_account_number_stands_anywhere_in_the_database_or_in_an_event(desk, database):
    account = "4815162342"
    actor = build.member()
    await desk.register(actor.dossier_id)
    await desk.enrol(build.enrolment(actor.dossier_id, account=account), actor)
    await desk.deposit(build.run_approved(build.run_item(actor.dossier_id)))
    documents = await everything_in(database, SCHEMA.collections)
    assert len(documents) > 6
    assert not [document for document in documents if account in repr(document) or account[:-3] in repr(document)]
    await desk.log.published()
    bodies = [item.body for item in desk.log.publisher.recorded.values()]
    assert len(bodies) == 2
    assert not [body for body in bodies if account.encode() in body]
