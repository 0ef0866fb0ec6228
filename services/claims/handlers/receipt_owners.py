"""As whom a caller owns papers."""

from services.claims.domain.receipt_errors import UploaderRefusedError
from services.claims.domain.receipts import Owner
from shared.contracts import Actor
from shared.contracts.claims.receipts import Uploader

AGENT = "agent"
_BILLING = "billing"
_CLAIMS = "claims"


def owner_of(actor: Actor, uploader: Uploader) -> Owner:
    """The caller on one side.

    Raises:
        UploaderRefusedError: the caller is not on that side, or may not claim there.
    """
    owner = _as_member(actor) if uploader == "member" else _as_provider(actor)
    if owner is None:
        raise UploaderRefusedError
    return owner


def owners_of(actor: Actor) -> tuple[Owner, ...]:
    """The caller on every side."""
    return tuple(owner for owner in (_as_member(actor), _as_provider(actor)) if owner is not None)


def _as_member(actor: Actor) -> Owner | None:
    if "member" not in actor.roles or actor.dossier_id is None or _CLAIMS not in actor.features:
        return None
    return Owner(actor.account_id, dossier_id=actor.dossier_id)


def _as_provider(actor: Actor) -> Owner | None:
    """A provider, a delegate with a grant for billing, or a machine client of the provider, whose scopes the edge has
    checked.
    """
    if actor.provider_id is None:
        return None
    bills = {"provider", "delegate"} & set(actor.roles) and _BILLING in actor.services
    return Owner(actor.account_id, provider_id=actor.provider_id) if bills or "client" in actor.roles else None
