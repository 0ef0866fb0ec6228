"""Batches of provider claims, as CSV or JSON: read row by row, each row taken or refused on its own (CLM-6).

Several rows of a CSV that follow each other under one reference are lines of one claim.
"""

import asyncio
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any, Final

import orjson
from pydantic import ValidationError

from services.edge.bodies_provider_claims import BatchAnswer, BatchResult, BatchRow
from services.edge.intake import ClaimIntake
from services.edge.problems import Malformed, describe, invalid_body
from shared.contracts import Actor
from shared.contracts.claims.provider_claims import ProviderClaimSubmission
from shared.errors import AppError, Rejected

BYTES_LIMIT: Final = 10_000_000
ROWS_LIMIT: Final = 5_000
AT_ONCE: Final = 100
"""Claims on their way to the broker at a time."""
COLUMNS: Final = (
    "reference",
    "contract_number",
    "certificate_number",
    "birth_date",
    "claim_type",
    "service_date",
    "code",
    "units",
    "amount",
    "tooth",
    "surfaces",
    "lab_fee",
    "din",
    "quantity",
    "days_supplied",
    "ingredient_cost",
    "dispensing_fee",
    "others_paid",
    "authorised",
    "text_version",
)
"""Of a CSV, in any order; what is not needed may be left out. Amounts are dollars, with comma or point."""
REQUIRED_COLUMNS: Final = frozenset(COLUMNS[:6]) | {"amount"}
AMOUNTS: Final = ("amount", "lab_fee", "ingredient_cost", "dispensing_fee", "others_paid")
_AMOUNT_LIMIT: Final = 20
_CENTS: Final = 100


class BatchEmpty(Rejected):
    """There is no claim in it."""

    def __init__(self) -> None:
        super().__init__("claims.batch_empty")


class BatchTooLong(Rejected):
    """More rows than one batch takes."""

    def __init__(self) -> None:
        super().__init__("claims.batch_too_long", maximum=ROWS_LIMIT)


class BatchColumns(Rejected):
    """The header of the CSV lacks a column, or has one that is not known."""

    def __init__(self, column: str) -> None:
        super().__init__("claims.batch_columns", column=column)


class BatchNotUtf8(Rejected):
    """The file is in another encoding."""

    def __init__(self) -> None:
        super().__init__("claims.batch_not_utf8")


class AmountUnreadable(Rejected):
    """A cell of the CSV that holds an amount holds none."""

    def __init__(self, column: str) -> None:
        super().__init__("claims.batch_amount", column=column)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One claim of a batch as it was read: not valid yet, and refused already where a cell cannot be read."""

    line: int
    fields: Mapping[str, Any]
    refusal: AppError | None = None


def read_csv(body: bytes) -> list[Candidate]:
    """The claims of a CSV.

    Raises:
        BatchNotUtf8, BatchColumns, BatchTooLong, BatchEmpty, Malformed.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BatchNotUtf8 from error
    header, _, _ = text.partition("\n")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    try:
        rows = list(_rows(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)))
    except csv.Error as error:
        raise Malformed from error
    return [_claim(list(group)) for _, group in groupby(rows, key=_claim_key)] or _refuse_empty()


def read_json(body: bytes) -> list[Candidate]:
    """The claims of a JSON list; ``line`` is the place in it.

    Raises:
        Malformed, BatchTooLong, BatchEmpty.
    """
    try:
        items = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed from error
    if not isinstance(items, list):
        raise Malformed
    if len(items) > ROWS_LIMIT:
        raise BatchTooLong
    claims = [Candidate(n, item if isinstance(item, dict) else {}) for n, item in enumerate(items, start=1)]
    return claims or _refuse_empty()


async def take(
    candidates: Iterable[Candidate], intake: ClaimIntake, *, key: str, actor: Actor, language: str
) -> BatchAnswer:
    """Every claim that can be taken is; the answer says of each what became of it."""
    limit = asyncio.Semaphore(AT_ONCE)
    seen: dict[str, int] = {}

    async def one(candidate: Candidate) -> BatchResult:
        if candidate.refusal is not None:
            return _refused(candidate, candidate.refusal, language)
        try:
            row = BatchRow.model_validate(candidate.fields)
        except ValidationError as error:
            return _refused(candidate, invalid_body(error), language)
        if seen.setdefault(row.reference, candidate.line) != candidate.line:
            return _refused(candidate, ReferenceRepeated(row.reference, seen[row.reference]), language)
        submission = ProviderClaimSubmission.model_validate(row.model_dump(exclude={"reference"}))
        try:
            async with limit:
                accepted = await intake.submit_for_provider(submission, key=f"{key}|{row.reference}", actor=actor)
        except AppError as error:
            return _refused(candidate, error, language)
        return BatchResult(
            line=candidate.line, reference=row.reference, status="accepted", claim_number=accepted.claim_number
        )

    results = await asyncio.gather(*map(one, candidates))
    accepted = sum(result.status == "accepted" for result in results)
    return BatchAnswer(accepted=accepted, refused=len(results) - accepted, results=tuple(results))


class ReferenceRepeated(Rejected):
    """Another claim of the batch has the reference already."""

    def __init__(self, reference: str, line: int) -> None:
        super().__init__("claims.batch_reference_repeated", reference=reference, line=line)


def _refused(candidate: Candidate, error: AppError, language: str) -> BatchResult:
    problem = describe(error, language=language)
    finding = problem.errors[0] if problem.errors else None
    reference = candidate.fields.get("reference")
    return BatchResult(
        line=candidate.line,
        reference=reference if isinstance(reference, str) else None,
        status="refused",
        code=finding.code if finding else problem.code,
        field=finding.pointer if finding else None,
        detail=finding.detail if finding else problem.detail,
    )


def _refuse_empty() -> list[Candidate]:
    raise BatchEmpty


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Mapping[str, str]


def _rows(reader: Iterator[list[str]]) -> Iterator[_Row]:
    header = [name.strip().lower() for name in next(reader, [])]
    for column in sorted(REQUIRED_COLUMNS - set(header)) + [name for name in header if name not in COLUMNS]:
        raise BatchColumns(column[:_AMOUNT_LIMIT])
    if len(set(header)) != len(header):
        raise BatchColumns(next(name for name in header if header.count(name) > 1))
    for number, cells in enumerate(reader, start=1):
        if number > ROWS_LIMIT:
            raise BatchTooLong
        if any(cell.strip() for cell in cells):
            yield _Row(number + 1, dict(zip(header, (cell.strip() for cell in cells), strict=False)))


def _claim_key(row: _Row) -> str:
    """Rows without a reference are claims of their own, to be refused as such."""
    return row.cells.get("reference") or f"\0{row.line}"


def _claim(rows: list[_Row]) -> Candidate:
    first = rows[0].cells
    patient = {name: first.get(name, "") for name in ("contract_number", "certificate_number", "birth_date")}
    authorised = first.get("authorised", "yes").lower() in {"yes", "oui", "1", "true", "vrai"}
    fields = {
        "reference": first.get("reference", ""),
        "patient": patient,
        "claim_type": first.get("claim_type", ""),
        "authorisation": {"accepted": authorised, "text_version": first.get("text_version") or "1"},
        "lines": [_line(row.cells) for row in rows],
    }
    unreadable = next((column for row in rows for column in AMOUNTS if _is_unreadable(column, row.cells)), None)
    return Candidate(rows[0].line, fields, AmountUnreadable(unreadable) if unreadable else None)


def _is_unreadable(column: str, cells: Mapping[str, str]) -> bool:
    cell = cells.get(column, "")
    return (cell != "" or column in REQUIRED_COLUMNS) and isinstance(_cents(cell), str)


def _line(cells: Mapping[str, str]) -> dict[str, Any]:
    line: dict[str, Any] = {
        "service_date": cells.get("service_date", ""),
        "code": cells.get("code") or None,
        "units": _whole(cells.get("units") or "1"),
        "amount_cents": _cents(cells.get("amount", "")),
        "tooth": cells.get("tooth") or None,
        "surfaces": cells.get("surfaces") or None,
        "lab_fee_cents": _cents(cells.get("lab_fee") or "0"),
        "others_paid_cents": _cents(cells["others_paid"]) if cells.get("others_paid") else None,
    }
    if cells.get("din"):
        line["drug"] = {
            "din": cells["din"],
            "quantity": cells.get("quantity", "").replace(",", "."),
            "days_supplied": _whole(cells.get("days_supplied", "")),
            "ingredient_cents": _cents(cells.get("ingredient_cost", "")),
            "fee_cents": _cents(cells.get("dispensing_fee") or "0"),
        }
    return line


def _whole(text: str) -> int | str:
    """The number; what is none goes on as it is, to be refused by name."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _AMOUNT_LIMIT else text


def _cents(text: str) -> int | str:
    """Dollars as cents, exactly; what is no such amount goes on as it is."""
    if not text.isascii() or len(text) > _AMOUNT_LIMIT or not text.replace(",", ".").replace(".", "", 1).isdecimal():
        return text
    try:
        cents = Decimal(text.replace(",", ".")) * _CENTS
    except InvalidOperation:
        return text
    return int(cents) if cents == cents.to_integral_value() else text
