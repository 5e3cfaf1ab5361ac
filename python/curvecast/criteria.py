# SPDX-License-Identifier: GPL-3.0-or-later
"""Information criteria of a fit, comparable between error models.

The likelihood is that of the observations in y's own unit: residuals in logs or log odds carry the
slope of that transformation with them. The residual variance counts as one parameter where it was
estimated. Under binomial errors it is that of the numbers of successes. Under a robust loss there
is no likelihood, and the criteria are NaN. With too few points for its correction, AICc is
infinite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .links import log_slope

if TYPE_CHECKING:
    from .result import Fit

__all__ = ["aicc", "akaike", "bic", "carried", "deviance", "normal", "parameters", "schwarz"]


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
    return normal(squares, n, fit.settings.sigma_known) + carried(fit)


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
