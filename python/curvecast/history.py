# SPDX-License-Identifier: GPL-3.0-or-later
"""The past of points to predict, for curves of which a point depends on all earlier ones."""

from __future__ import annotations

import numpy as np

from .curves import Curve
from .errors import ArgumentError

__all__ = ["with_history"]


def with_history(curve: Curve, series: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return points with the fitted series put before them, where the curve looks back.

    Parameters
    ----------
    curve : Curve
    series : numpy.ndarray
        Regressors of the fit, (..., r, n), time first.
    points : numpy.ndarray
        Where the curve is wanted, (..., r, h). What is said here of a time of the series replaces
        what the series says.

    Returns
    -------
    numpy.ndarray
        Shape (..., r, h) or, for a curve that looks back, (..., r, n + h); the last h are those
        that were asked for.

    Raises
    ------
    ArgumentError
        If a point lies before the series: what was there then is not known.
    """
    if not curve.flags.get("looks_back"):
        return points
    seen, asked = series[..., 0, :], points[..., 0, :]
    first = np.nanmin(np.where(np.isfinite(series).all(axis=-2), seen, np.nan), axis=-1)
    if (asked < first[..., np.newaxis]).any():
        raise ArgumentError(
            f"{curve.name} cannot be predicted for {curve.regressors[0]} {np.nanmin(asked):.6g}: "
            f"what came before the first observation, at {np.min(first):.6g}, enters only as a "
            "whole; give later points"
        )
    again = (seen[..., :, np.newaxis] == asked[..., np.newaxis, :]).any(axis=-1)
    past = np.where(again[..., np.newaxis, :], np.nan, series)
    shape = np.broadcast_shapes(past.shape[:-1], points.shape[:-1])
    parts = [np.broadcast_to(each, (*shape, each.shape[-1])) for each in (past, points)]
    return np.concatenate(parts, axis=-1)
