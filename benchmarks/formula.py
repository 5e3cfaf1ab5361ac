# SPDX-License-Identifier: GPL-3.0-or-later
"""A curve of one's own, written as a formula, against the same curve built in."""

from __future__ import annotations

import numpy as np

import curvecast as cc

from .measure import Row, Sizes, ratio_row, take_turns
from .problems import problem
from .tables import agreement

__all__ = ["rows"]

_FORMULA = "K/(1+exp(-k*(t-m)))"


def rows(sizes: Sizes) -> list:
    """Return what measures each row of formulas."""
    return [lambda: table_row(sizes)]


def table_row(sizes: Sizes) -> Row:
    """Fit a table of logistic series with the formula and with the built-in curve, no starts."""
    what = f"formula {_FORMULA}, table of {sizes.series:,} x 30, no starts"
    if not hasattr(cc, "formula"):
        return Row(what, None, None, None, "x", 6, 2, at_most=True, remarks=["not there yet"])
    task = problem("logistic", sizes.series)
    own = cc.formula(_FORMULA, x="t")
    found: dict[str, np.ndarray] = {}

    def formula() -> None:
        fits = cc.fit(own, task.x, task.table)
        found["formula"] = np.stack([fits.params[name] for name in ("K", "k", "m")], axis=1)

    def built_in() -> None:
        fits = cc.fit("logistic", task.x, task.table)
        found["built in"] = np.stack([fits.params[name] for name in task.free], axis=1)

    timing = take_turns(formula, built_in, sizes, (sizes.series, sizes.series))
    return ratio_row(
        what,
        timing,
        peer="our built-in logistic",
        bar=6,
        reach=2,
        at_most=True,
        remarks=[agreement(task.objectives(found["formula"]), task.objectives(found["built in"]))],
    )
