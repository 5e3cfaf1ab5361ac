# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost against experience and other factors, under the names that their user gives them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .curves import Curve, curve
from .errors import ArgumentError, CurveNameError

__all__ = ["factors", "from_name", "with_names_of"]

_FEWEST, _MOST = 2, 8
_CALL = re.compile(r"factors\s*\((.*)\)\s*")


def factors(*names: str) -> Curve:
    """Return a curve that is log-linear in experience and other factors.

    The cost is ``first_unit * experience^(-exponent) * factor^elasticity * ...``, each regressor
    under a name of its user's choice. The first one is the experience, and gives the learning rate.
    Of the others, such as an input price, the elasticity says by which power of it the cost rises.

    Parameters
    ----------
    *names : str
        What the regressors are called, two to eight, the experience first.

    Returns
    -------
    Curve
        Its parameters are ``first_unit``, ``exponent_`` and the first name, and ``elasticity_`` and
        each of the others. It is also found under its name, such as
        ``"factors(capacity, silicon)"``.

    Raises
    ------
    ArgumentError
        If there are too few or too many names, or one is no plain word.

    Notes
    -----
    The least-squares estimate is found in one step. Regressors that share a trend cannot be told
    apart; the fit then carries the note ``collinear``. A second regressor beside experience is the
    two-factor learning curve (Berndt 1991, The practice of econometrics, chapter 3).

    Examples
    --------
    >>> import curvecast as cc
    >>> curve = cc.factors("capacity", "silicon")
    >>> curve.param_names
    ('first_unit', 'exponent_capacity', 'elasticity_silicon')
    >>> x = {"capacity": [1, 2, 4, 8, 16], "silicon": [60, 170, 330, 130, 60]}
    >>> fit = cc.fit(curve, x, [100, 88, 75, 57, 41])
    >>> print(fit.learning_rate)
    0.1969 (90 %: 0.1813 to 0.2121)

    `curvecast.fit` takes the names from the data where it is given the word ``"factors"``:

    >>> cc.fit("factors", x, [100, 88, 75, 57, 41]).params == fit.params
    True
    """
    if not _FEWEST <= len(names) <= _MOST:
        raise ArgumentError(
            f"factors takes {_FEWEST} to {_MOST} names, the experience first, and got "
            f"{', '.join(map(repr, names)) or 'none'}; with one regressor use 'wright'"
        )
    for name in names:
        if not isinstance(name, str) or not name.isidentifier():
            raise ArgumentError(
                f"factors got the name {name!r}; use letters, digits and underscores, such as "
                f"{as_word(str(name))!r}"
            )
    if len(set(names)) < len(names):
        raise ArgumentError(f"factors got {', '.join(map(repr, names))}; name each regressor once")
    base = curve(f"factors_{len(names)}")
    first, *others = names
    first_unit, exponent, *elasticities = base.params
    return replace(
        base,
        name=f"factors({', '.join(names)})",
        core=base.name,
        title=f"Experience ({first}) and other factors",
        formula=" * ".join(
            (
                f"first_unit * {first}^(-exponent_{first})",
                *(f"{name}^elasticity_{name}" for name in others),
            )
        ),
        regressors=names,
        params=(
            first_unit,
            replace(
                exponent,
                name=f"exponent_{first}",
                meaning=f"the cost falls as {first} to the power of minus this",
            ),
            *(
                replace(
                    each,
                    name=f"elasticity_{name}",
                    meaning=f"the cost rises as {name} to the power of this",
                )
                for name, each in zip(others, elasticities, strict=True)
            ),
        ),
        derived=tuple(
            replace(each, meaning=each.meaning.replace("experience", first))
            for each in base.derived
        ),
    )


def as_word(text: str) -> str:
    """Return a word that can name a regressor, made from a text.

    Examples
    --------
    >>> as_word("polysilicon $/kg"), as_word("2020 price")
    ('polysilicon_kg', 'price')
    """
    return re.sub(r"\W+", "_", text).strip("_0123456789") or "silicon_price"


def from_name(name: str) -> Curve | None:
    """Return the curve that ``"factors(a, b)"`` names, or nothing where the word is another.

    Raises
    ------
    CurveNameError
        If the word is ``"factors"`` alone, which does not say of what.
    """
    if name == "factors":
        raise CurveNameError(
            "factors must know its regressors; give cc.factors('capacity', 'silicon') or "
            "'factors(capacity, silicon)', the experience first"
        )
    call = _CALL.fullmatch(name)
    return None if call is None else factors(*(each.strip() for each in call[1].split(",")))


def with_names_of(name: str | Curve, x: Any) -> str | Curve:
    """Return what `name` stands for where it is ``"factors"`` and the names are those of `x`."""
    names: Sequence[Any]
    if not isinstance(name, str) or name != "factors":
        return name
    if hasattr(x, "columns"):
        names = list(x.columns)
    elif hasattr(x, "keys"):
        names = list(x)
    else:
        raise ArgumentError(
            "factors has several regressors; give x as a dict by name, the experience first: "
            "{'capacity': ..., 'silicon': ...}"
        )
    return factors(*names)
