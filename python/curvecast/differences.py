# SPDX-License-Identifier: GPL-3.0-or-later
"""Wright's law in first differences: changes of cost on changes of experience, in logs.

A regression of levels takes residuals to be independent, which those of a trending series are not;
its standard errors are then far too small. In differences the trend is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from .criteria import Criteria, criteria_of
from .data import freeze, listed, series
from .errors import ArgumentError, DataError, nearest
from .estimate import Estimate, check_level, t_quantile

if TYPE_CHECKING:
    from .result import Fit

__all__ = ["DifferenceFit", "difference_fit"]

_LEVEL = 0.9
_LIKELIEST = "likeliest"
_NAMES = ("learning_rate", "progress_ratio", "exponent")


@dataclass(frozen=True, eq=False, repr=False)
class DifferenceFit:
    """Wright's law fitted to changes of the logarithm; `difference_fit` makes it.

    Attributes
    ----------
    experience, cost : numpy.ndarray
        The points used, (m + 1,).
    exponent_value, stderr : float
        The experience exponent and its standard error.
    s : float
        Standard deviation of a yearly shock to the logarithm of the cost.
    ma : float
        How much of a shock is carried into the next change: 0 is none, -1 all of it taken back.
    ma_estimated : bool
        Whether `ma` is the likeliest, rather than given.
    deviance : float
        Minus twice the log likelihood of the changes of ln cost.
    """

    experience: np.ndarray
    cost: np.ndarray
    exponent_value: float
    stderr: float
    s: float
    ma: float
    ma_estimated: bool
    deviance: float

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def n_changes(self) -> int:
        """How many changes there are: the points less one."""
        return len(self.cost) - 1

    @property
    def df(self) -> int:
        """Degrees of freedom of the intervals."""
        return self.n_changes - 1

    @property
    def exponent(self) -> Estimate:
        """The experience exponent with its 90 % interval."""
        return self.estimate("exponent")

    @property
    def learning_rate(self) -> Estimate:
        """The learning rate with its 90 % interval, whose ends are those of the exponent's."""
        return self.estimate("learning_rate")

    @property
    def progress_ratio(self) -> Estimate:
        """The progress ratio with its 90 % interval, whose ends are those of the exponent's."""
        return self.estimate("progress_ratio")

    def estimate(self, name: str, level: float = _LEVEL) -> Estimate:
        """Return an estimate with its interval.

        Parameters
        ----------
        name : {"learning_rate", "progress_ratio", "exponent"}
        level : float, optional
            Confidence level; Student's t with one degree of freedom less than there are changes.

        Raises
        ------
        ArgumentError
            If there is nothing of that name, or the level is no share.
        """
        if name not in _NAMES:
            raise ArgumentError(
                f"there is no {name!r} in a fit of differences; {nearest(name, _NAMES)}"
            )
        half = float(t_quantile((1 + check_level(level)) / 2, self.df)) * self.stderr
        ends = (self.exponent_value - half, self.exponent_value + half)
        if name == "exponent":
            return Estimate(self.exponent_value, self.stderr, *ends, level, "1")
        ratio, *ratios = (2.0**-each for each in (self.exponent_value, *ends))
        stderr = float(np.log(2)) * ratio * self.stderr
        if name == "progress_ratio":
            return Estimate(ratio, stderr, ratios[1], ratios[0], level, "1")
        return Estimate(1 - ratio, stderr, 1 - ratios[0], 1 - ratios[1], level, "1")

    @property
    def residuals(self) -> np.ndarray:
        """Changes of ln cost less those of the fitted law, (m,)."""
        x, y = _changes(self.experience, self.cost)
        return y + self.exponent_value * x

    @property
    def autocorrelation(self) -> float:
        """Correlation of neighbouring residuals."""
        r = self.residuals
        squares = float(r @ r)
        return float(r[1:] @ r[:-1]) / squares if squares > 0 else np.nan

    def criteria(self, *, scale: str = "logs", count_scatter: bool = True) -> Criteria:
        """Return the information criteria of the changes.

        They are of other data than those of a fit in levels, and the two must not be compared.

        Parameters
        ----------
        scale : {"logs", "log10"}, optional
            Whether the likelihood is that of natural or of decimal logarithms.
        count_scatter : bool, optional
            Whether the size of the scatter counts as a parameter.

        Raises
        ------
        ArgumentError
            If the scale is unknown.
        """
        if scale not in ("logs", "log10"):
            raise ArgumentError(
                f"there is no scale {scale!r} of differences; {nearest(scale, ['logs', 'log10'])}"
            )
        shift = 2 * self.n_changes * float(np.log(np.log(10))) if scale == "log10" else 0.0
        k = 1 + int(self.ma_estimated) + int(count_scatter)
        return criteria_of(self.deviance - shift, k, self.n_changes)

    @cached_property
    def level(self) -> Fit:
        """The same points fitted in levels, by `curvecast.fit`."""
        from .fit import fit

        return fit("wright", self.experience, self.cost, on_error="report")

    def summary(self) -> str:
        """Return the fit in plain text, with that of levels beside it."""
        lines = [
            "Wright's law in first differences of logarithms, through the origin",
            "",
            f"  {'':<14}  {'learning rate':>13}  {'90 % from':>9}  {'to':>7}  {'exponent':>9}  "
            f"{'std. error':>10}",
            _row("differences", self.learning_rate, self.exponent),
        ]
        if self.level.status.ok:
            lines.append(_row("levels", self.level.learning_rate, self.level.exponent))
        origin = "likeliest" if self.ma_estimated else "given"
        lines += [
            "",
            f"  {self.n_changes} changes, {self.df} degrees of freedom; sd of a shock {self.s:.4g} "
            "in logs",
            f"  moving average {self.ma:.3g} ({origin}); autocorrelation of residuals "
            f"{self.autocorrelation:.2f}",
        ]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}: exponent={self.exponent_value:.6g}, "
            f"stderr={self.stderr:.3g}, {self.n_changes} changes>"
        )

    def _repr_html_(self) -> str:
        from .html import preformatted

        return preformatted(self.summary())


def difference_fit(experience: Any, cost: Any, *, ma: float | str = 0.0) -> DifferenceFit:
    """Fit Wright's law to the changes of the logarithm of cost, without an intercept.

    The change of ln cost is ``-exponent`` times that of ln experience plus ``v_t + ma * v_(t-1)``.

    Parameters
    ----------
    experience : array_like
        Cumulative output, (n,), in the order of time: it never falls.
    cost : array_like
        Unit cost, (n,). A point where either is NaN is left out; the change then spans the gap.
    ma : float or "likeliest", optional
        The moving average, between -1 and 1; 0 takes shocks to be independent, and 0.19 is what
        Way et al. (2022) use for all technologies. ``"likeliest"`` estimates it, which short
        series do badly.

    Returns
    -------
    DifferenceFit

    Raises
    ------
    DataError
        If a value is not positive, experience falls or never changes, or fewer than three points
        are left.
    ArgumentError
        If `ma` is not between -1 and 1.

    Notes
    -----
    At ``ma=-1`` shocks do not last, and the fit is that of levels; the truth mostly lies between.
    The model of Lafond et al. (2018), Technological Forecasting and Social Change 128, 104-117.
    With independent shocks the exponent is the sum of products of the changes over the sum of
    squares of those of experience; with a moving average it is that of the exact likelihood.

    Examples
    --------
    >>> found = difference_fit([10, 14, 21, 30, 44, 60], [50, 46, 39, 37, 31, 29])
    >>> print(found.learning_rate)
    0.1946 (90 %: 0.1188 to 0.2639)
    """
    made, paid = series(experience, "experience"), series(cost, "cost")
    if made.shape != paid.shape:
        raise DataError(
            f"experience has {made.size} points and cost has {paid.size}; give both for every point"
        )
    kept = ~(np.isnan(made) | np.isnan(paid))
    for name, values in (("experience", made), ("cost", paid)):
        wrong = np.flatnonzero(kept & ~((values > 0) & np.isfinite(values)))
        if wrong.size:
            raise DataError(
                f"{name} is not positive and finite in {listed(wrong, values)}; correct it, or put "
                "NaN where it is missing"
            )
    rows = np.flatnonzero(kept)
    made, paid = made[kept], paid[kept]
    falls = np.flatnonzero(np.diff(made) < 0)
    if falls.size:
        raise DataError(
            f"experience falls to {made[falls[0] + 1]:.6g} in row {rows[falls[0] + 1]}, counting "
            "from 0; cumulative output never falls: put the rows in the order of time"
        )
    if len(made) < 3:
        raise DataError(
            f"{len(made)} usable points make {max(len(made) - 1, 0)} changes, and a standard error "
            "needs at least two; add points"
        )
    if made[0] == made[-1]:
        raise DataError(f"experience is {made[0]:.6g} in every row; there is no change to learn by")
    x, y = _changes(made, paid)
    exponent, stderr, s, used, deviance, _ = _core.difference_fit(x, y, _moving_average(ma))
    return DifferenceFit(
        experience=made,
        cost=paid,
        exponent_value=float(exponent),
        stderr=float(stderr),
        s=float(s),
        ma=float(used),
        ma_estimated=isinstance(ma, str),
        deviance=float(deviance),
    )


def _changes(experience: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.diff(np.log(experience)), np.diff(np.log(cost))


def _moving_average(ma: Any) -> float:
    if isinstance(ma, str):
        if ma != _LIKELIEST:
            raise ArgumentError(f"ma is {ma!r}; give a number, or {_LIKELIEST!r} to estimate it")
        return np.nan
    if not (isinstance(ma, (int, float, np.number)) and -1 <= ma <= 1):
        raise ArgumentError(f"ma is {ma!r}; give a number between -1 and 1, or {_LIKELIEST!r}")
    return float(ma)


def _row(name: str, rate: Estimate, exponent: Estimate) -> str:
    return (
        f"  {name:<14}  {rate.value:>13.2%}  {rate.low:>9.2%}  {rate.high:>7.2%}  "
        f"{exponent.value:>9.4f}  {exponent.stderr:>10.4f}"
    )
