"""The catalogue, plans and wording that ship with the service, read from the files beside this module.

Each call reads and validates its files anew: a process calls it once at start.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.claims.domain.adjudication import Wording, wording_from_documents
from services.claims.domain.catalogue import Catalogue
from services.claims.domain.catalogue_loading import catalogue_from_document
from services.claims.domain.errors import InvalidDocumentError, Problem
from services.claims.domain.plan import Plan
from services.claims.domain.plan_archive import ArchivedPlan, archived
from services.claims.domain.plan_loading import plan_from_document

DIRECTORY = Path(__file__).parent


def load_catalogue(directory: Path = DIRECTORY) -> Catalogue:
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
    """Every plan with the catalogue, as they are archived."""
    catalogue = _read(directory / "catalogue.json")
    return [archived(_read(path), catalogue) for path in sorted((directory / "plans").glob("*.json"))]


def load_wording(directory: Path = DIRECTORY) -> Wording:
    return wording_from_documents(_read(directory / "reasons.json"), _read(directory / "sentences.json"))


def _read(path: Path) -> object:
    document: object = json.loads(path.read_text(encoding="utf-8"))
    return document
