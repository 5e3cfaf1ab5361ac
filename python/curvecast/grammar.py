# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a formula from text. Nothing is evaluated: what is not in the grammar is refused by name.

The grammar is that of arithmetic as Python writes it: numbers, names, ``+ - * /``, powers (``**``
or ``^``, to the right first), unary minus, parentheses, functions of one argument, and ``pi``. A
name that is no regressor, function or constant is a parameter. What comes out is a list of nodes in
which equal expressions are one node and what is constant has been worked out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from .errors import ArgumentError, nearest

__all__ = ["CONSTANTS", "FUNCTIONS", "MAX_DEPTH", "MAX_LENGTH", "Expression", "Node", "parse"]

# What a user may write, and the operation that it means.
FUNCTIONS = {
    "exp": "exp",
    "log": "log",
    "ln": "log",
    "log10": "log10",
    "log2": "log2",
    "sqrt": "sqrt",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "atan": "atan",
    "arctan": "atan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "abs": "abs",
    "expit": "expit",
    "erf": "erf",
}
CONSTANTS = {"pi": math.pi}
MAX_LENGTH, MAX_DEPTH, MAX_WHOLE_EXPONENT = 10_000, 60, 64

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W0-9]\w*)|(?P<other>//|==|!=|<=|>=|&&|\|\|)|(?P<sign>\*\*|[-+*/^()])|(?P<rest>.)",
    re.DOTALL,
)
_HINTS = {
    "[": "write ( and )",
    "]": "write ( and )",
    "{": "write ( and )",
    "}": "write ( and )",
    ",": "a function takes one argument, and a decimal point is a point",
    "=": "give the right-hand side alone",
    "==": "give the right-hand side alone",
    "//": "write / for a quotient",
    ";": "a formula is one expression",
    "×": "write *",
    "·": "write *",
    "−": "write -",
    "÷": "write /",
    "²": "write **2",
    "³": "write **3",
    "√": "write sqrt( )",
}
# How tightly an operator binds, and an operand to the right of it.
_BINDING = {
    "+": (1, 2, "add"),
    "-": (1, 2, "sub"),
    "*": (3, 4, "mul"),
    "/": (3, 4, "div"),
    "**": (7, 5, "pow"),
    "^": (7, 5, "pow"),
}
_UNARY = 5

_WORK_OUT: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": math.pow,
    "neg": lambda a: -a,
    "exp": math.exp,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "abs": abs,
    "expit": lambda a: 1 / (1 + math.exp(-a)),
    "erf": math.erf,
}


@dataclass(frozen=True)
class Node:
    """One piece of an expression.

    Attributes
    ----------
    kind : str
        ``"number"``, ``"param"``, ``"regressor"``, or the name of an operation.
    a, b : int or None
        The nodes it is made of; for ``"param"`` and ``"regressor"``, `a` is which one, and for
        ``"powi"``, `b` is the exponent.
    value : float
        Of a number.
    """

    kind: str
    a: int | None = None
    b: int | None = None
    value: float = 0.0

    @property
    def operands(self) -> tuple[int, ...]:
        """The nodes it is made of."""
        if self.kind in ("number", "param", "regressor"):
            return ()
        return (self.a,) if self.b is None or self.kind == "powi" else (self.a, self.b)


@dataclass
class Expression:
    """A formula as nodes, each made of earlier ones.

    Attributes
    ----------
    text : str
    regressors, params : list of str
        Parameters are in the order in which they occur.
    nodes : list of Node
    result : int
        The node that is the value.
    """

    text: str
    regressors: list[str]
    params: list[str] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    result: int = -1
    _known: dict[Node, int] = field(default_factory=dict, repr=False)

    def add(self, node: Node) -> int:
        """Return the place of a node, which is new only if there is none like it."""
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return self._known[node]

    def number(self, value: float) -> int:
        """Return the node of a number."""
        return self.add(Node("number", value=value))

    def value(self, at: int) -> float | None:
        """Return the number that a node is, or None."""
        return self.nodes[at].value if self.nodes[at].kind == "number" else None

    def apply(self, kind: str, a: int, b: int | None = None) -> int:
        """Return the node of an operation on others, simplified where that changes no value.

        Raises
        ------
        ArithmeticError, ValueError
            If it is constant and has no finite value.
        """
        values = [self.value(each) for each in (a, b) if each is not None]
        if all(value is not None for value in values):
            found = _WORK_OUT[kind](*values)
            if not math.isfinite(found):
                raise OverflowError
            return self.number(found)
        if kind in ("add", "sub"):
            return self._sum(kind, a, b)
        if kind in ("mul", "div"):
            return self._product(kind, a, b)
        if kind == "pow":
            return self._power(a, b)
        if kind == "neg":
            return self._negated(a)
        return self.add(Node(kind, a))

    def _sum(self, kind: str, a: int, b: int) -> int:
        if self.value(b) == 0:
            return a
        if self.value(a) == 0:
            return b if kind == "add" else self._negated(b)
        if self.nodes[b].kind == "neg":
            return self._sum("sub" if kind == "add" else "add", a, self.nodes[b].a)
        if kind == "add" and self.nodes[a].kind == "neg":
            return self._sum("sub", b, self.nodes[a].a)
        if kind == "add":
            a, b = sorted((a, b))
        return self.add(Node(kind, a, b))

    def _product(self, kind: str, a: int, b: int) -> int:
        if self.value(b) == 1:
            return a
        if kind == "mul":
            if self.value(a) == 1:
                return b
            return self.add(Node("mul", *sorted((a, b))))
        z = self._one_plus_exp(b)
        if z is None:
            return self.add(Node("div", a, b))
        share = self.add(Node("expit", self._negated(z)))
        return self._product("mul", a, share)

    def _one_plus_exp(self, at: int) -> int | None:
        """Return z where a node is 1 + exp(z): its inverse is a share, which never overflows."""
        node = self.nodes[at]
        if node.kind != "add":
            return None
        for one, other in ((node.a, node.b), (node.b, node.a)):
            if self.value(one) == 1 and self.nodes[other].kind == "exp":
                return self.nodes[other].a
        return None

    def _power(self, a: int, b: int) -> int:
        exponent, base = self.value(b), self.value(a)
        if base == 1 or exponent == 0:
            return self.number(1.0)
        if base is not None and base > 0:
            return self.add(Node("exp", self.apply("mul", self.number(math.log(base)), b)))
        if exponent is None:
            return self.add(Node("pow", a, b))
        if exponent == 1:
            return a
        if exponent == -1:
            return self.apply("div", self.number(1.0), a)
        if exponent in (0.5, -0.5):
            root = self.add(Node("sqrt", a))
            return root if exponent > 0 else self.apply("div", self.number(1.0), root)
        if exponent == int(exponent) and abs(exponent) <= MAX_WHOLE_EXPONENT:
            return self.add(Node("powi", a, int(exponent)))
        return self.add(Node("pow", a, b))

    def _negated(self, at: int) -> int:
        """Return minus a node; the sign goes to where it costs least."""
        node = self.nodes[at]
        if node.kind == "number":
            return self.number(-node.value)
        if node.kind == "neg":
            return node.a
        if node.kind == "sub":
            return self.add(Node("sub", node.b, node.a))
        if node.kind in ("mul", "div"):
            for a, b in ((node.a, node.b), (node.b, node.a)):
                if self.nodes[a].kind in ("number", "neg", "param"):
                    turned = self._negated(a)
                    if node.kind == "mul":
                        return self._product("mul", turned, b)
                    pair = (turned, b) if a == node.a else (b, turned)
                    return self.add(Node("div", *pair))
        return self.add(Node("neg", at))


def parse(text: str, regressors: Sequence[str]) -> Expression:
    """Return the expression that a formula means.

    Parameters
    ----------
    text : str
        The right-hand side alone.
    regressors : sequence of str
        The names that are data; every other name is a parameter.

    Returns
    -------
    Expression

    Raises
    ------
    ArgumentError
        If the text is no formula; the message names what is wrong, its position, counted from 1,
        and shows the place.

    Examples
    --------
    >>> parse("b1*(1 - exp(-b2*x))", ["x"]).params
    ['b1', 'b2']
    """
    if not isinstance(text, str):
        raise ArgumentError(f"the formula is {text!r}; give it as text, such as 'a*exp(-b*x)'")
    if len(text) > MAX_LENGTH:
        raise ArgumentError(
            f"the formula has {len(text)} characters; at most {MAX_LENGTH} are read"
        )
    return _Parser(text, list(regressors)).read()


def _refusal(text: str, at: int, what: str) -> ArgumentError:
    """Return the error for what stands at a place, with the line and a caret below it."""
    before = text.rfind("\n", 0, at) + 1
    line = text[before:].split("\n", 1)[0].replace("\t", " ")
    first = max(0, at - before - 60)
    return ArgumentError(
        f"position {at + 1} of the formula: {what}\n"
        f"  {line[first : first + 90]}\n  {' ' * (at - before - first)}^"
    )


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


class _Parser:
    """Precedence climbing: each operator knows how tightly it binds."""

    def __init__(self, text: str, regressors: list[str]) -> None:
        self.text = text
        self.out = Expression(text, regressors)
        self.tokens = list(self._tokens())
        self.next = 0
        self.depth = 0

    def _tokens(self) -> Iterator[_Token]:
        for match in _TOKEN.finditer(self.text):
            kind, text, at = str(match.lastgroup), match.group(), match.start()
            if kind == "name" and not text.isidentifier():
                wrong = next(i for i in range(len(text)) if not text[: i + 1].isidentifier())
                kind, text, at = "rest", text[wrong], at + wrong
            if kind in ("other", "rest"):
                hint = f"; {_HINTS[text]}" if text in _HINTS else ""
                raise _refusal(self.text, at, f"{text!r} is not part of a formula{hint}")
            if kind != "space":
                yield _Token(kind, text, at)
        yield _Token("end", "", len(self.text))

    def _touches(self, token: _Token, at: int) -> bool:
        return token.at + len(token.text) == at

    def read(self) -> Expression:
        if self.tokens[0].kind == "end":
            raise ArgumentError("the formula is empty; give one such as 'a*exp(-b*x)'")
        self.out.result = self.expression(0)
        token = self.tokens[self.next]
        if token.text == ")":
            raise self.refusal(token, "there is no '(' for this ')'")
        if token.kind != "end":
            raise self.refusal(token, f"an operator is missing before {token.text!r}")
        return self.out

    def refusal(self, token: _Token, what: str) -> ArgumentError:
        return _refusal(self.text, token.at, what)

    def take(self) -> _Token:
        token = self.tokens[self.next]
        self.next += 1
        return token

    def expression(self, least: int) -> int:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.refusal(self.tokens[self.next], f"nested more than {MAX_DEPTH} deep")
        left = self.operand()
        while True:
            token = self.tokens[self.next]
            binding, right, kind = _BINDING.get(token.text, (0, 0, ""))
            if binding < max(least, 1):
                break
            self.next += 1
            left = self.apply(token, kind, left, self.expression(right))
        self.depth -= 1
        return left

    def operand(self) -> int:
        token = self.take()
        if token.kind == "number":
            return self.number(token)
        if token.kind == "name":
            return self.name(token)
        if token.text in ("-", "+"):
            inner = self.expression(_UNARY)
            return inner if token.text == "+" else self.apply(token, "neg", inner)
        if token.text == "(":
            return self.inside(token)
        if token.kind == "end":
            raise self.refusal(token, "the formula ends where a number or a name is wanted")
        raise self.refusal(token, f"{token.text!r} stands where a number or a name is wanted")

    def inside(self, opening: _Token) -> int:
        """Return what stands between an opening parenthesis and the one that closes it."""
        inner = self.expression(0)
        token = self.take()
        if token.text == ")":
            return inner
        if token.kind == "end":
            raise self.refusal(opening, "there is no ')' for this '('")
        raise self.refusal(token, f"an operator is missing before {token.text!r}")

    def number(self, token: _Token) -> int:
        after = self.tokens[self.next]
        if after.kind in ("name", "number") and self._touches(token, after.at):
            wanted = f"; write {token.text}*{after.text}" if after.kind == "name" else ""
            raise self.refusal(after, f"an operator is missing before {after.text!r}{wanted}")
        value = float(token.text)
        if not math.isfinite(value):
            raise self.refusal(token, f"{token.text} is too large")
        return self.out.number(value)

    def name(self, token: _Token) -> int:
        name, after, out = token.text, self.tokens[self.next], self.out
        if name in FUNCTIONS:
            if after.text != "(":
                raise self.refusal(token, f"{name} is a function; write {name}( )")
            return self.apply(token, FUNCTIONS[name], self.inside(self.take()))
        if after.text == "(":
            if name in CONSTANTS or name in out.regressors or name in out.params:
                raise self.refusal(after, f"an operator is missing after {name}; write {name}*( )")
            raise self.refusal(token, f"there is no function {name}; {nearest(name, FUNCTIONS)}")
        if name in CONSTANTS:
            return out.number(CONSTANTS[name])
        if name in out.regressors:
            return out.add(Node("regressor", out.regressors.index(name)))
        if name not in out.params:
            out.params.append(name)
        return out.add(Node("param", out.params.index(name)))

    def apply(self, token: _Token, kind: str, a: int, b: int | None = None) -> int:
        try:
            return self.out.apply(kind, a, b)
        except (ArithmeticError, ValueError):
            what = f"the constant that {token.text!r} makes here is not finite"
            raise self.refusal(token, what) from None
