"""Accumulators ↔ plain JSON-able document: rows instead of pairs as keys, in a fixed order."""

from services.claims.domain.accumulators import Accumulators, Key, ServiceUse, Visit
from services.claims.domain.document_reader import DocumentReader, JsonObject, JsonValue


def accumulators_to_document(accumulators: Accumulators) -> JsonObject:
    return {
        "contract": accumulators.contract,
        "certificate": accumulators.certificate,
        "year": accumulators.year,
        "version": accumulators.version,
        "paid": [_row(key, cents=cents) for key, cents in sorted(accumulators.paid.items())],
        "deductibles": [_row(key, cents=cents) for key, cents in sorted(accumulators.deductibles.items())],
        "services": [
            _row(
                key,
                visits=use.visits,
                units=use.units,
                last_date=use.last_date.isoformat(),
                visit_date=use.visit.day.isoformat(),
                visit_provider=use.visit.provider_key,
                visit_eligible_cents=use.visit.eligible_cents,
            )
            for key, use in sorted(accumulators.services.items())
        ],
    }


def accumulators_from_document(document: object) -> Accumulators:
    """The accumulators that ``accumulators_to_document`` wrote; keys of the storage's own are ignored.

    Raises:
        InvalidDocumentError: the document is something else.
    """
    root = DocumentReader(document)
    accumulators = Accumulators(
        contract=root.text("contract"),
        certificate=root.text("certificate"),
        year=root.integer("year"),
        version=root.integer("version"),
        paid={_key(row): row.integer("cents") for row in root.children("paid")},
        deductibles={_key(row): row.integer("cents") for row in root.children("deductibles")},
        services={_key(row): _read_use(row) for row in root.children("services")},
    )
    root.raise_if_invalid("accumulators")
    return accumulators


def _row(key: Key, **values: JsonValue) -> JsonObject:
    return {"person_id": key[0], "name": key[1], **values}


def _key(row: DocumentReader) -> Key:
    return row.text("person_id"), row.text("name")


def _read_use(row: DocumentReader) -> ServiceUse:
    return ServiceUse(
        visits=row.integer("visits"),
        units=row.integer("units"),
        last_date=row.day("last_date"),
        visit=Visit(
            day=row.day("visit_date"),
            provider_key=row.string("visit_provider"),
            eligible_cents=row.integer("visit_eligible_cents"),
        ),
    )
