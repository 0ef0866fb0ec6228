"""The claim as an aggregate, and the documents of its decision (CLM-8, CLM-11)."""

from datetime import UTC, date, datetime

import pytest

from services.claims.domain.adjudication import decision_from_document, decision_to_document
from services.claims.domain.claim import Claim, ClaimStatus
from services.claims.domain.errors import ClaimWithoutLinesError, InvalidDocumentError
from services.claims.domain.facts import fingerprint
from tests.support.claims_builders import SELF, JsonValue, claim, claim_facts, decide, line

LATER = datetime(2026, 6, 15, 13, 5, tzinfo=UTC)


@pytest.mark.req("CLM-11")
def test_a_decided_claim_tells_when_and_keeps_its_number():
    decided = claim().decided(decide(), LATER)

    assert (decided.status, decided.timeline[-1].at) == (ClaimStatus.DECIDED, LATER)
    assert (decided.number, decided.version) == ("C-0001", 2)
    assert [entry.status for entry in decided.timeline] == [ClaimStatus.RECEIVED, ClaimStatus.DECIDED]


@pytest.mark.req("CLM-9", "CLM-11")
def test_a_claim_with_a_waiting_line_is_in_review():
    decision = decide(claim_facts(line("glasses")))

    assert claim().decided(decision, LATER).status is ClaimStatus.IN_REVIEW


@pytest.mark.req("CLM-10")
def test_a_claim_may_be_decided_again():
    waiting = claim().decided(decide(claim_facts(line("glasses"))), LATER)

    again = waiting.decided(decide(), LATER)

    assert (again.status, again.version, again.decision) == (ClaimStatus.DECIDED, 3, decide())


@pytest.mark.req("CLM-3")
def test_a_claim_without_a_line_cannot_exist():
    whole = claim()

    with pytest.raises(ClaimWithoutLinesError):
        Claim(
            id=whole.id,
            number=whole.number,
            account_id=whole.account_id,
            dossier_id=whole.dossier_id,
            person_id=whole.person_id,
            provider=whole.provider,
            claim_type=whole.claim_type,
            lines=(),
            received_at=whole.received_at,
            timeline=whole.timeline,
        )


@pytest.mark.req("CLM-8")
def test_the_day_of_receipt_is_that_of_the_business():
    just_after_midnight_utc = datetime(2026, 6, 16, 3, 59, tzinfo=UTC)

    assert claim(received_at=just_after_midnight_utc).facts().received_on == date(2026, 6, 15)


@pytest.mark.req("CLM-8")
def test_a_fingerprint_never_changes():
    marked = fingerprint("person-1", "PH-TRT", service_date=date(2026, 5, 4), provider_key="p-1")

    assert marked == "9b0797dab0cbf3a868bd"


@pytest.mark.req("CLM-8")
def test_a_fingerprint_tells_person_code_day_and_provider_apart():
    day, other_day = date(2026, 5, 4), date(2026, 5, 5)
    marks = {
        fingerprint("a", "b", service_date=day, provider_key="c"),
        fingerprint("x", "b", service_date=day, provider_key="c"),
        fingerprint("a", "x", service_date=day, provider_key="c"),
        fingerprint("a", "b", service_date=other_day, provider_key="c"),
        fingerprint("a", "b", service_date=day, provider_key="x"),
        fingerprint("ab", "", service_date=day, provider_key="c"),
    }

    assert len(marks) == 6
    assert all(len(mark) == 20 for mark in marks)


@pytest.mark.req("CLM-8")
def test_the_facts_of_a_claim_are_what_was_submitted():
    submitted = claim(line("MA-A"), claim_type="massage").facts()

    assert submitted == claim_facts(line("MA-A"), claim_type="massage")
    assert submitted.person_id == SELF


@pytest.mark.req("CLM-8")
@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("format", 1, "format 1 is not 2"),
        ("outcome", "maybe", "'maybe' is not a valid Outcome"),
        ("decided_on", "yesterday", "Invalid isoformat"),
        ("lines", [{}], "is missing"),
        ("totals", None, "must be a mapping"),
    ],
)
def test_a_document_that_is_no_decision_is_refused(key: str, value: JsonValue, problem: str):
    document = {**decision_to_document(decide()), key: value}

    with pytest.raises(InvalidDocumentError, match=problem):
        decision_from_document(document)


@pytest.mark.req("CLM-8")
def test_a_decision_with_an_unknown_reason_is_refused():
    document = decision_to_document(decide())
    document["lines"][0]["reason_codes"] = ["because"]

    with pytest.raises(InvalidDocumentError, match="'because' is not a valid ReasonCode"):
        decision_from_document(document)
