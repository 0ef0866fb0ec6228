"""The figures of codes and sessions; defaults are those of the security reference (REG-1, LOG-1, LOG-2)."""

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
    """How sessions and their tokens behave."""

    access_lifetime: timedelta = timedelta(minutes=10)
    idle: timedelta = timedelta(minutes=30)
    lifetime: timedelta = timedelta(hours=12)
    grace: timedelta = timedelta(seconds=30)
