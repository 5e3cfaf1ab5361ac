# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry: sources, series with their observations, and the claims of the reports.

`Registry.as_of` is the whole of look-ahead protection: it returns a registry that holds what was
public on a day and nothing else. Whoever forecasts from the past works on such a view.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import ArgumentError
from .checks import check_folder
from .faults import Fault, RegistryError, did_you_mean
from .loading import read_folder
from .period import last_day
from .schema import Claim, Observation, Report, Series, Source

__all__ = ["Registry", "default_directory", "load", "read_reports", "validate"]

Directory = str | os.PathLike[str]


@dataclass(frozen=True, eq=False)
class Registry:
    """A registry in memory, or what of it was known on a day.

    Attributes
    ----------
    sources, series, reports : mapping of str to model
        By id, in the order of the files.
    rows : mapping of str to tuple of Observation
        Every row of every series, by period and then by the day it was published.
    known_on : datetime.date or None
        For a view, the last day of which it knows; None for everything.
    """

    sources: Mapping[str, Source]
    series: Mapping[str, Series]
    reports: Mapping[str, Report]
    rows: Mapping[str, tuple[Observation, ...]] = field(repr=False)
    known_on: dt.date | None = None

    def __post_init__(self) -> None:
        ordered = {name: tuple(sorted(rows, key=_order)) for name, rows in self.rows.items()}
        for name, value in vars(self).copy().items():
            if isinstance(value, Mapping):
                value = ordered if name == "rows" else dict(value)
                object.__setattr__(self, name, MappingProxyType(value))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim, by report and then in the order of its file."""
        reports = sorted(self.reports.values(), key=lambda report: report.id)
        return tuple(claim for report in reports for claim in report.claims)

    def claim(self, name: str) -> Claim:
        """Return one claim; ArgumentError, with the nearest name, where there is none."""
        found = {claim.id: claim for claim in self.claims}
        if name not in found:
            raise ArgumentError(f'there is no claim "{name}".{did_you_mean(name, found)}')
        return found[name]

    def as_of(self, date: str | int | dt.date) -> Registry:
        """Return what was known at the end of a day.

        Rows are kept that were published by then; rows without a date never are, and
        reconstructed ones only from the day of their reconstruction. Claims made later are gone
        too, as are sources that were not out and that nothing kept refers to.

        Parameters
        ----------
        date : str, int or datetime.date
            A date that is known only to the month or year counts from its last day.

        Raises
        ------
        PeriodError
            Where it is no date.
        """
        day = last_day(date)
        if self.known_on is not None:
            day = min(day, self.known_on)
        rows = {
            name: tuple(row for row in rows if row.known_on is not None and row.known_on <= day)
            for name, rows in self.rows.items()
        }
        reports = {}
        for name, report in self.reports.items():
            claims = tuple(claim for claim in report.claims if claim.made.last <= day)
            if claims:
                reports[name] = report.model_copy(update={"claims": claims})
        used = {row.source for kept in rows.values() for row in kept}
        used |= {report.source for report in reports.values()}
        sources = {
            name: source
            for name, source in self.sources.items()
            if name in used or (source.published is not None and source.published.last <= day)
        }
        return Registry(sources, self.series, reports, rows, day)

    def observations(
        self, series_id: str, *, first: bool = False, latest: bool = False
    ) -> tuple[Observation, ...]:
        """Return the rows of a series in the order of their periods.

        Parameters
        ----------
        series_id : str
        first : bool
            For each period only the first complete print: the earliest figure published when the
            period had ended. Of two of one day, the one that stands first in the file.
        latest : bool
            For each period only the newest figure known, an estimate where there is no other. Of
            two of one day, the one that stands last in the file.

        Raises
        ------
        ArgumentError
            Where there is no such series; names the nearest.
        """
        if series_id not in self.rows:
            raise ArgumentError(f'no series "{series_id}".{did_you_mean(series_id, self.rows)}')
        if first and latest:
            raise ArgumentError("first and latest exclude each other; ask for one of them")
        rows = self.rows[series_id]
        if not first and not latest:
            return rows
        chosen: dict[tuple[dt.date, dt.date], Observation] = {}
        for row in rows:
            days = (row.period.first, row.period.last)
            if latest or (row.complete and days not in chosen):
                chosen[days] = row
        return tuple(chosen.values())

    def content(self) -> list[dict[str, Any]]:
        """Return every row as plain values with the id of its series, as a ledger keeps them."""
        return [
            {"series": name, **row.model_dump(mode="json")}
            for name, rows in sorted(self.rows.items())
            for row in rows
        ]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content: the same for files that differ only in their formatting."""
        plain = {
            name: [
                model.model_dump(mode="json", by_alias=True, exclude_none=True)
                for _, model in sorted(models.items())
            ]
            for name, models in (
                ("sources", self.sources),
                ("series", self.series),
                ("reports", self.reports),
            )
        }
        text = json.dumps(
            {**plain, "rows": self.content()},
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )
        return hashlib.sha256(text.encode()).hexdigest()


def _order(row: Observation) -> tuple[dt.date, ...]:
    """Sort by period and publication; rows without a date last. The sort keeps ties in order."""
    return (row.period.last, row.period.first, row.known_on or dt.date.max)


def default_directory() -> Path:
    """Return the registry that comes with the package.

    It lies within the installed package; in a source tree used in place, beside ``python/``.

    Raises
    ------
    RegistryError
        Where neither exists.
    """
    package = Path(str(resources.files("curvecast")))
    for candidate in (package / "forecasts", package.parents[1] / "forecasts"):
        if (candidate / "sources.yaml").is_file():
            return candidate
    remedy = "install curvecast again, or name a folder with a registry"
    missing = Fault(".", None, "", "the registry that belongs to the package is missing", remedy)
    raise RegistryError(package / "forecasts", [missing])


def load(directory: Directory | None = None) -> Registry:
    """Return the registry in a folder.

    Parameters
    ----------
    directory : path, optional
        Without it, the registry that comes with the package.

    Raises
    ------
    RegistryError
        Where anything is wrong with it; `faults` lists everything.

    Examples
    --------
    >>> registry = load()
    >>> registry.as_of("2023-12-31").known_on.isoformat()
    '2023-12-31'
    """
    path = default_directory() if directory is None else Path(directory)
    registry, faults = _read(path)
    if registry is None:
        raise RegistryError(path, faults)
    return registry


def validate(directory: Directory | None = None) -> list[Fault]:
    """Return everything that is wrong with a registry; an empty list where nothing is.

    Parameters
    ----------
    directory : path, optional
        Without it, the registry that comes with the package.

    Examples
    --------
    >>> validate()
    []
    """
    return _read(default_directory() if directory is None else Path(directory))[1]


def read_reports(directory: Directory | None = None) -> tuple[Report, ...]:
    """Return the reports of a registry, each with its claims.

    Parameters
    ----------
    directory : path, optional
        Without it, the registry that comes with the package.

    Raises
    ------
    RegistryError
        Where anything is wrong with it.

    Examples
    --------
    >>> report = read_reports()[0]
    >>> claim = report.claims[0]
    >>> claim.report == report.id
    True
    """
    return tuple(load(directory).reports.values())


def _read(path: Path) -> tuple[Registry | None, list[Fault]]:
    folder = read_folder(path)
    faults = folder.faults + check_folder(folder)
    if faults:
        return None, sorted(faults, key=_place)
    by_id = [
        {placed.model.id: placed.model for placed in placed_models}
        for placed_models in (folder.sources, folder.series, folder.reports)
    ]
    rows = {name: tuple(row for _, row in rows) for name, rows in folder.rows.items()}
    return Registry(*by_id, rows), []


def _place(fault: Fault) -> tuple[str, int, str]:
    return (fault.file, fault.line or 0, fault.field)
