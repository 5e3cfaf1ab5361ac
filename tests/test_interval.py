# SPDX-License-Identifier: GPL-3.0-or-later
"""Intervals: Wald, profile likelihood, bootstrap; open ends; sandwich covariances; diagnostics."""

import copy
import pickle

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.diagnostic import het_breuschpagan

import curvecast as cc

EXPERIENCE = 3 * 1.3 ** np.arange(25.0)
TIME = np.linspace(0, 28, 30)


@pytest.fixture
def costs():
    """A made-up cost series, its scatter growing with experience, with one point out of line."""
    rng = np.random.default_rng(11)
    cost = 100 * EXPERIENCE**-0.3 * np.exp(np.linspace(0.02, 0.2, 25) * rng.standard_normal(25))
    cost[20] *= 2.5
    return cost


@pytest.fixture
def adoption():
    rng = np.random.default_rng(5)
    return 12 / (1 + np.exp(-0.45 * (TIME - 14))) + 0.3 * rng.standard_normal(30)


def early(points=14, sd=0.03, seed=2):
    """Return a logistic series that ends long before its midpoint."""
    time = np.linspace(0, 8, points)
    rng = np.random.default_rng(seed)
    return time, 12 / (1 + np.exp(-0.45 * (time - 14))) + sd * rng.standard_normal(points)


# ---- profile likelihood ------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_profile_of_a_line_is_the_t_interval(costs, level):
    fit = cc.fit("wright", EXPERIENCE, costs)
    line = stats.linregress(np.log(EXPERIENCE), np.log(costs))
    t = stats.t.ppf((1 + level) / 2, 23)
    low, high = fit.interval("exponent", level, method="profile")
    assert low == pytest.approx(-line.slope - t * line.stderr, rel=1e-8)
    assert high == pytest.approx(-line.slope + t * line.stderr, rel=1e-8)
    low, high = fit.interval("first_unit", level, method="profile")
    ends = np.exp(line.intercept + np.array([-t, t]) * line.intercept_stderr)
    assert [low, high] == pytest.approx(ends.tolist(), rel=1e-8)


def test_profile_with_known_errors_takes_the_chi_squared_quantile(costs):
    fit = cc.fit("wright", EXPERIENCE, costs, sigma=0.05)
    low, high = fit.interval("exponent", 0.95, method="profile")
    half = stats.norm.ppf(0.975) * fit.stderr["exponent"]
    assert [low, high] == pytest.approx(
        [fit.params["exponent"] - half, fit.params["exponent"] + half], rel=1e-8
    )


@pytest.mark.parametrize("name", ["ceiling", "rate", "midpoint"])
def test_profile_ends_where_the_objective_has_risen_enough(pasture, name):
    fit = cc.fit("logistic", *pasture)
    threshold = fit.objective * (1 + stats.f.ppf(0.9, 1, fit.df) / fit.df)
    found = fit.interval(name, method="profile")
    assert found.ends == ("closed", "closed")
    assert found.notes == ()
    for end in found:
        held = cc.fit("logistic", *pasture, fixed={name: end})
        assert held.objective == pytest.approx(threshold, rel=1e-7)
    assert found.low < fit.params[name] < found.high


def test_profile_agrees_with_lmfit(pasture):
    """Rat42 of the NIST StRD; `conf_interval` looks for the same F quantile, to three digits."""
    lmfit = pytest.importorskip("lmfit")
    fit = cc.fit("logistic", *pasture)
    model = lmfit.Model(
        lambda t, ceiling, rate, midpoint: ceiling / (1 + np.exp(-rate * (t - midpoint)))
    )
    result = model.fit(pasture[1], t=pasture[0], **fit.params)
    for name, ends in result.conf_interval(sigmas=[0.95]).items():
        want = [ends[0][1], ends[2][1]]
        assert list(fit.interval(name, 0.95, method="profile")) == pytest.approx(want, rel=1e-3)


def test_profile_of_a_ceiling_that_the_data_do_not_show_is_open():
    fit = cc.fit("logistic", *early())
    found = fit.interval("ceiling", 0.95, method="profile")
    assert found.high == np.inf
    assert found.ends == ("closed", "open")
    assert 0 < found.low < fit.params["ceiling"]
    assert str(found).endswith("open above (95 %, profile)")
    assert [note.code for note in found.notes] == ["interval_open"]
    assert "ceiling above" in found.notes[0].sentence
    assert "open above" in str(fit.estimate("ceiling", method="profile"))


def test_profile_stops_at_a_bound():
    found = cc.fit("logistic", *early(), bounds={"ceiling": (None, 40)}).interval(
        "ceiling", method="profile"
    )
    assert (found.high, found.ends[1]) == (40, "bound")
    assert "its bound" in str(found)


def test_profile_of_a_held_parameter_is_none(adoption):
    fit = cc.fit("logistic", TIME, adoption, fixed={"midpoint": 14})
    found = fit.interval("midpoint", method="profile")
    assert np.isnan(found).all()
    assert found.ends == ("none", "none")
    assert fit.interval("rate", method="profile").ends == ("closed", "closed")


def test_profile_without_scatter_says_why():
    fit = cc.fit("logistic", TIME[::10], [0.5, 4.0, 11.0])
    found = fit.interval("ceiling", method="profile")
    assert np.isnan(found).all()
    assert found.notes[0].severity == "error"


def test_profile_holds_what_a_curve_holds_by_default(adoption):
    """A parameter that is held unless freed is held here too, and profiled where it was freed."""
    curve = next(each for each in cc.curves() if each.held.any())
    name = curve.param_names[int(np.argmax(curve.held))]
    other = curve.param_names[int(np.argmin(curve.held))]
    x = EXPERIENCE if curve.positive_x else TIME
    y = np.abs(np.interp(np.arange(len(x)), np.arange(30), adoption)) + 0.1
    fit = cc.fit(curve, x, y)
    assert fit.interval(name, method="profile").ends == ("none", "none")
    assert "none" not in fit.interval(other, method="profile").ends
    freed = cc.fit(curve, x, y, start={name: fit.params[name]}, on_error="report")
    if freed.status.ok:
        assert "none" not in freed.interval(name, method="profile").ends


def test_profile_of_a_quantity_of_one_parameter_is_carried_over(costs):
    fit = cc.fit("wright", EXPERIENCE, costs)
    low, high = fit.interval("exponent", method="profile")
    rate = fit.interval("learning_rate", method="profile")
    assert list(rate) == pytest.approx([1 - 2**-low, 1 - 2**-high], rel=1e-12)
    assert rate.ends == ("closed", "closed")


def test_profile_of_a_quantity_with_a_pole_inside_is_none():
    """A doubling time when the rate may have either sign: what it says is no interval."""
    rng = np.random.default_rng(3)
    fit = cc.fit("exponential", TIME, np.exp(1 + 0.2 * rng.standard_normal(30)))
    rate = fit.interval(fit.curve.param_names[1], method="profile")
    assert rate.low < 0 < rate.high
    found = fit.interval("doubling_time", method="profile")
    assert np.isnan(found).all()
    assert found.ends == ("lost", "lost")


def test_profile_of_a_quantity_of_several_parameters_is_refused(adoption):
    fit = cc.fit("logistic", TIME, adoption)
    with pytest.raises(cc.ArgumentError, match="peak_growth of logistic depends on several"):
        fit.interval("peak_growth", method="profile")


def test_profile_says_when_it_finds_a_better_fit(adoption):
    """A fit that was not at a minimum: here one whose parameters were changed by hand."""
    from dataclasses import replace

    fit = cc.fit("logistic", TIME, adoption)
    off = replace(fit, theta=fit.theta * [1.2, 1, 1])
    found = off.interval("ceiling", method="profile")
    assert found.better == pytest.approx(fit.params, rel=1e-6)
    assert found.notes[0].code == "better_fit_found"
    assert "ceiling=" in found.notes[0].sentence
    assert fit.interval("ceiling", method="profile").better is None


def test_profile_under_a_robust_loss_is_not_moved_by_outliers(adoption):
    spoiled = adoption.copy()
    spoiled[::7] += 6
    plain = cc.fit("logistic", TIME, spoiled).interval("ceiling", method="profile")
    robust = cc.fit("logistic", TIME, spoiled, loss="huber").interval("ceiling", method="profile")
    assert robust.high - robust.low < (plain.high - plain.low) / 2
    assert robust.low < 12 < robust.high


def test_profiles_of_a_table_are_those_of_its_series(adoption):
    table = np.array([adoption, adoption[::-1], 2 * adoption, np.full(30, np.nan)])
    fits = cc.fit("logistic", TIME, table)
    found = fits.interval("ceiling", method="profile")
    assert found.low.shape == found.ends[0].shape == (4,)
    for i in range(3):
        one = fits[i].interval("ceiling", method="profile")
        assert (found.low[i], found.high[i]) == tuple(one)
        assert (found.ends[0][i], found.ends[1][i]) == one.ends
    assert np.isnan(found.low[3])
    assert found.ends[0][3] == "none"
    assert str(found) == "(4,) intervals (90 %, profile)"
    wald = fits.interval("ceiling")
    assert tuple(wald.low[:3]) == tuple(fits[i].interval("ceiling").low for i in range(3))


def test_an_interval_is_a_pair_that_travels(adoption):
    found = cc.fit("logistic", TIME, adoption).interval("rate", 0.8, method="profile")
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert tuple(again) == tuple(found)
        assert (again.level, again.method, again.ends) == (0.8, "profile", ("closed", "closed"))
    assert repr(found).startswith("<Interval ")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda fit: fit.interval("rate", method="magic"), "interval method 'magic'"),
        (lambda fit: fit.interval("raet", method="profile"), "nothing called 'raet'.*rate"),
        (lambda fit: fit.interval("rate", 90, method="profile"), "did you mean 0.9"),
        (lambda fit: fit.cov_sandwich("hc9"), "covariance 'hc9'"),
    ],
)
def test_wrong_calls_are_refused(adoption, call, message):
    with pytest.raises(cc.ArgumentError, match=message):
        call(cc.fit("logistic", TIME, adoption))


@pytest.mark.parametrize("y", [np.zeros(6), np.full(6, 1e300), np.arange(6) * 1e-320, np.eye(6)[0]])
def test_profile_of_hostile_data_ends(y):
    curve = cc.curve("logistic")
    nothing = np.full(3, np.nan)
    inputs = (
        np.arange(6.0)[np.newaxis],
        y,
        np.ones(6),
        np.ones(3),
        *[nothing] * 4,
        np.full(8, np.nan),
    )
    low, high, status, best = curve.ufunc("profile")(*inputs, np.full(3, 0.9))
    assert low.shape == high.shape == status.shape == best.shape == (3,)
    assert not np.any(low > high)


# ---- sandwich covariances ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["hc0", "hc1", "hc2", "hc3"])
@pytest.mark.parametrize("weighted", [False, True])
def test_sandwich_is_that_of_a_regression(costs, kind, weighted):
    weights = np.linspace(1, 4, 25) if weighted else None
    fit = cc.fit("wright", EXPERIENCE, costs, weights=weights)
    design = np.column_stack([np.ones(25), -np.log(EXPERIENCE)])
    model = sm.WLS(np.log(costs), design, weights=1.0 if weights is None else weights)
    want = model.fit().get_robustcov_results(kind.upper()).cov_params()
    scale = np.array([fit.params["first_unit"], 1.0])
    np.testing.assert_allclose(
        fit.cov_sandwich(kind), want * np.outer(scale, scale), rtol=1e-9, atol=0
    )


def test_sandwich_leaves_held_parameters_out(adoption):
    fit = cc.fit("logistic", TIME, adoption, fixed={"ceiling": 12})
    cov = fit.cov_sandwich()
    assert not cov[0].any()
    assert (np.diag(cov)[1:] > 0).all()
    fit = cc.fit("logistic", TIME, adoption, bounds={"ceiling": (14, None)})
    assert fit.params["ceiling"] == 14
    assert not fit.cov_sandwich()[0].any()


def test_sandwich_of_a_point_that_decides_alone_is_none():
    x = np.array([1.0, 5, 5, 5, 5, 5])
    fit = cc.fit("wright", x, [100, 60, 63, 61, 59, 60.5])
    assert np.isfinite(fit.cov_sandwich("hc0")).all()
    assert np.isnan(fit.cov_sandwich("hc3")).all()


# ---- diagnostics -------------------------------------------------------------------------------


def test_influence_is_that_of_a_regression(costs):
    fit = cc.fit("wright", EXPERIENCE, costs)
    ordinary = sm.OLS(np.log(costs), np.column_stack([np.ones(25), -np.log(EXPERIENCE)])).fit()
    influence = ordinary.get_influence()
    found = fit.diagnostics()
    np.testing.assert_allclose(found.leverage, influence.hat_matrix_diag, rtol=1e-9)
    np.testing.assert_allclose(
        found.dfbetas["first_unit"], influence.dfbetas[:, 0], rtol=1e-7, atol=1e-12
    )
    np.testing.assert_allclose(
        found.dfbetas["exponent"], influence.dfbetas[:, 1], rtol=1e-7, atol=1e-12
    )
    np.testing.assert_allclose(
        found.residuals, ordinary.resid / np.sqrt(ordinary.mse_resid), rtol=1e-7
    )
    assert found.most_influential == 20
    design = np.column_stack([np.ones(25), ordinary.fittedvalues])
    statistic, p, *_ = het_breuschpagan(ordinary.resid, design)
    assert found.heteroscedasticity == pytest.approx(statistic, rel=1e-7)
    assert found.heteroscedasticity_p == pytest.approx(p, rel=1e-6)


def test_refits_move_parameters_as_far_as_they_say(costs):
    fit = cc.fit("wright", EXPERIENCE, costs)
    found = fit.diagnostics(refit=True)
    weights = np.ones(25)
    weights[20] = 0
    without = cc.fit("wright", EXPERIENCE, costs, weights=weights)
    moved = (fit.params["exponent"] - without.params["exponent"]) / fit.stderr["exponent"]
    assert found.moves["exponent"][20] == pytest.approx(moved, rel=1e-6)
    assert "row 20" in found.summary()


def test_residuals_that_follow_each_other_are_named():
    slow = 12 / (1 + np.exp(-0.45 * (TIME - 14))) + 0.4 * np.sin(TIME)
    shuffled = np.random.default_rng(0).permutation(30)
    for order in (slice(None), shuffled):
        found = cc.fit("logistic", TIME[order], slow[order]).diagnostics()
        assert found.autocorrelation > 0.5
        assert "residuals_follow_each_other" in [note.code for note in found.notes]
    with_white = cc.fit("logistic", TIME, slow + np.random.default_rng(1).normal(0, 2, 30))
    assert "residuals_follow_each_other" not in [
        note.code for note in with_white.diagnostics().notes
    ]


def test_uneven_scatter_is_named():
    rng = np.random.default_rng(7)
    time = np.linspace(0, 28, 80)
    level = 12 / (1 + np.exp(-0.45 * (time - 14)))
    noise = rng.standard_normal(80)
    uneven = cc.fit("logistic", time, level + 0.1 * level * noise).diagnostics()
    assert "uneven_scatter" in [note.code for note in uneven.notes]
    even = cc.fit("logistic", time, level + 0.3 * noise).diagnostics()
    assert "uneven_scatter" not in [note.code for note in even.notes]


def test_a_point_that_decides_is_named(adoption):
    spoiled = adoption.copy()
    spoiled[29] += 8
    found = cc.fit("logistic", TIME, spoiled).diagnostics()
    assert found.most_influential == 29
    assert found.notes[0].code == "point_decides"
    assert "row 29" in found.notes[0].sentence
    quiet = cc.fit("logistic", TIME, adoption).diagnostics()
    assert "point_decides" not in [note.code for note in quiet.notes]


def test_points_that_were_not_used_have_no_diagnostics(adoption):
    missing = adoption.copy()
    missing[3] = np.nan
    fit = cc.fit("logistic", TIME, missing, fixed={"midpoint": 14})
    found = fit.diagnostics(refit=True)
    assert np.isnan([found.residuals[3], found.leverage[3], found.dfbetas["rate"][3]]).all()
    assert np.isnan(found.moves["rate"][3])
    assert set(found.dfbetas) == {"ceiling", "rate"}
    assert np.isfinite(np.delete(found.leverage, 3)).all()
    with pytest.raises(ValueError, match="read-only"):
        found.leverage[0] = 0


# ---- the interval of record ----------------------------------------------------------------------


def test_a_wald_interval_that_holds_is_the_one_of_record(costs):
    fit = cc.fit("wright", EXPERIENCE, costs)
    for name in ("first_unit", "exponent", "learning_rate"):
        assert tuple(fit.interval(name)) == tuple(fit.interval(name, method="wald"))
        assert fit.interval(name).method == fit.estimate(name).method == "wald"
    assert fit.learning_rate.low == fit.interval("learning_rate", method="wald").low


def test_a_profile_takes_the_place_of_a_wald_interval_that_does_not_hold():
    """The data show no ceiling: to either side of the fit they say quite different things."""
    fit = cc.fit("logistic", *early())
    found, profile = fit.interval("ceiling"), fit.interval("ceiling", method="profile")
    assert (tuple(found), found.ends, found.notes) == (tuple(profile), profile.ends, profile.notes)
    assert found.method == fit.ceiling.method == "profile"
    assert fit.ceiling.low == found.low > fit.estimate("ceiling", method="wald").low
    assert fit.ceiling.high == np.inf
    assert fit.interval("ceiling") is found  # what takes refits is kept
    text = fit.summary()
    assert "open  y" in text
    assert "Profile intervals, as Wald's would not hold: ceiling, rate" in text
    # A quantity of several parameters has no profile.
    assert fit.interval("peak_growth").method == "wald"
    assert fit.derived["peak_growth"].method == "wald"


def test_what_is_tested_is_the_level_that_is_asked_for(adoption):
    fit = cc.fit("logistic", TIME, adoption)
    assert fit.interval("rate", 0.3).method == "wald"
    assert fit.interval("rate", 0.9999).method == "profile"


def test_a_quantity_of_one_parameter_goes_with_it(adoption):
    fit = cc.fit("logistic", TIME, adoption + 2 * np.sin(5 * TIME))
    rate, time = fit.interval("rate"), fit.interval("takeover_time")
    assert rate.method == time.method == "profile"
    assert list(time) == pytest.approx([np.log(81) / rate.high, np.log(81) / rate.low])


def test_nothing_is_tested_where_nothing_can_be(adoption):
    exact = cc.fit("logistic", TIME[::10], [0.5, 4.0, 11.0])  # no scatter
    assert exact.interval("rate").method == "wald"
    assert np.isnan(exact.interval("rate")).all()
    fixed = cc.fit("logistic", TIME, adoption, fixed={"midpoint": 14})
    assert tuple(fixed.interval("midpoint")) == (14, 14)


def test_intervals_of_record_of_a_table_are_those_of_its_fits(adoption):
    noise = np.random.default_rng(8).standard_normal((3, 30))
    table = adoption + np.array([0, 0.3, 3])[:, np.newaxis] * noise
    table = np.concatenate([table, np.full((1, 30), np.nan)]).reshape(2, 2, 30)
    fits = cc.fit("logistic", TIME, table)
    for name in ("rate", "takeover_time", "peak_growth"):
        found = fits.interval(name, method="auto")
        methods = set()
        for index in ((0, 0), (0, 1), (1, 0)):
            one = fits[index].interval(name)
            methods.add(one.method)
            assert (found.low[index], found.high[index]) == tuple(one)
            assert tuple(end[index] for end in found.ends) == one.ends
        assert np.isnan(found.low[1, 1])
        assert found.method == "auto" or name == "peak_growth"
    assert fits.interval("midpoint", method="auto").method == "auto"
    # What costs nothing stays what attributes have.
    assert tuple(fits.rate.low.ravel()[:3]) == tuple(fits.interval("rate").low.ravel()[:3])


@pytest.mark.parametrize("seed", [1, 2, 4, 6])
def test_what_is_known_to_so_many_times_is_walked_along_its_logarithm(seed):
    """In equal steps towards zero a walk got to where the curve is another one, and was lost."""
    curve = cc.curve("m4")
    x = curve.example_points(40)
    clean = curve.evaluate(x, dict(zip(curve.param_names, curve.example, strict=True)))
    y = clean * np.exp(0.1 * np.random.default_rng(seed).standard_normal(40))
    fit = cc.fit(curve, x, y)
    found = fit.interval("x_0", method="profile")
    assert found.ends == ("closed", "closed")
    threshold = fit.objective * (1 + stats.f.ppf(0.9, 1, fit.df) / fit.df)
    for end in found:
        held = cc.fit(curve, x, y, fixed={"x_0": end})
        assert held.objective == pytest.approx(threshold, rel=1e-6)


# ---- limits of parameters ------------------------------------------------------------------------


@pytest.fixture
def hours():
    """Hours of a unit that shows hardly more than that there is prior experience."""
    units = np.array([1, 2, 3, 5, 8, 12, 20, 30, 45, 70, 100, 150, 220, 330, 500, 750.0])
    noise = np.exp(0.06 * np.sin(5 * np.arange(16)))
    return units, 120 * (0.25 + 0.75 * (units + 4) ** -0.6) * noise


def test_a_wald_interval_ends_where_the_parameter_does(hours):
    fit = cc.fit("carr", *hours)
    prior = fit.prior_experience

    assert prior.value - 1.5 * prior.stderr < 0  # symmetric, it would reach below
    prior = fit.estimate("prior_experience", method="wald")
    assert prior.low == 0.0
    assert prior.high > prior.value
    interval = fit.interval("prior_experience", method="wald")
    assert interval.ends == ("bound", "closed")
    assert str(interval).startswith("0 (its bound) to ")
    table = cc.fit("carr", hours[0], np.stack([hours[1], hours[1] * 2]))
    assert (table.prior_experience.low == 0).all()
    assert table.interval("prior_experience").ends[0].tolist() == ["bound", "bound"]


def test_a_bound_of_the_users_ends_an_interval_too(hours):
    free = cc.fit("carr", *hours).exponent
    most = (free.value + free.high) / 2
    fit = cc.fit("carr", *hours, bounds={"exponent": (None, most)})

    assert fit.exponent.value == pytest.approx(free.value, rel=1e-6)
    assert fit.exponent.high == most
    assert fit.interval("exponent").ends == ("closed", "bound")
