# SPDX-License-Identifier: GPL-3.0-or-later
"""`fit`: the front door; `fitting` has the work behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .curves import Curve
from .fitting import run
from .result import Fit
from .table import Fits

__all__ = ["fit"]


def fit(
    curve: str | Curve,
    x: Any,
    y: Any,
    *,
    weights: Any = None,
    sigma: Any = None,
    start: Mapping[str, Any] | None = None,
    bounds: Mapping[str, tuple[Any, Any]] | None = None,
    fixed: Mapping[str, Any] | None = None,
    prior: Mapping[str, tuple[Any, Any]] | None = None,
    error_model: str | None = None,
    upper: float = 1.0,
    loss: str = "linear",
    loss_scale: float | None = None,
    on_error: str = "raise",
    threads: int = 1,
    shared: Sequence[str] | None = None,
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
        Relative weights, broadcast to y; 0 leaves a point out. Under binomial errors, the numbers
        of trials.
    sigma : array_like, optional
        Known standard errors of the points on the error model's scale, broadcast to y: in y's unit
        (additive), relative, so 0.05 is 5 % (multiplicative), or in log odds (logit). The
        covariance is then not rescaled by the scatter. Not together with `weights`.
    start : dict, optional
        Where to begin, by parameter name; the search then begins there only. In a table each value
        here, and in the three below, may be an array with one for each series; NaN leaves that
        series as if nothing had been given.
    bounds : dict, optional
        ``(low, high)`` by parameter name; None leaves an end at the curve's own.
    fixed : dict, optional
        Values to hold, by parameter name. None frees a parameter that the curve holds by default.
    prior : dict, optional
        ``(mean, standard deviation)`` by parameter name.
    error_model : {"additive", "multiplicative", "logit", "binomial"}, optional
        How observations scatter; the curve's own by default. ``"binomial"``: y is a share of
        `upper`, out of as many trials as `weights` says.
    upper : float, optional
        The natural end of y's range under the logit and binomial error models, in y's unit. Curves
        that are themselves shares, such as ``"fisher_pry"``, take y between 0 and 1 only.
    loss : {"linear", "huber", "soft_l1", "cauchy"}, optional
        ``"linear"`` is least squares; the others give outliers less say.
    loss_scale : float, optional
        Residual from which a robust loss bends. By default the spread of the residuals (from their
        median absolute value) times 1.345, 1.287 or 2.385 for the three, which keeps 95 % of the
        efficiency of least squares where no point is an outlier.
    on_error : {"raise", "report"}, optional
        For a single series without a result: raise, or return a `Fit` of NaN with its status. A
        table always reports.
    threads : int, optional
        For a table, how many to use; the result does not depend on it.
    shared : sequence of str, optional
        Parameters that all series of a table have in common. They are then fitted as one, by least
        squares only (``loss="linear"``), with the same scatter in every series unless weights say
        otherwise.

    Returns
    -------
    Fit or Fits
        `Fit` for one series, `Fits` for a table, `SharedFits` for one with `shared` parameters.

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
    return run(
        curve,
        x,
        y,
        weights=weights,
        sigma=sigma,
        start=start,
        bounds=bounds,
        fixed=fixed,
        prior=prior,
        error_model=error_model,
        upper=upper,
        loss=loss,
        loss_scale=loss_scale,
        on_error=on_error,
        threads=threads,
        shared=shared,
    )
