# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody may have meant by a name that no curve has."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .curves import Curve

__all__ = ["meant", "sizes_of"]

# Words that many curves are called by, which say nothing of one.
_COMMON = frozenset(
    {"curve", "curves", "fit", "function", "growth", "law", "laws", "model", "models"}
)
_NEAR = 0.72
_FEW = 3
_TO_CHOOSE = {
    "kinked": "; curvecast.kinked (in a shell --curve kinked) chooses the number of breaks",
    "factors": "; curvecast.factors('capacity', 'silicon') has them by their names",
    "substitution": "; with two technologies fit fisher_pry to the share of one",
}


def meant(name: object, curves: Sequence[Curve], others: Iterable[str] = ()) -> str:
    """Return a clause that says which curve a name may stand for, or which there are.

    A name that is nearly that of a curve is taken for it; one of a curve of several sizes is told
    the sizes; any other word is looked up in the titles, sources and uses of all curves.

    Parameters
    ----------
    name : object
        What the caller wrote.
    curves : sequence of Curve
    others : iterable of str, optional
        Other names that would have been right, such as those of families.

    Examples
    --------
    >>> import curvecast as cc
    >>> meant("Logistik", cc.curves()), meant("Hoffmann", cc.curves())
    ("did you mean 'logistic'?", "did you mean 'chinchilla' (Chinchilla scaling law)?")
    >>> meant("norton-bass", cc.curves())
    'it comes in sizes, norton_bass_2 to norton_bass_4; name one'
    """
    text = re.sub(r"[^a-z0-9]+", "_", str(name).casefold()).strip("_")
    sizes = sizes_of(text, curves)
    if sizes:
        choose = _TO_CHOOSE.get(text, "")
        return f"it comes in sizes, {sizes[0].name} to {sizes[-1].name}; name one{choose}"
    plain = {each.replace("_", ""): each for each in [*(each.name for each in curves), *others]}
    close = difflib.get_close_matches(text.replace("_", ""), plain, n=1, cutoff=_NEAR)
    if close:
        return f"did you mean {plain[close[0]]!r}?"
    found = [first for first, *_ in _groups(_about(text, curves))][:_FEW]
    if found:
        told = [f"{each.name!r} ({each.title})" for each in found]
        return f"did you mean {' or '.join(told)}?"
    known = [
        first.name if not more else f"{first.name} to {more[-1].name}"
        for first, *more in _groups(curves)
    ]
    return f"Known: {', '.join([*known, *others])}. curvecast.formula fits any other, from its text"


def sizes_of(stem: str, curves: Iterable[Curve]) -> list[Curve]:
    """Return the curves whose names are this one and a number.

    Examples
    --------
    >>> import curvecast as cc
    >>> [each.name for each in sizes_of("norton_bass", cc.curves())]
    ['norton_bass_2', 'norton_bass_3', 'norton_bass_4']
    """
    return [each for each in curves if re.fullmatch(rf"{re.escape(stem)}_\d+", each.name)]


def _groups(curves: Iterable[Curve]) -> list[list[Curve]]:
    """Return curves in their order, sizes of one together."""
    return [list(each) for _, each in groupby(curves, lambda one: re.sub(r"_\d+$", "", one.name))]


def _about(text: str, curves: Iterable[Curve]) -> list[Curve]:
    """Return the curves whose texts have these words, those with them in the title first."""
    wanted = [word for word in text.split("_") if word not in _COMMON and len(word) > 2]
    wanted = wanted or [text.replace("_", "")]  # the S-curve is one word
    ranked: list[tuple[int, Curve]] = []
    for each in curves:
        for rank, of_curve in enumerate((each.title, each.when, each.source)):
            words = [re.sub(r"\W", "", word) for word in of_curve.casefold().split()]
            words += re.findall(r"[a-z]+", of_curve.casefold())
            initials = "".join(re.findall(r"\b[a-z]", of_curve.casefold()))
            if all(
                word in initials[:4] or any(_same(word, one) for one in words) for word in wanted
            ):
                ranked.append((rank, each))
                break
    return [each for _, each in sorted(ranked, key=lambda found: found[0])]


def _same(word: str, one: str) -> bool:
    """Return whether a word begins with another of three letters or more, and ends soon after."""
    short, long = sorted((word, one), key=len)
    return word == one or (len(short) > 2 and long.startswith(short) and len(long) - len(short) < 3)
