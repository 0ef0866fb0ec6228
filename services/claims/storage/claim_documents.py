"""Claims ↔ documents. A decision is kept as its JSON text, so that a replay can be compared byte for byte.

What most claims do not have is left out.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

import orjson

from services.claims.domain.adjudication import Decision, Outcome, decision_from_document, decision_to_document
from services.claims.domain.claim import Cause, Claim, ClaimStatus, Revision, StatusEntry
from services.claims.domain.facts import ClaimKind, ClaimLine, DocumentKind, DrugSupply, PayTo, Provider, Ruling
from services.claims.handlers.ports import StoredClaim
from shared.mongo import Document

DECISIONS_KEPT: Final = 1_000


def claim_document(stored: StoredClaim) -> Document:
    """The document of a claim."""
    claim = stored.claim
    document: Document = {
        "_id": claim.id,
        "number": claim.number,
        "account_id": claim.account_id,
        "dossier_id": claim.dossier_id,
        "person_id": claim.person_id,
        "provider": {"name": claim.provider.name, "phone": claim.provider.phone, "id": claim.provider.id},
        "claim_type": claim.claim_type,
        "lines": _line_documents(claim.lines),
        "documents": sorted(kind.value for kind in claim.documents),
        "received_at": claim.received_at,
        "status": claim.status.value,
        "timeline": [{"status": entry.status.value, "at": entry.at} for entry in claim.timeline],
        "version": claim.version,
        "body_sha256": stored.body_sha256,
        **_rarities(claim),
    }
    if claim.decision is not None:
        document["outcome"] = claim.decision.outcome.value
        document["decision"] = decision_text(claim.decision)
        document["record"] = claim.record
        if claim.decision.outcome is Outcome.PENDED:
            document["pended_for"] = pended_for(claim.decision)
        if not claim.decision.dossier_known:
            document["waiting_for_dossier"] = True
    return document


def _rarities(claim: Claim) -> Document:
    """What most claims do not have."""
    candidates: Document = {
        **_first_times(claim),
        "kind": claim.kind.value if claim.kind is not ClaimKind.CLAIM else "",
        "pay_to": claim.pay_to.value if claim.pay_to is not PayTo.MEMBER else "",
        "provider_id": claim.provider_id,
        "born_on": claim.born_on.isoformat() if claim.born_on else "",
        "receipts": list(claim.receipts),
        "predetermination": claim.predetermination,
        "rulings": [ruling_document(number, ruling) for number, ruling in sorted(claim.rulings.items())],
        "voided": claim.voided,
        "void_reason": claim.void_reason,
        "cause": claim.cause.value if claim.cause is not Cause.SUBMITTED else "",
        "history": [_revision_document(revision) for revision in claim.history],
    }
    return {key: value for key, value in candidates.items() if value}


def _first_times(claim: Claim) -> Document:
    """When a claim was first decided, and first paid: by which times are measured (CLM-11), but not of estimates."""
    if claim.kind is not ClaimKind.CLAIM:
        return {}
    steps = {"decided_at": ClaimStatus.DECIDED, "paid_at": ClaimStatus.PAID}
    firsts = {
        name: next((entry.at for entry in claim.timeline if entry.status is status), None)
        for name, status in steps.items()
    }
    return firsts if firsts["decided_at"] else {}


def pended_for(decision: Decision) -> list[str]:
    """Reasons for which lines wait, each once."""
    pended = (line for line in decision.lines if line.outcome is Outcome.PENDED)
    return sorted({code.value for line in pended for code in line.reason_codes})


def claim_from(row: Mapping[str, Any]) -> StoredClaim:
    """The claim of a document."""
    provider, decision = row["provider"], row.get("decision")
    claim = Claim(
        id=row["_id"],
        number=row["number"],
        account_id=row["account_id"],
        dossier_id=row["dossier_id"],
        person_id=row["person_id"],
        provider=Provider(provider["name"], provider["phone"], provider["id"]),
        claim_type=row["claim_type"],
        lines=_lines(row["lines"]),
        received_at=row["received_at"],
        timeline=tuple(StatusEntry(ClaimStatus(entry["status"]), entry["at"]) for entry in row["timeline"]),
        documents=frozenset(DocumentKind(kind) for kind in row["documents"]),
        decision=decision_from_text(decision) if decision else None,
        version=row["version"],
        kind=ClaimKind(row.get("kind", ClaimKind.CLAIM)),
        pay_to=PayTo(row.get("pay_to", PayTo.MEMBER)),
        provider_id=row.get("provider_id", ""),
        born_on=date.fromisoformat(row["born_on"]) if "born_on" in row else None,
        receipts=tuple(row.get("receipts", ())),
        predetermination=row.get("predetermination", ""),
        rulings={each["line"]: ruling_from(each) for each in row.get("rulings", ())},
        voided=row.get("voided", False),
        void_reason=row.get("void_reason", ""),
        cause=Cause(row.get("cause", Cause.SUBMITTED)),
        record=row.get("record", ""),
        history=tuple(map(_revision, row.get("history", ()))),
    )
    return StoredClaim(claim, row["body_sha256"])


def decision_text(decision: Decision) -> str:
    """The decision as it is kept and compared."""
    return orjson.dumps(decision_to_document(decision)).decode()


@lru_cache(maxsize=DECISIONS_KEPT)
def decision_from_text(text: str) -> Decision:
    """The same text is the same decision, and a claim is read many times after it was decided once."""
    return decision_from_document(orjson.loads(text))


def _revision_document(revision: Revision) -> Document:
    return {
        "version": revision.version,
        "cause": revision.cause.value,
        "lines": _line_documents(revision.lines),
        "decision": decision_text(revision.decision),
        "record": revision.record,
    }


def _revision(row: Mapping[str, Any]) -> Revision:
    return Revision(
        version=row["version"],
        cause=Cause(row["cause"]),
        lines=_lines(row["lines"]),
        decision=decision_from_text(row["decision"]),
        record=row["record"],
    )


def ruling_document(number: int, ruling: Ruling) -> Document:
    """What reviewers decided about one line."""
    return {
        "line": number,
        "waived": sorted(ruling.waived),
        "denied_for": ruling.denied_for,
        "allowed_cents": ruling.allowed_cents,
        **({"asked_for": ruling.asked_for} if ruling.asked_for else {}),
    }


def ruling_from(row: Mapping[str, Any]) -> Ruling:
    """What ``ruling_document`` wrote."""
    return Ruling(frozenset(row["waived"]), row["denied_for"], row["allowed_cents"], row.get("asked_for", ""))


def _line_documents(lines: tuple[ClaimLine, ...]) -> list[Document]:
    return [_line_document(line) for line in lines]


def _line_document(line: ClaimLine) -> Document:
    document: Document = {
        "code": line.code,
        "service_date": line.service_date.isoformat(),
        "units": line.units,
        "submitted_cents": line.submitted_cents,
        "answers": dict(line.answers),
    }
    rare = {"tooth": line.tooth, "surfaces": line.surfaces, "lab_fee_cents": line.lab_fee_cents}
    document |= {key: value for key, value in rare.items() if value}
    if line.others_paid_cents is not None:
        document["others_paid_cents"] = line.others_paid_cents
    if line.drug is not None:
        document["drug"] = {
            "din": line.drug.din,
            "quantity_e3": line.drug.quantity_e3,
            "days_supplied": line.drug.days_supplied,
            "ingredient_cents": line.drug.ingredient_cents,
            "fee_cents": line.drug.fee_cents,
        }
    return document


def _lines(rows: list[Mapping[str, Any]]) -> tuple[ClaimLine, ...]:
    return tuple(
        ClaimLine(
            code=row["code"],
            service_date=date.fromisoformat(row["service_date"]),
            units=row["units"],
            submitted_cents=row["submitted_cents"],
            answers=row["answers"],
            tooth=row.get("tooth", ""),
            surfaces=row.get("surfaces", ""),
            lab_fee_cents=row.get("lab_fee_cents", 0),
            drug=DrugSupply(**row["drug"]) if "drug" in row else None,
            others_paid_cents=row.get("others_paid_cents"),
        )
        for row in rows
    )
