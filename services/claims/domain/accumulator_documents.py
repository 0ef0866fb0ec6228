"""Accumulators ↔ plain JSON-able document: rows instead of pairs as keys, in a fixed order."""

from collections.abc import Mapping
from datetime import date
from typing import TypedDict, cast

from services.claims.domain.accumulators import Accumulators, Key, ServiceUse, Visit
from services.claims.domain.errors import InvalidDocumentError, Problem


class AmountRow(TypedDict):
    """Cents of one person under one name."""

    person_id: str
    name: str
    cents: int


class VisitRow(TypedDict):
    """``Visit`` with its day and provider."""

    date: str
    provider: str
    lines: int
    units: int
    cents: int


class ServiceRow(TypedDict):
    """``ServiceUse`` of one person under one name."""

    person_id: str
    name: str
    visits: list[VisitRow]


class AccumulatorsDocument(TypedDict):
    """``Accumulators`` of one certificate and benefit year."""

    contract: str
    certificate: str
    year: int
    version: int
    paid: list[AmountRow]
    deductibles: list[AmountRow]
    expenses: list[AmountRow]
    services: list[ServiceRow]


def accumulators_to_document(accumulators: Accumulators) -> AccumulatorsDocument:
    return {
        "contract": accumulators.contract,
        "certificate": accumulators.certificate,
        "year": accumulators.year,
        "version": accumulators.version,
        "paid": _amount_rows(accumulators.paid),
        "deductibles": _amount_rows(accumulators.deductibles),
        "expenses": _amount_rows(accumulators.expenses),
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
        paid=_amounts(document["paid"]),
        deductibles=_amounts(document["deductibles"]),
        expenses=_amounts(document["expenses"]),
        services={(row["person_id"], row["name"]): _read_use(row) for row in document["services"]},
    )


def _amount_rows(amounts: Mapping[Key, int]) -> list[AmountRow]:
    return [{"person_id": key[0], "name": key[1], "cents": amounts[key]} for key in sorted(amounts)]


def _amounts(rows: list[AmountRow]) -> dict[Key, int]:
    return {(row["person_id"], row["name"]): row["cents"] for row in rows}


def _service_row(key: Key, use: ServiceUse) -> ServiceRow:
    return {
        "person_id": key[0],
        "name": key[1],
        "visits": [
            {
                "date": day.isoformat(),
                "provider": provider,
                "lines": visit.lines,
                "units": visit.units,
                "cents": visit.eligible_cents,
            }
            for (day, provider), visit in sorted(use.by_day.items())
        ],
    }


def _read_use(row: ServiceRow) -> ServiceUse:
    return ServiceUse(
        {
            (date.fromisoformat(visit["date"]), visit["provider"]): Visit(
                visit["lines"], visit["units"], visit["cents"]
            )
            for visit in row["visits"]
        }
    )
