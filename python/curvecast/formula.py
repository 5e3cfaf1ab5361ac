# SPDX-License-Identifier: GPL-3.0-or-later
"""A curve of one's own: a formula in a string, and from then on a curve like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import _core
from .curves import Curve, Parameter
from .errors import ArgumentError

__all__ = ["FormulaCurve", "formula"]


@dataclass(frozen=True, eq=False)
class Operation:
    """What a formula's curve can do: a ufunc of the core that is handed the program each time.

    Attributes
    ----------
    name : str
        The operation, such as ``"fit"``.
    program : numpy.ndarray
    """

    name: str
    program: np.ndarray = field(repr=False)

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Call the ufunc; it takes what that of a built-in curve takes."""
        return getattr(_core, f"{self.name}_formula")(*inputs, self.program, **options)


@dataclass(frozen=True)
class FormulaCurve(Curve):
    """A curve that a user wrote; get one with `curvecast.formula`.

    It has what every `Curve` has. Its core functions take its program as one more input, which
    `ufunc` adds.

    Attributes
    ----------
    program : numpy.ndarray
        What the core runs.
    start : tuple of (str, float)
        Where searches begin unless a fit says otherwise, by parameter name.
    """

    program: np.ndarray = field(default_factory=lambda: np.empty(0), repr=False, compare=False)
    start: tuple[tuple[str, float], ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {self.formula}>"

    def ufunc(self, operation: str) -> Operation:
        """Return the core's ufunc for an operation, with the program as its last input."""
        if not hasattr(_core, f"{operation}_formula"):
            raise ArgumentError(f"{self.name} has no operation {operation!r}")
        return Operation(operation, self.program)

    def trouble(self, points: np.ndarray, message: str) -> str:
        """Return `message`, with the rows in which the formula seems never to have a value."""
        from .data import listed

        low = np.array([each.lower for each in self.params])
        high = np.array([each.upper for each in self.params])
        trials = [np.clip(size, low, high) for size in (0.3, -0.7, 1.1, -2.3)]
        finite = np.isfinite([self.ufunc("eval")(points, theta) for theta in trials]).any(axis=0)
        rows = np.flatnonzero(~finite & np.isfinite(points).all(axis=0))
        if rows.size == 0 or not finite.any():
            return message
        where = listed(rows, points[0] if len(points) == 1 else None)
        told = f"The formula has no finite value in {where}; correct or leave out the points."
        return f"{message} {told}"

    def to_dict(self) -> dict[str, Any]:
        """Return what `formula` was called with, as plain text, lists and numbers."""
        return {
            "formula": self.formula,
            "x": list(self.regressors),
            "bounds": {
                each.name: [_written(each.lower), _written(each.upper)]
                for each in self.params
                if not (np.isneginf(each.lower) and np.isposinf(each.upper))
            },
            "start": dict(self.start),
            "error_model": self.error_model,
            "name": self.name,
            "units": {each.name: each.unit for each in self.params if each.unit},
            "ceiling": next((each.name for each in self.params if each.ceiling), None),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> FormulaCurve:
        """Return the curve that `to_dict` described."""
        asked = dict(record)
        asked["bounds"] = {
            name: tuple(None if end is None else float(end) for end in ends)
            for name, ends in asked["bounds"].items()
        }
        return formula(asked.pop("formula"), **asked)

    def summary(self) -> str:
        """Return a description of one screen, in plain text."""
        lines = [
            f"{self.name}: {self.title}",
            f"  {self.formula}",
            f"  regressors      {', '.join(self.regressors)}",
            f"  scatter         {self.error_model}",
            "  parameters",
        ]
        start = dict(self.start)
        width = max(len(name) for name in self.param_names)
        for each in self.params:
            unit = f" [{each.unit}]" if each.unit else ""
            ends = "" if each.lower == -np.inf and each.upper == np.inf else _range(each)
            begin = f"  from {start[each.name]:g}" if each.name in start else ""
            level = "  ceiling" if each.ceiling else ""
            lines.append(f"    {each.name:<{width}}{unit}{level}{ends}{begin}".rstrip())
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return FormulaCurve.from_dict, (self.to_dict(),)


def formula(
    text: str,
    x: str | Sequence[str] = "x",
    *,
    bounds: Mapping[str, tuple[float | None, float | None]] | None = None,
    start: Mapping[str, float] | None = None,
    error_model: str = "additive",
    name: str = "formula",
    units: Mapping[str, str] | None = None,
    ceiling: str | None = None,
) -> FormulaCurve:
    """Return the curve that a formula describes; it can be fitted like any other.

    The formula is read, never evaluated: numbers, names, ``+ - * /``, powers (``**`` or ``^``),
    parentheses, ``pi`` and the functions ``exp log ln log10 log2 sqrt sin cos tan atan arctan sinh
    cosh tanh abs expit erf``; ``log`` and ``ln`` are the natural logarithm. Names that are not
    regressors are parameters, in the order in which they occur.

    Parameters
    ----------
    text : str
        The right-hand side alone, such as ``"K/(1 + exp(-k*(t - t0)))"``.
    x : str or sequence of str, optional
        The names of the regressors.
    bounds : dict, optional
        ``(low, high)`` by parameter name; None leaves an end open.
    start : dict, optional
        Where searches begin, by parameter name, unless a fit says otherwise. None is needed.
    error_model : {"additive", "multiplicative", "logit", "binomial"}, optional
        How observations scatter about the curve unless a fit says otherwise.
    name : str, optional
        What reports call the curve.
    units : dict, optional
        Units by parameter name, for reports.
    ceiling : str, optional
        The parameter that growth approaches, if one is: every fit then checks whether the data
        show it. Without it the formula is tried, and a parameter to which it rises as its one
        regressor grows is taken for the ceiling.

    Returns
    -------
    FormulaCurve

    Raises
    ------
    ArgumentError
        If the text is no formula, with the position of what is wrong, or an option is.

    Examples
    --------
    >>> import curvecast as cc
    >>> curve = cc.formula("b1*(1 - exp(-b2*x))", bounds={"b2": (0, None)})
    >>> x, y = [1, 2, 3, 5, 7, 10], [109, 149, 149, 191, 213, 224]
    >>> fit = cc.fit(curve, x, y)
    >>> print(f"{fit.params['b1']:.3f} {fit.params['b2']:.4f}")
    213.809 0.5472

    Several regressors are named in order:

    >>> cc.formula("a*N**b*D**c", x=("N", "D")).param_names
    ('a', 'b', 'c')
    """
    from .formulation import formulate

    return formulate(text, x, bounds, start, error_model, name, units, ceiling)


def _written(end: float) -> float | None:
    return None if np.isinf(end) else float(end)


def _range(each: Parameter) -> str:
    return f"  between {each.lower:g} and {each.upper:g}"
