# SPDX-License-Identifier: GPL-3.0-or-later
"""From a fit to a forecast: simulate, refit, mix. Parameter and residual uncertainty, nothing else.

Each simulated series has its own size of scatter, drawn as the data leave it uncertain (a scaled
inverse chi-square), so that where the curve is linear in its parameters the refits follow the exact
Student-t distribution. What a future observation adds is Student-t too, with the fit's own residual
standard deviation, which is already larger for the parameters that were estimated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .curves import Curve
from .data import regressors
from .distribution import Forecast
from .errors import ArgumentError, FitError
from .history import with_history
from .notes import Note, note, worst_first
from .resample import draw
from .result import Fit

__all__ = ["far_extrapolation", "forecast_fit", "refit"]


def forecast_fit(
    fit: Fit, x_future: Any, *, paths: int = 200, seed: int = 0, unit: str = ""
) -> Forecast:
    """Return the forecast of a fit at `x_future`; see `curvecast.Fit.forecast`."""
    if not isinstance(paths, (int, np.integer)) or paths < 1:
        raise ArgumentError(
            f"paths is {paths!r}; give a whole number of simulated series, such as 200"
        )
    curve = fit.curve
    if fit.error_model == "binomial":
        raise ArgumentError(
            f"{curve.name}: a binomial fit has no forecast, because how far a share scatters "
            "depends on its number of trials; use predict(x, band='mean'), or fit with "
            "error_model='logit'"
        )
    future = regressors(x_future, curve.regressors, curve.name, "x_future")
    check_future(future[0] if len(future) == 1 else future.sum(axis=0))
    if not fit.status.ok or not np.isfinite(fit.theta).all():
        raise FitError(f"{curve.name}: there is no fit to forecast from. {fit.status.message}", fit)
    if not fit.settings.sigma_known and not fit.s > 0:
        raise FitError(
            f"{curve.name}: {fit.n_used} points show no scatter about a curve with "
            f"{fit.n_used - fit.df} estimated parameters, so there is nothing to draw bands from; "
            "add points or fix a parameter",
            fit,
        )
    theta = refit(fit, paths, seed)
    ahead, none = with_history(curve, fit.points, future), np.zeros(fit.cov.shape)
    location, _ = curve.ufunc("band")(ahead, theta, none, fit.settings.vector)
    location = location[:, -future.shape[-1] :]
    usable = np.isfinite(theta).all(axis=-1) & np.isfinite(location).all(axis=-1)
    kept = int(usable.sum())
    notes = [*fit.notes, *_refit_notes(paths - kept, paths)]
    if kept == 0:
        raise FitError(f"{curve.name}: none of {paths} refits to simulated data gave a result", fit)
    several = len(curve.regressors) > 1
    columns = dict(zip(curve.regressors, future.copy(), strict=True))
    used = fit.points[:, fit.used]
    notes += far_extrapolation(used, future, curve.positive or (False,) * len(future))
    line = line_of_time(curve, fit.points, fit.used, future)
    if line is None:
        notes.append(note("rows_counted"))
    if np.isfinite(fit.interval_df) and (fit.link == "log" or fit.df <= 1):
        notes.append(note("mean_does_not_exist"))
    if line is None:
        line = np.ones(fit.y.shape, dtype=bool)
        history = np.arange(fit.y.size, dtype=float)
        x = fit.y.size + np.arange(future.shape[-1], dtype=float)
    else:
        history, x = fit.points[0][line], future[0].copy()
    return Forecast(
        method=curve.name,
        x=x,
        link=fit.link,
        upper=fit.upper,
        weight=np.full(kept, 1 / kept),
        location=location[usable],
        scale=np.full((kept, len(x)), fit.scatter),
        df=np.full(kept, fit.interval_df),
        origin=float(history[fit.used[line]].max()),
        history=(history, fit.y[line]),
        unit=unit,
        notes=worst_first(notes),
        seed=int(seed),
        details={"refits": float(kept), **fit.params},
        inputs=columns if several else None,
        labels=fit.labels,
    )


def line_of_time(
    curve: Curve, seen: np.ndarray, used: np.ndarray, future: np.ndarray
) -> np.ndarray | None:
    """Return which rows of a fit the rows of a forecast continue, if they do.

    Parameters
    ----------
    curve : Curve
    seen : numpy.ndarray
        Regressors of the fit, (r, n).
    used : numpy.ndarray of bool
        Which of its rows count, (n,).
    future : numpy.ndarray
        Regressors of the forecast, (r, h).

    Returns
    -------
    numpy.ndarray of bool or None
        Shape (n,): all rows, or those of the one technology or generation that is forecast where
        several are stacked. None where there is no such line, and rows can only be counted.
    """
    every = np.ones(used.shape, dtype=bool)
    if len(curve.regressors) == 1:
        return every
    if curve.regressors[0] != "time" or (np.diff(future[0]) <= 0).any():
        return None
    own = (seen[1:] == future[1:, :1]).all(axis=0)
    for rows in (every, own) if (future[1:] == future[1:, :1]).all() else (every,):
        times = seen[0][rows & used]
        if times.size and len(np.unique(times)) == times.size:
            return rows
    return None


def refit(fit: Fit, paths: int, seed: int) -> np.ndarray:
    """Return the parameters refitted to series simulated from the fit, (paths, p); NaN where none.

    Parameters
    ----------
    fit : Fit
    paths : int
        How many series.
    seed : int
        As `curvecast.Fit.bootstrap` takes it.
    """
    theta, _ = draw(fit, "predictive", paths, seed)
    return theta


def _refit_notes(failed: int, tried: int) -> list[Note]:
    if failed == 0:
        return []
    code = "most_refits_failed" if 2 * failed > tried else "refits_failed"
    return [note(code, failed=failed, tried=tried)]


def check_future(x: np.ndarray) -> None:
    """Refuse points of a forecast that are not a plain finite series."""
    if x.ndim != 1 or x.size == 0:
        raise ArgumentError(
            f"x_future has shape {x.shape}; give one or more points on a single axis"
        )
    wrong = np.flatnonzero(~np.isfinite(x))
    if wrong.size:
        raise ArgumentError(
            f"x_future is {x[wrong[0]]} in row {wrong[0]}, counting from 0; give finite points"
        )


def far_extrapolation(
    seen: Sequence[np.ndarray], future: Sequence[np.ndarray], log: Sequence[bool]
) -> list[Note]:
    """Return a note where the future goes beyond the data by more than their own length.

    Parameters
    ----------
    seen, future : sequence of numpy.ndarray
        The regressors of the data and of the forecast.
    log : sequence of bool
        Of which of them lengths are ratios, as of experience and scale.
    """
    times = 0.0
    for past, ahead, ratios in zip(seen, future, log, strict=True):
        if ratios:
            past, ahead = np.log(past), np.log(np.maximum(ahead, np.finfo(float).tiny))
        length = np.ptp(past)
        beyond = max(ahead.max() - past.max(), past.min() - ahead.min())
        times = max(times, beyond / length if length > 0 else 0.0)
    return [note("far_extrapolation", times=times)] if times > 1 else []
