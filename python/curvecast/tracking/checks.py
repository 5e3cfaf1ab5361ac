# SPDX-License-Identifier: GPL-3.0-or-later
"""What the schema of single entries cannot see: whether the parts of a registry fit each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from .faults import Fault, did_you_mean
from .loading import Folder, Placed
from .period import Period
from .schema import Claim, Observation, Series, Source

__all__ = ["check_folder"]

_FINENESS = ("year", "half", "quarter", "month", "day")
_LEVELS = ("value", "range", "at_least", "at_most")
_TRENDS = ("growth_rate", "doubling_time", "halving_time")


def check_folder(folder: Folder) -> list[Fault]:
    """Return every fault that shows only when the files of a registry are seen together."""
    faults = list(_duplicates(folder.sources, "source"))
    faults += _duplicates(folder.series, "series")
    faults += _duplicates(folder.reports, "report")
    faults += _duplicates(list(folder.claims()), "claim")
    sources = {each.model.id: each.model for each in folder.sources}
    series = {each.model.id: each.model for each in folder.series}
    faults += _files_of_series(folder, series)
    for name, rows in folder.rows.items():
        faults += _rows(name, rows, series.get(name), sources, folder)
    curves = _curve_names()
    for report in folder.reports:
        faults += _report(report, sources, folder)
    for claim in folder.claims():
        faults += _claim(claim, series, curves, folder)
    return faults


def _duplicates(entries: Iterable[Placed], what: str) -> Iterator[Fault]:
    first: dict[str, Placed] = {}
    for each in entries:
        name = each.model.id
        if name in first:
            other = first[name]
            where = f"{other.document.name}:{other.document.line(other.path)}"
            message = f'the id "{name}" belongs to another {what} ({where})'
            yield each.fault(("id",), message, "give one of the two another id, or remove it")
        else:
            first[name] = each


def _files_of_series(folder: Folder, series: dict[str, Series]) -> Iterator[Fault]:
    for each in folder.series:
        name = each.model.id
        if name not in folder.rows:
            remedy = f"add series/{name}.csv; with its header alone where no figure is known"
            near = did_you_mean(name, set(folder.rows) - set(series))
            yield each.fault(("id",), f"there is no file series/{name}.csv", remedy + "." + near)
    if "series.yaml" in folder.unread:
        return
    for name in folder.rows:
        if name not in series and name not in folder.unread:
            near = did_you_mean(name, set(series) - set(folder.rows))
            remedy = f"add an entry with this id, or remove the file.{near}"
            file = f"series/{name}.csv"
            yield Fault(file, None, "", f'series.yaml has no entry with the id "{name}"', remedy)


def _rows(
    name: str,
    rows: list[tuple[int, Observation]],
    series: Series | None,
    sources: dict[str, Source],
    folder: Folder,
) -> Iterator[Fault]:
    file = f"series/{name}.csv"
    first: dict[tuple[object, ...], int] = {}
    for line, row in rows:
        key = (row.period.first, row.period.last, row.published and row.published.last, row.source)
        if key in first:
            message = f"the same period, date and source stand in line {first[key]}"
            yield Fault(file, line, "", message, "remove one of the two rows")
        first.setdefault(key, line)
        if row.published and row.published.last < row.period.first:
            message = f"published {row.published}, before the period {row.period} begins"
            remedy = "leave the row out: a forecast is no observation; or correct the date"
            yield Fault(file, line, "published", message, remedy)
        yield from _source_of_row(file, line, row, sources, folder)
        if series is not None:
            yield from _value(file, line, row, series)


def _source_of_row(
    file: str, line: int, row: Observation, sources: dict[str, Source], folder: Folder
) -> Iterator[Fault]:
    source = sources.get(row.source)
    if source is None:
        if not folder.unread & {"sources.yaml", row.source}:
            remedy = f"add it to sources.yaml.{did_you_mean(row.source, sources)}"
            yield Fault(file, line, "source", f'no source "{row.source}"', remedy)
        return
    if source.address is None:
        message = f'the source "{source.id}" has no address, so nobody can check the figure'
        yield Fault(file, line, "source", message, "add its address to sources.yaml")
    dates = (row.published, source.published)
    if row.basis == "reconstructed" and all(dates) and dates[0].last < dates[1].first:
        message = f"published {dates[0]}, but it was reconstructed by a source of {dates[1]}"
        remedy = "give the day of the reconstruction: before it nobody knew the figure"
        yield Fault(file, line, "published", message, remedy)


def _value(file: str, line: int, row: Observation, series: Series) -> Iterator[Fault]:
    value = row.value
    message = remedy = ""
    if series.kind == "event":
        if value not in (0, 0.5, 1):
            message = f"{value:g} stands for nothing in a series of events"
            remedy = "1: it happened then; 0.5: its partial criterion; 0: not by then"
    elif series.kind == "cost" and value <= 0:
        message, remedy = f"a cost of {value:g}", "correct it: a cost is positive"
    elif series.kind in ("share", "count", "stock") and value < 0:
        message, remedy = f"a {series.kind} of {value:g}", "correct it: it cannot be negative"
    elif series.kind == "share" and series.upper is not None and value > series.upper:
        message = f"{value:g} is more than the upper end {series.upper:g} of the series"
        remedy = "correct the value, or the unit or the upper end in series.yaml"
    if message:
        yield Fault(file, line, "value", message, remedy)


def _report(report: Placed, sources: dict[str, Source], folder: Folder) -> Iterator[Fault]:
    model = report.model
    stem = report.document.name.removeprefix("reports/").removesuffix(".yaml")
    if model.id != stem:
        remedy = f'write id: "{stem}", or rename the file to {model.id}.yaml'
        yield report.fault(("id",), f'the id "{model.id}" is not the name of the file', remedy)
    if model.source not in sources and not folder.unread & {"sources.yaml", model.source}:
        remedy = f"add it to sources.yaml.{did_you_mean(model.source, sources)}"
        yield report.fault(("source",), f'no source "{model.source}"', remedy)


def _claim(
    placed: Placed, series: dict[str, Series], curves: tuple[str, ...], folder: Folder
) -> Iterator[Fault]:
    claim: Claim = placed.model
    named = {("series",): claim.series, ("divided_by",): claim.divided_by}
    if claim.form.type == "learning_rate":
        named["form", "experience"] = claim.form.experience
    for path, name in named.items():
        known = name is None or name in series or folder.unread & {"series.yaml", name}
        if not known:
            remedy = f"add the series, or correct the id.{did_you_mean(name, series)}"
            yield placed.fault(path, f'no series "{name}"', remedy)
    for name in claim.curves:
        if name not in curves:
            remedy = f"use one of {', '.join(curves)}.{did_you_mean(name, curves)}"
            yield placed.fault(("curves", claim.curves.index(name)), f'no curve "{name}"', remedy)
    yield from _form(placed, claim)
    if claim.not_resolvable is not None:
        return
    if claim.series is None:
        remedy = 'name a series, or add "not_resolvable: why"'
        yield placed.fault(("series",), "no series resolves this claim", remedy)
    elif claim.series in series:
        yield from _fits_series(placed, claim, series[claim.series])


def _form(placed: Placed, claim: Claim) -> Iterator[Fault]:
    form = claim.form
    if form.type == "range" and form.low >= form.high:
        message = f"the low end {form.low:g} is not below the high end {form.high:g}"
        yield placed.fault(("form", "low"), message, "exchange them, or use type: value")
    if form.type == "value" and form.value == 0:
        message = "nothing is within ten per cent of 0"
        yield placed.fault(("form", "value"), message, "use at_most, at_least or range")
    if form.type in ("value", "range") and claim.target is None and claim.not_resolvable is None:
        remedy = "add the period for which it is claimed; only bounds and events may be open-ended"
        yield placed.fault(("target",), f"a {form.type} needs a target", remedy)
    if form.type in _TRENDS:
        yield from _trend(placed, claim)
    accurate, half = claim.rule.accurate, claim.rule.half
    if accurate is not None and half is not None and half < accurate:
        remedy = "make it at least as wide as accurate"
        yield placed.fault(("rule", "half"), "half right is narrower than accurate", remedy)


def _trend(placed: Placed, claim: Claim) -> Iterator[Fault]:
    form = claim.form
    if form.type == "growth_rate" and form.rate == 0 and form.bound is None:
        remedy = "use a bound, or a value or range of the series"
        yield placed.fault(("form", "rate"), "nothing is within a quarter of 0", remedy)
    if form.to is not None and claim.target is not None and form.to.last != claim.target.last:
        message = f"it ends in {form.to}, but the target is {claim.target}"
        yield placed.fault(("form", "to"), message, "make the two agree, or leave out the target")
    end = form.to or claim.target
    if end is None:
        return
    if form.start is None:
        remedy = "add the period from which the rate counts"
        yield placed.fault(("form", "from"), "is missing, though the rate has an end", remedy)
    elif form.start.last >= end.last:
        message = f"{form.start} is not before {end}"
        yield placed.fault(("form", "from"), message, "write the earlier period in from")


def _fits_series(placed: Placed, claim: Claim, series: Series) -> Iterator[Fault]:
    is_event = claim.form.type == "event"
    if is_event != (series.kind == "event"):
        message = f'a claim of type {claim.form.type} about a series of kind "{series.kind}"'
        yield placed.fault(
            ("form", "type"), message, "events go with kind: event, and only they do"
        )
        return
    if is_event:
        if claim.curves:
            yield placed.fault(("curves",), "an event has no curve", "write curves: []")
        return
    if claim.form.type in _LEVELS and not _resolves(claim.target, series):
        yield placed.fault(("target",), *_too_fine(claim.target, series))
    if claim.form.type in _TRENDS:
        for path, end in (("from", claim.form.start), ("to", claim.form.to)):
            if not _resolves(end, series):
                yield placed.fault(("form", path), *_too_fine(end, series))


def _too_fine(target: Period | None, series: Series) -> tuple[str, str]:
    message = (
        f'{target} is finer than the series "{series.id}", which has one figure a {series.period}'
    )
    return message, f"name a {series.period}, or a series that is published more often"


def _resolves(target: Period | None, series: Series) -> bool:
    """Whether a series of this granularity can have a figure for the target."""
    if target is None or target.granularity == "span" or series.monotone is not None:
        return True
    if _FINENESS.index(target.granularity) <= _FINENESS.index(series.period):
        return True
    if series.kind != "stock":
        return False
    months = {"year": (12,), "half": (6, 12), "quarter": (3, 6, 9, 12)}
    ends_a_month = (target.last + dt.timedelta(days=1)).day == 1
    return ends_a_month and target.last.month in months.get(series.period, range(1, 13))


def _curve_names() -> tuple[str, ...]:
    from ..curves import curves

    return tuple(each.name for each in curves())
