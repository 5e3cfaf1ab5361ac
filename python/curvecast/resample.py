# SPDX-License-Identifier: GPL-3.0-or-later
"""`Bootstrap`: a fit repeated on series like its own, and what the repetitions say.

Every replicate has a seed of its own, derived from the one that is given, so the result does not
depend on the number of threads, and a thousand replicates are the first of two thousand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from .data import freeze, generator
from .errors import ArgumentError, FitError, nearest
from .estimate import check_level
from .interval import Interval, core_inputs
from .notes import Note, note, worst_first
from .parallel import check_threads, in_blocks

if TYPE_CHECKING:
    from .result import Fit

__all__ = ["KINDS", "Bootstrap", "bootstrap", "draw"]

# The core's number of each way of drawing.
KINDS = {"pairs": 0, "residual": 1, "block": 2, "parametric": 3, "predictive": 4}

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_INTERVALS = ("percentile", "bca")


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Parameters refitted to many series drawn from one fit; `curvecast.Fit.bootstrap` makes it.

    Attributes
    ----------
    fit : Fit
        Where the series were drawn from.
    kind : str
        How: ``"pairs"``, ``"residual"``, ``"block"``, ``"parametric"`` or ``"predictive"``.
    seed : int
    thetas : numpy.ndarray
        Parameters, (b, p), in the curve's order; NaN where a refit gave no result.
    status : numpy.ndarray
        How each refit ended, (b,): 0 well, above 0 with a warning, below 0 without a result.
    """

    fit: Fit = field(repr=False)
    kind: str
    seed: int
    thetas: np.ndarray = field(repr=False)
    status: np.ndarray = field(repr=False)

    def __post_init__(self) -> None:
        freeze(self)

    def __len__(self) -> int:
        return len(self.status)

    @property
    def ok(self) -> np.ndarray:
        """Which refits gave a result, (b,) bool."""
        return self.status >= 0

    @property
    def failed(self) -> float:
        """Share of the refits that gave no result; intervals and standard errors leave them out."""
        return float(np.mean(~self.ok))

    @property
    def unsettled(self) -> float:
        """Share of the refits that gave a result with a warning, such as no full convergence."""
        return float(np.mean(self.status > 0))

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the reader should know, worst first."""
        failed, tried = int(np.sum(~self.ok)), len(self)
        if failed == 0:
            return ()
        code = "most_refits_failed" if 2 * failed > tried else "refits_failed"
        return worst_first([note(code, failed=failed, tried=tried)])

    def values(self, name: str) -> np.ndarray:
        """Return a parameter or derived quantity in every replicate, (b,); NaN where it failed.

        Parameters
        ----------
        name : str
            For example ``"ceiling"``.

        Raises
        ------
        ArgumentError
            If the curve has nothing of that name.
        """
        return _quantity(self.fit, self.thetas, name)

    @property
    def stderr(self) -> dict[str, float]:
        """Standard deviation over the replicates, by name of parameter and derived quantity."""
        names = (*self.fit.curve.param_names, *self.fit.curve.derived_names)
        return {name: _spread(self.values(name)) for name in names}

    def interval(self, name: str, level: float = 0.9, *, method: str = "percentile") -> Interval:
        """Return the confidence interval of a parameter or derived quantity.

        Parameters
        ----------
        name : str
            For example ``"ceiling"``.
        level : float, optional
            Confidence level.
        method : {"percentile", "bca"}, optional
            ``"percentile"``: quantiles of the replicates. ``"bca"``: quantiles shifted for bias and
            skewness (Efron 1987), the latter from refits that leave one point out each.

        Returns
        -------
        Interval
            NaN with a note where most refits failed.

        Raises
        ------
        ArgumentError
            If the name or the method is unknown.

        Examples
        --------
        >>> import curvecast as cc
        >>> fit = cc.fit("wright", [1, 2, 4, 8, 16], [100, 81, 63, 52, 41])
        >>> low, high = fit.bootstrap().interval("learning_rate")
        >>> print(f"{low:.2f} to {high:.2f}")
        0.19 to 0.21
        """
        level = check_level(level)
        if method not in _INTERVALS:
            raise ArgumentError(
                f"there is no bootstrap interval {method!r}; {nearest(method, _INTERVALS)}"
            )
        values = self.values(name)
        values = values[np.isfinite(values)]
        if 2 * len(values) <= len(self):
            return Interval(np.nan, np.nan, level, "bootstrap", ("none", "none"), notes=self.notes)
        shares = np.array([(1 - level) / 2, (1 + level) / 2])
        if method == "bca":
            shares = self._shifted(name, values, shares)
        low, high = np.quantile(values, shares).tolist()
        return Interval(low, high, level, "bootstrap", notes=self.notes)

    def _shifted(self, name: str, values: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """Return the shares of a BCa interval."""
        normal = NormalDist()
        own = float(_quantity(self.fit, self.fit.theta, name))
        # Ties count half; a value that all replicates lie on one side of gives no finite shift.
        below = float(np.mean(values < own) + np.mean(values == own) / 2)
        bias = normal.inv_cdf(min(max(below, 0.5 / len(values)), 1 - 0.5 / len(values)))
        without = _quantity(self.fit, leave_one_out(self.fit), name)
        off = np.nanmean(without) - without[np.isfinite(without)]
        squares = float(np.sum(off**2))
        skew = float(np.sum(off**3)) / (6 * squares**1.5) if squares > 0 else 0.0
        shifted = []
        for share in shares:
            z = bias + normal.inv_cdf(float(share))
            shifted.append(normal.cdf(bias + z / (1 - skew * z)))
        return np.array(shifted)

    def summary(self) -> str:
        """Return standard errors and 90 % intervals as plain text."""
        lines = [
            f"{self.fit.curve.name}: {len(self):,} {self.kind} replicates, seed {self.seed}",
            f"  {100 * self.failed:.3g} % gave no result, {100 * self.unsettled:.3g} % a warning",
            *(f"  {each}" for each in self.notes),
        ]
        for name, stderr in self.stderr.items():
            lines.append(f"  {name}: std. error {stderr:.4g}, {self.interval(name)}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from .html import preformatted

        return preformatted(self.summary())


def bootstrap(
    fit: Fit, *, kind: str = "residual", replicates: int = 1000, seed: int = 0, threads: int = 1
) -> Bootstrap:
    """Return a bootstrap of the fit; see `curvecast.Fit.bootstrap`."""
    if kind not in KINDS:
        raise ArgumentError(f"there is no bootstrap kind {kind!r}; {nearest(kind, KINDS)}")
    whole = isinstance(replicates, (int, np.integer)) and not isinstance(replicates, bool)
    if not whole or replicates < 1:
        raise ArgumentError(f"replicates is {replicates!r}; give a whole number of 1 or more")
    threads = check_threads(threads)
    if not fit.status.ok:
        raise FitError(f"{fit.curve.name}: there is no fit to draw from. {fit.status.message}", fit)
    _check_kind(fit, kind)
    thetas, status = draw(fit, kind, int(replicates), seed, threads)
    return Bootstrap(fit=fit, kind=kind, seed=int(seed), thetas=thetas, status=status)


def _check_kind(fit: Fit, kind: str) -> None:
    if fit.error_model == "binomial" and kind in ("residual", "block"):
        raise ArgumentError(
            f"a binomial fit has no residuals to draw from; use kind='pairs' or kind='parametric', "
            f"not {kind!r}"
        )
    known = fit.settings.sigma_known and kind in ("parametric", "predictive")
    if kind != "pairs" and fit.df == 0 and not known and fit.error_model != "binomial":
        raise ArgumentError(
            f"{fit.n_used} points leave no scatter about a curve with as many free parameters, so "
            "there is nothing to draw; add points, or fix a parameter"
        )


def draw(
    fit: Fit, kind: str, replicates: int, seed: int, threads: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return the refitted parameters, (b, p), NaN where there are none, and their status, (b,)."""
    seeds = _seeds(seed, replicates)
    inputs = core_inputs(fit.curve, fit.settings, fit.points, fit.y, fit.weights, fit.theta)
    run = fit.curve.ufunc("bootstrap")
    thetas = np.empty((replicates, len(fit.curve.params)))
    status = np.empty(replicates, np.int64)
    in_blocks(
        lambda part: run(*inputs, KINDS[kind], part),
        [seeds],
        [0],
        [thetas, status],
        seeds.shape,
        fit.y.size,
        threads,
    )
    return thetas, status


def _seeds(seed: int, count: int) -> np.ndarray:
    """Return a seed for each replicate, by SplitMix64 (Steele, Lea and Flood 2014)."""
    start = generator(seed).bit_generator.random_raw()
    z = np.full(count, start, np.uint64) + np.arange(count, dtype=np.uint64) * _STEP
    for shift, factor in _MIX:
        z = (z ^ (z >> shift)) * factor
    return (z ^ (z >> np.uint64(31))).view(np.int64)


def leave_one_out(fit: Fit) -> np.ndarray:
    """Return the parameters refitted without each point, (n, p); NaN for points not used."""
    points, y, weights, theta, lower, upper, prior_mean, prior_sd, options = core_inputs(
        fit.curve, fit.settings, fit.points, fit.y, fit.weights, fit.theta
    )
    kept = weights * (1 - np.eye(len(y)))
    thetas, *_ = fit.curve.ufunc("fit")(
        points, y, kept, theta, lower, upper, prior_mean, prior_sd, options
    )
    return np.where(fit.used[:, np.newaxis], thetas, np.nan)


def _quantity(fit: Fit, thetas: np.ndarray, name: str) -> np.ndarray:
    """Return a parameter or derived quantity at each of the parameters (..., p)."""
    curve = fit.curve
    if name in curve.param_names:
        return thetas[..., curve.param_names.index(name)]
    if name not in curve.derived_names:
        known = (*curve.derived_names, *curve.param_names)
        raise ArgumentError(
            f"a fit of {curve.name} has nothing called {name!r}; {nearest(name, known)}"
        )
    p = len(curve.params)
    value, *_ = curve.ufunc("derived")(thetas, np.zeros((p, p)), np.zeros(len(curve.derived)))
    return value[..., curve.derived_names.index(name)]


def _spread(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(np.std(values, ddof=1)) if len(values) > 1 else np.nan
