"""Enrolments under way in MongoDB."""

from dataclasses import replace
from typing import Any, Final

from services.identity.domain.errors import FlowChangedError
from services.identity.domain.flows import Flow, Mailing, StepDone
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

FLOWS: Final = "enrolments"

SCHEMA: Final = Schema(
    collections=(FLOWS,),
    indexes=(Index(FLOWS, (("expires_at", 1),), expire_after_seconds=0),),
)


class MongoFlows:
    """Flows; MongoDB removes them when they have expired, ``Flow.check`` is exact about it."""

    def __init__(self, database: Database) -> None:
        self._flows = database.collection(FLOWS)

    async def get(self, flow_id: str, *, session: Session | None = None) -> Flow | None:
        found = await self._flows.find_one({"_id": flow_id}, session=session)
        return None if found is None else _flow(found)

    async def add(self, flow: Flow, *, session: Session | None = None) -> None:
        await self._flows.insert_one(_document(flow), session=session)

    async def save(self, flow: Flow, *, session: Session | None = None) -> None:
        document = _document(replace(flow, version=flow.version + 1))
        if not await self._flows.replace_one({"_id": flow.flow_id, "version": flow.version}, document, session=session):
            raise FlowChangedError


def _document(flow: Flow) -> Document:
    return {
        "_id": flow.flow_id,
        "path": flow.path,
        "language": flow.language,
        "account_id": flow.account_id,
        "done": [_step_document(taken) for taken in flow.done],
        "started_at": flow.started_at,
        "expires_at": flow.expires_at,
        "closed_at": flow.closed_at,
        "version": flow.version,
    }


def _step_document(taken: StepDone) -> Document:
    mailing = taken.mailing
    return {
        "step": taken.step,
        "record": dict(taken.record),
        "done_at": taken.done_at,
        "mailing": None
        if mailing is None
        else {"email": mailing.email, "language": mailing.language, "notice": mailing.notice},
    }


def _step(document: Document) -> StepDone:
    mailing: dict[str, Any] | None = document["mailing"]
    return StepDone(
        step=document["step"],
        record=document["record"],
        done_at=document["done_at"],
        mailing=None if mailing is None else Mailing(**mailing),
    )


def _flow(document: Document) -> Flow:
    return Flow(
        flow_id=document["_id"],
        path=document["path"],
        language=document["language"],
        account_id=document["account_id"],
        done=tuple(_step(taken) for taken in document["done"]),
        started_at=document["started_at"],
        expires_at=document["expires_at"],
        closed_at=document["closed_at"],
        version=document["version"],
    )
