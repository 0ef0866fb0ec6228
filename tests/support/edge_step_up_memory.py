"""The edge's step-ups in memory, with the same promises as those on MongoDB."""

from dataclasses import replace
from datetime import datetime

from services.edge.auth.step_up import StepUpRecord
from shared.mongo import DuplicateKey


class MemoryStepUps:
    def __init__(self) -> None:
        self.rows: dict[str, StepUpRecord] = {}

    async def add(self, record: StepUpRecord) -> None:
        if record.key in self.rows:
            raise DuplicateKey
        self.rows[record.key] = record

    async def get(self, key: str) -> StepUpRecord | None:
        return self.rows.get(key)

    async def grant(self, key: str, *, token: str, until: datetime) -> bool:
        row = self.rows.get(key)
        if row is None or row.token is not None:
            return False
        self.rows[key] = replace(row, token=token, expires_at=until)
        return True

    async def take(self, token: str, *, now: datetime) -> StepUpRecord | None:
        for row in self.rows.values():
            if row.token == token and row.used_at is None and now < row.expires_at:
                taken = self.rows[row.key] = replace(row, used_at=now)
                return taken
        return None

    async def give_back(self, token: str) -> None:
        for row in list(self.rows.values()):
            if row.token == token:
                self.rows[row.key] = replace(row, used_at=None)
