# SPDX-License-Identifier: GPL-3.0-or-later
"""What a result says about itself: one status, and notes of which the worst comes first.

Notes of a fit come from the core as bits; the table here adds those that other results raise.
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
    "better_fit_found": (
        "error",
        "With the profiled parameter held, the others reached a better fit than this one: refit "
        "from {where}.",
    ),
    "interval_open": (
        "warning",
        "The data set no limit to {name} {side}: the interval is open there.",
    ),
    "interval_end_lost": (
        "warning",
        "The end of the interval for {name} {side} was not found: refits failed on the way.",
    ),
    "residuals_follow_each_other": (
        "warning",
        "Neighbouring residuals resemble each other (correlation {value:.2f}): the points say less "
        "than they seem to, and standard errors are too small.",
    ),
    "uneven_scatter": (
        "warning",
        "The scatter changes with the level of the curve: use another error model, or the "
        "standard errors of cov_sandwich.",
    ),
    "point_decides": (
        "warning",
        "The point in row {row} alone moves a parameter by {moved:.1f} standard errors.",
    ),
    "curve_without_result": (
        "warning",
        "No result for {names}; the others are compared without.",
    ),
    "aicc_not_defined": (
        "warning",
        "AICc is not defined for {names}: {n} points are too few for so many parameters. Prefer a "
        "curve with fewer, or add points.",
    ),
    "curves_not_told_apart": (
        "warning",
        "The data cannot tell these curves apart (weights within a factor of {within:g}): {names}. "
        "Where they part ways ahead, show all of them.",
    ),
    "same_curve_twice": (
        "info",
        "On these points, these come to one and the same curve, and are no rivals: {names}.",
    ),
    "best_in_doubt": (
        "warning",
        "The fit of {name}, the best, is itself in doubt ({codes}): its parameters are not to be "
        "quoted, and a curve with fewer may say as much.",
    ),
    "best_no_better_than_constant": (
        "warning",
        "{name}, the best, is no better than a constant: the points show no trend.",
    ),
    "best_misses_shape": (
        "warning",
        "Neighbouring residuals of {name}, the best, resemble each other (correlation "
        "{value:.2f}): the points say less than the criteria take them to, and the right curve "
        "may be none of these.",
    ),
    "points_left_out": (
        "info",
        "Points left out, because not every curve can use them: {n}.",
    ),
    "rows_counted": (
        "info",
        "The curve has several regressors, so Forecast.x counts the rows of the forecast.",
    ),
}

# A bit of our own, beyond those of the core.
OVERDISPERSED = 1 << 40

_STATUSES = _core.statuses()
# The status of a fit that goes on improving without end.
NO_OPTIMUM = next(number for number, (code, _) in _STATUSES.items() if code == "no_optimum")
# Those of a search that did not end at a minimum.
UNSETTLED = tuple(
    number for number, (code, _) in _STATUSES.items() if code in ("not_converged", "no_optimum")
)
_FIT_NOTES = (
    *(
        (entry["bit"], Note(entry["code"], entry["severity"], entry["sentence"]))
        for entry in _core.notes()
    ),
    (
        OVERDISPERSED,
        Note(
            "overdispersed",
            "warning",
            "The shares scatter more than their numbers of trials allow: standard errors are too "
            "small. Use error_model='logit', or the standard errors of cov_sandwich.",
        ),
    ),
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
    """Return the notes that a fit has set, worst first."""
    return worst_first(each for bit, each in _FIT_NOTES if int(bits) & bit)


def status_of(number: int) -> Status:
    """Return the status that the core's number stands for."""
    code, sentence = _STATUSES[int(number)]
    return Status(code, sentence, int(number) >= 0, int(number))


def all_notes() -> tuple[tuple[int, Note], ...]:
    """Return the notes that a fit can set, each with its bit."""
    return _FIT_NOTES


def all_statuses() -> dict[int, str]:
    """Return the code of every status by its number."""
    return {number: code for number, (code, _) in _STATUSES.items()}
