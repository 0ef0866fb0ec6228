"""Bodies of bank details beyond enrolling and changing."""

from services.edge.bodies import Body
from shared.contracts.banking_details import ClosingReason


class DirectDepositClosingRequest(Body):
    """Why a payee's direct deposit ends."""

    reason: ClosingReason
