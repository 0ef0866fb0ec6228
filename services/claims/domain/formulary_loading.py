"""The ``formulary`` of a benefit in a plan document → compiled ``Formulary``; the form is in ``data/README.md``."""

from collections.abc import Mapping
from typing import Final

from services.claims.domain.document_reader import DocumentReader
from services.claims.domain.formulary import DrugTerms, Formulary, Tier
from shared.money import BASIS_POINTS

KINDS: Final = ("din", "atc", "schedule")
"""What an entry may name drugs by, the most specific first."""


def read_formulary(reader: DocumentReader) -> Formulary:
    """The formulary; mistakes are noted in the reader."""
    tiers = _read_tiers(reader)
    named: dict[str, dict[str, DrugTerms]] = {kind: {} for kind in KINDS}
    for entry in reader.children("entries"):
        terms = _read_terms(entry, tiers)
        given = [kind for kind in KINDS if entry.has(kind)]
        if len(given) != 1:
            entry.report("", f"must name drugs by exactly one of {', '.join(KINDS)}")
        for kind in given:
            for index, name in enumerate(entry.texts(kind)):
                if name in named[kind]:
                    entry.report(f"{kind}[{index}]", f"{name!r} stands here twice")
                named[kind][name] = terms
        entry.close()
    default = reader.choice("default_tier", tiers) if reader.has("default_tier") else ""
    formulary = Formulary(
        default=DrugTerms(tiers.get(default)),
        by_din=named["din"],
        by_atc=named["atc"],
        by_schedule=named["schedule"],
        fee_cap_cents=reader.optional_integer("fee_cap_cents"),
        max_days_supply=reader.optional_integer("max_days_supply", minimum=1),
        refill_after_bp=reader.optional_integer("refill_after_bp", minimum=1, maximum=BASIS_POINTS),
        unit_prices=reader.integers_by_key("unit_prices_e4", minimum=1),
        prescription_for=frozenset(reader.texts("prescription_for")),
    )
    reader.close()
    return formulary


def _read_tiers(reader: DocumentReader) -> dict[str, Tier]:
    tiers: dict[str, Tier] = {}
    for number, entry in enumerate(reader.children("tiers"), start=1):
        tier = Tier(
            id=entry.code("id"),
            number=number,
            share_bp=entry.integer("share_bp", minimum=1, maximum=BASIS_POINTS),
            copay_cents=entry.optional_integer("copay_cents") or 0,
        )
        if tier.id in tiers:
            entry.report("id", f"{tier.id!r} stands here twice")
        entry.close()
        tiers[tier.id] = tier
    return tiers


def _read_terms(entry: DocumentReader, tiers: Mapping[str, Tier]) -> DrugTerms:
    """An ``excluded`` entry has no tier; any other names one."""
    excluded = entry.has("excluded") and entry.flag("excluded")
    return DrugTerms(
        tier=None if excluded else tiers.get(entry.choice("tier", tiers)),
        prior_authorization=entry.flag("prior_authorization"),
        max_days_supply=entry.optional_integer("max_days_supply", minimum=1),
    )
