# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on growth rates, doubling and halving times, and trends without an end."""

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


def growth(rate, **more):
    return {"type": "growth_rate", "rate": rate, "from": 2020, "to": 2024} | more


@pytest.mark.parametrize(
    ("share", "label"),
    [
        (1, "accurate"),
        (1.25, "accurate"),
        (0.75, "accurate"),
        (1.26, "half right"),
        (0.74, "half right"),
        (1.5, "half right"),
        (0.5, "half right"),
        (1.51, "wrong"),
        (0.49, "wrong"),
        (0, "wrong"),
        (-1, "wrong"),
    ],
)
@pytest.mark.parametrize("rate", [0.3, -0.2])
def test_a_growth_rate_is_judged_in_logs(make_claim, make_evidence, share, label, rate):
    level = math.exp(math.log1p(rate) * share * 4)
    evidence = make_evidence([("2020", 1, "2021-02"), ("2024", level, "2025-02")])
    verdict = judge(make_claim(growth(rate)), evidence, LATE)
    assert verdict.label == label
    assert verdict.log_error == pytest.approx(4 * math.log1p(rate) * (1 - share), abs=1e-9)


def test_the_wrong_sign_is_wrong_whatever_the_tolerance(make_claim, make_evidence):
    evidence = make_evidence([("2020", 1, "2021-02"), ("2024", 0.999, "2025-02")])
    claim = make_claim(growth(0.01), rule={"half": 0.99, "accurate": 0.99})
    assert judge(claim, evidence, LATE).label == "wrong"


@pytest.mark.parametrize(
    ("bound", "rate", "label"),
    [
        ("at_least", 0.30, "accurate"),
        ("at_least", 0.31, "wrong"),
        ("at_most", 0.30, "accurate"),
        ("at_most", 0.29, "wrong"),
        ("at_most", -0.1, "wrong"),
    ],
)
def test_a_bound_on_a_rate_is_met_or_not(make_claim, make_evidence, bound, rate, label):
    evidence = make_evidence([("2020", 1, "2021-02"), ("2024", 1.3**4, "2025-02")])
    assert judge(make_claim(growth(rate, bound=bound)), evidence, LATE).label == label


@pytest.mark.parametrize(
    ("type_", "years", "bound", "level", "label"),
    [
        ("doubling_time", 1, None, 16, "accurate"),
        ("doubling_time", 1, None, 4, "half right"),
        ("doubling_time", 1, None, 1 / 16, "wrong"),
        ("halving_time", 1, None, 1 / 16, "accurate"),
        ("halving_time", 1, None, 16, "wrong"),
        ("halving_time", 2, None, 1 / 4, "accurate"),
        ("doubling_time", 2, "at_most", 16, "accurate"),  # at least as fast
        ("doubling_time", 2, "at_most", 2, "wrong"),
        ("doubling_time", 2, "at_least", 2, "accurate"),  # at least as slow
        ("doubling_time", 2, "at_least", 16, "wrong"),
        ("doubling_time", 2, "at_least", 0.5, "accurate"),  # it does not double at all
        ("halving_time", 2, "at_most", 1 / 16, "accurate"),
        ("halving_time", 2, "at_most", 1 / 2, "wrong"),
        ("halving_time", 2, "at_least", 1 / 2, "accurate"),
    ],
)
def test_doubling_and_halving_times(make_claim, make_evidence, type_, years, bound, level, label):
    form = {"type": type_, "years": years, "from": 2020, "to": 2024, "bound": bound}
    evidence = make_evidence([("2020", 1, "2021-02"), ("2024", level, "2025-02")])
    assert judge(make_claim(form), evidence, LATE).label == label


def test_a_rate_waits_for_its_end_and_says_how_it_goes(make_claim, make_evidence):
    rows = annual([100, 130, 169])
    verdict = judge(make_claim(growth(0.3)), make_evidence(rows), D("2023-06-30"))
    assert (verdict.label, verdict.final_on) == ("open", D("2024-12-31"))
    assert "So far" in verdict.reason
    assert "30 % a year" in verdict.reason
    nothing = judge(make_claim(growth(0.3)), make_evidence([]), D("2023-06-30"))
    assert nothing.label == "open"
    assert "No complete figure for 2020" in nothing.reason


def test_a_rate_of_what_is_not_positive_stays_open(make_claim, make_evidence):
    evidence = make_evidence([("2020", -1, "2021-02"), ("2024", 2, "2025-02")])
    verdict = judge(make_claim(growth(0.3)), evidence, LATE)
    assert verdict.label == "open"
    assert "positive" in verdict.reason


def test_a_trend_without_an_end_is_judged_on_the_three_years_after_it_was_made(
    make_claim, make_evidence
):
    claim = make_claim({"type": "doubling_time", "years": 1}, made="2020-10-31")
    rows = annual([1, 4, 16, 32, 64, 128, 256], start=2017)  # slower after 2019

    def on(day):
        return judge(claim, make_evidence(rows, as_of=day), D(day))

    assert (on("2022-06-30").label, on("2022-06-30").final_on) == ("open", D("2023-10-31"))
    assert "So far, from 16 units for 2019" in on("2022-06-30").reason
    verdict = on("2024-06-30")  # 2019 to 2022: from the last year that had ended, three years on
    assert verdict.label == "accurate"
    assert str(verdict.outcome.period) == "2022"
    assert "2020-10-31 to 2023-10-31" in verdict.rule


def test_a_record_counts_from_what_was_in_force_at_each_end(make_claim, make_evidence):
    rows = [
        ("2018-03-01", 10, "2018-03-01"),
        ("2022-06-01", 80, "2022-06-01"),
        ("2024-05-01", 640, "2024-05-01"),
    ]
    record = {"kind": "count", "monotone": "up", "period": "day"}
    claim = make_claim({"type": "doubling_time", "years": 1}, made="2020-12-31")
    verdict = judge(claim, make_evidence(rows, **record), LATE)
    assert verdict.label == "accurate"  # from 10 to 80 in three years
    assert verdict.outcome.value == 80
    stale = judge(claim, make_evidence(rows[:1], **record), LATE)
    assert stale.label == "open"  # nothing new is not the same as no progress


def test_a_stock_without_a_figure_at_the_end_waits_for_a_later_one(make_claim, make_evidence):
    rows = [("2020", 100, "2021-02"), ("2024-09", 280, "2024-11"), ("2025-03", 320, "2025-05")]
    claim = make_claim(growth(0.3))
    waiting = make_evidence(rows, kind="stock", as_of="2025-02-01")
    assert judge(claim, waiting, D("2025-02-01")).label == "open"
    verdict = judge(claim, make_evidence(rows, kind="stock"), LATE)
    assert str(verdict.outcome.period) == "2024-09"
    assert verdict.label == "accurate"  # 31 % a year over 3.75 years
