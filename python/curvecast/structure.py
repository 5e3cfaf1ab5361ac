# SPDX-License-Identifier: GPL-3.0-or-later
"""What a formula's shape says of its parameters: what enters linearly, units, where to look first.

None of this changes what is fitted. It decides what can be solved for instead of searched, how
data may be rescaled, and on what scale a search goes about.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from .grammar import Expression, Node

__all__ = ["ROLES", "Role", "Structure", "logarithm", "study"]

# In the order of cc_role in csrc/curves/formula.h.
ROLES = (
    "linear",
    "denominator",
    "size",
    "place",
    "offset",
    "grown",
    "exponent",
    "frequency",
    "period",
)
_WAVES = ("sin", "cos", "tan")
_PURE = (*_WAVES, "exp", "expit", "log", "log10", "log2", "atan", "sinh", "cosh", "tanh", "erf")


@dataclass
class Role:
    """What one parameter is to the search for starts.

    Attributes
    ----------
    kind : str
        One of `ROLES`.
    partner, axis : int
        The parameter and the regressor that it is looked for together with.
    sign : float
        What a place or a partner is multiplied by to give the parameter; for a size, 0 where its
        sign matters and 1 where the other sign is only another way to write the same curve.
    shift : float
        What is added to a place first.
    pole : bool
        Whether the curve may have a pole where a regressor comes to its place.
    powers : list of Fraction
        Powers of the units of y and of each regressor that it is measured in.
    """

    kind: str = "size"
    partner: int = 0
    axis: int = 0
    sign: float = 1.0
    shift: float = 0.0
    pole: bool = False
    powers: list[Fraction] = field(default_factory=list)

    def stand(self, kind: str, axis: int, sign: float, shift: float) -> bool:
        """Take a role on an axis, unless its numbers are too large or small to be of use."""
        useful = math.isfinite(sign) and math.isfinite(shift) and sign != 0
        if useful:
            self.kind, self.axis, self.sign, self.shift = kind, axis, sign, shift
        return useful


@dataclass(frozen=True)
class Structure:
    """What is known of a formula.

    Attributes
    ----------
    roles : list of Role
        In the order of the parameters.
    y_scales, x_scales : bool
        Whether a change of the unit of y, or of all regressors together, is a change of the
        parameters by whole powers.
    proportional : bool
        Whether one parameter alone enters linearly and the value is proportional to it.
    logarithm : bool
        Whether the value is a power of a number or of e whose exponent parameters enter linearly:
        those are linear in its logarithm, and roles are those of the logarithm.
    """

    roles: list[Role]
    y_scales: bool
    x_scales: bool
    proportional: bool
    logarithm: bool = False


def study(expression: Expression) -> Structure:
    """Return what the shape of a formula says.

    Examples
    --------
    >>> from curvecast.grammar import parse
    >>> [each.kind for each in study(parse("K/(1 + exp(-k*(t - t0)))", ["t"])).roles]
    ['linear', 'size', 'place']
    """
    facts = _Facts(expression)
    roles = [Role() for _ in expression.params]
    numerator, denominator = _linear(facts)
    inner = None if numerator or denominator else logarithm(expression)
    if inner:
        facts = _Facts(inner)
        numerator = _members(_largest(facts, inner.result, _everything(facts)))
        inner = inner if numerator else None
    _find_roles(facts, roles)
    for j in numerator:
        roles[j].kind = "linear"
    for j in denominator:
        roles[j].kind = "denominator"
    for j, role in enumerate(roles):
        if role.kind in ("offset", "grown") and roles[role.partner].kind in (
            "linear",
            "denominator",
        ):
            role.kind = "size"
        if role.kind == "size":
            role.sign = float(_has_mirror(facts, j, numerator))
    strict, loose = _Units(expression, strict=True), _Units(expression, strict=False)
    units = strict if strict.x_scales else loose
    for j, role in enumerate(roles):
        role.powers = [strict.powers[j][0], *units.powers[j][1:]]
    only = len(numerator) == 1 and not denominator and facts.proportional(numerator)
    if inner:
        return Structure(roles, strict.y_scales, strict.x_scales, False, True)
    return Structure(roles, strict.y_scales, strict.x_scales, only)


def logarithm(expression: Expression) -> Expression | None:
    """Return the logarithm of a formula that is a power of a positive number or of e, or None.

    Examples
    --------
    >>> from curvecast.grammar import parse
    >>> inner = logarithm(parse("exp(a + b/x)", ["x"]))
    >>> inner.nodes[inner.result].kind
    'add'
    """
    top = expression.nodes[expression.result]
    if top.kind == "exp":
        return replace(expression, result=top.a)
    base = expression.value(top.a) if top.kind == "pow" else None
    if base is None or not base > 0 or base == 1:
        return None
    found = replace(expression, nodes=list(expression.nodes), _known=dict(expression._known))
    found.result = found.apply("mul", found.number(math.log(base)), top.b)
    return found


class _Facts:
    """On what every node depends."""

    def __init__(self, expression: Expression) -> None:
        self.expression, self.nodes = expression, expression.nodes
        self.params: list[int] = []
        self.moves: list[bool] = []
        for node in self.nodes:
            inner = node.operands
            own = 1 << node.a if node.kind == "param" else 0
            self.params.append(own | _union(self.params[i] for i in inner))
            self.moves.append(node.kind == "regressor" or any(self.moves[i] for i in inner))
        self.live = {expression.result}
        for at in range(len(self.nodes) - 1, -1, -1):
            if at in self.live:
                self.live.update(self.nodes[at].operands)

    def degrees(self, chosen: int) -> list[tuple[int, bool]]:
        """Return for every node its degree in the chosen parameters, and whether it lacks a rest.

        A degree of 2 stands for everything that is not linear.
        """
        found: list[tuple[int, bool]] = []
        for at, node in enumerate(self.nodes):
            if not self.params[at] & chosen:
                found.append((0, False))
                continue
            inner = [found[i] for i in node.operands]
            degree, pure = 2, False
            if node.kind == "param":
                degree, pure = 1, True
            elif node.kind in ("add", "sub"):
                degree, pure = max(d for d, _ in inner), all(d and each for d, each in inner)
            elif node.kind == "neg":
                degree, pure = inner[0]
            elif node.kind == "mul":
                degree, pure = sum(d for d, _ in inner), any(each for _, each in inner)
            elif node.kind == "div" and inner[1][0] == 0:
                degree, pure = inner[0]
            found.append((min(degree, 2), pure))
        return found

    def linear_in(self, at: int, chosen: int) -> bool:
        """Whether a node is a sum of the chosen parameters times what lacks them, and a rest."""
        return self.degrees(chosen)[at][0] == 1

    def proportional(self, chosen: Iterable[int]) -> bool:
        """Whether the value has no part without the chosen parameters."""
        return self.degrees(_union(1 << j for j in chosen))[self.expression.result] == (1, True)


def _union(bits: Iterable[int]) -> int:
    result = 0
    for each in bits:
        result |= each
    return result


def _members(bits: int) -> list[int]:
    return [j for j in range(bits.bit_length()) if bits >> j & 1]


def _everything(facts: _Facts) -> int:
    return _union(1 << j for j in range(len(facts.expression.params)))


def _largest(facts: _Facts, at: int, allowed: int) -> int:
    """Return the largest set of parameters, as bits, in which a node is linear."""
    alone = [j for j in _members(facts.params[at] & allowed) if facts.linear_in(at, 1 << j)]
    best = 0
    for first in alone:
        chosen = 1 << first
        for j in alone:
            if j != first and facts.linear_in(at, chosen | 1 << j):
                chosen |= 1 << j
        if chosen.bit_count() > best.bit_count():
            best = chosen
    return best


def _linear(facts: _Facts) -> tuple[list[int], list[int]]:
    """Return what the value is linear in, and what its denominator is linear in besides."""
    everything = _everything(facts)
    top = facts.nodes[facts.expression.result]
    if top.kind == "div":
        below = _largest(facts, top.b, everything & ~facts.params[top.a])
        above = _largest(facts, top.a, everything & ~facts.params[top.b])
        # one alone is as well searched for; and without a parameter above or a fixed part there is
        # no scale, and no unique answer
        if below.bit_count() > 1 and (above or _has_rest(facts, top.a, above)):
            return _members(above), _members(below)
    return _members(_largest(facts, facts.expression.result, everything)), []


def _has_rest(facts: _Facts, at: int, chosen: int) -> bool:
    return not facts.degrees(chosen)[at][1]


# ---- where to look ---------------------------------------------------------------------------


def _terms(facts: _Facts, at: int) -> dict[int, float]:
    """Return the terms of a sum with their numeric factors."""
    total: dict[int, float] = {}
    waiting = [(at, 1.0)]
    while waiting:
        here, factor = waiting.pop()
        node = facts.nodes[here]
        if node.kind in ("add", "sub"):
            waiting += [(node.a, factor), (node.b, factor if node.kind == "add" else -factor)]
        elif node.kind == "neg":
            waiting.append((node.a, -factor))
        elif node.kind in ("mul", "div"):
            value = facts.expression.value(node.b)
            other = node.a
            if value is None and node.kind == "mul":
                value, other = facts.expression.value(node.a), node.b
            if value:
                waiting.append((other, factor * value if node.kind == "mul" else factor / value))
            else:
                total[here] = total.get(here, 0.0) + factor
        else:
            total[here] = total.get(here, 0.0) + factor
    return {here: factor for here, factor in total.items() if factor}


def _factors(facts: _Facts, at: int) -> tuple[float, list[int], list[int]]:
    """Return a product as its number, what multiplies and what divides."""
    number, above, below = 1.0, [], []
    waiting = [(at, True)]
    while waiting:
        here, is_above = waiting.pop()
        node, value = facts.nodes[here], facts.expression.value(here)
        if value is not None:
            number = number * value if is_above else number / (value or 1.0)
        elif node.kind == "neg":
            number = -number
            waiting.append((node.a, is_above))
        elif node.kind in ("mul", "div"):
            waiting += [(node.a, is_above), (node.b, is_above == (node.kind == "mul"))]
        else:
            (above if is_above else below).append(here)
    return number, above, below


def _is(facts: _Facts, at: int, kind: str) -> bool:
    return facts.nodes[at].kind == kind


def _find_roles(facts: _Facts, roles: Sequence[Role]) -> None:
    """Fill in what each parameter is, strongest evidence last."""
    poles = _divisors(facts)
    for at in sorted(facts.live):
        if _is(facts, at, "add") or _is(facts, at, "sub"):
            _find_places(facts, _terms(facts, at), roles, at in poles)
    for at in sorted(facts.live):
        if _is(facts, at, "mul"):
            _find_grown(facts, at, roles)
    for at in sorted(facts.live):
        node = facts.nodes[at]
        if node.kind in _PURE and node.kind not in _WAVES:
            _find_offsets(facts, _terms(facts, node.a), roles)
        if node.kind == "pow":
            for j in _lone_params(facts, node.b):
                roles[j].kind = "exponent"
    for at in sorted(facts.live):
        node = facts.nodes[at]
        if node.kind in _WAVES:
            for term, factor in _terms(facts, node.a).items():
                _find_waves(facts, term, factor, roles)


_ODD = ("sin", "tan", "atan", "sinh", "tanh", "erf")
_EVEN = ("cos", "cosh")


def _has_mirror(facts: _Facts, j: int, linear: Iterable[int]) -> bool:
    """Whether a parameter of the other sign makes the same curve, if linear ones change theirs.

    Every node is even (e), odd (o), or neither (n) in the parameter; with a linear parameter that
    occurs once as a factor it can be made either (j).
    """
    uses = [inner for at in facts.live for inner in facts.nodes[at].operands]
    parity: list[str] = []
    for at, node in enumerate(facts.nodes):
        inner = [parity[i] for i in node.operands]
        if node.kind == "param":
            free = node.a in linear and uses.count(at) == 1
            found = "j" if free else "o" if node.a == j else "e"
        elif not facts.params[at] >> j & 1 and "j" not in inner:
            found = "e"
        elif node.kind in ("add", "sub"):
            kinds = {each for each in inner if each != "j"} or {"j"}
            found = kinds.pop() if len(kinds) == 1 else "n"
        elif node.kind in ("mul", "div"):
            found = "n" if "n" in inner else "j" if "j" in inner else "oe"[inner[0] == inner[1]]
        else:
            found = _parity_of(node, inner[0])
        parity.append(found)
    return parity[facts.expression.result] in "ej"


def _parity_of(node: Node, inner: str) -> str:
    """Return the parity of a function of one node."""
    if inner == "n" or node.kind == "pow":
        return "n"
    if node.kind == "neg":
        return inner
    if node.kind == "abs" or node.kind in _EVEN:
        return "e"
    if node.kind == "powi":
        return inner if node.b % 2 else "e"
    if inner == "o" and node.kind in _ODD:
        return "o"
    return "e" if inner == "e" else "n"


def _divisors(facts: _Facts) -> set[int]:
    """Return the nodes at whose zeros something is not finite."""
    found = set()
    for at in facts.live:
        node = facts.nodes[at]
        if node.kind == "div":
            found.add(node.b)
        if node.kind in ("pow", "log", "log10", "log2") or (node.kind == "powi" and node.b < 0):
            found.add(node.a)
    return found


def _axis_of(facts: _Facts, at: int) -> tuple[int, float, float] | None:
    """Return regressor, slope and shift where a node is slope*(regressor + shift)."""
    shift, slope, axis = 0.0, 0.0, None
    for term, factor in _terms(facts, at).items():
        if facts.expression.value(term) is not None:
            shift += factor * facts.expression.value(term)
        elif _is(facts, term, "regressor") and axis is None:
            axis, slope = facts.nodes[term].a, factor
        else:
            return None
    return None if axis is None else (axis, slope, shift / slope)


def _split(
    facts: _Facts, terms: dict[int, float]
) -> tuple[list[int], tuple[int, float, float] | None, list[int]]:
    """Return the parameters of a sum, its numbers and one regressor as an axis, and the rest."""
    params = [at for at in terms if _is(facts, at, "param")]
    axes = [at for at in terms if _is(facts, at, "regressor")]
    numbers = [at for at in terms if _is(facts, at, "number")]
    rest = [at for at in terms if at not in (*params, *axes, *numbers)]
    if len(axes) != 1:
        return params, None, rest
    slope = terms[axes[0]]
    shift = sum(terms[at] * (facts.expression.value(at) or 0.0) for at in numbers)
    return params, (facts.nodes[axes[0]].a, slope, shift / slope), rest


def _find_places(facts: _Facts, terms: dict[int, float], roles: Sequence[Role], pole: bool) -> None:
    """Find what is compared with a regressor: b in x - b."""
    params, axis, rest = _split(facts, terms)
    if len(params) == 1 and axis and not rest:
        role = roles[facts.nodes[params[0]].a]
        if role.stand("place", axis[0], -axis[1] / terms[params[0]], axis[2]):
            role.pole = pole


def _find_offsets(facts: _Facts, terms: dict[int, float], roles: Sequence[Role]) -> None:
    """Find b in b + c*x inside a function: where that is 0 is a place on the axis of x."""
    params = [at for at in terms if _is(facts, at, "param")]
    for at, factor in terms.items():
        partner, axis = _rate_times_axis(facts, at)
        if axis is None or len(params) != 1 or facts.nodes[params[0]].a == partner:
            continue
        role = roles[facts.nodes[params[0]].a]
        if role.stand("offset", axis[0], -factor * axis[1] / terms[params[0]], axis[2]):
            role.partner = partner


def _rate_times_axis(
    facts: _Facts, at: int
) -> tuple[int, tuple[int, float, float]] | tuple[None, None]:
    """Return parameter and axis of a product of the two."""
    number, above, below = _factors(facts, at)
    params = [each for each in above if _is(facts, each, "param")]
    moving = [each for each in above if each not in params]
    if below or len(params) != 1 or len(moving) != 1:
        return None, None
    axis = _axis_of(facts, moving[0])
    if axis is None:
        return None, None
    return facts.nodes[params[0]].a, (axis[0], number * axis[1], axis[2])


def _find_grown(facts: _Facts, at: int, roles: Sequence[Role]) -> None:
    """Find b in b*exp(c*x): where that is 1 is a place on the axis of x."""
    _, above, below = _factors(facts, at)
    params = [facts.nodes[each].a for each in above if _is(facts, each, "param")]
    powers = [facts.nodes[each].a for each in above if _is(facts, each, "exp")]
    if below or len(above) != 2 or not params or not powers:
        return
    partner, axis = _rate_times_axis(facts, powers[0])
    if axis is not None and partner != params[0]:
        role = roles[params[0]]
        if role.stand("grown", axis[0], -axis[1], axis[2]):
            role.partner = partner


def _lone_params(facts: _Facts, at: int) -> list[int]:
    """Return the parameters of a product of numbers and parameters."""
    _, above, below = _factors(facts, at)
    nodes = [facts.nodes[each] for each in (*above, *below)]
    return [node.a for node in nodes if node.kind == "param"]


def _find_waves(facts: _Facts, at: int, factor: float, roles: Sequence[Role]) -> None:
    """Find w in c*w*x and T in c*x/T where that is a term of a wave's argument."""
    number, above, below = _factors(facts, at)
    axes = [facts.nodes[each].a for each in above if facts.moves[each] and not facts.params[each]]
    shifted = [each for each in above if facts.moves[each] and facts.params[each]]
    axes += [
        facts.nodes[inner].a
        for each in shifted
        for inner in _terms(facts, each)
        if _is(facts, inner, "regressor")
    ]
    if len(axes) != 1 or axes[0] is None:
        return
    for place, kind in ((above, "frequency"), (below, "period")):
        for each in place:
            if _is(facts, each, "param"):
                roles[facts.nodes[each].a].stand(kind, axes[0], abs(number * factor), 0.0)


# ---- units -----------------------------------------------------------------------------------

# Terms in what is still unknown, and powers of the units of y and the regressors.
_Unit = tuple[dict[int, Fraction], list[Fraction]]

_LARGEST_POWER = 8


class _Units:
    """Units of the parameters, from the rule that only like may be added.

    Every node has a unit, linear in those of the parameters, which are solved for; what nothing
    settles has none. A number has none. Rules that contradict what is settled are left out, and
    remembered. To the strict, what has a unit has no power with an exponent that varies; to others
    such a power is in a unit of its own.
    """

    def __init__(self, expression: Expression, *, strict: bool) -> None:
        self.expression, self.strict = expression, strict
        self.width = 1 + len(expression.regressors)
        self.n_unknown = len(expression.params)
        self.broken = [False] * self.width
        self.solved: dict[int, _Unit] = {}
        self.unit: list[_Unit] = []
        for node in expression.nodes:
            self.unit.append(self._unit_of(node))
        self._equal(self.unit[expression.result], self._base(0))
        self.powers = [self._settled(j) for j in range(len(expression.params))]
        whole_y = all(row[0].denominator == 1 for row in self.powers)
        whole_x = all(sum(row[1:]).denominator == 1 for row in self.powers)
        self.y_scales = whole_y and not self.broken[0]
        self.x_scales = whole_x and not any(self.broken[1:])

    def _none(self) -> _Unit:
        return {}, [Fraction(0)] * self.width

    def _base(self, k: int) -> _Unit:
        unit = self._none()
        unit[1][k] = Fraction(1)
        return unit

    def _settled(self, j: int) -> list[Fraction]:
        powers = list(self._reduce(({j: Fraction(1)}, self._none()[1]))[1])
        for k, power in enumerate(powers):
            if abs(power) > _LARGEST_POWER:
                powers[k], self.broken[k] = Fraction(0), True
        return powers

    def _combined(self, a: _Unit, b: _Unit, times: Fraction) -> _Unit:
        """Return a times the power `times` of b."""
        terms = dict(a[0])
        for unknown, factor in b[0].items():
            terms[unknown] = terms.get(unknown, Fraction(0)) + times * factor
        powers = [x + times * y for x, y in zip(a[1], b[1], strict=True)]
        return {unknown: factor for unknown, factor in terms.items() if factor}, powers

    def _reduce(self, unit: _Unit) -> _Unit:
        """Put in what has been solved for."""
        while known := [unknown for unknown in unit[0] if unknown in self.solved]:
            factor = unit[0][known[0]]
            rest = {each: value for each, value in unit[0].items() if each != known[0]}
            unit = self._combined((rest, unit[1]), self.solved[known[0]], factor)
        return unit

    def _equal(self, a: _Unit, b: _Unit) -> None:
        terms, powers = self._reduce(self._combined(a, b, Fraction(-1)))
        if not terms:
            self.broken = [x or power != 0 for x, power in zip(self.broken, powers, strict=True)]
            return
        unknown = max(terms)
        factor = terms.pop(unknown)
        self.solved[unknown] = self._combined(self._none(), (terms, powers), -1 / factor)

    def _unit_of(self, node: Node) -> _Unit:
        if node.kind == "number":
            return self._none()
        if node.kind == "param":
            return {node.a: Fraction(1)}, self._none()[1]
        if node.kind == "regressor":
            return self._base(1 + node.a)
        inner = [self.unit[i] for i in node.operands]
        if node.kind in ("neg", "abs"):
            return inner[0]
        if node.kind in ("add", "sub"):
            self._equal(*inner)
            return inner[0]
        if node.kind in ("mul", "div"):
            return self._combined(inner[0], inner[1], Fraction(1 if node.kind == "mul" else -1))
        if node.kind in ("powi", "sqrt"):
            power = Fraction(node.b) if node.kind == "powi" else Fraction(1, 2)
            return self._combined(self._none(), inner[0], power)
        if node.kind == "pow":
            return self._power(node, inner)
        self._equal(inner[0], self._none())
        return self._none()

    def _power(self, node: Node, inner: Sequence[_Unit]) -> _Unit:
        exponent = self.expression.value(node.b)
        if exponent is not None:
            power = Fraction(exponent).limit_denominator(64)
            return self._combined(self._none(), inner[0], power)
        self._equal(inner[1], self._none())
        if self.strict or not self._reduce(inner[0])[0]:
            self._equal(inner[0], self._none())
        if self.strict:
            return self._none()
        self.n_unknown += 1
        return {self.n_unknown - 1: Fraction(1)}, self._none()[1]
