"""Loaded directories of institutions in MongoDB, one version beside the other; one pointer says which is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from services.banking.domain.directory import Branch, institutions_of, with_hints
from services.banking.domain.institutions import INSTITUTION_NUMBERS, INSTITUTIONS, Institution
from services.banking.handlers.directory import DirectoryVersion
from shared.mongo import Database, Document
from shared.schema import Index, Schema

VERSIONS: Final = "directory_versions"
BRANCHES: Final = "directory_branches"
LISTED: Final = "directory_institutions"
IN_FORCE: Final = "directory_in_force"
KEPT: Final = 3
"""Versions whose branches stay, for going back; institutions stay for ever, since payees may have accounts there."""

_POINTER: Final = "directory"
_CHUNK: Final = 2_000

SCHEMA: Final = Schema(
    collections=(VERSIONS, BRANCHES, LISTED, IN_FORCE),
    indexes=(Index(BRANCHES, (("version", 1),)), Index(LISTED, (("version", 1), ("number", 1)))),
)


class MongoDirectory:
    """``InstitutionDirectory``. What a version lists never changes, so that it is read once; the pointer each time."""

    def __init__(self, database: Database) -> None:
        self._branches = database.collection(BRANCHES)
        self._listed = database.collection(LISTED)
        self._in_force = database.collection(IN_FORCE)
        self._read: tuple[int, Mapping[str, Institution]] | None = None

    async def version(self) -> int | None:
        """See ``InstitutionDirectory``."""
        pointer = await self._in_force.find_one({"_id": _POINTER})
        return None if pointer is None else int(pointer["version"])

    async def institutions(self) -> Mapping[str, Institution]:
        """See ``InstitutionDirectory``."""
        version = await self.version()
        if version is None:
            return INSTITUTIONS
        if self._read is None or self._read[0] != version:
            rows = await self._listed.find({"version": version}, sort=[("number", 1)])
            listed = (Institution(row["number"], row["name_en"], row["name_fr"]) for row in rows)
            self._read = (version, with_hints(listed))
        return self._read[1]

    async def branch(self, institution: str, transit: str) -> Branch | None:
        """See ``InstitutionDirectory``."""
        version = await self.version()
        row = None if version is None else await self._branches.find_one({"_id": f"{version}:{institution}{transit}"})
        return None if row is None else _branch(row)

    async def numbers_ever(self) -> frozenset[str]:
        """See ``InstitutionDirectory``."""
        rows = await self._listed.aggregate([{"$group": {"_id": "$number"}}])
        return INSTITUTION_NUMBERS | {row["_id"] for row in rows}


class MongoDirectoryVersions:
    """``DirectoryVersions``."""

    def __init__(self, database: Database) -> None:
        self._versions = database.collection(VERSIONS)
        self._branches = database.collection(BRANCHES)
        self._listed = database.collection(LISTED)
        self._in_force = database.collection(IN_FORCE)

    async def add(self, branches: Sequence[Branch], *, sha256: str, refused: int, at: datetime) -> DirectoryVersion:
        """See ``DirectoryVersions``."""
        (last,) = await self._versions.find({}, sort=[("_id", -1)], limit=1) or ({"_id": 0},)
        number, listed = int(last["_id"]) + 1, institutions_of(branches)
        document: Document = {
            "_id": number,
            "sha256": sha256,
            "cycle": max((branch.cycle for branch in branches), default=""),
            "branches": len(branches),
            "institutions": len(listed),
            "refused": refused,
            "loaded_at": at,
            "complete": False,
        }
        await self._versions.insert_one(document)
        for start in range(0, len(branches), _CHUNK):
            await self._branches.insert_many([_document(number, one) for one in branches[start : start + _CHUNK]])
        await self._listed.insert_many(
            [
                {"_id": f"{number}:{one.number}", "version": number, "number": one.number}
                | {"name_en": one.name_en, "name_fr": one.name_fr}
                for one in listed
            ]
        )
        await self._versions.update_one({"_id": number}, {"$set": {"complete": True}})
        return _version(document | {"complete": True}, in_force=None)

    async def list_all(self) -> tuple[DirectoryVersion, ...]:
        """See ``DirectoryVersions``."""
        pointer = await self._in_force.find_one({"_id": _POINTER})
        rows = await self._versions.find({}, sort=[("_id", -1)])
        return tuple(_version(row, in_force=pointer["version"] if pointer else None) for row in rows)

    async def put_in_force(self, number: int) -> None:
        """See ``DirectoryVersions``."""
        await self._in_force.update_one({"_id": _POINTER}, {"$set": {"version": number}}, upsert=True)

    async def forget_branches(self, numbers: Sequence[int]) -> None:
        """See ``DirectoryVersions``."""
        wanted = {"$in": list(numbers)}
        await self._versions.update_many({"_id": wanted}, {"$set": {"complete": False}})
        await self._branches.delete_many({"version": wanted})


def _document(version: int, branch: Branch) -> Document:
    return {"_id": f"{version}:{branch.institution}{branch.transit}", "version": version, **asdict(branch)}


def _branch(row: Mapping[str, Any]) -> Branch:
    return Branch(**{name: value for name, value in row.items() if name not in {"_id", "version"}})


def _version(row: Mapping[str, Any], *, in_force: int | None) -> DirectoryVersion:
    return DirectoryVersion(
        number=row["_id"],
        sha256=row["sha256"],
        cycle=row["cycle"],
        branches=row["branches"],
        institutions=row["institutions"],
        refused=row["refused"],
        loaded_at=row["loaded_at"],
        is_complete=row["complete"],
        is_in_force=row["_id"] == in_force,
    )
