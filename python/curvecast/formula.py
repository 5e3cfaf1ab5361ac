# SPDX-License-Identifier: GPL-3.0-or-later
"""A curve of one's own: a formula in a string, and from then on a curve like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from . import _core
from .curves import Curve, Parameter, curves
from .errors import ArgumentError, nearest
from .grammar import CONSTANTS, FUNCTIONS, Expression, parse
from .links import ERROR_MODELS
from .program import compile_program
from .structure import Structure, study

__all__ = ["FormulaCurve", "formula"]

Bounds = Mapping[str, tuple[float | None, float | None]]


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

    def ufunc(self, operation: str) -> Callable[..., Any]:
        """Return the core's ufunc for an operation, with the program as its last input."""
        found = getattr(_core, f"{operation}_formula", None)
        if found is None:
            raise ArgumentError(f"{self.name} has no operation {operation!r}")

        def run(*inputs: Any, **options: Any) -> Any:
            return found(*inputs, self.program, **options)

        return run

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
            lines.append(f"    {each.name:<{width}}{unit}{ends}{begin}".rstrip())
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return FormulaCurve.from_dict, (self.to_dict(),)


def formula(
    text: str,
    x: str | Sequence[str] = "x",
    *,
    bounds: Bounds | None = None,
    start: Mapping[str, float] | None = None,
    error_model: str = "additive",
    name: str = "formula",
    units: Mapping[str, str] | None = None,
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
    names = _regressors(x)
    expression = parse(text, names)
    _check_parts(expression)
    if error_model not in ERROR_MODELS:
        raise ArgumentError(
            f"there is no error_model {error_model!r}; {nearest(error_model, ERROR_MODELS)}"
        )
    _check_name(name)
    limits = _bounds(expression, bounds)
    known = _by_name(expression, units, "units")
    structure = study(expression)
    return FormulaCurve(
        name=name,
        title="a formula",
        formula=text,
        source="",
        when="",
        when_not="",
        regressors=tuple(names),
        params=_params(expression, limits, known, structure),
        derived=(),
        error_model=error_model,
        flags=MappingProxyType({"positive_x": False}),
        program=compile_program(expression, structure, limits, error_model),
        start=tuple(_start(expression, start, limits).items()),
    )


def _params(
    expression: Expression,
    limits: Sequence[tuple[float, float]],
    units: Mapping[str, Any],
    structure: Structure,
) -> tuple[Parameter, ...]:
    scales = structure.y_scales
    return tuple(
        Parameter(
            name,
            str(units.get(name, "")),
            "",
            *ends,
            y_power=int(role.powers[0]) if scales else 0,
            x_power=int(sum(role.powers[1:])) if scales and structure.x_scales else 0,
        )
        for name, ends, role in zip(expression.params, limits, structure.roles, strict=True)
    )


def _regressors(x: str | Sequence[str]) -> list[str]:
    names = [x] if isinstance(x, str) else list(x)
    if not names:
        raise ArgumentError("x is empty; name the regressors of the formula, such as x='t'")
    for name in names:
        if not isinstance(name, str) or not name.isidentifier():
            raise ArgumentError(f"x names {name!r}; give names as they stand in the formula")
        if name in FUNCTIONS or name in CONSTANTS:
            kind = "function" if name in FUNCTIONS else "constant"
            raise ArgumentError(f"x names {name!r}, which is a {kind} in formulas; rename it")
    if len(set(names)) < len(names):
        raise ArgumentError(f"x names {', '.join(map(repr, names))}; name each regressor once")
    return names


def _check_parts(expression: Expression) -> None:
    """Refuse a formula that lacks a regressor or has nothing to estimate."""
    used = {node.a for node in expression.nodes if node.kind == "regressor"}
    for k, name in enumerate(expression.regressors):
        if k not in used:
            raise ArgumentError(
                f"the regressor {name!r} does not occur in the formula {expression.text!r}; name "
                "the regressors with x="
            )
    if not expression.params:
        raise ArgumentError(
            f"the formula {expression.text!r} has no parameter to fit: every name in it is a "
            "regressor or a constant"
        )


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not name.strip():
        raise ArgumentError(f"name is {name!r}; give a word to call the curve by")
    if name in {each.name for each in curves()} | {"random_walk", "last_value"}:
        raise ArgumentError(f"name is {name!r}, which this package has; choose another")


def _by_name(
    expression: Expression, given: Mapping[str, Any] | None, argument: str
) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        known = ", ".join(expression.params)
        raise ArgumentError(f"{argument} is {given!r}; give a dict by parameter name ({known})")
    for name in given:
        if name not in expression.params:
            raise ArgumentError(
                f"{argument} names {name!r}, which is no parameter of the formula; "
                f"{nearest(name, expression.params)}"
            )
    return dict(given)


def _bounds(expression: Expression, given: Bounds | None) -> list[tuple[float, float]]:
    found = _by_name(expression, given, "bounds")
    return [_ends(name, found.get(name, (None, None))) for name in expression.params]


def _ends(name: str, pair: Any) -> tuple[float, float]:
    what = f"bounds[{name!r}]"
    try:
        low, high = pair
        least = -np.inf if low is None else float(low)
        most = np.inf if high is None else float(high)
    except (TypeError, ValueError):
        raise ArgumentError(f"{what} is {pair!r}; give a pair (low, high) of numbers") from None
    if not least < most:
        raise ArgumentError(f"{what} is {pair!r}; the lower bound must be below the upper one")
    return least, most


def _start(
    expression: Expression,
    given: Mapping[str, float] | None,
    limits: Iterable[tuple[float, float]],
) -> dict[str, float]:
    found = _by_name(expression, given, "start")
    ends = dict(zip(expression.params, limits, strict=True))
    for name, value in found.items():
        try:
            found[name] = float(value)
        except (TypeError, ValueError):
            raise ArgumentError(f"start[{name!r}] is {value!r}; give a number") from None
        low, high = ends[name]
        if not (low <= found[name] <= high and np.isfinite(found[name])):
            raise ArgumentError(
                f"start[{name!r}] is {found[name]:g}, outside its bounds {low:g} to {high:g}"
            )
    return found


def _written(end: float) -> float | None:
    return None if np.isinf(end) else float(end)


def _range(each: Parameter) -> str:
    return f"  between {each.lower:g} and {each.upper:g}"
