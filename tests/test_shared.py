# SPDX-License-Identifier: GPL-3.0-or-later
"""`cc.fit(..., shared=)`: several series as one problem, against SciPy and statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize

import curvecast as cc

TIME = np.arange(25.0)
CEILING = np.array([50.0, 100, 80, 120, 60])
MIDPOINT = np.array([8.0, 12, 10, 15, 9])


def logistic(ceiling, rate, midpoint):
    ceiling, midpoint = (np.asarray(each)[..., None] for each in (ceiling, midpoint))
    return ceiling / (1 + np.exp(-np.asarray(rate)[..., None] * (TIME - midpoint)))


@pytest.fixture(scope="module")
def table():
    """Return five logistic series of one rate and different lengths."""
    rows = logistic(CEILING, 0.4, MIDPOINT) + np.random.default_rng(0).normal(0, 1, (5, 25))
    rows[4, 14:] = np.nan
    rows[2, 5] = np.nan
    return rows


@pytest.fixture(scope="module")
def fits(table):
    return cc.fit("logistic", TIME, table, shared=["rate"])


def stacked(table, residuals, first):
    """Solve the whole problem with SciPy; return parameters, covariance and sum of squares."""
    found = optimize.least_squares(
        residuals, first, x_scale="jac", xtol=1e-15, ftol=1e-15, gtol=1e-15
    )
    df = np.isfinite(table).sum() - len(first)
    cov = np.linalg.inv(found.jac.T @ found.jac) * 2 * found.cost / df
    return found.x, cov, 2 * found.cost, df


def test_it_is_least_squares_of_the_stack(table, fits):
    def residuals(theta):
        off = table - logistic(theta[1:6], theta[:1], theta[6:])
        return np.nan_to_num(off, nan=0.0).ravel()

    theta, cov, squares, df = stacked(table, residuals, np.r_[0.4, CEILING, MIDPOINT])
    error = np.sqrt(np.diag(cov))
    assert fits.counts["status"] == {"ok": 5}
    assert fits.joint_df == df
    assert fits.joint_objective == pytest.approx(squares, rel=1e-12)
    assert fits.objective.sum() == pytest.approx(squares, rel=1e-12)
    assert (fits.params["rate"] == fits.params["rate"][0]).all()
    for name, place in (("rate", [0] * 5), ("ceiling", range(1, 6)), ("midpoint", range(6, 11))):
        at = list(place)
        np.testing.assert_allclose(fits.params[name], theta[at], atol=1e-5 * error.max(), rtol=0)
        assert (np.abs(fits.params[name] - theta[at]) < 1e-4 * error[at]).all()
        np.testing.assert_allclose(fits.stderr[name], error[at], rtol=1e-4)
    for i in range(5):
        at = np.ix_([1 + i, 0, 6 + i], [1 + i, 0, 6 + i])
        np.testing.assert_allclose(fits.cov[i], cov[at], rtol=1e-3, atol=1e-9)


def test_a_common_learning_rate_is_a_regression_with_a_dummy_for_each_series():
    draw = np.random.default_rng(2)
    units = np.geomspace(1, 1000, 12) * draw.uniform(0.5, 2, (4, 1))
    first = np.array([100.0, 40, 70, 15])
    cost = first[:, None] * units**-0.32 * np.exp(draw.normal(0, 0.05, units.shape))
    fits = cc.fit("wright", units, cost, shared=["exponent"])
    series = np.repeat(np.eye(4), 12, axis=0)
    line = sm.OLS(np.log(cost).ravel(), np.column_stack([series, np.log(units).ravel()])).fit()
    assert fits.params["exponent"][0] == pytest.approx(-line.params[-1], rel=1e-9)
    assert fits.stderr["exponent"][0] == pytest.approx(line.bse[-1], rel=1e-7)
    np.testing.assert_allclose(fits.params["first_unit"], np.exp(line.params[:4]), rtol=1e-9)
    np.testing.assert_allclose(
        fits.stderr["first_unit"], np.exp(line.params[:4]) * line.bse[:4], rtol=1e-7
    )
    assert fits.s[0] == pytest.approx(np.sqrt(line.scale), rel=1e-9)
    low, high = fits.interval("exponent", 0.95)
    np.testing.assert_allclose([-high[0], -low[0]], line.conf_int()[-1], rtol=1e-7)
    # Of the logarithms, plus what they carry over to the unit of cost.
    assert fits.bic == pytest.approx(
        -2 * line.llf + 6 * np.log(48) + 2 * np.log(cost).sum(), rel=1e-9
    )
    common = fits.common["exponent"]
    assert (common.value, common.low) == (fits.params["exponent"][0], fits.exponent.low[0])
    one = fits[1]
    band = one.predict(units[1], band="mean", level=0.9)
    own = line.get_prediction(np.c_[np.eye(4)[[1] * 12], np.log(units[1])]).summary_frame(0.1)
    np.testing.assert_allclose(band.low, np.exp(own["mean_ci_lower"]), rtol=1e-7)


def test_binomial_series_share_a_rate():
    draw = np.random.default_rng(3)
    trials = draw.integers(30, 200, (3, 25)).astype(float)
    share = draw.binomial(trials.astype(int), logistic([1] * 3, 0.4, [8, 12, 15])) / trials
    fits = cc.fit(
        "logistic",
        TIME,
        share,
        weights=trials,
        error_model="binomial",
        fixed={"ceiling": 1},
        shared=["rate"],
    )
    series = np.repeat(np.eye(3), 25, axis=0)
    counts = np.column_stack([(trials * share).ravel(), (trials * (1 - share)).ravel()])
    design = np.column_stack([series, np.tile(TIME, 3)])
    line = sm.GLM(counts, design, family=sm.families.Binomial()).fit(tol=1e-14)
    assert fits.params["rate"][0] == pytest.approx(line.params[-1], rel=1e-8)
    assert fits.stderr["rate"][0] == pytest.approx(line.bse[-1], rel=1e-6)
    assert fits.joint_objective == pytest.approx(line.deviance, rel=1e-9)
    assert fits.bic == pytest.approx(-2 * line.llf + 4 * np.log(75), rel=1e-9)


def test_known_errors_and_weights(table):
    sigma = np.linspace(0.5, 2, 25)
    fits = cc.fit("logistic", TIME, table, sigma=sigma, shared=["rate"])

    def residuals(theta):
        off = (table - logistic(theta[1:6], theta[:1], theta[6:])) / sigma
        return np.nan_to_num(off, nan=0.0).ravel()

    theta, cov, squares, df = stacked(table, residuals, np.r_[0.4, CEILING, MIDPOINT])
    unit = np.sqrt(np.diag(cov) * df / squares)
    assert fits.params["rate"][0] == pytest.approx(theta[0], rel=1e-6)
    assert fits.stderr["rate"][0] == pytest.approx(unit[0], rel=1e-4)
    assert fits.interval_df == np.inf
    weighted = cc.fit("logistic", TIME, table, weights=1 / sigma**2, shared=["rate"])
    np.testing.assert_allclose(weighted.theta, fits.theta, rtol=1e-9)
    assert weighted.stderr["rate"][0] == pytest.approx(np.sqrt(cov[0, 0]), rel=1e-4)


def test_sharing_everything_is_one_fit_of_all_points():
    draw = np.random.default_rng(4)
    rows = logistic([80] * 3, 0.5, [11] * 3) + draw.normal(0, 1, (3, 25))
    fits = cc.fit("logistic", TIME, rows, shared=["ceiling", "rate", "midpoint"])
    pooled = cc.fit("logistic", np.tile(TIME, 3), rows.ravel())
    for name, value in pooled.params.items():
        np.testing.assert_allclose(fits.params[name], value, rtol=1e-8)
        np.testing.assert_allclose(fits.stderr[name], pooled.stderr[name], rtol=1e-6)
    assert fits.joint_objective == pytest.approx(pooled.objective, rel=1e-12)
    assert fits.aicc == pytest.approx(pooled.aicc, rel=1e-9)


def test_sharing_nothing_that_differs_is_separate_fits(table):
    """With the shared parameter fixed, every series goes its own way."""
    fits = cc.fit("logistic", TIME, table, fixed={"rate": 0.42}, shared=["rate"])
    for row, one in zip(table, fits, strict=True):
        alone = cc.fit("logistic", TIME, row, fixed={"rate": 0.42})
        assert one.params == pytest.approx(alone.params, rel=1e-8)
        assert one.objective == pytest.approx(alone.objective, rel=1e-12)


def test_bounds_fixed_values_and_priors(table, fits):
    low = cc.fit("logistic", TIME, table, bounds={"rate": (None, 0.35)}, shared=["rate"])
    assert (low.params["rate"] == 0.35).all()
    assert np.isnan(low.stderr["rate"]).all()
    assert low.at_bound[:, 1].all()
    assert low.counts["notes"]["at_bound"] == 5
    own = cc.fit(
        "logistic",
        TIME,
        table,
        bounds={"ceiling": (None, [np.nan, 95, np.nan, np.nan, np.nan])},
        shared=["rate"],
    )
    assert own.params["ceiling"][1] == 95
    assert own.at_bound[:, 0].tolist() == [False, True, False, False, False]
    assert own.counts["notes"]["at_bound"] == 1
    assert own.joint_objective > fits.joint_objective
    prior = cc.fit("logistic", TIME, table, prior={"rate": (0.5, 1e-4)}, shared=["rate"])
    assert prior.params["rate"][0] == pytest.approx(0.5, abs=0.001)
    begun = cc.fit("logistic", TIME, table, start={"rate": 0.3}, shared=["rate"])
    np.testing.assert_allclose(begun.theta, fits.theta, rtol=1e-8)


def test_a_prior_counts_once_and_as_it_says(table):
    sigma = 1.0
    fits = cc.fit("logistic", TIME, table, sigma=sigma, prior={"rate": (0.5, 0.005)}, shared="rate")

    def residuals(theta):
        off = table - logistic(theta[1:6], theta[:1], theta[6:])
        return np.r_[np.nan_to_num(off, nan=0.0).ravel(), (theta[0] - 0.5) / 0.005]

    theta, *_ = stacked(table, residuals, np.r_[0.4, CEILING, MIDPOINT])
    assert fits.params["rate"][0] == pytest.approx(theta[0], rel=1e-6)


def test_a_short_series_borrows_from_the_others(table):
    rows = np.vstack([table[:3], np.full(25, np.nan)])
    rows[3, [6, 14]] = [18.0, 78.0]
    alone = cc.fit("logistic", TIME, rows)
    assert alone.ok.tolist() == [True, True, True, False]
    fits = cc.fit("logistic", TIME, rows, shared=["rate"])
    assert fits.ok.all()
    assert fits.params["ceiling"][3] > 78
    assert fits.n_used.tolist() == [25, 25, 24, 2]
    np.testing.assert_allclose(fits[3].predict([6, 14]), [18, 78], atol=1e-6)


def test_a_hopeless_series_is_left_out_and_told(table):
    rows = np.vstack([table, np.full(25, np.nan), np.full(25, 7.0)])
    fits = cc.fit("logistic", TIME, rows, shared=["rate"])
    assert fits.ok.tolist() == [True] * 5 + [False] * 2
    assert fits[5].status.code == "too_few_points"
    assert fits[6].status.code == "constant_series"
    assert np.isnan(fits.theta[5:]).all()
    assert fits.params["rate"][0] == pytest.approx(
        cc.fit("logistic", TIME, table, shared=["rate"]).params["rate"][0], rel=1e-10
    )


def test_a_table_of_several_axes(table):
    cube = np.stack([table, table[::-1] + 0.5])
    fits = cc.fit("logistic", TIME, cube, shared=["rate"], threads=2)
    flat = cc.fit("logistic", TIME, cube.reshape(10, 25), shared=["rate"])
    assert fits.shape == (2, 5)
    np.testing.assert_array_equal(fits.theta.reshape(10, 3), flat.theta)
    assert fits[1, 2].params == flat[7].params


def test_order_of_series_and_units_change_no_answer(table, fits):
    order = [3, 0, 4, 1, 2]
    other = cc.fit("logistic", TIME * 10, table[order] * 1e6, shared=["rate"])
    np.testing.assert_allclose(
        other.params["ceiling"], 1e6 * fits.params["ceiling"][order], rtol=1e-8
    )
    np.testing.assert_allclose(other.params["rate"], fits.params["rate"] / 10, rtol=1e-8)
    np.testing.assert_allclose(other.stderr["rate"], fits.stderr["rate"] / 10, rtol=1e-6)


def test_a_ceiling_beyond_the_data_is_named(table):
    rows = table.copy()
    rows[3, 9:] = np.nan
    fits = cc.fit("logistic", TIME, rows, shared=["rate"])
    told = ["ceiling_not_identified" in codes for codes in fits.notes]
    assert told == [False, False, False, True, False]
    early = np.where(TIME < 6, table, np.nan)
    together = cc.fit("gompertz", TIME, early, shared=["ceiling"], error_model="additive")
    assert all("ceiling_not_identified" in codes for codes in together.notes)


def test_residuals_that_follow_each_other_are_named(table):
    rows = table.copy()
    rows[1] += 4 * np.sin(TIME / 3)
    fits = cc.fit("logistic", TIME, rows, shared=["rate"])
    told = ["autocorrelated" in codes for codes in fits.notes]
    assert told[1]
    assert not told[0]


def test_a_formula_takes_part(table, fits):
    curve = cc.formula("K/(1+exp(-k*(t-m)))", x="t", bounds={"K": (0, None), "k": (0, None)})
    start = {"K": 80.0, "k": 0.3, "m": 10.0}
    found = cc.fit(curve, TIME, table, shared=["k"], start=start)
    np.testing.assert_allclose(found.params["k"], fits.params["rate"], rtol=1e-7)
    np.testing.assert_allclose(found.stderr["K"], fits.stderr["ceiling"], rtol=1e-5)


def test_one_series_of_a_joint_fit(fits):
    one = fits[1]
    assert isinstance(one, cc.SharedFit)
    assert one.df == fits.joint_df
    common = fits.common["rate"]
    assert tuple(one.interval("rate")) == (common.low, common.high)
    assert "fitted together with other series; shared: rate" in one.summary()
    assert one.residuals.shape == (25,)
    assert one.plot() is not None
    for refused in (
        lambda: one.forecast([30]),
        lambda: one.bootstrap(),
        lambda: one.diagnostics(),
        lambda: one.cov_sandwich(),
        lambda: one.interval("rate", method="profile"),
        lambda: one.to_json(),
    ):
        with pytest.raises(cc.ArgumentError, match=r"fitted together with others \(shared: rate\)"):
            refused()
    assert np.isnan(one.aicc)
    assert "shared by 5 series" in fits.summary()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shared": ["speed"]}, "shared names 'speed', which is no parameter of logistic"),
        ({"shared": []}, "shared is empty; name a parameter"),
        ({"shared": ["rate"], "loss": "huber"}, "fitted by least squares only"),
        (
            {"shared": ["rate"], "bounds": {"rate": ([0.1, 0.2, 0.1, 0.1, 0.1], None)}},
            r"a shared parameter \(rate\) has one value in all series; give one number",
        ),
    ],
)
def test_what_cannot_be_shared(table, options, said):
    with pytest.raises(cc.ArgumentError, match=said):
        cc.fit("logistic", TIME, table, **options)


def test_one_series_has_nobody_to_share_with(table):
    with pytest.raises(cc.ArgumentError, match=r"shared=\['rate'\] needs several series"):
        cc.fit("logistic", TIME, table[0], shared=["rate"])


def test_series_of_which_none_can_be_fitted():
    with pytest.raises(cc.FitError, match="none of the 2 series can be fitted"):
        cc.fit("logistic", TIME, np.full((2, 25), 3.0), shared=["rate"], start={"rate": 0.4})
    with pytest.raises(cc.FitError, match=r"nothing to begin the shared .*; give them in start="):
        cc.fit("logistic", TIME, np.full((2, 25), 3.0), shared=["rate"])
