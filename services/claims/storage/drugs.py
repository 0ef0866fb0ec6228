"""Versions of the drug list in MongoDB, and extracts on their way."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from services.claims.domain.bilingual import Bilingual
from services.claims.domain.catalogue import Named
from services.claims.domain.drugs import Drug, DrugSchedule, Ingredient, ListInfo, ListStatus
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

DRUGS: Final = "drugs"
VERSIONS: Final = "drug_versions"
CURRENT: Final = "drug_list"
UPLOADS: Final = "drug_uploads"
SCHEMA: Final = Schema(
    collections=(DRUGS, VERSIONS, CURRENT, UPLOADS),
    indexes=(
        Index(DRUGS, (("version", 1),)),
        Index(UPLOADS, (("upload_id", 1), ("position", 1)), unique=True),
        Index(UPLOADS, (("forget_at", 1),), expire_after_seconds=0),
    ),
)
BATCH: Final = 1_000
UPLOAD_KEPT: Final = timedelta(hours=1)
_THE_LIST: Final = "current"


class MongoDrugs:
    """``DrugRepository``: products of all versions in one collection, a document that points at the present one."""

    def __init__(self, database: Database) -> None:
        self._drugs = database.collection(DRUGS)
        self._versions = database.collection(VERSIONS)
        self._current = database.collection(CURRENT)

    async def current(self, *, session: Session | None = None) -> ListInfo | None:
        found = await self._current.find_one({"_id": _THE_LIST}, session=session)
        return None if found is None else _info(found)

    async def drugs_of(self, version: str) -> AsyncIterator[Drug]:
        async for row in self._drugs.stream({"version": version}):
            yield _drug(row)

    async def add(self, version: str, drugs: Sequence[Drug], *, now: datetime) -> None:
        await self._versions.insert_one({"_id": version, "added_at": now})
        for start in range(0, len(drugs), BATCH):
            await self._drugs.insert_many([_document(version, drug) for drug in drugs[start : start + BATCH]])

    async def discard(self, version: str) -> None:
        await self._drugs.delete_many({"version": version})
        await self._versions.delete_one({"_id": version})

    async def discard_old(self, *, before: datetime) -> None:
        present = await self.current()
        for row in await self._versions.find({"added_at": {"$lt": before}}):
            if present is None or row["_id"] != present.version:
                await self.discard(row["_id"])

    async def switch(self, info: ListInfo, *, replaces: str | None, session: Session | None) -> bool:
        present = await self.current(session=session)
        if (None if present is None else present.version) != replaces:
            return False
        await self._current.replace_one({"_id": _THE_LIST}, _info_document(info), upsert=True, session=session)
        return True


class MongoDrugUploads:
    """``DrugUploadRepository``."""

    def __init__(self, database: Database) -> None:
        self._uploads = database.collection(UPLOADS)

    async def put(self, upload_id: str, position: int, data: bytes, *, account_id: str, now: datetime) -> None:
        key = {"upload_id": upload_id, "position": position, "account_id": account_id}
        kept = {"_id": f"{upload_id}.{position}", "data": data, "forget_at": now + UPLOAD_KEPT}
        await self._uploads.update_one(key, {"$setOnInsert": kept}, upsert=True)

    async def load(self, upload_id: str, *, account_id: str) -> Sequence[bytes]:
        query = {"upload_id": upload_id, "account_id": account_id}
        return [bytes(found["data"]) for found in await self._uploads.find(query, sort=[("position", 1)])]


def _info_document(info: ListInfo) -> Document:
    return {
        "_id": _THE_LIST,
        "version": info.version,
        "digest": info.digest,
        "status": info.status.value,
        "extracted_on": info.extracted_on.isoformat(),
        "loaded_at": info.loaded_at,
        "products": info.products,
        "skipped": info.skipped,
        "bad_rows": info.bad_rows,
    }


def _info(row: Mapping[str, Any]) -> ListInfo:
    return ListInfo(
        version=row["version"],
        digest=row["digest"],
        status=ListStatus(row["status"]),
        extracted_on=date.fromisoformat(row["extracted_on"]),
        loaded_at=row["loaded_at"],
        products=row["products"],
        skipped=row["skipped"],
        bad_rows=row["bad_rows"],
    )


def _document(version: str, drug: Drug) -> Document:
    return {
        "_id": f"{version}.{drug.din}",
        "version": version,
        "din": drug.din,
        "names": _texts(drug.names),
        "descriptors": _texts(drug.descriptors),
        "company": drug.company,
        "group": drug.group,
        "updated_on": drug.updated_on.isoformat(),
        "ingredients": [[*_texts(each.names), *_texts(each.strength)] for each in drug.ingredients],
        "forms": _named(drug.forms),
        "routes": _named(drug.routes),
        "schedules": [schedule.value for schedule in drug.schedules],
        "atc": _named(drug.atc),
        "packages": list(drug.packages),
        "biosimilar": drug.biosimilar,
    }


def _drug(row: Mapping[str, Any]) -> Drug:
    return Drug(
        din=row["din"],
        names=Bilingual(*row["names"]),
        descriptors=Bilingual(*row["descriptors"]),
        company=row["company"],
        group=row["group"],
        updated_on=date.fromisoformat(row["updated_on"]),
        ingredients=tuple(Ingredient(Bilingual(*each[:2]), Bilingual(*each[2:])) for each in row["ingredients"]),
        forms=_named_from(row["forms"]),
        routes=_named_from(row["routes"]),
        schedules=tuple(map(DrugSchedule, row["schedules"])),
        atc=_named_from(row["atc"]),
        packages=tuple(row["packages"]),
        biosimilar=row["biosimilar"],
    )


def _texts(texts: Bilingual) -> list[str]:
    """French, English."""
    return [texts.fr, texts.en]


def _named(values: Sequence[Named]) -> list[list[str]]:
    return [[value.code, *_texts(value.names)] for value in values]


def _named_from(rows: Sequence[Sequence[str]]) -> tuple[Named, ...]:
    return tuple(Named(code, Bilingual(fr, en)) for code, fr, en in rows)
