"""A new password for an account, whichever way its owner proved who they are."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.identity.domain.accounts import Account
from services.identity.domain.passwords import PasswordPolicy, normalised, personal_data
from services.identity.handlers.acts import note
from services.identity.ports import AccountRepository, PasswordHasher
from shared.contracts.identity.access import AccessChanged
from shared.envelopes import Received
from shared.notices import Notices
from shared.outbox import Work


async def hashed_password(password: str, account: Account, *, policy: PasswordPolicy, hashing: PasswordHasher) -> str:
    """The encoded hash of a password that its owner may have; costly, so never inside a transaction.

    Raises:
        AppError: one of the password errors of ``PasswordPolicy.check``.
        HashingBusyError: too many passwords wait.
    """
    typed = normalised(password)
    numbers = [number for dossier in account.dossiers for number in (dossier.contract, dossier.certificate)]
    policy.check(typed, personal=(*personal_data(email=account.email, numbers=numbers), account.user_name))
    return await hashing.hash(typed)


async def replace_password(
    work: Work,
    received: Received[Any],
    account: Account,
    password: str,
    *,
    accounts: AccountRepository,
    notices: Notices,
    now: datetime,
    how: str,
    kept_session_id: str | None = None,
) -> None:
    """Put ``password`` (encoded hash) in the place of the old one, a temporary one as well; all other sessions end, and
    the owner is told (F3, F4).

    Raises:
        AccountChangedError: somebody else changed the account at the same time.
    """
    since = account.sessions_since if kept_session_id else now
    changed = replace(account, password=password, temporary_until=None, sessions_since=since)
    await accounts.save(changed, session=work.session)
    work.publish(
        AccessChanged(account_id=account.account_id, changed_at=now, end_sessions=True, kept_session_id=kept_session_id)
    )
    notices.to_account(work, "password_changed", account.account_id)
    note(
        work,
        received,
        "authn_password_change",
        about=account.account_id,
        account_id=account.account_id,
        details={"how": how},
        clock=lambda: now,
    )
