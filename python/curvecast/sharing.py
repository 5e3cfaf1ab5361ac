# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit several series that have parameters in common: one problem, started from separate fits.

Each series is first fitted alone. What they find for the shared parameters are candidates: with
each of these held, all series are fitted once more, and the core finishes the few best of them over
all parameters. A series that is too short to be fitted alone so borrows from the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from .curves import Curve
from .errors import ArgumentError, FitError
from .fitting import call
from .info import INFO
from .interval import core_inputs
from .joint import SharedFits
from .links import link_of, to_link
from .notes import all_notes, all_statuses
from .options import Settings

__all__ = ["fit_shared"]

_CANDIDATES = 8
_FINISHED = 3

# The core's numbers by name.
_NOTE = {each.code: bit for bit, each in all_notes()}
_STATUS = {code: number for number, code in all_statuses().items()}

# As in csrc/fit: a ceiling this many times higher that still fits is not identified; the 90 % point
# of chi-squared with one degree of freedom; standard deviations of white noise.
_HIGHER, _CHI2_90, _AUTOCORRELATED = 5.0, 2.7055434540954, 2.33


class _Table(NamedTuple):
    """Series to be fitted together, on one axis."""

    curve: Curve
    settings: Settings
    x: np.ndarray  # (s, r, n)
    y: np.ndarray  # (s, n)
    w: np.ndarray  # (s, n)
    shared: np.ndarray  # (p,) bool
    threads: int

    def part(self, rows: np.ndarray) -> _Table:
        """Return some of the series."""
        settings = self.settings.each(lambda values: values[rows])
        return self._replace(settings=settings, x=self.x[rows], y=self.y[rows], w=self.w[rows])


class _Found(NamedTuple):
    """What the joint fit returned, and each series' own notes."""

    theta: np.ndarray
    cov: np.ndarray
    info: np.ndarray
    objective: np.ndarray
    n_used: np.ndarray
    status: np.ndarray
    notes: np.ndarray
    total: float
    df: int


def fit_shared(
    curve: Curve,
    settings: Settings,
    points: np.ndarray,
    values: np.ndarray,
    weight: np.ndarray | None,
    shape: tuple[int, ...],
    shared: Sequence[str] | str,
    *,
    threads: int,
    labels: tuple[str | None, ...],
    version: str,
) -> SharedFits:
    """Fit a table whose series have the parameters `shared` in common; see `curvecast.fit`."""
    names = (shared,) if isinstance(shared, str) else tuple(shared)
    flags = _check(curve, settings, shape, names)
    rows, p, (r, n) = int(np.prod(shape)), len(curve.params), points.shape[-2:]
    table = _Table(
        curve,
        settings.each(lambda given: given.reshape(rows, p)),
        np.broadcast_to(points, (*shape, r, n)).reshape(rows, r, n),
        np.broadcast_to(values, (*shape, n)).reshape(rows, n),
        np.broadcast_to(np.ones(n) if weight is None else weight, (*shape, n)).reshape(rows, n),
        flags,
        threads,
    )
    starts, status = _starts(table)
    usable = status >= 0
    found = _finish(table.part(usable), starts[:, usable])

    def whole(part: np.ndarray, nothing: Any) -> np.ndarray:
        """Put the usable series back among those without a result."""
        result = np.full((rows, *part.shape[1:]), nothing, dtype=part.dtype)
        result[usable] = part
        return result.reshape(*shape, *part.shape[1:])

    return SharedFits(
        curve=curve,
        settings=settings,
        points=points,
        y=values,
        weights=weight,
        theta=whole(found.theta, np.nan),
        cov=whole(found.cov, np.nan),
        info=whole(found.info, np.nan),
        objective=whole(found.objective, np.nan),
        n_used=whole(found.n_used, 0),
        status=np.where(usable.reshape(shape), whole(found.status, 0), status.reshape(shape)),
        note_bits=whole(found.notes, 0),
        labels=labels,
        version=version,
        shared=names,
        joint_objective=found.total,
        joint_df=found.df,
    )


def _check(
    curve: Curve, settings: Settings, shape: tuple[int, ...], names: tuple[str, ...]
) -> np.ndarray:
    """Return which parameters are shared, (p,) bool, or say what stands against it."""
    if not shape:
        raise ArgumentError(
            f"shared={list(names)!r} needs several series: give y as a table, (..., n)"
        )
    if not names:
        raise ArgumentError("shared is empty; name a parameter, or leave it out")
    flags = np.zeros(len(curve.params), bool)
    for name in names:
        flags[curve.check_param(name, "shared")] = True
    if settings.loss != "linear":
        raise ArgumentError(
            f"loss={settings.loss!r} with shared=: series that share parameters are fitted by "
            "least squares only; leave loss out, and give points that are wrong a weight of 0"
        )
    for argument in ("start", "lower", "upper", "prior_mean", "prior_sd"):
        given = getattr(settings, argument)[..., flags]
        flat = given.reshape(-1, given.shape[-1])
        if not np.array_equal(flat, np.broadcast_to(flat[:1], flat.shape), equal_nan=True):
            raise ArgumentError(
                f"a shared parameter ({', '.join(names)}) has one value in all series; give one "
                "number, not one for each"
            )
    return flags


# ---- starts --------------------------------------------------------------------------------------


def _starts(table: _Table) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters to start from, the best first, (c, s, p), and each series' status, (s,)."""
    theta, *_, status, _ = _alone(table, table.settings, (len(table.y),))
    candidates = _candidates(table, theta[status >= 0][:, table.shared])
    held = _held(table, candidates)
    theta, _, _, objective, _, status, _ = _alone(table, held, (len(candidates), len(table.y)))
    usable = status >= 0
    rows = usable.any(axis=0)
    if not rows.any():
        raise FitError(
            f"{table.curve.name}: none of the {len(table.y)} series can be fitted "
            f"({all_statuses()[int(status[0, 0])]}); look at one of them alone"
        )
    # First those that can fit most series, then those that fit them best.
    missing = (~usable[:, rows]).sum(axis=1)
    lost = np.where(usable, objective, 0.0)[:, rows].sum(axis=1)
    order = np.lexsort((lost, missing))
    order = order[missing[order] == missing[order[0]]][:_FINISHED]
    return theta[order], status[order[0]]


def _alone(table: _Table, settings: Settings, shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    return call(table.curve, settings, table.x, table.y, table.w, shape, table.threads)


def _candidates(table: _Table, separate: np.ndarray) -> np.ndarray:
    """Return values of the shared parameters to try, (c, q), from those of separate fits."""
    given = np.broadcast_to(table.settings.start, (len(table.y), len(table.shared)))
    given = given[0, table.shared]
    separate = separate[np.isfinite(separate).all(axis=1)]
    if not len(separate):
        if np.isnan(given).any():
            raise FitError(
                f"{table.curve.name}: no series can be fitted alone, so there is nothing to begin "
                "the shared parameters from; give them in start="
            )
        return given[np.newaxis]
    middle = np.median(separate, axis=0)
    spread = separate[np.argsort(separate[:, 0], kind="stable")]
    places = np.linspace(0, len(spread) - 1, min(len(spread), _CANDIDATES - 1)).round().astype(int)
    tried = np.concatenate([middle[np.newaxis], spread[places]])
    return np.unique(np.where(np.isnan(given), tried, given), axis=0)


def _held(table: _Table, candidates: np.ndarray) -> Settings:
    """Return the settings with the shared parameters held at each candidate, arrays (c, s, p)."""
    settings, shape = table.settings, (len(candidates), len(table.y), len(table.shared))

    def with_shared(given: np.ndarray, values: Any) -> np.ndarray:
        result = np.broadcast_to(given, shape).copy()
        result[..., table.shared] = values
        return result

    at = candidates[:, np.newaxis]
    return replace(
        settings,
        start=with_shared(settings.start, at),
        lower=with_shared(settings.lower, at),
        upper=with_shared(settings.upper, at),
        prior_mean=with_shared(settings.prior_mean, np.nan),
        prior_sd=with_shared(settings.prior_sd, np.nan),
    )


# ---- the joint fit -------------------------------------------------------------------------------


def _solve(table: _Table, settings: Settings, theta: np.ndarray) -> tuple[np.ndarray, ...]:
    """Call the core from parameters (..., s, p)."""
    inputs = core_inputs(table.curve, settings, table.x, table.y, table.w, theta)
    *series, options = inputs
    p = len(table.shared)
    series[3:] = [np.broadcast_to(each, (*each.shape[:-2], len(table.y), p)) for each in series[3:]]
    return table.curve.ufunc("fit_shared")(*series, table.shared.astype(float), options)


def _finish(table: _Table, starts: np.ndarray) -> _Found:
    """Return the best of what the core makes of several starts."""
    theta, cov, info, objective, n_used, status, notes = _solve(table, table.settings, starts)
    df = np.maximum(n_used.sum(axis=1) - np.nan_to_num(info[:, INFO["free"]]), 0).astype(int)
    with np.errstate(invalid="ignore"):
        scatter = info[:, INFO["s"]] ** 2 * df  # priors included
    total = np.where(df > 0, scatter, objective.sum(axis=1))
    if (status < 0).all():
        code = all_statuses()[int(status[0])]
        raise FitError(f"{table.curve.name}: the series cannot be fitted together ({code})")
    ranked = np.where(status < 0, np.inf, total)
    best = int(np.lexsort((ranked, status == _STATUS["not_converged"]))[0])
    settled = ranked[(status >= 0) & (status != _STATUS["not_converged"])]
    minima = len(np.unique(np.round(settled / total[best], 6))) if len(settled) else 0
    at_best = float(np.mean(np.isclose(ranked, ranked[best], rtol=1e-6)))
    found = _Found(
        theta[best],
        cov[best],
        np.repeat(info[best][np.newaxis], len(table.y), axis=0),
        objective[best],
        n_used[best],
        np.full(len(table.y), status[best]),
        np.full(len(table.y), notes[best]),
        float(total[best]),
        int(df[best]),
    )
    found.info[:, INFO["minima"]] = minima
    found.info[:, INFO["share"]] = at_best
    return _noted(table, found)


# ---- what is said of each series -----------------------------------------------------------------


def _noted(table: _Table, found: _Found) -> _Found:
    """Return the joint fit with the notes that concern single series set where they belong."""
    curve, p = table.curve, len(table.shared)
    inputs = core_inputs(curve, table.settings, table.x, table.y, table.w, found.theta)
    lower, upper = inputs[4], inputs[5]
    bound = (lower < upper) & ((found.theta <= lower) | (found.theta >= upper))
    found.info[:, INFO["bounds"]] = (bound << np.arange(p)).sum(axis=1)
    lost = np.isnan(np.diagonal(found.cov, axis1=-2, axis2=-1)).any(axis=1)
    notes = found.notes & ~(_NOTE["at_bound"] | _NOTE["not_identified"])
    for code, where in (
        ("at_bound", bound.any(axis=1)),
        ("not_identified", lost),
        ("several_minima", found.info[:, INFO["minima"]] > 1),
        ("autocorrelated", _autocorrelated(table, found.theta)),
        ("ceiling_not_identified", _open_ceilings(table, found)),
    ):
        notes = notes | np.where(where, _NOTE[code], 0)
    converged = found.status != _STATUS["not_converged"]
    deficient = np.where(lost, _STATUS["rank_deficient"], _STATUS["ok"])
    return found._replace(notes=notes, status=np.where(converged, deficient, found.status))


def _autocorrelated(table: _Table, theta: np.ndarray) -> np.ndarray:
    """Say in which series neighbouring residuals resemble each other, (s,) bool."""
    settings = table.settings
    scale = link_of(settings.error_model) if settings.error_model != "binomial" else "identity"
    value = table.curve.ufunc("eval")(table.x, theta)
    used = np.isfinite(table.y) & np.isfinite(table.x).all(axis=1) & (table.w > 0)
    result = np.zeros(len(table.y), bool)
    for i, keep in enumerate(used):
        along = table.x[i, 0, keep]
        if keep.sum() < 8 or not (np.all(np.diff(along) >= 0) or np.all(np.diff(along) <= 0)):
            continue
        off = to_link(table.y[i, keep], scale, settings.ceiling)
        off = off - to_link(value[i, keep], scale, settings.ceiling)
        squares = float(np.sum(off**2))
        products = float(np.sum(off[1:] * off[:-1]))
        result[i] = squares > 0 and products / squares * np.sqrt(len(off)) > _AUTOCORRELATED
    return result


def _open_ceilings(table: _Table, found: _Found) -> np.ndarray:
    """Say in which series a ceiling many times higher fits almost as well, (s,) bool."""
    result = np.zeros(len(table.y), bool)
    j = next((j for j, each in enumerate(table.curve.params) if each.ceiling), None)
    free = np.broadcast_to(table.settings.free(table.curve), found.theta.shape)
    if j is None or not free[:, j].any():
        return result
    value, variance = found.theta[:, j], found.cov[:, j, j]
    highest = np.nanmax(np.where(table.w > 0, table.y, np.nan), axis=1)
    with np.errstate(invalid="ignore"):
        doubtful = ~(np.sqrt(variance) < 0.1 * np.abs(value)) | (value > 3 * highest)
    doubtful &= free[:, j]
    if table.shared[j]:
        doubtful[:] = doubtful.any()
    if not doubtful.any():
        return result
    higher = _HIGHER * np.maximum(value, highest)
    rise = _together(table, found, j, higher.max()) if table.shared[j] else None
    if rise is None:
        rise = _one_by_one(table.part(doubtful), found, doubtful, j, higher[doubtful])
    result[doubtful] = rise < _CHI2_90
    return result


def _together(table: _Table, found: _Found, j: int, ceiling: float) -> float:
    """Return what a shared ceiling held that high costs, as a chi-squared."""
    theta = found.theta.copy()
    theta[:, j] = ceiling
    held = _hold(table.settings, j, ceiling, len(table.y))
    *_, objective, _, status, _ = _solve(table, held, theta)
    if status < 0:
        return np.inf
    if table.settings.scatter_known:
        return float(objective.sum() - found.objective.sum())
    n = float(found.n_used.sum())
    return n * float(np.log(objective.sum() / found.objective.sum()))


def _one_by_one(
    table: _Table, found: _Found, rows: np.ndarray, j: int, ceiling: np.ndarray
) -> np.ndarray:
    """Return what own ceilings held that high cost, as chi-squareds, (m,).

    The shared parameters may follow as far as the other series let them: those stand in as a prior
    of the joint fit's width.
    """
    settings, shared = _hold(table.settings, j, ceiling, len(ceiling)), table.shared
    s2 = 1.0 if settings.scatter_known else found.total / max(found.df, 1)
    mean = np.broadcast_to(settings.prior_mean, (len(ceiling), len(shared))).copy()
    sd = np.broadcast_to(settings.prior_sd, mean.shape).copy()
    mean[:, shared] = found.theta[rows][:, shared]
    spread = np.sqrt(np.diagonal(found.cov[rows], axis1=-2, axis2=-1)[:, shared])
    sd[:, shared] = np.where(spread > 0, spread, np.nan)
    known = settings.error_model != "binomial"
    settings = replace(settings, prior_mean=mean, prior_sd=sd, sigma_known=known)
    scaled = table._replace(w=table.w / s2)
    _, _, _, objective, _, status, _ = _alone(scaled, settings, (len(ceiling),))
    return np.where(status < 0, np.inf, objective - found.objective[rows] / s2)


def _hold(settings: Settings, j: int, value: Any, rows: int) -> Settings:
    """Return the settings with parameter `j` of every series held, arrays (s, p)."""
    p = settings.lower.shape[-1]
    parts = {}
    for name in ("start", "lower", "upper"):
        parts[name] = np.broadcast_to(getattr(settings, name), (rows, p)).copy()
        parts[name][:, j] = value
    return replace(settings, **parts)
