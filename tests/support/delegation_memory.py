"""Delegation's repositories in memory, with the same promises as those on MongoDB; without transactions."""

# ruff: noqa: ARG002 - the ports have a session

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.identity.domain.accounts import Account, Status
from services.identity.domain.delegate_emails import mailbox_key
from services.identity.domain.delegation_errors import DelegationChangedError, GrantChangedError
from services.identity.domain.delegations import DelegationRequest, Party, Signing, State
from services.identity.domain.grants import Grant, Holder
from shared.mongo import DuplicateKey, Session
from tests.support.identity_memory import MemoryAccounts


class MemoryDelegations:
    def __init__(self) -> None:
        self._requests: dict[str, DelegationRequest] = {}

    async def get(self, request_id: str, *, session: Session | None = None) -> DelegationRequest | None:
        return self._requests.get(request_id)

    async def get_by_reference(self, reference: str, *, session: Session | None = None) -> DelegationRequest | None:
        return next((each for each in self._requests.values() if each.reference == reference), None)

    async def get_by_form(self, sha256: str, *, session: Session | None = None) -> DelegationRequest | None:
        return next((each for each in self._requests.values() if each.form and each.form.sha256 == sha256), None)

    async def add(self, request: DelegationRequest, *, session: Session | None = None) -> None:
        self._check(request)
        if request.request_id in self._requests:
            raise DuplicateKey("_id")
        self._requests[request.request_id] = request

    async def save(self, request: DelegationRequest, *, session: Session | None = None) -> None:
        known = self._requests.get(request.request_id)
        if known is None or known.version != request.version:
            raise DelegationChangedError
        self._check(request)
        self._requests[request.request_id] = replace(request, version=request.version + 1)

    async def list_by_provider(
        self, provider_id: str, *, limit: int, session: Session | None = None
    ) -> Sequence[DelegationRequest]:
        own = [each for each in self._requests.values() if each.provider_id == provider_id]
        return sorted(own, key=lambda each: each.request_id, reverse=True)[:limit]

    async def list_by_sending(self, provider_id: str, sending_id: str) -> Sequence[DelegationRequest]:
        own = await self.list_by_provider(provider_id, limit=1_000)
        return [each for each in reversed(own) if each.form and each.form.sending_id == sending_id]

    async def list_open_by_mailboxes(
        self, keys: Collection[str], *, session: Session | None = None
    ) -> Sequence[DelegationRequest]:
        return [
            each
            for each in self._requests.values()
            if each.state.open and {mailbox_key(mailbox.email) for mailbox in each.mailboxes} & set(keys)
        ]

    async def list_by_receipt(
        self, state: State, *, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[DelegationRequest]:
        found = sorted(
            (each.received_at, each.request_id)
            for each in self._requests.values()
            if each.state is state and each.received_at is not None
        )
        return [self._requests[key] for place in found if after is None or place > after for key in place[1:]][:limit]

    def _check(self, request: DelegationRequest) -> None:
        for other in self._requests.values():
            if other.request_id == request.request_id:
                continue
            same = (other.provider_id, other.delegate_key, other.service) == (
                request.provider_id,
                request.delegate_key,
                request.service,
            )
            if same and other.state.open and request.state.open:
                raise DuplicateKey("delegate_key")
            if other.reference == request.reference:
                raise DuplicateKey("reference")
            if request.form and other.form and request.form.sha256 == other.form.sha256:
                raise DuplicateKey("form.sha256")


class MemorySignings:
    def __init__(self) -> None:
        self._signings: dict[str, Signing] = {}

    async def get(self, signing_id: str, *, session: Session | None = None) -> Signing | None:
        return self._signings.get(signing_id)

    async def add(self, signing: Signing, *, session: Session | None = None) -> None:
        if signing.signing_id in self._signings:
            raise DuplicateKey("_id")
        self._signings[signing.signing_id] = signing

    async def confirm(self, signing_id: str, *, now: datetime, session: Session | None = None) -> None:
        self._signings[signing_id] = replace(self._signings[signing_id], confirmed_at=now)

    async def count_since(
        self, reference: str, party: Party, *, since: datetime, session: Session | None = None
    ) -> int:
        return sum(
            each.reference == reference and each.party is party and each.started_at > since
            for each in self._signings.values()
        )


class MemoryForms:
    def __init__(self) -> None:
        self._slices: dict[tuple[str, int], tuple[str, bytes]] = {}
        self.kept: set[str] = set()

    async def put(self, upload_id: str, position: int, data: bytes, *, request_id: str, now: datetime) -> None:
        self._slices.setdefault((upload_id, position), (request_id, data))

    async def load(self, upload_id: str, *, request_id: str) -> Sequence[bytes]:
        own = {key: data for key, (owner, data) in self._slices.items() if (key[0], owner) == (upload_id, request_id)}
        return [own[key] for key in sorted(own)]

    async def slice(self, upload_id: str, position: int) -> bytes | None:
        found = self._slices.get((upload_id, position))
        return None if found is None else found[1]

    async def keep(self, upload_id: str, *, session: Session | None = None) -> None:
        self.kept.add(upload_id)


class MemoryGrants:
    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    async def get(self, grant_id: str, *, session: Session | None = None) -> Grant | None:
        return self._grants.get(grant_id)

    async def find(
        self, provider_id: str, account_id: str, service: str, *, session: Session | None = None
    ) -> Grant | None:
        row = (provider_id, account_id, service)
        return next((each for each in self._grants.values() if _row(each) == row), None)

    async def add(self, grant: Grant, *, session: Session | None = None) -> None:
        if grant.grant_id in self._grants or await self.find(*_row(grant)) is not None:
            raise DuplicateKey("grants")
        self._grants[grant.grant_id] = grant

    async def save(self, grant: Grant, *, session: Session | None = None) -> None:
        known = self._grants.get(grant.grant_id)
        if known is None or known.version != grant.version:
            raise GrantChangedError
        self._grants[grant.grant_id] = replace(grant, version=grant.version + 1)

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[Grant]:
        return [self._grants[key] for key in sorted(self._grants) if self._grants[key].account_id == account_id]

    async def list_by_provider(self, provider_id: str, *, session: Session | None = None) -> Sequence[Grant]:
        return [self._grants[key] for key in sorted(self._grants) if self._grants[key].provider_id == provider_id]


class MemoryHolders:
    """Reads what ``MemoryAccounts`` has."""

    def __init__(self, accounts: MemoryAccounts) -> None:
        self._accounts = accounts

    async def get(self, account_id: str, *, session: Session | None = None) -> Holder | None:
        account = await self._accounts.get(account_id)
        return None if account is None else _holder(account)

    async def list_by_emails(self, emails: Collection[str], *, session: Session | None = None) -> Sequence[Holder]:
        return [_holder(each) for each in self._accounts._accounts.values() if each.email in emails]

    async def by_provider(
        self, provider_ids: Collection[str], *, session: Session | None = None
    ) -> Mapping[str, Holder]:
        return {
            each.provider_id: _holder(each)
            for each in self._accounts._accounts.values()
            if each.provider_id is not None and each.provider_id in provider_ids
        }


class MemoryAdministratorSecurity:
    def __init__(self) -> None:
        self.providers: set[str] = set()

    async def has_administrator_security(self, provider_id: str, *, session: Session | None = None) -> bool:
        return provider_id in self.providers


def _row(grant: Grant) -> tuple[str, str, str]:
    return grant.provider_id, grant.account_id, grant.service.value


def _holder(account: Account) -> Holder:
    return Holder(
        account_id=account.account_id,
        name=account.display_name,
        email=account.email,
        language=account.language,
        roles=account.roles,
        provider_id=account.provider_id,
        active=account.status is Status.ACTIVE,
    )
