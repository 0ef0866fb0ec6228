"""The steps by which members register (REG-1, REG-21).

Whether a certificate or an e-mail is known shows in nothing but the mail that goes to a mailbox: every case reads the
same, writes the same and sends one command to notification.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from services.identity.domain.accounts import MEMBER, Account
from services.identity.domain.email_address import email_address
from services.identity.domain.errors import RegistrationNotConfirmedError
from services.identity.domain.flows import Flow, Mailing
from services.identity.domain.matching import MISSES_WITHIN, Facts, Verdict
from services.identity.domain.passwords import PasswordPolicy, normalised, personal_data
from services.identity.domain.plans import Rules
from services.identity.domain.roster import Dossier, DossierNumber
from services.identity.handlers.enrolment import Step, Submission, Taken
from services.identity.ports import AccountRepository, CheckRepository, DossierRepository, PasswordHasher
from shared.clock import IdMaker
from shared.contracts.identity import MemberRegistered
from shared.contracts.identity.enrolment import CodeReturned, CredentialsEmail, RosterFacts
from shared.mongo import Session
from shared.outbox import Work

ROSTER_FACTS: Final = "roster_facts"
CREDENTIALS: Final = "credentials_email"
NOBODY: Final = "-"
NOTICES: Final = {
    Verdict.ALREADY_REGISTERED: "already_registered",
    Verdict.NOT_MATCHED: "registration_not_matched",
}


class RosterMatching:
    """Checks facts about a dossier; wrong ones are counted, and after some of them right ones count as wrong."""

    def __init__(
        self,
        rules: Rules,
        *,
        dossiers: DossierRepository,
        accounts: AccountRepository,
        checks: CheckRepository,
        misses_allowed: int,
    ) -> None:
        self._rules = rules
        self._dossiers = dossiers
        self._accounts = accounts
        self._checks = checks
        self.misses_allowed: Final = misses_allowed

    async def check(self, submission: Submission[RosterFacts], session: Session | None) -> Facts:
        """The facts that decide: always the same queries and one write."""
        data, now = submission.data, submission.now
        number = DossierNumber.of(data.contract_number, data.certificate_number)
        dossier = await self._dossiers.get(number.dossier_id, session=session)
        facts = Facts(
            dossier=dossier,
            birth_date=data.birth_date,
            holder=await self._accounts.get_by_dossier(number.dossier_id, session=session),
            misses=await self._checks.count_misses(
                number.dossier_id, since=now - MISSES_WITHIN, up_to=self.misses_allowed, session=session
            ),
            offered=submission.path.code in self._rules.plan("" if dossier is None else dossier.plan_code).paths,
        )
        matched = facts.matched(misses_allowed=self.misses_allowed)
        await self._checks.add(number.dossier_id, matched=matched, at=now, session=session)
        return facts


class MemberSteps:
    """What the steps of members do."""

    def __init__(
        self,
        matching: RosterMatching,
        *,
        dossiers: DossierRepository,
        accounts: AccountRepository,
        policies: Mapping[str, PasswordPolicy],
        hashing: PasswordHasher,
        ids: IdMaker,
    ) -> None:
        self._matching = matching
        self._dossiers = dossiers
        self._accounts = accounts
        self._policies = policies
        self._hashing = hashing
        self._ids = ids

    def steps(self) -> tuple[Step, ...]:
        """For the registry."""
        return (
            Step(data=RosterFacts, take=self.roster_facts),
            Step(data=CredentialsEmail, prepare=self.prepare_credentials, take=self.credentials),
            Step(data=CodeReturned, take=self.code),
        )

    async def roster_facts(self, submission: Submission[RosterFacts], work: Work) -> Taken:
        """Compare with the roster and remember the verdict; the answer is one."""
        facts = await self._matching.check(submission, work.session)
        verdict = facts.verdict(misses_allowed=self._matching.misses_allowed)
        owner = facts.holder if verdict is Verdict.ALREADY_REGISTERED else None
        data = submission.data
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
        data = submission.data
        password = normalised(submission.open("password", data.password))
        email = email_address(data.email)
        policy = self._policies[submission.path.password_policy]
        policy.check(password, personal=known_facts(submission.flow, email=email))
        return {"email": email, "password": await self._hashing.hash(password)}

    async def credentials(self, submission: Submission[CredentialsEmail], work: Work) -> Taken:
        """Set the credentials aside and have a code or a notice mailed."""
        email, facts = submission.prepared["email"], submission.flow.record(ROSTER_FACTS)
        verdict = Verdict(str(facts["verdict"]))
        owner = await self._accounts.get(str(facts["owner"] or NOBODY), session=work.session)
        namesake = await self._accounts.get_by_user_name(email, session=work.session)
        told = owner or namesake
        if told is not None:
            verdict = Verdict.ALREADY_REGISTERED
        matched = verdict is Verdict.MATCHED
        return Taken(
            record={"email": email, "password": submission.prepared["password"] if matched else None},
            mailing=Mailing(
                email=email if told is None else told.email,
                language=submission.flow.language if told is None else told.language,
                notice=NOTICES.get(verdict),
            ),
        )

    async def code(self, submission: Submission[CodeReturned], work: Work) -> Taken:
        """The mailbox is proved: create the account.

        Of parallel confirmations for one certificate or one e-mail the unique indexes let one through.

        Raises:
            RegistrationNotConfirmedError: not matched, or somebody else was faster.
        """
        flow = submission.flow
        credentials = flow.record(CREDENTIALS)
        number = dossier_number(flow)
        dossier = await self._dossiers.get(number.dossier_id, session=work.session)
        holder = await self._accounts.get_by_dossier(number.dossier_id, session=work.session)
        email, password = str(credentials["email"]), credentials["password"]
        namesake = await self._accounts.get_by_user_name(email, session=work.session)
        if dossier is None or not isinstance(password, str) or holder is not None or namesake is not None:
            raise RegistrationNotConfirmedError
        account = Account(
            account_id=self._ids(),
            user_name=email,
            email=email,
            display_name=dossier.member.display_name,
            language=flow.language,
            roles=(MEMBER,),
            password=password,
            created_at=submission.now,
            dossiers=(number,),
            opens_at=submission.path.opens_at(submission.now),
        )
        await self._accounts.add(account, session=work.session)
        work.publish(member_registered(account, dossier))
        return Taken(account_id=account.account_id)


def known_facts(flow: Flow, *, email: str) -> tuple[str, ...]:
    """What the person said of the dossier and of the mailbox: not for passwords."""
    facts = flow.record(ROSTER_FACTS)
    numbers = (str(facts["contract"]), str(facts["certificate"]))
    return personal_data(email=email, numbers=numbers, birth_date=date.fromisoformat(str(facts["birth_date"])))


def dossier_number(flow: Flow) -> DossierNumber:
    """The dossier that a flow is about."""
    facts = flow.record(ROSTER_FACTS)
    return DossierNumber.of(str(facts["contract"]), str(facts["certificate"]))


def member_registered(account: Account, dossier: Dossier) -> MemberRegistered:
    """What others are told of a new member."""
    return MemberRegistered(
        account_id=account.account_id,
        dossier_id=dossier.dossier_id,
        email=account.email,
        language=account.language,
        holder_name=account.display_name,
        registered_at=account.created_at,
    )
