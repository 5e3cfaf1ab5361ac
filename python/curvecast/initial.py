# SPDX-License-Identifier: GPL-3.0-or-later
"""Experience from before the first observation: the usual guess, and how much depends on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from .data import freeze, listed, series
from .errors import ArgumentError, DataError
from .estimate import Estimate
from .fit import fit

if TYPE_CHECKING:
    from .result import Fit
    from .table import Fits

__all__ = ["InitialExperience", "initial_experience", "initial_experience_sensitivity"]

_MULTIPLES = {"none": 0.0, "half": 0.5, "guess": 1.0, "double": 2.0, "ten times": 10.0}


def initial_experience(output: Any, time: Any = None) -> float:
    """Return the output before the first observation, had output always grown as it has since.

    The output of the first period divided by its growth rate, which is that from the first
    observation to the last: the sum of a geometric series back to the beginning of time.

    Parameters
    ----------
    output : array_like
        Output of each period, (n,); NaN where missing.
    time : array_like, optional
        When, (n,), in any order; periods of one unit of time follow each other otherwise.

    Returns
    -------
    float
        In the unit of `output`.

    Raises
    ------
    DataError
        If output did not grow, so that the guess has no value.

    Notes
    -----
    The correction of Nagy et al. (2013), PLoS ONE 8(2) e52669, and Lafond et al. (2018),
    Technological Forecasting and Social Change 128, 104-117. How much hangs on it:
    `initial_experience_sensitivity`.

    Examples
    --------
    >>> print(f"{initial_experience([10, 11, 12.1]):.4f}")
    100.0000
    """
    made = series(output, "output")
    when = np.arange(float(made.size)) if time is None else series(time, "time")
    if when.shape != made.shape:
        raise DataError(f"time has {when.size} entries and output has {made.size}; give both alike")
    found = float(_core.initial_experience(when, made))
    if not found > 0:
        raise DataError(
            "output did not grow from the first observation to the last, so steady growth says "
            "nothing of what was made before; give the initial experience itself"
        )
    return found


@dataclass(frozen=True, eq=False, repr=False)
class InitialExperience:
    """Wright's law at several guesses of the experience before the first observation.

    Attributes
    ----------
    names : tuple of str
        What the guesses are called.
    initial : numpy.ndarray
        The guesses, (k,), in the unit of output.
    fits : Fits
        A fit for each.
    """

    names: tuple[str, ...]
    initial: np.ndarray
    fits: Fits

    def __post_init__(self) -> None:
        freeze(self)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, name: str) -> Fit:
        if name not in self.names:
            raise KeyError(f"{name!r}; there are {', '.join(self.names)}")
        return self.fits[self.names.index(name)]

    @property
    def learning_rate(self) -> Estimate:
        """The learning rates with their 90 % intervals, (k,) each."""
        return self.fits.learning_rate

    @property
    def span(self) -> float:
        """The highest learning rate less the lowest."""
        return float(np.nanmax(self.learning_rate.value) - np.nanmin(self.learning_rate.value))

    def to_frame(self) -> Any:
        """Return the table as a pandas DataFrame, a row for each guess."""
        import pandas as pd

        rate = self.learning_rate
        return pd.DataFrame(
            {
                "initial_experience": self.initial,
                "learning_rate": rate.value,
                "low": rate.low,
                "high": rate.high,
                "residual_sd": self.fits.s,
            },
            index=pd.Index(self.names, name="guess"),
        )

    def summary(self) -> str:
        """Return the table in plain text."""
        rate, width = self.learning_rate, max(len(name) for name in (*self.names, "guess"))
        lines = [
            "Wright's law by the experience before the first observation",
            "",
            f"  {'guess':<{width}}  {'before':>10}  {'rate':>7}  {'90 % from':>9}  {'to':>7}  "
            f"{'resid. sd':>9}",
        ]
        rows = zip(
            self.names, self.initial, rate.value, rate.low, rate.high, self.fits.s, strict=True
        )
        for name, before, value, low, high, spread in rows:
            lines.append(
                f"  {name:<{width}}  {before:>10.4g}  {value:>7.2%}  {low:>9.2%}  {high:>7.2%}  "
                f"{spread:>9.4f}"
            )
        lines += ["", f"  the learning rate moves by {100 * self.span:.2f} points with the guess"]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(self.names)}; span {self.span:.4f}>"

    def _repr_html_(self) -> str:
        from .html import preformatted

        return preformatted(self.summary())


def initial_experience_sensitivity(
    output: Any,
    cost: Any,
    *,
    time: Any = None,
    initial: Mapping[str, float] | Sequence[float] | None = None,
    **options: Any,
) -> InitialExperience:
    """Fit Wright's law for a range of experience before the first observation.

    Parameters
    ----------
    output : array_like
        Output of each period, (n,), none missing: experience is its running sum.
    cost : array_like
        Unit cost of each period, (n,); NaN where missing.
    time : array_like, optional
        When, (n,), increasing; periods of one unit of time otherwise.
    initial : dict or sequence of float, optional
        Guesses, by name if there are any, in the unit of `output`. By default none, half, once,
        twice and ten times that of `initial_experience`.
    **options
        As `curvecast.fit` takes them.

    Returns
    -------
    InitialExperience

    Raises
    ------
    DataError
        If an output is missing or negative, times do not increase, or there is no usual guess.
    ArgumentError
        If a guess is negative.

    Examples
    --------
    >>> output = [10, 13, 16, 20, 26, 33]
    >>> cost = [100, 93, 86, 80, 75, 69]
    >>> found = initial_experience_sensitivity(output, cost)
    >>> print(found.initial.round(1), found.learning_rate.value.round(3))
    [  0.   18.5  37.1  74.2 370.8] [0.098 0.151 0.193 0.265 0.636]
    """
    made = series(output, "output")
    wrong = np.flatnonzero(~(made >= 0) | np.isinf(made))
    if wrong.size:
        raise DataError(
            f"output is missing, infinite or negative in {listed(wrong, made)}; experience is its "
            "running sum, so give every period"
        )
    if time is not None:
        when = series(time, "time")
        if when.shape != made.shape or not (np.diff(when) > 0).all():
            raise DataError("time must have an entry for each output, and increase; sort the rows")
    names, guesses = _guesses(made, time, initial)
    if not (guesses >= 0).all():
        raise ArgumentError(f"initial has {guesses.min():g}; experience is not negative")
    seen = np.cumsum(made)
    fits = fit("wright", guesses[:, np.newaxis] + seen, np.tile(cost, (len(guesses), 1)), **options)
    return InitialExperience(names, guesses, fits)


def _guesses(
    made: np.ndarray, time: Any, initial: Mapping[str, float] | Sequence[float] | None
) -> tuple[tuple[str, ...], np.ndarray]:
    if initial is None:
        usual = initial_experience(made, time)
        return tuple(_MULTIPLES), usual * np.array(list(_MULTIPLES.values()))
    if isinstance(initial, Mapping):
        return tuple(initial), np.array([float(each) for each in initial.values()])
    values = series(initial, "initial")
    return tuple(f"{each:g}" for each in values), values.copy()
