# SPDX-License-Identifier: GPL-3.0-or-later
"""Periods: their grammar, their days, their place on the time axis, and their errors."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvecast.errors import DataError
from curvecast.tracking.period import (
    PeriodError,
    add_months,
    decimal_year,
    last_day,
    parse_date,
    parse_period,
)


@pytest.mark.parametrize(
    ("text", "first", "last", "granularity"),
    [
        ("2024", "2024-01-01", "2024-12-31", "year"),
        (2023, "2023-01-01", "2023-12-31", "year"),
        ("2024-H1", "2024-01-01", "2024-06-30", "half"),
        ("2024-H2", "2024-07-01", "2024-12-31", "half"),
        ("2024-Q1", "2024-01-01", "2024-03-31", "quarter"),
        ("2024-Q4", "2024-10-01", "2024-12-31", "quarter"),
        ("2024-02", "2024-02-01", "2024-02-29", "month"),
        ("2023-02", "2023-02-01", "2023-02-28", "month"),
        (" 2024-05-31 ", "2024-05-31", "2024-05-31", "day"),
        ("2024-01/2024-09", "2024-01-01", "2024-09-30", "span"),
        ("2023-07-01/2024-Q2", "2023-07-01", "2024-06-30", "span"),
    ],
)
def test_a_period_has_a_first_and_a_last_day(text, first, last, granularity):
    period = parse_period(text)
    days = (period.first.isoformat(), period.last.isoformat())
    assert (*days, period.granularity) == (first, last, granularity)
    assert str(period) == str(text).strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "2024-13",
        "2024-00",
        "2024-02-30",
        "2023-02-29",
        "2024-Q5",
        "2024-Q0",
        "2024-H3",
        "2024Q1",
        "2024/",
        "/2024",
        "2024/2025/2026",
        "May 2024",
        "2024-5",
        "0999",
        "3000",
        "٢٠٢٤",
        "2024.5",
        True,
        2024.0,
        None,
        [2024],
    ],
)
def test_what_is_no_period_is_refused_and_the_error_says_what_is_accepted(text):
    with pytest.raises(PeriodError, match=r"YYYY|Use a year from 1000 to 2999") as error:
        parse_period(text)
    assert isinstance(error.value, DataError)
    assert error.value.remedy


def test_a_span_that_ends_before_it_starts_is_refused():
    with pytest.raises(PeriodError, match="START/END"):
        parse_period("2024-09/2024-01")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021", "2021-12-31"),
        ("2021-04", "2021-04-30"),
        ("2024-02", "2024-02-29"),
        ("2021-04-14", "2021-04-14"),
        (dt.date(2021, 4, 14), "2021-04-14"),
        (dt.datetime(2021, 4, 14, 12), "2021-04-14"),
    ],
)
def test_a_partial_date_counts_from_its_last_day(text, day):
    assert last_day(text).isoformat() == day


@pytest.mark.parametrize("text", ["2021-Q1", "2021-H2", "2021/2022", "soon", 0, None])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(PeriodError, match=r"YYYY-MM-DD|a year from"):
        parse_date(text)


def test_a_period_is_complete_from_its_last_day():
    period = parse_period("2024-Q1")
    assert not period.complete(dt.date(2024, 3, 30))
    assert period.complete(dt.date(2024, 3, 31))


@pytest.mark.parametrize("kind", ["stock", "flow", "cost", "share", "count", "event"])
def test_years_are_one_apart_and_quarters_a_quarter_leap_years_or_not(kind):
    years = [parse_period(str(year)).position(kind) for year in range(2018, 2026)]
    assert {later - earlier for earlier, later in pairwise(years)} == {1.0}
    quarters = [
        parse_period(f"{year}-Q{quarter}").position(kind)
        for year in (2023, 2024)
        for quarter in (1, 2, 3, 4)
    ]
    steps = {later - earlier for earlier, later in pairwise(quarters)}
    assert steps == {0.25}


def test_stocks_stand_at_the_end_and_flows_in_the_middle():
    year = parse_period("2024")
    assert year.position("stock") == year.position("event") == 2025.0
    assert {year.position(kind) for kind in ("flow", "cost", "share", "count")} == {2024.5}
    assert parse_period("2024-12-31").position("stock") == 2025.0


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)))
def test_the_time_axis_runs_with_the_calendar(day):
    tomorrow = day + dt.timedelta(days=1)
    assert decimal_year(day) < decimal_year(tomorrow)
    assert decimal_year(day, end=True) == pytest.approx(decimal_year(tomorrow), abs=1e-9)
    assert parse_date(day).last == day


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 60))
def test_months_later_stays_within_the_month_and_keeps_the_end(day, months):
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    if (day + dt.timedelta(days=1)).day == 1:
        assert (later + dt.timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("2024", "2027"),
        ("2024-Q3", "2027-Q3"),
        ("2024-02-29", "2027-02-28"),
        ("2023-07/2024-06", "2026-07/2027-06"),
    ],
)
def test_the_same_period_years_later(text, moved):
    assert parse_period(text).shifted(3) == parse_period(moved)


def test_lengths_are_compared_by_granularity_and_spans_by_days():
    fiscal = parse_period("2023-07/2024-06")
    assert fiscal.same_length(parse_period("2024"))
    assert not fiscal.same_length(parse_period("2024-H1"))
    assert not parse_period("2024").same_length(parse_period("2024-Q1"))
    assert parse_period("2024").same_days(parse_period("2024-01/2024-12"))
