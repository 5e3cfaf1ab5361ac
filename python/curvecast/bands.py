# SPDX-License-Identifier: GPL-3.0-or-later
"""A fitted curve with the band around it: where the curve lies, or where an observation would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .data import regressors
from .errors import ArgumentError, nearest
from .estimate import check_level, t_quantile
from .history import with_history
from .links import from_link

if TYPE_CHECKING:
    from .result import Fit

__all__ = ["Band", "predict"]


class Band(NamedTuple):
    """A curve and the band around it; unpacks as ``value, low, high``.

    Attributes
    ----------
    value, low, high : numpy.ndarray
        In y's unit, one entry for each point.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def predict(fit: Fit, x: Any, band: str | None, level: float) -> np.ndarray | Band:
    """Return the fitted curve at `x`, with a band if one is asked for; see `Fit.predict`."""
    points = regressors(x, fit.curve.regressors, fit.curve.name)
    with_past = with_history(fit.curve, fit.points, points)
    value = fit.curve.ufunc("eval")(with_past, fit.theta)[-points.shape[-1] :]
    if band is None:
        return value
    if band not in ("mean", "observation"):
        raise ArgumentError(f"there is no band {band!r}; {nearest(band, ['mean', 'observation'])}")
    if band == "observation" and fit.error_model == "binomial":
        raise ArgumentError(
            "a binomial fit has no observation band: how far a share scatters depends on its "
            "number of trials; use band='mean', or fit with error_model='logit'"
        )
    location, stderr = fit.on_link(points)
    if band == "observation":
        stderr = np.hypot(stderr, fit.scatter)
    half = t_quantile((1 + check_level(level)) / 2, fit.interval_df) * stderr
    low, high = (from_link(location + sign * half, fit.link, fit.upper) for sign in (-1, 1))
    return Band(value, low, high)
