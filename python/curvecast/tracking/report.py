# SPDX-License-Identifier: GPL-3.0-or-later
"""The report: one self-contained HTML page, made from a run's result and nothing else.

The page loads nothing, runs nothing and carries no clock: the same result gives the same bytes.
"""

from __future__ import annotations

import math
import os
import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import DataError, FormatError
from . import report_text as words
from .report_picture import picture, shared_definitions

__all__ = ["VERDICTS", "render", "write"]

# Verdict: (name in class attributes, sign beside the word, so that colour is never alone).
VERDICTS = {
    "accurate": ("accurate", "✓"),
    "half right": ("half", "◐"),
    "wrong": ("wrong", "✗"),
    "open": ("open", "○"),
    "not resolvable": ("unresolvable", "–"),
}
CAUSES = {
    "data": "new data",
    "method": "another method",
    "claim": "the claim was edited",
    "date": "a later date",
    "seed": "another seed",
}
CAUSES = {
    "data": "new data",
    "method": "another method",
    "claim": "the claim was edited",
    "date": "a later date",
    "seed": "another seed",
}
BASELINES = {"last_value": "last value", "drift": "drift"}
FORMAT, VERSION = "curvecast.rescore", 1
LISTED = 200  # observations that the page lists one by one


def render(result: Mapping[str, Any], *, difference: Mapping[str, Any] | None = None) -> str:
    """Return the page for a result.

    Parameters
    ----------
    result : dict
        What `rescore` returns and the ledger stores (format "curvecast.rescore", version 1).
    difference : dict, optional
        What differs from an earlier run: see `Ledger.difference`.

    Raises
    ------
    FormatError
        The result is of another format or version.

    Examples
    --------
    >>> empty = {"format": "curvecast.rescore", "version": 1, "as_of": "2026-01-01", "seed": 0}
    >>> page = render(empty | {"method": "0.1.0+1", "registry": "ab12", "claims": []})
    >>> page.startswith("<!doctype html>")
    True
    """
    if result.get("format") != FORMAT or result.get("version") != VERSION:
        raise FormatError(
            f"the result is of format {result.get('format')!r}, version {result.get('version')!r}; "
            f"this report is made from {FORMAT!r}, version {VERSION}: rescore again"
        )
    claims = result["claims"]
    return _template().render(
        result=result,
        reports=_by_report(claims),
        titles=result.get("reports") or {},
        sources=result.get("sources") or {},
        pictures={claim["id"]: picture(claim, result["as_of"]) for claim in claims},
        definitions=shared_definitions(),
        total=_counts(claims),
        errors=_mean_errors(claims),
        difference=difference,
        listed=LISTED,
    )


def write(path: str | os.PathLike[str], html: str) -> None:
    """Write a page and rename it into place: a reader sees the old page or the new one.

    Parameters
    ----------
    path : path
        The file. Its folder must exist.
    html : str
        The page.

    Raises
    ------
    DataError
        The page cannot be written there; names the remedy. An older page is left as it was.
    """
    path = Path(os.path.realpath(path))  # through a link, to the page that it names
    if path.is_dir():
        raise DataError(f"{path}: is a folder; name a file in it, such as {path / 'report.html'}")
    if not path.parent.is_dir():
        raise DataError(f"{path}: the folder {path.parent} does not exist; create it first")
    try:
        _replace(path, html.encode())
    except OSError as error:
        raise DataError(
            f"{path}: the report cannot be written ({error.strerror}); "
            "make room or make the folder writable, or name a report elsewhere"
        ) from error


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the renaming itself last; not every system can open a folder."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    for name in ("month", "number", "ordinal", "percent", "quantity", "rough", "signed"):
        environment.filters[name] = getattr(words, name)
    environment.filters["method"] = _method
    environment.filters["web"] = _web
    environment.filters["cause"] = CAUSES.__getitem__
    environment.filters["cause"] = CAUSES.__getitem__
    environment.globals.update(
        VERDICTS=VERDICTS, claim_text=words.claim_text, outcome_text=words.outcome_text
    )
    text = resources.files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
    return environment.from_string(text)


def _method(name: str) -> str:
    """Return a baseline's or a curve's name as it reads in a table."""
    return BASELINES.get(name, name.replace("_", " "))


def _web(address: Any) -> str | None:
    """Return an address that may become a link: nothing but http and https does."""
    text = str(address or "")
    return text if text.lower().startswith(("https://", "http://")) else None


def _counts(claims: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    verdicts = [claim["verdict"] for claim in claims]
    unknown = sorted(set(verdicts) - set(VERDICTS))
    if unknown:
        raise FormatError(
            f"unknown verdict {unknown[0]!r}; this report knows: {', '.join(VERDICTS)}"
        )
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS}


def _by_report(claims: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the reports in their order, each with its claims in theirs, and the counts."""
    reports: dict[str, list[Mapping[str, Any]]] = {}
    for claim in claims:
        reports.setdefault(claim["report"], []).append(claim)
    return [
        {"id": report, "claims": reports[report], "counts": _counts(reports[report])}
        for report in sorted(reports)
    ]


def _mean_errors(claims: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the mean absolute log error of the claims and of what that day's data would have said.

    Only claims for which all of them exist are counted, so that the means can be compared.
    """
    complete, resolved = [], 0
    for claim in claims:
        own = claim.get("claim_log_error")
        resolved += own is not None
        entries = {entry["name"]: entry.get("log_error") for entry in claim.get("then") or []}
        curves = [error for name, error in entries.items() if name not in BASELINES]
        row = [own, *(entries.get(name) for name in BASELINES), curves[0] if curves else None]
        if all(error is not None and math.isfinite(error) for error in row):
            complete.append([abs(error) for error in row])
    means = [sum(column) / len(complete) for column in zip(*complete, strict=True)]
    factors = [math.exp(mean) for mean in means]
    return {"n": len(complete), "resolved": resolved, "means": means, "factors": factors}
