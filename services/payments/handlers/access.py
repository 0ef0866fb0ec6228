"""Who may ask what."""

from typing import Final

from services.payments.domain.errors import NoDossier, NoProvider
from shared.contracts import Actor
from shared.errors import Forbidden

AGENT: Final = "agent"


class AgentsOnly(Forbidden):
    """Runs and ledger are the insurer's own staff's business."""

    def __init__(self) -> None:
        super().__init__("payments.agents_only")


def require_agent(actor: Actor) -> None:
    """Raise ``AgentsOnly`` unless the caller is an agent."""
    if AGENT not in actor.roles:
        raise AgentsOnly


def payee_of(actor: Actor) -> str:
    """The payee whose payments are the caller's to see: the dossier of the session."""
    if actor.dossier_id is None:
        raise NoDossier
    return actor.dossier_id


def provider_payee_of(actor: Actor) -> str:
    """The payee whose payments a provider, or a delegate acting for one, may see."""
    if actor.provider_id is None:
        raise NoProvider
    return actor.provider_id
