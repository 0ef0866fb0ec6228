"""Plays messages to the handlers of claims, over any storage, and keeps what they published."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from services.claims.domain.plan import Plan
from services.claims.handlers.deciding import Repositories
from services.claims.handlers.ports import StoredClaim
from services.claims.handlers.reacting import (
    on_coverage_recorded,
    on_payment_returned,
    on_payment_scheduled,
    on_payment_sent,
    on_payment_settled,
)
from services.claims.handlers.submitting import submit_claims
from shared.clock import new_id
from shared.contracts import Actor, Message
from shared.contracts.claims import (
    Authorisation,
    ClaimAdjudicated,
    ClaimLine,
    ClaimProvider,
    ClaimSubmission,
    SubmitClaim,
)
from shared.contracts.identity import CoverageRecorded, CoveredPerson
from shared.contracts.payments import PaymentScheduled, PaymentSent, PaymentSettled
from shared.contracts.payments_returns import PaymentReturned
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work
from tests.support.claims_builders import CHILD, SELF, SERVICE_DATE, SPOUSE, STUDENT, plan
from tests.support.claims_memory import MemoryAccumulators, MemoryClaims, MemoryCoverages

M = TypeVar("M", bound=Message)
Transaction = Callable[[Callable[[Session | None], Awaitable[Any]]], Awaitable[Any]]

NOON = datetime(2026, 6, 15, 16, 0, tzinfo=UTC)
DOSSIER = "dossier-1"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def claim_number() -> str:
    return "-".join("".join(secrets.choice(_CROCKFORD) for _ in range(4)) for _ in range(3))


def member(dossier_id: str | None = DOSSIER, **overrides: Any) -> Actor:
    fields: dict[str, Any] = {"account_id": "account-1", "session_id": "session-1", "roles": ("member",)}
    return Actor(**{**fields, "dossier_id": dossier_id, **overrides})


def received(message: M, *, actor: Actor | None = None) -> Received[M]:
    return Received(message, new_id(), new_id(), actor)


def treatment(code: str = "PH-TRT", amount_cents: int = 9000, **overrides: Any) -> ClaimLine:
    return ClaimLine(**{"code": code, "amount_cents": amount_cents, "service_date": SERVICE_DATE, **overrides})


def submission(*lines: ClaimLine, dossier_id: str | None = DOSSIER, **overrides: Any) -> Received[SubmitClaim]:
    """A claim of a member of ``dossier_id``; overrides are fields of the command or of its submission."""
    content: dict[str, Any] = {
        "claim_type": "physio",
        "person_id": SELF,
        "provider": ClaimProvider(name="Clinique du Parc", phone="514 555-0101"),
        "lines": lines or (treatment(),),
        "authorisation": Authorisation(accepted=True, text_version="1"),
    }
    content |= {name: overrides.pop(name) for name in list(overrides) if name in content}
    command: dict[str, Any] = {
        "claim_id": str(uuid4()),
        "claim_number": claim_number(),
        "body_sha256": uuid4().hex,
        "received_at": NOON,
        "submission": ClaimSubmission(**content),
        **overrides,
    }
    return received(SubmitClaim(**command), actor=member(dossier_id))


def treatments(count: int, **overrides: Any) -> list[Received[SubmitClaim]]:
    """One claim each for the same treatment on as many days."""
    days = (date(2026, 1, 5) + timedelta(days=number) for number in range(count))
    return [submission(treatment(service_date=day), **overrides) for day in days]


def coverage_recorded(**overrides: Any) -> CoverageRecorded:
    """The family of four of ``claims_builders``, under the plan ``TEST``."""
    fields: dict[str, Any] = {
        "dossier_id": DOSSIER,
        "version": 1,
        "contract_number": "100200",
        "certificate_number": "55501",
        "plan_code": "TEST",
        "province": "ON",
        "persons": (
            covered(SELF),
            covered(SPOUSE, relationship="spouse"),
            covered(CHILD, relationship="child", birth_date=date(2016, 3, 1)),
            covered(STUDENT, relationship="child", birth_date=date(2004, 3, 1), student=True),
        ),
    }
    return CoverageRecorded(**{**fields, **overrides})


def covered(person_id: str, **overrides: Any) -> CoveredPerson:
    fields: dict[str, Any] = {
        "first_name": "Camille",
        "last_name": "Roy",
        "relationship": "self",
        "birth_date": date(1985, 2, 20),
        "effective_from": date(2024, 1, 1),
        "student": False,
    }
    return CoveredPerson(**{"person_id": person_id, **fields, **overrides})


def _payment(claim_ids: Sequence[str]) -> dict[str, Any]:
    return {
        "payment_id": str(uuid4()),
        "batch_number": "10000001",
        "run_id": "run-1",
        "payee_class": "member",
        "payee_id": DOSSIER,
        "amount_cents": 3200,
        "claim_ids": tuple(claim_ids),
    }


def scheduled(*claim_ids: str, at: datetime = NOON) -> PaymentScheduled:
    return PaymentScheduled(**_payment(claim_ids), payable_on=date(2026, 6, 16), scheduled_at=at)


def sent(*claim_ids: str, at: datetime = NOON) -> PaymentSent:
    return PaymentSent(**_payment(claim_ids), file_number=1, payable_on=date(2026, 6, 16), sent_at=at)


def settled(*claim_ids: str) -> PaymentSettled:
    return PaymentSettled(**_payment(claim_ids), settled_on=date(2026, 6, 17))


def returned(*claim_ids: str, at: datetime) -> PaymentReturned:
    return PaymentReturned(**_payment(claim_ids), returned_on=date(2026, 6, 19), returned_at=at)


async def without_transaction(work: Callable[[Session | None], Awaitable[Any]]) -> Any:
    return await work(None)


class Desk:
    """The service without its bus; ``events`` holds what committed transactions published."""

    def __init__(
        self,
        repositories: Repositories,
        transaction: Transaction = without_transaction,
        *,
        plans: Sequence[Plan] | None = None,
    ) -> None:
        self.repositories = repositories
        self.plans = {each.code: each for each in plans or (plan(),)}
        self.now = NOON
        self.events: list[ClaimAdjudicated] = []
        self._transaction = transaction

    async def submit(self, *batch: Received[SubmitClaim]) -> list[ClaimAdjudicated]:
        """Handle the batch in one transaction; returns what it announced."""

        async def work(session: Session | None) -> list[Work]:
            works = [Work(session, each, source="claims") for each in batch]
            await submit_claims(batch, works, repositories=self.repositories, plans=self.plans, clock=lambda: self.now)
            return works

        return self._announced(await self._transaction(work))

    async def tell(self, event: Message) -> list[ClaimAdjudicated]:
        """Handle one event in a transaction; returns what it announced."""
        message = received(event)

        async def work(session: Session | None) -> list[Work]:
            work = Work(session, message, source="claims")
            await self._handle(message, work)
            return [work]

        return self._announced(await self._transaction(work))

    async def _handle(self, message: Received[Any], work: Work) -> None:
        claims = self.repositories.claims
        match message.message:
            case CoverageRecorded():
                await on_coverage_recorded(
                    message, work, repositories=self.repositories, plans=self.plans, clock=lambda: self.now
                )
            case PaymentScheduled():
                await on_payment_scheduled(message, work, claims=claims)
            case PaymentSent():
                await on_payment_sent(message, work, claims=claims)
            case PaymentSettled():
                await on_payment_settled(message, work, claims=claims, clock=lambda: self.now)
            case PaymentReturned():
                await on_payment_returned(message, work, claims=claims)
            case other:
                raise TypeError(f"claims does not listen to {type(other).__name__}")

    def _announced(self, works: Sequence[Work]) -> list[ClaimAdjudicated]:
        announced = [event for work in works for event in work.events if isinstance(event, ClaimAdjudicated)]
        self.events += announced
        return announced

    async def stored(self, claim_id: str) -> StoredClaim:
        return (await self.repositories.claims.get_many([claim_id], session=None))[claim_id]

    async def paid(self, dossier_id: str = DOSSIER, *, name: str = "physio", year: int = 2026) -> int:
        """Cents that the accumulators of the family show as paid under ``name``."""
        found = await self.repositories.accumulators.get_many([(dossier_id, year)], session=None)
        return sum(state.family_paid_cents(name) for state in found.values())


class MemoryDesk(Desk):
    """A desk on empty repositories in memory."""

    def __init__(self, *, plans: Sequence[Plan] | None = None) -> None:
        self.claims, self.coverages, self.accumulators = MemoryClaims(), MemoryCoverages(), MemoryAccumulators()
        super().__init__(Repositories(self.claims, self.coverages, self.accumulators), plans=plans)


async def desk_with_family() -> MemoryDesk:
    """A desk in memory that knows the family of ``DOSSIER`` already."""
    desk = MemoryDesk()
    await desk.tell(coverage_recorded())
    return desk
