# SPDX-License-Identifier: GPL-3.0-or-later
"""Read days, months, quarters and halves of a year as people write them, as decimal years."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from .data import decimal_years

__all__ = ["ORDERS", "date_of", "order_of", "seasons"]

# Which comes first in 1/2/2020, by the letters of day and month.
ORDERS = ("dmy", "mdy")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORD = (
    r"(?P<word>jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?"
    r"|oct(ober)?|nov(ember)?|dec(ember)?)\.?"
)
_YEAR, _DAY = r"(?P<year>\d{4})", r"(?P<day>\d{1,2})"
_CLOCK = r"([T ](?P<clock>\d{2}:\d{2}(:\d{2}(\.\d+)?)?)Z?)?"
_WRITTEN = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}(?P<gap>[-/])(?P<month>\d{{1,2}})(?P=gap){_DAY}{_CLOCK}",
        rf"{_DAY}\.(?P<month>\d{{1,2}})\.{_YEAR}",
        rf"{_DAY}[- ]{_WORD}[- ]{_YEAR}",
        rf"{_WORD} {_DAY},? {_YEAR}",
        rf"{_YEAR}([-/]|-?M)(?P<month>\d{{2}})",
        rf"(?P<month>\d{{1,2}})/{_YEAR}",
        rf"{_WORD}[- ]{_YEAR}",
        rf"{_YEAR}[- ]{_WORD}",
        rf"{_YEAR}[-:. ]?Q(?P<quarter>[1-4])",
        rf"(Q(?P<quarter>[1-4])|(?P<quarter_>[1-4])Q)[- /]?{_YEAR}",
        rf"{_YEAR}[-:. ]?H(?P<half>[12])",
        rf"(H(?P<half>[12])|(?P<half_>[12])H)[- /]?{_YEAR}",
    )
]
_ORDERED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})")
_SEASON = re.compile(r"\d{2}(\d{2})[-/](\d{2})")


def date_of(text: str, order: str | None = None) -> float | None:
    """Return what a text says as a decimal year; None where it is no date.

    A day is the share of its year that has passed. A month, quarter or half of a year stands for
    its beginning: the year and as many twelfths, quarters or halves as have passed.

    Parameters
    ----------
    text : str
        Without spaces around it.
    order : {None, "dmy", "mdy"}, optional
        What comes first in a day such as 1/2/2020. Without it, such a text is no date where both
        could be the month and they differ.

    Examples
    --------
    >>> date_of("2020-07-02"), date_of("Q3 2020"), date_of("July 2020"), date_of("31.12.2010")
    (2020.5, 2020.5, 2020.5, 2010.9972602739726)
    >>> print(date_of("1/2/2020"), date_of("12 %"), round(date_of("1/2/2020", "dmy"), 4))
    None None 2020.0847
    """
    ordered = _ORDERED.fullmatch(text)
    if ordered:
        first, _, second, year = ordered.groups()
        mine = order or order_of([text]) or ("dmy" if first == second else None)
        day, month = (first, second) if mine == "dmy" else (second, first)
        return None if mine is None else _day(year, month, day)
    found = next((match for match in (each.fullmatch(text) for each in _WRITTEN) if match), None)
    if found is None:
        return None
    parts = {name: part for name, part in found.groupdict().items() if part}
    year = parts["year"]
    month = parts.get("month") or str(_MONTHS.index(parts.get("word", "jan")[:3].lower()) + 1)
    if "day" in parts:
        return _day(year, month, parts["day"], parts.get("clock"))
    if not 1 <= int(month) <= 12:
        return None
    quarter = parts.get("quarter") or parts.get("quarter_") or "1"
    half = parts.get("half") or parts.get("half_") or "1"
    return int(year) + (int(month) - 1) / 12 + (int(quarter) - 1) / 4 + (int(half) - 1) / 2


def _day(year: str, month: str, day: str, clock: str | None = None) -> float | None:
    text = f"{year}-{int(month):02d}-{int(day):02d}" + (f"T{clock}" if clock else "")
    try:
        return float(decimal_years(np.array([text], dtype="datetime64[us]"))[0])
    except ValueError:
        return None


def order_of(texts: Iterable[str]) -> str | None:
    """Return whether days written as 31/12/2020 begin with the day or the month, if they show it.

    Returns
    -------
    str or None
        ``"dmy"``, ``"mdy"``, or None where no text shows it or some show either.

    Examples
    --------
    >>> order_of(["1/2/2020", "1/31/2020"]), order_of(["31/1/2020"]), order_of(["1/2/2020"])
    ('mdy', 'dmy', None)
    """
    found = [match for match in map(_ORDERED.fullmatch, texts) if match]
    shown = {"dmy" for each in found if int(each[1]) > 12}
    shown |= {"mdy" for each in found if int(each[3]) > 12}
    return shown.pop() if len(shown) == 1 else None


def seasons(texts: Iterable[str]) -> bool:
    """Return whether all that could be months are rather seasons, such as 2010-11 and 2011-12.

    Examples
    --------
    >>> seasons(["2010-11", "2011-12"]), seasons(["2010-11", "2010-12"]), seasons(["2010"])
    (True, False, False)
    """
    found = [match for match in map(_SEASON.fullmatch, texts) if match]
    return bool(found) and all((int(each[1]) + 1) % 100 == int(each[2]) for each in found)
