"""The first step of signing in: the password, and what wrong ones lead to (LOG-1, LOG-11).

* The hash is computed before anything is looked up under the account: a lock has the words and the time of a wrong
  password (K1).
* The failure is counted right after the hash, so no more than the hashes under way slip past a lock that begins, and
  right passwords side by side never wait for each other (K6).
* From the fifth failure on the refusal is held back for a while (tarpit). Nothing is held meanwhile but the caller's
  own connection: no hashing slot, no database, no message; and of too many who wait the rest is answered at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.edge.auth.errors import SignInRefused
from services.edge.auth.lockout import Lockout, lock_key
from services.edge.auth.lockouts import Lockouts
from services.edge.auth.rates import RateLimits
from services.edge.auth.turns import Turns
from services.edge.bodies import SignInRequest
from services.edge.ports import DeviceRepository, Rpc
from services.edge.sealing import Sealing
from shared.contracts.identity import VerifyCredentials
from shared.contracts.identity.security import VerifiedAccount
from shared.errors import Conflict, Forbidden, NotFound, Rejected
from shared.telemetry import current_trace, logger

Pause = Callable[[float], Awaitable[None]]
HELD_AT_ONCE: Final = 1_000
PATIENCE_SECONDS: Final = 10.0
"""Passwords may have to wait for their hash, for as long as a request lives in identity's queue."""
_REFUSALS: Final = (Rejected, NotFound, Forbidden, Conflict)


@dataclass(frozen=True, slots=True)
class Passed:
    """A right password: whose, and which counter stands for the rest of the sign-in."""

    account: VerifiedAccount
    lock_key: str


class PasswordStep:
    """Verifies passwords at identity, behind rates and locks."""

    def __init__(
        self,
        rpc: Rpc,
        devices: DeviceRepository,
        *,
        sealing: Sealing,
        lockouts: Lockouts,
        rates: RateLimits,
        turns: Turns,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._rpc = rpc
        self._devices = devices
        self._sealing = sealing
        self._lockouts = lockouts
        self._rates = rates
        self._turns = turns
        self._pause = pause
        self._held = 0

    async def verified(self, request: SignInRequest, *, address: str, device_id: str | None) -> Passed:
        """The account of a right password.

        Args:
            request: What was typed.
            address: Where the request comes from.
            device_id: The browser, if it has a name; it has a counter of its own where the account was used before.

        Raises:
            TooManyFailures: too many came from this address; known before the password is looked at.
            TooManyWaiting: more passwords wait than are looked at in time.
            SignInRefused: name or password wrong, or locked; which is not told.
        """
        await self._rates.admit(address)
        try:
            async with self._turns.turn():
                account = await self._asked(request)
        except _REFUSALS as error:
            subject = error.params.get("subject")
            await self._refuse(address, None if subject is None else str(subject), device_id, code=error.code)
            raise SignInRefused from error
        key = await self._key(account.subject, device_id)
        lockout, closed = await self._looked_up(address, key)
        if closed:
            await self._rates.failed(address, lockout.series)
            await self._hold(lockout.delay(self._lockouts.figures), code="sign_in.locked")
            raise SignInRefused
        return Passed(account, key)

    async def _asked(self, request: SignInRequest) -> VerifiedAccount:
        password = self._sealing.password(request.password, subject=request.user_name)
        command = VerifyCredentials(user_name=request.user_name, password=password)
        return await self._rpc.request(
            command, VerifiedAccount, trace=current_trace(), timeout_seconds=PATIENCE_SECONDS
        )

    async def _refuse(self, address: str, subject: str | None, device_id: str | None, *, code: str) -> None:
        await self.wrong(address, None if subject is None else await self._key(subject, device_id), code=code)

    async def wrong(self, address: str, key: str | None, *, code: str) -> None:
        """Count a wrong password and hold the caller; without a counter there is nothing that could be locked."""
        if key is None:
            await self._rates.failed(address, None)
            await self._hold(timedelta(), code=code)
            return
        lockout, closed = await self._looked_up(address, key)
        await self._rates.failed(address, lockout.series)
        if not closed:
            lockout = await self._lockouts.failed(lockout)
        await self._hold(lockout.delay(self._lockouts.figures), code=code)

    async def _key(self, subject: str, device_id: str | None) -> str:
        """The counter. Somebody else's browser is any browser: whoever guesses would bring a new one each time."""
        known = device_id is not None and await self._devices.is_known(device_id, subject)
        return lock_key(subject, device_id if known else None)

    async def _looked_up(self, address: str, key: str) -> tuple[Lockout, bool]:
        """The counter, and whether it, or this address, is through with the account."""
        lockout = await self._lockouts.state(key)
        exhausted = await self._rates.exhausted(address, lockout.series)
        return lockout, exhausted or self._lockouts.locks(lockout)

    async def _hold(self, delay: timedelta, *, code: str) -> None:
        logger().info("sign_in_refused", code=code)
        if not delay or self._held >= HELD_AT_ONCE:
            return
        self._held += 1
        try:
            await self._pause(delay.total_seconds())
        finally:
            self._held -= 1
