"""Supporting information of a claim: the authorisation, receipts, answers, days supplied, what others paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.edge.fhir.codes import (
    ADJUDICATION,
    CURRENCIES,
    CURRENCY,
    INFORMATION,
    QUESTION,
    RECEIPT_PREFIX,
)
from services.edge.fhir.documents import Document
from services.edge.fhir.elements import Element, code_in, dollars, exact_cents
from services.edge.fhir.refusals import (
    AuthorisationMissing,
    NotSupported,
    Required,
    UnknownCode,
    Unresolved,
    WrongValue,
)


@dataclass(frozen=True, slots=True)
class Information:
    """What is supported, by the sequence numbers with which items point at it."""

    by_sequence: Mapping[int, tuple[str, Element]]
    pointed_at: frozenset[int]

    def of(self, item: Element, kind: str) -> tuple[Element, ...]:
        """What of one kind concerns an item: what it points at, and what no item points at.

        Raises:
            Unresolved: the item points at nothing.
        """
        own = item.wholes("informationSequence")
        if set(own) - self.by_sequence.keys():
            raise Unresolved(item.at("informationSequence"))
        return tuple(
            element
            for sequence, (found, element) in self.by_sequence.items()
            if found == kind and (sequence in own or sequence not in self.pointed_at)
        )

    def all_of(self, kind: str) -> tuple[Element, ...]:
        """All of one kind."""
        return tuple(element for found, element in self.by_sequence.values() if found == kind)


def information_of(claim: Element) -> Information:
    """The supporting information of a claim.

    Raises:
        Refused.
    """
    found: dict[int, tuple[str, Element]] = {}
    for each in claim.many("supportingInfo"):
        sequence = each.whole("sequence")
        if sequence is None:
            raise Required(each.at("sequence"))
        if sequence in found:
            raise WrongValue(each.at("sequence"))
        found[sequence] = (_kind(each), each)
    pointed_at = frozenset(n for item in claim.many("item") for n in item.wholes("informationSequence"))
    return Information(found, pointed_at)


def _kind(information: Element) -> str:
    """Ours, ``attachment`` for whatever has one, "" for what others put there for others."""
    if information.one("valueAttachment") is not None:
        return "attachment"
    return information.code("category", INFORMATION) or ""


def authorisation_version(information: Information) -> str:
    """The version of the text that the member confirmed (CLM-4).

    Raises:
        AuthorisationMissing.
    """
    for each in information.all_of("authorisation"):
        version = each.text("valueString")
        if version is not None:
            return version
    raise AuthorisationMissing


def receipts_of(information: Information) -> tuple[str, ...]:
    """Ids of receipts that were uploaded before.

    Raises:
        NotSupported: an attachment that is here itself, or elsewhere.
    """
    found: list[str] = []
    for each in information.all_of("attachment"):
        attachment = each.one("valueAttachment")
        url = None if attachment is None else attachment.text("url")
        if url is None or not url.startswith(RECEIPT_PREFIX):
            raise NotSupported(each.at("valueAttachment"))
        found.append(url.removeprefix(RECEIPT_PREFIX))
    return tuple(found)


def answers_of(item: Element, information: Information) -> dict[str, str]:
    """Answers to the questions of the claim type; booleans are ``yes`` and ``no``.

    Raises:
        Refused.
    """
    answers: dict[str, str] = {}
    for each in information.of(item, "answer"):
        question = each.code("code", QUESTION)
        if question is None:
            raise UnknownCode(each.at("code"))
        flag = each.flag("valueBoolean")
        answer = each.text("valueString") if flag is None else ("no", "yes")[flag]
        if answer is None:
            raise Required(each.at("value"))
        if answers.setdefault(question, answer) != answer:
            raise WrongValue(each.path)
    return answers


def others_paid(item: Element, information: Information, document: Document) -> int | None:
    """What insurers before us paid for an item, in cents: as supporting information, or by their ClaimResponses.

    Raises:
        Refused.
    """
    stated = [_amount(each) for each in information.of(item, "others-paid")]
    sequence = item.whole("sequence")
    told = [
        paid
        for insurance in document.claim.many("insurance")
        if insurance.flag("focal") is False and (response := insurance.one("claimResponse")) is not None
        for paid in _benefits(document, response, sequence)
    ]
    if stated and told:
        raise WrongValue(item.at("informationSequence"))
    return sum(stated or told) if stated or told else None


def _amount(information: Element) -> int:
    quantity = information.one("valueQuantity")
    value = None if quantity is None else quantity.number("value")
    if quantity is None or value is None:
        raise Required(information.at("valueQuantity"))
    if (quantity.text("system") or CURRENCIES, quantity.text("code") or CURRENCY) != (CURRENCIES, CURRENCY):
        raise UnknownCode(quantity.at("code"))
    return exact_cents(Fraction(value), quantity.at("value"))


def _benefits(document: Document, reference: Element, sequence: int | None) -> list[int]:
    response = document.referred(reference, "ClaimResponse")
    if response is None:
        raise Unresolved(reference.path)
    return [
        exact_cents(dollars(amount), amount.path)
        for item in response.many("item")
        if item.whole("itemSequence") == sequence
        for adjudication in item.many("adjudication")
        if (category := adjudication.one("category")) is not None
        and code_in(category, ADJUDICATION) == "benefit"
        and (amount := adjudication.one("amount")) is not None
    ]
