"""Plan documents → compiled ``Plan``; every mistake is named by its JSON path.

The form is described in ``services/claims/data/README.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.claims.domain.bilingual import read_bilingual
from services.claims.domain.catalogue import Catalogue, ClaimType, Service
from services.claims.domain.document_reader import DocumentReader
from services.claims.domain.formulary_loading import read_formulary
from services.claims.domain.plan import (
    BenefitTerms,
    CombinedMaximum,
    DeductibleGroup,
    FrequencyLimit,
    Plan,
    ReviewedAnswer,
    ServiceTerms,
)
from shared.money import BASIS_POINTS

PROVINCES = frozenset({"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"})
_MONTHS_IN_YEAR = 12
_ESTIMATE_DAYS = 180
_OLDEST = 150


@dataclass(frozen=True, slots=True)
class _CustomaryCharge:
    unit_cents: int
    by_province: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _BenefitEntry:
    """One benefit as the document has it: its terms, and rules that name services or claim types."""

    terms: BenefitTerms
    charges: Mapping[str, _CustomaryCharge]
    ages: Mapping[str, tuple[int | None, int | None]]
    limits: tuple[tuple[FrequencyLimit, frozenset[str]], ...]


def plan_from_document(document: object, catalogue: Catalogue) -> Plan:
    """The plan, compiled against the catalogue: every benefit of the catalogue must be there, covered or not.

    Raises:
        InvalidDocumentError: with all problems.
    """
    root = DocumentReader(document)
    deductibles = _read_deductibles(root)
    combined = _read_combined(root, catalogue)
    entries = _read_benefits(root, catalogue, deductibles=deductibles, combined=combined)
    ages = root.child("dependant_age")
    plan = Plan(
        code=root.code("code"),
        version=root.integer("version", minimum=1),
        names=read_bilingual(root, "names"),
        year_starts_month=root.integer("year_starts_month", minimum=1, maximum=_MONTHS_IN_YEAR),
        claim_deadline_months=root.integer("claim_deadline_months", minimum=1),
        dependant_age_limit=ages.integer("limit", minimum=1, maximum=_OLDEST),
        student_age_limit=ages.integer("student_limit", minimum=1, maximum=_OLDEST),
        estimate_valid_days=root.optional_integer("estimate_valid_days", minimum=1) or _ESTIMATE_DAYS,
        benefits={code: entry.terms for code, entry in entries.items()},
        services=_compile_services(catalogue, entries),
    )
    if plan.student_age_limit < plan.dependant_age_limit:
        ages.report("student_limit", "must not be below the limit of other dependants")
    ages.close()
    root.close()
    root.raise_if_invalid(f"plan {plan.code}")
    return plan


def _read_deductibles(root: DocumentReader) -> dict[str, DeductibleGroup]:
    groups: dict[str, DeductibleGroup] = {}
    for entry in root.children("deductible_groups"):
        group = DeductibleGroup(
            id=entry.code("id"),
            per_person_cents=entry.integer("per_person_cents", minimum=1),
            per_family_cents=entry.optional_integer("per_family_cents", minimum=1),
        )
        if group.id in groups:
            entry.report("id", f"{group.id!r} stands here twice")
        if group.per_family_cents is not None and group.per_family_cents < group.per_person_cents:
            entry.report("per_family_cents", "must not be below per_person_cents")
        entry.close()
        groups[group.id] = group
    return groups


def _read_combined(root: DocumentReader, catalogue: Catalogue) -> dict[str, tuple[CombinedMaximum, ...]]:
    by_benefit: dict[str, tuple[CombinedMaximum, ...]] = {}
    ids = set(catalogue.benefits)
    for entry in root.children("combined_maxima"):
        maximum = CombinedMaximum(
            id=entry.code("id"),
            per_person_cents=entry.optional_integer("per_person_cents"),
            per_family_cents=entry.optional_integer("per_family_cents"),
        )
        if maximum.id in ids:
            entry.report("id", f"{maximum.id!r} is the name of a benefit or of another maximum")
        ids.add(maximum.id)
        if maximum.per_person_cents is None and maximum.per_family_cents is None:
            entry.report("", "must give per_person_cents or per_family_cents")
        for index, benefit in enumerate(entry.texts("benefits")):
            if benefit not in catalogue.benefits:
                entry.report(f"benefits[{index}]", f"{benefit!r} is not a benefit of the catalogue")
            by_benefit[benefit] = (*by_benefit.get(benefit, ()), maximum)
        entry.close()
    return by_benefit


def _read_benefits(
    root: DocumentReader,
    catalogue: Catalogue,
    *,
    deductibles: Mapping[str, DeductibleGroup],
    combined: Mapping[str, tuple[CombinedMaximum, ...]],
) -> dict[str, _BenefitEntry]:
    entries: dict[str, _BenefitEntry] = {}
    groups = set(catalogue.benefits)
    for reader in root.children("benefits"):
        code = reader.choice("code", catalogue.benefits)
        if code in entries:
            reader.report("code", f"{code!r} stands here twice")
        if reader.flag("covered"):
            entries[code] = _read_covered(code, reader, catalogue, deductibles=deductibles, combined=combined)
        else:
            entries[code] = _BenefitEntry(BenefitTerms(code, covered=False), {}, {}, ())
        for limit, _ in entries[code].limits:
            if limit.group in groups:
                reader.report("frequency", f"{limit.group!r} is the name of a benefit or of another frequency group")
            groups.add(limit.group)
        reader.close()
    missing = [code for code in catalogue.benefits if code not in entries]
    if missing:
        root.report("benefits", f"must say whether these are covered: {', '.join(missing)}")
    return entries


def _read_covered(
    code: str,
    reader: DocumentReader,
    catalogue: Catalogue,
    *,
    deductibles: Mapping[str, DeductibleGroup],
    combined: Mapping[str, tuple[CombinedMaximum, ...]],
) -> _BenefitEntry:
    group = reader.choice("deductible_group", deductibles) if reader.has("deductible_group") else ""
    terms = BenefitTerms(
        code=code,
        covered=True,
        coinsurance_bp=reader.integer("coinsurance_bp", minimum=1, maximum=BASIS_POINTS),
        deductible=deductibles.get(group),
        per_visit_cap_cents=reader.optional_integer("per_visit_cap_cents", minimum=1),
        annual_maximum_cents=reader.optional_integer("annual_maximum_cents", minimum=1),
        combined=combined.get(code, ()),
        waiting_days=reader.optional_integer("waiting_days") or 0,
        formulary=read_formulary(reader.child("formulary")) if reader.has("formulary") else None,
    )
    names = _names_under(code, catalogue)
    charges = {}
    for entry in reader.children("customary_charges"):
        service = entry.choice("service", names)
        charges[service] = _CustomaryCharge(
            unit_cents=entry.integer("unit_cents", minimum=1),
            by_province=_read_provinces(entry),
        )
        entry.close()
    ages = {}
    for entry in reader.children("age_limits"):
        service = entry.choice("service", names)
        ages[service] = (entry.optional_integer("from"), entry.optional_integer("through", maximum=_OLDEST))
        entry.close()
    limits = tuple(_read_limit(entry, names) for entry in reader.children("frequency"))
    return _BenefitEntry(terms, charges, ages, limits)


def _read_provinces(entry: DocumentReader) -> dict[str, int]:
    charges = entry.integers_by_key("provinces", minimum=1)
    for province in charges.keys() - PROVINCES:
        entry.report(f"provinces.{province}", "is not a province or territory")
    return charges


def _read_limit(entry: DocumentReader, names: frozenset[str]) -> tuple[FrequencyLimit, frozenset[str]]:
    limit = FrequencyLimit(
        group=entry.code("group"),
        max_visits=entry.optional_integer("max_visits", minimum=1),
        max_units=entry.optional_integer("max_units", minimum=1),
        months_between=entry.optional_integer("months_between", minimum=1),
    )
    if limit.max_visits is None and limit.max_units is None and limit.months_between is None:
        entry.report("", "must give max_visits, max_units or months_between")
    services = entry.texts("services")
    for index, service in enumerate(services):
        if service not in names:
            entry.report(f"services[{index}]", f"{service!r} is not a service or claim type of this benefit")
    entry.close()
    return limit, frozenset(services) or names


def _names_under(benefit: str, catalogue: Catalogue) -> frozenset[str]:
    types = [each for each in catalogue.types.values() if each.benefit == benefit]
    return frozenset(service.code for each in types for service in each.billable)


def _compile_services(catalogue: Catalogue, entries: Mapping[str, _BenefitEntry]) -> dict[str, ServiceTerms]:
    services: dict[str, ServiceTerms] = {}
    for claim_type in catalogue.types.values():
        entry = entries.get(claim_type.benefit)
        if entry is not None:
            for service in claim_type.billable:
                services[service.code] = _compile_service(service, claim_type, entry)
    return services


def _compile_service(service: Service, claim_type: ClaimType, entry: _BenefitEntry) -> ServiceTerms:
    """What is said of the service itself wins over what is said of the one it is like, and that over its claim type."""
    known_as = (service.code, service.like, claim_type.code)
    charge = next((entry.charges[name] for name in known_as if name in entry.charges), None)
    age_from, age_through = next((entry.ages[name] for name in known_as if name in entry.ages), (None, None))
    limits = [limit for limit, names in entry.limits if not names.isdisjoint(known_as)]
    return ServiceTerms(
        code=service.code,
        claim_type=claim_type.code,
        benefit=entry.terms,
        asks=service.asks,
        surfaces=service.surfaces,
        units=service.units,
        documents_needed=claim_type.documents_needed,
        required_answers=tuple(question.id for question in claim_type.questions if question.required),
        reviewed_answers=tuple(
            ReviewedAnswer(question.id, question.review.answer, question.review.reason)
            for question in claim_type.questions
            if question.review is not None
        ),
        unit_cents=charge.unit_cents if charge else None,
        unit_cents_by_province=charge.by_province if charge else None,
        visit_limits=tuple(limit for limit in limits if limit.max_visits is not None),
        unit_limits=tuple(limit for limit in limits if limit.max_units is not None),
        interval_limits=tuple(limit for limit in limits if limit.months_between is not None),
        age_from=age_from,
        age_through=age_through,
    )
