"""What agents ask about claims in review (CLM-12)."""

from datetime import timedelta
from typing import cast

from services.claims.domain.bilingual import Language
from services.claims.domain.review import Review
from services.claims.handlers.asking import ClaimNotFound, cursor_of, position_of
from services.claims.handlers.ports_reviews import QueueFilter
from services.claims.handlers.review_desk import Desk, note_act, open_case, require_agent
from services.claims.handlers.review_views import queued_claim, review_view
from shared.contracts.claims.reviewing import GetReview, ListReviewQueue, ReviewQueueView, ReviewView
from shared.envelopes import Received
from shared.outbox import Work


async def list_review_queue(received: Received[ListReviewQueue], *, desk: Desk) -> ReviewQueueView:
    """Pended claims in order of receipt, with who has them in hand.

    Raises:
        AgentsOnlyError.
    """
    actor, query, now = received.require_actor(), received.message, desk.clock()
    require_agent(actor)
    older = None if query.older_than is None else now - timedelta(days=query.older_than)
    after = None if query.after is None else position_of(query.after)
    wanted = QueueFilter(query.reason, query.claim_type, older)
    found = await desk.queue.list_in_review(wanted, after=after, limit=query.limit + 1)
    page, language = found[: query.limit], cast("Language", actor.language)
    reviews = await desk.reviews.get_many([each.claim.id for each in page], session=None)
    return ReviewQueueView(
        claims=tuple(
            queued_claim(each.claim, reviews.get(each.claim.id, Review(each.claim.id)), desk.words, language, now=now)
            for each in page
        ),
        next_after=cursor_of(page[-1]) if len(found) > len(page) else None,
    )


async def note_review_look(received: Received[GetReview], work: Work, *, desk: Desk) -> None:
    """Tell the audit that an agent looks at somebody's claim.

    Raises:
        AgentsOnlyError, ClaimNotFound.
    """
    case = await open_case(received.message.claim_number, received, work, desk=desk)
    note_act(work, received, case, "review_read", act="sensitive_read")


async def get_review(received: Received[GetReview], *, desk: Desk) -> ReviewView:
    """A claim with all that a reviewer needs.

    Raises:
        AgentsOnlyError, ClaimNotFound.
    """
    actor, number = received.require_actor(), received.message.claim_number
    require_agent(actor)
    stored = await desk.repositories.claims.find(number, session=None)
    if stored is None:
        raise ClaimNotFound(number)
    claim = stored.claim
    reviews = await desk.reviews.get_many([claim.id], session=None)
    known = (await desk.repositories.coverages.get_many([claim.dossier_id], session=None)).get(claim.dossier_id)
    return review_view(
        claim,
        reviews.get(claim.id, Review(claim.id)),
        known.coverage if known else None,
        desk.words,
        cast("Language", actor.language),
        now=desk.clock(),
    )
