"""Making the database fail on request."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from deploy.local.stack import Stack
from shared.mongo import Database, Document


class Failures:
    """Fail points of the server (MongoDB's ``failCommand``), limited to the connections of one database handle."""

    def __init__(self, admin: MongoClient[Document]) -> None:
        self._admin = admin

    @contextmanager
    def of(
        self, database: Database, commands: Sequence[str], *, times: int | None = None, **failure: Any
    ) -> Iterator[None]:
        """While inside, ``commands`` of ``database`` fail as ``failure`` says, ``times`` times or always."""
        point = {
            "configureFailPoint": "failCommand",
            "mode": "alwaysOn" if times is None else {"times": times},
            "data": {"failCommands": list(commands), "appName": f"acquit-{database.name}", **failure},
        }
        self._admin.admin.command(point)
        try:
            yield
        finally:
            self._admin.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
            if "commitTransaction" in commands:
                self._end_transactions()

    def _end_transactions(self) -> None:
        """A transaction whose commit never reached the server keeps its locks for a minute there."""
        self._admin.admin.command({"killAllSessions": []})


@pytest.fixture
def failures(stack: Stack) -> Iterator[Failures]:
    admin: MongoClient[Document] = MongoClient(stack.servers.mongodb_admin_url, appname=f"tests-{uuid4().hex[:8]}")
    yield Failures(admin)
    admin.close()


@pytest.fixture
def impatient_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver gives a transaction up at its first failure instead of after two minutes."""
    monkeypatch.setattr("motor.core._WITH_TRANSACTION_RETRY_TIME_LIMIT", -1)
