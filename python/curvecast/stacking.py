# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of several technologies as one series, with the technology's number as a regressor.

Curves of several responses (shares that sum to one, generations that displace each other) see their
technologies one below the other: one row for each technology and time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .data import numbers
from .errors import ArgumentError, DataError, nearest

__all__ = ["stack"]


def stack(
    table: Any, time: Any, *, group: str = "technology", leave_out: str | None = None
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
        If a column is no numbers, or not as long as `time`.

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
    if leave_out is not None:
        columns[names.index(leave_out)][...] = np.nan
    x = {
        "time": np.tile(times, len(names)),
        group: np.repeat(np.arange(1.0, len(names) + 1), len(times)),
    }
    return x, np.concatenate(columns, axis=-1)
