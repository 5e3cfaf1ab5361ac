# SPDX-License-Identifier: GPL-3.0-or-later
"""Every curve of the registry: a table drawn from its example, against `curve_fit` on each series.

SciPy starts from the very parameters that made the data and is given the core's own function and
Jacobian: faster and more exact than what a user would write in NumPy, so the ratios are modest. Of
its fits some are made, and the time of one is what counts. Curves with kinks, whose breaks no
gradient finds, are compared with a grid over the same breaks: every choice of points as breaks,
with orthogonal bases that were made before the clock starts, and one matrix product for the table.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeWarning, curve_fit

import curvecast as cc

from .measure import Row, Sizes, ratio_row, take_turns
from .tables import agreement

__all__ = ["rows"]

_POINTS = 30
_NOISE = 0.03
_SEED = 20260105
# One in so many series is fitted by SciPy as well.
_SAMPLE = 20
# Bars of the issue that asked for these curves: for fewer than so many parameters, and from there.
_BAR, _LOWER_BAR, _MANY = 40, 30, 5
# Choices of breaks that a quick run looks at, at the most.
_QUICK = 5_000


@dataclass(frozen=True)
class Task:
    """A table of one curve.

    Attributes
    ----------
    curve : curvecast.Curve
    x : numpy.ndarray
        Regressors, (r, n).
    table : numpy.ndarray
        Observations, (series, n).
    true : numpy.ndarray
        What made them, (p,).
    """

    curve: cc.Curve
    x: np.ndarray
    table: np.ndarray
    true: np.ndarray

    @property
    def free(self) -> np.ndarray:
        """Which parameters are estimated, (p,) bool."""
        return ~self.curve.held

    def residual_scale(self, level: np.ndarray) -> np.ndarray:
        """Return levels on the scale of the residuals."""
        if self.curve.error_model == "multiplicative":
            return np.log(level)
        return np.log(level / (1 - level)) if self.curve.error_model == "logit" else level

    def slope(self, level: np.ndarray) -> np.ndarray:
        """Return the derivative of that scale."""
        if self.curve.error_model == "multiplicative":
            return 1 / level
        if self.curve.error_model == "logit":
            return 1 / (level * (1 - level))
        return np.ones_like(level)

    def objectives(self, theta: np.ndarray) -> np.ndarray:
        """Return the sum of squares of the first series at their parameters, (series, p)."""
        with np.errstate(all="ignore"):
            fitted = self.residual_scale(self.curve.ufunc("eval")(self.x, theta))
            return ((self.residual_scale(self.table[: len(theta)]) - fitted) ** 2).sum(axis=1)


def rows(sizes: Sizes) -> list[Callable[[], Row]]:
    """Return what measures each row of this part."""
    found = []
    for curve in cc.curves():
        kinks = re.fullmatch(r"kinked_(\d)", curve.name)
        if not kinks:
            found.append(lambda curve=curve: curve_row(curve, sizes))
        elif sizes.part == 1 or len(choices(int(kinks[1]))) <= _QUICK:
            found.append(lambda curve=curve, k=int(kinks[1]): kinked_row(curve, k, sizes))
    return found


def task(curve: cc.Curve, series: int) -> Task:
    """Return a table of a curve's example with noise; the same every time."""
    x = np.stack(list(curve.example_points(_POINTS).values()))
    true = np.array(curve.example)
    clean = curve.ufunc("eval")(x, true)
    errors = _NOISE * np.random.default_rng(_SEED).standard_normal((series, _POINTS))
    if curve.error_model == "multiplicative":
        return Task(curve, x, clean * np.exp(errors), true)
    if curve.error_model == "logit":
        return Task(curve, x, 1 / (1 + (1 / clean - 1) * np.exp(-4 * errors)), true)
    return Task(curve, x, clean + np.ptp(clean) * errors, true)


def ours_of(work: Task, found: dict[str, np.ndarray]) -> Callable[[], None]:
    """Return our fit of the whole table."""
    points = dict(zip(work.curve.regressors, work.x, strict=True))
    names = zip(work.curve.param_names, work.true, work.curve.held, strict=True)
    held = {name: value for name, value, fixed in names if fixed}

    def run() -> None:
        found["ours"] = cc.fit(work.curve, points, work.table, fixed=held or None).theta

    return run


def curve_row(curve: cc.Curve, sizes: Sizes) -> Row:
    """Fit a table of one curve without starts, against `curve_fit` from the true ones."""
    work = task(curve, sizes.series)
    sample = max(sizes.series // _SAMPLE, 10)
    found: dict[str, np.ndarray] = {}

    def theirs() -> None:
        found["theirs"] = scipy_fits(work, sample)

    timing = take_turns(ours_of(work, found), theirs, sizes, (sizes.series, sample))
    ours, others = work.objectives(found["ours"][:sample]), work.objectives(found["theirs"])
    return ratio_row(
        f"{curve.name}, table of {sizes.series:,} x {_POINTS}, no starts",
        timing,
        peer="curve_fit, true starts, our function and Jacobian",
        bar=_BAR if work.free.sum() < _MANY else _LOWER_BAR,
        reach=None,
        remarks=[agreement(ours, others)],
    )


def scipy_fits(work: Task, sample: int) -> np.ndarray:
    """Fit the first series with `curve_fit`, (sample, p); NaN where it gives up."""
    evaluate, derive = work.curve.ufunc("eval"), work.curve.ufunc("grad")
    theta, free = work.true.copy(), np.flatnonzero(work.free)

    def value(x: np.ndarray, *params: float) -> np.ndarray:
        theta[free] = params
        return work.residual_scale(evaluate(x, theta))

    def jacobian(x: np.ndarray, *params: float) -> np.ndarray:
        theta[free] = params
        slope = work.slope(evaluate(x, theta))
        return derive(x, theta)[:, free] * slope[:, np.newaxis]

    result = np.full((sample, len(theta)), np.nan)
    start = work.true[free]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", OptimizeWarning)
        for i, y in enumerate(work.residual_scale(work.table[:sample])):
            try:
                found, _ = curve_fit(value, work.x, y, p0=start, jac=jacobian)
            except (RuntimeError, ValueError):
                continue
            result[i] = work.true
            result[i, free] = found
    return result


# ---- kinks ---------------------------------------------------------------------------------------


def choices(breaks: int) -> np.ndarray:
    """Return every choice of points that have others on both sides as breaks, (choices, breaks)."""
    return np.array(list(itertools.combinations(range(1, _POINTS - 1), breaks)))


def kinked_row(curve: cc.Curve, breaks: int, sizes: Sizes) -> Row:
    """Fit a table of kinked lines in logs, against a grid over the same breaks."""
    work = task(curve, sizes.series)
    sample = max(sizes.series // _SAMPLE, 10)
    along, target = np.log(work.x[0]), np.log(work.table[:sample]).T
    hinges = np.maximum(along - along[choices(breaks)][..., np.newaxis], 0)  # (choices, k, n)
    plain = np.broadcast_to(np.stack([np.ones_like(along), along]), (len(hinges), 2, _POINTS))
    bases, _ = np.linalg.qr(np.concatenate([plain, hinges], axis=1).swapaxes(1, 2))
    bases = np.ascontiguousarray(bases.swapaxes(1, 2)).reshape(-1, _POINTS)
    found: dict[str, np.ndarray] = {}

    def theirs() -> None:
        explained = ((bases @ target) ** 2).reshape(len(hinges), -1, sample).sum(axis=1)
        found["theirs"] = (target**2).sum(axis=0) - explained.max(axis=0)

    timing = take_turns(ours_of(work, found), theirs, sizes, (sizes.series, sample))
    ours = work.objectives(found["ours"][:sample])
    return ratio_row(
        f"{curve.name}, table of {sizes.series:,} x {_POINTS}, no starts",
        timing,
        peer=f"NumPy, grid of {len(hinges):,} choices of breaks",
        bar=_BAR if work.free.sum() < _MANY else _LOWER_BAR,
        reach=None,
        remarks=[agreement(ours, found["theirs"])],
    )
