# SPDX-License-Identifier: GPL-3.0-or-later
"""The yearly job's computation: a verdict and forecasts for every claim, as plain JSON values.

Nothing in it reads a clock, except for the date where none is given. The same registry, date, seed
and version give the same bytes: floats are rounded to ten digits, claims stand by report and then
in the order of its file.
"""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .. import _core
from .evidence import Evidence, Reading, evidence_for, series_evidence
from .period import decimal_year, last_day
from .question import OPEN_YEARS, Question, Unanswerable, ask, is_numeric
from .reforecast import BASELINES, Outlook, look_ahead, points_of
from .registry import Registry, load
from .schema import Claim
from .verdict import LABELS, Verdict, judge
from .verdict_common import OPEN, log_ratio, outcome_fields

__all__ = ["FORMAT", "METHOD", "VERSION", "method", "rescore"]

FORMAT, VERSION = "curvecast.rescore", 1
METHOD = 1  # raised whenever the same data would give other verdicts or forecasts
DIGITS = 10
PICTURE_YEARS = 3  # how far a picture shows the forecast from today, where the target is nearer

Progress = Callable[[int, int, str], None]


def method() -> str:
    """Return the version of the method: of the package, and of the rules and forecasts in it.

    Examples
    --------
    >>> method().endswith(f"+{METHOD}")
    True
    """
    return f"{_core.build_info()['version']}+{METHOD}"


def rescore(
    registry: Registry | str | os.PathLike[str] | None = None,
    *,
    as_of: str | dt.date | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Score every claim as of a day, and forecast again those that are open.

    Parameters
    ----------
    registry : Registry or path, optional
        Without it, the registry that comes with the package.
    as_of : str or datetime.date, optional
        The day; nothing published later is looked at, and claims made later are left out. Today
        if not given.
    seed : int, optional
        Of the random numbers in forecasts.
    progress : callable, optional
        Called with claims done, claims in all, and the id of the one that was done.

    Returns
    -------
    dict
        The public format "curvecast.rescore", version 1.

    Raises
    ------
    RegistryError
        Where anything is wrong with the registry.
    PeriodError
        Where `as_of` is no date.

    Examples
    --------
    >>> from curvecast import tracking
    >>> result = tracking.rescore(as_of="2023-12-31")
    >>> result["format"], result["as_of"]
    ('curvecast.rescore', '2023-12-31')
    """
    day = last_day(dt.date.today() if as_of is None else as_of)
    if not isinstance(registry, Registry):
        registry = load(registry)
    view = registry.as_of(day)
    day = view.known_on or day  # a registry that is a view itself knows no later day
    claims = view.claims
    entries = []
    for done, claim in enumerate(claims, start=1):
        entries.append(_entry(claim, view, day, seed))
        if progress is not None:
            progress(done, len(claims), claim.id)
    counts = dict.fromkeys(LABELS, 0)
    for entry in entries:
        counts[entry["verdict"]] += 1
    titles = {name: view.reports[name].title.model_dump() for name in sorted(view.reports)}
    return _rounded(
        {
            "format": FORMAT,
            "version": VERSION,
            "as_of": day.isoformat(),
            "method": method(),
            "seed": seed,
            "registry": registry.digest,
            "scoreboard": counts,
            "reports": titles,
            "sources": _cited(entries, view),
            "claims": entries,
        }
    )


def _cited(entries: list[dict[str, Any]], view: Registry) -> dict[str, dict[str, Any]]:
    """Return title and address of the sources that decided a claim."""
    outcomes = [entry["outcome"] for entry in entries if entry["outcome"]]
    cited = sorted({name for outcome in outcomes for name in str(outcome["source"]).split("; ")})
    return {
        name: {"title": view.sources[name].title, "address": view.sources[name].address}
        for name in cited
        if name in view.sources
    }


def _entry(claim: Claim, view: Registry, day: dt.date, seed: int) -> dict[str, Any]:
    """Return everything about one claim."""
    evidence = evidence_for(claim, view)
    experience = None
    if claim.form.type == "learning_rate" and claim.not_resolvable is None:
        experience = series_evidence(claim.form.experience, view)
    verdict = judge(claim, evidence, day, experience=experience)
    entry = _written(claim, evidence) | {
        "verdict": verdict.label,
        "final_on": verdict.final_on.isoformat() if verdict.final_on else None,
        "rule": verdict.rule,
        "reason": verdict.reason,
        "outcome": outcome_fields(verdict.outcome),
        "then": [],
        "claim_log_error": verdict.log_error,
        "now": None,
        "picture": None,
    }
    if evidence is not None and is_numeric(claim):
        entry |= _forecasts(claim, view, evidence, verdict, day, seed)
    return entry


def _written(claim: Claim, evidence: Evidence | None) -> dict[str, Any]:
    """Return what people wrote about the claim."""
    return {
        "id": claim.id,
        "report": claim.report,
        "made": claim.made.last.isoformat(),
        "target": str(claim.target) if claim.target else None,
        "title": claim.title.model_dump(),
        "series": claim.series,
        "divided_by": claim.divided_by,
        "unit": evidence.unit if evidence else None,
        "form": claim.form.model_dump(mode="json", by_alias=True),
        "hindsight": claim.hindsight,
        "place": claim.place,
        "resolution": claim.resolution,
        "note": claim.note,
    }


def _forecasts(
    claim: Claim, view: Registry, evidence: Evidence, verdict: Verdict, day: dt.date, seed: int
) -> dict[str, Any]:
    """Return that day's forecasts, today's, and what a picture of the claim shows."""
    made = claim.made.last
    evidence_then = evidence_for(claim, view.as_of(made))
    assert evidence_then is not None  # the claim has a series, or there was nothing to forecast
    then, asked_then = _then(claim, evidence_then, verdict, seed)
    now, outlook_now, asked_now = _now(claim, evidence, verdict, day, seed)
    asked = asked_now or asked_then
    picture = {
        "history": _history(evidence_then, asked_then, evidence, asked),
        "claim": _mark(claim, asked, outlook_now),
        "outcome": _outcome_mark(evidence, verdict, asked),
        "then": _band_then(then, asked_then, evidence_then, seed),
        "now": outlook_now.band(_end_of_picture(asked_now, day)) if outlook_now else None,
    }
    return {"then": then, "now": now if verdict.label == OPEN else None, "picture": picture}


def _history(
    evidence_then: Evidence, asked_then: Question | None, evidence: Evidence, asked: Question | None
) -> list[list[Any]]:
    """Return the points as they stand now and, where they were revised, as they stood then."""
    points = {
        (reading.period.position(evidence.kind), reading.value, reading.published.last.isoformat())
        for reading in (*points_of(evidence_then, asked_then), *points_of(evidence, asked))
    }
    return [list(point) for point in sorted(points)]


def _end_of_picture(question: Question, day: dt.date) -> float:
    return max(question.x, decimal_year(day, end=True) + PICTURE_YEARS)


def _then(
    claim: Claim, evidence: Evidence, verdict: Verdict, seed: int
) -> tuple[list[dict[str, Any]], Question | None]:
    """Return what could have been known on the day on which the claim was made."""
    names = [*BASELINES, *claim.curves[:1]]
    try:
        question = ask(claim, evidence, claim.made.last)
    except Unanswerable as why:
        count = len(points_of(evidence, None))
        return [{"name": n, "points": count, "why_not": str(why)} for n in names], None
    outcome = None
    if verdict.outcome is not None:
        outcome = (_outcome_position(evidence, verdict.outcome, question), verdict.outcome.value)
    entries = []
    for name in names:
        count = len(points_of(evidence, question))
        try:
            # what is open-ended may be met on the way, so that the way has to be forecast
            until = question.x if question.open_ended else None
            outlook = look_ahead(name, evidence, question, until=until, seed=seed)
        except Unanswerable as why:
            entries.append({"name": name, "points": count, "why_not": str(why)})
            continue
        entry = _then_entry(outlook, question)
        if outcome is not None and outcome[0] > outlook.forecast.origin:
            # by itself, so that the forecast above cannot depend on when the outcome came
            beside = look_ahead(name, evidence, question, also=(outcome[0],), seed=seed)
            entry |= _compared(beside, *outcome)
        entries.append(entry)
    return entries, question


def _band_then(
    entries: list[dict[str, Any]], question: Question | None, evidence: Evidence, seed: int
) -> dict[str, Any] | None:
    """Return the band of that day's forecast for the picture: of the curve, else of a walk."""
    names = [entry["name"] for entry in entries if "median" in entry]
    if question is None or not names:
        return None
    outlook = look_ahead(names[-1], evidence, question, until=question.x, seed=seed)
    return outlook.band(question.x)


def _outcome_position(evidence: Evidence, outcome: Reading, question: Question) -> float:
    """Return where the outcome stands; a record in force at the target stands at the target."""
    if evidence.record and not question.open_ended:
        return question.x
    return outcome.period.position(evidence.kind)


def _then_entry(outlook: Outlook, question: Question) -> dict[str, Any]:
    quantiles = outlook.quantiles(question.x)
    return {
        "name": outlook.name,
        "origin": outlook.readings[-1].end.isoformat(),
        "points": len(outlook.readings),
        "median": quantiles["0.5"],
        "quantiles": quantiles,
        "probability": outlook.probability(question),
        "log_error": None,
        "pit": None,
    }


def _compared(outlook: Outlook, x: float, value: float) -> dict[str, Any]:
    """Return how far the median was off, and where the outcome fell in the distribution."""
    return {
        "log_error": log_ratio(outlook.quantiles(x)["0.5"], value),
        "pit": outlook.rank(x, value),
    }


def _now(
    claim: Claim, evidence: Evidence, verdict: Verdict, day: dt.date, seed: int
) -> tuple[dict[str, Any], Outlook | None, Question | None]:
    """Return the forecast from what is known now: by the first curve, else by a random walk.

    The target of a claim that is decided lies behind, so its picture looks at the years to come.
    """
    try:
        asked = question = ask(claim, evidence, day)
    except Unanswerable as why:
        return {"why_not": str(why)}, None, None
    if verdict.label != OPEN:
        question = replace(asked, x=_end_of_picture(asked, day))
    until = max(question.x, decimal_year(day, end=True) + OPEN_YEARS)
    notes = []
    for name in (*claim.curves[:1], "drift"):
        try:
            outlook = look_ahead(name, evidence, question, until=until, seed=seed)
        except Unanswerable as why:
            notes.append(f"{name}: {why}")
            continue
        return _now_entry(outlook, question, "; ".join(notes)), outlook, asked
    return {"why_not": "; ".join(notes)}, None, asked


def _now_entry(outlook: Outlook, question: Question, note: str) -> dict[str, Any]:
    direction = None
    if math.isinf(question.high):
        direction = "above"
    elif math.isinf(question.low):
        direction = "below"
    elif question.level is not None:
        direction = "above" if outlook.readings[-1].value < question.level else "below"
    crossing = None
    if question.level is not None and math.isfinite(question.level):
        crossing = outlook.crossing(question.level, direction)
        if question.growth is not None and crossing["reached"] is not None:
            crossing = None  # the level of a rate may have been passed on the way there
    quantiles = outlook.quantiles(question.x)
    entry = {
        "curve": outlook.name,
        "origin": outlook.readings[-1].end.isoformat(),
        "points": len(outlook.readings),
        "x": question.x,
        "median": quantiles["0.5"],
        "quantiles": quantiles,
        "probability": outlook.probability(question),
        "crossing": crossing,
    }
    return entry | ({"note": f"{note}; drift is shown instead"} if note else {})


def _mark(claim: Claim, question: Question | None, outlook: Outlook | None) -> dict[str, Any]:
    """Return how the claim is drawn: its place, its level or levels, and of a rate its path.

    Where the start of a rate lies ahead, its path is drawn from the forecast median there.
    """
    mark: dict[str, Any] = {"type": claim.form.type}
    if question is None:
        return mark
    mark["t"] = question.x
    growth = question.growth
    if growth is not None and question.start is None and outlook is not None:
        question = question.from_level(outlook.quantiles(growth.x)["0.5"])
    if claim.form.type == "range":
        return mark | {"low": claim.form.low, "high": claim.form.high}
    mark["value"] = question.level
    if growth is not None and question.start is not None:
        mark |= {"x": [growth.x, question.x], "y": [question.start, question.level]}
    return mark


def _outcome_mark(
    evidence: Evidence, verdict: Verdict, question: Question | None
) -> dict[str, Any] | None:
    if verdict.outcome is None or question is None:
        return None
    t = _outcome_position(evidence, verdict.outcome, question)
    return {"t": t, "value": verdict.outcome.value}


def _rounded(value: Any) -> Any:
    """Return the value with floats rounded to ten digits; what is not finite becomes None."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
