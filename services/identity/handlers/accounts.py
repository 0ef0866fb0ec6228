"""Verifying credentials, reading accounts, adding agents."""

import contextlib

from services.identity.domain.accounts import AGENT, Account
from services.identity.domain.errors import (
    AccountUnknownError,
    HashingBusyError,
    InvalidCredentialsError,
    UserNameTakenError,
)
from services.identity.domain.roster import DossierNumber
from services.identity.ports import AccountRepository, PasswordHasher
from shared.clock import Clock, IdMaker
from shared.contracts import Command, Language
from shared.contracts.identity import AccountView, AgentAdded, DossierView, GetAccount, VerifyCredentials
from shared.envelopes import Received
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener


async def verify_credentials(
    received: Received[VerifyCredentials],
    *,
    accounts: AccountRepository,
    opener: SecretOpener,
    hashing: PasswordHasher,
    clock: Clock,
) -> AccountView:
    """The account of a user name and password; it takes one hash whether or not the name exists (LOG-1, REG-21).

    Needs no transaction: the only write replaces one hash by another of the same password.

    Raises:
        InvalidCredentialsError: name or password wrong.
        UnreadableSecret: the password was not sealed for this user name.
        HashingBusyError: too many passwords wait.
    """
    message = received.message
    password = opener.open(message.password, binding=Binding("password", message.user_name), now=clock())
    account = await accounts.get_by_user_name(message.user_name)
    right = await hashing.verify(password, None if account is None else account.password)
    if account is None or not right:
        raise InvalidCredentialsError
    if hashing.outdated(account.password):
        with contextlib.suppress(HashingBusyError):  # the next sign-in will do it
            new = await hashing.hash(password)
            await accounts.replace_password(account.account_id, old=account.password, new=new)
    return account_view(account)


async def get_account(received: Received[GetAccount], *, accounts: AccountRepository) -> AccountView:
    """An account, for its owner or for a session being refreshed (which has no actor yet).

    Raises:
        AccountUnknownError: no such account, or another's.
    """
    account_id, actor = received.message.account_id, received.actor
    if actor is not None and actor.account_id != account_id:
        raise AccountUnknownError
    account = await accounts.get(account_id)
    if account is None:
        raise AccountUnknownError
    return account_view(account)


class AddAgent(Command):
    """An agent as the command line adds one: never on the wire. ``password`` is an encoded hash."""

    wire_type = "local.add_agent.v1"
    email: str
    display_name: str
    language: Language
    password: str


async def add_agent(
    received: Received[AddAgent], work: Work, *, accounts: AccountRepository, clock: Clock, ids: IdMaker
) -> AccountView:
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
    return account_view(account)


def account_view(account: Account) -> AccountView:
    """What the edge needs for a session."""
    return AccountView(
        account_id=account.account_id,
        user_name=account.user_name,
        display_name=account.display_name,
        language=account.language,
        roles=account.roles,
        dossiers=tuple(_dossier_view(number) for number in account.dossiers),
    )


def _dossier_view(number: DossierNumber) -> DossierView:
    return DossierView(
        dossier_id=number.dossier_id, contract_number=number.contract, certificate_number=number.certificate
    )
