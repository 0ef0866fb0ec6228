"""Mailing one-time codes. A person waits at a screen: a code is held until it is handed over or expired, and tried
every few seconds, instead of taking the delays of the bus.
"""

import asyncio
from datetime import datetime
from typing import Final

from services.notification.domain import Delivery, Letter, Template, Value
from services.notification.handlers.contacts import recipient_of
from services.notification.handlers.courier import Courier
from services.notification.handlers.metrics import CODE_HAND_OFF
from services.notification.ports import Contacts, Pause, ReportDelay
from shared.clock import Clock
from shared.contracts.notification import SendCode
from shared.envelopes import Received
from shared.errors import Transient
from shared.telemetry import logger
from shared.tokens import Binding, SecretOpener

CODE_PAUSES_SECONDS: Final = (0.5, 1.0, 2.0, 3.0, 5.0)
"""Between attempts to hand a code over; the last one repeats."""


async def send_code(
    received: Received[SendCode],
    *,
    courier: Courier,
    contacts: Contacts,
    opener: SecretOpener,
    clock: Clock,
    pause: Pause = asyncio.sleep,
    report_delay: ReportDelay | None = None,
) -> None:
    """Mail a one-time code (LOG-1, MSG-3); returns once it is handed over, refused for good or expired. The person at
    the screen is told of a delay by ``report_delay`` (L7).
    """
    command = received.message
    code = command.code
    delivery = Delivery(code.delivery_id, Template(f"{command.purpose}_code"), command.account_id, code.expires_at)

    async def prepare() -> Letter:
        contact = await recipient_of(command, contacts)
        secret = opener.open(code.code, binding=Binding("code", code.delivery_id), now=clock())
        values: dict[str, Value] = {
            "code": secret,
            "expires_at": code.expires_at,
            "name": contact.name,
            "origin": command.origin,
        }
        return Letter(contact.email, contact.language, code.reference, code.sent_at, values)

    attempts = 0
    while True:
        try:
            sent = await courier.deliver(received, delivery, prepare)
        except Transient as error:
            logger().warning("code_waits", delivery_id=code.delivery_id, code=error.code, attempt=attempts + 1)
            if attempts == 0 and report_delay is not None:
                await report_delay(received, delivery)
            await pause(CODE_PAUSES_SECONDS[min(attempts, len(CODE_PAUSES_SECONDS) - 1)])
            attempts += 1
        else:
            if sent:
                _observe_hand_off(code.delivery_id, sent_at=code.sent_at, now=clock())
            return


def _observe_hand_off(delivery_id: str, *, sent_at: datetime, now: datetime) -> None:
    seconds = max(0.0, (now - sent_at).total_seconds())
    CODE_HAND_OFF.observe(seconds)
    logger().info("code_handed_over", delivery_id=delivery_id, ms=round(seconds * 1000))
