"""Checks of a registered provider: may it give the service, and bill for it? (CLM-6, CLM-8).

A provider that is not registered with us was typed in by the member and is judged by the receipt.
"""

from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import PASSED, Finding, day_figure, denied, passed
from services.claims.domain.facts import PayTo
from services.claims.domain.reasons import ReasonCode


def provider_active(work: LineWork) -> Finding:
    provider = work.claim.around.provider
    return PASSED if provider is None or provider.active else denied(ReasonCode.PROVIDER_NOT_ACTIVE)


def provider_kind(work: LineWork) -> Finding:
    """The plan may recognise only certain kinds of provider for a service."""
    provider, kinds = work.claim.around.provider, work.terms.provider_kinds
    if provider is None or not kinds or provider.kind in kinds:
        return PASSED
    return denied(ReasonCode.PROVIDER_KIND_NOT_RECOGNISED)


def agreement_in_force(work: LineWork) -> Finding:
    """A benefit goes to a provider from the day of its agreement on; some kinds need one at all (RAMQ)."""
    provider = work.claim.around.provider
    if provider is None or work.claim.facts.pay_to is not PayTo.PROVIDER:
        return PASSED
    since = provider.agreement_from
    if since is None:
        return denied(ReasonCode.BEFORE_AGREEMENT) if provider.kind in work.claim.plan.agreement_kinds else PASSED
    figures = day_figure("service_date", work.line.service_date), day_figure("agreement_date", since)
    if work.line.service_date < since:
        return denied(ReasonCode.BEFORE_AGREEMENT, *figures)
    return passed(*figures)
