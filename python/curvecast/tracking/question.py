# SPDX-License-Identifier: GPL-3.0-or-later
"""What a claim asks of a forecast: where on the time axis, and between which levels it holds.

A claimed rate becomes a level: the level at its start, as known on the day, grown at the rate.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace

from .evidence import Evidence
from .period import Period, decimal_year
from .schema import Claim
from .trend import (
    claimed_growth,
    end_period,
    limits,
    span_of,
    start_reading,
    years_between,
)
from .verdict_common import Tolerances

__all__ = ["Growth", "Question", "Unanswerable", "ask", "is_numeric"]

OPEN_YEARS = 10  # how far ahead a claim without a date is looked at

_LEVELS = ("value", "range", "at_least", "at_most")
_RATES = ("growth_rate", "doubling_time", "halving_time")


class Unanswerable(Exception):
    """A claim that no forecast of a level answers on that day; the text says why."""


@dataclass(frozen=True)
class Growth:
    """What a claimed rate asks for, in logs a year.

    Attributes
    ----------
    low, high : float
        Between which growths the claim holds; infinite where there is no end.
    claimed : float
    x : float
        From where it counts, in decimal years.
    years : float
        Over how many years.
    """

    low: float
    high: float
    claimed: float
    x: float
    years: float


@dataclass(frozen=True)
class Question:
    """What a claim asks of a level.

    Attributes
    ----------
    x : float
        Where, in decimal years.
    low, high : float
        Between which levels the claim holds; infinite where there is no end.
    level : float or None
        The claimed level; None of a range.
    open_ended : bool
        Whether the claim holds if it is met at any time up to `x`.
    period : Period or None
        The period that is asked about.
    growth : Growth or None
        Of a claimed rate, what it asks for.
    start : float or None
        The level from which that growth counts. While it is not known the levels above are NaN.
    """

    x: float
    low: float
    high: float
    level: float | None
    open_ended: bool = False
    period: Period | None = None
    growth: Growth | None = None
    start: float | None = None

    def from_level(self, start: float) -> Question:
        """Return what a claimed rate asks of the level, if it counts from this one."""
        assert self.growth is not None
        growths = (self.growth.low, self.growth.high, self.growth.claimed)
        low, high, level = (_grown(start, growth, self.growth.years) for growth in growths)
        return replace(self, low=low, high=high, level=level, start=start)


def is_numeric(claim: Claim) -> bool:
    """Whether the claim is about the level of a series."""
    resolvable = claim.series is not None and claim.not_resolvable is None
    return resolvable and claim.form.type in (*_LEVELS, *_RATES)


def ask(claim: Claim, evidence: Evidence, day: dt.date) -> Question:
    """Return the question that a numeric claim puts on a day.

    Parameters
    ----------
    claim : Claim
    evidence : Evidence
        As known on the day.
    day : datetime.date

    Raises
    ------
    Unanswerable
        Where it asks about a growth whose start cannot be known.
    """
    if claim.form.type in _RATES:
        return _ask_rate(claim, evidence, day)
    low, high, level = _levels(claim)
    if claim.target is None:
        x = decimal_year(day, end=True) + OPEN_YEARS
        return Question(x, low, high, level, open_ended=True)
    return Question(claim.target.position(evidence.kind), low, high, level, period=claim.target)


def _levels(claim: Claim) -> tuple[float, float, float | None]:
    form = claim.form
    if form.type == "at_least":
        return form.value, math.inf, form.value
    if form.type == "at_most":
        return -math.inf, form.value, form.value
    if form.type == "range":
        return form.low, form.high, None
    factor = 1 + Tolerances.of(claim, 0.10, 0.25).accurate
    ends = (form.value / factor, form.value * factor)
    return min(ends), max(ends), form.value


def _ask_rate(claim: Claim, evidence: Evidence, day: dt.date) -> Question:
    """Return the question with the level from which the rate counts, where that is known.

    Where it is not, because that period lies ahead as well, both levels have to be forecast.
    """
    span = span_of(claim)
    start = start_reading(span, evidence, day)
    if start is None:
        start = evidence.estimate(span.start)
    if start is None and (span.trend or evidence.record):
        raise Unanswerable(f"no level at {span.start} was known, from which the rate counts")
    if start is not None and start.value <= 0:
        raise Unanswerable(f"{start.value:g} for {start.period} cannot grow in logs")
    kind = evidence.kind
    if start is None:
        end, x = span.end, span.start.position(kind)
        years = end.position(kind) - x
    else:
        end, x = end_period(start, span, evidence), start.period.position(kind)
        years = years_between(span, evidence, start, end)
    low, high = limits(claim, Tolerances.of(claim, 0.25, 0.50).accurate)
    growth = Growth(low, high, claimed_growth(claim), x, years)
    question = Question(end.position(kind), math.nan, math.nan, math.nan, period=end, growth=growth)
    return question if start is None else question.from_level(start.value)


def _grown(start: float, growth: float, years: float) -> float:
    """Return a level after growth in logs; infinite beyond what a number can hold."""
    if math.isinf(growth):
        return growth
    exponent = math.log(start) + growth * years
    return math.exp(exponent) if exponent < 709 else math.inf
