"""Accumulators ↔ plain JSON-able document: rows instead of pairs as keys, in a fixed order."""

from datetime import date
from typing import TypedDict, cast

from services.claims.domain.accumulators import Accumulators, Key, ServiceUse, Visit
from services.claims.domain.errors import InvalidDocumentError, Problem


class AmountRow(TypedDict):
    """Cents of one person under one name (benefit, combined maximum or deductible group)."""

    person_id: str
    name: str
    cents: int


class ServiceRow(TypedDict):
    """``ServiceUse`` of one person under one name (benefit or frequency group), with its visit."""

    person_id: str
    name: str
    visits: int
    units: int
    last_date: str
    visit_date: str
    visit_provider: str
    visit_eligible_cents: int


class AccumulatorsDocument(TypedDict):
    """``Accumulators`` of one certificate and benefit year."""

    contract: str
    certificate: str
    year: int
    version: int
    paid: list[AmountRow]
    deductibles: list[AmountRow]
    services: list[ServiceRow]


def accumulators_to_document(accumulators: Accumulators) -> AccumulatorsDocument:
    return {
        "contract": accumulators.contract,
        "certificate": accumulators.certificate,
        "year": accumulators.year,
        "version": accumulators.version,
        "paid": [_amount_row(key, cents) for key, cents in sorted(accumulators.paid.items())],
        "deductibles": [_amount_row(key, cents) for key, cents in sorted(accumulators.deductibles.items())],
        "services": [_service_row(key, accumulators.services[key]) for key in sorted(accumulators.services)],
    }


def accumulators_from_document(document: object) -> Accumulators:
    """The accumulators that ``accumulators_to_document`` wrote; keys of the storage's own are ignored.

    It is read at full speed, trusting the types of what this module wrote itself.

    Raises:
        InvalidDocumentError: something is missing, or a date is none.
    """
    try:
        return _read(cast("AccumulatorsDocument", document))
    except KeyError as missing:
        raise InvalidDocumentError("accumulators", [Problem("$", f"{missing} is missing")]) from missing
    except (TypeError, ValueError) as wrong:
        raise InvalidDocumentError("accumulators", [Problem("$", str(wrong))]) from wrong


def _read(document: AccumulatorsDocument) -> Accumulators:
    return Accumulators(
        contract=document["contract"],
        certificate=document["certificate"],
        year=document["year"],
        version=document["version"],
        paid={(row["person_id"], row["name"]): row["cents"] for row in document["paid"]},
        deductibles={(row["person_id"], row["name"]): row["cents"] for row in document["deductibles"]},
        services={(row["person_id"], row["name"]): _read_use(row) for row in document["services"]},
    )


def _amount_row(key: Key, cents: int) -> AmountRow:
    return {"person_id": key[0], "name": key[1], "cents": cents}


def _service_row(key: Key, use: ServiceUse) -> ServiceRow:
    return {
        "person_id": key[0],
        "name": key[1],
        "visits": use.visits,
        "units": use.units,
        "last_date": use.last_date.isoformat(),
        "visit_date": use.visit.day.isoformat(),
        "visit_provider": use.visit.provider_key,
        "visit_eligible_cents": use.visit.eligible_cents,
    }


def _read_use(row: ServiceRow) -> ServiceUse:
    return ServiceUse(
        visits=row["visits"],
        units=row["units"],
        last_date=date.fromisoformat(row["last_date"]),
        visit=Visit(date.fromisoformat(row["visit_date"]), row["visit_provider"], row["visit_eligible_cents"]),
    )
