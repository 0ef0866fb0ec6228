"""Signed agreements in MongoDB: added and read, never changed; the database role has no other right on them."""

from datetime import date
from typing import Any, Final

from services.identity.domain.addresses import Address
from services.identity.domain.agreements import Agreement, Facts, Signing
from services.identity.domain.professionals import Professional, Standing
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

AGREEMENTS: Final = "agreements"

SCHEMA: Final = Schema(
    collections=(),
    indexes=(Index(AGREEMENTS, (("provider_id", 1), ("signed_at", -1))),),
    append_only=(AGREEMENTS,),
)
"""An agreement's ``_id`` follows from provider and version of the text: each text is signed once."""


class MongoAgreements:
    """Agreements."""

    def __init__(self, database: Database) -> None:
        self._agreements = database.collection(AGREEMENTS)

    async def add(self, agreement: Agreement, *, session: Session | None = None) -> None:
        await self._agreements.insert_one(_document(agreement), session=session)

    async def latest_of(self, provider_id: str, *, session: Session | None = None) -> Agreement | None:
        found = await self._agreements.find(
            {"provider_id": provider_id}, sort=[("signed_at", -1)], limit=1, session=session
        )
        return _agreement(found[0]) if found else None


def _document(agreement: Agreement) -> Document:
    facts, signing = agreement.facts, agreement.signing
    return {
        "_id": agreement.agreement_id,
        "provider_id": agreement.provider_id,
        "account_id": signing.account_id,
        "session_id": signing.session_id,
        "user_name": signing.user_name,
        "assurance": signing.assurance,
        "signed_at": signing.signed_at,
        "effective_date": facts.effective_date.isoformat(),
        "professional": _professional_document(facts.professional),
        "correspondence": _address_document(facts.correspondence),
        "practice_name": facts.practice_name,
        "practice": _address_document(facts.practice),
        "statements": _address_document(facts.statements),
        "language": agreement.language,
        "text_version": agreement.text_version,
        "text_sha256": agreement.text_digest,
        "document_sha256": agreement.document_digest,
    }


def _agreement(document: Document) -> Agreement:
    facts = Facts(
        effective_date=date.fromisoformat(document["effective_date"]),
        professional=_professional(document["professional"]),
        correspondence=Address(**document["correspondence"]),
        practice_name=document["practice_name"],
        practice=Address(**document["practice"]),
        statements=Address(**document["statements"]),
    )
    signing = Signing(
        account_id=document["account_id"],
        session_id=document["session_id"],
        user_name=document["user_name"],
        assurance=document["assurance"],
        signed_at=document["signed_at"],
    )
    return Agreement(
        facts=facts,
        signing=signing,
        language=document["language"],
        text_version=document["text_version"],
        text_digest=document["text_sha256"],
        document_digest=document["document_sha256"],
    )


def _address_document(address: Address) -> Document:
    return {
        "unit": address.unit,
        "street": address.street,
        "city": address.city,
        "province": address.province,
        "postal_code": address.postal_code,
        "phone": address.phone,
    }


def _professional_document(professional: Professional) -> Document:
    """The facts as they were when they were signed."""
    return {
        "reference_number": professional.reference_number,
        "permit_number": professional.permit_number,
        "first_name": professional.first_name,
        "last_name": professional.last_name,
        "birth_date": professional.birth_date.isoformat(),
        "order": professional.order,
        "standing": professional.standing.value,
        "language": professional.language,
        "version": professional.version,
    }


def _professional(document: dict[str, Any]) -> Professional:
    return Professional(
        **document
        | {"birth_date": date.fromisoformat(document["birth_date"]), "standing": Standing(document["standing"])}
    )
