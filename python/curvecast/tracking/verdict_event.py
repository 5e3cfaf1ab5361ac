# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on claims that something happens by a date.

The rows of an event series say 1: it happened then; 0.5: its partial criterion was met then; 0: it
had not happened by then. That something did not happen needs a source too: without one, a claim
whose date has passed stays open.
"""

from __future__ import annotations

import datetime as dt

from .evidence import Evidence, Reading
from .schema import Claim
from .verdict_common import (
    ACCURATE,
    HALF_RIGHT,
    WRONG,
    Tolerances,
    Verdict,
    open_verdict,
    published,
)

__all__ = ["judge_event"]

HAPPENED, PARTIAL, NOT_YET = 1.0, 0.5, 0.0


def judge_event(claim: Claim, evidence: Evidence, as_of: dt.date) -> Verdict:
    """Ask whether, and when, the event happened. A date known to the month counts from its end."""
    happened = _first(evidence, HAPPENED)
    if claim.target is None:
        rule = "An event without a date: accurate once it has happened, else open."
        if happened is not None:
            return Verdict(ACCURATE, rule, _happened(happened), None, happened)
        return open_verdict(rule, _not_known(evidence, as_of), None, as_of)
    tolerances = Tolerances.of(claim, 0.0, 0.0)
    target = claim.target.last
    late_until = tolerances.late_until(target)
    partial_rule = f", or when by then {claim.form.partial}" if claim.form.partial else ""
    rule = (
        f"An event: accurate when it happens by {target}, half right when it happens within "
        f"{tolerances.late_months} months after{partial_rule}, else wrong."
    )
    if happened is not None and happened.end <= target:
        return Verdict(ACCURATE, rule, _happened(happened), None, happened)
    if happened is not None and happened.end <= late_until:
        reason = f"{_happened(happened)} That is within {tolerances.late_months} months after."
        return Verdict(HALF_RIGHT, rule, reason, None, happened)
    partial = _first(evidence, PARTIAL) if claim.form.partial else None
    if partial is not None and partial.end <= target:
        reason = (
            f"The partial criterion ({claim.form.partial}) was met by {partial.period} "
            f"({published(partial)})."
        )
        return Verdict(HALF_RIGHT, rule, reason, target if as_of < target else None, partial)
    if happened is not None:
        return Verdict(WRONG, rule, f"{_happened(happened)} That is too late.", None, happened)
    absent = _last(evidence, NOT_YET)
    if as_of < target or absent is None or absent.end < target:
        return open_verdict(rule, _not_known(evidence, as_of), late_until, as_of)
    reason = f"It had not happened by {absent.period} ({published(absent)})."
    if as_of < late_until:
        reason += f" It is half right if it happens by {late_until}."
        return Verdict(WRONG, rule, reason, late_until, absent)
    return Verdict(WRONG, rule, reason, None, absent)


def _first(evidence: Evidence, value: float) -> Reading | None:
    found = [reading for reading in evidence.latest if reading.complete and reading.value == value]
    return min(found, key=lambda reading: reading.end, default=None)


def _last(evidence: Evidence, value: float) -> Reading | None:
    found = [reading for reading in evidence.latest if reading.complete and reading.value == value]
    return max(found, key=lambda reading: reading.end, default=None)


def _happened(reading: Reading) -> str:
    word = "on" if reading.period.granularity == "day" else "in"
    return f"It happened {word} {reading.period} ({published(reading)})."


def _not_known(evidence: Evidence, as_of: dt.date) -> str:
    absent = _last(evidence, NOT_YET)
    if absent is None:
        return f"No source published by {as_of} states that it happened or that it did not."
    return (
        f"It had not happened by {absent.period} ({published(absent)}); no source published by "
        f"{as_of} states what came after."
    )
