# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on claims about a level: a value, a range, at least, at most."""

from __future__ import annotations

import datetime as dt
import math

from .evidence import Evidence, Reading
from .schema import Claim
from .verdict_common import (
    ACCURATE,
    HALF_RIGHT,
    WRONG,
    Tolerances,
    Verdict,
    amount,
    awaiting,
    figure,
    log_ratio,
    number,
    open_verdict,
    percent,
    within,
)

__all__ = ["judge_bound", "judge_range", "judge_value"]


def judge_value(claim: Claim, evidence: Evidence, as_of: dt.date) -> Verdict:
    """Compare one claimed value with the first complete figure, as a ratio.

    Accurate within 10 %, half right within 25 %: the larger of the two is at most 1.10 or 1.25
    times the smaller, so that too high and too low count alike. Where the ratio means nothing
    (signs differ), the verdict is wrong.
    """
    tolerances = Tolerances.of(claim, 0.10, 0.25)
    claimed = claim.form.value
    rule = (
        f"A value: accurate within {percent(tolerances.accurate)}, half right within "
        f"{percent(tolerances.half)} as a ratio, by the first complete figure for {claim.target}."
    )
    outcome = evidence.at(claim.target, as_of)
    if outcome is None:
        return open_verdict(rule, awaiting(evidence, claim.target, as_of), claim.target.last, as_of)
    found = f"The first complete figure is {figure(outcome, evidence)}"
    if claimed * outcome.value <= 0:
        reason = f"{found}; the claim was {amount(claimed, evidence.unit)}, of another sign."
        return Verdict(WRONG, rule, reason, outcome=outcome)
    ratio = claimed / outcome.value
    off = max(ratio, 1 / ratio) - 1
    distance = f"{number(ratio)} times it, a factor of {number(1 + off)} off"
    reason = f"{found}; the claimed {amount(claimed, evidence.unit)} is {distance}."
    label = WRONG
    if within(off, tolerances.accurate):
        label = ACCURATE
    elif within(off, tolerances.half):
        label = HALF_RIGHT
    return Verdict(label, rule, reason, None, outcome, log_ratio(claimed, outcome.value))


def judge_range(claim: Claim, evidence: Evidence, as_of: dt.date) -> Verdict:
    """Ask whether the first complete figure lies in the range, or near one of its ends.

    The log error is that of the middle of the range on the ratio scale.
    """
    tolerances = Tolerances.of(claim, 0.0, 0.10)
    low, high = claim.form.low, claim.form.high
    widened = f" or within {percent(tolerances.accurate)} of an end" if tolerances.accurate else ""
    rule = (
        f"A range: accurate inside{widened}, half right within {percent(tolerances.half)} of an "
        f"end, by the first complete figure for {claim.target}."
    )
    outcome = evidence.at(claim.target, as_of)
    if outcome is None:
        return open_verdict(rule, awaiting(evidence, claim.target, as_of), claim.target.last, as_of)
    end = low if outcome.value < low else high
    inside = low <= outcome.value <= high
    off = 0.0 if inside else _share(abs(outcome.value - end), end)
    where = "inside" if inside else f"{percent(off)} {'below' if end == low else 'above'}"
    reason = (
        f"The first complete figure is {figure(outcome, evidence)}, {where} the claimed range from "
        f"{number(low)} to {amount(high, evidence.unit)}."
    )
    label = WRONG
    if inside or within(off, tolerances.accurate):
        label = ACCURATE
    elif within(off, tolerances.half):
        label = HALF_RIGHT
    middle = math.sqrt(low * high) if low > 0 else 0.0
    return Verdict(label, rule, reason, None, outcome, log_ratio(middle, outcome.value))


def judge_bound(claim: Claim, evidence: Evidence, as_of: dt.date) -> Verdict:
    """Ask whether a level was reached, by when, and how nearly.

    What can only move towards the bound has met it once any complete figure has, and what can only
    move away has missed it once any has. A stock that had not met the bound when the claim was made
    has met it once a figure up to the target does. Of anything else only the figure for the target
    counts, and after it those of the months in which it may be late.
    """
    tolerances = Tolerances.of(claim, 0.0, 0.10)
    bound = _Bound(claim, evidence, tolerances)
    if claim.target is None:
        return _open_ended(bound, as_of)
    target = claim.target.last
    late_until = tolerances.late_until(target)
    widened = f" or missed by at most {percent(tolerances.accurate)}" if tolerances.accurate else ""
    when = f"by {target}" if evidence.persistent else f"in {claim.target}"
    rule = (
        f"A bound on a level: accurate when met{widened} {when}, half right when missed by at most "
        f"{percent(tolerances.half)} or met at most {tolerances.late_months} months "
        "late, by the first complete figure."
    )
    at_target = evidence.at(claim.target, as_of)
    met = at_target if at_target and bound.met(at_target) else bound.settled(target)
    if met is not None:
        return bound.verdict(ACCURATE, rule, met)
    lost = bound.lost(target)
    if lost is not None:
        return bound.verdict(WRONG, rule, lost)
    if as_of < target:
        return open_verdict(rule, awaiting(evidence, claim.target, as_of), late_until, as_of)
    nearest = at_target or (evidence.before(target) if bound.approaching else None)
    if nearest is not None and within(bound.missed_by(nearest), tolerances.half):
        return bound.verdict(HALF_RIGHT, rule, nearest)
    later = [
        reading
        for reading in evidence.first
        if reading.end > target and evidence.comparable(reading.period, claim.target)
    ]
    late = next((r for r in later if r.end <= late_until and bound.met(r)), None)
    if late is not None:
        before = f"{bound.sentence(nearest)} " if nearest else ""
        reason = (
            f"{before}{bound.sentence(late)} That is within {tolerances.late_months} months after."
        )
        return bound.verdict(HALF_RIGHT, rule, at_target or late, reason)
    witness = at_target or (later[0] if later and evidence.persistent else None)
    if witness is None:
        return open_verdict(rule, awaiting(evidence, claim.target, as_of), late_until, as_of)
    reason = bound.sentence(witness)
    if as_of < late_until:
        reason += f" It is half right if met by {late_until}."
        return bound.verdict(WRONG, rule, witness, reason, late_until)
    return bound.verdict(WRONG, rule, witness, reason)


def _open_ended(bound: _Bound, as_of: dt.date) -> Verdict:
    rule = "A bound on a level without a date: accurate once a complete figure meets it, else open."
    if bound.receding:
        rule = "A bound without a date on what can only move away: wrong once missed, else open."
        lost = bound.lost(as_of)
        if lost is not None:
            return bound.verdict(WRONG, rule, lost)
    known = bound.evidence.first
    for reading in () if bound.receding else known:
        since = bound.approaching or reading.end > bound.claim.made.last
        if since and bound.met(reading):
            return bound.verdict(ACCURATE, rule, reading)
    reason = bound.sentence(known[-1]) if known else "No complete figure is known for any period."
    return open_verdict(rule, reason, None, as_of)


class _Bound:
    """A claimed bound, and how figures compare with it."""

    def __init__(self, claim: Claim, evidence: Evidence, tolerances: Tolerances) -> None:
        self.claim = claim
        self.evidence = evidence
        self.tolerances = tolerances
        self.level = claim.form.value
        self.sign = 1 if claim.form.type == "at_least" else -1
        way = {"up": 1, "down": -1}.get(evidence.monotone or "", 0)
        self.approaching = way == self.sign  # can only move towards the bound
        self.receding = way == -self.sign

    def missed_by(self, reading: Reading) -> float:
        """Return by what share of the bound a figure misses it; negative where it is met."""
        return _share(self.sign * (self.level - reading.value), self.level)

    def met(self, reading: Reading) -> bool:
        """Whether a figure meets the bound."""
        return within(self.missed_by(reading), self.tolerances.accurate)

    def settled(self, target: dt.date) -> Reading | None:
        """Return the first figure for another day by which the bound was met for sure, or None."""
        readings = self.evidence.first
        if self.approaching:
            until = [r for r in readings if r.end <= target]
        elif self.receding:
            until = [r for r in readings if r.end >= target]
        elif self.evidence.kind == "stock":
            made = self.claim.made.last
            start = self.evidence.before(made)
            if start is None or self.met(start):
                return None
            until = [r for r in readings if made < r.end <= target]
        else:
            return None
        return next((reading for reading in until if self.met(reading)), None)

    def lost(self, target: dt.date) -> Reading | None:
        """Return the first figure after which the bound cannot be met any more, or None."""
        if not self.receding:
            return None
        too_far = (
            reading
            for reading in self.evidence.first
            if reading.end <= target and not within(self.missed_by(reading), self.tolerances.half)
        )
        return next(too_far, None)

    def sentence(self, reading: Reading) -> str:
        """Say whether a figure meets the bound, and by how much it misses it."""
        words = "at least" if self.sign > 0 else "at most"
        off = self.missed_by(reading)
        verb, by = ("meets", "") if self.met(reading) else ("misses", f" by {percent(off)}")
        return (
            f"The figure of {figure(reading, self.evidence)} {verb} the bound of {words} "
            f"{amount(self.level, self.evidence.unit)}{by if off < math.inf else ''}."
        )

    def verdict(
        self,
        label: str,
        rule: str,
        outcome: Reading,
        reason: str = "",
        final_on: dt.date | None = None,
    ) -> Verdict:
        """Return the verdict that a figure gives."""
        return Verdict(label, rule, reason or self.sentence(outcome), final_on, outcome)


def _share(difference: float, of: float) -> float:
    """Return a difference as a share of a number; infinite as a share of 0."""
    if difference == 0:
        return 0.0
    return difference / abs(of) if of != 0 else math.copysign(math.inf, difference)
