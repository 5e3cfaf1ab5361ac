# SPDX-License-Identifier: GPL-3.0-or-later
"""From the text of a formula, and what else its author says, to a curve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from .ceiling import find_ceiling
from .curves import Parameter, curves
from .errors import ArgumentError, nearest
from .formula import FormulaCurve
from .grammar import CONSTANTS, FUNCTIONS, Expression, parse
from .links import ERROR_MODELS
from .program import compile_program, with_ceiling
from .structure import Structure, study

__all__ = ["formulate"]


def formulate(
    text: str,
    x: str | Sequence[str],
    bounds: Mapping[str, Any] | None,
    start: Mapping[str, float] | None,
    error_model: str,
    name: str,
    units: Mapping[str, str] | None,
    ceiling: str | None,
) -> FormulaCurve:
    """Return the curve; see `curvecast.formula`."""
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
    curve = FormulaCurve(
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
        flags=MappingProxyType({}),
        program=compile_program(expression, structure, limits, error_model),
        start=tuple(_start(expression, start, limits).items()),
    )
    if ceiling is None:
        ceiling = find_ceiling(curve)
    else:
        _by_name(expression, {ceiling: True}, "ceiling")
    return curve if ceiling is None else _with_ceiling(curve, ceiling)


def _with_ceiling(curve: FormulaCurve, ceiling: str) -> FormulaCurve:
    params = tuple(replace(each, ceiling=each.name == ceiling) for each in curve.params)
    program = with_ceiling(curve.program, curve.param_names.index(ceiling))
    return replace(curve, params=params, program=program)


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


def _bounds(expression: Expression, given: Mapping[str, Any] | None) -> list[tuple[float, float]]:
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
