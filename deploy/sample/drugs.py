"""Invented drug products in the form of Health Canada's extract: for the demo, for tests, and for measuring where the
real extract is not at hand. Ingredients and codes are real, products and makers are not; every DIN begins with 99.

``python -m deploy.sample.drugs FILE [--count N]`` writes an archive: the same at every run, with every Python.
"""

import csv
import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Annotated, Final

import typer

from deploy.local.environment import PROJECT

COUNT: Final = 200
REAL_SIZE: Final = 13_454
"""Products in the real extract of 2026-04-01."""
SEED: Final = 20_260_401
WRITTEN: Final = (2026, 4, 1, 12, 0, 0)
ANIMALS_EVERY: Final = 7
DIN_BEGINS: Final = 99_000_000

FORMS: Final = {
    "85": ("TABLET", "Comprimé"),
    "5": ("CAPSULE", "Capsule"),
    "134": ("SOLUTION", "Solution"),
    "9": ("CREAM", "Crème"),
    "75": ("TABLET (EXTENDED-RELEASE)", "Comprimé (à libération prolongée)"),
    "79": ("SUSPENSION", "Suspension"),
}
ROUTES: Final = {
    "56": ("ORAL", "Orale"),
    "70": ("TOPICAL", "Topique"),
    "65": ("SUBCUTANEOUS", "Sous-cutanée"),
    "49": ("INTRAVENOUS", "Intraveineuse"),
}
SCHEDULES: Final = {
    "PRESCRIPTION": "Médicaments sur ordonnance",
    "NON-PRESCRIPTION DRUGS": "Médicaments en vente libre",
    "NARCOTICS (CDSA I)": "Stupéfiants (LRCDAS I)",
    "CONTROLLED DRUGS (CDSA III)": "Drogues contrôlées (LRCDAS III)",
    "TARGETED SUBSTANCES (CDSA IV)": "Substances ciblées (LRCDAS IV)",
    "SCHEDULE D": "Annexe D",
}
MAKERS: Final = ("LABORATOIRES BORÉAL", "PHARMA DES PINS", "MAPLEWAY PHARMA INC", "GRANITE HEALTH LTD", "NORDIQ INC")
LINES: Final = ("BOREAL", "PINS", "MAPLEWAY", "GRANITE", "NORDIQ")
BEGINNINGS: Final = ("AL", "BE", "CO", "DU", "ER", "FI", "GA", "LU", "MI", "NO", "RA", "SO", "TE", "VI", "ZO")
MIDDLES: Final = ("LA", "BO", "CRI", "DO", "FRE", "MI", "NA", "PRO", "RU", "STA", "TI", "VE")
ENDINGS: Final = ("CID", "DEX", "FAR", "LIN", "MAX", "NOL", "PAN", "RIL", "TEC", "VAN", "XIA", "ZOR")


@dataclass(frozen=True, slots=True)
class Substance:
    """An active ingredient, and in which strengths and forms it is sold."""

    en: str
    fr: str
    atc: str
    strengths: tuple[str, ...]
    unit: str = "MG"
    form: str = "85"
    route: str = "56"
    schedule: str = "PRESCRIPTION"
    dose: tuple[str, str] = ("", "")
    """Amount and unit in which the strength is contained: ``("5", "ML")``."""


SUBSTANCES: Final = (
    Substance("METFORMIN HYDROCHLORIDE", "Chlorhydrate de metformine", "A10BA02", ("500", "850", "1000")),
    Substance("ATORVASTATIN", "Atorvastatine", "C10AA05", ("10", "20", "40", "80")),
    Substance("AMOXICILLIN", "Amoxicilline", "J01CA04", ("250", "500"), form="5"),
    Substance("AMOXICILLIN", "Amoxicilline", "J01CA04", ("125", "250"), form="79", dose=("5", "ML")),
    Substance("SALBUTAMOL", "Salbutamol", "R03AC02", ("0.5", "1", "2"), form="134", dose=("", "ML")),
    Substance("LEVOTHYROXINE SODIUM", "Lévothyroxine sodique", "H03AA01", ("25", "50", "75", "100"), unit="MCG"),
    Substance("HYDROCORTISONE", "Hydrocortisone", "D07AA02", ("0.5", "1"), unit="%", form="9", route="70"),
    Substance("INSULIN GLARGINE", "Insuline glargine", "A10AE04", ("100",), "UNIT", "134", "65", "SCHEDULE D"),
    Substance("MORPHINE SULFATE", "Sulfate de morphine", "N02AA01", ("5", "10", "30"), schedule="NARCOTICS (CDSA I)"),
    Substance("LORAZEPAM", "Lorazépam", "N05BA06", ("0.5", "1", "2"), schedule="TARGETED SUBSTANCES (CDSA IV)"),
    Substance(
        "METHYLPHENIDATE HYDROCHLORIDE",
        "Chlorhydrate de méthylphénidate",
        "N06BA04",
        ("10", "20", "36"),
        form="75",
        schedule="CONTROLLED DRUGS (CDSA III)",
    ),
    Substance("IBUPROFEN", "Ibuprofène", "M01AE01", ("200", "400"), schedule="NON-PRESCRIPTION DRUGS"),
    Substance("ACETAMINOPHEN", "Acétaminophène", "N02BE01", ("325", "500"), schedule="NON-PRESCRIPTION DRUGS"),
    Substance("CETIRIZINE HYDROCHLORIDE", "Chlorhydrate de cétirizine", "R06AE07", ("5", "10", "20")),
    Substance("OMEPRAZOLE", "Oméprazole", "A02BC01", ("10", "20", "40"), form="5"),
    Substance("RAMIPRIL", "Ramipril", "C09AA05", ("1.25", "2.5", "5", "10"), form="5"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDrug:
    """A product; overrides of its fields are what tests are made of."""

    code: str
    din: str
    name: str
    name_fr: str = ""
    descriptor: str = ""
    company: str = MAKERS[0]
    group: str = "0100000001"
    kind: str = "Human"
    status: str = "MARKETED"
    substances: Sequence[tuple[Substance, str]] = field(default=((SUBSTANCES[0], "500"),))
    """Each with its strength."""
    schedule: str | None = None
    """That of the first substance unless it is said."""
    package: str = "100"
    biosimilar: bool = False


def sample_drugs(count: int = COUNT, *, seed: int = SEED) -> Iterator[SampleDrug]:
    """Products under brand names and under the names of their ingredients, some of them for animals when there are
    many.
    """
    random = Random(seed)  # noqa: S311 - the same products every time is the point
    for number in range(count):
        place = number % len(SUBSTANCES)
        substance, maker = SUBSTANCES[place], random.randrange(len(MAKERS))
        strength = random.choice(substance.strengths)
        brand = random.choice(BEGINNINGS) + random.choice(MIDDLES) + random.choice(ENDINGS)
        own = number % 3 == 0
        yield SampleDrug(
            code=str(number + 1),
            din=f"{DIN_BEGINS + number * 7 + 11:08d}",
            name=brand if own else f"{LINES[maker]}-{substance.en.split()[0]}",
            company=MAKERS[maker],
            group=f"01{place:05d}{substance.strengths.index(strength) + 1:03d}",
            kind="Veterinary" if number % ANIMALS_EVERY == 1 and count > COUNT else "Human",
            substances=((substance, strength),),
        )


def whole_extract() -> bytes:
    """An archive as large as the real one: the real one where it is at hand, invented products otherwise.

    It is looked for under ``ACQUIT_DPD_EXTRACT``, then in the folder of shared data beside the project.
    """
    stated = os.environ.get("ACQUIT_DPD_EXTRACT")
    real = Path(stated) if stated else PROJECT.parent / "shared" / "data" / "dpd" / "allfiles.zip"
    return real.read_bytes() if stated or real.exists() else extract_of(sample_drugs(REAL_SIZE))


def extract_of(drugs: Iterable[SampleDrug], *, changes: Mapping[str, bytes | None] | None = None) -> bytes:
    """The archive of an extract. ``changes`` replace files by what they say, or leave them out."""
    files: dict[str, bytes | None] = {name: _csv(rows) for name, rows in _rows(drugs).items()}
    files |= changes or {}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(zipfile.ZipInfo(name, WRITTEN), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _rows(drugs: Iterable[SampleDrug]) -> dict[str, list[tuple[str, ...]]]:
    """Rows by file, with the columns of the real extract (domain reference §5)."""
    names = ("drug", "status", "comp", "ingred", "form", "route", "schedule", "ther", "package", "biosimilar")
    files: dict[str, list[tuple[str, ...]]] = {f"{name}.txt": [] for name in names}
    for drug in drugs:
        for name, rows in _rows_of(drug).items():
            files[f"{name}.txt"] += rows
    return files


def _rows_of(drug: SampleDrug) -> dict[str, list[tuple[str, ...]]]:
    code, (first, _) = drug.code, drug.substances[0]
    amount, updated = str(len(drug.substances)), "24-DEC-2025"
    schedule = drug.schedule or first.schedule
    product = (code, "", drug.kind, drug.din, drug.name, drug.descriptor, "N", "00135", amount, updated, drug.group)
    address = ("DIN_OWNER", "Y", "Y", "N", "N", "", "1 RUE INVENTÉE", "LAVAL", "QUEBEC", "CANADA", "H7A 1A1")
    return {
        "drug": [(*product, "Humain" if drug.kind == "Human" else "Vétérinaire", drug.name_fr, "")],
        "status": [
            (code, "Y", drug.status, "19-DEC-2025", "COMMERCIALISÉ", "", ""),
            (code, "N", "APPROVED", "24-JAN-2021", "APPROUVÉ", "", ""),
        ],
        "comp": [(code, "", "10001", drug.company, *address, "", "QUÉBEC", "CANADA")],
        "ingred": [_ingredient(code, substance, strength) for substance, strength in drug.substances],
        "form": [(code, first.form, *FORMS[first.form])],
        "route": [(code, first.route, *ROUTES[first.route])],
        "schedule": [(code, schedule, SCHEDULES.get(schedule, ""))],
        "ther": [(code, first.atc, first.en, "")],
        "package": [(code, "", "", "", "", drug.package, "", "")],
        "biosimilar": [(code, "Biosimilar", "Biosimilaire", "6")] if drug.biosimilar else [],
    }


def _ingredient(code: str, substance: Substance, strength: str) -> tuple[str, ...]:
    value, unit = substance.dose
    amount = (strength, substance.unit, "", value, "N", unit, "")
    return (code, substance.atc[-2:], substance.en, "I", *amount, substance.fr, substance.unit, "", unit)


def main(
    file: Annotated[Path, typer.Argument(help="Where the archive goes.")],
    count: Annotated[int, typer.Option(min=1, help="How many products.")] = COUNT,
) -> None:
    """Write an extract of invented products."""
    file.write_bytes(extract_of(sample_drugs(count)))


if __name__ == "__main__":
    typer.run(main)
