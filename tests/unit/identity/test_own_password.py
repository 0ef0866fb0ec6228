"""Changing one's own password: the first sign-in with a temporary one demands it (REG-15)."""

import pytest

from services.identity.domain.errors import (
    AccountChangedError,
    AccountUnknownError,
    PasswordPersonalError,
    PasswordTooShortError,
)
from services.identity.domain.provider_errors import PasswordUnchangedError
from services.identity.domain.safeguard_errors import CurrentPasswordError
from services.identity.handlers import own_password
from services.identity.handlers.views import AccountViews
from shared.contracts.identity.access import AccessChanged, ActRecorded
from shared.contracts.notification import SendAccessNotice
from tests.support import identity_builders as build
from tests.support.password_desk import TEMPORARY, PasswordDesk

pytestmark = pytest.mark.req("REG-15")


@pytest.fixture
def desk() -> PasswordDesk:
    return PasswordDesk()


async def test_the_new_password_takes_the_place_of_the_temporary_one(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    views = AccountViews(clock=desk.clock)
    assert (await views.of(account)).restrictions == ("new_password",)
    work = await desk.change(account)
    stored = await desk.stored(account)
    assert stored is not None
    assert stored.temporary_until is None
    assert await build.hashing().verify(build.PASSWORD, stored.password)
    assert (await views.of(stored)).restrictions == ()
    changed, act = work.events
    assert isinstance(changed, AccessChanged)
    assert (changed.end_sessions, changed.kept_session_id) == (True, "session-1")
    assert isinstance(act, ActRecorded)
    assert act.act == "authn_password_change"
    (notice,) = work.commands
    assert isinstance(notice, SendAccessNotice)
    assert (notice.kind, notice.account_id) == ("password_changed", account.account_id)


async def test_the_present_password_must_be_right_and_the_new_one_another(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    with pytest.raises(CurrentPasswordError):
        await desk.change(account, current="something else")
    with pytest.raises(PasswordUnchangedError):
        await desk.change(account, new=TEMPORARY)
    assert await desk.stored(account) == account


@pytest.mark.req("REG-4")
async def test_the_new_password_must_satisfy_the_policy(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    with pytest.raises(PasswordTooShortError):
        await desk.change(account, new="Ab1-")
    with pytest.raises(PasswordPersonalError):
        await desk.change(account, new=f"Aa-{account.user_name}")


async def test_a_temporary_password_that_lapsed_changes_nothing(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    desk.advance(days=15)
    with pytest.raises(AccountUnknownError):
        await desk.change(account)


async def test_of_two_changes_at_once_the_second_is_refused(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    message = own_password.PreparedChange(account_id=account.account_id, verified=account.password, password="new")
    await desk.disturb(account)
    received = build.received(message, build.member_actor(None, account_id=account.account_id))
    with pytest.raises(AccountChangedError):
        await own_password.change_password(
            received,
            build.work_for(received),
            accounts=desk.accounts,
            jobs=desk.jobs,
            notices=desk.notices(),
            clock=desk.clock,
        )
