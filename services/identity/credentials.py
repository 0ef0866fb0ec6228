"""Wiring of recovery, account management, step-up and administrator security."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from services.identity.domain.accounts import Account
from services.identity.domain.answers import RecoveryRecord
from services.identity.domain.passwords import PasswordPolicy
from services.identity.handlers import account_management, administrators, recovery, recovery_answers, step_up
from services.identity.handlers.notices import Notices
from services.identity.handlers.recovery import ProviderIdsOf
from services.identity.handlers.recovery_answers import HintOf
from services.identity.ports import PasswordHasher
from services.identity.routes.recovery import Handlers as RecoveryHandlers
from services.identity.routes.safeguards import Handlers as SafeguardHandlers
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.address_changes import MongoAddressChanges
from services.identity.storage.administrators import MongoAdministrators
from services.identity.storage.recoveries import MongoRecoveries
from services.identity.storage.recoveries_under_way import MongoRecoveriesUnderWay
from shared.clock import Clock, utc_now
from shared.mongo import Database
from shared.tokens import SecretOpener


def no_providers(_number: str) -> Collection[str]:
    """Where no providers are registered, no number is one's."""
    return ()


async def no_hint(_account: Account, _record: RecoveryRecord) -> str | None:
    """Plans allow no hints unless they say so (REG-5)."""
    return None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What these features share."""

    database: Database
    opener: SecretOpener
    policy: PasswordPolicy
    hashing: PasswordHasher
    notices: Notices
    provider_ids_of: ProviderIdsOf = no_providers
    hint_of: HintOf = no_hint
    clock: Clock = utc_now


def recovery_over(given: Credentials) -> RecoveryHandlers:
    """Recovery (LOG-3, LOG-4, LOG-5)."""
    accounts, records = MongoAccounts(given.database), MongoRecoveries(given.database)
    recoveries, clock = MongoRecoveriesUnderWay(given.database), given.clock
    find = partial(recovery.find_account, accounts=accounts, provider_ids_of=given.provider_ids_of)
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
            hint_of=given.hint_of,
            clock=clock,
        ),
    )


def safeguards_over(given: Credentials) -> SafeguardHandlers:
    """Account management (LOG-9), step-up (BNK-3), administrator security (DEL-9)."""
    accounts, records = MongoAccounts(given.database), MongoRecoveries(given.database)
    guards, changes = MongoAdministrators(given.database), MongoAddressChanges(given.database)
    clock, notices = given.clock, given.notices
    opener, hashing = given.opener, given.hashing
    return SafeguardHandlers(
        prepare_questions=partial(
            account_management.prepare_questions, accounts=accounts, opener=opener, hashing=hashing, clock=clock
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
        confirm_email_change=partial(
            account_management.confirm_email_change, changes=changes, accounts=accounts, notices=notices, clock=clock
        ),
        check_step_up=partial(
            step_up.check_step_up, administrators=guards, opener=opener, hashing=hashing, clock=clock
        ),
        start_step_up=partial(step_up.start_step_up, administrators=guards, notices=notices, clock=clock),
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
        on_direct_deposit_changed=partial(
            administrators.on_direct_deposit_changed,
            accounts=accounts,
            administrators=guards,
            changes=changes,
            notices=notices,
        ),
    )
