"""Questions about claims, answered in the caller's language."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, cast

from cachetools import LRUCache

from services.claims.domain.adjudication import LineDecision, TraceStep, Wording, explain
from services.claims.domain.bilingual import Language
from services.claims.domain.catalogue import Catalogue
from services.claims.domain.claim import Claim, ClaimStatus
from services.claims.handlers.ports import ClaimRepository, ListPosition, StoredClaim
from shared.contracts.claims import (
    ClaimsPage,
    ClaimSummary,
    ClaimView,
    DecidedLineView,
    ExpectedTimes,
    GetClaim,
    ListClaims,
    ReasonView,
    StatusChange,
    TraceStepView,
)
from shared.envelopes import Received
from shared.errors import NotFound

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_CURSOR = re.compile(r"([0-9]{1,14})-(.+)")


TOLD_KEPT: Final = 1_000
"""Claims kept in words: some ten kilobytes each."""


class ClaimNotFound(NotFound):
    """No such claim, or not one of the caller's dossier (which is not told apart)."""

    def __init__(self, number: str) -> None:
        super().__init__("claims.not_found", claim_number=number)


@dataclass(frozen=True, slots=True)
class Words:
    """Catalogue and wording, loaded once; and the claims told most recently, since a claim is polled often."""

    catalogue: Catalogue
    wording: Wording
    told: LRUCache[tuple[str, int, int, Language], ClaimView] = field(default_factory=lambda: LRUCache(TOLD_KEPT))

    def type_name(self, code: str, language: Language) -> str:
        """Name of a claim type; its code when the catalogue has none."""
        claim_type = self.catalogue.types.get(code)
        return claim_type.names.of(language) if claim_type else code


class ExpectedSource(Protocol):
    """Who knows how long claims take (CLM-11)."""

    async def expected(self, claim_type: str) -> ExpectedTimes | None:
        """For claims of this type; None where nothing is known."""
        ...


async def get_claim(
    received: Received[GetClaim], *, claims: ClaimRepository, words: Words, times: ExpectedSource | None = None
) -> ClaimView:
    """One claim with its decision, trace and explanation (CLM-9, CLM-11)."""
    actor = received.require_actor()
    number = received.message.claim_number
    stored = await claims.get_by_number(number, dossier_id=actor.dossier_id or "")
    if stored is None:
        raise ClaimNotFound(number)
    view = _told(stored.claim, words, cast("Language", actor.language))
    expected = await times.expected(stored.claim.claim_type) if times else None
    return view if expected is None else view.model_copy(update={"expected": expected})


async def list_claims(received: Received[ListClaims], *, claims: ClaimRepository, words: Words) -> ClaimsPage:
    """A page of the claims of the caller's dossier, newest first."""
    actor, query = received.require_actor(), received.message
    language = cast("Language", actor.language)

    async def newest(limit: int, before: ListPosition | None) -> Sequence[StoredClaim]:
        return await claims.list_of_dossier(actor.dossier_id or "", limit=limit, before=before)

    page, next_before = await page_of(newest, limit=query.limit, before=query.before)
    return ClaimsPage(
        claims=tuple(summary_of(stored.claim, words, language) for stored in page), next_before=next_before
    )


async def page_of(
    newest: Callable[[int, ListPosition | None], Awaitable[Sequence[StoredClaim]]], *, limit: int, before: str | None
) -> tuple[Sequence[StoredClaim], str | None]:
    """A page of what ``newest`` lists, and the cursor of the next; after a cursor that was never given, nothing."""
    position = position_of(before) if before is not None else None
    if before is not None and position is None:
        return (), None
    found = await newest(limit + 1, position)
    page = found[:limit]
    return page, cursor_of(page[-1]) if len(found) > len(page) else None


def cursor_of(stored: StoredClaim) -> str:
    """Where the next page begins: instant in milliseconds and id of the last claim shown."""
    return f"{(stored.claim.received_at - _EPOCH) // _MILLISECOND}-{stored.claim.id}"


def position_of(cursor: str) -> ListPosition | None:
    """The position that ``cursor_of`` wrote; nothing stands after what it never wrote."""
    read = _CURSOR.fullmatch(cursor)
    return ListPosition(_EPOCH + int(read[1]) * _MILLISECOND, read[2]) if read else None


def summary_of(claim: Claim, words: Words, language: Language) -> ClaimSummary:
    """A claim in a list."""
    decision = claim.decision
    return ClaimSummary(
        claim_number=claim.number,
        claim_type=claim.claim_type,
        claim_type_name=words.type_name(claim.claim_type, language),
        person_id=claim.person_id,
        status=claim.status.value,
        outcome=decision.outcome.value if decision else None,
        submitted_cents=sum(line.submitted_cents for line in claim.lines),
        benefit_cents=decision.totals.benefit_cents if decision else 0,
        received_at=claim.received_at,
        kind=claim.kind.value,
    )


def view_of(claim: Claim, words: Words, language: Language) -> ClaimView:
    """A claim with its decision, in words."""
    decision = claim.decision
    decided_at = next((entry.at for entry in reversed(claim.timeline) if entry.status in _DECISIVE), None)
    return ClaimView(
        **summary_of(claim, words, language).model_dump(),
        provider_name=claim.provider.name,
        version=claim.version,
        pay_to=claim.pay_to.value,
        valid_through=decision.valid_through if decision else None,
        decided_at=decided_at,
        timeline=tuple(StatusChange(status=entry.status.value, at=entry.at) for entry in claim.timeline),
        lines=tuple(_line_view(claim, line, words.wording, language) for line in (decision.lines if decision else ())),
        explanation=tuple(explain(decision, language, wording=words.wording)) if decision else (),
    )


def _told(claim: Claim, words: Words, language: Language) -> ClaimView:
    """The claim in words; the same as long as it stands where it stood."""
    key = (claim.id, claim.version, len(claim.timeline), language)
    view = words.told.get(key)
    if view is None:
        view = words.told[key] = view_of(claim, words, language)
    return view


_DECISIVE = (ClaimStatus.DECIDED, ClaimStatus.IN_REVIEW, ClaimStatus.VOIDED)


def _line_view(claim: Claim, line: LineDecision, wording: Wording, language: Language) -> DecidedLineView:
    return DecidedLineView(
        line=line.number,
        service_date=line.service_date,
        units=claim.lines[line.number - 1].units,
        submitted_cents=line.submitted_cents,
        eligible_cents=line.eligible_cents,
        deductible_cents=line.deductible_cents,
        share_basis_points=line.coinsurance_bp,
        benefit_cents=line.benefit_cents,
        outcome=line.outcome.value,
        reasons=reason_views(line, wording, language),
        trace=tuple(_step_view(step) for step in line.trace),
    )


def reason_views(line: LineDecision, wording: Wording, language: Language) -> tuple[ReasonView, ...]:
    """Why, in plain words, with what to do next."""
    return tuple(
        ReasonView(
            code=code.value,
            text=wording.reasons[code].words.of(language),
            next_step=wording.reasons[code].next_step.of(language),
        )
        for code in line.reason_codes
    )


def _step_view(step: TraceStep) -> TraceStepView:
    return TraceStepView(
        rule=step.rule_id,
        outcome=step.outcome.value,
        figures=dict(step.figures),
        reason=step.reason_code.value if step.reason_code else None,
    )
