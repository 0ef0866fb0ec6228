"""Having people told about their access, by mail."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from shared.clock import Clock, IdMaker
from shared.contracts.notification import NoticeKind, SendAccessNotice
from shared.outbox import Work
from shared.tokens import Binding, PublicKey, seal

_READABLE: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SECRET_LIFETIME: Final = timedelta(days=1)
"""How long a temporary password on its way to a mailbox can be opened: longer than all retries of a mail."""


class Notices:
    """Writes ``SendAccessNotice`` with a reference, and seals temporary passwords for notification alone (MSG-3)."""

    def __init__(self, notification: PublicKey, *, clock: Clock, ids: IdMaker) -> None:
        self._notification = notification
        self._clock = clock
        self._ids = ids

    def to_account(
        self,
        work: Work,
        kind: NoticeKind,
        account_id: str,
        *,
        values: Mapping[str, str | int | datetime] | None = None,
        secret: str | None = None,
    ) -> None:
        """To the access address of an account, in its language."""
        self._send(work, kind, {"account_id": account_id}, values=values, secret=secret)

    def to_address(
        self,
        work: Work,
        kind: NoticeKind,
        email: str,
        *,
        language: str,
        values: Mapping[str, str | int | datetime] | None = None,
        secret: str | None = None,
    ) -> None:
        """To an address that is no account's, or is no longer."""
        self._send(work, kind, {"email": email, "language": language}, values=values, secret=secret)

    def _send(
        self,
        work: Work,
        kind: NoticeKind,
        recipient: Mapping[str, str],
        *,
        values: Mapping[str, str | int | datetime] | None,
        secret: str | None,
    ) -> None:
        delivery_id = self._ids()
        work.send(
            SendAccessNotice(
                delivery_id=delivery_id,
                kind=kind,
                account_id=recipient.get("account_id"),
                email=recipient.get("email"),
                language=recipient.get("language"),
                reference=reference(delivery_id),
                occurred_at=self._clock(),
                values=values or {},
                secret=self._sealed(secret, delivery_id),
            )
        )

    def _sealed(self, secret: str | None, delivery_id: str) -> str | None:
        if secret is None:
            return None
        binding = Binding("secret", delivery_id)
        return seal(secret, self._notification, binding=binding, expires_at=self._clock() + SECRET_LIFETIME)


def reference(delivery_id: str) -> str:
    """Three characters of the id's random end."""
    number = int(delivery_id.replace("-", "")[-8:], 16)
    return "".join(_READABLE[number // len(_READABLE) ** place % len(_READABLE)] for place in range(3))
