"""Plans as they were when claims were decided by them, kept for ever: every decision can be replayed (CLM-8)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from services.claims.domain.catalogue import Catalogue
from services.claims.domain.catalogue_loading import catalogue_from_document
from services.claims.domain.plan import Plan
from services.claims.domain.plan_loading import plan_from_document
from services.claims.domain.procedure_list import services_from_csv, with_services
from shared.errors import Rejected

_BILINGUAL = frozenset({"fr", "en"})


class PlanChangedError(Rejected):
    """A plan says something else than when claims were decided by it under the same version."""

    def __init__(self, code: str, version: int) -> None:
        super().__init__("claims.plan_changed", code=code, version=version)

    def __str__(self) -> str:
        code, version = self.params["code"], self.params["version"]
        return (
            f"plan {code} or the catalogue was changed, and the plan is still version {version}: claims were decided "
            f"by what it said before. Undo the change, or raise `version` in the file of the plan."
        )


@dataclass(frozen=True, slots=True)
class ArchivedPlan:
    """A plan in one version with the catalogue that it was compiled against, both as JSON text, and the list of
    procedures that the catalogue was extended by, as CSV, "" without one.

    ``digest`` covers what decisions depend on: everything but texts for people, which may be improved at any time.
    """

    code: str
    version: int
    digest: str
    plan: str
    catalogue: str
    procedures: str = ""

    @property
    def key(self) -> str:
        return plan_key(self.code, self.version)

    def compiled(self) -> Plan:
        """The plan, as it was compiled then."""
        return plan_from_document(json.loads(self.plan), _catalogue(json.loads(self.catalogue), self.procedures))


def plan_key(code: str, version: int) -> str:
    """Names a plan in one version wherever it is stored."""
    return f"{code}/{version}"


def archived(plan: object, catalogue: object, procedures: str = "") -> ArchivedPlan:
    """What is to be kept of a plan, given the documents of plan and catalogue and the list of procedures.

    Raises:
        InvalidDocumentError: of either.
    """
    compiled = plan_from_document(plan, _catalogue(catalogue, procedures))
    basis = _text([_without_words(plan), _without_words(catalogue), *([procedures] if procedures else [])])
    digest = sha256(basis.encode()).hexdigest()
    return ArchivedPlan(compiled.code, compiled.version, digest, _text(plan), _text(catalogue), procedures)


def require_same(now: ArchivedPlan, then: ArchivedPlan) -> None:
    """The plan says what it said under this version before.

    Raises:
        PlanChangedError.
    """
    if now.digest != then.digest:
        raise PlanChangedError(now.code, now.version)


def _catalogue(document: object, procedures: str) -> Catalogue:
    catalogue = catalogue_from_document(document)
    return with_services(catalogue, services_from_csv(procedures, catalogue)) if procedures else catalogue


def _without_words(value: object) -> object:
    """The document without bilingual texts."""
    if isinstance(value, Mapping):
        if set(value) == _BILINGUAL:
            return None
        return {key: _without_words(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_words(each) for each in value]
    return value


def _text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
