"""Bodies about coverage."""

from services.edge.bodies import Body
from shared.contracts.claims.coverage import OtherCoverageForm


class OtherCoverageRequest(OtherCoverageForm, Body):
    """Another insurer's plan, as the member declares it."""
