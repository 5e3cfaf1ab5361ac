# SPDX-License-Identifier: GPL-3.0-or-later
"""`Fits`: many series fitted in one call, as arrays; ``fits[3]`` is one `Fit`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .curves import Curve
from .data import regressors
from .errors import ArgumentError
from .estimate import Estimate, named, standard_errors, supported
from .history import with_history
from .info import INFO, bound_flags
from .interval import Interval, interval
from .notes import all_notes, all_statuses
from .options import Settings
from .result import Fit

__all__ = ["Fits"]

_LEVEL = 0.9


@dataclass(frozen=True, eq=False, repr=False)
class Fits:
    """Fits of one curve to a table of series; `curvecast.fit` makes it.

    Leading axes are those of the table. A row without a result holds NaN and a negative status; it
    never raises. Derived quantities and parameters are attributes by name, each an `Estimate` of
    arrays: ``fits.learning_rate.value``. Their intervals are Wald intervals, which cost nothing;
    those of ``fits[3]`` are put to the test, as ``fits.interval(name, method="auto")`` does with
    all.

    Attributes
    ----------
    curve : Curve
    settings : Settings
    points, y : numpy.ndarray
        Regressors, (..., r, n), and observations, (..., n), as they were fitted.
    weights : numpy.ndarray or None
    theta, cov : numpy.ndarray
        Parameters, (..., p), and covariances, (..., p, p), in the curve's order.
    info : numpy.ndarray
        Facts about each fit, (..., k), as the core returns them.
    objective, n_used, status, note_bits : numpy.ndarray
        What was minimised, points used, how it ended (negative: no result), notes as bits; (...).
    labels : tuple of (str or None)
    version : str
        The version of this package that made the fits.

    Examples
    --------
    >>> import curvecast as cc
    >>> fits = cc.fit("wright", [1, 2, 4, 8], [[100, 81, 63, 52], [90, 80, 70, -1]])
    >>> print(fits.ok)
    [ True False]
    >>> fits[1].status.code
    'outside_domain'
    """

    curve: Curve
    settings: Settings
    points: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None
    theta: np.ndarray
    cov: np.ndarray
    info: np.ndarray
    objective: np.ndarray
    n_used: np.ndarray
    status: np.ndarray
    note_bits: np.ndarray
    labels: tuple[str | None, ...] = (None, None)
    version: str = ""

    def __post_init__(self) -> None:
        for array in (self.theta, self.cov, self.info, self.objective):
            array.flags.writeable = False

    def __repr__(self) -> str:
        name, done = type(self).__name__, int(self.ok.sum())
        return f"<{name} of {self.curve.name}: shape {self.shape}, {done:,} with a result>"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the table, without the points."""
        return self.status.shape

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def ok(self) -> np.ndarray:
        """Which fits have a result, (...) bool."""
        return self.status >= 0

    @property
    def params(self) -> dict[str, np.ndarray]:
        """Estimates by name, each (...); NaN where the status says that no value is the best."""
        return {name: self.estimates[..., j] for j, name in enumerate(self.curve.param_names)}

    @cached_property
    def estimates(self) -> np.ndarray:
        """The same as one array, (..., p): `theta`, unless the search merely stopped there."""
        return supported(self.theta, self.cov, self.status)

    @property
    def stderr(self) -> dict[str, np.ndarray]:
        """Standard errors by name, each (...); NaN where the data do not support one."""
        spread = standard_errors(self.cov, self.at_bound)
        return {name: spread[..., j] for j, name in enumerate(self.curve.param_names)}

    @property
    def at_bound(self) -> np.ndarray:
        """Which parameters a bound holds, (..., p) bool; these have no standard error."""
        return bound_flags(self.info, len(self.curve.params))

    @property
    def df(self) -> np.ndarray:
        """Points used less free parameters, (...)."""
        free = np.nan_to_num(self.info[..., INFO["free"]]).astype(np.int64)
        return np.maximum(self.n_used - free, 0)

    @property
    def s(self) -> np.ndarray:
        """Standard deviation of the residuals on the error model's scale, (...)."""
        return self.info[..., INFO["s"]]

    @property
    def notes(self) -> np.ndarray:
        """The notes of each fit as a tuple of codes, (...) object."""
        result = np.empty(self.shape, dtype=object)
        for index in np.ndindex(self.shape):
            bits = int(self.note_bits[index])
            result[index] = tuple(each.code for bit, each in all_notes() if bits & bit)
        return result

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many fits ended in each status and carry each note."""
        statuses = {
            code: int(np.sum(self.status == number)) for number, code in all_statuses().items()
        }
        notes = {each.code: int(np.sum((self.note_bits & bit) != 0)) for bit, each in all_notes()}
        return {
            "status": {code: count for code, count in statuses.items() if count},
            "notes": {code: count for code, count in notes.items() if count},
        }

    def __getattr__(self, name: str) -> Estimate:
        if name.startswith("_") or "curve" not in self.__dict__:
            raise AttributeError(name)
        return named(self, name, _LEVEL)

    @property
    def interval_df(self) -> Any:
        """Degrees of freedom of the intervals: `df`, or infinite where the scatter was known."""
        return np.inf if self.settings.scatter_known else self.df

    def interval(self, name: str, level: float = _LEVEL, *, method: str = "wald") -> Interval:
        """Return the confidence intervals of a parameter or derived quantity, as arrays.

        Parameters
        ----------
        name : str
            For example ``"ceiling"``.
        level : float, optional
            Confidence level.
        method : {"wald", "auto", "profile"}, optional
            As `Fit.interval` takes it. Where a curve is far from linear in its parameters
            ``"auto"`` takes some times as long as the fits did.

        Returns
        -------
        Interval
            Ends (...), and how each came about; NaN for a row without a result.

        Raises
        ------
        ArgumentError
            If the name or the method is unknown.
        """
        if method == "bootstrap":
            raise ArgumentError("a table has no bootstrap intervals; take its fits one by one")
        return interval(self, name, level, method)

    def __getitem__(self, index: int | tuple[int, ...]) -> Fit:
        """Return one fit of the table.

        Parameters
        ----------
        index : int or tuple of int
            One number for each axis of the table.
        """
        wanted = index if isinstance(index, tuple) else (index,)
        if len(wanted) != len(self.shape) or not all(
            isinstance(i, (int, np.integer)) for i in wanted
        ):
            raise IndexError(
                f"the table has shape {self.shape}; give one whole number for each of its "
                f"{len(self.shape)} axes"
            )
        if any(not -n <= i < n for i, n in zip(wanted, self.shape, strict=True)):
            raise IndexError(f"there is no fit {index} in a table of shape {self.shape}")
        index = wanted
        r, n = self.points.shape[-2:]
        weight = self.weights
        if weight is not None:
            weight = np.broadcast_to(weight, (*self.shape, n))[index].copy()
        return self._one(
            curve=self.curve,
            settings=self.settings.at(index, self.shape),
            points=np.broadcast_to(self.points, (*self.shape, r, n))[index].copy(),
            y=np.broadcast_to(self.y, (*self.shape, n))[index].copy(),
            weights=weight,
            theta=self.theta[index].copy(),
            cov=self.cov[index].copy(),
            info=self.info[index].copy(),
            objective=float(self.objective[index]),
            n_used=int(self.n_used[index]),
            status_number=int(self.status[index]),
            note_bits=int(self.note_bits[index]),
            labels=self.labels,
            version=self.version,
        )

    def _one(self, **parts: Any) -> Fit:
        return Fit(**parts)

    def __iter__(self) -> Iterator[Fit]:
        for index in np.ndindex(self.shape):
            yield self[index]

    def predict(self, x: Any) -> np.ndarray:
        """Return every fitted curve at `x`.

        Parameters
        ----------
        x : array_like or dict
            Points, (h,) or (..., h); by regressor name where the curve has several.

        Returns
        -------
        numpy.ndarray
            Shape (..., h).
        """
        points = regressors(x, self.curve.regressors, self.curve.name)
        with_past = with_history(self.curve, self.points, points)
        return self.curve.ufunc("eval")(with_past, self.theta)[..., -points.shape[-1] :]

    def summary(self) -> str:
        """Return how many fits ended how, and the spread of the parameters, on one screen."""
        from .summary import fits_text

        return fits_text(self)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from .summary import fits_html

        return fits_html(self)
