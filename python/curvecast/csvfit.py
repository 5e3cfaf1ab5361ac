# SPDX-License-Identifier: GPL-3.0-or-later
"""From the words of the command line and the columns of a file to what is fitted to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .cells import number_of
from .columns import Sheet
from .curves import Curve, curve
from .data import rows_named
from .errors import ArgumentError, CurveNameError, DataError, FitError
from .factors import as_word, factors
from .stacking import group_of, groups_of, stack

__all__ = ["Data", "along", "chosen_rows", "curve_of", "future", "held", "mixed", "read_data"]

# Days and months that a column of numbers may be: what all cells look like, and how to write them.
_RUN_TOGETHER = (
    (re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"), "day", "2010-03-31"),
    (re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])"), "month", "2010-03"),
)


@dataclass(frozen=True, eq=False)
class Data:
    """What a file holds for some curves.

    Attributes
    ----------
    file : Path
    x : dict of str to numpy.ndarray
        Every regressor of the curves by name, (n,).
    y : numpy.ndarray
        Observations, (n,).
    columns : dict of str to str
        The column that each regressor was read from.
    y_column : str
        The same of y, as a label.
    rows : tuple of str
        The line of the file that each row comes from, as messages name it.
    upper : float
        The natural end of y's range: what was given, or else 100 where y is in per cent, or 1.
    """

    file: Path
    x: dict[str, np.ndarray]
    y: np.ndarray
    columns: dict[str, str]
    y_column: str
    rows: tuple[str, ...]
    upper: float = 1.0

    def labels(self, of: Curve) -> tuple[str | None, ...]:
        """Return the labels of a fit of this curve."""
        return *(self.columns.get(name) for name in of.regressors), self.y_column

    def points(self, of: Curve) -> Any:
        """Return the regressors as `curvecast.fit` takes them."""
        points = {name: self.x[name] for name in of.regressors}
        return points if len(points) > 1 else next(iter(points.values()))

    @contextmanager
    def in_words_of_the_file(self) -> Iterator[None]:
        """Let errors name the file, its lines and its columns, and not rows of arrays."""
        told = ", ".join(f"{name} is column {column!r}" for name, column in self.columns.items())
        try:
            with rows_named(self.rows):
                yield
        except (DataError, FitError) as error:
            raise type(error)(
                f"{self.file}: {error} (here {told}, y is column {self.y_column!r})"
            ) from None


# ---- which curve ---------------------------------------------------------------------------------


def curve_of(name: str, x: Sequence[str], y: Sequence[str]) -> tuple[Curve, list[str]]:
    """Return the curve that is meant, and what of --x says which column a regressor is.

    The regressors of ``"factors"`` are those of --x; a curve that comes in several sizes may be
    named without its size where there are several --y, one for each.
    """
    if "," in name and "(" not in name:
        raise ArgumentError(f"--curve {name}: give --curve once for each curve")
    if name == "factors" and x:
        names = [each.partition("=")[0] for each in x]
        for each, name in zip(x, names, strict=True):
            if not name.isidentifier():
                raise ArgumentError(
                    f"--x {each}: with factors each regressor needs a name of one word; give "
                    f"--x {as_word(name)}={each.rpartition('=')[2]!r}"
                )
        return factors(*names), [each for each in x if "=" in each]
    if len(y) > 1:
        try:
            return curve(f"{name}_{len(y)}"), list(x)
        except CurveNameError:
            pass
    return curve(name), list(x)


# ---- the columns ---------------------------------------------------------------------------------


def read_data(
    sheet: Sheet,
    curves: Sequence[Curve],
    x: Sequence[str],
    y: Sequence[str],
    upper: float | None = None,
) -> Data:
    """Read what these curves need.

    Parameters
    ----------
    sheet : Sheet
    curves : sequence of Curve
    x : sequence of str
        Values of --x: a column, or REGRESSOR=COLUMN.
    y : sequence of str
        Columns of y; several where a curve has one response for each technology or generation.
    upper : float, optional
        What shares are shares of: those of a curve of shares are divided by it. By default 100
        where every number of y has a per cent sign, and else 1.

    Raises
    ------
    ArgumentError
        If the words do not say which column is which.
    DataError
        If the file is wrong.
    """
    if len(y) > 1:
        return _side_by_side(sheet, curves, x, y, upper)
    columns = _columns(curves, x, sheet)
    (of_y,) = y
    for name, column in columns.items():
        if column == of_y:
            raise ArgumentError(f"--y {of_y} is {name} too; name the column of what is explained")
    points = {name: _regressor(sheet, name, column) for name, column in columns.items()}
    of_all = _upper(sheet, y, upper)
    shares = any(each.of_shares for each in curves)
    return Data(
        sheet.path,
        points,
        sheet.column(of_y) / (of_all if shares else 1.0),
        columns,
        _label(_with_unit(sheet, of_y), of_all if shares else 1.0),
        tuple(map(str, sheet.lines)),
        of_all,
    )


def _upper(sheet: Sheet, y: Sequence[str], upper: float | None) -> float:
    """Return what shares are shares of: what is given, or what the cells say."""
    signs = {sheet.in_percent(column) for column in y}
    if upper is None and len(signs) > 1:
        raise DataError(
            f"{sheet.path}: of the columns {', '.join(map(repr, y))} some have per cent signs and "
            "some have none; write all of them in one way, or say --upper 100 if all are per cent"
        )
    return upper if upper is not None else 100.0 if True in signs else 1.0


def _with_unit(sheet: Sheet, column: str) -> str:
    """Return the name of a column, with the per cent sign of its cells where it has none."""
    named = re.search(r"%|per ?cent", column, re.IGNORECASE)
    return f"{column} (%)" if sheet.in_percent(column) and not named else column


def _label(column: str, upper: float) -> str:
    return column if upper == 1 else f"{column} / {upper:g}"


def _regressor(sheet: Sheet, name: str, column: str) -> np.ndarray:
    """Return a column of regressors; days and months that look like one number are refused."""
    values = sheet.column(column)
    if name == "time":
        given = [text for text in sheet.text(column) if text]
        for like, date, remedy in _RUN_TOGETHER:
            if len(given) > 1 and all(like.fullmatch(text) for text in given):
                raise DataError(
                    f"{sheet.path}: line {sheet.lines[0]}, column {column!r}: {given[0]!r} is one "
                    f"number and looks like a {date}; write it as {remedy}"
                )
    return values


def mixed(sheet: Sheet, data: Data) -> str | None:
    """Return a warning where the rows of several series are fitted as one, as far as one sees.

    They are where the same regressors come several times and a column of text tells these apart.
    """
    points = list(zip(*(sheet.text(column) for column in data.columns.values()), strict=True))
    if len(set(points)) == len(points):
        return None
    for name in sheet.header:
        if (
            not name
            or name in (*data.columns.values(), data.y_column)
            or sheet.header.count(name) > 1
        ):
            continue
        cells = sheet.text(name)
        kinds = dict.fromkeys(cell for cell in cells if cell)
        told_apart = len(set(zip(cells, points, strict=True))) == len(points)
        if 1 < len(kinds) < len(cells) and told_apart and not any(map(_is_number, kinds)):
            first = next(iter(kinds))
            return (
                f"{sheet.path}: the same {' and '.join(data.columns.values())} comes up to "
                f"{max(Counter(points).values())} times, once for each {name}: {len(kinds)} series "
                f"are fitted as one. For one of them: --where {name}={first!r}"
            )
    return None


def _is_number(text: str) -> bool:
    try:
        number_of(text)
    except ValueError:
        return False
    return True


def _side_by_side(
    sheet: Sheet, curves: Sequence[Curve], x: Sequence[str], y: Sequence[str], given: float | None
) -> Data:
    """Read one column for each technology or generation and stack them."""
    for each in curves:
        if group_of(each) is None:
            raise ArgumentError(
                f"{each.name} is fitted to one column, and --y names {len(y)}: "
                f"{', '.join(y)}; give one"
            )
        if groups_of(each) != len(y):
            raise ArgumentError(
                f"{each.name} is fitted to {groups_of(each)} columns, one for each "
                f"{group_of(each)}, and --y names {len(y)}: {', '.join(y)}"
            )
    group = group_of(curves[0])
    if len(set(y)) < len(y):
        raise ArgumentError(f"--y names a column twice: {', '.join(y)}")
    if len(x) != 1:
        raise ArgumentError(
            f"with a column for each {group} there is one regressor, time; give --x once, not "
            f"{len(x)} times"
        )
    name, _, column = x[0].partition("=")
    time = column if name == "time" and column else x[0]
    rows = tuple(f"{line} of {name!r}" for name in y for line in sheet.lines)
    shares, upper = curves[0].of_shares, _upper(sheet, y, given)
    wide = {name: sheet.column(name) / (upper if shares else 1.0) for name in y}
    label = ", ".join(f"{k} = {_with_unit(sheet, name)}" for k, name in enumerate(y, start=1))
    label = _label(label, upper if shares else 1.0)
    times = _regressor(sheet, "time", time)
    data = Data(sheet.path, {}, np.empty(0), {"time": time}, label, tuple(map(str, sheet.lines)))
    with data.in_words_of_the_file():
        stacked, values = stack(
            wide,
            times,
            group=group,
            leave_out=y[0] if shares else None,
            from_launch=not shares,
        )
    return Data(sheet.path, stacked, values, {"time": time}, label, rows, upper)


def _columns(curves: Sequence[Curve], given: Sequence[str], sheet: Sheet) -> dict[str, str]:
    """Return {regressor: column} from the values of --x, for every regressor of these curves.

    A regressor that --x leaves out is the column of its own name, if the file has one.
    """
    names = list(dict.fromkeys(name for each in curves for name in each.regressors))
    wanted = " ".join(f"--x {name}=COLUMN" for name in names)
    several = (
        f"{' and '.join(each.name for each in curves)} {'has' if len(curves) == 1 else 'have'} "
        f"the regressor{'s' * (len(names) > 1)} {', '.join(names)}"
    )
    if len(names) == 1 and len(given) == 1:
        name, equals, column = given[0].partition("=")
        return {names[0]: column if equals and name == names[0] and column else given[0]}
    columns: dict[str, str] = {}
    for each in given:
        name, equals, column = each.partition("=")
        if not equals and name in sheet.header:  # --x N where the column is called N as well
            column = name
        if name not in names or name in columns or not column:
            raise ArgumentError(
                f"--x {each}: {several}; name a column for each, once: {wanted}"
                + _or_side_by_side(curves)
            )
        columns[name] = column
    missing = [name for name in names if name not in columns]
    absent = [name for name in missing if name not in sheet.header]
    if absent:
        raise ArgumentError(
            f"{several}, and {sheet.path} has no column {' or '.join(map(repr, absent))}; say "
            f"which columns they are: {wanted}" + _or_side_by_side(curves)
        )
    return {name: columns.get(name, name) for name in names}


def _or_side_by_side(curves: Sequence[Curve]) -> str:
    """Return how a table with a column for each technology or generation is given."""
    group = group_of(curves[0]) if len(curves) == 1 else None
    if group is None:
        return ""
    times = " ".join(["--y COLUMN"] * groups_of(curves[0]))
    return f". Where every {group} has a column of its own: --x TIME {times}, in their order"


# ---- options -------------------------------------------------------------------------------------


def chosen_rows(given: Sequence[str]) -> dict[str, str]:
    """Return what --where says: the cell that is wanted, by column."""
    found: dict[str, str] = {}
    for each in given:
        name, equals, text = each.partition("=")
        if not equals or name in found:
            raise ArgumentError(f"--where {each}: give COLUMN=TEXT, once for each column")
        found[name] = text
    return found


def held(given: Sequence[str]) -> dict[str, float | None]:
    """Return what --fixed says, by parameter: a value to hold, or None for one that is freed."""
    found: dict[str, float | None] = {}
    for each in given:
        name, _, text = each.partition("=")
        if name in found:
            raise ArgumentError(f"--fixed {each}: {name} is there twice; give it once")
        found[name] = None if text == "free" else _number(text, f"--fixed {each}", f"{name}=VALUE")
    return found


def future(given: Sequence[str], of: Curve, dates: str | None = None) -> dict[str, np.ndarray]:
    """Return the points that --at names: a value, or NAME=VALUE,NAME=VALUE of several regressors.

    A curve of several technologies or generations is forecast for all of them at each time.
    """
    group, names = group_of(of), list(of.regressors)
    asked = [name for name in names if name != group]
    wanted = ",".join(f"{name}=VALUE" for name in asked) if len(asked) > 1 else "VALUE"
    rows = []
    for each in given:
        parts = [part.rpartition("=")[::2] for part in each.split(",")]
        if len(asked) == 1 and len(parts) == 1 and parts[0][0] in ("", *asked):
            rows.append([_number(parts[0][1], f"--at {each}", wanted, dates)])
            continue
        values = {name.strip(): text for name, text in parts}
        if sorted(values) != sorted(asked) or len(parts) > len(asked):
            raise ArgumentError(
                f"--at {each}: {of.name} has {', '.join(asked)}; give --at {wanted}, once for "
                "each point"
            )
        rows.append([_number(values[name], f"--at {each}", wanted, dates) for name in asked])
    points = dict(zip(asked, np.array(rows).T, strict=True))
    if group is not None:
        times = points["time"]
        points["time"] = np.repeat(times, groups_of(of))
        points[group] = np.tile(np.arange(1.0, groups_of(of) + 1), len(times))
    return points


def along(points: dict[str, np.ndarray] | None, of: Curve) -> np.ndarray | None:
    """Return where a picture has the points that are forecast, or None where they have no place.

    They have along the one regressor, or along time where each technology or generation has a line.
    """
    if points is None or (len(of.regressors) > 1 and group_of(of) is None):
        return None
    return points["time"] if group_of(of) is not None else next(iter(points.values()))


def _number(text: str, where: str, wanted: str, dates: str | None = None) -> float:
    try:
        value = number_of(text.strip(), dates)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise ArgumentError(f"{where}: {text!r} is not a number; give {wanted}")
    return value
