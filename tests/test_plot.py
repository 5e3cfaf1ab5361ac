# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures: everything drawn is named, axes carry names and units, years are years."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import curvecast as cc


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


def test_several_regressors_are_refused_with_a_remedy():
    rng = np.random.default_rng(0)
    size, data = np.exp(rng.uniform(18, 24, (2, 40)))
    loss = 1.8 + 480 * size**-0.35 + 2000 * data**-0.37 + rng.normal(0, 1e-3, 40)
    fit = cc.fit("chinchilla", {"N": size, "D": data}, loss)
    with pytest.raises(cc.ArgumentError, match=r"chinchilla has 2 regressors.*predict\(\)"):
        fit.plot()


def test_missing_matplotlib_says_what_to_install(units, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    fit = cc.fit("wright", *units)
    with pytest.raises(cc.CurvecastError, match=r"needs matplotlib .*pip install matplotlib"):
        fit.plot()
