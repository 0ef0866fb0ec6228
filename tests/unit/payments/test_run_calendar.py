from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.bank_holidays import bank_holidays
from services.payments.domain.business_days import is_business_day, next_business_day
from services.payments.domain.run_calendar import RunCalendar
from services.payments.domain.run_rules import calendars

pytestmark = pytest.mark.req("PAY-1")

HOLIDAYS = bank_holidays()
BOTH = calendars(
    anchor=date(2026, 1, 5),
    provider_days=14,
    member_days=1,
    prepared_at=time(6),
    cut_off=time(16),
    is_holiday=HOLIDAYS,
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
CALENDARS = st.sampled_from(sorted(BOTH.values(), key=lambda calendar: calendar.payee_class))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 1), "New Year's Day"),
        (date(2026, 4, 3), "Good Friday"),
        (date(2026, 5, 18), "Victoria Day"),
        (date(2026, 7, 1), "Canada Day"),
        (date(2026, 9, 7), "Labour Day"),
        (date(2026, 9, 30), "National Day for Truth and Reconciliation"),
        (date(2026, 10, 12), "Thanksgiving"),
        (date(2026, 11, 11), "Remembrance Day"),
        (date(2026, 12, 25), "Christmas"),
        (date(2027, 12, 27), "Christmas, observed on Monday"),
        (date(2027, 12, 28), "Boxing Day, observed on Tuesday"),
    ],
)
def test_banks_are_closed_on_federal_holidays(day: date, name: str) -> None:
    assert not is_business_day(day, is_holiday=HOLIDAYS), name


def test_provincial_holidays_delay_nothing_unless_the_bank_says_so() -> None:
    saint_john = date(2026, 6, 24)
    assert is_business_day(saint_john, is_holiday=HOLIDAYS)
    assert not is_business_day(saint_john, is_holiday=bank_holidays([saint_john]))


def test_money_is_never_payable_between_christmas_and_the_next_day_that_banks_are_open() -> None:
    assert next_business_day(date(2026, 12, 24), is_holiday=HOLIDAYS) == date(2026, 12, 29)


def test_providers_are_paid_every_second_week_at_six_in_toronto() -> None:
    dates = BOTH["provider"].coming(datetime(2026, 11, 20, 15, tzinfo=UTC), limit=3)
    assert [run.day for run in dates] == [date(2026, 11, 23), date(2026, 12, 7), date(2026, 12, 21)]
    assert dates[0].due_at == datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert dates[0].cut_off_at == datetime(2026, 11, 23, 21, tzinfo=UTC)
    assert dates[0].payable_on == date(2026, 11, 24)
    assert dates[0].run_id == "provider-2026-11-23"


def test_members_are_paid_on_every_day_on_which_banks_pay_once() -> None:
    dates = BOTH["member"].coming(datetime(2026, 11, 6, 15, tzinfo=UTC), limit=4)
    assert [run.day.day for run in dates] == [9, 10, 12, 13]


def test_the_time_of_day_holds_across_daylight_saving() -> None:
    summer = BOTH["member"].coming(datetime(2026, 7, 2, 15, tzinfo=UTC), limit=1)
    assert summer[0].due_at == datetime(2026, 7, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("approved_at", "payable_on"),
    [
        (datetime(2026, 11, 20, 21, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 20, 21, 0, 1, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 10, 15, tzinfo=UTC), date(2026, 11, 12)),
        (datetime(2026, 11, 21, 4, 59, tzinfo=UTC), date(2026, 11, 24)),
    ],
    ids=["just in time", "after the cut-off", "before Remembrance Day", "late in the evening"],
)
def test_an_approval_after_the_cut_off_is_a_day_late(approved_at: datetime, payable_on: date) -> None:
    assert BOTH["member"].payable_on(approved_at) == payable_on


@given(calendar=CALENDARS, now=INSTANTS)
def test_runs_and_payable_days_are_days_on_which_banks_pay(calendar: RunCalendar, now: datetime) -> None:
    for run in calendar.coming(now, limit=3):
        assert is_business_day(run.day, is_holiday=HOLIDAYS)
        assert is_business_day(run.payable_on, is_holiday=HOLIDAYS)
        assert now < run.due_at < run.cut_off_at
        assert run.day < run.payable_on
    assert is_business_day(calendar.payable_on(now), is_holiday=HOLIDAYS)


@given(calendar=CALENDARS, now=INSTANTS)
def test_the_last_run_due_and_the_first_to_come_follow_each_other(calendar: RunCalendar, now: datetime) -> None:
    due, (coming, after) = calendar.latest_due(now), calendar.coming(now, limit=2)
    assert due.due_at <= now < coming.due_at < after.due_at
    assert calendar.latest_due(coming.due_at) == coming
    assert calendar.latest_due(coming.due_at - timedelta(seconds=1)) == due
