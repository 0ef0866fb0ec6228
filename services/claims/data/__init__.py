"""The catalogue, plans and wording that ship with the service, read from the files beside this module.

Each call reads and validates its files anew: a process calls it once at start.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from services.claims.domain.adjudication import Wording, wording_from_documents
from services.claims.domain.catalogue import Catalogue
from services.claims.domain.catalogue_loading import catalogue_from_document
from services.claims.domain.errors import InvalidDocumentError, Problem
from services.claims.domain.plan import Plan
from services.claims.domain.plan_archive import ArchivedPlan, archived
from services.claims.domain.plan_loading import plan_from_document
from services.claims.domain.procedure_list import services_from_csv, with_services
from services.claims.domain.professions import Professions, professions_from_document

DIRECTORY = Path(__file__).parent
PROCEDURES: Final = "procedures.csv"


def load_catalogue(directory: Path = DIRECTORY) -> Catalogue:
    """The catalogue with the procedures of the directory's own list, where it has one.

    Raises:
        InvalidDocumentError: the catalogue or the list is not valid.
    """
    catalogue = load_catalogue_alone(directory)
    path = directory / PROCEDURES
    if not path.exists():
        return catalogue
    return with_services(catalogue, services_from_csv(path.read_text(encoding="utf-8"), catalogue))


def load_catalogue_alone(directory: Path = DIRECTORY) -> Catalogue:
    """The catalogue without a list of procedures."""
    return catalogue_from_document(_read(directory / "catalogue.json"))


def load_plans(catalogue: Catalogue, directory: Path = DIRECTORY) -> Mapping[str, Plan]:
    """Every plan of ``plans/*.json`` by its code, compiled against the catalogue.

    Raises:
        InvalidDocumentError: a plan is not valid, or two files hold plans with the same code.
    """
    plans: dict[str, Plan] = {}
    for path in sorted((directory / "plans").glob("*.json")):
        plan = plan_from_document(_read(path), catalogue)
        if plan.code in plans:
            raise InvalidDocumentError(path.name, [Problem("$.code", f"{plan.code!r} is the code of another plan")])
        plans[plan.code] = plan
    return plans


def load_archive(directory: Path = DIRECTORY) -> Sequence[ArchivedPlan]:
    """Every plan with catalogue and procedures, as they are archived."""
    catalogue, listed = _read(directory / "catalogue.json"), directory / PROCEDURES
    procedures = listed.read_text(encoding="utf-8") if listed.exists() else ""
    return [archived(_read(path), catalogue, procedures) for path in sorted((directory / "plans").glob("*.json"))]


def load_wording(directory: Path = DIRECTORY, *, catalogue: Catalogue | None = None) -> Wording:
    """Reasons and sentences; with a catalogue, services are told by their names."""
    wording = wording_from_documents(_read(directory / "reasons.json"), _read(directory / "sentences.json"))
    return wording if catalogue is None else replace(wording, services=catalogue.names())


def load_professions(catalogue: Catalogue, directory: Path = DIRECTORY) -> Professions:
    return professions_from_document(_read(directory / "professions.json"), catalogue)


def _read(path: Path) -> object:
    document: object = json.loads(path.read_text(encoding="utf-8"))
    return document
