"""The drug list of an extract: its files joined on the drug code, products for people of one status kept (COV-4).

File names and columns: domain reference §5. Files are read one after the other, line by line; what grows with the
extract are the products alone.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import BinaryIO, Final

from services.claims.domain.bilingual import Bilingual
from services.claims.domain.catalogue import Named
from services.claims.domain.drug_archive import ExtractArchive
from services.claims.domain.drug_errors import BadRow, DrugArchiveTooLargeError, DrugListEmptyError, RowProblem
from services.claims.domain.drug_rows import BadRows, Row, RowError, day, rows_of
from services.claims.domain.drugs import Drug, DrugSchedule, Ingredient, ListStatus, schedule_of

SUFFIXES: Final[Mapping[ListStatus, str]] = {
    ListStatus.MARKETED: "",
    ListStatus.APPROVED: "_ap",
    ListStatus.DORMANT: "_dr",
    ListStatus.CANCELLED: "_ia",
}
"""What Health Canada appends to the name of every file."""
PRODUCTS_LIMIT: Final = 100_000
_HUMAN: Final = "Human"
_DIN: Final = re.compile(r"[0-9]{8}")
_NUMBER: Final = re.compile(r"[0-9]{0,15}\.?[0-9]{1,15}")
_NOTHING: Final = frozenset({"", "NIL"})


@dataclass(frozen=True, slots=True)
class Extract:
    """What was in an extract: the products kept, in the order of their DIN, and what was left out."""

    drugs: tuple[Drug, ...]
    written_on: date
    skipped: int
    bad_rows: tuple[BadRow, ...]


def read_extract(file: BinaryIO, *, status: ListStatus = ListStatus.MARKETED, bad: BadRows | None = None) -> Extract:
    """Read and join the files of an extract. Malformed rows refuse it, unless ``bad`` forgives them: then the product
    that such a row is about is left out.

    Raises:
        DrugArchiveError, DrugArchiveTooLargeError, DrugFileMissingError: not an extract.
        DrugRowsRefusedError, DrugListEmptyError.
    """
    bad = bad or BadRows()
    with ExtractArchive(file) as archive:
        joining = _Joining(archive, status, bad)
        joining.read()
        written_on = archive.written_on
    bad.raise_unless_forgiven()
    drugs = tuple(sorted((draft.drug() for draft in joining.kept()), key=lambda drug: drug.din))
    if not drugs:
        raise DrugListEmptyError
    skipped = len(joining.drafts) - len(drugs) - len(joining.spoilt)
    return Extract(drugs, written_on, skipped, tuple(bad.found))


@dataclass(slots=True)
class _Draft:
    """A product while its rows are gathered."""

    din: str
    names: Bilingual
    descriptors: Bilingual
    group: str
    updated_on: date
    status: str = ""
    company: str = ""
    ingredients: list[Ingredient] = field(default_factory=list)
    forms: dict[str, Named] = field(default_factory=dict)
    routes: dict[str, Named] = field(default_factory=dict)
    schedules: set[DrugSchedule] = field(default_factory=set)
    atc: dict[str, Named] = field(default_factory=dict)
    packages: list[str] = field(default_factory=list)
    biosimilar: bool = False

    def drug(self) -> Drug:
        return Drug(
            din=self.din,
            names=self.names,
            descriptors=self.descriptors,
            company=self.company,
            group=self.group,
            updated_on=self.updated_on,
            ingredients=tuple(self.ingredients),
            forms=tuple(self.forms.values()),
            routes=tuple(self.routes.values()),
            schedules=tuple(sorted(self.schedules, key=list(DrugSchedule).index)),
            atc=tuple(self.atc.values()),
            packages=tuple(self.packages),
            biosimilar=self.biosimilar,
        )


class _Joining:
    """Gathers rows by drug code. ``drafts`` has None for products that are none for people."""

    def __init__(self, archive: ExtractArchive, status: ListStatus, bad: BadRows) -> None:
        self._archive = archive
        self._suffix = SUFFIXES[status]
        self._status = status.value.upper()
        self._bad = bad
        self._dins: set[str] = set()
        self._shared: dict[object, object] = {}
        self.drafts: dict[str, _Draft | None] = {}
        self.spoilt: set[str] = set()

    def read(self) -> None:
        """Read every file that says something about products for people."""
        for row in self._rows("drug", 14):
            self._apply(row, self._product)
        self._gather("status", 7, _status)
        self._gather("comp", 18, _company)
        self._gather("ingred", 15, self._ingredient)
        self._gather("form", 4, self._form)
        self._gather("route", 4, self._route)
        self._gather("schedule", 3, _schedule)
        self._gather("ther", 4, self._atc)
        self._gather("package", 8, _package)
        self._gather("biosimilar", 4, _biosimilar, optional=True)

    def kept(self) -> Iterator[_Draft]:
        """Products for people that have the status asked for, and of which every row was well formed."""
        for code, draft in self.drafts.items():
            if draft is not None and code not in self.spoilt and draft.status.startswith(self._status):
                yield draft

    def _rows(self, name: str, columns: int) -> Iterator[Row]:
        return rows_of(self._archive, f"{name}{self._suffix}.txt", columns=columns, bad=self._bad)

    def _gather(self, name: str, columns: int, take: Callable[[_Draft, Row], None], *, optional: bool = False) -> None:
        if optional and f"{name}{self._suffix}.txt" not in self._archive:
            return

        def to_draft(row: Row) -> None:
            if row.code not in self.drafts:
                raise RowError(RowProblem.UNKNOWN_DRUG)
            draft = self.drafts[row.code]
            if draft is not None:
                take(draft, row)

        for row in self._rows(name, columns):
            self._apply(row, to_draft)

    def _apply(self, row: Row, take: Callable[[Row], None]) -> None:
        try:
            take(row)
        except RowError as error:
            self._bad.note(row.file, row.line, error.problem)
            if error.problem is not RowProblem.UNKNOWN_DRUG:
                self.spoilt.add(row.code)

    def _product(self, row: Row) -> None:
        if row.code in self.drafts:
            raise RowError(RowProblem.REPEATED)
        self.drafts[row.code] = None
        if len(self.drafts) > PRODUCTS_LIMIT:
            raise DrugArchiveTooLargeError
        if not _DIN.fullmatch(row[3]):
            raise RowError(RowProblem.DIN)
        if row[3] in self._dins:
            raise RowError(RowProblem.REPEATED)
        self._dins.add(row[3])
        updated_on = day(row[9])
        if row[2] != _HUMAN:
            return
        names, descriptors = Bilingual(fr=row[12] or row[4], en=row[4]), Bilingual(fr=row[13] or row[5], en=row[5])
        if not row[4]:
            raise RowError(RowProblem.EMPTY)
        self.drafts[row.code] = _Draft(row[3], names, descriptors, group=row[10], updated_on=updated_on)

    def _ingredient(self, draft: _Draft, row: Row) -> None:
        strengths = self._texts(
            fr=_strength(row[4], row[12] or row[5], row[7], row[14] or row[9]),
            en=_strength(row[4], row[5], row[7], row[9]),
        )
        draft.ingredients.append(Ingredient(self._texts(fr=row[11] or _filled(row[2]), en=row[2]), strengths))

    def _form(self, draft: _Draft, row: Row) -> None:
        draft.forms[row[1]] = self._named(row[1], fr=row[3], en=_filled(row[2]))

    def _route(self, draft: _Draft, row: Row) -> None:
        draft.routes[row[1]] = self._named(row[1], fr=row[3], en=_filled(row[2]))

    def _atc(self, draft: _Draft, row: Row) -> None:
        code = row[1].rstrip("*")
        if code:
            draft.atc[code] = self._named(code, fr=row[3], en=row[2])

    def _texts(self, *, fr: str, en: str) -> Bilingual:
        """The same texts are one object, however many products they stand at."""
        texts = Bilingual(fr=fr or en, en=en)
        return self._shared.setdefault(texts, texts)  # type: ignore[return-value]

    def _named(self, code: str, *, fr: str, en: str) -> Named:
        named = Named(code, self._texts(fr=fr, en=en))
        return self._shared.setdefault(named, named)  # type: ignore[return-value]


def _filled(text: str) -> str:
    if not text:
        raise RowError(RowProblem.EMPTY)
    return text


def _status(draft: _Draft, row: Row) -> None:
    for text in (row[3], row[6]):
        if text:
            day(text)
    if row[1] not in {"Y", "N"}:
        raise RowError(RowProblem.FLAG)
    if row[1] == "Y":
        if draft.status:
            raise RowError(RowProblem.REPEATED)
        draft.status = _filled(row[2])


def _company(draft: _Draft, row: Row) -> None:
    draft.company = draft.company or row[3]


def _schedule(draft: _Draft, row: Row) -> None:
    draft.schedules.add(schedule_of(_filled(row[1])))


def _package(draft: _Draft, row: Row) -> None:
    text = row[5] or " ".join(part for part in (row[4], row[2], row[3]) if part)
    if text:
        draft.packages.append(text)


def _biosimilar(draft: _Draft, _row: Row) -> None:
    draft.biosimilar = True


def _strength(amount: str, unit: str, dose: str, dose_unit: str) -> str:
    """``100 MG/5 ML``, ``5 MG``, ``2 % W/W``; empty where there is none."""
    amount = _number(amount.strip())
    if not amount:
        return ""
    text = amount if unit in _NOTHING else f"{amount} {unit}"
    if dose_unit in _NOTHING or dose_unit == unit == "%":
        return text
    if "/" in dose_unit:
        return f"{text} {dose_unit}"
    return f"{text}/{_number(dose)} {dose_unit}" if dose else f"{text}/{dose_unit}"


@lru_cache(maxsize=4_096)
def _number(text: str) -> str:
    """Without zeros that say nothing, so that ``5.0`` and ``5`` are one strength; what is no number stays."""
    return f"{Decimal(text).normalize():f}" if _NUMBER.fullmatch(text) else text
