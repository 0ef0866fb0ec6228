"""Reviews: use cases with their dependencies, and their routes."""

from functools import partial

from faststream.rabbit import RabbitRoute

from services.claims.handlers import review_asking, reviewing
from services.claims.handlers.review_desk import Desk
from services.claims.routes.reviewing import ReviewHandlers, review_routes
from services.claims.storage import MongoPendedClaims, MongoReviews
from services.claims.wiring.ground import Ground
from shared.contracts.claims.reviewing import (
    AddReviewNote,
    ConfirmReview,
    DecideReview,
    DecideReviews,
    LockReview,
    RefuseReview,
)


def reviewing_routes(ground: Ground) -> list[RabbitRoute]:
    """The routes of CLM-12."""
    reviews, pended = MongoReviews(ground.database), MongoPendedClaims(ground.database)
    above = ground.settings.review_second_approval_cents
    desk = Desk(ground.stores, reviews, pended, ground.plans, ground.words, ground.clock, above)
    handlers = ReviewHandlers(
        list_queue=partial(review_asking.list_review_queue, desk=desk),
        note_look=partial(review_asking.note_review_look, desk=desk),
        get_review=partial(review_asking.get_review, desk=desk),
        acts={
            LockReview: partial(reviewing.lock_review, desk=desk),
            DecideReview: partial(reviewing.decide_review, desk=desk),
            ConfirmReview: partial(reviewing.confirm_review, desk=desk),
            RefuseReview: partial(reviewing.refuse_review, desk=desk),
            AddReviewNote: partial(reviewing.add_review_note, desk=desk),
            DecideReviews: partial(reviewing.decide_reviews, desk=desk),
        },
    )
    return review_routes(handlers, ground.outbox, ground.publisher)
