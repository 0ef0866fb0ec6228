"""What was sent, as one claim and the resources that it refers to: contained, or in the same bundle."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.edge.fhir.elements import Element
from services.edge.fhir.library import INCOMING
from services.edge.fhir.refusals import NotSupported, Required, UnknownCode, Unresolved

ROOTS: Final = ("Claim", "Bundle")
BUNDLE_TYPES: Final = ("collection", "message")
MODIFIERS: Final = ("modifierExtension", "implicitRules")
"""A receiver that does not understand these must refuse the resource (R4B, 2.1.0.17 and 2.1.0.13)."""


@dataclass(frozen=True, slots=True)
class Document:
    """The claim, and what came along by the names under which it is referred to."""

    claim: Element
    bundled: Mapping[str, Element] = field(default_factory=dict)

    def referred(self, reference: Element, *types: str) -> Element | None:
        """The resource to which a Reference leads; ``None`` when it only names something (identifier, display).

        Raises:
            Unresolved.
        """
        name = reference.text("reference")
        if name is None:
            return None
        found = self._contained(name[1:]) if name.startswith("#") else self.bundled.get(name)
        if found is None or found.value.get("resourceType") not in types:
            raise Unresolved(reference.at("reference"))
        return found

    def identified(self, reference: Element, system: str, *types: str) -> str | None:
        """The identifier of ``system`` of what a Reference names, given there or in the resource that it leads to."""
        identifier = reference.one("identifier")
        if identifier is not None and identifier.text("system") == system:
            return identifier.text("value")
        resource = self.referred(reference, *types)
        return None if resource is None else identifier_of(resource, system)

    def _contained(self, local_id: str) -> Element | None:
        return next((each for each in self.claim.many("contained") if each.text("id") == local_id), None)


def identifier_of(resource: Element, system: str) -> str | None:
    """The first identifier of a system that a resource has."""
    return next((each.text("value") for each in resource.many("identifier") if each.text("system") == system), None)


def root_of(resource: Mapping[str, object]) -> Element:
    """A Claim or a Bundle, of resources that a claim may come with.

    Raises:
        UnknownCode: another type of resource.
    """
    resource_type = resource.get("resourceType")
    if resource_type not in ROOTS:
        raise UnknownCode("resourceType")
    root = Element(resource, str(resource_type))
    for each in _resources(root):
        if each.path != "Bundle" and each.value.get("resourceType") not in INCOMING:
            raise NotSupported(each.path)
    return root


def document_of(root: Element) -> Document:
    """The one claim in what was sent.

    Raises:
        Refused: none, several, or an element that must not be passed over.
    """
    _without_modifiers(root)
    if root.value["resourceType"] == "Claim":
        return Document(root)
    if root.text("type") not in BUNDLE_TYPES:
        raise NotSupported(root.at("type"))
    entries = [(entry, entry.one("resource")) for entry in root.many("entry")]
    claims = [resource for _, resource in entries if resource and resource.value.get("resourceType") == "Claim"]
    if not claims:
        raise Required("Bundle.entry.resource")
    if len(claims) > 1:
        raise NotSupported(claims[1].path)
    bundled: dict[str, Element] = {}
    for entry, resource in entries:
        if resource is not None:
            bundled |= dict.fromkeys(_names(entry, resource), resource)
    return Document(claims[0], bundled)


def _names(entry: Element, resource: Element) -> Iterator[str]:
    """Its full URL, and ``Type/id`` for references that are relative to the place where the bundle was made."""
    full_url, resource_id = entry.text("fullUrl"), resource.text("id")
    if full_url is not None:
        yield full_url
    if resource_id is not None:
        yield f"{resource.value.get('resourceType')}/{resource_id}"


def _resources(root: Element) -> Iterator[Element]:
    yield root
    if root.value.get("resourceType") == "Bundle":
        for entry in root.many("entry"):
            resource = entry.one("resource")
            if resource is not None:
                yield from _resources(resource)
    else:
        yield from root.many("contained")


def _without_modifiers(root: Element) -> None:
    waiting: list[tuple[object, str]] = [(root.value, root.path)]
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, list):
            waiting += [(each, f"{path}[{n}]") for n, each in enumerate(value)]
        elif isinstance(value, dict):
            for name in MODIFIERS:
                if name in value:
                    raise NotSupported(f"{path}.{name}")
            waiting += [(each, f"{path}.{name}") for name, each in value.items()]
