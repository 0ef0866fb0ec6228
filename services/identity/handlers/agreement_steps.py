"""The six steps of a hygienist who is signed in; the last one signs the agreement (REG-16, REG-17, REG-19).

The documents are made before the transaction, from the records of the steps. In the transaction the records must still
be the same; then agreement, account, the messages with the documents and all events are one commit.
"""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

from services.identity.domain.accounts import Account
from services.identity.domain.addresses import Address
from services.identity.domain.agreements import (
    Agreement,
    AgreementText,
    AgreementTextChangedError,
    BankDetailsLapsedError,
    DaysAllowed,
    Facts,
    MayNotPractiseError,
    ProfessionalFactsChangedError,
    Signing,
    sign,
)
from services.identity.domain.errors import AccountUnknownError, FlowChangedError
from services.identity.domain.flows import Flow
from services.identity.domain.professionals import Professional
from services.identity.domain.providers import Provider
from services.identity.handlers.agreement_ports import AgreementRepository, Documents
from services.identity.handlers.agreement_telling import AgreementTelling
from services.identity.handlers.agreement_views import address_of, as_record, from_record
from services.identity.handlers.enrolment import Step, Submission, Taken
from services.identity.handlers.register_ports import RegisterRepository
from services.identity.handlers.registers import provider_recorded
from services.identity.ports import AccountRepository
from shared.clock import Clock
from shared.contracts.identity.agreements import (
    BankTransfer,
    Billing,
    Commitment,
    CorrespondenceAddress,
    PracticeAddress,
    ProfessionalFacts,
)
from shared.mongo import Session
from shared.outbox import Work

COMMITMENT: Final = "commitment"
PROFESSIONAL_FACTS: Final = "professional_facts"
CORRESPONDENCE: Final = "correspondence_address"
PRACTICE: Final = "practice_address"
BANK_TRANSFER: Final = "bank_transfer"


class AgreementSteps:
    """What the six steps do and show."""

    def __init__(
        self,
        *,
        texts: Mapping[str, AgreementText],
        professionals: RegisterRepository[Professional],
        providers: RegisterRepository[Provider],
        accounts: AccountRepository,
        agreements: AgreementRepository,
        documents: Documents,
        telling: AgreementTelling,
        clock: Clock,
    ) -> None:
        self._texts = texts
        self._professionals = professionals
        self._providers = providers
        self._accounts = accounts
        self._agreements = agreements
        self._documents = documents
        self._telling = telling
        self._clock = clock

    def steps(self) -> tuple[Step, ...]:
        """For the registry."""
        return (
            Step(data=Commitment, take=self.commitment, show=self.show_commitment),
            Step(data=ProfessionalFacts, take=self.professional_facts, show=self.show_professional_facts),
            Step(data=CorrespondenceAddress, take=self.correspondence_address),
            Step(data=PracticeAddress, take=self.practice_address),
            Step(data=BankTransfer, take=self.bank_transfer),
            Step(data=Billing, prepare=self.prepare_signing, take=self.billing),
        )

    async def show_commitment(self, flow: Flow, _session: Session | None) -> Mapping[str, str]:
        """The text, and the days from which the agreement may count if it is signed today."""
        text, days = self._texts[flow.language], DaysAllowed.at(self._clock())
        return {
            "earliest": days.earliest.isoformat(),
            "latest": days.latest.isoformat(),
            "text_version": text.version,
            "text_sha256": text.digest,
            "text": text.plain,
        }

    async def commitment(self, submission: Submission[Commitment], _work: Work) -> Taken:
        """Keep the day and what was read.

        Raises:
            EffectiveDateTooEarlyError, EffectiveDateInFutureError: for somebody who signs today (REG-17).
        """
        day = submission.data.effective_date
        DaysAllowed.at(submission.now).check(day)
        return Taken(
            record={"effective_date": day.isoformat(), "text_sha256": self._texts[submission.flow.language].digest}
        )

    async def show_professional_facts(self, flow: Flow, session: Session | None) -> Mapping[str, str]:
        """What the order says; it is corrected there and nowhere else."""
        professional = await self._professional(flow, session)
        return {
            "facts_version": str(professional.version),
            "reference_number": professional.reference_number,
            "permit_number": professional.permit_number,
            "first_name": professional.first_name,
            "last_name": professional.last_name,
            "birth_date": professional.birth_date.isoformat(),
            "order": professional.order,
            "standing": professional.standing.value,
            "correction": self._texts[flow.language].correction,
        }

    async def professional_facts(self, submission: Submission[ProfessionalFacts], work: Work) -> Taken:
        """Keep which facts were confirmed.

        Raises:
            ProfessionalFactsChangedError: not those that the order states now.
            MayNotPractiseError: the order suspended its member meanwhile.
        """
        professional = await self._professional(submission.flow, work.session)
        if professional.version != submission.data.facts_version:
            raise ProfessionalFactsChangedError
        if not professional.may_practise():
            raise MayNotPractiseError
        return Taken(record={"facts_version": professional.version})

    async def correspondence_address(self, submission: Submission[CorrespondenceAddress], _work: Work) -> Taken:
        """Keep the confidential address; raises ``PostalCodeInvalidError``."""
        return Taken(record={"address": as_record(address_of(submission.data.address))})

    async def practice_address(self, submission: Submission[PracticeAddress], _work: Work) -> Taken:
        """Keep the public address; raises ``PostalCodeInvalidError``."""
        data = submission.data
        return Taken(record={"practice_name": data.practice_name, "address": as_record(address_of(data.address))})

    async def bank_transfer(self, submission: Submission[BankTransfer], _work: Work) -> Taken:
        """There is one way to be paid, and bank details are banking's: only whether it holds any is kept."""
        return Taken(record={"held_until": submission.data.details_held_until})

    async def prepare_signing(self, submission: Submission[Billing]) -> Mapping[str, str]:
        """Make the documents, in a thread: it takes the time of many messages.

        Raises:
            EffectiveDateLapsedError, AgreementTextChangedError, ProfessionalFactsChangedError, MayNotPractiseError,
            BankDetailsLapsedError, PostalCodeInvalidError.
        """
        held_until = _held_until(submission.flow)
        if held_until is not None and held_until <= submission.now:
            raise BankDetailsLapsedError
        agreement = await self._agreement(submission, submission.now, None)
        document = await asyncio.to_thread(self._documents.agreement, agreement)
        signed = replace(agreement, document_digest=sha256(document).hexdigest())
        return {
            "signed_at": submission.now.isoformat(),
            "agreement": _encoded(document),
            "letter": _encoded(await asyncio.to_thread(self._documents.letter, signed)),
            "digest": signed.document_digest,
            "fingerprint": _fingerprint(signed),
        }

    async def billing(self, submission: Submission[Billing], work: Work) -> Taken:
        """Sign: the agreement and everything that follows from it.

        Raises:
            FlowChangedError: a step was done again while the documents were made.
        """
        prepared = submission.prepared
        signed_at = datetime.fromisoformat(prepared["signed_at"])
        agreement = await self._agreement(submission, signed_at, work.session)
        agreement = replace(agreement, document_digest=prepared["digest"])
        if _fingerprint(agreement) != prepared["fingerprint"]:
            raise FlowChangedError
        await self._agreements.add(agreement, session=work.session)
        account = await self._account(submission.flow, work.session)
        await self._accounts.save(replace(account, enrolling=False), session=work.session)
        await self._publish_practice(agreement, work)
        documents = {name: b64decode(prepared[name]) for name in ("agreement", "letter")}
        details_held = _held_until(submission.flow) is not None
        self._telling.signed(
            agreement,
            documents,
            account,
            submission.received,
            work,
            flow_key=submission.flow.flow_id if details_held else None,
        )
        return Taken(account_id=account.account_id)

    async def _agreement(self, submission: Submission[Billing], at: datetime, session: Session | None) -> Agreement:
        """The agreement as the records of the steps have it."""
        flow = submission.flow
        account, professional = await self._account(flow, session), await self._professional(flow, session)
        text = self._texts[flow.language]
        commitment, practice = flow.record(COMMITMENT), flow.record(PRACTICE)
        if professional.version != flow.record(PROFESSIONAL_FACTS)["facts_version"]:
            raise ProfessionalFactsChangedError
        if commitment["text_sha256"] != text.digest:
            raise AgreementTextChangedError
        correspondence = _address(flow.record(CORRESPONDENCE))
        typed = submission.data.statements_address
        facts = Facts(
            effective_date=date.fromisoformat(str(commitment["effective_date"])),
            professional=professional,
            correspondence=correspondence,
            practice_name=str(practice["practice_name"]),
            practice=_address(practice),
            statements=correspondence if typed is None else address_of(typed),
        )
        actor = submission.received.require_actor()
        signing = Signing(
            account_id=account.account_id,
            session_id=actor.session_id,
            user_name=account.user_name,
            assurance=actor.assurance,
            signed_at=at,
        )
        return sign(facts, signing, text)

    async def _account(self, flow: Flow, session: Session | None) -> Account:
        account = await self._accounts.get(str(flow.account_id), session=session)
        if account is None:
            raise AccountUnknownError
        return account

    async def _professional(self, flow: Flow, session: Session | None) -> Professional:
        """The facts of the order about the holder of the account.

        Raises:
            MayNotPractiseError: the order does not list its member any longer.
        """
        account = await self._account(flow, session)
        provider = await self._providers.get(str(account.provider_id), session=session)
        number = "" if provider is None else provider.number.number
        professional = await self._professionals.get(number, session=session)
        if professional is None:
            raise MayNotPractiseError
        return professional

    async def _publish_practice(self, agreement: Agreement, work: Work) -> None:
        """The place of practice is public: it goes into the register of providers."""
        provider = await self._providers.get(agreement.provider_id, session=work.session)
        if provider is None:
            return
        facts = agreement.facts
        located = replace(
            provider,
            practice_name=facts.practice_name,
            province=facts.practice.province,
            phone=facts.practice.phone or provider.phone,
            street=facts.practice.street,
            city=facts.practice.city,
            postal_code=facts.practice.postal_code,
            version=provider.version + 1,
        )
        await self._providers.save_all([located], session=work.session)
        work.publish(provider_recorded(located))


def _held_until(flow: Flow) -> datetime | None:
    held_until = flow.record(BANK_TRANSFER)["held_until"]
    return held_until if isinstance(held_until, datetime) else None


def _address(record: Mapping[str, Any]) -> Address:
    return from_record(record["address"])


def _encoded(document: bytes) -> str:
    return b64encode(document).decode()


def _fingerprint(agreement: Agreement) -> str:
    """Everything that stands in the documents."""
    return sha256(repr(agreement).encode()).hexdigest()
