# SPDX-License-Identifier: GPL-3.0-or-later
"""`fit`: check what the caller gave, call the core once, and wrap what it returns.

One series and a table take the same path to the same ufunc. What differs is only how trouble is
told: a single series raises, a table carries NaN, a status and notes for each row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import _core
from .checks import check_series, check_shapes, read_weights
from .curves import Curve, curve
from .data import label, numbers, regressors
from .errors import ArgumentError, FitError, nearest
from .estimate import standard_errors
from .info import INFO, bound_flags
from .notes import notes_of, status_of
from .options import Settings, read_settings
from .result import Fit
from .table import Fits

__all__ = ["fit"]

_curve = curve  # `curve` is also the first argument of fit


def fit(
    curve: str | Curve,
    x: Any,
    y: Any,
    *,
    weights: Any = None,
    sigma: Any = None,
    start: Mapping[str, float] | None = None,
    bounds: Mapping[str, tuple[float | None, float | None]] | None = None,
    fixed: Mapping[str, float | None] | None = None,
    prior: Mapping[str, tuple[float, float]] | None = None,
    error_model: str | None = None,
    upper: float = 1.0,
    loss: str = "linear",
    loss_scale: float | None = None,
    on_error: str = "raise",
) -> Fit | Fits:
    """Fit a curve to one series, or to a table of them; no starting values are needed.

    Parameters
    ----------
    curve : str or Curve
        One of `curvecast.curves`, such as ``"wright"``.
    x : array_like or dict
        Points, (n,), or (..., n) where they differ between series. Dates become decimal years. A
        curve of several regressors takes a dict, or a DataFrame, by regressor name.
    y : array_like
        Observations, (n,) for one series, (..., n) for a table; NaN where missing.
    weights : array_like, optional
        Relative weights, broadcast to y; 0 leaves a point out.
    sigma : array_like, optional
        Known standard errors of the points on the error model's scale, broadcast to y: in y's unit
        (additive), relative, so 0.05 is 5 % (multiplicative), or in log odds (logit). The
        covariance is then not rescaled by the scatter. Not together with `weights`.
    start : dict, optional
        Where to begin, by parameter name; the search then begins there only.
    bounds : dict, optional
        ``(low, high)`` by parameter name; None leaves an end at the curve's own.
    fixed : dict, optional
        Values to hold, by parameter name. None frees a parameter that the curve holds by default.
    prior : dict, optional
        ``(mean, standard deviation)`` by parameter name.
    error_model : {"additive", "multiplicative", "logit"}, optional
        How observations scatter; the curve's own by default.
    upper : float, optional
        The natural end of y's range under the logit error model, in y's unit.
    loss : {"linear", "huber", "soft_l1", "cauchy"}, optional
        ``"linear"`` is least squares; the others give outliers less say.
    loss_scale : float, optional
        Residual from which a robust loss bends; estimated by default.
    on_error : {"raise", "report"}, optional
        For a single series without a result: raise, or return a `Fit` of NaN with its status. A
        table always reports.

    Returns
    -------
    Fit or Fits
        `Fit` for one series, `Fits` for a table.

    Raises
    ------
    CurveNameError, ArgumentError
        If the call is wrong.
    DataError
        If the data are; the message names the rows, counted from 0, and the remedy.
    FitError
        If the data are in order and there is still no result.

    Examples
    --------
    >>> import curvecast as cc
    >>> units, cost = [1, 2, 4, 8, 16], [100, 81, 63, 52, 41]
    >>> fit = cc.fit("wright", units, cost)
    >>> print(fit.learning_rate)
    0.1996 (90 %: 0.1911 to 0.208)

    A table is the same call:

    >>> fits = cc.fit("wright", units, [cost, [90, 80, 70, 62, 55]])
    >>> print(fits.learning_rate.value.round(2))
    [0.2  0.12]
    """
    described = _curve(curve)
    if on_error not in ("raise", "report"):
        raise ArgumentError(
            f"there is no on_error {on_error!r}; {nearest(on_error, ['raise', 'report'])}"
        )
    if weights is not None and sigma is not None:
        raise ArgumentError(
            "both weights and sigma are given; weights are relative, sigma is known"
        )
    settings = read_settings(
        described,
        start=start,
        bounds=bounds,
        fixed=fixed,
        prior=prior,
        error_model=error_model,
        loss=loss,
        loss_scale=loss_scale,
        sigma_known=sigma is not None,
        ceiling=upper,
    )
    points = regressors(x, described.regressors, described.name)
    values = numbers(y, "y")
    weight = read_weights(weights, sigma, values.shape)
    check_shapes(points, values)
    single = values.ndim == 1 and points.ndim == 2
    if single and on_error == "raise":
        check_series(described, settings, points, values, weight)
    returned = call(described, settings, points, values, weight)
    labels = (label(x), label(y))
    if not single:
        return Fits(described, settings, points, values, weight, *returned, labels=labels)
    result = one_fit(described, settings, points, values, weight, returned, labels)
    if on_error == "raise" and not result.status.ok:
        raise FitError(f"{described.name}: {result.status.message}", result)
    return result


def call(
    curve: Curve,
    settings: Settings,
    points: np.ndarray,
    values: np.ndarray,
    weight: np.ndarray | None,
    *,
    start: np.ndarray | None = None,
    prior_mean: np.ndarray | None = None,
) -> tuple[np.ndarray, ...]:
    """Call the core: parameters, covariance, info, objective, points used, status, notes."""
    return curve.ufunc("fit")(
        points,
        values,
        np.ones(values.shape[-1]) if weight is None else weight,
        settings.start if start is None else start,
        settings.lower,
        settings.upper,
        settings.prior_mean if prior_mean is None else prior_mean,
        settings.prior_sd,
        settings.vector,
    )


def one_fit(
    curve: Curve,
    settings: Settings,
    points: np.ndarray,
    values: np.ndarray,
    weight: np.ndarray | None,
    returned: tuple[np.ndarray, ...],
    labels: tuple[str | None, str | None] = (None, None),
) -> Fit:
    """Wrap what the core returned for one series."""
    theta, cov, info, objective, n_used, status, notes = returned
    names = curve.param_names
    spread = standard_errors(cov, bound_flags(info, len(names)))
    facts = {name: float(info[place]) for name, place in INFO.items()}
    free = int(settings.free(curve).sum())
    several = len(curve.regressors) > 1
    return Fit(
        curve=curve,
        params=dict(zip(names, theta.tolist(), strict=True)),
        stderr=dict(zip(names, spread.tolist(), strict=True)),
        cov=cov.copy(),
        objective=float(objective),
        n_used=int(n_used),
        df=max(int(n_used) - free, 0),
        s=facts["s"],
        status=status_of(status),
        notes=notes_of(notes),
        minima=_whole(facts["minima"]),
        share_of_starts=facts["share"],
        condition=facts["condition"],
        iterations=_whole(facts["iterations"]),
        x=dict(zip(curve.regressors, points.copy(), strict=True)) if several else points[0].copy(),
        y=values.copy(),
        weights=None if weight is None else weight.copy(),
        settings=settings,
        labels=labels,
        version=_core.build_info()["version"],
    )


def _whole(value: float) -> int:
    return int(value) if np.isfinite(value) else 0
