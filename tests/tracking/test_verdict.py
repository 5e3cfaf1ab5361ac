# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on events, quotients and learning rates, and what holds for all verdicts."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvecast.tracking.evidence import evidence_for
from curvecast.tracking.verdict import LABELS, judge, verdict_of

D = dt.date.fromisoformat
LATE = D("2030-12-31")


def annual(values, start=2020):
    """Return a row a year, each published in February of the next."""
    return [(str(year), v, f"{year + 1}-02-15") for year, v in enumerate(values, start)]


# --- events -------------------------------------------------------------------------------------

EVENT = {"kind": "event", "unit": "event", "period": "day"}


def judged(make_claim, make_evidence, rows, day, partial=None, target="2024-12-31"):
    claim = make_claim({"type": "event", "partial": partial}, target=target)
    return judge(claim, make_evidence(rows, as_of=day, **EVENT), D(day))


@pytest.mark.parametrize(
    ("happened", "label"),
    [
        ("2024-12-31", "accurate"),
        ("2024-12", "accurate"),
        ("2023-02-01", "accurate"),
        ("2025-01-01", "half right"),
        ("2025", "half right"),
        ("2025-12-31", "half right"),
        ("2026-01-01", "wrong"),
    ],
)
def test_an_event_is_judged_by_its_date(make_claim, make_evidence, happened, label):
    verdict = judged(make_claim, make_evidence, [(happened, 1, "2026-06-30")], "2030-12-31")
    assert (verdict.label, verdict.final_on) == (label, None)
    assert happened in verdict.reason


def test_that_something_did_not_happen_needs_a_source(make_claim, make_evidence):
    def on(day, rows=()):
        return judged(make_claim, make_evidence, rows, day)

    before = on("2024-06-30")
    assert (before.label, before.final_on) == ("open", D("2025-12-31"))
    assert on("2025-06-30").label == "open"
    silent = on("2030-01-01")
    assert (silent.label, silent.final_on) == ("open", None)
    assert "No source published by 2030-01-01 states" in silent.reason
    early = [("2024-10-01", 0, "2024-10-02")]
    assert on("2025-06-30", early).label == "open"  # said before the date
    assert "had not happened by 2024-10-01" in on("2025-06-30", early).reason
    denied = [("2025-03-01", 0, "2025-03-02")]
    wrong = on("2025-06-30", denied)
    assert (wrong.label, wrong.final_on) == ("wrong", D("2025-12-31"))
    assert on("2026-06-30", denied).final_on is None
    assert on("2025-12-30", [*denied, ("2025-11-01", 1, "2025-11-02")]).label == "half right"


def test_a_partial_criterion_makes_an_event_half_right(make_claim, make_evidence):
    rows = [("2024-05-01", 0.5, "2024-05-02"), ("2025-06-01", 0, "2025-06-02")]
    partial = "a prototype is shown"
    so_far = judged(make_claim, make_evidence, rows, "2024-06-30", partial)
    assert (so_far.label, so_far.final_on) == ("half right", D("2024-12-31"))
    verdict = judged(make_claim, make_evidence, rows, "2026-06-30", partial)
    assert (verdict.label, verdict.final_on) == ("half right", None)
    assert partial in verdict.rule
    assert judged(make_claim, make_evidence, rows, "2026-06-30").label == "wrong"  # none stated
    late = [("2025-05-01", 0.5, "2025-05-02"), ("2026-01-01", 0, "2026-01-02")]
    assert judged(make_claim, make_evidence, late, "2026-06-30", partial).label == "wrong"
    full = [*rows[:1], ("2024-11-01", 1, "2024-11-01")]
    assert judged(make_claim, make_evidence, full, "2026-06-30", partial).label == "accurate"


def test_an_event_that_was_announced_but_has_not_come_is_not_counted(make_claim, make_evidence):
    rows = [("2024-12-01", 1, "2024-10-01")]
    assert judged(make_claim, make_evidence, rows, "2024-10-02").label == "open"


def test_an_event_without_a_date_stays_open_until_it_happens(make_claim, make_evidence):
    rows = [("2026-06-01", 0, "2026-06-02"), ("2028-01-01", 1, "2028-01-02")]
    before = judged(make_claim, make_evidence, rows, "2027-01-01", target=None)
    assert (before.label, before.final_on) == ("open", None)
    assert judged(make_claim, make_evidence, rows, "2029-01-01", target=None).label == "accurate"


# --- quotients, learning rates, what does not resolve ---------------------------------------------


def test_the_quotient_of_two_series_needs_both_for_the_same_period(make_claim, make_registry):
    rows = {
        "a": ({"unit": "cars"}, [("2023-Q4", 526, "2024-01-01"), ("2024-Q1", 300, "2024-04-01")]),
        "b": ({"unit": "cars"}, [("2023-Q4", 484, "2024-01-02"), ("2023-Q4", 600, "2025-01-02")]),
    }
    registry = make_registry(rows)
    form = {"type": "at_least", "value": 1}
    claim = make_claim(form, series="a", divided_by="b", target="2023-Q4")
    evidence = evidence_for(claim, registry)
    assert evidence.unit == "times"
    assert [str(reading.period) for reading in evidence.first] == ["2023-Q4"]
    verdict = verdict_of(claim, registry, "2026-01-01")
    assert verdict.label == "accurate"
    assert verdict.outcome.value == pytest.approx(526 / 484)
    assert str(verdict.outcome.published) == "2024-01-02"  # the later of the two
    assert "later revised to 0.8767" in verdict.reason
    assert verdict_of(claim, registry, "2024-01-01").label == "open"


def learning(make_registry, make_claim, noise, rate=0.2, bound=None, n=8):
    wiggle = [0.5, -1, 0.8, -0.3, 1, -0.9, 0.4, -0.5]
    units = [("x", 2.0**i) for i in range(n)]
    experience = [(str(2015 + i), u, f"{2016 + i}-02") for i, (_, u) in enumerate(units)]
    cost = [
        (str(2015 + i), 100 * 0.8**i * math.exp(noise * wiggle[i % 8]), f"{2016 + i}-02")
        for i in range(n)
    ]
    registry = make_registry(
        {"cost": ({"kind": "cost"}, cost), "made": ({"kind": "stock"}, experience)}
    )
    form = {"type": "learning_rate", "rate": rate, "bound": bound, "experience": "made"}
    return verdict_of(make_claim(form, series="cost"), registry, "2026-01-01")


@pytest.mark.parametrize(
    ("rate", "bound", "label"),
    [
        (0.2, None, "accurate"),
        (0.215, None, "half right"),
        (0.3, None, "wrong"),
        (0.15, "at_least", "accurate"),
        (0.3, "at_least", "wrong"),
        (0.3, "at_most", "accurate"),
        (0.1, "at_most", "wrong"),
    ],
)
def test_a_learning_rate_is_judged_by_the_fitted_intervals(
    make_registry, make_claim, rate, bound, label
):
    verdict = learning(make_registry, make_claim, 0.08, rate, bound)
    assert verdict.label == label, verdict.reason
    assert verdict.outcome.value == pytest.approx(0.2, abs=0.03)
    assert "Fitted to 8 periods from 2015 to 2022" in verdict.reason


def test_a_learning_rate_is_open_while_its_interval_is_wide_or_periods_are_few(
    make_registry, make_claim
):
    wide = learning(make_registry, make_claim, 0.8, n=5)
    assert wide.label == "open"
    assert "interval" in wide.reason
    few = learning(make_registry, make_claim, 0.1, n=3)
    assert few.label == "open"
    assert "3 periods; 4 are needed" in few.reason


def test_what_cannot_be_resolved_says_why(make_claim, make_evidence):
    claim = make_claim({"type": "event"}, series=None, not_resolvable="It names no date.")
    verdict = judge(claim, None, LATE)
    assert (verdict.label, verdict.reason) == ("not resolvable", "It names no date.")
    named = make_claim({"type": "value", "value": 1}, target=2024, not_resolvable="Stopped.")
    assert judge(named, make_evidence(annual([1])), LATE).label == "not resolvable"


# --- properties ---------------------------------------------------------------------------------


@given(
    value=st.floats(0.1, 1000),
    outcome=st.floats(0.1, 1000),
    type_=st.sampled_from(["value", "at_least", "at_most"]),
    day=st.dates(dt.date(2024, 1, 1), dt.date(2027, 12, 31)),
)
@settings(max_examples=150, deadline=None)
def test_a_verdict_is_final_or_says_when(value, outcome, type_, day):
    from curvecast.tracking.evidence import Evidence, Reading
    from curvecast.tracking.period import parse_date, parse_period
    from curvecast.tracking.schema import Claim

    wording = {"en": "c", "zh": "c"}
    claim = Claim(
        id="c",
        title=wording,
        place="p",
        made="2020",
        form={"type": type_, "value": value},
        series="x",
        target=2024,
        resolution="r",
    )
    reading = Reading(parse_period("2024"), outcome, parse_date("2025-02-15"), "s", True)
    known = (reading,) if day >= D("2025-02-15") else ()
    verdict = judge(claim, Evidence("u", "flow", "year", "P", None, None, known, known), day)
    assert verdict.label in LABELS
    assert verdict.rule.endswith(".")
    assert verdict.reason.endswith(".")
    if verdict.final_on is not None:
        assert verdict.final_on > day
    if not known:
        assert verdict.label == "open"
    elif verdict.label in ("accurate", "half right"):
        assert verdict.final_on is None
