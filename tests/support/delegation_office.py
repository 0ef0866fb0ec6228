"""Delegation's use cases on repositories in memory, with a clock that tests move."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from services.identity.domain.accounts import PROVIDER, Account
from services.identity.handlers.views import AccountViews
from services.identity.pdf_forms import PdfForms
from services.identity.routes.delegation import Handlers
from services.identity.wiring import delegation as delegation_wiring
from shared.clock import new_id
from shared.contracts import Actor, Message
from shared.contracts.identity import AccountView
from shared.contracts.identity.delegation import ConfirmSigning, DecideDelegation, DelegationView, StartSigning
from shared.contracts.identity.delegation_forms import FORM_SLICE_BYTES, StoreFormSlice, SubmitForm
from shared.contracts.notification import SendAccessNotice
from shared.notices import Notices
from shared.outbox import Work
from shared.tokens import Binding
from tests.support import delegation_builders as build
from tests.support import delegation_memory as memory
from tests.support import identity_builders, keys
from tests.support.identity_memory import MemoryAccounts


@dataclass(slots=True)
class DelegationOffice:
    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    security: memory.MemoryAdministratorSecurity = field(default_factory=memory.MemoryAdministratorSecurity)
    delegations: memory.MemoryDelegations = field(default_factory=memory.MemoryDelegations)
    grants: memory.MemoryGrants = field(default_factory=memory.MemoryGrants)
    files: memory.MemoryForms = field(default_factory=memory.MemoryForms)
    now: datetime = identity_builders.NOW
    stores: delegation_wiring.Stores = field(init=False)
    handlers: Handlers = field(init=False)

    def __post_init__(self) -> None:
        self.stores = delegation_wiring.Stores(
            accounts=self.accounts,
            delegations=self.delegations,
            signings=memory.MemorySignings(),
            files=self.files,
            grants=self.grants,
            holders=memory.MemoryHolders(self.accounts),
            security=self.security,
        )
        means = delegation_wiring.means_of(
            forms=PdfForms(),
            notices=Notices(keys.public("notification"), clock=self.clock, ids=new_id),
            hashing=identity_builders.hashing(),
            clock=self.clock,
            ids=new_id,
        )
        self.handlers = delegation_wiring.handlers_of(self.stores, means)

    def clock(self) -> datetime:
        return self.now

    async def provider(self, **overrides: Any) -> tuple[Account, Actor]:
        """A provider's account and its owner, signed in."""
        values = {"roles": (PROVIDER,), "provider_id": new_id(), "dossiers": (), "display_name": "Denise Roy"}
        account = identity_builders.account(**(values | overrides))
        await self.accounts.add(account)
        return account, build.provider_actor(str(account.provider_id), account.account_id)

    async def do(self, message: Message, actor: Actor | None = None) -> tuple[Any, Work]:
        """Prepare, handle; the answer and what it caused."""
        received = identity_builders.received(message, actor)
        prepare = self.handlers.preparations.get(type(message))
        if prepare is not None:
            received = await prepare(received)
        work = identity_builders.work_for(received)
        return await self.handlers.writers[type(message)](received, work), work

    async def ask(self, message: Message, actor: Actor | None = None) -> Any:
        return await self.handlers.readers[type(message)](identity_builders.received(message, actor))

    async def sign(self, view: DelegationView, actor: Actor | None) -> tuple[DelegationView, Work]:
        """One party signs: the provider with a session, the delegate with the reference."""
        signing_id, code = new_id(), identity_builders.sealed_code()
        named = {"reference": view.reference} if actor is None else {"request_id": view.request_id}
        await self.do(StartSigning(signing_id=signing_id, code=code, **named), actor)
        signed, work = await self.do(ConfirmSigning(signing_id=signing_id), actor)
        return signed, work

    async def hand_in(
        self, view: DelegationView, content: bytes, actor: Actor, *, signature: str = "scanned", **changes: Any
    ) -> tuple[DelegationView, Work]:
        """Upload a form in slices and submit it."""
        upload_id = new_id()
        parts = [content[at : at + FORM_SLICE_BYTES] for at in range(0, len(content), FORM_SLICE_BYTES)]
        for position, part in enumerate(parts):
            data = b64encode(part).decode()
            await self.ask(
                StoreFormSlice(request_id=view.request_id, upload_id=upload_id, position=position, data=data), actor
            )
        values = {
            "request_id": view.request_id,
            "upload_id": upload_id,
            "slices": len(parts),
            "size": len(content),
            "sha256": sha256(content).hexdigest(),
            "signature": signature,
        }
        return await self.do(SubmitForm.model_validate(values | changes), actor)

    async def submitted(self, actor: Actor, **overrides: Any) -> DelegationView:
        """A request that both parties have signed in the portal."""
        view, _ = await self.do(build.request_delegation(**overrides), actor)
        await self.sign(view, actor)
        signed, _ = await self.sign(view, None)
        return signed

    async def approved(self, actor: Actor, **overrides: Any) -> tuple[DelegationView, Work]:
        """A request that an agent has approved, and what that caused."""
        view = await self.submitted(actor, **overrides)
        decision = DecideDelegation(request_id=view.request_id, approve=True)
        return await self.do(decision, identity_builders.agent())

    async def view_of(self, account_id: str) -> AccountView:
        """What the edge learns of an account now."""
        account = await self.accounts.get(account_id)
        assert account is not None
        contribution = delegation_wiring.grants_of_today(self.stores, clock=self.clock)
        return await AccountViews(contribution, clock=self.clock).of(account)


def notices_of(work: Work) -> dict[str, SendAccessNotice]:
    """The notices that were sent, by kind and address."""
    return {f"{each.kind}>{each.email}": each for each in work.commands if isinstance(each, SendAccessNotice)}


def secret_of(notice: SendAccessNotice) -> str:
    """The temporary password as notification reads it."""
    assert notice.secret is not None
    binding = Binding("secret", notice.delivery_id)
    return keys.opener("notification").open(notice.secret, binding=binding, now=identity_builders.NOW)


def pages_of(content: bytes, *, digitally_signed: bool = False) -> int:
    return asyncio.run(PdfForms().pages(content, digitally_signed=digitally_signed))
