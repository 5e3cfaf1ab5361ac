# SPDX-License-Identifier: GPL-3.0-or-later
"""From a claim and what is known about its quantity on a day to a verdict.

The rules of each form are in ``verdict_level``, ``verdict_rate``, ``verdict_event`` and
``verdict_learning``. All are pure functions. A claim is resolved by the first complete figure of
the publisher that it names, never by an estimate from within the period; later revisions are told
and change nothing.
"""

from __future__ import annotations

import datetime as dt

from .evidence import Evidence, evidence_for, series_evidence
from .period import last_day
from .registry import Registry
from .schema import Claim
from .verdict_common import LABELS, NOT_RESOLVABLE, Verdict
from .verdict_event import judge_event
from .verdict_learning import judge_learning_rate
from .verdict_level import judge_bound, judge_range, judge_value
from .verdict_rate import judge_rate

__all__ = ["LABELS", "Verdict", "judge", "verdict_of"]

_RULES = {
    "value": judge_value,
    "range": judge_range,
    "at_least": judge_bound,
    "at_most": judge_bound,
    "growth_rate": judge_rate,
    "doubling_time": judge_rate,
    "halving_time": judge_rate,
    "event": judge_event,
}


def judge(
    claim: Claim,
    evidence: Evidence | None,
    as_of: dt.date,
    *,
    experience: Evidence | None = None,
) -> Verdict:
    """Return the verdict on a claim.

    Parameters
    ----------
    claim : Claim
    evidence : Evidence or None
        What was known about its quantity on the day; None where it names no series.
    as_of : datetime.date
        The day.
    experience : Evidence, optional
        What was known about the experience that a learning rate refers to.

    Returns
    -------
    Verdict
    """
    if claim.not_resolvable is not None or evidence is None:
        rule = "Not judged: nothing that is published would decide it."
        return Verdict(NOT_RESOLVABLE, rule, claim.not_resolvable or "The claim names no series.")
    if claim.form.type == "learning_rate":
        if experience is None:
            raise ValueError(f"{claim.id}: a learning rate needs the evidence of its experience")
        return judge_learning_rate(claim, evidence, experience, as_of)
    return _RULES[claim.form.type](claim, evidence, as_of)


def verdict_of(claim: Claim | str, registry: Registry, as_of: str | dt.date) -> Verdict:
    """Return the verdict on a claim from what the registry shows to have been known on a day.

    Parameters
    ----------
    claim : Claim or str
        The claim, or its id.
    registry : Registry
    as_of : str or datetime.date
        The day; what was published later is not looked at.

    Examples
    --------
    >>> from curvecast import tracking
    >>> registry = tracking.load()
    >>> claim = registry.claims[0]
    >>> tracking.verdict_of(claim, registry, claim.made.last).label in tracking.LABELS
    True
    """
    day = last_day(as_of)
    view = registry.as_of(day)
    day = view.known_on or day
    if isinstance(claim, str):
        claim = registry.claim(claim)
    experience = None
    if claim.form.type == "learning_rate":
        experience = series_evidence(claim.form.experience, view)
    return judge(claim, evidence_for(claim, view), day, experience=experience)
