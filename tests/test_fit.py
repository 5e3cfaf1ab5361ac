# SPDX-License-Identifier: GPL-3.0-or-later
"""`cc.fit`: what it returns, and what it says when a call or the data are wrong."""

import copy
import datetime
import json
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import curvecast as cc


@pytest.fixture
def wright(units):
    return cc.fit("wright", *units)


@pytest.fixture
def logistic(pasture):
    return cc.fit("logistic", *pasture)


# ---- the right numbers -------------------------------------------------------------------------


def test_logistic_reaches_the_certified_values(logistic):
    """NIST StRD Rat42, b1/(1+exp(b2-b3*x)): certified values, standard deviations, residual sd."""
    rate, ratio = 6.7359200066e-02, 2.6180768402
    assert logistic.status.code == "ok"
    assert logistic.params["ceiling"] == pytest.approx(7.2462237576e01, rel=1e-8)
    assert logistic.params["rate"] == pytest.approx(rate, rel=1e-8)
    assert logistic.params["midpoint"] == pytest.approx(ratio / rate, rel=1e-8)
    assert logistic.stderr["ceiling"] == pytest.approx(1.7340283401, rel=1e-6)
    assert logistic.stderr["rate"] == pytest.approx(3.4465663377e-03, rel=1e-6)
    assert logistic.s == pytest.approx(1.1587725499, rel=1e-8)
    assert (logistic.n_used, logistic.df) == (9, 6)
    assert np.sum(logistic.residuals**2) == pytest.approx(8.0565229338, rel=1e-9)


def test_wright_is_the_regression_of_logs(wright, units):
    x, y = np.log(units)
    line = stats.linregress(x, y)
    assert wright.params["exponent"] == pytest.approx(-line.slope, rel=1e-10)
    assert wright.params["first_unit"] == pytest.approx(np.exp(line.intercept), rel=1e-10)
    assert wright.stderr["exponent"] == pytest.approx(line.stderr, rel=1e-8)
    rate = wright.learning_rate
    assert rate.value == pytest.approx(1 - 2**line.slope)
    half = stats.t.ppf(0.95, 3) * line.stderr
    assert rate.low == pytest.approx(1 - 2 ** (line.slope + half), rel=1e-8)
    assert rate.high == pytest.approx(1 - 2 ** (line.slope - half), rel=1e-8)


def test_bands_are_those_of_a_regression(wright, units):
    x, y = np.log(units)
    line, at = stats.linregress(x, y), np.log([3.0, 32.0])
    s = np.sqrt(np.sum((y - line.intercept - line.slope * x) ** 2) / 3)
    lever = 1 / 5 + (at - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2)
    centre = line.intercept + line.slope * at
    for band, variance in (("mean", lever), ("observation", 1 + lever)):
        value, low, high = wright.predict([3.0, 32.0], band=band, level=0.8)
        half = stats.t.ppf(0.9, 3) * s * np.sqrt(variance)
        np.testing.assert_allclose(value, np.exp(centre))
        np.testing.assert_allclose(low, np.exp(centre - half), rtol=1e-8)
        np.testing.assert_allclose(high, np.exp(centre + half), rtol=1e-8)
    np.testing.assert_allclose(wright.predict([3.0, 32.0]), np.exp(centre))


def test_criteria_count_the_variance_and_the_scale(wright, units):
    y, n, k = np.log(units[1]), 5, 3
    squares = np.sum(wright.residuals**2)
    deviance = n * np.log(2 * np.pi * squares / n) + n + 2 * y.sum()
    assert wright.bic == pytest.approx(deviance + k * np.log(n))
    assert wright.aicc == pytest.approx(deviance + 2 * k + 2 * k * (k + 1) / (n - k - 1))
    assert cc.fit("wright", [1, 2, 4], [3, 2, 1.4]).aicc == np.inf


def test_criteria_compare_error_models_in_one_unit(units):
    """Errors that are the same share of y at every point favour the multiplicative model."""
    x = np.geomspace(1, 1e4, 30)
    y = 100 * x**-0.3 * np.exp(np.random.default_rng(0).normal(0, 0.1, 30))
    fits = [cc.fit("wright", x, y, error_model=name) for name in ("multiplicative", "additive")]
    assert fits[0].aicc < fits[1].aicc


def test_weights_leave_out_and_scale(units):
    x, y = units
    out = cc.fit("wright", x, y, weights=[1, 1, 0, 1, 1])
    without = cc.fit("wright", np.delete(x, 2), np.delete(y, 2))
    assert out.n_used == 4
    assert out.params == pytest.approx(without.params, rel=1e-10)
    double = cc.fit("wright", x, y, weights=np.full(5, 2.0))
    plain = cc.fit("wright", x, y)
    assert double.stderr == pytest.approx(plain.stderr, rel=1e-9)
    assert double.scatter == pytest.approx(plain.scatter, rel=1e-9)
    np.testing.assert_allclose(
        double.predict([32], band="observation"), plain.predict([32], band="observation")
    )


def test_known_errors_are_not_rescaled(units):
    x, y = units
    small, large = (cc.fit("wright", x, y, sigma=sigma) for sigma in (0.05, 0.1))
    assert large.stderr["exponent"] == pytest.approx(2 * small.stderr["exponent"], rel=1e-8)
    assert small.scatter == pytest.approx(0.05)
    low, high = small.interval("exponent", 0.95)
    assert (high - low) / small.stderr["exponent"] == pytest.approx(2 * 1.959963984540054)


def test_missing_points_are_dropped(units):
    x, y = units
    gaps = cc.fit("wright", [*x, 32, np.nan], [*y, np.nan, 30])
    assert gaps.n_used == 5
    assert gaps.params == pytest.approx(cc.fit("wright", x, y).params, rel=1e-10)
    assert np.isnan(gaps.residuals[-2:]).all()


def test_change_of_unit_changes_no_answer(pasture):
    time, grown = pasture
    small, large = cc.fit("logistic", time, grown), cc.fit("logistic", time * 1e3, grown * 1e9)
    assert large.params["ceiling"] == pytest.approx(1e9 * small.params["ceiling"], rel=1e-9)
    assert large.params["midpoint"] == pytest.approx(1e3 * small.params["midpoint"], rel=1e-9)
    assert large.stderr["rate"] == pytest.approx(1e-3 * small.stderr["rate"], rel=1e-7)


def test_fixed_bounds_start_and_prior(pasture):
    free = cc.fit("logistic", *pasture)
    fixed = cc.fit("logistic", *pasture, fixed={"ceiling": 80})
    assert fixed.params["ceiling"] == 80
    assert fixed.df == 7
    assert "fixed" in fixed.summary()
    at = cc.fit("logistic", *pasture, bounds={"ceiling": (None, 70)})
    assert at.params["ceiling"] == pytest.approx(70)
    assert "at_bound" in [each.code for each in at.notes]
    assert np.isnan(at.stderr["ceiling"])
    assert np.isnan(at.ceiling.low)
    assert at.at_bound.tolist() == [True, False, False]
    table = cc.fit("logistic", pasture[0], [pasture[1]], bounds={"ceiling": (None, 70)})
    assert np.isnan(table.stderr["ceiling"]).all()
    assert np.isnan(table.ceiling.low).all()
    begun = cc.fit("logistic", *pasture, start=free.params)
    assert begun.params == pytest.approx(free.params, rel=1e-9)
    drawn = cc.fit("logistic", *pasture, prior={"ceiling": (80, 0.01)})
    assert drawn.params["ceiling"] == pytest.approx(80, abs=0.05)


def test_a_parameter_held_by_default_can_be_freed():
    t = np.arange(1.0, 13)
    y = 100 * (1 - np.exp(-0.4 * t)) / (1 + 10 * np.exp(-0.4 * t))
    y *= 1 + 0.001 * np.sin(7 * t)
    held, freed = cc.fit("bass", t, y), cc.fit("bass", t, y, fixed={"launch": None})
    assert freed.df == held.df - 1
    assert held.params["launch"] == pytest.approx(0)


def test_residuals_are_on_the_error_models_scale(units):
    x, y = units
    wright = cc.fit("wright", x, y)
    np.testing.assert_allclose(wright.residuals, np.log(y) - np.log(wright.predict(x)), atol=1e-14)
    plain = cc.fit("wright", x, y, error_model="additive")
    np.testing.assert_allclose(plain.residuals, y - plain.predict(x), atol=1e-12)


def test_logit_errors_take_an_upper_end():
    t = np.arange(12.0)
    share = 100 / (1 + np.exp(-0.6 * (t - 6) + 0.1 * np.sin(5 * t)))
    percent = cc.fit("logistic", t, share, error_model="logit", upper=100, fixed={"ceiling": 100})
    shares = cc.fit("logistic", t, share / 100, error_model="logit", fixed={"ceiling": 1})
    assert percent.params["rate"] == pytest.approx(shares.params["rate"], rel=1e-8)
    low, high = percent.predict([3.0, 30.0], band="observation")[1:]
    assert np.all((low > 0) & (high <= 100))


# ---- what may be given ---------------------------------------------------------------------------


def test_lists_series_and_frames_are_alike(units):
    x, y = units
    plain = cc.fit("wright", x, y)
    named = cc.fit("wright", pd.Series(x, name="units"), pd.Series(y, name="cost (USD)"))
    assert cc.fit("wright", list(x), tuple(y)).params == plain.params
    assert named.params == plain.params
    assert named.labels == ("units", "cost (USD)")
    assert cc.fit("wright", {"experience": x}, y).params == plain.params
    frame = pd.DataFrame({"experience": x, "other": 0})
    assert cc.fit("wright", frame, y).params == plain.params


def test_missing_values_of_every_kind(units):
    x, y = [*units[0], 32], units[1]
    expected = cc.fit("wright", *units).params
    for gap in (None, pd.NA, float("nan")):
        assert cc.fit("wright", x, [*y, gap]).params == pytest.approx(expected, rel=1e-10)
    masked = np.ma.array([*y, 5.0], mask=[0, 0, 0, 0, 0, 1])
    assert cc.fit("wright", x, masked).params == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("curve", "levels", "start"),
    [
        ("logistic", "4334534543454434535444433", (4, -0.7, 2031)),
        ("gompertz", "43454435543533553454535554344", (4, 0.45, 1995)),
    ],
)
def test_noise_is_searched_both_ways(curve, levels, start):
    """It neither rises nor falls: the better minimum may be the one against its first trend."""
    y = np.array([float(each) for each in levels])
    x = np.linspace(2000, 2030, len(y))

    def model(x, ceiling, rate, midpoint):
        z = rate * (x - midpoint)
        return ceiling / (1 + np.exp(-z)) if curve == "logistic" else ceiling * np.exp(-np.exp(-z))

    best, _ = optimize.curve_fit(model, x, y, start)
    fit = cc.fit(curve, x, y, error_model="additive")
    squares = np.sum((y - model(x, *best)) ** 2)
    assert np.sum((y - fit.predict(x)) ** 2) <= squares * (1 + 1e-9)


def test_dates_become_decimal_years():
    years = np.arange(2010, 2020)
    cost = 100 * 0.8 ** (years - 2010) * (1 + 0.01 * np.cos(years))
    expected = cc.fit("exponential", years, cost).params
    for dates in (
        np.array([f"{year}-01-01" for year in years], dtype="datetime64[D]"),
        [datetime.date(year, 1, 1) for year in years],
        pd.to_datetime([f"{year}-01-01" for year in years]),
        pd.to_datetime([f"{year}-01-01" for year in years], utc=True),
        pd.period_range("2010", periods=10, freq="Y"),
    ):
        assert cc.fit("exponential", dates, cost).params == pytest.approx(expected)
    leap = cc.fit("exponential", np.array(["2023-07-02T12", "2024-07-02"], "datetime64[h]"), [2, 1])
    assert leap.x.tolist() == [2023.5, 2024.5]


def test_inputs_are_neither_changed_nor_kept(units):
    x, y = (column.copy() for column in units)
    fit = cc.fit("wright", x, y, weights=(w := np.ones(5)))
    assert x.tolist() == units[0].tolist()
    assert y.tolist() == units[1].tolist()
    y[:] = w[:] = -1
    assert fit.y.tolist() == units[1].tolist()
    with pytest.raises(ValueError, match="read-only"):
        fit.y[0] = 3


# ---- tables --------------------------------------------------------------------------------------


def test_a_table_is_the_same_as_its_rows(pasture):
    time, grown = pasture
    table = grown * np.linspace(0.5, 2, 6).reshape(2, 3, 1) + np.cos(time)
    fits = cc.fit("logistic", time, table)
    assert fits.shape == (2, 3)
    assert len(fits) == 2
    for index in np.ndindex(2, 3):
        one, alone = fits[index], cc.fit("logistic", time, table[index])
        assert one.params == alone.params
        assert np.array_equal(one.cov, alone.cov)
        assert one.notes == alone.notes
        assert fits.params["rate"][index] == alone.params["rate"]
        assert fits.stderr["rate"][index] == alone.stderr["rate"]
        assert fits.ceiling.low[index] == alone.estimate("ceiling", method="wald").low
    assert fits.predict([50.0, 60.0]).shape == (2, 3, 2)
    assert [each.params for each in fits][4] == fits[1, 1].params


def test_a_bad_row_of_a_table_is_counted_not_raised(units):
    x, y = units
    rows = [y, [1, 2, -3, 4, 5], [5] * 5, [np.nan] * 5, [np.inf, 3, 2, 1, 1]]
    fits = cc.fit("wright", x, rows)
    assert fits.ok.tolist() == [True, False, False, False, False]
    assert np.isnan(fits.params["exponent"][1:]).all()
    assert np.isnan(fits.stderr["exponent"][1:]).all()
    assert sum(fits.counts["status"].values()) == 5
    assert fits.counts["status"]["outside_domain"] == 1
    assert "outside_domain" in fits.summary()
    assert "<table" in fits._repr_html_()
    assert not fits[1].status.ok
    assert fits[1].summary()
    with pytest.raises(IndexError, match=r"no fit 7 in a table of shape \(5,\)"):
        fits[7]
    with pytest.raises(IndexError, match="one whole number for each of its 1 axes"):
        fits[1, 2]


def test_x_may_differ_between_series(units):
    x, y = units
    fits = cc.fit("wright", [x, 10 * x], [y, y])
    assert fits.params["exponent"][0] == pytest.approx(fits.params["exponent"][1], rel=1e-10)
    assert fits.params["first_unit"][0] < fits.params["first_unit"][1]
    weighted = cc.fit("wright", x, [y, y], weights=[1, 1, 1, 1, 0])
    assert weighted.n_used.tolist() == [4, 4]
    assert weighted[1].n_used == 4


# ---- errors: the argument, the place, the remedy -------------------------------------------------

X, Y = [1, 2, 4, 8, 16], [100, 81, 63, 52, 41]
N = {"N": X, "D": X}
BAD = {
    "text": (
        lambda: cc.fit("wright", X, [100, 81, 63, "n/a", 41]),
        cc.DataError,
        r"row 3 of y is 'n/a' \(counting from 0\), not a number; .*NaN",
    ),
    "text in an array": (
        lambda: cc.fit("wright", np.array(["a", "b"]), [1, 2]),
        cc.DataError,
        r"row 0 of x is 'a' \(counting from 0\), not a number",
    ),
    "text in a table": (
        lambda: cc.fit("wright", X, [Y, [1, 2, "x", 4, 5]]),
        cc.DataError,
        r"row \(1, 2\) of y is 'x'",
    ),
    "complex": (lambda: cc.fit("wright", X, [1j] * 5), cc.DataError, "y holds complex numbers"),
    "time differences": (
        lambda: cc.fit("wright", np.arange(5).astype("timedelta64[D]"), Y),
        cc.DataError,
        "x holds time differences",
    ),
    "a single number": (lambda: cc.fit("wright", X, 5), cc.DataError, "y is 5; give a sequence"),
    "ragged": (
        lambda: cc.fit("wright", X, [[1, 2], [1, 2, 3]]),
        cc.DataError,
        "y holds rows of different lengths; pad",
    ),
    "lengths": (
        lambda: cc.fit("wright", X, Y[:4]),
        cc.DataError,
        "x has 5 points and y has 4; give both for every point",
    ),
    "tables that do not match": (
        lambda: cc.fit("wright", [X, X, X], [Y, Y]),
        cc.DataError,
        r"x holds \(3,\) series and y \(2,\)",
    ),
    "empty": (lambda: cc.fit("wright", [], []), cc.DataError, "no points"),
    "all NaN": (
        lambda: cc.fit("wright", X, [np.nan] * 5),
        cc.DataError,
        "none of the 5 points can be used: in every row x or y is NaN",
    ),
    "one point": (
        lambda: cc.fit("wright", [1], [100]),
        cc.DataError,
        r"y has 1 usable point, and wright needs at least 2 \(it estimates first_unit, exponent\)",
    ),
    "fewer points than parameters": (
        lambda: cc.fit("chinchilla", {"N": X[:4], "D": X[:4]}, Y[:4]),
        cc.DataError,
        "y has 4 usable points, and chinchilla needs at least 5 .*fix a parameter",
    ),
    "constant": (
        lambda: cc.fit("wright", X, [7] * 5),
        cc.DataError,
        r"y is constant \(all 5 usable values are 7\)",
    ),
    "constant x": (
        lambda: cc.fit("wright", [3] * 5, Y),
        cc.DataError,
        r"x \(experience\) is constant .*needs points at different experience",
    ),
    "zero and negative costs": (
        lambda: cc.fit("wright", X, [100, 0, 63, -5, 41]),
        cc.DataError,
        r"rows 1 \(0\) and 3 \(-5\), counting from 0; .*error_model='additive'",
    ),
    "many rows": (
        lambda: cc.fit("wright", range(1, 10), [-1] * 8 + [1]),
        cc.DataError,
        r"rows 0 \(-1\), .*4 \(-1\) and 3 more, counting from 0",
    ),
    "zero experience": (
        lambda: cc.fit("wright", [0, 1, 2, 4, 8], Y),
        cc.DataError,
        r"x \(experience\) is zero or negative, where wright is not defined in row 0 \(0\)",
    ),
    "infinite y": (
        lambda: cc.fit("wright", X, [100, np.inf, 63, 52, 41]),
        cc.DataError,
        r"y is infinite in row 1 \(inf\)",
    ),
    "infinite x": (
        lambda: cc.fit("wright", [1, np.inf, 4, 8, 16], Y),
        cc.DataError,
        r"x \(experience\) is infinite in row 1",
    ),
    "a share beyond its end": (
        lambda: cc.fit("logistic", X, [0.1, 0.2, 0.5, 1.2, 0.9], error_model="logit"),
        cc.DataError,
        r"y is not between 0 and upper=1 in row 3 \(1\.2\).*set upper=",
    ),
    "the curve last": (
        lambda: cc.fit(X, Y, "wright"),
        cc.CurveNameError,
        "the curve is a list; give its name first, then the points",
    ),
    "numbers as text": (
        lambda: cc.fit("wright", X, [str(y) for y in Y]),
        cc.DataError,
        r"row 0 of y is '.*it is text: convert it with numpy.asarray\(values, dtype=float\)",
    ),
    "days as text": (
        lambda: cc.fit("exponential", [f"{2000 + i}-01-01" for i in range(len(Y))], Y),
        cc.DataError,
        "row 0 of x is '2000-01-01'.*convert dates with pandas.to_datetime, or to numpy.datetime64",
    ),
    "a column with two axes": (
        lambda: cc.fit("wright", X, np.reshape(Y, (-1, 1))),
        cc.DataError,
        r"y has shape \(\d+, 1\), \d+ series of one point; give one series as y\[:, 0\]",
    ),
    "a generator": (
        lambda: cc.fit("wright", (x for x in X), Y),
        cc.DataError,
        "x is a generator; give a sequence of numbers",
    ),
    "unknown curve": (
        lambda: cc.fit("rihgt", X, Y),
        cc.CurveNameError,
        "no curve 'rihgt'; did you mean 'wright'",
    ),
    "regressors not by name": (
        lambda: cc.fit("chinchilla", X, Y),
        cc.ArgumentError,
        r'chinchilla has 2 regressors; give x as a dict: \{"N": \.\.\., "D": \.\.\.\}',
    ),
    "wrong key": (
        lambda: cc.fit("chinchilla", {"n": X, "D": X}, Y),
        cc.ArgumentError,
        "x has the key 'n', which is no regressor of chinchilla; did you mean 'N'",
    ),
    "missing key": (
        lambda: cc.fit("chinchilla", {"N": X}, Y),
        cc.ArgumentError,
        "x lacks 'D'; chinchilla needs 'N', 'D', and x has 'N'",
    ),
    "regressors of different lengths": (
        lambda: cc.fit("chinchilla", {"N": X, "D": X[:3]}, Y),
        cc.DataError,
        r"x\['N'\] has 5, x\['D'\] has 3",
    ),
    "unknown parameter in fixed": (
        lambda: cc.fit("logistic", X, Y, fixed={"cieling": 5}),
        cc.ArgumentError,
        "fixed names 'cieling', which is no parameter of logistic; did you mean 'ceiling'",
    ),
    "bounds reversed": (
        lambda: cc.fit("wright", X, Y, bounds={"exponent": (1, 0)}),
        cc.ArgumentError,
        r"bounds\['exponent'\] is \(1, 0\), reversed",
    ),
    "bounds that are no pair": (
        lambda: cc.fit("wright", X, Y, bounds={"exponent": 3}),
        cc.ArgumentError,
        r"bounds\['exponent'\] is 3; give a pair \(low, high\)",
    ),
    "start that is no dict": (
        lambda: cc.fit("wright", X, Y, start=[100, 0.3]),
        cc.ArgumentError,
        r"start is \[100, 0.3\]; give a dict by parameter name \(wright has first_unit, exponent\)",
    ),
    "start outside bounds": (
        lambda: cc.fit("wright", X, Y, start={"exponent": 3}, bounds={"exponent": (0, 1)}),
        cc.ArgumentError,
        r"start\['exponent'\] is 3, outside its bounds 0 to 1",
    ),
    "start that is text": (
        lambda: cc.fit("wright", X, Y, start={"exponent": "0.3"}),
        cc.ArgumentError,
        r"start\['exponent'\] is '0.3'; give a number",
    ),
    "fixed twice": (
        lambda: cc.fit("wright", X, Y, start={"exponent": 0.3}, fixed={"exponent": 0.3}),
        cc.ArgumentError,
        "'exponent' is in fixed and in start; name it in one only",
    ),
    "fixed outside the curve's range": (
        lambda: cc.fit("wright", X, Y, fixed={"first_unit": -1}),
        cc.ArgumentError,
        r"fixed\['first_unit'\] is -1; wright allows 0 to inf",
    ),
    "prior without spread": (
        lambda: cc.fit("wright", X, Y, prior={"exponent": (0.3, 0)}),
        cc.ArgumentError,
        "standard deviation 0; it must be positive",
    ),
    "both weights and sigma": (
        lambda: cc.fit("wright", X, Y, weights=X, sigma=X),
        cc.ArgumentError,
        "both weights and sigma are given",
    ),
    "negative weight": (
        lambda: cc.fit("wright", X, Y, weights=[1, 1, -1, 1, 1]),
        cc.DataError,
        r"weights must be zero or positive and finite: row 2 \(-1\)",
    ),
    "sigma of zero": (
        lambda: cc.fit("wright", X, Y, sigma=[1, 1, 0, 1, 1]),
        cc.DataError,
        r"sigma must be positive and finite: row 2 \(0\)",
    ),
    "weights of another length": (
        lambda: cc.fit("wright", X, Y, weights=[1, 1]),
        cc.DataError,
        r"weights has shape \(2,\) and y has \(5,\)",
    ),
    "error model": (
        lambda: cc.fit("wright", X, Y, error_model="multiplicativ"),
        cc.ArgumentError,
        "no error_model 'multiplicativ'; did you mean 'multiplicative'",
    ),
    "loss": (lambda: cc.fit("wright", X, Y, loss="hubert"), cc.ArgumentError, "mean 'huber'"),
    "loss scale without loss": (
        lambda: cc.fit("wright", X, Y, loss_scale=1.0),
        cc.ArgumentError,
        "name a robust loss too",
    ),
    "on_error": (
        lambda: cc.fit("wright", X, Y, on_error="ignore"),
        cc.ArgumentError,
        "no on_error 'ignore'; .*raise, report",
    ),
    "band": (
        lambda: cc.fit("wright", X, Y).predict(X, band="means"),
        cc.ArgumentError,
        "no band 'means'; did you mean 'mean'",
    ),
    "level in per cent": (
        lambda: cc.fit("wright", X, Y).predict(X, band="mean", level=95),
        cc.ArgumentError,
        r"level is 95; .*did you mean 0\.95",
    ),
    "interval method": (
        lambda: cc.fit("wright", X, Y).interval("exponent", method="magic"),
        cc.ArgumentError,
        "no interval method 'magic'",
    ),
    "interval name": (
        lambda: cc.fit("wright", X, Y).interval("learning"),
        cc.ArgumentError,
        "did you mean 'learning_rate'",
    ),
}


@pytest.mark.parametrize(("call", "kind", "message"), BAD.values(), ids=BAD)
def test_a_wrong_call_names_argument_place_and_remedy(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    assert isinstance(caught.value, ValueError)
    assert re.search(message, str(caught.value)), str(caught.value)


def test_unknown_quantity_is_an_attribute_error_that_lists_what_there_is(wright):
    with pytest.raises(AttributeError, match=r"'learning'; did you mean 'learning_rate'\? Known: "):
        wright.learning  # noqa: B018
    assert {"learning_rate", "exponent", "predict"} <= set(dir(wright))


def test_report_returns_a_fit_of_nan():
    fit = cc.fit("wright", X, [100, 0, 63, -5, 41], on_error="report")
    assert not fit.status.ok
    assert fit.status.code == "outside_domain"
    assert np.isnan(list(fit.params.values())).all()
    assert np.isnan(fit.learning_rate.value)
    assert fit.status.message in " ".join(fit.summary().split())
    assert "<div>" in fit._repr_html_()
    assert np.isnan(fit.aicc)
    with pytest.raises(cc.FitError, match="no fit to forecast from"):
        fit.forecast([32])


# ---- what a result says --------------------------------------------------------------------------


def test_as_many_points_as_parameters_give_no_standard_error():
    fit = cc.fit("wright", [1, 2], [100, 80])
    assert fit.df == 0
    assert fit.learning_rate.value == pytest.approx(0.2)
    assert np.isnan(fit.stderr["exponent"])
    assert np.isnan(fit.learning_rate.low)
    assert fit.notes
    assert np.isnan(fit.predict([4], band="observation").low).all()
    with pytest.raises(cc.FitError, match="show no scatter about a curve with 2 estimated"):
        fit.forecast([4])


def test_ceiling_that_the_data_do_not_show_is_noted():
    t = np.arange(10.0)
    early = cc.fit("logistic", t, np.exp(0.3 * t) * (1 + 0.02 * np.cos(9 * t)))
    assert "ceiling_not_identified" in [each.code for each in early.notes]
    late = cc.fit("logistic", t, 100 / (1 + np.exp(-1.5 * (t - 4))) + 0.1 * np.cos(9 * t))
    assert "ceiling_not_identified" not in [each.code for each in late.notes]


def test_notes_come_worst_first():
    notes = [cc.Note("a", "info", ""), cc.Note("b", "error", ""), cc.Note("c", "warning", "")]
    from curvecast.notes import worst_first

    assert [each.code for each in worst_first([*notes, notes[0]])] == ["b", "c", "a"]


def test_summary_is_one_screen_worst_note_first(pasture):
    fit = cc.fit("logistic", *pasture, bounds={"ceiling": (None, 70)})
    lines = fit.summary().splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("logistic: ")
    noted = [i for i, line in enumerate(lines) if line.lstrip().startswith(("error:", "warning:"))]
    table = next(i for i, line in enumerate(lines) if "std. error" in line)
    assert noted
    assert max(noted) < table
    assert "9 points, " in fit.summary()
    assert str(fit) == fit.summary()


def test_summary_shows_as_many_digits_as_the_error_supports():
    years = np.arange(2000.0, 2020)
    y = 100 / (1 + np.exp(-0.4 * (years - 2010.5))) + 0.2 * np.cos(9 * years)
    lines = cc.fit("logistic", years, y).summary().splitlines()
    line = next(line for line in lines if line.startswith("  midpoint"))
    assert re.search(r"2010\.[45]\d", line), line


def test_html_escapes_and_needs_no_colours(wright):
    text = wright._repr_html_()
    assert text.count("<tr>") == 1 + 4
    assert "color" not in text
    assert "background" not in text
    strange = cc.fit("wright", pd.Series(X, name="<b>"), Y)
    assert "<b>&" not in strange._repr_html_()


# ---- saving --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weights": [1, 2, 0, 1, 1]},
        {"fixed": {"exponent": 0.3}},
        {"sigma": 0.1, "bounds": {"exponent": (None, 0.2)}, "prior": {"exponent": (0.3, 0.1)}},
    ],
    ids=["plain", "weights", "fixed", "known errors"],
)
def test_json_comes_back_to_the_bit(options):
    fit = cc.fit("wright", X, [100, 81, 63, 52, np.nan], **options)
    text = fit.to_json()
    again = cc.Fit.from_json(text)
    assert again.to_json() == text
    assert again.params == fit.params
    assert np.array_equal(again.cov, fit.cov, equal_nan=True)
    assert again.summary() == fit.summary()
    assert np.array_equal(again.forecast([32]).location, fit.forecast([32]).location)


def test_json_of_several_regressors_comes_back():
    rng = np.random.default_rng(0)
    size, data = np.exp(rng.uniform(18, 24, (2, 40)))
    loss = 1.8 + 480 * size**-0.35 + 2000 * data**-0.37 + rng.normal(0, 1e-3, 40)
    fit = cc.fit("chinchilla", {"N": size, "D": data}, loss)
    assert cc.Fit.from_json(fit.to_json()).to_json() == fit.to_json()


def test_json_is_strict_and_names_its_format(wright):
    record = json.loads(wright.to_json(), parse_constant=lambda word: pytest.fail(word))
    assert record["format"] == "curvecast.fit"
    assert record["version"] == 1
    assert record["curvecast"] == cc.__version__
    assert len(record["data"]["sha256"]) == 64


def test_a_record_of_version_1_is_read(wright):
    """A record as version 1 wrote it: reading it must work for ever."""
    record = json.loads(GOLDEN)
    fit = cc.Fit.from_dict(record)
    assert fit.params == {"first_unit": 100.0, "exponent": 0.25}
    assert fit.learning_rate.value == pytest.approx(1 - 2**-0.25)
    assert fit.x.tolist() == [1.0, 2.0, 4.0]
    assert fit.notes[0].code == "few_points"


GOLDEN = """
{"format": "curvecast.fit", "version": 1, "curvecast": "0.1.0", "curve": "wright",
 "params": {"first_unit": 100.0, "exponent": 0.25}, "stderr": {"first_unit": 1.0, "exponent": 0.5},
 "cov": [[1.0, 0.0], [0.0, 0.25]], "objective": 0.1, "n_used": 3, "df": 1, "s": 0.3,
 "status": [0, "ok", "The fit converged."], "notes": [["few_points", "info", "Few."]],
 "minima": 1, "share_of_starts": 1.0, "condition": 2.0, "iterations": 3,
 "settings": {"error_model": "multiplicative", "loss": "linear", "loss_scale": null,
  "sigma_known": false, "ceiling": 1.0, "start": [null, null], "lower": [null, null],
  "upper": [null, "inf"], "prior_mean": [null, null], "prior_sd": [null, null]},
 "seed": null, "labels": [null, "cost"],
 "data": {"x": {"experience": [1.0, 2.0, 4.0]}, "y": [100.0, 80.0, null], "weights": null,
  "sha256": "@"}}
""".replace("@", "74f71bb9f41e6d36cd9b9321b11fdf4f66d4bc2b5203123de6de382f3065b9a3")


def altered(wright, **changes):
    return json.dumps(json.loads(wright.to_json()) | changes)


def test_reading_refuses_what_it_does_not_know(wright):
    with pytest.raises(
        cc.FormatError, match=r"version 2, .*reads versions 1 to 1; update with: pip"
    ):
        cc.Fit.from_json(altered(wright, version=2))
    with pytest.raises(cc.FormatError, match=r"is 'other.thing', not 'curvecast.fit'"):
        cc.Fit.from_json(altered(wright, format="other.thing"))
    with pytest.raises(cc.FormatError, match="this is not JSON"):
        cc.Fit.from_json(wright.to_json()[:-20])
    with pytest.raises(cc.FormatError, match="holds no saved result"):
        cc.Fit.from_json("[1, 2]")
    with pytest.raises(cc.FormatError, match="incomplete or altered"):
        cc.Fit.from_json(altered(wright, settings={}))
    with pytest.raises(cc.CurveNameError, match="did you mean 'wright'"):
        cc.Fit.from_json(altered(wright, curve="wrihgt"))
    data = json.loads(wright.to_json())["data"]
    data["y"][0] = 99.0
    with pytest.raises(cc.FormatError, match="do not match their digest"):
        cc.Fit.from_json(altered(wright, data=data))


def test_results_copy_and_pickle(wright, units):
    for again in (copy.deepcopy(wright), pickle.loads(pickle.dumps(wright))):
        assert again.to_json() == wright.to_json()
    table = cc.fit("wright", units[0], [units[1], units[1] ** 1.1])
    assert pickle.loads(pickle.dumps(table))[1].params == table[1].params


def test_results_are_frozen(wright):
    with pytest.raises(AttributeError):
        wright.s = 1.0
    with pytest.raises(ValueError, match="read-only"):
        wright.cov[0, 0] = 0


def test_the_same_call_gives_the_same_bits(pasture):
    assert cc.fit("logistic", *pasture).to_json() == cc.fit("logistic", *pasture).to_json()
