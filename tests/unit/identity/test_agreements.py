"""The agreement: from which day it may count, what is signed, and what may be billed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.identity.data.agreements import load_agreement_texts
from services.identity.domain.addresses import PostalCodeInvalidError, postal_code
from services.identity.domain.agreements import (
    FIRST_DAY,
    AgreementText,
    Article,
    DaysAllowed,
    EffectiveDateInFutureError,
    EffectiveDateLapsedError,
    EffectiveDateTooEarlyError,
    MayNotPractiseError,
    sign,
)
from services.identity.domain.professionals import Standing
from tests.support import hygienist_builders as build

TORONTO = ZoneInfo("America/Toronto")
CHANGES = (
    datetime(2025, 3, 9, 7, 0, tzinfo=UTC),
    datetime(2025, 11, 2, 6, 0, tzinfo=UTC),
    datetime(2026, 3, 8, 7, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 0, tzinfo=UTC),
)
"""When clocks in Toronto are put forward or back: 2 o'clock local time."""


@st.composite
def delicate_instants(draw: st.DrawFn) -> datetime:
    """Around midnight in Toronto on any day since 2023, on days of the time change above all, in some time zone."""
    days = st.one_of(st.dates(FIRST_DAY, date(2030, 12, 31)), st.sampled_from([one.date() for one in CHANGES]))
    midnight = datetime.combine(draw(days), datetime.min.time(), TORONTO).astimezone(UTC)
    around = timedelta(milliseconds=draw(st.integers(-5 * 3_600_000, 5 * 3_600_000)))
    zone = draw(st.sampled_from([UTC, TORONTO, ZoneInfo("Asia/Tokyo"), ZoneInfo("Pacific/Honolulu")]))
    return (midnight + around).astimezone(zone)


def toronto_day(instant: datetime) -> date:
    """The day in Toronto by the rules of the offset alone: four hours in summer, five in winter."""
    year = instant.astimezone(UTC).year
    march, november = date(year, 3, 1), date(year, 11, 1)
    second_sunday = march + timedelta(days=(6 - march.weekday()) % 7 + 7)
    first_sunday = november + timedelta(days=(6 - november.weekday()) % 7)
    begins = datetime(year, 3, second_sunday.day, 7, tzinfo=UTC)
    ends = datetime(year, 11, first_sunday.day, 6, tzinfo=UTC)
    hours = 4 if begins <= instant < ends else 5
    return (instant.astimezone(UTC) - timedelta(hours=hours)).date()


@pytest.mark.req("REG-17", "R6")
@given(signing=delicate_instants(), back=st.integers(-3, 40))
@example(signing=datetime(2025, 3, 10, 3, 59, 59, 999_000, tzinfo=UTC), back=30)
@example(signing=datetime(2025, 3, 10, 4, 0, tzinfo=UTC), back=30)
@example(signing=datetime(2025, 11, 3, 4, 59, 59, 999_000, tzinfo=UTC), back=0)
@example(signing=datetime(2025, 11, 3, 5, 0, tzinfo=UTC), back=-1)
@example(signing=datetime(2023, 6, 20, 16, 0, tzinfo=UTC), back=20)
def test_r6_a_day_is_allowed_from_30_days_before_the_day_of_signing_and_june_2023_to_that_day(
    signing: datetime, back: int
) -> None:
    today = toronto_day(signing)
    day = today - timedelta(days=back)
    allowed = DaysAllowed.at(signing)
    if day > today:
        with pytest.raises(EffectiveDateInFutureError):
            allowed.check(day)
    elif back > 30 or day < date(2023, 6, 1):
        with pytest.raises(EffectiveDateTooEarlyError):
            allowed.check(day)
    else:
        allowed.check(day)


@pytest.mark.req("REG-17", "R6")
@given(signing=delicate_instants())
def test_r6_the_same_instant_allows_the_same_days_in_every_time_zone(signing: datetime) -> None:
    assert DaysAllowed.at(signing) == DaysAllowed.at(signing.astimezone(UTC))


@pytest.mark.req("R6")
def test_r6_the_refusal_says_which_day_would_be_allowed() -> None:
    allowed = DaysAllowed.at(datetime(2026, 11, 22, 15, tzinfo=UTC))
    with pytest.raises(EffectiveDateTooEarlyError) as early:
        allowed.check(date(2026, 10, 22))
    with pytest.raises(EffectiveDateInFutureError) as late:
        allowed.check(date(2026, 11, 23))
    assert early.value.params == {"earliest": "2026-10-23"}
    assert late.value.params == {"latest": "2026-11-22"}


@pytest.mark.req("REG-17", "R6")
@given(signing=delicate_instants(), days=st.integers(-40, 40), minutes=st.integers(-100, 100))
def test_nothing_is_billable_before_signing_and_no_service_before_the_effective_date(
    signing: datetime, days: int, minutes: int
) -> None:
    effective = DaysAllowed.at(signing).earliest
    agreement = build.agreement(effective_date=effective, signed_at=signing)
    service, billed = effective + timedelta(days=days), signing + timedelta(minutes=minutes)
    assert agreement.billable(service, billed_at=billed) is (days >= 0 and minutes >= 0)


@pytest.mark.req("REG-17")
def test_a_day_that_lapsed_between_choosing_and_signing_is_told_as_such() -> None:
    with pytest.raises(EffectiveDateLapsedError):
        build.agreement(effective_date=date(2026, 10, 22), signed_at=datetime(2026, 11, 22, 15, tzinfo=UTC))


@pytest.mark.req("REG-16")
@pytest.mark.parametrize("standing", [Standing.SUSPENDED, Standing.RETIRED])
def test_somebody_whom_the_order_does_not_let_practise_cannot_sign(standing: Standing) -> None:
    facts = replace(build.facts(), professional=build.professional(standing=standing))
    with pytest.raises(MayNotPractiseError):
        sign(facts, build.signing(), build.text())


def test_an_agreement_has_one_id_per_provider_and_version_of_the_text() -> None:
    agreement = build.agreement()
    assert replace(agreement, language="en").agreement_id == agreement.agreement_id
    assert replace(agreement, text_version="2027-1").agreement_id != agreement.agreement_id
    assert build.agreement().agreement_id != agreement.agreement_id


def test_the_hash_of_a_text_changes_with_every_letter() -> None:
    text = AgreementText("1", "fr", "Titre", (Article("1. Objet", ("Un.", "Deux.")),))
    others = (
        replace(text, title="Titré"),
        replace(text, articles=(Article("1. Objet", ("Un.", "Deux!")),)),
        replace(text, articles=(*text.articles, Article("2. Fin", ()))),
    )
    assert len({text.digest, *(other.digest for other in others)}) == 4


def test_the_text_that_ships_has_the_same_articles_in_both_languages() -> None:
    texts = load_agreement_texts()
    french, english = texts["fr"], texts["en"]
    assert french.version == english.version
    assert [len(part.paragraphs) for part in french.articles] == [len(part.paragraphs) for part in english.articles]
    assert [part.heading[:2] for part in french.articles] == [f"{at}." for at in range(1, 8)]


@pytest.mark.parametrize("typed", ["G9A 1B2", "g9a1b2", " G9A  1b2 ", "G9A\u00a01B2"])
def test_a_postal_code_is_kept_in_one_form(typed: str) -> None:
    assert postal_code(typed) == "G9A 1B2"


@pytest.mark.parametrize("typed", ["", "12345", "G9A 1B", "G9A 1B23", "D9A 1B2", "G9A 1O2", "G9A-1B2", "Ĝ9A 1B2"])
def test_what_is_no_postal_code_is_refused(typed: str) -> None:
    with pytest.raises(PostalCodeInvalidError):
        postal_code(typed)
