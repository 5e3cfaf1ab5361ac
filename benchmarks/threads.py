# SPDX-License-Identifier: GPL-3.0-or-later
"""Two threads on two cores against one thread, the same table."""

from __future__ import annotations

import numpy as np

import curvecast as cc

from .measure import Disagreement, Row, Sizes, cores, ratio_row, take_turns
from .problems import problem

__all__ = ["rows"]


def rows(sizes: Sizes) -> list:
    """Return what measures each row of threads."""
    return [lambda: two_row(sizes)]


def two_row(sizes: Sizes) -> Row:
    """Fit a table of logistic series; the clock on the wall decides."""
    task = problem("logistic", sizes.series)
    found: dict[str, np.ndarray] = {}

    def one() -> None:
        found["one"] = cc.fit("logistic", task.x, task.table).theta

    def two() -> None:
        found["two"] = cc.fit("logistic", task.x, task.table, threads=2).theta

    with cores(2) as free:
        timing = take_turns(two, one, sizes, (sizes.series, sizes.series))
    if not np.array_equal(found["one"], found["two"]):
        raise Disagreement("two threads do not give the bits that one gives")
    return ratio_row(
        f"two threads, logistic, table of {sizes.series:,} x 30",
        timing,
        peer="one thread",
        bar=1.8,
        reach=1.95,
        wall=True,
        remarks=["equal to the bit", *([] if free else ["not held to two cores"])],
    )
