# SPDX-License-Identifier: GPL-3.0-or-later
"""Confidence intervals of a fit: Wald, profile likelihood, bootstrap; open where the data are.

A Wald interval takes the curve to be linear in its parameters near the fit. A profile interval does
not: it holds the parameter at one value after another, refits the others, and ends where the data
have become too unlikely. For a ceiling that the data do not pin down it never ends, and says so.

That is dear, and needless where the curve is as good as linear. So each end of a Wald interval can
be put to the test: with the parameter held there and the others refitted, the objective should have
risen by as much as the level says. Where it has not, the profile interval takes its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .curves import Curve
from .errors import ArgumentError, nearest
from .estimate import Estimate, check_level, named, t_quantile
from .notes import UNSETTLED, Note, note, status_of, worst_first
from .options import Settings

if TYPE_CHECKING:
    from .result import Fit
    from .table import Fits

__all__ = ["METHODS", "Interval", "core_inputs", "interval"]

METHODS = ("auto", "wald", "profile", "bootstrap")

# The objective at a Wald end, as the signed root of its rise, may differ from what it should be by
# this share: the end then leaves out between 4.2 and 5.9 % in place of 5.
_AGREE = 0.05

# How an end came about, by the core's number.
_ENDS = np.array(["none", "closed", "bound", "open", "lost"])
_HIGH_SHIFT, _LOWER = 4, 1 << 8


class _Ends(NamedTuple):
    low: Any
    high: Any


class Interval(_Ends):
    """An interval; unpacks as ``low, high``.

    From one fit the ends are floats; from a table they are arrays, one entry for each series.

    Attributes
    ----------
    low, high : float
        In the quantity's unit. Infinite where the interval is open, NaN where there is no end.
    level : float
        Confidence level.
    method : str
        ``"wald"``, ``"profile"`` or ``"bootstrap"``: of one fit the one that it is. ``"auto"`` from
        a table, where each row has the one or the other.
    ends : tuple of str
        How each end came about: ``"closed"`` (found), ``"bound"`` (a bound of the parameter, at
        which the data would still allow it), ``"open"`` (the data allow any value on that side),
        ``"lost"`` (refits failed on the way), ``"none"`` (the parameter was held, or there is no
        fit).
    better : dict of str to float, or None
        Parameters at which a profile found the data more likely than at the fit.
    notes : tuple of Note
        What the reader should know, worst first.
    """

    level: float
    method: str
    ends: tuple[Any, Any]
    better: dict[str, float] | None
    notes: tuple[Note, ...]

    def __new__(
        cls,
        low: Any,
        high: Any,
        level: float,
        method: str,
        ends: tuple[Any, Any] = ("closed", "closed"),
        better: dict[str, float] | None = None,
        notes: tuple[Note, ...] = (),
    ) -> Interval:
        """Return the interval from `low` to `high`."""
        self = super().__new__(cls, low, high)
        self.level, self.method, self.ends = level, method, ends
        self.better, self.notes = better, notes
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.level, self.method, self.ends, self.better, self.notes)
        return Interval, (self.low, self.high, *parts)

    def __repr__(self) -> str:
        return f"<Interval {self}>"

    def __str__(self) -> str:
        how = f"({100 * self.level:g} %, {self.method})"
        if np.ndim(self.low):
            return f"{np.shape(self.low)} intervals {how}"
        low, high = (
            _end_text(value, end, side)
            for value, end, side in zip(self, self.ends, ("below", "above"), strict=True)
        )
        if high.startswith("open"):
            return f"{low}, {high} {how}"
        return f"{low}{', up' if low.startswith('open') else ''} to {high} {how}"


def _end_text(value: float, end: str, side: str) -> str:
    if end == "open" or np.isinf(value):
        return f"open {side}"
    if np.isnan(value):
        return "not found" if end == "lost" else "none"
    return f"{value:.4g} (its bound)" if end == "bound" else f"{value:.4g}"


# ---- what the core is given ----------------------------------------------------------------------


def core_inputs(
    curve: Curve,
    settings: Settings,
    points: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray | None,
    theta: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Return the nine arrays that the core's intervals, bootstraps and diagnostics begin with.

    They are those of the fit, with its parameters in place of the start, and with bounds that hold
    what was not estimated.
    """
    free = settings.free(curve)
    lower, upper = (np.where(free, limit, theta) for limit in settings.limits(curve))
    return (
        points,
        y,
        np.ones(y.shape[-1]) if weights is None else weights,
        theta,
        lower,
        upper,
        settings.prior_mean,
        settings.prior_sd,
        settings.vector,
    )


# ---- intervals -----------------------------------------------------------------------------------


def interval(fit: Fit | Fits, name: str, level: float, method: str) -> Interval:
    """Return the interval of a parameter or derived quantity; see `curvecast.Fit.interval`."""
    level = check_level(level)
    if method not in METHODS:
        raise ArgumentError(f"there is no interval method {method!r}; {nearest(method, METHODS)}")
    known = (*fit.curve.derived_names, *fit.curve.param_names)
    if name not in known:
        raise ArgumentError(
            f"a fit of {fit.curve.name} has nothing called {name!r}; {nearest(name, known)}"
        )
    if method == "bootstrap":
        return fit.bootstrap().interval(name, level)
    return {"auto": _tested, "wald": _wald, "profile": _profile}[method](fit, name, level)


def _tested(fit: Fit | Fits, name: str, level: float) -> Interval:
    """Return the Wald interval where it stands the test, and the profile interval elsewhere."""
    found = _wald(fit, name, level)
    j = _behind(fit.curve, name)
    if j is None:
        return found
    doubtful = _fails(fit, _wald(fit, fit.curve.param_names[j], level), j, level)
    if not np.ndim(doubtful):
        return _profile(fit, name, level) if doubtful else found
    found.method = "auto"
    if not doubtful.any():
        return found
    low, high, *ends = (np.array(each) for each in (found.low, found.high, *found.ends))
    parts = (low, high, *ends)
    for whole, part in zip(parts, _profiled(fit, name, j, level, doubtful)[:4], strict=True):
        whole[doubtful] = part
    return Interval(low, high, level, "auto", tuple(ends))


def _fails(fit: Fit | Fits, wald: Interval, j: int, level: float) -> Any:
    """Return whether the Wald interval of parameter j is far from where the profile would end.

    Not where there is nothing to test it by: no standard error, no scatter. Always where the search
    did not settle: the covariance is that of no minimum.
    """
    there = ~(np.isnan(wald.low) | np.isnan(wald.high)) & (wald.low < wald.high)
    ends = [np.full(fit.theta.shape, np.nan) for _ in wald]
    for end, value in zip(ends, wald, strict=True):
        end[..., j] = np.where(there & _settled(fit), value, np.nan)
    *heights, status = fit.curve.ufunc("heights")(*_inputs(fit), *ends)
    wanted = t_quantile((1 + level) / 2, fit.interval_df)
    agree: Any = True
    with np.errstate(invalid="ignore"):
        for height, how in zip(heights, wald.ends, strict=True):
            share = height[..., j] / wanted
            # Where the parameter has its limit, the data may rule nothing out.
            agree &= (share <= 1 + _AGREE) & ((share >= 1 - _AGREE) | (np.asarray(how) == "bound"))
    return there & (status >= 0) & ~(agree & _settled(fit))


def _settled(fit: Fit | Fits) -> Any:
    status = fit.status if np.ndim(fit.objective) else fit.status_number
    return (np.asarray(status) >= 0) & ~np.isin(status, UNSETTLED)


def _wald(fit: Fit | Fits, name: str, level: float) -> Interval:
    found, limits = named(fit, name, level), fit.settings.limits(fit.curve)
    of_name = (-np.inf, np.inf)
    if name in fit.curve.param_names:
        of_name = tuple(each[..., fit.curve.param_names.index(name)] for each in limits)
    ends = tuple(
        np.where(np.isnan(end), "none", np.where(_cut(end, limit, found), "bound", "closed"))
        for end, limit in zip((found.low, found.high), of_name, strict=True)
    )
    if not np.ndim(found.low):
        ends = tuple(str(end) for end in ends)
    return Interval(found.low, found.high, level, "wald", ends=ends)


def _cut(end: Any, limit: Any, found: Estimate) -> Any:
    """Whether an end is where it is because the parameter has its limit there."""
    return (end == limit) & (found.stderr > 0)


def _inputs(fit: Fit | Fits) -> tuple[np.ndarray, ...]:
    return core_inputs(fit.curve, fit.settings, fit.points, fit.y, fit.weights, fit.theta)


def _profile(fit: Fit | Fits, name: str, level: float) -> Interval:
    j = _behind(fit.curve, name)
    if j is None:
        raise ArgumentError(
            f"{name} of {fit.curve.name} depends on several parameters, so it has no profile "
            "interval; use method='bootstrap' or method='wald'"
        )
    low, high, *ends, number, best = _profiled(fit, name, j, level)
    if np.ndim(number):
        return Interval(low, high, level, "profile", tuple(ends))
    ends = tuple(str(end) for end in ends)
    better = None
    if max(number, 0) & _LOWER:
        better = dict(zip(fit.curve.param_names, best.tolist(), strict=True))
    notes = _notes(name, ends, better, int(number))
    return Interval(float(low), float(high), level, "profile", ends, better, notes)


def _profiled(
    fit: Fit | Fits, name: str, j: int, level: float, rows: np.ndarray | None = None
) -> tuple[np.ndarray, ...]:
    """Return ends, how each came about, the core's status, and the best parameters seen.

    Of a quantity that depends on parameter j alone; of a table, its `rows` (...) bool in one
    dimension, or all.
    """
    curve, inputs = fit.curve, _inputs(fit)
    if rows is not None:
        core = (2, 1, 1, 1, 1, 1, 1, 1, 1)
        inputs = tuple(
            np.broadcast_to(each, (*rows.shape, *each.shape[each.ndim - n :]))[rows]
            for each, n in zip(inputs, core, strict=True)
        )
    levels = np.full(len(curve.params), np.nan)
    levels[j] = level
    low, high, status, best = curve.ufunc("profile")(*inputs, levels)
    low, high, number = low[..., j], high[..., j], status[..., j]
    status = np.maximum(number, 0)
    ends = [_ENDS[status & 15], _ENDS[status >> _HIGH_SHIFT & 15]]
    if name not in curve.param_names:
        theta = fit.theta if rows is None else fit.theta[rows]
        low, high, ends = _transformed(curve, theta, name, j, low, high, ends)
    return low, high, *ends, number, best


def _behind(curve: Curve, name: str) -> int | None:
    """Return the index of the one parameter behind a name; None where there are several."""
    if name in curve.param_names:
        return curve.param_names.index(name)
    of = curve.derived[curve.derived_names.index(name)].of
    return None if of < 0 else of


def _transformed(
    curve: Curve,
    theta: np.ndarray,
    name: str,
    j: int,
    low: np.ndarray,
    high: np.ndarray,
    ends: list[np.ndarray],
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Carry the ends of a parameter's interval over to a quantity that depends on it alone."""
    at = curve.derived_names.index(name)
    p = len(curve.params)
    share = np.linspace(0.0, 1.0, 9)
    with np.errstate(invalid="ignore"):
        # From end to end, to see whether the quantity runs one way between them.
        path = [
            low[..., np.newaxis],
            _between(low, theta[..., j], high, share),
            high[..., np.newaxis],
        ]
        places = np.concatenate(path, axis=-1)
        moved = np.repeat(np.asarray(theta)[..., np.newaxis, :], places.shape[-1], axis=-2)
        moved[..., j] = places
        none = np.zeros(len(curve.derived))
        value = curve.ufunc("derived")(moved, np.zeros((p, p)), none)[0][..., at]
        steps = np.diff(value, axis=-1)
        up, down = (steps >= 0).all(axis=-1), (steps <= 0).all(axis=-1)
    first, last = value[..., 0], value[..., -1]
    broken = ~(up | down)
    lowest = np.where(broken, np.nan, np.where(up, first, last))
    highest = np.where(broken, np.nan, np.where(up, last, first))
    names = [np.where(up, ends[0], ends[1]), np.where(up, ends[1], ends[0])]
    names = [
        np.where(np.isnan(value) & (each != "none"), "lost", each)
        for value, each in zip((lowest, highest), names, strict=True)
    ]
    return lowest, highest, names


def _between(
    low: np.ndarray, middle: np.ndarray, high: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Return places from low over middle to high, open ends left out."""
    low, middle, high = (np.asarray(each, float)[..., np.newaxis] for each in (low, middle, high))
    low = np.where(np.isfinite(low), low, middle)
    high = np.where(np.isfinite(high), high, middle)
    return np.concatenate(
        [low + (middle - low) * share, middle + (high - middle) * share[1:]], axis=-1
    )


def _notes(
    name: str, ends: tuple[str, str], better: dict[str, float] | None, number: int
) -> tuple[Note, ...]:
    notes = []
    if number < 0:
        failed = status_of(number)
        notes.append(Note(failed.code, "error", failed.message))
    if better is not None:
        where = ", ".join(f"{key}={value:.6g}" for key, value in better.items())
        notes.append(note("better_fit_found", where=where))
    for end, side in zip(ends, ("below", "above"), strict=True):
        if end == "open":
            notes.append(note("interval_open", name=name, side=side))
        elif end == "lost":
            notes.append(note("interval_end_lost", name=name, side=side))
    return worst_first(notes)
