# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of fits and forecasts with matplotlib, which is loaded only when one is drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .curves import curves
from .data import regressors
from .errors import ArgumentError, CurvecastError, nearest
from .estimate import check_level
from .stacking import group_of

if TYPE_CHECKING:
    from .comparison import Comparison, Entry
    from .distribution import Forecast
    from .result import Fit

__all__ = ["plot_ahead", "plot_comparison", "plot_fit", "plot_forecast"]

_BLUE = "#1f5fa8"
# Told apart by the colour-blind too (Okabe and Ito 2008), after the blue of everything else.
_COLOURS = (_BLUE, "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")
_BEYOND = 0.4
# At how many points a forecast is worked out for its picture.
_STEPS = 40
_WIDE, _NARROW = 0.16, 0.42
# Between these, numbers at linear axes are written in full, with commas.
_FIRST_WITH_COMMA, _LAST_IN_FULL = 1e4, 1e9
# A logarithmic axis over less than this factor has ticks at even distances.
_SHORT = 6.0


def plot_fit(
    fit: Fit,
    ax: Any = None,
    *,
    level: float = 0.9,
    x: Any = None,
    x_label: str | None = None,
    y_label: str | None = None,
) -> Any:
    """Draw the data, the fitted curve, where the curve may lie, and where observations may.

    A curve of several technologies or generations is drawn along time, a line for each. Other
    curves of several regressors are drawn through their values at the points, along time or the
    first regressor; where several points share a place there, or a line would go up and down
    between them, observations are drawn against the fitted values.

    Parameters
    ----------
    fit : Fit
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    level : float, optional
        Share that each band is meant to hold.
    x : array_like, optional
        Where to draw a curve of one regressor, or the times at which to draw one of several
        technologies or generations; over the data by default.
    x_label, y_label : str, optional
        Axis labels, with units; the names of the pandas columns, or of the curve's regressor, by
        default.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If `x` is given for another curve of several regressors.
    """
    level = check_level(level)
    names = fit.curve.regressors
    if len(names) > 1 and x is not None and group_of(fit.curve) is None:
        raise ArgumentError(
            f"{fit.curve.name} has {len(names)} regressors and is drawn at its points; leave x out"
        )
    ax = _axes(ax)
    k = _along(fit)
    lines = _lines(fit, k, x)
    percent = f"{100 * level:g} %"
    told = (f"{percent} of observations", f"{percent} band of the curve")
    for i, (name, across, points) in enumerate(lines if fit.status.ok else []):
        colour, there = _COLOURS[i % len(_COLOURS)], dict(zip(names, points, strict=True))
        value, *inner = fit.predict(there, band="mean", level=level)
        if fit.error_model == "binomial":  # an observation scatters by its number of trials
            style = {"alpha": _NARROW, "color": colour, "linewidth": 0}
            ax.fill_between(across, *inner, label=None if i else told[1], **style)
        else:
            outer = fit.predict(there, band="observation", level=level)[1:]
            _bands(ax, across, outer, inner, (None, None) if i else told, colour)
        ax.plot(across, value, color=colour, linewidth=1.6, label=name)
    across = _fitted(fit) if k is None else fit.points[k]
    _observed(ax, fit, across, [points for _, _, points in lines])
    if len(names) == 1 or k is None or names[k] != "time":
        positive = fit.link == "log" if k is None else fit.curve.positive[k : k + 1] == (True,)
        if positive:
            _log_axis(ax.xaxis)
    if fit.link == "log":
        _log_axis(ax.yaxis)
    told = "share" if fit.curve.of_shares else "y"
    y_label = y_label or (None if _members(fit) else fit.labels[-1]) or told
    known = f"fitted {y_label}" if k is None else fit.labels[k] or names[k]
    _finish(ax, x_label or known, y_label, across[fit.used])
    return ax


def _along(fit: Fit) -> int | None:
    """Return the regressor along which a fit is drawn: time if it has it; None where none will do.

    None will do where points share their places, or where the others move so much beside the first
    that a line through the fitted values turns more often than at every fourth point.
    """
    names = fit.curve.regressors
    if "time" in names:
        return names.index("time")
    if len(names) == 1:
        return 0
    seen = fit.points[0][fit.used]
    steps = np.diff(_fitted(fit)[fit.used][np.argsort(seen, kind="stable")])
    turns = int(np.sum(steps[1:] * steps[:-1] < 0))
    return 0 if len(np.unique(seen)) == len(seen) and turns <= len(seen) / 4 else None


def _lines(fit: Fit, k: int | None, x: Any) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return what is drawn of a curve: the name of each line, where, and its (r, h) points."""
    name, group = f"{fit.curve.name} fit", group_of(fit.curve)
    if len(fit.curve.regressors) == 1:
        seen = fit.points[0][fit.used]
        over = _grid(seen, fit.curve.positive_x) if x is None else _given(x, fit)
        return [(name, over, over[np.newaxis])]
    known = fit.points[:, np.isfinite(fit.points).all(axis=0)]
    if group is not None:
        called, numbers = _members(fit), fit.points[fit.curve.regressors.index(group)]
        lines = []
        for number in np.unique(known[fit.curve.regressors.index(group)]):
            # One that was left out, as the others say all of it, is drawn wherever they are.
            own = fit.used & (numbers == number)
            seen = fit.points[k][own if own.any() else fit.used]
            over = _grid(seen, log=False) if x is None else np.sort(np.asarray(x, dtype=float))
            over = over if fit.curve.of_shares else over[over >= seen.min()]  # not yet launched
            points = np.stack([over, np.full(len(over), number)])
            lines.append((called.get(int(number), f"{group} {number:g}"), over, points))
        return lines
    across = known[k] if k is not None else _fitted(fit)[np.isfinite(fit.points).all(axis=0)]
    order = np.argsort(across, kind="stable")
    return [(name if k is not None else "fitted value", across[order], known[:, order])]


def _members(fit: Fit) -> dict[int, str]:
    """Return what the technologies or generations are called, if the label of y says it."""
    label = fit.labels[-1] or ""
    found = re.findall(r"(\d+) = (.+?)(?=, \d+ = |(?: / [\d.e+]+)?$)", label)
    sign = " (%)" if fit.curve.of_shares else ""
    return {int(number): name.removesuffix(sign) for number, name in found}


def _fitted(fit: Fit) -> np.ndarray:
    return fit.curve.ufunc("eval")(fit.points, fit.theta)


def _observed(ax: Any, fit: Fit, across: np.ndarray, lines: list[np.ndarray]) -> None:
    """Draw the points, those of each technology or generation in the colour of its line."""
    used, group = fit.used, group_of(fit.curve)
    if group is None:
        _points(ax, across[used], fit.y[used], "observations")
    else:
        numbers = fit.points[fit.curve.regressors.index(group)]
        for i, points in enumerate(lines):
            own = used & (numbers == points[1, 0])
            colour = _COLOURS[i % len(_COLOURS)]
            _points(ax, across[own], fit.y[own], None, color=colour)
    left_out = ~used & np.isfinite(across) & np.isfinite(fit.y)
    if left_out.any():
        _points(ax, across[left_out], fit.y[left_out], "left out", markerfacecolor="none")


def plot_comparison(
    comparison: Comparison,
    ax: Any = None,
    *,
    x: Any = None,
    x_label: str | Mapping[str, str] | None = None,
    y_label: str | None = None,
) -> Any:
    """Draw the data and every curve of a comparison, and how they part ways ahead.

    Curves that the data do not tell apart are drawn through, the best the strongest, and the others
    dashed; the weight of each stands in the legend. Curves of different regressors, or of several,
    are drawn through their values at the points. Where several points share a place these are
    dashes along time, and else fitted values against the observations.

    Parameters
    ----------
    comparison : Comparison
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    x : array_like, optional
        Where to draw curves of one and the same regressor; by default over the data and as far
        ahead as four tenths of their length.
    x_label, y_label : str, optional
        Axis labels, with units; the names of the pandas columns, or of the regressor, by default.
        A dict for `x_label` has one for each regressor.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If `x` is given for curves that are functions of different things.
    """
    shown = [each for each in comparison if each.status.ok]
    first = shown[0].fit
    alike = len(first.curve.regressors) == 1 and all(
        each.fit.curve.regressors == first.curve.regressors
        and np.array_equal(each.fit.points[:, each.fit.used], first.points[:, first.used])
        for each in shown
    )
    if x is not None and not alike:
        raise ArgumentError(
            "these curves are functions of different things, so there is no one x to draw them "
            "over; leave it out, and they are drawn at their points"
        )
    ax = _axes(ax)
    name, seen = (first.curve.regressors[0], first.points[0][first.used])
    log = first.curve.positive_x
    if alike:
        over = _ahead(seen, log) if x is None else _given(x, first)
        lines = [each.fit.predict(over) for each in shown]
    else:
        name, seen, log = _common_axis([each.fit for each in shown])
        order = np.argsort(seen, kind="stable")
        over = seen[order]
        lines = [
            each.fit.curve.ufunc("eval")(each.fit.points, each.fit.theta)[each.fit.used][order]
            for each in shown
        ]
    several = not alike and len(np.unique(over)) < len(over)  # no line goes through them
    y, of_y = first.y[first.used], y_label or first.labels[-1] or "y"
    if several and name != "time":
        return _against_observed(ax, shown, y[order], lines, of_y)
    possible = comparison.undecided or (shown[0].name,)
    for i, (each, line) in enumerate(zip(shown, lines, strict=True)):
        style = {"linewidth": 2.2} if i == 0 else {"linewidth": 1.2}
        style |= {} if each.name in possible else {"linestyle": "--", "linewidth": 0.9}
        if several:
            style = {"linestyle": "", "marker": "_", "markersize": 9 if i == 0 else 6}
        colour = _COLOURS[i % len(_COLOURS)]
        ax.plot(over, line, label=f"{each.name} ({each.weight:.2f})", color=colour, **style)
    _points(ax, seen, y, "observations")
    if log:
        _log_axis(ax.xaxis)
    if all(each.fit.link == "log" for each in shown):
        _log_axis(ax.yaxis)
    else:
        within = [line for each, line in zip(shown, lines, strict=True) if each.name in possible]
        _limit(ax, np.concatenate([y, *within]))
    of_name = {
        known: label
        for each in shown
        for known, label in zip(each.fit.curve.regressors, each.fit.labels, strict=False)
        if label
    }
    if isinstance(x_label, Mapping):
        x_label = x_label.get(name)
    _finish(ax, x_label or of_name.get(name) or name, of_y, seen)
    return ax


def _against_observed(
    ax: Any, shown: list[Entry], y: np.ndarray, lines: list[np.ndarray], y_label: str
) -> Any:
    """Draw what each curve gives for every point against what was observed there."""
    ends = [y.min(), y.max()]
    ax.plot(ends, ends, color=ax.xaxis.label.get_color(), linewidth=0.9, label="as observed")
    style = {"linestyle": "", "marker": "o", "markerfacecolor": "none"}
    for i, (each, line) in reversed(list(enumerate(zip(shown, lines, strict=True)))):
        colour, size = _COLOURS[i % len(_COLOURS)], 5 if i == 0 else 3.5
        name = f"{each.name} ({each.weight:.2f})"
        ax.plot(y, line, label=name, color=colour, markersize=size, **style)
    if all(each.fit.link == "log" for each in shown):
        _log_axis(ax.xaxis)
        _log_axis(ax.yaxis)
    _finish(ax, y_label, f"fitted {y_label}", y)
    handles, names = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], names[::-1], frameon=False, fontsize="small")  # the best first
    return ax


def _ahead(x: np.ndarray, log: bool) -> np.ndarray:
    """Return 200 points over the data and beyond, where curves that agree on them part ways."""
    low, high = (np.log(x.min()), np.log(x.max())) if log else (x.min(), x.max())
    over = np.linspace(low, high + _BEYOND * (high - low), 200)
    return np.exp(over) if log else over


def _common_axis(fits: list[Fit]) -> tuple[str, np.ndarray, bool]:
    """Return a regressor along which curves of different ones can be drawn: time, if it is one.

    Its name, its values at the points used, and whether it is natural on a log axis.
    """
    fit, k = next(
        (
            (each, each.curve.regressors.index("time"))
            for each in fits
            if "time" in each.curve.regressors
        ),
        (fits[0], 0),
    )
    return fit.curve.regressors[k], fit.points[k][fit.used], fit.curve.positive[k]


def _limit(ax: Any, values: np.ndarray) -> None:
    """Keep the y axis to these values: a curve that leaves them is one that the data rule out."""
    finite = values[np.isfinite(values)]
    room = 0.06 * np.ptp(finite) or 1.0
    ax.set_ylim(finite.min() - room, finite.max() + room)


def plot_forecast(
    forecast: Forecast,
    ax: Any = None,
    *,
    x: str | None = None,
    x_label: str | None = None,
    y_label: str | None = None,
) -> Any:
    """Draw the history, the median forecast, and the bands that hold 50 % and 90 %.

    Where the curve has several regressors and its rows follow no line of time, each row stands by
    itself: its median and bars, over one of the regressors. A forecast keeps the regressors of its
    own rows alone, so observations are then left to the picture of the fit.

    Parameters
    ----------
    forecast : Forecast
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    x : str, optional
        The regressor to draw such rows over; by default the one that has most values.
    x_label, y_label : str, optional
        Axis labels, with units; the names of the pandas columns and the forecast's unit by default.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If `x` names no regressor, or the forecast runs along one axis anyway.
    """
    if forecast.counts_rows:
        return _plot_rows(forecast, _axes(ax), x, x_label, y_label)
    if x is not None:
        raise ArgumentError(
            f"this forecast of {forecast.method} has one axis; leave x out, or set x_label="
        )
    ax = _axes(ax)
    order = np.argsort(forecast.x, kind="stable")
    ahead = forecast.x[order]
    outer, inner = (forecast.interval(level)[order].T for level in (0.9, 0.5))
    names = ("90 % band", "50 % band")
    if len(ahead) == 1:  # give the bands some width
        across = ahead + 0.012 * np.ptp([*forecast.history[0], *ahead]) * np.array([-1, 1])
        outer, inner = np.repeat(outer, 2, axis=1), np.repeat(inner, 2, axis=1)
        _bands(ax, across, outer, inner, names)
    else:
        _bands(ax, ahead, outer, inner, names)
    marker = "o" if len(ahead) == 1 else None
    style = {"color": _BLUE, "linewidth": 1.6, "marker": marker}
    ax.plot(ahead, forecast.median[order], label=_median(forecast), **style)
    seen, y = forecast.history
    usable = np.isfinite(seen) & np.isfinite(y)
    _points(ax, seen[usable], y[usable], "observations")
    if forecast.link == "log":
        _log_axis(ax.yaxis)
    ratios = any(each.name == forecast.method and each.positive_x for each in curves())
    if ratios and not forecast.inputs:
        _log_axis(ax.xaxis)
    known = forecast.labels[0] or ("time" if forecast.inputs else "x")
    _finish(ax, x_label or known, _of_y(forecast, y_label), seen[usable])
    return ax


def _plot_rows(
    forecast: Forecast, ax: Any, x: str | None, x_label: str | None, y_label: str | None
) -> Any:
    """Draw the rows of a forecast over one of its several regressors."""
    inputs = forecast.inputs
    names = list(inputs)
    if x is not None and x not in names:
        told = f"there is no regressor {x!r} in this forecast of {forecast.method}"
        raise ArgumentError(f"{told}; {nearest(x, names)}")
    # The one of most values tells most rows apart; the first of several such.
    x = x or max(names, key=lambda name: len(np.unique(inputs[name])))
    k, places = names.index(x), inputs[x]
    for level, width, alpha in ((0.9, 5, _WIDE), (0.5, 5, _NARROW)):
        style = {"color": _BLUE, "linewidth": width, "alpha": alpha}
        ax.vlines(places, *forecast.interval(level).T, label=f"{100 * level:.0f} %", **style)
    style = {"color": _BLUE, "linestyle": "", "marker": "o", "markersize": 4}
    ax.plot(places, forecast.median, label=_median(forecast), **style)
    if forecast.link == "log":
        _log_axis(ax.yaxis)
    if any(each.name == forecast.method and each.positive[k] for each in curves()):
        _log_axis(ax.xaxis)
    known = forecast.labels[k] if len(forecast.labels) == len(names) + 1 else None
    _finish(ax, x_label or known or x, _of_y(forecast, y_label), places)
    return ax


def _median(forecast: Forecast) -> str:
    return f"median, {forecast.method.replace('_', ' ')}"


def _of_y(forecast: Forecast, y_label: str | None) -> str:
    name = y_label or forecast.labels[-1]
    if name and forecast.unit and not y_label:
        return f"{name} ({forecast.unit})"
    return name or forecast.unit or "y"


def plot_ahead(fit: Fit, points: Any, ax: Any = None) -> Any:
    """Draw a fit through its points, and its forecast from there to other points.

    Several technologies or generations are drawn as `plot_fit` does it, from the first to the last.

    Parameters
    ----------
    fit : Fit
        Of a curve of one regressor, or of time and the number of a technology or generation.
    points : array_like
        Where a forecast is wanted, (h,); each is marked at its median.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    matplotlib.axes.Axes
    """
    wanted = np.unique(np.asarray(points, dtype=float))
    if group_of(fit.curve) is not None:
        time = fit.points[fit.curve.regressors.index("time")][fit.used]
        return plot_fit(fit, ax, x=_grid(np.concatenate([time, wanted]), log=False))
    seen = fit.points[0][fit.used]
    log = fit.curve.positive_x
    ahead, behind = wanted.max(initial=-np.inf), wanted.min(initial=np.inf)
    if ahead > seen.max():
        between = _grid(np.array([seen.max(), ahead]), log, _STEPS)
    elif behind < seen.min() and (behind > 0 or not log):
        between = _grid(np.array([behind, seen.min()]), log, _STEPS)
    else:
        between = wanted
    forecast = fit.forecast(np.union1d(between, wanted))
    ax = plot_forecast(forecast, ax)
    over = _grid(seen, log)
    name = f"{fit.curve.name} fit"
    ax.plot(over, fit.predict(over), color=_BLUE, linewidth=1.0, linestyle="--", label=name)
    marked = np.isin(forecast.x, wanted)
    style = {"linestyle": "", "marker": "o", "markersize": 5, "color": _BLUE, "zorder": 4}
    ax.plot(forecast.x[marked], forecast.median[marked], **style)
    ax.legend(frameon=False, fontsize="small")
    return ax


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise CurvecastError(
            f"plot() needs matplotlib ({error}); install it with: pip install matplotlib"
        ) from error
    return plt.subplots(figsize=(6.4, 4.0), layout="constrained")[1]


def _given(x: Any, fit: Fit) -> np.ndarray:
    return np.sort(regressors(x, fit.curve.regressors, fit.curve.name)[0])


def _grid(x: np.ndarray, log: bool, count: int = 200) -> np.ndarray:
    """Return so many points over the data."""
    return (np.geomspace if log else np.linspace)(x.min(), x.max(), count)


def _bands(
    ax: Any,
    x: np.ndarray,
    outer: Any,
    inner: Any,
    names: tuple[str | None, str | None],
    colour: str = _BLUE,
) -> None:
    """Draw two nested bands side by side, not one over the other: as the legend shows them."""
    low, high = outer
    from_, to = inner
    if not np.isfinite([low, high]).any():
        return
    style = {"color": colour, "linewidth": 0}
    ax.fill_between(x, low, from_, alpha=_WIDE, label=names[0], **style)
    ax.fill_between(x, to, high, alpha=_WIDE, **style)
    ax.fill_between(x, from_, to, alpha=_NARROW, label=names[1], **style)


def _points(ax: Any, x: np.ndarray, y: np.ndarray, name: str | None, **style: Any) -> None:
    # In the colour of the axes' text, so that dark styles show them too.
    style = {"color": ax.xaxis.label.get_color(), "label": name} | style
    ax.plot(x, y, "o", markersize=4, zorder=3, **style)


def _log_axis(axis: Any) -> None:
    """Make an axis logarithmic, with plain numbers at its ticks."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def _num_to_string(self, x: float, *_: float) -> str:
            if 1 <= x < 1e6 and x == round(x):
                return f"{x:,.0f}"
            power = np.log10(x)
            far = (power >= 6 or power <= -5) and power % 1 == 0
            return f"$10^{{{power:.0f}}}$" if far else f"{x:g}"

    (axis.axes.set_xscale if axis.axis_name == "x" else axis.axes.set_yscale)("log")
    axis.set_major_formatter(Plain())
    axis.set_minor_formatter(Plain(minor_thresholds=(1.0, 0.4)))


def _finish(ax: Any, x_label: str, y_label: str, x: np.ndarray) -> None:
    """Label the axes, drop what carries nothing, and name everything in the legend."""
    from matplotlib.ticker import MaxNLocator, NullLocator, StrMethodFormatter

    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    ax.spines[["top", "right"]].set_visible(False)
    if ax.get_xscale() == "linear" and (x == np.round(x)).all():  # no half years between years
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    for axis in (ax.xaxis, ax.yaxis):
        low, high = axis.get_view_interval()
        if axis.get_scale() == "log":
            if high < _SHORT * low:  # powers of ten would leave it nearly bare
                axis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
                axis.set_major_formatter(StrMethodFormatter("{x:,.9g}"))
                axis.set_minor_locator(NullLocator())
            continue
        if not hasattr(axis.get_major_formatter(), "set_useOffset"):
            continue
        # Years must not be written as offsets from the first one, nor people in powers of ten.
        axis.get_major_formatter().set_useOffset(False)
        if _FIRST_WITH_COMMA <= max(abs(low), abs(high)) < _LAST_IN_FULL:
            axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.legend(frameon=False, fontsize="small")
