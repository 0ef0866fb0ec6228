import json

import pytest

from services.banking.domain.accounts import AccountInvalid, InstitutionUnknown, TransitInvalid
from services.banking.handlers.enrolment import AlreadyEnrolled, BankingForbidden, DetailsUnreadable
from services.banking.ports import AccountUnreadable
from shared.clock import new_id
from shared.contracts.banking import DirectDepositEnrolled, DirectDepositView, EnrolDirectDeposit
from shared.tokens import UnreadableSecret
from tests.support import banking_builders as build
from tests.support.banking_desk import Desk


@pytest.fixture
def desk(tmp_path):
    return Desk(folder=tmp_path)


@pytest.mark.req("BNK-1", "BNK-2")
async def test_an_enrolled_account_is_shown_by_its_last_three_digits(desk):
    actor = build.member(language="fr")
    view = await desk.enrol(build.enrolment(actor.dossier_id, account="0001234"), actor)
    assert view == DirectDepositView(
        enrolled=True, institution_name="Desjardins (Québec)", account_ending="234", enrolled_at=build.NOW, version=1
    )
    assert await desk.shown(actor) == view


@pytest.mark.req("BNK-1")
async def test_without_enrolment_nothing_is_shown(desk):
    assert await desk.shown(build.member()) == DirectDepositView(enrolled=False)


@pytest.mark.req("BNK-2")
async def test_an_account_of_three_digits_is_not_shown_at_all(desk):
    actor = build.member()
    view = await desk.enrol(build.enrolment(actor.dossier_id, institution="010", account="123"), actor)
    assert view.account_ending is None


@pytest.mark.req("BNK-1")
async def test_an_unusual_length_is_a_warning_and_no_refusal(desk):
    actor = build.member()
    view = await desk.enrol(build.enrolment(actor.dossier_id, account="12345"), actor)
    assert view.enrolled
    assert view.warnings == ("banking.account_length_unusual",)
    assert (await desk.shown(actor)).warnings == view.warnings


@pytest.mark.req("BNK-1")
async def test_an_institution_without_a_name_is_shown_by_its_number(desk):
    actor = build.member()
    view = await desk.enrol(build.enrolment(actor.dossier_id, institution="117"), actor)
    assert view.institution_name == "117"


@pytest.mark.req("BNK-1")
@pytest.mark.parametrize(
    ("box", "value", "error"),
    [
        ("transit", "3012", TransitInvalid),
        ("transit", "3012a", TransitInvalid),
        ("institution", "999", InstitutionUnknown),
        ("account", "12345-67", AccountInvalid),
        ("account", "1234567890123", AccountInvalid),
        ("account", "", AccountInvalid),
    ],
)
async def test_a_box_that_is_wrong_is_refused_by_its_name(desk, box, value, error):
    actor = build.member()
    with pytest.raises(error) as refusal:
        await desk.enrol(build.enrolment(actor.dossier_id, **{box: value}), actor)
    assert refusal.value.params["field"] == box
    assert not desk.accounts.rows


@pytest.mark.parametrize("secret", ["", "null", "[]", "{}", '{"transit": "30123", "institution": "815"}', "3012"])
async def test_details_without_the_three_boxes_are_refused(desk, secret):
    actor = build.member()
    with pytest.raises(DetailsUnreadable):
        await desk.enrol(EnrolDirectDeposit(details=build.sealed(secret, actor.dossier_id)), actor)


async def test_an_account_given_as_a_number_is_refused_because_zeros_may_be_lost(desk):
    actor = build.member()
    with pytest.raises(DetailsUnreadable):
        await desk.enrol(build.enrolment(actor.dossier_id, account=1234567), actor)


@pytest.mark.req("BNK-2")
async def test_details_sealed_for_another_dossier_are_refused(desk):
    with pytest.raises(UnreadableSecret):
        await desk.enrol(build.enrolment(new_id()), build.member())


@pytest.mark.req("BNK-2")
async def test_details_sealed_for_another_purpose_are_refused(desk):
    actor = build.member()
    secret = build.sealed(json.dumps({}), actor.dossier_id, purpose="password")
    with pytest.raises(UnreadableSecret):
        await desk.enrol(EnrolDirectDeposit(details=secret), actor)


@pytest.mark.req("BNK-2")
async def test_details_are_refused_once_their_time_is_over(desk):
    actor = build.member()
    with pytest.raises(UnreadableSecret):
        await desk.enrol(EnrolDirectDeposit(details=build.sealed("{}", actor.dossier_id, days=-1)), actor)


@pytest.mark.req("BNK-6")
@pytest.mark.parametrize(
    "overrides",
    [
        {"roles": ("agent",)},
        {"roles": ("delegate",)},
        {"roles": ()},
        {"on_behalf_of": "somebody"},
        {"dossier_id": None},
    ],
)
async def test_only_the_member_enrols_or_sees_an_account(desk, overrides):
    actor = build.member(**overrides)
    with pytest.raises(BankingForbidden):
        await desk.enrol(build.enrolment(actor.dossier_id or new_id()), actor)
    with pytest.raises(BankingForbidden):
        await desk.shown(actor)
    assert not desk.vault.kept


async def test_an_enrolment_is_published_once_without_any_bank_detail(desk):
    actor = build.member()
    await desk.enrol(build.enrolment(actor.dossier_id), actor)
    assert await desk.log.published() == [
        DirectDepositEnrolled(payee_id=actor.dossier_id, account_id=actor.account_id, enrolled_at=build.NOW)
    ]


async def test_the_same_details_again_change_nothing(desk):
    actor, account = build.member(), build.random_account()
    first = await desk.enrol(build.enrolment(actor.dossier_id, account=account), actor)
    desk.now = build.NOW.replace(hour=16)
    assert await desk.enrol(build.enrolment(actor.dossier_id, account=account), actor) == first
    assert len(await desk.log.published()) == 1


@pytest.mark.req("BNK-3")
async def test_other_details_are_a_conflict_because_a_change_needs_more(desk):
    actor = build.member()
    first = await desk.enrol(build.enrolment(actor.dossier_id, account="1234567"), actor)
    with pytest.raises(AlreadyEnrolled):
        await desk.enrol(build.enrolment(actor.dossier_id, account="7654321"), actor)
    assert await desk.shown(actor) == first


async def test_the_same_account_of_two_payees_is_put_before_a_person(desk):
    one, other, account = build.member(), build.member(), build.random_account()
    await desk.enrol(build.enrolment(one.dossier_id, account=account), one)
    assert not desk.exceptions.rows
    view = await desk.enrol(build.enrolment(other.dossier_id, account=account), other)
    assert view.enrolled
    assert [(row.kind, row.subject) for row in desk.exceptions.rows.values()] == [("account_shared", other.dossier_id)]


@pytest.mark.req("BNK-2")
async def test_an_account_moved_to_another_payee_is_not_shown(desk):
    thief, victim = build.member(), build.member()
    await desk.enrol(build.enrolment(thief.dossier_id), thief)
    stolen = desk.accounts.rows[thief.dossier_id]
    await desk.accounts.add(build.stored_account(payee_id=victim.dossier_id, boxes=stolen.boxes))
    with pytest.raises(AccountUnreadable):
        await desk.shown(victim)


@pytest.mark.req("BNK-2")
async def test_no_account_number_appears_in_what_is_kept_published_or_answered(desk):
    actor, account = build.member(), "4815162342"
    view = await desk.enrol(build.enrolment(actor.dossier_id, account=account), actor)
    seen = [
        view.model_dump_json(),
        repr(desk.accounts.rows),
        repr(desk.vault.kept),
        *(str(item.body) for work in desk.log.works for item in work.outgoing),
        *(str(reply) for reply in desk.log.replies.values()),
    ]
    assert not [text for text in seen if account in text or account[:-3] in text]
