"""The figures of codes, sessions, locks and rates; defaults are those of the security reference (REG-1, LOG-1, LOG-2,
LOG-11).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` times within any ``window``."""

    count: int
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFigures:
    """How one-time codes behave.

    ``tries`` are per challenge and shared by its codes; ``tries_per_subject`` and ``resends`` hold across challenges:
    asking for a new code never buys new guesses.
    """

    code_lifetime: timedelta = timedelta(minutes=10)
    challenge_lifetime: timedelta = timedelta(minutes=30)
    tries: int = 5
    resend_after: timedelta = timedelta(seconds=60)
    resends: tuple[Limit, ...] = (Limit(5, timedelta(minutes=15)), Limit(20, timedelta(days=1)))
    tries_per_subject: tuple[Limit, ...] = (Limit(50, timedelta(days=1)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFigures:
    """How tokens of machine clients behave, and how many refused requests for them one name may cause."""

    access_lifetime: timedelta = timedelta(minutes=10)
    refusals: tuple[Limit, ...] = (Limit(10, timedelta(minutes=5)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFigures:
    """How sessions and their tokens behave; ``strict_idle`` is for those who see other people's affairs."""

    access_lifetime: timedelta = timedelta(minutes=10)
    idle: timedelta = timedelta(minutes=30)
    strict_idle: timedelta = timedelta(minutes=15)
    lifetime: timedelta = timedelta(hours=12)
    grace: timedelta = timedelta(seconds=30)

    def idle_of(self, roles: Collection[str]) -> timedelta:
        """How long a session may go unused."""
        return self.idle if set(roles) == {"member"} else self.strict_idle


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutFigures:
    """What wrong passwords lead to.

    From the ``tarpit_from``-th on the answer is delayed, twice as long each time. ``failures`` within their window
    begin a block; ``blocks`` are the lengths of the first, the second and so on, the last one for all that follow.
    Everything is forgotten ``forgotten_after`` the last failure, except ``hard_stop`` of them in a row: then only a
    recovery, or an agent, opens the account again.
    """

    tarpit_from: int = 5
    tarpit_first: timedelta = timedelta(seconds=1)
    tarpit_longest: timedelta = timedelta(seconds=8)
    failures: Limit = Limit(10, timedelta(minutes=5))
    blocks: tuple[timedelta, ...] = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 120))
    forgotten_after: timedelta = timedelta(hours=12)
    hard_stop: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFigures:
    """How often is too often, by address, by address and account, and altogether."""

    failures_per_address: Limit = Limit(50, timedelta(minutes=5))
    failures_per_address_and_account: Limit = Limit(10, timedelta(minutes=5))
    failures_altogether: Limit = Limit(1_000, timedelta(minutes=5))
    registrations_per_address: Limit = Limit(10, timedelta(hours=1))
    enrolments_per_address: Limit = Limit(60, timedelta(hours=1))
    signings_per_address: Limit = Limit(20, timedelta(hours=1))
