"""Other insurers' plans: declared by the member, seen by every decision after that (CLM-8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.claims.domain.circumstances import Custody, HeldAs, Holding, OtherCoverage
from services.claims.domain.claim import Cause, Claim, ClaimStatus
from services.claims.domain.other_coverages import DossierNotKnown, require_sound
from services.claims.domain.reasons import ReasonCode
from services.claims.handlers.deciding import (
    Plans,
    Repositories,
    announcement,
    changed_accumulators,
    decide,
    load_facts,
)
from services.claims.handlers.ports import StoredClaim
from services.claims.handlers.ports_lookups import OtherCoverageRepository
from shared.clock import Clock
from shared.contracts.claims import coverage as contract
from shared.envelopes import Received
from shared.outbox import Work

REDECIDED_AT_MOST = 100
"""Of the newest claims of a dossier, those that wait for the other insurer."""


@dataclass(frozen=True, slots=True)
class Declaring:
    """What a declaration touches."""

    repositories: Repositories
    declared: OtherCoverageRepository
    plans: Plans
    clock: Clock


async def declare_other_coverage(
    received: Received[contract.DeclareOtherCoverage], work: Work, *, declaring: Declaring
) -> contract.OtherCoverageView:
    """Remember the plan, and decide the claims again that wait for what the other insurer paid.

    Raises:
        DossierNotKnown, PersonNotFound, OtherCoverageNotValid.
    """
    actor, now = received.require_actor(), declaring.clock()
    dossier_id = actor.dossier_id or ""
    known = await declaring.repositories.coverages.get_many([dossier_id], session=work.session)
    if dossier_id not in known:
        raise DossierNotKnown
    declared = _declared(received.message)
    require_sound(declared, known[dossier_id].coverage)
    await declaring.declared.put(dossier_id, declared, by=actor.account_id, at=now, session=work.session)
    await _decide_waiting(dossier_id, work, declaring)
    return _view(declared)


async def list_other_coverages(
    received: Received[contract.ListOtherCoverages], *, declared: OtherCoverageRepository
) -> contract.OtherCoveragesView:
    """All that the caller's dossier declared."""
    found = await declared.of_dossier(received.require_actor().dossier_id or "", session=None)
    return contract.OtherCoveragesView(other_coverages=tuple(map(_view, found)))


async def _decide_waiting(dossier_id: str, work: Work, declaring: Declaring) -> None:
    repositories, now = declaring.repositories, declaring.clock()
    recent = await repositories.claims.list_of_dossier(dossier_id, limit=REDECIDED_AT_MOST, before=None)
    ids = {stored.claim.id for stored in recent if _waits_for_other_insurer(stored.claim)}
    waiting: Sequence[StoredClaim] = tuple((await repositories.claims.get_many(ids, session=work.session)).values())
    if not waiting:
        return
    facts = await load_facts([each.claim for each in waiting], repositories, declaring.plans, session=work.session)
    facts.other_coverages = {dossier_id: await declaring.declared.of_dossier(dossier_id, session=work.session)}
    decided = []
    for stored in sorted(waiting, key=lambda each: (each.claim.received_at, each.claim.id)):
        claim = decide(stored.claim, facts, now=now, cause=Cause.DOSSIER_ARRIVED)
        decided.append(StoredClaim(claim, stored.body_sha256))
        work.publish(announcement(claim, decided_at=now))
    await repositories.claims.save_all(decided, session=work.session)
    await repositories.accumulators.put_all(changed_accumulators(facts), session=work.session)


def _waits_for_other_insurer(claim: Claim) -> bool:
    if claim.status is not ClaimStatus.IN_REVIEW or claim.decision is None:
        return False
    return any(ReasonCode.OTHER_INSURER_STATEMENT_MISSING in line.reason_codes for line in claim.decision.lines)


def _declared(message: contract.DeclareOtherCoverage) -> OtherCoverage:
    return OtherCoverage(
        id=message.coverage_id,
        insurer=message.insurer,
        person_ids=frozenset(message.person_ids),
        ours=_holding(message.ours),
        theirs=_holding(message.theirs),
        effective_from=message.effective_from,
        effective_to=message.effective_to,
    )


def _holding(holding: contract.Holding) -> Holding:
    month, _, day = (holding.birthday or "").partition("-")
    return Holding(
        held_as=HeldAs(holding.held_as),
        since=holding.since,
        birthday=(int(month), int(day)) if holding.birthday else None,
        first_name=holding.first_name,
        custody=Custody(holding.custody),
    )


def _view(declared: OtherCoverage) -> contract.OtherCoverageView:
    return contract.OtherCoverageView(
        coverage_id=declared.id,
        insurer=declared.insurer,
        person_ids=tuple(sorted(declared.person_ids)),
        ours=_holding_view(declared.ours),
        theirs=_holding_view(declared.theirs),
        effective_from=declared.effective_from,
        effective_to=declared.effective_to,
    )


def _holding_view(holding: Holding) -> contract.Holding:
    return contract.Holding(
        held_as=holding.held_as.value,
        since=holding.since,
        birthday="{:02d}-{:02d}".format(*holding.birthday) if holding.birthday else None,
        first_name=holding.first_name,
        custody=holding.custody.value,
    )
