"""The decision tree and the requests that it leads to (DEL-1, DEL-2, DEL-3)."""

import secrets

from services.identity.domain.accounts import DELEGATE
from services.identity.domain.delegate_emails import Mailbox, RoleAddresses, check_addresses, mailbox_key
from services.identity.domain.delegation_errors import DelegationExistsError
from services.identity.domain.delegation_tree import DecisionTree, Outcome, Question, Wording
from services.identity.domain.delegations import (
    DelegationRequest,
    Service,
    check_dates,
    reference_of,
    service_of,
)
from services.identity.domain.email_address import email_address
from services.identity.domain.errors import AccountUnknownError
from services.identity.handlers.acts import note
from services.identity.handlers.delegation_ports import DelegationRepository, GrantRepository, HolderRepository
from services.identity.handlers.delegation_views import delegation_view, own_request, provider_in_person
from shared.clock import Clock, business_day
from shared.contracts.identity.delegation import (
    BilingualText,
    DelegationsView,
    DelegationTreeView,
    DelegationView,
    FollowDelegationTree,
    GetDelegation,
    GetDelegationTree,
    ListDelegations,
    RequestDelegation,
    TreeAnswerView,
    TreeOutcomeView,
    TreeQuestionView,
    TreeStepView,
    WithdrawDelegation,
)
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work

_LISTED = 200
"""A provider has some dozens of requests in a lifetime."""


async def get_delegation_tree(_received: Received[GetDelegationTree], *, tree: DecisionTree) -> DelegationTreeView:
    """All questions and outcomes, for everybody."""
    return DelegationTreeView(
        first=tree.first,
        questions=tuple(_question_view(question) for question in tree.questions.values()),
        outcomes=tuple(_outcome_view(outcome) for outcome in tree.outcomes.values()),
    )


async def follow_delegation_tree(received: Received[FollowDelegationTree], *, tree: DecisionTree) -> TreeStepView:
    """The next question or the outcome.

    Raises:
        TreeAnswerUnknownError.
    """
    step = tree.follow(received.message.answers)
    if isinstance(step, Question):
        return TreeStepView(question=_question_view(step))
    return TreeStepView(outcome=_outcome_view(step))


async def request_delegation(
    received: Received[RequestDelegation],
    work: Work,
    *,
    delegations: DelegationRepository,
    grants: GrantRepository,
    holders: HolderRepository,
    tree: DecisionTree,
    roles: RoleAddresses,
    clock: Clock,
) -> DelegationView:
    """A draft that both parties can sign; the same request id again is the same draft.

    Raises:
        ProviderInPersonError, DelegationNotPossibleError, DatesInvalidError, RoleAddressError, EmailsAlikeError,
        EmailOfAnotherError, DelegationExistsError: refused, with the reason.
    """
    message, now = received.message, clock()
    provider_id = provider_in_person(received.require_actor())
    known = await delegations.get(message.request_id, session=work.session)
    if known is not None and known.provider_id == provider_id:
        return delegation_view(known)
    provider = (await holders.by_provider([provider_id], session=work.session)).get(provider_id)
    if provider is None:
        raise AccountUnknownError
    service = service_of(tree, message.answers)
    check_dates(message.valid_from, message.valid_to, today=business_day(now))
    request = DelegationRequest(
        request_id=message.request_id,
        reference=reference_of(secrets.randbits(40)),
        provider_id=provider_id,
        requested_by=provider.account_id,
        provider_name=provider.name,
        provider_email=email_address(message.provider_email),
        delegate_name=" ".join(message.delegate_name.split()),
        delegate_email=email_address(message.delegate_email),
        service=service,
        valid_from=message.valid_from,
        valid_to=message.valid_to,
        language=message.language,
        created_at=now,
    )
    await check_mailboxes(request, delegations=delegations, holders=holders, roles=roles, session=work.session)
    await _refuse_second(
        request, delegations=delegations, grants=grants, holders=holders, clock=clock, session=work.session
    )
    await delegations.add(request, session=work.session)
    note(work, received, "sensitive_create", about=provider_id, details=_details(request), clock=clock)
    return delegation_view(request)


async def list_delegations(
    received: Received[ListDelegations], *, delegations: DelegationRepository
) -> DelegationsView:
    """The provider's requests, newest first."""
    provider_id = provider_in_person(received.require_actor())
    found = await delegations.list_by_provider(provider_id, limit=_LISTED)
    return DelegationsView(delegations=tuple(delegation_view(request) for request in found))


async def get_delegation(received: Received[GetDelegation], *, delegations: DelegationRepository) -> DelegationView:
    """One request of the provider.

    Raises:
        DelegationUnknownError: unknown, or another provider's.
    """
    request_id = received.message.request_id
    return delegation_view(await own_request(request_id, received.require_actor(), delegations=delegations))


async def withdraw_delegation(
    received: Received[WithdrawDelegation], work: Work, *, delegations: DelegationRepository, clock: Clock
) -> DelegationView:
    """Take a request back before it is decided.

    Raises:
        DelegationUnknownError, DelegationDecidedError.
    """
    request = await own_request(
        received.message.request_id, received.require_actor(), delegations=delegations, session=work.session
    )
    withdrawn = request.withdraw(now=clock())
    await delegations.save(withdrawn, session=work.session)
    note(work, received, "sensitive_delete", about=request.provider_id, details=_details(request), clock=clock)
    return delegation_view(withdrawn)


async def check_mailboxes(
    request: DelegationRequest,
    *,
    delegations: DelegationRepository,
    holders: HolderRepository,
    roles: RoleAddresses,
    session: Session | None,
) -> None:
    """Both addresses keep to DEL-3, as far as accounts and open requests tell.

    Raises:
        RoleAddressError, EmailsAlikeError, EmailOfAnotherError.
    """
    provider, delegate = request.mailboxes
    keys = {mailbox_key(provider.email), mailbox_key(delegate.email)}
    accounts = await holders.list_by_emails({provider.email, delegate.email, *keys}, session=session)
    others = await delegations.list_open_by_mailboxes(keys, session=session)
    used = [Mailbox(holder.email, holder.name) for holder in accounts]
    used += [mailbox for other in others if other.request_id != request.request_id for mailbox in other.mailboxes]
    check_addresses(provider, delegate, used=used, roles=roles)


async def _refuse_second(
    request: DelegationRequest,
    *,
    delegations: DelegationRepository,
    grants: GrantRepository,
    holders: HolderRepository,
    clock: Clock,
    session: Session | None,
) -> None:
    """One request per delegate and service; none for access that the delegate has without end (DEL-2)."""
    for other in await delegations.list_open_by_mailboxes({request.delegate_key}, session=session):
        same = (other.provider_id, other.delegate_key, other.service)
        if same == (request.provider_id, request.delegate_key, request.service):
            raise DelegationExistsError
    for holder in await holders.list_by_emails({request.delegate_email}, session=session):
        grant = (
            await grants.find(request.provider_id, holder.account_id, request.service.value, session=session)
            if DELEGATE in holder.roles
            else None
        )
        if grant is not None and grant.valid_to is None and grant.standing(business_day(clock())):
            raise DelegationExistsError


def _details(request: DelegationRequest) -> dict[str, str]:
    return {"delegation_request": request.request_id, "service": request.service.value}


def _question_view(question: Question) -> TreeQuestionView:
    return TreeQuestionView(
        question=question.question,
        text=_text(question.text),
        answers=tuple(TreeAnswerView(answer=each.answer, text=_text(each.text)) for each in question.answers),
    )


def _outcome_view(outcome: Outcome) -> TreeOutcomeView:
    service = None if outcome.service is None else Service(outcome.service).value
    return TreeOutcomeView(outcome=outcome.outcome, text=_text(outcome.text), service=service)


def _text(wording: Wording) -> BilingualText:
    return BilingualText(fr=wording.fr, en=wording.en)
