"""The same claim for every measurement, with its own ids."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from services.edge.intake import claim_number
from shared.contracts import Actor
from shared.contracts.claims import Authorisation, ClaimLine, ClaimProvider, ClaimSubmission, SubmitClaim
from shared.envelopes import Outgoing, request_envelope
from shared.telemetry import Trace

DOSSIERS = 400


def submission(number: int) -> ClaimSubmission:
    """The claim of a member; numbers spread over dossiers, days and providers so that few are duplicates."""
    dossier, turn = number % DOSSIERS, number // DOSSIERS
    return ClaimSubmission(
        claim_type="physiotherapy",
        person_id=f"person-{dossier}",
        provider=ClaimProvider(name=f"Clinique {turn % 200}", phone=f"418 555-{turn % 10_000:04d}"),
        lines=(
            ClaimLine(
                service_date=date(2026, 11, 1) - timedelta(days=turn % 180),
                amount_cents=6_500 + turn % 1_000,
                answers={"work_accident": "no"},
            ),
        ),
        authorisation=Authorisation(accepted=True, text_version="2026-01"),
    )


def actor(number: int) -> Actor:
    """The member who submits claim ``number``."""
    dossier = number % DOSSIERS
    return Actor(
        account_id=f"account-{dossier}",
        session_id=f"session-{dossier}",
        roles=("member",),
        dossier_id=f"dossier-{dossier}",
        features=("claims",),
    )


def command(number: int, *, run: str) -> Outgoing:
    """The message that the edge would publish for claim ``number`` of a run."""
    digest = hashlib.sha256(f"{run}|{number}".encode()).digest()
    body = SubmitClaim(
        claim_id=digest.hex()[:32],
        claim_number=claim_number("bench", f"{run}|{number}"),
        body_sha256=digest.hex(),
        received_at=datetime.now(UTC),
        submission=submission(number),
    )
    return request_envelope(
        body, actor=actor(number), message_id=digest.hex()[:32], trace=Trace.start(digest.hex()[32:])
    )


def coverages() -> Iterator[dict[str, object]]:
    """Documents of ``claims.coverages`` for all dossiers."""
    for dossier in range(DOSSIERS):
        yield {
            "_id": f"dossier-{dossier}",
            "version": 1,
            "contract": "900100",
            "certificate": f"{dossier:07d}",
            "plan_code": "STANDARD",
            "province": "QC",
            "persons": [
                {
                    "person_id": f"person-{dossier}",
                    "relationship": "self",
                    "birth_date": "1980-01-01",
                    "effective_from": "2015-01-01",
                    "effective_to": None,
                    "student": False,
                }
            ],
        }
