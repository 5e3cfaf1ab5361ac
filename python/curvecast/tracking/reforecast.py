# SPDX-License-Identifier: GPL-3.0-or-later
"""Forecasts of a claim's quantity by the library's methods, from the evidence of one day.

Points are the newest figures known on that day, estimates included. Of a flow or a count only
figures for periods of the target's length are comparable. A walk of a share takes its steps on the
logit scale where the upper end is known, a walk of what is positive on the log scale, a walk of
growth rates and of all else as it is. What cannot turn is not forecast to: quantiles stop at the
last figure, and so does the probability.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..curves import curve
from ..distribution import Forecast
from ..errors import CurvecastError
from ..forecast import forecast
from .evidence import Evidence, Reading
from .question import Question, Unanswerable

__all__ = ["BASELINES", "Outlook", "look_ahead", "points_of"]

BASELINES = {"last_value": ("last_value", 3), "drift": ("random_walk", 4)}  # method, fewest points
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_STEPS = 20
PATHS = 4000  # to tell a probability to about a hundredth


@dataclass(frozen=True)
class Outlook:
    """One method's forecast of one quantity.

    Attributes
    ----------
    name : str
        ``"last_value"``, ``"drift"`` or the name of a curve.
    readings : tuple of Reading
        The points that it was made from.
    forecast : Forecast
    floor, ceiling : float
        Where what cannot turn stands; infinite for what can.
    """

    name: str
    readings: tuple[Reading, ...]
    forecast: Forecast
    floor: float
    ceiling: float

    def quantiles(self, x: float) -> dict[str, float]:
        """Return quantiles at a point, by their probability as text."""
        found = self._quantiles(LEVELS, [self._index(x)])[:, 0]
        return {f"{p:g}": float(value) for p, value in zip(LEVELS, found, strict=True)}

    def probability(self, question: Question) -> float | None:
        """Return the probability that the claim holds; None where that has no meaning."""
        if question.growth is not None and question.start is None:
            return self._probability_of_growth(question)
        if question.open_ended:
            rising = math.isinf(question.high)
            crossing = self.crossing(question.level, "above" if rising else "below")
            return 1 - crossing["never"]
        i = self._index(question.x)
        below = 0.0 if question.low <= self.floor else self._cdf(question.low, i)
        up_to = 1.0 if question.high >= self.ceiling else self._cdf(question.high, i)
        if question.high < self.floor or question.low > self.ceiling:
            return 0.0
        return max(0.0, up_to - below)

    def _probability_of_growth(self, question: Question) -> float | None:
        """Return it from joint paths: both ends of the growth lie ahead."""
        growth = question.growth
        assert growth is not None
        ends = [self._index(growth.x), self._index(question.x)]
        start, end = self.forecast.sample(PATHS)[:, ends].T
        if np.any(start <= 0) or np.any(end <= 0):
            return None
        rates = np.log(end / start) / growth.years
        return float(np.mean((rates >= growth.low) & (rates <= growth.high)))

    def rank(self, x: float, value: float) -> float:
        """Return where a value falls in the distribution at a point, from 0 to 1."""
        return self._cdf(value, self._index(x))

    def crossing(self, level: float, direction: str | None) -> dict[str, Any]:
        """Return when a level is reached first, as the plain values of the public format."""
        found = self.forecast.crossing(level, direction=direction)
        quantiles = {f"{p:g}": x for p, x in found.quantiles.items()}
        return {
            "level": level,
            "direction": found.direction,
            "median": found.median,
            "quantiles": quantiles,
            "never": found.never,
            "horizon": found.horizon,
            "reached": found.reached,
        }

    def band(self, until: float) -> dict[str, Any]:
        """Return median and 90 % band up to a point, for a picture."""
        shown = np.flatnonzero(self.forecast.x <= until + 1e-9)
        low, median, high = self._quantiles(LEVELS[::2], shown).tolist()
        return {
            "name": self.name,
            "x": self.forecast.x[shown].tolist(),
            "median": median,
            "low": low,
            "high": high,
            "level": LEVELS[-1] - LEVELS[0],
        }

    def _quantiles(self, levels: Sequence[float], points: Any) -> np.ndarray:
        """Return quantiles at some of the points: to work out all of them takes long."""
        part = replace(
            self.forecast,
            x=self.forecast.x[points],
            location=self.forecast.location[:, points],
            scale=self.forecast.scale[:, points],
            correlation=None,
        )
        return np.clip(part.quantile(list(levels)), self.floor, self.ceiling)

    def _index(self, x: float) -> int:
        return int(np.argmin(np.abs(self.forecast.x - x)))

    def _cdf(self, value: float, index: int) -> float:
        if math.isinf(value):
            return 1.0 if value > 0 else 0.0
        return float(self.forecast.cdf(value)[index])


def points_of(evidence: Evidence, question: Question | None) -> tuple[Reading, ...]:
    """Return the readings that a forecast is made from, one for each place on the time axis."""
    period = question.period if question else None
    if period is None or period.granularity == "day":
        wanted = [
            reading
            for reading in evidence.latest
            if evidence.kind not in ("flow", "count")
            or evidence.record
            or reading.period.granularity == evidence.granularity
        ]
    else:
        # An estimate of what is asked about is no figure from which it could be forecast.
        wanted = [
            reading
            for reading in evidence.latest
            if evidence.comparable(reading.period, period)
            and (reading.complete or reading.end < period.last)
        ]
    chosen: dict[float, Reading] = {}
    for reading in sorted(wanted, key=lambda r: (r.published.last, r.end)):
        chosen[reading.period.position(evidence.kind)] = reading
    return tuple(chosen[x] for x in sorted(chosen))


def look_ahead(
    name: str,
    evidence: Evidence,
    question: Question,
    *,
    until: float | None = None,
    also: tuple[float, ...] = (),
    seed: int = 0,
) -> Outlook:
    """Return a method's forecast where it is asked, and at the steps of the data up to `until`.

    Parameters
    ----------
    name : str
        ``"last_value"``, ``"drift"`` or the name of a curve of time.
    evidence : Evidence
        As known on the day from which is looked ahead.
    question : Question
    until : float, optional
        The last of the steps, in decimal years; without it only what is asked is forecast.
    also : tuple of float
        Further points; those not after the last figure are left out.
    seed : int

    Raises
    ------
    Unanswerable
        Where there are too few points, the target is not ahead, or the method gives no forecast.
    """
    readings = points_of(evidence, question)
    method, fewest = _method(name)
    if len(readings) < fewest:
        raise Unanswerable(f"too few points: {len(readings)}, needs {fewest}")
    t = np.array([reading.period.position(evidence.kind) for reading in readings])
    y = np.array([reading.value for reading in readings])
    if question.x <= t[-1]:
        about = question.period if question.period is not None else "that time"
        raise Unanswerable(
            f"a figure for {readings[-1].period} was public, so {about} was not ahead"
        )
    wanted = [question.x, *also]
    if question.growth is not None and question.start is None:
        if question.growth.x <= t[-1]:
            raise Unanswerable("the level from which the rate counts is not known")
        wanted.append(question.growth.x)
    x = np.unique(np.round([x for x in (*wanted, *_steps(t, until)) if x > t[-1] + 1e-9], 9))
    try:
        found = forecast(
            method,
            t,
            y,
            x_future=x,
            seed=seed,
            unit=evidence.unit,
            **_options(name, evidence, question, y),
        )
    except CurvecastError as error:
        raise Unanswerable(f"no forecast: {error}") from None
    if not (np.isfinite(found.location).all() and np.isfinite(found.scale).all()):
        raise Unanswerable("the forecast is not finite")
    floor = y[-1] if evidence.monotone == "up" else -math.inf
    ceiling = y[-1] if evidence.monotone == "down" else math.inf
    return Outlook(name, readings, found, float(floor), float(ceiling))


def _method(name: str) -> tuple[str, int]:
    """Return the library's name of a method and the fewest points that it is given."""
    if name in BASELINES:
        return BASELINES[name]
    described = curve(name)
    if not described.over_time:
        regressors = ", ".join(described.regressors)
        raise Unanswerable(f"{name} is a function of {regressors}, not of time")
    return name, max(4, len(described.params) + 1)


def _options(name: str, evidence: Evidence, question: Question, y: np.ndarray) -> dict[str, Any]:
    """Return what the method is told about the scale of the quantity.

    A curve with a ceiling is not fitted to a share beyond the share's own upper end.
    """
    link, upper = _scale(evidence, question, y)
    if name in BASELINES:
        return {"link": link, "upper": upper}
    if link == "logit" and "ceiling" in curve(name).param_names:
        return {"error_model": "logit", "upper": upper, "bounds": {"ceiling": (None, upper)}}
    return {}


def _scale(evidence: Evidence, question: Question, y: np.ndarray) -> tuple[str, float]:
    """Return the link on which a walk's steps are alike, and the upper end of the logit.

    A flow in per cent is a growth rate, which can turn negative; so can what is claimed to.
    """
    growth_rate = evidence.kind == "flow" and evidence.unit.startswith("%")
    if growth_rate or (question.level is not None and question.level <= 0):
        return "identity", 1.0
    upper = evidence.upper
    if upper is None and evidence.kind == "share" and evidence.unit.startswith("%"):
        upper = 100.0
    if evidence.kind == "share" and upper is not None and np.all((y > 0) & (y < upper)):
        return "logit", upper
    return ("log" if np.all(y > 0) else "identity"), 1.0


def _steps(t: np.ndarray, until: float | None) -> np.ndarray:
    """Return points ahead at a whole number of the data's steps, no more than `MOST_STEPS`."""
    if until is None:
        return np.empty(0)
    step = float(np.median(np.diff(t)))
    each = step * math.ceil(max(1, round((until - t[-1]) / step)) / MOST_STEPS)
    return t[-1] + each * np.arange(1, math.floor((until - t[-1]) / each + 1e-9) + 1)
