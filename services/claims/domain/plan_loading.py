"""Plan documents → compiled ``Plan``; every mistake is named by its JSON path.

The form is described in ``services/claims/data/README.md``.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from services.claims.domain.benefit_loading import OLDEST, BenefitEntry, SharedTerms, read_benefit, read_maximum
from services.claims.domain.bilingual import read_bilingual
from services.claims.domain.catalogue import Catalogue, ClaimType, Service
from services.claims.domain.document_reader import DocumentReader
from services.claims.domain.limit_loading import MaximumIds, read_period
from services.claims.domain.plan import BenefitTerms, Plan, ReviewedAnswer, ServiceTerms
from services.claims.domain.plan_limits import DeductibleGroup, Maximum, OutOfPocketLimit

ValueT = TypeVar("ValueT")
_MONTHS_IN_YEAR = 12
_ESTIMATE_DAYS = 180


def plan_from_document(document: object, catalogue: Catalogue) -> Plan:
    """The plan, compiled against the catalogue: every benefit of the catalogue must be there, covered or not.

    Raises:
        InvalidDocumentError: with all problems.
    """
    root = DocumentReader(document)
    taken = MaximumIds(catalogue.benefits)
    shared = SharedTerms(
        deductibles=_read_deductibles(root),
        combined=_read_combined(root, catalogue, taken),
        out_of_pocket=_read_out_of_pocket(root, catalogue),
    )
    entries = _read_benefits(root, catalogue, shared=shared, taken=taken)
    ages = root.child("dependant_age")
    plan = Plan(
        code=root.code("code"),
        version=root.integer("version", minimum=1),
        names=read_bilingual(root, "names"),
        year_starts_month=root.integer("year_starts_month", minimum=1, maximum=_MONTHS_IN_YEAR),
        claim_deadline_months=root.integer("claim_deadline_months", minimum=1),
        dependant_age_limit=ages.integer("limit", minimum=1, maximum=OLDEST),
        student_age_limit=ages.integer("student_limit", minimum=1, maximum=OLDEST),
        estimate_valid_days=root.optional_integer("estimate_valid_days", minimum=1) or _ESTIMATE_DAYS,
        benefits={code: entry.terms for code, entry in entries.items()},
        services=_compile_services(catalogue, entries),
        agreement_kinds=frozenset(root.texts("agreement_kinds")),
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


def _read_combined(root: DocumentReader, catalogue: Catalogue, taken: MaximumIds) -> dict[str, tuple[Maximum, ...]]:
    by_benefit: dict[str, tuple[Maximum, ...]] = {}
    for entry in root.children("combined_maxima"):
        maximum = read_maximum(entry, read_period(entry))
        taken.add(entry, maximum.id)
        for benefit in _benefits_of(entry, catalogue):
            by_benefit[benefit] = (*by_benefit.get(benefit, ()), maximum)
        entry.close()
    return by_benefit


def _read_out_of_pocket(root: DocumentReader, catalogue: Catalogue) -> dict[str, OutOfPocketLimit]:
    by_benefit: dict[str, OutOfPocketLimit] = {}
    ids = set(catalogue.benefits)
    for entry in root.children("out_of_pocket_limits"):
        limit = OutOfPocketLimit(
            id=entry.code("id"),
            per_person_cents=entry.optional_integer("per_person_cents"),
            per_family_cents=entry.optional_integer("per_family_cents"),
        )
        if limit.id in ids:
            entry.report("id", f"{limit.id!r} is the name of a benefit or of another limit")
        ids.add(limit.id)
        if limit.per_person_cents is None and limit.per_family_cents is None:
            entry.report("", "must give per_person_cents or per_family_cents")
        for benefit in _benefits_of(entry, catalogue):
            if benefit in by_benefit:
                entry.report("benefits", f"{benefit!r} has an out-of-pocket limit already")
            by_benefit[benefit] = limit
        entry.close()
    return by_benefit


def _benefits_of(entry: DocumentReader, catalogue: Catalogue) -> list[str]:
    benefits = []
    for index, benefit in enumerate(entry.texts("benefits")):
        if benefit in catalogue.benefits:
            benefits.append(benefit)
        else:
            entry.report(f"benefits[{index}]", f"{benefit!r} is not a benefit of the catalogue")
    return benefits


def _read_benefits(
    root: DocumentReader, catalogue: Catalogue, *, shared: SharedTerms, taken: MaximumIds
) -> dict[str, BenefitEntry]:
    entries: dict[str, BenefitEntry] = {}
    groups = set(catalogue.benefits)
    for reader in root.children("benefits"):
        code = reader.choice("code", catalogue.benefits)
        if code in entries:
            reader.report("code", f"{code!r} stands here twice")
        if reader.flag("covered"):
            entries[code] = read_benefit(code, reader, catalogue, shared=shared, taken=taken)
        else:
            entries[code] = BenefitEntry(BenefitTerms(code, covered=False))
        for limit, _ in entries[code].limits:
            if limit.group in groups:
                reader.report("frequency", f"{limit.group!r} is the name of a benefit or of another frequency group")
            groups.add(limit.group)
        reader.close()
    missing = [code for code in catalogue.benefits if code not in entries]
    if missing:
        root.report("benefits", f"must say whether these are covered: {', '.join(missing)}")
    return entries


def _compile_services(catalogue: Catalogue, entries: Mapping[str, BenefitEntry]) -> dict[str, ServiceTerms]:
    services: dict[str, ServiceTerms] = {}
    for claim_type in catalogue.types.values():
        entry = entries.get(claim_type.benefit)
        if entry is not None:
            for service in claim_type.billable:
                services[service.code] = _compile_service(service, claim_type, entry)
    return services


def _compile_service(service: Service, claim_type: ClaimType, entry: BenefitEntry) -> ServiceTerms:
    """What is said of the service itself wins over what is said of the one it is like, and that over its claim type."""
    known_as = (service.code, service.like, claim_type.code)
    age_from, age_through = _said_of(known_as, entry.ages) or (None, None)
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
        provider_kinds=_said_of(known_as, entry.provider_kinds) or frozenset(),
        charge=_said_of(known_as, entry.charges),
        charges_by_kind=_said_of(known_as, entry.charges_by_kind),
        alternate=_said_of(known_as, entry.alternates),
        laboratory=_said_of(known_as, entry.laboratory),
        missing_tooth_clause=not entry.missing_tooth.isdisjoint(known_as),
        deductible_waived=not entry.deductible_waived.isdisjoint(known_as),
        limits=tuple(limit for limit, names in entry.limits if not names.isdisjoint(known_as)),
        service_maxima=tuple(maximum for maximum, names in entry.maxima if not names.isdisjoint(known_as)),
        age_from=age_from,
        age_through=age_through,
    )


def _said_of(known_as: Sequence[str], rules: Mapping[str, ValueT]) -> ValueT | None:
    return next((rules[name] for name in known_as if name in rules), None)
