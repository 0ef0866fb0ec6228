"""``fhir.resources``, loaded when it is first needed and then off the event loop: it takes most of a second."""

import asyncio
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from pydantic import ValidationError

from services.edge.fhir.refusals import NotConformant, Refused

INCOMING: Final = (
    "Claim",
    "ClaimResponse",
    "Coverage",
    "Medication",
    "MedicationDispense",
    "MedicationRequest",
    "MessageHeader",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
)
"""What may come along in a bundle or contained; the library would load its code for any other resource as well."""


def model_of(resource_type: str) -> Any:
    """The R4B model of a resource type."""
    return getattr(import_module(f"fhir.resources.R4B.{resource_type.lower()}"), resource_type)


async def check(resource: Mapping[str, object]) -> None:
    """Refuse what R4B does not allow.

    Raises:
        NotConformant, Refused.
    """
    await asyncio.to_thread(_check, str(resource["resourceType"]), resource)


def _check(resource_type: str, resource: Mapping[str, object]) -> None:
    model = model_of(resource_type)
    try:
        model.model_validate(resource)
    except ValidationError as error:
        raise NotConformant(error, resource_type) from None
    except (TypeError, AttributeError, LookupError, ArithmeticError, RecursionError) as error:
        # its own validators expect the types that the ones before them let pass
        raise Refused("fhir.value", "structure", resource_type) from error


async def checked(resource: Mapping[str, object]) -> Mapping[str, object]:
    """A resource of ours, when it is as R4B has it; anything else is a defect here, which the boundary reports."""
    await asyncio.to_thread(_vouch, resource)
    return resource


def _vouch(resource: Mapping[str, object]) -> None:
    model_of(str(resource["resourceType"])).model_validate(resource)
