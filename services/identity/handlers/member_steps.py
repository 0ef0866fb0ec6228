"""The steps with which every member begins, and the path by e-mail (REG-1, REG-21).

Whether a certificate or an e-mail is known shows in nothing but the mail that goes to a mailbox: every case reads the
same, writes the same and sends one command to notification.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from services.identity.domain.email_address import email_address
from services.identity.domain.errors import RegistrationNotConfirmedError
from services.identity.domain.flows import Flow, Mailing
from services.identity.domain.matching import Verdict
from services.identity.domain.passwords import PasswordPolicy, normalised, personal_data
from services.identity.domain.roster import DossierNumber
from services.identity.handlers.enrolment import Step, Submission, Taken
from services.identity.handlers.members import Members, RosterMatching, dossier_number
from services.identity.ports import AccountRepository, PasswordHasher
from shared.contracts.identity.enrolment import CodeReturned, CredentialsEmail, RosterFacts
from shared.mongo import Session
from shared.outbox import Work

MEMBER_EMAIL: Final = "member_email"
NOBODY: Final = "-"
NOTICES: Final = {
    Verdict.ALREADY_REGISTERED: "already_registered",
    Verdict.NOT_MATCHED: "registration_not_matched",
}


class MemberSteps:
    """What the steps of the path by e-mail do; the first one is that of every member path."""

    def __init__(
        self,
        matching: RosterMatching,
        members: Members,
        *,
        accounts: AccountRepository,
        policies: Mapping[str, PasswordPolicy],
        hashing: PasswordHasher,
    ) -> None:
        self._matching = matching
        self._members = members
        self._accounts = accounts
        self._policies = policies
        self._hashing = hashing

    def steps(self) -> tuple[Step, ...]:
        """For the registry."""
        return (
            Step(data=RosterFacts, take=self.roster_facts),
            Step(data=CredentialsEmail, prepare=self.prepare_credentials, take=self.credentials),
            Step(data=CodeReturned, take=self.code, paths=frozenset({MEMBER_EMAIL})),
        )

    async def roster_facts(self, submission: Submission[RosterFacts], work: Work) -> Taken:
        """Compare with the roster and remember the verdict; the answer is one."""
        data = submission.data
        facts = await self._matching.check(
            DossierNumber.of(data.contract_number, data.certificate_number),
            data.birth_date,
            path=submission.path.code,
            now=submission.now,
            session=work.session,
        )
        verdict = facts.verdict(misses_allowed=self._matching.misses_allowed)
        owner = facts.holder if verdict is Verdict.ALREADY_REGISTERED else None
        return Taken(
            record={
                "contract": data.contract_number,
                "certificate": data.certificate_number,
                "birth_date": data.birth_date.isoformat(),
                "verdict": verdict.value,
                "owner": None if owner is None else owner.account_id,
            }
        )

    async def prepare_credentials(self, submission: Submission[CredentialsEmail]) -> Mapping[str, str]:
        """Check e-mail and password and hash the password, before any look-up.

        Raises:
            EmailInvalidError: or one of the password errors of ``PasswordPolicy.check``.
            UnreadableSecret: the password was not sealed for this enrolment.
            HashingBusyError: too many passwords wait.
        """
        password = normalised(submission.open("password", submission.data.password))
        email = email_address(submission.data.email)
        policy = self._policies[submission.path.password_policy]
        policy.check(password, personal=known_facts(submission.flow, email=email))
        return {"email": email, "password": await self._hashing.hash(password)}

    async def credentials(self, submission: Submission[CredentialsEmail], work: Work) -> Taken:
        """Set the credentials aside and have a code or a notice mailed."""
        email = submission.prepared["email"]
        verdict, mailing = await self.told(submission, email, work.session)
        matched = verdict is Verdict.MATCHED
        return Taken(
            record={"email": email, "password": submission.prepared["password"] if matched else None},
            mailing=mailing,
        )

    async def told(self, submission: Submission[Any], email: str, session: Session | None) -> tuple[Verdict, Mailing]:
        """What it all came to, and what is mailed to whom because of it; always the same queries."""
        facts = submission.flow.record("roster_facts")
        owner = await self._accounts.get(str(facts["owner"] or NOBODY), session=session)
        namesake = await self._members.namesake(email, session)
        told = owner or namesake
        verdict = Verdict(str(facts["verdict"])) if told is None else Verdict.ALREADY_REGISTERED
        mailing = Mailing(
            email=email if told is None else told.email,
            language=submission.flow.language if told is None else told.language,
            notice=NOTICES.get(verdict),
        )
        return verdict, mailing

    async def code(self, submission: Submission[CodeReturned], work: Work) -> Taken:
        """The mailbox is proved: create the account.

        Raises:
            RegistrationNotConfirmedError: not matched, or somebody else was faster.
        """
        credentials = submission.flow.record("credentials_email")
        email, password = str(credentials["email"]), credentials["password"]
        dossier = await self._members.free_dossier(dossier_number(submission.flow), work.session)
        namesake = await self._members.namesake(email, work.session)
        if dossier is None or not isinstance(password, str) or namesake is not None:
            raise RegistrationNotConfirmedError
        account = await self._members.register(
            submission, work, dossier, user_name=email, email=email, password=password
        )
        return Taken(account_id=account.account_id)


def known_facts(flow: Flow, *, email: str) -> tuple[str, ...]:
    """What the person said of the dossier and of the mailbox: not for passwords."""
    facts = flow.record("roster_facts")
    numbers = (str(facts["contract"]), str(facts["certificate"]))
    return personal_data(email=email, numbers=numbers, birth_date=date.fromisoformat(str(facts["birth_date"])))
