"""Decided lines as parts of documents: of claim versions and of statements."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.payments.domain.claim_version import DecidedLine
from shared.mongo import Document


def line_documents(lines: Sequence[DecidedLine]) -> list[Document]:
    return [
        {
            "line": line.line,
            "service_date": line.service_date.isoformat(),
            "submitted_cents": line.submitted_cents,
            "eligible_cents": line.eligible_cents,
            "deductible_cents": line.deductible_cents,
            "share_basis_points": line.share_basis_points,
            "benefit_cents": line.benefit_cents,
            "outcome": line.outcome,
            "reason_codes": list(line.reason_codes),
        }
        for line in lines
    ]


def lines_from(documents: Sequence[Mapping[str, Any]]) -> tuple[DecidedLine, ...]:
    return tuple(
        DecidedLine(
            line=document["line"],
            service_date=date.fromisoformat(document["service_date"]),
            submitted_cents=document["submitted_cents"],
            eligible_cents=document["eligible_cents"],
            deductible_cents=document["deductible_cents"],
            share_basis_points=document["share_basis_points"],
            benefit_cents=document["benefit_cents"],
            outcome=document["outcome"],
            reason_codes=tuple(document["reason_codes"]),
        )
        for document in documents
    )
