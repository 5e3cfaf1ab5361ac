# SPDX-License-Identifier: GPL-3.0-or-later
"""What the residuals of a fit say of it: whether they follow each other, widen, or hang on a point.

All of it is on the error model's scale and takes the curve as linear in its parameters near the
fit, as its standard errors do; `moves` repeats the fit without each point instead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .data import freeze
from .errors import ArgumentError, FitError, nearest
from .interval import core_inputs
from .notes import Note, note, worst_first
from .resample import leave_one_out

if TYPE_CHECKING:
    from .result import Fit

__all__ = ["KINDS", "Diagnostics", "cov_sandwich", "diagnose"]

# The core's number of each covariance.
KINDS = {"hc0": 0, "hc1": 1, "hc2": 2, "hc3": 3}

_DECIDES = 2.0  # standard errors that one point may move a parameter before it is named
_SURE = 0.02  # two-sided p-value below which a test is worth a sentence


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """Residuals and the influence of each point; `curvecast.Fit.diagnostics` makes it.

    Arrays have one row for each point, as it was given; NaN for points that were not used.

    Attributes
    ----------
    residuals : numpy.ndarray
        Observation less curve on the error model's scale, in residual standard deviations, (n,).
    leverage : numpy.ndarray
        How far the curve at a point follows that point, 0 to 1, (n,).
    dfbetas : dict of str to numpy.ndarray
        By parameter: how many standard errors the estimate owes to each point, (n,). The standard
        error is that of the fit without the point.
    moves : dict of str to numpy.ndarray, or None
        The same from refits without each point, in standard errors of the whole fit, if asked for.
    autocorrelation, autocorrelation_p : float
        Lag-one autocorrelation of the residuals along the first regressor, and the two-sided
        p-value of none.
    heteroscedasticity, heteroscedasticity_p : float
        Breusch and Pagan's statistic in Koenker's form, for scatter that changes with the level of
        the curve, and its p-value.
    notes : tuple of Note
        The same in words, worst first.
    """

    residuals: np.ndarray = field(repr=False)
    leverage: np.ndarray = field(repr=False)
    dfbetas: dict[str, np.ndarray] = field(repr=False)
    moves: dict[str, np.ndarray] | None = field(repr=False)
    autocorrelation: float
    autocorrelation_p: float
    heteroscedasticity: float
    heteroscedasticity_p: float
    notes: tuple[Note, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def most_influential(self) -> int:
        """The row of the point that moves a parameter the most, counted from 0; -1 if none does."""
        size = _largest(self.moves or self.dfbetas)
        return int(np.nanargmax(size)) if np.isfinite(size).any() else -1

    def summary(self) -> str:
        """Return the diagnostics as plain text."""
        lines = [
            f"autocorrelation of residuals {self.autocorrelation:.3g} "
            f"(p {self.autocorrelation_p:.3g})",
            f"scatter changes with the level: statistic {self.heteroscedasticity:.3g} "
            f"(p {self.heteroscedasticity_p:.3g})",
        ]
        row = self.most_influential
        if row >= 0:
            source = self.moves or self.dfbetas
            moved = ", ".join(f"{name} {values[row]:+.2f}" for name, values in source.items())
            lines.append(f"most influential point: row {row} (standard errors: {moved})")
        return "\n".join([*lines, *map(str, self.notes)])

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from .html import preformatted

        return preformatted(self.summary())


def _largest(by_name: dict[str, np.ndarray]) -> np.ndarray:
    """Return the largest absolute value over the parameters at each point."""
    if not by_name:  # no parameter has a standard error to measure a move by
        return np.empty(0)
    size = np.abs(np.array(list(by_name.values())))
    return np.where(np.isnan(size).all(axis=0), np.nan, np.nanmax(np.nan_to_num(size), axis=0))


def diagnose(fit: Fit, *, refit: bool = False) -> Diagnostics:
    """Return the diagnostics of a fit; see `curvecast.Fit.diagnostics`."""
    _check(fit)
    curve = fit.curve
    inputs = core_inputs(curve, fit.settings, fit.points, fit.y, fit.weights, fit.theta)
    dfbetas, leverage, residuals, _ = curve.ufunc("diagnose")(*inputs)
    if not np.isfinite(residuals).any():
        residuals = _plain(fit)
    estimated = np.flatnonzero(~np.isnan(dfbetas).all(axis=0))
    names = [curve.param_names[j] for j in estimated]
    by_name = {name: dfbetas[:, j].copy() for name, j in zip(names, estimated, strict=True)}
    moves = None
    if refit:
        with np.errstate(invalid="ignore", divide="ignore"):
            off = (fit.theta - leave_one_out(fit)) / np.sqrt(np.diagonal(fit.cov))
        moves = {name: off[:, j].copy() for name, j in zip(names, estimated, strict=True)}
    used = np.flatnonzero(np.isfinite(residuals))
    along = used[np.argsort(fit.points[0][used], kind="stable")]
    correlation, correlation_p = _autocorrelation(residuals[along])
    location, _ = fit.on_link(fit.points)
    statistic, statistic_p = _breusch_pagan(residuals[used], location[used])
    notes = []
    if correlation_p < _SURE and correlation > 0:
        notes.append(note("residuals_follow_each_other", value=correlation))
    if statistic_p < _SURE:
        notes.append(note("uneven_scatter"))
    size = _largest(moves or by_name)
    if np.isfinite(size).any() and np.nanmax(size) > _DECIDES:
        notes.append(note("point_decides", row=int(np.nanargmax(size)), moved=np.nanmax(size)))
    return Diagnostics(
        residuals=residuals,
        leverage=leverage,
        dfbetas=by_name,
        moves=moves,
        autocorrelation=correlation,
        autocorrelation_p=correlation_p,
        heteroscedasticity=statistic,
        heteroscedasticity_p=statistic_p,
        notes=worst_first(notes),
    )


def _check(fit: Fit) -> None:
    if not fit.status.ok:
        raise FitError(f"{fit.curve.name}: there is no fit to look at. {fit.status.message}", fit)


def _plain(fit: Fit) -> np.ndarray:
    """Return scaled residuals of a fit whose parameters the data do not tell apart."""
    weight = 1.0 if fit.weights is None else np.sqrt(fit.weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(fit.used, fit.residuals * weight / fit.s, np.nan)


def _autocorrelation(residuals: np.ndarray) -> tuple[float, float]:
    squares = float(np.sum(residuals**2))
    if len(residuals) < 3 or not squares > 0:
        return np.nan, np.nan
    value = float(np.sum(residuals[1:] * residuals[:-1])) / squares
    return value, math.erfc(abs(value) * math.sqrt(len(residuals) / 2))


def _breusch_pagan(residuals: np.ndarray, location: np.ndarray) -> tuple[float, float]:
    """Return n R^2 of squared residuals on the fitted values, and its chi-squared p-value."""
    squares, level = residuals**2, location - location.mean() if len(location) else location
    off = squares - squares.mean() if len(squares) else squares
    total, spread = float(np.sum(off**2)), float(np.sum(level**2))
    if len(residuals) < 3 or not total > 0 or not spread > 0:
        return np.nan, np.nan
    statistic = len(residuals) * float(np.sum(off * level)) ** 2 / (total * spread)
    return statistic, math.erfc(math.sqrt(statistic / 2))


def cov_sandwich(fit: Fit, kind: str) -> np.ndarray:
    """Return a covariance robust to uneven scatter; see `curvecast.Fit.cov_sandwich`."""
    _check(fit)
    if kind not in KINDS:
        raise ArgumentError(f"there is no covariance {kind!r}; {nearest(kind, KINDS)}")
    inputs: Any = core_inputs(fit.curve, fit.settings, fit.points, fit.y, fit.weights, fit.theta)
    cov, _ = fit.curve.ufunc("sandwich")(*inputs, KINDS[kind])
    return cov
