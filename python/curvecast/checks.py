# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with the data of a fit, each with the rows, counted from 0, and the remedy."""

from __future__ import annotations

from typing import Any

import numpy as np

from .curves import Curve
from .data import listed, numbers
from .errors import DataError
from .options import Settings

__all__ = ["check_series", "check_shapes", "read_weights"]


def read_weights(weights: Any, sigma: Any, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return weights whose axes broadcast to y's, or None where all are equal and nothing is known.

    The last axis is that of the points.
    """
    if weights is None and sigma is None:
        return None
    name, given = ("sigma", sigma) if weights is None else ("weights", weights)
    values = (
        np.full(shape[-1:], float(given))
        if np.isscalar(given) and not isinstance(given, str)
        else numbers(given, name)
    )
    try:
        np.broadcast_shapes(values.shape, shape)
        broadcast = np.broadcast_to(values, (*values.shape[:-1], shape[-1]))
    except ValueError:
        raise DataError(
            f"{name} has shape {values.shape} and y has {shape}; give one entry for each point"
        ) from None
    _check_weights(name, values)
    return 1 / broadcast**2 if name == "sigma" else broadcast


def _check_weights(name: str, values: np.ndarray) -> None:
    known = name == "sigma"
    with np.errstate(invalid="ignore"):
        least = float(values.min(initial=np.inf))
        if (least > 0 or (least == 0 and not known)) and values.max(initial=0.0) < np.inf:
            return
    flat = values.reshape(-1, values.shape[-1])
    wrong = ~(flat > 0) if known else ~(flat >= 0)
    wrong |= np.isinf(flat)
    series = int(np.argmax(wrong.any(axis=1)))
    kind = "positive" if known else "zero or positive"
    where = listed(np.flatnonzero(wrong[series]), flat[series])
    if values.ndim > 1:
        index = tuple(int(i) for i in np.unravel_index(series, values.shape[:-1]))
        where += f", of series {index[0] if len(index) == 1 else index}"
    raise DataError(f"{name} must be {kind} and finite: {where}; correct or leave out the points")


def check_shapes(
    points: np.ndarray, values: np.ndarray, weight: np.ndarray | None
) -> tuple[int, ...]:
    """Return the table's shape, () for one series; a `DataError` where x and y do not match."""
    n_x, n_y = points.shape[-1], values.shape[-1]
    if n_x != n_y and values.shape == (n_x, 1):
        raise DataError(
            f"y has shape {values.shape}, {n_x} series of one point; give one series as y[:, 0], "
            "and a column of a data frame as table['name']"
        )
    if n_x != n_y:
        raise DataError(
            f"x has {n_x} points and y has {n_y}; give both for every point, with NaN where y is "
            "missing"
        )
    if n_y == 0:
        raise DataError("x and y have no points; there is nothing to fit")
    if points.ndim == 2 and values.ndim == 1 and (weight is None or weight.ndim == 1):
        return ()
    try:
        shape = np.broadcast_shapes(points.shape[:-2], values.shape[:-1])
    except ValueError:
        raise DataError(
            f"x holds {points.shape[:-2]} series and y {values.shape[:-1]}; give one x for all, or "
            "one for each series"
        ) from None
    return shape if weight is None else np.broadcast_shapes(shape, weight.shape[:-1])


def check_series(
    curve: Curve,
    settings: Settings,
    points: np.ndarray,
    values: np.ndarray,
    weight: np.ndarray | None,
) -> None:
    """Raise a `DataError` for a series that this curve cannot be fitted to."""
    for name, column in zip(curve.regressors, points, strict=True):
        _refuse(
            np.isinf(column), column, f"x ({name})", "is infinite", "correct it or leave it out"
        )
    _refuse(np.isinf(values), values, "y", "is infinite", "correct it, or put NaN if it is missing")
    usable = np.isfinite(values) & np.isfinite(points).all(axis=0)
    if weight is not None:
        usable &= weight > 0
    n = int(usable.sum())
    if n == 0:
        raise DataError(
            f"none of the {len(values)} points can be used: in every row x or y is NaN, or the "
            "weight is 0; check which column was read"
        )
    _check_count(curve, settings, n)
    _check_domain(curve, settings, points, values, usable)
    if np.ptp(values[usable]) == 0:
        raise DataError(
            f"y is constant (all {n} usable values are {values[usable][0]:.6g}), so it shows no "
            f"change to fit {curve.name} to; check which column was read"
        )
    steady = curve.steady or (False,) * len(points)
    for name, column, may_be in zip(curve.regressors, points, steady, strict=True):
        if np.ptp(column[usable]) == 0 and not may_be:
            others = ", or a curve without it" if len(points) > 1 else ""
            raise DataError(
                f"x ({name}) is constant (all {n} usable values are {column[usable][0]:.6g}); "
                f"{curve.name} needs points at different {name}{others}"
            )


def _check_count(curve: Curve, settings: Settings, n: int) -> None:
    free = settings.free(curve)
    wanted = max(int(free.sum()), 2)
    if n >= wanted:
        return
    names = ", ".join(
        name for name, is_free in zip(curve.param_names, free, strict=True) if is_free
    )
    points = "1 usable point" if n == 1 else f"{n} usable points"
    raise DataError(
        f"y has {points}, and {curve.name} needs at least {wanted} (it estimates {names}); add "
        "points, fix a parameter with fixed=, or choose a curve with fewer"
    )


def _check_domain(
    curve: Curve, settings: Settings, points: np.ndarray, values: np.ndarray, usable: np.ndarray
) -> None:
    if settings.error_model == "multiplicative":
        _refuse(
            usable & (values <= 0),
            values,
            "y",
            "is zero or negative, which has no logarithm",
            "correct it, or choose error_model='additive'",
        )
    elif settings.error_model == "logit":
        _refuse(
            usable & ((values <= 0) | (values >= settings.ceiling)),
            values,
            "y",
            f"is not between 0 and upper={settings.ceiling:g}",
            "correct it (shares in per cent: divide them by 100; no share yet: leave it out), or "
            "choose error_model='additive'"
            if curve.of_shares
            else "correct it, set upper=, or choose error_model='additive'",
        )
    elif settings.error_model == "binomial":
        _refuse(
            usable & ((values < 0) | (values > settings.ceiling)),
            values,
            "y",
            f"is no share of upper={settings.ceiling:g}",
            "give successes divided by trials, or set upper=",
        )
    for name, column, positive in zip(curve.regressors, points, curve.positive, strict=False):
        if positive:
            _refuse(
                usable & (column <= 0),
                column,
                f"x ({name})",
                f"is zero or negative, where {curve.name} is not defined",
                "correct it or leave it out",
            )


def _refuse(bad: np.ndarray, values: np.ndarray, name: str, what: str, remedy: str) -> None:
    if bad.any():
        raise DataError(f"{name} {what} in {listed(np.flatnonzero(bad), values)}; {remedy}")
