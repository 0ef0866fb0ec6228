"""A claim in the hands of an agent: what handlers of reviews share (CLM-12)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.claims.domain.claim import Claim
from services.claims.domain.review import Review
from services.claims.handlers.acts import note
from services.claims.handlers.asking import ClaimNotFound, Words
from services.claims.handlers.deciding import Plans, Repositories
from services.claims.handlers.ports import StoredClaim
from services.claims.handlers.ports_reviews import PendedClaims, ReviewRepository
from shared.clock import Clock
from shared.contracts import Actor
from shared.envelopes import Received
from shared.errors import Forbidden
from shared.outbox import Work


class AgentsOnlyError(Forbidden):
    """Only the insurer's agents review claims."""

    def __init__(self) -> None:
        super().__init__("claims.agents_only")


@dataclass(frozen=True, slots=True)
class Desk:
    """What reviewing works with; above ``second_approval_cents`` a second agent confirms."""

    repositories: Repositories
    reviews: ReviewRepository
    queue: PendedClaims
    plans: Plans
    words: Words
    clock: Clock
    second_approval_cents: int


@dataclass(slots=True)
class Case:
    """A claim with its review, in the hands of a handler."""

    stored: StoredClaim
    review: Review
    agent_id: str
    now: datetime

    @property
    def claim(self) -> Claim:
        return self.stored.claim


def require_agent(actor: Actor) -> str:
    """The agent's account.

    Raises:
        AgentsOnlyError.
    """
    if "agent" not in actor.roles:
        raise AgentsOnlyError
    return actor.account_id


async def open_case(number: str, received: Received[Any], work: Work, *, desk: Desk) -> Case:
    """The claim and its review, for an agent.

    Raises:
        AgentsOnlyError, ClaimNotFound.
    """
    agent_id = require_agent(received.require_actor())
    stored = await desk.repositories.claims.find(number, session=work.session)
    if stored is None:
        raise ClaimNotFound(number)
    found = await desk.reviews.get_many([stored.claim.id], session=work.session)
    return Case(stored, found.get(stored.claim.id, Review(stored.claim.id)), agent_id, desk.clock())


def note_act(work: Work, received: Received[Any], case: Case, what: str, *, act: str = "authz_admin") -> None:
    """Tell the audit what an agent did with somebody's claim."""
    details = {"what": what, "claim": case.claim.number, "version": str(case.claim.version)}
    note(work, received, act, about=case.claim.account_id, details=details, at=case.now)
