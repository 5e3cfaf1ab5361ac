# SPDX-License-Identifier: GPL-3.0-or-later
"""`Forecast`: a probability distribution for every future point, and joint paths through them.

Each point has a finite mixture of Student-t or normal distributions on a declared scale (the link).
What a path shares from point to point is said by one correlation matrix, or by none: then a path
keeps its component, that is its curve, and scatters independently about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from .crossing import QUANTILES, Crossing, first_passage
from .data import freeze, generator, numbers
from .errors import ArgumentError, DataError, nearest
from .estimate import check_level
from .links import from_link, to_link
from .notes import Note

if TYPE_CHECKING:
    import pandas

__all__ = ["Forecast"]


@dataclass(frozen=True, eq=False)
class Forecast:
    """A forecast; `curvecast.forecast` and `Fit.forecast` make it.

    Attributes
    ----------
    method : str
        ``"random_walk"``, ``"last_value"`` or the name of a curve.
    x : numpy.ndarray
        Points, (h,); row numbers where the curve has several regressors.
    link : {"identity", "log", "logit"}
        The scale of the mixture.
    upper : float
        The end of the logit's range, in the forecast's unit.
    weight, df : numpy.ndarray
        Weight and degrees of freedom of each component, (m,); infinite df is the normal.
    location, scale : numpy.ndarray
        Of each component at each point, on the link's scale, (m, h).
    origin : float
        The x of the last observation.
    history : tuple of numpy.ndarray
        The x and y that the forecast was made from.
    unit : str
        Unit of the forecast.
    notes : tuple of Note
        What the reader should know, worst first.
    seed : int
        Seed of its random numbers.
    correlation : numpy.ndarray or None
        Between the errors at the points, (h, h); None where they are independent about the curve.
    details : dict of str to float
        Numbers of the method, such as ``"drift"``.
    inputs : dict of str to numpy.ndarray, or None
        The regressors by name, where there are several.
    labels : tuple of (str or None)
        Names of the regressors and of y.
    """

    method: str
    x: np.ndarray
    link: str
    upper: float
    weight: np.ndarray = field(repr=False)
    location: np.ndarray = field(repr=False)
    scale: np.ndarray = field(repr=False)
    df: np.ndarray = field(repr=False)
    origin: float
    history: tuple[np.ndarray, np.ndarray] = field(repr=False)
    unit: str = ""
    notes: tuple[Note, ...] = ()
    seed: int = 0
    correlation: np.ndarray | None = field(default=None, repr=False)
    details: Mapping[str, float] = field(default_factory=dict, repr=False)
    inputs: Mapping[str, np.ndarray] | None = field(default=None, repr=False)
    labels: tuple[str | None, ...] = field(default=(None, None), repr=False)

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def counts_rows(self) -> bool:
        """Whether x merely counts rows: the curve has several regressors and no line of time."""
        return self.inputs is not None and not np.array_equal(self.inputs.get("time"), self.x)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def _mixture(self) -> tuple[np.ndarray, ...]:
        """The mixture with points first and components last, as the core takes it."""
        return self.weight, self.location.T, self.scale.T, self.df

    # ---- the distribution at each point --------------------------------------------------------

    @cached_property
    def median(self) -> np.ndarray:
        """The median, (h,). This is the centre to quote."""
        return self.quantile(0.5)

    @cached_property
    def mean(self) -> np.ndarray:
        """The mean, (h,); NaN, with a note, where it does not exist."""
        heavy = bool(np.any(self.df <= 1))
        if self.link == "identity":
            return np.full(len(self), np.nan) if heavy else self.weight @ self.location
        if self.link == "log":
            if not np.isinf(self.df).all():
                return np.full(len(self), np.nan)
            with np.errstate(over="ignore"):
                return self.weight @ np.exp(self.location + self.scale**2 / 2)
        nodes, rule = np.polynomial.legendre.leggauss(128)
        return rule / 2 @ self.quantile((1 + nodes) / 2)

    def quantile(self, q: Any) -> np.ndarray:
        """Return quantiles.

        Parameters
        ----------
        q : float or array_like
            Probabilities between 0 and 1.

        Returns
        -------
        numpy.ndarray
            Shape (h,) for a single probability, (len(q), h) for several.

        Examples
        --------
        >>> import curvecast as cc
        >>> fc = cc.forecast("random_walk", range(2015, 2021), [64, 50, 39, 34, 26, 20], horizon=2)
        >>> print(fc.quantile([0.05, 0.5, 0.95]).round(1))
        [[14.  10. ]
         [15.8 12.6]
         [17.9 15.8]]
        """
        p = np.asarray(q, dtype=float)
        if np.any(~((p > 0) & (p < 1))):
            raise ArgumentError(f"q is {q!r}; give probabilities between 0 and 1, such as 0.05")
        found = _core.mixture_quantile(*self._mixture, p[..., np.newaxis])
        return from_link(found, self.link, self.upper)

    def interval(self, level: float = 0.9) -> np.ndarray:
        """Return the central interval that holds `level` of the probability, (h, 2)."""
        tail = (1 - check_level(level)) / 2
        return self.quantile([tail, 1 - tail]).T

    def cdf(self, y: Any) -> np.ndarray:
        """Return the probability of a value up to `y` at each point.

        Parameters
        ----------
        y : float or array_like
            Values in the forecast's unit, broadcast against (h,).

        Examples
        --------
        >>> import curvecast as cc
        >>> fc = cc.forecast("random_walk", range(2015, 2021), [64, 50, 39, 34, 26, 20], horizon=2)
        >>> print(fc.cdf(15).round(2))
        [0.2  0.91]
        """
        z = to_link(y, self.link, self.upper)
        inside = np.isfinite(z)
        p = _core.mixture_cdf(*self._mixture, np.where(inside, z, 0.0))
        return np.where(inside, p, np.where(z > 0, 1.0, np.where(z < 0, 0.0, np.nan)))

    def prob(self, comparison: str, value: Any) -> np.ndarray:
        """Return the probability that the value is at most, or at least, `value` at each point.

        Parameters
        ----------
        comparison : {"<=", ">="}
        value : float or array_like
            In the forecast's unit, broadcast against (h,).

        Examples
        --------
        >>> import curvecast as cc
        >>> fc = cc.forecast("random_walk", range(2015, 2021), [64, 50, 39, 34, 26, 20], horizon=2)
        >>> print(fc.prob(">=", 15).round(2))
        [0.8  0.09]
        """
        if comparison in ("<=", "<"):
            return self.cdf(value)
        if comparison in (">=", ">"):
            return 1 - self.cdf(value)
        raise ArgumentError(
            f"there is no comparison {comparison!r}; {nearest(comparison, ['<=', '>='])}"
        )

    # ---- paths -----------------------------------------------------------------------------------

    def sample(self, n: int, *, seed: int | None = None) -> np.ndarray:
        """Return joint paths through all points.

        A path of a curve keeps one component (one curve that the data allow) and scatters
        independently about it. A path of a random walk adds up its own steps.

        Parameters
        ----------
        n : int
            How many paths.
        seed : int, optional
            The forecast's own by default; the same seed gives the same paths.

        Returns
        -------
        numpy.ndarray
            Shape (n, h), in the forecast's unit.

        Examples
        --------
        >>> import curvecast as cc
        >>> fc = cc.forecast("random_walk", range(2015, 2021), [64, 50, 39, 34, 26, 20], horizon=3)
        >>> fc.sample(100).shape
        (100, 3)
        """
        if not isinstance(n, (int, np.integer)) or n < 1:
            raise ArgumentError(f"n is {n!r}; give the number of paths, 1 or more")
        rng = generator(self.seed if seed is None else seed)
        h = len(self)
        which = rng.choice(len(self.weight), size=n, p=self.weight / self.weight.sum())
        noise = rng.standard_normal((n, h))
        df = self.df[which][:, np.newaxis]
        if self.correlation is None:
            df = np.broadcast_to(df, (n, h))
        else:
            noise = noise @ _root(self.correlation).T
        finite = np.isfinite(df)
        # One factor for each path where its errors belong together: their size is not known.
        factor = np.where(finite, rng.chisquare(np.where(finite, df, 1.0)) / df, 1.0)
        paths = self.location[which] + self.scale[which] * noise / np.sqrt(factor)
        return from_link(paths, self.link, self.upper)

    def crossing(self, level: float, *, direction: str | None = None, n: int = 2000) -> Crossing:
        """Return when the level is reached for the first time, over simulated paths.

        Parameters
        ----------
        level : float
            In the forecast's unit.
        direction : {None, "above", "below"}, optional
            Whether it is reached by rising or by falling. None: from the side on which the data
            began.
        n : int, optional
            How many paths.

        Returns
        -------
        Crossing
            Times are those of the first forecast point at or beyond the level, so they are as fine
            as the forecast's points.

        Raises
        ------
        ArgumentError
            If there is no such direction, or the rows of the forecast are not one after another in
            time, as where several generations are stacked.

        Examples
        --------
        >>> import curvecast as cc
        >>> fc = cc.forecast("random_walk", range(2015, 2021), [64, 50, 39, 34, 26, 20], horizon=9)
        >>> fc.crossing(10).median
        2023.0
        """
        return first_passage(self, float(level), direction, n)

    # ---- scores ----------------------------------------------------------------------------------

    def score(self, observed: Any, *, level: float = 0.9) -> dict[str, np.ndarray]:
        """Score the forecast against what came.

        Scores are on the link's scale: in logs for costs, so that they do not depend on the unit.

        Parameters
        ----------
        observed : float or array_like
            One value for each point, (h,); NaN where there is none yet.
        level : float, optional
            Level of the interval that is scored.

        Returns
        -------
        dict of str to numpy.ndarray
            ``crps``, ``log_score``, ``interval_score`` (all: lower is better), ``pit`` (the
            probability of a value up to what came) and ``log_error`` (ln of median over observed).
        """
        from . import score

        single = np.isscalar(observed) and not isinstance(observed, str)
        seen = numbers([observed] if single else observed, "observed")
        if seen.shape != self.x.shape:
            raise DataError(
                f"observed has shape {seen.shape} and the forecast {self.x.shape}; give one value "
                "for each point, NaN where there is none"
            )
        z = to_link(seen, self.link, self.upper)
        outside = np.flatnonzero(np.isinf(z))
        if outside.size:
            raise DataError(
                f"observed is {seen[outside[0]]:g} in row {outside[0]}, counting from 0, outside "
                f"the range of a forecast in {self.link}s; correct it, or put NaN"
            )
        tail = (1 - check_level(level)) / 2
        low, high = _core.mixture_quantile(*self._mixture, np.array([[tail], [1 - tail]]))
        return {
            "crps": score.crps(z, *self._mixture),
            "log_score": score.log_score(z, *self._mixture),
            "interval_score": score.interval_score(z, low, high, level),
            "pit": score.pit(z, *self._mixture),
            "log_error": score.log_error(self.median, seen),
        }

    # ---- onwards ---------------------------------------------------------------------------------

    def to_frame(self) -> pandas.DataFrame:
        """Return one row for each point: x, distance from the origin, median, mean, quantiles."""
        import pandas

        columns = {"x": self.x, "horizon": self.x - self.origin, "median": self.median}
        columns["mean"] = self.mean
        for p in QUANTILES:
            columns[f"q{round(100 * p):02d}"] = self.quantile(p)
        return pandas.DataFrame(columns)

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the history, the median, and the bands that hold 50 % and 90 %.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure otherwise.
        **options
            As `curvecast.plot.plot_forecast` takes them: ``x``, ``x_label``, ``y_label``.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from .plot import plot_forecast

        return plot_forecast(self, ax, **options)

    def summary(self) -> str:
        """Return the forecast on one screen of plain text, worst note first."""
        from .summary import forecast_text

        return forecast_text(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        name, count = type(self).__name__, len(self.x)
        if count == 0:
            return f"<{name} by {self.method}: no points>"
        ends = f"median {self.median[0]:.4g} at {self.x[0]:.7g}"
        if count > 1:
            ends += f" to {self.median[-1]:.4g} at {self.x[-1]:.7g}"
        return f"<{name} by {self.method}: {ends}>"

    def _repr_html_(self) -> str:
        from .summary import forecast_html

        return forecast_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the forecast as plain lists, numbers and text, which `from_dict` reads."""
        from .record import forecast_to_dict

        return forecast_to_dict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Forecast:
        """Return the forecast that `to_dict` wrote.

        Raises
        ------
        FormatError
            If the record is not one or is of a newer version.
        """
        from .record import forecast_from_dict

        return forecast_from_dict(record)

    def to_json(self) -> str:
        """Return the forecast as JSON."""
        from .record import to_json

        return to_json(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Forecast:
        """Return the forecast that `to_json` wrote, in this version or an earlier one."""
        from .record import from_json

        return cls.from_dict(from_json(text))


def _root(correlation: np.ndarray) -> np.ndarray:
    """Return a matrix whose product with its transpose is the correlation."""
    try:
        return np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:  # singular, as when a point is asked for twice
        values, vectors = np.linalg.eigh(correlation)
        return vectors * np.sqrt(np.clip(values, 0, None))
