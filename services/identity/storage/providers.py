"""Providers, provider kinds and statements paid to providers in MongoDB."""

from collections.abc import Collection
from datetime import date
from typing import Final

from services.identity.domain.providers import Kind, Provider, ProviderNumber, Specialty
from services.identity.domain.statements import Statement, StatementFacts
from services.identity.storage.registers import MongoRegister
from shared.mongo import Database, Document, Session
from shared.schema import Schema

PROVIDERS: Final = "providers"
PROVIDER_KINDS: Final = "provider_kinds"
STATEMENTS: Final = "statements"

SCHEMA: Final = Schema(collections=(PROVIDERS, PROVIDER_KINDS, STATEMENTS))
"""A provider is stored under an id that follows from its number, a statement under payee and batch."""


class MongoProviders(MongoRegister[Provider]):
    """The register of providers."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, PROVIDERS, to_document=_provider_document, from_document=_provider)


class MongoSpecialties(MongoRegister[Specialty]):
    """Provider kinds as people know them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, PROVIDER_KINDS, to_document=_specialty_document, from_document=_specialty)


class MongoStatements(MongoRegister[Statement]):
    """Statements paid to providers."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, STATEMENTS, to_document=_statement_document, from_document=_statement)

    async def list_facts(
        self, provider_id: str, batch_numbers: Collection[str], *, session: Session | None = None
    ) -> Collection[StatementFacts]:
        ids = [f"{provider_id}:{batch}" for batch in batch_numbers]
        return {statement.facts for statement in (await self.list_by_ids(ids, session=session)).values()}


def _provider_document(provider: Provider) -> Document:
    return {
        "kind": provider.number.kind.value,
        "number": provider.number.number,
        "name": provider.name,
        "practice_name": provider.practice_name,
        "language": provider.language,
        "province": provider.province,
        "offices": list(provider.offices),
        "specialty": provider.specialty,
        "chain": provider.chain,
        "chain_name": provider.chain_name,
        "email": provider.email,
        "phone": provider.phone,
        "active": provider.active,
        "street": provider.street,
        "city": provider.city,
        "postal_code": provider.postal_code,
    }


def _provider(document: Document) -> Provider:
    return Provider(
        number=ProviderNumber(Kind(document["kind"]), document["number"]),
        name=document["name"],
        practice_name=document["practice_name"],
        language=document["language"],
        province=document["province"],
        offices=tuple(document["offices"]),
        specialty=document["specialty"],
        chain=document["chain"],
        chain_name=document["chain_name"],
        email=document["email"],
        phone=document["phone"],
        active=document["active"],
        street=document.get("street", ""),
        city=document.get("city", ""),
        postal_code=document.get("postal_code", ""),
        version=document["version"],
    )


def _specialty_document(specialty: Specialty) -> Document:
    return {"kind": specialty.kind.value, "name_fr": specialty.name_fr, "name_en": specialty.name_en}


def _specialty(document: Document) -> Specialty:
    return Specialty(
        code=document["_id"],
        kind=Kind(document["kind"]),
        name_fr=document["name_fr"],
        name_en=document["name_en"],
        version=document["version"],
    )


def _statement_document(statement: Statement) -> Document:
    return {
        "provider_id": statement.provider_id,
        "batch_number": statement.facts.batch_number,
        "day": statement.facts.day.isoformat(),
        "amount_cents": statement.amount_cents,
    }


def _statement(document: Document) -> Statement:
    return Statement(
        provider_id=document["provider_id"],
        facts=StatementFacts(date.fromisoformat(document["day"]), document["batch_number"]),
        amount_cents=document["amount_cents"],
        version=document["version"],
    )
