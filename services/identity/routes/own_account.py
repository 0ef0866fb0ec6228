"""What members change of their own account: one queue."""

from typing import Final

from faststream.rabbit import RabbitRoute

from services.identity.domain.errors import DossierNotMatchedError
from services.identity.handlers.own_account import OwnAccounts
from services.identity.routes.enrolment import REQUEST_TTL_MS
from shared.consuming import Handler, answering, consume_each
from shared.contracts import Message
from shared.contracts.identity import MemberRegistered
from shared.contracts.identity.own_account import (
    AddDossier,
    ChooseContact,
    ConfirmContact,
    ContactChosen,
    GetContact,
    ResendContactCode,
    WithdrawContact,
)
from shared.contracts.notification import SendCode
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, each
from shared.topology import Queue, ServiceTopology

OWN_ACCOUNT: Final = Queue(
    "identity.own_account",
    (AddDossier, GetContact, ChooseContact, ResendContactCode, ConfirmContact, WithdrawContact),
    message_ttl_ms=REQUEST_TTL_MS,
)

TOPOLOGY: Final = ServiceTopology(
    "identity", queues=(OWN_ACCOUNT,), publishes=(MemberRegistered, ContactChosen), sends=(SendCode,)
)


def routes(own_accounts: OwnAccounts, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route for the queue."""
    handlers: dict[type[Message], Handler] = {
        AddDossier: adding(own_accounts, outbox),
        GetContact: answering(own_accounts.get_contact),
        ChooseContact: outbox.group(OWN_ACCOUNT.name, each(own_accounts.choose_contact)).submit,
        ResendContactCode: outbox.group(OWN_ACCOUNT.name, each(own_accounts.resend_contact_code)).submit,
        ConfirmContact: outbox.group(OWN_ACCOUNT.name, each(own_accounts.confirm_contact)).submit,
        WithdrawContact: outbox.group(OWN_ACCOUNT.name, each(own_accounts.withdraw_contact)).submit,
    }
    return [consume_each(OWN_ACCOUNT, handlers, publisher)]


def adding(own_accounts: OwnAccounts, outbox: Outbox) -> Handler:
    """Refuse after the commit: a miss must stay counted."""
    join = outbox.group(OWN_ACCOUNT.name, each(own_accounts.add_dossier)).submit

    async def add(received: Received[AddDossier]) -> bytes:
        answer = await join(received)
        if answer is None:
            raise DossierNotMatchedError
        return answer

    return add
