"""Wiring of recovery, account management, step-up and administrator security."""

from dataclasses import dataclass
from functools import partial

from services.identity.domain.passwords import PasswordPolicy
from services.identity.domain.plans import Rules
from services.identity.domain.security_questions import SecurityQuestions
from services.identity.handlers import account_management, administrators, recovery, recovery_answers, step_up
from services.identity.handlers.security_questions import list_administrator_questions
from services.identity.ports import (
    AccountRepository,
    AddressChangeRepository,
    AdministratorRepository,
    DossierRepository,
    PasswordHasher,
    RecoveryRecordRepository,
    RecoveryRepository,
)
from services.identity.routes.recovery import Handlers as RecoveryHandlers
from services.identity.routes.safeguards import Handlers as SafeguardHandlers
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.address_changes import MongoAddressChanges
from services.identity.storage.administrators import MongoAdministrators
from services.identity.storage.recoveries import MongoRecoveries
from services.identity.storage.recoveries_under_way import MongoRecoveriesUnderWay
from services.identity.storage.roster import MongoDossiers
from shared.clock import Clock, utc_now
from shared.mongo import Database
from shared.notices import Notices
from shared.tokens import SecretOpener


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The repositories of these features."""

    accounts: AccountRepository
    dossiers: DossierRepository
    records: RecoveryRecordRepository
    recoveries: RecoveryRepository
    administrators: AdministratorRepository
    changes: AddressChangeRepository

    @classmethod
    def over(cls, database: Database) -> "Stores":
        """All of them, on one database."""
        return cls(
            accounts=MongoAccounts(database),
            dossiers=MongoDossiers(database),
            records=MongoRecoveries(database),
            recoveries=MongoRecoveriesUnderWay(database),
            administrators=MongoAdministrators(database),
            changes=MongoAddressChanges(database),
        )


@dataclass(frozen=True, slots=True)
class Credentials:
    """What these features share."""

    stores: Stores
    opener: SecretOpener
    policy: PasswordPolicy
    hashing: PasswordHasher
    notices: Notices
    rules: Rules
    offered: SecurityQuestions
    clock: Clock = utc_now


def recovery_over(given: Credentials) -> RecoveryHandlers:
    """Recovery (LOG-3, LOG-4, LOG-5)."""
    accounts, records, recoveries = given.stores.accounts, given.stores.records, given.stores.recoveries
    clock = given.clock
    find = partial(recovery.find_account, accounts=accounts)
    hint_of = partial(
        recovery_answers.open_hint,
        rules=given.rules,
        dossiers=given.stores.dossiers,
        opener=given.opener,
        clock=clock,
    )
    return RecoveryHandlers(
        start_recovery=partial(recovery.start_recovery, recoveries=recoveries, find=find, clock=clock),
        resend_recovery_code=partial(recovery.resend_recovery_code, recoveries=recoveries, clock=clock),
        confirm_recovery=partial(recovery.confirm_recovery, recoveries=recoveries, clock=clock),
        check_answers=partial(
            recovery_answers.check_answers,
            recoveries=recoveries,
            records=records,
            opener=given.opener,
            hashing=given.hashing,
            clock=clock,
        ),
        record_answers=partial(
            recovery_answers.record_answers,
            recoveries=recoveries,
            records=records,
            accounts=accounts,
            notices=given.notices,
            clock=clock,
        ),
        prepare_password=partial(
            recovery.prepare_password,
            recoveries=recoveries,
            accounts=accounts,
            opener=given.opener,
            policy=given.policy,
            hashing=given.hashing,
            clock=clock,
        ),
        set_recovered_password=partial(
            recovery.set_recovered_password,
            recoveries=recoveries,
            accounts=accounts,
            notices=given.notices,
            clock=clock,
        ),
        get_recovery=partial(
            recovery_answers.get_recovery,
            recoveries=recoveries,
            records=records,
            accounts=accounts,
            hint_of=hint_of,
            clock=clock,
        ),
    )


def safeguards_over(given: Credentials) -> SafeguardHandlers:
    """Account management (LOG-9), step-up (BNK-3), administrator security (DEL-9)."""
    accounts, records = given.stores.accounts, given.stores.records
    guards, changes = given.stores.administrators, given.stores.changes
    clock, notices, opener, hashing = given.clock, given.notices, given.opener, given.hashing
    return SafeguardHandlers(
        prepare_questions=partial(
            account_management.prepare_questions,
            offered=given.offered,
            accounts=accounts,
            opener=opener,
            hashing=hashing,
            clock=clock,
        ),
        set_security_questions=partial(
            account_management.set_security_questions, records=records, notices=notices, clock=clock
        ),
        prepare_email_change=partial(
            account_management.prepare_email_change, accounts=accounts, opener=opener, hashing=hashing, clock=clock
        ),
        start_email_change=partial(
            account_management.start_email_change, changes=changes, accounts=accounts, clock=clock
        ),
        resend_address_change_code=partial(account_management.resend_address_change_code, changes=changes, clock=clock),
        confirm_email_change=partial(
            account_management.confirm_email_change, changes=changes, accounts=accounts, notices=notices, clock=clock
        ),
        check_step_up=partial(
            step_up.check_step_up, administrators=guards, opener=opener, hashing=hashing, clock=clock
        ),
        start_step_up=partial(step_up.start_step_up, administrators=guards, notices=notices, clock=clock),
        resend_step_up_code=partial(step_up.resend_step_up_code, administrators=guards),
        prepare_administrator=partial(
            administrators.prepare_administrator,
            policy=given.policy,
            accounts=accounts,
            opener=opener,
            hashing=hashing,
            clock=clock,
        ),
        set_administrator_security=partial(
            administrators.set_administrator_security, administrators=guards, changes=changes, clock=clock
        ),
        confirm_administrator_security=partial(
            administrators.confirm_administrator_security,
            administrators=guards,
            changes=changes,
            notices=notices,
            clock=clock,
        ),
        get_administrator_security=partial(administrators.get_administrator_security, administrators=guards),
        list_administrator_questions=list_administrator_questions,
        on_direct_deposit_changed=partial(
            administrators.on_direct_deposit_changed,
            accounts=accounts,
            administrators=guards,
            changes=changes,
            notices=notices,
        ),
    )
