# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinked experience curves: one call of ours against NumPy on a grid of the same breaks.

Every series has an experience of its own, as technologies do, so a grid's designs serve one series
only. The grid has 50 places, 7 % apart; with two breaks, all pairs a doubling or more apart. NumPy
solves all of a series at once.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

import curvecast as cc

from .measure import Disagreement, Row, Sizes, ratio_row, take_turns

__all__ = ["grid_fit", "rows"]

PLACES = 50
_TRUE = {
    1: np.array([500, 0.15, 320, 0.55]),
    2: np.array([500, 0.1, 110, 0.6, 900, 0.15]),
}


def rows(sizes: Sizes) -> list:
    """Return what measures each row of kinked curves."""
    return [lambda breaks=breaks: kinked_row(breaks, sizes) for breaks in _TRUE]


def kinked_row(breaks: int, sizes: Sizes) -> Row:
    """Fit a table, and its first series on a grid."""
    experience, cost = made_up(breaks, sizes.series)
    some = min(sizes.series, 40)
    found: dict[str, np.ndarray] = {}

    def ours() -> None:
        found["ours"] = cc.fit(f"kinked_{breaks}", experience, cost).objective

    def theirs() -> None:
        found["theirs"] = np.array(
            [grid_fit(x, y, breaks) for x, y in zip(experience[:some], cost[:some], strict=True)]
        )

    timing = take_turns(ours, theirs, sizes, (sizes.series, some))
    ratio = found["theirs"] / found["ours"][:some]
    missed = np.sum(~(ratio > 1 - 1e-6))
    if missed > 1:
        raise Disagreement(f"the grid finds a lower objective than ours in {missed} of {some}")
    return ratio_row(
        f"kinked_{breaks}, table of {sizes.series:,} x {experience.shape[1]}, no starts",
        timing,
        peer=f"NumPy, {PLACES} places for each break",
        bar=40 if breaks == 1 else 30,
        reach=None,
        remarks=[
            f"the grid's sum of squares is {np.median(ratio) - 1:.1%} above ours at the median, "
            f"and below it in {missed} of {some} series"
        ],
    )


def made_up(breaks: int, series: int) -> tuple[np.ndarray, np.ndarray]:
    """Return experience and cost, each (series, 40), with 10 % scatter."""
    draw = np.random.default_rng(1)
    steps = draw.exponential(size=(series, 40)).cumsum(axis=1)
    experience = 10 * 1000 ** ((steps - steps[:, :1]) / (steps[:, -1:] - steps[:, :1]))
    theta = _TRUE[breaks]
    log_x = np.log(experience)
    log_cost = np.log(theta[0]) - theta[1] * log_x
    for k in range(breaks):
        change = theta[2 * k + 3] - theta[2 * k + 1]
        log_cost -= change * np.maximum(log_x - np.log(theta[2 * k + 2]), 0)
    return experience, np.exp(log_cost + 0.1 * draw.normal(size=log_cost.shape))


def grid_fit(x: np.ndarray, y: np.ndarray, breaks: int) -> float:
    """Return the least sum of squares over a grid of breaks, all of it solved at once."""
    log_x, target = np.log(x), np.log(y)
    places = np.linspace(log_x[1], log_x[-2], PLACES)
    sets = np.array([at for at in combinations(places, breaks) if np.all(np.diff(at) >= np.log(2))])
    hinges = np.maximum(log_x[:, None] - sets[:, None, :], 0)
    lines = np.broadcast_to(np.stack([np.ones_like(log_x), log_x], axis=1), (*hinges.shape[:2], 2))
    design = np.concatenate([lines, hinges], axis=2)
    across = design.transpose(0, 2, 1)
    solved = np.linalg.solve(across @ design, (across @ target)[..., None])
    left = target - (design @ solved)[..., 0]
    return float(np.min(np.einsum("gi,gi->g", left, left)))
