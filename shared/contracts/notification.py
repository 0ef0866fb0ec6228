"""What notification is asked. It publishes only failures."""

from typing import ClassVar, Literal

from pydantic import model_validator

from shared.contracts import Command, Event, Identifier, Instant, Language
from shared.contracts.identity import EmailAddress, SealedCode


class SendCode(Command):
    """Mail a one-time code, to an account's access address or to an address that is not an account's yet."""

    wire_type: ClassVar[str] = "notification.send_code.v1"
    purpose: Literal["registration", "sign_in"]
    code: SealedCode
    account_id: Identifier | None = None
    email: EmailAddress | None = None
    language: Language | None = None

    @model_validator(mode="after")
    def _has_one_recipient(self) -> "SendCode":
        if (self.account_id is None) == (self.email is None):
            raise ValueError("either an account or an e-mail address")
        return self


class SendAccessNotice(Command):
    """Mail a notice about access to an address, without any secret in it."""

    wire_type: ClassVar[str] = "notification.send_access_notice.v1"
    delivery_id: Identifier
    kind: Literal["already_registered", "registration_not_matched"]
    email: EmailAddress
    language: Language
    reference: str
    occurred_at: Instant


class DeliveryFailed(Event):
    """A mail could not be handed over after every retry."""

    wire_type: ClassVar[str] = "notification.delivery_failed.v1"
    delivery_id: Identifier
    template: str
    account_id: Identifier | None
    failed_at: Instant

    def subject(self) -> str:
        return self.delivery_id
