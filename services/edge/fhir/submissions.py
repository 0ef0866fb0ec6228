"""A FHIR claim as the submission that ``POST /claims`` takes (CLM-13).

What a provider's claim shares with a member's is in ``Stated``; only the last step makes a member's submission of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from pydantic import ValidationError

from services.edge.fhir.codes import (
    CLAIM_TYPE,
    KIND,
    ONLY_TYPE,
    PAYEE_TYPE,
    PERSON,
    PROVIDER,
    kind_of,
)
from services.edge.fhir.documents import Document
from services.edge.fhir.elements import Element, code_in
from services.edge.fhir.information import Information, authorisation_version, information_of, receipts_of
from services.edge.fhir.items import ELEMENT_OF, line_of
from services.edge.fhir.refusals import (
    KeyMissing,
    NotConformant,
    NotSupported,
    Required,
    UnknownCode,
    WrongValue,
)
from services.edge.intake import idempotency_key
from shared.contracts.claims import ClaimSubmission

USES: Final = {"claim": "claim", "predetermination": "predetermination"}
_UNSUPPORTED: Final = ("related", "accident")
_ELEMENTS: Final = {
    "claim_type": "type",
    "person_id": "patient",
    "provider": "provider",
    "lines": "item",
    "authorisation": "supportingInfo",
    "receipts": "supportingInfo",
    "predetermination": "insurance",
}


@dataclass(frozen=True, slots=True)
class Stated:
    """What a claim says, whoever submits it: fields of a submission, and the payee that it asks for."""

    fields: Mapping[str, object]
    payee: str | None
    path: str


def key_of(header: str | None, document: Document) -> str:
    """The Idempotency-Key, or one made of the claim's first identifier.

    Raises:
        KeyMissing, IdempotencyKeyMissing: the header is no key.
    """
    if header is not None:
        return idempotency_key(header)
    for identifier in document.claim.many("identifier"):
        system, value = identifier.text("system"), identifier.text("value")
        if system is not None and value is not None:
            return "fhir:" + sha256(f"{system}|{value}".encode()).hexdigest()
    raise KeyMissing


def stated_in(document: Document) -> Stated:
    """What the claim says.

    Raises:
        Refused.
    """
    claim = document.claim
    if claim.text("status") != "active":
        raise NotSupported(claim.at("status"))
    for name in _UNSUPPORTED:
        if name in claim.value:
            raise NotSupported(claim.at(name))
    use = USES.get(claim.text("use") or "")
    if use is None:
        raise NotSupported(claim.at("use"))
    information = information_of(claim)
    lines = [line_of(item, information, document) for item in claim.many("item")]
    _check_total(claim, lines)
    fields = {
        "claim_type": _claim_type(claim),
        "person_id": _person(document),
        "provider": _provider(document),
        "lines": lines,
        "kind": use,
        "receipts": receipts_of(information),
        "predetermination": _estimate(claim),
        "authorisation": _authorisation(information),
    }
    payee = claim.one("payee")
    return Stated(fields, None if payee is None else payee.code("type", PAYEE_TYPE) or "", claim.path)


def member_submission(stated: Stated) -> ClaimSubmission:
    """A member's claim; it is paid to the member.

    Raises:
        Refused, NotConformant.
    """
    if stated.payee not in {None, "subscriber"}:
        raise NotSupported(f"{stated.path}.payee")
    try:
        return ClaimSubmission.model_validate(stated.fields)
    except ValidationError as error:
        raise NotConformant(error, stated.path, place=_place) from None


def _place(location: tuple[str, ...]) -> tuple[str, ...]:
    """The element for a field of the submission, as far as there is one."""
    match location:
        case ("lines", number, field, *_) if field in ELEMENT_OF:
            return ("item", number, ELEMENT_OF[field])
        case ("lines", number, *_):
            return ("item", number)
        case (field, *_) if field in _ELEMENTS:
            return (_ELEMENTS[field],)
        case _:
            return ()


def _authorisation(information: Information) -> dict[str, object]:
    return {"accepted": True, "text_version": authorisation_version(information)}


def _claim_type(claim: Element) -> str:
    """Ours, from the type, the sub-type or the items; HL7's where it says enough.

    Raises:
        Required: which service it is about cannot be told.
        UnknownCode: two different ones, or one that is not of HL7's type.
    """
    concepts = [claim.one("type"), claim.one("subType")]
    for item in claim.many("item"):
        concepts += [item.one("category"), item.one("productOrService")]
    found = {code_in(concept, CLAIM_TYPE) for concept in concepts if concept is not None} - {None}
    kind = claim.code("type", KIND)
    claim_type = next(iter(found), None) or ONLY_TYPE.get(kind or "")
    if len(found) > 1:
        raise UnknownCode(claim.at("type"))
    if claim_type is None:
        raise Required(claim.at("type"))
    if kind is not None and kind != kind_of(claim_type):
        raise UnknownCode(claim.at("type"))
    return claim_type


def _person(document: Document) -> str:
    patient = document.claim.one("patient")
    person = None if patient is None else document.identified(patient, PERSON, "Patient")
    if person is None:
        raise Required(document.claim.at("patient"))
    return person


def _provider(document: Document) -> dict[str, object]:
    claim = document.claim
    reference = claim.one("provider")
    if reference is None:
        raise Required(claim.at("provider"))
    types = ("Practitioner", "Organization", "PractitionerRole")
    resource = document.referred(reference, *types)
    name = reference.text("display") or (None if resource is None else _name(resource))
    if name is None:
        raise Required(claim.at("provider"))
    phone = None if resource is None else _phone(resource)
    return {"id": document.identified(reference, PROVIDER, *types), "name": name, "phone": phone}


def _name(resource: Element) -> str | None:
    match resource.value.get("resourceType"):
        case "Organization":
            return resource.text("name")
        case "Practitioner":
            return next((name for each in resource.many("name") if (name := _human(each))), None)
        case _:
            named = resource.one("practitioner") or resource.one("organization")
            return None if named is None else named.text("display")


def _human(name: Element) -> str | None:
    parts = (*name.texts("given"), name.text("family") or "")
    return name.text("text") or " ".join(part for part in parts if part.strip()) or None


def _phone(resource: Element) -> str | None:
    return next((each.text("value") for each in resource.many("telecom") if each.text("system") == "phone"), None)


def _estimate(claim: Element) -> str | None:
    """The predetermination that the focal insurance quotes.

    Raises:
        NotSupported: more than one, or not exactly one focal insurance.
    """
    focal = [insurance for insurance in claim.many("insurance") if insurance.flag("focal")]
    if len(focal) != 1:
        raise NotSupported(claim.at("insurance"))
    quoted = focal[0].texts("preAuthRef")
    if len(quoted) > 1:
        raise NotSupported(focal[0].at("preAuthRef"))
    return next(iter(quoted), None)


def _check_total(claim: Element, lines: list[dict[str, object]]) -> None:
    total = claim.cents("total")
    amounts = [amount for line in lines if isinstance(amount := line["amount_cents"], int)]
    if total is not None and total != sum(amounts):
        raise WrongValue(claim.at("total"))
