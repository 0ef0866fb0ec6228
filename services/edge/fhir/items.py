"""Items of a claim as lines of a submission (CLM-3, CLM-5)."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from services.edge.fhir.codes import CHARGE, DIN, SERVICE, SURFACE, TOOTH
from services.edge.fhir.documents import Document
from services.edge.fhir.elements import Element, dollars, exact_cents
from services.edge.fhir.information import Information, answers_of, others_paid
from services.edge.fhir.refusals import NotSupported, Required, UnknownCode, WrongValue

ELEMENT_OF: Final = {
    "service_date": "servicedDate",
    "code": "productOrService",
    "units": "quantity",
    "amount_cents": "net",
    "answers": "informationSequence",
    "tooth": "bodySite",
    "surfaces": "subSite",
    "lab_fee_cents": "detail",
    "drug": "productOrService",
    "others_paid_cents": "informationSequence",
}
"""Where in an item a field of a line comes from, for what the contract says about the field."""
_UNSUPPORTED: Final = ("servicedPeriod", "factor")
_PARTS: Final = ("lab", "ingredient", "dispensing-fee")
_ONE: Final = Decimal(1)


def line_of(item: Element, information: Information, document: Document) -> dict[str, object]:
    """The fields of a ``ClaimLine``.

    Raises:
        Refused.
    """
    for name in _UNSUPPORTED:
        if name in item.value:
            raise NotSupported(item.at(name))
    day = item.day("servicedDate")
    if day is None:
        raise Required(item.at("servicedDate"))
    quantity = _quantity(item)
    amount = _amount(item, quantity)
    return {
        "service_date": day,
        "amount_cents": amount,
        "answers": answers_of(item, information),
        "others_paid_cents": others_paid(item, information, document),
    } | _service(item, quantity, amount, information)


def _service(item: Element, quantity: Decimal, amount: int, information: Information) -> dict[str, object]:
    parts = _parts(item)
    din = item.code("productOrService", DIN)
    if din is not None:
        if "lab" in parts:
            raise NotSupported(item.at("detail"))
        return {"drug": _drug(item, din, amount, parts, information)}
    code = item.code("productOrService", SERVICE)
    if code is None:
        raise UnknownCode(item.at("productOrService"))
    if parts.keys() - {"lab"}:
        raise NotSupported(item.at("detail"))
    if quantity != int(quantity):
        raise WrongValue(item.at("quantity.value"))
    tooth = {"tooth": _tooth(item)} if "bodySite" in item.value else {}
    surfaces = {"surfaces": _surfaces(item)} if item.many("subSite") else {}
    return {"code": code, "units": int(quantity), "lab_fee_cents": parts.get("lab", 0)} | tooth | surfaces


def _drug(item: Element, din: str, amount: int, parts: dict[str, int], information: Information) -> dict[str, object]:
    if "quantity" not in item.value:
        raise Required(item.at("quantity"))
    supplied = [_days(each) for each in information.of(item, "days-supplied")]
    if not supplied:
        raise Required(item.at("informationSequence"))
    if len(supplied) > 1:
        raise WrongValue(item.at("informationSequence"))
    fee = parts.get("dispensing-fee", 0)
    ingredient = parts.get("ingredient", amount - fee)
    if ingredient + fee != amount:
        raise WrongValue(item.at("net"))
    return {
        "din": din,
        "quantity": format(_quantity(item).normalize(), "f"),
        "days_supplied": supplied[0],
        "ingredient_cents": ingredient,
        "fee_cents": fee,
    }


def _days(information: Element) -> int:
    quantity = information.one("valueQuantity")
    days = None if quantity is None else quantity.whole("value")
    if days is None:
        raise Required(information.at("valueQuantity"))
    return days


def _quantity(item: Element) -> Decimal:
    quantity = item.one("quantity")
    if quantity is None:
        return _ONE
    value = quantity.number("value")
    if value is None:
        raise Required(quantity.at("value"))
    return value


def _amount(item: Element, quantity: Decimal) -> int:
    """``net``, or the quantity at the unit price; where both are given they agree. Details are parts of it."""
    net, unit = item.cents("net"), item.one("unitPrice")
    if unit is None:
        if net is None:
            raise Required(item.at("net"))
        return net
    product = dollars(unit) * Fraction(quantity)
    if net is not None and Fraction(net, 100) != product:
        raise WrongValue(item.at("net"))
    return exact_cents(product, unit.path) if net is None else net


def _parts(item: Element) -> dict[str, int]:
    parts: dict[str, int] = {}
    for detail in item.many("detail"):
        part = detail.code("productOrService", CHARGE)
        if part not in _PARTS:
            raise UnknownCode(detail.at("productOrService"))
        for name in ("factor", "subDetail"):
            if name in detail.value:
                raise NotSupported(detail.at(name))
        parts[part] = parts.get(part, 0) + _amount(detail, _quantity(detail))
    return parts


def _tooth(item: Element) -> str:
    tooth = item.code("bodySite", TOOTH)
    if tooth is None:
        raise UnknownCode(item.at("bodySite"))
    return tooth


def _surfaces(item: Element) -> str:
    """The surfaces of all sites together, each once and in the order given."""
    letters: dict[str, None] = {}
    for site in item.many("subSite"):
        code = Element({"subSite": site.value}, item.path).code("subSite", SURFACE)
        if code is None:
            raise UnknownCode(site.path)
        letters |= dict.fromkeys(code)
    return "".join(letters)
