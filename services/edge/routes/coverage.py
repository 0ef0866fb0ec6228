"""Coverage: balances, eligibility, the plan, and other insurers' plans (COV-2, COV-5, CLM-8)."""

from typing import Final

from services.edge.auth.access import Who
from services.edge.bodies_coverage import OtherCoverageRequest
from services.edge.language import Text
from services.edge.routes.table import Relay, Row
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
    OtherCoverageView,
    PlanView,
)

ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/balances",
        who=Who.MEMBER,
        feature="claims",
        tag="coverage",
        summary=Text("Ce qui est utilisé et ce qui reste, par protection", "What is used and what is left, by benefit"),
        message=GetBalances,
        query=("person_id", "on"),
        answer=BalancesView,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/dossiers/{dossier_id}/balances",
        who=Who.AGENT,
        tag="coverage",
        summary=Text("Soldes d’un dossier, pour le personnel", "Balances of a dossier, for staff"),
        message=GetDossierBalances,
        query=("person_id", "on"),
        answer=BalancesView,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/plan",
        who=Who.MEMBER,
        tag="coverage",
        summary=Text("Le régime du dossier et les personnes couvertes", "The plan of the dossier and whom it covers"),
        message=GetPlan,
        answer=PlanView,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/eligibility",
        who=Who.MEMBER,
        feature="claims",
        tag="coverage",
        summary=Text("Ce qui serait remboursé d’un service", "What would be paid for a service"),
        message=CheckEligibility,
        query=("person_id", "claim_type", "service", "on", "amount_cents", "units"),
        answer=EligibilityView,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/drugs/{din}/eligibility",
        who=Who.MEMBER,
        feature="claims",
        tag="coverage",
        summary=Text("Vérifier l’admissibilité d’un médicament", "Check the eligibility of a drug"),
        message=CheckDrugEligibility,
        query=("person_id", "on", "amount_cents"),
        answer=EligibilityView,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/other-coverages",
        who=Who.MEMBER,
        feature="claims",
        tag="coverage",
        summary=Text("Régimes d’autres assureurs déclarés", "Other insurers’ plans that were declared"),
        message=ListOtherCoverages,
        answer=OtherCoveragesView,
    ),
    Relay(
        method="PUT",
        path="/other-coverages/{coverage_id}",
        who=Who.MEMBER,
        feature="claims",
        tag="coverage",
        summary=Text("Déclarer ou modifier le régime d’un autre assureur", "Declare or change another insurer’s plan"),
        body=OtherCoverageRequest,
        message=DeclareOtherCoverage,
        answer=OtherCoverageView,
        problems=(404,),
    ),
)
