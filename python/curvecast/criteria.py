# SPDX-License-Identifier: GPL-3.0-or-later
"""Information criteria of a fit, comparable between error models.

The likelihood is that of the observations in y's own unit: residuals in logs or log odds carry the
slope of that transformation with them. The residual variance counts as one parameter where it was
estimated. Under binomial errors it is that of the numbers of successes. Under a robust loss there
is no likelihood, and the criteria are NaN. With too few points for its correction, AICc is
infinite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .errors import ArgumentError, nearest
from .links import log_slope, to_link

if TYPE_CHECKING:
    from .result import Fit

__all__ = [
    "Criteria",
    "aicc",
    "akaike",
    "bic",
    "carried",
    "criteria",
    "criteria_of",
    "deviance",
    "normal",
    "parameters",
    "schwarz",
]


# What a value is known to, of itself: a few roundings.
_DIGITS = 64 * float(np.finfo(float).eps)


class Criteria(NamedTuple):
    """Information criteria; lower is better.

    Attributes
    ----------
    aic, aicc, bic : float
        Akaike's, Akaike's with the correction for few points, and Schwarz's.
    deviance : float
        Minus twice the log likelihood.
    parameters, n : int
        How many parameters and points were counted.
    """

    aic: float
    aicc: float
    bic: float
    deviance: float
    parameters: int
    n: int


def criteria_of(deviance: float, k: int, n: int) -> Criteria:
    """Return all criteria of `k` parameters and `n` points."""
    return Criteria(
        deviance + 2 * k, akaike(deviance, k, n), schwarz(deviance, k, n), deviance, k, n
    )


SCALES = ("y", "residuals", "log10")


def criteria(fit: Fit, scale: str, count_scatter: bool) -> Criteria:
    """Return the criteria under the conventions asked for; see `curvecast.Fit.criteria`."""
    if scale not in SCALES:
        raise ArgumentError(f"there is no scale {scale!r}; {nearest(scale, SCALES)}")
    if scale != "y" and fit.error_model == "binomial":
        raise ArgumentError("binomial errors are those of counts and have no scale; use scale='y'")
    if scale == "log10" and fit.link != "log":
        raise ArgumentError(
            f"scale='log10' is for multiplicative errors, and these are {fit.error_model}"
        )
    own = deviance(fit)
    if scale != "y":
        used = fit.used
        own += 2 * float(np.sum(log_slope(fit.y[used], fit.link, fit.upper)))
    if scale == "log10":
        own -= 2 * fit.n_used * float(np.log(np.log(10)))
    estimated = not fit.settings.scatter_known
    k = parameters(fit) - int(estimated and not count_scatter)
    return criteria_of(own, k, fit.n_used)


def aicc(fit: Fit) -> float:
    """Return Akaike's criterion with the correction for few points (Hurvich and Tsai 1989)."""
    if not fit.status.ok:
        return np.nan
    return akaike(deviance(fit), parameters(fit), fit.n_used)


def bic(fit: Fit) -> float:
    """Return Schwarz's criterion."""
    return schwarz(deviance(fit), parameters(fit), fit.n_used)


def akaike(deviance: float, k: int, n: int) -> float:
    """Return the corrected criterion of `k` parameters and `n` points; infinite for too few."""
    spare = n - k - 1
    return np.inf if spare <= 0 else deviance + 2 * k + 2 * k * (k + 1) / spare


def schwarz(deviance: float, k: int, n: int) -> float:
    """Return Schwarz's criterion of `k` parameters and `n` points."""
    return deviance + k * float(np.log(max(n, 1)))


def parameters(fit: Fit) -> int:
    """Return how many were estimated, the size of the scatter included where it was."""
    return fit.n_used - fit.df + (0 if fit.settings.scatter_known else 1)


def deviance(fit: Fit) -> float:
    """Return minus twice the log likelihood at the fit."""
    if fit.settings.loss != "linear" or not fit.status.ok:
        return np.nan
    if fit.error_model == "binomial":
        from .binomial import minus_twice_log_likelihood

        return minus_twice_log_likelihood(fit)
    used, n = fit.used, fit.n_used
    weight = np.ones(n) if fit.weights is None else fit.weights[used]
    with np.errstate(over="ignore"):
        squares = float(np.sum(weight * fit.residuals[used] ** 2))
    if not fit.settings.sigma_known:  # where a curve is exact, what rounding leaves says nothing
        squares = max(squares, float(np.sum(weight * _rounding(fit.y[used], fit) ** 2)))
    return normal(squares, n, fit.settings.sigma_known) + carried(fit)


def _rounding(y: np.ndarray, fit: Fit) -> np.ndarray:
    """Return how large residuals of observations are that differ from the curve by rounding."""
    size = np.abs(to_link(y, fit.link, fit.upper))
    return _DIGITS * (size if fit.link == "identity" else np.maximum(size, 1.0))


def normal(squares: float, n: int, known: bool) -> float:
    """Return minus twice the log likelihood of normal errors on their own scale.

    Parameters
    ----------
    squares : float
        Weighted sum of squared residuals.
    n : int
        How many.
    known : bool
        Whether the weights are 1/sigma^2; otherwise the variance is the likeliest.
    """
    if known:
        return squares + n * float(np.log(2 * np.pi))
    with np.errstate(divide="ignore"):
        return n * float(np.log(2 * np.pi * squares / n)) + n


def carried(fit: Fit) -> float:
    """Return what weights, and the way from the error model's scale to y's, add to that."""
    used = fit.used
    total = -2 * float(np.sum(log_slope(fit.y[used], fit.link, fit.upper)))
    return total if fit.weights is None else total - float(np.sum(np.log(fit.weights[used])))
