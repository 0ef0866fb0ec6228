"""Step-up: a fresh proof for one change (BNK-3), by the administrator where the provider has one (DEL-9)."""

import hmac
from collections.abc import Mapping

import orjson

from services.identity.domain.administrators import AdministratorCredential
from services.identity.domain.attempts import Attempts
from services.identity.domain.errors import AnswerInvalidError
from services.identity.domain.safeguard_errors import AdministratorNeededError
from services.identity.handlers.acts import note
from services.identity.handlers.proofs import all_right, answers_in, count_attempt
from services.identity.ports import AdministratorRepository, PasswordHasher
from shared.clock import Clock
from shared.contracts import Actor, Command
from shared.contracts.identity.recovery import Verdict
from shared.contracts.identity.safeguards import ResendStepUpCode, StartStepUp, StepUpAction, StepUpStarted
from shared.contracts.notification import SendCode
from shared.envelopes import Received
from shared.mongo import Session
from shared.notices import Notices
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener


class CheckedStepUp(Command):
    """``StartStepUp`` after its costly part: never on the wire. ``email`` is the administrator's, if asked."""

    wire_type = "local.checked_step_up.v1"
    request: StartStepUp
    email: str | None = None
    verdict: Verdict = "right"
    tries_left: int = 3


async def check_step_up(
    received: Received[StartStepUp],
    *,
    administrators: AdministratorRepository,
    opener: SecretOpener,
    hashing: PasswordHasher,
    clock: Clock,
) -> Received[CheckedStepUp]:
    """Where the provider has administrator security, count an attempt and compare all of its credential.

    Outside any transaction: hashing is costly, and an attempt stays counted whatever happens afterwards.

    Raises:
        AdministratorNeededError: there is administrator security, and no credential was given.
        RecoveryBlockedError: it was wrong too often.
        AnswerInvalidError: not all parts of the credential; not counted.
        UnreadableSecret: not sealed for this step-up.
    """
    message, now = received.message, clock()
    provider_id = guarded_provider(received.require_actor())
    credential = await _guarding(message.action, provider_id, administrators)
    checked = CheckedStepUp(request=message)
    if credential is not None:
        if message.administrator is None:
            raise AdministratorNeededError
        secret = opener.open(message.administrator, binding=Binding("administrator", message.step_up_id), now=now)
        email, password, answers = _parts(secret, credential)
        attempts = await count_attempt(credential.provider_id, administrators, now=now)
        right = hmac.compare_digest(email.encode(), credential.email.encode())
        right &= await hashing.verify(password, credential.password)
        right &= await all_right(credential.answers, answers, hashing=hashing)
        verdict: Verdict = "right" if right else "wrong" if attempts.left else "blocked"
        checked = CheckedStepUp(request=message, email=credential.email, verdict=verdict, tries_left=attempts.left)
    return Received(checked, received.message_id, received.correlation_id, received.actor, received.trace)


async def start_step_up(
    received: Received[CheckedStepUp],
    work: Work,
    *,
    administrators: AdministratorRepository,
    notices: Notices,
    clock: Clock,
) -> StepUpStarted:
    """Have the code mailed, or tell both addresses that the administrator credential is blocked."""
    actor, message = received.require_actor(), received.message
    request, provider_id = message.request, guarded_provider(actor)
    credential = None
    if message.email is not None and provider_id is not None:
        credential = await administrators.get(provider_id, session=work.session)
    if message.verdict != "right":
        _refused(received, work, credential, notices=notices, clock=clock)
        return StepUpStarted(
            step_up_id=request.step_up_id, sent_to=None, verdict=message.verdict, tries_left=message.tries_left
        )
    if credential is not None:
        await administrators.set_attempts(
            credential.provider_id, known=credential.attempts, attempts=Attempts(), session=work.session
        )
    return _mail(work, request, credential, actor=actor)


async def resend_step_up_code(
    received: Received[ResendStepUpCode], work: Work, *, administrators: AdministratorRepository
) -> StepUpStarted:
    """The next code. The edge asks for it only where the first one was mailed, so that no credential is asked again."""
    actor, message = received.require_actor(), received.message
    provider_id = guarded_provider(actor)
    credential = await _guarding(message.action, provider_id, administrators, session=work.session)
    return _mail(work, message, credential, actor=actor)


async def _guarding(
    action: StepUpAction,
    provider_id: str | None,
    administrators: AdministratorRepository,
    *,
    session: Session | None = None,
) -> AdministratorCredential | None:
    """The administrator whose credential an action needs."""
    if provider_id is None or action == "direct_deposit_change":
        return None
    return await administrators.get(provider_id, session=session)


def _mail(
    work: Work, message: StartStepUp | ResendStepUpCode, credential: AdministratorCredential | None, *, actor: Actor
) -> StepUpStarted:
    if credential is None:
        command = SendCode(purpose="step_up", code=message.code, account_id=actor.account_id)
    else:
        command = SendCode(purpose="step_up", code=message.code, email=credential.email, language=credential.language)
    work.send(command, expires_at=message.code.expires_at)
    return StepUpStarted(
        step_up_id=message.step_up_id,
        sent_to="account" if credential is None else "administrator",
        verdict="right",
        tries_left=Attempts().left,
    )


def guarded_provider(actor: Actor) -> str | None:
    """The provider whose administrator security counts: that of a provider in person."""
    return actor.provider_id if actor.on_behalf_of is None else None


def _parts(secret: str, credential: AdministratorCredential) -> tuple[str, str, Mapping[str, str]]:
    try:
        given = orjson.loads(secret)
        email, password = given["email"].strip().casefold(), given["password"]
        answers = answers_in(orjson.dumps(given["answers"]).decode())
    except (KeyError, TypeError, AttributeError, orjson.JSONDecodeError) as error:
        raise AnswerInvalidError from error
    if not isinstance(password, str) or set(answers) != set(credential.questions):
        raise AnswerInvalidError
    return email, password, answers


def _refused(
    received: Received[CheckedStepUp],
    work: Work,
    credential: AdministratorCredential | None,
    *,
    notices: Notices,
    clock: Clock,
) -> None:
    actor, blocked = received.require_actor(), received.message.verdict == "blocked"
    if blocked and credential is not None:
        notices.to_account(work, "recovery_blocked", actor.account_id)
        notices.to_address(work, "recovery_blocked", credential.email, language=credential.language)
    note(
        work,
        received,
        "authn_login_fail_max" if blocked else "authn_login_fail",
        about=actor.provider_id,
        result="failure",
        details={"how": "administrator_credential", "action": received.message.request.action},
        clock=clock,
    )
