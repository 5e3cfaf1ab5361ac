# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on a value, a range and a bound: on every side of their limits, before and after."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from curvecast.tracking.verdict import judge

D = dt.date.fromisoformat
LATE = D("2030-12-31")


def annual(values, start=2020):
    """Return a row a year, each published in February of the next."""
    return [(str(year), v, f"{year + 1}-02-15") for year, v in enumerate(values, start)]


# --- a value ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        (100, "accurate"),
        (110, "accurate"),
        (100 / 1.1, "accurate"),
        (110.2, "half right"),
        (90.8, "half right"),
        (125, "half right"),
        (80, "half right"),
        (125.2, "wrong"),
        (79.8, "wrong"),
        (-100, "wrong"),
        (0, "wrong"),
    ],
)
def test_a_value_is_judged_as_a_ratio(make_claim, make_evidence, outcome, label):
    claim = make_claim({"type": "value", "value": 100}, target=2024)
    verdict = judge(claim, make_evidence([("2024", outcome, "2025-03-01")]), LATE)
    assert verdict.label == label
    assert verdict.outcome.value == outcome
    assert verdict.final_on is None
    if outcome > 0:
        assert verdict.log_error == pytest.approx(math.log(100 / outcome))
    else:
        assert verdict.log_error is None


def test_the_tolerances_of_a_claim_can_be_changed_and_are_printed(make_claim, make_evidence):
    evidence = make_evidence([("2024", 130, "2025-03-01")])
    form = {"type": "value", "value": 100}
    assert judge(make_claim(form, target=2024), evidence, LATE).label == "wrong"
    claim = make_claim(form, target=2024, rule={"accurate": 0.2, "half": 0.4})
    verdict = judge(claim, evidence, LATE)
    assert verdict.label == "half right"
    assert "20 %" in verdict.rule
    assert "40 %" in verdict.rule


def test_an_estimate_from_within_the_period_never_resolves(make_claim, make_evidence):
    claim = make_claim({"type": "value", "value": 100}, target=2024)
    evidence = make_evidence([("2024", 100, "2024-12-30"), ("2023", 80, "2024-02")])
    verdict = judge(claim, evidence, LATE)
    assert verdict.label == "open"
    assert verdict.outcome is None
    assert "estimate of 100 units" in verdict.reason


def test_the_last_day_of_the_period_is_not_within_it(make_claim, make_evidence):
    claim = make_claim({"type": "value", "value": 100}, target=2024)
    assert judge(claim, make_evidence([("2024", 100, "2024-12-31")]), LATE).label == "accurate"


def test_the_first_complete_figure_resolves_and_a_revision_is_told(make_claim, make_evidence):
    claim = make_claim({"type": "value", "value": 100}, target=2024)
    rows = [
        ("2024", 70, "2024-11-01"),
        ("2024", 100, "2025-02-01"),
        ("2024", 150, "2026-02-01"),
        ("2024", 160, "2027-02-01"),
    ]
    verdict = judge(claim, make_evidence(rows), LATE)
    assert (verdict.label, verdict.outcome.value) == ("accurate", 100)
    assert "later revised to 160 units" in verdict.reason
    known = make_evidence(rows, as_of="2026-12-31")
    assert "later revised to 150 units" in judge(claim, known, D("2026-12-31")).reason


def test_an_open_value_is_final_on_no_day_once_its_target_has_passed(make_claim, make_evidence):
    claim = make_claim({"type": "value", "value": 100}, target=2024)
    evidence = make_evidence(annual([1, 2]))
    ahead = judge(claim, evidence, D("2024-05-01"))
    assert (ahead.label, ahead.final_on) == ("open", D("2024-12-31"))
    assert "2024 has not ended" in ahead.reason
    past = judge(claim, evidence, D("2025-01-05"))
    assert (past.label, past.final_on) == ("open", None)
    assert "No complete figure for 2024" in past.reason


def test_a_stock_at_the_end_of_the_year_is_the_stock_of_the_year(make_claim, make_evidence):
    claim = make_claim({"type": "value", "value": 100}, target="2024-12-31")
    rows = [("2024", 100, "2025-03-01")]
    assert judge(claim, make_evidence(rows, kind="stock"), LATE).label == "accurate"
    assert judge(claim, make_evidence(rows, kind="flow"), LATE).label == "open"


# --- a range ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        (7, "accurate"),
        (10, "accurate"),
        (8.3, "accurate"),
        (6.3, "half right"),
        (11, "half right"),
        (6.29, "wrong"),
        (11.01, "wrong"),
    ],
)
def test_a_range(make_claim, make_evidence, outcome, label):
    claim = make_claim({"type": "range", "low": 7, "high": 10}, target=2024)
    verdict = judge(claim, make_evidence([("2024", outcome, "2025-03")]), LATE)
    assert verdict.label == label
    assert verdict.log_error == pytest.approx(math.log(math.sqrt(70) / outcome))


# --- bounds on a level ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "outcome", "label"),
    [
        ("at_least", 50, "accurate"),
        ("at_least", 45, "half right"),
        ("at_least", 44.9, "wrong"),
        ("at_most", 50, "accurate"),
        ("at_most", 55, "half right"),
        ("at_most", 55.1, "wrong"),
        ("at_most", -3, "accurate"),
    ],
)
def test_a_bound_is_met_or_missed_by_a_share_of_it(
    make_claim, make_evidence, type_, outcome, label
):
    claim = make_claim({"type": type_, "value": 50}, target=2024)
    verdict = judge(claim, make_evidence([("2024", outcome, "2025-03")]), LATE)
    assert verdict.label == label
    assert verdict.log_error is None


@pytest.mark.parametrize(("outcome", "label"), [(-1, "accurate"), (0, "accurate"), (0.1, "wrong")])
def test_a_bound_of_zero_is_met_or_missed(make_claim, make_evidence, outcome, label):
    claim = make_claim({"type": "at_most", "value": 0}, target=2024)
    assert judge(claim, make_evidence([("2024", outcome, "2025-03")]), LATE).label == label


def test_a_missed_bound_is_wrong_until_it_is_met_at_most_twelve_months_late(
    make_claim, make_evidence
):
    claim = make_claim({"type": "at_least", "value": 50}, target=2024)
    rows = [("2024", 30, "2025-02-15"), ("2025", 60, "2026-02-15")]
    missed = judge(claim, make_evidence(rows, as_of="2025-06-30"), D("2025-06-30"))
    assert (missed.label, missed.final_on) == ("wrong", D("2025-12-31"))
    assert "by 40 %" in missed.reason
    late = judge(claim, make_evidence(rows), D("2026-06-30"))
    assert (late.label, late.final_on) == ("half right", None)
    assert late.outcome.value == 30  # the figure for the target itself
    never = judge(claim, make_evidence([*rows[:1], ("2025", 49, "2026-02-15")]), D("2026-06-30"))
    assert (never.label, never.final_on) == ("wrong", None)
    too_late = [*rows[:1], ("2025", 40, "2026-02-15"), ("2026", 70, "2027-02-15")]
    assert judge(claim, make_evidence(too_late), LATE).label == "wrong"


def test_how_late_a_bound_may_be_can_be_changed(make_claim, make_evidence):
    rows = [("2024", 30, "2025-02-15"), ("2025", 40, "2026-02-15"), ("2026", 70, "2027-02-15")]
    form = {"type": "at_least", "value": 50}
    claim = make_claim(form, target=2024, rule={"late_months": 24})
    verdict = judge(claim, make_evidence(rows), LATE)
    assert verdict.label == "half right"
    assert "24 months late" in verdict.rule


def test_quarters_do_not_stand_for_years_of_a_flow_but_do_for_a_share(make_claim, make_evidence):
    rows = [("2024", 30, "2025-02-15"), ("2025-Q2", 60, "2025-08-15")]
    claim = make_claim({"type": "at_least", "value": 50}, target=2024)
    assert judge(claim, make_evidence(rows, kind="flow"), LATE).label == "wrong"
    assert judge(claim, make_evidence(rows, kind="share"), LATE).label == "half right"


def test_a_flow_of_an_earlier_year_settles_nothing(make_claim, make_evidence):
    claim = make_claim({"type": "at_least", "value": 50}, target=2024)
    assert judge(claim, make_evidence([("2023", 60, "2024-02")]), D("2024-06-30")).label == "open"


APOLLO = [
    ("2023-09-30", 4.1, "2023-11-21"),
    ("2024-10-28", 8, "2024-11-21"),
    ("2025-05-21", 11, "2025-05-21"),
    ("2026-02", 20, "2026-03-01"),
]


def test_what_only_grows_settles_a_bound_early(make_claim, make_evidence):
    claim = make_claim({"type": "at_least", "value": 7}, target="2024-12-31")
    evidence = make_evidence(APOLLO, kind="stock", monotone="up", as_of="2024-11-21")
    verdict = judge(claim, evidence, D("2024-11-21"))
    assert (verdict.label, verdict.final_on, verdict.outcome.value) == ("accurate", None, 8)


def test_what_only_grows_and_is_met_late_is_half_right(make_claim, make_evidence):
    claim = make_claim({"type": "at_least", "value": 10}, target="2024-12-31")

    def on(day):
        evidence = make_evidence(APOLLO, kind="stock", monotone="up", as_of=day)
        return judge(claim, evidence, D(day))

    assert (on("2024-12-30").label, on("2024-12-30").final_on) == ("open", D("2025-12-31"))
    assert (on("2025-02-01").label, on("2025-02-01").final_on) == ("open", D("2025-12-31"))
    late = on("2025-06-30")
    assert (late.label, late.outcome.value) == ("half right", 11)
    assert "20 %" in late.reason
    near = make_claim({"type": "at_least", "value": 8.5}, target="2024-12-31")
    evidence = make_evidence(APOLLO, kind="stock", monotone="up", as_of="2025-01-31")
    assert judge(near, evidence, D("2025-01-31")).label == "half right"  # at most 10 % short
    far = make_claim({"type": "at_least", "value": 15}, target="2024-12-31")
    wrong = judge(far, make_evidence(APOLLO, kind="stock", monotone="up"), LATE)
    assert (wrong.label, wrong.final_on) == ("wrong", None)


def test_a_ceiling_on_what_only_grows_is_not_met_early_and_is_lost_for_good(
    make_claim, make_evidence
):
    def on(value, day):
        claim = make_claim({"type": "at_most", "value": value}, target="2024-12-31")
        evidence = make_evidence(APOLLO, kind="stock", monotone="up", as_of=day)
        return judge(claim, evidence, D(day)).label

    assert on(9, "2024-11-30") == "open"
    assert on(6, "2024-11-30") == "wrong"
    assert on(12, "2025-06-30") == "accurate"  # still below it after the target


def test_a_stock_that_can_turn_settles_early_only_when_it_had_not_met_the_bound(
    make_claim, make_evidence
):
    rows = [("2019", 80, "2020-01-10"), ("2021", 120, "2022-01-10"), ("2024", 90, "2025-01-10")]
    evidence = make_evidence(rows, kind="stock", as_of="2022-06-30")
    reach = make_claim({"type": "at_least", "value": 100}, target=2024)
    assert judge(reach, evidence, D("2022-06-30")).label == "accurate"
    stay = make_claim({"type": "at_most", "value": 200}, target=2024)
    assert judge(stay, evidence, D("2022-06-30")).label == "open"
    assert judge(stay, make_evidence(rows, kind="stock"), LATE).label == "accurate"


def test_a_bound_without_a_date_is_open_until_it_is_met(make_claim, make_evidence):
    claim = make_claim({"type": "at_most", "value": 20_000})
    rows = [("2023", 30_000, "2024-02"), ("2026", 19_000, "2027-02")]
    early = judge(claim, make_evidence(rows, as_of="2024-12-31", kind="cost"), D("2024-12-31"))
    assert (early.label, early.final_on) == ("open", None)
    assert "50 %" in early.reason
    assert judge(claim, make_evidence(rows, kind="cost"), LATE).label == "accurate"
    nothing = judge(claim, make_evidence([], kind="cost"), LATE)
    assert nothing.label == "open"
    assert "No complete figure" in nothing.reason


def test_a_record_in_force_resolves_a_value(make_claim, make_evidence):
    rows = [("2022-09-20", 2000, "2022-09-20"), ("2025-01-06", 4000, "2025-01-06")]
    record = {"kind": "count", "monotone": "up", "period": "day"}
    claim = make_claim({"type": "value", "value": 1900}, target=2024)
    verdict = judge(claim, make_evidence(rows, **record), LATE)
    assert (verdict.label, verdict.outcome.value) == ("accurate", 2000)
    early = make_evidence(rows, as_of="2024-06-30", **record)
    assert judge(claim, early, D("2024-06-30")).label == "open"
