"""Verifying credentials, reading accounts, adding agents."""

import contextlib

from services.identity.domain.accounts import AGENT, Account
from services.identity.domain.errors import (
    AccountUnknownError,
    HashingBusyError,
    InvalidCredentialsError,
    UserNameTakenError,
)
from services.identity.handlers.acts import note
from services.identity.handlers.views import AccountViews
from services.identity.ports import AccountRepository, PasswordHasher
from shared.clock import Clock, IdMaker
from shared.contracts import Command, Done, Language
from shared.contracts.identity import AccountView, AgentAdded, GetAccount, VerifyCredentials
from shared.envelopes import Received
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener


async def verify_credentials(
    received: Received[VerifyCredentials],
    *,
    accounts: AccountRepository,
    opener: SecretOpener,
    hashing: PasswordHasher,
    views: AccountViews,
    clock: Clock,
) -> AccountView:
    """The account of a user name and password; it takes one hash whether or not the name exists (LOG-1, REG-21).

    Needs no transaction: the only write replaces one hash by another of the same password.

    Raises:
        InvalidCredentialsError: name or password wrong, or the account may not be used; which is not told.
        UnreadableSecret: the password was not sealed for this user name.
        HashingBusyError: too many passwords wait.
    """
    message = received.message
    password = opener.open(message.password, binding=Binding("password", message.user_name), now=clock())
    account = await accounts.get_by_user_name(message.user_name)
    right = await hashing.verify(password, None if account is None else account.password)
    if account is None or not right or not account.usable(clock()):
        raise InvalidCredentialsError
    if hashing.outdated(account.password):
        with contextlib.suppress(HashingBusyError):  # the next sign-in will do it
            new = await hashing.hash(password)
            await accounts.replace_password(account.account_id, old=account.password, new=new)
    return await views.of(account)


async def get_account(
    received: Received[GetAccount], *, accounts: AccountRepository, views: AccountViews, clock: Clock
) -> AccountView:
    """An account, for its owner or for a session being refreshed (which has no actor yet).

    Raises:
        AccountUnknownError: no such account, another's, or one that may not be used.
    """
    account_id, actor = received.message.account_id, received.actor
    if actor is not None and actor.account_id != account_id:
        raise AccountUnknownError
    account = await accounts.get(account_id)
    if account is None or not account.usable(clock()):
        raise AccountUnknownError
    return await views.of(account)


class AddAgent(Command):
    """An agent as the command line adds one: never on the wire. ``password`` is an encoded hash."""

    wire_type = "local.add_agent.v1"
    email: str
    display_name: str
    language: Language
    password: str


async def add_agent(
    received: Received[AddAgent], work: Work, *, accounts: AccountRepository, clock: Clock, ids: IdMaker
) -> Done:
    """Give one of the insurer's own staff an account.

    Raises:
        UserNameTakenError: an account with this e-mail exists.
    """
    message = received.message
    if await accounts.get_by_user_name(message.email, session=work.session) is not None:
        raise UserNameTakenError
    account = Account(
        account_id=ids(),
        user_name=message.email,
        email=message.email,
        display_name=message.display_name,
        language=message.language,
        roles=(AGENT,),
        password=message.password,
        created_at=clock(),
    )
    await accounts.add(account, session=work.session)
    work.publish(
        AgentAdded(
            account_id=account.account_id,
            email=account.email,
            language=account.language,
            display_name=account.display_name,
            added_at=account.created_at,
        )
    )
    note(work, received, "user_created", about=account.account_id, details={"role": AGENT}, clock=clock)
    return Done()
