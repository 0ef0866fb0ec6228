"""Claims that arrive are stored, decided and announced, together with those that arrive beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.claims.domain.claim import Claim, ClaimStatus, StatusEntry
from services.claims.domain.facts import ClaimKind
from services.claims.handlers.deciding import (
    Plans,
    Repositories,
    announcement,
    changed_accumulators,
    decide,
    load_facts,
)
from services.claims.handlers.joining import with_receipts
from services.claims.handlers.ports import StoredClaim
from services.claims.handlers.reading import lines_of, provider_of
from shared.clock import Clock
from shared.contracts import View
from shared.contracts.claims import SubmitClaim
from shared.envelopes import Poison, Received
from shared.outbox import Work


async def submit_claims(
    batch: Sequence[Received[SubmitClaim]],
    works: Sequence[Work],
    /,
    *,
    repositories: Repositories,
    plans: Plans,
    clock: Clock,
) -> Sequence[View | None]:
    """Accept, adjudicate and announce (CLM-7, CLM-8).

    A claim id that is known already, from storage or from earlier in the batch, changes nothing: the first body stands,
    and a different one under the same idempotency key is kept on record.
    """
    arrived = [
        Arrived(_accepted(each), each.message.body_sha256, work) for each, work in zip(batch, works, strict=True)
    ]
    await take_claims(arrived, repositories, plans, clock=clock)
    return [None] * len(batch)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A claim that came in, the digest of its body, and its message's share of the transaction."""

    claim: Claim
    body_sha256: str
    work: Work


async def take_claims(arrived: Sequence[Arrived], repositories: Repositories, plans: Plans, *, clock: Clock) -> None:
    """Store and decide those claims that are new, whoever submitted them."""
    session = arrived[0].work.session
    existing = await repositories.claims.get_many({each.claim.id for each in arrived}, session=session)
    bodies = {claim_id: stored.body_sha256 for claim_id, stored in existing.items()}
    fresh: list[Arrived] = []
    for each in arrived:
        first = bodies.get(each.claim.id)
        if first is None:
            bodies[each.claim.id] = each.body_sha256
            fresh.append(each)
        elif first != each.body_sha256:
            await repositories.claims.add_conflict(each.claim.id, each.body_sha256, at=clock(), session=session)
    if fresh:
        await _decide_and_store(await _with_providers(fresh, repositories), repositories, plans, clock=clock)


async def _with_providers(fresh: Sequence[Arrived], repositories: Repositories) -> Sequence[Arrived]:
    """With the directory's facts where a provider was chosen there (CLM-2); one that bills is known by its own id."""
    stated = {(each.claim.provider, each.claim.dossier_id) for each in fresh}
    chosen = await repositories.providers.chosen(stated, session=fresh[0].work.session)

    def known(each: Arrived) -> Arrived:
        stated = each.claim.provider
        found = chosen.get((stated, each.claim.dossier_id), stated)
        if found == stated or (each.claim.provider_id and not found.id):
            return each
        return replace(each, claim=replace(each.claim, provider=found))

    return [known(each) for each in fresh]


async def _decide_and_store(
    fresh: Sequence[Arrived], repositories: Repositories, plans: Plans, *, clock: Clock
) -> None:
    session, now = fresh[0].work.session, clock()
    claims = [await with_receipts(each.claim, repositories.receipts, session=session) for each in fresh]
    facts = await load_facts(claims, repositories, plans, session=session)
    decided: list[StoredClaim] = []
    for each, complete in zip(fresh, claims, strict=True):
        claim = decide(complete, facts, now=now)
        decided.append(StoredClaim(claim, each.body_sha256))
        each.work.publish(announcement(claim, decided_at=now))
    await repositories.claims.add_all(decided, session=session)
    waiting = {stored.claim.dossier_id for stored in decided if _waits_for_dossier(stored.claim)}
    await repositories.coverages.expect(waiting, session=session)
    await repositories.accumulators.put_all(changed_accumulators(facts), session=session)


def _waits_for_dossier(claim: Claim) -> bool:
    return claim.decision is not None and not claim.decision.dossier_known


def _accepted(received: Received[SubmitClaim]) -> Claim:
    command, actor = received.message, received.require_actor()
    if actor.dossier_id is None:
        raise Poison(f"{command.wire_type} of an actor without dossier")
    submission = command.submission
    return Claim(
        id=command.claim_id,
        number=command.claim_number,
        account_id=actor.account_id,
        dossier_id=actor.dossier_id,
        person_id=submission.person_id,
        provider=provider_of(submission.provider),
        claim_type=submission.claim_type,
        lines=lines_of(submission.lines),
        received_at=command.received_at,
        timeline=(StatusEntry(ClaimStatus.RECEIVED, command.received_at),),
        kind=ClaimKind(submission.kind),
        receipts=submission.receipts,
        predetermination=submission.predetermination or "",
    )
