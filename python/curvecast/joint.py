# SPDX-License-Identifier: GPL-3.0-or-later
"""`SharedFits`: several series fitted as one, because they have parameters in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .criteria import akaike, carried, deviance, normal, schwarz
from .errors import ArgumentError
from .estimate import Estimate
from .interval import Interval
from .result import Fit
from .table import Fits

if TYPE_CHECKING:
    from .distribution import Forecast

__all__ = ["SharedFit", "SharedFits"]


@dataclass(frozen=True, eq=False, repr=False)
class SharedFit(Fit):
    """One of several series that were fitted together; `SharedFits` makes it.

    Standard errors, Wald intervals and bands are those of the joint fit. What would fit this series
    once more, alone, is refused.

    Attributes
    ----------
    shared : tuple of str
        The parameters that it has in common with the others.
    joint_df : int
        Points less free parameters of all series together.
    """

    shared: tuple[str, ...] = ()
    joint_df: int = 0

    @property
    def df(self) -> int:
        """Points less free parameters of all series together."""
        return self.joint_df

    @property
    def aicc(self) -> float:
        """NaN: the criterion is that of all series together, `SharedFits.aicc`."""
        return np.nan

    @property
    def bic(self) -> float:
        """NaN: the criterion is that of all series together, `SharedFits.bic`."""
        return np.nan

    def interval(self, name: str, level: float = 0.9, *, method: str = "auto") -> Interval:
        """Return the Wald interval of the joint fit, the only one; see `Fit.interval`."""
        if method not in ("auto", "wald"):
            self._refuse(f"{method} interval", "use method='wald'")
        return super().interval(name, level, method="wald")

    def bootstrap(self, **_: Any) -> Any:
        """Refuse: it would refit this series alone."""
        self._refuse("bootstrap", "its standard errors are those of the joint fit")

    def cov_sandwich(self, kind: str = "hc3") -> np.ndarray:
        """Refuse: it would take this series alone."""
        self._refuse("cov_sandwich", "its standard errors are those of the joint fit")

    def diagnostics(self, *, refit: bool = False) -> Any:
        """Refuse: they would take this series alone."""
        self._refuse("diagnostics", "look at its residuals")

    def forecast(self, x_future: Any, *, paths: int = 200, seed: int = 0) -> Forecast:
        """Refuse: it would refit this series alone."""
        self._refuse("forecast", "use predict(x, band='observation')")

    def to_dict(self) -> dict[str, Any]:
        """Refuse: a saved fit is fitted alone when it is read again."""
        self._refuse("saved form", "keep params, stderr and cov, or save separate fits")

    def _refuse(self, what: str, remedy: str) -> None:
        names = ", ".join(self.shared)
        raise ArgumentError(
            f"this series was fitted together with others (shared: {names}), so it has no {what} "
            f"of its own; {remedy}"
        )

    def summary(self) -> str:
        """Return the fit on one screen of plain text, worst note first."""
        names = ", ".join(self.shared)
        return f"{super().summary()}\n  fitted together with other series; shared: {names}"


@dataclass(frozen=True, eq=False, repr=False)
class SharedFits(Fits):
    """Fits of one curve to several series that have parameters in common.

    `curvecast.fit` makes it when `shared` names parameters. It is a table like any other, in which
    the shared parameters have one value and one standard error in all rows, and the covariance of
    each row is that of its own and the shared parameters in the joint fit.

    Attributes
    ----------
    shared : tuple of str
        The parameters in common.
    joint_objective : float
        What was minimised: the sum over all series, priors included.
    joint_df : int
        Points less free parameters of all series together.

    Examples
    --------
    >>> import curvecast as cc
    >>> units = [1, 2, 4, 8]
    >>> fits = cc.fit("wright", units, [[100, 81, 63, 52], [55, 43, 37, 28]], shared=["exponent"])
    >>> print(fits.params["exponent"].round(4), fits.joint_df)
    [0.3166 0.3166] 5
    """

    shared: tuple[str, ...] = ()
    joint_objective: float = np.nan
    joint_df: int = 0

    @property
    def df(self) -> np.ndarray:
        """Points less free parameters of all series together, (...)."""
        return np.where(self.ok, self.joint_df, 0)

    @property
    def common(self) -> dict[str, Estimate]:
        """The shared parameters by name, as plain numbers with their intervals."""
        if not self.ok.any():
            return {name: Estimate(*[np.nan] * 4) for name in self.shared}
        first = tuple(int(i) for i in np.argwhere(self.ok)[0])
        return {name: self[first].estimate(name) for name in self.shared}

    @property
    def aicc(self) -> float:
        """Akaike's criterion for few points, of all series together."""
        return akaike(self._deviance(), *self._size())

    @property
    def bic(self) -> float:
        """Schwarz's criterion, of all series together."""
        return schwarz(self._deviance(), *self._size())

    def _size(self) -> tuple[int, int]:
        """Return parameters, the scatter included where it was estimated, and points."""
        n = int(self.n_used[self.ok].sum())
        return n - self.joint_df + (not self.settings.scatter_known), n

    def _deviance(self) -> float:
        rows = [self[index] for index in np.ndindex(self.shape) if self.ok[index]]
        if not rows:
            return np.nan
        if self.settings.error_model == "binomial":
            return sum(map(deviance, rows))
        squares, (_, n) = float(self.objective[self.ok].sum()), self._size()
        return normal(squares, n, self.settings.sigma_known) + sum(map(carried, rows))

    def interval(self, name: str, level: float = 0.9, *, method: str = "wald") -> Interval:
        """Return the Wald intervals of the joint fit, as arrays; see `Fits.interval`."""
        if method not in ("auto", "wald"):
            raise ArgumentError(
                f"series that share parameters have no {method} intervals; use method='wald'"
            )
        return super().interval(name, level, method="wald")

    def _one(self, **parts: Any) -> Fit:
        return SharedFit(**parts, shared=self.shared, joint_df=self.joint_df)

    def summary(self) -> str:
        """Return the joint fit on one screen: shared parameters, then the table."""
        lines = [f"  {name} = {each}" for name, each in self.common.items()]
        head = f"shared by {int(self.ok.sum()):,} series, {self.joint_df} degrees of freedom:"
        return "\n".join([head, *lines, "", super().summary()])
