"""Claims that arrive are stored, decided and announced, together with those that arrive beside them."""

from collections.abc import Mapping, Sequence

from services.claims.domain.claim import Claim, ClaimStatus, StatusEntry
from services.claims.domain.facts import ClaimKind, Provider
from services.claims.handlers.deciding import (
    Plans,
    Repositories,
    announcement,
    changed_accumulators,
    decide,
    load_facts,
)
from services.claims.handlers.ports import StoredClaim
from services.claims.handlers.reading import lines_of, provider_of
from shared.clock import Clock
from shared.contracts import View
from shared.contracts.claims import SubmitClaim
from shared.envelopes import Poison, Received
from shared.mongo import Session
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
    session = works[0].session
    providers = await _providers(batch, repositories, session)
    existing = await repositories.claims.get_many({r.message.claim_id for r in batch}, session=session)
    bodies = {claim_id: stored.body_sha256 for claim_id, stored in existing.items()}
    fresh: list[tuple[StoredClaim, Work]] = []
    for received, work in zip(batch, works, strict=True):
        command = received.message
        first = bodies.get(command.claim_id)
        if first is None:
            bodies[command.claim_id] = command.body_sha256
            claim = _accepted(received, providers[received.message_id])
            fresh.append((StoredClaim(claim, command.body_sha256), work))
        elif first != command.body_sha256:
            await repositories.claims.add_conflict(command.claim_id, command.body_sha256, at=clock(), session=session)
    await _decide_and_store(fresh, repositories, plans, clock=clock)
    return [None] * len(batch)


async def _decide_and_store(
    fresh: Sequence[tuple[StoredClaim, Work]], repositories: Repositories, plans: Plans, *, clock: Clock
) -> None:
    if not fresh:
        return
    session, now = fresh[0][1].session, clock()
    facts = await load_facts([stored.claim for stored, _ in fresh], repositories, plans, session=session)
    decided: list[StoredClaim] = []
    for stored, work in fresh:
        claim = decide(stored.claim, facts, now=now)
        decided.append(StoredClaim(claim, stored.body_sha256))
        work.publish(announcement(claim, decided_at=now))
    await repositories.claims.add_all(decided, session=session)
    waiting = {stored.claim.dossier_id for stored in decided if _waits_for_dossier(stored.claim)}
    await repositories.coverages.expect(waiting, session=session)
    await repositories.accumulators.put_all(changed_accumulators(facts), session=session)


def _waits_for_dossier(claim: Claim) -> bool:
    return claim.decision is not None and not claim.decision.dossier_known


async def _providers(
    batch: Sequence[Received[SubmitClaim]], repositories: Repositories, session: Session | None
) -> Mapping[str, Provider]:
    """The provider of each message: with the directory's facts where one was chosen there (CLM-2)."""
    stated = {
        received.message_id: (
            provider_of(received.message.submission.provider),
            received.require_actor().dossier_id or "",
        )
        for received in batch
    }
    chosen = await repositories.providers.chosen(set(stated.values()), session=session)
    return {message_id: chosen.get(each, each[0]) for message_id, each in stated.items()}


def _accepted(received: Received[SubmitClaim], provider: Provider) -> Claim:
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
        provider=provider,
        claim_type=submission.claim_type,
        lines=lines_of(submission.lines),
        received_at=command.received_at,
        timeline=(StatusEntry(ClaimStatus.RECEIVED, command.received_at),),
        kind=ClaimKind(submission.kind),
        receipts=submission.receipts,
        predetermination=submission.predetermination or "",
    )
