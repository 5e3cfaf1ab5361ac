# SPDX-License-Identifier: GPL-3.0-or-later
"""`Fit`: what one series says about the parameters of a curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .bands import predict
from .criteria import aicc, bic
from .curves import Curve
from .data import freeze, regressors
from .errors import ArgumentError, nearest
from .estimate import Estimate, check_level, derived, named
from .links import link_of, to_link
from .notes import Note, Status
from .options import Settings

if TYPE_CHECKING:
    from .forecast import Forecast

__all__ = ["Fit"]

_LEVEL = 0.9


@dataclass(frozen=True, eq=False)
class Fit:
    """One fitted curve; `curvecast.fit` makes it.

    The derived quantities of the curve, and its parameters, are attributes by name, each an
    `Estimate` with a 90 % interval: ``fit.learning_rate``, ``fit.ceiling``.

    Attributes
    ----------
    curve : Curve
        What was fitted.
    params, stderr : dict of str to float
        Estimates and standard errors by name. A standard error is NaN, with a note, where the data
        do not support one, and 0 for a parameter that was fixed.
    cov : numpy.ndarray
        Covariance of the parameters, (p, p), in the curve's order.
    objective : float
        What was minimised.
    n_used, df : int
        Points used, and points less free parameters.
    s : float
        Standard deviation of the residuals on the error model's scale, for a point of weight 1.
    status : Status
        How the fit ended.
    notes : tuple of Note
        What the reader should know, worst first.
    minima, share_of_starts : int, float
        Distinct minima that were seen, and the share of starts that reached the best of them.
    condition : float
        Condition number of the Jacobian with columns scaled to length 1.
    iterations : int
    x : numpy.ndarray or dict
        The points, (n,); by regressor name where the curve has several.
    y : numpy.ndarray
        The observations, (n,).
    weights : numpy.ndarray or None
        Their weights, (n,); None where all are 1.
    settings : Settings
        Everything else that was asked for.
    labels : tuple of (str or None)
        Names of x and y, from pandas.
    version : str
        The version of this package that made the fit.
    """

    curve: Curve
    params: dict[str, float]
    stderr: dict[str, float]
    cov: np.ndarray = field(repr=False)
    objective: float
    n_used: int
    df: int
    s: float
    status: Status
    notes: tuple[Note, ...]
    minima: int
    share_of_starts: float
    condition: float
    iterations: int
    x: np.ndarray | dict[str, np.ndarray] = field(repr=False)
    y: np.ndarray = field(repr=False)
    weights: np.ndarray | None = field(repr=False)
    settings: Settings = field(repr=False)
    labels: tuple[str | None, str | None] = field(default=(None, None), repr=False)
    version: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        freeze(self)

    # ---- what was asked, in the words of the caller ------------------------------------------

    @property
    def error_model(self) -> str:
        """How observations scatter about the curve."""
        return self.settings.error_model

    @property
    def link(self) -> str:
        """The scale on which residuals are formed: ``"identity"``, ``"log"`` or ``"logit"``."""
        return link_of(self.error_model)

    @property
    def theta(self) -> np.ndarray:
        """The parameters as an array, (p,), in the curve's order."""
        return np.array([self.params[name] for name in self.curve.param_names])

    @property
    def at_bound(self) -> np.ndarray:
        """Which parameters a bound holds, (p,) bool; these have no standard error."""
        stderr = np.array([self.stderr[name] for name in self.curve.param_names])
        return np.isnan(stderr) & (np.diagonal(self.cov) == 0)

    @property
    def points(self) -> np.ndarray:
        """The regressors stacked, (r, n), as the core takes them."""
        return regressors(self.x, self.curve.regressors, self.curve.name)

    @property
    def used(self) -> np.ndarray:
        """Which points entered the fit, (n,) bool."""
        weight = np.ones_like(self.y) if self.weights is None else self.weights
        finite = np.isfinite(self.y) & np.isfinite(self.points).all(axis=0)
        return finite & np.isfinite(weight) & (weight > 0)

    # ---- intervals ---------------------------------------------------------------------------

    @property
    def interval_df(self) -> float:
        """Degrees of freedom of the intervals: `df`, or infinite where the errors were known."""
        return np.inf if self.settings.sigma_known else float(self.df)

    @property
    def derived(self) -> dict[str, Estimate]:
        """The derived quantities by name, with 90 % intervals."""
        held = bool(self.at_bound.any())
        return derived(self.curve, self.theta, self.cov, self.interval_df, _LEVEL, held)

    def estimate(self, name: str, level: float = _LEVEL) -> Estimate:
        """Return a derived quantity or a parameter with its Wald interval.

        Parameters
        ----------
        name : str
            For example ``"learning_rate"``.
        level : float, optional
            Confidence level.

        Raises
        ------
        AttributeError
            If this curve has nothing of that name; the message lists what it has.
        """
        return named(
            self.curve,
            self.theta,
            self.cov,
            self.at_bound,
            self.interval_df,
            name,
            check_level(level),
        )

    def __getattr__(self, name: str) -> Estimate:
        # Reached only for what is not a field. Private names are asked for by copy and pickle,
        # before there are fields.
        if name.startswith("_") or "curve" not in self.__dict__:
            raise AttributeError(name)
        return self.estimate(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.curve.derived_names, *self.curve.param_names]

    def interval(
        self, name: str, level: float = _LEVEL, *, method: str = "wald"
    ) -> tuple[float, float]:
        """Return the confidence interval of a parameter or derived quantity.

        Parameters
        ----------
        name : str
            For example ``"ceiling"``.
        level : float, optional
            Confidence level.
        method : {"wald"}, optional
            ``"wald"``: Student-t quantiles times the standard error; the ends are transformed
            where the quantity depends on one parameter.

        Returns
        -------
        tuple of float
            Low and high, in the quantity's unit; NaN where the data do not support them.

        Raises
        ------
        ArgumentError
            If the method or the name is unknown.

        Examples
        --------
        >>> import curvecast as cc
        >>> units, cost = [1, 2, 4, 8, 16], [100, 81, 63, 52, 41]
        >>> low, high = cc.fit("wright", units, cost).interval("learning_rate", 0.9)
        >>> print(f"{low:.3f} to {high:.3f}")
        0.191 to 0.208
        """
        if method != "wald":
            raise ArgumentError(
                f"there is no interval method {method!r}; {nearest(method, ['wald'])}"
            )
        try:
            found = self.estimate(name, level)
        except AttributeError as error:
            raise ArgumentError(str(error)) from None
        return float(found.low), float(found.high)

    # ---- the curve ---------------------------------------------------------------------------

    def predict(self, x: Any, *, band: str | None = None, level: float = _LEVEL) -> Any:
        """Return the fitted curve at `x`, with a band if one is asked for.

        Bands are formed on the error model's scale and carried back by its inverse. Under
        multiplicative errors the curve is therefore the median of the observations, not their mean.

        Parameters
        ----------
        x : array_like or dict
            Points, (h,); by regressor name where the curve has several.
        band : {None, "mean", "observation"}, optional
            ``"mean"``: where the curve itself lies. ``"observation"``: where one new observation
            would lie; it adds the scatter of a point of median weight.
        level : float, optional
            Share of cases that the band is meant to hold.

        Returns
        -------
        numpy.ndarray or Band
            The curve, (h,); with a band, ``value, low, high``.

        Raises
        ------
        ArgumentError
            If the band is unknown or the level is no share.

        Examples
        --------
        >>> import curvecast as cc
        >>> fit = cc.fit("wright", [1, 2, 4, 8, 16], [100, 81, 63, 52, 41])
        >>> value, low, high = fit.predict([32], band="observation")
        >>> print(f"{value[0]:.1f} ({low[0]:.1f} to {high[0]:.1f})")
        32.9 (31.3 to 34.5)
        """
        return predict(self, x, band, level)

    def on_link(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the curve and its standard error on the error model's scale at (r, h) points."""
        return self.curve.ufunc("band")(points, self.theta, self.cov, self.settings.vector)

    @property
    def upper(self) -> float:
        """The natural end of y's range under the logit error model."""
        return self.settings.ceiling

    @property
    def scatter(self) -> float:
        """Standard deviation of a new observation, of median weight, on the error model's scale."""
        spread = 1.0 if self.settings.sigma_known else self.s
        if self.weights is None or not self.used.any():
            return spread
        return spread / float(np.sqrt(np.median(self.weights[self.used])))

    @property
    def residuals(self) -> np.ndarray:
        """Observation less curve on the error model's scale, (n,); NaN for points not used."""
        value = self.curve.ufunc("eval")(self.points, self.theta)
        usable = self.used
        result = np.full(self.y.shape, np.nan)
        result[usable] = to_link(self.y[usable], self.link, self.upper) - to_link(
            value[usable], self.link, self.upper
        )
        return result

    # ---- comparison --------------------------------------------------------------------------

    @property
    def aicc(self) -> float:
        """Akaike's criterion for few points; lower is better, see `curvecast.criteria`."""
        return aicc(self)

    @property
    def bic(self) -> float:
        """Schwarz's criterion; lower is better, see `curvecast.criteria`."""
        return bic(self)

    # ---- onwards -----------------------------------------------------------------------------

    def forecast(self, x_future: Any, *, paths: int = 200, seed: int = 0) -> Forecast:
        """Return the distribution of an observation at each point of `x_future`.

        A parametric bootstrap: `paths` series are simulated from this fit, all refitted in one
        call, and each refit gives one component of a mixture of Student-t distributions on the
        error model's scale. Refits that fail are left out, and counted in the notes.

        Parameters
        ----------
        x_future : array_like or dict
            Points, (h,); by regressor name where the curve has several.
        paths : int, optional
            How many series to simulate.
        seed : int, optional
            The same seed gives the same forecast.

        Returns
        -------
        Forecast

        Raises
        ------
        FitError
            If there is no scatter to simulate (as many parameters as points), or no refit works.

        Examples
        --------
        >>> import curvecast as cc
        >>> fit = cc.fit("wright", [1, 2, 4, 8, 16], [100, 81, 63, 52, 41])
        >>> print(fit.forecast([32, 64]).median.round())
        [33. 26.]
        """
        from .bootstrap import forecast_fit  # the one look ahead: this method is its front door

        return forecast_fit(self, x_future, paths=paths, seed=seed)

    def summary(self) -> str:
        """Return the fit on one screen of plain text, worst note first."""
        from .summary import fit_text

        return fit_text(self)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from .summary import fit_html

        return fit_html(self)

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw data, curve and both bands; the options are those of `curvecast.plot.plot_fit`."""
        from .plot import plot_fit

        return plot_fit(self, ax, **options)

    def to_dict(self) -> dict[str, Any]:
        """Return the fit as plain lists, numbers and text, which `from_dict` reads."""
        from .record import fit_to_dict

        return fit_to_dict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Fit:
        """Return the fit that `to_dict` wrote; raise `FormatError` as `from_json` does."""
        from .record import fit_from_dict

        return fit_from_dict(record)

    def to_json(self) -> str:
        """Return the fit as JSON: curve, version, parameters, covariance, data and their digest.

        Examples
        --------
        >>> import curvecast as cc
        >>> fit = cc.fit("wright", [1, 2, 4, 8, 16], [100, 81, 63, 52, 41])
        >>> again = cc.Fit.from_json(fit.to_json())
        >>> again.params == fit.params
        True
        """
        from .record import to_json

        return to_json(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Fit:
        """Return the fit that `to_json` wrote, in this version or an earlier one.

        Raises
        ------
        FormatError
            If it is no fit, is of a newer version, or its data do not match their digest.
        """
        from .record import from_json

        return cls.from_dict(from_json(text))
