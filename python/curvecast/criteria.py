# SPDX-License-Identifier: GPL-3.0-or-later
"""Information criteria of a fit, comparable between error models.

The likelihood is that of the observations in y's own unit: residuals in logs or log odds carry the
slope of that transformation with them. The residual variance counts as one parameter where it was
estimated. Under a robust loss there is no likelihood, and the criteria are NaN. With too few points
for its correction, AICc is infinite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .links import log_slope

if TYPE_CHECKING:
    from .result import Fit

__all__ = ["aicc", "bic", "deviance"]


def aicc(fit: Fit) -> float:
    """Return Akaike's criterion with the correction for few points (Hurvich and Tsai 1989)."""
    if not fit.status.ok:
        return np.nan
    k = _parameters(fit)
    spare = fit.n_used - k - 1
    return np.inf if spare <= 0 else deviance(fit) + 2 * k + 2 * k * (k + 1) / spare


def bic(fit: Fit) -> float:
    """Return Schwarz's criterion."""
    return deviance(fit) + _parameters(fit) * float(np.log(max(fit.n_used, 1)))


def _parameters(fit: Fit) -> int:
    return fit.n_used - fit.df + (0 if fit.settings.sigma_known else 1)


def deviance(fit: Fit) -> float:
    """Return minus twice the log likelihood at the fit."""
    if fit.settings.loss != "linear" or not fit.status.ok:
        return np.nan
    used, n = fit.used, fit.n_used
    weight = np.ones(n) if fit.weights is None else fit.weights[used]
    with np.errstate(over="ignore"):
        squares = float(np.sum(weight * fit.residuals[used] ** 2))
    carried = -float(np.sum(np.log(weight)))
    carried -= 2 * float(np.sum(log_slope(fit.y[used], fit.link, fit.upper)))
    if fit.settings.sigma_known:
        return squares + n * float(np.log(2 * np.pi)) + carried
    with np.errstate(divide="ignore"):
        return n * float(np.log(2 * np.pi * squares / n)) + n + carried
