# SPDX-License-Identifier: GPL-3.0-or-later
"""Learning curves in practice: conventions, blocks of units, differences, experience from before.

Reached as ``curvecast.learning``. Two conventions share one power law and mean different things by
it. Under ``"unit"`` (Crawford) the n-th unit costs ``first_unit * n^(-exponent)``; under
``"cumulative_average"`` (Wright 1936) the first n units cost that on average.

An exponent is positive where costs fall, as in `curvecast.fit`; the literature's ``b`` is minus it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core
from .blocks import CONVENTIONS, block_fit
from .differences import DifferenceFit, difference_fit
from .errors import ArgumentError, nearest
from .initial import InitialExperience, initial_experience, initial_experience_sensitivity

__all__ = [
    "DifferenceFit",
    "InitialExperience",
    "average_cost",
    "block_cost",
    "block_fit",
    "composite_exponent",
    "difference_fit",
    "exponent_from_learning_rate",
    "exponent_from_progress_ratio",
    "exponent_from_total",
    "initial_experience",
    "initial_experience_sensitivity",
    "learning_rate",
    "mid_unit",
    "progress_ratio",
    "unit_cost",
]

METHODS = ("exact", "continuous")
_BISECTIONS = 100


# ---- rates and exponents -------------------------------------------------------------------------


def progress_ratio(exponent: Any) -> Any:
    """Return the cost after a doubling of experience as a share of the cost before.

    Parameters
    ----------
    exponent : array_like
        Experience exponent, positive where the cost falls; any shape.

    Examples
    --------
    >>> round(float(progress_ratio(0.32)), 4)
    0.8011
    """
    return np.exp2(-np.asarray(exponent, dtype=float))


def learning_rate(exponent: Any) -> Any:
    """Return the fall of the cost with each doubling of experience, as a share.

    Parameters
    ----------
    exponent : array_like
        Experience exponent, positive where the cost falls; any shape.

    Examples
    --------
    >>> round(float(learning_rate(0.32)), 4)
    0.1989
    """
    return -np.expm1(-np.log(2) * np.asarray(exponent, dtype=float))


def exponent_from_progress_ratio(ratio: Any) -> Any:
    """Return the exponent at which a doubling of experience leaves this share of the cost.

    Parameters
    ----------
    ratio : array_like
        Above 0; any shape.

    Raises
    ------
    ArgumentError
        If a ratio is zero or less.

    Examples
    --------
    >>> round(float(exponent_from_progress_ratio(0.85)), 7)
    0.2344653
    """
    ratio = np.asarray(ratio, dtype=float)
    if (ratio <= 0).any():
        raise ArgumentError(
            f"the progress ratio is {ratio[ratio <= 0].flat[0]:g}; give the share of the cost that "
            "is left after a doubling, such as 0.85"
        )
    return -np.log2(ratio)


def exponent_from_learning_rate(rate: Any) -> Any:
    """Return the exponent at which each doubling of experience lowers the cost by this share.

    Parameters
    ----------
    rate : array_like
        Below 1; negative where the cost rises; any shape.

    Raises
    ------
    ArgumentError
        If a rate is 1 or more.

    Examples
    --------
    >>> round(float(exponent_from_learning_rate(0.2)), 7)
    0.3219281
    """
    rate = np.asarray(rate, dtype=float)
    if (rate >= 1).any():
        worst = rate[rate >= 1].flat[0]
        hint = f"; did you mean {worst / 100:g}?" if 1 < worst < 100 else ""
        raise ArgumentError(
            f"the learning rate is {worst:g}; give the share by which a doubling lowers the cost, "
            f"such as 0.2{hint}"
        )
    return -np.log1p(-rate) / np.log(2)


# ---- units and blocks ----------------------------------------------------------------------------


def unit_cost(
    unit: Any, cost: Any, exponent: Any, *, of: Any = 1, convention: str = "unit"
) -> np.ndarray:
    """Return what single units cost.

    Parameters
    ----------
    unit : array_like
        Which units, counted from 1; not necessarily whole under the unit convention.
    cost : array_like
        The cost of unit `of`, or under ``"cumulative_average"`` the average of the first `of`.
    exponent : array_like
        Experience exponent, positive where the cost falls.
    of : array_like, optional
        Which unit `cost` is that of.
    convention : {"unit", "cumulative_average"}, optional
        Whether the power law is that of the unit (Crawford) or of the average (Wright 1936).

    Returns
    -------
    numpy.ndarray
        In the unit of `cost`; the arguments broadcast.

    Raises
    ------
    ArgumentError
        If the convention is unknown, a unit is below 1, or a cumulative average falls by an
        exponent of 1 or more.

    Examples
    --------
    >>> ratio = [0.8, 0.85, 0.9]
    >>> unit_cost(125, 100, exponent_from_progress_ratio(ratio)).round(5)
    array([21.13225, 32.23647, 48.00243])
    >>> average = "cumulative_average"
    >>> print(unit_cost(125, 100, exponent_from_progress_ratio(0.85), convention=average).round(5))
    24.70136
    """
    _known("convention", convention, CONVENTIONS)
    unit, first = _counted("unit", unit), _first(cost, exponent, of)
    exponent = np.asarray(exponent, dtype=float)
    if convention == "unit":
        return first * unit**-exponent
    # n^(1-w) - (n-1)^(1-w) without cancellation; nothing was made before the first unit
    above = _rising(exponent)
    with np.errstate(divide="ignore"):
        step = -np.expm1(above * np.log1p(-1 / unit))
    return first * unit**above * step


def block_cost(
    first: Any,
    last: Any,
    cost: Any,
    exponent: Any,
    *,
    of: Any = 1,
    convention: str = "unit",
    method: str = "exact",
) -> np.ndarray:
    """Return what the units from `first` to `last` cost together.

    Parameters
    ----------
    first, last : array_like
        Whole numbers of 1 or more, both ends included.
    cost, exponent, of, convention
        As `unit_cost` takes them.
    method : {"exact", "continuous"}, optional
        The sum, which is found to rounding however long the block is, or its textbook
        approximation, the integral from half a unit before to half a unit after. Under the
        cumulative-average convention there is nothing to approximate.

    Returns
    -------
    numpy.ndarray
        In the unit of `cost`.

    Raises
    ------
    ArgumentError
        If an option is unknown, or the ends are not whole or in the wrong order.

    Examples
    --------
    >>> exponent = exponent_from_progress_ratio(0.85)
    >>> print(block_cost(1, 125, 100, exponent).round(3))
    5201.085
    >>> print(block_cost(1, 125, 100, exponent, method="continuous").round(3))
    5202.988
    >>> print(block_cost(1, 125, 100, exponent, convention="cumulative_average").round(3))
    4029.559
    """
    _known("convention", convention, CONVENTIONS)
    _known("method", method, METHODS)
    first, last = _block(first, last)
    each, exponent = _first(cost, exponent, of), np.asarray(exponent, dtype=float)
    if convention == "cumulative_average":
        above = _rising(exponent)
        return each * (last**above - (first - 1) ** above)
    if method == "exact":
        return each * _core.sum_of_powers(first, last, -exponent)
    return each * _core.integral_of_powers(first - 0.5, last + 0.5, -exponent)


def average_cost(
    units: Any, cost: Any, exponent: Any, *, of: Any = 1, convention: str = "unit"
) -> np.ndarray:
    """Return what the first `units` units cost on average.

    Parameters
    ----------
    units : array_like
        Whole numbers of 1 or more.
    cost, exponent, of, convention
        As `unit_cost` takes them.

    Examples
    --------
    >>> print(average_cost(125, 100, 0.25, convention="cumulative_average").round(3))
    29.907
    """
    total = block_cost(1, units, cost, exponent, of=of, convention=convention)
    return total / np.asarray(units, dtype=float)


def mid_unit(first: Any, last: Any, exponent: Any, *, method: str = "continuous") -> np.ndarray:
    """Return the unit of a block that costs what its units cost on average, not necessarily whole.

    Parameters
    ----------
    first, last : array_like
        Whole numbers of 1 or more, both ends included.
    exponent : array_like
        Experience exponent under the unit convention, not 0.
    method : {"continuous", "exact"}, optional
        How the block's total is found, as in `block_cost`.

    Raises
    ------
    ArgumentError
        If an option is unknown, the ends are not whole or in the wrong order, or the exponent is 0.

    Examples
    --------
    >>> print(mid_unit(201, 500, exponent_from_progress_ratio(0.75)).round(4))
    334.6103
    """
    exponent = np.asarray(exponent, dtype=float)
    if (exponent == 0).any():
        raise ArgumentError("the exponent is 0: every unit costs the same, and none is the middle")
    total = block_cost(first, last, 1.0, exponent, method=method)
    first, last = _block(first, last)
    return (total / (last - first + 1)) ** (-1 / exponent)


# ---- from totals to exponents --------------------------------------------------------------------


def composite_exponent(costs: Any, exponents: Any, units: Any) -> np.ndarray:
    """Return the one exponent by which departments that learn apart come down together.

    Parameters
    ----------
    costs : array_like
        Cost of the first unit in each department, (k,).
    exponents : array_like
        Their experience exponents, (k,).
    units : array_like
        After how many units the two must agree, above 1.

    Returns
    -------
    numpy.ndarray
        Shape of `units`. It depends on `units`: a sum of power laws is none.

    Raises
    ------
    ArgumentError
        If `units` is 1 or less.

    Examples
    --------
    >>> exponents = exponent_from_progress_ratio([0.85, 0.87, 0.80])
    >>> print((1 - composite_exponent([70, 45, 25], exponents, 300)).round(7))
    0.765123
    """
    costs, exponents = np.asarray(costs, dtype=float), np.asarray(exponents, dtype=float)
    units = _several(units)
    together = np.sum(costs * units[..., np.newaxis] ** -exponents, axis=-1)
    return -np.log(together / np.sum(costs)) / np.log(units)


def exponent_from_total(
    total: Any, first_unit: Any, units: Any, *, convention: str = "unit"
) -> np.ndarray:
    """Return the exponent at which the first `units` units cost `total`.

    Parameters
    ----------
    total : array_like
        Cost of all of them.
    first_unit : array_like
        Cost of the first.
    units : array_like
        How many, whole and above 1.
    convention : {"unit", "cumulative_average"}, optional
        As in `unit_cost`.

    Returns
    -------
    numpy.ndarray
        Negative where the units grew dearer.

    Raises
    ------
    ArgumentError
        If the convention is unknown, `units` is 1 or less, or the total is no more than the first.

    Examples
    --------
    >>> print(exponent_from_total(8250, 80, 250, convention="cumulative_average").round(7))
    0.1603777
    """
    _known("convention", convention, CONVENTIONS)
    units = _several(units)
    ratio = np.asarray(total, dtype=float) / np.asarray(first_unit, dtype=float)
    if not (ratio > 1).all():
        raise ArgumentError("total must be more than first_unit, which is part of it")
    average = 1 - np.log(ratio) / np.log(units)
    if convention == "cumulative_average":
        return average
    # The sum falls with the exponent; where its average law bends is no more than a few away.
    _block(1, units)
    low, high = np.broadcast_arrays(average - 2.0, average + 60.0)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        dear = _core.sum_of_powers(1.0, units, -middle) > ratio
        low, high = np.where(dear, middle, low), np.where(dear, high, middle)
    return (low + high) / 2


# ---- checks --------------------------------------------------------------------------------------


def _known(what: str, given: Any, known: tuple[str, ...]) -> None:
    if given not in known:
        raise ArgumentError(f"there is no {what} {given!r}; {nearest(given, known)}")


def _counted(name: str, values: Any) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if (values < 1).any():
        raise ArgumentError(f"{name} is {values[values < 1].flat[0]:g}; units are counted from 1")
    return values


def _several(units: Any) -> np.ndarray:
    units = np.asarray(units, dtype=float)
    if not (units > 1).all():
        raise ArgumentError(f"units is {np.min(units):g}; an exponent needs more than one unit")
    return units


def _block(first: Any, last: Any) -> tuple[np.ndarray, np.ndarray]:
    first, last = _counted("first", first), np.asarray(last, dtype=float)
    for name, values in (("first", first), ("last", last)):
        if (values != np.floor(values)).any():
            wrong = values[values != np.floor(values)].flat[0]
            raise ArgumentError(f"{name} is {wrong:g}; give the whole number of a unit")
    if (last < first).any():
        raise ArgumentError("last lies before first; give the units of the block in order")
    return first, last


def _rising(exponent: np.ndarray) -> np.ndarray:
    """Return the power by which a total grows whose average falls by the exponent."""
    if (exponent >= 1).any():
        raise ArgumentError(
            f"the exponent is {exponent[exponent >= 1].flat[0]:g}: if the average falls as fast, "
            "later units cost nothing or less; give one below 1, or use convention='unit'"
        )
    return 1 - exponent


def _first(cost: Any, exponent: Any, of: Any) -> np.ndarray:
    """Return the cost of the first unit, or average, from that of another."""
    of = _counted("of", of)
    return np.asarray(cost, dtype=float) * of ** np.asarray(exponent, dtype=float)
