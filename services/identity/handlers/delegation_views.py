"""Delegation as it is shown, and who may see it."""

from datetime import date, datetime, time

from services.identity.domain.accounts import AGENT, PROVIDER
from services.identity.domain.delegation_errors import DelegationUnknownError, ProviderInPersonError
from services.identity.domain.delegations import DelegationRequest, Form
from services.identity.domain.errors import AgentsOnlyError
from services.identity.domain.grants import Grant
from services.identity.handlers.delegation_ports import DelegationRepository
from shared.clock import BUSINESS_ZONE
from shared.contracts import Actor
from shared.contracts.identity.delegation import DelegationView
from shared.contracts.identity.delegation_forms import CertificateView, FormView
from shared.contracts.identity.grants import DelegateGrantView, GrantChanged
from shared.mongo import Session


def provider_in_person(actor: Actor) -> str:
    """The provider of a session that is the provider's own.

    Raises:
        ProviderInPersonError: a delegate, or somebody else altogether.
    """
    if PROVIDER not in actor.roles or actor.provider_id is None or actor.on_behalf_of is not None:
        raise ProviderInPersonError
    return actor.provider_id


def require_agent(actor: Actor) -> str:
    """The account of an agent.

    Raises:
        AgentsOnlyError.
    """
    if AGENT not in actor.roles:
        raise AgentsOnlyError
    return actor.account_id


async def own_request(
    request_id: str, actor: Actor, *, delegations: DelegationRepository, session: Session | None = None
) -> DelegationRequest:
    """A request of the actor's provider.

    Raises:
        ProviderInPersonError, DelegationUnknownError.
    """
    provider_id = provider_in_person(actor)
    request = await delegations.get(request_id, session=session)
    if request is None or request.provider_id != provider_id:
        raise DelegationUnknownError
    return request


def delegation_view(request: DelegationRequest) -> DelegationView:
    """A request with all that its parties sign."""
    return DelegationView.model_validate(
        {
            "request_id": request.request_id,
            "reference": request.reference,
            "provider_id": request.provider_id,
            "provider_name": request.provider_name,
            "provider_email": request.provider_email,
            "delegate_name": request.delegate_name,
            "delegate_email": request.delegate_email,
            "service": request.service.value,
            "valid_from": request.valid_from,
            "valid_to": request.valid_to,
            "language": request.language,
            "state": request.state.value,
            "signatures": tuple(
                {"party": each.party.value, "kind": each.kind.value, "signed_at": each.signed_at}
                for each in request.signatures
            ),
            "form": None if request.form is None else form_view(request.form),
            "reason_code": request.reason,
            "created_at": request.created_at,
            "received_at": request.received_at,
            "decided_at": request.decided_at,
        }
    )


def form_view(form: Form) -> FormView:
    """What is told of a stored form."""
    return FormView(
        sha256=form.sha256,
        size=form.size,
        pages=form.pages,
        slices=form.slices,
        sending_id=form.sending_id,
        certificates=tuple(
            CertificateView(signer=each.signer, issuer=each.issuer, trusted=each.trusted, stated_at=each.stated_at)
            for each in form.certificates
        ),
    )


def grant_view(grant: Grant, *, provider_name: str) -> DelegateGrantView:
    """A grant with the names of both sides."""
    return DelegateGrantView(
        grant_id=grant.grant_id,
        provider_id=grant.provider_id,
        provider_name=provider_name,
        account_id=grant.account_id,
        delegate_name=grant.delegate_name,
        service=grant.service.value,
        status=grant.status.value,
        valid_from=grant.valid_from,
        valid_to=grant.valid_to,
        version=grant.version,
    )


def grant_changed(grant: Grant, *, now: datetime) -> GrantChanged:
    """The event of a grant as it is stored now."""
    return GrantChanged(
        grant_id=grant.grant_id,
        provider_id=grant.provider_id,
        account_id=grant.account_id,
        service=grant.service.value,
        status=grant.status.value,
        valid_from=grant.valid_from,
        valid_to=grant.valid_to,
        version=grant.version,
        changed_at=now,
    )


def noon(day: date) -> datetime:
    """A day as mails take it: an instant that is on it wherever it is read."""
    return datetime.combine(day, time(12), BUSINESS_ZONE)
