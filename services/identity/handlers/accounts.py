"""Verifying credentials, reading accounts, naming counters of failed sign-ins, adding agents."""

import contextlib

from services.identity.domain.accounts import AGENT, Account
from services.identity.domain.errors import (
    AccountUnknownError,
    AgentsOnlyError,
    HashingBusyError,
    InvalidCredentialsError,
    UserNameTakenError,
)
from services.identity.domain.subjects import Subjects
from services.identity.handlers.views import AccountViews
from services.identity.ports import AccountRepository, PasswordHasher
from shared.clock import Clock, IdMaker
from shared.contracts import Command, Done, Language
from shared.contracts.identity import AccountView, AgentAdded, GetAccount, VerifyCredentials
from shared.contracts.identity.security import GetSignInSubject, SignInSubject, VerifiedAccount
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
    subjects: Subjects,
    clock: Clock,
) -> VerifiedAccount:
    """The account of a user name and password; it takes one hash whether or not the name exists (LOG-1, REG-21).

    Needs no transaction: the only write replaces one hash by another of the same password.

    Raises:
        InvalidCredentialsError: name or password wrong, or the account may not be used; which is not told. It names
            whose failure it is, as the answer does: the edge counts them (K3).
        UnreadableSecret: the password was not sealed for this user name.
        HashingBusyError: too many passwords wait.
    """
    message = received.message
    password = opener.open(message.password, binding=Binding("password", message.user_name), now=clock())
    account = await accounts.get_by_user_name(message.user_name)
    right = await hashing.verify(password, None if account is None else account.password)
    subject = subjects.of_name(message.user_name) if account is None else subjects.of_account(account.account_id)
    if account is None or not right or not account.usable(clock()):
        raise InvalidCredentialsError(subject)
    if hashing.outdated(account.password):
        with contextlib.suppress(HashingBusyError):  # the next sign-in will do it
            new = await hashing.hash(password)
            await accounts.replace_password(account.account_id, old=account.password, new=new)
    view = await views.of(account)
    return VerifiedAccount(**dict(view), subject=subject)


async def get_sign_in_subject(
    received: Received[GetSignInSubject], *, accounts: AccountRepository, subjects: Subjects
) -> SignInSubject:
    """Whose failed sign-ins an account shares, for an agent who unlocks it, or for the edge after a recovery.

    Raises:
        AgentsOnlyError: somebody else asks.
        AccountUnknownError: no such account.
    """
    actor, account_id = received.actor, received.message.account_id
    if actor is not None and AGENT not in actor.roles:
        raise AgentsOnlyError
    if await accounts.get(account_id) is None:
        raise AccountUnknownError
    return SignInSubject(subject=subjects.of_account(account_id))


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
    return Done()
