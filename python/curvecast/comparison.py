# SPDX-License-Identifier: GPL-3.0-or-later
"""`compare`: which of several curves a series speaks for, and whether it speaks at all.

By information criteria, which charge for every parameter; never by R2, which does not, and which
nearly any rising curve passes. Like is compared with like: all curves see the same points, and
criteria of fits in logs or log odds are carried over to y's own unit (see `curvecast.criteria`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from .checks import read_weights
from .criteria import parameters
from .curves import Curve, curve
from .data import labels_of, regressors, series
from .errors import ArgumentError, DataError, FitError, nearest
from .fit import fit
from .notes import Note, Status, note, worst_first
from .result import Fit

__all__ = ["Comparison", "Entry", "compare"]

CRITERIA = ("aicc", "bic")
# Of the range of y: how near the values of two fits are that are one curve, found twice.
_ROUNDING = 1e-7


class Entry(NamedTuple):
    """One curve of a comparison.

    Attributes
    ----------
    name : str
        The curve's name, with its error model where another entry has the same curve.
    fit : Fit
    parameters : int
        How many were estimated, the size of the scatter included.
    aicc, bic : float
        In y's own unit; NaN without a result, infinite where too few points define none.
    weight : float
        Its share among the curves by the criterion that was asked for, 0 to 1.
    autocorrelation : float
        Of neighbouring residuals; far from 0 the curve has the wrong shape, or shocks last.
    """

    name: str
    fit: Fit
    parameters: int
    aicc: float
    bic: float
    weight: float
    autocorrelation: float

    @property
    def error_model(self) -> str:
        """How observations scatter about the curve."""
        return self.fit.error_model

    @property
    def s(self) -> float:
        """Residual standard deviation on the error model's own scale."""
        return self.fit.s

    @property
    def status(self) -> Status:
        """How the fit ended."""
        return self.fit.status

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the reader of the fit should know, worst first."""
        return self.fit.notes


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several curves fitted to the same points; `curvecast.compare` makes it.

    ``comparison["logistic"]`` is one of the fits.

    Attributes
    ----------
    entries : tuple of Entry
        The best first; those without a result last.
    by : str
        The criterion: ``"aicc"`` or ``"bic"``.
    within : float
        Curves whose weight is at least the best's divided by this are not told apart.
    n_used : int
        Points that all curves were fitted to.
    notes : tuple of Note
        What the reader should know, worst first.
    """

    entries: tuple[Entry, ...]
    by: str
    within: float
    n_used: int
    notes: tuple[Note, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __getitem__(self, name: str) -> Fit:
        for each in self.entries:
            if each.name == name:
                return each.fit
        known = [each.name for each in self.entries]
        raise KeyError(f"there is no curve {name!r} here; {nearest(name, known)}")

    @property
    def best(self) -> str | None:
        """The name of the best curve; None where the criterion is defined for none."""
        return self.entries[0].name if self.entries[0].weight > 0 else None

    @property
    def undecided(self) -> tuple[str, ...]:
        """The names of all curves that the points do not tell apart from the best, which is one."""
        most = self.entries[0].weight
        return tuple(
            each.name for each in self.entries if most > 0 and each.weight >= most / self.within
        )

    def to_frame(self) -> Any:
        """Return the table as a pandas DataFrame, one row for each curve, the best first."""
        import pandas as pd

        rows = [
            {
                "curve": each.fit.curve.name,
                "error_model": each.error_model,
                "parameters": each.parameters,
                "aicc": each.aicc,
                "bic": each.bic,
                "weight": each.weight,
                "autocorrelation": each.autocorrelation,
                "s": each.s,
                "status": each.status.code,
                "notes": ", ".join(one.code for one in each.notes),
            }
            for each in self.entries
        ]
        return pd.DataFrame(rows, index=pd.Index([each.name for each in self.entries], name="name"))

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain lists, numbers and text, each fit as `Fit.to_dict` has it."""
        from .record import plain

        return {
            "format": "curvecast.comparison",
            "version": 1,
            "by": self.by,
            "within": self.within,
            "n_used": self.n_used,
            "best": self.best,
            "undecided": list(self.undecided),
            "notes": [[each.code, each.severity, each.sentence] for each in self.notes],
            "curves": [
                {
                    "name": each.name,
                    "parameters": each.parameters,
                    "aicc": plain(each.aicc),
                    "bic": plain(each.bic),
                    "weight": plain(each.weight),
                    "autocorrelation": plain(each.autocorrelation),
                    "fit": each.fit.to_dict(),
                }
                for each in self.entries
            ],
        }

    def summary(self) -> str:
        """Return the table on one screen of plain text, what to beware of first."""
        from .summary import comparison_text

        return comparison_text(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        others = ", ".join(f"{each.name} {each.weight:.2f}" for each in self)
        return f"<{type(self).__name__} by {self.by}: {others}>"

    def _repr_html_(self) -> str:
        from .summary import comparison_html

        return comparison_html(self)

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw all curves with the data; options are those of `curvecast.plot.plot_comparison`."""
        from .plot import plot_comparison

        return plot_comparison(self, ax, **options)


def compare(
    curves: Sequence[str | Curve | Fit],
    x: Any = None,
    y: Any = None,
    *,
    by: str = "aicc",
    within: float = 10.0,
    weights: Any = None,
    sigma: Any = None,
    error_model: str | None = None,
    upper: float = 1.0,
) -> Comparison:
    """Fit several curves to one series and say which of them the points speak for.

    Parameters
    ----------
    curves : sequence of str, Curve or Fit
        What to compare. Fits made before, with options of their own, are taken as they are, and
        there is then no `x` and no `y`.
    x : array_like or dict
        Points, (n,). A dict, or a DataFrame, by regressor name where the curves are functions of
        different things; each takes what it needs.
    y : array_like
        Observations, (n,); NaN where missing.
    by : {"aicc", "bic"}, optional
        Akaike's criterion with the correction for few points (Hurvich and Tsai 1989), or Schwarz's.
    within : float, optional
        Curves whose weight is at least the best's divided by this count as not told apart.
    weights, sigma, error_model, upper
        As `curvecast.fit` takes them; without `error_model`, each curve has its own.

    Returns
    -------
    Comparison

    Raises
    ------
    CurveNameError, ArgumentError
        If the call is wrong, or the criteria would not be of the same data.
    DataError
        If the data are wrong.
    FitError
        If none of the curves has a result.

    Notes
    -----
    A weight is exp(-d/2), d the distance from the best criterion, as a share of all (Burnham and
    Anderson 2002): relative to the curves that were compared. It does not say that the best
    is any good; look at the autocorrelation of its residuals, and at the picture.

    Examples
    --------
    >>> import curvecast as cc
    >>> year = range(2012, 2024)
    >>> share = [1.1, 1.6, 2.7, 4.2, 6.8, 10.4, 15.6, 22.6, 31.8, 41.9, 52.5, 63.2]
    >>> found = cc.compare(["logistic", "bass", "exponential"], year, share)
    >>> found.best
    'logistic'
    >>> round(found["logistic"].params["ceiling"])
    93
    """
    if by not in CRITERIA:
        raise ArgumentError(f"there is no criterion {by!r}; {nearest(by, CRITERIA)}")
    if not (isinstance(within, (int, float, np.number)) and within >= 1):
        raise ArgumentError(f"within is {within!r}; give a ratio of weights, 1 or more, such as 10")
    curves = [curves] if isinstance(curves, (str, Curve, Fit)) else list(curves)
    if len(curves) < 2:
        raise ArgumentError(f"curves is {curves!r}; give two or more to compare")
    fits = [each for each in curves if isinstance(each, Fit)]
    if fits and (len(fits) < len(curves) or x is not None or y is not None):
        raise ArgumentError(
            "give fits made before, without x and y, or curves to fit; not some of each"
        )
    left_out = 0
    if not fits:
        if x is None or y is None:
            raise ArgumentError("x or y is missing; give the series that the curves are fitted to")
        options = {"weights": weights, "sigma": sigma, "error_model": error_model, "upper": upper}
        described = [curve(each) for each in curves]
        if sigma is not None and error_model is None:
            _check_sigma(described)
        fits, left_out = _fit_all(described, x, y, options)
    _check_alike(fits)
    return _compared(fits, by, float(within), left_out)


def _check_sigma(curves: list[Curve]) -> None:
    """Refuse known errors that each curve would read in a unit of its own."""
    models = {each.error_model: each.name for each in curves}
    if len(models) > 1:
        told = ", ".join(f"{model} for {name}" for model, name in models.items())
        raise ArgumentError(
            f"sigma is on the scale of the errors, which differ ({told}); choose one for all with "
            "error_model="
        )


# ---- the same points for all ---------------------------------------------------------------------


def _fit_all(curves: list[Curve], x: Any, y: Any, options: dict[str, Any]) -> tuple[list[Fit], int]:
    """Fit every curve to the points that all can use; also return how many some could not."""
    own_x = [_regressors_of(each, curves, x) for each in curves]
    points = [
        regressors(each, described.regressors, described.name)
        for each, described in zip(own_x, curves, strict=True)
    ]
    values = series(y, "y")
    for each in points:
        if each.shape[1:] != values.shape:
            raise DataError(
                f"x has shape {each.shape[:-2] + each.shape[-1:]} and y {values.shape}; give one "
                "series, with both for every point"
            )
    weight = read_weights(options["weights"], options["sigma"], values.shape)
    usable = ~np.isnan(values)
    if weight is not None:
        if weight.ndim > 1:
            raise DataError("weights and sigma must be of one series, as y is")
        usable &= weight > 0
    known = np.array([~np.isnan(each).any(axis=0) for each in points])
    left_out = int(np.sum(usable & known.any(axis=0) & ~known.all(axis=0)))
    shared = np.where(known.all(axis=0), values, np.nan)
    fits = [
        fit(each, own, shared, on_error="report", **options)
        for each, own in zip(curves, own_x, strict=True)
    ]
    labelled = [
        replace(each, labels=labels_of(own, y, each.curve.regressors))
        for each, own in zip(fits, own_x, strict=True)
    ]
    return labelled, left_out


def _regressors_of(each: Curve, curves: list[Curve], x: Any) -> Any:
    """Return what this curve takes of x."""
    if hasattr(x, "columns"):
        return x
    if isinstance(x, Mapping):
        return {name: x[name] for name in each.regressors if name in x}
    kinds = sorted({other.regressors for other in curves})
    if len(kinds) > 1:
        names = " and ".join(", ".join(kind) for kind in kinds)
        raise ArgumentError(
            f"these curves are functions of different things ({names}); give x as a dict with each "
            "of them by name"
        )
    return x


def _check_alike(fits: list[Fit]) -> None:
    """Refuse fits whose criteria are not of the same data."""
    robust = [each.curve.name for each in fits if each.settings.loss != "linear"]
    if robust:
        raise ArgumentError(
            f"{robust[0]} was fitted with a robust loss, under which there is no likelihood and no "
            "criterion; use loss='linear'"
        )
    if len({each.error_model == "binomial" for each in fits}) > 1:
        raise ArgumentError(
            "binomial errors give the likelihood of counts and the others that of y, which cannot "
            "be compared; use one kind for all"
        )
    with_result = [each for each in fits if each.status.ok]
    if not with_result:
        told = "; ".join(f"{each.curve.name}: {each.status.message}" for each in fits)
        raise FitError(f"none of the curves has a result. {told}", fits[0])
    first = with_result[0]
    for each in with_result[1:]:
        if not np.array_equal(first.y[first.used], each.y[each.used]):
            raise ArgumentError(
                f"{first.curve.name} and {each.curve.name} were fitted to different points "
                f"({first.n_used} and {each.n_used}), so their criteria cannot be compared; fit "
                "both to the points that both can use"
            )


# ---- the table -----------------------------------------------------------------------------------


def _compared(fits: list[Fit], by: str, within: float, left_out: int) -> Comparison:
    criterion = np.array([getattr(each, by) for each in fits])
    weight = _weights(criterion)
    names = _names(fits)
    entries = [
        Entry(
            name,
            each,
            parameters(each),
            each.aicc,
            each.bic,
            float(own),
            each.diagnostics().autocorrelation if each.status.ok else np.nan,
        )
        for name, each, own in zip(names, fits, weight, strict=True)
    ]
    # Stable: what the criterion does not order stays as it was given.
    places = sorted(range(len(fits)), key=lambda i: (np.isnan(criterion[i]), criterion[i]))
    ordered = tuple(entries[i] for i in places)
    n_used = next(each.n_used for each in fits if each.status.ok)
    found = Comparison(ordered, by, within, n_used, ())
    notes = worst_first(_notes(found, left_out))
    return Comparison(ordered, by, within, n_used, notes)


def _weights(criterion: np.ndarray) -> np.ndarray:
    """Return each curve's share; 0 where the criterion is not defined."""
    defined = criterion < np.inf
    if not defined.any():
        return np.zeros(len(criterion))
    best = criterion[defined].min()
    with np.errstate(invalid="ignore"):
        # A curve that passes through every point has -inf; such curves share all of the weight.
        off = np.where(criterion == best, 0.0, criterion - best)
    size = np.where(defined, np.exp(-np.where(defined, off, 0.0) / 2), 0.0)
    return size / size.sum()


def _names(fits: list[Fit]) -> list[str]:
    """Return names that differ: the curve's, its error model and a number where they are needed."""
    names = [each.curve.name for each in fits]
    models = {name: {e.error_model for e in fits if e.curve.name == name} for name in names}
    names = [
        f"{name} ({each.error_model})" if len(models[name]) > 1 else name
        for name, each in zip(names, fits, strict=True)
    ]
    return [
        f"{name} #{names[:i].count(name) + 1}" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]


def _notes(found: Comparison, left_out: int) -> Iterator[Note]:
    if left_out:
        yield note("points_left_out", n=left_out)
    failed = [each.name for each in found if not each.status.ok]
    if failed:
        yield note("curve_without_result", names=", ".join(failed))
    undefined = [each.name for each in found if each.status.ok and each.aicc == np.inf]
    if undefined:
        yield note("aicc_not_defined", names=", ".join(undefined), n=found.n_used)
    same = _same(found)
    if same:
        yield note(
            "same_curve_twice", names="; ".join(" and ".join(sorted(names)) for names in same)
        )
    if len(found.undecided) > 1:
        yield note("curves_not_told_apart", names=", ".join(found.undecided), within=found.within)
    if found.best is None:
        return
    first = found.entries[0]
    errors = [each.code for each in first.notes if each.severity == "error"]
    if errors:
        yield note("best_in_doubt", name=first.name, codes=", ".join(errors))
    if "no_better_than_constant" in [each.code for each in first.notes]:
        yield note("best_no_better_than_constant", name=first.name)
    if "autocorrelated" in [each.code for each in first.notes]:
        yield note("best_misses_shape", name=first.name, value=first.autocorrelation)


def _same(found: Comparison) -> list[list[str]]:
    """Return groups of curves that give every point the same value, to rounding."""
    groups: list[tuple[np.ndarray, list[str]]] = []
    for each in found:
        if not each.status.ok:
            continue
        value = each.fit.curve.ufunc("eval")(each.fit.points, each.fit.theta)[each.fit.used]
        scatter = np.ptp(each.fit.y[each.fit.used])
        for other, names in groups:
            if np.abs(value - other).max() < _ROUNDING * scatter:
                names.append(each.name)
                break
        else:
            groups.append((value, [each.name]))
    return [names for _, names in groups if len(names) > 1]
