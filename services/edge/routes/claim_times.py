"""How long claims really take (CLM-11). These rows stand before those with a claim number in the same place."""

from typing import Final

from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.routes.table import Relay, Row
from shared.contracts.claims.timing import ClaimTimesView, GetClaimTimes

ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/claims/times",
        who=Who.MEMBER,
        feature="claims",
        tag="claims",
        summary=Text(
            "Délais réels des trente derniers jours : médiane et 90e centile",
            "Real times of the last thirty days: median and 90th percentile",
        ),
        message=GetClaimTimes,
        answer=ClaimTimesView,
    ),
)
