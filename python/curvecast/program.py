# SPDX-License-Identifier: GPL-3.0-or-later
"""From the nodes of a formula to the vector of numbers that the core runs.

csrc/curves/formula.h says what stands where.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from . import _core
from .errors import ArgumentError
from .grammar import Expression
from .links import ERROR_MODELS
from .structure import ROLES, Role, Structure, logarithm

__all__ = ["LIMITS", "compile_program", "with_ceiling"]

FORMAT = 1
# As in csrc/curvecast.h and csrc/curves/formula.h.
LIMITS = {"parameters": 24, "regressors": 16, "constants": 128, "operations": 256}
_SOUGHT = ("size", "place", "offset", "grown", "exponent", "frequency", "period")
_WAVES = ("frequency", "period")
_FLAGS, _CEILING_ABOVE = 7, 16  # the place of the flags, and where they count up to the ceiling


def compile_program(
    expression: Expression,
    structure: Structure,
    bounds: Sequence[tuple[float, float]],
    error_model: str,
) -> np.ndarray:
    """Return the program of an expression, read-only.

    Parameters
    ----------
    expression : Expression
    structure : Structure
        What `study` found; it steers the search for starts.
    bounds : sequence of (float, float)
        Of each parameter; infinite where there is none.
    error_model : str

    Raises
    ------
    ArgumentError
        If the formula is longer than the core takes.
    """
    if structure.logarithm:
        expression = logarithm(expression) or expression
    live = _live(expression)
    operations = [at for at in live if expression.nodes[at].operands]
    constants = [at for at in live if expression.nodes[at].kind == "number"]
    _check_limits(expression, constants, operations)
    p, r = len(expression.params), len(expression.regressors)
    number = {at: p + r + k for k, at in enumerate(constants)}
    number |= {at: p + r + len(constants) + k for k, at in enumerate(operations)}
    for at in live:
        node = expression.nodes[at]
        if node.kind in ("param", "regressor"):
            number[at] = node.a + (p if node.kind == "regressor" else 0)
    steps = [_step(expression, at, number) for at in operations]
    if not steps:
        steps = [(_operators()["copy"], number[expression.result], 0)]
    flags = structure.y_scales + 2 * structure.x_scales + 4 * structure.proportional
    flags += 8 * structure.logarithm
    model, search = ERROR_MODELS[error_model][0], _search(structure)
    head = [FORMAT, p, r, len(constants), len(steps), model, search, flags]
    rows = []
    for limits, role in zip(bounds, structure.roles, strict=True):
        where = [ROLES.index(role.kind), role.partner, role.axis, role.sign, role.shift]
        rows.append([*limits, *where, *role.powers])
    parts = [head, *rows, [expression.nodes[at].value for at in constants], *steps]
    program = np.array([float(each) for part in parts for each in part])
    program.flags.writeable = False
    return program


def with_ceiling(program: np.ndarray, j: int) -> np.ndarray:
    """Return a program without a ceiling as one whose ceiling is parameter `j`, read-only."""
    named = program.copy()
    named[_FLAGS] += _CEILING_ABOVE * (j + 1)
    named.flags.writeable = False
    return named


def _search(structure: Structure) -> int:
    """Return how starts are sought, as cc_formula_search in csrc/curves/formula.h counts.

    Rugged: the objective may have many minima, from waves, poles, peaks, or because there is much
    to look for. Coupled: a parameter is looked for together with a partner.
    """
    sought = [role for role in structure.roles if role.kind in _SOUGHT]
    if len(sought) > 2 or any(role.kind in _WAVES or role.pole for role in sought):
        return 2
    if len(sought) == 2 and not _is_sigmoid(sought):
        return 2
    return int(any(role.kind in ("offset", "grown") for role in sought))


def _is_sigmoid(pair: Sequence[Role]) -> bool:
    """Whether two parameters are a rate or a length, and where on the axis that counts from.

    A length whose sign does not matter is the width of a peak.
    """
    sizes = [role for role in pair if role.kind == "size" and sum(role.powers[1:])]
    others = [role for role in pair if role not in sizes]
    return (
        len(sizes) == 1
        and not (sum(sizes[0].powers[1:]) > 0 and sizes[0].sign)
        and (others[0].kind in ("place", "offset", "grown") or not any(others[0].powers))
    )


@cache
def _operators() -> dict[str, int]:
    return _core.formula_operators()


def _live(expression: Expression) -> list[int]:
    """Return the nodes that the value is made of, in order."""
    live = {expression.result}
    for at in range(len(expression.nodes) - 1, -1, -1):
        if at in live:
            live.update(expression.nodes[at].operands)
    return sorted(live)


def _step(expression: Expression, at: int, number: dict[int, int]) -> tuple[int, int, int]:
    node = expression.nodes[at]
    if node.kind == "powi":
        return _operators()["powi"], number[node.a], node.b
    operands = [number[each] for each in node.operands]
    return _operators()[node.kind], operands[0], operands[1] if len(operands) > 1 else 0


def _check_limits(
    expression: Expression, constants: Sequence[int], operations: Sequence[int]
) -> None:
    counts = {
        "parameters": len(expression.params),
        "regressors": len(expression.regressors),
        "constants": len(constants),
        "operations": len(operations),
    }
    for what, count in counts.items():
        if count > LIMITS[what]:
            raise ArgumentError(
                f"the formula has {count} {what}; a formula can have {LIMITS[what]} at most"
            )
