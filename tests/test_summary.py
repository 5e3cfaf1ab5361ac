# SPDX-License-Identifier: GPL-3.0-or-later
"""What fits and forecasts print: within the terminal, with the columns that have the units."""

import re

import numpy as np
import pandas as pd
import pytest

import curvecast as cc

WIDTH = 80
YEARS = np.arange(1970, 2000.0)
PRICE = 900 * np.exp(-0.05 * (YEARS - 1970) + 0.1 * np.sin(YEARS))


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", str(WIDTH))


def of_example(name):
    """Return a fit of data drawn from the curve's example."""
    curve = cc.curve(name)
    x = curve.example_points(40)
    value = curve.evaluate(x, dict(zip(curve.param_names, curve.example, strict=True)))
    noise = 1 + 0.02 * np.sin(7 * np.arange(40))
    value = 1 / (1 + (1 / value - 1) * noise) if curve.error_model == "logit" else value * noise
    return cc.fit(name, x, value, on_error="report")


@pytest.mark.parametrize("name", [each.name for each in cc.curves()])
def test_no_line_of_a_summary_is_wider_than_the_terminal(name):
    lines = of_example(name).summary().splitlines()

    assert [line for line in lines if len(line) > WIDTH] == []


def test_a_summary_names_the_columns_which_have_the_units():
    share = pd.Series(80 / (1 + np.exp(-0.3 * (YEARS - 1985))), name="Share (%)")
    year = pd.Series(YEARS, name="Year")

    assert "\n  y: Share (%); x (time): Year\n" in cc.fit("logistic", year, share).summary()
    assert "x (time)" not in cc.fit("logistic", YEARS, share).summary()
    assert "Share" not in cc.fit("logistic", YEARS, share.to_numpy()).summary()


def test_of_several_regressors_the_summary_says_which_is_which():
    x = {"time": pd.Series(YEARS, name="Year"), "price": pd.Series(PRICE, name="Price (USD)")}
    truth = {"ceiling": 900.0, "innovation": 0.01, "imitation": 0.3, "price_effect": -1.0}
    curve = cc.curve("generalised_bass_1")
    given = truth | {"launch": 1969.0, "period": 1.0, "price_at_launch": PRICE[0]}
    sales = pd.Series(curve.evaluate(x, given) + 0.2 * np.sin(3 * YEARS), name="Units (k)")
    fit = cc.fit(curve, x, sales)

    assert "\n  y: Units (k); time: Year; price: Price (USD)\n" in fit.summary()
    assert fit.labels == ("Year", "Price (USD)", "Units (k)")
    assert cc.Fit.from_json(fit.to_json()).summary() == fit.summary()
    later = fit.forecast({"time": [2000, 2001], "price": [190, 185]}).summary()
    assert re.search(r"\n  time +price +median .*\n  2000 +190 ", later)


def test_units_of_several_regressors_are_those_of_one_that_is_named():
    units = {each.name: each.unit for each in cc.curve("nordhaus").params}

    assert units["rate"] == "1/time"
    assert units["reference"] == "time"
    assert {each.name: each.unit for each in cc.curve("logistic").params}["rate"] == "1/x"
    forgetting = {each.name: each.unit for each in cc.curve("forgetting").params}
    assert forgetting["initial_experience"] == "output"
    for curve in cc.curves():
        for each in (*curve.params, *curve.derived):
            words = set(re.findall(r"[A-Za-z_]\w*", each.unit))
            known = {"y", *curve.regressors} | ({"x"} if len(curve.regressors) == 1 else set())
            assert words <= known, f"{curve.name}.{each.name}: {each.unit}"


def test_one_of_a_thing_is_not_told_as_several():
    fit = cc.fit("wright", [1, 2, 4], [100, 82, 63])

    assert "3 points, 1 degree of freedom," in fit.summary()
    assert "\n  1 point; " in fit.forecast([8]).summary()
    assert (
        "2 of 3 points, 0 degrees of freedom"
        in cc.fit("wright", [1, 2, 4], [100, 80, np.nan]).summary()
    )


def test_the_summary_of_a_fit_never_counts_no_minima():
    years = np.arange(1970, 1985, 0.25)
    made = np.where((years > 1976) & (years < 1978.5), 4.0, 30 + 20 * np.sin(years - 1970))
    hours = np.interp(years, [1970, 1976, 1979, 1985], [200, 120, 180, 95])
    fit = cc.fit("forgetting", {"time": years, "output": made}, hours)
    text = fit.summary()

    assert "0 minima" not in text
    assert "of starts reached the best; condition" in text


def test_rows_of_several_regressors_are_not_taken_for_times():
    n, d = np.meshgrid(10.0 ** np.arange(7, 10), 10.0 ** np.arange(8, 11))
    loss = 1.8 + 480 / n**0.35 + 2000 / d**0.37
    loss = loss * (1 + 0.01 * np.sin(np.arange(9.0).reshape(3, 3)))
    fit = cc.fit("chinchilla", {"N": n.ravel(), "D": d.ravel()}, loss.ravel())
    text = fit.forecast({"N": [1e10], "D": [1e11]}).summary()

    assert text.startswith("chinchilla: forecast\n")
    assert re.search(r"\n  N +D +median .*\n  1e\+10  1e\+11 ", text)


def test_notes_of_an_allocation_keep_to_the_terminal():
    n, d = np.meshgrid(10.0 ** np.arange(7, 10), 10.0 ** np.arange(8, 11))
    loss = 1.8 + 480 / n**0.35 + 2000 / d**0.37
    loss = loss * (1 + 0.01 * np.sin(np.arange(9.0).reshape(3, 3)))
    fit = cc.fit("chinchilla", {"N": n.ravel(), "D": d.ravel()}, loss.ravel())
    lines = str(cc.scaling.optimal(fit, 1e26)).splitlines()

    assert max(map(len, lines)) <= WIDTH
    assert any(line.startswith("  warning: The forecast reaches") for line in lines)
    assert any(line.startswith("    size, N ") for line in lines)


def test_a_value_by_itself_is_told_in_a_line():
    fit = cc.fit("exponential", YEARS, PRICE)
    made = 2.0 ** np.arange(8)
    kinked = cc.kinked(made, [100, 81, 63, 52, 41, 33, 26, 21])
    told = {
        "<Fit of exponential: level=888.668, ": fit,
        "<Comparison by aicc: exponential 1.00, linear 0.00>": cc.compare(
            ["linear", "exponential"], YEARS, PRICE
        ),
        "<Forecast by exponential: median 1": fit.forecast([2005, 2010]),
        "<Forecast by random_walk: median 218.6 at 2000>": cc.forecast(
            "random_walk", YEARS, PRICE, horizon=1
        ),
        "<Estimate -14.04 x (90 %: ": fit.doubling_time,
        "<Curve logistic: Logistic>": cc.curve("logistic"),
        "<FormulaCurve formula: a + b*x>": cc.formula("a + b*x", x="x"),
        "<KinkedFit with 0 breaks by aicc: <Fit of wright: first_unit=": kinked,
    }
    for text, value in told.items():
        assert repr(value).startswith(text)
        assert "\n" not in repr(value)
        assert len(repr(value)) < 120
    assert repr(cc.curves()).startswith("[<Curve exponential: Exponential (Moore)>, <Curve ")
    assert " at 2005 to " in repr(fit.forecast([2005, 2010]))


def test_a_notebook_shows_the_summary_of_each():
    fit = cc.fit("exponential", YEARS, PRICE)
    made = 2.0 ** np.arange(8)
    assert "most influential point" in fit.diagnostics()._repr_html_()
    assert "20 residual replicates" in fit.bootstrap(replicates=20)._repr_html_()
    shown = cc.kinked(made, [100, 81, 63, 52, 41, 33, 26, 21])._repr_html_()
    assert shown.count("<table") == 2  # of all numbers of breaks, and of the fit
    assert "Not tried with" in shown
