# SPDX-License-Identifier: GPL-3.0-or-later
"""Proper scores of mixtures of Student-t or normal distributions, and calibration measures.

A distribution is given by arrays ``weight``, ``location``, ``scale`` and ``df``, components on the
last axis (infinite df: normal). Closed forms come from ``scoringrules``; where it has none (the
CRPS of a mixture of Student-t) the integral is computed here. Lower scores are better.

Costs and other positive quantities are scored in logs: on their own scale a Student-t forecast
in logs has neither a mean nor a finite CRPS.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from . import _core
from .estimate import check_level, t_quantile

__all__ = ["crps", "interval_score", "log_error", "log_score", "pit"]


def crps(observed: Any, weight: Any, location: Any, scale: Any, df: Any) -> np.ndarray:
    """Return the continuous ranked probability score.

    Parameters
    ----------
    observed : array_like
        Observations, (...).
    weight, location, scale, df : array_like
        The mixture, components on the last axis, broadcast against (..., m).

    Returns
    -------
    numpy.ndarray
        Shape (...); infinite where a component has df <= 1, NaN where the observation is NaN.

    Notes
    -----
    One component, or normal components only: the closed forms of ``scoringrules`` (Jordan, Krüger
    and Lerch 2019; Grimit et al. 2006). Otherwise the integral of (F(z) - 1{z >= y})^2, by
    Gauss-Legendre rules on panels that are dense where the components are. Its relative error is
    below 1e-6 where components overlap, and 1e-4 where they lie far apart.

    Examples
    --------
    >>> print(crps(0.5, [1.0], [0.0], [1.0], [32.0]).round(7))
    0.3339126
    """
    parts = _parts(weight, location, scale, df)
    observed = np.asarray(observed, dtype=float)
    if parts[0].shape[-1] == 1:
        return _crps_one(observed, *(part[..., 0] for part in parts[1:]))
    if np.isinf(parts[3]).all():
        from scoringrules import crps_mixnorm

        weight, location, scale, _ = parts
        return np.asarray(crps_mixnorm(observed, location, scale, weight))
    shape = np.broadcast_shapes(observed.shape, parts[0].shape[:-1])
    seen = np.broadcast_to(observed, shape)
    m = parts[0].shape[-1]
    full = [np.broadcast_to(part, (*shape, m)) for part in parts]
    result = np.empty(shape)
    for index in np.ndindex(shape):
        result[index] = _crps_integral(float(seen[index]), *(part[index] for part in full))
    return result[()]


def _parts(*parts: Any) -> list[np.ndarray]:
    return list(np.broadcast_arrays(*(np.asarray(part, dtype=float) for part in parts)))


def _crps_one(observed: np.ndarray, location: Any, scale: Any, df: Any) -> np.ndarray:
    from scoringrules import crps_normal, crps_t

    normal = np.isinf(df)
    finite = np.where(normal | (df <= 1), 2.0, df)
    heavy = np.where(df <= 1, np.inf, crps_t(observed, finite, location, scale))
    result = np.where(normal, crps_normal(observed, location, scale), heavy)
    return np.where(np.isnan(observed), np.nan, result)[()]


_NODES, _RULE = np.polynomial.legendre.leggauss(8)
_PANELS, _BEYOND = 160, 20


def _crps_integral(
    y: float, weight: np.ndarray, location: np.ndarray, scale: np.ndarray, df: np.ndarray
) -> float:
    if np.isnan(y):
        return np.nan
    if np.any(df <= 1):
        return np.inf
    # In units of the mixture's own size, so that no step leaves the range of doubles.
    unit = max(float(scale.max()), abs(y), float(np.abs(location).max()))
    y, location, scale = y / unit, location / unit, scale / unit
    edges = _panels(y, location, scale, df)
    half = np.diff(edges)[:, np.newaxis] / 2
    z = (edges[:-1, np.newaxis] + half) + half * _NODES
    below = _mixture_cdf(weight / weight.sum(), location, scale, df, z)
    return unit * float(np.sum(half * _RULE * np.where(z >= y, 1 - below, below) ** 2))


def _panels(y: float, location: np.ndarray, scale: np.ndarray, df: np.ndarray) -> np.ndarray:
    """Return the ends of the panels: dense where components are, doubling outwards, and at y."""
    odds = np.linspace(-14, 14, 29)
    different, which = np.unique(df, return_inverse=True)
    own = t_quantile(1 / (1 + np.exp(-odds)), different[:, np.newaxis])[which]
    spread = np.sort((location[:, np.newaxis] + scale[:, np.newaxis] * own).ravel())
    edges = spread[np.linspace(0, spread.size - 1, _PANELS + 1).astype(int)]
    reach = (edges[-1] - edges[0]) * (2.0 ** np.arange(1, _BEYOND) - 1)
    return np.unique(np.concatenate([edges[0] - reach, edges, edges[-1] + reach, [y]]))


def _mixture_cdf(
    weight: np.ndarray, location: np.ndarray, scale: np.ndarray, df: np.ndarray, z: np.ndarray
) -> np.ndarray:
    """Return the mixture's distribution function, from a table for each number of degrees."""
    result = np.zeros(z.shape)
    for each in np.unique(df):
        own = df == each
        apart = (z[..., np.newaxis] - location[own]) / scale[own]
        result += _standard_cdf(float(each), apart) @ weight[own]
    return result


_END, _STEPS = 20.0, 8000


@cache
def _table(df: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the standard distribution function, and its slope, at nodes even in asinh."""
    one, zero = np.ones(1), np.zeros(1)
    nodes = np.linspace(-_END, _END, _STEPS + 1)
    z = np.sinh(nodes)
    value = _core.mixture_cdf(one, zero, one, np.array([df]), z)
    slope = np.exp(_core.mixture_logpdf(one, zero, one, np.array([df]), z)) * np.cosh(nodes)
    return value, slope * (2 * _END / _STEPS)


def _standard_cdf(df: float, z: np.ndarray) -> np.ndarray:
    """Interpolate the table by cubics that have the right slopes; good to 1e-11."""
    value, slope = _table(df)
    place = (np.clip(np.arcsinh(z), -_END, _END) + _END) * (_STEPS / (2 * _END))
    left = np.minimum(place.astype(np.int64), _STEPS - 1)
    u = place - left
    v = 1 - u
    return v * v * ((1 + 2 * u) * value[left] + u * slope[left]) + u * u * (
        (1 + 2 * v) * value[left + 1] - v * slope[left + 1]
    )


def log_score(observed: Any, weight: Any, location: Any, scale: Any, df: Any) -> np.ndarray:
    """Return minus the log density at the observation, on the scale of the mixture.

    Parameters
    ----------
    observed : array_like
        Observations, (...).
    weight, location, scale, df : array_like
        The mixture, components on the last axis.

    Examples
    --------
    >>> print(log_score(0.0, [1.0], [0.0], [1.0], [float("inf")]).round(7))
    0.9189385
    """
    observed = np.asarray(observed, dtype=float)
    found = -_core.mixture_logpdf(*_parts(weight, location, scale, df), observed)
    return np.where(np.isnan(observed), np.nan, found)[()]


def pit(observed: Any, weight: Any, location: Any, scale: Any, df: Any) -> np.ndarray:
    """Return the probability that the forecast gave to values up to the observation.

    Over many forecasts of a calibrated method these are uniform between 0 and 1.

    Parameters
    ----------
    observed : array_like
        Observations, (...).
    weight, location, scale, df : array_like
        The mixture, components on the last axis.

    Examples
    --------
    >>> print(pit(0.0, [1.0], [0.0], [1.0], [5.0]))
    0.5
    """
    return _core.mixture_cdf(*_parts(weight, location, scale, df), observed)


def interval_score(observed: Any, low: Any, high: Any, level: float = 0.9) -> np.ndarray:
    """Return the score of a central interval: its width, plus a penalty for what lies outside.

    Parameters
    ----------
    observed, low, high : array_like
        Observations and ends of the intervals.
    level : float, optional
        Share of cases that the interval is meant to hold.

    Examples
    --------
    >>> print(interval_score(3.0, 0.0, 2.0, level=0.9).round(9))
    22.0
    """
    from scoringrules import interval_score as closed_form

    return np.asarray(closed_form(observed, low, high, 1 - check_level(level)))


def log_error(forecast: Any, observed: Any) -> np.ndarray:
    """Return ln(forecast / observed); NaN where either is not positive.

    Parameters
    ----------
    forecast, observed : array_like
        A central forecast, such as the median, and what came.

    Examples
    --------
    >>> print(log_error(110.0, 100.0).round(4))
    0.0953
    """
    forecast, observed = np.asarray(forecast, dtype=float), np.asarray(observed, dtype=float)
    positive = (forecast > 0) & (observed > 0)
    return np.log(np.where(positive, forecast, np.nan) / np.where(positive, observed, np.nan))
