"""A claim that was changed is decided again by difference, stored and announced, in the transaction of the change."""

from dataclasses import dataclass
from datetime import datetime

from services.claims.domain.claim import Cause, Claim
from services.claims.handlers.deciding import (
    Facts,
    Plans,
    Repositories,
    announcement,
    changed_accumulators,
    decide,
    load_facts,
)
from services.claims.handlers.ports import StoredClaim
from shared.outbox import Work


@dataclass(frozen=True, slots=True)
class Redecided:
    """A claim decided again, and the facts that show it; nothing is stored yet."""

    stored: StoredClaim
    facts: Facts

    @property
    def claim(self) -> Claim:
        return self.stored.claim


async def decided_again(
    before: StoredClaim,
    changed: Claim,
    work: Work,
    *,
    repositories: Repositories,
    plans: Plans,
    cause: Cause,
    now: datetime,
) -> Redecided:
    """What ``changed`` is decided to be, in place of what was decided ``before``."""
    facts = await load_facts([changed], repositories, plans, session=work.session)
    claim = decide(changed, facts, now=now, cause=cause, instead_of=before.claim)
    return Redecided(StoredClaim(claim, before.body_sha256), facts)


async def keep(again: Redecided, work: Work, *, repositories: Repositories, now: datetime) -> None:
    """Store the new version with what it moved, and announce it."""
    claim = again.claim
    await repositories.claims.save_all([again.stored], session=work.session)
    if claim.decision is not None and not claim.decision.dossier_known:
        await repositories.coverages.expect([claim.dossier_id], session=work.session)
    await repositories.accumulators.put_all(changed_accumulators(again.facts), session=work.session)
    work.publish(announcement(claim, decided_at=now))
