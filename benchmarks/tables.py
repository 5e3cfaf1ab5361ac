# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of series: one call of ours against one call of SciPy's or NumPy's for each series."""

from __future__ import annotations

import warnings

import numpy as np
from scipy.optimize import OptimizeWarning, curve_fit

import curvecast as cc

from .measure import Disagreement, Row, Sizes, ratio_row, take_turns
from .problems import Problem, problem, wright_table

__all__ = ["agreement", "rows", "scipy_fits"]

SAME = 1e-6
_CURVES = ("logistic", "gompertz", "bass", "richards", "power_floor", "weibull", "exponential")
_ASKED = {
    "logistic": (60, 200),
    "gompertz": (40, 120),
    "bass": (40, 120),
    "richards": (40, 120),
    "power_floor": (40, 120),
}


def rows(sizes: Sizes) -> list:
    """Return what measures each row of tables."""
    return [
        *(lambda curve=curve: table_row(curve, sizes) for curve in _CURVES),
        lambda: wright_row(sizes),
    ]


def table_row(curve: str, sizes: Sizes) -> Row:
    """Fit a table of one curve, without starts, against `curve_fit` from the best of starts."""
    task = problem(curve, sizes.series)
    found: dict[str, np.ndarray] = {}

    def ours() -> None:
        fits = cc.fit(task.curve, task.x, task.table, **task.options)
        found["ours"] = np.stack([fits.params[name] for name in task.free], axis=1)

    def theirs() -> None:
        found["theirs"] = scipy_fits(task)

    timing = take_turns(ours, theirs, sizes, (sizes.series, sizes.series))
    bar, reach = _ASKED.get(curve, (None, None))
    points = len(task.x)
    return ratio_row(
        f"{curve}, table of {sizes.series:,} x {points}, no starts",
        timing,
        peer="curve_fit, true starts, Jacobian",
        bar=bar,
        reach=reach,
        remarks=[agreement(task.objectives(found["ours"]), task.objectives(found["theirs"]))],
    )


def scipy_fits(task: Problem) -> np.ndarray:
    """Fit every series of a table with `curve_fit`; NaN where it gives up."""
    result = np.full(task.true.shape, np.nan)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", OptimizeWarning)
        for i, (y, start) in enumerate(zip(task.target, task.true, strict=True)):
            try:
                result[i], _ = curve_fit(task.value, task.x, y, p0=start, jac=task.jacobian)
            except RuntimeError:
                continue
    return result


def agreement(ours: np.ndarray, theirs: np.ndarray, tolerance: float = SAME) -> str:
    """Say how often two programs reach the same optimum, from what each has minimised.

    Raises
    ------
    Disagreement
        If ours has none, or a worse one, in more than 1 of 100 series, and in more than one.
    """
    lesser = np.fmin(ours, theirs)
    good, other = (side <= lesser * (1 + tolerance) for side in (ours, theirs))
    shares = {
        "same optimum": good & other,
        "only ours reaches it": good & ~other,
        "only theirs": other & ~good,
    }
    told = ", ".join(f"{name} {100 * np.mean(held):.4g} %" for name, held in shares.items())
    if np.sum(~good) > max(1, 0.01 * good.size):
        raise Disagreement(f"ours misses the optimum too often: {told}")
    return f"{told} (objectives within {tolerance:g})"


def wright_row(sizes: Sizes) -> Row:
    """Fit Wright's law in closed form against one call of `numpy.polyfit` for each series."""
    units, table = wright_table(sizes.series)
    found: dict[str, np.ndarray] = {}

    def ours() -> None:
        found["ours"] = cc.fit("wright", units, table).params["exponent"]

    def theirs() -> None:
        log_units, result = np.log(units), np.empty(len(table))
        for i, log_cost in enumerate(np.log(table)):
            result[i] = -np.polyfit(log_units, log_cost, 1)[0]
        found["theirs"] = result

    timing = take_turns(ours, theirs, sizes, (sizes.series, sizes.series))
    difference = float(np.abs(found["ours"] / found["theirs"] - 1).max())
    if not difference < 1e-9:
        raise Disagreement(f"the exponents differ by up to {difference:.2g} of their size")
    return ratio_row(
        f"wright, table of {sizes.series:,} x {len(units)}, closed form",
        timing,
        peer="numpy.polyfit on logs",
        bar=30,
        reach=100,
        remarks=[f"exponents agree to {difference:.1g}"],
    )
