"""What delegation needs from storage and from PDF. ``session`` is the transaction to take part in."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.identity.domain.delegations import CertificateSignature, DelegationRequest, Party, Signing, State
from services.identity.domain.grants import Grant, Holder
from shared.mongo import Session


class DelegationRepository(Protocol):
    """Requests. One open request per provider, delegate and service; one request per form."""

    async def get(self, request_id: str, *, session: Session | None = None) -> DelegationRequest | None: ...

    async def get_by_reference(self, reference: str, *, session: Session | None = None) -> DelegationRequest | None: ...

    async def get_by_form(self, sha256: str, *, session: Session | None = None) -> DelegationRequest | None: ...

    async def add(self, request: DelegationRequest, *, session: Session | None = None) -> None:
        """Write a new request; raises ``DuplicateKey`` when one like it is open."""
        ...

    async def save(self, request: DelegationRequest, *, session: Session | None = None) -> None:
        """Replace a request if its version is still the stored one, which is raised by one.

        Raises:
            DelegationChangedError: another change came first.
        """
        ...

    async def list_by_provider(
        self, provider_id: str, *, limit: int, session: Session | None = None
    ) -> Sequence[DelegationRequest]:
        """Newest first."""
        ...

    async def list_by_sending(self, provider_id: str, sending_id: str) -> Sequence[DelegationRequest]: ...

    async def list_open_by_mailboxes(
        self, keys: Collection[str], *, session: Session | None = None
    ) -> Sequence[DelegationRequest]:
        """Open requests with one of these mailboxes (``mailbox_key``) on either side."""
        ...

    async def list_by_receipt(
        self, state: State, *, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[DelegationRequest]:
        """In order of receipt, from behind (received at, request id)."""
        ...


class SigningRepository(Protocol):
    """Signatures under way; forgotten after a day."""

    async def get(self, signing_id: str, *, session: Session | None = None) -> Signing | None: ...

    async def add(self, signing: Signing, *, session: Session | None = None) -> None: ...

    async def confirm(self, signing_id: str, *, now: datetime, session: Session | None = None) -> None: ...

    async def count_since(
        self, reference: str, party: Party, *, since: datetime, session: Session | None = None
    ) -> int: ...


class FormRepository(Protocol):
    """Slices of uploaded files; those of an upload that nobody submits are forgotten after an hour."""

    async def put(self, upload_id: str, position: int, data: bytes, *, request_id: str, now: datetime) -> None:
        """Keep a slice; the same slice again changes nothing."""
        ...

    async def load(self, upload_id: str, *, request_id: str) -> Sequence[bytes]:
        """All slices in order of position."""
        ...

    async def slice(self, upload_id: str, position: int) -> bytes | None: ...

    async def keep(self, upload_id: str, *, session: Session | None = None) -> None:
        """Keep an upload for good."""
        ...


class GrantRepository(Protocol):
    """Grants: one row per provider, account and service."""

    async def get(self, grant_id: str, *, session: Session | None = None) -> Grant | None: ...

    async def find(
        self, provider_id: str, account_id: str, service: str, *, session: Session | None = None
    ) -> Grant | None: ...

    async def add(self, grant: Grant, *, session: Session | None = None) -> None:
        """Write a new grant; raises ``DuplicateKey`` when there is that row already."""
        ...

    async def save(self, grant: Grant, *, session: Session | None = None) -> None:
        """Replace a grant if its version is still the stored one, which is raised by one.

        Raises:
            GrantChangedError: another change came first.
        """
        ...

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[Grant]: ...

    async def list_by_provider(self, provider_id: str, *, session: Session | None = None) -> Sequence[Grant]: ...


class HolderRepository(Protocol):
    """Accounts as delegation knows them."""

    async def get(self, account_id: str, *, session: Session | None = None) -> Holder | None: ...

    async def list_by_emails(self, emails: Collection[str], *, session: Session | None = None) -> Sequence[Holder]: ...

    async def by_provider(
        self, provider_ids: Collection[str], *, session: Session | None = None
    ) -> Mapping[str, Holder]:
        """The account of each provider that has one."""
        ...


class AdministratorSecurity(Protocol):
    """Whether a provider has set administrator security (DEL-9)."""

    async def has_administrator_security(self, provider_id: str, *, session: Session | None = None) -> bool: ...


class Forms(Protocol):
    """Forms as PDF. Costly: never called inside a transaction."""

    def blank(self, request: DelegationRequest) -> bytes:
        """The form, filled in, with two boxes for signatures."""
        ...

    async def pages(self, content: bytes, *, digitally_signed: bool) -> int:
        """How many pages an uploaded form has, once everything about it is in order.

        Raises:
            FormUnreadableError, FormEncryptedError, FormTooLongError, FormActiveError, FormNotSignedError.
        """
        ...

    async def certificates(self, content: bytes) -> tuple[CertificateSignature, ...]:
        """The digital signatures of a form, oldest first, all of them in order and the last one over the whole file.

        Raises:
            FormSignatureBrokenError: one is not, or there is none.
        """
        ...
