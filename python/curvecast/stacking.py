# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of several technologies as one series, with the technology's number as a regressor.

Curves of several responses (shares that sum to one, generations that displace each other) see their
technologies one below the other: one row for each technology and time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .data import listed, numbers
from .errors import ArgumentError, DataError, nearest

if TYPE_CHECKING:
    from .curves import Curve

__all__ = ["group_of", "groups_of", "stack"]

# What curves of several responses call the regressor that numbers these.
_GROUPS = ("technology", "generation")
# How far the shares of one time may be from 1 in all: they are printed to some digits.
_ROUNDING = 0.02


def group_of(curve: Curve) -> str | None:
    """Return what a curve of several responses calls the regressor that numbers them, or None.

    Examples
    --------
    >>> import curvecast as cc
    >>> group_of(cc.curve("norton_bass_2")), group_of(cc.curve("bass"))
    ('generation', None)
    """
    return next((name for name in curve.regressors if name in _GROUPS), None)


def groups_of(curve: Curve) -> int:
    """Return how many responses a curve has, one where it does not number them.

    Examples
    --------
    >>> import curvecast as cc
    >>> groups_of(cc.curve("substitution_3"))
    3
    """
    return 1 if group_of(curve) is None else int(curve.name.rpartition("_")[2])


def stack(
    table: Any,
    time: Any,
    *,
    group: str = "technology",
    leave_out: str | None = None,
    from_launch: bool = False,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Stack one column for each technology into the rows that a curve of several responses takes.

    Parameters
    ----------
    table : dict or pandas.DataFrame
        Observations by technology, (n,) each, or (..., n) for a table of many series; NaN where
        missing. Their order numbers the technologies, from 1.
    time : array_like
        Times, (n,), the same for all technologies. Dates become decimal years.
    group : str, optional
        What the curve calls the regressor that numbers the technologies, such as ``"generation"``.
    leave_out : str, optional
        A technology whose observations become NaN. Where shares sum to one, one technology says
        nothing that the others have not said: counted as if it did, it makes standard errors too
        small. It keeps its number and can be predicted.
    from_launch : bool, optional
        Zeros before the first other observation of a technology become NaN: before its launch
        there was nothing to observe.

    Returns
    -------
    x : dict of str to numpy.ndarray
        ``"time"`` and `group`, (k n,) for k technologies: the rows of the first, then the second.
    y : numpy.ndarray
        Observations in the same order, (..., k n).

    Raises
    ------
    ArgumentError
        If `table` has no names, or `leave_out` is none of them.
    DataError
        If a column is no numbers, or not as long as `time`; or, with `leave_out`, if shares that
        are all known at a time do not sum to one.

    Examples
    --------
    >>> import curvecast as cc
    >>> share = {"horse": [0.9, 0.5, 0.2], "car": [0.1, 0.5, 0.8]}
    >>> x, y = cc.stack(share, [1910, 1920, 1930])
    >>> x["time"], x["technology"]
    (array([1910., 1920., 1930., 1910., 1920., 1930.]), array([1., 1., 1., 2., 2., 2.]))
    >>> y
    array([0.9, 0.5, 0.2, 0.1, 0.5, 0.8])
    """
    if not isinstance(table, Mapping) and not hasattr(table, "columns"):
        raise ArgumentError(
            "table has no names; give a dict of one column for each technology, or a DataFrame"
        )
    names = list(table.columns) if hasattr(table, "columns") else list(table)
    if not names:
        raise ArgumentError("table has no columns; give one for each technology")
    if len(set(names)) < len(names):
        raise ArgumentError("table has two columns of one name; rename one of them")
    if leave_out is not None and leave_out not in names:
        raise ArgumentError(
            f"leave_out is {leave_out!r}, which is no column of table; "
            f"{nearest(leave_out, list(map(str, names)))}"
        )
    if not isinstance(group, str) or group == "time":
        raise ArgumentError(f"group is {group!r}; give the name of a regressor other than 'time'")
    times = numbers(time, "time")
    if times.ndim != 1:
        raise DataError(f"time has shape {times.shape}; give one axis, the same for all columns")
    columns = [numbers(table[name], f"table[{name!r}]") for name in names]
    for name, column in zip(names, columns, strict=True):
        if column.shape[-1] != len(times):
            raise DataError(
                f"table[{name!r}] has {column.shape[-1]} points and time has {len(times)}; give "
                "every column a value for every time, with NaN where it is missing"
            )
    try:
        columns = [each.copy() for each in np.broadcast_arrays(*columns)]
    except ValueError:
        shapes = ", ".join(f"{name!r} {np.shape(table[name])}" for name in names)
        raise DataError(
            f"the columns of table differ in shape: {shapes}; give all the same"
        ) from None
    if from_launch:
        for column in columns:
            seen = np.cumsum(np.nan_to_num(column) != 0, axis=-1) > 0
            column[~seen & (column == 0)] = np.nan
    if leave_out is not None:
        _check_shares(columns)
        columns[names.index(leave_out)][...] = np.nan
    x = {
        "time": np.tile(times, len(names)),
        group: np.repeat(np.arange(1.0, len(names) + 1), len(times)),
    }
    return x, np.concatenate(columns, axis=-1)


def _check_shares(columns: list[np.ndarray]) -> None:
    """Refuse shares that are not those of one whole."""
    total = np.sum(columns, axis=0)
    total = total.reshape(-1, total.shape[-1])
    wrong = np.abs(total - 1) > _ROUNDING  # False where a share is missing
    if not wrong.any():
        return
    first = total[wrong][0]
    remedy = "add a column for the rest, or divide each by their sum"
    if abs(first - 100) <= 100 * _ROUNDING:
        remedy = "divide percentages by 100"
    raise DataError(
        f"the shares do not sum to 1 in {listed(np.flatnonzero(wrong.any(axis=0)))}, but to "
        f"{first:.4g} in the first of these; {remedy}"
    )
