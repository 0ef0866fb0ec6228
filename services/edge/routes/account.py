"""The caller's account and the persons of the dossier."""

from typing import Final

from starlette.requests import Request

from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.routes.table import Relay, Row
from shared.clock import IdMaker
from shared.contracts import Actor
from shared.contracts.identity import AccountView, GetAccount, ListPersons, PersonsView


def own_account(_request: Request, actor: Actor, _ids: IdMaker) -> str:
    """The caller's account, whatever the request says."""
    return actor.account_id


ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/me",
        who=Who.SIGNED_IN,
        tag="account",
        summary=Text("Son propre compte", "One's own account"),
        message=GetAccount,
        made={"account_id": own_account},
        answer=AccountView,
    ),
    Relay(
        method="GET",
        path="/persons",
        who=Who.MEMBER,
        tag="account",
        summary=Text("Personnes couvertes du dossier", "Covered persons of the dossier"),
        message=ListPersons,
        answer=PersonsView,
    ),
)
