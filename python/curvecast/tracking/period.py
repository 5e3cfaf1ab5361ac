# SPDX-License-Identifier: GPL-3.0-or-later
"""Periods and dates as people write them: ``2024``, ``2024-H1``, ``2024-Q3``, ``2024-05-31``.

A period has a first and a last day. A date that is only partly known (``2024``, ``2024-05``) is a
period too, and counts from its last day: nothing is known before it surely was.

On the time axis a date is a decimal year in which every month is a twelfth of the year and every
day an equal part of its month. Years are then exactly 1.0 apart, halves 0.5 and quarters 0.25,
leap years or not. A level at a moment (stock, event) stands at the end of its period, so that the
end of 2024 is 2025.0; what is gathered over a period (flow, cost, share, count) at its middle.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from dataclasses import dataclass

from ..errors import DataError

__all__ = [
    "Period",
    "PeriodError",
    "add_months",
    "decimal_year",
    "last_day",
    "parse_date",
    "parse_period",
]

ACCEPTED_DATES = "YYYY, YYYY-MM or YYYY-MM-DD, for example 2024-05-31"
ACCEPTED_PERIODS = (
    "YYYY, YYYY-H1, YYYY-Q3, YYYY-MM, YYYY-MM-DD, or START/END of two of these, "
    "for example 2024-Q3 or 2024-01/2024-09"
)
EARLIEST, LATEST = 1000, 2999
AT_END = frozenset({"stock", "event"})  # kinds whose figure holds at the end of its period

_YEAR = r"(?P<year>\d{4})"
_SHAPES = (
    ("year", re.compile(_YEAR, re.ASCII)),
    ("half", re.compile(_YEAR + r"-H(?P<part>[12])", re.ASCII)),
    ("quarter", re.compile(_YEAR + r"-Q(?P<part>[1-4])", re.ASCII)),
    ("month", re.compile(_YEAR + r"-(?P<part>\d\d)", re.ASCII)),
    ("day", re.compile(_YEAR + r"-(?P<part>\d\d)-(?P<day>\d\d)", re.ASCII)),
)
_MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}


class PeriodError(DataError):
    """Text that is no period or no date. `remedy` says what is accepted."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message}. {remedy}")
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True)
class Period:
    """A stretch of whole days.

    Attributes
    ----------
    text : str
        As it was written.
    first, last : datetime.date
        Both belong to the period.
    granularity : str
        ``"year"``, ``"half"``, ``"quarter"``, ``"month"``, ``"day"`` or ``"span"``.
    """

    text: str
    first: dt.date
    last: dt.date
    granularity: str

    def __str__(self) -> str:
        return self.text

    def complete(self, on: dt.date) -> bool:
        """Whether the period has ended on that day; its own last day counts as its end."""
        return on >= self.last

    def same_days(self, other: Period) -> bool:
        """Whether both cover the same days, however they are written."""
        return (self.first, self.last) == (other.first, other.last)

    def same_length(self, other: Period) -> bool:
        """Whether figures gathered over the two can be compared (spans: within five days)."""
        if "span" in (self.granularity, other.granularity):
            return abs(self.days - other.days) <= 5
        return self.granularity == other.granularity

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    def position(self, kind: str) -> float:
        """Return the place on the time axis, in decimal years, of a figure of this kind.

        Parameters
        ----------
        kind : str
            ``"stock"`` and ``"event"`` stand at the end, every other kind in the middle.

        Examples
        --------
        >>> parse_period("2024").position("stock"), parse_period("2024").position("flow")
        (2025.0, 2024.5)
        >>> parse_period("2024-Q3").position("flow") - parse_period("2024-Q2").position("flow")
        0.25
        """
        end = decimal_year(self.last, end=True)
        return end if kind in AT_END else (decimal_year(self.first) + end) / 2

    def shifted(self, years: int) -> Period:
        """Return the same period of a later (or, with a negative number, earlier) year."""
        parts = self.text.split("/")
        moved = [f"{int(part[:4]) + years:04d}{part[4:]}" for part in parts]
        moved = [part.replace("-02-29", "-02-28") for part in moved]
        return parse_period("/".join(moved))


def parse_period(text: str | int | Period) -> Period:
    """Return the period that is written in `text`.

    Parameters
    ----------
    text : str, int or Period
        A year may be a number.

    Raises
    ------
    PeriodError
        Names what is wrong and what is accepted.

    Examples
    --------
    >>> parse_period("2024-H2").first.isoformat()
    '2024-07-01'
    >>> parse_period("2024-01/2024-09").last.isoformat()
    '2024-09-30'
    """
    if isinstance(text, Period):
        return text
    text = _text(text, "period", ACCEPTED_PERIODS)
    if "/" not in text:
        return _one(text, text, "period", ACCEPTED_PERIODS)
    start_text, _, end_text = text.partition("/")
    start = _one(start_text, text, "period", ACCEPTED_PERIODS)
    end = _one(end_text, text, "period", ACCEPTED_PERIODS)
    if end.last <= start.first:
        raise PeriodError(
            f'"{text}" ends before it starts', "Write the earlier of the two first: START/END"
        )
    return Period(text, start.first, end.last, "span")


def parse_date(text: str | int | dt.date | Period) -> Period:
    """Return a date, possibly known only to the month or the year; it counts from its last day.

    Raises
    ------
    PeriodError
        Names what is wrong and what is accepted.

    Examples
    --------
    >>> parse_date("2021-04").last.isoformat()
    '2021-04-30'
    """
    if isinstance(text, Period):
        return text
    if isinstance(text, dt.date):
        text = dt.date(text.year, text.month, text.day).isoformat()
    text = _text(text, "date", ACCEPTED_DATES)
    found = _one(text, text, "date", ACCEPTED_DATES)
    if found.granularity in ("half", "quarter"):
        raise PeriodError(f'"{text}" is no date', f"Write {ACCEPTED_DATES}")
    return found


def last_day(text: str | int | dt.date | Period) -> dt.date:
    """Return the day from which a date, partial or not, counts.

    Examples
    --------
    >>> last_day("2024-02").isoformat()
    '2024-02-29'
    """
    return parse_date(text).last


def decimal_year(day: dt.date, *, end: bool = False) -> float:
    """Return the start of a day (or its end) in decimal years, every month a twelfth.

    Examples
    --------
    >>> import datetime
    >>> decimal_year(datetime.date(2024, 4, 1)), decimal_year(datetime.date(2024, 3, 31), end=True)
    (2024.25, 2024.25)
    """
    length = monthrange(day.year, day.month)[1]
    return day.year + (day.month - 1 + (day.day - 1 + end) / length) / 12


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the day that many months later; the last day of a month stays the last.

    Examples
    --------
    >>> import datetime
    >>> add_months(datetime.date(2023, 2, 28), 12).isoformat()
    '2024-02-29'
    """
    at_end = day.day == monthrange(day.year, day.month)[1]
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    length = monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, length if at_end else min(day.day, length))


def _text(value: object, what: str, accepted: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise PeriodError(f"{value!r} is no {what}", f"Write {accepted}")
    return str(value).strip()


def _one(text: str, whole: str, what: str, accepted: str) -> Period:
    """Return the period of one text without a slash; `whole` is what the error quotes."""
    matches = ((granularity, shape.fullmatch(text)) for granularity, shape in _SHAPES)
    granularity, match = next((pair for pair in matches if pair[1]), ("", None))
    if match is None:
        raise PeriodError(f'"{whole}" is no {what}', f"Write {accepted}")
    year = int(match["year"])
    if not EARLIEST <= year <= LATEST:
        raise PeriodError(
            f'"{whole}" is no {what}: its year is {year}',
            f"Use a year from {EARLIEST} to {LATEST}",
        )
    part = int(match["part"]) if granularity != "year" else 1
    if granularity == "day":
        first = last = _day(year, part, int(match["day"]), whole, what, accepted)
        return Period(text, first, last, "day")
    months = _MONTHS[granularity]
    first = _day(year, (part - 1) * months + 1, 1, whole, what, accepted)
    month = first.month + months - 1
    return Period(
        text, first, first.replace(month=month, day=monthrange(year, month)[1]), granularity
    )


def _day(year: int, month: int, day: int, whole: str, what: str, accepted: str) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise PeriodError(f'"{whole}" is no {what}: {error}', f"Write {accepted}") from None
