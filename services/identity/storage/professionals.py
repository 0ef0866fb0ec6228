"""Facts of professional orders in MongoDB, by reference number."""

from datetime import date
from typing import Final

from services.identity.domain.professionals import Professional, Standing
from services.identity.storage.registers import MongoRegister
from shared.mongo import Database, Document
from shared.schema import Schema

PROFESSIONALS: Final = "professionals"

SCHEMA: Final = Schema(collections=(PROFESSIONALS,))


class MongoProfessionals(MongoRegister[Professional]):
    """Members of professional orders; ``get`` takes a reference number."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, PROFESSIONALS, to_document=_document, from_document=_professional)


def _document(professional: Professional) -> Document:
    return {
        "permit_number": professional.permit_number,
        "first_name": professional.first_name,
        "last_name": professional.last_name,
        "birth_date": professional.birth_date.isoformat(),
        "order": professional.order,
        "standing": professional.standing.value,
        "language": professional.language,
    }


def _professional(document: Document) -> Professional:
    return Professional(
        reference_number=document["_id"],
        permit_number=document["permit_number"],
        first_name=document["first_name"],
        last_name=document["last_name"],
        birth_date=date.fromisoformat(document["birth_date"]),
        order=document["order"],
        standing=Standing(document["standing"]),
        language=document["language"],
        version=document["version"],
    )
