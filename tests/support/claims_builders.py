"""Builders of the claims domain: a small catalogue and plan with round figures, and facts with keyword overrides."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TypeAlias

from services.claims.data import load_wording
from services.claims.domain.accumulators import Accumulators, ServiceUse, Visit
from services.claims.domain.adjudication import Decision, Wording, adjudicate
from services.claims.domain.catalogue import Catalogue
from services.claims.domain.catalogue_loading import catalogue_from_document
from services.claims.domain.circumstances import Circumstances
from services.claims.domain.claim import Claim, ClaimStatus, StatusEntry
from services.claims.domain.coverage import Coverage, CoveredPerson, Relationship
from services.claims.domain.facts import ClaimFacts, ClaimLine, DocumentKind, Provider
from services.claims.domain.plan import Plan
from services.claims.domain.plan_loading import plan_from_document

JsonValue: TypeAlias = "str | int | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonObject: TypeAlias = "dict[str, JsonValue]"

TODAY = date(2026, 6, 15)
SERVICE_DATE = date(2026, 5, 4)
CLINIC = Provider(name="Clinique du Parc", phone="514 555-0101", id="provider-1")
SELF, SPOUSE, CHILD, STUDENT = "person-self", "person-spouse", "person-child", "person-student"


def both(text: str) -> JsonObject:
    return {"fr": text, "en": text}


def named(code: str) -> JsonObject:
    return {"code": code, "names": both(code)}


def catalogue_document(**overrides: JsonValue) -> JsonObject:
    """Benefits physio, massage, dental, vision and travel, each with a claim type or more."""
    return {
        "version": 1,
        "categories": [named("care")],
        "benefits": [named(code) for code in ("physio", "massage", "dental", "vision", "travel")],
        "questions": [
            {
                "id": "accident",
                "kind": "yes_no",
                "required": True,
                "text": both("accident?"),
                "review": {"answer": "yes", "reason": "work_accident"},
            }
        ],
        "claim_types": [
            _claim_type("physio", "physio", services=[named("PH-EVA"), named("PH-TRT")]),
            _claim_type("massage", "massage", services=[named("MA-A"), named("MA-B"), named("MA-C")]),
            _claim_type("scaling", "dental", services=[named("DS-1")]),
            _claim_type("exam", "dental", services=[named("DX-RCL")]),
            _claim_type("fluoride", "dental"),
            _claim_type("crutches", "dental", questions=["accident"]),
            _claim_type("glasses", "vision", needs_receipt=True, needs_prescription=True),
            _claim_type("eye_exam", "vision"),
            _claim_type("flight", "travel"),
        ],
        **overrides,
    }


def _claim_type(code: str, benefit: str, **more: JsonValue) -> JsonObject:
    return {"code": code, "benefit": benefit, "category": "care", "names": both(code), **more}


def plan_document(**overrides: JsonValue) -> JsonObject:
    """Deductible on physio only; the figures are those of the worked cases."""
    return {
        "code": "TEST",
        "version": 3,
        "names": both("Test"),
        "year_starts_month": 1,
        "claim_deadline_months": 12,
        "dependant_age": {"limit": 21, "student_limit": 25},
        "deductible_groups": [{"id": "health", "per_person_cents": 5000, "per_family_cents": 8000}],
        "combined_maxima": [
            {
                "id": "body",
                "benefits": ["physio", "massage"],
                "per_person_cents": 60_000,
                "per_family_cents": 100_000,
            }
        ],
        "benefits": [physio(), massage(), dental(), vision(), {"code": "travel", "covered": False}],
        **overrides,
    }


def physio(**overrides: JsonValue) -> JsonObject:
    return {
        "code": "physio",
        "covered": True,
        "coinsurance_bp": 8000,
        "deductible_group": "health",
        "annual_maximum_cents": 50_000,
        "customary_charges": [
            {"service": "physio", "unit_cents": 9000, "provinces": {"QC": 8500}},
            {"service": "PH-EVA", "unit_cents": 12_000},
        ],
        **overrides,
    }


def massage(**overrides: JsonValue) -> JsonObject:
    return {
        "code": "massage",
        "covered": True,
        "coinsurance_bp": 7500,
        "per_visit_cap_cents": 8000,
        "annual_maximum_cents": 40_000,
        "frequency": [{"group": "massages", "max_visits": 3}],
        **overrides,
    }


def dental(**overrides: JsonValue) -> JsonObject:
    return {
        "code": "dental",
        "covered": True,
        "coinsurance_bp": 8000,
        "customary_charges": [
            {"service": "scaling", "unit_cents": 6100},
            {"service": "DX-RCL", "unit_cents": 4500},
        ],
        "frequency": [
            {"group": "scaling_units", "services": ["scaling"], "max_units": 6},
            {"group": "recall_exams", "services": ["DX-RCL"], "months_between": 9},
        ],
        "age_limits": [{"service": "fluoride", "from": 3, "through": 18}],
        **overrides,
    }


def vision(**overrides: JsonValue) -> JsonObject:
    return {
        "code": "vision",
        "covered": True,
        "coinsurance_bp": 10_000,
        "annual_maximum_cents": 20_000,
        "waiting_days": 90,
        **overrides,
    }


def catalogue(**overrides: JsonValue) -> Catalogue:
    return catalogue_from_document(catalogue_document(**overrides))


def plan(**overrides: JsonValue) -> Plan:
    return plan_from_document(plan_document(**overrides), catalogue())


@cache
def wording() -> Wording:
    return load_wording()


def person(person_id: str = SELF, **overrides: object) -> CoveredPerson:
    fields: dict[str, object] = {
        "relationship": Relationship.SELF,
        "birth_date": date(1985, 2, 20),
        "effective_from": date(2024, 1, 1),
        **overrides,
    }
    return CoveredPerson(person_id=person_id, **fields)  # type: ignore[arg-type]


def family() -> tuple[CoveredPerson, ...]:
    """Member, spouse, a child of 10 and a student of 22."""
    return (
        person(),
        person(SPOUSE, relationship=Relationship.SPOUSE),
        person(CHILD, relationship=Relationship.CHILD, birth_date=date(2016, 3, 1)),
        person(STUDENT, relationship=Relationship.CHILD, birth_date=date(2004, 3, 1), student=True),
    )


def coverage(**overrides: object) -> Coverage:
    fields: dict[str, object] = {
        "contract": "100200",
        "certificate": "55501",
        "plan_code": "TEST",
        "province": "ON",
        "persons": family(),
        **overrides,
    }
    return Coverage(**fields)  # type: ignore[arg-type]


def line(code: str = "PH-TRT", submitted_cents: int = 9000, **overrides: object) -> ClaimLine:
    fields: dict[str, object] = {"service_date": SERVICE_DATE, "units": 1, **overrides}
    return ClaimLine(code=code, submitted_cents=submitted_cents, **fields)  # type: ignore[arg-type]


def claim_facts(*lines: ClaimLine, **overrides: object) -> ClaimFacts:
    fields: dict[str, object] = {
        "claim_id": "claim-1",
        "person_id": SELF,
        "provider": CLINIC,
        "claim_type": "physio",
        "received_on": TODAY,
        **overrides,
    }
    return ClaimFacts(lines=lines or (line(),), **fields)  # type: ignore[arg-type]


def claim(*lines: ClaimLine, **overrides: object) -> Claim:
    received_at = datetime(2026, 6, 15, 13, 0, tzinfo=UTC)
    fields: dict[str, object] = {
        "id": "claim-1",
        "number": "C-0001",
        "account_id": "account-1",
        "dossier_id": "dossier-1",
        "person_id": SELF,
        "provider": CLINIC,
        "claim_type": "physio",
        "received_at": received_at,
        "timeline": (StatusEntry(ClaimStatus.RECEIVED, received_at),),
        **overrides,
    }
    return Claim(lines=lines or (line(),), **fields)  # type: ignore[arg-type]


def accumulators(year: int = 2026, **overrides: object) -> Accumulators:
    return Accumulators("100200", "55501", year, **overrides)  # type: ignore[arg-type]


def service_use(
    visits: int = 1,
    *,
    units: int = 1,
    last_date: date = date(2026, 2, 2),
    provider_key: str = "provider-1",
    eligible_cents: int = 0,
) -> ServiceUse:
    """So many visits, the last of them on ``last_date`` and the others on the days before it."""
    first = Visit(1, units - visits + 1, eligible_cents)
    days = {(last_date - timedelta(days=n), provider_key): first if n == 0 else Visit(1, 1, 0) for n in range(visits)}
    return ServiceUse(days)


def deductible_met(year: int = 2026) -> Accumulators:
    """The member has paid the whole deductible already."""
    return accumulators(year, deductibles={(SELF, "health"): 5000})


def decide(
    facts: ClaimFacts | None = None,
    *,
    under: Plan | None = None,
    by: Coverage | None = None,
    used: Accumulators | Mapping[int, Accumulators] | None = None,
    seen: frozenset[str] = frozenset(),
    today: date = TODAY,
    **known: object,
) -> Decision:
    """``adjudicate`` with the test plan and family; ``used`` is one year's accumulators or a mapping by year, ``known``
    are further fields of ``Circumstances``.
    """
    if used is None:
        used = {}
    around = Circumstances(
        today=today,
        coverage=by or coverage(),
        accumulators={used.year: used} if isinstance(used, Accumulators) else used,
        seen=seen,
        **known,  # type: ignore[arg-type]
    )
    return adjudicate(facts or claim_facts(), under or plan(), around)


def all_documents() -> frozenset[DocumentKind]:
    return frozenset(DocumentKind)
