# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of made-up series, and the functions that SciPy fits to them.

A series is a curve with parameters of its own and noise. SciPy starts from the very parameters that
made it: nobody who does not know the answer has a better start. Its functions and Jacobians are as
a careful user writes them in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

__all__ = ["Problem", "problem", "wright_table"]

_FIRST = 1990.0
_POINTS = 30
_SEED = 20240926


@dataclass(frozen=True)
class Problem:
    """A table of series that two programs fit.

    Attributes
    ----------
    curve : str
        Our name of it.
    options : dict
        What `curvecast.fit` is asked for besides.
    free : tuple of str
        Names of the estimated parameters, in SciPy's order.
    x : numpy.ndarray
        Points, (n,), the same for all.
    table : numpy.ndarray
        Observations, (series, n).
    true : numpy.ndarray
        What made them, (series, free parameters).
    value, jacobian : callable
        The curve for SciPy, and its derivatives, (n, free), on the scale of the residuals.
    log : bool
        Whether residuals are formed in logs.
    """

    curve: str
    options: dict[str, Any]
    free: tuple[str, ...]
    x: np.ndarray
    table: np.ndarray
    true: np.ndarray
    value: Callable[..., np.ndarray]
    jacobian: Callable[..., np.ndarray]
    log: bool = False

    @property
    def target(self) -> np.ndarray:
        """The observations on the scale of the residuals."""
        return np.log(self.table) if self.log else self.table

    def objectives(self, params: np.ndarray) -> np.ndarray:
        """Return the sum of squares of each series at its parameters, (series, free)."""
        columns = (params[:, j, np.newaxis] for j in range(params.shape[1]))
        with np.errstate(all="ignore"):
            return ((self.target - self.value(self.x, *columns)) ** 2).sum(axis=1)


def _logistic(t, ceiling, rate, midpoint):
    return ceiling * expit(rate * (t - midpoint))


def _logistic_jacobian(t, ceiling, rate, midpoint):
    since = t - midpoint
    share = expit(rate * since)
    slope = ceiling * share * (1 - share)
    return np.array((share, slope * since, -rate * slope)).T


def _gompertz(t, ceiling, rate, inflection):
    return ceiling * np.exp(-np.exp(-rate * (t - inflection)))


def _gompertz_jacobian(t, ceiling, rate, inflection):
    since = t - inflection
    decay = np.exp(-rate * since)
    share = np.exp(-decay)
    slope = ceiling * share * decay
    return np.array((share, slope * since, -rate * slope)).T


def _bass(t, ceiling, p, q):
    rest = np.exp(-(p + q) * (t - (_FIRST - 1)))
    return ceiling * p * (1 - rest) / (p + q * rest)


def _bass_jacobian(t, ceiling, p, q):
    since = t - (_FIRST - 1)
    rest = np.exp(-(p + q) * since)
    bottom = p + q * rest
    share = p * (1 - rest) / bottom
    scale, lag = ceiling / bottom, since * rest
    by_p = scale * ((1 - rest) + p * lag - share * (1 - q * lag))
    by_q = scale * (p * lag - share * (rest - q * lag))
    return np.array((share, by_p, by_q)).T


def _richards(t, ceiling, rate, inflection, shape):
    return ceiling * np.exp(-np.log1p(shape * np.exp(-rate * (t - inflection))) / shape)


def _richards_jacobian(t, ceiling, rate, inflection, shape):
    since = t - inflection
    decay = np.exp(-rate * since)
    root = np.log1p(shape * decay) / shape
    share = np.exp(-root)
    level, weight = ceiling * share, decay / (1 + shape * decay)
    slope = level * weight
    return np.array((share, slope * since, -rate * slope, level * (root - weight) / shape)).T


def _weibull(t, ceiling, scale, shape):
    return -ceiling * np.expm1(-(((t - (_FIRST - 1)) / scale) ** shape))


def _weibull_jacobian(t, ceiling, scale, shape):
    ratio = (t - (_FIRST - 1)) / scale
    power = ratio**shape
    rest = np.exp(-power)
    slope = ceiling * rest * power
    return np.array((1 - rest, -slope * shape / scale, slope * np.log(ratio))).T


def _exponential(t, level, rate):
    return level * np.exp(rate * (t - _FIRST))


def _exponential_jacobian(t, level, rate):
    since = t - _FIRST
    growth = np.exp(rate * since)
    return np.array((growth, level * growth * since)).T


def _power_floor(x, floor, factor, exponent):
    return np.log(floor + factor * x**-exponent)


def _power_floor_jacobian(x, floor, factor, exponent):
    power = x**-exponent
    value = floor + factor * power
    return np.array((1 / value, power / value, -factor * power * np.log(x) / value)).T


_YEARS = _FIRST + np.arange(_POINTS)
_CEILING = (50.0, 200.0)

# curve: options, points, ranges of the parameters, function, Jacobian, noise as a share of the
# largest value (in logs where residuals are)
_KINDS: dict[str, tuple[Any, ...]] = {
    "logistic": (
        {},
        _YEARS,
        {"ceiling": _CEILING, "rate": (0.2, 0.6), "midpoint": (2000.0, 2012.0)},
        _logistic,
        _logistic_jacobian,
        0.02,
    ),
    "gompertz": (
        {},
        _YEARS,
        {"ceiling": _CEILING, "rate": (0.12, 0.4), "inflection": (1997.0, 2008.0)},
        _gompertz,
        _gompertz_jacobian,
        0.02,
    ),
    "bass": (
        {},
        _YEARS,
        {"ceiling": _CEILING, "innovation": (0.005, 0.03), "imitation": (0.2, 0.5)},
        _bass,
        _bass_jacobian,
        0.01,
    ),
    "richards": (
        {},
        _YEARS,
        {
            "ceiling": _CEILING,
            "rate": (0.25, 0.5),
            "inflection": (2000.0, 2010.0),
            "shape": (0.3, 2.0),
        },
        _richards,
        _richards_jacobian,
        0.01,
    ),
    "weibull": (
        {},
        _YEARS,
        {"ceiling": _CEILING, "scale": (10.0, 20.0), "shape": (1.5, 3.5)},
        _weibull,
        _weibull_jacobian,
        0.01,
    ),
    "exponential": (
        {"error_model": "additive"},
        _YEARS,
        {"level": (1.0, 5.0), "rate": (0.05, 0.15)},
        _exponential,
        _exponential_jacobian,
        0.02,
    ),
    "power_floor": (
        {},
        np.geomspace(1, 1e4, _POINTS),
        {"E": (1.0, 3.0), "A": (3.0, 10.0), "alpha": (0.3, 0.8)},
        _power_floor,
        _power_floor_jacobian,
        0.01,
    ),
}


def problem(curve: str, series: int) -> Problem:
    """Return a table of this many series of a curve; the same every time."""
    options, x, ranges, value, jacobian, noise = _KINDS[curve]
    rng = np.random.default_rng(_SEED)
    true = draw(rng, ranges.values(), series)
    log = curve == "power_floor"
    clean = value(x, *(true[:, j, np.newaxis] for j in range(true.shape[1])))
    size = 1.0 if log else clean.max(axis=1, keepdims=True)
    noisy = clean + noise * size * rng.standard_normal(clean.shape)
    return Problem(
        curve=curve,
        options=options,
        free=tuple(ranges),
        x=x,
        table=np.exp(noisy) if log else noisy,
        true=true,
        value=value,
        jacobian=jacobian,
        log=log,
    )


def wright_table(series: int) -> tuple[np.ndarray, np.ndarray]:
    """Return cumulative units, (20,), and costs, (series, 20), with learning rates of 5 to 30 %."""
    rng = np.random.default_rng(_SEED)
    units = np.geomspace(10, 1e5, 20)
    first, exponent = draw(rng, [(50.0, 500.0), (0.07, 0.51)], series).T[..., np.newaxis]
    return units, first * units**-exponent * np.exp(0.05 * rng.standard_normal((series, 20)))


def draw(
    rng: np.random.Generator, ranges: Sequence[tuple[float, float]], series: int
) -> np.ndarray:
    """Return parameters drawn evenly from their ranges, (series, parameters)."""
    low, high = np.array(list(ranges)).T
    return rng.uniform(low, high, (series, len(low)))
