"""What other services tell claims: who is covered, and what became of payments."""

from services.claims.domain.claim import Cause, ClaimStatus
from services.claims.domain.coverage import Coverage, CoveredPerson, Relationship
from services.claims.handlers.deciding import (
    Plans,
    Repositories,
    announcement,
    changed_accumulators,
    decide,
    load_facts,
)
from services.claims.handlers.ports import ClaimRepository, DossierCoverage, StoredClaim
from shared.clock import Clock
from shared.contracts.identity import CoverageRecorded
from shared.contracts.payments import PaymentEvent, PaymentScheduled, PaymentSent, PaymentSettled
from shared.contracts.payments_returns import PaymentReturned
from shared.envelopes import Received
from shared.outbox import Work

_BEFORE_SCHEDULED = (ClaimStatus.IN_REVIEW, ClaimStatus.DECIDED)
_BEFORE_PAID = (*_BEFORE_SCHEDULED, ClaimStatus.SCHEDULED)
_BEFORE_DEPOSITED = (*_BEFORE_PAID, ClaimStatus.PAID)
_BEFORE_RETURNED = (ClaimStatus.SCHEDULED, ClaimStatus.PAID, ClaimStatus.DEPOSITED)


async def on_coverage_recorded(
    received: Received[CoverageRecorded], work: Work, *, repositories: Repositories, plans: Plans, clock: Clock
) -> None:
    """Remember the dossier, and decide the claims that came before it."""
    event = received.message
    if not await repositories.coverages.put(_coverage(event), session=work.session):
        return
    waiting = await repositories.claims.list_waiting_for_dossier(event.dossier_id, session=work.session)
    if not waiting:
        return
    now = clock()
    facts = await load_facts([stored.claim for stored in waiting], repositories, plans, session=work.session)
    decided: list[StoredClaim] = []
    for stored in waiting:
        claim = decide(stored.claim, facts, now=now, cause=Cause.DOSSIER_ARRIVED)
        decided.append(StoredClaim(claim, stored.body_sha256))
        work.publish(announcement(claim, decided_at=now))
    await repositories.claims.save_all(decided, session=work.session)
    await repositories.accumulators.put_all(changed_accumulators(facts), session=work.session)


async def on_payment_scheduled(received: Received[PaymentScheduled], work: Work, *, claims: ClaimRepository) -> None:
    """The claims of a batch are on their way to the bank (CLM-11)."""
    event = received.message
    await claims.advance(
        event.claim_ids,
        ClaimStatus.SCHEDULED,
        at=event.scheduled_at,
        behind=_behind(_BEFORE_SCHEDULED, event),
        session=work.session,
    )


async def on_payment_sent(received: Received[PaymentSent], work: Work, *, claims: ClaimRepository) -> None:
    """The deposit file with the claims of a batch left."""
    event = received.message
    behind = _behind(_BEFORE_PAID, event)
    await claims.advance(event.claim_ids, ClaimStatus.PAID, at=event.sent_at, behind=behind, session=work.session)


async def on_payment_settled(
    received: Received[PaymentSettled], work: Work, *, claims: ClaimRepository, clock: Clock
) -> None:
    """The money of a batch arrived."""
    event = received.message
    behind = _behind(_BEFORE_DEPOSITED, event)
    await claims.advance(event.claim_ids, ClaimStatus.DEPOSITED, at=clock(), behind=behind, session=work.session)


async def on_payment_returned(received: Received[PaymentReturned], work: Work, *, claims: ClaimRepository) -> None:
    """The money of a batch came back; a re-issue moves its claims on again (BNK-5)."""
    event = received.message
    await claims.advance(
        event.claim_ids,
        ClaimStatus.RETURNED,
        at=event.returned_at,
        behind=_BEFORE_RETURNED,
        session=work.session,
    )


def _behind(before: tuple[ClaimStatus, ...], event: PaymentEvent) -> tuple[ClaimStatus, ...]:
    """From where the claims go on; from a return only with the payment in the place of the one that came back."""
    return before if event.reissue_of is None else (*before, ClaimStatus.RETURNED)


def _coverage(event: CoverageRecorded) -> DossierCoverage:
    return DossierCoverage(
        event.dossier_id,
        event.version,
        Coverage(
            contract=event.contract_number,
            certificate=event.certificate_number,
            plan_code=event.plan_code,
            province=event.province,
            persons=tuple(
                CoveredPerson(
                    person_id=person.person_id,
                    relationship=Relationship(person.relationship),
                    birth_date=person.birth_date,
                    effective_from=person.effective_from,
                    effective_to=person.effective_to,
                    student=person.student,
                )
                for person in event.persons
            ),
        ),
    )
