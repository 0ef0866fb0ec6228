"""One benefit of a plan document, read: its terms, and the rules in it that name services or claim types."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from services.claims.domain.catalogue import Catalogue
from services.claims.domain.dental import tooth_problem
from services.claims.domain.document_reader import DocumentReader
from services.claims.domain.formulary_loading import read_formulary
from services.claims.domain.limit_loading import MaximumIds, Period, read_limit, read_period
from services.claims.domain.plan import BenefitTerms
from services.claims.domain.plan_limits import (
    AlternateBenefit,
    CustomaryCharge,
    DeductibleGroup,
    FrequencyLimit,
    LaboratoryLimit,
    Maximum,
    OutOfPocketLimit,
    ShareTier,
)
from shared.money import BASIS_POINTS

PROVINCES: Final = frozenset({"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"})
OLDEST: Final = 150
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class SharedTerms:
    """What stands at the top of the plan, for benefits to refer to; ``combined`` and the limits are by benefit."""

    deductibles: Mapping[str, DeductibleGroup]
    combined: Mapping[str, tuple[Maximum, ...]]
    out_of_pocket: Mapping[str, OutOfPocketLimit]


@dataclass(frozen=True, slots=True)
class BenefitEntry:
    """One benefit as the document has it; the rules are by the service or claim type that they name."""

    terms: BenefitTerms
    charges: Mapping[str, CustomaryCharge] = field(default_factory=dict)
    charges_by_kind: Mapping[str, Mapping[str, CustomaryCharge]] = field(default_factory=dict)
    alternates: Mapping[str, AlternateBenefit] = field(default_factory=dict)
    laboratory: Mapping[str, LaboratoryLimit] = field(default_factory=dict)
    ages: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    provider_kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    limits: tuple[tuple[FrequencyLimit, frozenset[str]], ...] = ()
    maxima: tuple[tuple[Maximum, frozenset[str]], ...] = ()
    missing_tooth: frozenset[str] = frozenset()
    deductible_waived: frozenset[str] = frozenset()


def read_benefit(
    code: str, reader: DocumentReader, catalogue: Catalogue, *, shared: SharedTerms, taken: MaximumIds
) -> BenefitEntry:
    """The terms of a covered benefit; ``taken`` are names of maxima so far, to which its own are added."""
    names = names_under(code, catalogue)
    maxima = _read_maxima(reader, names, taken)
    charges, by_kind = _read_charges(reader, names)
    return BenefitEntry(
        terms=_read_terms(code, reader, shared, tuple(each for each, services in maxima if not services)),
        charges=charges,
        charges_by_kind=by_kind,
        alternates=_read_alternates(reader, catalogue, names=names, charges=charges),
        laboratory=_by_service(reader, "laboratory_fees", names, read=_read_laboratory),
        ages=_by_service(reader, "age_limits", names, read=_read_ages),
        provider_kinds=_by_service(reader, "provider_kinds", names, read=lambda entry: frozenset(_codes(entry))),
        limits=tuple(read_limit(entry, names) for entry in reader.children("frequency")),
        maxima=tuple((each, services) for each, services in maxima if services),
        missing_tooth=read_services(reader, "missing_tooth_clause", names),
        deductible_waived=read_services(reader, "deductible_waived_for", names),
    )


def names_under(benefit: str, catalogue: Catalogue) -> frozenset[str]:
    """Codes of the services and claim types that the benefit pays."""
    types = [each for each in catalogue.types.values() if each.benefit == benefit]
    return frozenset(service.code for each in types for service in each.billable)


def read_services(reader: DocumentReader, key: str, names: Collection[str]) -> frozenset[str]:
    """A list of services or claim types of the benefit; absent means none."""
    services = reader.texts(key)
    for index, service in enumerate(services):
        if service not in names:
            reader.report(f"{key}[{index}]", f"{service!r} is not a service or claim type of this benefit")
    return frozenset(services)


def _read_terms(code: str, reader: DocumentReader, shared: SharedTerms, maxima: tuple[Maximum, ...]) -> BenefitTerms:
    group = reader.choice("deductible_group", shared.deductibles) if reader.has("deductible_group") else ""
    return BenefitTerms(
        code=code,
        covered=True,
        coinsurance_bp=reader.integer("coinsurance_bp", minimum=1, maximum=BASIS_POINTS),
        tiers=_read_tiers(reader),
        out_of_pocket=shared.out_of_pocket.get(code),
        deductible=shared.deductibles.get(group),
        per_visit_cap_cents=reader.optional_integer("per_visit_cap_cents", minimum=1),
        annual_maximum_cents=reader.optional_integer("annual_maximum_cents", minimum=1),
        annual_family_maximum_cents=reader.optional_integer("annual_family_maximum_cents", minimum=1),
        combined=tuple(each for each in shared.combined.get(code, ()) if each.yearly),
        maxima=(*(each for each in shared.combined.get(code, ()) if not each.yearly), *maxima),
        waiting_days=reader.optional_integer("waiting_days") or 0,
        predetermination_above_cents=reader.optional_integer("predetermination_above_cents", minimum=1),
        formulary=read_formulary(reader.child("formulary")) if reader.has("formulary") else None,
    )


def _read_tiers(reader: DocumentReader) -> tuple[ShareTier, ...]:
    tiers: list[ShareTier] = []
    for entry in reader.children("coinsurance_tiers"):
        tier = ShareTier(
            above_cents=entry.integer("above_cents", minimum=1),
            coinsurance_bp=entry.integer("coinsurance_bp", minimum=0, maximum=BASIS_POINTS),
        )
        if tiers and tier.above_cents <= tiers[-1].above_cents:
            entry.report("above_cents", "must be above that of the tier before")
        entry.close()
        tiers.append(tier)
    return tuple(tiers)


def _read_maxima(
    reader: DocumentReader, names: frozenset[str], taken: MaximumIds
) -> list[tuple[Maximum, frozenset[str]]]:
    maxima = []
    for entry in reader.children("maxima"):
        maximum = read_maximum(entry, read_period(entry))
        taken.add(entry, maximum.id)
        maxima.append((maximum, read_services(entry, "services", names)))
        entry.close()
    return maxima


def read_maximum(entry: DocumentReader, period: Period) -> Maximum:
    """A maximum with a name of its own, per person and/or for the family."""
    maximum = Maximum(
        id=entry.code("id"),
        per_person_cents=entry.optional_integer("per_person_cents"),
        per_family_cents=entry.optional_integer("per_family_cents"),
        years=period.years,
        first_year=period.first_year,
        lifetime=period.lifetime,
    )
    if maximum.per_person_cents is None and maximum.per_family_cents is None:
        entry.report("", "must give per_person_cents or per_family_cents")
    return maximum


def _read_charges(
    reader: DocumentReader, names: frozenset[str]
) -> tuple[dict[str, CustomaryCharge], dict[str, dict[str, CustomaryCharge]]]:
    """By service: the charge of whoever is not named by kind, and those by kind of provider."""
    charges: dict[str, CustomaryCharge] = {}
    by_kind: dict[str, dict[str, CustomaryCharge]] = {}
    for entry in reader.children("customary_charges"):
        service = entry.choice("service", names)
        charge = CustomaryCharge(entry.integer("unit_cents", minimum=1), _read_provinces(entry))
        kinds = _codes(entry, "provider_kinds")
        target = by_kind.setdefault(service, {}) if kinds else charges
        for key in kinds or (service,):
            if key in target:
                entry.report("service", f"the charge of {service!r} stands here twice")
            target[key] = charge
        entry.close()
    return charges, by_kind


def _read_provinces(entry: DocumentReader) -> dict[str, int]:
    charges = entry.integers_by_key("provinces", minimum=1)
    for province in charges.keys() - PROVINCES:
        entry.report(f"provinces.{province}", "is not a province or territory")
    return charges


def _read_alternates(
    reader: DocumentReader, catalogue: Catalogue, *, names: frozenset[str], charges: Mapping[str, CustomaryCharge]
) -> dict[str, AlternateBenefit]:
    types = {service.code: each.code for each in catalogue.types.values() for service in each.billable}

    def read(entry: DocumentReader) -> AlternateBenefit:
        other = entry.choice("as", names)
        charge = charges.get(other) or charges.get(types.get(other, ""))
        if other and charge is None:
            entry.report("as", f"{other!r} has no customary charge")
        teeth = entry.texts("teeth")
        for index, tooth in enumerate(teeth):
            if tooth_problem(tooth, area_allowed=False):
                entry.report(f"teeth[{index}]", f"{tooth!r} is not a tooth of two digits (FDI)")
        return AlternateBenefit(other, charge or CustomaryCharge(0, {}), frozenset(teeth))

    return _by_service(reader, "alternate_benefits", names, read=read)


def _read_laboratory(entry: DocumentReader) -> LaboratoryLimit:
    limit = LaboratoryLimit(
        share_bp=entry.optional_integer("share_bp", maximum=BASIS_POINTS),
        cap_cents=entry.optional_integer("cap_cents"),
    )
    if limit.share_bp is None and limit.cap_cents is None:
        entry.report("", "must give share_bp or cap_cents")
    return limit


def _read_ages(entry: DocumentReader) -> tuple[int | None, int | None]:
    return entry.optional_integer("from"), entry.optional_integer("through", maximum=OLDEST)


def _codes(entry: DocumentReader, key: str = "kinds") -> tuple[str, ...]:
    codes = entry.texts(key)
    if key == "kinds" and not codes:
        entry.report(key, "must name a kind of provider")
    return codes


def _by_service(
    reader: DocumentReader, key: str, names: frozenset[str], *, read: Callable[[DocumentReader], ValueT]
) -> dict[str, ValueT]:
    """A list of rules, each for one service or claim type of the benefit; at most one for each."""
    rules: dict[str, ValueT] = {}
    for entry in reader.children(key):
        service = entry.choice("service", names)
        if service in rules:
            entry.report("service", f"{service!r} stands here twice")
        rules[service] = read(entry)
        entry.close()
    return rules
