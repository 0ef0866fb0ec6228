"""Claims that providers submit: taken like those of members, and shown to nobody but the provider and the family."""

from collections.abc import Sequence
from typing import cast

from services.claims.domain.adjudication import LineDecision
from services.claims.domain.bilingual import Language
from services.claims.domain.claim import UNIDENTIFIED, Claim, ClaimStatus, StatusEntry
from services.claims.domain.facts import ClaimKind, PayTo, Provider
from services.claims.handlers.asking import ClaimNotFound, Words, page_of, reason_views
from services.claims.handlers.deciding import Plans, Repositories
from services.claims.handlers.ports import ClaimRepository, ListPosition, StoredClaim
from services.claims.handlers.reading import lines_of
from services.claims.handlers.submitting import Arrived, take_claims
from shared.clock import Clock
from shared.contracts import View
from shared.contracts.claims.provider_claims import (
    GetProviderClaim,
    ListProviderClaims,
    ProviderClaimLine,
    ProviderClaimsPage,
    ProviderClaimSummary,
    ProviderClaimView,
    SubmitProviderClaim,
)
from shared.dossiers import dossier_id
from shared.envelopes import Poison, Received
from shared.outbox import Work


async def submit_provider_claims(
    batch: Sequence[Received[SubmitProviderClaim]],
    works: Sequence[Work],
    /,
    *,
    repositories: Repositories,
    plans: Plans,
    clock: Clock,
) -> Sequence[View | None]:
    """Accept, adjudicate and announce, with the benefit assigned to the provider (CLM-6)."""
    arrived = [
        Arrived(_accepted(each), each.message.body_sha256, work) for each, work in zip(batch, works, strict=True)
    ]
    await take_claims(arrived, repositories, plans, clock=clock)
    return [None] * len(batch)


async def get_provider_claim(
    received: Received[GetProviderClaim], *, claims: ClaimRepository, words: Words
) -> ProviderClaimView:
    """One of the provider's claims with its decision."""
    actor, number = received.require_actor(), received.message.claim_number
    stored = await claims.get_of_provider(number, provider_id=actor.provider_id or "")
    if stored is None:
        raise ClaimNotFound(number)
    return provider_view_of(stored.claim, words, cast("Language", actor.language))


async def list_provider_claims(
    received: Received[ListProviderClaims], *, claims: ClaimRepository, words: Words
) -> ProviderClaimsPage:
    """A page of the provider's claims, newest first."""
    actor, query = received.require_actor(), received.message
    language = cast("Language", actor.language)

    async def newest(limit: int, before: ListPosition | None) -> Sequence[StoredClaim]:
        return await claims.list_of_provider(actor.provider_id or "", limit=limit, before=before)

    page, next_before = await page_of(newest, limit=query.limit, before=query.before)
    return ProviderClaimsPage(
        claims=tuple(_summary(stored.claim, words, language) for stored in page), next_before=next_before
    )


def _accepted(received: Received[SubmitProviderClaim]) -> Claim:
    command, actor = received.message, received.require_actor()
    if actor.provider_id is None:
        raise Poison(f"{command.wire_type} of an actor without provider")
    submission, patient = command.submission, command.submission.patient
    return Claim(
        id=command.claim_id,
        number=command.claim_number,
        account_id=actor.account_id,
        dossier_id=dossier_id(patient.contract_number, patient.certificate_number),
        person_id=UNIDENTIFIED,
        born_on=patient.birth_date,
        provider=Provider(id=actor.provider_id),
        provider_id=actor.provider_id,
        pay_to=PayTo.PROVIDER,
        claim_type=submission.claim_type,
        lines=lines_of(submission.lines),
        received_at=command.received_at,
        timeline=(StatusEntry(ClaimStatus.RECEIVED, command.received_at),),
        kind=ClaimKind(submission.kind),
        receipts=submission.receipts,
        predetermination=submission.predetermination or "",
    )


def _summary(claim: Claim, words: Words, language: Language) -> ProviderClaimSummary:
    decision = claim.decision
    return ProviderClaimSummary(
        claim_number=claim.number,
        claim_type=claim.claim_type,
        claim_type_name=words.type_name(claim.claim_type, language),
        kind=claim.kind.value,
        status=claim.status.value,
        outcome=decision.outcome.value if decision else None,
        submitted_cents=sum(line.submitted_cents for line in claim.lines),
        benefit_cents=decision.totals.benefit_cents if decision else 0,
        received_at=claim.received_at,
    )


def provider_view_of(claim: Claim, words: Words, language: Language) -> ProviderClaimView:
    """The claim as the provider that billed it sees it."""
    decision = claim.decision
    return ProviderClaimView(
        **_summary(claim, words, language).model_dump(),
        version=claim.version,
        valid_through=decision.valid_through if decision else None,
        lines=tuple(_line_view(line, words, language) for line in (decision.lines if decision else ())),
    )


def _line_view(line: LineDecision, words: Words, language: Language) -> ProviderClaimLine:
    return ProviderClaimLine(
        line=line.number,
        service_date=line.service_date,
        code=line.code,
        submitted_cents=line.submitted_cents,
        eligible_cents=line.eligible_cents,
        deductible_cents=line.deductible_cents,
        share_basis_points=line.coinsurance_bp,
        benefit_cents=line.benefit_cents,
        outcome=line.outcome.value,
        reasons=reason_views(line, words.wording, language),
    )
