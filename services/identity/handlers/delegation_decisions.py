"""Agents decide, in order of receipt (DEL-5, DEL-6)."""

from datetime import datetime

from pydantic import Field

from services.identity.domain.delegate_emails import RoleAddresses
from services.identity.domain.delegation_errors import DelegationUnknownError
from services.identity.domain.delegations import DelegationRequest, State
from services.identity.domain.temporary_password import temporary_password
from services.identity.handlers.acts import note
from services.identity.handlers.delegate_accounts import DelegateAccounts, Mandate, TemporaryPassword
from services.identity.handlers.delegation_ports import DelegationRepository, HolderRepository
from services.identity.handlers.delegation_requests import check_mailboxes
from services.identity.handlers.delegation_views import delegation_view, require_agent
from services.identity.ports import PasswordHasher
from shared.clock import Clock, business_day
from shared.contracts import Command
from shared.contracts.identity.delegation import (
    DecideDelegation,
    DelegationApproved,
    DelegationRefused,
    DelegationsView,
    DelegationView,
    GetProcessingDate,
    ListDelegationQueue,
    ProcessingDateView,
)
from shared.envelopes import Received
from shared.notices import Notices
from shared.outbox import Work


class PreparedDecision(Command):
    """``DecideDelegation`` after its costly part: never on the wire. Without password for refusals."""

    wire_type = "local.prepared_decision.v1"
    decision: DecideDelegation
    password: str = Field(default="", repr=False)
    encoded: str = Field(default="", repr=False)


async def list_delegation_queue(
    received: Received[ListDelegationQueue], *, delegations: DelegationRepository
) -> DelegationsView:
    """A page of requests in order of receipt.

    Raises:
        AgentsOnlyError.
    """
    require_agent(received.require_actor())
    message = received.message
    after = None if message.after is None else _place(message.after)
    found = await delegations.list_by_receipt(State(message.state), after=after, limit=message.limit)
    following = _name_of_place(found[-1]) if len(found) == message.limit else None
    return DelegationsView(delegations=tuple(delegation_view(request) for request in found), next=following)


async def get_processing_date(
    _received: Received[GetProcessingDate], *, delegations: DelegationRepository, clock: Clock
) -> ProcessingDateView:
    """The day on which the oldest undecided request was received; today when none waits. For everybody."""
    oldest = await delegations.list_by_receipt(State.SUBMITTED, after=None, limit=1)
    received_at = oldest[0].received_at if oldest else None
    return ProcessingDateView(processing=business_day(received_at or clock()))


async def prepare_decision(
    received: Received[DecideDelegation], *, hashing: PasswordHasher
) -> Received[PreparedDecision]:
    """Make the temporary password of an approval and hash it, outside any transaction.

    Raises:
        AgentsOnlyError, HashingBusyError.
    """
    require_agent(received.require_actor())
    prepared = PreparedDecision(decision=received.message)
    if received.message.approve:
        password = temporary_password()
        prepared = PreparedDecision(decision=received.message, password=password, encoded=await hashing.hash(password))
    return Received(prepared, received.message_id, received.correlation_id, received.actor, received.trace)


async def decide_delegation(
    received: Received[PreparedDecision],
    work: Work,
    *,
    delegations: DelegationRepository,
    holders: HolderRepository,
    delegates: DelegateAccounts,
    roles: RoleAddresses,
    notices: Notices,
    clock: Clock,
) -> DelegationView:
    """Approve: account where there is none, grant, mails. Refuse: a mail to the provider with the reason.

    Of two agents who decide at once one does; the other is told.

    Raises:
        AgentsOnlyError, DelegationUnknownError, DelegationDecidedError, DelegationNotReceivedError.
        ReasonMismatchError: a refusal without reason, or an approval with one.
        RoleAddressError, EmailsAlikeError, EmailOfAnotherError: an address has become somebody else's meanwhile.
    """
    message, now = received.message.decision, clock()
    agent = require_agent(received.require_actor())
    request = await delegations.get(message.request_id, session=work.session)
    if request is None:
        raise DelegationUnknownError
    decided = request.decide(approve=message.approve, reason=message.reason_code, agent=agent, now=now)
    if message.approve:
        await check_mailboxes(request, delegations=delegations, holders=holders, roles=roles, session=work.session)
    await delegations.save(decided, session=work.session)
    details = {"delegation_request": request.request_id, "decision": decided.state.value}
    note(work, received, "sensitive_update", about=request.provider_id, details=details, clock=clock)
    if message.reason_code is None:
        password = TemporaryPassword(text=received.message.password, encoded=received.message.encoded)
        await _approve(decided, work, received, password=password, delegates=delegates, now=now)
    else:
        _tell_refusal(decided, work, notices)
        work.publish(
            DelegationRefused(
                request_id=request.request_id,
                provider_id=request.provider_id,
                service=request.service.value,
                reason_code=message.reason_code,
                refused_at=now,
            )
        )
    return delegation_view(decided)


async def _approve(
    request: DelegationRequest,
    work: Work,
    received: Received[PreparedDecision],
    *,
    password: TemporaryPassword,
    delegates: DelegateAccounts,
    now: datetime,
) -> None:
    mandate = Mandate(
        provider_id=request.provider_id,
        provider_name=request.provider_name,
        provider_email=request.provider_email,
        provider_language=request.language,
        delegate_name=request.delegate_name,
        delegate_email=request.delegate_email,
        delegate_language=request.language,
        services=(request.service,),
        valid_from=request.valid_from,
        valid_to=request.valid_to,
    )
    (grant,) = await delegates.carry_out(mandate, work, received, password=password)
    work.publish(
        DelegationApproved(
            request_id=request.request_id,
            provider_id=request.provider_id,
            account_id=grant.account_id,
            grant_id=grant.grant_id,
            service=request.service.value,
            approved_at=now,
        )
    )


def _tell_refusal(request: DelegationRequest, work: Work, notices: Notices) -> None:
    values = {
        "request_reference": request.reference,
        "delegate_name": request.delegate_name,
        "service": request.service.value,
        "reason_code": request.reason or "",
    }
    notices.to_address(work, "delegation_refused", request.provider_email, language=request.language, values=values)


def _name_of_place(request: DelegationRequest) -> str:
    received_at = request.received_at or request.created_at
    return f"{received_at.isoformat().replace('+00:00', 'Z')}|{request.request_id}"


def _place(name: str) -> tuple[datetime, str] | None:
    """Where a page begins; from the start for what is no place."""
    instant, _, request_id = name.partition("|")
    try:
        received_at = datetime.fromisoformat(instant)
    except ValueError:
        return None
    return (received_at, request_id) if received_at.tzinfo is not None else None
