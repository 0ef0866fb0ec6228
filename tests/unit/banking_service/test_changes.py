"""Changing bank details (BNK-3; B5, B7)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.banking.handlers.changes import DetailsChangedMeanwhile, NotEnrolled
from services.banking.handlers.enrolment import BankingForbidden
from shared.clock import new_id
from shared.contracts.banking import DirectDepositChanged, GetDirectDeposit
from shared.tokens import UnreadableSecret
from tests.support import banking_builders as build
from tests.support.banking_desk import HOLD, Crash, Desk
from tests.support.cpa005_reader import read


@pytest.fixture
def desk(tmp_path):
    return Desk(folder=tmp_path)


async def enrolled(desk, **boxes):
    actor = build.member()
    await desk.enrol(build.enrolment(actor.dossier_id, **boxes), actor)
    return actor


@pytest.mark.req("BNK-3", "B5")
async def test_a_change_replaces_what_was_shown_is_held_and_told(desk):
    actor = await enrolled(desk, account="1234567")
    desk.now += timedelta(days=3)

    view = await desk.change(build.changing(actor.dossier_id, account="7654321"), actor)

    assert (view.account_ending, view.version, view.changed_at) == ("321", 2, desk.now)
    assert (view.enrolled_at, view.held_until) == (build.NOW, desk.now + HOLD)
    assert await desk.shown(actor) == view
    assert (await desk.log.published())[1:] == [
        DirectDepositChanged(
            payee_id=actor.dossier_id,
            account_id=actor.account_id,
            former_account_id=actor.account_id,
            account_ending="321",
            version=2,
            changed_at=desk.now,
            held_until=desk.now + HOLD,
        )
    ]


@pytest.mark.req("BNK-3", "B7")
async def test_b7_of_two_changes_at_once_one_wins_and_the_other_learns_what_holds_now(desk):
    actor = await enrolled(desk, account="1234567")
    changes = [build.changing(actor.dossier_id, account=account) for account in ("7654321", "7654999")]
    answers = await asyncio.gather(*(desk.change(change, actor) for change in changes), return_exceptions=True)
    (won,) = [answer for answer in answers if not isinstance(answer, BaseException)]
    (lost,) = [answer for answer in answers if isinstance(answer, BaseException)]
    assert isinstance(lost, DetailsChangedMeanwhile)
    assert lost.params == {"version": 2, "account_ending": won.account_ending}
    assert (await desk.shown(actor)).account_ending == won.account_ending
    assert desk.accounts.rows[actor.dossier_id].version == 2


@pytest.mark.req("BNK-3")
async def test_the_same_details_again_are_no_change(desk):
    actor = await enrolled(desk, account="1234567")
    first = await desk.change(build.changing(actor.dossier_id, account="7654321"), actor)
    again = await desk.change(build.changing(actor.dossier_id, account="7654321"), actor)
    assert again == first
    assert len(await desk.log.published()) == 2


@pytest.mark.req("BNK-3")
async def test_who_never_enrolled_has_nothing_to_change(desk):
    actor = build.member()
    with pytest.raises(NotEnrolled):
        await desk.change(build.changing(actor.dossier_id), actor)


@pytest.mark.req("BNK-2", "BNK-3")
async def test_details_sealed_for_another_payee_are_refused(desk):
    actor = await enrolled(desk)
    with pytest.raises(UnreadableSecret):
        await desk.change(build.changing(new_id()), actor)


@pytest.mark.req("BNK-6", "B6")
@pytest.mark.parametrize(
    ("payee", "overrides"),
    [
        ("dossier", {"roles": ("delegate",), "on_behalf_of": "p", "provider_id": "p"}),
        ("dossier", {"roles": ("provider",), "provider_id": "p"}),
        ("provider", {"roles": ("delegate",), "on_behalf_of": "p", "provider_id": "p"}),
        ("provider", {"roles": ("provider",), "on_behalf_of": "p", "provider_id": "p"}),
        ("provider", {"roles": ("member",)}),
        ("provider", {"roles": ("provider",), "provider_id": None}),
        ("dossier", {"roles": ("agent",)}),
    ],
)
async def test_b6_nobody_but_the_payee_in_person_changes_or_sees_it(desk, payee, overrides):
    actor = build.member(**overrides)
    with pytest.raises(BankingForbidden):
        await desk.change(build.changing("p", payee=payee), actor)
    with pytest.raises(BankingForbidden):
        await desk.shown(actor, payee=payee)


@pytest.mark.req("BNK-1", "BNK-3")
async def test_a_provider_in_person_changes_the_providers_details(desk):
    actor = build.member(roles=("provider",), dossier_id=None, provider_id=new_id())
    await desk.accounts.add(build.stored_account(payee_id=actor.provider_id))
    view = await desk.change(build.changing(actor.provider_id, payee="provider", account="7654321"), actor)
    assert (view.account_ending, view.version) == ("321", 2)
    assert await desk.shown(actor, payee="provider") == view


@pytest.mark.req("BNK-3", "BNK-5")
async def test_an_account_that_another_payee_uses_is_put_before_a_person(desk):
    other, actor = await enrolled(desk, account="7654321"), await enrolled(desk)
    await desk.change(build.changing(actor.dossier_id, account="7654321"), actor)
    assert [(row.kind, row.subject) for row in desk.exceptions.rows.values()] == [("account_shared", actor.dossier_id)]
    assert other.dossier_id != actor.dossier_id


@pytest.mark.req("BNK-3", "BNK-4")
async def test_a_file_under_way_keeps_the_account_that_held_when_its_number_was_taken(desk):
    actor = build.member()
    await desk.register(actor.dossier_id)
    await desk.enrol(build.enrolment(actor.dossier_id, account="1234567"), actor)
    run = build.run_approved(build.run_item(actor.dossier_id))
    with pytest.raises(Crash):
        await desk.deposit(run, crash_at="deposit_file_written")
    desk.now += timedelta(seconds=1)
    await desk.change(build.changing(actor.dossier_id, account="7654321"), actor)

    await desk.deposit(run)

    (path,) = desk.files()
    (credit,) = read(path.read_bytes()).segments
    assert credit.account.strip() == "1234567"


@pytest.mark.req("BNK-2")
async def test_no_account_number_appears_in_what_a_change_keeps_publishes_or_answers(desk):
    actor = await enrolled(desk)
    view = await desk.change(build.changing(actor.dossier_id, account="4815162342"), actor)
    seen = [view.model_dump_json(), repr(desk.accounts.rows), *(str(w.outgoing) for w in desk.log.works)]
    assert not [text for text in seen if "4815162" in text]


def test_versions_hold_from_their_day_on():
    old = build.stored_account()
    middle = replace(old, version=2, valid_from=build.NOW)
    account = replace(old, version=3, valid_from=build.NOW + timedelta(days=2), former=(middle, old))
    days = (-1, 0, 1, 2, 3)
    assert [account.as_of(build.NOW + timedelta(days=day)).version for day in days] == [1, 2, 2, 3, 3]
    assert GetDirectDeposit().payee == "dossier"
