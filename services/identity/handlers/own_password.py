"""Changing one's own password; the first time it takes the place of a temporary one (REG-15)."""

from services.identity.domain.errors import AccountChangedError, AccountUnknownError
from services.identity.domain.passwords import PasswordPolicy, normalised
from services.identity.domain.provider_errors import PasswordUnchangedError
from services.identity.domain.safeguard_errors import CurrentPasswordError
from services.identity.handlers.jobs import JobRepository
from services.identity.handlers.passwords import hashed_password, replace_password
from services.identity.ports import AccountRepository, PasswordHasher
from shared.clock import Clock
from shared.contracts import Command, Done
from shared.contracts.identity.passwords import ChangePassword
from shared.envelopes import Received
from shared.notices import Notices
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener


class PreparedChange(Command):
    """A change of password after its costly part: never on the wire. ``verified`` is the hash that was right."""

    wire_type = "local.prepared_change.v1"
    account_id: str
    verified: str
    password: str


async def prepare_change(
    received: Received[ChangePassword],
    *,
    accounts: AccountRepository,
    opener: SecretOpener,
    policy: PasswordPolicy,
    hashing: PasswordHasher,
    clock: Clock,
) -> Received[PreparedChange]:
    """Check the present password, then check and hash the new one, outside any transaction.

    Raises:
        AccountUnknownError: the account was ended, or its temporary password has lapsed.
        CurrentPasswordError: the present password is wrong.
        PasswordUnchangedError: the new password is the present one.
        AppError: one of the password errors of ``PasswordPolicy.check``.
        UnreadableSecret: not sealed for this account.
        HashingBusyError: too many passwords wait.
    """
    account_id, message, now = received.require_actor().account_id, received.message, clock()
    binding = Binding("password", account_id)
    current = opener.open(message.current_password, binding=binding, now=now)
    new = opener.open(message.new_password, binding=binding, now=now)
    account = await accounts.get(account_id)
    if account is None or not account.usable(now):
        raise AccountUnknownError
    if not await hashing.verify(current, account.password):
        raise CurrentPasswordError
    if normalised(new) == normalised(current):
        raise PasswordUnchangedError
    encoded = await hashed_password(new, account, policy=policy, hashing=hashing)
    prepared = PreparedChange(account_id=account_id, verified=account.password, password=encoded)
    return Received(prepared, received.message_id, received.correlation_id, received.actor, received.trace)


async def change_password(
    received: Received[PreparedChange],
    work: Work,
    *,
    accounts: AccountRepository,
    jobs: JobRepository,
    notices: Notices,
    clock: Clock,
) -> Done:
    """Set the new password; the session that asked goes on, all others end. What was due for the temporary one is off.

    Raises:
        AccountChangedError: the password that was checked is not the present one any more.
    """
    message, now = received.message, clock()
    account = await accounts.get(message.account_id, session=work.session)
    if account is None or account.password != message.verified or not account.usable(now):
        raise AccountChangedError
    await replace_password(
        work,
        received,
        account,
        message.password,
        accounts=accounts,
        notices=notices,
        now=now,
        how="own",
        kept_session_id=received.require_actor().session_id,
    )
    await jobs.cancel(account.account_id, session=work.session)
    return Done()
