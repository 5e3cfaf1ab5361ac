# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares out of known numbers of trials, against a generalised linear model of statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize

import curvecast as cc


@pytest.fixture(scope="module")
def survey():
    """Return years, shares and trials: adopters counted in surveys of different sizes."""
    draw = np.random.default_rng(8)
    year = np.arange(2010.0, 2025)
    trials = draw.integers(20, 400, len(year)).astype(float)
    share = draw.binomial(trials.astype(int), 1 / (1 + np.exp(-0.45 * (year - 2018)))) / trials
    return year, share, trials


@pytest.fixture(scope="module")
def fit(survey):
    year, share, trials = survey
    return cc.fit(
        "logistic", year, share, weights=trials, error_model="binomial", fixed={"ceiling": 1}
    )


@pytest.fixture(scope="module")
def oracle(survey):
    year, share, trials = survey
    centred = sm.add_constant(year - 2018)
    counts = np.column_stack([trials * share, trials * (1 - share)])
    return sm.GLM(counts, centred, family=sm.families.Binomial()).fit(tol=1e-14)


def test_a_logistic_curve_is_a_generalised_linear_model(fit, oracle):
    """The slope is the rate, and the midpoint is where the linear predictor is 0."""
    constant, slope = oracle.params
    assert fit.status.code == "ok"
    assert fit.params["rate"] == pytest.approx(slope, rel=1e-9)
    assert fit.params["midpoint"] == pytest.approx(2018 - constant / slope, rel=1e-11)
    to_curve = np.array([[0, 1], [-1 / slope, constant / slope**2]])
    cov = to_curve @ oracle.cov_params() @ to_curve.T
    np.testing.assert_allclose(fit.cov[1:, 1:], cov, rtol=1e-6)
    assert fit.objective == pytest.approx(oracle.deviance, rel=1e-10)
    np.testing.assert_allclose(fit.residuals, oracle.resid_deviance, rtol=1e-6, atol=1e-9)


def test_intervals_are_normal_because_trials_tell_the_scatter(fit, oracle):
    low, high = fit.interval("rate", 0.95)
    assert (low, high) == pytest.approx(tuple(oracle.conf_int()[1]), rel=1e-6)
    assert fit.interval_df == np.inf


def test_bands_are_formed_in_log_odds(fit, oracle):
    ahead = np.array([2005.0, 2018, 2040])
    found = oracle.get_prediction(sm.add_constant(ahead - 2018)).summary_frame(alpha=0.1)
    value, low, high = fit.predict(ahead, band="mean", level=0.9)
    np.testing.assert_allclose(value, found["mean"], rtol=1e-8)
    np.testing.assert_allclose(low, found["mean_ci_lower"], rtol=1e-5)
    np.testing.assert_allclose(high, found["mean_ci_upper"], rtol=1e-5)
    assert ((low > 0) & (high < 1)).all()


def test_criteria_are_those_of_the_numbers_of_successes(fit, oracle):
    n, k = fit.n_used, 2
    assert fit.bic == pytest.approx(-2 * oracle.llf + k * np.log(n), rel=1e-9)
    assert fit.aicc == pytest.approx(oracle.aic + 2 * k * (k + 1) / (n - k - 1), rel=1e-9)


def test_shares_of_another_upper_end_are_the_same_fit(survey, fit):
    year, share, trials = survey
    percent = cc.fit(
        "logistic",
        year,
        100 * share,
        weights=trials,
        error_model="binomial",
        upper=100,
        fixed={"ceiling": 100},
    )
    assert percent.params["rate"] == pytest.approx(fit.params["rate"], rel=1e-8)
    assert percent.stderr["rate"] == pytest.approx(fit.stderr["rate"], rel=1e-6)
    assert percent.objective == pytest.approx(fit.objective, rel=1e-9)
    assert percent.bic == pytest.approx(fit.bic, rel=1e-9)


def test_shares_of_none_and_all_are_data(survey):
    year, _, trials = survey
    share = np.where(year < 2017, 0.0, 1.0)
    share[6:9] = [0.2, 0.5, 0.9]
    found = cc.fit(
        "logistic", year, share, weights=trials, error_model="binomial", fixed={"ceiling": 1}
    )
    assert found.status.ok
    assert np.isfinite(found.residuals).all()
    assert np.isfinite(found.bic)


def test_scatter_beyond_the_trials_is_noted(survey, fit):
    year, share, trials = survey
    assert "overdispersed" not in [each.code for each in fit.notes]
    single = (np.random.default_rng(0).random(400) < 0.3).astype(float)
    x = np.linspace(0, 1, 400)
    one = cc.fit("logistic", x, single, weights=1, error_model="binomial", fixed={"ceiling": 1})
    assert "overdispersed" not in [each.code for each in one.notes]
    many = cc.fit(
        "logistic", year, share, weights=30 * trials, error_model="binomial", fixed={"ceiling": 1}
    )
    assert "overdispersed" in [each.code for each in many.notes]
    assert "scatter more than their numbers of trials" in many.summary()
    # Robust standard errors see the scatter as it is.
    honest = np.sqrt(many.cov_sandwich("hc0")[1, 1])
    assert honest == pytest.approx(np.sqrt(fit.cov_sandwich("hc0")[1, 1]), rel=1e-6)
    table = cc.fit(
        "logistic",
        year,
        share,
        weights=np.stack([trials, 30 * trials]),
        error_model="binomial",
        fixed={"ceiling": 1},
    )
    assert table.counts["notes"]["overdispersed"] == 1
    assert table[1].notes == many.notes
    assert table[0].params == fit.params


def test_a_prior_weighs_against_the_trials(survey):
    year, share, trials = survey

    def lost(theta):
        rate, shift = theta
        fitted = 1 / (1 + np.exp(-rate * (year - 2018 - shift)))
        hits = trials * share * np.log(fitted) + trials * (1 - share) * np.log1p(-fitted)
        return -2 * hits.sum() + ((rate - 0.7) / 0.02) ** 2

    found = optimize.minimize(lost, [0.5, 0.1], method="Nelder-Mead", options={"xatol": 1e-9})
    fit = cc.fit(
        "logistic",
        year,
        share,
        weights=trials,
        error_model="binomial",
        fixed={"ceiling": 1},
        prior={"rate": (0.7, 0.02)},
    )
    assert fit.params["rate"] == pytest.approx(found.x[0], rel=1e-5)
    plain = cc.fit(
        "logistic", year, share, weights=trials, error_model="binomial", fixed={"ceiling": 1}
    )
    assert fit.bic > plain.bic  # of the data alone, which the prior pulls the curve away from


def test_a_binomial_fit_travels_as_json(fit):
    again = cc.Fit.from_json(fit.to_json())
    assert again.params == fit.params
    assert again.interval("rate") == fit.interval("rate")
    np.testing.assert_array_equal(again.residuals, fit.residuals)


YEAR, SHARE = np.arange(8.0), np.linspace(0.05, 0.9, 8)
TRIALS = np.full(8, 50.0)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (
            lambda: cc.fit("logistic", YEAR, SHARE, error_model="binomial"),
            cc.ArgumentError,
            "number of trials behind each share: give those as weights=",
        ),
        (
            lambda: cc.fit("logistic", YEAR, SHARE, sigma=TRIALS, error_model="binomial"),
            cc.ArgumentError,
            "give those as weights=, not sigma=",
        ),
        (
            lambda: cc.fit(
                "logistic", YEAR, SHARE, weights=TRIALS, error_model="binomial", loss="huber"
            ),
            cc.ArgumentError,
            "loss='huber' has no meaning for binomial errors; .*error_model='logit'",
        ),
        (
            lambda: cc.fit("wright", YEAR + 1, SHARE, weights=TRIALS, error_model="binomial"),
            cc.ArgumentError,
            "wright is fitted in logs and has no binomial errors; choose a curve of shares",
        ),
        (
            lambda: cc.fit("logistic", YEAR, 2 * SHARE, weights=TRIALS, error_model="binomial"),
            cc.DataError,
            r"y is no share of upper=1 in rows 4 .*; give successes divided by trials, or set",
        ),
    ],
)
def test_what_binomial_errors_cannot_mean(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_what_a_binomial_fit_cannot_say(fit):
    with pytest.raises(cc.ArgumentError, match=r"no observation band: .*; use band='mean'"):
        fit.predict([2030], band="observation")
    with pytest.raises(cc.ArgumentError, match=r"no forecast, .*; use predict\(x, band='mean'\)"):
        fit.forecast([2030])
    assert np.isnan(fit.scatter)


def test_the_picture_shows_the_band_of_the_curve_only(fit):
    axes = fit.plot()
    names = axes.get_legend_handles_labels()[1]
    assert "90 % band of the curve" in names
    assert "90 % of observations" not in names
    assert "deviance" in fit.summary()
