# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about the quantity that a claim speaks of: one reading for each period.

A claim speaks of a series, or of the quotient of two, of which a reading then exists where both
have one for the same period.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from .period import Period
from .registry import Registry
from .schema import Claim, Observation, Series

__all__ = ["Evidence", "Reading", "evidence_for"]


@dataclass(frozen=True)
class Reading:
    """The figure of one period.

    Attributes
    ----------
    period : Period
    value : float
    published : Period
        When it became public; of a quotient, when the later of the two did.
    source : str
        Id of the source; of a quotient, both.
    complete : bool
        False for an estimate from within the period.
    newer : Reading or None
        The newest figure for the period, where it is another one.
    """

    period: Period
    value: float
    published: Period
    source: str
    complete: bool
    newer: Reading | None = None

    @property
    def end(self) -> dt.date:
        """The last day of its period."""
        return self.period.last


@dataclass(frozen=True)
class Evidence:
    """A quantity and its readings, as known on a day.

    Attributes
    ----------
    unit, kind, granularity, publisher : str
        Of the series; the unit of a quotient names both.
    monotone : str or None
        ``"up"`` or ``"down"`` where the quantity cannot turn.
    upper : float or None
        The natural upper end of a share.
    first, latest : tuple of Reading
        For each period the first complete figure, and the newest figure, estimates included.
    """

    unit: str
    kind: str
    granularity: str
    publisher: str
    monotone: str | None
    upper: float | None
    first: tuple[Reading, ...]
    latest: tuple[Reading, ...]

    @property
    def persistent(self) -> bool:
        """Whether a level once reached is a fact of that day, and not of a whole period."""
        return self.kind == "stock" or self.monotone is not None

    @property
    def record(self) -> bool:
        """Whether the last reading stays in force until it is beaten."""
        return self.monotone is not None and self.kind != "stock"

    def at(self, target: Period, as_of: dt.date) -> Reading | None:
        """Return the first complete figure for the target, or None.

        A stock needs a figure for the target's last day, a record the one in force on that day.
        """
        for reading in self.first:
            if reading.period.same_days(target):
                return reading
        if self.kind == "stock":
            return _last(r for r in self.first if r.end == target.last)
        if self.record and as_of >= target.last:
            return self.before(target.last)
        return None

    def before(self, day: dt.date) -> Reading | None:
        """Return the last complete figure for a period that ended by that day, or None."""
        return _last(reading for reading in self.first if reading.end <= day)

    def estimate(self, target: Period) -> Reading | None:
        """Return what was said about the target before it had ended, where no more is known."""
        return _last(r for r in self.latest if r.period.same_days(target) and not r.complete)

    def comparable(self, period: Period, target: Period) -> bool:
        """Whether a figure for `period` can stand for one of the target's length."""
        return self.kind not in ("flow", "count") or self.record or period.same_length(target)


def _last(readings) -> Reading | None:
    return max(readings, key=lambda reading: (reading.end, reading.period.first), default=None)


def evidence_for(claim: Claim, registry: Registry) -> Evidence | None:
    """Return what the registry, or the view of it, knows about a claim's quantity.

    None where the claim names no series.
    """
    if claim.series is None:
        return None
    evidence = series_evidence(claim.series, registry)
    if claim.divided_by is None:
        return evidence
    return _quotient(evidence, series_evidence(claim.divided_by, registry))


def series_evidence(name: str, registry: Registry) -> Evidence:
    """Return what the registry, or the view of it, knows about one series."""
    series = registry.series[name]
    latest = [_reading(row) for row in registry.observations(name, latest=True) if row.known_on]
    newest = {(r.period.first, r.period.last): r for r in latest}
    first = []
    for row in registry.observations(name, first=True):
        newer = newest[row.period.first, row.period.last]
        changed = newer.value != row.value
        first.append(_reading(row, newer if changed else None))
    return _evidence(series, tuple(first), tuple(latest))


def _evidence(series: Series, first: tuple[Reading, ...], latest: tuple[Reading, ...]) -> Evidence:
    return Evidence(
        series.unit,
        series.kind,
        series.period,
        series.publisher,
        series.monotone,
        series.upper,
        first,
        latest,
    )


def _reading(row: Observation, newer: Reading | None = None) -> Reading:
    assert row.published is not None  # rows without a date are left out before
    return Reading(row.period, row.value, row.published, row.source, row.complete, newer)


def _quotient(numerator: Evidence, divisor: Evidence) -> Evidence:
    same_unit = numerator.unit == divisor.unit
    unit = "times" if same_unit else f"{numerator.unit} / {divisor.unit}"
    publishers = dict.fromkeys((numerator.publisher, divisor.publisher))
    return Evidence(
        unit,
        "stock" if numerator.kind == "stock" else "share",
        numerator.granularity,
        " and ".join(publishers),
        None,
        None,
        _pairs(numerator.first, divisor.first, _divide),
        _pairs(numerator.latest, divisor.latest, _divide),
    )


def _pairs(
    above: tuple[Reading, ...],
    below: tuple[Reading, ...],
    join: Callable[[Reading, Reading], Reading],
) -> tuple[Reading, ...]:
    divisors = {(r.period.first, r.period.last): r for r in below if r.value != 0}
    pairs = ((r, divisors.get((r.period.first, r.period.last))) for r in above)
    return tuple(join(reading, divisor) for reading, divisor in pairs if divisor is not None)


def _divide(above: Reading, below: Reading) -> Reading:
    newer = None
    if above.newer or below.newer:
        newer = _divide(above.newer or above, below.newer or below)
    later = max(above.published, below.published, key=lambda date: date.last)
    sources = dict.fromkeys((above.source, below.source))
    return Reading(
        above.period,
        above.value / below.value,
        later,
        " and ".join(sources),
        above.complete and below.complete,
        newer,
    )
