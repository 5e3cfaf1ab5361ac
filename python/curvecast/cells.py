# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the cells of one column as numbers, or say which is none and what to do about it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from .dates import date_of, order_of, seasons
from .errors import CurvecastError

__all__ = ["CellError", "in_percent", "mark_of", "number_of", "numbers_of"]

# What pandas, R, spreadsheets, the World Bank, Eurostat and the United Nations write where a value
# is missing. A dash is not among them: in half of the tables of the world it is nothing, 0.
_MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "n.a", "#n/a", "<na>", "nan", "none", "null", "..", "...", ":"}
)
# What may stand between thousands besides the mark that is not the decimal one: spaces, also those
# that do not break, and the apostrophes of Switzerland.
_BETWEEN = " '’\u00a0\u2009\u202f"
# A number as it is written where the mark before its decimals is the point, or the comma.
_WRITTEN = {
    mark: re.compile(
        rf"[+-]?(\d+|\d{{1,3}}(?:([{re.escape(other)}{_BETWEEN}])\d{{3}})(?:\2\d{{3}})*)"
        rf"({re.escape(mark)}\d*)?([eE][+-]?\d+)?"
    )
    for mark, other in ((".", ","), (",", "."))
}
_DATE_REMEDY = (
    "write a year as 2010, a quarter as 2010Q1, a month as Jan 2010, or a day as 2010-03-31"
)
_REMEDY = (
    "correct it, leave the cell empty where the value is missing, or delete the line if it is no "
    "row of the table"
)
# What else stands where a number should, and what to do about it.
_REMEDIES = (
    (
        re.compile(r"(grand )?totals?|sum|average|mean|overall", re.IGNORECASE),
        "delete the line if it is no row of the table",
    ),
    (
        re.compile(r"[-–—−]+"),
        "write 0 where a dash means nothing, and leave the cell empty where the value is missing",
    ),
    (
        re.compile(r"FY ?'?\d{2,4}|\d{4}[/-]\d{2,4}|\d{1,2}[./]\d{1,2}[./]\d{2}", re.IGNORECASE),
        _DATE_REMEDY,
    ),
    (
        re.compile(
            r"(\d{1,2}[- ])?(Q[1-4]|[1-4]Q|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)"
            r"\.?[- ']{0,2}(FY ?)?'?\d{2,4}",
            re.IGNORECASE,
        ),
        _DATE_REMEDY,
    ),
    (
        re.compile(r"([A-Z]{3}|\W)? ?[+-]?\d[\d.,]*\D*"),
        "write the number alone, the unit into the header",
    ),
)
_DAY = re.compile(r"\d{1,2}[/-]\d{1,2}[/-]\d{4}")


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


def number_of(text: str, dates: str | None = None) -> float:
    """Return the number, day, month or quarter that a text is; a `ValueError` where it is none.

    Parameters
    ----------
    text : str
        Without spaces around it.
    dates : {None, "dmy", "mdy"}, optional
        What comes first in a day such as 1/2/2020; see `curvecast.dates.date_of`.

    Examples
    --------
    >>> number_of("2.5e3"), number_of("2020-07-02"), number_of("2020Q3")
    (2500.0, 2020.5, 2020.5)
    """
    try:
        return float(text)  # no date is a number, and most cells are
    except ValueError:
        date = date_of(text, dates)
        if date is None:
            raise
        return date


def numbers_of(
    cells: Sequence[str], decimal: str | None = None, dates: str | None = None
) -> np.ndarray:
    """Return the numbers of a column; NaN where a cell is empty or says that it has none.

    Whether a comma stands before decimals or between thousands is decided by the cells that can be
    read in one way only, such as ``1,5`` or ``1,234.5``, and so is what comes first in a day such
    as ``1/2/2020``.

    Parameters
    ----------
    cells : sequence of str
        Shape (n,).
    decimal : {None, ".", ","}, optional
        The mark before the decimals; by default what the column shows.
    dates : {None, "dmy", "mdy"}, optional
        What comes first in a day, the day or the month; by default what the column shows.

    Returns
    -------
    numpy.ndarray
        Float64, (n,). A day is a decimal year; a month, quarter or half of a year the year and as
        many of them as have passed. Where every number has a per cent sign, it is the number
        before that sign.

    Raises
    ------
    CellError
        For the first cell that is no number, is infinite, or can be read in two ways.

    Examples
    --------
    >>> numbers_of(["1,5", "", "1.200,25"])
    array([   1.5 ,     nan, 1200.25])
    """
    texts = [_usual(cell) for cell in cells]
    given = [text for text in texts if text.lower() not in _MISSING]
    percent, months = in_percent(given), not seasons(given)
    if percent:
        texts = [text.removesuffix("%").rstrip() for text in texts]
    mark, order = decimal or mark_of(texts) or _only_points(texts), dates or order_of(texts)
    numbers = np.empty(len(texts))
    for row, text in enumerate(texts):
        if text.lower() in _MISSING:
            numbers[row] = math.nan
            continue
        try:
            if not months and seasons([text]):
                raise ValueError
            numbers[row] = number_of(_plain(text, mark), order)
        except ValueError:
            raise CellError(row, f"{cells[row].strip()!r} {_fault(text, order)}") from None
        if math.isinf(numbers[row]):
            raise CellError(row, f"{text!r} is infinite; {_REMEDY}")
    return numbers


def in_percent(cells: Sequence[str]) -> bool:
    """Return whether every number of a column has a per cent sign.

    Examples
    --------
    >>> in_percent(["45%", "", "50 %"]), in_percent(["45%", "50"]), in_percent([""])
    (True, False, False)
    """
    given = [text for text in map(str.strip, cells) if text.lower() not in _MISSING]
    return bool(given) and all(text.endswith("%") and text != "%" for text in given)


def mark_of(cells: Sequence[str]) -> str | None:
    """Return the mark before decimals that cells show, or None where they show none or both.

    Examples
    --------
    >>> mark_of(["1,5", "1.200"]), mark_of(["1,250", "2"]), mark_of(["3.45"])
    (',', None, '.')
    """
    texts = [_usual(cell).removesuffix("%").rstrip() for cell in cells]
    shown = {
        mark
        for text in texts
        for mark, other in ((".", ","), (",", "."))
        if _WRITTEN[mark].fullmatch(text) and not _WRITTEN[other].fullmatch(text)
    }
    return shown.pop() if len(shown) == 1 else None


def _only_points(texts: Sequence[str]) -> str | None:
    """Return the point where no comma makes one doubt that it stands before decimals."""
    return None if any("," in text for text in texts) else "."


def _usual(cell: str) -> str:
    """Return a cell without spaces around it, and with the minus sign of a keyboard."""
    return cell.strip().replace("\u2212", "-")


def _plain(text: str, mark: str | None) -> str:
    """Return a number as Python writes it, if it is one by this mark; any other text as it is."""
    if mark is None or not _WRITTEN[mark].fullmatch(text):
        return text
    between = _BETWEEN + ("," if mark == "." else ".")
    return "".join(each for each in text if each not in between).replace(mark, ".")


def _fault(text: str, order: str | None) -> str:
    """Return what is wrong with a text that is not read as a number, and what to do about it."""
    if _DAY.fullmatch(text) and order is None:
        return (
            "is one day if the day comes first and another if the month does, and the column does "
            "not show which; say --dates dmy (the day first) or --dates mdy"
        )
    if _DAY.fullmatch(text):
        first, other = ("day", "mdy") if order == "dmy" else ("month", "dmy")
        return f"is no day if the {first} comes first; correct it, or say --dates {other}"
    if any(written.fullmatch(text) for written in _WRITTEN.values()):
        return (
            "is one number if the comma stands before decimals and another if it stands between "
            "thousands, and the column shows both or neither; say --decimal , (decimals) or "
            "--decimal . (thousands)"
        )
    if text.endswith("%"):
        return (
            "has a per cent sign and other cells of the column have none; write all of them in one "
            "way"
        )
    remedy = next((told for like, told in _REMEDIES if like.fullmatch(text)), _REMEDY)
    return f"is not a number; {remedy}"
