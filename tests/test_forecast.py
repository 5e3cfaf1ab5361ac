# SPDX-License-Identifier: GPL-3.0-or-later
"""Forecasts: published numbers, agreement of paths with distributions, and clear refusals."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import scoringrules
from scipy import stats

import curvecast as cc
from curvecast.walk import walk_correlation

YEARS = np.arange(2015, 2021)
COST = np.array([64.0, 50, 39, 34, 26, 20])


@pytest.fixture
def solar(modules):
    return cc.forecast("random_walk", *modules, horizon=17, unit="2013 USD/W")


@pytest.fixture
def falling():
    return cc.forecast("random_walk", YEARS, COST, horizon=9)


@pytest.fixture
def curved(units):
    return cc.fit("wright", *units).forecast([32, 64, 128])


# ---- the random walk of Farmer and Lafond --------------------------------------------------------


def test_photovoltaics_2030(solar):
    """Farmer and Lafond (2016): about 5 % that modules cost more in 2030 than in 2013."""
    assert solar.details["drift"] == pytest.approx(-0.1003914101, abs=1e-10)
    assert solar.details["sd"] == pytest.approx(0.1501966045, abs=1e-10)
    assert (solar.scale[0, -1] / solar.details["sd"]) ** 2 == pytest.approx(47.385, abs=5e-4)
    assert solar.df.tolist() == [32.0]
    assert solar.x[-1] == 2030
    assert solar.median[-1] == pytest.approx(0.1490, abs=5e-5)
    assert solar.prob(">=", 0.821315)[-1] == pytest.approx(0.0543, abs=5e-5)
    assert solar.median[[6, 11]] == pytest.approx([0.4067, 0.2462], abs=5e-5)
    assert solar.scale[0, [6, 11]] == pytest.approx([0.5818, 0.8196], abs=5e-5)


@pytest.mark.parametrize(
    ("m", "ma", "expected"),
    [
        (5, 0.0, [1.2, 2.8, 10, 30, 100]),
        (5, 0.25, [1.255, 3.595, 14.125, 43.375, 145.75]),
        (5, 0.63, [1.62588, 5.47372, 22.789, 70.887, 239.23]),
        (33, 0.63, [1.4380732782, 4.2948567493, 13.8174683196, 32.8626914601, 82.8564022039]),
    ],
)
def test_variance_grows_as_published(m, ma, expected):
    y = np.exp(np.cumsum(np.random.default_rng(m).normal(size=m + 1)))
    fc = cc.forecast(
        "random_walk", np.arange(m + 1), y, x_future=m + np.array([1, 2, 5, 10, 20]), ma=ma
    )
    found = (fc.scale[0] / fc.details["sd"]) ** 2 * (1 + ma**2)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    assert fc.df.tolist() == [m - 1]


@pytest.mark.parametrize("ma", [0.0, 0.63, -0.4])
def test_correlation_is_that_of_the_noise(ma):
    """The coefficients of every v, written out, for drift estimated over m changes."""
    m, ahead = 7, np.array([1, 2, 3, 6])
    rows = []
    for tau in ahead:
        past = np.zeros(m + 1 + ahead[-1])
        for i in range(1, m + 1):  # change i is v_i + ma v_(i-1); the drift is their mean
            past[i] -= tau / m
            past[i - 1] -= ma * tau / m
        for j in range(m + 1, m + tau + 1):
            past[j] += 1
            past[j - 1] += ma
        rows.append(past)
    covariance = np.array(rows) @ np.array(rows).T
    spread = np.sqrt(np.diagonal(covariance))
    found = walk_correlation(ahead.astype(float), m, ma, drift=True)
    np.testing.assert_allclose(found, covariance / np.outer(spread, spread), rtol=1e-12)


def test_last_value_has_no_drift():
    fc = cc.forecast("last_value", YEARS, COST, horizon=4)
    changes = np.diff(np.log(COST))
    np.testing.assert_allclose(fc.median, 20)
    np.testing.assert_allclose(fc.scale[0], np.sqrt(np.mean(changes**2) * np.arange(1, 5)))
    assert fc.df.tolist() == [5]


def test_uneven_spacing_counts_time():
    t, y = np.array([0.0, 1, 3, 3.5, 7]), np.array([1.0, 2, 2.5, 3, 2])
    fc = cc.forecast("last_value", t, y, x_future=[9.0], link="identity")
    variance = np.mean(np.diff(y) ** 2 / np.diff(t))
    assert fc.scale[0, 0] == pytest.approx(np.sqrt(variance * 2))
    drifting = cc.forecast("random_walk", t, y, x_future=[9.0, 14.0], link="identity")
    assert drifting.location[0] == pytest.approx(2 + (2 - 1) / 7 * np.array([2, 7]))
    assert "irregular_spacing" in [note.code for note in drifting.notes]
    assert drifting.details["ma"] == 0
    ratio = drifting.scale[0, 1] / drifting.scale[0, 0]
    assert ratio == pytest.approx(np.sqrt((7 + 49 / 7) / (2 + 4 / 7)))


def test_months_and_a_change_of_time_unit_are_even_spacing():
    months = pd.date_range("2020-01-01", periods=30, freq="MS")
    y = np.exp(np.cumsum(np.random.default_rng(3).normal(size=30)))
    dated = cc.forecast("random_walk", months, y, horizon=6)
    counted = cc.forecast("random_walk", np.arange(30), y, horizon=6)
    np.testing.assert_allclose(dated.scale, counted.scale, rtol=1e-9)
    np.testing.assert_allclose(dated.median, counted.median, rtol=1e-9)
    assert dated.x[0] == pytest.approx(2022 + 6 / 12, abs=0.01)
    assert "irregular_spacing" not in [note.code for note in dated.notes]


def test_order_and_missing_values_do_not_matter(falling):
    order = [3, 0, 5, 1, 4, 2]
    mixed = cc.forecast("random_walk", YEARS[order], COST[order], horizon=9)
    np.testing.assert_array_equal(mixed.scale, falling.scale)
    gaps = cc.forecast("random_walk", [*YEARS, 2021], [*COST, np.nan], horizon=9)
    np.testing.assert_array_equal(gaps.scale, falling.scale)


def test_window_uses_the_last_changes_only(falling):
    recent = cc.forecast("random_walk", YEARS, COST, horizon=9, window=3)
    alone = cc.forecast("random_walk", YEARS[2:], COST[2:], horizon=9)
    np.testing.assert_allclose(recent.scale, alone.scale)
    assert recent.df.tolist() == [2]
    assert len(recent.history[0]) == 6


def test_the_link_is_log_only_where_all_is_positive():
    assert cc.forecast("random_walk", range(4), [3, 2, 1.5, 1], horizon=1).link == "log"
    assert cc.forecast("random_walk", range(4), [3, 2, 0, 1], horizon=1).link == "identity"
    share = cc.forecast(
        "random_walk", range(5), [2, 5, 12, 30, 48], horizon=30, link="logit", upper=100
    )
    assert np.all((share.interval(0.99) >= 0) & (share.interval(0.99) <= 100))
    assert np.all((share.mean > 0) & (share.mean < 100))


# ---- a curve -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "off"), [(5, 0.2), (14, 0.06)])
def test_where_a_curve_is_linear_the_forecast_is_the_regressions(n, off):
    """In logs Wright's law is a line, and a new observation is Student-t about it.

    Exact but for the size of the scatter, which the mixture draws anew for parameter and residual:
    with 3 degrees of freedom its tails are a little wide, with 12 it does not show.
    """
    x = 2.0 ** np.arange(n)
    fit = cc.fit("wright", x, 100 * x**-0.3 * np.exp(0.1 * np.cos(5 * np.arange(n))))
    ahead = np.array([2.0**n, 4.0**n])
    fc = fit.forecast(ahead, paths=4000, seed=1)
    location, stderr = fit.on_link(ahead[np.newaxis])
    scale = np.hypot(fit.s, stderr)
    for p in (0.05, 0.25, 0.5, 0.75, 0.95):
        exact = location + scale * stats.t.ppf(p, n - 2)
        apart = (np.log(fc.quantile(p)) - exact) / scale
        assert np.all(np.abs(apart) < off), p
    assert set(fc.df.tolist()) == {n - 2.0}
    np.testing.assert_allclose(fc.scale, fit.s)


def test_a_forecast_is_wider_than_the_observation_band_of_a_curve_far_out(pasture):
    fit = cc.fit("logistic", *pasture)
    fc = fit.forecast([100, 150])
    assert fc.link == "identity"
    low, high = fc.interval(0.9).T
    assert np.all(high - low > 2 * stats.t.ppf(0.95, 6) * fit.s)


def test_the_seed_decides(units):
    fit = cc.fit("wright", *units)
    one, same, other = (fit.forecast([32], seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(one.location, same.location)
    assert not np.array_equal(one.location, other.location)
    assert np.array_equal(one.sample(10), same.sample(10))
    assert not np.array_equal(one.sample(10), one.sample(10, seed=1))


def test_forecast_by_name_is_fit_then_forecast(units):
    by_name = cc.forecast("wright", *units, x_future=[32, 64], seed=3, unit="USD")
    by_hand = cc.fit("wright", *units).forecast([32, 64], seed=3)
    assert np.array_equal(by_name.location, by_hand.location)
    assert by_name.unit == "USD"
    assert by_name.method == "wright"
    fixed = cc.forecast(cc.curve("wright"), *units, x_future=[32], fixed={"exponent": 0.3})
    assert fixed.details["exponent"] == 0.3


def test_horizon_steps_along_time_for_curves_of_time():
    cost = COST * [1, 1.01, 0.99, 1, 1.02, 0.98]
    fc = cc.forecast("exponential", YEARS, cost, horizon=3)
    assert fc.x.tolist() == [2021, 2022, 2023]
    assert fc.origin == 2020


def test_held_parameters_stay_held_in_the_refits():
    t = np.arange(2000.0, 2015)
    y = 100 * (1 - np.exp(-0.3 * (t - 1999))) + np.cos(9 * t)
    fit = cc.fit("exponential", t, y)
    from curvecast.bootstrap import refit

    theta = refit(fit, 50, 0)
    held = [i for i, each in enumerate(fit.curve.params) if each.fixed_by_default]
    assert held
    assert np.ptp(theta[:, held], axis=0) == pytest.approx(0)


def test_known_errors_and_priors_reach_the_forecast(units):
    fit = cc.fit("wright", *units, sigma=0.1)
    fc = fit.forecast([32])
    assert np.isinf(fc.df).all()
    assert fc.scale[0, 0] == pytest.approx(0.1)
    assert np.isfinite(fc.mean).all()
    wide = fit.forecast([1e6], paths=500)
    sure = cc.fit("wright", *units, sigma=0.1, prior={"exponent": (0.32, 0.001)})
    assert np.std(sure.forecast([1e6], paths=500).location) < 0.5 * np.std(wide.location)


def test_several_regressors(units):
    rng = np.random.default_rng(0)
    size, data = np.exp(rng.uniform(18, 24, (2, 60)))
    loss = 1.8 + 480 * size**-0.35 + 2000 * data**-0.37 + rng.normal(0, 1e-3, 60)
    fit = cc.fit("chinchilla", {"N": size, "D": data}, loss)
    fc = fit.forecast({"N": [1e10, 1e11], "D": [1e11, 1e11]}, paths=50)
    assert fc.x.tolist() == [60.0, 61.0]
    assert fc.inputs["N"].tolist() == [1e10, 1e11]
    assert "rows_counted" in [note.code for note in fc.notes]
    assert fc.median[0] == pytest.approx(1.8 + 480 * 1e10**-0.35 + 2000 * 1e11**-0.37, abs=0.01)


# ---- notes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ahead", "noted"), [(5, False), (11, True)])
def test_far_extrapolation_is_noted(ahead, noted):
    fc = cc.forecast(
        "random_walk", np.arange(11), np.exp(np.sin(np.arange(11))), x_future=[10 + ahead]
    )
    assert ("far_extrapolation" in [note.code for note in fc.notes]) is noted


@pytest.mark.parametrize(("ahead", "noted"), [(200, False), (300, True)])
def test_experience_is_extrapolated_in_ratios(units, ahead, noted):
    fc = cc.fit("wright", *units).forecast([ahead])
    assert ("far_extrapolation" in [note.code for note in fc.notes]) is noted


def test_refits_that_fail_are_counted(units, monkeypatch):
    from curvecast import bootstrap

    honest = bootstrap.refit

    def failing(share):
        def refit(fit, paths, seed):
            theta = honest(fit, paths, seed)
            theta[: int(share * paths)] = np.nan
            return theta

        return refit

    fit = cc.fit("wright", *units)
    for share, code, severity in (
        (0.1, "refits_failed", "warning"),
        (0.6, "most_refits_failed", "error"),
    ):
        monkeypatch.setattr(bootstrap, "refit", failing(share))
        fc = fit.forecast([32], paths=100)
        assert len(fc.weight) == round(100 * (1 - share))
        assert fc.weight.sum() == pytest.approx(1)
        assert (fc.notes[0].code, fc.notes[0].severity) == (code, severity)
        assert f"{round(100 * share)} of 100 refits" in fc.notes[0].sentence
    monkeypatch.setattr(bootstrap, "refit", failing(1))
    with pytest.raises(cc.FitError, match="none of 100 refits"):
        fit.forecast([32], paths=100)


def test_few_changes_are_noted(falling):
    few = cc.forecast("random_walk", range(4), [4, 3, 2.5, 2], horizon=1)
    assert "few_changes" in [note.code for note in few.notes]
    assert "few_changes" not in [note.code for note in falling.notes]


# ---- the distribution ----------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["falling", "curved"])
def test_cdf_quantile_and_probabilities_agree(which, request):
    fc = request.getfixturevalue(which)
    for p in (0.01, 0.3, 0.5, 0.99):
        np.testing.assert_allclose(fc.cdf(fc.quantile(p)), p, rtol=1e-9)
    np.testing.assert_allclose(fc.prob("<=", 30) + fc.prob(">=", 30), 1)
    np.testing.assert_allclose(fc.median, fc.quantile([0.2, 0.5])[1])
    assert fc.quantile([0.2, 0.5]).shape == (2, len(fc))
    assert fc.interval(0.8).shape == (len(fc), 2)
    assert fc.cdf(-1).tolist() == [0] * len(fc)
    assert np.isnan(fc.cdf(np.nan)).all()


@pytest.mark.parametrize("which", ["falling", "curved", "solar"])
def test_paths_have_the_distribution_of_the_points(which, request):
    fc = request.getfixturevalue(which)
    paths = fc.sample(20_000, seed=7)
    inside = (paths <= fc.quantile(np.array([0.05, 0.25, 0.5, 0.75, 0.95]))[:, np.newaxis]).mean(
        axis=1
    )
    np.testing.assert_allclose(
        inside, np.tile([[0.05], [0.25], [0.5], [0.75], [0.95]], len(fc)), atol=0.012
    )


def test_paths_of_a_walk_hang_together_and_those_of_a_curve_keep_their_curve(solar, curved):
    paths = np.log(solar.sample(4000))
    ranks = stats.spearmanr(paths).statistic
    assert ranks[0, 1] > 0.8
    assert ranks[0, -1] < ranks[0, 1]
    assert abs(stats.spearmanr(np.log(curved.sample(4000))).statistic[0, 1]) < 0.9


def test_a_point_asked_for_twice_has_equal_paths():
    fc = cc.forecast("random_walk", YEARS, COST, x_future=[2022, 2022, 2025])
    paths = fc.sample(50)
    np.testing.assert_allclose(paths[:, 0], paths[:, 1], rtol=1e-6)


def test_the_mean_is_given_where_it_exists():
    plain = cc.forecast("random_walk", range(6), [1, 3, 2, 5, 4, 6], horizon=2, link="identity")
    np.testing.assert_allclose(plain.mean, plain.median)
    heavy = cc.forecast("random_walk", range(3), [1.0, 3, 2], horizon=2, link="identity")
    assert np.isnan(heavy.mean).all()
    logs = cc.forecast("random_walk", range(6), [1, 3, 2, 5, 4, 6], horizon=2)
    assert np.isnan(logs.mean).all()
    assert "mean_does_not_exist" in [note.code for note in logs.notes]
    assert "mean_does_not_exist" in [note.code for note in heavy.notes]
    assert "mean_does_not_exist" not in [note.code for note in plain.notes]
    normal = cc.fit("wright", [1, 2, 4, 8], [100, 81, 63, 52], sigma=0.2).forecast([16])
    expected = normal.sample(200_000).mean()
    assert normal.mean[0] == pytest.approx(expected, rel=0.01)


def test_the_mean_of_a_share_is_that_of_its_paths():
    share = cc.forecast(
        "random_walk", range(7), [2, 5, 12, 30, 48, 50, 70], horizon=3, link="logit", upper=100
    )
    np.testing.assert_allclose(share.mean, share.sample(100_000).mean(axis=0), rtol=0.01)


# ---- crossing ------------------------------------------------------------------------------------


def test_crossing_is_the_first_passage_of_paths(falling):
    level = 10.0
    found = falling.crossing(level, n=4000)
    first = np.maximum.accumulate(falling.sample(4000) <= level, axis=1)
    assert found.direction == "below"
    assert found.never == pytest.approx(1 - first[:, -1].mean())
    assert found.median == falling.x[np.argmax(first.mean(axis=0) >= 0.5)]
    times = [at for at in found.quantiles.values() if at is not None]
    assert times == sorted(times)


def test_crossing_says_never(solar, falling):
    far = falling.crossing(1e-6)
    assert far.never > 0.99
    assert far.median is None
    assert "after 2029" in str(far)
    dear = falling.crossing(60, direction="above")
    assert dear.direction == "above"
    assert dear.never > 0.9


def test_crossing_knows_what_has_been_reached(falling):
    done = falling.crossing(40)
    assert (done.direction, done.reached, done.never) == ("below", 2017.0, 0.0)
    assert set(done.quantiles.values()) == {2017.0}
    assert str(done) == "40 was reached at 2017"


def test_direction_is_that_from_which_the_data_come():
    rising = cc.forecast("last_value", range(5), [1.0, 2, 3, 5, 8], horizon=3)
    assert rising.crossing(10).direction == "above"
    assert rising.crossing(0.5).direction == "below"
    assert rising.crossing(4).reached == 3.0
    with pytest.raises(cc.ArgumentError, match="no direction 'up'"):
        rising.crossing(10, direction="up")


# ---- scores and onwards --------------------------------------------------------------------------


def test_scores_are_in_logs_for_costs(falling):
    observed = np.array([17.0, 12, np.nan, 9, 7, 6, 5, 4, 3])
    found = falling.score(observed)
    location, scale = falling.location[0], falling.scale[0]
    z = np.log(observed)
    seen = np.isfinite(z)
    expected = scoringrules.crps_t(z[seen], 4.0, location[seen], scale[seen])
    np.testing.assert_allclose(found["crps"][seen], expected)
    np.testing.assert_allclose(
        found["log_score"][seen], -stats.t.logpdf(z, 4, location, scale)[seen]
    )
    np.testing.assert_allclose(found["pit"][seen], falling.cdf(observed)[seen])
    np.testing.assert_allclose(found["log_error"][seen], np.log(falling.median / observed)[seen])
    assert [name for name, column in found.items() if not np.isnan(column[2])] == []
    assert np.all(found["interval_score"][seen] > 0)
    with pytest.raises(cc.DataError, match=r"observed has shape \(2,\) and the forecast \(9,\)"):
        falling.score([1, 2])
    with pytest.raises(cc.DataError, match="observed is -1 in row 0"):
        falling.score(np.full(9, -1.0))


def test_scores_of_a_mixture(curved):
    found = curved.score([33, 26, 22])
    assert all(np.isfinite(column).all() for column in found.values())


def test_one_value_scores_one_point():
    fc = cc.forecast("random_walk", YEARS, COST, horizon=1)
    assert fc.score(17)["crps"].tolist() == fc.score([17.0])["crps"].tolist()


def test_forecasts_are_frozen(falling, curved):
    for fc in (falling, curved):
        for array in (fc.x, fc.location, fc.history[1]):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1
    with pytest.raises(AttributeError):
        falling.seed = 3


def test_frame_has_a_row_for_each_point(falling):
    frame = falling.to_frame()
    assert len(frame) == 9
    assert frame["horizon"].tolist() == list(range(1, 10))
    np.testing.assert_array_equal(frame["median"], falling.median)
    assert frame.loc[0, "q05"] < frame.loc[0, "median"] < frame.loc[0, "q95"]


@pytest.mark.parametrize("which", ["falling", "curved"])
def test_a_forecast_comes_back_to_the_bit(which, request):
    fc = request.getfixturevalue(which)
    text = fc.to_json()
    again = cc.Forecast.from_json(text)
    assert again.to_json() == text
    assert np.array_equal(again.sample(20), fc.sample(20))
    assert again.summary() == fc.summary()
    json.loads(text, parse_constant=lambda word: pytest.fail(word))
    with pytest.raises(cc.FormatError, match="version 7"):
        cc.Forecast.from_dict(fc.to_dict() | {"version": 7})
    with pytest.raises(cc.FormatError, match=r"not 'curvecast.forecast'"):
        cc.Forecast.from_dict({"format": "curvecast.fit", "version": 1})


def test_normal_components_survive_json(units):
    fc = cc.fit("wright", *units, sigma=0.1).forecast([32])
    assert np.isinf(cc.Forecast.from_json(fc.to_json()).df).all()


def test_summary_is_one_screen(solar, curved):
    for fc in (solar, curved):
        lines = fc.summary().splitlines()
        assert len(lines) <= 24
        assert max(map(len, lines)) <= 100
        assert "median" in fc.summary()
        assert "<table" in fc._repr_html_()
    assert "in 2013 USD/W" in solar.summary()
    assert solar.summary().splitlines()[0] == "random_walk: forecast from 2013"


# ---- errors --------------------------------------------------------------------------------------

FLAT = [5.0] * 6
BAD = {
    "unknown method": (
        lambda: cc.forecast("randomwalk", YEARS, COST, horizon=1),
        cc.CurveNameError,
        "no method 'randomwalk'; did you mean 'random_walk'",
    ),
    "neither horizon nor points": (
        lambda: cc.forecast("random_walk", YEARS, COST),
        cc.ArgumentError,
        "give horizon= .* or x_future=",
    ),
    "both": (
        lambda: cc.forecast("wright", YEARS, COST, horizon=1, x_future=[1]),
        cc.ArgumentError,
        "not both",
    ),
    "horizon of none": (
        lambda: cc.forecast("random_walk", YEARS, COST, horizon=0),
        cc.ArgumentError,
        "horizon is 0; give a whole number of steps",
    ),
    "points in the past": (
        lambda: cc.forecast("random_walk", YEARS, COST, x_future=[2025, 2019]),
        cc.ArgumentError,
        "x_future is 2019 in row 1, counting from 0, not after the last observation at 2020",
    ),
    "points that are none": (
        lambda: cc.forecast("random_walk", YEARS, COST, x_future=[np.nan]),
        cc.ArgumentError,
        "x_future is nan in row 0",
    ),
    "no points": (
        lambda: cc.fit("exponential", YEARS, COST).forecast([]),
        cc.ArgumentError,
        r"x_future has shape \(0,\)",
    ),
    "steps of experience": (
        lambda: cc.forecast("wright", YEARS, COST, horizon=3),
        cc.ArgumentError,
        "wright does not run along time, .*give x_future=, the experience",
    ),
    "too few points": (
        lambda: cc.forecast("random_walk", [1, 2], [3, 2], horizon=1),
        cc.DataError,
        "y has 2 usable points, and random_walk needs at least 3",
    ),
    "one point": (
        lambda: cc.forecast("last_value", [1], [3], horizon=1),
        cc.DataError,
        "y has 1 usable point, and last_value needs at least 2",
    ),
    "constant": (
        lambda: cc.forecast("random_walk", YEARS, FLAT, horizon=1),
        cc.DataError,
        r"y is constant over its last 6 points \(5\)",
    ),
    "exact steps": (
        lambda: cc.forecast("random_walk", YEARS, 2.0 ** np.arange(6), horizon=1),
        cc.DataError,
        "exactly the same amount at every step",
    ),
    "two values for one time": (
        lambda: cc.forecast("random_walk", [2015, 2016, 2016, 2017], [4, 3, 2, 1], horizon=1),
        cc.DataError,
        r"rows 1 and 2 \(counting from 0\) have the same t, 2016",
    ),
    "lengths": (
        lambda: cc.forecast("random_walk", YEARS, COST[:4], horizon=1),
        cc.DataError,
        "t has 6 points and y has 4",
    ),
    "text": (
        lambda: cc.forecast("random_walk", YEARS, [1, 2, "-", 4, 5, 6], horizon=1),
        cc.DataError,
        "row 2 of y is '-'",
    ),
    "infinite": (
        lambda: cc.forecast("random_walk", YEARS, [1, 2, np.inf, 4, 5, 6], horizon=1),
        cc.DataError,
        r"y is infinite in row 2",
    ),
    "all NaN": (
        lambda: cc.forecast("random_walk", YEARS, [np.nan] * 6, horizon=1),
        cc.DataError,
        "none of the 6 points can be used",
    ),
    "negative in logs": (
        lambda: cc.forecast("random_walk", YEARS, [1, 2, -3, 4, 5, 6], horizon=1, link="log"),
        cc.DataError,
        "y must be positive under link='log', and is not for -3; .*link='identity'",
    ),
    "a share beyond its end": (
        lambda: cc.forecast("random_walk", YEARS, [1, 2, 3, 4, 5, 6], horizon=1, link="logit"),
        cc.DataError,
        "y must be between 0 and upper=1",
    ),
    "link": (
        lambda: cc.forecast("random_walk", YEARS, COST, horizon=1, link="logs"),
        cc.ArgumentError,
        "no link 'logs'; did you mean 'log'",
    ),
    "link of a curve": (
        lambda: cc.forecast("exponential", YEARS, COST, horizon=1, link="log"),
        cc.ArgumentError,
        "link is for the random walks, not for exponential; error_model=",
    ),
    "fit options of a walk": (
        lambda: cc.forecast("random_walk", YEARS, COST, horizon=1, bounds={}),
        cc.ArgumentError,
        "random_walk has no option 'bounds'",
    ),
    "moving average": (
        lambda: cc.forecast("random_walk", YEARS, COST, horizon=1, ma=2),
        cc.ArgumentError,
        "ma is 2; an MA.1. coefficient lies between -1 and 1",
    ),
    "window": (
        lambda: cc.forecast("random_walk", YEARS, COST, horizon=1, window=9),
        cc.ArgumentError,
        "window is 9; .*2 to 5",
    ),
    "a table": (
        lambda: cc.forecast("random_walk", YEARS, [COST, COST], horizon=1),
        cc.DataError,
        r"y has shape \(2, 6\); one series is wanted here",
    ),
    "paths": (
        lambda: cc.forecast("exponential", YEARS, COST, horizon=1, paths=0),
        cc.ArgumentError,
        "paths is 0",
    ),
    "comparison": (
        lambda: cc.forecast("random_walk", YEARS, COST, horizon=1).prob("==", 3),
        cc.ArgumentError,
        "no comparison '=='",
    ),
    "quantile": (
        lambda: cc.forecast("random_walk", YEARS, COST, horizon=1).quantile(5),
        cc.ArgumentError,
        "q is 5; give probabilities between 0 and 1",
    ),
    "seed": (
        lambda: cc.forecast("exponential", YEARS, COST, horizon=1, seed=-1),
        cc.ArgumentError,
        "seed is -1; give a whole number, 0 or more",
    ),
    "seed of a walk": (
        lambda: cc.forecast("random_walk", YEARS, COST, horizon=1, seed=0.5),
        cc.ArgumentError,
        r"seed is 0\.5; give a whole number",
    ),
    "number of paths": (
        lambda: cc.forecast("random_walk", YEARS, COST, horizon=1).sample(0),
        cc.ArgumentError,
        "n is 0",
    ),
}


@pytest.mark.parametrize(("call", "kind", "message"), BAD.values(), ids=BAD)
def test_a_wrong_call_names_argument_place_and_remedy(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    assert re.search(message, str(caught.value)), str(caught.value)
