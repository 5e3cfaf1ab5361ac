# SPDX-License-Identifier: GPL-3.0-or-later
"""Rescoring: the public format, what could have been known, the same bytes."""

from __future__ import annotations

import datetime as dt
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import curvecast as cc
from curvecast.tracking import PeriodError, RegistryError, load, method, rescore

NOW = "2026-06-30"


def entry(result, name):
    return next(each for each in result["claims"] if each["id"] == name)


def then(result, name, model):
    return next(each for each in entry(result, name)["then"] if each["name"] == model)


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

# --- the format -----------------------------------------------------------------------------------


def test_the_result_is_the_public_format(registry):
    result = rescore(registry, as_of=NOW)
    assert list(result)[:8] == [
        "format",
        "version",
        "as_of",
        "method",
        "seed",
        "registry",
        "scoreboard",
        "reports",
    ]
    assert (result["format"], result["version"]) == ("curvecast.rescore", 1)
    assert (result["as_of"], result["method"], result["seed"]) == (NOW, method(), 0)
    assert result["registry"] == registry.digest
    assert result["reports"] == {"a": {"en": "Outlook", "zh": "展望"}}
    assert [claim["id"] for claim in result["claims"]] == [claim.id for claim in registry.claims]
    assert sum(result["scoreboard"].values()) == len(result["claims"])
    assert result["scoreboard"] == {
        "accurate": 3,
        "half right": 1,
        "wrong": 0,
        "open": 2,
        "not resolvable": 1,
    }
    claim = entry(result, "rides_12")
    assert claim["title"] == {"en": "Claim rides_12.", "zh": "论断rides_12。"}
    assert (claim["report"], claim["made"], claim["target"]) == ("a", "2023-05-31", "2024")
    assert (claim["series"], claim["unit"]) == ("rides", "million rides")
    assert claim["form"] == {"type": "value", "value": 12.0}
    assert (claim["verdict"], claim["final_on"], claim["now"]) == ("accurate", None, None)
    assert claim["outcome"] == {
        "value": 13.0,
        "period": "2024",
        "source": "maker-posts",
        "published": "2025-02-12",
    }
    assert claim["claim_log_error"] == pytest.approx(math.log(12 / 13))
    assert "later revised to 12.5" in claim["reason"]
    json.dumps(result, allow_nan=False)


def test_the_form_of_a_rate_is_written_as_in_the_registry(registry):
    form = entry(rescore(registry, as_of=NOW), "price_growth")["form"]
    assert form["from"] == "2022"
    assert "start" not in form


def test_the_same_inputs_give_the_same_bytes(folder):
    path = folder.write()
    texts = {json.dumps(rescore(path, as_of=NOW), sort_keys=False) for _ in range(2)}
    texts.add(json.dumps(rescore(load(path), as_of=dt.date(2026, 6, 30))))
    assert len(texts) == 1


def test_floats_are_rounded_to_ten_digits(registry):
    def floats(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            return [each for part in value for each in floats(part)]
        return [value] if isinstance(value, float) else []

    found = floats(rescore(registry, as_of=NOW))
    assert len(found) > 50
    assert all(value == float(f"{value:.10g}") for value in found)


def test_progress_is_told_claim_by_claim(registry):
    told = []
    rescore(registry, as_of="2024-01-01", progress=lambda *step: told.append(step))
    assert told[0] == (1, 6, "rides_12")
    assert [done for done, _, _ in told] == list(range(1, 7))


def test_bad_input_is_refused(tmp_path, registry):
    with pytest.raises(PeriodError, match="no date"):
        rescore(registry, as_of="2026-02-30")
    with pytest.raises(RegistryError, match="no such folder"):
        rescore(tmp_path / "absent", as_of=NOW)


# --- what could have been known -------------------------------------------------------------------


def test_claims_made_later_are_left_out(registry):
    ids = [claim["id"] for claim in rescore(registry, as_of="2025-01-01")["claims"]]
    assert "later" not in ids
    assert rescore(registry, as_of="2023-05-30")["claims"] == []


def test_then_uses_only_what_was_public_when_the_claim_was_made(registry):
    result = rescore(registry, as_of=NOW)
    last = then(result, "rides_12", "last_value")
    assert (last["points"], last["origin"]) == (3, "2022-12-31")
    assert last["median"] == pytest.approx(4.2)
    assert last["log_error"] == pytest.approx(math.log(4.2 / 13))
    assert 0.5 < last["pit"] < 1
    drift = then(result, "rides_12", "drift")
    assert drift == {"name": "drift", "points": 3, "why_not": "too few points: 3, needs 4"}
    assert then(result, "rides_12", "exponential")["why_not"] == "too few points: 3, needs 4"


def test_then_is_what_the_library_forecasts(make_registry, make_claim):
    form = {"type": "value", "value": 120}
    more = {"target": 2025, "curves": ["exponential", "logistic"]}
    found = one(make_registry, make_claim, form, GROWING, more=more)
    t = [year + 0.5 for year in range(2015, 2023)]
    y = [value for _, value, _ in GROWING[:8]]
    names = {"last_value": "last_value", "drift": "random_walk", "exponential": "exponential"}
    assert [each["name"] for each in found["then"]] == list(names)  # the first curve alone
    for each in found["then"]:
        fc = cc.forecast(names[each["name"]], t, y, x_future=[2025.5])
        assert each["points"] == 8
        assert each["origin"] == "2022-12-31"
        assert each["median"] == pytest.approx(fc.median[0], rel=1e-9)
        levels = [0.05, 0.25, 0.5, 0.75, 0.95]
        quantiles = [each["quantiles"][f"{level:g}"] for level in levels]
        assert quantiles == pytest.approx(fc.quantile(levels)[:, 0].tolist(), rel=1e-9)
        within = fc.cdf(120 * 1.1)[0] - fc.cdf(120 / 1.1)[0]
        assert each["probability"] == pytest.approx(within, abs=1e-9)
        assert each["log_error"] == pytest.approx(math.log(fc.median[0] / 131), rel=1e-6)
        assert each["pit"] == pytest.approx(fc.cdf(131)[0], abs=1e-9)


@pytest.mark.parametrize(
    ("form", "bounds"),
    [
        ({"type": "at_least", "value": 90}, (90, math.inf)),
        ({"type": "at_most", "value": 90}, (-math.inf, 90)),
        ({"type": "range", "low": 80, "high": 100}, (80, 100)),
        ({"type": "growth_rate", "rate": 0.25, "from": 2022, "to": 2025}, "quarter"),
        (
            {"type": "growth_rate", "rate": 0.25, "bound": "at_least", "from": 2022, "to": 2025},
            "up",
        ),
        ({"type": "doubling_time", "years": 3, "bound": "at_most", "from": 2022, "to": 2025}, "2x"),
    ],
)
def test_the_probability_of_each_form(make_registry, make_claim, form, bounds):
    named = {
        "quarter": (61 * 1.25 ** (3 * 0.75), 61 * 1.25 ** (3 * 1.25)),
        "up": (61 * 1.25**3, math.inf),
        "2x": (122, math.inf),
    }
    low, high = named[bounds] if isinstance(bounds, str) else bounds
    found = one(make_registry, make_claim, form, GROWING, more={"target": 2025})
    t = [year + 0.5 for year in range(2015, 2023)]
    fc = cc.forecast("random_walk", t, [value for _, value, _ in GROWING[:8]], x_future=[2025.5])
    up_to = 1.0 if math.isinf(high) else fc.cdf(high)[0]
    below = 0.0 if math.isinf(low) else fc.cdf(low)[0]
    drift = next(each for each in found["then"] if each["name"] == "drift")
    assert drift["probability"] == pytest.approx(up_to - below, abs=1e-9)


def test_a_rate_from_a_year_that_was_not_known_is_asked_of_joint_paths(make_registry, make_claim):
    form = {"type": "growth_rate", "rate": 0.01, "from": 2023, "to": 2025, "bound": "at_least"}
    found = one(make_registry, make_claim, form, GROWING, more={"target": 2025})
    drift = next(each for each in found["then"] if each["name"] == "drift")
    assert drift["probability"] > 0.9  # it grew by a quarter a year
    sinking = one(
        make_registry, make_claim, form | {"bound": "at_most"}, GROWING, more={"target": 2025}
    )
    drift = next(each for each in sinking["then"] if each["name"] == "drift")
    assert drift["probability"] < 0.1


def test_a_trend_is_asked_about_the_level_three_years_later(make_registry, make_claim):
    form = {"type": "growth_rate", "rate": 0.3}
    found = one(make_registry, make_claim, form, GROWING)
    assert found["verdict"] == "accurate"
    assert found["outcome"]["period"] == "2025"
    drift = next(each for each in found["then"] if each["name"] == "drift")
    assert drift["log_error"] == pytest.approx(math.log(drift["median"] / 131), rel=1e-6)
    assert found["claim_log_error"] == pytest.approx(math.log(61 * 1.3**3 / 131), rel=1e-6)


def test_what_was_public_already_is_not_forecast(make_registry, make_claim):
    form = {"type": "value", "value": 60}
    found = one(make_registry, make_claim, form, GROWING, more={"target": 2022})
    assert found["verdict"] == "accurate"
    assert {each["why_not"] for each in found["then"]} == {
        "a figure for 2022 was public, so 2022 was not ahead"
    }


def test_an_estimate_of_the_target_is_not_what_it_is_forecast_from(make_registry, make_claim):
    rows = [*GROWING[:8], ("2023", 70, "2023-05-01"), ("2023", 78, "2024-02-15")]
    form = {"type": "value", "value": 80}
    found = one(make_registry, make_claim, form, rows, more={"target": 2023})
    drift = next(each for each in found["then"] if each["name"] == "drift")
    assert (drift["points"], drift["origin"]) == (8, "2022-12-31")


def test_a_bad_series_says_why_there_is_no_forecast(make_registry, make_claim):
    form = {"type": "value", "value": 5}
    found = one(make_registry, make_claim, form, annual([5] * 8), more={"target": 2025})
    assert all("constant" in each["why_not"] for each in found["then"])
    experience = {"target": 2025, "curves": ["wright"]}
    found = one(make_registry, make_claim, form, GROWING, more=experience)
    assert "not of time" in found["then"][-1]["why_not"]


def test_events_and_what_is_not_resolvable_have_no_forecasts(registry):
    result = rescore(registry, as_of=NOW)
    for name in ("launch_2024", "vague"):
        claim = entry(result, name)
        assert (claim["then"], claim["now"], claim["picture"]) == ([], None, None)


def test_a_growth_rate_in_per_cent_can_turn_negative(make_registry, make_claim):
    rows = annual([4, 5, 3, 6, 4, 5, 4, 6])
    more = {"target": 2024}
    form = {"type": "at_most", "value": 0}
    found = one(make_registry, make_claim, form, rows, more=more, unit="% a year")
    assert all(0 < each["probability"] < 0.3 for each in found["then"])


DAYS = st.dates(dt.date(2023, 5, 31), dt.date(2026, 12, 31))
LATER = st.lists(
    st.tuples(
        st.integers(2020, 2025),
        st.integers(1, 200),
        st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
    ),
    max_size=6,
)


@given(day=DAYS, later=LATER)
@settings(max_examples=25, deadline=None)
def test_nothing_published_after_the_day_changes_the_result(day, later):
    from curvecast.tracking.registry import Registry
    from curvecast.tracking.schema import Claim, Observation, Report, Series, Source

    def row(period, value, published):
        return Observation(
            period=period,
            value=float(value),
            published=str(published),
            basis="stated",
            source="s",
            quality="high",
        )

    title = {"en": "X", "zh": "X"}
    base = {"title": title, "place": "p", "resolution": "r", "made": "2023-05-31", "series": "x"}
    forms = [
        ({"type": "value", "value": 90}, 2024),
        ({"type": "at_least", "value": 200}, None),
        ({"type": "growth_rate", "rate": 0.3}, None),
    ]
    claims = [
        Claim(id=f"c{i}", form=form, target=target, **base)
        for i, (form, target) in enumerate(forms)
    ]
    report = Report(id="r", source="s", title=title, made="2023-05-31", claims=claims)
    series = Series(id="x", title=title, unit="u", kind="flow", period="year", publisher="P")
    source = Source(id="s", title="t", publisher="P", published="2000", address="a")
    known = [row(*each) for each in GROWING if dt.date.fromisoformat(each[2]) <= day]
    unknown = [row(*each) for each in GROWING if dt.date.fromisoformat(each[2]) > day]
    other = [row(*each) for each in later if each[2] > day]
    results = []
    for rows in (known, known + unknown, known + other):
        registry = Registry({"s": source}, {"x": series}, {"r": report}, {"x": tuple(rows)})
        result = rescore(registry, as_of=day)
        result.pop("registry")
        results.append(json.dumps(result))
    assert results[0] == results[1] == results[2]


def test_data_published_after_the_claim_change_its_outcome_and_not_its_then(folder):
    before = rescore(folder.write(), as_of=NOW)
    folder.edit("series/rides.csv", "2024,13,", "2024,20,")
    folder.edit("series/rides.csv", "2023,7.9,", "2023,1.9,")
    after = rescore(folder.path, as_of=NOW)
    drop = ("log_error", "pit")
    for name in ("rides_12", "rides_100"):
        pairs = zip(entry(before, name)["then"], entry(after, name)["then"], strict=True)
        for old, new in pairs:
            assert {k: v for k, v in old.items() if k not in drop} == {
                k: v for k, v in new.items() if k not in drop
            }
    assert entry(after, "rides_12")["verdict"] == "wrong"


def test_when_a_claim_without_a_date_was_met_does_not_change_what_was_forecast(
    make_registry, make_claim
):
    form = {"type": "at_least", "value": 120}
    early, late = (
        one(make_registry, make_claim, form, rows, more={"curves": ["exponential"]})
        for rows in (GROWING, [*GROWING[:8], ("2023", 125, "2024-02-15")])
    )
    assert early["verdict"] == late["verdict"] == "accurate"
    assert early["outcome"]["period"] != late["outcome"]["period"]
    drop = ("log_error", "pit")
    for old, new in zip(early["then"], late["then"], strict=True):
        assert {k: v for k, v in old.items() if k not in drop} == {
            k: v for k, v in new.items() if k not in drop
        }
        assert new["log_error"] is not None


def test_a_view_is_scored_as_of_its_own_day(registry):
    whole = rescore(registry, as_of="2024-03-31")
    view = rescore(registry.as_of("2024-03-31"))
    assert view["as_of"] == "2024-03-31"
    assert view["claims"] == whole["claims"]
