# SPDX-License-Identifier: GPL-3.0-or-later
"""`forecast`: from a series to a distribution for every future point, by a named method."""

from __future__ import annotations

from typing import Any

import numpy as np

from .bootstrap import forecast_fit
from .curves import Curve, curve, curves
from .data import series
from .distribution import Forecast
from .errors import ArgumentError, CurveNameError
from .fit import fit
from .naming import meant
from .walk import forecast_walk, future_points

__all__ = ["METHODS", "forecast"]

# What is not a curve.
METHODS = ("random_walk", "last_value")


def forecast(
    method: str | Curve,
    t: Any,
    y: Any,
    *,
    horizon: int | None = None,
    x_future: Any = None,
    link: str | None = None,
    upper: float = 1.0,
    ma: float = 0.63,
    window: int | None = None,
    paths: int = 200,
    seed: int = 0,
    unit: str = "",
    **fit_options: Any,
) -> Forecast:
    """Forecast a series.

    Parameters
    ----------
    method : str or Curve
        ``"random_walk"`` (with drift, Farmer and Lafond 2016), ``"last_value"`` (a random walk
        without drift), or a curve, which is fitted and forecast with its parameter and residual
        uncertainty.
    t : array_like
        Points, (n,): times, or what else the curve is a function of. Dates become decimal years.
    y : array_like
        Observations, (n,); NaN where missing.
    horizon : int, optional
        How many steps beyond the last observation. Either this or `x_future`.
    x_future : array_like or dict, optional
        The points to forecast.
    link : {"log", "identity", "logit"}, optional
        For the random walks, the scale on which steps are alike; log where all of y is positive,
        otherwise identity. Curves use their error model's scale.
    upper : float, optional
        The natural end of y's range on the logit scale, in y's unit.
    ma : float, optional
        For the random walk, the MA(1) coefficient of its steps. The default is what Farmer and
        Lafond found over 53 technologies; it is not used where points are unevenly spaced.
    window : int, optional
        For the random walks, how many of the last changes to use; all by default.
    paths : int, optional
        For curves, how many series to simulate and refit.
    seed : int, optional
        The same seed gives the same forecast and the same paths.
    unit : str, optional
        Unit of y, for summaries and plots.
    **fit_options
        For curves, as `curvecast.fit` takes them: ``bounds``, ``fixed``, ``weights``, ...

    Returns
    -------
    Forecast

    Raises
    ------
    CurveNameError, ArgumentError, DataError, FitError
        As `curvecast.fit` raises them.

    Examples
    --------
    >>> import curvecast as cc
    >>> years, cost = range(2015, 2021), [64, 50, 39, 34, 26, 20]
    >>> fc = cc.forecast("random_walk", years, cost, horizon=5)
    >>> print(fc.median.round(1))
    [15.8 12.6 10.   7.9  6.3]
    >>> print(fc.prob("<=", 10).round(2))
    [0.   0.05 0.51 0.87 0.95]
    """
    name = method.name if isinstance(method, Curve) else method
    if name in METHODS:
        for option, given in fit_options.items():
            raise ArgumentError(
                f"{name} has no option {option!r} (given {given!r}); it is for curves"
            )
        return forecast_walk(
            t,
            y,
            drift=name == "random_walk",
            horizon=horizon,
            x_future=x_future,
            link=link,
            upper=upper,
            ma=ma,
            window=window,
            seed=seed,
            unit=unit,
        )
    known = [each.name for each in curves()]
    if not isinstance(method, Curve) and name not in known:
        raise CurveNameError(f"there is no method {name!r}; {meant(name, curves(), METHODS)}")
    described = curve(method)
    for option, is_given in (("link", link is not None), ("window", window is not None)):
        if is_given:
            remedy = (
                "error_model= sets a curve's scale" if option == "link" else "give fewer points"
            )
            raise ArgumentError(f"{option} is for the random walks, not for {name}; {remedy}")
    if x_future is None:
        x_future = _steps(described, t, horizon)
    elif horizon is not None:
        raise ArgumentError("give horizon= (a number of steps) or x_future= (the points), not both")
    fitted = fit(described, t, y, upper=upper, **fit_options)
    return forecast_fit(fitted, x_future, paths=paths, seed=seed, unit=unit)


def _steps(described: Curve, t: Any, horizon: int | None) -> np.ndarray:
    """Return points beyond the last observation, where the curve runs along time."""
    if not described.over_time:
        wanted = ", ".join(described.regressors)
        raise ArgumentError(
            f"{described.name} does not run along time, so a number of steps says nothing; give "
            f"x_future=, the {wanted} to forecast at"
        )
    times = series(t, "t")
    return future_points(np.unique(times[np.isfinite(times)]), horizon, None)
