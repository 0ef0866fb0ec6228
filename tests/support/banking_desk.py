"""Banking's use cases put together on given stores, with a clock that tests move and crashes that tests ask for."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from services.banking.carriers import Carrier
from services.banking.domain.cpa005 import BankProfile
from services.banking.gateways import InboxFolder, OutboxFolder
from services.banking.handlers import (
    changes,
    closing,
    deposits,
    enrolment,
    held,
    history,
    names,
    settlements,
    withdrawals,
)
from services.banking.handlers.directory import BUILT_IN, InstitutionDirectory
from services.banking.ports import (
    AccountRepository,
    AccountVault,
    DepositPlanRepository,
    ExceptionRepository,
    HeldDepositRepository,
    PayeeRepository,
)
from shared.consuming import Handler
from shared.contracts import Actor, Event, View
from shared.contracts.banking import (
    ChangeDirectDeposit,
    DirectDepositHeld,
    DirectDepositView,
    EnrolDirectDeposit,
    GetDirectDeposit,
    PayeeOf,
)
from shared.contracts.banking_details import (
    CloseDirectDeposit,
    DirectDepositClosed,
    DirectDepositHistory,
    GetDirectDepositHistory,
    GetPayeeDirectDeposit,
    PayeeDirectDepositView,
)
from shared.contracts.identity.providers import ProviderAccountEnded, ProviderRegistered
from shared.contracts.payments import RunApproved
from shared.envelopes import Received
from shared.outbox import SingleHandler, Work
from tests.support import banking_builders as build
from tests.support import keys
from tests.support.banking_memory import (
    MemoryAccounts,
    MemoryDataKeys,
    MemoryDepositPlans,
    MemoryExceptions,
    MemoryFilesUnderWay,
    MemoryHeldDeposits,
    MemoryPayees,
    MemoryVault,
)

HOLD = timedelta(hours=48)


class Crash(BaseException):
    """The process ends here: nothing but ``finally`` runs after it."""


class Log(Protocol):
    """The message log: groups, and work that no message started."""

    def group(self, name: str, handler: SingleHandler) -> Handler: ...

    async def run(self, work_id: str, work: Callable[[Work], Awaitable[None]]) -> None: ...

    async def published(self) -> Sequence[Event]: ...


@dataclass(slots=True)
class MemoryLog:
    """Remembers what was handled, as ``Outbox`` does, without transactions."""

    replies: dict[str, bytes | None] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)

    def group(self, name: str, handler: SingleHandler) -> Handler:
        async def submit(received: Received[Any]) -> bytes | None:
            key = f"{name}|{received.message_id}"
            if key not in self.replies:
                work = Work(None, received, source="banking")
                view: View | None = await handler(received, work)
                self.works.append(work)
                self.replies[key] = None if view is None else view.model_dump_json().encode()
            return self.replies[key]

        return submit

    async def run(self, work_id: str, work: Callable[[Work], Awaitable[None]]) -> None:
        async def handler(_received: Received[Any], unit: Work) -> None:
            await work(unit)

        await self.group("local", handler)(Received(GetDirectDeposit(), work_id, work_id))

    async def published(self) -> Sequence[Event]:
        return [event for work in self.works for event in work.events]


@dataclass(slots=True, kw_only=True)
class Desk:
    """The service without its bus."""

    folder: Path
    accounts: AccountRepository = field(default_factory=MemoryAccounts)
    payees: PayeeRepository = field(default_factory=MemoryPayees)
    plans: DepositPlanRepository = field(default_factory=MemoryDepositPlans)
    exceptions: ExceptionRepository = field(default_factory=MemoryExceptions)
    held: HeldDepositRepository = field(default_factory=MemoryHeldDeposits)
    vault: AccountVault = field(default_factory=MemoryVault)
    log: Log = field(default_factory=MemoryLog)
    profile: BankProfile = field(default_factory=build.profile)
    directory: InstitutionDirectory = BUILT_IN
    data_keys: closing.DataKeys = field(default_factory=MemoryDataKeys)
    past: history.HistoryRepository | None = None
    files_under_way: closing.FilesUnderWay | None = None
    now: datetime = build.NOW
    carrier: Carrier | None = None

    def clock(self) -> datetime:
        return self.now

    @property
    def outbox_folder(self) -> Path:
        return self.folder / "to-bank"

    @property
    def inbox_folder(self) -> Path:
        return self.folder / "from-bank"

    @property
    def inbox(self) -> InboxFolder:
        return InboxFolder(self.inbox_folder, originator_id=self.profile.originator_id)

    async def enrol(self, message: EnrolDirectDeposit, actor: Actor, **received: Any) -> DirectDepositView:
        handler = partial(enrolment.enrol, accounts=self.accounts, exceptions=self.exceptions)
        reply = await enrolment.prepare_enrolment(
            build.received(message, actor, **received),
            enrol=self.log.group("banking.enrol_direct_deposit", handler),
            opener=keys.opener("banking"),
            vault=self.vault,
            clock=self.clock,
            directory=self.directory,
        )
        return DirectDepositView.model_validate_json(reply or b"")

    async def change(self, message: ChangeDirectDeposit, actor: Actor) -> DirectDepositView:
        handler = partial(changes.change, accounts=self.accounts, exceptions=self.exceptions)
        reply = await changes.prepare_change(
            build.received(message, actor),
            change=self.log.group("banking.change_direct_deposit", handler),
            opener=keys.opener("banking"),
            vault=self.vault,
            clock=self.clock,
            hold=HOLD,
            directory=self.directory,
        )
        return DirectDepositView.model_validate_json(reply or b"")

    async def hold(self, flow_key: str, secret: str | None = None, **boxes: Any) -> DirectDepositHeld:
        """Hold bank details for an enrolment."""
        reply = await held.prepare_hold(
            build.received(build.holding(flow_key, secret, **boxes)),
            hold=self.log.group("banking.hold_direct_deposit", partial(held.hold, held=self.held)),
            opener=keys.opener("banking"),
            vault=self.vault,
            clock=self.clock,
            directory=self.directory,
        )
        return DirectDepositHeld.model_validate_json(reply or b"")

    async def on_provider_registered(self, event: ProviderRegistered, **received: Any) -> None:
        """Learn that a provider is registered."""
        register = partial(
            held.register_provider,
            accounts=self.accounts,
            payees=self.payees,
            exceptions=self.exceptions,
            held=self.held,
        )
        await held.prepare_provider(
            build.received(event, **received),
            register=self.log.group("banking.on_provider_registered", register),
            held=self.held,
            vault=self.vault,
        )

    async def on_provider_account_ended(self, event: ProviderAccountEnded, **received: Any) -> None:
        """Learn that nobody used a provider's temporary password."""
        handler = partial(withdrawals.withdraw, accounts=self.accounts)
        await withdrawals.on_provider_account_ended(
            build.received(event, **received),
            withdraw=self.log.group("banking.on_provider_account_ended", handler),
            accounts=self.accounts,
            vault=self.vault,
        )

    async def shown(self, actor: Actor, *, payee: PayeeOf = "dossier") -> DirectDepositView:
        request = build.received(GetDirectDeposit(payee=payee), actor)
        return await enrolment.get_direct_deposit(
            request, accounts=self.accounts, vault=self.vault, directory=self.directory
        )

    @property
    def history(self) -> history.HistoryRepository:
        """What the accounts' repository recorded."""
        if self.past is not None:
            return self.past
        assert isinstance(self.accounts, MemoryAccounts)
        return self.accounts.history

    async def own_history(self, actor: Actor, *, payee: PayeeOf = "dossier") -> DirectDepositHistory:
        """What the payee reads."""
        request = build.received(GetDirectDepositHistory(payee=payee), actor)
        return await history.get_history(request, history=self.history)

    async def looked_at(self, payee_id: str | None, actor: Actor) -> PayeeDirectDepositView:
        """What an agent sees."""
        return await history.look_at_payee(
            build.received(GetPayeeDirectDeposit(payee_id=str(payee_id)), actor),
            note_look=self.log.group("banking.note_look", partial(history.note_look, clock=self.clock)),
            accounts=self.accounts,
            history=self.history,
            vault=self.vault,
            directory=self.directory,
        )

    async def close(self, payee_id: str | None, actor: Actor) -> DirectDepositClosed:
        """An agent closes."""
        files = self.files_under_way
        if files is None:
            assert isinstance(self.plans, MemoryDepositPlans)
            files = MemoryFilesUnderWay(self.plans)
        handler = partial(closing.close, accounts=self.accounts, keys=self.data_keys, files=files, clock=self.clock)
        reply = await closing.close_direct_deposit(
            build.received(CloseDirectDeposit(payee_id=str(payee_id), reason="payee_deceased"), actor),
            close=self.log.group("banking.close", handler),
            accounts=self.accounts,
            vault=self.vault,
        )
        return DirectDepositClosed.model_validate_json(reply or b"")

    async def register(self, payee_id: str | None, **overrides: Any) -> None:
        message = build.registered(payee_id, **overrides)
        handler = partial(names.on_member_registered, payees=self.payees)
        await self.log.group("banking.on_member_registered", handler)(build.received(message))

    async def payee(self, *, name: str = "Zoé D’Amours", **boxes: Any) -> str:
        """A payee who can be paid."""
        actor = build.member()
        payee_id = str(actor.dossier_id)
        await self.register(payee_id, holder_name=name)
        await self.enrol(build.enrolment(payee_id, **boxes), actor)
        return payee_id

    async def deposit(self, run: RunApproved, *, crash_at: str | None = None) -> None:
        """Deliver the approval of a run once."""

        def crash_point(name: str) -> None:
            if name == crash_at:
                raise Crash(name)

        reserve = partial(
            deposits.reserve, plans=self.plans, payees=self.payees, profile=self.profile, clock=self.clock
        )
        await deposits.on_run_approved(
            build.received(run),
            reserve=self.log.group("banking.reserve", reserve),
            write=partial(
                deposits.write_deposit_file,
                plans=self.plans,
                accounts=self.accounts,
                vault=self.vault,
                outbox=OutboxFolder(self.outbox_folder, carrier=self.carrier),
                profile=self.profile,
                clock=self.clock,
                directory=self.directory,
                crash_point=crash_point,
            ),
            mark_sent=self.log.group(
                "banking.mark_sent", partial(deposits.mark_sent, plans=self.plans, clock=self.clock)
            ),
            crash_point=crash_point,
        )

    async def import_reports(self) -> None:
        """Import what lies in the inbox."""
        inbox = self.inbox
        for name in await inbox.list_reports():
            await settlements.import_report(
                name,
                inbox=inbox,
                unit_of_work=self.log.run,
                plans=self.plans,
                exceptions=self.exceptions,
                clock=self.clock,
            )

    def files(self) -> list[Path]:
        """All that stands in the outbox, hidden files as well."""
        return sorted(self.outbox_folder.iterdir())
