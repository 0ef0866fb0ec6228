"""Questions about claims, in the caller's language (CLM-9, CLM-11)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import uuid4

import pytest

from services.claims.data import load_catalogue
from services.claims.domain.claim import Claim, ClaimStatus, StatusEntry
from services.claims.handlers.asking import (
    ClaimNotFound,
    Words,
    cursor_of,
    get_claim,
    list_claims,
)
from services.claims.handlers.ports import StoredClaim
from shared.contracts.claims import ClaimsPage, ClaimView, GetClaim, ListClaims
from shared.envelopes import Poison
from tests.support.claims_builders import claim, claim_facts, decide, line, wording
from tests.support.claims_desk import DOSSIER, claim_number, member, received
from tests.support.claims_memory import MemoryClaims

RECEIVED = datetime(2026, 6, 15, 13, 0, 0, 123_000, tzinfo=UTC)
DECIDED = RECEIVED + timedelta(seconds=2)


@cache
def words() -> Words:
    return Words(load_catalogue(), wording())


def stored(**overrides: object) -> StoredClaim:
    fields = {"id": str(uuid4()), "number": claim_number(), "dossier_id": DOSSIER, "received_at": RECEIVED, **overrides}
    return StoredClaim(claim(**fields), "digest")


def decided(*codes: str, **overrides: object) -> Claim:
    lines = [line(code, 15_000) for code in codes or ("PH-TRT",)]
    waiting = replace(stored(claim_type="physiotherapy", **overrides).claim, lines=tuple(lines))
    return waiting.decided(decide(claim_facts(*lines)), DECIDED)


async def repository(*claims: StoredClaim | Claim) -> MemoryClaims:
    made = MemoryClaims()
    for each in claims:
        await made.add_all([each if isinstance(each, StoredClaim) else StoredClaim(each, "digest")], session=None)
    return made


async def view_of(asked: Claim, language: str = "fr") -> ClaimView:
    question = received(GetClaim(claim_number=asked.number), actor=member(language=language))
    return await get_claim(question, claims=await repository(asked), words=words())


async def page(claims: MemoryClaims, dossier_id: str | None = DOSSIER, **query: object) -> ClaimsPage:
    question = received(ListClaims(**query), actor=member(dossier_id))
    return await list_claims(question, claims=claims, words=words())


@pytest.mark.req("CLM-8", "CLM-9", "CLM-11")
async def test_a_claim_is_shown_with_its_decision_line_by_line():
    asked = decided("PH-TRT")
    assert asked.decision is not None
    [told] = asked.decision.lines

    view = await view_of(asked)

    assert (view.claim_number, view.status, view.outcome) == (asked.number, "decided", "reduced")
    assert (view.submitted_cents, view.benefit_cents) == (15_000, told.benefit_cents)
    [shown] = view.lines
    assert (shown.eligible_cents, shown.deductible_cents, shown.share_basis_points) == (9_000, 5_000, 8_000)
    assert (shown.units, shown.service_date) == (1, told.service_date)
    assert [step.rule for step in shown.trace] == [step.rule_id for step in told.trace]
    assert [dict(step.figures) for step in shown.trace] == [dict(step.figures) for step in told.trace]


@pytest.mark.req("CLM-9")
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_name_reasons_and_explanation_are_in_the_callers_language(language):
    asked = decided("PH-TRT")
    other = "en" if language == "fr" else "fr"

    mine, others = await view_of(asked, language), await view_of(asked, other)

    assert mine.claim_type_name == words().catalogue.types["physiotherapy"].names.of(language)
    for shown, unlike in zip(mine.lines[0].reasons, others.lines[0].reasons, strict=True):
        assert shown.code == unlike.code
        reason = next(each for each in words().wording.reasons.values() if each.code == shown.code)
        assert (shown.text, shown.next_step) == (reason.words.of(language), reason.next_step.of(language))
        assert shown.text != unlike.text
    assert mine.explanation
    assert set(mine.explanation).isdisjoint(others.explanation)


@pytest.mark.req("CLM-11")
async def test_the_timeline_shows_every_step_and_decided_at_is_the_last_decision():
    again = DECIDED + timedelta(days=1)
    first = decided("glasses")
    asked = first.decided(decide(), again)
    asked = replace(asked, timeline=(*asked.timeline, StatusEntry(ClaimStatus.PAID, again + timedelta(days=1))))

    view = await view_of(asked)

    assert [step.status for step in view.timeline] == ["received", "in_review", "decided", "paid"]
    assert (view.status, view.decided_at, view.received_at) == ("paid", again, RECEIVED)


async def test_a_claim_of_a_type_that_left_the_catalogue_is_shown_by_its_code():
    view = await view_of(replace(decided(), claim_type="no_longer_offered"))

    assert view.claim_type_name == "no_longer_offered"


async def test_a_claim_without_decision_is_shown_as_received():
    view = await view_of(stored().claim)

    assert (view.status, view.outcome, view.decided_at) == ("received", None, None)
    assert (view.lines, view.explanation, view.submitted_cents) == ((), (), 9_000)


@pytest.mark.req("LOG-6")
@pytest.mark.parametrize("dossier_id", ["another-dossier", None])
async def test_a_claim_of_another_dossier_is_not_told_from_one_that_does_not_exist(dossier_id):
    asked = decided()
    claims = await repository(asked)
    answers = []
    for number in (asked.number, claim_number()):
        question = received(GetClaim(claim_number=number), actor=member(dossier_id))
        with pytest.raises(ClaimNotFound) as refusal:
            await get_claim(question, claims=claims, words=words())
        answers.append((refusal.value.code, refusal.value.params["claim_number"] == number))

    assert answers == [("claims.not_found", True)] * 2


async def test_questions_without_a_caller_are_set_aside():
    claims = await repository()
    with pytest.raises(Poison):
        await get_claim(received(GetClaim(claim_number=claim_number())), claims=claims, words=words())
    with pytest.raises(Poison):
        await list_claims(received(ListClaims()), claims=claims, words=words())


@pytest.mark.req("CLM-11")
async def test_claims_are_listed_newest_first_and_only_those_of_the_dossier():
    old, new = stored(), stored(received_at=RECEIVED + timedelta(milliseconds=1))
    claims = await repository(old, new, stored(dossier_id="another-dossier"))

    listed = await page(claims)

    assert [each.claim_number for each in listed.claims] == [new.claim.number, old.claim.number]
    assert listed.next_before is None
    assert (await page(claims, None)).claims == ()


@pytest.mark.parametrize("count", range(8))
async def test_pages_follow_each_other_without_loss_or_repetition_even_at_the_same_instant(count):
    claims = await repository(*(stored(received_at=RECEIVED + timedelta(milliseconds=n // 3)) for n in range(count)))
    seen: list[str] = []
    sizes: list[int] = []
    before: str | None = None
    while True:
        found = await page(claims, limit=3, before=before)
        seen += [each.claim_number for each in found.claims]
        sizes.append(len(found.claims))
        if found.next_before is None:
            break
        before = found.next_before

    assert len(seen) == len(set(seen)) == count
    assert sizes == [min(3, count - start) for start in range(0, max(count, 1), 3)]


async def test_claims_that_arrive_meanwhile_do_not_move_the_next_page():
    shown, next_one = stored(received_at=RECEIVED + timedelta(seconds=1)), stored()
    claims = await repository(shown, next_one)
    first = await page(claims, limit=1)
    await claims.add_all([stored(received_at=RECEIVED + timedelta(minutes=1))], session=None)

    second = await page(claims, limit=1, before=first.next_before)

    assert [each.claim_number for each in second.claims] == [next_one.claim.number]


@pytest.mark.parametrize("milliseconds", [0, 1, 7, 123, 999])
async def test_a_cursor_is_exact_to_the_millisecond(milliseconds):
    received_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    cursor = cursor_of(stored(id="claim", received_at=received_at))

    assert cursor == f"{1_767_225_600_000 + milliseconds}-claim"


def test_a_cursor_fits_into_the_question():
    assert ListClaims(before=cursor_of(stored())).before is not None


@pytest.mark.parametrize("cursor", ["", "x", "-", "12", "1-", "²-claim", "-1-claim", f"{'9' * 60}-a", "１２-claim"])
async def test_nothing_stands_after_a_cursor_that_nobody_gave_out(cursor):
    assert await page(await repository(stored()), before=cursor) == ClaimsPage(claims=())
