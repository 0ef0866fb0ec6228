"""The steps by which providers register (REG-10 to REG-15, REG-21).

Nothing is looked up before the last step, and its answer is one: whether the provider is known, of a chain, registered
already, or whether the statements were paid to them, is told by mail alone. No account appears in the enrolment: who
may read the mailbox gets user name and temporary password there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.identity.domain.accounts import PROVIDER, Account
from services.identity.domain.answers import RecoveryRecord
from services.identity.domain.email_address import email_address
from services.identity.domain.errors import TermsOutdatedError
from services.identity.domain.flows import Flow
from services.identity.domain.matching import MISSES_WITHIN
from services.identity.domain.provider_errors import EmailsDifferError, StatementsAlikeError
from services.identity.domain.provider_matching import ProviderFacts, Verdict
from services.identity.domain.providers import Kind, Provider, ProviderNumber, office_number
from services.identity.domain.security_questions import SecurityQuestions, distinct_answers
from services.identity.domain.statements import StatementFacts
from services.identity.domain.temporary_password import temporary_password, useless_from
from services.identity.domain.terms import Acceptance
from services.identity.handlers.acts import note
from services.identity.handlers.enrolment import Step, Submission, Taken
from services.identity.handlers.register_ports import RegisterRepository, StatementRepository
from services.identity.handlers.temporary_passwords import RecoveryRecords, TemporaryPasswords
from services.identity.handlers.terms import TermsDesk
from services.identity.ports import AccountRepository, CheckRepository, PasswordHasher
from shared.clock import IdMaker, business_day
from shared.contracts.identity.access import ContactRecorded
from shared.contracts.identity.provider_enrolment import (
    ProviderDirectDeposit,
    ProviderProfile,
    ProviderSubmit,
    WelcomeTerms,
)
from shared.contracts.identity.providers import ProviderRegistered
from shared.mongo import Session
from shared.notices import Notices
from shared.outbox import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderStores:
    """What the steps read and write."""

    providers: RegisterRepository[Provider]
    statements: StatementRepository
    accounts: AccountRepository
    checks: CheckRepository
    records: RecoveryRecords


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as the flow keeps it; answers are hashes."""

    number: ProviderNumber
    office: str | None
    email: str
    statements: tuple[StatementFacts, ...]
    answers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, flow: Flow) -> "Profile":
        """What the profile step left."""
        record: Mapping[str, object] = flow.record("provider_profile")
        office = record["office"]
        return cls(
            number=ProviderNumber(Kind(str(record["kind"])), str(record["number"])),
            office=None if office is None else str(office),
            email=str(record["email"]),
            statements=tuple(
                StatementFacts(date.fromisoformat(day), batch) for day, batch in _pairs(record["statements"])
            ),
            answers=tuple(_pairs(record["answers"])),
        )


class ProviderSteps:
    """What the steps of providers do."""

    def __init__(
        self,
        stores: ProviderStores,
        questions: SecurityQuestions,
        *,
        terms: TermsDesk,
        hashing: PasswordHasher,
        notices: Notices,
        temporary: TemporaryPasswords,
        misses_allowed: int,
        ids: IdMaker,
    ) -> None:
        self._stores = stores
        self._questions = questions
        self._terms = terms
        self._hashing = hashing
        self._notices = notices
        self._temporary = temporary
        self._misses_allowed = misses_allowed
        self._ids = ids

    def steps(self) -> tuple[Step, ...]:
        """For the registry."""
        return (
            Step(data=WelcomeTerms, take=self.terms, show=self.show_terms),
            Step(data=ProviderProfile, prepare=self.prepare_profile, take=self.profile),
            Step(data=ProviderDirectDeposit, take=self.direct_deposit),
            Step(data=ProviderSubmit, prepare=self.prepare_submit, take=self.submit),
        )

    async def show_terms(self, flow: Flow, _session: Session | None) -> Mapping[str, str]:
        """Which terms are to be accepted, in which version; their text is read at ``/terms``."""
        terms = self._terms.of_path(flow.path)
        return {"terms_id": terms.terms_id, "terms_version": terms.version}

    async def terms(self, submission: Submission[WelcomeTerms], _work: Work) -> Taken:
        """Remember the consent with its version, time and language.

        Raises:
            TermsOutdatedError: another version is in force.
        """
        terms = self._terms.of_path(submission.path.code)
        if submission.data.terms_version != terms.version:
            raise TermsOutdatedError
        return Taken(record={"version": terms.version, "accepted_at": submission.now})

    async def prepare_profile(self, submission: Submission[ProviderProfile]) -> Mapping[str, str]:
        """Check the shape of everything and hash the answers; nothing is looked up.

        Raises:
            ProviderNumberInvalidError, OfficeNumberInvalidError, EmailInvalidError, EmailsDifferError,
            StatementsAlikeError, SecurityQuestionsError, AnswerInvalidError: the first thing that is wrong.
            UnreadableSecret: an answer was not sealed for this enrolment.
            HashingBusyError: too many wait.
        """
        data = submission.data
        kind = Kind(data.kind)
        prepared = {"number": ProviderNumber.of(kind, data.number).number, "email": email_address(data.email)}
        prepared["office"] = office_number(kind, data.office_number) or ""
        if email_address(data.email_repeat) != prepared["email"]:
            raise EmailsDifferError
        if len({told.batch_number for told in data.statements}) < len(data.statements):
            raise StatementsAlikeError
        self._questions.check([told.question for told in data.answers])
        typed = [submission.open(f"answers.{at}.answer", told.answer) for at, told in enumerate(data.answers)]
        hashes = [await self._hashing.hash(answer) for answer in distinct_answers(typed)]
        return prepared | {told.question: encoded for told, encoded in zip(data.answers, hashes, strict=True)}

    async def profile(self, submission: Submission[ProviderProfile], _work: Work) -> Taken:
        """Remember the profile."""
        data, prepared = submission.data, submission.prepared
        return Taken(
            record={
                "kind": data.kind,
                "number": prepared["number"],
                "office": prepared["office"] or None,
                "email": prepared["email"],
                "statements": [[told.statement_date.isoformat(), told.batch_number] for told in data.statements],
                "answers": [[told.question, prepared[told.question]] for told in data.answers],
            }
        )

    async def direct_deposit(self, submission: Submission[ProviderDirectDeposit], _work: Work) -> Taken:
        """Remember whether banking holds bank details under this enrolment."""
        return Taken(record={"given": submission.data.given})

    async def prepare_submit(self, _submission: Submission[ProviderSubmit]) -> Mapping[str, str]:
        """Make and hash a temporary password, whether or not it will be needed."""
        password = temporary_password()
        return {"password": password, "encoded": await self._hashing.hash(password)}

    async def submit(self, submission: Submission[ProviderSubmit], work: Work) -> Taken:
        """Compare, and have one mail sent. The account does not show in the enrolment (REG-21)."""
        profile = Profile.of(submission.flow)
        facts = await self._facts(profile, submission.now, work.session)
        verdict = facts.verdict(misses_allowed=self._misses_allowed)
        missed = verdict is Verdict.NOT_MATCHED
        await self._stores.checks.add(
            profile.number.provider_id, matched=not missed, at=submission.now, session=work.session
        )
        if verdict is Verdict.MATCHED and facts.provider is not None:
            await self._open_account(submission, profile, facts.provider, work)
        elif verdict is Verdict.ALREADY_REGISTERED and facts.owner is not None:
            self._notices.to_account(work, "already_registered", facts.owner.account_id)
        else:
            kind: Final = "provider_of_chain" if verdict is Verdict.OF_CHAIN else "provider_not_matched"
            self._notices.to_address(work, kind, profile.email, language=submission.flow.language)
        return Taken()

    async def _facts(self, profile: Profile, now: datetime, session: Session | None) -> ProviderFacts:
        """Always the same queries."""
        provider_id = profile.number.provider_id
        batches = [told.batch_number for told in profile.statements]
        return ProviderFacts(
            provider=await self._stores.providers.get(provider_id, session=session),
            office=profile.office,
            told=profile.statements,
            paid=await self._stores.statements.list_facts(provider_id, batches, session=session),
            holder=await self._stores.accounts.get_by_provider(provider_id, session=session),
            namesake=await self._stores.accounts.get_by_email(profile.email, PROVIDER, session=session),
            misses=await self._stores.checks.count_misses(
                provider_id, since=now - MISSES_WITHIN, up_to=self._misses_allowed, session=session
            ),
            today=business_day(now),
        )

    async def _open_account(
        self, submission: Submission[ProviderSubmit], profile: Profile, provider: Provider, work: Work
    ) -> None:
        """Of rivals for one provider the unique index lets one through; the others run again and find it."""
        flow, now = submission.flow, submission.now
        account = Account(
            account_id=self._ids(),
            user_name=profile.number.user_name,
            email=profile.email,
            display_name=provider.name,
            language=flow.language,
            roles=(PROVIDER,),
            password=submission.prepared["encoded"],
            created_at=now,
            provider_id=provider.provider_id,
            temporary_until=useless_from(now),
            opens_at=submission.path.opens_at(now),
        )
        await self._stores.accounts.add(account, session=work.session)
        record = RecoveryRecord(account_id=account.account_id, answers=profile.answers)
        await self._stores.records.save(record, session=work.session)
        await self._terms.keep(_consent(submission, account), work)
        work.publish(_contact(account))
        work.publish(_registered(account, provider, flow))
        await self._temporary.mail(work, account, submission.prepared["password"])
        if provider.email is not None and provider.email != account.email:
            self._notices.to_address(work, "provider_account_opened", provider.email, language=provider.language)
        note(work, submission.received, "user_created", about=provider.provider_id, account_id=account.account_id)


def _pairs(value: object) -> list[tuple[str, str]]:
    if not isinstance(value, list | tuple):
        raise TypeError("a record of a profile holds lists of pairs")
    return [(str(first), str(second)) for first, second in value]


def _consent(submission: Submission[ProviderSubmit], account: Account) -> Acceptance:
    record = submission.flow.record("welcome_terms")
    accepted_at = record["accepted_at"]
    return Acceptance(
        account_id=account.account_id,
        terms_id=submission.path.terms_id,
        version=str(record["version"]),
        language=submission.flow.language,
        accepted_at=accepted_at if isinstance(accepted_at, datetime) else submission.now,
    )


def _contact(account: Account) -> ContactRecorded:
    return ContactRecorded(
        account_id=account.account_id,
        email=account.email,
        language=account.language,
        display_name=account.display_name,
        provider_id=account.provider_id,
        recorded_at=account.created_at,
    )


def _registered(account: Account, provider: Provider, flow: Flow) -> ProviderRegistered:
    return ProviderRegistered(
        account_id=account.account_id,
        provider_id=provider.provider_id,
        holder_name=provider.name,
        email=account.email,
        language=account.language,
        flow_key=flow.flow_id,
        direct_deposit=bool(flow.record("provider_direct_deposit")["given"]),
        registered_at=account.created_at,
    )
