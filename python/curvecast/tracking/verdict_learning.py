# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on claims about a learning rate: the fall of cost with each doubling of experience."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

from ..errors import CurvecastError
from .evidence import Evidence, Reading
from .period import Period
from .schema import Claim
from .verdict_common import (
    ACCURATE,
    HALF_RIGHT,
    WRONG,
    Tolerances,
    Verdict,
    log_ratio,
    open_verdict,
    percent,
)

__all__ = ["judge_learning_rate"]

FEWEST = 4
WIDEST = 0.20  # of the interval by which a claim can still be half right


def judge_learning_rate(
    claim: Claim, cost: Evidence, experience: Evidence, as_of: dt.date
) -> Verdict:
    """Ask whether the claim holds within the intervals of a fitted learning rate.

    Wright's curve is fitted to the first complete figures of the periods for which both cost and
    experience are known. A claim holds within an interval when some rate in the interval meets it.
    """
    tolerances = Tolerances.of(claim, 0.50, 0.90)
    rule = (
        f"A learning rate: accurate when it holds inside the fitted {percent(tolerances.accurate)} "
        f"interval, half right inside the {percent(tolerances.half)}, else wrong; open while that "
        f"interval is wider than {percent(WIDEST)} or fewer than {FEWEST} periods are known."
    )
    pairs = _pairs(cost, experience)
    if len(pairs) < FEWEST:
        periods = f"{len(pairs)} period{'' if len(pairs) == 1 else 's'}"
        reason = f"Cost and experience are both known for {periods}; {FEWEST} are needed."
        return open_verdict(rule, reason, None, as_of)
    from ..fit import fit

    try:
        fitted = fit("wright", [x.value for x, _ in pairs], [y.value for _, y in pairs])
        rate = float(fitted.estimate("learning_rate").value)
        narrow = fitted.interval("learning_rate", tolerances.accurate)
        wide = fitted.interval("learning_rate", tolerances.half)
    except CurvecastError as error:
        reason = f"No learning rate can be fitted to {len(pairs)} periods: {error}"
        return open_verdict(rule, reason, None, as_of)
    if not all(math.isfinite(end) for end in (rate, *narrow, *wide)):
        reason = f"The {len(pairs)} periods known do not support an interval."
        return open_verdict(rule, reason, None, as_of)
    bound = {"at_least": "at least ", "at_most": "at most ", None: ""}[claim.form.bound]
    reason = (
        f"Fitted to {len(pairs)} periods from {pairs[0][1].period} to {pairs[-1][1].period}: "
        f"{percent(rate)} for each doubling ({percent(tolerances.accurate)} interval "
        f"{_interval(narrow)}, {percent(tolerances.half)} interval {_interval(wide)}); claimed "
        f"{bound}{percent(claim.form.rate)}."
    )
    if wide[1] - wide[0] > WIDEST:
        return open_verdict(rule, reason, None, as_of)
    label = WRONG
    if _holds(claim, narrow):
        label = ACCURATE
    elif _holds(claim, wide):
        label = HALF_RIGHT
    outcome = _outcome(rate, pairs)
    error = log_ratio(claim.form.rate, rate) if claim.form.bound is None else None
    return Verdict(label, rule, reason, None, outcome, error)


def _pairs(cost: Evidence, experience: Evidence) -> list[tuple[Reading, Reading]]:
    """Return experience and cost of each period for which both are known, in order."""
    known = {(r.period.first, r.period.last): r for r in experience.first}
    pairs = ((known.get((r.period.first, r.period.last)), r) for r in cost.first)
    return [(x, y) for x, y in pairs if x is not None and x.value > 0 and y.value > 0]


def _holds(claim: Claim, interval: tuple[float, float]) -> bool:
    low, high = min(interval), max(interval)
    if claim.form.bound == "at_least":
        return high >= claim.form.rate
    if claim.form.bound == "at_most":
        return low <= claim.form.rate
    return low <= claim.form.rate <= high


def _interval(ends: tuple[float, float]) -> str:
    return f"{percent(min(ends))} to {percent(max(ends))}"


def _outcome(rate: float, pairs: list[tuple[Reading, Reading]]) -> Reading:
    """Return the fitted rate as the figure that the verdict rests on."""
    first, last = pairs[0][1].period, pairs[-1][1].period
    period = Period(f"{first}/{last}", first.first, last.last, "span")
    newest = max((r for pair in pairs for r in pair), key=lambda r: r.published.last)
    return replace(newest, period=period, value=rate, newer=None)
