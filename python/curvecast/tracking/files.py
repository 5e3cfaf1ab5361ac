# SPDX-License-Identifier: GPL-3.0-or-later
"""Read YAML and CSV files into plain values that remember their lines, and collect every fault.

YAML is read as a tree of nodes and not by a loader: that keeps line numbers, lets every duplicate
key be named and not only the first, and leaves dates as they were written.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .faults import Fault, did_you_mean

__all__ = ["Document", "Table", "number_of", "read_csv", "read_yaml"]

Place = tuple[str | int, ...]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_YAML_NUMBER = re.compile(r"[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+)?", re.ASCII)


@dataclass
class Document:
    """A YAML file as plain values; `lines` holds the line of every path in it, from 1.

    `data` is None where nothing could be read.
    """

    name: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: Sequence[str | int]) -> int | None:
        """Return the line of the path, or of the nearest part of the file that encloses it."""
        path = tuple(path)
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


@dataclass
class Table:
    """A CSV file: for each row its line and its cells by column name."""

    name: str
    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_text(path: Path, name: str, faults: list[Fault]) -> str | None:
    """Return the text of a UTF-8 file, or add a fault and return None."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        faults.append(Fault(name, None, "", "the file is missing", f"add {name}"))
        return None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        faults.append(
            Fault(
                name, None, "", f"cannot be read: {reason}", "check what it is and who may read it"
            )
        )
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        faults.append(Fault(name, line, "", message, "save the file in the encoding UTF-8"))
        return None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        remedy = "save it as plain text in the encoding UTF-8"
        faults.append(Fault(name, line, "", "the file holds a NUL character", remedy))
        return None
    return text


def read_yaml(path: Path, name: str) -> Document:
    """Read one YAML file.

    Parameters
    ----------
    path : Path
    name : str
        What to call it in faults.

    Returns
    -------
    Document
        Its `data` are dicts, lists, text, numbers, booleans and None. Dates stay text.
    """
    document = Document(name)
    text = read_text(path, name, document.faults)
    if text is None:
        return document
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        node = YAML(typ="safe", pure=True).compose(io.StringIO(text))
        if node is None:
            document.faults.append(Fault(name, None, "", "the file is empty", "add its content"))
        else:
            document.data = _plain(node, (), document)
    except YAMLError as error:
        document.faults.append(_yaml_fault(name, error))
    except RecursionError:
        remedy = "flatten it to the layout of a registry"
        document.faults.append(Fault(name, None, "", "is nested too deeply", remedy))
    return document


def _yaml_fault(name: str, error: Exception) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context", None)
    if problem == "but found another document":
        problem, context = "a second document starts after ---", None
    started = getattr(error, "context_mark", None)
    since = f" {context}" if context else ""
    since += f" that starts in line {started.line + 1}" if context and started else ""
    return Fault(
        name,
        mark.line + 1 if mark else None,
        "",
        f"is no complete YAML: {problem}{since}",
        "close the bracket or quotation mark, or correct the indentation, at this line or above; "
        "if the file is cut off, restore its end",
    )


def _plain(node: Any, path: Place, document: Document) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if node.id != "scalar" and node.anchor is not None:
        # an alias to a list can hold itself, or itself a million times
        message, remedy = (
            f'"&{node.anchor}" names a list or mapping',
            "write it out where it is used",
        )
        line = node.start_mark.line + 1
        document.faults.append(Fault(document.name, line, field_name(path), message, remedy))
        return None
    if node.id == "mapping":
        return _mapping(node, path, document)
    if node.id == "sequence":
        return [_plain(item, (*path, i), document) for i, item in enumerate(node.value)]
    return _scalar(node, path, document)


def _mapping(node: Any, path: Place, document: Document) -> dict[str, Any]:
    result: dict[str, Any] = {}
    first_line: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if key_node.id != "scalar":
            message, remedy = "a key is a list or a mapping", "use a plain word as the key"
            document.faults.append(Fault(document.name, line, field_name(path), message, remedy))
            continue
        key = key_node.value
        here = (*path, key)
        if key in first_line:
            message = f'the key "{key}" stands here a second time, first in line {first_line[key]}'
            remedy = "remove one of the two"
            document.faults.append(Fault(document.name, line, field_name(here), message, remedy))
            continue
        first_line[key] = line
        document.lines[here] = line
        result[key] = _plain(value_node, here, document)
    return result


def _scalar(node: Any, path: Place, document: Document) -> Any:
    kind, text = node.tag.rpartition(":")[2], node.value
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind in ("int", "float") and node.style is None:
        if _YAML_NUMBER.fullmatch(text):
            number = float(text.replace("_", ""))
            whole = kind == "int" and number.is_integer() and abs(number) < 2**53
            return int(number) if whole else number
        special = text.lower().lstrip("+-")
        if special in (".inf", ".nan"):
            return math.nan if special == ".nan" else math.inf
    elif kind not in ("str", "timestamp", "int", "float"):
        message = f'the tag "{node.tag}" is not used in a registry'
        remedy = "write plain text or a number"
        document.faults.append(
            Fault(document.name, node.start_mark.line + 1, field_name(path), message, remedy)
        )
    return text


def field_name(path: Sequence[str | int]) -> str:
    """Return a path as people write it.

    Examples
    --------
    >>> field_name(("claims", 3, "form", "value"))
    'claims[3].form.value'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def read_csv(path: Path, name: str, header: Sequence[str]) -> Table:
    """Read one CSV file whose first row must be `header`.

    Parameters
    ----------
    path : Path
    name : str
        What to call it in faults.
    header : sequence of str

    Returns
    -------
    Table
        Without rows where the header is wrong. Empty lines are skipped, cells stripped.
    """
    table = Table(name)
    text = read_text(path, name, table.faults)
    if text is None:
        return table
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start, seen_header = 1, False
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if not seen_header:
                seen_header = True
                table.faults += _header_faults(name, line, cells, header)
                if table.faults:
                    return table
            elif len(cells) != len(header):
                table.faults.append(_width_fault(name, line, cells, header))
            else:
                table.rows.append((line, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        remedy = "close the quotation mark, in this row or above; double a quotation mark in text"
        table.faults.append(Fault(name, start, "", f"is no complete CSV: {error}", remedy))
    if not seen_header and not table.faults:
        table.faults.append(_no_header(name, header))
    return table


def _no_header(name: str, header: Sequence[str]) -> Fault:
    return Fault(name, None, "", "the file is empty", f"start it with the row {','.join(header)}")


def _header_faults(
    name: str, line: int, cells: Sequence[str], header: Sequence[str]
) -> list[Fault]:
    if list(cells) == list(header):
        return []
    right = f"make the first row exactly {','.join(header)}"
    if len(cells) == 1 and re.search(r"[;\t]", cells[0]):
        return [
            Fault(name, line, "", "columns are not separated by commas", f"{right}; use commas")
        ]
    missing = [column for column in header if column not in cells]
    surplus = [column for column in cells if column not in header]
    faults = [
        Fault(name, line, column, f'the column "{column}" is missing', right) for column in missing
    ]
    faults += [
        Fault(
            name,
            line,
            column,
            f'there is no column "{column}" in a series',
            f"{right}.{did_you_mean(column, header)}",
        )
        for column in surplus
    ]
    if not faults:
        twice = len(set(cells)) < len(cells)
        message = "a column stands there twice" if twice else "the columns are in another order"
        faults.append(Fault(name, line, "", message, right))
    return faults


def _width_fault(name: str, line: int, cells: Sequence[str], header: Sequence[str]) -> Fault:
    count = f"the row has {len(cells)} cells, the header {len(header)}"
    if len(cells) > len(header):
        remedy = "put quotation marks around text that holds a comma; no comma within numbers"
    else:
        remedy = f"complete the row: {','.join(header)}"
    return Fault(name, line, "", count, remedy)


def number_of(text: str) -> float:
    """Return the number that a cell holds.

    Raises
    ------
    ValueError
        With a message and, as second argument, a remedy.

    Examples
    --------
    >>> number_of("1.5e3")
    1500.0
    """
    if _NUMBER.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
        raise ValueError(f'"{text}" is too large for a number', "use a larger unit")
    if text == "":
        raise ValueError("the value is missing", "write the figure, or remove the row")
    if text.lower().lstrip("+-") in ("nan", "inf", "infinity", "na", "n/a", "-", "none", "null"):
        raise ValueError(
            f'"{text}" is no figure', "remove the row: a gap is a row that is not there"
        )
    if _NUMBER.fullmatch(text.replace(",", "").replace(" ", "").replace("_", "")):
        raise ValueError(f'"{text}" has separators in it', "write the digits without separators")
    if text.endswith("%"):
        raise ValueError(
            f'"{text}" is no plain number', "leave out the sign; the unit says per cent"
        )
    if text[0] in "<>~≈≥≤约":
        remedy = "write the number alone and say in the note that it is a bound or rounded"
        raise ValueError(f'"{text}" is no plain number', remedy)
    raise ValueError(f'"{text}" is text, not a number', "write digits, with a point for decimals")
