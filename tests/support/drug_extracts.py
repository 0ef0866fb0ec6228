"""Extracts of the drug list made for one test, and what reading them gives."""

import csv
import io
import zipfile
from itertools import count
from typing import Any

from deploy.sample.drugs import SUBSTANCES, SampleDrug, Substance, extract_of
from services.claims.domain.drug_errors import DrugRowsRefusedError
from services.claims.domain.drug_list import Extract, read_extract
from services.claims.domain.drug_rows import BadRows
from services.claims.domain.drugs import Drug

_numbers = count(1)
METFORMIN, ATORVASTATIN, *_ = SUBSTANCES
BY_NAME = {substance.en: substance for substance in SUBSTANCES}


def product(name: str = "MÉTRIOL", *parts: tuple[Substance, str], **overrides: Any) -> SampleDrug:
    """A product of its own DIN; ``parts`` are substances with strengths."""
    number = next(_numbers)
    fields = {"code": str(number), "din": f"{99_000_000 + number}", "name": name}
    return SampleDrug(**{**fields, **({"substances": parts} if parts else {}), **overrides})


def extract(*products: SampleDrug, **changes: bytes | None) -> bytes:
    """An archive; ``drug=b"…"`` replaces ``drug.txt``, None leaves it out."""
    return extract_of(products or (product(),), changes={f"{name}.txt": text for name, text in changes.items()})


def rows(archive: bytes, file: str) -> list[list[str]]:
    """The rows of a file, read without any code of ours."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return list(csv.reader(io.StringIO(opened.read(f"{file}.txt").decode(), newline="")))


def written(*lines: list[str]) -> bytes:
    """Rows as a file of an extract."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()


def read(archive: bytes, **options: Any) -> Extract:
    return read_extract(io.BytesIO(archive), **options)


def drugs(*products: SampleDrug) -> tuple[Drug, ...]:
    return read(extract(*products)).drugs


def refused_rows(archive: bytes, *, limit: int = 100, skip: bool = False) -> list[tuple[str, int, str]]:
    """File, line and problem of every row for which an extract is refused."""
    try:
        read(archive, bad=BadRows(skip=skip, limit=limit))
    except DrugRowsRefusedError as error:
        return [(row.file, row.line, row.problem.value) for row in error.rows]
    return []
