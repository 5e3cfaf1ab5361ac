# SPDX-License-Identifier: GPL-3.0-or-later
"""Learning curves from blocks of units, such as production lots of which only totals are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from .data import listed, series
from .errors import ArgumentError, DataError, nearest
from .fit import fit

if TYPE_CHECKING:
    from .result import Fit

__all__ = ["CONVENTIONS", "block_fit"]

CONVENTIONS = ("unit", "cumulative_average")
_START = 0.3  # of the exponent: a learning rate of 19 %
_NO_LEARNING = 1e-6  # below it mid-units are taken there: theirs is a quotient of two zeros at 0
_BISECTIONS = 60


def block_fit(first: Any, last: Any, cost: Any, *, convention: str = "unit") -> Fit:
    """Fit a learning curve to what blocks of units cost.

    Under the unit convention (Crawford) the average cost of a block is that of its mid-unit, which
    depends on the exponent: the fit is that at which the one leads to the other. Under the
    cumulative-average convention (Wright 1936) the average of all units so far is a power of their
    number.

    Parameters
    ----------
    first, last : array_like
        First and last unit of each block, (n,): whole numbers, counted from 1.
    cost : array_like
        What the units of the block cost together, (n,). A block whose cost is NaN is left out,
        which the cumulative average does not allow.
    convention : {"unit", "cumulative_average"}, optional
        Whether the power law is that of the unit or of the average.

    Returns
    -------
    Fit
        Of ``"wright"``. Its experience are the mid-units and its cost the averages of the blocks;
        under ``"cumulative_average"`` the last units and the averages of all units up to them.

    Raises
    ------
    DataError
        If lengths differ, a block is no range of whole units, fewer than three have a cost, or
        cumulative averages are wanted of blocks that leave units out.
    ArgumentError
        If the convention is unknown.

    Notes
    -----
    The regression that cost analysts know as that on lot midpoints, with mid-units to rounding
    instead of an approximation: Asher, H. (1956), Cost-quantity relationships in the airframe
    industry, RAND R-291. Each block counts once, whatever its length. Standard errors take the
    mid-units as known. Cumulative averages share the cost of all earlier units: theirs are too
    small.

    Examples
    --------
    >>> lots = block_fit([1, 11, 31, 71], [10, 30, 70, 150], [632, 770, 1150, 1770])
    >>> print(lots.learning_rate)
    0.2003 (90 %: 0.1977 to 0.2029)
    >>> print(f"unit 200 costs {lots.predict([200])[0]:.1f}")
    unit 200 costs 18.1
    """
    if convention not in CONVENTIONS:
        raise ArgumentError(
            f"there is no convention {convention!r}; {nearest(convention, CONVENTIONS)}"
        )
    first, last, total = _blocks(first, last, cost)
    if convention == "cumulative_average":
        return fit("wright", last, np.cumsum(_without_a_gap(first, last, total)) / last)
    average = total / (last - first + 1)
    known = np.isfinite(average)

    def excess(exponent: float) -> float:
        """Return by how much the exponent that the mid-units lead to is above the one they have."""
        return _slope(_mid_unit(first, last, exponent)[known], average[known]) - exponent

    # Positive for exponents far below, as no mid-unit leaves its block, and negative far above.
    low, high = _START - 1, _START + 1
    while excess(low) < 0:
        low -= 2 * (high - low)
    while excess(high) > 0:
        high += 2 * (high - low)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return fit("wright", _mid_unit(first, last, (low + high) / 2), average)


def _blocks(first: Any, last: Any, cost: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    arrays = series(first, "first"), series(last, "last"), series(cost, "cost")
    if len({array.size for array in arrays}) > 1:
        sizes = " and ".join(f"{array.size}" for array in arrays)
        raise DataError(f"first, last and cost have {sizes} values; give all three of every block")
    first, last, total = arrays
    for name, values in (("first", first), ("last", last)):
        wrong = np.flatnonzero(
            ~(np.isfinite(values) & (values >= 1) & (values == np.floor(values)))
        )
        if wrong.size:
            raise DataError(
                f"{name} is no unit in {listed(wrong, values)}; give whole numbers from 1 on"
            )
    wrong = np.flatnonzero(last < first)
    if wrong.size:
        raise DataError(f"last lies before first in {listed(wrong, last)}; give units in order")
    wrong = np.flatnonzero(~np.isnan(total) & ~((total > 0) & np.isfinite(total)))
    if wrong.size:
        raise DataError(
            f"cost is not positive and finite in {listed(wrong, total)}; correct it, or put NaN "
            "where it is missing"
        )
    if np.count_nonzero(~np.isnan(total)) < 3:
        raise DataError("a learning curve needs the cost of three blocks at least")
    return first, last, total


def _without_a_gap(first: np.ndarray, last: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return the totals of blocks that follow each other from the first unit on."""
    wrong = np.flatnonzero(first != np.r_[0, last[:-1]] + 1)
    if wrong.size:
        raise DataError(
            f"a block does not begin after the one before it, or not with unit 1, in "
            f"{listed(wrong, first)}; cumulative averages need every unit, so take "
            "convention='unit'"
        )
    wrong = np.flatnonzero(np.isnan(total))
    if wrong.size:
        raise DataError(
            f"cost is missing in {listed(wrong)}; cumulative averages need every unit, so take "
            "convention='unit'"
        )
    return total


def _mid_unit(first: np.ndarray, last: np.ndarray, exponent: float) -> np.ndarray:
    """Return the units that cost what those of each block do on average."""
    if abs(exponent) < _NO_LEARNING:
        exponent = _NO_LEARNING
    with np.errstate(all="ignore"):  # what is then infinite is told
        sums = _core.sum_of_powers(first, last, np.full_like(first, -exponent))
        return (sums / (last - first + 1)) ** (-1 / exponent)


def _slope(middle: np.ndarray, average: np.ndarray) -> float:
    x, y = np.log(middle), np.log(average)
    x = x - np.mean(x) if np.isfinite(x).all() else np.zeros(len(x))
    if not x.any():
        raise DataError(
            "the blocks have no mid-units that differ; give blocks of different units, and check "
            "that their costs are totals"
        )
    return float(-(x @ y) / (x @ x))
