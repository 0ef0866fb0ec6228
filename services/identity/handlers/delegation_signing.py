"""Signing in the portal: each party confirms with a code from the own mailbox (DEL-4).

The delegate has no account yet and comes with the reference of the request. Whether a reference is known shows in
nothing but the mailbox: the answer is one, and one row is written in every case.
"""

from datetime import timedelta

from services.identity.domain.delegation_errors import (
    DelegationUnknownError,
    SigningsUsedUpError,
    SigningUnknownError,
)
from services.identity.domain.delegations import (
    SIGNINGS_PER_DAY,
    DelegationRequest,
    Party,
    Signing,
    State,
    normalised_reference,
)
from services.identity.handlers.acts import note
from services.identity.handlers.delegation_ports import DelegationRepository, SigningRepository
from services.identity.handlers.delegation_views import delegation_view, noon, own_request
from shared.clock import Clock
from shared.contracts.identity import SealedCode
from shared.contracts.identity.delegation import (
    ConfirmSigning,
    DelegationView,
    ResendSigningCode,
    SigningStarted,
    StartSigning,
)
from shared.contracts.notification import SendCode
from shared.envelopes import Received
from shared.notices import Notices
from shared.outbox import Work

_DAY = timedelta(hours=24)
_COME_BACK_SECONDS = 3_600


async def start_signing(
    received: Received[StartSigning],
    work: Work,
    *,
    delegations: DelegationRepository,
    signings: SigningRepository,
    clock: Clock,
) -> SigningStarted:
    """Mail a code to the party's address.

    Raises:
        DelegationUnknownError, DelegationDecidedError: told to the provider only.
        SigningsUsedUpError: too many codes for this reference in a day, whether or not it is known.
    """
    message, now = received.message, clock()
    started = SigningStarted(signing_id=message.signing_id)
    if await signings.get(message.signing_id, session=work.session) is not None:
        return started
    request: DelegationRequest | None
    if message.request_id is not None:
        actor, party = received.require_actor(), Party.PROVIDER
        request = await own_request(message.request_id, actor, delegations=delegations, session=work.session)
        request.sign(party, now=now)
        reference = request.reference
    else:
        party, reference = Party.DELEGATE, normalised_reference(message.reference or "")
        request = await delegations.get_by_reference(reference, session=work.session)
    if await signings.count_since(reference, party, since=now - _DAY, session=work.session) >= SIGNINGS_PER_DAY:
        raise SigningsUsedUpError(_COME_BACK_SECONDS)
    signable = request is not None and _signable(request)
    signing = Signing(
        signing_id=message.signing_id,
        reference=reference,
        request_id=request.request_id if request is not None and signable else None,
        party=party,
        started_at=now,
    )
    await signings.add(signing, session=work.session)
    if request is not None and signable:
        _mail_code(request, party, message.code, work)
    return started


async def resend_signing_code(
    received: Received[ResendSigningCode],
    work: Work,
    *,
    delegations: DelegationRepository,
    signings: SigningRepository,
    clock: Clock,
) -> SigningStarted:
    """Mail another code.

    Raises:
        SigningUnknownError: nothing under way.
    """
    message = received.message
    signing = await signings.get(message.signing_id, session=work.session)
    if signing is None or not signing.under_way(clock()):
        raise SigningUnknownError
    request = await delegations.get(signing.request_id or "-", session=work.session)
    if request is not None and _signable(request):
        _mail_code(request, signing.party, message.code, work)
    return SigningStarted(signing_id=signing.signing_id)


async def confirm_signing(
    received: Received[ConfirmSigning],
    work: Work,
    *,
    delegations: DelegationRepository,
    signings: SigningRepository,
    notices: Notices,
    clock: Clock,
) -> DelegationView:
    """The party has signed; the delegate is asked by mail once the provider has. Both: the request is received.

    Raises:
        SigningUnknownError: nothing under way, or a reference that nobody has.
        DelegationUnknownError, DelegationDecidedError.
    """
    now = clock()
    signing = await signings.get(received.message.signing_id, session=work.session)
    if signing is None or signing.request_id is None or now >= signing.expires_at:
        raise SigningUnknownError
    if signing.party is Party.PROVIDER:
        actor = received.require_actor()
        request = await own_request(signing.request_id, actor, delegations=delegations, session=work.session)
    else:
        request = await _existing(signing.request_id, delegations, work)
    if signing.confirmed_at is not None:
        return delegation_view(request)
    signed = request.sign(signing.party, now=now)
    if signed is not request:
        await delegations.save(signed, session=work.session)
    await signings.confirm(signing.signing_id, now=now, session=work.session)
    details = {"delegation_request": request.request_id, "party": signing.party.value}
    note(work, received, "sensitive_update", about=request.provider_id, details=details, clock=clock)
    if signing.party is Party.PROVIDER and not signed.signed_by(Party.DELEGATE):
        _ask_delegate(signed, work, notices)
    return delegation_view(signed)


async def _existing(request_id: str, delegations: DelegationRepository, work: Work) -> DelegationRequest:
    request = await delegations.get(request_id, session=work.session)
    if request is None:
        raise DelegationUnknownError
    return request


def _signable(request: DelegationRequest) -> bool:
    return request.state in {State.DRAFT, State.AWAITING_SIGNATURES}


def _mail_code(request: DelegationRequest, party: Party, code: SealedCode, work: Work) -> None:
    command = SendCode(purpose="delegation", code=code, email=request.email_of(party), language=request.language)
    work.send(command, expires_at=code.expires_at)


def _ask_delegate(request: DelegationRequest, work: Work, notices: Notices) -> None:
    notices.to_address(
        work,
        "delegation_to_sign",
        request.delegate_email,
        language=request.language,
        values={
            "request_reference": request.reference,
            "provider_name": request.provider_name,
            "delegate_name": request.delegate_name,
            "service": request.service.value,
            "valid_from": noon(request.valid_from),
        }
        | ({} if request.valid_to is None else {"valid_to": noon(request.valid_to)}),
    )
