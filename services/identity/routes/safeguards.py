"""Account management, step-up and administrator security: a queue for commands, one for queries, one for what
banking says.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from services.identity.routes.members import REQUEST_TTL_MS
from services.identity.routes.recovery import Prepare, committed, prepared
from shared.consuming import answering, consume, consume_each
from shared.contracts import View
from shared.contracts.banking import DirectDepositChanged
from shared.contracts.identity.safeguards import (
    ConfirmAdministratorSecurity,
    ConfirmEmailChange,
    GetAdministratorSecurity,
    ListAdministratorQuestions,
    ResendAddressChangeCode,
    ResendStepUpCode,
    SetAdministratorSecurity,
    SetSecurityQuestions,
    StartEmailChange,
    StartStepUp,
)
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler
from shared.topology import Queue, ServiceTopology

SAFEGUARDS: Final = Queue(
    "identity.safeguards",
    (
        SetSecurityQuestions,
        StartEmailChange,
        ResendAddressChangeCode,
        ConfirmEmailChange,
        StartStepUp,
        ResendStepUpCode,
        SetAdministratorSecurity,
        ConfirmAdministratorSecurity,
    ),
    message_ttl_ms=REQUEST_TTL_MS,
)
GET_ADMINISTRATOR_SECURITY: Final = Queue(
    "identity.get_administrator_security",
    (GetAdministratorSecurity, ListAdministratorQuestions),
    message_ttl_ms=REQUEST_TTL_MS,
)
ON_DIRECT_DEPOSIT_CHANGED: Final = Queue("identity.on_direct_deposit_changed", (DirectDepositChanged,))

TOPOLOGY: Final = ServiceTopology(
    "identity",
    queues=(SAFEGUARDS, GET_ADMINISTRATOR_SECURITY, ON_DIRECT_DEPOSIT_CHANGED),
    sends=(SendCode, SendAccessNotice),
)


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound."""

    prepare_questions: Prepare
    set_security_questions: SingleHandler
    prepare_email_change: Prepare
    start_email_change: SingleHandler
    resend_address_change_code: SingleHandler
    confirm_email_change: SingleHandler
    check_step_up: Prepare
    start_step_up: SingleHandler
    resend_step_up_code: SingleHandler
    prepare_administrator: Prepare
    set_administrator_security: SingleHandler
    confirm_administrator_security: SingleHandler
    get_administrator_security: Callable[[Received[GetAdministratorSecurity]], Awaitable[View]]
    list_administrator_questions: Callable[[Received[ListAdministratorQuestions]], Awaitable[View]]
    on_direct_deposit_changed: SingleHandler


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""
    questions = committed("set_security_questions", handlers.set_security_questions, outbox)
    email_change = committed("start_email_change", handlers.start_email_change, outbox)
    step_up = committed("start_step_up", handlers.start_step_up, outbox)
    administrator = committed("set_administrator_security", handlers.set_administrator_security, outbox)
    step_up_again = committed("resend_step_up_code", handlers.resend_step_up_code, outbox)
    address_again = committed("resend_address_change_code", handlers.resend_address_change_code, outbox)
    confirmed = committed("confirm_administrator_security", handlers.confirm_administrator_security, outbox)
    changed = committed("on_direct_deposit_changed", handlers.on_direct_deposit_changed, outbox)
    return [
        consume_each(
            SAFEGUARDS,
            {
                SetSecurityQuestions: prepared(handlers.prepare_questions, questions),
                StartEmailChange: prepared(handlers.prepare_email_change, email_change),
                ConfirmEmailChange: committed("confirm_email_change", handlers.confirm_email_change, outbox),
                StartStepUp: prepared(handlers.check_step_up, step_up),
                ResendStepUpCode: step_up_again,
                ResendAddressChangeCode: address_again,
                SetAdministratorSecurity: prepared(handlers.prepare_administrator, administrator),
                ConfirmAdministratorSecurity: confirmed,
            },
            publisher,
        ),
        consume_each(
            GET_ADMINISTRATOR_SECURITY,
            {
                GetAdministratorSecurity: answering(handlers.get_administrator_security),
                ListAdministratorQuestions: answering(handlers.list_administrator_questions),
            },
            publisher,
        ),
        consume(ON_DIRECT_DEPOSIT_CHANGED, DirectDepositChanged, changed, publisher),
    ]
