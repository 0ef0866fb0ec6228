"""The first steps of a hygienist: reference number, credentials, code; then there is an account (REG-16, REG-18).

Whether a reference number is known shows in nothing but the mail that goes to a mailbox (REG-21).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.identity.domain.accounts import PROVIDER, Account
from services.identity.domain.email_address import email_address
from services.identity.domain.errors import RegistrationNotConfirmedError, UserNameTakenError
from services.identity.domain.flows import Mailing, PathDefinition, begin, own_flow_id
from services.identity.domain.matching import Verdict
from services.identity.domain.passwords import PasswordPolicy, normalised, personal_data
from services.identity.domain.professionals import Professional
from services.identity.domain.provider_errors import ProviderNumberInvalidError
from services.identity.domain.providers import Kind, Provider, ProviderNumber
from services.identity.handlers.acts import note
from services.identity.handlers.enrolment import Step, Submission, Taken
from services.identity.handlers.register_ports import RegisterRepository
from services.identity.handlers.registers import provider_recorded
from services.identity.ports import AccountRepository, FlowRepository, PasswordHasher
from shared.clock import IdMaker
from shared.contracts.identity.access import ContactRecorded
from shared.contracts.identity.agreements import CredentialsProvider, Reference
from shared.contracts.identity.enrolment import CodeReturned
from shared.mongo import Session
from shared.notices import Notices
from shared.outbox import Work

PATH: Final = "hygienist"
OWN_PATH: Final = "hygienist_agreement"
REFERENCE: Final = "reference"
CREDENTIALS: Final = "credentials_provider"
UNKNOWN_PROVINCE: Final = "QC"
"""The order is Quebec's; the place of practice tells more precisely once it is known."""
_NOBODY: Final = "-"
_NOTICES: Final = {
    Verdict.ALREADY_REGISTERED: "already_registered",
    Verdict.NOT_MATCHED: "hygienist_not_matched",
}


class HygienistSteps:
    """What the steps before the account do."""

    def __init__(
        self,
        *,
        own_path: PathDefinition,
        professionals: RegisterRepository[Professional],
        providers: RegisterRepository[Provider],
        accounts: AccountRepository,
        flows: FlowRepository,
        policies: Mapping[str, PasswordPolicy],
        hashing: PasswordHasher,
        notices: Notices,
        ids: IdMaker,
    ) -> None:
        self._own_path = own_path
        self._professionals = professionals
        self._providers = providers
        self._accounts = accounts
        self._flows = flows
        self._policies = policies
        self._hashing = hashing
        self._notices = notices
        self._ids = ids

    def steps(self) -> tuple[Step, ...]:
        """For the registry."""
        return (
            Step(data=Reference, take=self.reference),
            Step(data=CredentialsProvider, prepare=self.prepare_credentials, take=self.credentials),
            Step(data=CodeReturned, take=self.code, paths=frozenset({PATH})),
        )

    async def reference(self, submission: Submission[Reference], work: Work) -> Taken:
        """Look the number up and remember the verdict; the answer is one, also for what is no number."""
        try:
            number = ProviderNumber.of(Kind.HYGIENIST, submission.data.reference_number)
        except ProviderNumberInvalidError:
            number = ProviderNumber(Kind.HYGIENIST, _NOBODY)
        professional = await self._professionals.get(number.number, session=work.session)
        holder = await self._accounts.get_by_provider(number.provider_id, session=work.session)
        verdict = Verdict.MATCHED if holder is None else Verdict.ALREADY_REGISTERED
        if professional is None or not professional.may_practise():
            verdict = Verdict.NOT_MATCHED
        owner = holder if verdict is Verdict.ALREADY_REGISTERED else None
        return Taken(
            record={
                "reference_number": number.number,
                "verdict": verdict.value,
                "owner": None if owner is None else owner.account_id,
            }
        )

    async def prepare_credentials(self, submission: Submission[CredentialsProvider]) -> Mapping[str, str]:
        """Check e-mail and password and hash the password, before any look-up.

        Raises:
            EmailInvalidError: or one of the password errors of ``PasswordPolicy.check``.
            UnreadableSecret: the password was not sealed for this enrolment.
            HashingBusyError: too many passwords wait.
        """
        data = submission.data
        password = normalised(submission.open("password", data.password))
        email = email_address(data.email)
        known = (data.user_name, str(submission.flow.record(REFERENCE)["reference_number"]))
        policy = self._policies[submission.path.password_policy]
        policy.check(password, personal=personal_data(email=email, numbers=known))
        return {"email": email, "password": await self._hashing.hash(password)}

    async def credentials(self, submission: Submission[CredentialsProvider], work: Work) -> Taken:
        """Set the credentials aside and have a code or a notice mailed.

        Raises:
            UserNameTakenError: told to everybody alike; a user name that somebody chose says not who they are.
        """
        facts, user_name = submission.flow.record(REFERENCE), submission.data.user_name
        email, language = submission.prepared["email"], submission.flow.language
        owner = await self._accounts.get(str(facts["owner"] or _NOBODY), session=work.session)
        namesake = await self._accounts.get_by_email(email, PROVIDER, session=work.session)
        await self._check_free(user_name, work.session)
        owner = owner or namesake
        verdict = Verdict(str(facts["verdict"])) if owner is None else Verdict.ALREADY_REGISTERED
        password = submission.prepared["password"] if verdict is Verdict.MATCHED else None
        return Taken(
            record={"user_name": user_name, "email": email, "password": password},
            mailing=Mailing(
                email=email if owner is None else owner.email,
                language=language if owner is None else owner.language,
                notice=_NOTICES.get(verdict),
            ),
        )

    async def code(self, submission: Submission[CodeReturned], work: Work) -> Taken:
        """The mailbox is proved: create the account, and begin the steps that its owner goes on with.

        Raises:
            RegistrationNotConfirmedError: not matched, or somebody else was faster.
            UserNameTakenError: somebody else took it meanwhile; the credentials can be given again.
        """
        flow, now = submission.flow, submission.now
        credentials, reference = flow.record(CREDENTIALS), str(flow.record(REFERENCE)["reference_number"])
        professional = await self._professionals.get(reference, session=work.session)
        password = credentials["password"]
        if professional is None or not professional.may_practise() or not isinstance(password, str):
            raise RegistrationNotConfirmedError
        provider_id = professional.number.provider_id
        holder = await self._accounts.get_by_provider(provider_id, session=work.session)
        namesake = await self._accounts.get_by_email(str(credentials["email"]), PROVIDER, session=work.session)
        if holder is not None or namesake is not None:
            raise RegistrationNotConfirmedError
        await self._check_free(str(credentials["user_name"]), work.session)
        account = Account(
            account_id=self._ids(),
            user_name=str(credentials["user_name"]),
            email=str(credentials["email"]),
            display_name=professional.display_name,
            language=flow.language,
            roles=(PROVIDER,),
            password=password,
            created_at=now,
            provider_id=provider_id,
            opens_at=submission.path.opens_at(now),
            enrolling=True,
        )
        await self._accounts.add(account, session=work.session)
        own = begin(
            own_flow_id(account.account_id),
            self._own_path,
            language=flow.language,
            now=now,
            account_id=account.account_id,
        )
        await self._flows.add(own, session=work.session)
        await self._record_provider(professional, account, work)
        self._tell(account, provider_id, submission, work)
        return Taken(account_id=account.account_id)

    async def _check_free(self, user_name: str, session: Session | None) -> None:
        if await self._accounts.get_by_user_name(user_name, session=session) is not None:
            raise UserNameTakenError

    async def _record_provider(self, professional: Professional, account: Account, work: Work) -> None:
        """Put the professional into the register of providers, unless an agent has done so before. An address that the
        register knows hears of the account: a reference number is no secret.
        """
        known = await self._providers.get(professional.number.provider_id, session=work.session)
        if known is not None:
            if known.email is not None and known.email != account.email:
                self._notices.to_address(work, "hygienist_account_elsewhere", known.email, language=known.language)
            return
        provider = Provider(
            number=professional.number,
            name=professional.display_name,
            practice_name=professional.display_name,
            language=professional.language,
            province=UNKNOWN_PROVINCE,
        )
        await self._providers.save_all([provider], session=work.session)
        work.publish(provider_recorded(provider))

    def _tell(self, account: Account, provider_id: str, submission: Submission[CodeReturned], work: Work) -> None:
        """Everybody who has to know of the account, its owner included."""
        now = submission.now
        work.publish(
            ContactRecorded(
                account_id=account.account_id,
                email=account.email,
                language=account.language,
                display_name=account.display_name,
                provider_id=provider_id,
                recorded_at=now,
            )
        )
        values: dict[str, str | int | datetime] = {"user_name": account.user_name}
        if account.opens_at is not None:
            values["opens_at"] = account.opens_at
        self._notices.to_account(work, "hygienist_account_created", account.account_id, values=values)
        note(
            work,
            submission.received,
            "user_created",
            about=provider_id,
            account_id=account.account_id,
            details={"path": submission.path.code},
            clock=lambda: now,
        )
