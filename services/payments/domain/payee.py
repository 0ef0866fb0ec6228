"""Payees that can be paid by direct deposit."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """A payee whose bank details banking holds; ``account_ids`` are told about payments, in order of enrolling."""

    payee_id: str
    account_ids: tuple[str, ...]
    enrolled_at: datetime
