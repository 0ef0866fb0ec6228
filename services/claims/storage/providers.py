"""The directory of providers in MongoDB, and which providers claims were made for (CLM-2)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from pymongo import UpdateOne

from services.claims.domain.claim import ClaimStatus
from services.claims.domain.directory import DirectoryEntry, PracticeAddress, Registration, State
from services.claims.domain.facts import Provider
from services.claims.domain.provider_names import keys_of
from services.claims.domain.provider_phone import local_part
from services.claims.handlers.ports_providers import ProviderAccount, Sought, UsedProvider
from services.claims.handlers.provider_adding import DRAFT_KEPT
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

PROVIDERS: Final = "providers"
ACCOUNTS: Final = "provider_accounts"

SCHEMA: Final = Schema(
    collections=(PROVIDERS, ACCOUNTS),
    indexes=(
        Index(PROVIDERS, (("name_keys", 1),)),
        Index(PROVIDERS, (("local_phone", 1),), partial={"local_phone": {"$gt": ""}}),
        Index(PROVIDERS, (("phone", 1),), partial={"phone": {"$gt": ""}}),
        Index(PROVIDERS, (("profession", 1), ("state", 1))),
        Index(PROVIDERS, (("merged_into", 1),), partial={"merged_into": {"$gt": ""}}),
        Index(PROVIDERS, (("state", 1), ("_id", 1)), partial={"state": State.OWN.value}),
        Index(PROVIDERS, (("dossier_id", 1), ("state", 1)), partial={"dossier_id": {"$gt": ""}}),
        Index(PROVIDERS, (("draft_since", 1),), expire_after_seconds=int(DRAFT_KEPT.total_seconds())),
        Index(ACCOUNTS, (("provider_id", 1),)),
        Index("claims", (("dossier_id", 1), ("claim_type", 1), ("received_at", -1))),
    ),
)
"""``name_keys`` hold each word of a provider's names, whole and without each of its letters."""


class MongoDirectory:
    """``DirectoryRepository``."""

    def __init__(self, database: Database) -> None:
        self._providers = database.collection(PROVIDERS)

    async def get_many(self, provider_ids: Collection[str], *, session: Session | None) -> Mapping[str, DirectoryEntry]:
        rows = await self._providers.find({"_id": {"$in": list(provider_ids)}}, session=session)
        return {row["_id"]: _entry(row) for row in rows}

    async def list_merged_into(
        self, provider_ids: Collection[str], *, session: Session | None
    ) -> Sequence[DirectoryEntry]:
        query = {"merged_into": {"$in": list(provider_ids), "$gt": ""}}
        return [_entry(row) for row in await self._providers.find(query, sort=[("_id", 1)], session=session)]

    async def list_by_phones(self, phones: Collection[str], *, session: Session | None) -> Sequence[DirectoryEntry]:
        query = {"phone": {"$in": list(phones), "$gt": ""}}
        return [_entry(row) for row in await self._providers.find(query, sort=[("_id", 1)], session=session)]

    async def find(self, sought: Sought, *, limit: int) -> Sequence[DirectoryEntry]:
        """One question after the other, each with what the ones before it left of the limit: a common name crowds out
        no number, and words with mistakes crowd out none without.
        """
        found: dict[str, DirectoryEntry] = {}
        for query in _questions(sought):
            if len(found) < limit:
                rows = await self._providers.find({**query, **_visible(sought.dossier_id)}, limit=limit)
                found |= {row["_id"]: _entry(row) for row in rows if row["_id"] not in found}
        return list(found.values())[:limit]

    async def list_waiting(self, *, after: str | None, limit: int) -> Sequence[DirectoryEntry]:
        query: Document = {"state": State.OWN.value}
        if after is not None:
            query["_id"] = {"$gt": after}
        return [_entry(row) for row in await self._providers.find(query, sort=[("_id", 1)], limit=limit)]

    async def count_waiting(self, dossier_id: str, *, session: Session | None) -> int:
        query = {"dossier_id": dossier_id, "state": {"$in": [State.DRAFT.value, State.OWN.value]}}
        return len(await self._providers.find(query, projection={"_id": 1}, session=session))

    async def save_all(self, entries: Sequence[DirectoryEntry], *, session: Session | None) -> None:
        await self._providers.bulk_write([_save(entry) for entry in entries], session=session)


def _questions(sought: Sought) -> list[Document]:
    questions: list[Document] = []
    if sought.local_phone:
        questions.append({"local_phone": sought.local_phone})
    if sought.names:
        questions.append({"$and": [{"name_keys": {"$in": list(words)}} for words in sought.names]})
        questions.append({"$and": [{"name_keys": {"$in": sorted(keys_of(words))}} for words in sought.names]})
    if not questions and sought.professions:
        questions.append({"profession": {"$in": sorted(sought.professions)}})
    return questions


def _visible(dossier_id: str) -> Document:
    everybodys = {"state": {"$in": [State.LISTED.value, State.MERGED.value]}}
    return {"$or": [everybodys, {"dossier_id": dossier_id, "state": State.OWN.value}]}


def _save(entry: DirectoryEntry) -> UpdateOne:
    """MongoDB would take no notice of a write that changes nothing; ``saved`` makes every one of them a change."""
    update: Document = {"$set": _document(entry), "$inc": {"saved": 1}}
    if entry.state is State.DRAFT:
        update["$set"]["draft_since"] = entry.added_at
    else:
        update["$unset"] = {"draft_since": ""}
    return UpdateOne({"_id": entry.provider_id}, update, upsert=True)


def _document(entry: DirectoryEntry) -> Document:
    address, known = entry.address, entry.registration
    return {
        "state": entry.state.value,
        "profession": entry.profession,
        "name": entry.name,
        "practice_name": entry.practice_name,
        "phone": entry.phone,
        "address": {
            "street": address.street,
            "unit": address.unit,
            "city": address.city,
            "province": address.province,
            "postal_code": address.postal_code,
        },
        "registration": None if known is None else _registration_document(known),
        "dossier_id": entry.dossier_id,
        "account_id": entry.account_id,
        "added_at": entry.added_at,
        "merged_into": entry.merged_into,
        "name_keys": sorted(keys_of(entry.words)),
        "local_phone": local_part(entry.phone),
    }


def _registration_document(known: Registration) -> Document:
    return {
        "version": known.version,
        "kind": known.kind,
        "active": known.active,
        "signed_from": known.signed_from.isoformat() if known.signed_from else None,
        "registered_on": known.registered_on.isoformat() if known.registered_on else None,
        "account_open": known.account_open,
    }


def _entry(row: Mapping[str, Any]) -> DirectoryEntry:
    known = row["registration"]
    return DirectoryEntry(
        provider_id=row["_id"],
        state=State(row["state"]),
        profession=row["profession"],
        name=row["name"],
        practice_name=row["practice_name"],
        phone=row["phone"],
        address=PracticeAddress(**row["address"]),
        registration=None if known is None else _registration(known),
        dossier_id=row["dossier_id"],
        account_id=row["account_id"],
        added_at=row["added_at"],
        merged_into=row["merged_into"],
    )


def _registration(row: Mapping[str, Any]) -> Registration:
    return Registration(
        version=row["version"],
        kind=row["kind"],
        active=row["active"],
        signed_from=date.fromisoformat(row["signed_from"]) if row["signed_from"] else None,
        registered_on=date.fromisoformat(row["registered_on"]) if row["registered_on"] else None,
        account_open=row["account_open"],
    )


class MongoProviderAccounts:
    """``ProviderAccountRepository``."""

    def __init__(self, database: Database) -> None:
        self._accounts = database.collection(ACCOUNTS)

    async def get(self, account_id: str, *, session: Session | None) -> ProviderAccount | None:
        row = await self._accounts.find_one({"_id": account_id}, session=session)
        return None if row is None else _account(row)

    async def list_of_provider(self, provider_id: str, *, session: Session | None) -> Sequence[ProviderAccount]:
        rows = await self._accounts.find({"provider_id": provider_id}, sort=[("_id", 1)], session=session)
        return [_account(row) for row in rows]

    async def save(self, account: ProviderAccount, *, session: Session | None) -> None:
        document = {
            "_id": account.account_id,
            "provider_id": account.provider_id,
            "registered_at": account.registered_at,
            "disabled_at": account.disabled_at,
            "reinstated_at": account.reinstated_at,
            "purged_at": account.purged_at,
        }
        await self._accounts.replace_one({"_id": account.account_id}, document, upsert=True, session=session)


def _account(row: Mapping[str, Any]) -> ProviderAccount:
    return ProviderAccount(
        account_id=row["_id"],
        provider_id=row["provider_id"],
        registered_at=row["registered_at"],
        disabled_at=row["disabled_at"],
        reinstated_at=row["reinstated_at"],
        purged_at=row["purged_at"],
    )


class MongoUsedProviders:
    """``UsedProviderRepository``: reads the claims."""

    def __init__(self, database: Database) -> None:
        self._claims = database.collection("claims")

    async def list_used(self, dossier_id: str, claim_type: str, *, limit: int) -> Sequence[UsedProvider]:
        rows = await self._claims.find(
            {"dossier_id": dossier_id, "claim_type": claim_type, "status": {"$ne": ClaimStatus.VOIDED.value}},
            projection={"provider": 1, "received_at": 1},
            sort=[("received_at", -1)],
            limit=limit,
        )
        return [UsedProvider(_provider(row["provider"]), row["received_at"]) for row in rows]


def _provider(row: Mapping[str, str]) -> Provider:
    return Provider(row["name"], row["phone"], row["id"])
