"""Grants: who may use which online service of a provider, and when (DEL-2, DEL-8)."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from services.identity.domain.delegation_errors import GrantRevokedError
from services.identity.domain.delegations import Service


class GrantStatus(StrEnum):
    """``revoked`` is final until a new request renews the grant."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One row per provider, delegate and service (D1). Both days are inclusive, America/Toronto."""

    grant_id: str
    provider_id: str
    account_id: str
    delegate_name: str
    service: Service
    valid_from: date
    valid_to: date | None = None
    status: GrantStatus = GrantStatus.ACTIVE
    version: int = 1

    def allows(self, today: date) -> bool:
        """Whether it counts on this day."""
        begun = self.valid_from <= today
        return self.status is GrantStatus.ACTIVE and begun and (self.valid_to is None or today <= self.valid_to)

    def standing(self, today: date) -> bool:
        """Whether it gives access now or may do so later: neither revoked nor over."""
        return self.status is not GrantStatus.REVOKED and (self.valid_to is None or today <= self.valid_to)

    def with_status(self, status: GrantStatus) -> "Grant":
        """Suspended, resumed or revoked.

        Raises:
            GrantRevokedError: revoked before.
        """
        if self.status is GrantStatus.REVOKED and status is not GrantStatus.REVOKED:
            raise GrantRevokedError
        return replace(self, status=status)

    def renewed(self, *, valid_from: date, valid_to: date | None, delegate_name: str, today: date) -> "Grant":
        """The same row for a new period, after a new request was approved; access of today is not interrupted."""
        return replace(
            self,
            status=GrantStatus.ACTIVE,
            valid_from=min(self.valid_from, valid_from) if self.allows(today) else valid_from,
            valid_to=valid_to,
            delegate_name=delegate_name,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What delegation must know of an account: whose it is and whether it may be used."""

    account_id: str
    name: str
    email: str
    language: str
    roles: tuple[str, ...]
    provider_id: str | None
    active: bool
