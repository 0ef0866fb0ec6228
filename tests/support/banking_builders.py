"""Builders of banking's messages and stored things, with random numbers and keyword overrides."""

import json
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from services.banking.domain.accounts import DirectDeposit
from services.banking.domain.cpa005 import BankProfile, ReturnsAccount
from services.banking.domain.deposit_file import DepositFile
from services.banking.domain.deposit_item import DepositItem
from services.banking.ports import BankException, DepositPlan, EncryptedBoxes, StoredAccount
from shared.clock import new_id
from shared.contracts import Actor, Message
from shared.contracts.banking import ChangeDirectDeposit, EnrolDirectDeposit, HoldDirectDeposit, PayeeOf
from shared.contracts.identity import MemberRegistered
from shared.contracts.identity.providers import ProviderAccountEnded, ProviderRegistered
from shared.contracts.payments import RunApproved, RunItem
from shared.envelopes import Received
from shared.tokens import Binding, seal
from tests.support import keys

M = TypeVar("M", bound=Message)

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PAYABLE_ON = date(2026, 11, 23)


def random_account() -> str:
    """Seven digits, so that no warning is due at 815 and a search for it finds nothing else."""
    return f"{secrets.randbelow(9 * 10**6) + 10**6}"


def deposit(**overrides: str) -> DirectDeposit:
    boxes = {"transit": "30123", "institution": "815", "account": random_account()} | overrides
    return DirectDeposit.of(boxes["transit"], boxes["institution"], account=boxes["account"])


def sealed(secret: str, payee_id: str | None, *, purpose: str = "direct_deposit", days: int = 365) -> str:
    binding = Binding(purpose, str(payee_id))
    return seal(secret, keys.public("banking"), binding=binding, expires_at=NOW + timedelta(days=days))


def enrolment(payee_id: str | None, **boxes: Any) -> EnrolDirectDeposit:
    details = {"transit": "30123", "institution": "815", "account": random_account()} | boxes
    return EnrolDirectDeposit(details=sealed(json.dumps(details), payee_id))


def changing(
    payee_id: str | None, *, replaces: int = 1, payee: PayeeOf = "dossier", **boxes: Any
) -> ChangeDirectDeposit:
    details = enrolment(payee_id, **boxes).details
    return ChangeDirectDeposit(details=details, replaces=replaces, payee=payee)


def holding(flow_key: str, secret: str | None = None, **boxes: Any) -> HoldDirectDeposit:
    details = {"transit": "30123", "institution": "815", "account": random_account()} | boxes
    sealed_details = sealed(json.dumps(details), flow_key) if secret is None else secret
    return HoldDirectDeposit(flow_key=flow_key, details=sealed_details)


def provider_registered(flow_key: str | None, **overrides: Any) -> ProviderRegistered:
    values: dict[str, Any] = {
        "account_id": new_id(),
        "provider_id": new_id(),
        "holder_name": "Dre Anaïs Côté",
        "email": "anais@example.org",
        "language": "fr",
        "flow_key": flow_key,
        "direct_deposit": True,
        "registered_at": NOW,
    }
    return ProviderRegistered(**(values | overrides))


def provider_account_ended(registered: ProviderRegistered, **overrides: Any) -> ProviderAccountEnded:
    """The end of the account that was registered."""
    values: dict[str, Any] = {
        "account_id": registered.account_id,
        "provider_id": registered.provider_id,
        "ended_at": registered.registered_at + timedelta(days=15),
    }
    return ProviderAccountEnded(**(values | overrides))


def member(**overrides: Any) -> Actor:
    values: dict[str, Any] = {
        "account_id": new_id(),
        "session_id": new_id(),
        "roles": ("member",),
        "dossier_id": new_id(),
        "language": "en",
    }
    return Actor(**(values | overrides))


def received(message: M, actor: Actor | None = None, **overrides: Any) -> Received[M]:
    values: dict[str, Any] = {"message_id": new_id(), "correlation_id": new_id()}
    return Received(message, actor=actor, **(values | overrides))


def registered(payee_id: str | None, **overrides: Any) -> MemberRegistered:
    values: dict[str, Any] = {
        "account_id": new_id(),
        "dossier_id": payee_id,
        "email": "zoe@example.org",
        "language": "fr",
        "holder_name": "Zoé D’Amours",
        "registered_at": NOW,
    }
    return MemberRegistered(**(values | overrides))


def run_item(payee_id: str | None, **overrides: Any) -> RunItem:
    values: dict[str, Any] = {
        "payment_id": new_id(),
        "payee_id": payee_id,
        "batch_number": f"{secrets.randbelow(10**8):08}",
        "amount_cents": secrets.randbelow(100_000) + 1,
    }
    return RunItem(**(values | overrides))


def run_approved(*items: RunItem, **overrides: Any) -> RunApproved:
    values: dict[str, Any] = {
        "run_id": new_id(),
        "payee_class": "member",
        "payable_on": PAYABLE_ON,
        "amount_cents": sum(item.amount_cents for item in items),
        "items": items,
    }
    return RunApproved(**(values | overrides))


def profile(**overrides: Any) -> BankProfile:
    values: dict[str, Any] = {
        "originator_id": "0000123456",
        "data_centre": "00310",
        "short_name": "ACQUIT",
        "long_name": "ACQUIT HEALTH BENEFITS",
        "returns_to": ReturnsAccount("000300012", "1004589"),
    }
    return BankProfile(**(values | overrides))


def stored_account(**overrides: Any) -> StoredAccount:
    values: dict[str, Any] = {
        "payee_id": new_id(),
        "account_id": new_id(),
        "boxes": EncryptedBoxes(secrets.token_bytes(98), secrets.token_bytes(98), secrets.token_bytes(98)),
        "account_ending": "567",
        "fingerprint": secrets.token_hex(32),
        "enrolled_at": NOW,
    }
    return StoredAccount(**(values | overrides))


def planned_item(**overrides: Any) -> DepositItem:
    values: dict[str, Any] = {"amount_cents": 12_345, "batch_number": "10000042"}
    return DepositItem.planned(new_id(), new_id(), **(values | overrides))


def plan(*items: DepositItem, file_number: int | None = None, **overrides: Any) -> DepositPlan:
    run_id = new_id()
    chosen = items or (planned_item(), planned_item(amount_cents=1))
    file = DepositFile.reserve(
        run_id,
        run_id,
        file_number=file_number or secrets.randbelow(9_999) + 1,
        creation_date=NOW.date(),
        items=chosen,
        at=NOW,
    )
    values: dict[str, Any] = {
        "file": file,
        "file_name": f"aft-{run_id}.txt",
        "originator_id": "0000123456",
        "payable_on": PAYABLE_ON,
        "payee_names": {item.payee_id: f"Payee {item.payee_id}" for item in chosen},
    }
    return DepositPlan(**(values | overrides))


def bank_exception(**overrides: Any) -> BankException:
    values: dict[str, Any] = {
        "exception_id": new_id(),
        "kind": "unknown_reference",
        "source": "digest",
        "subject": "ABC",
        "found_at": NOW,
        "amount_cents": 5,
    }
    return BankException(**(values | overrides))
