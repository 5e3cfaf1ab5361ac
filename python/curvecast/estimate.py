# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers with their uncertainty: estimates, Student-t quantiles, derived quantities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from .curves import Curve
from .errors import ArgumentError, nearest
from .notes import NO_OPTIMUM

if TYPE_CHECKING:
    from .result import Fit
    from .table import Fits

__all__ = [
    "Estimate",
    "check_level",
    "derived",
    "named",
    "standard_errors",
    "supported",
    "t_quantile",
]


@dataclass(frozen=True)
class Estimate:
    """A number, its standard error and its confidence interval.

    From one fit the numbers are floats; from a table they are arrays, one entry for each series.

    Attributes
    ----------
    value, stderr, low, high : float
        NaN where the data do not support the number.
    level : float
        Confidence level of the interval from `low` to `high`.
    unit : str
        Unit of all four.
    method : str
        Of the interval: ``"wald"``, ``"profile"`` or ``"bootstrap"``.

    Examples
    --------
    >>> rate = Estimate(0.2, 0.01, 0.18, 0.22, 0.9, "per doubling")
    >>> print(rate)
    0.2 per doubling (90 %: 0.18 to 0.22)
    >>> float(rate)
    0.2
    """

    value: Any
    stderr: Any
    low: Any
    high: Any
    level: float = 0.9
    unit: str = ""
    method: str = "wald"

    def __float__(self) -> float:
        return float(self.value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit and self.unit != "1" else ""
        if np.ndim(self.value):
            return f"{np.shape(self.value)} estimates{unit}"
        low = "open below" if self.low == -np.inf else f"{self.low:.4g}"
        high = "open above" if self.high == np.inf else f"{self.high:.4g}"
        return f"{self.value:.4g}{unit} ({100 * self.level:g} %: {low} to {high})"


def check_level(level: float) -> float:
    """Return the level, or say that it is not between 0 and 1."""
    if not (isinstance(level, (int, float, np.number)) and 0 < level < 1):
        hint = f"; did you mean {level / 100:g}?" if _is_percentage(level) else ""
        raise ArgumentError(f"level is {level!r}; give a share between 0 and 1, such as 0.9{hint}")
    return float(level)


def _is_percentage(level: object) -> bool:
    return isinstance(level, (int, float)) and 1 < level < 100


def t_quantile(p: Any, df: Any) -> np.ndarray:
    """Return the quantile of Student's t; infinite `df` is the normal, none (df <= 0) gives NaN.

    Parameters
    ----------
    p : array_like
        Probability, between 0 and 1.
    df : array_like
        Degrees of freedom.

    Examples
    --------
    >>> round(float(t_quantile(0.975, 10)), 4)
    2.2281
    """
    df = np.asarray(df, dtype=float)
    usable = df > 0
    one, zero = np.ones(1), np.zeros(1)
    safe = np.where(usable, df, 1.0)[..., np.newaxis]
    return np.where(usable, _core.mixture_quantile(one, zero, one, safe, p), np.nan)


def derived(
    curve: Curve, theta: np.ndarray, cov: np.ndarray, df: Any, level: float, held: Any = False
) -> dict[str, Estimate]:
    """Return the curve's derived quantities, each with its interval.

    The ends are those of the parameter's interval, transformed, where the quantity depends on one
    parameter; otherwise the value plus and minus a multiple of its delta-method standard error.

    Parameters
    ----------
    curve : Curve
    theta : numpy.ndarray
        Parameters, (..., p).
    cov : numpy.ndarray
        Their covariance, (..., p, p).
    df : array_like
        Degrees of freedom of the intervals, (...).
    level : float
        Confidence level.
    held : array_like of bool, optional
        Whether a bound holds a parameter, (...): a quantity of that one alone has no error.
    """
    if not curve.derived:
        return {}
    width = t_quantile((1 + level) / 2, df)[..., np.newaxis]
    width = np.broadcast_to(width, (*width.shape[:-1], len(curve.derived)))
    value, stderr, low, high = curve.ufunc("derived")(theta, cov, width)
    unsupported = (stderr == 0) & np.asarray(held)[..., np.newaxis]
    columns = (value, *(np.where(unsupported, np.nan, each) for each in (stderr, low, high)))
    return {
        quantity.name: _estimate((column[..., i] for column in columns), level, quantity.unit)
        for i, quantity in enumerate(curve.derived)
    }


def _estimate(parts: Iterable[np.ndarray], level: float, unit: str) -> Estimate:
    return Estimate(*(part if np.ndim(part) else float(part) for part in parts), level, unit)


def named(fit: Fit | Fits, name: str, level: float) -> Estimate:
    """Return the derived quantity or parameter of this name, with its Wald interval.

    An interval holds no values that the parameter cannot have: it ends at the limit.

    Raises
    ------
    AttributeError
        If the curve has nothing of that name; the message lists what it has.
    """
    curve, theta, df = fit.curve, fit.estimates, fit.interval_df
    if name in curve.derived_names:
        return derived(curve, theta, fit.cov, df, level, fit.at_bound.any(axis=-1))[name]
    if name not in curve.param_names:
        known = (*curve.derived_names, *curve.param_names)
        raise AttributeError(
            f"a fit of {curve.name} has nothing called {name!r}; {nearest(name, known)}"
        )
    limits = fit.settings.limits(curve)
    j = curve.param_names.index(name)
    value, stderr = theta[..., j], standard_errors(fit.cov, fit.at_bound)[..., j]
    half = t_quantile((1 + level) / 2, df) * stderr
    low, high = value - half, value + half
    if curve.params[j].log_interval:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            # One that was fixed at 0 is known to be 0.
            times = np.where(half == 0, 1.0, np.exp(half / value))
            low, high = value / times, value * times
    low, high = np.maximum(low, limits[0][..., j]), np.minimum(high, limits[1][..., j])
    return _estimate((value, stderr, low, high), level, curve.params[j].unit)


def supported(theta: np.ndarray, cov: np.ndarray, status: Any) -> np.ndarray:
    """Return estimates, (..., p): NaN where no value is the best and the search merely stopped."""
    lost = np.isnan(np.diagonal(cov, axis1=-2, axis2=-1))
    return np.where((np.asarray(status) == NO_OPTIMUM)[..., np.newaxis] & lost, np.nan, theta)


def standard_errors(cov: np.ndarray, at_bound: np.ndarray) -> np.ndarray:
    """Return standard errors, (..., p): NaN for one that a bound holds, 0 if it was fixed."""
    spread = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    return np.where(at_bound | np.isinf(spread), np.nan, spread)
