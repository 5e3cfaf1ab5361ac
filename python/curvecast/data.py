# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn what users hold (lists, Series, dates, dicts) into arrays of floats, or say why not.

Rows are counted from 0, as NumPy and pandas count them, and every message says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from .errors import ArgumentError, DataError, nearest

__all__ = [
    "decimal_years",
    "freeze",
    "generator",
    "label",
    "labels_of",
    "listed",
    "numbers",
    "regressors",
    "rows_named",
    "series",
]

_SHOWN = 5
_FLOAT = np.dtype(np.float64)


def label(values: Any) -> str | None:
    """Return the name that a pandas Series carries, or None."""
    name = getattr(values, "name", None)
    return name if isinstance(name, str) and name else None


def labels_of(x: Any, y: Any, names: Sequence[str]) -> tuple[str | None, ...]:
    """Return the names that the columns carry, or None: of each regressor, then of y.

    Examples
    --------
    >>> class Column(list):
    ...     name = "tokens"
    >>> labels_of({"N": [1], "D": Column([2])}, [3], ("N", "D"))
    (None, 'tokens', None)
    """
    if isinstance(x, Mapping):
        return *(label(x.get(name)) for name in names), label(y)
    return label(x), *(None,) * (len(names) - 1), label(y)


# What rows are called where they come from the lines of a file.
_rows: ContextVar[Sequence[str] | None] = ContextVar("rows", default=None)


@contextmanager
def rows_named(names: Sequence[str]) -> Iterator[None]:
    """Have messages speak of lines with these names instead of rows counted from 0.

    Examples
    --------
    >>> with rows_named(["2", "3", "5"]):
    ...     print(listed([0, 2]))
    lines 2 and 5
    """
    token = _rows.set(names)
    try:
        yield
    finally:
        _rows.reset(token)


def listed(rows: Any, values: np.ndarray | None = None) -> str:
    """Name rows, and their values, in a sentence: ``rows 0 (-1) and 4 (0), counting from 0``."""
    rows, names = np.asarray(rows), _rows.get()
    word, origin = ("row", ", counting from 0") if names is None else ("line", "")
    shown = [
        (f"{row}" if names is None else names[row])
        + ("" if values is None else f" ({float(values[row]):.6g})")
        for row in rows[:_SHOWN]
    ]
    if len(rows) > _SHOWN:
        text = ", ".join(shown) + f" and {len(rows) - _SHOWN} more"
    else:
        text = " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
    return f"{word}{'s' if len(rows) > 1 else ''} {text}{origin}"


def decimal_years(dates: Any) -> np.ndarray:
    """Return dates as years with a fraction.

    Parameters
    ----------
    dates : array_like of datetime64
        Any shape; NaT gives NaN.

    Returns
    -------
    numpy.ndarray of float
        The year plus the share of it that has passed, leap years included.

    Examples
    --------
    >>> import numpy as np
    >>> print(decimal_years(np.array(["2023-01-01", "2024-07-02"], dtype="datetime64[D]")))
    [2023.  2024.5]
    """
    dates = np.asarray(dates, dtype="datetime64[us]")
    start = dates.astype("datetime64[Y]")
    day = np.timedelta64(1, "D")
    passed = (dates - start.astype("datetime64[us]")) / day
    length = (
        (start + 1).astype("datetime64[D]").astype("datetime64[us]")
        - start.astype("datetime64[us]")
    ) / day
    year = start.astype(float) + 1970.0
    year[np.isnat(dates)] = np.nan
    return year + passed / length


def numbers(values: Any, name: str) -> np.ndarray:
    """Return `values` as a float64 array of at least one axis.

    Missing entries (None, ``pandas.NA``, masked) become NaN; dates become decimal years.

    Parameters
    ----------
    values : array_like
        Numbers or dates.
    name : str
        What to call them in an error.

    Returns
    -------
    numpy.ndarray
        A copy only where a conversion needs one.

    Raises
    ------
    DataError
        If an entry is text, complex or an object that is no number; its row is named.

    Examples
    --------
    >>> numbers([1, None, 3], "y")
    array([ 1., nan,  3.])
    """
    if type(values) is np.ndarray and values.dtype is _FLOAT and values.ndim:
        return values
    if isinstance(values, np.ma.MaskedArray):
        values = values.astype(float).filled(np.nan)
    if isinstance(values, (str, bytes)) or np.isscalar(values) or values is None:
        raise DataError(f"{name} is {values!r}; give a sequence of numbers, one for each point")
    if isinstance(values, Mapping):
        raise DataError(f"{name} is a dict; give a sequence of numbers, one for each point")
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(
            f"{name} holds rows of different lengths; pad the shorter ones with NaN"
        ) from None
    kind = array.dtype.kind
    if kind in "fiub":
        result = array.astype(np.float64, copy=False)
    elif kind == "M":
        result = decimal_years(array)
    elif kind in "OUS":
        # NumPy has turned the numbers of a mixed list into text: look at the entries themselves.
        entries = array if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
        result = _from_objects(entries, name)
    else:
        what = {"c": "complex numbers", "m": "time differences"}.get(kind, f"{array.dtype} values")
        raise DataError(f"{name} holds {what}; convert them to plain numbers first")
    if result.ndim == 0:
        raise DataError(f"{name} is a single value; give a sequence of numbers, one for each point")
    return result


def _from_objects(array: np.ndarray, name: str) -> np.ndarray:
    result = np.empty(array.shape, dtype=float)
    for index, entry in np.ndenumerate(array):
        try:
            result[index] = _number(entry)
        except (TypeError, ValueError):
            if not index:
                raise DataError(
                    f"{name} is a {type(entry).__name__}; give a sequence of numbers, one for each "
                    "point"
                ) from None
            row = index[0] if len(index) == 1 else index
            shown = str(entry) if isinstance(entry, str) else entry
            raise DataError(
                f"row {row} of {name} is {shown!r} (counting from 0), not a number; "
                f"{_remedy(entry)}"
            ) from None
    return result


def _remedy(entry: Any) -> str:
    """Return what to do about an entry that is no number: text may be one, or a date."""
    from .dates import date_of

    if isinstance(entry, str):
        if date_of(entry.strip()) is not None:
            return "convert dates with pandas.to_datetime, or to numpy.datetime64"
        try:
            float(entry)
        except ValueError:
            pass
        else:
            return "it is text: convert it with numpy.asarray(values, dtype=float)"
    return "correct it, or put NaN where the value is missing"


def _number(entry: Any) -> float:
    if entry is None or type(entry).__name__ in ("NAType", "NaTType"):
        return np.nan
    if isinstance(entry, (str, bytes, complex)):
        raise TypeError
    if hasattr(entry, "start_time"):  # a pandas Period
        entry = entry.start_time
    if hasattr(entry, "year") and hasattr(entry, "month"):
        date = entry.replace(tzinfo=None) if getattr(entry, "tzinfo", None) else entry
        return float(decimal_years(np.array([np.datetime64(date, "us")]))[0])
    return float(entry)


def series(values: Any, name: str) -> np.ndarray:
    """Return `values` as one series: a float64 array with exactly one axis."""
    array = numbers(values, name)
    if array.ndim != 1:
        raise DataError(
            f"{name} has shape {array.shape}; one series is wanted here, so give a single axis"
        )
    return array


def regressors(values: Any, names: Sequence[str], curve: str, argument: str = "x") -> np.ndarray:
    """Stack a curve's regressors on the last axis but one: shape (..., r, n).

    Parameters
    ----------
    values : array_like, dict or pandas.DataFrame
        One array, (..., n), for a curve of one regressor; otherwise arrays by name.
    names : sequence of str
        The curve's regressors, in its order.
    curve : str
        Its name, for the error.
    argument : str, optional
        What the caller calls `values`.

    Returns
    -------
    numpy.ndarray
        Float64, shape (..., r, n).

    Raises
    ------
    ArgumentError
        If a name is missing or unknown (the nearest is suggested).
    DataError
        If an entry is no number or the lengths differ.
    """
    if type(values) is np.ndarray and len(names) == 1:
        return numbers(values, argument)[..., np.newaxis, :]
    by_name = isinstance(values, Mapping) or hasattr(values, "columns")
    if not by_name:
        if len(names) > 1:
            wanted = ", ".join(f'"{name}": ...' for name in names)
            raise ArgumentError(
                f"{curve} has {len(names)} regressors; give {argument} as a dict: {{{wanted}}}"
            )
        return numbers(values, argument)[..., np.newaxis, :]
    given = list(values.columns) if hasattr(values, "columns") else list(values)
    if not hasattr(values, "columns"):
        for name in given:
            if name not in names:
                raise ArgumentError(
                    f"{argument} has the key {name!r}, which is no regressor of {curve}; "
                    f"{nearest(name, names)}"
                )
    missing = [name for name in names if name not in given]
    if missing:
        raise ArgumentError(
            f"{argument} lacks {', '.join(map(repr, missing))}; "
            f"{curve} needs {', '.join(map(repr, names))}, and {argument} has "
            f"{', '.join(map(repr, given)) or 'nothing'}"
        )
    columns = [numbers(values[name], f"{argument}[{name!r}]") for name in names]
    lengths = {name: column.shape[-1] for name, column in zip(names, columns, strict=True)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{argument}[{name!r}] has {n}" for name, n in lengths.items())
        raise DataError(f"the regressors differ in length: {told}; give each point all of them")
    return np.stack(np.broadcast_arrays(*columns), axis=-2)


def freeze(result: Any) -> None:
    """Make every array that a result holds read-only, as the result itself is."""
    for held in vars(result).values():
        parts = tuple(held.values()) if isinstance(held, dict) else held
        for part in parts if isinstance(parts, tuple) else (parts,):
            if isinstance(part, np.ndarray):
                part.flags.writeable = False


def generator(seed: Any) -> np.random.Generator:
    """Return NumPy's PCG64 generator for a seed, which is a whole number of 0 or more."""
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool) or seed < 0:
        raise ArgumentError(f"seed is {seed!r}; give a whole number, 0 or more")
    return np.random.Generator(np.random.PCG64(int(seed)))
