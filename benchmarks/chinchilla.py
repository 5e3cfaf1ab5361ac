# SPDX-License-Identifier: GPL-3.0-or-later
"""The scaling law of Hoffmann et al. (2022): its global optimum, and 4,000 bootstraps of it.

Minimised is the sum of Huber losses (delta 1e-3) of the logarithms, as in that paper (section 3.3,
arXiv:2203.15556). The 240 runs are made up: budgets and sizes spread as in the paper's figure 4,
the law as Besiroglu et al. (2024, arXiv:2404.10102) estimate it, and Laplace errors with their
mean absolute residual. Published runs may be given in their place.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
from scipy.optimize import minimize

import curvecast as cc

from .measure import Disagreement, Row, Sizes, ratio_row, take_turns
from .tables import agreement

__all__ = ["rows"]

_DELTA = 1e-3
_LOSS = {"loss": "huber", "loss_scale": _DELTA}
_NAMES = ("E", "A", "B", "alpha", "beta")
_REPLICATES = 4_000
_ENOUGH = 1_000  # replicates whose standard errors are the same to 10 %

Runs = tuple[np.ndarray, np.ndarray, np.ndarray]


def rows(sizes: Sizes) -> list:
    """Return what measures each row of this law."""
    return [lambda: optimum_row(sizes), lambda: bootstrap_row(sizes)]


def runs(sizes: Sizes) -> Runs:
    """Return parameters N, tokens D and losses of 240 runs."""
    if sizes.chinchilla is not None:
        table = np.genfromtxt(sizes.chinchilla, delimiter=",", names=True)
        if "dropped_by_epoch" in table.dtype.names:
            table = table[table["dropped_by_epoch"] == 0]
        return table["N_params"], table["D_tokens"], table["loss"]
    rng = np.random.default_rng(240)
    compute = np.exp(rng.uniform(np.log(6e18), np.log(3e21), 240))
    size = np.sqrt(compute / 120) * np.exp(rng.uniform(-1.6, 1.6, 240))
    data = compute / (6 * size)
    loss = 1.8172 + 477.8 / size**0.3473 + 2143.9 / data**0.3672
    return size, data, loss * np.exp(rng.laplace(0, 0.0047, 240))


def objective(size: np.ndarray, data: np.ndarray, loss: np.ndarray) -> Callable:
    """Return SciPy's function: the sum of Huber losses and its gradient in (a, b, e, alpha, beta).

    a, b and e are the logarithms of A, B and E, so the law is a log-sum-exp of three planes.
    """
    n = len(loss)
    planes = np.zeros((3, n, 5))
    planes[0, :, 0] = planes[1, :, 1] = planes[2, :, 2] = 1
    planes[0, :, 3], planes[1, :, 4] = -np.log(size), -np.log(data)
    planes = planes.reshape(3 * n, 5)
    target = np.log(loss)

    def value(theta: np.ndarray) -> tuple[float, np.ndarray]:
        terms = (planes @ theta).reshape(3, n)
        highest = terms.max(axis=0)
        parts = np.exp(terms - highest)
        total = parts.sum(axis=0)
        residual = highest + np.log(total) - target
        slope = np.minimum(np.maximum(residual, -_DELTA), _DELTA)
        return slope @ (residual - 0.5 * slope), (parts * (slope / total)).ravel() @ planes

    return value


def optimum_row(sizes: Sizes) -> Row:
    """Find the optimum without starts, against L-BFGS-B from each start of the paper's grid."""
    size, data, loss = runs(sizes)
    value = objective(size, data, loss)
    axes = (
        range(0, 30, 5),
        range(0, 30, 5),
        np.arange(-1, 1.5, 0.5),
        *2 * [np.arange(0, 2.5, 0.5)],
    )
    starts = np.array(list(product(*axes)), dtype=float)
    tried = starts[:: sizes.part]
    found: dict[str, np.ndarray] = {}

    def ours() -> None:
        fit = cc.fit("chinchilla", {"N": size, "D": data}, loss, **_LOSS)
        found["ours"] = np.array([fit.params[name] for name in _NAMES])

    def theirs() -> None:
        with np.errstate(all="ignore"):
            ends = [minimize(value, start, jac=True, method="L-BFGS-B") for start in tried]
        found["theirs"] = np.array([end.fun for end in ends])

    timing = take_turns(ours, theirs, sizes, (1, len(tried) / len(starts)))
    best = value(to_scipy(found["ours"]))[0]
    if best > found["theirs"].min() * (1 + 1e-9):
        raise Disagreement(f"SciPy reaches {found['theirs'].min():.12g}, ours {best:.12g}")
    arrived = 100 * np.mean(found["theirs"] <= best * (1 + 1e-6))
    part = f"; {len(tried)} of its starts were run, and the time scaled up"
    return ratio_row(
        "Chinchilla, 240 runs, global optimum, no starts",
        timing,
        peer=f"L-BFGS-B with gradient, {len(starts):,} starts",
        bar=1_000,
        reach=10_000,
        remarks=[
            f"objective {best:.12g}, SciPy's best larger by {found['theirs'].min() / best - 1:.1g} "
            "of it; "
            f"{arrived:.3g} % of SciPy's starts arrive (to 1e-6){part * (sizes.part > 1)}"
        ],
    )


def to_scipy(theta: np.ndarray) -> np.ndarray:
    """Return (E, A, B, alpha, beta) as SciPy's (a, b, e, alpha, beta)."""
    floor, factor, data_factor, alpha, beta = theta
    return np.array([*np.log([factor, data_factor, floor]), alpha, beta])


def bootstrap_row(sizes: Sizes) -> Row:
    """Refit resampled runs from where the fit ended, against L-BFGS-B from the same place.

    The usual tolerances of L-BFGS-B are absolute and larger than this objective's changes: it would
    stop where it starts, so it is asked for more digits. Ours draws its own resamplings in the
    core; for the comparison of answers both fit the same ones.
    """
    size, data, loss = runs(sizes)
    count = max(_REPLICATES // sizes.part, 2)
    drawn = np.random.default_rng(42).integers(0, len(loss), (count, len(loss)))
    fit = cc.fit("chinchilla", {"N": size, "D": data}, loss, **_LOSS)
    start = to_scipy(fit.theta)
    digits = {"ftol": 1e-12, "gtol": 1e-10, "maxiter": 1_000, "maxfun": 3_000}
    found: dict[str, np.ndarray] = {}

    def ours() -> None:
        found["ours"] = fit.bootstrap(kind="pairs", replicates=count, seed=42).thetas

    def theirs() -> None:
        values = [objective(size[rows], data[rows], loss[rows]) for rows in drawn]
        with np.errstate(all="ignore"):
            found["theirs"] = np.array(
                [
                    minimize(value, start, jac=True, method="L-BFGS-B", options=digits).x
                    for value in values
                ]
            )

    timing = take_turns(ours, theirs, sizes, (count, count))
    same = cc.fit(
        "chinchilla",
        {"N": size[drawn], "D": data[drawn]},
        loss[drawn],
        start=fit.params,
        **_LOSS,
    ).theta
    values = [objective(size[rows], data[rows], loss[rows]) for rows in drawn]
    ends = np.array(
        [
            (value(to_scipy(a))[0], value(b)[0])
            for value, a, b in zip(values, same, found["theirs"], strict=True)
        ]
    )
    spread = [np.std(side[:, 3:], axis=0, ddof=1) for side in (found["ours"], found["theirs"])]
    if count >= _ENOUGH and not np.allclose(*spread, rtol=0.1):
        raise Disagreement(f"standard errors of alpha and beta are {spread[0]} and {spread[1]}")
    return ratio_row(
        f"Chinchilla, {_REPLICATES:,} bootstraps",
        timing,
        peer="L-BFGS-B with gradient, one start each",
        bar=10,
        reach=50,
        remarks=[
            f"on {count:,} resamplings that both fit: {agreement(*ends.T)}",
            "standard errors of alpha and beta (theirs) "
            + " and ".join(f"{a:.4f} ({b:.4f})" for a, b in zip(*spread, strict=True)),
        ],
    )
