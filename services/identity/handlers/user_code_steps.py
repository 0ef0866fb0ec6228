"""The paths by user code, in the browser and in the mobile app (REG-3 to REG-6, REG-8).

The user code and the password are chosen after the code from the mail came back: only then may the answer depend on the
plan (its password policy, whether it keeps hints) and on other accounts (REG-21).
"""

import unicodedata
from collections.abc import Mapping
from typing import Final

from services.identity.domain import hints
from services.identity.domain.answers import MOTHERS_FIRST_NAME, RecoveryRecord, normalised_answer
from services.identity.domain.email_address import email_address
from services.identity.domain.errors import (
    HintNotOfferedError,
    NameInvalidError,
    PasswordsDifferError,
    RegistrationNotConfirmedError,
    UserCodeTakenError,
)
from services.identity.domain.matching import Verdict
from services.identity.domain.passwords import PasswordPolicy, normalised
from services.identity.domain.user_codes import user_code
from services.identity.handlers.enrolment import Step, Submission, Taken
from services.identity.handlers.member_steps import MemberSteps, known_facts
from services.identity.handlers.members import Members, RosterMatching, dossier_number
from services.identity.ports import AccountRepository, DossierRepository, PasswordHasher, RecoveryRecordRepository
from shared.contracts.identity.enrolment import CodeReturned, DisplayName, Mailbox, UserCode
from shared.outbox import Work
from shared.tokens import Binding, PublicKey, seal

PATHS: Final = frozenset({"member_user_code", "member_mobile"})


class UserCodeSteps:
    """What the steps after the roster facts do."""

    def __init__(
        self,
        matching: RosterMatching,
        members: Members,
        member_steps: MemberSteps,
        *,
        dossiers: DossierRepository,
        accounts: AccountRepository,
        recoveries: RecoveryRecordRepository,
        policies: Mapping[str, PasswordPolicy],
        hashing: PasswordHasher,
        own_key: PublicKey,
    ) -> None:
        self._matching = matching
        self._members = members
        self._member_steps = member_steps
        self._dossiers = dossiers
        self._accounts = accounts
        self._recoveries = recoveries
        self._policies = policies
        self._hashing = hashing
        self._own_key = own_key

    def steps(self) -> tuple[Step, ...]:
        """For the registry."""
        return (
            Step(data=DisplayName, prepare=self.prepare_display_name, take=self.display_name),
            Step(data=Mailbox, prepare=self.prepare_mailbox, take=self.mailbox, paths=PATHS),
            Step(data=CodeReturned, take=self.code, paths=PATHS),
            Step(data=UserCode, prepare=self.prepare_user_code, take=self.user_code),
        )

    async def prepare_display_name(self, submission: Submission[DisplayName]) -> Mapping[str, str]:
        """How the name is shown, in one form.

        Raises:
            NameInvalidError: nothing that a screen can show in one line.
        """
        name = " ".join(unicodedata.normalize("NFC", submission.data.display_name).split())
        if not any(sign.isalpha() for sign in name) or not name.isprintable():
            raise NameInvalidError
        return {"display_name": name}

    async def display_name(self, submission: Submission[DisplayName], _work: Work) -> Taken:
        """Kept for the account to come; the roster keeps its name."""
        return Taken(record=dict(submission.prepared))

    async def prepare_mailbox(self, submission: Submission[Mailbox]) -> Mapping[str, str]:
        """The address in its one form.

        Raises:
            EmailInvalidError: not an address.
        """
        return {"email": email_address(submission.data.email)}

    async def mailbox(self, submission: Submission[Mailbox], work: Work) -> Taken:
        """Have a code or a notice mailed; the answer is one."""
        email = submission.prepared["email"]
        verdict, mailing = await self._member_steps.told(submission, email, work.session)
        return Taken(record={"email": email, "matched": verdict is Verdict.MATCHED}, mailing=mailing)

    async def code(self, submission: Submission[CodeReturned], _work: Work) -> Taken:
        """The mailbox is proved.

        Raises:
            RegistrationNotConfirmedError: the code went to somebody else's mailbox, or to none.
        """
        if not submission.flow.record("mailbox")["matched"]:
            raise RegistrationNotConfirmedError
        return Taken()

    async def prepare_user_code(self, submission: Submission[UserCode]) -> Mapping[str, str]:
        """Check what was chosen by the rules of the plan, and hash it.

        Raises:
            UserCodeInvalidError, PasswordsDifferError, HintNotOfferedError, HintRevealingError, AnswerInvalidError: or
                one of the password errors of ``PasswordPolicy.check``.
            HashingBusyError: too many passwords wait.
        """
        data, flow = submission.data, submission.flow
        code = user_code(data.user_code)
        dossier = await self._dossiers.get(dossier_number(flow).dossier_id)
        plan = self._matching.plan_of(dossier)
        password = normalised(submission.open("password", data.password))
        if data.password_repeat is not None:
            repeated = submission.open("password_repeat", data.password_repeat)
            if normalised(repeated) != password:
                raise PasswordsDifferError
        names = () if dossier is None else (dossier.member.first_name, dossier.member.last_name)
        personal = (*known_facts(flow, email=str(flow.record("mailbox")["email"])), code, *names)
        self._policies[plan.password_policy].check(password, personal=personal)
        prepared = {"user_code": code}
        if data.hint is not None:
            if not plan.hint:
                raise HintNotOfferedError
            hints.check_hint(submission.open("hint", data.hint), password)
            prepared["hint"] = data.hint
        answer = normalised_answer(submission.open("recovery_answer", data.recovery_answer))
        prepared["answer"] = await self._hashing.hash(answer)
        prepared["password"] = await self._hashing.hash(password)
        return prepared

    async def user_code(self, submission: Submission[UserCode], work: Work) -> Taken:
        """Create the account; the answer shows the user code.

        Raises:
            RegistrationNotConfirmedError: somebody else was faster with the dossier or the address.
            UserCodeTakenError: somebody has this user code.
        """
        prepared, flow = submission.prepared, submission.flow
        email = str(flow.record("mailbox")["email"])
        dossier = await self._members.free_dossier(dossier_number(flow), work.session)
        if dossier is None or await self._members.namesake(email, work.session) is not None:
            raise RegistrationNotConfirmedError
        if await self._accounts.get_by_user_name(prepared["user_code"], session=work.session) is not None:
            raise UserCodeTakenError
        shown = flow.record("display_name")["display_name"] if flow.has_done("display_name") else None
        account = await self._members.register(
            submission,
            work,
            dossier,
            user_name=prepared["user_code"],
            email=email,
            password=prepared["password"],
            display_name=None if shown is None else str(shown),
        )
        record = RecoveryRecord(
            account_id=account.account_id,
            hint=self._kept_hint(submission, account.account_id),
            answers=((MOTHERS_FIRST_NAME, prepared["answer"]),),
        )
        await self._recoveries.save(record, session=work.session)
        return Taken(account_id=account.account_id)

    def _kept_hint(self, submission: Submission[UserCode], account_id: str) -> str | None:
        """The hint sealed again, for the account instead of the enrolment."""
        sealed = submission.prepared.get("hint")
        if sealed is None:
            return None
        binding = Binding(hints.PURPOSE, account_id)
        return seal(
            submission.open("hint", sealed), self._own_key, binding=binding, expires_at=submission.now + hints.LIFETIME
        )
