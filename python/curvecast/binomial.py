# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares out of a known number of trials: their likelihood, residuals, and scatter beyond it.

A weight is a number of trials, y a share of `upper`; the core minimises the deviance by Fisher
scoring. Nothing is left to estimate about the scatter, so data that scatter more than so many
trials allow make the standard errors too small: `noted` says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .info import INFO
from .notes import OVERDISPERSED

if TYPE_CHECKING:
    from .curves import Curve
    from .result import Fit

__all__ = ["deviance_residuals", "minus_twice_log_likelihood", "noted"]

# Normal quantile of 99.9 %: how sure a test is before it is worth a sentence.
_SURE = 3.0902


def deviance_residuals(
    y: np.ndarray, value: np.ndarray, trials: np.ndarray, upper: float
) -> np.ndarray:
    """Return the signed root of each point's share of the deviance.

    Parameters
    ----------
    y, value : numpy.ndarray
        Observed and fitted shares of `upper`, (n,).
    trials : numpy.ndarray
        Shape (n,).
    upper : float

    Examples
    --------
    >>> import numpy as np
    >>> one = np.array([1.0])
    >>> print(deviance_residuals(one, np.array([0.5]), one, 1.0).round(4))
    [1.1774]
    """
    share, fitted = y / upper, value / upper
    with np.errstate(divide="ignore", invalid="ignore"):
        hits = np.where(share > 0, share * np.log(share / fitted), 0.0)
        misses = np.where(share < 1, (1 - share) * np.log((1 - share) / (1 - fitted)), 0.0)
        # Each sum is zero or above; rounding may leave it just below.
        return np.sign(share - fitted) * np.sqrt(np.maximum(2 * trials * (hits + misses), 0.0))


def minus_twice_log_likelihood(fit: Fit) -> float:
    """Return minus twice the log likelihood of the numbers of successes at the fit."""
    used = fit.used
    trials, share = fit.weights[used], fit.y[used] / fit.upper
    successes = trials * share
    failures = trials - successes
    ways = sum(
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        for n, k in zip(trials.tolist(), successes.tolist(), strict=True)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        best = np.where(successes > 0, successes * np.log(share), 0.0)
        best += np.where(failures > 0, failures * np.log1p(-share), 0.0)
    deviance = float(np.sum(fit.residuals[used] ** 2))
    return deviance - 2 * (ways + float(best.sum()))


def noted(
    function: Callable[..., tuple[np.ndarray, ...]], curve: Curve, upper: float
) -> Callable[..., tuple[np.ndarray, ...]]:
    """Return the core's fit with a note where Pearson's statistic is too large.

    Unlike the deviance, that has its expected value also where each point is a single trial.
    """

    def fit(points: np.ndarray, y: np.ndarray, trials: np.ndarray, *rest: np.ndarray) -> Any:
        returned = function(points, y, trials, *rest)
        theta, cov, info, objective, n_used, status, notes = returned
        value = curve.ufunc("eval")(points, theta)
        with np.errstate(all="ignore"):
            terms = trials * (y - value) ** 2 / (value * (upper - value))
            df = n_used - info[..., INFO["free"]]
            spread = 2 / (9 * df)
            limit = df * (1 - spread + _SURE * np.sqrt(spread)) ** 3  # Wilson and Hilferty 1931
            excess = (df > 0) & (np.nansum(terms, axis=-1) > limit)
        return theta, cov, info, objective, n_used, status, notes | excess * OVERDISPERSED

    return fit
