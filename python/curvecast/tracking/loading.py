# SPDX-License-Identifier: GPL-3.0-or-later
"""From a folder to models: read every file of a registry, and collect what its schema refuses."""

from __future__ import annotations

import os
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from . import schema
from .faults import Fault, did_you_mean
from .files import Document, field_name, number_of, read_csv, read_yaml
from .schema import Observation, Report, Series, Source

__all__ = ["HEADER", "Folder", "Placed", "read_folder"]

HEADER = ("period", "value", "published", "basis", "source", "quality", "note")
LAYOUT = "a registry holds sources.yaml, series.yaml, series/ID.csv and reports/ID.yaml"

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Placed:
    """A model and where it was read: the document and the path within it."""

    model: Any
    document: Document
    path: tuple[str | int, ...]

    def fault(self, field_path: Sequence[str | int], message: str, remedy: str) -> Fault:
        """Return a fault of one of its fields."""
        path = (*self.path, *field_path)
        line = self.document.line(path)
        return Fault(self.document.name, line, field_name(path), message, remedy)


@dataclass
class Folder:
    """What could be read of a registry: models with their places, rows with their lines."""

    sources: list[Placed] = field(default_factory=list)
    series: list[Placed] = field(default_factory=list)
    reports: list[Placed] = field(default_factory=list)
    rows: dict[str, list[tuple[int, Observation]]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)  # ids and kinds of which nothing can be said
    faults: list[Fault] = field(default_factory=list)

    def claims(self) -> Iterator[Placed]:
        """Yield every claim of every report, in order."""
        for report in self.reports:
            for index, claim in enumerate(report.model.claims):
                yield Placed(claim, report.document, (*report.path, "claims", index))


def read_folder(directory: Path) -> Folder:
    """Read every file of the registry in `directory`; never raises for what they hold."""
    folder = Folder()
    folder.faults += _layout_faults(directory)
    if folder.faults:
        return folder
    folder.sources = _read_list(directory, "sources.yaml", Source, folder)
    folder.series = _read_list(directory, "series.yaml", Series, folder)
    for name in _files(directory, "series", ".csv", folder):
        folder.rows[name.removeprefix("series/").removesuffix(".csv")] = _read_rows(
            directory, name, folder
        )
    for name in _files(directory, "reports", ".yaml", folder):
        document = read_yaml(directory / name, name)
        folder.faults += document.faults
        if document.data is not None:
            model = _model(Report, document.data, document, (), folder)
            if model is not None:
                folder.reports.append(Placed(model, document, ()))
    return folder


def _layout_faults(directory: Path) -> list[Fault]:
    """Return why the folder is no registry at all, if it is none."""
    if not directory.exists():
        return [Fault(".", None, "", "there is no such folder", "check the path")]
    if not directory.is_dir():
        return [Fault(".", None, "", "is a file, not a folder", "name the folder that holds it")]
    try:
        names = os.listdir(directory)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return [Fault(".", None, "", f"cannot be read: {reason}", "check who may read it")]
    if not names:
        return [Fault(".", None, "", "the folder is empty", LAYOUT)]
    if not {"sources.yaml", "series.yaml", "series", "reports"} & set(names):
        return [Fault(".", None, "", "the folder is no registry", LAYOUT)]
    return []


def _files(directory: Path, part: str, ending: str, folder: Folder) -> list[str]:
    """Return the files of a subfolder in order; every other file in it is a fault."""
    try:
        names = sorted(os.listdir(directory / part))
    except OSError as error:
        reason = "is missing" if isinstance(error, FileNotFoundError) else "cannot be read"
        folder.faults.append(Fault(part, None, "", f"the folder {reason}", LAYOUT))
        return []
    found = []
    for name in names:
        if name.endswith(ending) and not name.startswith("."):
            found.append(f"{part}/{name}")
        elif not name.startswith(".") and name.lower() != "readme.md":
            message = f"only files ending in {ending} belong here"
            remedy = f"rename it to end in {ending}, or move it elsewhere"
            folder.faults.append(Fault(f"{part}/{name}", None, "", message, remedy))
    return found


def _read_list(directory: Path, name: str, model: type[Model], folder: Folder) -> list[Placed]:
    """Read a YAML file that is a list of things with an id."""
    document = read_yaml(directory / name, name)
    folder.faults += document.faults
    if not isinstance(document.data, list):
        folder.unread.add(name)
        if not document.faults:
            message, remedy = "is not a list", 'begin each entry with "- id: ..."'
            folder.faults.append(Fault(name, 1, "", message, remedy))
        return []
    placed = []
    for index, item in enumerate(document.data):
        found = _model(model, item, document, (index,), folder)
        if found is not None:
            placed.append(Placed(found, document, (index,)))
        elif isinstance(item, dict):
            folder.unread.add(str(item.get("id")))
    return placed


def _read_rows(directory: Path, name: str, folder: Folder) -> list[tuple[int, Observation]]:
    table = read_csv(directory / name, name, HEADER)
    folder.faults += table.faults
    rows = []
    for line, cells in table.rows:
        row: dict[str, Any] = dict(cells)
        row["published"] = cells["published"] or None
        faults = []
        try:
            row["value"] = number_of(cells["value"])
        except ValueError as error:
            message, remedy = error.args
            faults.append(Fault(name, line, "value", message, remedy))
            row["value"] = 0.0  # so that the other cells are looked at too
        try:
            observation = Observation.model_validate(row)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                message, remedy = _explained(each, Observation, row)
                faults.append(Fault(name, line, field_name(each["loc"][:1]), message, remedy))
        if faults:
            folder.faults += faults
        else:
            rows.append((line, observation))
    return rows


def _model(
    model: type[Model],
    data: Any,
    document: Document,
    path: tuple[str | int, ...],
    folder: Folder,
) -> Model | None:
    """Return the model, or None and a fault for each field that is refused."""
    if not isinstance(data, dict):
        message, remedy = "is not a mapping", 'write lines of the form "field: value"'
        folder.faults.append(
            Fault(document.name, document.line(path), field_name(path), message, remedy)
        )
        return None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            where = (*path, *_written_path(each["loc"]))
            message, remedy = _explained(each, model, data)
            line = document.line(where)
            folder.faults.append(Fault(document.name, line, field_name(where), message, remedy))
        return None


def _written_path(loc: Sequence[str | int]) -> tuple[str | int, ...]:
    """Return the path as written: pydantic adds the tag of the form that it chose."""
    path: list[str | int] = []
    tagged = False
    for part in loc:
        if path and path[-1] == "form" and not tagged:
            tagged = True
            continue
        path.append(part)
    return tuple(path)


def _explained(error: Any, model: type[BaseModel], data: Any) -> tuple[str, str]:
    """Return what is wrong and the remedy, in words, for one of pydantic's errors."""
    kind, context, given = error["type"], error.get("ctx") or {}, error.get("input")
    name = error["loc"][-1] if error["loc"] else ""
    own = context.get("error")
    if hasattr(own, "remedy"):
        return own.message, own.remedy
    if kind == "missing":
        return "is missing", f'add "{name}: ..."'
    if kind == "extra_forbidden":
        known = _fields_at(error["loc"][:-1], model)
        return "there is no such field", f"remove it.{did_you_mean(name, known)}"
    if kind in ("literal_error", "union_tag_invalid"):
        if kind == "union_tag_invalid":
            given, expected = context["tag"], context["expected_tags"]
        else:
            expected = context["expected"]
        words = expected.replace("'", "").replace(" or ", ", ").split(", ")
        return f'"{given}" is not known', f"use {', '.join(words)}.{did_you_mean(given, words)}"
    if kind == "union_tag_not_found":
        types = ", ".join(_form_types())
        return "the form has no type", f'add "type: ..." with one of {types}'
    if kind == "string_type" and isinstance(given, (int, float)):
        return f"{given} is not text", f'put quotation marks around it: "{given}"'
    if kind == "string_too_short":
        return "is empty", "write something, or remove the field if it may be left out"
    if kind == "string_pattern_mismatch":
        remedy = "use letters, digits, full stop, hyphen and underscore, no spaces"
        return f'"{given}" is no id', remedy
    if kind in ("float_type", "int_type"):
        if isinstance(given, str):
            return (
                f'"{given}" is text, not a number',
                "write digits, without quotation marks or unit",
            )
        return f"{given!r} is not a number", "write digits"
    if kind == "finite_number":
        return f"{given} is no figure", "write a finite number"
    if kind in ("tuple_type", "list_type"):
        return "is not a list", "write it as [first, second], or one entry a line after a hyphen"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "is not a mapping", 'write lines of the form "field: value" below it'
    message = error["msg"]
    return f"{given!r} is refused", message[0].lower() + message[1:]


def _form_types() -> list[str]:
    union = typing.get_args(schema.Form)[0]
    return [typing.get_args(m.model_fields["type"].annotation)[0] for m in typing.get_args(union)]


def _fields_at(loc: Sequence[str | int], model: type[BaseModel]) -> list[str]:
    """Return the names of the fields that may stand where an unknown one was found."""
    for part in loc:
        if part in _form_types():
            union = typing.get_args(typing.get_args(schema.Form)[0])
            tagged = {typing.get_args(m.model_fields["type"].annotation)[0]: m for m in union}
            model = tagged[str(part)]
        elif isinstance(part, str) and part in model.model_fields:
            inner = _inner_model(model.model_fields[part].annotation)
            model = inner or model
    return [f.alias or name for name, f in model.model_fields.items()]


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    """Return the one model within an annotation such as ``tuple[Claim, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [_inner_model(part) for part in typing.get_args(annotation)]
    found = [each for each in found if each]
    return found[0] if len(found) == 1 else None
