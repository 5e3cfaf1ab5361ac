# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of fits and forecasts with matplotlib, which is loaded only when one is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .curves import curves
from .data import regressors
from .errors import ArgumentError, CurvecastError
from .estimate import check_level

if TYPE_CHECKING:
    from .comparison import Comparison
    from .distribution import Forecast
    from .result import Fit

__all__ = ["plot_comparison", "plot_fit", "plot_forecast"]

_BLUE = "#1f5fa8"
# Told apart by the colour-blind too (Okabe and Ito 2008), after the blue of everything else.
_COLOURS = (_BLUE, "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")
_BEYOND = 0.4
_WIDE, _NARROW = 0.16, 0.42


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

    Parameters
    ----------
    fit : Fit
        Of a curve with one regressor.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    level : float, optional
        Share that each band is meant to hold.
    x : array_like, optional
        Where to draw the curve; over the data by default.
    x_label, y_label : str, optional
        Axis labels, with units; the names of the pandas columns, or of the curve's regressor, by
        default.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the curve has several regressors.
    """
    level = check_level(level)
    if len(fit.curve.regressors) > 1:
        raise ArgumentError(
            f"{fit.curve.name} has {len(fit.curve.regressors)} regressors, which one picture "
            "cannot show; use predict() over one of them with the others held"
        )
    ax = _axes(ax)
    used = fit.used
    seen = fit.points[0]
    over = _grid(seen[used], fit.curve.positive_x) if x is None else _given(x, fit)
    percent = f"{100 * level:g} %"
    if fit.status.ok:
        value, *inner = fit.predict(over, band="mean", level=level)
        names = (f"{percent} of observations", f"{percent} band of the curve")
        if fit.error_model == "binomial":  # an observation scatters by its number of trials
            ax.fill_between(over, *inner, alpha=_NARROW, color=_BLUE, linewidth=0, label=names[1])
        else:
            outer = fit.predict(over, band="observation", level=level)[1:]
            _bands(ax, over, outer, inner, names)
        ax.plot(over, value, color=_BLUE, linewidth=1.6, label=f"{fit.curve.name} fit")
    _points(ax, seen[used], fit.y[used], "observations")
    left_out = ~used & np.isfinite(seen) & np.isfinite(fit.y)
    if left_out.any():
        _points(ax, seen[left_out], fit.y[left_out], "left out", markerfacecolor="none")
    if fit.curve.positive_x:
        _log_axis(ax.xaxis)
    if fit.link == "log":
        _log_axis(ax.yaxis)
    _finish(
        ax, x_label or fit.labels[0] or fit.curve.regressors[0], y_label or fit.labels[-1] or "y"
    )
    return ax


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
    are drawn through their values at the points, or as dashes where several points share a place.

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
    possible = comparison.undecided or (shown[0].name,)
    for i, (each, line) in enumerate(zip(shown, lines, strict=True)):
        style = {"linewidth": 2.2} if i == 0 else {"linewidth": 1.2}
        style |= {} if each.name in possible else {"linestyle": "--", "linewidth": 0.9}
        if several:
            style = {"linestyle": "", "marker": "_", "markersize": 9 if i == 0 else 6}
        colour = _COLOURS[i % len(_COLOURS)]
        ax.plot(over, line, label=f"{each.name} ({each.weight:.2f})", color=colour, **style)
    y = first.y[first.used]
    _points(ax, seen, y, "observations")
    if log:
        _log_axis(ax.xaxis)
    if all(each.fit.link == "log" for each in shown):
        _log_axis(ax.yaxis)
    else:
        within = [line for each, line in zip(shown, lines, strict=True) if each.name in possible]
        _limit(ax, np.concatenate([y, *within]))
    label = first.labels[0] if alike else None
    if isinstance(x_label, Mapping):
        x_label = x_label.get(name)
    _finish(ax, x_label or label or name, y_label or first.labels[-1] or "y")
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
    forecast: Forecast, ax: Any = None, *, x_label: str | None = None, y_label: str | None = None
) -> Any:
    """Draw the history, the median forecast, and the bands that hold 50 % and 90 %.

    Parameters
    ----------
    forecast : Forecast
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    x_label, y_label : str, optional
        Axis labels, with units; the names of the pandas columns and the forecast's unit by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = _axes(ax)
    order = np.argsort(forecast.x, kind="stable")
    x = forecast.x[order]
    outer, inner = (forecast.interval(level)[order].T for level in (0.9, 0.5))
    names = ("90 % band", "50 % band")
    if len(x) == 1:  # give the bands some width
        across = x + 0.012 * np.ptp([*forecast.history[0], *x]) * np.array([-1, 1])
        outer, inner = np.repeat(outer, 2, axis=1), np.repeat(inner, 2, axis=1)
        _bands(ax, across, outer, inner, names)
    else:
        _bands(ax, x, outer, inner, names)
    name = f"median, {forecast.method.replace('_', ' ')}"
    marker = "o" if len(x) == 1 else None
    ax.plot(x, forecast.median[order], color=_BLUE, linewidth=1.6, marker=marker, label=name)
    seen, y = forecast.history
    usable = np.isfinite(seen) & np.isfinite(y)
    _points(ax, seen[usable], y[usable], "observations")
    if forecast.link == "log":
        _log_axis(ax.yaxis)
    ratios = any(each.name == forecast.method and each.positive_x for each in curves())
    if ratios and not forecast.inputs:
        _log_axis(ax.xaxis)
    name = y_label or forecast.labels[-1]
    if name and forecast.unit and not y_label:
        name = f"{name} ({forecast.unit})"
    rows = "row" if forecast.counts_rows else "time" if forecast.inputs else "x"
    known = None if forecast.counts_rows else forecast.labels[0]
    _finish(ax, x_label or known or rows, name or forecast.unit or "y")
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


def _grid(x: np.ndarray, log: bool) -> np.ndarray:
    """Return 200 points over the data."""
    if log:
        return np.geomspace(x.min(), x.max(), 200)
    return np.linspace(x.min(), x.max(), 200)


def _bands(ax: Any, x: np.ndarray, outer: Any, inner: Any, names: tuple[str, str]) -> None:
    """Draw two nested bands side by side, not one over the other: as the legend shows them."""
    low, high = outer
    from_, to = inner
    if not np.isfinite([low, high]).any():
        return
    style = {"color": _BLUE, "linewidth": 0}
    ax.fill_between(x, low, from_, alpha=_WIDE, label=names[0], **style)
    ax.fill_between(x, to, high, alpha=_WIDE, **style)
    ax.fill_between(x, from_, to, alpha=_NARROW, label=names[1], **style)


def _points(ax: Any, x: np.ndarray, y: np.ndarray, name: str, **style: Any) -> None:
    # In the colour of the axes' text, so that dark styles show them too.
    colour = ax.xaxis.label.get_color()
    ax.plot(x, y, "o", color=colour, markersize=4, zorder=3, label=name, **style)


def _log_axis(axis: Any) -> None:
    """Make an axis logarithmic, with plain numbers at its ticks."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def _num_to_string(self, x: float, *_: float) -> str:
            if 1 <= x < 1e6 and x == round(x):
                return f"{x:,.0f}"
            power = np.log10(x)
            return f"$10^{{{power:.0f}}}$" if power >= 6 and power % 1 == 0 else f"{x:g}"

    (axis.axes.set_xscale if axis.axis_name == "x" else axis.axes.set_yscale)("log")
    axis.set_major_formatter(Plain())
    axis.set_minor_formatter(Plain(minor_thresholds=(1.0, 0.4)))


def _finish(ax: Any, x_label: str, y_label: str) -> None:
    """Label the axes, drop what carries nothing, and name everything in the legend."""
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    ax.spines[["top", "right"]].set_visible(False)
    # Years must not be written as offsets from the first one.
    for axis in (ax.xaxis, ax.yaxis):
        if hasattr(axis.get_major_formatter(), "set_useOffset"):
            axis.get_major_formatter().set_useOffset(False)
    ax.legend(frameon=False, fontsize="small")
