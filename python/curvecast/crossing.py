# SPDX-License-Identifier: GPL-3.0-or-later
"""`Crossing`: when a level is reached for the first time, over the paths of a forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .errors import ArgumentError, nearest

if TYPE_CHECKING:
    from .distribution import Forecast

__all__ = ["QUANTILES", "Crossing", "first_passage"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Crossing:
    """When a level is reached for the first time.

    Attributes
    ----------
    level : float
        The level, in the forecast's unit.
    direction : {"above", "below"}
        From which side: rising to it or falling to it.
    quantiles : dict of float to (float or None)
        The x by which this share of all paths has reached the level; None where fewer ever do.
    never : float
        Share of paths that do not reach it within the horizon.
    horizon : float
        The last x of the forecast.
    reached : float or None
        The x at which the data themselves had reached the level, if they have.
    """

    level: float
    direction: str
    quantiles: dict[float, float | None]
    never: float
    horizon: float
    reached: float | None = None

    @property
    def median(self) -> float | None:
        """The x by which half of all paths have reached the level; None if fewer ever do."""
        return self.quantiles[0.5]

    def __str__(self) -> str:
        if self.reached is not None:
            return f"{self.level:g} was reached at {self.reached:.7g}"
        low, median, high = (
            f"after {self.horizon:.7g}" if x is None else f"{x:.7g}"
            for x in (self.quantiles[p] for p in (0.05, 0.5, 0.95))
        )
        return (
            f"{self.direction} {self.level:g}: median {median}, 90 % from {low} to {high}; "
            f"not by {self.horizon:.7g}: {100 * self.never:.0f} %"
        )


def first_passage(forecast: Forecast, level: float, direction: str | None, n: int) -> Crossing:
    """Return when `n` paths reach the level; see `curvecast.Forecast.crossing`."""
    if forecast.counts_rows and "time" in forecast.inputs:
        raise ArgumentError(
            f"the rows of this forecast of {forecast.method} do not follow one another in time, so "
            "none of them is the first to reach a level; forecast one technology or generation at "
            "a time, at increasing times"
        )
    times, y = forecast.history
    usable = np.isfinite(y)
    if direction is None:
        rising = y[usable][0] < level if usable.any() else forecast.median[0] < level
        direction = "above" if rising else "below"
    if direction not in ("above", "below"):
        raise ArgumentError(
            f"there is no direction {direction!r}; {nearest(direction, ['above', 'below'])}"
        )
    order = np.argsort(forecast.x, kind="stable")
    x = forecast.x[order]
    end = float(x[-1])
    reached = _reached(times[usable], y[usable], level, direction)
    if reached is not None:
        return Crossing(level, direction, dict.fromkeys(QUANTILES, reached), 0.0, end, reached)
    paths = forecast.sample(n)[:, order]
    beyond = paths >= level if direction == "above" else paths <= level
    share = np.logical_or.accumulate(beyond, axis=1).mean(axis=0)
    at = {p: float(x[np.argmax(share >= p)]) if share[-1] >= p else None for p in QUANTILES}
    return Crossing(level, direction, at, float(1 - share[-1]), end)


def _reached(x: np.ndarray, y: np.ndarray, level: float, direction: str) -> float | None:
    """Return where the data went beyond the level for good, or None where they end short of it."""
    beyond = y >= level if direction == "above" else y <= level
    if not beyond.size or not beyond[-1]:
        return None
    short = np.flatnonzero(~beyond)
    return float(x[short[-1] + 1 if short.size else 0])
