# SPDX-License-Identifier: GPL-3.0-or-later
"""What a result says about itself: one status, and notes of which the worst comes first.

Most notes come from the core as bits; the table here adds those that only a forecast can raise.
Codes are stable: they are never renamed, so that a program may act on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import _core

__all__ = [
    "Note",
    "Status",
    "all_notes",
    "all_statuses",
    "note",
    "notes_of",
    "status_of",
    "worst_first",
]

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Note:
    """One thing that the reader of a result should know.

    Attributes
    ----------
    code : str
        Stable name, such as ``"ceiling_not_identified"``.
    severity : str
        ``"error"`` (do not use the number), ``"warning"`` (use it with care) or ``"info"``.
    sentence : str
        The same in plain words.
    """

    code: str
    severity: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.sentence}"


@dataclass(frozen=True)
class Status:
    """How a fit ended.

    Attributes
    ----------
    code : str
        Stable name, such as ``"ok"``.
    message : str
        The same in plain words.
    ok : bool
        Whether there is a result at all.
    number : int
        0: done; above 0: usable, with a warning; below 0: no result.
    """

    code: str
    message: str
    ok: bool
    number: int = 0

    def __str__(self) -> str:
        return self.message


# Notes that no single fit can raise. The sentences take named fields.
_OURS = {
    "most_refits_failed": (
        "error",
        "{failed} of {tried} refits to simulated data gave no result: the data do not carry this "
        "curve. Do not trust the bands.",
    ),
    "refits_failed": (
        "warning",
        "{failed} of {tried} refits to simulated data gave no result and were left out: the bands "
        "may be too narrow.",
    ),
    "far_extrapolation": (
        "warning",
        "The forecast reaches {times:.1f} times the length of the data beyond them: nothing "
        "like it has been seen.",
    ),
    "few_changes": (
        "warning",
        "Only {n} changes have been seen: how far they scatter is itself uncertain.",
    ),
    "irregular_spacing": (
        "info",
        "The points are not evenly spaced, so neighbouring changes are taken as independent.",
    ),
    "mean_does_not_exist": (
        "info",
        "The mean is infinite or undefined, because errors of this kind have heavy tails: use the "
        "median.",
    ),
    "rows_counted": (
        "info",
        "The curve has several regressors, so x counts the rows of the forecast.",
    ),
}

_STATUSES = _core.statuses()
_CORE_NOTES = tuple(
    (entry["bit"], Note(entry["code"], entry["severity"], entry["sentence"]))
    for entry in _core.notes()
)


def note(code: str, **fields: object) -> Note:
    """Return the note of this code, its sentence filled in."""
    severity, sentence = _OURS[code]
    return Note(code, severity, sentence.format(**fields))


def worst_first(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Order notes by severity, each code once, otherwise as they came."""
    once = {each.code: each for each in notes}
    return tuple(sorted(once.values(), key=lambda each: SEVERITIES.index(each.severity)))


def notes_of(bits: int) -> tuple[Note, ...]:
    """Return the notes that the core has set, worst first."""
    return worst_first(each for bit, each in _CORE_NOTES if int(bits) & bit)


def status_of(number: int) -> Status:
    """Return the status that the core's number stands for."""
    code, sentence = _STATUSES[int(number)]
    return Status(code, sentence, int(number) >= 0, int(number))


def all_notes() -> tuple[tuple[int, Note], ...]:
    """Return the notes that the core can set, each with its bit."""
    return _CORE_NOTES


def all_statuses() -> dict[int, str]:
    """Return the code of every status by its number."""
    return {number: code for number, (code, _) in _STATUSES.items()}
