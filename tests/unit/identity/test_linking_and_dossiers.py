"""REG-7 and REG-9: one account with several dossiers, added when signed in or by linking."""

from typing import Any

import pytest

from services.identity.domain.accounts import Account, Status
from services.identity.domain.errors import AccountUnknownError, RegistrationNotConfirmedError
from services.identity.domain.roster import Dossier
from shared.clock import new_id
from shared.contracts.identity import MemberRegistered
from shared.contracts.identity.access import ActRecorded
from shared.contracts.identity.own_account import AddDossier, DossierAdded
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.outbox import Work
from tests.support import identity_builders as build
from tests.support.identity_enrolment import MISSES_ALLOWED, Desk, facts, sealed


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def member(desk: Desk) -> Account:
    """Somebody from another product line."""
    password = await build.hashing().hash(build.PASSWORD)
    return await desk.registered(user_name="beatrice84", password=password, language="en")


async def link(
    desk: Desk, dossier: Dossier, *, user_name: str = "beatrice84", password: str = build.PASSWORD, **changes: str
) -> tuple[str, Work]:
    """Both steps before the code."""
    enrolment_id = await desk.start("member_link")
    await desk.submit(enrolment_id, "roster_facts", **facts(dossier, **changes))
    password = sealed(password, enrolment_id, use="password")
    _, work = await desk.submit(enrolment_id, "existing_account", user_name=user_name, password=password)
    return enrolment_id, work


async def add(desk: Desk, account: Account, dossier: Dossier, **changes: str) -> tuple[DossierAdded | None, Work]:
    actor = build.member_actor(account.dossiers[0].dossier_id, account_id=account.account_id)
    received = build.received(AddDossier.model_validate(facts(dossier, **changes)), actor)
    work = build.work_for(received)
    return await desk.own.add_dossier(received, work), work


@pytest.mark.req("REG-9")
async def test_an_existing_account_gains_the_dossier_after_a_code_to_its_own_mailbox(desk: Desk) -> None:
    account, dossier = await member(desk), await desk.on_roster()
    enrolment_id, work = await link(desk, dossier, user_name="BEATRICE84")
    [code] = work.commands
    assert isinstance(code, SendCode)
    assert (code.email, code.language) == (account.email, "en")
    finished, done = await desk.submit(enrolment_id, "code")
    assert finished.account is not None
    assert finished.account.account_id == account.account_id
    assert [each.dossier_id for each in finished.account.dossiers] == [
        account.dossiers[0].dossier_id,
        dossier.dossier_id,
    ]
    registered, act = done.events
    assert isinstance(registered, MemberRegistered)
    assert (registered.dossier_id, registered.email) == (dossier.dossier_id, account.email)
    assert isinstance(act, ActRecorded)
    [notice] = done.commands
    assert isinstance(notice, SendAccessNotice)
    assert (notice.kind, notice.account_id) == ("dossier_added", account.account_id)


@pytest.mark.req("REG-9", "REG-21")
@pytest.mark.parametrize(
    "typed", [{"password": "Autre-Tortue-99"}, {"user_name": "nobody84"}], ids=["wrong password", "unknown user code"]
)
async def test_wrong_credentials_mail_nothing_to_anybody_and_add_nothing(desk: Desk, typed: dict[str, str]) -> None:
    await member(desk)
    dossier = await desk.on_roster()
    enrolment_id, work = await link(desk, dossier, **typed)
    assert work.outgoing == []
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(enrolment_id, "code")
    assert await desk.accounts.get_by_dossier(dossier.dossier_id) is None


@pytest.mark.req("REG-9")
@pytest.mark.parametrize("change", [{"roles": ("agent",)}, {"status": Status.DISABLED}], ids=["agent", "disabled"])
async def test_only_a_member_whose_account_may_be_used_links(desk: Desk, change: dict[str, Any]) -> None:
    password = await build.hashing().hash(build.PASSWORD)
    await desk.registered(user_name="beatrice84", password=password, **change)
    enrolment_id, work = await link(desk, await desk.on_roster())
    assert work.outgoing == []
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(enrolment_id, "code")


@pytest.mark.req("REG-9", "REG-21")
@pytest.mark.parametrize("registered", [True, False])
async def test_a_dossier_that_cannot_be_linked_is_told_to_the_owner_of_the_account(
    desk: Desk,
    registered: bool,  # noqa: FBT001
) -> None:
    account, dossier = await member(desk), await desk.on_roster()
    if registered:
        await desk.registered(dossiers=(dossier.number,))
    enrolment_id, work = await link(desk, dossier, **({} if registered else {"birth_date": "1931-01-01"}))
    [notice] = work.commands
    assert isinstance(notice, SendAccessNotice)
    expected = "already_registered" if registered else "registration_not_matched"
    assert (notice.kind, notice.email) == (expected, account.email)
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(enrolment_id, "code")


@pytest.mark.req("REG-7")
async def test_a_member_adds_one_dossier_at_a_time_and_is_told_by_mail(desk: Desk) -> None:
    account = await member(desk)
    for count in (2, 3):
        dossier = await desk.on_roster()
        added, work = await add(desk, account, dossier)
        assert added is not None
        assert added.dossier.dossier_id == dossier.dossier_id
        assert added.dossier.features == desk.rules.plan(dossier.plan_code).features
        [notice] = work.commands
        assert isinstance(notice, SendAccessNotice)
        assert notice.kind == "dossier_added"
        stored = await desk.accounts.get(account.account_id)
        assert stored is not None
        assert len(stored.dossiers) == count


@pytest.mark.req("REG-7", "REG-21")
@pytest.mark.parametrize("case", ["unknown", "wrong birth date", "somebody's", "one's own"])
async def test_what_cannot_be_added_is_refused_alike(desk: Desk, case: str) -> None:
    account = await member(desk)
    dossier = build.dossier() if case == "unknown" else await desk.on_roster()
    if case == "somebody's":
        await desk.registered(dossiers=(dossier.number,))
    if case == "one's own":
        await add(desk, account, dossier)
    added, work = await add(desk, account, dossier, **({"birth_date": "1931-01-01"} if "birth" in case else {}))
    assert added is None
    assert work.outgoing == []


@pytest.mark.req("REG-7", "REG-21")
async def test_misses_when_signed_in_count_with_those_of_registering(desk: Desk) -> None:
    account, dossier = await member(desk), await desk.on_roster()
    for _ in range(MISSES_ALLOWED):
        await add(desk, account, dossier, birth_date="1931-01-01")
    assert (await add(desk, account, dossier))[0] is None
    _, work = await desk.walk_member_email(dossier)
    assert isinstance(work.commands[0], SendAccessNotice)
    desk.advance(hours=25)
    assert (await add(desk, account, dossier))[0] is not None


async def test_an_account_that_is_gone_adds_nothing(desk: Desk) -> None:
    actor = build.member_actor("any", account_id=new_id())
    received = build.received(AddDossier.model_validate(facts(await desk.on_roster())), actor)
    with pytest.raises(AccountUnknownError):
        await desk.own.add_dossier(received, build.work_for(received))
