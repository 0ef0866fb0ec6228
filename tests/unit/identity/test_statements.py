"""REG-13: two different statements, paid to this provider, of the last year; by CSV and as payments issues them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.statements import StatementFacts, one_year_before, prove
from services.identity.handlers.statements import on_statement_issued
from shared.clock import new_id
from shared.contracts.payments import StatementIssued
from tests.support import identity_builders as build
from tests.support import provider_builders as providers
from tests.support.provider_memory import MemoryStatements

pytestmark = pytest.mark.req("REG-13", "R5")

TODAY = date(2026, 11, 22)


def days_ago(days: int, batch: str) -> StatementFacts:
    return StatementFacts(TODAY - timedelta(days=days), batch)


PAID = [days_ago(3, "00000001"), days_ago(300, "00000002"), days_ago(3, "00000003")]


@pytest.mark.parametrize(
    ("told", "proves"),
    [
        ((PAID[0], PAID[1]), True),
        ((PAID[0], PAID[2]), True),
        ((PAID[0], PAID[0]), False),
        ((PAID[0],), False),
        ((PAID[0], PAID[1], PAID[2]), False),
        ((PAID[0], days_ago(4, "00000002")), False),
        ((PAID[0], days_ago(300, "99999999")), False),
        ((), False),
    ],
)
def test_r5_two_distinct_statements_of_the_last_year_are_needed(
    told: tuple[StatementFacts, ...], *, proves: bool
) -> None:
    assert prove(told, PAID, today=TODAY) is proves


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2025, 11, 22), True),
        (date(2025, 11, 21), False),
        (date(2026, 11, 22), True),
        (date(2026, 11, 23), False),
    ],
)
def test_the_year_includes_its_first_day_and_no_day_to_come(day: date, *, counts: bool) -> None:
    other = StatementFacts(day, "00000009")
    assert prove((PAID[0], other), [*PAID, other], today=TODAY) is counts


@given(day=st.dates(min_value=date(1996, 1, 1), max_value=date(2096, 12, 31)))
def test_a_year_before_is_the_same_day_or_the_last_of_february(day: date) -> None:
    before = one_year_before(day)
    assert (before.year, before.month) == (day.year - 1, day.month)
    assert before.day == day.day or (day.month, day.day, before.day) == (2, 29, 28)


def issued(payee_id: str, *, payee_class: str, at: datetime) -> StatementIssued:
    return StatementIssued.model_validate(
        {
            "batch_number": "10000042",
            "payment_id": new_id(),
            "payee_class": payee_class,
            "payee_id": payee_id,
            "amount_cents": 369_010,
            "claim_ids": (),
            "issued_at": at,
        }
    )


async def test_a_statement_that_payments_issued_to_a_provider_is_kept_under_its_toronto_day() -> None:
    statements, provider = MemoryStatements(), providers.provider()
    at = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
    for _ in range(2):
        received = build.received(issued(provider.provider_id, payee_class="provider", at=at))
        await on_statement_issued(received, build.work_for(received), statements=statements)
    facts = await statements.list_facts(provider.provider_id, ["10000042"])
    assert set(facts) == {StatementFacts(date(2026, 11, 22), "10000042")}
    assert len(statements.rows) == 1


async def test_statements_of_members_prove_nothing_and_are_not_kept() -> None:
    statements = MemoryStatements()
    received = build.received(issued(new_id(), payee_class="member", at=build.NOW))
    await on_statement_issued(received, build.work_for(received), statements=statements)
    assert statements.rows == {}
