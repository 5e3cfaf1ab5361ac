# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute-optimal size and data of a scaling law, and what isoFLOP parabolas make of them.

Training a model of N parameters on D tokens costs about C = 6 N D operations. A law of the loss in
N and D says how a given C is best divided, and a fit of the law says how well that is known:
`optimal`. The other usual way to the same numbers, a parabola through the runs of each budget,
is `isoflop`; on runs that follow a law exactly it is off by a share that `isoflop_bias` returns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .curves import Curve, curve
from .errors import ArgumentError, DataError
from .estimate import Estimate, check_level, t_quantile
from .notes import Note, worst_first

if TYPE_CHECKING:
    from .resample import Bootstrap
    from .result import Fit

__all__ = ["Allocation", "IsoFlop", "isoflop", "isoflop_bias", "isoflop_runs", "optimal"]

# Operations for each parameter and token, forward and back.
FLOPS = 6.0

_LAWS = ("chinchilla", "kaplan", "data_limited")
_LN10 = math.log(10.0)


# ---- the best division of a budget ---------------------------------------------------------------


@dataclass(frozen=True)
class Allocation:
    """How a budget is best divided; `optimal` makes it.

    Attributes
    ----------
    law : str
        Name of the scaling law.
    compute : float or numpy.ndarray
        The budgets in operations, (m,) where several were asked for.
    size, data : Estimate
        The optimal parameters N and tokens D, entries as those of `compute`.
    data_per_size : Estimate
        Tokens for each parameter, D / N.
    loss : Estimate
        What the law gives there: the curve itself, without the scatter of a run.
    method : str
        ``"delta"``, ``"bootstrap"``, or ``"none"`` where the law came without a fit.
    notes : tuple of Note
        Those of the fit, and whether the budget lies far beyond its runs; worst first.
    """

    law: str
    compute: Any
    size: Estimate
    data: Estimate
    data_per_size: Estimate
    loss: Estimate
    method: str
    notes: tuple[Note, ...] = ()

    def __str__(self) -> str:
        from .summary import noted

        lines = [f"Compute-optimal under {self.law}"]
        each = {
            "size, N": self.size,
            "data, D": self.data,
            "data / size": self.data_per_size,
            "loss, y": self.loss,
        }
        for i, compute in enumerate(np.atleast_1d(self.compute)):
            lines.append(f"  {compute:.4g} operations")
            for name, found in each.items():
                value, low, high = (
                    float(np.atleast_1d(part)[i]) for part in (found.value, found.low, found.high)
                )
                ends = f"  ({100 * found.level:g} %: {low:.4g} to {high:.4g})"
                lines.append(f"    {name:<11}  {value:.5g}{'' if math.isnan(low) else ends}")
        lines += noted(self.notes)
        return "\n".join(lines)


def optimal(
    law: Fit | Curve | str,
    compute: Any,
    *,
    params: Mapping[str, float] | None = None,
    unique: float | None = None,
    level: float = 0.9,
    bootstrap: Bootstrap | None = None,
    flops: float = FLOPS,
) -> Allocation:
    """Return the size and data that give the least loss for a budget of compute.

    Parameters
    ----------
    law : Fit, Curve or str
        A fit of ``chinchilla``, ``kaplan`` or ``data_limited``; or the law alone, with `params`.
    compute : array_like
        Budgets in operations, a number or (m,).
    params : mapping of str to float, optional
        Parameters of a law that was not fitted here, such as published ones. There are no
        intervals then.
    unique : float, optional
        Unique tokens there are; ``data_limited`` only, which needs it.
    level : float, optional
        Confidence level of the intervals.
    bootstrap : Bootstrap, optional
        Replicates of this fit, for percentile intervals. Otherwise intervals are formed on
        logarithms by the delta method, the covariances of all parameters included.
    flops : float, optional
        Operations for each parameter and token.

    Returns
    -------
    Allocation

    Raises
    ------
    ArgumentError
        If the law has no such optimum, a budget is not positive, `unique` is missing or makes no
        sense, or the replicates are of another fit.

    Notes
    -----
    Hoffmann et al. (2022), arXiv:2203.15556, equation 4 for ``chinchilla``; the same condition for
    the other laws: a share of compute moved from data to size changes nothing. Parameters that
    are rounded for print are not those of the fit: with A, B, alpha and beta of that paper as
    printed D / N comes out more than half too large.

    Examples
    --------
    >>> import curvecast as cc
    >>> published = {"E": 1.81686, "A": 482.01, "B": 2085.43, "alpha": 0.3478, "beta": 0.3658}
    >>> best = cc.scaling.optimal("chinchilla", 5.76e23, params=published)
    >>> print(f"{best.size.value:.4g} parameters, {best.data_per_size.value:.4g} tokens each")
    7.225e+10 parameters, 18.39 tokens each
    """
    from .result import Fit

    level = check_level(level)
    fit = law if isinstance(law, Fit) else None
    found = fit.curve if fit is not None else curve(law)
    unique = _check_law(found, unique)
    if fit is not None and params is not None:
        raise ArgumentError("a fit has parameters of its own; leave params out")
    if fit is None and bootstrap is not None:
        raise ArgumentError("bootstrap goes with a fit; give the fit as law")
    if fit is not None and bootstrap is not None and bootstrap.fit is not fit:
        raise ArgumentError("these replicates are of another fit; use those of fit.bootstrap()")
    budget = _positive(compute, "compute")
    flops = float(_positive(flops, "flops"))
    theta = fit.theta if fit is not None else _vector(found, params)
    log_product = np.log(np.atleast_1d(budget) / flops)
    log_size = _log_size(found, theta, log_product, unique)
    value = _quantities(found, theta, log_size, log_product, unique)
    nothing = np.full((4, len(log_product)), np.nan)
    spread, low, high, method = nothing, nothing, nothing, "none"
    if bootstrap is not None:
        draws = bootstrap.thetas[bootstrap.ok]
        spread, low, high = _percentiles(found, draws, len(bootstrap), log_product, unique, level)
        method = "bootstrap"
    elif fit is not None:
        spread = _log_errors(found, theta, fit.cov, log_size, log_product, unique)
        half = t_quantile((1 + level) / 2, fit.interval_df) * spread
        low, high, method = value - half, value + half, "delta"
    one = np.ndim(budget) == 0
    notes = () if fit is None else _notes(fit, bootstrap, log_size, log_product)
    units = ("N", "D", "D/N", "y")
    estimates = [
        _estimate(*(part[i] for part in (value, spread, low, high)), level, units[i], one)
        for i in range(4)
    ]
    return Allocation(found.name, float(budget) if one else budget, *estimates, method, notes)


def _check_law(found: Curve, unique: float | None) -> float:
    """Return the unique tokens, infinite where the law knows no limit."""
    if found.name not in _LAWS:
        raise ArgumentError(
            f"{found.name} is no law of size and data; give a fit of {', '.join(_LAWS)}"
        )
    if found.name == "data_limited":
        if unique is None:
            raise ArgumentError(
                "data_limited needs unique=, the number of unique tokens there are; "
                "inf where data do not run out"
            )
        if not unique > 0:
            raise ArgumentError(f"unique is {unique!r}; give a positive number of tokens")
        return float(unique)
    if unique is not None:
        raise ArgumentError(f"{found.name} takes all data as new; unique is for data_limited")
    return math.inf


def _positive(value: Any, name: str) -> np.ndarray:
    found = np.asarray(value, dtype=float)
    wrong = ~((found > 0) & np.isfinite(found))
    if found.ndim > 1 or found.size == 0 or wrong.any():
        shown = found[wrong].flat[0] if wrong.any() else f"of shape {found.shape}"
        raise ArgumentError(f"{name} is {shown}; give a positive number, or several on one axis")
    return found


def _vector(found: Curve, params: Mapping[str, float] | None) -> np.ndarray:
    if params is None:
        raise ArgumentError(f"{found.name} is no fit; give one, or params= with its parameters")
    return np.asarray(found.vector(params), dtype=float)


def _estimate(
    value: np.ndarray,
    spread: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    level: float,
    unit: str,
    one: bool,
) -> Estimate:
    """Carry a logarithm, its standard error and its ends over to the quantity."""
    with np.errstate(over="ignore"):
        centre = np.exp(value)
        parts = (centre, centre * spread, np.exp(low), np.exp(high))
    return Estimate(*(float(part[0]) if one else part for part in parts), level, unit)


def _notes(
    fit: Fit, bootstrap: Bootstrap | None, log_size: np.ndarray, log_product: np.ndarray
) -> tuple[Note, ...]:
    from .bootstrap import far_extrapolation

    seen = fit.points[:2][:, fit.used]
    future = np.exp([log_size, log_product - log_size])
    notes = [*fit.notes, *far_extrapolation(seen, future, (True, True))]
    return worst_first(notes + list(bootstrap.notes if bootstrap is not None else ()))


# ---- where the least loss is ---------------------------------------------------------------------


def _log_size(law: Curve, theta: np.ndarray, log_product: np.ndarray, unique: float) -> np.ndarray:
    """Return ln N of the least loss at ln(N D), (..., m), for parameters (..., p)."""
    part = [each[..., np.newaxis] for each in np.moveaxis(theta, -1, 0)]
    with np.errstate(all="ignore"):
        if law.name == "kaplan":
            log_n_c, log_d_c, ratio = part[0], part[1], part[2] / part[3]
            return (np.log(ratio) + ratio * log_n_c - log_d_c + log_product) / (1 + ratio)
        _, a, b, alpha, beta = part[:5]
        free = (np.log(alpha * a / (beta * b)) + beta * log_product) / (alpha + beta)
        if law.name == "chinchilla":
            return free
        return _with_repeats(part, free, log_product, math.log(unique))


def _slope(
    part: list[np.ndarray], x: np.ndarray, log_product: np.ndarray, log_unique: float
) -> np.ndarray:
    """Return dL / d ln N at a constant product N D where unique data are used up; `x` is ln N."""
    _, a, b, alpha, beta, limit_d, limit_n = part
    called_for = (np.log(alpha * a / (beta * b)) + beta * log_unique) / alpha
    worth_d, gain_d = _worth(log_product - x - log_unique, limit_d)
    worth_n, gain_n = _worth(x - called_for, limit_n)
    of_size = alpha * a * np.exp(-alpha * (called_for + worth_n)) * gain_n
    return beta * b * np.exp(-beta * (log_unique + worth_d)) * gain_d - of_size


def _worth(more: np.ndarray, limit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ln of what e^more is worth, and its derivative by `more`."""
    repeats = np.expm1(more)
    worth = 1 - limit * np.expm1(-repeats / limit)
    return np.log(worth), np.exp(more - repeats / limit) / worth


def _with_repeats(
    part: list[np.ndarray], free: np.ndarray, log_product: np.ndarray, log_unique: float
) -> np.ndarray:
    """Return ln N of the least loss where data are repeated; `free` where they last."""
    _, a, b, alpha, beta = part[:5]
    # Once unique data are used up, the loss falls with N at the size that they call for, because
    # repeats are worth less, and rises at the size that sees them just once, by its excess.
    called_for = (np.log(alpha * a / (beta * b)) + beta * log_unique) / alpha
    low, high = np.broadcast_arrays(called_for, log_product - log_unique)
    for _ in range(80):
        middle = (low + high) / 2
        rising = _slope(part, middle, log_product, log_unique) > 0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
    return np.where(log_product - free <= log_unique, free, (low + high) / 2)


def _quantities(
    law: Curve, theta: np.ndarray, log_size: np.ndarray, log_product: np.ndarray, unique: float
) -> np.ndarray:
    """Return ln N, ln D, ln(D / N) and ln L, (4, ..., m)."""
    log_data = log_product - log_size
    points = _points(law, log_size, log_data, unique)
    with np.errstate(all="ignore"):
        loss = np.log(law.ufunc("eval")(points, theta))
    return np.stack([log_size, log_data, log_data - log_size, loss])


def _points(law: Curve, log_size: np.ndarray, log_data: np.ndarray, unique: float) -> np.ndarray:
    size, data = np.exp(log_size), np.exp(log_data)
    rows = [size, data]
    if len(law.regressors) == 3:
        rows.append(np.minimum(data, unique))
    return np.stack(rows, axis=-2)


def _size_gradient(
    law: Curve, theta: np.ndarray, log_size: np.ndarray, log_product: np.ndarray, unique: float
) -> np.ndarray:
    """Return the derivatives of ln N by the parameters, (p, m).

    By central differences of a closed form, or of a root found to the last digit: errors are about
    1e-9 of the derivative, far below what a standard error is worth.
    """
    gradient = np.empty((len(theta), len(log_product)))
    for j, own in enumerate(theta):
        step = 1e-5 * abs(own) if own != 0 else 1e-8
        moved = np.repeat(theta[np.newaxis], 2, axis=0)
        moved[0, j] -= step
        moved[1, j] += step
        low, high = _log_size(law, moved, log_product, unique)
        gradient[j] = (high - low) / (moved[1, j] - moved[0, j])
    return gradient


def _log_errors(
    law: Curve,
    theta: np.ndarray,
    cov: np.ndarray,
    log_size: np.ndarray,
    log_product: np.ndarray,
    unique: float,
) -> np.ndarray:
    """Return standard errors of ln N, ln D, ln(D / N) and ln L, (4, m), by the delta method."""
    size = _size_gradient(law, theta, log_size, log_product, unique)
    points = _points(law, log_size, log_product - log_size, unique)
    level = law.ufunc("eval")(points, theta)
    # At the optimum the loss does not change with N, so only its own derivatives count.
    loss = law.ufunc("grad")(points, theta).T / level
    gradients = np.stack([size, -size, -2 * size, loss])
    variance = np.einsum("qjm,jk,qkm->qm", gradients, cov, gradients)
    return np.sqrt(np.where(variance >= 0, variance, np.nan))


def _percentiles(
    law: Curve,
    draws: np.ndarray,
    tried: int,
    log_product: np.ndarray,
    unique: float,
    level: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return standard deviation and ends of the logarithms over the replicates, (4, m) each."""
    log_size = _log_size(law, draws, log_product, unique)
    values = _quantities(law, draws, log_size, log_product, unique)
    nothing = np.full((4, len(log_product)), np.nan)
    usable = np.isfinite(values).all(axis=(0, 2))
    if 2 * usable.sum() <= tried:
        return nothing, nothing, nothing
    kept = values[:, usable]
    low, high = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return kept.std(axis=1, ddof=1), low, high


# ---- parabolas through the runs of each budget ---------------------------------------------------


@dataclass(frozen=True)
class IsoFlop:
    """Optimal size and data from parabolas of loss in ln N; `isoflop` makes it.

    Attributes
    ----------
    compute : numpy.ndarray
        The budgets, (m,), rising.
    size, data : numpy.ndarray
        The vertex of each budget's parabola and the tokens that belong to it, (m,); NaN where the
        parabola has no minimum.
    size_error : numpy.ndarray
        Standard error of ln(size), (m,).
    loss : numpy.ndarray
        The parabola's value at its vertex, (m,).
    size_exponent, data_exponent : Estimate
        Of the power laws ``size = size_factor * compute**size_exponent``, and of data, through the
        vertices.
    size_factor, data_factor : Estimate
        Their factors, at a compute of 1.
    notes : tuple of Note
        Budgets that were left out, and vertices outside their runs.
    """

    compute: np.ndarray
    size: np.ndarray
    data: np.ndarray
    size_error: np.ndarray
    loss: np.ndarray
    size_exponent: Estimate
    data_exponent: Estimate
    size_factor: Estimate
    data_factor: Estimate
    notes: tuple[Note, ...] = ()

    def optimal(self, compute: Any) -> tuple[Any, Any]:
        """Return size and data of the power laws at `compute`.

        Parameters
        ----------
        compute : array_like
            Budgets in operations, of any shape.

        Returns
        -------
        size, data : float or numpy.ndarray
        """
        log_compute = np.log(np.asarray(compute, dtype=float))
        size, data = (
            np.exp(math.log(factor.value) + exponent.value * log_compute)
            for factor, exponent in (
                (self.size_factor, self.size_exponent),
                (self.data_factor, self.data_exponent),
            )
        )
        return (float(size), float(data)) if np.ndim(size) == 0 else (size, data)

    def __str__(self) -> str:
        from .summary import noted

        lines = [f"IsoFLOP parabolas of {len(self.compute)} budgets"]
        for name in ("size_exponent", "data_exponent", "size_factor", "data_factor"):
            lines.append(f"  {name:<13}  {getattr(self, name)}")
        lines += noted(self.notes)
        return "\n".join(lines)


def isoflop(
    compute: Any, size: Any, loss: Any, *, level: float = 0.9, flops: float = FLOPS
) -> IsoFlop:
    """Fit a parabola of loss in ln N to the runs of each budget, and power laws to the vertices.

    This is "approach 2" of Hoffmann et al. (2022). Loss is no parabola in ln N: the vertex leans
    to the side on which the law is flatter, the more the wider the runs are spread, by a share that
    `isoflop_bias` gives. Where it matters, fit ``chinchilla`` and use `optimal`.

    Parameters
    ----------
    compute : array_like
        The budget of each run in operations, (n,). Runs of one budget have the same number.
    size : array_like
        Their parameters N, (n,).
    loss : array_like
        Their losses, (n,); NaN leaves a run out.
    level : float, optional
        Confidence level of the intervals.
    flops : float, optional
        Operations for each parameter and token.

    Returns
    -------
    IsoFlop

    Raises
    ------
    DataError
        If fewer than two budgets have a minimum, or a budget has fewer than three sizes.

    Examples
    --------
    >>> import curvecast as cc
    >>> law = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}
    >>> runs = cc.scaling.isoflop_runs("chinchilla", [1e19, 1e20, 1e21], params=law)
    >>> found = cc.scaling.isoflop(runs["compute"], runs["size"], runs["loss"])
    >>> print(f"{found.size_exponent.value:.4f}")
    0.4516
    """
    from .fit import fit
    from .formula import formula

    level = check_level(level)
    flops = float(_positive(flops, "flops"))
    budgets, log_size, table = _slices(compute, size, loss)
    centre = np.nanmean(np.where(np.isnan(table), np.nan, log_size), axis=1)
    parabola = formula("level + slope * z + bend * z * z", x="z", name="parabola")
    fits = fit(parabola, log_size - centre[:, np.newaxis], table, on_error="report")
    level_of, slope, bend = fits.theta.T
    with np.errstate(all="ignore"):
        minimum = (bend > 0) & fits.ok
        away = np.where(minimum, -slope / (2 * bend), np.nan)
        by = np.stack([np.zeros_like(bend), -1 / (2 * bend), slope / (2 * bend**2)], axis=-1)
        error = np.sqrt(np.einsum("mj,mjk,mk->m", by, fits.cov, by))
    vertex = centre + away
    if minimum.sum() < 2:
        raise DataError(
            f"{int(minimum.sum())} of {len(budgets)} budgets have a minimum of the loss between "
            "their sizes; a power law needs two"
        )
    log_compute = np.log(budgets)
    exponents, factors = [], []
    for target in (vertex, log_compute - math.log(flops) - vertex):
        exponent, factor = _power_law(log_compute[minimum], target[minimum], level)
        exponents.append(exponent)
        factors.append(factor)
    return IsoFlop(
        compute=budgets,
        size=np.exp(vertex),
        data=budgets / (flops * np.exp(vertex)),
        size_error=np.where(minimum, error, np.nan),
        loss=np.where(minimum, level_of - bend * away**2, np.nan),
        size_exponent=exponents[0],
        data_exponent=exponents[1],
        size_factor=factors[0],
        data_factor=factors[1],
        notes=_vertex_notes(budgets, minimum, vertex, log_size, table),
    )


def _slices(compute: Any, size: Any, loss: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the budgets (m,), and ln N and loss of their runs (m, n), NaN where there is none."""
    compute, size, loss = np.broadcast_arrays(
        *(np.asarray(each, dtype=float) for each in (compute, size, loss))
    )
    compute, size, loss = (each.ravel() for each in (compute, size, loss))
    used = np.isfinite(loss)
    for name, each in (("compute", compute), ("size", size)):
        wrong = np.flatnonzero(used & ~((each > 0) & np.isfinite(each)))
        if wrong.size:
            raise DataError(
                f"{name} is {each[wrong[0]]} in run {wrong[0]}, counting from 0; "
                "give positive numbers, or leave the run out with a loss of NaN"
            )
    budgets, which = np.unique(compute[used], return_inverse=True)
    rows = [np.flatnonzero(which == k) for k in range(len(budgets))]
    size, loss = size[used], loss[used]
    for budget, row in zip(budgets, rows, strict=True):
        if len(np.unique(size[row])) < 3:
            raise DataError(
                f"the budget of {budget:.6g} operations has {len(np.unique(size[row]))} sizes; "
                "a parabola needs three. Runs of one budget must have the same compute: round it "
                "where it differs in the last digits"
            )
    most = max((len(row) for row in rows), default=0)
    if most == 0:
        raise DataError("no run has a loss")
    log_size, table = np.zeros((len(rows), most)), np.full((len(rows), most), np.nan)
    for k, row in enumerate(rows):
        log_size[k, : len(row)] = np.log(size[row])
        log_size[k, len(row) :] = log_size[k, 0]
        table[k, : len(row)] = loss[row]
    return budgets, log_size, table


def _power_law(x: np.ndarray, y: np.ndarray, level: float) -> tuple[Estimate, Estimate]:
    """Return slope, and factor at x = 0, of a line through logarithms."""
    n, centre = len(x), x.mean()
    square = float(((x - centre) ** 2).sum())
    slope = float(((x - centre) * y).sum()) / square
    start = float(y.mean()) - slope * centre
    left = float(((y - start - slope * x) ** 2).sum())
    variance = left / (n - 2) if n > 2 else np.nan
    spread = math.sqrt(variance / square)
    spread_start = math.sqrt(variance * (1 / n + centre**2 / square))
    width = float(t_quantile((1 + level) / 2, n - 2))
    half, half_start = width * spread, width * spread_start
    factor = math.exp(start)
    return (
        Estimate(slope, spread, slope - half, slope + half, level, "1"),
        Estimate(
            factor,
            factor * spread_start,
            math.exp(start - half_start),
            math.exp(start + half_start),
            level,
        ),
    )


def _vertex_notes(
    budgets: np.ndarray,
    minimum: np.ndarray,
    vertex: np.ndarray,
    log_size: np.ndarray,
    table: np.ndarray,
) -> tuple[Note, ...]:
    def listed(which: np.ndarray) -> str:
        return ", ".join(f"{each:.4g}" for each in budgets[which])

    runs = np.where(np.isnan(table), np.nan, log_size)
    with np.errstate(invalid="ignore"):
        outside = minimum & ((vertex < np.nanmin(runs, 1)) | (vertex > np.nanmax(runs, 1)))
    notes = []
    if not minimum.all():
        sentence = f"The loss has no minimum at {listed(~minimum)} operations: left out."
        notes.append(Note("no_minimum", "warning", sentence))
    if outside.any():
        sentence = f"The minimum lies outside the runs at {listed(outside)} operations."
        notes.append(Note("vertex_outside", "warning", sentence))
    return worst_first(notes)


# ---- the bias of parabolas -----------------------------------------------------------------------


def isoflop_runs(
    law: Curve | str,
    compute: Any,
    *,
    params: Mapping[str, float],
    width: float = 8.0,
    points: int = 15,
    off: Any = 1.0,
    flops: float = FLOPS,
) -> dict[str, np.ndarray]:
    """Return runs that follow a law exactly, spread evenly in ln N about each budget's optimum.

    Parameters
    ----------
    law : Curve or str
        ``chinchilla`` or ``kaplan``.
    compute : array_like
        Budgets in operations, a number or (m,).
    params : mapping of str to float
        The law's parameters.
    width : float, optional
        The runs reach from the optimal size divided by this to the optimal size times this.
    points : int, optional
        Runs for each budget.
    off : array_like, optional
        Factor by which the middle of the runs misses the optimal size, a number or (m,).
    flops : float, optional
        Operations for each parameter and token.

    Returns
    -------
    dict of str to numpy.ndarray
        ``compute``, ``size``, ``data`` and ``loss``, (m * points,) each.

    Raises
    ------
    ArgumentError
        If a number makes no sense.

    Examples
    --------
    >>> import curvecast as cc
    >>> law = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}
    >>> runs = cc.scaling.isoflop_runs("chinchilla", 1e21, params=law, points=3)
    >>> print(runs["loss"].round(3))
    [2.471 2.329 2.459]
    """
    found = curve(law)
    if found.name == "data_limited":
        raise ArgumentError("runs of one budget with repeated data are no isoFLOP runs")
    if not (width > 1 and math.isfinite(width)):
        raise ArgumentError(f"width is {width!r}; give a factor above 1, such as 8")
    if points < 3:
        raise ArgumentError(f"points is {points!r}; a parabola needs three")
    budget = np.atleast_1d(_positive(compute, "compute"))
    best = np.atleast_1d(optimal(found, budget, params=params, flops=flops).size.value)
    away = np.log(width) * np.linspace(-1.0, 1.0, points)
    middle = np.log(best) + np.log(_positive(off, "off"))
    size = np.exp(middle[:, np.newaxis] + away)
    data = budget[:, np.newaxis] / (flops * size)
    loss = found.ufunc("eval")(np.stack([size.ravel(), data.ravel()]), _vector(found, params))
    return {
        "compute": np.repeat(budget, points),
        "size": size.ravel(),
        "data": data.ravel(),
        "loss": loss,
    }


def isoflop_bias(
    law: Curve | str,
    compute: Any,
    *,
    params: Mapping[str, float],
    at: float | None = None,
    width: float = 8.0,
    points: int = 15,
    off: Any = 1.0,
) -> dict[str, float]:
    """Return by how much isoFLOP parabolas miss the optimum of a law, on runs without any noise.

    With runs about the optimum, or about a constant multiple of it, the exponents come out right
    and size and data are off by the same share at every budget. Where the middle of the runs
    drifts from budget to budget, the exponents are off too.

    Parameters
    ----------
    law : Curve or str
        ``chinchilla`` or ``kaplan``.
    compute : array_like
        Two or more budgets, (m,).
    params : mapping of str to float
        The law's parameters.
    at : float, optional
        The budget at which to compare; by default the largest.
    width, points, off
        As `isoflop_runs` takes them.

    Returns
    -------
    dict of str to float
        ``size`` and ``data``, the relative errors of the power laws there, -0.01 for 1 % too low;
        ``size_exponent`` and ``data_exponent``, the differences from the law's own.

    Notes
    -----
    The effect is that of arXiv:2603.22339, whose table of it the tests reproduce.

    Examples
    --------
    >>> import curvecast as cc
    >>> law = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}
    >>> bias = cc.scaling.isoflop_bias("chinchilla", [1e19, 1e20, 1e21], params=law, width=8)
    >>> print(f"{100 * bias['data']:.3f} %")
    -2.903 %
    """
    found = curve(law)
    budget = np.atleast_1d(_positive(compute, "compute"))
    runs = isoflop_runs(found, budget, params=params, width=width, points=points, off=off)
    parabolas = isoflop(runs["compute"], runs["size"], runs["loss"])
    at = float(budget.max() if at is None else _positive(at, "at"))
    best = optimal(found, at, params=params)
    size, data = parabolas.optimal(at)
    # Both laws' own optima are power laws, so two points give their exponents.
    ends = optimal(found, [at, 10 * at], params=params).size.value
    exponent = math.log(ends[1] / ends[0]) / _LN10
    return {
        "size": size / best.size.value - 1,
        "data": data / best.data.value - 1,
        "size_exponent": parabolas.size_exponent.value - exponent,
        "data_exponent": parabolas.data_exponent.value - (1 - exponent),
    }
