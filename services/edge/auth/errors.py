"""Refusals of sign-in, codes and sessions."""

from datetime import timedelta
from math import ceil

from shared.errors import AppError, Conflict, Forbidden, NotFound, Rejected, Throttled


class Unauthenticated(AppError):  # noqa: N818 - a family, like those of shared.errors
    """Nobody, or nobody any more."""

    family = "unauthenticated"


class TokenMissing(Unauthenticated):
    """The route needs a bearer token and got none."""

    def __init__(self) -> None:
        super().__init__("token.missing")


class SignInRefused(Unauthenticated):
    """User name or password is not right; which of them is not told."""

    def __init__(self) -> None:
        super().__init__("sign_in.refused")


class SessionEnded(Unauthenticated):
    """Signed out, expired, unused for too long, revoked, or never there: all alike."""

    def __init__(self) -> None:
        super().__init__("session.ended")


class TokenOutdated(Unauthenticated):
    """What the account may do changed after this token was issued; a refresh brings one that says what holds now."""

    def __init__(self) -> None:
        super().__init__("token.outdated")


class SessionUnknown(NotFound):
    """Not one of the caller's live sessions."""

    def __init__(self) -> None:
        super().__init__("session.unknown")


class DeviceUnknown(NotFound):
    """Not one of the caller's devices."""

    def __init__(self) -> None:
        super().__init__("device.unknown")


class NothingSuspected(NotFound):
    """There is no open question to the owner of the account, or the key is of none."""

    def __init__(self) -> None:
        super().__init__("security.nothing_suspected")


class RoleRefused(Forbidden):
    """The route is for other roles."""

    def __init__(self) -> None:
        super().__init__("access.forbidden")


class NoDossier(Forbidden):
    """The route is about a dossier, and the session has none."""

    def __init__(self) -> None:
        super().__init__("access.no_dossier")


class TooManyWaiting(Throttled):
    """More passwords wait for their turn than are looked at in time."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("identity.busy", retry_after_seconds=retry_after_seconds)


class ChallengeEnded(Conflict):
    """No such challenge is open here: unknown, of another purpose, used, expired or out of tries."""

    def __init__(self) -> None:
        super().__init__("code.challenge_ended")


class NothingToResend(Conflict):
    """The code comes from an authenticator app: it makes the next one itself."""

    def __init__(self) -> None:
        super().__init__("code.from_app")


class CodeWrong(Rejected):
    """Not a code of this challenge."""

    def __init__(self, tries_left: int) -> None:
        super().__init__("code.wrong", tries_left=tries_left)


class ResendTooEarly(Throttled):
    """The code before this one may still be on its way."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("code.resend_too_early", retry_after_seconds=_seconds(wait))


class ResendsUsedUp(Throttled):
    """Too many codes were asked for lately."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("code.resends_used_up", retry_after_seconds=_seconds(wait))


class TriesUsedUp(Throttled):
    """Too many codes were tried lately, whatever the challenge."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("code.tries_used_up", retry_after_seconds=_seconds(wait))


def _seconds(wait: timedelta) -> int:
    return max(1, ceil(wait.total_seconds()))


class NoProvider(Forbidden):
    """The caller acts for no provider."""

    def __init__(self) -> None:
        super().__init__("access.no_provider")


class ServiceRefused(Forbidden):
    """The caller has no grant for this online service of the provider (DEL-2)."""

    def __init__(self, service: str) -> None:
        super().__init__("access.service_refused", service=service)


class DossierNotOwned(NotFound):
    """No dossier of the caller's has this id."""

    def __init__(self) -> None:
        super().__init__("access.dossier_unknown")


class ScopeMissing(Forbidden):
    """The machine client's token has no such scope (LOG-12)."""

    def __init__(self, scope: str) -> None:
        super().__init__("access.scope_missing", scope=scope)


class FeatureMissing(Forbidden):
    """The plan of the dossier does not offer this (COV-3)."""

    def __init__(self, feature: str) -> None:
        super().__init__("access.feature_missing", feature=feature)


class Restricted(Forbidden):
    """Something must be done, or waited for, before anything else works."""

    def __init__(self, restriction: str) -> None:
        super().__init__(f"access.restricted_{restriction}")


class TooManyFailures(Throttled):
    """Too many sign-ins failed from this address lately."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("sign_in.too_many_failures", retry_after_seconds=_seconds(wait))


class TooManyRegistrations(Throttled):
    """Too many registrations were begun from this address lately."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("registration.too_many", retry_after_seconds=_seconds(wait))


class TooManySignings(Throttled):
    """Too many signatures of delegates were begun from this address lately."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("delegation.too_many_signings", retry_after_seconds=_seconds(wait))


class SessionLocked(Throttled):
    """The account is locked; its session goes on when the block is over. Told only to who holds the session."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("session.locked", retry_after_seconds=_seconds(wait))


class RecoveriesUsedUp(Throttled):
    """Too many recoveries were begun for this mailbox, whether anybody has it or not."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("recovery.requests_used_up", retry_after_seconds=_seconds(wait))


class AnswersWrong(Rejected):
    """Not all that was asked is right; which part is not told (F6)."""

    def __init__(self, tries_left: int) -> None:
        super().__init__("recovery.answers_wrong", tries_left=tries_left)


class AnswersBlocked(Throttled):
    """That was the last wrong answer for a day; the owner is told (F5)."""

    def __init__(self) -> None:
        super().__init__("identity.recovery_blocked", retry_after_seconds=_seconds(timedelta(days=1)))


class PasswordTriesUsedUp(Throttled):
    """The password that proves who is asking was stated too often lately."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("account.password_tries_used_up", retry_after_seconds=_seconds(wait))


class StepUpMissing(Forbidden):
    """The change needs a fresh step-up, whoever asks (B1)."""

    def __init__(self) -> None:
        super().__init__("step_up.required")


class StepUpRefused(Forbidden):
    """The step-up is not for this change, was used, or is over (B2, B3)."""

    def __init__(self) -> None:
        super().__init__("step_up.refused")
