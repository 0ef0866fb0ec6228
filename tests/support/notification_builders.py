"""Messages and objects of notification for tests: random ids, keyword overrides."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from secrets import randbelow
from typing import Any, TypeVar
from uuid import uuid4

from services.notification.domain import (
    Contact,
    Delivery,
    InboxMessage,
    Language,
    Lease,
    Letter,
    Mail,
    Owner,
    Template,
    Words,
    attachment_of,
)
from services.notification.handlers.courier import Courier, Office
from services.notification.handlers.leases import Leases
from services.notification.letters import MailWriter
from services.notification.mime import Sender
from services.notification.ports import Mailer, Pause
from shared.clock import Clock, new_id
from shared.contracts import Actor, Message
from shared.contracts.claims import AdjudicatedLine, ClaimAdjudicated, ClaimEstimated
from shared.contracts.identity import AgentAdded, MemberRegistered, SealedCode
from shared.contracts.notification import InboxText, NewAttachment, PutInboxMessage, SendAccessNotice, SendCode
from shared.contracts.payments import PaymentSent
from shared.contracts.payments_returns import PaymentReturned
from shared.envelopes import Received
from shared.tokens import Binding, PublicKey, seal
from tests.support import keys
from tests.support.notification_memory import MemoryDeliveries, MemoryReports, Pauses

NOW = datetime(2026, 11, 22, 19, 5, tzinfo=UTC)
"""14:05 in Toronto."""
PDF = "application/pdf"

SENDER = Sender("Acquit", "no-reply@mail.example.org")
CODE_LIFE = timedelta(minutes=10)
M = TypeVar("M", bound=Message)


class SettableClock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, delta: timedelta) -> None:
        self.now += delta


def random_id() -> str:
    return str(uuid4())


def random_code() -> str:
    return f"{randbelow(1_000_000):06d}"


def received(message: M, *, message_id: str | None = None, actor: Actor | None = None) -> Received[M]:
    return Received(message, message_id or random_id(), random_id(), actor)


def actor(**changes: Any) -> Actor:
    defaults: dict[str, Any] = {"account_id": random_id(), "session_id": random_id(), "roles": ("member",)}
    return Actor(**{**defaults, **changes})


def contact(**changes: Any) -> Contact:
    account_id = changes.pop("account_id", None) or random_id()
    defaults: dict[str, Any] = {
        "email": f"{account_id}@example.org",
        "language": Language.FRENCH,
        "name": "Noémie Lachance",
        "dossier_ids": (random_id(),),
    }
    return Contact(account_id=account_id, **{**defaults, **changes})


def delivery(**changes: Any) -> Delivery:
    defaults: dict[str, Any] = {
        "delivery_id": random_id(),
        "template": Template.PAYMENT_SENT,
        "account_id": random_id(),
        "expires_at": None,
    }
    return Delivery(**{**defaults, **changes})


def random_position() -> str:
    """Later than all before."""
    return new_id()


def inbox_message(contents: Mapping[str, bytes] | None = None, **changes: Any) -> InboxMessage:
    defaults: dict[str, Any] = {
        "message_id": random_id(),
        "position": random_position(),
        "owner": Owner(account_id=random_id()),
        "kind": "letter",
        "subject": Words("Une lettre", "A letter"),
        "body": Words("Bonjour.", "Hello."),
        "attachments": tuple(attachment_of(name, PDF, content) for name, content in (contents or {}).items()),
        "written_at": NOW,
    }
    return InboxMessage(**{**defaults, **changes})


def put_inbox_message(**changes: Any) -> PutInboxMessage:
    if "provider_id" not in changes:
        changes.setdefault("account_id", random_id())
    defaults: dict[str, Any] = {
        "message_id": random_id(),
        "kind": "agreement",
        "subject": InboxText(fr="Votre accord signé", en="Your signed agreement"),
        "body": InboxText(fr="Bonjour.", en="Hello."),
        "attachments": (NewAttachment(name="accord-signe.pdf", content=b"%PDF-1.7"),),
        "written_at": NOW,
    }
    return PutInboxMessage(**{**defaults, **changes})


def lease(**changes: Any) -> Lease:
    now = changes.pop("now", NOW)
    defaults: dict[str, Any] = {"token": random_id(), "until": now + timedelta(seconds=10)}
    return Lease(now=now, **{**defaults, **changes})


def letter(**changes: Any) -> Letter:
    defaults: dict[str, Any] = {
        "recipient": f"{random_id()}@example.org",
        "language": Language.FRENCH,
        "reference": "7KD",
        "happened_at": NOW,
        "values": {
            "name": "Noémie Lachance",
            "batch_number": "10000042",
            "amount_cents": 123_456,
            "payable_on": date(2026, 11, 24),
        },
    }
    return Letter(**{**defaults, **changes})


def mail(**changes: Any) -> Mail:
    defaults: dict[str, Any] = {
        "sender": SENDER.address,
        "recipient": f"{random_id()}@example.org",
        "message_id": f"<{random_id()}@mail.example.org>",
        "content": b"Subject: A test\r\n\r\nHello.\r\n",
    }
    return Mail(**{**defaults, **changes})


def sealed_code(code: str, *, sealed_for: PublicKey | None = None, **changes: Any) -> SealedCode:
    delivery_id = changes.pop("delivery_id", None) or random_id()
    sent_at = changes.pop("sent_at", NOW)
    expires_at = changes.pop("expires_at", sent_at + CODE_LIFE)
    binding = changes.pop("binding", Binding("code", delivery_id))
    return SealedCode(
        challenge_id=random_id(),
        delivery_id=delivery_id,
        code=seal(code, sealed_for or keys.public("notification"), binding=binding, expires_at=expires_at),
        reference=changes.pop("reference", "7KD"),
        sent_at=sent_at,
        expires_at=expires_at,
        **changes,
    )


def send_code(code: SealedCode | None = None, **changes: Any) -> SendCode:
    defaults: dict[str, Any] = {"purpose": "registration", "code": code or sealed_code(random_code())}
    if "account_id" not in changes:
        defaults |= {"email": f"{random_id()}@example.org", "language": "fr"}
    return SendCode(**{**defaults, **changes})


def access_notice(**changes: Any) -> SendAccessNotice:
    defaults: dict[str, Any] = {
        "delivery_id": random_id(),
        "kind": "already_registered",
        "email": f"{random_id()}@example.org",
        "language": "fr",
        "reference": "Q4T",
        "occurred_at": NOW,
    }
    return SendAccessNotice(**{**defaults, **changes})


def member_registered(**changes: Any) -> MemberRegistered:
    defaults: dict[str, Any] = {
        "account_id": random_id(),
        "dossier_id": random_id(),
        "email": f"{random_id()}@example.org",
        "language": "fr",
        "holder_name": "Noémie Lachance",
        "registered_at": NOW,
    }
    return MemberRegistered(**{**defaults, **changes})


def agent_added(**changes: Any) -> AgentAdded:
    defaults: dict[str, Any] = {
        "account_id": random_id(),
        "email": f"{random_id()}@example.org",
        "language": "en",
        "display_name": "Owen Birchwood",
        "added_at": NOW,
    }
    return AgentAdded(**{**defaults, **changes})


def claim_adjudicated(**changes: Any) -> ClaimAdjudicated:
    line = AdjudicatedLine(
        line=1,
        service_date=date(2026, 11, 20),
        submitted_cents=20_000,
        eligible_cents=15_432,
        deductible_cents=0,
        share_basis_points=8_000,
        benefit_cents=12_346,
        outcome="reduced",
    )
    defaults: dict[str, Any] = {
        "claim_id": random_id(),
        "claim_number": "7K2M-9QXA-4T1B",
        "version": 1,
        "account_id": random_id(),
        "dossier_id": random_id(),
        "person_id": random_id(),
        "claim_type": "physiotherapy",
        "outcome": "reduced",
        "submitted_cents": 120_000,
        "benefit_cents": 12_346,
        "received_at": NOW - timedelta(hours=1),
        "decided_at": NOW,
        "lines": (line,),
    }
    return ClaimAdjudicated(**{**defaults, **changes})


def claim_estimated(**changes: Any) -> ClaimEstimated:
    defaults: dict[str, Any] = {
        "claim_id": random_id(),
        "claim_number": "7K2M-9QXA-4T1B",
        "version": 2,
        "account_id": random_id(),
        "dossier_id": random_id(),
        "person_id": random_id(),
        "claim_type": "physiotherapy",
        "outcome": "reduced",
        "submitted_cents": 120_000,
        "benefit_cents": 12_346,
        "decided_at": NOW,
        "valid_through": date(2027, 3, 1),
    }
    return ClaimEstimated(**{**defaults, **changes})


def payment_returned(**changes: Any) -> PaymentReturned:
    defaults: dict[str, Any] = {
        "payment_id": random_id(),
        "batch_number": "10000042",
        "run_id": random_id(),
        "payee_class": "member",
        "payee_id": random_id(),
        "amount_cents": 123_456,
        "claim_ids": (),
        "reason_code": 910,
        "returned_on": date(2026, 11, 25),
        "returned_at": NOW,
    }
    return PaymentReturned(**{**defaults, **changes})


def payment_sent(**changes: Any) -> PaymentSent:
    defaults: dict[str, Any] = {
        "payment_id": random_id(),
        "batch_number": "10000042",
        "run_id": random_id(),
        "payee_class": "member",
        "payee_id": random_id(),
        "amount_cents": 123_456,
        "account_ids": (),
        "file_number": 7,
        "payable_on": date(2026, 11, 24),
        "sent_at": NOW,
    }
    return PaymentSent(**{**defaults, **changes})


def courier(
    mailer: Mailer,
    *,
    deliveries: MemoryDeliveries | None = None,
    reports: MemoryReports | None = None,
    clock: Clock | None = None,
    pause: Pause | None = None,
    leases: Leases | None = None,
    at_once: int = 8,
) -> Courier:
    deliveries = deliveries or MemoryDeliveries()
    reports = reports or MemoryReports(deliveries)
    clock = clock or SettableClock()
    office = Office(
        deliveries=deliveries,
        leases=leases or Leases(deliveries, clock=clock),
        write=MailWriter(SENDER, clock=clock),
        report=reports.report,
        clock=clock,
        pause=pause or Pauses(),
    )
    return Courier(office, mailer, at_once=at_once)
