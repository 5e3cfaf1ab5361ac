# SPDX-License-Identifier: GPL-3.0-or-later
"""One series in one call, as in a notebook: what the call itself costs counts."""

from __future__ import annotations

from itertools import cycle

import lmfit
import numpy as np
from scipy.optimize import curve_fit

import curvecast as cc

from .measure import Row, Sizes, ratio_row, take_turns
from .problems import Problem, problem
from .tables import agreement, scipy_fits

__all__ = ["rows"]

_SERIES, _FEW = 100, 20


def rows(sizes: Sizes) -> list:
    """Return what measures each row of single calls."""
    return [lambda: scipy_row(sizes), lambda: lmfit_row(sizes)]


def scipy_row(sizes: Sizes) -> Row:
    """Call `curvecast.fit` on one logistic series after the other, and `curve_fit` likewise."""
    task = problem("logistic", _SERIES)
    turns = cycle(zip(task.table, task.true, strict=True))

    def theirs() -> None:
        y, start = next(turns)
        curve_fit(task.value, task.x, y, p0=start, jac=task.jacobian)

    return ratio_row(
        "one call, logistic, 30 points, no starts",
        take_turns(_ours(task), theirs, sizes),
        peer="curve_fit, true starts, Jacobian",
        bar=2,
        reach=4,
        remarks=[agreement(task.objectives(_each(task)), task.objectives(scipy_fits(task)))],
    )


def lmfit_row(sizes: Sizes) -> Row:
    """Do the same against `lmfit.Model.fit`, with fewer series, as it is slow."""
    task = problem("logistic", _FEW)
    model = lmfit.Model(task.value)
    turns = cycle(zip(task.table, task.true, strict=True))

    def theirs() -> lmfit.model.ModelResult:
        y, start = next(turns)
        return model.fit(y, t=task.x, **dict(zip(task.free, start, strict=True)))

    found = np.array([list(theirs().best_values.values()) for _ in range(_FEW)])
    return ratio_row(
        "one call, logistic, 30 points, no starts",
        take_turns(_ours(task), theirs, sizes),
        peer="lmfit.Model.fit, true starts",
        bar=None,
        reach=None,
        remarks=[agreement(task.objectives(_each(task)), task.objectives(found), 1e-4)],
    )


def _ours(task: Problem):
    series = cycle(task.table)
    return lambda: cc.fit(task.curve, task.x, next(series))


def _each(task: Problem) -> np.ndarray:
    return np.array([list(cc.fit(task.curve, task.x, y).params.values()) for y in task.table])
