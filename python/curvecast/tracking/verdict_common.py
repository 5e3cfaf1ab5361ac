# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules of all forms share: the verdict itself, tolerances, and numbers in sentences."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

from .evidence import Evidence, Reading
from .period import Period, add_months
from .schema import Claim

__all__ = ["LABELS", "Tolerances", "Verdict"]

ACCURATE, HALF_RIGHT, WRONG, OPEN, NOT_RESOLVABLE = LABELS = (
    "accurate",
    "half right",
    "wrong",
    "open",
    "not resolvable",
)
LATE_MONTHS = 12
_SLACK = 1e-9  # a figure that lies on a limit is within it, whatever the last bit says


@dataclass(frozen=True)
class Verdict:
    """What became of a claim, as far as is known.

    Attributes
    ----------
    label : str
        One of `LABELS`.
    rule, reason : str
        How the claim is judged, and why it came out so: sentences.
    final_on : datetime.date or None
        For a verdict that time can still change, the last day of which anything can. The figure of
        that day may be published later. None where it is final or has no such day.
    outcome : Reading or None
        The figure that the verdict rests on.
    log_error : float or None
        ln(claimed / outcome), where both are positive. None for a bound: it is no point forecast.
    """

    label: str
    rule: str
    reason: str
    final_on: dt.date | None = None
    outcome: Reading | None = None
    log_error: float | None = None


@dataclass(frozen=True)
class Tolerances:
    """How far off a claim may be, and how late, by its rule or by the usual one of its form."""

    accurate: float
    half: float
    late_months: int

    @classmethod
    def of(cls, claim: Claim, accurate: float, half: float) -> Tolerances:
        """Return the claim's own tolerances, each with the usual one where it names none."""
        rule = claim.rule
        accurate = accurate if rule.accurate is None else rule.accurate
        half = half if rule.half is None else rule.half
        late = LATE_MONTHS if rule.late_months is None else rule.late_months
        return cls(accurate, max(accurate, half), late)

    def late_until(self, day: dt.date) -> dt.date:
        """Return the last day on which being late still counts as half right."""
        return add_months(day, self.late_months)


def within(value: float, limit: float) -> bool:
    """Whether a share does not exceed a limit, but for rounding."""
    return value <= limit + _SLACK


def log_ratio(claimed: float, outcome: float) -> float | None:
    """Return ln(claimed / outcome); None unless both are positive."""
    return math.log(claimed / outcome) if claimed > 0 and outcome > 0 else None


def open_verdict(rule: str, reason: str, last: dt.date | None, as_of: dt.date) -> Verdict:
    """Return an open verdict; final on `last` as long as that day lies ahead."""
    ahead = last if last is not None and as_of < last else None
    return Verdict(OPEN, rule, reason, ahead)


def awaiting(evidence: Evidence, target: Period, as_of: dt.date) -> str:
    """Return the sentence that says why there is no figure to judge by yet."""
    if as_of < target.last:
        text = f"{target} has not ended."
    else:
        text = f"No complete figure for {target} was published by {as_of}."
    estimate = evidence.estimate(target)
    if estimate is not None:
        text += (
            f" The estimate of {amount(estimate.value, evidence.unit)} ({published(estimate)}) "
            "was made within the period and settles nothing."
        )
    elif evidence.first:
        newest = evidence.first[-1]
        text += f" The newest complete figure is {figure(newest, evidence)}."
    else:
        text += " No complete figure is known for any period."
    return text


def figure(reading: Reading, evidence: Evidence) -> str:
    """Return a reading in words: value, period, source and day, and what it was revised to."""
    text = f"{amount(reading.value, evidence.unit)} for {reading.period} ({published(reading)}"
    if reading.newer is not None:
        newer = reading.newer
        text += f"; later revised to {amount(newer.value, evidence.unit)}, {published(newer)}"
    return text + ")"


def published(reading: Reading) -> str:
    """Return source and day of a reading."""
    return f"{reading.source}, published {reading.published}"


def amount(value: float, unit: str) -> str:
    """Return a number with its unit.

    Examples
    --------
    >>> amount(160000, "cars"), amount(45.25, "% of new cars")
    ('160,000 cars', '45.25 % of new cars')
    """
    return f"{number(value)} {unit}"


def number(value: float) -> str:
    """Return a number as it is read: four digits, thousands apart.

    Examples
    --------
    >>> number(160000), number(0.123456), number(1.5e12)
    ('160,000', '0.1235', '1.5e+12')
    """
    if 1000 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def percent(share: float) -> str:
    """Return a share in per cent.

    Examples
    --------
    >>> percent(0.1), percent(0.3048)
    ('10 %', '30.5 %')
    """
    return f"{100 * share:.3g} %"


def outcome_fields(reading: Reading | None) -> dict[str, Any] | None:
    """Return a reading as the plain values of the public format."""
    if reading is None:
        return None
    return {
        "value": reading.value,
        "period": str(reading.period),
        "source": reading.source,
        "published": str(reading.published),
    }
