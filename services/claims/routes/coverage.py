"""Coverage: balances, eligibility, the plan, and other insurers' plans."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from shared.consuming import answering, consume_each
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.coverage import (
    BalancesView,
    CheckDrugEligibility,
    CheckEligibility,
    DeclareOtherCoverage,
    EligibilityView,
    GetBalances,
    GetDossierBalances,
    GetPlan,
    ListOtherCoverages,
    OtherCoveragesView,
    PlanView,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000

COVERAGE: Final = Queue(
    "claims.coverage",
    (
        GetBalances,
        GetDossierBalances,
        GetPlan,
        CheckEligibility,
        CheckDrugEligibility,
        ListOtherCoverages,
        DeclareOtherCoverage,
    ),
    message_ttl_ms=REQUEST_TTL_MS,
)

TOPOLOGY: Final = ServiceTopology("claims", queues=(COVERAGE,), publishes=(ActRecorded,))


@dataclass(frozen=True, slots=True)
class CoverageHandlers:
    """The use cases with their dependencies bound."""

    get_balances: Callable[[Received[GetBalances]], Awaitable[BalancesView]]
    get_plan: Callable[[Received[GetPlan]], Awaitable[PlanView]]
    check_eligibility: Callable[[Received[CheckEligibility]], Awaitable[EligibilityView]]
    check_drug_eligibility: Callable[[Received[CheckDrugEligibility]], Awaitable[EligibilityView]]
    list_other_coverages: Callable[[Received[ListOtherCoverages]], Awaitable[OtherCoveragesView]]
    get_dossier_balances: SingleHandler
    declare_other_coverage: SingleHandler


def routes(handlers: CoverageHandlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One queue for all of it: what writes, or leaves an act, is committed before it is answered."""
    balances = outbox.group("claims.get_dossier_balances", each(handlers.get_dossier_balances))
    declared = outbox.group("claims.declare_other_coverage", each(handlers.declare_other_coverage))
    return [
        consume_each(
            COVERAGE,
            {
                GetBalances: answering(handlers.get_balances),
                GetPlan: answering(handlers.get_plan),
                CheckEligibility: answering(handlers.check_eligibility),
                CheckDrugEligibility: answering(handlers.check_drug_eligibility),
                ListOtherCoverages: answering(handlers.list_other_coverages),
                GetDossierBalances: balances.submit,
                DeclareOtherCoverage: declared.submit,
            },
            publisher,
        )
    ]
