# SPDX-License-Identifier: GPL-3.0-or-later
"""The curves that the core knows: what they say, when to use them, what their parameters mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from . import _core
from .data import listed, numbers, regressors
from .errors import ArgumentError, CurveNameError, nearest

__all__ = ["Curve", "Parameter", "Quantity", "curve", "curves"]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a curve.

    Attributes
    ----------
    name, unit, meaning : str
        What it is called, measured in, and says.
    lower, upper : float
        The default bounds; infinite where there is none.
    fixed_by_default : bool
        Whether a fit holds it unless told otherwise.
    ceiling : bool
        Whether it is the level that the curve approaches.
    log_interval : bool
        Whether its Wald intervals are formed on its logarithm: it is positive, and the data say how
        many times too large it may be rather than how much.
    y_power, x_power : int
        It grows with these powers of the units of y and x when those are changed.
    """

    name: str
    unit: str
    meaning: str
    lower: float
    upper: float
    fixed_by_default: bool = False
    ceiling: bool = False
    log_interval: bool = False
    y_power: int = 0
    x_power: int = 0


@dataclass(frozen=True)
class Quantity:
    """Something that follows from the parameters, such as a learning rate.

    Attributes
    ----------
    name, unit, meaning : str
        What it is called, measured in, and says.
    of : int
        The index of the one parameter that it depends on; -1 where it depends on several.
    """

    name: str
    unit: str
    meaning: str
    of: int = -1


@dataclass(frozen=True)
class Curve:
    """A curve that can be fitted; get one with `curvecast.curve`.

    Attributes
    ----------
    name, title, formula, source : str
        Short name, full name, formula in plain text, publication.
    when, when_not : str
        What it is good for and what it is not.
    family : str
        ``"growth"``, ``"experience"``, ``"sigmoid"``, ``"diffusion"``, ``"scaling"`` or
        ``"formula"``.
    regressors : tuple of str
        What it is a function of.
    positive : tuple of bool
        Which regressors must be positive.
    steady : tuple of bool
        Which regressors may be the same at every point, as they act only together with others.
    params : tuple of Parameter
        In the order of the formula; covariances use the same order.
    derived : tuple of Quantity
        What follows from the parameters.
    error_model : str
        How observations scatter about it unless told otherwise.
    example : tuple of float
        Parameters of a typical case, in order; `example_points` has its points.
    flags : dict of str to bool
        What other parts act on, such as ``"rescales"``.
    core : str
        What the core calls it, where that is not its name.
    """

    name: str
    title: str
    formula: str
    source: str
    when: str
    when_not: str
    regressors: tuple[str, ...]
    params: tuple[Parameter, ...]
    derived: tuple[Quantity, ...]
    error_model: str
    family: str = "formula"
    positive: tuple[bool, ...] = ()
    steady: tuple[bool, ...] = ()
    example: tuple[float, ...] = field(default=(), repr=False)
    flags: Mapping[str, bool] = field(default_factory=dict, repr=False, compare=False)
    core: str = field(default="", repr=False)

    # Where searches begin unless a fit says otherwise: only a formula may have such values.
    start: ClassVar[tuple[tuple[str, float], ...]] = ()

    def __hash__(self) -> int:
        return hash(self.name)

    @cached_property
    def param_names(self) -> tuple[str, ...]:
        """The names of the parameters, in order."""
        return tuple(each.name for each in self.params)

    @cached_property
    def derived_names(self) -> tuple[str, ...]:
        """The names of the derived quantities, in order."""
        return tuple(each.name for each in self.derived)

    @cached_property
    def held(self) -> np.ndarray:
        """Which parameters a fit holds unless told otherwise, (p,) bool."""
        return np.array([each.fixed_by_default for each in self.params])

    @property
    def positive_x(self) -> bool:
        """Whether the first regressor must be positive, which also makes a log axis natural."""
        return bool(self.positive) and self.positive[0]

    @property
    def of_shares(self) -> bool:
        """Whether the curve is itself a share between 0 and 1, whatever unit y has."""
        return self.error_model == "logit" and self.family != "formula"

    @property
    def over_time(self) -> bool:
        """Whether the curve runs along time, so that a horizon in steps has a meaning."""
        return self.regressors == ("time",)

    def ufunc(self, operation: str) -> np.ufunc:
        """Return the core's ufunc for ``"fit"``, ``"eval"``, ``"grad"``, ``"band"``, ``"derived"``.

        Points lie on the last axis; the ufunc's own documentation has its signature.

        Raises
        ------
        ArgumentError
            If the curve has no such operation.
        """
        found = getattr(_core, f"{operation}_{self.core or self.name}", None)
        if found is None:
            raise ArgumentError(f"{self.name} has no operation {operation!r}")
        return found

    def evaluate(self, x: Any, params: Mapping[str, float]) -> np.ndarray:
        """Return the curve's value at `x`.

        Parameters
        ----------
        x : array_like or dict
            Points, (..., n); by regressor name where there are several. A curve that looks back,
            such as ``"forgetting"``, takes the earliest of them as the first of its series.
        params : dict
            Every parameter by name.

        Returns
        -------
        numpy.ndarray
            Shape (..., n); NaN where the curve is not defined.

        Examples
        --------
        >>> import curvecast as cc
        >>> logistic = cc.curve("logistic")
        >>> logistic.evaluate([2020.0], {"ceiling": 100, "rate": 0.5, "midpoint": 2020})
        array([50.])
        """
        points = regressors(x, self.regressors, self.name)
        return self.ufunc("eval")(points, self.vector(params))

    def example_points(self, n: int = 40) -> dict[str, np.ndarray]:
        """Return the regressors of a typical case.

        Parameters
        ----------
        n : int
            How many points.

        Returns
        -------
        dict of str to numpy.ndarray
            Every regressor by name, (n,) each.

        Raises
        ------
        ArgumentError
            If this is a formula, which has no example, or `n` is not 1 to 100,000.

        Examples
        --------
        >>> import curvecast as cc
        >>> logistic = cc.curve("logistic")
        >>> x = logistic.example_points(3)
        >>> logistic.evaluate(x["time"], dict(zip(logistic.param_names, logistic.example))).round(1)
        array([ 0.6, 46.9, 79.7])
        """
        if not self.example:
            raise ArgumentError(f"{self.name} is a formula and has no example")
        if not 1 <= n <= 100_000:
            raise ArgumentError(f"n is {n}; give 1 to 100,000 points")
        points = np.array(_core.example_x(self.core or self.name, n))
        return dict(zip(self.regressors, points, strict=True))

    def inverse(self, y: Any, params: Mapping[str, float]) -> np.ndarray:
        """Return where the curve reaches `y`; NaN where it never does.

        Parameters
        ----------
        y : array_like
            Levels, (n,).
        params : dict
            Every parameter by name.

        Raises
        ------
        ArgumentError
            If this curve has no inverse.

        Examples
        --------
        >>> import curvecast as cc
        >>> params = {"ceiling": 100, "rate": 0.5, "midpoint": 2020}
        >>> cc.curve("logistic").inverse([50.0, 120.0], params)
        array([2020.,   nan])
        """
        return self.ufunc("inverse")(numbers(y, "y"), self.vector(params))

    def vector(self, params: Mapping[str, float]) -> np.ndarray:
        """Return the parameters as an array in this curve's order, or say which is missing."""
        for name in params:
            self.check_param(name, "params")
        missing = [name for name in self.param_names if name not in params]
        if missing:
            raise ArgumentError(f"params lacks {', '.join(map(repr, missing))} of {self.name}")
        return np.array([float(params[name]) for name in self.param_names])

    def trouble(self, points: np.ndarray, message: str) -> str:
        """Return why nothing could be fitted to (r, n) points: where known, else `message`."""
        if len(points) == 1 or not self.example:
            return message
        there = np.isfinite(self.ufunc("eval")(points, np.array(self.example)))
        rows = np.flatnonzero(~there & np.isfinite(points).all(axis=0))
        if rows.size == 0:
            return message
        values = " and ".join(
            f"{name} is {column[rows[0]]:g}"
            for name, column in zip(self.regressors, points, strict=True)
        )
        from .stacking import group_of, groups_of

        remedy = f"The formula is {self.formula}. Correct these points, or leave them out."
        group = group_of(self)
        if group is not None:
            number = points[self.regressors.index(group)][rows[0]]
            if number not in range(1, groups_of(self) + 1):
                remedy = f"Number each {group}, from 1 to {groups_of(self)}."
        return f"The curve has no value in {listed(rows)}: in the first of these {values}. {remedy}"

    def check_param(self, name: str, argument: str) -> int:
        """Return the parameter's index, or raise an error that suggests the nearest name."""
        if name not in self.param_names:
            raise ArgumentError(
                f"{argument} names {name!r}, which is no parameter of {self.name}; "
                f"{nearest(name, self.param_names)}"
            )
        return self.param_names.index(name)

    def summary(self) -> str:
        """Return a description of one screen, in plain text."""
        from .summary import curve_text

        return curve_text(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {self.title}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return curve, (self.name,)  # its functions live in the core: a name is all that travels

    def _repr_html_(self) -> str:
        from .html import preformatted

        return preformatted(self.summary())


@cache
def _registry() -> Mapping[str, Curve]:
    found = {}
    for entry in _core.curves():
        parts = {name: value for name, value in entry.items() if not isinstance(value, bool)}
        parts["flags"] = {name: value for name, value in entry.items() if isinstance(value, bool)}
        for name in ("regressors", "positive", "steady", "example"):
            parts[name] = tuple(parts[name])
        for group, kind in (("params", Parameter), ("derived", Quantity)):
            parts[group] = tuple(
                kind(**each | {"unit": _unit(each["unit"], parts["regressors"])})
                for each in parts[group]
            )
        found[parts["name"]] = Curve(**parts)
    return MappingProxyType(found)


def _unit(unit: str, names: tuple[str, ...]) -> str:
    """Return a unit in the words of the curve: of several regressors, x is the first."""
    return re.sub(r"\bx\b", names[0], unit) if len(names) > 1 else unit


def curves() -> list[Curve]:
    """Return every curve that can be fitted, in the order in which they are documented.

    Returns
    -------
    list of Curve

    Examples
    --------
    >>> import curvecast as cc
    >>> "wright" in [each.name for each in cc.curves()]
    True
    """
    return list(_registry().values())


def curve(name: str | Curve) -> Curve:
    """Return the curve of this name.

    Parameters
    ----------
    name : str or Curve
        A name as listed by `curves`; a Curve is returned as it is.

    Returns
    -------
    Curve

    Raises
    ------
    CurveNameError
        If there is none; the message suggests the nearest name.

    Examples
    --------
    >>> import curvecast as cc
    >>> cc.curve("wright").regressors
    ('experience',)
    """
    if isinstance(name, Curve):
        return name
    if not isinstance(name, str):
        raise CurveNameError(
            f"the curve is a {type(name).__name__}; give its name first, then the points: "
            "'logistic', x, y"
        )
    known = _registry()
    if name.startswith("factors"):
        from .factors import from_name

        found = None if name in known else from_name(name)
        if found is not None:
            return found
    if name not in known:
        from .naming import meant

        raise CurveNameError(f"there is no curve {name!r}; {meant(name, list(known.values()))}")
    return known[name]
