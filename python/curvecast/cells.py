# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the cells of one column as numbers, or say which is none and what to do about it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from .data import decimal_years
from .errors import CurvecastError

__all__ = ["CellError", "number_of", "numbers_of"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_QUARTER = re.compile(r"(\d{4})[- ]?Q([1-4])")
# What pandas, R, spreadsheets and the World Bank write where a value is missing.
_MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", ".."})
# A number as it is written where the mark before its decimals is the point, or the comma; whatever
# is not the mark may stand between thousands.
_WRITTEN = {
    mark: re.compile(
        rf"[+-]?(\d+|\d{{1,3}}({re.escape(other)}\d{{3}})+)({re.escape(mark)}\d*)?([eE][+-]?\d+)?"
    )
    for mark, other in ((".", ","), (",", "."))
}
_REMEDY = "correct it, or leave the cell empty where the value is missing"
# What else stands where a number should, and what to do about it.
_REMEDIES = (
    (re.compile(r"\d{1,3}([' _]\d{3})+(\.\d+)?"), "write it without separators"),
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


class CellError(CurvecastError):
    """A cell that is no number.

    Attributes
    ----------
    row : int
        Where it stands in the column, from 0.
    told : str
        What it is instead, and what to do about it.
    """

    def __init__(self, row: int, told: str) -> None:
        super().__init__(told)
        self.row, self.told = row, told


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


def numbers_of(cells: Sequence[str], decimal: str | None = None) -> np.ndarray:
    """Return the numbers of a column; NaN where a cell is empty or says that it has none.

    Whether a comma stands before decimals or between thousands is decided by the cells that can be
    read in one way only, such as ``1,5`` or ``1,234.5``.

    Parameters
    ----------
    cells : sequence of str
        Shape (n,).
    decimal : {None, ".", ","}, optional
        The mark before the decimals; by default what the column shows.

    Returns
    -------
    numpy.ndarray
        Float64, (n,). A day (YYYY-MM-DD) is a decimal year, a quarter (YYYYQn) the year and as
        many quarters as have passed.

    Raises
    ------
    CellError
        For the first cell that is no number, is infinite, or can be read in two ways.

    Examples
    --------
    >>> numbers_of(["1,5", "", "1.200,25"])
    array([   1.5 ,     nan, 1200.25])
    """
    texts = [cell.strip() for cell in cells]
    mark = decimal or _mark(texts)
    numbers = np.empty(len(texts))
    for row, text in enumerate(texts):
        if text.lower() in _MISSING:
            numbers[row] = math.nan
            continue
        try:
            numbers[row] = number_of(_plain(text, mark))
        except ValueError:
            raise CellError(row, f"{text!r} {_fault(text)}") from None
        if math.isinf(numbers[row]):
            raise CellError(row, f"{text!r} is infinite; {_REMEDY}")
    return numbers


def _mark(texts: Sequence[str]) -> str | None:
    """Return the mark before decimals that a column shows, or None: no comma, or no evidence."""
    if not any("," in text for text in texts):
        return "."
    shown = {
        mark
        for text in texts
        for mark, other in ((".", ","), (",", "."))
        if _WRITTEN[mark].fullmatch(text) and not _WRITTEN[other].fullmatch(text)
    }
    return shown.pop() if len(shown) == 1 else None


def _plain(text: str, mark: str | None) -> str:
    """Return a number as Python writes it, if it is one by this mark; any other text as it is."""
    if mark is None or not _WRITTEN[mark].fullmatch(text):
        return text
    return text.replace("," if mark == "." else ".", "").replace(mark, ".")


def _fault(text: str) -> str:
    """Return what is wrong with a text that is not read as a number, and what to do about it."""
    if any(written.fullmatch(text) for written in _WRITTEN.values()):
        return (
            "is one number if the comma stands before decimals and another if it stands between "
            "thousands, and the column shows both or neither; say --decimal , or --decimal ."
        )
    remedy = next((told for like, told in _REMEDIES if like.fullmatch(text)), _REMEDY)
    return f"is not a number; {remedy}"
