# SPDX-License-Identifier: GPL-3.0-or-later
"""Axes of the report's pictures: which range they span, where their ticks stand, how these read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .report_text import MINUS, NARROW, power_of_ten

__all__ = ["Axis", "time_axis", "value_axis"]

LOG_FROM = 20.0  # positive values that span more than this factor are drawn on a log axis
ROOM = 1.2  # of the span of data and claim: what forecasts may add to it on either side


@dataclass(frozen=True)
class Axis:
    """A range of values and the pixels it is drawn on. `low` and `high` are in plain units."""

    low: float
    high: float
    first: float
    last: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; values outside end a little beyond the frame."""
        share = (self._scaled(value) - self._scaled(self.low)) / (
            self._scaled(self.high) - self._scaled(self.low)
        )
        return self.first + min(max(share, -0.5), 1.5) * (self.last - self.first)

    def holds(self, value: float) -> bool:
        """Whether a value lies inside the frame."""
        return self.low <= value <= self.high

    def _scaled(self, value: float) -> float:
        return _log10(value) if self.log else value

    def ticks(self) -> list[tuple[float, str]]:
        """Return values and their labels: four to seven of them, fewer on a short log axis."""
        if self.log:
            return _log_ticks(self.low, self.high)
        step = _step(self.high - self.low, 5)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        values = [k * step for k in range(first, last + 1)]
        largest = max(map(abs, values), default=0.0)
        return [(value, _label(value, step, largest)) for value in values]


def value_axis(
    core: Iterable[float], forecasts: Iterable[float], first: float, last: float
) -> Axis:
    """Return the axis for values.

    Parameters
    ----------
    core : iterable of float
        What must be in the frame: data, claim, outcome.
    forecasts : iterable of float
        Medians and bands; they widen the frame, but only so far that the rest stays readable.
    first, last : float
        Pixels of the low and the high end.
    """
    inside = [value for value in core if math.isfinite(value)]
    log = min(inside) > 0 and max(inside) > LOG_FROM * min(inside)
    scale = _log10 if log else float
    low, high = min(map(scale, inside)), max(map(scale, inside))
    room = ROOM * ((high - low) or abs(high) or 1.0)
    ends = [scale(value) for value in forecasts if not math.isnan(value)]
    wide_low = max([low - room, min([low, *ends])])
    wide_high = min([high + room, max([high, *ends])])
    pad = 0.06 * ((wide_high - wide_low) or abs(wide_high) or 1.0)
    start, end = wide_low - pad, wide_high + pad
    if log:
        return Axis(10**start, 10**end, first, last, log=True)
    if 0 <= low < 0.5 * high and start < 0.3 * high:
        start = min(0.0, wide_low)  # zero belongs to the picture when the values come near it
        start -= pad if start < 0 else 0.0
    return Axis(start, end, first, last)


def time_axis(times: Sequence[float], first: float, last: float) -> Axis:
    """Return the axis for decimal years, with a little room at both ends."""
    low, high = min(times), max(times)
    pad = 0.05 * ((high - low) or 1.0)
    return Axis(low - pad, high + pad, first, last)


def time_ticks(axis: Axis) -> list[tuple[float, float, str]]:
    """Return where ticks stand (the start of a period), where their labels do, and these.

    A year is a stretch of time, so its label stands in the middle of that stretch.
    """
    span = axis.high - axis.low
    if span <= 2.5:
        months = 3 if span <= 1.25 else 6
        count = range(math.ceil(axis.low * 12 / months), math.floor(axis.high * 12 / months) + 1)
        starts = [k * months for k in count]
        return [(m / 12, m / 12, f"{m // 12}-{m % 12 + 1:02d}") for m in starts]
    step = next((s for s in (1, 2, 5, 10, 20, 25, 50) if span / s <= 7), 100)
    years = range(math.floor(axis.low / step) * step, math.ceil(axis.high) + 1, step)
    return [(year, year + 0.5, str(year)) for year in years]


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else -math.inf


def _step(span: float, about: int) -> float:
    """Return a round step that gives about so many ticks."""
    rough = span / about
    unit = 10.0 ** math.floor(math.log10(rough))
    return unit * next(factor for factor in (1, 2, 2.5, 5, 10) if rough <= 1.3 * factor * unit)


def _label(value: float, step: float, largest: float) -> str:
    """Return a tick's label: as many decimals as the step has; millions as powers of ten."""
    if abs(value) < step / 2:
        return "0"
    exponent = 3 * math.floor(math.log10(largest) / 3) if largest >= 1e6 or largest < 1e-3 else 0
    size, step = abs(value) / 10.0**exponent, step / 10.0**exponent
    decimals = next(d for d in range(13) if d == 12 or abs(round(step, d) - step) < 1e-6 * step)
    power = f"{NARROW}×{NARROW}{power_of_ten(exponent)}" if exponent else ""
    return f"{MINUS if value < 0 else ''}{size:,.{decimals}f}{power}"


def _log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    decades = math.log10(high / low)
    if decades > 2.5:
        step = math.ceil((last - first + 1) / 7)
        return [(10.0**k, _log_label(1, k)) for k in range(first, last + 1, step)]
    factors = (1, 2, 5) if decades < 1.7 else (1, 3)
    marks = [(factor, k) for k in range(first - 1, last + 1) for factor in factors]
    inside = [(factor * 10.0**k, _log_label(factor, k)) for factor, k in marks]
    return [(value, label) for value, label in inside if low <= value <= high]


def _log_label(factor: int, exponent: int) -> str:
    if exponent < -3 or exponent > 4:
        power = power_of_ten(exponent)
        return power if factor == 1 else f"{factor}{NARROW}×{NARROW}{power}"
    return f"{factor * 10.0**exponent:,.{max(0, -exponent)}f}"
