# SPDX-License-Identifier: GPL-3.0-or-later
"""`Fit`: what one series says about the parameters of a curve."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .bands import predict
from .criteria import Criteria, aicc, bic, criteria
from .curves import Curve
from .estimate import Estimate, check_level, named, standard_errors, supported
from .history import with_history
from .info import INFO, bound_flags
from .interval import Interval, interval
from .links import link_of, to_link
from .notes import Note, Status, notes_of, status_of
from .options import Settings

if TYPE_CHECKING:
    from .diagnostics import Diagnostics
    from .distribution import Forecast
    from .resample import Bootstrap

__all__ = ["Fit"]

_LEVEL = 0.9


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """One fitted curve; `curvecast.fit` makes it.

    The derived quantities of the curve, and its parameters, are attributes by name, each an
    `Estimate` with a 90 % interval: ``fit.learning_rate``, ``fit.ceiling``.

    Attributes
    ----------
    curve : Curve
        What was fitted.
    settings : Settings
        Everything that was asked for besides.
    points : numpy.ndarray
        The regressors stacked, (r, n).
    y : numpy.ndarray
        The observations, (n,).
    weights : numpy.ndarray or None
        Their weights, (n,); None where all are 1.
    theta, cov : numpy.ndarray
        Parameters, (p,), and their covariance, (p, p), in the curve's order.
    info : numpy.ndarray
        Facts about the fit as the core returns them.
    objective : float
        What was minimised.
    n_used : int
        Points used.
    status_number, note_bits : int
        How the fit ended, and its notes, as the core returns them.
    labels : tuple of (str or None)
        Names of the regressors' columns and of y's, from pandas.
    version : str
        The version of this package that made the fit.
    """

    curve: Curve
    settings: Settings
    points: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None
    theta: np.ndarray
    cov: np.ndarray
    info: np.ndarray
    objective: float
    n_used: int
    status_number: int
    note_bits: int
    labels: tuple[str | None, ...] = (None, None)
    version: str = ""

    def __post_init__(self) -> None:
        for held in (self.points, self.y, self.weights, self.theta, self.cov, self.info):
            if held is not None:
                held.flags.writeable = False

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value:.6g}" for name, value in self.params.items())
        return f"<{type(self).__name__} of {self.curve.name}: {values}; {self.status.code}>"

    # ---- what was found ----------------------------------------------------------------------

    @cached_property
    def params(self) -> dict[str, float]:
        """Estimates by name; NaN where the status says that no value is the best."""
        return dict(zip(self.curve.param_names, self.estimates.tolist(), strict=True))

    @cached_property
    def estimates(self) -> np.ndarray:
        """The same as an array, (p,): `theta`, unless that is only where the search stopped."""
        return supported(self.theta, self.cov, self.status_number)

    @cached_property
    def stderr(self) -> dict[str, float]:
        """Standard errors by name: 0 where a parameter was fixed, NaN where there is none."""
        spread = standard_errors(self.cov, self.at_bound)
        return dict(zip(self.curve.param_names, spread.tolist(), strict=True))

    @property
    def df(self) -> int:
        """Points used less free parameters; 0 where there are more of the latter."""
        return max(self.n_used - self._whole("free"), 0)

    @property
    def s(self) -> float:
        """Standard deviation of the residuals on the error model's scale, at a weight of 1."""
        return float(self.info[INFO["s"]])

    @cached_property
    def status(self) -> Status:
        """How the fit ended."""
        return status_of(self.status_number)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What the reader should know, worst first."""
        return notes_of(self.note_bits)

    @property
    def minima(self) -> int:
        """How many distinct minima were seen."""
        return self._whole("minima")

    @property
    def share_of_starts(self) -> float:
        """The share of starts that reached the best of them."""
        return float(self.info[INFO["share"]])

    @property
    def condition(self) -> float:
        """Condition number of the Jacobian with columns scaled to length 1."""
        return float(self.info[INFO["condition"]])

    @property
    def iterations(self) -> int:
        """How many steps the solver took."""
        return self._whole("iterations")

    def _whole(self, fact: str) -> int:
        value = float(self.info[INFO[fact]])
        return int(value) if math.isfinite(value) else 0

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
    def at_bound(self) -> np.ndarray:
        """Which parameters a bound holds, (p,) bool; these have no standard error."""
        return bound_flags(self.info, len(self.curve.params))

    @property
    def x(self) -> np.ndarray | dict[str, np.ndarray]:
        """The points, (n,); by regressor name where the curve has several."""
        if len(self.points) == 1:
            return self.points[0]
        return dict(zip(self.curve.regressors, self.points, strict=True))

    @property
    def used(self) -> np.ndarray:
        """Which points entered the fit, (n,) bool."""
        weight = np.ones_like(self.y) if self.weights is None else self.weights
        finite = np.isfinite(self.y) & np.isfinite(self.points).all(axis=0)
        return finite & np.isfinite(weight) & (weight > 0)

    # ---- intervals ---------------------------------------------------------------------------

    @property
    def interval_df(self) -> float:
        """Degrees of freedom of the intervals: `df`, or infinite where the scatter was known."""
        return np.inf if self.settings.scatter_known else float(self.df)

    @property
    def derived(self) -> dict[str, Estimate]:
        """The derived quantities by name, with 90 % intervals."""
        return {name: self.estimate(name) for name in self.curve.derived_names}

    def estimate(self, name: str, level: float = _LEVEL, *, method: str = "auto") -> Estimate:
        """Return a derived quantity or a parameter with its interval.

        Parameters
        ----------
        name : str
            For example ``"learning_rate"``.
        level : float, optional
            Confidence level.
        method : {"auto", "wald", "profile", "bootstrap"}, optional
            Of the interval, as `interval` takes it.

        Raises
        ------
        AttributeError
            If this curve has nothing of that name; the message lists what it has.
        """
        found = named(self, name, check_level(level))
        if method == "wald":
            return found
        own = self.interval(name, level, method=method)
        return replace(found, low=own.low, high=own.high, method=own.method)

    def __getattr__(self, name: str) -> Estimate:
        # Reached only for what is not a field. Private names are asked for by copy and pickle,
        # before there are fields.
        if name.startswith("_") or "curve" not in self.__dict__:
            raise AttributeError(name)
        return self.estimate(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.curve.derived_names, *self.curve.param_names]

    def interval(self, name: str, level: float = _LEVEL, *, method: str = "auto") -> Interval:
        """Return the confidence interval of a parameter or derived quantity.

        Parameters
        ----------
        name : str
            For example ``"ceiling"``.
        level : float, optional
            Confidence level.
        method : {"auto", "wald", "profile", "bootstrap"}, optional
            ``"wald"``: Student-t quantiles times the standard error; the ends are transformed
            where the quantity depends on one parameter. ``"profile"``: where the objective has
            risen by the F quantile (chi-squared where errors are known) with all other parameters
            refitted; sought up to 10,000 times as far out as a linear curve would end, or over
            twenty orders of magnitude for what is known to so many times rather than to so much,
            and open beyond. ``"bootstrap"``: percentiles of 1,000 replicates; `bootstrap` has the
            options. ``"auto"``: Wald where the objective at its ends has risen as it should,
            within 5 % of the quantile, and else profile, as wherever the search did not settle;
            Wald also where nothing can be refitted: for what depends on several parameters, or
            without scatter or a standard error. `Interval.method` says which it is.

        Returns
        -------
        Interval
            Unpacks as low and high, in the quantity's unit; infinite where the interval is open,
            NaN where the data do not support an end.

        Raises
        ------
        ArgumentError
            If the method or the name is unknown, or the method does not fit the quantity.

        Examples
        --------
        >>> import curvecast as cc
        >>> units, cost = [1, 2, 4, 8, 16], [100, 81, 63, 52, 41]
        >>> fit = cc.fit("wright", units, cost)
        >>> low, high = fit.interval("learning_rate", 0.9)
        >>> print(f"{low:.3f} to {high:.3f}")
        0.191 to 0.208
        >>> print(fit.interval("first_unit", method="profile"))
        97.6 to 102.8 (90 %, profile)
        """
        if method != "auto":
            return interval(self, name, level, method)
        if (name, level) not in self._tested:
            self._tested[name, level] = interval(self, name, level, method)
        return self._tested[name, level]

    @cached_property
    def _tested(self) -> dict[tuple[str, float], Interval]:
        """The intervals that were asked for: testing one, or profiling, takes refits."""
        return {}

    def bootstrap(
        self, *, kind: str | None = None, replicates: int = 1000, seed: int = 0, threads: int = 1
    ) -> Bootstrap:
        """Refit the curve to many series like this one.

        Parameters
        ----------
        kind : {"residual", "pairs", "block", "parametric", "predictive"}, optional
            ``"residual"``: residuals are drawn anew, centred and inflated for the parameters that
            were estimated; takes the scatter to be even. ``"pairs"``: points are drawn; takes
            nothing of the kind, and is the default under a robust loss. ``"block"``: circular
            blocks of n^(1/3) neighbouring residuals, for residuals that follow each other.
            ``"parametric"``: normal errors of the fit's own size, or binomial draws, the default
            there. ``"predictive"``: the same with that size drawn too, as forecasts do.
        replicates : int, optional
            How many.
        seed : int, optional
            The same seed gives the same replicates, whatever the number of threads.
        threads : int, optional
            How many to use.

        Returns
        -------
        Bootstrap

        Raises
        ------
        ArgumentError
            If an option is wrong, or there is no scatter to draw.

        Examples
        --------
        >>> import curvecast as cc
        >>> fit = cc.fit("wright", [1, 2, 4, 8, 16], [100, 81, 63, 52, 41])
        >>> again = fit.bootstrap(replicates=500)
        >>> len(again), again.failed
        (500, 0.0)
        """
        from .resample import bootstrap

        if kind is None:
            robust = self.settings.loss != "linear"
            kind = "pairs" if robust else "residual"
            if self.error_model == "binomial":
                kind = "parametric"
        return bootstrap(self, kind=kind, replicates=replicates, seed=seed, threads=threads)

    def cov_sandwich(self, kind: str = "hc3") -> np.ndarray:
        """Return a covariance that does not take the scatter to be the same everywhere.

        Parameters
        ----------
        kind : {"hc0", "hc1", "hc2", "hc3"}, optional
            MacKinnon and White (1985); ``"hc3"`` is the most cautious with few points.

        Returns
        -------
        numpy.ndarray
            Shape (p, p), in the curve's order; NaN where one point alone decides a parameter.

        Examples
        --------
        >>> import curvecast as cc
        >>> fit = cc.fit("wright", [1, 2, 4, 8, 16], [100, 81, 63, 52, 41])
        >>> print(f"{fit.cov_sandwich()[1, 1] ** 0.5:.4f}")
        0.0040
        """
        from .diagnostics import cov_sandwich

        return cov_sandwich(self, kind)

    def diagnostics(self, *, refit: bool = False) -> Diagnostics:
        """Return what the residuals say: autocorrelation, uneven scatter, influence of each point.

        Parameters
        ----------
        refit : bool, optional
            Also repeat the fit without each point, instead of taking the curve as linear.

        Returns
        -------
        Diagnostics

        Examples
        --------
        >>> import curvecast as cc
        >>> fit = cc.fit("wright", [1, 2, 4, 8, 16], [100, 81, 63, 52, 41])
        >>> print(fit.diagnostics().leverage.round(2))
        [0.6 0.3 0.2 0.3 0.6]
        """
        from .diagnostics import diagnose

        return diagnose(self, refit=refit)

    # ---- the curve ---------------------------------------------------------------------------

    def predict(self, x: Any, *, band: str | None = None, level: float = _LEVEL) -> Any:
        """Return the fitted curve at `x`, with a band if one is asked for.

        Bands are formed on the error model's scale and carried back by its inverse. Under
        multiplicative errors the curve is therefore the median of the observations, not their mean.

        Parameters
        ----------
        x : array_like or dict
            Points, (h,); by regressor name where the curve has several. A curve that looks back,
            such as ``"forgetting"``, takes the fitted series as their past, but for what is said
            here of the same times.
        band : {None, "mean", "observation"}, optional
            ``"mean"``: where the curve itself lies. ``"observation"``: where one new observation
            would lie; it adds the scatter of a point of median weight. Not under binomial errors,
            where that depends on the number of trials.
        level : float, optional
            Share of cases that the band is meant to hold.

        Returns
        -------
        numpy.ndarray or Band
            The curve, (h,); with a band, ``value, low, high``.

        Raises
        ------
        ArgumentError
            If the band is unknown, has no meaning for this fit, or the level is no share.

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
        points, h = with_history(self.curve, self.points, points), points.shape[-1]
        band = self.curve.ufunc("band")
        location, stderr = band(points, self.theta, self.cov, self.settings.link_vector)
        return location[-h:], stderr[-h:]

    @property
    def upper(self) -> float:
        """The natural end of y's range under the logit and binomial error models."""
        return self.settings.ceiling

    @property
    def scatter(self) -> float:
        """Standard deviation of a new observation, of median weight, on the error model's scale.

        NaN under binomial errors, where it depends on the number of trials and the share.
        """
        if self.error_model == "binomial":
            return np.nan
        spread = 1.0 if self.settings.sigma_known else self.s
        if self.weights is None or not self.used.any():
            return spread
        return spread / float(np.sqrt(np.median(self.weights[self.used])))

    @property
    def residuals(self) -> np.ndarray:
        """Observation less curve on the error model's scale, (n,); NaN for points not used.

        Under binomial errors, deviance residuals: the signed roots of each point's share of the
        objective.
        """
        value = self.curve.ufunc("eval")(self.points, self.theta)
        usable = self.used
        result = np.full(self.y.shape, np.nan)
        if self.error_model == "binomial":
            from .binomial import deviance_residuals

            trials = self.weights[usable]
            own = deviance_residuals(self.y[usable], value[usable], trials, self.upper)
            result[usable] = own
            return result
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

    def criteria(self, *, scale: str = "y", count_scatter: bool = True) -> Criteria:
        """Return the information criteria under other conventions than those of `aicc` and `bic`.

        Parameters
        ----------
        scale : {"y", "residuals", "log10"}, optional
            What the likelihood is that of: observations in y's own unit, which fits of different
            error models share; residuals as they are, such as those of ln y; or of decimal
            logarithms of y.
        count_scatter : bool, optional
            Whether the size of the scatter counts as a parameter where it was estimated.

        Returns
        -------
        Criteria
            ``aic, aicc, bic, deviance, parameters, n``.

        Raises
        ------
        ArgumentError
            If the scale is unknown or does not suit the error model.

        Examples
        --------
        >>> import curvecast as cc
        >>> fit = cc.fit("wright", [1, 2, 4, 8, 16], [100, 81, 63, 52, 41])
        >>> plain = fit.criteria(scale="log10", count_scatter=False)
        >>> plain.parameters, round(plain.aic, 2)
        (2, -35.24)
        """
        return criteria(self, scale, count_scatter)

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
        ArgumentError
            If the errors are binomial: how a share scatters depends on its number of trials.

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
