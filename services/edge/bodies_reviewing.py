"""Bodies of what agents do with claims in review (CLM-12)."""

from pydantic import Field

from services.edge.bodies import Body
from shared.contracts.claims import ClaimNumber
from shared.contracts.claims.reviewing import Judgement, LineVerdict, NoteText


class ReviewDecisionRequest(Body):
    """What an agent says line by line, on the version that was read."""

    expected_version: int = Field(ge=1)
    verdicts: tuple[LineVerdict, ...] = Field(min_length=1, max_length=20)


class ReviewNoteRequest(Body):
    """A note for other agents."""

    text: NoteText


class ReviewRefusalRequest(Body):
    """Why the second agent does not agree."""

    note: NoteText


class ReviewsDecisionRequest(Body):
    """The same judgement for every pended line of many claims."""

    claim_numbers: tuple[ClaimNumber, ...] = Field(min_length=1, max_length=100)
    judgement: Judgement
