"""The audit, read: one's own acts and those about oneself; all of them for agents (OPS-7, DEL-7)."""

from typing import Final

from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.routes.table import Relay, Row
from shared.contracts.identity.audit import ActsPage, ListActs, SearchAudit

ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/acts",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text(
            "Ce qu’on a fait, et ce qui a été fait à son sujet ou en son nom, du plus récent au plus ancien",
            "What one did, and what was done about one or on one's behalf, newest first",
        ),
        message=ListActs,
        query=("limit", "before"),
        answer=ActsPage,
    ),
    Relay(
        method="GET",
        path="/administration/audit",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Chercher dans le journal des actes", "Search the log of acts"),
        message=SearchAudit,
        query=("account_id", "about", "act", "from_day", "to_day", "limit", "before"),
        answer=ActsPage,
    ),
)
