"""What was submitted, as the domain has it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from services.claims.domain.facts import ClaimLine, DrugSupply, Provider
from shared.contracts import claims as contract

_THOUSANDTHS: Final = 1_000


def lines_of(lines: Iterable[contract.ClaimLine]) -> tuple[ClaimLine, ...]:
    """Lines of a submission or correction."""
    return tuple(_line(line) for line in lines)


def provider_of(provider: contract.ClaimProvider) -> Provider:
    """As the member stated it."""
    return Provider(name=provider.name, phone=provider.phone or "", id=provider.id or "")


def _line(line: contract.ClaimLine) -> ClaimLine:
    return ClaimLine(
        code=line.code or "",
        service_date=line.service_date,
        units=line.units,
        submitted_cents=line.amount_cents,
        answers=line.answers,
        tooth=line.tooth or "",
        surfaces=line.surfaces or "",
        lab_fee_cents=line.lab_fee_cents,
        drug=_drug(line.drug) if line.drug else None,
        others_paid_cents=line.others_paid_cents,
    )


def _drug(drug: contract.DrugDispensed) -> DrugSupply:
    return DrugSupply(
        din=drug.din,
        quantity_e3=int(Decimal(drug.quantity) * _THOUSANDTHS),
        days_supplied=drug.days_supplied,
        ingredient_cents=drug.ingredient_cents,
        fee_cents=drug.fee_cents,
    )
