# SPDX-License-Identifier: GPL-3.0-or-later
"""What a caller asks of a fit, checked and turned into the core's arrays.

One series takes one number for each parameter. A table takes one for all of its series or an array
with one for each; NaN in such an array leaves that series as if nothing had been given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from .curves import Curve
from .data import numbers
from .errors import ArgumentError, DataError, nearest
from .links import ERROR_MODELS, LINKS, link_of

__all__ = ["LOSSES", "Settings", "plain_settings", "read_settings"]

LOSSES = {"linear": 0, "huber": 1, "soft_l1": 2, "cauchy": 3}

_PER_SERIES = ("start", "lower", "upper", "prior_mean", "prior_sd")


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
        The natural end of y's range under the logit and binomial error models.
    start, lower, upper, prior_mean, prior_sd : numpy.ndarray
        Shape (p,), or (..., p) for a table whose series differ; NaN is "not given". `lower` equal
        to `upper` fixes.
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

    def __post_init__(self) -> None:
        for name in _PER_SERIES:
            getattr(self, name).flags.writeable = False

    @cached_property
    def vector(self) -> np.ndarray:
        """The options in the order in which the core reads them."""
        return self._vector(ERROR_MODELS[self.error_model][0])

    @cached_property
    def link_vector(self) -> np.ndarray:
        """The same with the error model that has the scale on which bands are formed."""
        return self._vector(LINKS.index(link_of(self.error_model)))

    def _vector(self, model: int) -> np.ndarray:
        loss, known = LOSSES[self.loss], float(self.sigma_known)
        options = [model, loss, self.loss_scale, known, np.nan, 0.0, self.ceiling, 0.0]
        vector = np.array(options, dtype=float)
        vector.flags.writeable = False
        return vector

    @property
    def scatter_known(self) -> bool:
        """Whether the data come with the size of their scatter: known errors, or trials."""
        return self.sigma_known or self.error_model == "binomial"

    def free(self, curve: Curve) -> np.ndarray:
        """Which of the curve's parameters are estimated, (..., p) bool."""
        given = ~(np.isnan(self.start) & np.isnan(self.lower) & np.isnan(self.upper))
        return (self.lower != self.upper) & (~curve.held | given)

    def limits(self, curve: Curve) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the largest value of each parameter, (..., p)."""
        own = np.array([(each.lower, each.upper) for each in curve.params]).T
        lower, upper = (
            np.where(np.isnan(given), limit, given)
            for given, limit in zip((self.lower, self.upper), own, strict=True)
        )
        return lower, upper

    def at(self, index: tuple[int, ...], shape: tuple[int, ...]) -> Settings:
        """Return the settings of one series of a table of this shape."""
        return self.each(
            lambda values: np.broadcast_to(values, (*shape, values.shape[-1]))[index].copy()
        )

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> Settings:
        """Return the settings with every array that has one row for each series changed."""
        arrays = {name: getattr(self, name) for name in _PER_SERIES}
        several = {name: change(values) for name, values in arrays.items() if values.ndim > 1}
        return replace(self, **several) if several else self


@lru_cache(maxsize=256)
def plain_settings(curve: Curve) -> Settings:
    """Return the settings of a fit that asks for nothing, made once for each curve."""
    if curve.start:
        return read_settings(curve)
    empty = np.full(len(curve.params), np.nan)
    return Settings(
        curve.error_model, "linear", np.nan, False, 1.0, empty, empty, empty, empty, empty
    )


def read_settings(
    curve: Curve,
    shape: tuple[int, ...] = (),
    *,
    start: Mapping[str, Any] | None = None,
    bounds: Mapping[str, Any] | None = None,
    fixed: Mapping[str, Any] | None = None,
    prior: Mapping[str, Any] | None = None,
    error_model: str | None = None,
    loss: str = "linear",
    loss_scale: float | None = None,
    weighted: bool = False,
    sigma_known: bool = False,
    ceiling: float = 1.0,
) -> Settings:
    """Check the options of `curvecast.fit` and return them as arrays.

    Parameters
    ----------
    curve : Curve
    shape : tuple of int, optional
        The table's; () for one series.
    start, bounds, fixed, prior, error_model, loss, loss_scale
        As `curvecast.fit` takes them.
    weighted, sigma_known : bool, optional
        Whether weights, or known errors, were given.
    ceiling : float, optional
        What `curvecast.fit` takes as `upper`.

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
    if curve.of_shares and ceiling != 1:
        raise ArgumentError(
            f"{curve.name} gives shares between 0 and 1, and upper is {ceiling!r}; divide y by "
            f"{ceiling!r} and leave upper out"
        )
    if model == "binomial":
        _check_binomial(curve, loss, weighted, sigma_known)
    lower, upper = _bounds(curve, bounds, shape)
    others = {"start": start, "bounds": bounds, "prior": prior}
    _fix(curve, fixed, shape, lower, upper, others)
    mean, sd = _prior(curve, prior, shape)
    return Settings(
        error_model=model,
        loss=loss,
        loss_scale=scale,
        sigma_known=sigma_known,
        ceiling=float(ceiling),
        start=_matrix(curve, _start(curve, start, shape, lower, upper)),
        lower=_matrix(curve, lower),
        upper=_matrix(curve, upper),
        prior_mean=_matrix(curve, mean),
        prior_sd=_matrix(curve, sd),
    )


def _check_binomial(curve: Curve, loss: str, weighted: bool, sigma_known: bool) -> None:
    if sigma_known or not weighted:
        raise ArgumentError(
            "error_model='binomial' takes the scatter from the number of trials behind each share: "
            "give those as weights=" + (", not sigma=" if sigma_known else "")
        )
    if loss != "linear":
        raise ArgumentError(
            f"loss={loss!r} has no meaning for binomial errors; use loss='linear', or "
            "error_model='logit'"
        )
    if curve.flags.get("log_kernel"):
        raise ArgumentError(
            f"{curve.name} is fitted in logs and has no binomial errors; choose a curve of shares "
            "such as logistic, or error_model='multiplicative'"
        )


# ---- one value for each parameter ----------------------------------------------------------------

# A number, or an array of the table's shape in which NaN stands for "not given".
Value = Any
Column = dict[int, Value]


def _matrix(curve: Curve, columns: Column) -> np.ndarray:
    """Return values by parameter index as an array (p,), or (..., p) where series differ."""
    shape = np.broadcast_shapes(*(np.shape(value) for value in columns.values()))
    result = np.full((*shape, len(curve.params)), np.nan)
    for j, value in columns.items():
        result[..., j] = value
    return result


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


def _value(value: Any, what: str, shape: tuple[int, ...]) -> Value:
    """Return a number, or one for each series of the table."""
    if np.isscalar(value) or value is None or getattr(value, "ndim", None) == 0:
        return _number(value, what)
    if not shape:
        raise ArgumentError(f"{what} is {value!r}; one series takes one number")
    try:
        return np.broadcast_to(numbers(value, what), shape)
    except DataError as error:
        raise ArgumentError(str(error)) from None
    except ValueError:
        raise ArgumentError(
            f"{what} has shape {np.shape(value)} and the table has {shape}; give one number for "
            "all series, or one for each"
        ) from None


def _first(bad: Any, *values: Value) -> tuple[str, list[float]]:
    """Return in which series something is wrong first, in words, and the values there."""
    if np.ndim(bad) == 0:
        return "", [float(value) for value in values]
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    row = index[0] if len(index) == 1 else index
    at = [float(np.broadcast_to(value, np.shape(bad))[index]) for value in values]
    return f" in series {row} (counting from 0)", at


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


def _or(value: Value, default: float) -> Value:
    """Return the value, with the curve's own where there is none."""
    return np.where(np.isnan(value), default, value)


def _bounds(curve: Curve, given: Any, shape: tuple[int, ...]) -> tuple[Column, Column]:
    lower: Column = {}
    upper: Column = {}
    for j, name, value in _by_name(curve, given, "bounds"):
        what = f"bounds[{name!r}]"
        low, high = _pair(value, what, "(low, high); None leaves an end as it is")
        lower[j] = np.nan if low is None else _value(low, what, shape)
        upper[j] = np.nan if high is None else _value(high, what, shape)
        limits = curve.params[j]
        least, most = _or(lower[j], limits.lower), _or(upper[j], limits.upper)
        if np.any(least > most):
            where, (least, most) = _first(least > most, least, most)
            raise ArgumentError(
                f"{what} is ({least:g}, {most:g}){where}, reversed: the lower bound comes first"
            )
    return lower, upper


def _fix(
    curve: Curve,
    given: Any,
    shape: tuple[int, ...],
    lower: Column,
    upper: Column,
    others: Mapping[str, Any],
) -> None:
    """Set both bounds to the fixed value; None frees what the curve holds by default."""
    for j, name, value in _by_name(curve, given, "fixed"):
        limits = curve.params[j]
        if value is None:
            lower[j] = _or(lower.get(j, np.nan), limits.lower)
            upper[j] = _or(upper.get(j, np.nan), limits.upper)
            continue
        for argument, other in others.items():
            if other is not None and name in other:
                raise ArgumentError(f"{name!r} is in fixed and in {argument}; name it in one only")
        number = _value(value, f"fixed[{name!r}]", shape)
        bad = (number < limits.lower) | (number > limits.upper)
        if np.any(bad):
            where, (at,) = _first(bad, number)
            raise ArgumentError(
                f"fixed[{name!r}] is {at:g}{where}; {curve.name} allows {limits.lower:g} to "
                f"{limits.upper:g}"
            )
        lower[j] = upper[j] = number


def _start(
    curve: Curve, given: Any, shape: tuple[int, ...], lower: Column, upper: Column
) -> Column:
    start: Column = {}
    for j, name, value in _by_name(curve, given, "start"):
        start[j] = _value(value, f"start[{name!r}]", shape)
        limits = curve.params[j]
        least = _or(lower.get(j, np.nan), limits.lower)
        most = _or(upper.get(j, np.nan), limits.upper)
        bad = (start[j] < least) | (start[j] > most)
        if np.any(bad):
            where, (at, least, most) = _first(bad, start[j], least, most)
            raise ArgumentError(
                f"start[{name!r}] is {at:g}{where}, outside its bounds {least:g} to {most:g}"
            )
    for name, value in curve.start:
        j = curve.param_names.index(name)
        if j not in start:
            start[j] = np.fmax(np.fmin(value, upper.get(j, np.nan)), lower.get(j, np.nan))
    return start


def _prior(curve: Curve, given: Any, shape: tuple[int, ...]) -> tuple[Column, Column]:
    mean: Column = {}
    sd: Column = {}
    for j, name, value in _by_name(curve, given, "prior"):
        what = f"prior[{name!r}]"
        first, second = _pair(value, what, "(mean, standard deviation)")
        mean[j], sd[j] = _value(first, what, shape), _value(second, what, shape)
        bad = (sd[j] <= 0) | np.isinf(sd[j])
        if np.any(bad):
            where, (at,) = _first(bad, sd[j])
            raise ArgumentError(
                f"{what} has the standard deviation {at:g}{where}; it must be positive"
            )
        # One without the other is no prior.
        sd[j] = np.where(np.isnan(mean[j]), np.nan, sd[j])
    return mean, sd
