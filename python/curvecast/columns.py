# SPDX-License-Identifier: GPL-3.0-or-later
"""Read columns of numbers from a CSV file, or say which cell is wrong and what to do about it."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .data import decimal_years
from .errors import ArgumentError, DataError, nearest

__all__ = ["number_of", "read_columns", "read_header", "read_lines"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_QUARTER = re.compile(r"(\d{4})[- ]?Q([1-4])")
_REMEDY = "correct it, or leave the cell empty where the value is missing"
# What else stands where a number should, and what to do about it.
_REMEDIES = (
    (
        re.compile(r"\d{1,3}(,\d{3})"),
        "write it without separators, or, if the comma is a decimal point, with a point",
    ),
    (re.compile(r"\d{1,3}([,' _]\d{3})+(\.\d+)?"), "write it without separators"),
    (re.compile(r"[+-]?[\d.]+,\d+"), "write the decimal comma as a point"),
    (
        re.compile(r"[+-]?[\d.]+ ?%"),
        "write the number alone, or for a curve of shares a hundredth of it",
    ),
    (
        re.compile(r"FY ?\d{2,4}|\d{4}[/-]\d{2,4}|\d{1,2}[./]\d{1,2}[./]\d{2,4}"),
        "write a year as 2010, a quarter as 2010Q1, or a day as 2010-03-31",
    ),
    (re.compile(r"\W? ?[+-]?\d[\d.,]*\D*"), "write the number alone, the unit into the header"),
)


def read_columns(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the named columns of a CSV file whose first line is its header.

    Parameters
    ----------
    path : Path
        UTF-8 text, commas between the columns, points in the numbers.
    names : sequence of str
        The columns wanted, as the header spells them.

    Returns
    -------
    dict of str to numpy.ndarray
        Float64, one entry a data line. An empty cell is NaN, a day (YYYY-MM-DD) a decimal year, a
        quarter (YYYYQn) the year and as many quarters as have passed.

    Raises
    ------
    ArgumentError
        If there is no such file, or the header has no such column (the nearest is suggested).
    DataError
        If the file is no CSV file or a cell is no number; file, line and column are named.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "modules.csv"
    ...     _ = path.write_text("year,price\\n2020,0.25\\n2021,\\n", "utf-8")
    ...     read_columns(path, ["price"])
    {'price': array([0.25,  nan])}
    """
    (_, header), *data = lines = _lines(path)
    places = {name: _place(path, lines, name) for name in names}
    if not data:
        raise DataError(f"{path}: there is a header and no line of data after it")
    for line, cells in data:
        if len(cells) != len(header):
            count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
            remedy = "put quotes around a cell that contains a comma"
            if len(cells) < len(header):
                remedy = "complete the line, or delete it if it is no row of the table"
            raise DataError(
                f"{path}: line {line} has {count} and the header has {len(header)}; {remedy}"
            )
    return {
        name: np.array([_number(path, line, name, cells[place]) for line, cells in data])
        for name, place in places.items()
    }


def read_header(path: Path) -> list[str]:
    """Return the names of a CSV file's columns, in their order.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ArgumentError
        If there is no such file.
    DataError
        If the file is no CSV file, or is empty.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "modules.csv"
    ...     _ = path.write_text("year, price\\n2020,0.25\\n", "utf-8")
    ...     read_header(path)
    ['year', 'price']
    """
    return [cell.strip() for cell in _lines(path)[0][1]]


def read_lines(path: Path) -> list[int]:
    """Return the line of the file on which each row of data stands; see `read_columns`.

    Parameters
    ----------
    path : Path

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "modules.csv"
    ...     _ = path.write_text('year,"price\\n(USD)"\\n2020,0.25\\n', "utf-8")
    ...     read_lines(path)
    [3]
    """
    return [line for line, _ in _lines(path)[1:]]


def number_of(text: str) -> float:
    """Return the number, day or quarter that a text is; a `ValueError` where it is none.

    Parameters
    ----------
    text : str
        Without spaces around it.

    Examples
    --------
    >>> number_of("2.5e3"), number_of("2020-07-02"), number_of("2020Q3")
    (2500.0, 2020.5, 2020.5)
    """
    quarter = _QUARTER.fullmatch(text)
    if quarter:
        return int(quarter[1]) + (int(quarter[2]) - 1) / 4
    if _DATE.fullmatch(text):
        return float(decimal_years(np.array([text], dtype="datetime64[D]"))[0])
    return float(text)


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return (line number, cells) of every line up to the last that is not empty; there is one."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, cells) for cells in reader]
    except FileNotFoundError:
        raise ArgumentError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ArgumentError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: is not UTF-8 text; save it as CSV with UTF-8 encoding") from None
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num} is not CSV: {error}") from None
    while lines and not any(cell.strip() for cell in lines[-1][1]):
        lines.pop()
    if not lines:
        raise DataError(f"{path}: the file is empty; its first line must name the columns")
    # An empty line inside is a row of missing values, so that row numbers and line numbers agree.
    return [(line, cells or [""] * len(lines[0][1])) for line, cells in lines]


def _place(path: Path, lines: list[tuple[int, list[str]]], name: str) -> int:
    columns = [cell.strip() for cell in lines[0][1]]
    if columns.count(name) == 1:
        return columns.index(name)
    if name in columns:
        raise DataError(f"{path}: line 1 has more than one column {name!r}; rename all but one")
    if len(columns) == 1 and (";" in columns[0] or "\t" in columns[0]):
        raise DataError(
            f"{path}: line 1 is a single column {columns[0]!r}; "
            "save the file with commas between the columns and points in the numbers"
        )
    below = next((line for line, cells in lines[1:] if name in map(str.strip, cells)), None)
    if below is not None:
        raise DataError(
            f"{path}: line 1 has no column {name!r}, and line {below} has; the first line must be "
            "the header, so delete what stands above it"
        )
    known = [column for column in columns if column]
    raise ArgumentError(f"{path}: there is no column {name!r}; {nearest(name, known)}")


def _number(path: Path, line: int, column: str, cell: str) -> float:
    text = cell.strip()
    if not text:
        return math.nan
    try:
        value = number_of(text)
    except ValueError:
        remedy = next((told for like, told in _REMEDIES if like.fullmatch(text)), _REMEDY)
        raise DataError(
            f"{path}: line {line}, column {column!r}: {text!r} is not a number; {remedy}"
        ) from None
    if math.isinf(value):
        raise DataError(f"{path}: line {line}, column {column!r}: {text!r} is infinite; {_REMEDY}")
    return value
