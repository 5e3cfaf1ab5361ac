# SPDX-License-Identifier: GPL-3.0-or-later
"""Growth curves: a published fit, textbook least squares, and what each curve must withstand."""

from pathlib import Path

import numpy as np
import pytest

import curvecast as cc

DATA = Path(__file__).with_name("data") / "growth"
YEARS = np.arange(2000.0, 2021.0)


SAYS_SO = {"ceiling_not_identified", "not_identified", "did_not_converge"}


def scatter(seed, n=21):
    return np.random.default_rng(seed).normal(size=n)


def test_loblolly_pine_of_r():
    """SSasymp of R (r-devel/r-svn tests/Examples/stats-Ex.Rout.save): seed 329 of Loblolly.

    Heights in feet from Kung, F. H. (1986). R estimates the logarithm of the rate, with the
    standard error 0.1386.
    """
    age, height = [3, 5, 10, 15, 20, 25], [3.93, 9.34, 26.08, 37.79, 48.31, 56.43]
    fit = cc.fit("exponential_to_limit", age, height, fixed={"reference": 0})
    assert fit.params["limit"] == pytest.approx(94.1282, abs=5e-5)
    assert fit.params["level"] == pytest.approx(-8.2508, abs=5e-5)
    assert np.log(fit.params["rate"]) == pytest.approx(-3.2176, abs=5e-5)
    assert fit.stderr["limit"] == pytest.approx(8.4030, abs=5e-4)
    assert fit.stderr["level"] == pytest.approx(1.2261, abs=5e-4)
    assert fit.stderr["rate"] / fit.params["rate"] == pytest.approx(0.1386, abs=5e-5)
    assert fit.s == pytest.approx(0.7493, abs=5e-5)
    assert fit.half_life.value == pytest.approx(np.log(2) / np.exp(-3.217578), rel=1e-6)


def test_transistors_of_numpys_tutorial():
    """numpy/numpy-tutorials, mooreslaw-tutorial.md: ln(transistors) = B + A year, by OLS.

    Its output of statsmodels (before pull request 182) has A .3416 with the standard error .006 and
    B -666.3264 with 11.890, and a factor of 1.98 in two years.
    """
    year, transistors = np.loadtxt(DATA / "transistors.csv", delimiter=",", skiprows=1).T
    fit = cc.fit("exponential", year, transistors)
    assert fit.params["rate"] == pytest.approx(0.3416, abs=5e-5)
    assert fit.stderr["rate"] == pytest.approx(0.006, abs=5e-4)
    assert (1 + fit.growth_rate.value) ** 2 == pytest.approx(1.98, abs=5e-3)
    at_zero = cc.fit("linear", year, np.log(transistors), fixed={"reference": 0})
    assert at_zero.params["level"] == pytest.approx(-666.3264, abs=5e-5)
    assert at_zero.stderr["level"] == pytest.approx(11.890, abs=5e-4)


def test_a_line_is_least_squares_also_below_zero():
    y = -40 + 3 * (YEARS - 2000) + scatter(1)
    fit = cc.fit("linear", YEARS, y)
    (slope, level), cov = np.polyfit(YEARS - 2000, y, 1, cov=True)
    assert fit.params == pytest.approx({"level": level, "slope": slope, "reference": 2000})
    assert fit.stderr["slope"] == pytest.approx(np.sqrt(cov[0, 0]))
    assert fit.stderr["level"] == pytest.approx(np.sqrt(cov[1, 1]))
    moved = cc.fit("linear", YEARS, y, fixed={"reference": 2010})
    assert moved.params["level"] == pytest.approx(level + 10 * slope)


def test_a_power_of_time_is_a_line_in_logarithms():
    """From a launch one step before the first point, and from one that is given."""
    y = 10 * (YEARS - 1999) ** 1.5 * np.exp(0.1 * scatter(2))
    exponent, level = np.polyfit(np.log(YEARS - 1999), np.log(y), 1)
    fit = cc.fit("power_of_time", YEARS, y)
    assert fit.params["launch"] == 1999
    assert fit.params["exponent"] == pytest.approx(exponent)
    assert fit.params["level"] == pytest.approx(np.exp(level))
    assert fit.growth_per_doubling.value == pytest.approx(2**exponent - 1)
    earlier = cc.fit("power_of_time", YEARS, y, fixed={"launch": 1990})
    assert earlier.params["exponent"] == pytest.approx(
        np.polyfit(np.log(YEARS - 1990), np.log(y), 1)[0]
    )


def test_nothing_is_there_before_the_launch():
    params = {"level": 2.0, "exponent": 1.5, "launch": 2000}
    found = cc.curve("power_of_time").evaluate([1990.0, 2000, 2001], params)
    np.testing.assert_array_equal(found, [0, 0, 2])


@pytest.mark.parametrize(("limit", "level"), [(80, 10), (10, 80), (-20, 60), (-10, -90)])
def test_a_limit_is_approached_from_either_side(limit, level):
    y = limit - (limit - level) * np.exp(-0.2 * (YEARS - 2000)) + 0.3 * scatter(3)
    fit = cc.fit("exponential_to_limit", YEARS, y)
    assert fit.status.code == "ok"
    for name, truth in {"limit": limit, "level": level, "rate": 0.2}.items():
        assert abs(fit.params[name] - truth) < 4 * fit.stderr[name], name
    assert fit.half_life.value == pytest.approx(np.log(2) / fit.params["rate"])


@pytest.mark.parametrize("slope", [3, -3])
@pytest.mark.parametrize("level", [20, 5000])
def test_a_line_has_no_limit(slope, level):
    """However far the limit is moved away the fit is hardly worse, and the fit says so."""
    y = level + slope * (YEARS - 2000) + np.random.default_rng(5).normal(size=(100, 21))
    fits = cc.fit("exponential_to_limit", YEARS, y)
    said = [bool(SAYS_SO & {note.code for note in fits[i].notes}) for i in range(100)]
    assert np.mean(said) > 0.98


@pytest.mark.parametrize("name", ["exponential", "linear", "exponential_to_limit", "hyperbolic"])
def test_growth_rate_and_doubling_time_are_those_at_the_reference(name):
    curve = cc.curve(name)
    theta = dict(zip(curve.param_names, curve.example, strict=True))
    x = curve.example_points(12)["time"]
    y = curve.evaluate(x, theta) * (1 + 1e-9 * scatter(4, 12))
    fit = cc.fit(curve, x, y)
    start, h = fit.params["reference"], 1e-3
    around = curve.evaluate([start - h, start, start + h], fit.params)
    growth = fit.growth_rate.value
    if name == "exponential":
        growth = np.log1p(growth)  # of a whole unit of time, as a share
    assert growth == pytest.approx((around[2] - around[0]) / (2 * h) / around[1], rel=1e-5)
    if "doubling_time" in curve.derived_names:
        later = curve.evaluate([start + fit.doubling_time.value], fit.params)
        assert later == pytest.approx([2 * around[1]])


def test_a_singular_time_is_recovered_whether_it_lies_ahead_or_behind():
    for truth in (2026.0, 1990.0):
        y = 5 * (truth - 2000) / (truth - YEARS) * np.exp(0.03 * scatter(6))
        fit = cc.fit("hyperbolic", YEARS, y)
        assert fit.status.code == "ok"
        assert abs(fit.params["singular_time"] - truth) < 4 * fit.stderr["singular_time"]


def test_no_singular_time_lies_among_the_points():
    """Whatever the data; also where a start is given between two of them."""
    rng = np.random.default_rng(7)
    kinds = [
        rng.lognormal(size=(200, 21)),
        np.exp(np.cumsum(rng.normal(size=(200, 21)), axis=1)),
        np.where(np.arange(21) == rng.integers(0, 21, (200, 1)), 1e6, 1.0 + rng.random((200, 21))),
    ]
    for y in kinds:
        fits = cc.fit("hyperbolic", YEARS, y)
        singular = fits.theta[:, 1]
        known = np.isfinite(singular)
        assert known.mean() > 0.9
        assert ((singular < 2000) | (singular > 2020))[known].all()
        assert (fits.status[~known] < 0).all()
    fit = cc.fit(
        "hyperbolic", YEARS, kinds[0][0], start={"singular_time": 2010.5}, on_error="report"
    )
    assert fit.status_number < 0 or not 2000 <= fit.params["singular_time"] <= 2020


def test_beyond_the_singular_time_there_is_no_value():
    params = {"level": 1, "singular_time": 2030, "reference": 2000}
    curve = cc.curve("hyperbolic")
    assert curve.evaluate([2015.0], params) == pytest.approx([2])
    assert np.isnan(curve.evaluate([2031.0], params)).all()
    assert curve.inverse([4.0], params) == pytest.approx([2022.5])
