"""Bodies of requests about payment runs."""

from pydantic import Field

from services.edge.bodies import Body


class StopRunRequest(Body):
    """Why a run is stopped (PAY-8)."""

    reason: str = Field(min_length=1, max_length=500, examples=["Doublon dans le registre des fournisseurs"])
