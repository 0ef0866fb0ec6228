from datetime import timedelta
from typing import Any

import pytest

from services.identity.domain.accounts import Status
from services.identity.domain.errors import (
    AccountUnknownError,
    AgentsOnlyError,
    InvalidCredentialsError,
    UserNameTakenError,
)
from services.identity.handlers.accounts import (
    AddAgent,
    add_agent,
    get_account,
    get_sign_in_subject,
    verify_credentials,
)
from services.identity.handlers.views import AccountViews
from services.identity.hashing import HashCost, PasswordHashing
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.identity import AccountView, AgentAdded, GetAccount, VerifyCredentials
from shared.contracts.identity.security import GetSignInSubject, VerifiedAccount
from shared.envelopes import Received
from shared.tokens import UnreadableSecret
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_memory import MemoryAccounts

STRONGER = PasswordHashing(b"a pepper for tests, 32 bytes or more", cost=HashCost(passes=2, memory_kib=16))


VIEWS = AccountViews(clock=lambda: build.NOW)


@pytest.fixture
def accounts() -> MemoryAccounts:
    return MemoryAccounts()


async def verify(
    accounts: MemoryAccounts, message: VerifyCredentials, *, hashing: PasswordHashing | None = None
) -> VerifiedAccount:
    return await verify_credentials(
        build.received(message),
        accounts=accounts,
        opener=keys.opener("identity"),
        hashing=hashing or build.hashing(),
        views=VIEWS,
        subjects=build.subjects(),
        clock=lambda: build.NOW,
    )


async def shown(received: Received[GetAccount], accounts: MemoryAccounts) -> AccountView:
    return await get_account(received, accounts=accounts, views=VIEWS, clock=lambda: build.NOW)


@pytest.mark.req("LOG-1")
async def test_the_right_password_names_the_account_whatever_the_case_of_the_user_name(
    accounts: MemoryAccounts,
) -> None:
    account = build.account(password=await build.hashing().hash(build.PASSWORD))
    await accounts.add(account)
    view = await verify(accounts, build.verify_credentials(f"{account.user_name.upper()} "))
    assert (view.account_id, view.user_name, view.roles) == (account.account_id, account.user_name, ("member",))
    assert [item.dossier_id for item in view.dossiers] == [account.dossiers[0].dossier_id]


@pytest.mark.req("LOG-1", "REG-21")
async def test_a_wrong_password_and_an_unknown_name_are_refused_with_the_same_words(accounts: MemoryAccounts) -> None:
    account = build.account(password=await build.hashing().hash(build.PASSWORD))
    await accounts.add(account)
    refusals = []
    for message in (
        build.verify_credentials(account.user_name, "Tortue-Verte-89"),
        build.verify_credentials(build.random_email()),
    ):
        with pytest.raises(InvalidCredentialsError) as refused:
            await verify(accounts, message)
        refusals.append((refused.value.code, set(refused.value.params)))
    assert refusals == [("identity.invalid_credentials", {"subject"})] * 2


async def subject_of_refusal(accounts: MemoryAccounts, user_name: str) -> str:
    with pytest.raises(InvalidCredentialsError) as refused:
        await verify(accounts, build.verify_credentials(user_name, "Tortue-Verte-89"))
    return str(refused.value.params["subject"])


@pytest.mark.req("LOG-11", "K3", "K4")
async def test_k3_the_counter_is_the_accounts_whatever_the_spelling_and_nobodys_before_it_exists(
    accounts: MemoryAccounts,
) -> None:
    email = build.random_email()
    before = {await subject_of_refusal(accounts, name) for name in (email, email.upper(), f" {email} ")}
    account = build.account(user_name=email, password=await build.hashing().hash(build.PASSWORD))
    await accounts.add(account)

    after = {await subject_of_refusal(accounts, name) for name in (email, email.upper(), f" {email} ")}
    passed = await verify(accounts, build.verify_credentials(email))

    assert (len(before), len(after)) == (1, 1)
    assert before.isdisjoint(after)
    assert {passed.subject} == after
    assert not {account.account_id, email} & (before | after)


@pytest.mark.req("LOG-11", "K9")
async def test_the_counter_of_an_account_is_told_to_agents_and_the_edge_alone(accounts: MemoryAccounts) -> None:
    account = build.account()
    await accounts.add(account)

    async def asked(account_id: str, actor: Actor | None) -> str:
        received = build.received(GetSignInSubject(account_id=account_id), actor)
        return (await get_sign_in_subject(received, accounts=accounts, subjects=build.subjects())).subject

    for actor in (build.agent(), None):
        assert await asked(account.account_id, actor) == await subject_of_refusal(accounts, account.user_name)
    with pytest.raises(AgentsOnlyError):
        await asked(account.account_id, build.member_actor(None))
    with pytest.raises(AccountUnknownError):
        await asked(new_id(), None)


@pytest.mark.req("REG-21")
async def test_an_unknown_name_costs_a_hash_as_well(accounts: MemoryAccounts, monkeypatch: pytest.MonkeyPatch) -> None:
    hashing = PasswordHashing(b"a pepper for tests, 32 bytes or more", cost=build.CHEAP)
    compared: list[str] = []

    def recording(encoded: str, digest: bytes) -> bool:
        compared.append(encoded)
        return True

    monkeypatch.setattr(hashing, "_matches", recording)
    with pytest.raises(InvalidCredentialsError):
        await verify(accounts, build.verify_credentials(build.random_email()), hashing=hashing)
    assert compared == [hashing._dummy]


@pytest.mark.req("LOG-1")
async def test_a_password_sealed_for_another_user_name_is_not_opened(accounts: MemoryAccounts) -> None:
    message = build.verify_credentials("ana@example.org").model_copy(update={"user_name": "eve@example.org"})
    with pytest.raises(UnreadableSecret):
        await verify(accounts, message)


async def test_a_weaker_hash_is_replaced_at_sign_in(accounts: MemoryAccounts) -> None:
    account = build.account(password=await build.hashing().hash(build.PASSWORD))
    await accounts.add(account)
    await verify(accounts, build.verify_credentials(account.user_name), hashing=STRONGER)
    after = await accounts.get(account.account_id)
    assert after is not None
    assert not STRONGER.outdated(after.password)
    assert await STRONGER.verify(build.PASSWORD, after.password)


async def test_a_wrong_password_does_not_touch_the_hash(accounts: MemoryAccounts) -> None:
    account = build.account(password=await build.hashing().hash(build.PASSWORD))
    await accounts.add(account)
    with pytest.raises(InvalidCredentialsError):
        await verify(accounts, build.verify_credentials(account.user_name, "wrong"), hashing=STRONGER)
    assert await accounts.get(account.account_id) == account


async def test_an_account_is_shown_to_its_owner_and_for_a_refresh(accounts: MemoryAccounts) -> None:
    account = build.account()
    await accounts.add(account)
    message = GetAccount(account_id=account.account_id)
    owner = build.member_actor(None, account_id=account.account_id)
    assert await shown(build.received(message, owner), accounts) == await shown(build.received(message), accounts)


@pytest.mark.parametrize(
    "changes",
    [{"status": Status.DISABLED}, {"temporary_until": build.NOW}],
    ids=["disabled", "temporary password over"],
)
async def test_an_account_that_may_not_be_used_signs_nobody_in_and_ends_its_sessions(
    accounts: MemoryAccounts, changes: dict[str, Any]
) -> None:
    account = build.account(password=await build.hashing().hash(build.PASSWORD), **changes)
    await accounts.add(account)
    with pytest.raises(InvalidCredentialsError):
        await verify(accounts, build.verify_credentials(account.user_name))
    with pytest.raises(AccountUnknownError):
        await shown(build.received(GetAccount(account_id=account.account_id)), accounts)


async def test_what_must_come_first_is_told_in_its_order(accounts: MemoryAccounts) -> None:
    account = build.account(
        temporary_until=build.NOW + timedelta(days=1), enrolling=True, opens_at=build.NOW + timedelta(minutes=30)
    )
    await accounts.add(account)
    view = await shown(build.received(GetAccount(account_id=account.account_id)), accounts)
    assert view.restrictions == ("new_password", "enrolment", "not_open_yet")
    assert view.opens_at == account.opens_at


async def test_an_account_of_somebody_else_is_unknown(accounts: MemoryAccounts) -> None:
    account = build.account()
    await accounts.add(account)
    stranger = build.received(GetAccount(account_id=account.account_id), build.member_actor(None))
    for received in (stranger, build.received(GetAccount(account_id=new_id()))):
        with pytest.raises(AccountUnknownError):
            await shown(received, accounts)


def an_agent(email: str) -> AddAgent:
    return AddAgent(email=email, display_name="Rose Gagnon", language="fr", password="hash")


async def test_an_agent_gets_an_account_with_that_role_and_no_dossier(accounts: MemoryAccounts) -> None:
    received = build.received(an_agent("rose@example.org"))
    work = build.work_for(received)
    await add_agent(received, work, accounts=accounts, clock=lambda: build.NOW, ids=new_id)
    account = await accounts.get_by_user_name("rose@example.org")
    assert account is not None
    assert (account.roles, account.dossiers) == (("agent",), ())
    assert work.events == [
        AgentAdded(
            account_id=account.account_id,
            email="rose@example.org",
            language="fr",
            display_name="Rose Gagnon",
            added_at=build.NOW,
        )
    ]


async def test_an_agent_is_not_added_over_another_account(accounts: MemoryAccounts) -> None:
    member = build.account()
    await accounts.add(member)
    received = build.received(an_agent(member.email))
    work = build.work_for(received)
    with pytest.raises(UserNameTakenError):
        await add_agent(received, work, accounts=accounts, clock=lambda: build.NOW, ids=new_id)
    assert work.events == []
