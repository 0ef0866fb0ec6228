"""Banking as a process: everything wired together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from services.banking import routes_details
from services.banking.domain.cpa005 import BankProfile, ReturnsAccount, Separator
from services.banking.encryption import ClientSideVault, read_fingerprint_key, read_master_key
from services.banking.gateways import InboxFolder, OutboxFolder
from services.banking.gateways_returns import ReturnsFolder
from services.banking.handlers import (
    changes,
    closing,
    deposits,
    directory,
    enrolment,
    exception_list,
    held,
    history,
    names,
    return_files,
    returns,
    settlements,
    withdrawals,
)
from services.banking.profiles import load_profile
from services.banking.routes import TOPOLOGY, Handlers, routes
from services.banking.routes_parts import RunPartHandlers
from services.banking.routes_returns import ReturnHandlers, return_routes
from services.banking.settings import Settings
from services.banking.storage import (
    MongoAccounts,
    MongoDepositPlans,
    MongoHeldDeposits,
    MongoPayees,
)
from services.banking.storage_closing import MongoDataKeys, MongoFilesUnderWay
from services.banking.storage_directory import MongoDirectory
from services.banking.storage_history import MongoHistory
from services.banking.storage_parts import MongoRunParts
from services.banking.storage_returns import (
    MongoDetailsFlags,
    MongoExceptionList,
    MongoExceptions,
    MongoLease,
    MongoReturns,
)
from services.banking.wiring_parts import run_part_handlers
from shared.clock import Clock, new_id, utc_now
from shared.contracts.banking import DirectDepositView, GetDirectDeposit
from shared.envelopes import Received
from shared.mongo import Database
from shared.service import Service, run
from shared.settings import read_text
from shared.tokens import SecretOpener, load_private_key


def bank_profile(settings: Settings) -> BankProfile:
    """The originator at its bank; ``ProfileInvalid`` names a value that no file could carry."""
    if settings.bank_profile is not None:
        return load_profile(settings.bank_profile)
    returns_to = None
    if settings.bank_returns_routing is not None:
        returns_to = ReturnsAccount(settings.bank_returns_routing, settings.bank_returns_account.get_secret_value())
    return BankProfile(
        originator_id=settings.bank_originator_id,
        data_centre=settings.bank_data_centre,
        short_name=settings.bank_short_name,
        long_name=settings.bank_long_name,
        returns_to=returns_to,
        separator=Separator[settings.bank_separator.upper()],
        payments_per_record=settings.bank_payments_per_record,
        remembered_file_numbers=settings.bank_remembered_file_numbers,
    )


def open_vault(settings: Settings) -> ClientSideVault:
    """The vault of account numbers, with the keys that only banking may read."""
    return ClientSideVault(
        settings.mongodb_url.get_secret_value(),
        settings.mongodb_database,
        master_key=read_master_key(settings.master_key_file),
        fingerprint_key=read_fingerprint_key(settings.fingerprint_key_file),
        other_master_keys=tuple(map(read_master_key, settings.other_master_key_files)),
    )


def secret_opener(settings: Settings) -> SecretOpener:
    """Opens what is sealed for the present key and for those that it replaced lately."""
    files = (settings.banking_key_file, *settings.retired_banking_key_files)
    return SecretOpener(tuple(load_private_key(read_text(file)) for file in files))


@dataclass(frozen=True, slots=True)
class Stores:
    """The repositories over one database."""

    accounts: MongoAccounts
    payees: MongoPayees
    plans: MongoDepositPlans
    exceptions: MongoExceptions
    held: MongoHeldDeposits
    history: MongoHistory
    directory: MongoDirectory
    data_keys: MongoDataKeys
    files_under_way: MongoFilesUnderWay

    @classmethod
    def over(cls, database: Database) -> "Stores":
        """All of them."""
        return cls(
            MongoAccounts(database),
            MongoPayees(database),
            MongoDepositPlans(database),
            MongoExceptions(database),
            MongoHeldDeposits(database),
            MongoHistory(database),
            MongoDirectory(database),
            MongoDataKeys(database),
            MongoFilesUnderWay(database),
        )


def build(settings: Settings, *, clock: Clock = utc_now) -> Service:
    """The service, ready to be served."""
    profile, vault = bank_profile(settings), open_vault(settings)
    opener = secret_opener(settings)
    service = Service(settings, TOPOLOGY)
    stores = Stores.over(service.database)
    write = partial(
        deposits.write_deposit_file,
        plans=stores.plans,
        accounts=stores.accounts,
        vault=vault,
        outbox=OutboxFolder(settings.outbox_directory),
        profile=profile,
        clock=clock,
        directory=stores.directory,
        crash_point=service.outbox.crash_point,
    )
    in_parts = run_parts_of(service, stores, write, profile=profile, clock=clock)
    handlers = Handlers(
        prepare_enrolment=partial(
            enrolment.prepare_enrolment, opener=opener, vault=vault, clock=clock, directory=stores.directory
        ),
        enrol=partial(enrolment.enrol, accounts=stores.accounts, exceptions=stores.exceptions),
        prepare_change=partial(
            changes.prepare_change,
            opener=opener,
            vault=vault,
            clock=clock,
            hold=timedelta(hours=settings.change_hold_hours),
            directory=stores.directory,
        ),
        change=partial(changes.change, accounts=stores.accounts, exceptions=stores.exceptions),
        prepare_hold=partial(held.prepare_hold, opener=opener, vault=vault, clock=clock, directory=stores.directory),
        hold=partial(held.hold, held=stores.held),
        prepare_provider=partial(held.prepare_provider, held=stores.held, vault=vault),
        register_provider=partial(
            held.register_provider,
            accounts=stores.accounts,
            payees=stores.payees,
            exceptions=stores.exceptions,
            held=stores.held,
        ),
        on_provider_account_ended=partial(withdrawals.on_provider_account_ended, accounts=stores.accounts, vault=vault),
        withdraw=partial(withdrawals.withdraw, accounts=stores.accounts),
        get_direct_deposit=flagged_deposit(service, stores, vault),
        on_member_registered=partial(names.on_member_registered, payees=stores.payees),
        on_run_approved=partial(deposits.on_run_approved, write=write, crash_point=service.outbox.crash_point),
        reserve=partial(deposits.reserve, plans=stores.plans, payees=stores.payees, profile=profile, clock=clock),
        mark_sent=partial(deposits.mark_sent, plans=stores.plans, clock=clock),
        run_parts=in_parts,
    )
    service.include(routes(handlers, service.outbox, service.publisher))
    service.include(routes_details.routes(details_handlers(stores, vault, clock), service.outbox, service.publisher))
    service.background(inbox_watch(settings, stores, unit_of_work=service.outbox.run, clock=clock))
    include_returns(service, settings, stores, opener=opener, clock=clock)
    return service


def flagged_deposit(
    service: Service, stores: Stores, vault: ClientSideVault
) -> Callable[[Received[GetDirectDeposit]], Awaitable[DirectDepositView]]:
    """Bank details as their payee sees them, with what the bank sent back since."""
    return partial(
        exception_list.get_flagged_deposit,
        ask=partial(enrolment.get_direct_deposit, accounts=stores.accounts, vault=vault, directory=stores.directory),
        accounts=stores.accounts,
        flags=MongoDetailsFlags(service.database),
    )


def details_handlers(stores: Stores, vault: ClientSideVault, clock: Clock) -> routes_details.Handlers:
    """Institutions, history and closing."""
    return routes_details.Handlers(
        list_institutions=partial(directory.list_institutions, directory=stores.directory),
        get_branch=partial(directory.get_branch, directory=stores.directory),
        get_history=partial(history.get_history, history=stores.history),
        look_at_payee=partial(
            history.look_at_payee,
            accounts=stores.accounts,
            history=stores.history,
            vault=vault,
            directory=stores.directory,
        ),
        note_look=partial(history.note_look, clock=clock),
        close_direct_deposit=partial(closing.close_direct_deposit, accounts=stores.accounts, vault=vault),
        close=partial(
            closing.close,
            accounts=stores.accounts,
            keys=stores.data_keys,
            files=stores.files_under_way,
            clock=clock,
        ),
    )


def include_returns(
    service: Service, settings: Settings, stores: Stores, *, opener: SecretOpener, clock: Clock
) -> None:
    """Returns and the exception list: messages, and the watched folder (BNK-5)."""
    unit_of_work, flags = service.outbox.run, MongoDetailsFlags(service.database)
    kept = returns.ReturnStores(stores.plans, stores.accounts, stores.exceptions, MongoReturns(service.database), flags)
    apply = partial(returns.import_returns, stores=kept, unit_of_work=unit_of_work, clock=clock)
    originator_id = settings.bank_originator_id
    listed, folder = MongoExceptionList(service.database), ReturnsFolder(settings.inbox_directory)
    handlers = ReturnHandlers(
        import_return_file=partial(
            return_files.import_return_file,
            opener=opener,
            apply=apply,
            unit_of_work=unit_of_work,
            originator_id=originator_id,
            clock=clock,
        ),
        list_exceptions=partial(exception_list.list_exceptions, listed=listed),
        close_exception=partial(exception_list.close_exception, listed=listed, clock=clock),
        on_bank_details_confirmed=partial(exception_list.on_bank_details_confirmed, flags=flags),
    )
    service.include(return_routes(handlers, service.outbox, service.publisher))
    lease = MongoLease(service.database, "returns", holder=new_id(), seconds=settings.returns_lease_seconds)
    import_named = partial(
        return_files.import_from_folder,
        inbox=folder,
        apply=apply,
        unit_of_work=unit_of_work,
        exceptions=stores.exceptions,
        originator_id=originator_id,
        clock=clock,
    )
    service.background(
        partial(
            return_files.watch_returns,
            inbox=folder,
            lease=lease,
            import_named=import_named,
            poll_seconds=settings.inbox_poll_seconds,
            clock=clock,
        )
    )


def run_parts_of(
    service: Service, stores: Stores, write: Callable[[str], Awaitable[None]], *, profile: BankProfile, clock: Clock
) -> RunPartHandlers:
    """What happens to runs that come in several messages."""
    return run_part_handlers(
        MongoRunParts(service.database),
        plans=stores.plans,
        payees=stores.payees,
        profile=profile,
        clock=clock,
        write=write,
        crash_point=service.outbox.crash_point,
    )


def inbox_watch(
    settings: Settings, stores: Stores, *, unit_of_work: settlements.UnitOfWork, clock: Clock
) -> Callable[[], Awaitable[None]]:
    """The import of the bank's reports, to be run for ever."""
    inbox = InboxFolder(settings.inbox_directory, originator_id=bank_profile(settings).originator_id)
    import_report = partial(
        settlements.import_report,
        inbox=inbox,
        unit_of_work=unit_of_work,
        plans=stores.plans,
        exceptions=stores.exceptions,
        clock=clock,
    )
    return partial(
        settlements.watch_inbox, inbox=inbox, import_report=import_report, poll_seconds=settings.inbox_poll_seconds
    )


def main() -> None:
    """Run banking until it is told to stop."""
    settings = Settings()
    run(lambda: build(settings), name="banking", log_level=settings.log_level)


if __name__ == "__main__":
    main()
