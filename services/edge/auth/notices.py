"""Telling the owner of an account what happened to it, and noting acts for the audit (LOG-8, L11, T2, OPS-7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from services.edge.sealing import Sealing
from shared.clock import Clock, IdMaker
from shared.contracts.edge import ActRecorded
from shared.contracts.notification import NoticeKind, SendAccessNotice
from shared.outbox import Work
from shared.telemetry import current_trace

_READABLE: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Notices:
    """Writes mails about access and notes for the audit."""

    def __init__(self, sealing: Sealing, *, clock: Clock, ids: IdMaker) -> None:
        self._sealing = sealing
        self._clock = clock
        self._ids = ids

    def mail(
        self,
        work: Work,
        kind: NoticeKind,
        account_id: str,
        *,
        values: Mapping[str, str | int | datetime] | None = None,
        secret: str | None = None,
    ) -> None:
        """Mail a notice to the access address of an account; ``secret`` is readable in the mail only."""
        delivery_id = self._ids()
        work.send(
            SendAccessNotice(
                delivery_id=delivery_id,
                kind=kind,
                account_id=account_id,
                reference=_reference(delivery_id),
                occurred_at=self._clock(),
                values=values or {},
                secret=None if secret is None else self._sealing.secret(secret, delivery_id=delivery_id),
            )
        )

    def note(
        self,
        work: Work,
        act: str,
        account_id: str,
        *,
        result: Literal["success", "failure"] = "success",
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Note an act of somebody whose affairs these are; ``act`` is a name of OWASP's logging vocabulary."""
        trace = current_trace()
        work.publish(
            ActRecorded(
                act=act,
                result=result,
                account_id=account_id,
                about=account_id,
                correlation_id=self._ids() if trace is None else trace.correlation_id,
                occurred_at=self._clock(),
                details=details or {},
            )
        )


def _reference(delivery_id: str) -> str:
    """Three characters of the id's random end."""
    number = int(delivery_id.replace("-", "")[-8:], 16)
    return "".join(_READABLE[number // len(_READABLE) ** place % len(_READABLE)] for place in range(3))
