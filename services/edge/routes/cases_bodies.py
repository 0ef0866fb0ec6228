"""Bodies of the routes about cases."""

from pydantic import Field

from services.edge.bodies import Body
from shared.contracts.identity.cases import Resolution


class CaseResolutionRequest(Body):
    """What an agent decides, and why."""

    resolution: Resolution
    note: str = Field(min_length=1, max_length=500)
