"""What is wrong with a resource, and where: FHIR's issue type and the path of the element go with our stable code."""

from collections.abc import Callable, Iterable
from typing import Final, Literal

from pydantic import ValidationError

from services.edge.problems import Invalid
from shared.errors import Rejected

IssueType = Literal["required", "value", "code-invalid", "not-supported", "not-found", "structure", "business-rule"]


class Refused(Rejected):
    """One element of a resource cannot be taken. ``expression`` is made of names of the specification only."""

    def __init__(self, code: str, issue: IssueType, expression: str) -> None:
        super().__init__(code, element=expression)
        self.issue = issue
        self.expression = expression


class Required(Refused):
    """An element without which there is no claim."""

    def __init__(self, expression: str) -> None:
        super().__init__("fhir.required", "required", expression)


class WrongValue(Refused):
    """The element is there and does not hold what it should."""

    def __init__(self, expression: str) -> None:
        super().__init__("fhir.value", "value", expression)


class UnknownCode(Refused):
    """The code or its system is none that we know."""

    def __init__(self, expression: str) -> None:
        super().__init__("fhir.code", "code-invalid", expression)


class NotSupported(Refused):
    """The element would change what the claim means, and we do not do that."""

    def __init__(self, expression: str) -> None:
        super().__init__("fhir.not_supported", "not-supported", expression)


class Unresolved(Refused):
    """The reference leads to nothing in what was sent, or to a resource of another type."""

    def __init__(self, expression: str) -> None:
        super().__init__("fhir.unresolved", "not-found", expression)


class KeyMissing(Refused):
    """Neither an Idempotency-Key nor a Claim.identifier: a repetition could not be told from another claim (CLM-7)."""

    def __init__(self) -> None:
        super().__init__("fhir.idempotency_key", "required", "Claim.identifier")


class AuthorisationMissing(Refused):
    """Nothing says that the member confirmed and authorised the claim (CLM-4)."""

    def __init__(self) -> None:
        super().__init__("claims.authorisation_required", "required", "Claim.supportingInfo")


_MISSING: Final = "model_field_validation.missing"
"""The name that the library has for an element that R4B demands."""
Place = Callable[[tuple[str, ...]], tuple[str, ...]]


def _same(location: tuple[str, ...]) -> tuple[str, ...]:
    return location


class NotConformant(Invalid):
    """Not as R4B, or as our own contract, has it; ``expressions`` are the paths of the findings, which all begin at
    ``root``. ``place`` translates the location of a finding.
    """

    def __init__(self, error: ValidationError, root: str, *, place: Place = _same) -> None:
        super().__init__(error, in_body=True)
        self.findings = tuple(
            (where, "missing" if kind == _MISSING else kind, figures) for where, kind, figures in self.findings
        )
        self.expressions = tuple(_path(root, place(location)) for location, _, _ in self.findings)


def _path(root: str, location: Iterable[str]) -> str:
    """As FHIRPath; it ends before a name that is not ours."""
    path = root
    for part in location:
        if part == "*":
            break
        path += f"[{part}]" if part.isdecimal() else f".{part}"
    return path
