# SPDX-License-Identifier: GPL-3.0-or-later
"""Which parameter of a formula is the level that growth approaches, found by trying.

The formula is run far out along its regressor at a few made-up parameters: where it rises to the
value of one of them, and does so whatever the sizes, that one is its ceiling.
"""

from __future__ import annotations

import numpy as np

from .curves import Curve

__all__ = ["find_ceiling"]

_FAR = np.array([30.0, 60.0, 1e4, 1e8, 1e12, 1e15])  # a rate may be large, an exponent small
_NEAR = np.array([0.2, 1.7])
_TRIALS = 4
_REACHED, _ON_THE_WAY = 1e-5, 1e-2


def find_ceiling(curve: Curve) -> str | None:
    """Return the parameter that is the ceiling of a curve of one regressor, or None.

    Examples
    --------
    >>> import curvecast as cc
    >>> find_ceiling(cc.formula("K/(1 + exp(-k*(t - t0)))", "t"))
    'K'
    >>> find_ceiling(cc.formula("a*exp(b*x)"))
    """
    if len(curve.regressors) != 1:
        return None
    for sign in _signs(len(curve.params)):
        found = {_reached(curve, theta) for theta in _thetas(curve, sign)}
        if len(found) == 1 and found != {None}:
            return curve.param_names[found.pop()]
    return None


def _signs(p: int) -> np.ndarray:
    """Return patterns of signs: all positive, then one negative at a time, (p + 1, p)."""
    return np.vstack([np.ones(p), 1 - 2 * np.eye(p)])


def _thetas(curve: Curve, sign: np.ndarray) -> np.ndarray:
    """Return parameters of different sizes between 0.5 and 2, inside their bounds, (trials, p)."""
    p = len(sign)
    share = np.modf(np.arange(1, _TRIALS * p + 1) * 0.6180339887498949)[0].reshape(_TRIALS, p)
    theta = sign * (0.5 + 1.5 * share)
    for j, each in enumerate(curve.params):
        low, high = each.lower, each.upper
        if np.isfinite(low) and np.isfinite(high):
            theta[:, j] = low + (high - low) * (0.1 + 0.8 * share[:, j])
        elif np.isfinite(low):
            theta[:, j] = np.where(theta[:, j] > low, theta[:, j], low + np.abs(theta[:, j]))
        elif np.isfinite(high):
            theta[:, j] = np.where(theta[:, j] < high, theta[:, j], high - np.abs(theta[:, j]))
    return theta


def _reached(curve: Curve, theta: np.ndarray) -> int | None:
    """Return the index of the parameter to whose value the curve rises, or None."""
    run = curve.ufunc("eval")
    far, (first, second) = run(_FAR[np.newaxis], theta), run(_NEAR[np.newaxis], theta)
    far = far[np.isfinite(far)]
    if far.size < 2 or not first < second:
        return None
    size = np.maximum(np.abs(theta), 1e-300)
    near = np.abs(far[-1] - theta) <= _REACHED * size
    near &= (np.abs(far[-2] - theta) <= _ON_THE_WAY * size) & (second <= theta + _REACHED * size)
    return int(np.argmax(near)) if near.sum() == 1 else None
