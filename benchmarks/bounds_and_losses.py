# SPDX-License-Identifier: GPL-3.0-or-later
"""What bounds and robust losses cost, against our own plain fit of the same table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.optimize import least_squares

import curvecast as cc

from .measure import Disagreement, Row, Sizes, ratio_row, take_turns
from .problems import Problem, problem

__all__ = ["rows"]

_LOSSES = ("huber", "soft_l1", "cauchy")
_CHECKED = 20
_BAR, _REACH = 2, 1.3


def rows(sizes: Sizes) -> list:
    """Return what measures each row of options."""
    return [
        lambda: bounds_row(sizes),
        *(lambda loss=loss: loss_row(loss, sizes) for loss in _LOSSES),
    ]


def bounds_row(sizes: Sizes) -> Row:
    """Bound all three parameters, so that the ceiling is held in about a third of the series."""
    task = problem("logistic", sizes.series)
    bounds = {"ceiling": (0, 150), "rate": (0, 1), "midpoint": (1990, 2020)}
    row, plain, asked = _compare(
        f"logistic, table of {sizes.series:,} x 30, with bounds", task, {"bounds": bounds}, sizes
    )
    held = asked.at_bound.any(axis=1)
    best = plain.params["ceiling"] < 150
    apart = np.abs(asked.objective / plain.objective - 1)[best & ~held].max(initial=0)
    outside = asked.params["ceiling"].max() > 150 * (1 + 1e-12)
    if outside or apart > 1e-8 or (held & best).mean() > 0.01:
        raise Disagreement("bounded fits are not the plain ones where the bounds allow these")
    row.remarks.insert(0, f"a bound holds {100 * held.mean():.3g} % of the series")
    return row


def loss_row(loss: str, sizes: Sizes) -> Row:
    """Give outliers less say, in a table where one point in fifteen is far off."""
    task = problem("logistic", sizes.series)
    rng = np.random.default_rng(15)
    rows_, points = np.arange(sizes.series)[:, np.newaxis], rng.integers(0, 30, (sizes.series, 2))
    task.table[rows_, points] += 0.3 * task.true[:, :1] * rng.choice([-1, 1], points.shape)
    row, *_ = _compare(
        f"logistic, table of {sizes.series:,} x 30, loss {loss}", task, {"loss": loss}, sizes
    )
    row.remarks.insert(0, _check_loss(task, loss))
    return row


def _compare(
    what: str, task: Problem, options: Mapping[str, Any], sizes: Sizes
) -> tuple[Row, cc.Fits, cc.Fits]:
    found: dict[str, cc.Fits] = {}

    def plain() -> None:
        found["plain"] = cc.fit(task.curve, task.x, task.table)

    def asked() -> None:
        found["asked"] = cc.fit(task.curve, task.x, task.table, **options)

    timing = take_turns(asked, plain, sizes, (sizes.series, sizes.series))
    row = ratio_row(what, timing, peer="our plain fit", bar=_BAR, reach=_REACH, at_most=True)
    return row, found["plain"], found["asked"]


def _check_loss(task: Problem, loss: str) -> str:
    """Let SciPy's `least_squares` start from a few of our answers, with the scale given."""
    scale = 2.0
    table = task.table[:_CHECKED]
    fits = cc.fit(task.curve, task.x, table, loss=loss, loss_scale=scale)
    better = 0
    for i, y in enumerate(table):

        def residuals(params, y=y):
            return task.value(task.x, *params) - y

        def jacobian(params):
            return task.jacobian(task.x, *params)

        ours = np.array([fits.params[name][i] for name in task.free])
        bent = {"loss": loss, "f_scale": scale, "jac": jacobian, "x_scale": "jac"}
        start = least_squares(residuals, ours, max_nfev=1, **bent).cost
        better += least_squares(residuals, ours, xtol=1e-14, ftol=1e-14, **bent).cost < start * (
            1 - 1e-8
        )
    if better:
        raise Disagreement(f"least_squares improves {better} of {len(table)} fits with {loss}")
    return f"least_squares improves none of {len(table)} fits"
