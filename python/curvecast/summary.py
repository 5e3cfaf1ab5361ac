# SPDX-License-Identifier: GPL-3.0-or-later
"""What fits and forecasts print: one screen, the worst note first, then the numbers."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from . import html
from .curves import Curve, Parameter, Quantity
from .notes import Note
from .record import digest
from .stacking import group_of, groups_of

if TYPE_CHECKING:
    from .comparison import Comparison
    from .distribution import Forecast
    from .result import Fit
    from .table import Fits

__all__ = [
    "call_of",
    "comparison_html",
    "comparison_text",
    "curve_text",
    "curves_text",
    "fit_html",
    "fit_text",
    "fits_text",
    "forecast_html",
    "forecast_text",
    "limits",
    "noted",
    "number",
    "paragraph",
    "sized",
]

_WIDEST, _NARROWEST = 96, 60
_LEVEL = 0.9
_SHOWN = 12


def number(value: float, stderr: float = np.nan) -> str:
    """Return a number with four significant digits, or with as many as its standard error supports.

    A dash stands where there is none.
    """
    if np.isnan(value):
        return "-"
    if 0 < stderr < abs(value) and 1e-3 <= abs(value) < 1e7:
        places = 1 - int(np.floor(np.log10(stderr)))
        if places > 3 - int(np.floor(np.log10(abs(value)))):
            comma = "," if abs(value) >= 1e4 else ""
            return f"{value:{comma}.{min(max(places, 0), 12)}f}"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e4:
        return f"{value:#.4g}".rstrip(".")
    if 1e4 <= abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:.3e}"


def _count(n: int, one: str, several: str = "") -> str:
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Set a table: first and last columns to the left, numbers to the right."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    last = len(head) - 1

    def cell(text: str, i: int) -> str:
        left = i == 0 or (i == last and not rows[0][last][:1].isdigit() and head[i] == "unit")
        return f"{text:<{widths[i]}}" if left else f"{text:>{widths[i]}}"

    return ["  " + "  ".join(cell(c, i) for i, c in enumerate(line)).rstrip() for line in lines]


def paragraph(start: str, text: str, indent: int | None = None) -> list[str]:
    """Return text after `start` as lines that suit the terminal.

    Parameters
    ----------
    start, text : str
    indent : int, optional
        Of the lines after the first; below the beginning of the text by default.
    """
    columns = shutil.get_terminal_size((_WIDEST, 24)).columns
    width = min(max(columns, _NARROWEST), _WIDEST)
    below = " " * (len(start) if indent is None else indent)
    return textwrap.wrap(
        text, width, initial_indent=start, subsequent_indent=below, break_on_hyphens=False
    )


def noted(notes: Iterable[Note]) -> list[str]:
    """Return notes as lines that suit the terminal, each after its severity."""
    return [line for each in notes for line in paragraph(f"  {each.severity}: ", each.sentence)]


# ---- a curve ------------------------------------------------------------------------------------


def limits(param: Parameter) -> str:
    """Return what values a parameter may have, in words; nothing where it may have any.

    Examples
    --------
    >>> import curvecast as cc
    >>> ceiling, rate, _ = cc.curve("logistic").params
    >>> limits(ceiling), limits(rate)
    ('0 or more', '')
    """
    if np.isinf(param.lower) and np.isinf(param.upper):
        return ""
    if np.isinf(param.upper):
        return f"{param.lower:g} or more"
    if np.isinf(param.lower):
        return f"{param.upper:g} or less"
    return f"{param.lower:g} to {param.upper:g}"


def call_of(curve: Curve) -> str:
    """Return how the curve is fitted in Python.

    Examples
    --------
    >>> import curvecast as cc
    >>> print(call_of(cc.curve("chinchilla")))
    cc.fit("chinchilla", {"N": N, "D": D}, y)
    """
    names = curve.regressors
    group = group_of(curve)
    if group is not None:
        how = "leave_out=NAME" if curve.of_shares else f'group="{group}", from_launch=True'
        return f'cc.fit("{curve.name}", *cc.stack(table, time, {how}))'
    x = names[0]
    if len(names) > 1:
        x = "{" + ", ".join(f'"{name}": {name}' for name in names) + "}"
    return f'cc.fit("{curve.name}", {x}, y)'


def sized(curves: Iterable[Curve]) -> list[list[Curve]]:
    """Return curves in order, those that differ only by a number at the end of the name together.

    Examples
    --------
    >>> import curvecast as cc
    >>> [[each.name for each in group] for group in sized([cc.curve("bass"), cc.curve("wright")])]
    [['bass'], ['wright']]
    """
    groups: dict[str, list[Curve]] = {}
    for each in curves:
        groups.setdefault(re.sub(r"_\d+$", "_#", each.name), []).append(each)
    return list(groups.values())


def curves_text(curves: Sequence[Curve], *, family: str | None = None) -> str:
    """Return a list of curves in plain text, by family.

    Parameters
    ----------
    curves : sequence of Curve
    family : str, optional
        Only this one, and then with what each curve says and is good for.
    """
    groups = [group for group in sized(curves) if family in (None, group[0].family)]
    names = [
        group[0].name if len(group) == 1 else f"{group[0].name} ... {group[-1].name}"
        for group in groups
    ]
    width = max(map(len, names))
    lines: list[str] = []
    before = None
    for name, (first, *_) in zip(names, groups, strict=True):
        if first.family != before:
            lines += [*([""] if lines else []), first.family]
            before = first.family
        lines += paragraph(f"  {name:<{width}}  ", first.title)
        if family:
            lines += paragraph(" " * (width + 4), first.formula)
            lines += paragraph(" " * (width + 4), first.when)
    more = "curvecast curves NAME describes one"
    if not family:
        more += "; curvecast curves FAMILY says what each of a family is for"
    return "\n".join([*lines, "", *paragraph("", more)])


def curve_text(curve: Curve) -> str:
    """Return a curve on one screen of plain text: what it says, and when to use it."""
    facts = [("use it for", curve.when), ("not for", curve.when_not)]
    regressors = (
        f"{name}{' (above 0)' if positive else ''}"
        for name, positive in zip_longest(curve.regressors, curve.positive)
    )
    facts += [("function of", ", ".join(regressors)), ("scatter", curve.error_model)]
    facts += [("source", curve.source)]
    lines = [f"{curve.name}: {curve.title}", *paragraph("  ", curve.formula, indent=4), ""]
    lines += [line for head, text in facts for line in paragraph(f"  {head:<13}", text)]
    width = max(len(each.name) for each in (*curve.params, *curve.derived))
    for head, group in (("parameters", curve.params), ("derived quantities", curve.derived)):
        lines += ["", f"  {head}"] if group else []
        for each in group:
            lines += paragraph(f"    {each.name:<{width}}  ", _meaning(each))
    if curve.family != "formula":
        columns = " ".join(f"--x {name}=COLUMN" for name in curve.regressors)
        if group_of(curve) is not None:  # a column for each
            columns = " ".join(["--x COLUMN", *["--y COLUMN"] * (groups_of(curve) - 1)])
        shell = f"curvecast fit FILE.csv --curve {curve.name} {columns} --y COLUMN"
        lines += ["", *paragraph("  in Python  ", call_of(curve))]
        lines += paragraph("  in a shell ", shell)
    return "\n".join(lines)


def _meaning(each: Parameter | Quantity) -> str:
    parts = [each.meaning + (f" [{each.unit}]" if each.unit not in ("", "1") else "")]
    if isinstance(each, Parameter):
        parts += [limits(each)] if limits(each) else []
        parts += ["held unless freed"] if each.fixed_by_default else []
    return "; ".join(parts)


# ---- one fit -------------------------------------------------------------------------------------


def _estimates(fit: Fit) -> tuple[list[str], list[list[str]]]:
    head = ["", "value", "std. error", f"{100 * _LEVEL:g} % from", "to", "unit"]
    free = fit.settings.free(fit.curve)
    rows = []
    for j, name in enumerate((*fit.curve.param_names, *fit.curve.derived_names)):
        found = fit.estimate(name, _LEVEL)
        if j < len(free) and not free[j]:
            uncertain = ["fixed", "", ""]
        else:
            ends = (_end(end, found.stderr) for end in (found.low, found.high))
            uncertain = [number(found.stderr), *ends]
        unit = "" if found.unit == "1" else found.unit
        rows.append([name, number(found.value, found.stderr), *uncertain, unit])
    return head, rows


def _end(value: float, stderr: float) -> str:
    return "open" if np.isinf(value) else number(value, stderr)


def _of_intervals(fit: Fit) -> tuple[str, list[Note]]:
    """Say which intervals are profile intervals, and what was not found on the way to them."""
    names = (*fit.curve.param_names, *fit.curve.derived_names)
    own = {name: fit.interval(name, _LEVEL) for name in names}
    profiled = [name for name, each in own.items() if each.method == "profile"]
    told = (
        f"Profile intervals, as Wald's would not hold: {', '.join(profiled)}." if profiled else ""
    )
    # One that is open says so itself.
    notes = [note for each in own.values() for note in each.notes if note.code != "interval_open"]
    return told, list(dict.fromkeys(notes))


def _facts(fit: Fit) -> list[str]:
    n = len(fit.y)
    points = _count(n, "point") if fit.n_used == n else f"{fit.n_used} of {_count(n, 'point')}"
    loss = "" if fit.settings.loss == "linear" else f", {fit.settings.loss} loss"
    free = _count(fit.df, "degree of freedom", "degrees of freedom")
    parts = [f"{points}, {free}, {fit.error_model} errors{loss}"]
    if not np.isnan(fit.s):
        about = f" in logs (about {100 * np.expm1(fit.s):.3g} %)" if fit.link == "log" else ""
        size = f"residual sd {number(fit.s)}{about}"
        if fit.error_model == "binomial":
            size = f"deviance {number(fit.objective)}"
        parts.append(f"{size}; AICc {number(fit.aicc)}")
    if fit.status.ok:
        search = []
        if fit.minima:  # none is counted where walks end short of one, on a floor too flat for them
            search += [_count(fit.minima, "minimum seen", "minima seen")]
        if not np.isnan(fit.share_of_starts):
            search += [f"{100 * fit.share_of_starts:.0f} % of starts reached the best"]
        search = [", ".join(search)] * bool(search)
        parts.append("; ".join([*search, f"condition {number(fit.condition)}"]))
    parts.append(
        f"data sha256 {digest(fit.points, fit.y, fit.weights)[:16]}, curvecast {fit.version}"
    )
    return parts


def _columns(fit: Fit) -> str:
    """Return the names of the columns that were fitted, where they are known: they have the units.

    Units of a single regressor are those of x, whatever the curve calls it.
    """
    of_x = dict(zip(fit.curve.regressors, fit.labels[:-1], strict=False))
    if len(of_x) == 1 and "x" not in of_x:
        of_x = {f"x ({name})": column for name, column in of_x.items()}
    return _named({"y": fit.labels[-1]} | of_x)


def _named(columns: Mapping[str, str | None]) -> str:
    return "; ".join(f"{head}: {column}" for head, column in columns.items() if column)


def _title(fit: Fit) -> str:
    return f"{fit.curve.name}: {fit.curve.title}"


def fit_text(fit: Fit) -> str:
    """Return a fit on one screen of plain text."""
    lines = [_title(fit), *paragraph("  ", fit.curve.formula, indent=4)]
    lines += paragraph("  ", _columns(fit), indent=4)
    if fit.status.number:
        lines += noted(
            [Note(fit.status.code, "error" if not fit.status.ok else "warning", fit.status.message)]
        )
    lines += [*noted(fit.notes), ""]
    if fit.status.ok:
        told, notes = _of_intervals(fit)
        lines += [*_aligned(*_estimates(fit)), ""]
        lines += [*paragraph("  ", told), *noted(notes), *([""] if told else [])]
    return "\n".join([*lines, *_wrapped(_facts(fit))])


def fit_html(fit: Fit) -> str:
    """Return a fit as HTML for a notebook."""
    parts = [html.paragraph(text) for text in (fit.curve.formula, _columns(fit)) if text]
    if fit.status.number:
        severity = "warning" if fit.status.ok else "error"
        parts.append(html.paragraph(fit.status.message, severity=severity))
    parts += [html.paragraph(each.sentence, severity=each.severity) for each in fit.notes]
    if fit.status.ok:
        told, notes = _of_intervals(fit)
        parts.append(html.table(*_estimates(fit)))
        parts += [html.paragraph(told)] if told else []
        parts += [html.paragraph(each.sentence, severity=each.severity) for each in notes]
    return html.card(_title(fit), [*parts, *map(html.paragraph, _facts(fit))])


# ---- a table of fits -----------------------------------------------------------------------------


def _counts(fits: Fits) -> list[list[str]]:
    counts = fits.counts
    return [
        [code, f"{count:,}"] for group in counts.values() for code, count in group.items() if count
    ]


def _spread(fits: Fits) -> tuple[list[str], list[list[str]]]:
    head = ["", "5 %", "median", "95 %"]
    rows = []
    for name, values in fits.params.items():
        usable = values[np.isfinite(values)]
        ends = np.quantile(usable, [0.05, 0.5, 0.95]) if usable.size else [np.nan] * 3
        rows.append([name, *map(number, ends)])
    return head, rows


def fits_text(fits: Fits) -> str:
    """Return a table of fits on one screen of plain text: how many ended how, and the spread."""
    lines = [f"{fits.curve.name}: {len(fits.status.ravel()):,} fits, shape {fits.shape}", ""]
    lines += [*_aligned(["ended or noted", "fits"], _counts(fits)), ""]
    return "\n".join([*lines, *_aligned(*_spread(fits))])


def fits_html(fits: Fits) -> str:
    """Return a table of fits as HTML for a notebook."""
    parts = [html.table(["ended or noted", "fits"], _counts(fits)), html.table(*_spread(fits))]
    return html.card(f"{fits.curve.name}: {len(fits.status.ravel()):,} fits", parts)


# ---- a comparison --------------------------------------------------------------------------------

_CRITERIA = {"aicc": "AICc", "bic": "BIC"}


def _comparison_rows(found: Comparison) -> tuple[list[str], list[list[str]]]:
    head = ["", "errors", "k", "AICc", "BIC", "weight", "autocorr.", "s"]
    rows = []
    for each in found:
        size = [f"{each.parameters}", _criterion(each.aicc), _criterion(each.bic)]
        size.append(f"{each.weight:.3f}")
        if not each.status.ok:
            size = ["-"] * 4
        correlation = "-" if np.isnan(each.autocorrelation) else f"{each.autocorrelation:.2f}"
        rows.append([each.name, each.error_model, *size, correlation, number(each.s)])
    return head, rows


def _criterion(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.2f}"


def _comparison_title(found: Comparison) -> str:
    best = "none" if found.best is None else found.best
    return f"{len(found)} curves, {found.n_used} points; best by {_CRITERIA[found.by]}: {best}"


def _comparison_columns(found: Comparison) -> str:
    """Return the names of the columns that were fitted, where they are known."""
    columns: dict[str, str | None] = {"y": found.entries[0].fit.labels[-1]}
    for each in found:
        columns |= dict(zip(each.fit.curve.regressors, each.fit.labels[:-1], strict=False))
    return _named(columns)


def _comparison_facts(found: Comparison) -> list[tuple[str, str]]:
    """Return what the notes of the fits say, each once, and what the columns are; (head, text)."""
    facts = [(each.name, each.status.message) for each in found if not each.status.ok]
    names: dict[str, list[str]] = {}
    told: dict[str, str] = {}
    for each in found:
        for one in each.notes:
            names.setdefault(one.code, []).append(each.name)
            told[one.code] = re.split(r"[:.;] ", one.sentence.removesuffix("."))[0]
    facts += [(", ".join(which), f"{told[code]} ({code})") for code, which in names.items()]
    columns = (
        "k counts the parameters and the size of the scatter; AICc and BIC are in y's own unit, "
        "whatever the errors; s is the residual standard deviation on their own scale"
    )
    return [*facts, ("columns", columns)]


def comparison_text(found: Comparison) -> str:
    """Return a comparison on one screen of plain text."""
    lines = [_comparison_title(found), *paragraph("  ", _comparison_columns(found), indent=4)]
    lines += [*noted(found.notes), ""]
    lines += [*_aligned(*_comparison_rows(found)), ""]
    for head, text in _comparison_facts(found):
        lines += paragraph("  ", f"{head}: {text}", indent=4)
    return "\n".join(lines)


def comparison_html(found: Comparison) -> str:
    """Return a comparison as HTML for a notebook."""
    columns = _comparison_columns(found)
    parts = [html.paragraph(columns)] if columns else []
    parts += [html.paragraph(each.sentence, severity=each.severity) for each in found.notes]
    parts.append(html.table(*_comparison_rows(found)))
    parts += [html.paragraph(f"{head}: {text}") for head, text in _comparison_facts(found)]
    return html.card(_comparison_title(found), parts)


# ---- a forecast ----------------------------------------------------------------------------------


def _forecast_rows(forecast: Forecast) -> tuple[list[str], list[list[str]]]:
    at = {forecast.labels[0] or "x": forecast.x} if forecast.inputs is None else forecast.inputs
    head = [*at, "median", "50 % from", "to", "90 % from", "to"]
    half, most = forecast.interval(0.5), forecast.interval(0.9)
    columns = zip(*at.values(), strict=True)
    rows = [
        [*(f"{x:.7g}" for x in point), *map(number, (median, *inner, *outer))]
        for point, median, inner, outer in zip(columns, forecast.median, half, most, strict=True)
    ]
    if len(rows) > _SHOWN:
        keep = np.unique(np.linspace(0, len(rows) - 1, _SHOWN).round().astype(int))
        rows = [rows[i] for i in keep]
    return head, rows


def _forecast_facts(forecast: Forecast) -> list[str]:
    parts = len(forecast.weight)
    kind = "distribution" if parts == 1 else f"mixture of {parts} distributions"
    scale = {"identity": "the scale of y", "log": "logs", "logit": "log odds"}[forecast.link]
    unit = f" in {forecast.unit}" if forecast.unit else ""
    details = ", ".join(f"{name} {value:.4g}" for name, value in forecast.details.items())
    lines = [f"{_count(len(forecast.x), 'point')}{unit}; {kind} on {scale}; seed {forecast.seed}"]
    return [*lines, details] if details else lines


def _wrapped(facts: Iterable[str]) -> list[str]:
    return [line for fact in facts for line in paragraph("  ", fact, indent=4)]


def _forecast_title(forecast: Forecast) -> str:
    if forecast.counts_rows:
        return f"{forecast.method}: forecast"
    return f"{forecast.method}: forecast from {forecast.origin:.7g}"


def forecast_text(forecast: Forecast) -> str:
    """Return a forecast on one screen of plain text."""
    lines = [_forecast_title(forecast), *noted(forecast.notes), ""]
    lines += [*_aligned(*_forecast_rows(forecast)), ""]
    return "\n".join([*lines, *_wrapped(_forecast_facts(forecast))])


def forecast_html(forecast: Forecast) -> str:
    """Return a forecast as HTML for a notebook."""
    parts = [html.paragraph(each.sentence, severity=each.severity) for each in forecast.notes]
    parts += [
        html.table(*_forecast_rows(forecast)),
        *map(html.paragraph, _forecast_facts(forecast)),
    ]
    return html.card(_forecast_title(forecast), parts)
