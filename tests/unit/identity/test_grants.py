"""Grants in use: what counts today, and what providers, delegates and employees do about it (DEL-8, DEL-9)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.accounts import Status
from services.identity.domain.delegation_errors import (
    AdministratorSecurityMissingError,
    EmailsAlikeError,
    GrantRevokedError,
    GrantUnknownError,
    ProviderInPersonError,
)
from services.identity.domain.grants import GrantStatus
from services.identity.handlers.delegate_accounts import user_name_for
from shared.contracts import Actor
from shared.contracts.identity import ONLINE_SERVICES
from shared.contracts.identity.access import AccessChanged, ActRecorded
from shared.contracts.identity.grants import (
    AddEmployee,
    ChangeGrant,
    GrantChanged,
    GrantsView,
    LeaveGrant,
    ListDelegates,
    ListMandates,
)
from shared.contracts.notification import SendAccessNotice
from shared.outbox import Work
from tests.support import delegation_builders as build
from tests.support import identity_builders
from tests.support.delegation_office import DelegationOffice, notices_of

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@pytest.fixture
def office() -> DelegationOffice:
    return DelegationOffice()


def delegate_of(work: Work) -> GrantChanged:
    (grant,) = [each for each in work.events if isinstance(each, GrantChanged)]
    return grant


async def mandated(office: DelegationOffice, **overrides: object) -> tuple[Actor, GrantChanged]:
    _, actor = await office.provider()
    _, work = await office.approved(actor, **overrides)
    return actor, delegate_of(work)


async def services(office: DelegationOffice, account_id: str) -> tuple[str, ...]:
    view = await office.view_of(account_id)
    return view.grants[0].services if view.grants else ()


def told(work: Work) -> list[tuple[str | None, object]]:
    """Who is told of a change of a grant, and which."""
    notices = [each for each in work.commands if isinstance(each, SendAccessNotice)]
    assert {each.kind for each in notices} <= {"delegation_changed"}
    assert all(each.values["delegate_name"] and each.values["provider_name"] == "Denise Roy" for each in notices)
    return [(each.account_id, each.values["status"]) for each in notices]


@pytest.mark.req("DEL-8", "D1", "D7")
@given(today=DAYS, begin=DAYS, end=st.none() | DAYS, status=st.sampled_from(GrantStatus))
def test_a_grant_counts_exactly_while_it_is_active_and_the_day_is_within(
    today: date, begin: date, end: date | None, status: GrantStatus
) -> None:
    grant = build.grant(valid_from=begin, valid_to=end, status=status)
    within = begin <= today <= (end or date.max)
    assert grant.allows(today) == (status is GrantStatus.ACTIVE and within)
    if grant.allows(today):
        assert grant.standing(today)


@pytest.mark.req("DEL-8", "D7")
async def test_a_grant_begins_and_ends_at_midnight_in_toronto(office: DelegationOffice) -> None:
    _, grant = await mandated(office, valid_from=date(2026, 12, 1), valid_to=date(2026, 12, 3))
    seen = {}
    for text in ("2026-12-01T04:59", "2026-12-01T05:00", "2026-12-04T04:59", "2026-12-04T05:00"):
        office.now = datetime.fromisoformat(text).replace(tzinfo=UTC)
        seen[text] = await services(office, grant.account_id)
    assert list(seen.values()) == [(), ("billing",), ("billing",), ()]


@pytest.mark.req("DEL-8", "D5")
async def test_a_provider_suspends_resumes_and_revokes_at_once(office: DelegationOffice) -> None:
    actor, grant = await mandated(office)
    for status, expected in (("suspended", ()), ("active", ("billing",)), ("revoked", ())):
        change = ChangeGrant.model_validate({"grant_id": grant.grant_id, "status": status})
        view, work = await office.do(change, actor)
        assert view.status == status
        changed = delegate_of(work)
        (access,) = [each for each in work.events if isinstance(each, AccessChanged)]
        (act,) = [each for each in work.events if isinstance(each, ActRecorded)]
        assert (changed.status, changed.version) == (status, view.version)
        assert (access.account_id, access.changed_at) == (grant.account_id, office.now)
        assert (act.act, act.about) == ("privilege_permissions_changed", grant.provider_id)
        assert told(work) == [(grant.account_id, status), (actor.account_id, status)]
        assert await services(office, grant.account_id) == expected
        again = (await office.do(change, actor))[1]
        assert (again.events, again.commands) == ([], [])
    with pytest.raises(GrantRevokedError):
        await office.do(ChangeGrant(grant_id=grant.grant_id, status="active"), actor)


@pytest.mark.req("DEL-8", "B6")
async def test_grants_are_changed_by_their_own_provider_in_person_only(office: DelegationOffice) -> None:
    actor, grant = await mandated(office)
    _, stranger = await office.provider()
    change = ChangeGrant(grant_id=grant.grant_id, status="revoked")
    with pytest.raises(GrantUnknownError):
        await office.do(change, stranger)
    delegate = build.delegate_actor(grant.account_id, actor.provider_id)
    with pytest.raises(ProviderInPersonError):
        await office.do(change, delegate)
    with pytest.raises(ProviderInPersonError):
        await office.ask(ListDelegates(), delegate)
    with pytest.raises(GrantUnknownError):
        await office.do(LeaveGrant(grant_id=grant.grant_id), build.delegate_actor("somebody-else"))


@pytest.mark.req("DEL-8", "DEL-7", "D6")
async def test_a_delegate_sees_and_leaves_own_mandates_and_the_act_says_for_whom(office: DelegationOffice) -> None:
    actor, grant = await mandated(office)
    delegate = build.delegate_actor(grant.account_id, actor.provider_id)
    (mandate,) = (await office.ask(ListMandates(), delegate)).grants
    assert (mandate.grant_id, mandate.provider_name, mandate.status) == (grant.grant_id, "Denise Roy", "active")
    left, work = await office.do(LeaveGrant(grant_id=grant.grant_id), delegate)
    assert left.status == "revoked"
    assert told(work) == [(grant.account_id, "given_back"), (actor.account_id, "given_back")]
    (act,) = [each for each in work.events if isinstance(each, ActRecorded)]
    assert (act.account_id, act.on_behalf_of) == (grant.account_id, actor.provider_id)
    (seen,) = (await office.ask(ListDelegates(), actor)).grants
    assert seen.status == "revoked"


@pytest.mark.req("DEL-8", "D1")
async def test_a_new_request_renews_the_same_row(office: DelegationOffice) -> None:
    actor, grant = await mandated(office)
    await office.do(ChangeGrant(grant_id=grant.grant_id, status="revoked"), actor)
    account = await office.accounts.get(grant.account_id)
    assert account is not None
    until = build.TODAY + timedelta(days=90)
    _, work = await office.approved(
        actor, delegate_email=account.email, delegate_name=account.display_name, valid_to=until
    )
    renewed = delegate_of(work)
    assert (renewed.grant_id, renewed.status, renewed.valid_to) == (grant.grant_id, "active", until)
    assert renewed.version > grant.version
    assert len(await office.grants.list_by_account(grant.account_id)) == 1


def test_renewing_does_not_interrupt_access_of_today() -> None:
    today = build.TODAY
    running = build.grant(valid_from=today - timedelta(days=5), valid_to=today + timedelta(days=1))
    later = today + timedelta(days=2)
    kept = running.renewed(valid_from=later, valid_to=None, delegate_name="x", today=today)
    assert kept.valid_from == running.valid_from
    over = replace(running, valid_to=today - timedelta(days=1))
    assert over.renewed(valid_from=later, valid_to=None, delegate_name="x", today=today).valid_from == later


@pytest.mark.req("DEL-8", "D8")
async def test_delegates_of_a_disabled_provider_lose_access(office: DelegationOffice) -> None:
    actor, grant = await mandated(office)
    provider = await office.accounts.get(actor.account_id)
    assert provider is not None
    told = AccessChanged(account_id=provider.account_id, changed_at=office.now, end_sessions=True)

    async def following(event: AccessChanged) -> list[AccessChanged]:
        received = identity_builders.received(event)
        work = identity_builders.work_for(received)
        await office.handlers.on_access_changed(received, work)
        return [each for each in work.events if isinstance(each, AccessChanged)]

    assert await following(told) == []
    await office.accounts.save(replace(provider, status=Status.DISABLED))
    (followed,) = await following(told)
    assert followed == AccessChanged(account_id=grant.account_id, changed_at=office.now)
    assert await services(office, grant.account_id) == ()
    assert await following(followed) == []


@pytest.mark.req("BNK-6", "DEL-2")
async def test_no_grant_is_about_the_bank(office: DelegationOffice) -> None:
    _, grant = await mandated(office)
    view = await office.view_of(grant.account_id)
    assert not {"bank", "direct_deposit"} & {service for each in view.grants for service in each.services}
    assert set(ONLINE_SERVICES) == {"billing", "payments", "profile", "inbox"}


@pytest.mark.req("DEL-9", "D2")
async def test_employees_come_after_administrator_security_and_get_all_four_services(
    office: DelegationOffice,
) -> None:
    provider, actor = await office.provider()
    message = AddEmployee(employee_id="e1", name="Maude  Gagné", email=identity_builders.random_email(), language="en")
    with pytest.raises(AdministratorSecurityMissingError):
        await office.do(message, actor)
    office.security.providers.add(str(provider.provider_id))

    view, work = await office.do(message, actor)

    assert isinstance(view, GrantsView)
    assert tuple(grant.service for grant in view.grants) == ONLINE_SERVICES
    assert {grant.delegate_name for grant in view.grants} == {"Maude Gagné"}
    assert await services(office, view.grants[0].account_id) == ONLINE_SERVICES
    notices = notices_of(work)
    assert set(notices) == {f"delegate_user_name>{provider.email}", f"delegate_password>{message.email}"}
    assert notices[f"delegate_password>{message.email}"].language == "en"
    with pytest.raises(EmailsAlikeError):
        await office.do(message.model_copy(update={"email": provider.email}), actor)
    with pytest.raises(ProviderInPersonError):
        await office.do(message, build.delegate_actor(view.grants[0].account_id, provider.provider_id))


@given(name=st.text(max_size=40))
def test_user_names_are_letters_and_digits_of_a_fitting_length(name: str) -> None:
    user_name = user_name_for(name)
    assert 5 <= len(user_name) <= 36
    assert user_name.isascii()
    assert user_name.isalnum()
