"""Identity's repositories of recovery and administrator security in memory; without transactions."""

# ruff: noqa: ARG002 - the ports have a session

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from services.identity.domain.address_changes import AddressChange
from services.identity.domain.administrators import AdministratorCredential
from services.identity.domain.attempts import Attempts
from services.identity.domain.recovery import RecoveryUnderWay
from services.identity.domain.safeguard_errors import AdministratorChangedError
from shared.mongo import DuplicateKey, Session


class MemoryRecoveriesUnderWay:
    def __init__(self) -> None:
        self.rows: dict[str, RecoveryUnderWay] = {}

    async def get(self, recovery_id: str, *, session: Session | None = None) -> RecoveryUnderWay | None:
        return self.rows.get(recovery_id)

    async def add(self, recovery: RecoveryUnderWay, *, session: Session | None = None) -> None:
        if recovery.recovery_id in self.rows:
            raise DuplicateKey("_id")
        self.rows[recovery.recovery_id] = recovery

    async def save(self, recovery: RecoveryUnderWay, *, session: Session | None = None) -> None:
        self.rows[recovery.recovery_id] = recovery


class MemoryAdministrators:
    def __init__(self) -> None:
        self.rows: dict[str, AdministratorCredential] = {}

    async def get(self, provider_id: str, *, session: Session | None = None) -> AdministratorCredential | None:
        await asyncio.sleep(0)
        return self.rows.get(provider_id)

    async def save(self, credential: AdministratorCredential, *, session: Session | None = None) -> None:
        known = self.rows.get(credential.provider_id)
        if known is not None and credential.version == 1:
            raise DuplicateKey("_id")
        if credential.version != (1 if known is None else known.version + 1):
            raise AdministratorChangedError
        self.rows[credential.provider_id] = credential

    async def set_attempts(
        self, provider_id: str, *, known: Attempts, attempts: Attempts, session: Session | None = None
    ) -> bool:
        row = self.rows.get(provider_id)
        if row is None or row.attempts != known:
            return False
        self.rows[provider_id] = replace(row, misses=attempts.misses, blocked_until=attempts.blocked_until)
        return True


class MemoryAddressChanges:
    def __init__(self) -> None:
        self.rows: dict[str, AddressChange] = {}

    async def get(self, change_id: str, *, session: Session | None = None) -> AddressChange | None:
        return self.rows.get(change_id)

    async def save(self, change: AddressChange, *, session: Session | None = None) -> None:
        self.rows[change.change_id] = change

    async def list_former(self, account_id: str, *, session: Session | None = None) -> Sequence[str]:
        found = [row for row in self.rows.values() if row.account_id == account_id and row.provider_id is None]
        return list(dict.fromkeys(row.former for row in found if row.former is not None))
