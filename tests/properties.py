# SPDX-License-Identifier: GPL-3.0-or-later
"""What every curve of the registry must hold, measured on data drawn from its own example.

``python -m tests.properties [CURVE ...]`` prints it at full size; tests/test_properties.py asks the
same functions at sizes that suit a test. Everything is drawn from a seed.
"""

from __future__ import annotations

import argparse
import sys
import warnings
import zlib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

import curvecast as cc
from curvecast.links import ERROR_MODELS
from curvecast.notes import all_notes, all_statuses

LEVEL = 0.9
NOISES = (0.03, 0.1, 0.3)
LOWEST, HIGHEST = 0.86, 0.94

# Notes that say of a fit that its standard errors are not to be taken as they stand.
_OPEN = (
    *("not_identified", "ceiling_not_identified", "did_not_converge", "at_bound"),
    *("several_minima", "collinear", "overflow"),
)
_NOTES = {note.code: bit for bit, note in all_notes()}
_OPEN_BITS = sum(_NOTES[code] for code in _OPEN)
# Notes that say anything against a fit: one that explains little is no fault of the search.
_WARNING_BITS = sum(
    bit
    for bit, note in all_notes()
    if note.severity != "info" and note.code != "no_better_than_constant"
)
_WIDTH_AT = 7  # of the options of the core


def sizes(curve: cc.Curve) -> tuple[int, int]:
    """Return the numbers of points at which a curve is tried: plenty, and hardly enough."""
    return 40, max(10, 2 * len(curve.params))


def generator(curve: cc.Curve, *more: int) -> np.random.Generator:
    """Return random numbers of this curve's own."""
    return np.random.default_rng([zlib.crc32(curve.name.encode()), *more])


# ---- data, and fits of them through the core -----------------------------------------------------


class Data(NamedTuple):
    """Series drawn from a curve's example.

    Attributes
    ----------
    x : numpy.ndarray
        Regressors, (r, n).
    truth : numpy.ndarray
        Parameters, (p,).
    y : numpy.ndarray
        Observations, (draws, n).
    """

    x: np.ndarray
    truth: np.ndarray
    y: np.ndarray


def drawn(curve: cc.Curve, n: int, noise: float, draws: int, seed: int = 1) -> Data:
    """Return series of `n` points; noise is a share of the level, or of the range where it adds."""
    x = np.stack(list(curve.example_points(n).values()))
    truth = np.array(curve.example)
    clean = curve.ufunc("eval")(x, truth)
    errors = noise * generator(curve, n, round(1000 * noise), seed).standard_normal((draws, n))
    if curve.error_model == "multiplicative":
        return Data(x, truth, clean * np.exp(errors))
    if curve.error_model == "logit":  # as much at one half as additive errors of that share of 1
        odds = np.log(clean / (1 - clean)) + 4 * errors
        return Data(x, truth, 1 / (1 + np.exp(-odds)))
    return Data(x, truth, clean + np.ptp(clean) * errors)


class Found(NamedTuple):
    """What the core returns for a table of fits."""

    theta: np.ndarray
    cov: np.ndarray
    info: np.ndarray
    objective: np.ndarray
    n_used: np.ndarray
    status: np.ndarray
    notes: np.ndarray


def core_fit(
    curve: cc.Curve,
    x: np.ndarray,
    y: np.ndarray,
    *,
    held: np.ndarray | None = None,
    start: np.ndarray | float = np.nan,
    weights: np.ndarray | float = 1.0,
    width: int = 0,
) -> Found:
    """Fit series in one call, with what the curve holds by default held at `held`, (p,)."""
    p = len(curve.params)
    nothing = np.full(p, np.nan)
    at = nothing if held is None else np.where(curve.held, held, np.nan)
    options = np.full(8, np.nan)
    options[0] = ERROR_MODELS[curve.error_model][0]
    options[_WIDTH_AT] = width
    start = np.where(curve.held, np.nan, np.broadcast_to(start, (*np.shape(start)[:-1], p)))
    weights = np.broadcast_to(weights, y.shape[-1:]) if np.ndim(weights) == 0 else weights
    return Found(*curve.ufunc("fit")(x, y, weights, start, at, at, nothing, nothing, options))


def scattered(
    curve: cc.Curve, x: np.ndarray, about: np.ndarray, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Return random starts about parameters (..., p): (..., count, p), inside the bounds."""
    about = about[..., np.newaxis, :]
    shape = (*about.shape[:-2], count, about.shape[-1])
    span = np.ptp(x[0][np.isfinite(x[0])]) if np.isfinite(x[0]).any() else 1.0
    lower = np.array([each.lower for each in curve.params])
    upper = np.array([each.upper for each in curve.params])
    # A place on the axis is moved along it; all else is multiplied, and may change its sign.
    place = np.array([each.x_power == 1 and each.lower < 0 for each in curve.params])
    with np.errstate(over="ignore", invalid="ignore"):
        moved = about + span * rng.uniform(-0.7, 0.7, shape)
        size = np.where(about == 0, 0.1, about) * np.exp(rng.normal(0, 1, shape))
        sign = np.where((lower < 0) & (rng.uniform(size=shape) < 0.15), -1, 1)
        return np.clip(np.where(place, moved, sign * size), lower, upper)


def best_of_starts(
    curve: cc.Curve,
    x: np.ndarray,
    y: np.ndarray,
    about: np.ndarray,
    count: int,
    rng: np.random.Generator,
    **options: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest objective of random starts for each series, inf where there is none.

    First among those that converged, then among all.
    """
    start = scattered(curve, x, np.broadcast_to(about, (len(y), about.shape[-1])), count, rng)
    found = core_fit(curve, x, y[:, np.newaxis, :], start=start, **options)
    usable = (found.status >= 0) & np.isfinite(found.objective)
    return tuple(
        np.where(which, found.objective, np.inf).min(axis=-1)
        for which in (usable & (found.status == 0), usable)
    )


# ---- intervals hold ------------------------------------------------------------------------------


class Cell(NamedTuple):
    """How often the intervals of one parameter hold.

    Attributes
    ----------
    parameter : str
    holds : float
        Share of intervals that hold the truth: of all with ends, open ends included, for those of
        record and profiles; of those of fits that carry no reservation for Wald intervals. NaN
        where there is none.
    open : float
        Share of draws whose interval is open or missing, or whose fit says not to rely on it.
    astray : float
        Share of all draws whose interval misses the truth although nothing says that it may.
    silent : int
        Draws that `holds` is a share of.
    """

    parameter: str
    holds: float
    open: float
    astray: float
    silent: int


def coverage(
    curve: cc.Curve, n: int, noise: float, draws: int, method: str = "auto", seed: int = 1
) -> list[Cell]:
    """Return how often nominal intervals hold, for each parameter that is estimated by default."""
    data = drawn(curve, n, noise, draws, seed)
    held = {
        name: value
        for name, value, fixed in zip(curve.param_names, data.truth, curve.held, strict=True)
        if fixed
    }
    fits = cc.fit(curve, dict(zip(curve.regressors, data.x, strict=True)), data.y, fixed=held)
    doubtful = (fits.status != 0) | (fits.note_bits & _OPEN_BITS != 0)
    cells = []
    for j, name in enumerate(curve.param_names):
        if name in held:
            continue
        low, high = interval = fits.interval(name, LEVEL, method=method)
        known = ~(np.isnan(low) | np.isnan(high))
        if method == "wald":
            known &= ~doubtful
            open_ = ~known
        else:
            open_ = np.logical_or(*(~np.isin(end, ("closed", "bound")) for end in interval.ends))
        holds = (low <= data.truth[j]) & (data.truth[j] <= high)
        silent = int(known.sum())
        share = float(holds[known].mean()) if silent else np.nan
        astray = float((known & ~holds).mean())
        cells.append(Cell(name, share, float(open_.mean()), astray, silent))
    return cells


# ---- starts are found ----------------------------------------------------------------------------


class Reached(NamedTuple):
    """How often a fit without starts gets as far as random starts about the truth.

    Attributes
    ----------
    best : float
        Share of draws in which it is as good as the best random start that converged.
    lowest : float
        The same with those that did not converge: where a parameter runs away, for example.
    silent : float
        Share that misses the best one that converged, and carries no reservation.
    """

    best: float
    lowest: float
    silent: float


def starts_found(
    curve: cc.Curve, n: int, noise: float, draws: int, tries: int = 200, seed: int = 2
) -> Reached:
    """Return how often the fit reaches the best of random starts about the truth."""
    data = drawn(curve, n, noise, draws, seed)
    found = core_fit(curve, data.x, data.y, held=data.truth)
    rng = generator(curve, n, seed, 3)
    reached = [
        (found.status >= 0) & (found.objective <= best * (1 + 1e-6)) | np.isinf(best)
        for best in best_of_starts(curve, data.x, data.y, data.truth, tries, rng, held=data.truth)
    ]
    silent = ~reached[0] & (found.status == 0) & (found.notes & _WARNING_BITS == 0)
    return Reached(*(float(each.mean()) for each in (*reached, silent)))


# ---- what must not matter ------------------------------------------------------------------------

_UNITS = ((1e3, 1.0), (1e-6, 1.0), (1.0, 1e3), (1.0, 1e-6), (3e9, 7e-5))


def differences(curve: cc.Curve, draws: int = 20, n: int = 40, noise: float = 0.03) -> list[str]:
    """Return what changed an answer and must not: order, units, splitting, width of the lanes."""
    data = drawn(curve, n, noise, draws, 5)
    whole = core_fit(curve, data.x, data.y, held=data.truth)
    return [
        *_bits(curve, data, whole),
        *_order(curve, data, whole),
        *(told for units in _UNITS for told in _units(curve, data, whole, *units)),
    ]


def _bits(curve: cc.Curve, data: Data, whole: Found) -> Iterator[str]:
    """Splitting a table and the width of the lanes change no bit."""
    parts = [core_fit(curve, data.x, data.y[i : i + 1], held=data.truth) for i in range(7)]
    yield from _unequal(whole, parts, slice(0, 7), "a series fitted alone")
    back = core_fit(curve, data.x, data.y[::-1], held=data.truth)
    yield from _unequal(
        Found(*(each[::-1] for each in whole)), [back], slice(None), "a turned table"
    )
    for width in (1, 2, 4):
        other = core_fit(curve, data.x, data.y, held=data.truth, width=width)
        if (other.status == bad_option()).all():
            continue  # this machine has no such lanes
        yield from _unequal(whole, [other], slice(None), f"lanes of width {width}")


@cache
def bad_option() -> int:
    """Return the status of an option that is refused."""
    return next(number for number, code in all_statuses().items() if code == "bad_option")


def _unequal(whole: Found, parts: list[Found], rows: slice, what: str) -> Iterator[str]:
    for name, of_whole, of_parts in zip(
        Found._fields, whole, zip(*parts, strict=True), strict=True
    ):
        joined = np.concatenate(of_parts)
        if not np.array_equal(of_whole[rows], joined, equal_nan=joined.dtype.kind == "f"):
            yield f"{what} has another {name}"


def _order(curve: cc.Curve, data: Data, whole: Found) -> Iterator[str]:
    """The order of the points changes nothing."""
    order = generator(curve, 9).permutation(data.x.shape[-1])
    mixed = core_fit(curve, data.x[:, order], data.y[:, order], held=data.truth)
    yield from _apart(curve, data, whole, mixed, "points in another order")


def _units(curve: cc.Curve, data: Data, whole: Found, of_y: float, of_x: float) -> Iterator[str]:
    """A change of units changes the units of the answer, where the curve has units."""
    scales = curve.flags["rescales"]
    if (of_x != 1 and not scales) or (of_y != 1 and curve.error_model == "logit"):
        return
    unit = np.array([of_y**each.y_power * of_x**each.x_power for each in curve.params])
    own = curve.ufunc("eval")(data.x, data.truth)
    with np.errstate(all="ignore"):
        carried = curve.ufunc("eval")(data.x * of_x, data.truth * unit)
    if not np.allclose(carried, own * of_y, rtol=1e-9):
        if scales:
            yield f"units {of_y:g} and {of_x:g}: the parameters do not change as they say"
        return
    found = core_fit(curve, data.x * of_x, data.y * of_y, held=data.truth * unit)
    square = 1.0 if curve.error_model == "multiplicative" else of_y**2
    back = found._replace(
        theta=found.theta / unit,
        cov=found.cov / np.multiply.outer(unit, unit),
        objective=found.objective / square,
    )
    yield from _apart(curve, data, whole, back, f"units {of_y:g} and {of_x:g}")


def _apart(curve: cc.Curve, data: Data, one: Found, other: Found, what: str) -> Iterator[str]:
    """Name what differs by more than 1e-10, parameters by more than 1e-6 standard errors."""
    if not np.array_equal(one.status, other.status):
        yield f"{what}: other statuses"
        return
    rows = one.status >= 0
    fitted, again = (curve.ufunc("eval")(data.x, each.theta[rows]) for each in (one, other))
    size = np.abs(fitted).max(axis=-1, keepdims=True)
    gap = float(np.max(np.abs(fitted - again) / size, initial=0.0))
    if gap > 1e-10:
        yield f"{what}: fitted values by {gap:.1e}"
    objective = np.abs(one.objective[rows] / other.objective[rows] - 1).max(initial=0.0)
    if objective > 1e-10:
        yield f"{what}: the objective by {objective:.1e}"
    error = np.sqrt(np.diagonal(one.cov[rows], axis1=-2, axis2=-1))
    moved = np.abs(one.theta[rows] - other.theta[rows])
    rounding = 1e-12 * np.abs(one.theta[rows])
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = np.where((moved > rounding) & np.isfinite(error), moved / error, 0.0)
    for j, most in enumerate(steps.max(axis=0, initial=0.0)):
        if most > 1e-6:
            yield f"{what}: {curve.param_names[j]} by {most:.1e} standard errors"


# ---- hostile series ------------------------------------------------------------------------------


def _hostile_y(kind: int, n: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return series that no one would fit, (draws, n)."""
    t = np.arange(n, dtype=float)
    u, z = rng.uniform(0.5, 1, (draws, n)), rng.standard_normal((draws, n))
    rows = np.arange(draws)
    y = 1 + u * t
    match kind:
        case 0:
            y = 1e300 * u * (t + 1) / 40
        case 1:
            y = 5e-324 * np.floor(1 + 40 * u + t)
        case 2:
            y = u.copy()
            y[rows, rng.integers(n, size=draws)] = 1e300
        case 3:
            y = np.where(t % 2, 1e150, 1e-150) * u
        case 4:
            y = np.broadcast_to(np.where(t % 2, 1.7e308, 2.3e-308), (draws, n)).copy()
        case 5:
            y = np.zeros((draws, n))
            y[rows, rng.integers(n, size=draws)] = 3
        case 6:
            y = z
        case 7:
            y = 10 ** (15 * z)
        case 8:
            y = np.where(t < rng.integers(1, n, size=(draws, 1)), 1.0, 1e6) * np.exp(0.01 * z)
        case 9:
            y = np.exp(-50 * t) * u
        case 10:
            y = np.floor(6 * u)
        case 11:
            y = np.full((draws, n), 7.0)
        case 12:
            y = np.where(rng.uniform(size=(draws, n)) < 0.6, np.nan, y)
        case 13:
            y = np.full((draws, n), np.nan)
        case 14:
            y[rows, rng.integers(n, size=draws)] = np.inf
        case 15:
            y = np.cumsum(z, axis=1)
        case 16:
            y = np.exp(np.cumsum(z, axis=1))
        case 17:
            y = u * np.where(rng.uniform(size=(draws, n)) < 0.1, 1e4, 1.0)
    return y


def _hostile_x(kind: int, x: np.ndarray) -> np.ndarray:
    """Return regressors (r, n) that no one would measure at."""
    x = x.copy()
    n = x.shape[-1]
    match kind:
        case 18:
            x *= 1e290
        case 19:
            x[:] = 2000 + np.spacing(2000.0) * np.arange(n)
        case 20:
            x[:] = 1 + np.arange(n) % 2
        case 21:
            x[:] = 1 + np.arange(n) % 3
        case 22:
            x[:, ::3] = np.nan
        case 23:
            x[:] = x[:, :1]
        case 24:
            x = -x
        case 25:
            x[:] = 5e-324 * (1 + np.arange(n))
        case 26:
            x[:, n // 2] = np.inf
    return x


KINDS = 27


class Hostile(NamedTuple):
    """What hostile series have brought to light.

    Attributes
    ----------
    faults : list of str
        What must never be.
    series, results, silent : int
        How many series were tried, have a result, and have one that carries no reservation.
    beaten : int
        How many of the last a random start beats that converged.
    outrun : int
        How many any random start beats, such as one in which a parameter runs away.
    """

    faults: list[str]
    series: int
    results: int
    silent: int
    beaten: int
    outrun: int


def hostile(curve: cc.Curve, series: int, tries: int = 40, seed: int = 7) -> Hostile:
    """Fit hostile series; NumPy's warnings are errors."""
    rng = generator(curve, seed)
    p = len(curve.params)
    faults: list[str] = []
    counts = np.zeros(5, np.int64)
    each = -(-series // (2 * KINDS))
    for kind in range(KINDS):
        for n in (p, int(rng.integers(7, 27)) + p):
            x = _hostile_x(kind, np.stack(list(curve.example_points(n).values())))
            y = _hostile_y(kind, n, each, rng)
            if curve.error_model != "additive" and kind not in (6, 15):
                y = np.abs(y)
            if curve.error_model == "logit" and kind not in (0, 15):
                y = y / (1 + np.minimum(y, 1e300))  # infinity stays infinite
            with np.errstate(all="raise"), warnings.catch_warnings():
                warnings.simplefilter("error")
                found = core_fit(curve, x, y)
            faults += [f"kind {kind}, {n} points: {told}" for told in _insane(curve, found)]
            silent = (found.status == 0) & (found.notes & _WARNING_BITS == 0)
            beaten = _beaten(curve, x, y[silent], Found(*(f[silent] for f in found)), tries, rng)
            if beaten[0]:
                told = f"{beaten[0]} of {int(silent.sum())} silent fits are beaten"
                faults.append(f"kind {kind}, {n} points: {told}")
            counts += (each, (found.status >= 0).sum(), silent.sum(), *beaten)
    return Hostile(faults, *map(int, counts))


def _insane(curve: cc.Curve, found: Found) -> Iterator[str]:
    """Name what must never be, whatever the data are."""
    good = found.status >= 0
    theta = found.theta[good]
    if not np.isfinite(theta).all():
        yield "parameters that are no numbers, and a status that says they are"
    for side, beyond in (("lower", np.less), ("upper", np.greater)):
        if beyond(theta, [getattr(each, side) for each in curve.params]).any():
            yield f"a parameter beyond its {side} bound"
    if not np.isnan(found.theta[~good]).all():
        yield "numbers with a status that says there are none"
    if np.isinf(found.cov[good]).any():
        yield "an infinite covariance"
    if (np.diagonal(found.cov[good], axis1=-2, axis2=-1) < 0).any():
        yield "a negative variance"
    overflow = found.notes[good] & _NOTES["overflow"] != 0
    if not (np.isfinite(found.objective[good]) | overflow).all():
        yield "an objective that is no number, without a word"


def _beaten(
    curve: cc.Curve,
    x: np.ndarray,
    y: np.ndarray,
    found: Found,
    tries: int,
    rng: np.random.Generator,
) -> tuple[int, int]:
    """Count fits that a random start, converged or any, beats by more than 1e-6 of their own."""
    if not len(y):
        return 0, 0
    half = max(tries // 2, 1)
    near = best_of_starts(curve, x, y, found.theta, half, rng)
    far = best_of_starts(curve, x, y, np.array(curve.example), half, rng)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        scale = np.log(y) if curve.error_model == "multiplicative" else y
        if curve.error_model == "logit":
            scale = np.log(y / (1 - y))
        # What is left of an exact fit is rounding.
        least = found.objective * (1 - 1e-6) - 1e-26 * np.nansum(scale**2, axis=-1)
        converged, any_ = (
            int(np.sum(np.fmin(*both) < least)) for both in zip(near, far, strict=True)
        )
    return converged, any_


# ---- at the command line -------------------------------------------------------------------------


def report(curve: cc.Curve, options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines of one curve's report."""
    yield f"{curve.name}"
    if "coverage" in options.parts:
        yield from _coverage_lines(curve, options)
    if "starts" in options.parts:
        for n in sizes(curve):
            for noise in NOISES:
                found = starts_found(curve, n, noise, options.fits, options.starts)
                best, lowest, silent = (f"{100 * each:.1f} %" for each in found)
                mark = "" if found.best >= 0.99 else "  <-"
                yield (
                    f"  starts    n {n:3}  {100 * noise:3.0f} %: {best} reach the best of "
                    f"{options.starts} ({lowest} with those that run away), {silent} miss it "
                    f"silently{mark}"
                )
    if "invariance" in options.parts:
        yield from (f"  invariance: {told}  <-" for told in differences(curve))
    if "hostile" in options.parts:
        found = hostile(curve, options.hostile)
        yield (
            f"  hostile   {found.series} series: {found.results} results, {found.silent} without a "
            f"word, {found.beaten} of these beaten by a random start ({found.outrun} with those "
            "that run away)"
        )
        yield from (f"  hostile   {told}  <-" for told in found.faults)


def _coverage_lines(curve: cc.Curve, options: argparse.Namespace) -> Iterator[str]:
    for n in sizes(curve):
        for noise in NOISES:
            for method in options.methods:
                cells = coverage(curve, n, noise, options.draws, method)
                told = ", ".join(map(_cell_text, cells))
                yield f"  {method:7}  n {n:3}  {100 * noise:3.0f} %: {told}"


def _cell_text(cell: Cell) -> str:
    """Return how often an interval holds, with a mark where that is too seldom or too often.

    A second mark says that more intervals are wrong without a word than a nominal level allows,
    whatever the share of those that do have one.
    """
    marks = ("" if inside(cell) else "!") + ("!" if cell.astray > 1 - LOWEST else "")
    return f"{cell.parameter} {100 * cell.holds:.1f}{marks} ({100 * cell.open:.0f} open)"


def inside(cell: Cell) -> bool:
    """Return whether the intervals hold as often as they must; True where there are none."""
    return bool(np.isnan(cell.holds) or LOWEST <= cell.holds <= HIGHEST)


def main() -> int:
    """Print the reports of the curves named, or of all."""
    parts = ("coverage", "starts", "invariance", "hostile")
    parser = argparse.ArgumentParser(prog="python -m tests.properties", description=__doc__)
    parser.add_argument("curves", nargs="*", metavar="CURVE")
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts)
    parser.add_argument("--methods", nargs="+", default=["auto", "wald"])
    parser.add_argument("--draws", type=int, default=2000, help="series for each coverage")
    parser.add_argument("--fits", type=int, default=300, help="series that starts are found for")
    parser.add_argument("--starts", type=int, default=200, help="random starts for each")
    parser.add_argument("--hostile", type=int, default=10_000, help="hostile series")
    options = parser.parse_args()
    for each in [cc.curve(name) for name in options.curves] or cc.curves():
        for line in report(each, options):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
