"""Delegation requests and signatures under way in MongoDB."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Final

from services.identity.domain.delegate_emails import mailbox_key
from services.identity.domain.delegation_errors import DelegationChangedError
from services.identity.domain.delegations import (
    CertificateSignature,
    DelegationRequest,
    Form,
    Party,
    Service,
    Signature,
    SignatureKind,
    Signing,
    State,
)
from shared.mongo import Database, Document, Filter, Session
from shared.schema import Index, Schema

REQUESTS: Final = "delegation_requests"
SIGNINGS: Final = "delegation_signings"

SCHEMA: Final = Schema(
    collections=(REQUESTS, SIGNINGS),
    indexes=(
        Index(REQUESTS, (("reference", 1),), unique=True),
        Index(
            REQUESTS,
            (("provider_id", 1), ("delegate_key", 1), ("service", 1)),
            unique=True,
            partial={"open": True},
        ),
        Index(REQUESTS, (("form.sha256", 1),), unique=True, partial={"form.sha256": {"$type": "string"}}),
        Index(REQUESTS, (("provider_id", 1), ("_id", -1))),
        Index(REQUESTS, (("mailboxes", 1),), partial={"open": True}),
        Index(REQUESTS, (("state", 1), ("received_at", 1), ("_id", 1))),
        Index(SIGNINGS, (("expires_at", 1),), expire_after_seconds=0),
        Index(SIGNINGS, (("reference", 1), ("party", 1), ("started_at", 1))),
    ),
)


class MongoDelegations:
    """``DelegationRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._requests = database.collection(REQUESTS)

    async def get(self, request_id: str, *, session: Session | None = None) -> DelegationRequest | None:
        return await self._find_one({"_id": request_id}, session)

    async def get_by_reference(self, reference: str, *, session: Session | None = None) -> DelegationRequest | None:
        return await self._find_one({"reference": reference}, session)

    async def get_by_form(self, sha256: str, *, session: Session | None = None) -> DelegationRequest | None:
        return await self._find_one({"form.sha256": sha256}, session)

    async def add(self, request: DelegationRequest, *, session: Session | None = None) -> None:
        await self._requests.insert_one(_request_document(request), session=session)

    async def save(self, request: DelegationRequest, *, session: Session | None = None) -> None:
        document = _request_document(replace(request, version=request.version + 1))
        query = {"_id": request.request_id, "version": request.version}
        if not await self._requests.replace_one(query, document, session=session):
            raise DelegationChangedError

    async def list_by_provider(
        self, provider_id: str, *, limit: int, session: Session | None = None
    ) -> Sequence[DelegationRequest]:
        found = await self._requests.find(
            {"provider_id": provider_id}, sort=[("_id", -1)], limit=limit, session=session
        )
        return [_request(document) for document in found]

    async def list_by_sending(self, provider_id: str, sending_id: str) -> Sequence[DelegationRequest]:
        query = {"provider_id": provider_id, "form.sending_id": sending_id}
        return [_request(document) for document in await self._requests.find(query, sort=[("_id", 1)])]

    async def list_open_by_mailboxes(
        self, keys: Collection[str], *, session: Session | None = None
    ) -> Sequence[DelegationRequest]:
        query = {"mailboxes": {"$in": list(keys)}, "open": True}
        return [_request(document) for document in await self._requests.find(query, session=session)]

    async def list_by_receipt(
        self, state: State, *, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[DelegationRequest]:
        query: Document = {"state": state.value}
        if after is not None:
            received_at, request_id = after
            query["$or"] = [
                {"received_at": {"$gt": received_at}},
                {"received_at": received_at, "_id": {"$gt": request_id}},
            ]
        found = await self._requests.find(query, sort=[("received_at", 1), ("_id", 1)], limit=limit)
        return [_request(document) for document in found]

    async def _find_one(self, query: Filter, session: Session | None) -> DelegationRequest | None:
        found = await self._requests.find_one(query, session=session)
        return None if found is None else _request(found)


class MongoSignings:
    """``SigningRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._signings = database.collection(SIGNINGS)

    async def get(self, signing_id: str, *, session: Session | None = None) -> Signing | None:
        found = await self._signings.find_one({"_id": signing_id}, session=session)
        if found is None:
            return None
        return Signing(
            signing_id=found["_id"],
            reference=found["reference"],
            request_id=found["request_id"],
            party=Party(found["party"]),
            started_at=found["started_at"],
            confirmed_at=found["confirmed_at"],
        )

    async def add(self, signing: Signing, *, session: Session | None = None) -> None:
        await self._signings.insert_one(
            {
                "_id": signing.signing_id,
                "reference": signing.reference,
                "request_id": signing.request_id,
                "party": signing.party.value,
                "started_at": signing.started_at,
                "confirmed_at": signing.confirmed_at,
                "expires_at": signing.expires_at,
            },
            session=session,
        )

    async def confirm(self, signing_id: str, *, now: datetime, session: Session | None = None) -> None:
        await self._signings.update_one({"_id": signing_id}, {"$set": {"confirmed_at": now}}, session=session)

    async def count_since(
        self, reference: str, party: Party, *, since: datetime, session: Session | None = None
    ) -> int:
        query = {"reference": reference, "party": party.value, "started_at": {"$gt": since}}
        return len(await self._signings.find(query, projection={"_id": 1}, session=session))


def _request_document(request: DelegationRequest) -> Document:
    return {
        "_id": request.request_id,
        "reference": request.reference,
        "provider_id": request.provider_id,
        "requested_by": request.requested_by,
        "provider_name": request.provider_name,
        "provider_email": request.provider_email,
        "delegate_name": request.delegate_name,
        "delegate_email": request.delegate_email,
        "delegate_key": request.delegate_key,
        "mailboxes": [mailbox_key(mailbox.email) for mailbox in request.mailboxes],
        "service": request.service.value,
        "valid_from": request.valid_from.isoformat(),
        "valid_to": None if request.valid_to is None else request.valid_to.isoformat(),
        "language": request.language,
        "created_at": request.created_at,
        "state": request.state.value,
        "open": request.state.open,
        "signatures": [
            {"party": signature.party.value, "kind": signature.kind.value, "signed_at": signature.signed_at}
            for signature in request.signatures
        ],
        "form": None if request.form is None else _form_document(request.form),
        "received_at": request.received_at,
        "decided_at": request.decided_at,
        "decided_by": request.decided_by,
        "reason": request.reason,
        "version": request.version,
    }


def _form_document(form: Form) -> Document:
    return {
        "upload_id": form.upload_id,
        "sha256": form.sha256,
        "size": form.size,
        "pages": form.pages,
        "slices": form.slices,
        "sending_id": form.sending_id,
        "certificates": [asdict(each) for each in form.certificates],
    }


def _request(document: Document) -> DelegationRequest:
    end, form = document["valid_to"], document["form"]
    return DelegationRequest(
        request_id=document["_id"],
        reference=document["reference"],
        provider_id=document["provider_id"],
        requested_by=document["requested_by"],
        provider_name=document["provider_name"],
        provider_email=document["provider_email"],
        delegate_name=document["delegate_name"],
        delegate_email=document["delegate_email"],
        service=Service(document["service"]),
        valid_from=date.fromisoformat(document["valid_from"]),
        valid_to=None if end is None else date.fromisoformat(end),
        language=document["language"],
        created_at=document["created_at"],
        state=State(document["state"]),
        signatures=tuple(
            Signature(Party(each["party"]), SignatureKind(each["kind"]), each["signed_at"])
            for each in document["signatures"]
        ),
        form=None if form is None else _form(form),
        received_at=document["received_at"],
        decided_at=document["decided_at"],
        decided_by=document["decided_by"],
        reason=document["reason"],
        version=document["version"],
    )


def _form(document: Document) -> Form:
    certificates = tuple(CertificateSignature(**each) for each in document.get("certificates", ()))
    return Form(**(document | {"certificates": certificates}))
