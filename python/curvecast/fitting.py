# SPDX-License-Identifier: GPL-3.0-or-later
"""From a caller's words to the core and back: check, call once, wrap what it returns.

One series and a table take the same path to the same ufunc. What differs is only how trouble is
told: a single series raises, a table carries NaN, a status and notes for each row.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core
from .checks import check_series, check_shapes, read_weights
from .curves import Curve, curve
from .data import labels_of, numbers, regressors
from .errors import ArgumentError, FitError, nearest
from .factors import with_names_of
from .options import Settings, plain_settings, read_settings
from .parallel import check_threads, in_blocks
from .result import Fit
from .table import Fits

__all__ = ["call", "run"]

_VERSION = _core.build_info()["version"]

# Axes of each input of the core that are not the table's.
_CORE = (2, 1, 1, 1, 1, 1, 1, 1, 1)


def run(
    name: str | Curve,
    x: Any,
    y: Any,
    *,
    weights: Any,
    sigma: Any,
    start: Any,
    bounds: Any,
    fixed: Any,
    prior: Any,
    error_model: str | None,
    upper: float,
    loss: str,
    loss_scale: float | None,
    on_error: str,
    threads: int,
    shared: Any,
) -> Fit | Fits:
    """Fit a curve to one series or a table; see `curvecast.fit`."""
    described = curve(with_names_of(name, x))
    if on_error not in ("raise", "report"):
        raise ArgumentError(
            f"there is no on_error {on_error!r}; {nearest(on_error, ['raise', 'report'])}"
        )
    if weights is not None and sigma is not None:
        raise ArgumentError(
            "both weights and sigma are given; weights are relative, sigma is known"
        )
    threads = check_threads(threads)
    points = regressors(x, described.regressors, described.name)
    values = numbers(y, "y")
    weight = read_weights(weights, sigma, values.shape)
    shape = check_shapes(points, values, weight)
    nothing = sigma is start is bounds is fixed is prior is error_model is loss_scale is None
    if nothing and loss == "linear" and upper == 1.0:
        settings = plain_settings(described)
    else:
        settings = read_settings(
            described,
            shape,
            start=start,
            bounds=bounds,
            fixed=fixed,
            prior=prior,
            error_model=error_model,
            loss=loss,
            loss_scale=loss_scale,
            weighted=weights is not None,
            sigma_known=sigma is not None,
            ceiling=upper,
        )
    labels = labels_of(x, y, described.regressors)
    if shared is not None:
        from .sharing import fit_shared

        table = (described, settings, points, values, weight, shape, shared)
        return fit_shared(*table, threads=threads, labels=labels, version=_VERSION)
    if shape:
        returned = call(described, settings, points, values, weight, shape, threads)
        return Fits(described, settings, points, values, weight, *returned, labels, _VERSION)
    returned = call(described, settings, points, values, weight)
    theta, cov, info, objective, n_used, status, notes = returned
    refused = on_error == "raise" and status < 0
    if refused:
        check_series(described, settings, points, values, weight)
    result = Fit(
        curve=described,
        settings=settings,
        points=points.copy(),
        y=values.copy(),
        weights=None if weight is None else weight.copy(),
        theta=theta,
        cov=cov,
        info=info,
        objective=float(objective),
        n_used=int(n_used),
        status_number=int(status),
        note_bits=int(notes),
        labels=labels,
        version=_VERSION,
    )
    if refused:
        told = described.trouble(points, result.status.message)
        raise FitError(f"{described.name}: {told}", result)
    return result


def call(
    curve: Curve,
    settings: Settings,
    points: np.ndarray,
    values: np.ndarray,
    weight: np.ndarray | None,
    shape: tuple[int, ...] = (),
    threads: int = 1,
) -> tuple[np.ndarray, ...]:
    """Call the core: parameters, covariance, info, objective, points used, status, notes."""
    inputs = (
        points,
        values,
        np.ones(values.shape[-1]) if weight is None else weight,
        settings.start,
        settings.lower,
        settings.upper,
        settings.prior_mean,
        settings.prior_sd,
        settings.vector,
    )
    function = curve.ufunc("fit")
    if settings.error_model == "binomial":
        from .binomial import noted

        function = noted(function, curve, settings.ceiling)
    if not shape:
        return function(*inputs)
    p = len(curve.params)
    outputs = (
        *(np.empty((*shape, *core)) for core in ((p,), (p, p), settings.vector.shape, ())),
        *(np.empty(shape, np.int64) for _ in range(3)),
    )
    in_blocks(function, inputs, _CORE, outputs, shape, values.shape[-1], threads)
    return outputs
