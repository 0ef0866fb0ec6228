"""The CapabilityStatement: what the route table has below ``/fhir/``, and nothing else."""

from collections.abc import Iterable
from typing import Final

from services.edge.fhir.codes import BASE, FHIR_JSON
from services.edge.language import Text
from services.edge.routes.table import Row

CHANGED: Final = "2026-11-22"
"""When what it says last changed."""
_OPERATION: Final = "http://hl7.org/fhir/OperationDefinition/{resource}-{operation}"
_SECURITY: Final = Text(
    "Jeton d’accès d’une personne connectée, en Bearer ; la même connexion que pour le reste de l’API.",
    "Access token of somebody signed in, as Bearer; the same sign-in as for the rest of the API.",
)
_DESCRIPTION: Final = Text(
    "Demandes de règlement en assurance maladie, en FHIR R4B.", "Health-benefit claims in FHIR R4B."
)


def capability_statement(rows: Iterable[Row], *, language: str) -> dict[str, object]:
    """What the routes offer, by resource."""
    resources: dict[str, dict[str, object]] = {}
    for row in rows:
        name, _, rest = row.path.removeprefix(BASE).partition("/")
        if not name[0].isupper():
            continue
        resource = resources.setdefault(name, {"type": name})
        if rest.startswith("$"):
            definition = _OPERATION.format(resource=name, operation=rest[1:])
            _add(
                resource,
                "operation",
                {"name": rest[1:], "definition": definition, "documentation": row.summary[language]},
            )
        else:
            code = "read" if rest else "search-type"
            _add(resource, "interaction", {"code": code, "documentation": row.summary[language]})
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": CHANGED,
        "kind": "instance",
        "software": {"name": "Acquit"},
        "implementation": {"description": _DESCRIPTION[language]},
        "fhirVersion": "4.3.0",
        "format": [FHIR_JSON, "json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": _SECURITY[language]},
                "resource": list(resources.values()),
            }
        ],
    }


def _add(resource: dict[str, object], name: str, element: dict[str, str]) -> None:
    elements = resource.setdefault(name, [])
    if isinstance(elements, list):
        elements.append(element)
