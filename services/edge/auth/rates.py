"""How often an address may fail to sign in, register or ask for a recovery (LOG-11), by the library ``limits``.

Claims have no limiter. Without MongoDB nothing here answers, and neither does signing in.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from prometheus_client import Counter

from services.edge.auth.errors import TooManyFailures, TooManyRegistrations, TooManySignings
from services.edge.auth.figures import Limit, RateFigures
from shared.clock import Clock
from shared.telemetry import logger

FAILURES: Final = Counter("acquit_sign_in_failures_total", "Sign-ins refused at the password.")
ALARMS: Final = Counter("acquit_sign_in_alarms_total", "Failures beyond what may happen altogether in the time.")
THROTTLED: Final = Counter("acquit_throttled_total", "Requests refused because of their address.", ("what",))
SHARED_PREFIX: Final = 64
"""Whoever has an IPv6 address has all of its /64."""


class RateLimits:
    """The limits over their storage."""

    def __init__(self, storage: Storage, *, figures: RateFigures, clock: Clock) -> None:
        self._limiter = MovingWindowRateLimiter(storage)
        self._by_address = _item(figures.failures_per_address, "sign-in-failures")
        self._by_account = _item(figures.failures_per_address_and_account, "sign-in-failures-of")
        self._altogether = _item(figures.failures_altogether, "all-sign-in-failures")
        self._registrations = _item(figures.registrations_per_address, "registrations")
        self._enrolments = _item(figures.enrolments_per_address, "enrolments")
        self._signings = _item(figures.signings_per_address, "signings")
        self._clock = clock
        self._quiet_until: datetime | None = None

    async def admit(self, address: str) -> None:
        """Let an address try to sign in.

        Raises:
            TooManyFailures: it failed too often lately, with whatever accounts.
        """
        where = counted_as(address)
        if not await self._limiter.test(self._by_address, where):
            THROTTLED.labels("sign_in").inc()
            raise TooManyFailures(await self._wait(self._by_address, where))

    async def exhausted(self, address: str, series: str) -> bool:
        """Whether an address failed too often with one account; ``series`` names the row of failures."""
        return not await self._limiter.test(self._by_account, counted_as(address), series)

    async def failed(self, address: str, series: str | None) -> None:
        """Count a refused sign-in. Too many altogether are an alarm: nobody is refused for what others do."""
        FAILURES.inc()
        where = counted_as(address)
        await self._limiter.hit(self._by_address, where)
        if series is not None:
            await self._limiter.hit(self._by_account, where, series)
        if not await self._limiter.hit(self._altogether):
            self._alarm()

    async def allow_registration(self, address: str) -> None:
        """Let an address check facts of the roster once more.

        Raises:
            TooManyRegistrations: enough of that.
        """
        await self._hit(self._registrations, address, "registration", TooManyRegistrations)

    async def allow_enrolment(self, address: str) -> None:
        """Let an address begin one more enrolment; nothing is compared yet.

        Raises:
            TooManyRegistrations: enough of that.
        """
        await self._hit(self._enrolments, address, "enrolment", TooManyRegistrations)

    async def allow_signing(self, address: str) -> None:
        """Let an address ask for one more code for a delegate, whatever the reference.

        Raises:
            TooManySignings: enough of that.
        """
        await self._hit(self._signings, address, "signing", TooManySignings)

    async def _hit(
        self, item: RateLimitItem, address: str, what: str, refusal: type[TooManyRegistrations | TooManySignings]
    ) -> None:
        where = counted_as(address)
        if not await self._limiter.hit(item, where):
            THROTTLED.labels(what).inc()
            raise refusal(await self._wait(item, where))

    async def _wait(self, item: RateLimitItem, *identifiers: str) -> timedelta:
        stats = await self._limiter.get_window_stats(item, *identifiers)
        return timedelta(seconds=stats.reset_time - self._clock().timestamp())

    def _alarm(self) -> None:
        """Counted each time, told once per window."""
        ALARMS.inc()
        now = self._clock()
        if self._quiet_until is None or now >= self._quiet_until:
            self._quiet_until = now + timedelta(seconds=self._altogether.get_expiry())
            logger().error("sign_in_alarm", failures=self._altogether.amount, seconds=self._altogether.get_expiry())


def counted_as(address: str) -> str:
    """What an address counts as: itself, or its network where one customer has 2^64 of them."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((read, SHARED_PREFIX), strict=False)) if isinstance(read, IPv6Address) else address


def _item(limit: Limit, name: str) -> RateLimitItem:
    return RateLimitItemPerSecond(limit.count, int(limit.window.total_seconds()), namespace=name)
