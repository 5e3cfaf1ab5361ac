# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures: everything drawn is named, axes carry names and units, years are years."""

import sys
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import curvecast as cc
from curvecast.plot import plot_ahead


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def named(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_fit_names_both_bands(units):
    x, y = units
    ax = cc.fit("wright", pd.Series(x, name="units built"), pd.Series(y, name="cost (USD)")).plot()
    assert named(ax) == [
        "90 % of observations",
        "90 % band of the curve",
        "wright fit",
        "observations",
    ]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("units built", "cost (USD)")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert (ax.lines[-1].get_xdata() == x).all()


def test_labels_level_and_range_can_be_chosen(pasture):
    ax = plt.figure().add_subplot()
    fit = cc.fit("logistic", *pasture)
    drawn = fit.plot(ax, level=0.5, x=[0, 100, 50], x_label="days", y_label="yield")
    assert drawn is ax
    assert named(ax)[:2] == ["50 % of observations", "50 % band of the curve"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("days", "yield")
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "linear")
    assert ax.lines[0].get_xdata().tolist() == [0, 50, 100]


def test_points_left_out_are_shown_hollow(units):
    ax = cc.fit("wright", *units, weights=[1, 1, 0, 1, 1]).plot()
    assert named(ax)[-1] == "left out"


def test_fit_without_standard_errors_has_no_band():
    ax = cc.fit("wright", [1, 2], [3, 2]).plot()
    assert named(ax) == ["wright fit", "observations"]


def test_forecast_names_its_bands_and_unit(modules):
    years, cost = modules
    fc = cc.forecast("random_walk", pd.Series(years, name="year"), cost, horizon=17, unit="USD/W")
    ax = fc.plot()
    assert named(ax) == ["90 % band", "50 % band", "median, random walk", "observations"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("year", "USD/W")
    assert ax.get_yscale() == "log"
    ax.figure.canvas.draw()
    assert "2010" in [label.get_text() for label in ax.get_xticklabels()]


def test_name_and_unit_of_y_are_both_shown(modules):
    years, cost = modules
    fc = cc.forecast("last_value", years, pd.Series(cost, name="module"), horizon=3, unit="USD/W")
    assert fc.plot().get_ylabel() == "module (USD/W)"
    assert fc.plot(y_label="price, USD").get_ylabel() == "price, USD"


def test_forecast_of_one_point(modules):
    ax = cc.forecast("random_walk", *modules, horizon=1).plot()
    assert named(ax)[:2] == ["90 % band", "50 % band"]


def ticks(axis):
    axis.axes.figure.canvas.draw()
    low, high = axis.get_view_interval()
    return [
        label.get_text()
        for label, at in zip(axis.get_ticklabels(), axis.get_ticklocs(), strict=True)
        if low <= at <= high
    ]


def of_runs(seed=0):
    rng = np.random.default_rng(seed)
    size, data = np.exp(rng.uniform(18, 24, (2, 40)))
    size[1] = size[0]
    loss = 1.8 + 480 * size**-0.35 + 2000 * data**-0.37 + rng.normal(0, 1e-3, 40)
    return cc.fit("chinchilla", {"N": size, "D": data}, pd.Series(loss, name="loss (nats)"))


@pytest.mark.parametrize("asked", [[2030.0], [1990.0], [2028.0, 2040.0], [2010.0]])
def test_a_forecast_is_joined_to_the_fit_that_it_goes_on_from(asked):
    year = np.arange(2000.0, 2021)
    fit = cc.fit("logistic", year, 80 / (1 + np.exp(-0.5 * (year - 2010))) + 0.3 * np.sin(year))
    ax = plot_ahead(fit, asked)
    assert named(ax) == [
        "90 % band",
        "50 % band",
        "median, logistic",
        "observations",
        "logistic fit",
    ]
    median, observed, drawn, marked = ax.lines
    assert (drawn.get_xdata().min(), drawn.get_xdata().max()) == (2000, 2020)
    assert marked.get_xdata().tolist() == asked
    there = set(median.get_xdata())
    assert set(asked) <= there
    if asked != [2010]:
        assert {2000.0, 2020.0} & there  # no gap between the data and the forecast
    assert observed.get_xdata().tolist() == year.tolist()


def test_where_points_share_a_place_observations_are_drawn_against_fitted_values():
    fit = of_runs()
    ax = fit.plot()

    assert named(ax)[2:] == ["fitted value", "observations"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("fitted loss (nats)", "loss (nats)")
    line, dots = ax.lines
    np.testing.assert_array_equal(line.get_xdata(), line.get_ydata())
    np.testing.assert_allclose(
        dots.get_xdata(), fit.predict(dict(zip("ND", fit.points, strict=False)))
    )
    with pytest.raises(cc.ArgumentError, match="2 regressors and is drawn at its points; leave x"):
        fit.plot(x=[1e9])


def test_a_line_that_would_go_up_and_down_is_not_drawn():
    size = np.geomspace(1e7, 1e10, 40)
    data = np.resize([1e9, 1e10, 1e11], 40)
    loss = (1.8 + 480 * size**-0.35 + 2000 * data**-0.37) * (1 + 0.003 * np.sin(np.arange(40) ** 2))
    ax = cc.fit("chinchilla", {"N": size, "D": data}, loss).plot()

    assert ax.get_xlabel() == "fitted y"


def test_several_regressors_are_drawn_along_time_through_gaps():
    time = np.arange(1990.0, 2011)
    price = 900 * np.exp(-0.05 * (time - 1990) + 0.1 * np.sin(time))
    curve = cc.curve("generalised_bass_1")
    x = {"time": pd.Series(time, name="Year"), "price": pd.Series(price, name="Price")}
    params = dict(zip(curve.param_names, curve.example, strict=True))
    params |= {"launch": 1989.0, "period": 1.0, "price_at_launch": price[0]}
    sales = curve.evaluate(x, params) * (1 + 0.02 * np.sin(5 * time))
    sales[7] = np.nan
    ax = cc.fit(curve, x, sales).plot()

    assert named(ax)[2:] == ["generalised_bass_1 fit", "observations"]
    assert ax.get_xlabel() == "Year"
    assert ax.lines[0].get_xdata().tolist() == time.tolist()  # the curve is known there
    assert len(ax.lines[1].get_xdata()) == 20


def test_rows_of_a_forecast_stand_over_a_regressor_and_not_their_numbers():
    ahead = {"N": [1e11, 1e11, 1e11], "D": [2e11, 1e12, 5e12]}
    fc = of_runs().forecast(ahead, paths=40)
    ax = fc.plot()
    assert (ax.get_xscale(), ax.get_xlabel(), ax.get_ylabel()) == ("log", "D", "loss (nats)")
    assert named(ax) == ["90 %", "50 %", "median, chinchilla"]
    (dots,) = ax.lines
    assert dots.get_xdata().tolist() == ahead["D"]
    assert dots.get_ydata().tolist() == fc.median.tolist()
    bars = [[path.vertices.tolist() for path in each.get_paths()] for each in ax.collections]
    for level, drawn in zip((0.9, 0.5), bars, strict=True):
        ends = [
            [[at, low], [at, high]]
            for at, (low, high) in zip(ahead["D"], fc.interval(level), strict=True)
        ]
        assert drawn == ends
    assert fc.plot(x="N").lines[0].get_xdata().tolist() == ahead["N"]
    with pytest.raises(
        cc.ArgumentError, match=r"no regressor 'n' in this forecast of chinchilla.*N"
    ):
        fc.plot(x="n")


def test_a_forecast_with_an_axis_of_its_own_takes_no_other(modules):
    with pytest.raises(cc.ArgumentError, match="has one axis; leave x out"):
        cc.forecast("random_walk", *modules, horizon=3).plot(x="year")


def test_regressors_that_grow_together_are_drawn_along_the_first():
    made = 2.0 ** np.arange(3, 15)
    x = {"experience": made, "output": made / 3}
    cost = 50 * (made * 2 / 3) ** -0.3 * (1 + 0.02 * np.sin(np.arange(12)))
    ax = cc.fit("lagged_wright", x, cost).plot()

    assert (ax.get_xscale(), ax.get_xlabel()) == ("log", "experience")
    assert ax.lines[0].get_xdata().tolist() == made.tolist()


def test_each_technology_has_its_line():
    time = np.arange(2000.0, 2024)
    odds = np.exp([0 * time, 0.4 * (time - 2008), 0.5 * (time - 2016)])
    odds[1:] *= np.exp(0.05 * np.sin([3 * time, 5 * time]))
    share = dict(zip("abc", odds / odds.sum(axis=0), strict=True))
    fit = cc.fit("substitution_3", *cc.stack(share, time, leave_out="a"))
    ax = fit.plot()

    assert named(ax)[2:] == ["technology 1", "technology 2", "technology 3"]
    lines = [line for line in ax.lines if line.get_linestyle() == "-"]
    assert len({line.get_color() for line in lines}) == 3
    assert sum(line.get_ydata() for line in lines) == pytest.approx(np.ones(200))
    dots = [line for line in ax.lines if line.get_linestyle() != "-" and len(line.get_xdata())]
    assert [dot.get_color() for dot in dots] == [line.get_color() for line in lines[1:]]


def test_technologies_have_their_names_and_go_on_to_a_forecast():
    year = np.arange(2000.0, 2020)
    odds = np.exp([0 * year, 0.4 * (year - 2008), 0.5 * (year - 2016)])
    shares = dict(zip("abc", odds / odds.sum(axis=0), strict=True))
    fit = cc.fit("substitution_3", *cc.stack(shares, year, leave_out="a"))
    told = "1 = CRT (%), 2 = LCD, flat, 3 = OLED / 100"
    fit = replace(fit, labels=("year", None, told))
    ax = plot_ahead(fit, [2030.0])
    assert named(ax)[2:] == ["CRT", "LCD, flat", "OLED"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("year", "share")
    assert [line.get_xdata().max() for line in ax.lines[:3]] == [2030, 2030, 2030]


def test_years_are_whole_and_numbers_are_written_in_full():
    year = np.arange(2005, 2019)
    ax = cc.fit("logistic", year, 5e7 / (1 + np.exp(-0.5 * (year - 2012)))).plot()

    assert not [text for text in ticks(ax.xaxis) if "." in text]
    assert "20,000,000" in ticks(ax.yaxis)
    halves = cc.fit("logistic", year / 2, 50 / (1 + np.exp(-0.5 * (year - 2012)))).plot()
    assert ticks(halves.yaxis)[1] == "10"


def test_a_short_logarithmic_axis_has_more_than_one_number():
    units = np.array([1, 2, 4, 8, 16.0])
    ax = cc.fit("wright", units, 180 * units**-0.36).plot()

    assert ax.get_yscale() == "log"
    assert len(ticks(ax.yaxis)) >= 3
    assert len(ticks(cc.fit("wright", units, 0.018 * units**-0.1).plot().yaxis)) >= 3


def test_small_levels_are_powers_of_ten():
    units = 10.0 ** np.arange(8)
    ax = cc.fit("wright", units, units**-0.9).plot()

    assert "$10^{\N{MINUS SIGN}5}$" in ticks(ax.yaxis)
    assert "0.01" in ticks(ax.yaxis)


def test_missing_matplotlib_says_what_to_install(units, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    fit = cc.fit("wright", *units)
    with pytest.raises(cc.CurvecastError, match=r"needs matplotlib .*pip install matplotlib"):
        fit.plot()
