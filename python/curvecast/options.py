# SPDX-License-Identifier: GPL-3.0-or-later
"""What a caller asks of a fit, checked and turned into the core's arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .curves import Curve
from .errors import ArgumentError, nearest
from .links import ERROR_MODELS

__all__ = ["LOSSES", "Settings", "read_settings"]

LOSSES = {"linear": 0, "huber": 1, "soft_l1": 2, "cauchy": 3}


@dataclass(frozen=True, eq=False)
class Settings:
    """Everything that a fit was asked for besides its data; arrays are in the curve's order.

    Attributes
    ----------
    error_model, loss : str
    loss_scale : float
        NaN: estimated from the residuals.
    sigma_known : bool
        Whether weights are 1/sigma^2 of known errors, so that the covariance is not rescaled.
    ceiling : float
        The natural end of y's range under the logit error model.
    start, lower, upper, prior_mean, prior_sd : numpy.ndarray
        Shape (p,); NaN is "not given". `lower` equal to `upper` fixes.
    """

    error_model: str
    loss: str
    loss_scale: float
    sigma_known: bool
    ceiling: float
    start: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    prior_mean: np.ndarray
    prior_sd: np.ndarray

    @property
    def vector(self) -> np.ndarray:
        """The options in the order in which the core reads them."""
        model, loss = ERROR_MODELS[self.error_model][0], LOSSES[self.loss]
        known = 1.0 if self.sigma_known else 0.0
        return np.array([model, loss, self.loss_scale, known, np.nan, 0.0, self.ceiling, 0.0])

    def free(self, curve: Curve) -> np.ndarray:
        """Which of the curve's parameters are estimated, (p,) bool."""
        given = ~np.isnan([self.start, self.lower, self.upper]).all(axis=0)
        return (self.lower != self.upper) & (~curve.held | given)


def read_settings(
    curve: Curve,
    *,
    start: Mapping[str, Any] | None,
    bounds: Mapping[str, Any] | None,
    fixed: Mapping[str, Any] | None,
    prior: Mapping[str, Any] | None,
    error_model: str | None,
    loss: str,
    loss_scale: float | None,
    sigma_known: bool,
    ceiling: float,
) -> Settings:
    """Check the options of `curvecast.fit` and return them as arrays.

    Raises
    ------
    ArgumentError
        If a name is unknown, a number is none, or two options contradict each other.
    """
    model = curve.error_model if error_model is None else error_model
    if model not in ERROR_MODELS:
        raise ArgumentError(f"there is no error_model {model!r}; {nearest(model, ERROR_MODELS)}")
    if loss not in LOSSES:
        raise ArgumentError(f"there is no loss {loss!r}; {nearest(loss, LOSSES)}")
    if loss_scale is not None and loss == "linear":
        raise ArgumentError("loss_scale has no meaning for loss='linear'; name a robust loss too")
    scale = np.nan if loss_scale is None else _number(loss_scale, "loss_scale")
    if scale <= 0:
        raise ArgumentError(f"loss_scale is {loss_scale!r}; it must be positive")
    if not _number(ceiling, "upper") > 0:
        raise ArgumentError(f"upper is {ceiling!r}; it must be positive")
    lower, upper = _bounds(curve, bounds)
    _fix(curve, fixed, lower, upper, [("start", start), ("bounds", bounds), ("prior", prior)])
    prior_mean, prior_sd = _prior(curve, prior)
    return Settings(
        error_model=model,
        loss=loss,
        loss_scale=scale,
        sigma_known=sigma_known,
        ceiling=float(ceiling),
        start=_start(curve, start, lower, upper),
        lower=lower,
        upper=upper,
        prior_mean=prior_mean,
        prior_sd=prior_sd,
    )


def _number(value: Any, what: str) -> float:
    if isinstance(value, (str, bytes, bool)):
        raise ArgumentError(f"{what} is {value!r}; give a number")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ArgumentError(f"{what} is {value!r}; give a number") from None
    if np.isnan(number):
        raise ArgumentError(f"{what} is NaN; give a number, or leave it out")
    return number


def _pair(value: Any, what: str, meaning: str) -> tuple[Any, Any]:
    try:
        first, second = value
    except (TypeError, ValueError):
        raise ArgumentError(f"{what} is {value!r}; give a pair {meaning}") from None
    return first, second


def _by_name(curve: Curve, given: Any, argument: str) -> list[tuple[int, str, Any]]:
    """List (index, name, value) of a dict by parameter name, after checking the names."""
    if given is None:
        return []
    if not isinstance(given, Mapping):
        names = ", ".join(curve.param_names)
        raise ArgumentError(
            f"{argument} is {given!r}; give a dict by parameter name ({curve.name} has {names})"
        )
    return [(curve.check_param(name, argument), name, value) for name, value in given.items()]


def _empty(curve: Curve) -> np.ndarray:
    return np.full(len(curve.params), np.nan)


def _bounds(curve: Curve, given: Any) -> tuple[np.ndarray, np.ndarray]:
    lower, upper = _empty(curve), _empty(curve)
    for j, name, value in _by_name(curve, given, "bounds"):
        what = f"bounds[{name!r}]"
        low, high = _pair(value, what, "(low, high); None leaves an end as it is")
        lower[j] = np.nan if low is None else _number(low, what)
        upper[j] = np.nan if high is None else _number(high, what)
        limits = curve.params[j]
        least = limits.lower if low is None else lower[j]
        most = limits.upper if high is None else upper[j]
        if least > most:
            raise ArgumentError(
                f"{what} is ({least:g}, {most:g}), reversed: the lower bound comes first"
            )
    return lower, upper


def _fix(
    curve: Curve,
    given: Any,
    lower: np.ndarray,
    upper: np.ndarray,
    others: list[tuple[str, Any]],
) -> None:
    """Set both bounds to the fixed value; None frees what the curve holds by default."""
    for j, name, value in _by_name(curve, given, "fixed"):
        if value is None:
            lower[j] = curve.params[j].lower if np.isnan(lower[j]) else lower[j]
            upper[j] = curve.params[j].upper if np.isnan(upper[j]) else upper[j]
            continue
        for argument, other in others:
            if other is not None and name in other:
                raise ArgumentError(f"{name!r} is in fixed and in {argument}; name it in one only")
        number = _number(value, f"fixed[{name!r}]")
        limits = curve.params[j]
        if not limits.lower <= number <= limits.upper:
            raise ArgumentError(
                f"fixed[{name!r}] is {number:g}; {curve.name} allows {limits.lower:g} to "
                f"{limits.upper:g}"
            )
        lower[j] = upper[j] = number


def _start(curve: Curve, given: Any, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    start = _empty(curve)
    for j, name, value in _by_name(curve, given, "start"):
        start[j] = _number(value, f"start[{name!r}]")
        limits = curve.params[j]
        least = limits.lower if np.isnan(lower[j]) else lower[j]
        most = limits.upper if np.isnan(upper[j]) else upper[j]
        if not least <= start[j] <= most:
            raise ArgumentError(
                f"start[{name!r}] is {start[j]:g}, outside its bounds {least:g} to {most:g}"
            )
    return start


def _prior(curve: Curve, given: Any) -> tuple[np.ndarray, np.ndarray]:
    mean, sd = _empty(curve), _empty(curve)
    for j, name, value in _by_name(curve, given, "prior"):
        what = f"prior[{name!r}]"
        first, second = _pair(value, what, "(mean, standard deviation)")
        mean[j], sd[j] = _number(first, what), _number(second, what)
        if not 0 < sd[j] < np.inf:
            raise ArgumentError(f"{what} has the standard deviation {sd[j]:g}; it must be positive")
    return mean, sd
