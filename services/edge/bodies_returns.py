"""Bodies of what agents do with returned payments, cheques and the bank's exceptions (BNK-5)."""

from datetime import date
from typing import Literal

from pydantic import Field

from services.edge.bodies import Body
from shared.contracts.banking_returns import ExceptionNote
from shared.contracts.payments import PaymentMethod


class ReissueRequest(Body):
    """How a returned payment is paid anew."""

    method: PaymentMethod
    details_confirmed: bool = Field(
        default=False, description="The bank details are right although a deposit came back from them."
    )


class ChequeOutcomeRequest(Body):
    """What became of a cheque."""

    outcome: Literal["cashed", "voided"]
    on: date


class ExceptionClosingRequest(Body):
    """How a finding was dealt with."""

    note: ExceptionNote
