# SPDX-License-Identifier: GPL-3.0-or-later
"""What this package raises on purpose. Each message names what is wrong, where, and the remedy.

``CurvecastError`` catches them all. Those that stem from a bad argument are also ``ValueError``,
so that code which knows nothing of this package still behaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = [
    "ArgumentError",
    "CurveNameError",
    "CurvecastError",
    "DataError",
    "FitError",
    "FormatError",
    "LedgerError",
    "RegistryError",
    "nearest",
]


# Names of which a sentence holds no more.
_MANY = 24


class CurvecastError(Exception):
    """Base of every error that this package raises on purpose."""


class ArgumentError(CurvecastError, ValueError):
    """The call is wrong: an unknown name, an impossible option, two options that contradict."""


class CurveNameError(ArgumentError):
    """No curve has that name; the message suggests the nearest."""


class DataError(CurvecastError, ValueError):
    """The data are wrong: text among numbers, lengths that differ, a cost of zero in logs."""


class FitError(CurvecastError, RuntimeError):
    """The call and the data are in order, and yet there is no usable fit.

    Attributes
    ----------
    fit : curvecast.Fit or None
        What the solver returned, with its status and notes; its parameters may be NaN.
    """

    def __init__(self, message: str, fit: Any = None) -> None:
        super().__init__(message)
        self.fit = fit


class FormatError(CurvecastError, ValueError):
    """A saved result cannot be read: not ours, of a newer version, or altered since."""


class RegistryError(CurvecastError, ValueError):
    """The registry of predictions is wrong; the message names file, line and field."""


class LedgerError(CurvecastError, RuntimeError):
    """The ledger cannot be used: not SQLite, read-only, of another version, or in use."""


def nearest(name: object, known: Iterable[str]) -> str:
    """Return a clause that suggests the known name nearest to `name` and lists what there is.

    Parameters
    ----------
    name : object
        What the caller wrote.
    known : iterable of str
        What would have been right.

    Returns
    -------
    str
        For example ``"did you mean 'logistic'? Known: bass, logistic"``. Where there are many and
        one is near, the others are only counted.

    Examples
    --------
    >>> nearest("logistik", ["bass", "logistic"])
    "did you mean 'logistic'? Known: bass, logistic"
    """
    import difflib

    names = sorted(known)
    plain = {each.casefold(): each for each in names}
    close = difflib.get_close_matches(str(name).casefold(), plain, n=1, cutoff=0.5)
    suggestion = f"did you mean {plain[close[0]]!r}? " if close else ""
    if close and len(names) > _MANY:
        return f"{suggestion}There are {len(names)} in all"
    return f"{suggestion}Known: {', '.join(names) or 'none'}"
