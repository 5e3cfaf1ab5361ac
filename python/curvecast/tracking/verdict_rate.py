# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on claims about a rate: growth a year, doubling time, halving time."""

from __future__ import annotations

import datetime as dt
import math

from .evidence import Evidence, Reading
from .schema import Claim
from .trend import (
    TREND_YEARS,
    Span,
    claimed_growth,
    end_reading,
    limits,
    span_of,
    start_reading,
    years_between,
)
from .verdict_common import (
    ACCURATE,
    HALF_RIGHT,
    WRONG,
    Tolerances,
    Verdict,
    awaiting,
    figure,
    number,
    open_verdict,
    percent,
    within,
)

__all__ = ["judge_rate"]


def judge_rate(claim: Claim, evidence: Evidence, as_of: dt.date) -> Verdict:
    """Compare the claimed rate with the growth between two first complete figures, in logs.

    Accurate within a quarter of the claimed rate, half right within a half, wrong otherwise and
    always with the wrong sign; a bound is met or not.
    """
    tolerances = Tolerances.of(claim, 0.25, 0.50)
    span = span_of(claim)
    rule = _rule(claim, span, tolerances)
    start = start_reading(span, evidence, as_of)
    if start is None:
        reason = f"No complete figure for {span.start} is known, from which the growth would count."
        return open_verdict(rule, reason, span.end.last, as_of)
    end = end_reading(start, span, evidence, as_of)
    if end is None:
        reason = f"{_waiting(span, evidence, as_of)}{_so_far(claim, span, evidence, start)}"
        return open_verdict(rule, reason, span.end.last, as_of)
    years = years_between(span, evidence, start, span.end if evidence.record else end.period)
    if start.value <= 0 or end.value <= 0 or years <= 0:
        reason = (
            f"From {figure(start, evidence)} to {figure(end, evidence)} there is no growth in "
            "logs: both have to be positive, the second later."
        )
        return open_verdict(rule, reason, None, as_of)
    growth = math.log(end.value / start.value) / years
    reason = (
        f"From {figure(start, evidence)} to {figure(end, evidence)}: {_compare(claim, growth)}."
    )
    error = (claimed_growth(claim) - growth) * years if claim.form.bound is None else None
    return Verdict(_label(claim, growth, tolerances), rule, reason, None, end, error)


def _label(claim: Claim, growth: float, tolerances: Tolerances) -> str:
    if claim.form.bound is not None:
        return ACCURATE if _holds(growth, limits(claim, 0.0)) else WRONG
    if growth * claimed_growth(claim) <= 0:
        return WRONG
    if _holds(growth, limits(claim, tolerances.accurate)):
        return ACCURATE
    return HALF_RIGHT if _holds(growth, limits(claim, tolerances.half)) else WRONG


def _holds(growth: float, ends: tuple[float, float]) -> bool:
    return within(ends[0], growth) and within(growth, ends[1])


def _rule(claim: Claim, span: Span, tolerances: Tolerances) -> str:
    if claim.form.bound is not None:
        text = "A bound on a rate: accurate when met, else wrong"
    else:
        text = (
            f"A rate, in logs: accurate within {percent(tolerances.accurate)} of it, half right "
            f"within {percent(tolerances.half)}, wrong otherwise and with the wrong sign"
        )
    if span.trend:
        return f"{text}; a trend without an end, judged on {TREND_YEARS} years from {span}."
    return f"{text}; by the first complete figures for {span.start} and {span.end}."


def _waiting(span: Span, evidence: Evidence, as_of: dt.date) -> str:
    if span.trend:
        if as_of < span.end.last:
            return f"The {TREND_YEARS} years end on {span.end}."
        return f"No figure that closes the {TREND_YEARS} years was published by {as_of}."
    return awaiting(evidence, span.end, as_of)


def _so_far(claim: Claim, span: Span, evidence: Evidence, start: Reading) -> str:
    """Return the growth up to the newest figure, as a sentence, where there is one."""
    newer = [
        reading
        for reading in evidence.first
        if start.end < reading.end <= span.end.last
        and evidence.comparable(reading.period, start.period)
    ]
    if not newer or start.value <= 0 or newer[-1].value <= 0:
        return ""
    years = years_between(span, evidence, start, newer[-1].period)
    if years <= 0:
        return ""
    growth = math.log(newer[-1].value / start.value) / years
    return (
        f" So far, from {figure(start, evidence)} to {figure(newer[-1], evidence)}: "
        f"{_compare(claim, growth)}."
    )


def _compare(claim: Claim, growth: float) -> str:
    """Return growth and claim side by side, in the terms of the claim."""
    form = claim.form
    bound = {"at_least": "at least ", "at_most": "at most ", None: ""}[form.bound]
    rate = f"{percent(math.expm1(growth))} a year"
    if form.type == "growth_rate":
        return f"{rate}; claimed {bound}{percent(form.rate)}"
    verb = "doubling" if growth > 0 else "halving"
    time = f"{verb} in {_years(math.log(2) / abs(growth))}" if growth else "no change"
    claimed = "doubling" if form.type == "doubling_time" else "halving"
    return f"{rate}, {time}; claimed {claimed} in {bound}{_years(form.years)}"


def _years(years: float) -> str:
    return f"{number(years)} year{'' if years == 1 else 's'}"
