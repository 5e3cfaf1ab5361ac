# SPDX-License-Identifier: GPL-3.0-or-later
"""What a claimed rate says: its growth in logs, and the two readings between which it is measured.

A growth rate, a doubling time and a halving time are one thing here: growth of the logarithm a
year. A rate without an end is a trend, and is judged on the three years after it was made.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from .evidence import Evidence, Reading
from .period import Period, add_months, decimal_year, parse_date
from .schema import Claim

__all__ = [
    "TREND_YEARS",
    "Span",
    "claimed_growth",
    "end_period",
    "end_reading",
    "limits",
    "span_of",
    "start_reading",
    "years_between",
]

TREND_YEARS = 3


def claimed_growth(claim: Claim) -> float:
    """Return the claimed growth of the logarithm a year; negative for a fall."""
    form = claim.form
    if form.type == "growth_rate":
        return math.log1p(form.rate)
    return math.copysign(math.log(2) / form.years, 1 if form.type == "doubling_time" else -1)


def limits(claim: Claim, tolerance: float) -> tuple[float, float]:
    """Return between which growths of the logarithm the claim holds; ends may be infinite.

    A bound on a doubling or halving time bounds the years: at most a year is at least as fast.
    """
    growth = claimed_growth(claim)
    bound = claim.form.bound
    if bound is None:
        ends = (growth * (1 - tolerance), growth * (1 + tolerance))
        return (min(ends), max(ends))
    faster = (bound == "at_least") == (claim.form.type == "growth_rate")
    up = faster == (claim.form.type != "halving_time")
    return (growth, math.inf) if up else (-math.inf, growth)


@dataclass(frozen=True)
class Span:
    """Between which periods a rate is measured.

    Attributes
    ----------
    start, end : Period
        For a trend, the day on which it was made and the day three years later.
    trend : bool
        Whether the claim names no end.
    """

    start: Period
    end: Period
    trend: bool

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


def span_of(claim: Claim) -> Span:
    """Return between which periods the claim's rate is measured."""
    end = claim.form.to or claim.target
    if end is not None and claim.form.start is not None:
        return Span(claim.form.start, end, False)
    made = claim.made.last
    after = add_months(made, 12 * TREND_YEARS)
    return Span(parse_date(made), parse_date(after), True)


def start_reading(span: Span, evidence: Evidence, as_of: dt.date) -> Reading | None:
    """Return the first complete figure from which the growth counts, or None."""
    if evidence.record:
        return evidence.before(span.start.last)
    if evidence.kind == "stock":
        return evidence.at(span.start, as_of) or _near(evidence, span.start)
    if not span.trend:
        return evidence.at(span.start, as_of)
    usual = [
        reading
        for reading in evidence.first
        if reading.end <= span.start.last and reading.period.granularity == evidence.granularity
    ]
    return max(usual, key=lambda reading: reading.end, default=None)


def end_reading(start: Reading, span: Span, evidence: Evidence, as_of: dt.date) -> Reading | None:
    """Return the first complete figure to which the growth counts, or None."""
    if as_of < span.end.last:
        return None
    if evidence.record:
        found = evidence.before(span.end.last)
    elif evidence.kind == "stock":
        found = evidence.at(span.end, as_of)
        moved_on = evidence.first[-1].end > span.end.last
        if found is None and (moved_on or as_of >= add_months(span.end.last, 12)):
            found = _near(evidence, span.end)
    else:
        found = evidence.at(end_period(start, span, evidence), as_of)
    return found if found is not None and found.end > start.end else None


def end_period(start: Reading, span: Span, evidence: Evidence) -> Period:
    """Return the period to which the growth counts; of a trend, that of its start, years later."""
    if span.trend and not evidence.persistent:
        return start.period.shifted(TREND_YEARS)
    return span.end


def years_between(span: Span, evidence: Evidence, start: Reading, end: Period) -> float:
    """Return the years over which the growth counts, from the start to a period.

    A record stays in force until it is beaten, so it counts from the ends of the span. Anything
    else counts from the periods of its figures.
    """
    if evidence.record:
        return decimal_year(end.last, end=True) - decimal_year(span.start.last, end=True)
    return end.position(evidence.kind) - start.period.position(evidence.kind)


def _near(evidence: Evidence, period: Period) -> Reading | None:
    """Return a stock's last reading at or before the period's end, if at most a year before."""
    found = evidence.before(period.last)
    return found if found is not None and add_months(found.end, 12) >= period.last else None
