"""Coverage: balances, eligibility, other insurers' plans."""

from functools import partial

from faststream.rabbit import RabbitRoute

from services.claims.handlers import coverage_asking
from services.claims.handlers.coverage_asking import Asking
from services.claims.handlers.other_coverages import Declaring, declare_other_coverage, list_other_coverages
from services.claims.routes import coverage
from services.claims.wiring.ground import Ground


def coverage_routes(ground: Ground) -> list[RabbitRoute]:
    """What members and agents ask about coverage, and what members declare."""
    asking = Asking(ground.stores, ground.plans, ground.words, ground.clock)
    declaring = Declaring(ground.stores, ground.other_coverages, ground.plans, ground.clock)
    handlers = coverage.CoverageHandlers(
        get_balances=partial(coverage_asking.get_balances, asking=asking),
        get_plan=partial(coverage_asking.get_plan, asking=asking),
        check_eligibility=partial(coverage_asking.check_eligibility, asking=asking),
        check_drug_eligibility=partial(coverage_asking.check_drug_eligibility, asking=asking),
        list_other_coverages=partial(list_other_coverages, declared=ground.other_coverages),
        get_dossier_balances=partial(coverage_asking.get_dossier_balances, asking=asking),
        declare_other_coverage=partial(declare_other_coverage, declaring=declaring),
    )
    return coverage.routes(handlers, ground.outbox, ground.publisher)
