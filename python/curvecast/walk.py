# SPDX-License-Identifier: GPL-3.0-or-later
"""Random walks as forecasts: with drift and MA(1) errors, or without drift.

Farmer, J. D. and Lafond, F. (2016), How predictable is technological progress?, Research Policy 45,
647-665. The core gives location and scale at each horizon; how the errors hang together between
horizons follows from the same coefficients of the noise, and is worked out here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core
from .bootstrap import check_future
from .data import generator, label, listed, numbers, series
from .distribution import Forecast
from .errors import ArgumentError, DataError
from .links import check_link, to_link
from .notes import note, worst_first

__all__ = ["forecast_walk", "walk_correlation"]

# Time steps that differ by no more than this share count as even: months and half-years do.
_UNEVEN = 0.12
# Below this number of changes Farmer and Lafond's Student-t is known to be rough.
_FEW = 5


def forecast_walk(
    t: Any,
    y: Any,
    *,
    drift: bool,
    horizon: int | None = None,
    x_future: Any = None,
    link: str | None = None,
    upper: float = 1.0,
    ma: float = 0.63,
    window: int | None = None,
    seed: int = 0,
    unit: str = "",
) -> Forecast:
    """Return the forecast of a random walk; see `curvecast.forecast`."""
    method = "random_walk" if drift else "last_value"
    generator(seed)  # a wrong seed is refused here, not when paths are first asked for
    times, values = _in_order(t, y, method)
    link = check_link(link) if link else "log" if (values > 0).all() else "identity"
    z = _on_link(values, link, upper)
    least = 3 if drift else 2
    if len(z) < least:
        points = "1 usable point" if len(z) == 1 else f"{len(z)} usable points"
        raise DataError(f"y has {points}, and {method} needs at least {least}; add points")
    if not -1 <= ma <= 1:
        raise ArgumentError(f"ma is {ma!r}; an MA(1) coefficient lies between -1 and 1")
    changes = _window(window, len(z) - 1, least - 1)
    z_used, t_used = z[-changes - 1 :], times[-changes - 1 :]
    if np.ptp(z_used) == 0:
        raise DataError(
            f"y is constant over its last {changes + 1} points ({values[-1]:.6g}), so it shows no "
            "change from which to say how far it may move; check which column was read, or widen "
            "window="
        )
    future = _future(times, horizon, x_future)
    even, step = _spacing(t_used)
    if even:
        clock, ahead = np.arange(changes + 1.0), (future - times[-1]) / step
    else:
        clock, ahead = t_used - times[-1], future - times[-1]
        ma = 0.0
    if drift:
        location, scale, df, slope, sd = _core.walk(clock, z_used, ahead, ma, np.nan)
        if not np.all(scale > 1e-12 * np.ptp(z_used)):
            raise DataError(
                "y changes by exactly the same amount at every step, so it shows no scatter from "
                "which to draw bands; check whether the values were interpolated"
            )
    else:
        slope, ma = 0.0, 0.0
        location, scale, df, sd = _core.last_value(clock, z_used, ahead, np.nan)
    notes = [] if even or not drift else [note("irregular_spacing")]
    if changes < _FEW:
        notes.append(note("few_changes", n=changes))
    beyond = (future[-1] - times[-1]) / np.ptp(t_used)
    if beyond > 1:
        notes.append(note("far_extrapolation", times=beyond))
    if link == "log" or (link == "identity" and df <= 1):
        notes.append(note("mean_does_not_exist"))
    details = {"changes": float(changes), "sd": float(sd), "step": step}
    if drift:
        details |= {"drift": float(slope), "ma": float(ma)}
    span = float(changes) if even else float(np.ptp(t_used))
    return Forecast(
        method=method,
        x=future,
        link=link,
        upper=float(upper),
        weight=np.ones(1),
        location=location[np.newaxis],
        scale=scale[np.newaxis],
        df=np.array([float(df)]),
        origin=float(times[-1]),
        history=(times, values),
        unit=unit,
        notes=worst_first(notes),
        seed=int(seed),
        correlation=walk_correlation(ahead, span, ma, drift=drift),
        details=details,
        labels=(label(t), label(y)),
    )


def walk_correlation(ahead: np.ndarray, span: float, ma: float, *, drift: bool) -> np.ndarray:
    """Return the correlation between a random walk's forecast errors at several horizons.

    Parameters
    ----------
    ahead : numpy.ndarray
        Horizons, (h,), in steps of the data.
    span : float
        Length of the data in the same steps, over which the drift was estimated.
    ma : float
        MA(1) coefficient of the noise.
    drift : bool
        Whether a drift was estimated.

    Returns
    -------
    numpy.ndarray
        Shape (h, h).

    Notes
    -----
    The error at horizon a is the sum of the steps to come less a times the error of the drift. With
    noise v_j + ma v_(j-1) both are sums over the same v: the coefficients of past v before the last
    are -(1 + ma) a / m (and -ma a / m for the first), that of the last is ma - a / m, those of the
    future are 1 + ma, and 1 for the final one.

    Examples
    --------
    >>> import numpy as np
    >>> print(walk_correlation(np.array([1.0, 4.0]), 10, 0.0, drift=False))
    [[1.  0.5]
     [0.5 1. ]]
    """
    a, b = np.meshgrid(np.maximum(ahead, 1.0), np.maximum(ahead, 1.0), indexing="ij")
    near, apart = np.minimum(a, b), np.abs(a - b)
    covariance = (near - 1) * (1 + ma) ** 2 + 1 + ma * np.minimum(apart, 1.0)
    if drift:
        covariance += a * b / span**2 * (ma**2 + (span - 1) * (1 + ma) ** 2)
        covariance += (ma - a / span) * (ma - b / span)
    else:
        covariance += ma**2
    spread = np.sqrt(np.diagonal(covariance))
    # Within the first step the variance grows in proportion, as that of a continuous walk does.
    part = np.minimum(ahead, 1.0)
    within = np.sqrt(np.minimum.outer(part, part) / np.maximum.outer(part, part))
    return covariance / np.outer(spread, spread) * within


def _in_order(t: Any, y: Any, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the usable points in order of time."""
    times, values = series(t, "t"), series(y, "y")
    if len(times) != len(values):
        raise DataError(
            f"t has {len(times)} points and y has {len(values)}; give both for every point, with "
            "NaN where y is missing"
        )
    for name, column in (("t", times), ("y", values)):
        wrong = np.flatnonzero(np.isinf(column))
        if wrong.size:
            raise DataError(
                f"{name} is infinite in {listed(wrong, column)}; correct it, or put NaN if it is "
                "missing"
            )
    usable = np.isfinite(times) & np.isfinite(values)
    if not usable.any():
        raise DataError(
            f"none of the {len(times)} points can be used: in every row t or y is NaN; check which "
            "column was read"
        )
    order = np.flatnonzero(usable)[np.argsort(times[usable], kind="stable")]
    twice = np.flatnonzero(np.diff(times[order]) == 0)
    if twice.size:
        first, second = sorted((int(order[twice[0]]), int(order[twice[0] + 1])))
        raise DataError(
            f"rows {first} and {second} (counting from 0) have the same t, {times[first]:.7g}; "
            f"{method} takes one value for each time: keep one, or their mean"
        )
    return times[order], values[order]


def _on_link(values: np.ndarray, link: str, upper: float) -> np.ndarray:
    z = to_link(values, link, upper)
    wrong = np.flatnonzero(np.isinf(z))
    if wrong.size:
        limits = "positive" if link == "log" else f"between 0 and upper={upper:g}"
        raise DataError(
            f"y must be {limits} under link={link!r}, and is not for "
            f"{', '.join(f'{values[i]:g}' for i in wrong[:5])}; correct it, or choose "
            "link='identity'"
        )
    return z


def _window(window: int | None, changes: int, least: int) -> int:
    if window is None:
        return changes
    if not isinstance(window, (int, np.integer)) or not least <= window <= changes:
        raise ArgumentError(
            f"window is {window!r}; give the number of last changes to use, {least} to {changes}"
        )
    return int(window)


def _future(times: np.ndarray, horizon: int | None, x_future: Any) -> np.ndarray:
    future = future_points(times, horizon, x_future)
    early = np.flatnonzero(future <= times[-1])
    if early.size:
        raise ArgumentError(
            f"x_future is {future[early[0]]:.7g} in row {early[0]}, counting from 0, not after the "
            f"last observation at {times[-1]:.7g}; give later points"
        )
    return np.sort(future)


def future_points(times: np.ndarray, horizon: int | None, x_future: Any) -> np.ndarray:
    """Return the points to forecast: given, or so many steps beyond the last observation."""
    if (horizon is None) == (x_future is None):
        raise ArgumentError("give horizon= (a number of steps) or x_future= (the points), not both")
    if x_future is not None:
        future = numbers(x_future, "x_future")
        check_future(future)
        return future
    if not isinstance(horizon, (int, np.integer)) or isinstance(horizon, bool) or horizon < 1:
        raise ArgumentError(f"horizon is {horizon!r}; give a whole number of steps, 1 or more")
    even, step = _spacing(times) if len(times) > 1 else (True, 1.0)
    if not even:
        step = float(np.median(np.diff(times)))
    return times[-1] + step * np.arange(1, horizon + 1)


def _spacing(times: np.ndarray) -> tuple[bool, float]:
    """Return whether the points are evenly spaced, and the mean distance."""
    gaps = np.diff(times)
    step = float(gaps.mean())
    return bool(np.all(np.abs(gaps - step) <= _UNEVEN * step)), step
