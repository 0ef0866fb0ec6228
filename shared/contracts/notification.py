"""What notification is asked. It publishes only failures."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BeforeValidator, Field, StrictInt, model_validator

from shared.contracts import Command, Event, Identifier, Instant, Language, Sealed
from shared.contracts.identity import EmailAddress, SealedCode

CodePurpose = Literal[
    "registration", "sign_in", "recovery", "step_up", "email_change", "delegation", "suspicion", "contact"
]
"""What a one-time code is for; each has a mail of its own."""

NoticeKind = Literal[
    "already_registered",
    "registration_not_matched",
    "recovery_not_matched",
    "recovery_blocked",
    "password_changed",
    "user_name",
    "email_changed",
    "security_questions_changed",
    "administrator_security_changed",
    "direct_deposit_changed",
    "provider_not_matched",
    "provider_of_chain",
    "provider_account_opened",
    "temporary_password",
    "temporary_password_reminder",
    "dossier_added",
]
"""Mails about access; each has a template."""


_WRITTEN_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def _as_written(value: str | datetime) -> str | datetime:
    """Only what is written as an instant is one: a number as text is no time."""
    if isinstance(value, str) and _WRITTEN_INSTANT.fullmatch(value) is None:
        raise ValueError("not an instant")
    return value


NoticeValue = Annotated[
    StrictInt | Annotated[Instant, BeforeValidator(_as_written)] | str, Field(union_mode="left_to_right")
]
"""What a mail may mention: cents or counts, instants (which stay instants on their way), texts."""


class Addressed(Command):
    """To an account's access address, or to an address that is not an account's (yet, or any longer)."""

    account_id: Identifier | None = None
    email: EmailAddress | None = None
    language: Language | None = None

    @model_validator(mode="after")
    def _has_one_recipient(self) -> Self:
        if (self.account_id is None) == (self.email is None):
            raise ValueError("either an account or an e-mail address")
        return self


class SendCode(Addressed):
    """Mail a one-time code."""

    wire_type: ClassVar[str] = "notification.send_code.v1"
    purpose: CodePurpose
    code: SealedCode


class SendAccessNotice(Addressed):
    """Mail a notice about access.

    ``values`` are what its template shows; ``secret`` is a temporary password, sealed for notification with the binding
    ``("secret", delivery_id)``.
    """

    wire_type: ClassVar[str] = "notification.send_access_notice.v1"
    delivery_id: Identifier
    kind: NoticeKind
    reference: str
    occurred_at: Instant
    values: Mapping[str, NoticeValue] = {}
    secret: Sealed | None = None


class DeliveryFailed(Event):
    """A mail could not be handed over after every retry."""

    wire_type: ClassVar[str] = "notification.delivery_failed.v1"
    delivery_id: Identifier
    template: str
    account_id: Identifier | None
    failed_at: Instant

    def subject(self) -> str:
        return self.delivery_id
