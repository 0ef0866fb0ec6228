"""What a step that names a mailbox has mailed: a code, or the notice that says why there is none (REG-21)."""

from datetime import datetime

from services.identity.domain.flows import Mailing
from shared.contracts.identity import SealedCode
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.outbox import Work


def mail(mailing: Mailing, code: SealedCode, work: Work, *, now: datetime) -> None:
    """One command to notification, whatever it is that goes out (REG-21)."""
    if mailing.email is None:
        return
    if mailing.notice is None:
        command = SendCode(purpose="registration", code=code, email=mailing.email, language=mailing.language)
        work.send(command, expires_at=code.expires_at)
        return
    work.send(
        SendAccessNotice.model_validate(
            {
                "delivery_id": code.delivery_id,
                "kind": mailing.notice,
                "email": mailing.email,
                "language": mailing.language,
                "reference": code.reference,
                "occurred_at": now,
            }
        )
    )
