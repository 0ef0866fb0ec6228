"""What a service's database holds: declared beside its repositories, made by the deployer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pymongo import IndexModel


@dataclass(frozen=True, slots=True)
class Index:
    """An index, declared beside the repository that needs it and made by the deployer."""

    collection: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    expire_after_seconds: int | None = None
    partial: Mapping[str, Any] | None = None
    case_insensitive: bool = False

    def model(self) -> IndexModel:
        """The driver's form of it."""
        options: dict[str, Any] = {"name": "_".join(f"{name}_{order}" for name, order in self.keys)}
        if self.unique:
            options["unique"] = True
        if self.expire_after_seconds is not None:
            options["expireAfterSeconds"] = self.expire_after_seconds
        if self.partial is not None:
            options["partialFilterExpression"] = dict(self.partial)
        if self.case_insensitive:
            options["collation"] = {"locale": "en", "strength": 2}
        return IndexModel(list(self.keys), **options)


@dataclass(frozen=True, slots=True)
class Schema:
    """What a service's database holds: collections and their indexes."""

    collections: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    append_only: tuple[str, ...] = field(default=())
    """Collections that the service may insert into and read, never change (database role)."""


def joined(*parts: Schema) -> Schema:
    """The schema of a service whose features describe their shares."""
    return Schema(
        collections=tuple(dict.fromkeys(name for part in parts for name in part.collections)),
        indexes=tuple(index for part in parts for index in part.indexes),
        append_only=tuple(dict.fromkeys(name for part in parts for name in part.append_only)),
    )
