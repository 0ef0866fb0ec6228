"""Statements made into PDF: how many per second by the service's own rendering, one process per core.

``python -m loadtests.bench.statements`` measures it alone.
"""

import asyncio
import os
import time
from datetime import UTC, date, datetime
from typing import Final

from services.payments.documents.rendering import StatementRendering
from services.payments.documents.wording import Wording
from services.payments.domain.claim_version import DecidedLine
from services.payments.domain.statement import Statement, StatementClaim
from services.payments.domain.statement_documents import DocumentKey, Names

CLAIMS: Final = 3
LINES: Final = 2
"""Of each claim: what a member is paid on a usual day."""
STATEMENTS: Final = 60
WARM_UP: Final = 4


def a_statement(number: int) -> Statement:
    """A statement of ``CLAIMS`` claims, different from every other one."""
    claims = tuple(_claim(number * CLAIMS + place) for place in range(CLAIMS))
    return Statement(
        batch_number=str(10_000_001 + number),
        payment_id=f"payment-{number}",
        payee_id=f"dossier-{number}",
        issued_at=datetime(2026, 11, 20, 15, 30, tzinfo=UTC),
        payable_on=date(2026, 11, 23),
        amount_cents=sum(claim.benefit_cents for claim in claims),
        claims=claims,
    )


def _claim(number: int) -> StatementClaim:
    lines = tuple(_line(place + 1, 9_000 + number) for place in range(LINES))
    return StatementClaim(
        claim_number=f"7K2M-9QXA-{number:04d}",
        version=1,
        person_id=f"person-{number}",
        claim_type="physiotherapy",
        benefit_cents=sum(line.benefit_cents for line in lines),
        previously_cents=0,
        lines=lines,
    )


def _line(number: int, submitted_cents: int) -> DecidedLine:
    return DecidedLine(
        line=number,
        service_date=date(2026, 11, 2),
        submitted_cents=submitted_cents,
        eligible_cents=8_500,
        deductible_cents=500,
        share_basis_points=8_000,
        benefit_cents=6_400,
        outcome="reduced",
        reason_codes=("above_customary_charge", "deductible_applied"),
    )


def measure(*, statements: int = STATEMENTS, processes: int | None = None) -> float:
    """PDFs per second, once the processes are there."""
    return asyncio.run(_measured(statements, processes or os.cpu_count() or 1))


async def _measured(statements: int, processes: int) -> float:
    rendering = StatementRendering(Wording(), processes=processes)

    async def made(number: int) -> None:
        statement = a_statement(number)
        await rendering.render(statement, DocumentKey(statement.batch_number, "pdf", "fr"), Names())

    await asyncio.gather(*(made(number) for number in range(WARM_UP * processes)))
    started = time.perf_counter()
    await asyncio.gather(*(made(number) for number in range(statements)))
    seconds = time.perf_counter() - started
    rendering.close()
    return statements / seconds


if __name__ == "__main__":
    print(f"{measure():.1f} statements per second")
