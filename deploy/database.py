"""Databases, roles, users and indexes: what the deployer makes so that services need no right to make anything.

Every service's user may find, insert, update and remove in its own database; in collections declared append-only it may
find and insert. Everything here can be run again at any time.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final

from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure

from shared.mongo import Document
from shared.schema import Index, Schema

STORAGE_MODULES: Final = {
    name: f"services.{name}.storage" for name in ("edge", "identity", "banking", "claims", "payments", "notification")
}
SERVICE_ROLE: Final = "acquit_service"
_WRITE: Final = ("find", "insert", "update", "remove")
_APPEND: Final = ("find", "insert")
_OPTIONS_CHANGED: Final = frozenset({85, 86})


def load_schemas() -> dict[str, Schema]:
    """Schema of every service by name."""
    return {name: import_module(module).SCHEMA for name, module in STORAGE_MODULES.items()}


def prepare(admin_url: str, schemas: Mapping[str, Schema], passwords: Mapping[str, str]) -> None:
    """Create collections, indexes, roles and users for all ``schemas``."""
    client: MongoClient[Document] = MongoClient(admin_url, serverSelectionTimeoutMS=10_000)
    try:
        for name, schema in schemas.items():
            database = client[name]
            create_collections(database, schema)
            _create_user(database, name, passwords[name], _privileges(name, schema))
    finally:
        client.close()


def create_collections(database: Database[Document], schema: Schema) -> None:
    """Create what is missing; indexes whose options changed are made anew."""
    existing = set(database.list_collection_names())
    for collection in (*schema.collections, *schema.append_only):
        if collection not in existing:
            database.create_collection(collection)
    for index in schema.indexes:
        _create_index(database[index.collection], index)


def _create_index(collection: Collection[Document], index: Index) -> None:
    model = index.model()
    try:
        collection.create_indexes([model])
    except OperationFailure as error:
        if error.code not in _OPTIONS_CHANGED:
            raise
        collection.drop_index(model.document["name"])
        collection.create_indexes([model])


def _privileges(name: str, schema: Schema) -> list[Document]:
    def privilege(collection: str, actions: Sequence[str]) -> Document:
        return {"resource": {"db": name, "collection": collection}, "actions": list(actions)}

    return [
        *(privilege(collection, _WRITE) for collection in schema.collections),
        *(privilege(collection, _APPEND) for collection in schema.append_only),
    ]


def _create_user(database: Database[Document], name: str, password: str, privileges: list[Document]) -> None:
    role: dict[str, Any] = {"privileges": privileges, "roles": []}
    if database.command("rolesInfo", SERVICE_ROLE)["roles"]:
        database.command("updateRole", SERVICE_ROLE, **role)
    else:
        database.command("createRole", SERVICE_ROLE, **role)
    if database.command("usersInfo", name)["users"]:
        database.command("updateUser", name, pwd=password, roles=[SERVICE_ROLE])
    else:
        database.command("createUser", name, pwd=password, roles=[SERVICE_ROLE], mechanisms=["SCRAM-SHA-256"])
