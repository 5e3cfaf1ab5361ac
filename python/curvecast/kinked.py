# SPDX-License-Identifier: GPL-3.0-or-later
"""`kinked`: an experience curve with as many breaks as an information criterion finds worth it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .comparison import CRITERIA, Comparison, compare
from .data import regressors, series
from .errors import ArgumentError, DataError, nearest
from .fit import fit
from .result import Fit

__all__ = ["MOST_BREAKS", "KinkedFit", "kinked"]

MOST_BREAKS = 5


@dataclass(frozen=True, eq=False)
class KinkedFit:
    """The fit that `curvecast.kinked` chose, with the table that it was chosen from.

    Attributes
    ----------
    fit : Fit
        The chosen one: ``"wright"`` without breaks, else ``"kinked_1"`` and so on.
    comparison : Comparison
        All numbers of breaks that were tried, the best first.
    criterion : str
        ``"aicc"`` or ``"bic"``.
    left_out : dict of int to str
        Numbers of breaks that were not tried, and what is missing for each.
    """

    fit: Fit
    comparison: Comparison
    criterion: str
    left_out: dict[int, str]

    @property
    def n_breaks(self) -> int:
        """How many breaks were chosen."""
        return breaks_of(self.fit)

    @property
    def breaks(self) -> tuple[float, ...]:
        """Where they are, in units of experience."""
        return tuple(self.fit.params[f"break_{k + 1}"] for k in range(self.n_breaks))

    def __getattr__(self, name: str) -> Any:
        # Reached only for what is not a field: everything else is the chosen fit's.
        if name.startswith("_") or "fit" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.fit, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self.fit)})

    def summary(self) -> str:
        """Return the table of all numbers of breaks and the chosen fit, in plain text."""
        lines = [self.comparison.summary(), "", self.fit.summary()]
        told = [f"Not tried with {k} breaks: {why}." for k, why in self.left_out.items()]
        return "\n".join([*lines, *([""] if told else []), *told])

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} with {self.n_breaks} breaks by {self.criterion}: {self.fit!r}>"
        )

    def _repr_html_(self) -> str:
        from .html import preformatted

        left_out = self.summary().partition(self.fit.summary())[2].strip()
        parts = [self.comparison._repr_html_(), self.fit._repr_html_()]
        return "".join([*parts, *([preformatted(left_out)] if left_out else [])])


def kinked(
    experience: Any,
    cost: Any,
    *,
    max_breaks: int = MOST_BREAKS,
    criterion: str = "aicc",
    margin: float = 2.0,
    weights: Any = None,
    sigma: Any = None,
    error_model: str | None = None,
) -> KinkedFit:
    """Fit experience curves with 0 to `max_breaks` breaks; an information criterion chooses.

    Parameters
    ----------
    experience : array_like
        Cumulative output, (n,), positive; NaN where missing.
    cost : array_like
        Unit cost, (n,); NaN where missing.
    max_breaks : int, optional
        At the most 5.
    criterion : {"aicc", "bic"}, optional
        Akaike's with the correction for few points, or Schwarz's, which has none: of twelve points
        that scatter by 5 % about one rate it finds breaks in more than half of the series, Akaike's
        in one of fifteen; from thirty points on the two agree. Each break counts as two parameters:
        where it lies and the exponent after it.
    margin : float, optional
        The first and the last break lie inside the points by at least this factor of experience,
        so that no segment rests on the last few points alone; 1 for no margin.
    weights, sigma, error_model
        As `curvecast.fit` takes them.

    Returns
    -------
    KinkedFit
        Everything of the chosen `Fit`, and `comparison`, the table of all. The latest learning
        rate is ``learning_rate``; that of segment 1 is ``learning_rate_1``.

    Raises
    ------
    ArgumentError
        If the call is wrong.
    DataError
        If the data are wrong, or leave no room for a break.
    FitError
        If no number of breaks has a result.

    Notes
    -----
    Continuous and straight between breaks on logarithmic axes; breaks are a doubling of experience
    or more apart, and every segment has two different points or more. A number of breaks that this
    leaves no room for, or that leaves no point to judge the scatter by, is not tried: `left_out`
    says why. There is no test of one break more: where a break has no effect its place means
    nothing, so a likelihood ratio does not follow the chi-squared law that such tests assume
    (Davies 1987, Biometrika 74, 33-43). Intervals of the chosen fit take the number of breaks for
    granted; of data drawn with two breaks and a scatter of 10 % or more those of 90 % hold the
    truth in 77 to 86 %, with one break in 85 to 94 %. Under additive errors there may be no best
    fit where the last costs are no larger than their scatter: an exponent then grows without end,
    and the note says that nothing settled. The rules of a doubling, and counting each break twice,
    are those of the study "Learning rate variability and implications for technology forecasts"
    (Zenodo 10.5281/zenodo.13308841).

    A forecast from the chosen fit holds the latest rate for good: its ranges leave out that further
    breaks may come, and are too narrow far ahead. Look ahead by no more than about the doublings
    that the last segment was seen for, or compare with a forecast from ``wright``, whose errors
    about one rate carry past changes of rate as scatter.

    Examples
    --------
    >>> import curvecast as cc
    >>> units = [10, 14, 20, 30, 44, 65, 90, 130, 190, 270, 400, 560, 800]
    >>> cost = [99, 96, 91, 88, 84, 79, 77, 65, 52, 44, 34, 29, 23]
    >>> found = cc.kinked(units, cost)
    >>> found.n_breaks, round(found.breaks[0])
    (1, 99)
    >>> print(found.learning_rate)
    0.3247 (90 %: 0.3174 to 0.332)
    """
    if criterion not in CRITERIA:
        raise ArgumentError(f"there is no criterion {criterion!r}; {nearest(criterion, CRITERIA)}")
    if not (isinstance(max_breaks, (int, np.integer)) and 1 <= max_breaks <= MOST_BREAKS):
        raise ArgumentError(f"max_breaks is {max_breaks!r}; give a whole number from 1 to 5")
    if not (isinstance(margin, (int, float, np.number)) and 1 <= margin < np.inf):
        raise ArgumentError(f"margin is {margin!r}; give a factor of experience, 1 or more")
    x, left_out = room(experience, cost, weights, int(max_breaks), float(margin))
    options = {"weights": weights, "sigma": sigma, "error_model": error_model}
    inside = (x.min() * margin, x.max() / margin)
    fits = [
        fit(
            f"kinked_{k}" if k else "wright",
            experience,
            cost,
            bounds={f"break_{j + 1}": inside for j in range(k)},
            on_error="report",
            **options,
        )
        for k in range(max_breaks + 1)
        if k not in left_out
    ]
    found = compare(fits, by=criterion)
    return KinkedFit(found.entries[0].fit, found, criterion, left_out)


def breaks_of(fit: Fit) -> int:
    """Return how many breaks a fit has."""
    return sum(name.startswith("break_") for name in fit.curve.param_names)


def room(
    experience: Any, cost: Any, weights: Any, most: int, margin: float
) -> tuple[np.ndarray, dict[int, str]]:
    """Return the amounts of experience at which the cost is known, and what is short of breaks."""
    x = regressors(experience, ("experience",), "kinked")
    y = series(cost, "cost")
    if x.ndim != 2 or y.ndim != 1 or x.shape[1:] != y.shape:
        raise DataError(
            f"experience has shape {x.shape[1:]} and cost {y.shape}; give one series, with both "
            "for every point"
        )
    usable = np.isfinite(x[0]) & np.isfinite(y)
    if weights is not None:
        usable &= np.broadcast_to(np.asarray(weights, float), y.shape) > 0
    n, places = int(usable.sum()), np.unique(x[0][usable])
    fitting, left_out = most_breaks(places, margin), {}
    for breaks in range(1, most + 1):
        needed = 2 * breaks + 3
        if n < needed:
            left_out[breaks] = f"needs {needed} points with experience and cost, and there are {n}"
        elif fitting < breaks:
            left_out[breaks] = (
                "needs two different points to a segment, a doubling of experience between breaks, "
                f"and a factor of {margin:g} between each end and its break"
            )
    if 1 in left_out:
        raise DataError(f"there is no room for a break: it {left_out[1]}; fit 'wright'")
    return places, left_out


def most_breaks(places: np.ndarray, margin: float) -> int:
    """Return how many breaks there is room for between these amounts of experience."""
    if len(places) < 3:
        return 0
    if not places[0] > 0:
        return MOST_BREAKS  # the fit says what is wrong with them
    count, at = 0, max(places[1], places[0] * margin)
    while at <= min(places[-2], places[-1] / margin):
        count += 1
        # A place on a break serves both segments.
        at = max(2 * at, places[np.searchsorted(places, at) + 1])
    return count
