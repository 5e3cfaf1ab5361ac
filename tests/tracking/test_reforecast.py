# SPDX-License-Identifier: GPL-3.0-or-later
"""Forecasts of open claims, from which points and on which scale, and what a picture shows."""

from __future__ import annotations

import datetime as dt

import pytest

from curvecast.tracking import rescore
from curvecast.tracking.evidence import series_evidence
from curvecast.tracking.question import Unanswerable, ask
from curvecast.tracking.reforecast import look_ahead, points_of

NOW = "2026-06-30"


def entry(result, name):
    return next(each for each in result["claims"] if each["id"] == name)


def one(
    make_registry, make_claim, form, rows, *, as_of=NOW, made="2023-05-31", more=None, **fields
):
    """Return the entry of one claim about one series."""
    claim = make_claim(form, made=made, **(more or {}))
    registry = make_registry({"x": (fields, rows)}, [claim], made=made)
    return rescore(registry, as_of=as_of)["claims"][0]


def annual(values, start=2015):
    return [(str(year), v, f"{year + 1}-02-15") for year, v in enumerate(values, start)]


GROWING = annual([10, 13, 16, 22, 27, 36, 45, 61, 78, 99, 131])  # 2015 to 2025

# --- open claims ----------------------------------------------------------------------------------


def test_an_open_claim_is_forecast_by_its_first_curve(make_registry, make_claim):
    form = {"type": "at_least", "value": 400}
    more = {"target": 2030, "curves": ["exponential"]}
    now = one(make_registry, make_claim, form, GROWING, more=more)["now"]
    assert (now["curve"], now["points"], now["origin"]) == ("exponential", 11, "2025-12-31")
    assert 0.5 < now["probability"] < 1
    assert list(now["quantiles"]) == ["0.05", "0.25", "0.5", "0.75", "0.95"]
    assert list(now["quantiles"].values()) == sorted(now["quantiles"].values())
    crossing = now["crossing"]
    assert (crossing["level"], crossing["direction"]) == (400, "above")
    assert 2028 < crossing["median"] < 2031
    assert 0 <= crossing["never"] < 0.05
    assert crossing["quantiles"]["0.05"] <= crossing["median"] <= crossing["quantiles"]["0.95"]
    assert "note" not in now


def test_without_a_curve_or_points_for_it_a_walk_stands_in_and_says_so(registry, folder):
    result = rescore(registry, as_of=NOW)
    drift = entry(result, "rides_100")["now"]
    assert drift["curve"] == "drift"
    assert "note" not in drift  # no curve is named
    folder.report["claims"][1]["curves"] = ["logistic"]
    folder.rows["rides"] = "\n".join(folder.rows["rides"].splitlines()[1:]) + "\n"
    folder.rows["rides"] = folder.rows["rides"].replace(
        "2021,2.1", "2019,0.6,2020-02,lag,maker-posts,low,\n2021,2.1"
    )
    folder.report["claims"][1]["curves"] = ["wright"]
    fallen = entry(rescore(folder.write(), as_of=NOW), "rides_100")["now"]
    assert fallen["curve"] == "drift"
    assert fallen["note"].startswith("wright: wright is a function of")
    assert fallen["note"].endswith("drift is shown instead")


def test_with_too_few_points_there_is_no_forecast(folder):
    folder.rows["rides"] = "2022,4.2,2023-02-09,stated,maker-posts,high,\n"
    found = entry(rescore(folder.write(), as_of=NOW), "rides_100")
    assert found["now"] == {"why_not": "drift: too few points: 1, needs 4"}
    assert found["picture"]["now"] is None
    assert found["picture"]["then"] is None


def test_a_claim_without_a_date_comes_true_if_it_ever_does_in_ten_years(make_registry, make_claim):
    form = {"type": "at_least", "value": 1e9}
    far = one(make_registry, make_claim, form, GROWING, more={"curves": ["exponential"]})["now"]
    assert far["probability"] == 0
    assert far["crossing"]["median"] is None
    assert far["crossing"]["never"] == 1
    assert far["x"] == pytest.approx(2036.5, abs=0.01)
    near = one(make_registry, make_claim, {"type": "at_least", "value": 300}, GROWING)["now"]
    assert near["probability"] == pytest.approx(1 - near["crossing"]["never"])
    assert near["probability"] > 0.9


def test_what_cannot_turn_is_not_forecast_to_turn(make_registry, make_claim):
    rows = annual([100, 180, 190, 300, 310, 420, 425, 600])
    form = {"type": "at_least", "value": 500}
    fields = {"kind": "stock", "monotone": "up"}
    more = {"target": 2030}
    registry_rows = [*rows, ("2023", 610, "2024-02-15")]
    claim = make_claim(form, made="2024-06-30", **more)
    registry = make_registry({"x": (fields, registry_rows)}, [claim], made="2024-06-30")
    view = series_evidence("x", registry.as_of("2024-06-30"))
    question = ask(claim, view, dt.date(2024, 6, 30))
    outlook = look_ahead("last_value", view, question)
    assert outlook.quantiles(question.x)["0.05"] == 610
    assert outlook.probability(question) == 1  # it has been met
    below = ask(make_claim({"type": "at_most", "value": 600}, **more), view, dt.date(2024, 6, 30))
    assert outlook.probability(below) == 0


def test_a_share_is_not_forecast_beyond_its_upper_end(make_registry, make_claim):
    rows = annual([20, 35, 41, 50, 58, 72, 78, 88])
    fields = {"kind": "share", "unit": "% of firms", "upper": 100}
    for curves in ([], ["logistic"]):
        claim = {"target": 2030, "curves": curves}
        form = {"type": "value", "value": 70}
        now = one(make_registry, make_claim, form, rows, more=claim, **fields)["now"]
        assert max(now["quantiles"].values()) < 100


def test_points_are_one_for_each_place_and_of_comparable_length(make_registry, make_claim):
    rows = [
        ("2021", 40, "2022-02"),
        ("2022", 44, "2023-02"),
        ("2022", 45, "2024-02"),
        ("2022-Q4", 12, "2023-02"),
        ("2023-Q1", 9, "2023-05"),
    ]
    registry = make_registry({"x": ({}, rows), "s": ({"kind": "stock"}, rows)})
    day = dt.date(2024, 6, 30)
    claim = make_claim({"type": "value", "value": 50}, target=2025)
    flow = series_evidence("x", registry)
    assert [r.value for r in points_of(flow, ask(claim, flow, day))] == [40, 45]
    stock = series_evidence("s", registry)
    assert [r.value for r in points_of(stock, ask(claim, stock, day))] == [40, 45, 9]


def test_a_rate_whose_start_cannot_be_known_has_no_forecast(make_registry, make_claim):
    claim = make_claim({"type": "doubling_time", "years": 1}, made="2014-01-01")
    evidence = series_evidence("x", make_registry({"x": ({}, GROWING)}))
    with pytest.raises(Unanswerable, match="no level at 2014-01-01"):
        ask(claim, evidence, dt.date(2014, 1, 1))


# --- the picture ----------------------------------------------------------------------------------


def test_the_picture_holds_data_claim_and_both_forecasts(make_registry, make_claim):
    form = {"type": "value", "value": 500}
    more = {"target": 2030, "curves": ["exponential"]}
    picture = one(make_registry, make_claim, form, GROWING, more=more)["picture"]
    assert picture["history"][0] == [2015.5, 10.0, "2016-02-15"]
    assert len(picture["history"]) == 11
    assert picture["claim"] == {"type": "value", "t": 2030.5, "value": 500.0}
    assert picture["outcome"] is None
    for stage, first in (("then", 2023.5), ("now", 2026.5)):
        band = picture[stage]
        assert band["name"] == "exponential"
        assert band["level"] == 0.9
        assert (band["x"][0], band["x"][-1]) == (first, 2030.5)
        assert len(band["x"]) <= 21
        assert all(
            low <= median <= high
            for low, median, high in zip(band["low"], band["median"], band["high"], strict=True)
        )


def test_a_decided_claim_is_pictured_with_what_comes_next(registry):
    picture = entry(rescore(registry, as_of=NOW), "rides_12")["picture"]
    assert picture["outcome"] == {"t": 2024.5, "value": 13.0}
    assert picture["then"]["name"] == "last_value"  # all that three points allow
    assert picture["now"]["x"][-1] > 2026.5


def test_a_claimed_rate_is_pictured_as_a_path(registry):
    claim = entry(rescore(registry, as_of=NOW), "price_growth")["picture"]["claim"]
    assert claim["x"] == [2022.5, 2024.5]
    assert claim["y"] == pytest.approx([63, 63 * 0.8**2])


def test_the_registry_of_the_package_is_rescored_as_it_was_known():
    result = rescore(as_of="2023-12-31")
    assert result["as_of"] == "2023-12-31"
    for claim in result["claims"]:
        assert claim["made"] <= "2023-12-31"
        for point in (claim["picture"] or {}).get("history", []):
            assert point[2] <= "2023-12-31"
        for each in claim["then"]:
            assert each.get("origin", "") <= claim["made"]
