"""Identity's repositories in memory, with the same promises as those on MongoDB; without transactions."""

# ruff: noqa: ARG002 - the ports have a session

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.identity.domain.accounts import Account, user_name_key
from services.identity.domain.answers import RecoveryRecord
from services.identity.domain.attempts import Attempts
from services.identity.domain.contact_choices import ContactChoice
from services.identity.domain.errors import AccountChangedError, FlowChangedError
from services.identity.domain.flows import Flow
from services.identity.domain.roster import Dossier, DossierNumber
from services.identity.domain.terms import Acceptance
from shared.mongo import DuplicateKey, Session


class MemoryDossiers:
    def __init__(self) -> None:
        self._dossiers: dict[str, Dossier] = {}

    async def get(self, dossier_id: str, *, session: Session | None = None) -> Dossier | None:
        return self._dossiers.get(dossier_id)

    async def list_by_ids(self, dossier_ids: Sequence[str], *, session: Session | None = None) -> Mapping[str, Dossier]:
        return {key: self._dossiers[key] for key in dossier_ids if key in self._dossiers}

    async def save_all(self, dossiers: Sequence[Dossier], *, session: Session | None = None) -> None:
        self._dossiers |= {dossier.dossier_id: dossier for dossier in dossiers}


class MemoryAccounts:
    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    async def get(self, account_id: str, *, session: Session | None = None) -> Account | None:
        return self._accounts.get(account_id)

    async def get_by_user_name(self, user_name: str, *, session: Session | None = None) -> Account | None:
        key = user_name_key(user_name)
        return next((item for item in self._accounts.values() if user_name_key(item.user_name) == key), None)

    async def get_by_email(self, email: str, role: str, *, session: Session | None = None) -> Account | None:
        accounts = self._accounts.values()
        return next((a for a in accounts if a.email.casefold() == email.casefold() and role in a.roles), None)

    async def get_by_dossier(self, dossier_id: str, *, session: Session | None = None) -> Account | None:
        accounts = self._accounts.values()
        return next((a for a in accounts if dossier_id in {number.dossier_id for number in a.dossiers}), None)

    async def list_by_email(self, email: str, *, session: Session | None = None) -> Sequence[Account]:
        return [account for account in self._accounts.values() if account.email == email]

    async def get_by_provider(self, provider_id: str, *, session: Session | None = None) -> Account | None:
        return next((account for account in self._accounts.values() if account.provider_id == provider_id), None)

    async def remove(self, account_id: str, *, session: Session | None = None) -> None:
        self._accounts.pop(account_id, None)

    async def add(self, account: Account, *, session: Session | None = None) -> None:
        if await self.get_by_user_name(account.user_name) is not None:
            raise DuplicateKey("user_name_key")
        for role in account.roles:
            if await self.get_by_email(account.email, role) is not None:
                raise DuplicateKey("email_roles")
        if account.provider_id and any(known.provider_id == account.provider_id for known in self._accounts.values()):
            raise DuplicateKey("provider_id")
        for number in account.dossiers:
            if await self.get_by_dossier(number.dossier_id) is not None:
                raise DuplicateKey("_id")
        self._accounts[account.account_id] = account

    async def save(self, account: Account, *, session: Session | None = None) -> None:
        known = self._accounts.get(account.account_id)
        if known is None or known.version != account.version:
            raise AccountChangedError
        self._accounts[account.account_id] = replace(account, dossiers=known.dossiers, version=account.version + 1)

    async def add_dossier(self, account_id: str, number: DossierNumber, *, session: Session | None = None) -> None:
        if await self.get_by_dossier(number.dossier_id) is not None:
            raise DuplicateKey("_id")
        known = self._accounts[account_id]
        self._accounts[account_id] = replace(known, dossiers=(*known.dossiers, number))

    async def replace_password(self, account_id: str, *, old: str, new: str) -> bool:
        account = self._accounts.get(account_id)
        if account is None or account.password != old:
            return False
        self._accounts[account_id] = replace(account, password=new)
        return True


class MemoryFlows:
    def __init__(self) -> None:
        self._flows: dict[str, Flow] = {}

    async def get(self, flow_id: str, *, session: Session | None = None) -> Flow | None:
        return self._flows.get(flow_id)

    async def add(self, flow: Flow, *, session: Session | None = None) -> None:
        if flow.flow_id in self._flows:
            raise DuplicateKey("_id")
        self._flows[flow.flow_id] = flow

    async def save(self, flow: Flow, *, session: Session | None = None) -> None:
        known = self._flows.get(flow.flow_id)
        if known is None or known.version != flow.version:
            raise FlowChangedError
        self._flows[flow.flow_id] = replace(flow, version=flow.version + 1)


class MemoryChecks:
    def __init__(self) -> None:
        self.rows: list[tuple[str, bool, datetime]] = []

    async def add(self, dossier_id: str, *, matched: bool, at: datetime, session: Session | None = None) -> None:
        self.rows.append((dossier_id, matched, at))

    async def count_misses(
        self, dossier_id: str, *, since: datetime, up_to: int, session: Session | None = None
    ) -> int:
        misses = [at for known, matched, at in self.rows if known == dossier_id and not matched and at >= since]
        return min(len(misses), up_to)


class MemoryRecoveries:
    def __init__(self) -> None:
        self.rows: dict[str, RecoveryRecord] = {}

    async def get(self, account_id: str, *, session: Session | None = None) -> RecoveryRecord | None:
        return self.rows.get(account_id)

    async def save(self, record: RecoveryRecord, *, session: Session | None = None) -> None:
        self.rows[record.account_id] = record

    async def set_attempts(
        self, account_id: str, *, known: Attempts, attempts: Attempts, session: Session | None = None
    ) -> bool:
        record = await self.get(account_id)
        if record is None or record.attempts != known:
            return False
        await self.save(replace(record, misses=attempts.misses, blocked_until=attempts.blocked_until))
        return True


class MemoryAcceptances:
    def __init__(self) -> None:
        self.rows: list[Acceptance] = []

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[Acceptance]:
        return [row for row in self.rows if row.account_id == account_id]

    async def add(self, acceptance: Acceptance, *, session: Session | None = None) -> None:
        version = (acceptance.account_id, acceptance.terms_id, acceptance.version)
        if any((row.account_id, row.terms_id, row.version) == version for row in self.rows):
            raise DuplicateKey("_id")
        self.rows.append(acceptance)


class MemoryContactChoices:
    def __init__(self) -> None:
        self.rows: dict[str, ContactChoice] = {}

    async def get(self, account_id: str, *, session: Session | None = None) -> ContactChoice | None:
        return self.rows.get(account_id)

    async def put(self, choice: ContactChoice, *, session: Session | None = None) -> None:
        self.rows[choice.account_id] = choice
