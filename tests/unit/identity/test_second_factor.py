"""Authenticator apps: set up, confirmed, used once per time step, removed (LOG-10)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.accounts import AGENT, Account
from services.identity.domain.errors import AccountUnknownError
from services.identity.domain.safeguard_errors import (
    SecondFactorAbsentError,
    SecondFactorPresentError,
    SecondFactorRequiredError,
    SecondFactorWrongError,
)
from services.identity.domain.second_factor import STEP_SECONDS, RecoveryCodes, matching_step
from services.identity.handlers.second_factor import SecondFactors, required_second_factor
from services.identity.handlers.views import AccountViews
from services.identity.secret_box import SecretBox
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.identity.access import ActRecorded
from shared.contracts.identity.security import ConfirmTotp, RemoveTotp, StartTotp, VerifyTotp
from shared.contracts.notification import SendAccessNotice
from shared.notices import Notices
from shared.outbox import Work
from shared.tokens import Binding, UnreadableSecret, seal
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_memory import MemoryAccounts, MemoryAuthenticators

PEPPER = b"a pepper for tests, 32 bytes or more"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RECOVERY = tuple(f"ABCDEFGHJ{sign}" for sign in "23456789AB")


def sealed(secret: str, account_id: str) -> str:
    binding = Binding("totp", account_id)
    return seal(secret, keys.public("identity"), binding=binding, expires_at=build.NOW + timedelta(days=3_650))


@dataclass(slots=True)
class Desk:
    """The use cases on repositories in memory, for one account."""

    account: Account
    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    authenticators: MemoryAuthenticators = field(default_factory=MemoryAuthenticators)
    now: datetime = build.NOW
    work: Work = field(init=False)

    @property
    def factors(self) -> SecondFactors:
        return SecondFactors(
            accounts=self.accounts,
            authenticators=self.authenticators,
            box=SecretBox(PEPPER, use="totp"),
            recovery_codes=RecoveryCodes(PEPPER),
            opener=keys.opener("identity"),
            notices=Notices(keys.public("notification"), clock=lambda: self.now, ids=new_id),
            clock=lambda: self.now,
        )

    def code(self, *, steps: int = 0) -> str:
        return pyotp.TOTP(SECRET).generate_otp(int(self.now.timestamp()) // STEP_SECONDS + steps)

    async def ask(self, message: Any) -> Any:
        actor = Actor(account_id=self.account.account_id, session_id=new_id(), roles=self.account.roles)
        received = build.received(message, actor)
        self.work = build.work_for(received)
        factors: Any = self.factors
        handlers: dict[Any, Any] = {
            StartTotp: factors.start,
            ConfirmTotp: factors.confirm,
            RemoveTotp: factors.remove,
            VerifyTotp: factors.verify,
        }
        return await handlers[type(message)](received, self.work)

    async def start(self, secret: str = SECRET) -> Any:
        return await self.ask(StartTotp(secret=sealed(secret, self.account.account_id)))

    async def confirm(self, code: str) -> Any:
        own = self.account.account_id
        return await self.ask(ConfirmTotp(code=sealed(code, own), recovery_codes=sealed(" ".join(RECOVERY), own)))

    async def verify(self, code: str) -> Any:
        own = self.account.account_id
        return await self.ask(VerifyTotp(account_id=own, code=sealed(code, own)))

    async def remove(self, code: str) -> Any:
        return await self.ask(RemoveTotp(code=sealed(code, self.account.account_id)))

    async def stored(self) -> Account:
        account = await self.accounts.get(self.account.account_id)
        assert account is not None
        return account

    async def with_app(self) -> "Desk":
        await self.start()
        await self.confirm(self.code())
        self.now += timedelta(seconds=STEP_SECONDS)
        return self


@pytest.fixture
async def desk() -> Desk:
    made = Desk(build.account())
    await made.accounts.add(made.account)
    return made


@pytest.mark.req("LOG-10")
async def test_the_first_code_puts_the_app_in_use_and_the_owner_is_told(desk: Desk) -> None:
    started = await desk.start()
    assert (await desk.stored()).second_factor == "email"

    await desk.confirm(desk.code())

    assert started.model_dump() == {"user_name": desk.account.user_name}
    assert (await desk.stored()).second_factor == "totp"
    [notice] = desk.work.commands
    assert isinstance(notice, SendAccessNotice)
    assert (notice.kind, notice.account_id) == ("second_factor_changed", desk.account.account_id)
    assert notice.values == {"second_factor": "totp"}
    [act] = desk.work.events
    assert isinstance(act, ActRecorded)
    assert (act.act, act.about, act.details) == ("user_updated", desk.account.account_id, {"second_factor": "totp"})


@pytest.mark.req("LOG-10", "J6")
async def test_what_is_stored_shows_neither_the_secret_nor_a_recovery_code(desk: Desk) -> None:
    await desk.with_app()

    stored = repr(await desk.authenticators.get(desk.account.account_id))

    assert SECRET not in stored
    assert not any(code in stored for code in RECOVERY)


@pytest.mark.parametrize("steps", [-1, 0, 1])
@pytest.mark.req("LOG-10")
async def test_a_telephone_may_be_one_step_early_or_late(desk: Desk, steps: int) -> None:
    await desk.with_app()
    desk.now += timedelta(minutes=5)

    verified = await desk.verify(desk.code(steps=steps))

    assert (verified.account_id, verified.by) == (desk.account.account_id, "app")


@pytest.mark.parametrize("steps", [-2, 2])
@pytest.mark.req("LOG-10")
async def test_two_steps_are_too_many(desk: Desk, steps: int) -> None:
    await desk.with_app()
    desk.now += timedelta(minutes=5)
    with pytest.raises(SecondFactorWrongError):
        await desk.verify(desk.code(steps=steps))


@pytest.mark.req("LOG-10")
async def test_each_step_counts_once_and_none_before_it_any_more(desk: Desk) -> None:
    await desk.with_app()
    desk.now += timedelta(minutes=5)
    await desk.verify(desk.code())

    for steps in (0, -1):
        with pytest.raises(SecondFactorWrongError):
            await desk.verify(desk.code(steps=steps))
    await desk.verify(desk.code(steps=1))


@pytest.mark.req("LOG-10")
async def test_the_code_that_confirmed_the_app_is_used_up(desk: Desk) -> None:
    await desk.start()
    code = desk.code()
    await desk.confirm(code)
    with pytest.raises(SecondFactorWrongError):
        await desk.verify(code)


@pytest.mark.req("LOG-10")
async def test_a_recovery_code_counts_once(desk: Desk) -> None:
    await desk.with_app()

    verified = await desk.verify(RECOVERY[3])

    assert (verified.by, verified.recovery_codes_left) == ("recovery_code", 9)
    [act] = desk.work.events
    assert isinstance(act, ActRecorded)
    assert act.details == {"second_factor": "recovery_code", "left": "9"}
    with pytest.raises(SecondFactorWrongError):
        await desk.verify(RECOVERY[3])
    assert (await desk.verify(RECOVERY[4])).recovery_codes_left == 8


@pytest.mark.req("LOG-10")
def test_recovery_codes_of_one_account_are_nothing_to_another() -> None:
    digests = RecoveryCodes(PEPPER)
    assert digests.digest("one", RECOVERY[0]) != digests.digest("other", RECOVERY[0])


@pytest.mark.req("LOG-10")
async def test_starting_again_replaces_what_was_not_confirmed(desk: Desk) -> None:
    await desk.start(pyotp.random_base32())
    await desk.start()
    await desk.confirm(desk.code())
    with pytest.raises(SecondFactorPresentError):
        await desk.start()
    with pytest.raises(SecondFactorPresentError):
        await desk.confirm(desk.code(steps=1))


@pytest.mark.req("LOG-10")
async def test_nothing_is_confirmed_or_verified_before_it_was_begun(desk: Desk) -> None:
    for refused in (desk.confirm, desk.verify, desk.remove):
        with pytest.raises(SecondFactorAbsentError):
            await refused("123456")
    await desk.start()
    with pytest.raises(SecondFactorAbsentError):
        await desk.verify(desk.code())


@pytest.mark.req("LOG-10")
async def test_a_wrong_code_confirms_nothing(desk: Desk) -> None:
    await desk.start()
    with pytest.raises(SecondFactorWrongError):
        await desk.confirm(desk.code(steps=5))
    assert (await desk.stored()).second_factor == "email"


@pytest.mark.req("LOG-10")
async def test_a_fresh_code_removes_the_app(desk: Desk) -> None:
    await desk.with_app()
    with pytest.raises(SecondFactorWrongError):
        await desk.remove(desk.code(steps=5))

    await desk.remove(desk.code())

    assert (await desk.stored()).second_factor == "email"
    assert await desk.authenticators.get(desk.account.account_id) is None
    [notice] = desk.work.commands
    assert isinstance(notice, SendAccessNotice)
    assert notice.values == {"second_factor": "email"}


@pytest.mark.req("LOG-10")
async def test_an_agent_must_have_one_and_cannot_remove_it() -> None:
    desk = Desk(build.account(roles=(AGENT,), dossiers=()))
    await desk.accounts.add(desk.account)
    views = AccountViews(required_second_factor, clock=lambda: desk.now)
    assert (await views.of(await desk.stored())).restrictions == ("second_factor",)
    await desk.with_app()

    assert (await views.of(await desk.stored())).restrictions == ()
    with pytest.raises(SecondFactorRequiredError):
        await desk.remove(desk.code())
    assert (await views.of(build.account())).restrictions == ()


@pytest.mark.req("LOG-10")
async def test_a_secret_sealed_for_another_account_is_not_opened(desk: Desk) -> None:
    with pytest.raises(UnreadableSecret):
        await desk.ask(StartTotp(secret=sealed(SECRET, new_id())))


async def test_without_an_account_there_is_no_second_factor() -> None:
    with pytest.raises(AccountUnknownError):
        await Desk(build.account()).start()


@given(st.text(max_size=40), st.text(max_size=20))
def test_a_box_opens_for_its_owner_and_use_alone(secret: str, owner: str) -> None:
    box = SecretBox(PEPPER, use="totp")
    encrypted = box.encrypted(secret, owner=owner)
    assert box.decrypted(encrypted, owner=owner) == secret
    assert encrypted != box.encrypted(secret, owner=owner)
    for other, its_owner in ((box, f"{owner}x"), (SecretBox(PEPPER, use="other"), owner)):
        with pytest.raises(ValueError, match="not encrypted here"):
            other.decrypted(encrypted, owner=its_owner)


@given(st.integers(min_value=0, max_value=999_999), st.integers(min_value=1, max_value=10**9))
def test_a_step_is_found_at_most_one_from_now_and_after_the_last(number: int, seconds: int) -> None:
    now, code = build.NOW + timedelta(seconds=seconds), f"{number:06d}"
    present = int(now.timestamp()) // STEP_SECONDS
    assert matching_step(code, SECRET, now=now, after=present - 1) in {None, present, present + 1}
    right = pyotp.TOTP(SECRET).generate_otp(present)
    assert matching_step(right, SECRET, now=now, after=0) is not None
    assert matching_step(right, SECRET, now=now, after=present + 1) is None


def test_rfc_6238_agrees() -> None:
    """Appendix B, SHA-1: the last six digits of 94287082 at 59 seconds."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    at = datetime.fromtimestamp(59, tz=build.NOW.tzinfo)
    assert matching_step("287082", secret, now=at, after=0) == 1
