"""The answers of a recovery: asked after the code, checked all together, three times at most (LOG-4, LOG-5, F5, F6)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from services.identity.domain.accounts import Account
from services.identity.domain.answers import RecoveryRecord
from services.identity.domain.errors import AnswerInvalidError
from services.identity.domain.plans import Rules
from services.identity.domain.recovery import Method, Step
from services.identity.domain.safeguard_errors import NoAnswersError, RecoveryUnknownError
from services.identity.handlers.acts import note
from services.identity.handlers.proofs import all_right, answers_in, count_attempt, refuse_when_blocked
from services.identity.ports import (
    AccountRepository,
    DossierRepository,
    PasswordHasher,
    RecoveryRecordRepository,
    RecoveryRepository,
)
from shared.clock import Clock
from shared.contracts import Command
from shared.contracts.identity.recovery import AnswerRecovery, AnswersChecked, GetRecovery, RecoveryView
from shared.envelopes import Received
from shared.notices import Notices
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener

HintOf = Callable[[Account, RecoveryRecord], Awaitable[str | None]]
"""The hint of an account in clear, where its plan allows one."""


async def open_hint(
    account: Account,
    record: RecoveryRecord,
    *,
    rules: Rules,
    dossiers: DossierRepository,
    opener: SecretOpener,
    clock: Clock,
) -> str | None:
    """``HintOf`` by the rules of the plans of the account's dossiers."""
    if record.hint is None:
        return None
    known = await dossiers.list_by_ids([number.dossier_id for number in account.dossiers])
    if not any(rules.plan(dossier.plan_code).hint for dossier in known.values()):
        return None
    return opener.open(record.hint, binding=Binding("hint", account.account_id), now=clock())


async def get_recovery(
    received: Received[GetRecovery],
    *,
    recoveries: RecoveryRepository,
    records: RecoveryRecordRepository,
    accounts: AccountRepository,
    hint_of: HintOf,
    clock: Clock,
) -> RecoveryView:
    """What comes next, with questions and hint: answered directly, so that no hint is kept with a reply.

    Raises:
        RecoveryUnknownError: the code has not come back, or the recovery is over.
        RecoveryBlockedError: the answers were wrong too often.
        NoAnswersError: nothing was left that could be asked or shown.
    """
    now = clock()
    recovery = await recoveries.get(received.message.recovery_id)
    step = None if recovery is None else recovery.step(now)
    if recovery is None or recovery.account_id is None or step is None:
        raise RecoveryUnknownError
    view = RecoveryView(recovery_id=recovery.recovery_id, step=step.value, expires_at=recovery.expires_at)
    if step is Step.PASSWORD:
        return view
    record = await records.get(recovery.account_id)
    if record is None:
        raise NoAnswersError
    refuse_when_blocked(record.attempts, now)
    account = await accounts.get(recovery.account_id)
    hint = None
    if account is not None and recovery.method is Method.HINT:
        hint = await hint_of(account, record)
    if not record.questions and hint is None:
        raise NoAnswersError
    return view.model_copy(update={"questions": record.questions, "hint": hint})


class CheckedAnswers(Command):
    """``AnswerRecovery`` after its costly part: never on the wire."""

    wire_type = "local.checked_answers.v1"
    recovery_id: str
    right: bool
    tries_left: int


async def check_answers(
    received: Received[AnswerRecovery],
    *,
    recoveries: RecoveryRepository,
    records: RecoveryRecordRepository,
    opener: SecretOpener,
    hashing: PasswordHasher,
    clock: Clock,
) -> Received[CheckedAnswers]:
    """Count an attempt, then compare all answers, whichever is wrong. Outside any transaction: hashing is costly, and
    an attempt stays counted whatever happens afterwards.

    Raises:
        RecoveryUnknownError: the recovery is not at this step.
        RecoveryBlockedError: too many were wrong already.
        NoAnswersError: no answers were left.
        AnswerInvalidError: not one answer for each question; not counted.
        UnreadableSecret: not sealed for this recovery.
    """
    message, now = received.message, clock()
    recovery = await recoveries.get(message.recovery_id)
    if recovery is None or recovery.account_id is None or recovery.step(now) is not Step.ANSWERS:
        raise RecoveryUnknownError
    record = await records.get(recovery.account_id)
    if record is None or not record.answers:
        raise NoAnswersError
    secret = opener.open(message.answers, binding=Binding("answers", message.recovery_id), now=now)
    given = answers_in(secret)
    if set(given) != set(record.questions):
        raise AnswerInvalidError
    attempts = await count_attempt(record.account_id, records, now=now)
    right = await all_right(record.answers, given, hashing=hashing)
    checked = CheckedAnswers(recovery_id=message.recovery_id, right=right, tries_left=attempts.left)
    return Received(checked, received.message_id, received.correlation_id, received.actor, received.trace)


async def record_answers(
    received: Received[CheckedAnswers],
    work: Work,
    *,
    recoveries: RecoveryRepository,
    records: RecoveryRecordRepository,
    accounts: AccountRepository,
    notices: Notices,
    clock: Clock,
) -> AnswersChecked:
    """What follows of the answers: the password step, or fewer tries, or a closed way of which the owner is told."""
    message, now = received.message, clock()
    recovery = await recoveries.get(message.recovery_id, session=work.session)
    account = None if recovery is None else await accounts.get(str(recovery.account_id), session=work.session)
    if recovery is None or account is None or recovery.step(now) is None:
        raise RecoveryUnknownError
    if message.right:
        await recoveries.save(replace(recovery, answered_at=now), session=work.session)
        await _lift(account.account_id, records, work)
        if recovery.method is Method.PROVIDER:
            notices.to_account(work, "user_name", account.account_id, values={"user_name": account.user_name})
        return AnswersChecked(verdict="right", tries_left=message.tries_left)
    blocked = message.tries_left == 0
    if blocked:
        notices.to_account(work, "recovery_blocked", account.account_id)
    note(
        work,
        received,
        "authn_login_fail_max" if blocked else "authn_login_fail",
        about=account.account_id,
        account_id=account.account_id,
        result="failure",
        details={"how": "recovery_answers"},
        clock=clock,
    )
    return AnswersChecked(verdict="blocked" if blocked else "wrong", tries_left=message.tries_left)


async def _lift(account_id: str, records: RecoveryRecordRepository, work: Work) -> None:
    """Right answers make up for wrong ones."""
    record = await records.get(account_id, session=work.session)
    if record is not None:
        await records.save(replace(record, misses=0, blocked_until=None), session=work.session)
