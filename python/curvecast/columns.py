# SPDX-License-Identifier: GPL-3.0-or-later
"""Read columns of numbers from a CSV file, or say which cell is wrong and what to do about it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from .cells import CellError, in_percent, mark_of, numbers_of
from .errors import ArgumentError, DataError, nearest

__all__ = ["Sheet", "read_sheet"]

# What a line that adds up the others is called.
_TOTAL = re.compile(r"(grand )?totals?", re.IGNORECASE)
_PERHAPS = re.compile(r"sum|average|mean|overall", re.IGNORECASE)
_YEAR = re.compile(r"(19|20)\d\d")
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class Sheet:
    """The cells of a CSV file whose first line is its header.

    Attributes
    ----------
    path : Path
    header : list of str
        Names of the columns, in their order.
    lines : list of int
        The line of the file on which each row stands, (n,).
    rows : list of list of str
        The cells of each row, (n, columns).
    delimiter : str
        What stands between cells, in a word.
    decimal : str or None
        The mark before the decimals of its numbers; None: what each column shows, and where one
        shows nothing, what all others show.
    dates : str or None
        What comes first in a day such as 1/2/2020, ``"dmy"`` or ``"mdy"``; None: what each column
        shows.
    """

    path: Path
    header: list[str]
    lines: list[int]
    rows: list[list[str]]
    delimiter: str
    decimal: str | None
    dates: str | None = None

    def column(self, name: str) -> np.ndarray:
        """Return a column as numbers, float64, (n,); see `curvecast.cells.numbers_of`.

        Parameters
        ----------
        name : str
            As the header spells it.

        Raises
        ------
        ArgumentError
            If the header has no such column (the nearest is suggested).
        DataError
            If a cell is no number; file, line and column are named.
        """
        cells = self.text(name)
        self._without_total()
        mark = self.decimal or mark_of(cells)
        if mark is None and any("," in cell or "." in cell for cell in cells):
            mark = self._mark
        try:
            return numbers_of(cells, mark, self.dates)
        except CellError as error:
            raise DataError(
                f"{self.path}: line {self.lines[error.row]}, column {name!r}: {error.told}"
            ) from None

    def in_percent(self, name: str) -> bool:
        """Return whether every number of a column has a per cent sign.

        Parameters
        ----------
        name : str
            As the header spells it.
        """
        return in_percent(self.text(name))

    @cached_property
    def _mark(self) -> str | None:
        """The mark before decimals where all columns that show one show the same."""
        if not any("," in cell for row in self.rows for cell in row):
            return None  # nothing but points
        columns = zip(*(row for row in self.rows if len(row) == len(self.header)), strict=True)
        shown = {mark_of(cells) for cells in columns} - {None}
        return shown.pop() if len(shown) == 1 else None

    def _without_total(self) -> None:
        """Refuse a last line that adds up the others, though its numbers could be read."""
        for k, cell in enumerate(map(str.strip, self.rows[-1])):
            if not (_TOTAL.fullmatch(cell) or _PERHAPS.fullmatch(cell)):
                continue
            others = [row[k].strip() for row in self.rows[:-1]]
            total = _TOTAL.fullmatch(cell) and cell not in others
            # an average may be a kind of thing, but not among numbers
            if total or (_PERHAPS.fullmatch(cell) and any(each[:1].isdigit() for each in others)):
                raise DataError(
                    f"{self.path}: line {self.lines[-1]} has {cell!r} in column {self.header[k]!r} "
                    "and is no row like the others; delete it"
                )

    def text(self, name: str) -> list[str]:
        """Return the cells of a column as they stand, without spaces around them.

        Parameters
        ----------
        name : str
            As the header spells it.

        Raises
        ------
        ArgumentError
            If the header has no such column (the nearest is suggested).
        DataError
            If a line has more or fewer cells than the header.
        """
        place, width = self._place(name), len(self.header)
        for line, cells in zip(self.lines, self.rows, strict=True):
            if len(cells) != width:
                count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
                remedy = f"put quotes around a cell that contains a {self.delimiter}"
                if len(cells) < width:
                    remedy = "complete the line, or delete it if it is no row of the table"
                raise DataError(
                    f"{self.path}: line {line} has {count} and the header has {width}; {remedy}"
                )
        return [cells[place].strip() for cells in self.rows]

    def where(self, wanted: Mapping[str, str]) -> Sheet:
        """Return the rows that have these texts in these columns.

        Parameters
        ----------
        wanted : mapping of str to str
            The cell that is wanted, by column.

        Raises
        ------
        ArgumentError
            If there is no such column, or no row has that cell (the nearest is suggested).
        """
        kept = self
        for name, value in wanted.items():
            cells = kept.text(name)
            if value not in cells:
                known = list(dict.fromkeys(cell for cell in cells if cell))
                raise ArgumentError(
                    f"{self.path}: no row has {value!r} in column {name!r}; {nearest(value, known)}"
                )
            at = [row for row, cell in enumerate(cells) if cell == value]
            lines, rows = ([kept.lines[row] for row in at], [kept.rows[row] for row in at])
            kept = replace(kept, lines=lines, rows=rows)
        return kept

    def _place(self, name: str) -> int:
        if self.header.count(name) == 1:
            return self.header.index(name)
        if name in self.header:
            raise DataError(
                f"{self.path}: line 1 has more than one column {name!r}; rename all but one"
            )
        for line, cells in zip(self.lines, self.rows, strict=True):
            if name in map(str.strip, cells):
                raise DataError(
                    f"{self.path}: line 1 has no column {name!r}, and line {line} has; the first "
                    "line must be the header, so delete what stands above it"
                )
        known = [column for column in self.header if column]
        if len(self.header) == 1:
            raise DataError(
                f"{self.path}: there is no column {name!r}, as line 1 is one cell, "
                f"{self.header[0]!r}; put commas, semicolons, tabs or bars between the columns"
            )
        years = [column for column in known if _YEAR.fullmatch(column)]
        if len(years) > 2:
            raise ArgumentError(
                f"{self.path}: there is no column {name!r}, and {years[0]} to {years[-1]} are "
                "columns; turn the table so that each year is a row (a spreadsheet pastes it "
                "transposed, pandas has melt)"
            )
        raise ArgumentError(f"{self.path}: there is no column {name!r}; {nearest(name, known)}")


def read_sheet(path: Path, decimal: str | None = None, dates: str | None = None) -> Sheet:
    """Read a CSV file whose first line is its header.

    Parameters
    ----------
    path : Path
        UTF-8 text, or UTF-16 that says so; commas, semicolons, tabs or bars between the
        columns, whichever the header has.
    decimal : {None, ".", ","}, optional
        The mark before the decimals of its numbers; by default what the columns show.
    dates : {None, "dmy", "mdy"}, optional
        What comes first in a day such as 1/2/2020; by default what each column shows.

    Raises
    ------
    ArgumentError
        If there is no such file.
    DataError
        If the file is no CSV file, or has no line of data.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "modules.csv"
    ...     _ = path.write_text("year;price\\n2020;0,25\\n2021;\\n", "utf-8")
    ...     sheet = read_sheet(path)
    >>> sheet.header, sheet.lines
    (['year', 'price'], [2, 3])
    >>> sheet.column("price")
    array([0.25,  nan])
    """
    text = _text(path)
    delimiter = max(_DELIMITERS, key=lambda mark: len(_first(text, mark)))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num} is not CSV: {error}") from None
    while lines and not any(cell.strip() for cell in lines[-1][1]):
        lines.pop()
    if not lines:
        raise DataError(f"{path}: the file is empty; its first line must name the columns")
    header = [cell.strip() for cell in lines[0][1]]
    if len(lines) == 1:
        raise DataError(f"{path}: there is a header and no line of data after it")
    # An empty line inside is a row of missing values, so that row numbers and line numbers agree.
    rows = [cells or [""] * len(header) for _, cells in lines[1:]]
    numbers = [line for line, _ in lines[1:]]
    return Sheet(path, header, numbers, rows, _DELIMITERS[delimiter], decimal, dates)


def _text(path: Path) -> str:
    try:
        found = path.read_bytes()
        marked = found.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return found.decode("utf-16" if marked else "utf-8-sig")
    except FileNotFoundError:
        raise ArgumentError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ArgumentError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: is not UTF-8 text; save it as CSV UTF-8") from None


def _first(text: str, delimiter: str) -> list[str]:
    """Return the cells of the first line, none if it is no line of a file with this delimiter."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter), [])
    except csv.Error:
        return []
