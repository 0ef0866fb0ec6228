"""A list of dental procedures as CSV → services of the catalogue; every mistake is named by its line.

The form is described in ``services/claims/data/README.md``.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from services.claims.domain.bilingual import Bilingual
from services.claims.domain.catalogue import Ask, Catalogue, ClaimType, Service
from services.claims.domain.catalogue_loading import MOST_MINUTES, MOST_UNITS, problems_of_asks
from services.claims.domain.dental import MOST_SURFACES, ProcedureCode
from services.claims.domain.errors import InvalidDocumentError, Problem

REQUIRED: Final = ("code", "name_fr", "name_en", "claim_type")
COLUMNS: Final = (*REQUIRED, "like", "asks", "surfaces", "units", "unit_minutes")
LONGEST_NAME: Final = 200
_ASKS: Final = {ask.value: ask for ask in (Ask.TOOTH, Ask.AREA, Ask.SURFACES, Ask.LAB_FEE)}


def services_from_csv(text: str, catalogue: Catalogue) -> Mapping[str, tuple[Service, ...]]:
    """The services of the list by claim type, in the order of their codes.

    ``text`` is separated by commas, or by semicolons, as spreadsheets in French write it. The catalogue is the one to
    which they will be added: its codes are taken.

    Raises:
        InvalidDocumentError: with all problems.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text), strict=True)
    taken = frozenset(service.code for each in catalogue.types.values() for service in each.billable)
    problems: list[Problem] = []
    services: dict[str, tuple[str, Service]] = {}
    try:
        header = [name.strip() for name in next(reader, [])]
        problems += _problems_of_header(header)
        for cells in () if problems else reader:
            if any(cell.strip() for cell in cells):
                row = _Row(header, cells, line=reader.line_num, problems=problems)
                service = row.service(catalogue)
                if service.code in services:
                    row.report("code", f"{service.code!r} stands here twice")
                if service.code in taken:
                    row.report("code", f"{service.code!r} is a code of the catalogue already")
                services[service.code] = row.claim_type, service
    except csv.Error as error:
        problems.append(Problem(f"line {reader.line_num}", str(error)))
    if not problems and not services:
        problems.append(Problem("line 2", "must hold at least one procedure"))
    if problems:
        raise InvalidDocumentError("procedures", problems)
    by_type: dict[str, list[Service]] = {}
    for _, (claim_type, service) in sorted(services.items()):
        by_type.setdefault(claim_type, []).append(service)
    return {claim_type: tuple(added) for claim_type, added in by_type.items()}


def with_services(catalogue: Catalogue, added: Mapping[str, tuple[Service, ...]]) -> Catalogue:
    """The catalogue with these services added to its claim types."""
    types = {
        code: replace(claim_type, services=(*claim_type.services, *added.get(code, ())))
        for code, claim_type in catalogue.types.items()
    }
    return replace(catalogue, types=types)


def csv_of_services(by_type: Mapping[str, Iterable[Service]], catalogue: Catalogue) -> str:
    """The list in the form that ``services_from_csv`` reads, always with all columns and commas, sorted by code."""
    rows = sorted(
        _cells(service, catalogue.types[claim_type]) for claim_type, services in by_type.items() for service in services
    )
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows((COLUMNS, *rows))
    return written.getvalue()


def _cells(service: Service, claim_type: ClaimType) -> tuple[str, ...]:
    own = " ".join(ask.value for ask in service.asks if ask not in claim_type.asks)
    numbers = (service.surfaces or "", "" if service.units == 1 else service.units, service.unit_minutes or "")
    names = service.names
    return (service.code, names.fr, names.en, claim_type.code, service.like, own, *map(str, numbers))


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _problems_of_header(header: Sequence[str]) -> list[Problem]:
    wrong = [f"{name!r} is not a column" for name in header if name not in COLUMNS]
    wrong += [f"the column {name!r} is missing" for name in REQUIRED if name not in header]
    wrong += [f"the column {name!r} stands here twice" for name in sorted(set(header)) if header.count(name) > 1]
    return [Problem("line 1", text) for text in wrong]


class _Row:
    """One line of the list; what is wrong with it goes to ``problems``, and neutral values stand in its place."""

    def __init__(self, header: Sequence[str], cells: Sequence[str], *, line: int, problems: list[Problem]) -> None:
        self._line = line
        self._problems = problems
        self._values = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        if len(cells) != len(header):
            self.report("", f"has {len(cells)} cells, the first line has {len(header)}")
        self.claim_type = self._value("claim_type")

    def report(self, column: str, text: str) -> None:
        self._problems.append(Problem(f"line {self._line}, {column}" if column else f"line {self._line}", text))

    def service(self, catalogue: Catalogue) -> Service:
        claim_type = catalogue.types.get(self.claim_type)
        if claim_type is None:
            self.report("claim_type", f"{self.claim_type!r} is not a claim type of the catalogue")
        asks = tuple(dict.fromkeys((*(claim_type.asks if claim_type else ()), *self._asks())))
        surfaces = self._number("surfaces", most=MOST_SURFACES)
        for problem in problems_of_asks(asks, surfaces=surfaces):
            self.report("asks", problem)
        return Service(
            code=self._code(),
            names=Bilingual(fr=self._name("name_fr"), en=self._name("name_en")),
            asks=asks,
            surfaces=surfaces,
            units=self._number("units", most=MOST_UNITS) or 1,
            unit_minutes=self._number("unit_minutes", most=MOST_MINUTES),
            like=self._like(claim_type),
        )

    def _value(self, column: str) -> str:
        return self._values.get(column, "")

    def _code(self) -> str:
        code = self._value("code")
        if ProcedureCode.read(code) is None:
            self.report("code", f"{code!r} must be five digits")
        return code

    def _name(self, column: str) -> str:
        name = self._value(column)
        if not name or len(name) > LONGEST_NAME:
            self.report(column, f"must be a text of at most {LONGEST_NAME} characters that is not empty")
        return name

    def _like(self, claim_type: ClaimType | None) -> str:
        like = self._value("like")
        if like and claim_type and like not in {service.code for service in claim_type.services}:
            self.report("like", f"{like!r} is not a service of {claim_type.code}")
        return like

    def _asks(self) -> list[Ask]:
        names = self._value("asks").split()
        for name in names:
            if name not in _ASKS:
                self.report("asks", f"{name!r} is not one of {', '.join(sorted(_ASKS))}")
        return [_ASKS[name] for name in names if name in _ASKS]

    def _number(self, column: str, *, most: int) -> int | None:
        value = self._value(column)
        if not value:
            return None
        if not (value.isascii() and value.isdecimal() and len(value) <= len(str(most)) and 1 <= int(value) <= most):
            self.report(column, f"{value!r} must be a whole number from 1 to {most}")
            return None
        return int(value)
