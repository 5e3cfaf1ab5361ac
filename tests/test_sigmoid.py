# SPDX-License-Identifier: GPL-3.0-or-later
"""S-curves and shares: published fits, the cases that fits of S-curves break on, stacked shares."""

import math

import numpy as np
import pytest

import curvecast as cc

YEARS = np.arange(2000.0, 2030.0)

# Share of metal in the US merchant marine, Martino (1993), as shipped with the R package diffusion
# (mamut86/diffusion, LGPL-2.1).
METAL_YEARS = [*range(1885, 1936, 5), 1939, *range(1945, 1966, 5)]
METAL = [
    *(0.1007, 0.1416, 0.2092, 0.3084, 0.4413, 0.5483, 0.6323, 0.7625, 0.8329, 0.841, 0.8508),
    *(0.8309, 0.9416, 0.9374, 0.9458, 0.9511, 0.9548),
]

# Weight of a chicken in kg by week, Jukic, Kralik and Scitovski (2004), from the same package.
CHICKEN = np.array(
    [0.147, 0.357, 0.641, 0.98, 1.358, 1.758, 2.159, 2.549, 2.915, 3.251, 3.51, 3.74, 3.925]
)


SAYS_SO = {"ceiling_not_identified", "not_identified", "did_not_converge"}


def scatter(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape or len(YEARS))


def codes(fit):
    return {note.code for note in fit.notes}


# ---- published -----------------------------------------------------------------------------------


def test_metal_ships_of_martino():
    """Fisher-Pry line of the R package diffusion's tsMetal: slope, midpoint, 10 to 90 %."""
    fit = cc.fit("fisher_pry", METAL_YEARS, METAL)
    assert fit.error_model == "logit"
    assert fit.params["rate"] == pytest.approx(0.0673707, abs=5e-8)
    assert fit.params["midpoint"] == pytest.approx(1910.53, abs=5e-3)
    assert fit.takeover_time.value == pytest.approx(65.23, abs=5e-3)


def test_chick_of_r():
    """SSfpl of R (r-devel/r-svn tests/Examples/stats-Ex.Rout.save): chick 1 of ChickWeight.

    Grams from Crowder and Hand (1990). R estimates 1/rate, with the standard error 1.002.
    """
    day = [*range(0, 21, 2), 21]
    weight = [42, 51, 59, 64, 76, 93, 106, 125, 149, 171, 199, 205]
    fit = cc.fit("logistic_floor", day, weight)
    assert fit.params["floor"] == pytest.approx(27.4532, abs=5e-5)
    assert fit.params["ceiling"] == pytest.approx(348.9712, abs=5e-5)
    assert fit.params["midpoint"] == pytest.approx(19.3905, abs=5e-5)
    assert 1 / fit.params["rate"] == pytest.approx(6.6726, abs=5e-5)
    assert fit.stderr["floor"] == pytest.approx(6.601, abs=5e-4)
    assert fit.stderr["ceiling"] == pytest.approx(57.899, abs=5e-3)
    assert fit.stderr["midpoint"] == pytest.approx(2.194, abs=5e-4)
    assert fit.stderr["rate"] / fit.params["rate"] ** 2 == pytest.approx(1.002, abs=5e-4)
    assert fit.s == pytest.approx(2.351, abs=5e-4)


# Least squares of the weekly gains of tsChicken, cumulative curves from 0 in week 0: parameters in
# the order of each curve, and the sum of squares.
GAINS = {
    "gamma_shifted_gompertz": (
        [4.44731039, 0.27983352, 2.52722211, 1.51098951, 0],
        0.00068713417,
    ),
    "weibull": ([4.68071871, 8.7139244, 1.53605713, 0], 0.00545320312),
    "bass": ([4.32392399, 0.04731654, 0.27578832, 0], 0.00111526446),
    "gompertz": (
        [4.41526659, 0.26195738, math.log(3.79237915) / 0.26195738],
        0.00595309342,
    ),
}


@pytest.mark.parametrize("name", GAINS)
def test_weekly_gains_of_a_chicken(name):
    """The stated parameters give the stated sum of squares, and no step lowers it."""
    theta, squares = np.array(GAINS[name][0]), GAINS[name][1]
    curve, week = cc.curve(name), np.arange(1.0, 13.0)
    free = ~curve.held
    rows = np.diff(curve.ufunc("eval")(week[None], theta), prepend=0)
    slopes = np.diff(curve.ufunc("grad")(week[None], theta), axis=0, prepend=0)[:, free]
    residual = np.diff(CHICKEN) - rows
    assert residual @ residual == pytest.approx(squares, rel=1e-8)
    step = np.linalg.lstsq(slopes, residual, rcond=None)[0]
    np.testing.assert_allclose(step / theta[free], 0, atol=2e-6)


# ---- hard cases ----------------------------------------------------------------------------------


def test_a_transition_falls_as_it_rises():
    for rate in (0.5, -0.5):
        y = 20 + 60 / (1 + np.exp(-rate * (YEARS - 2014))) + scatter(1)
        fit = cc.fit("logistic_floor", YEARS, y)
        assert fit.status.code == "ok"
        for name, truth in {"floor": 20, "ceiling": 80, "rate": rate, "midpoint": 2014}.items():
            assert abs(fit.params[name] - truth) < 4 * fit.stderr[name], name
        assert fit.takeover_time.value == pytest.approx(math.log(81) / fit.params["rate"])


def test_floor_and_ceiling_keep_their_places():
    """The same curve can be written with both changed over: fits of noisy data do not."""
    clean = 20 + 60 / (1 + np.exp(-0.4 * (YEARS - 2014)))
    for sign in (1, -1):
        y = sign * (clean - 50) + 12 * scatter(2, 300, len(YEARS))
        fits = cc.fit("logistic_floor", YEARS, y)
        found = fits.theta[fits.status >= 0]
        assert (found[:, 1] > found[:, 0]).all()
        assert (sign * found[:, 2] > 0).all()


def test_levels_may_be_negative():
    y = -90 + 60 / (1 + np.exp(-0.4 * (YEARS - 2014))) + scatter(3)
    fit = cc.fit("logistic_floor", YEARS, y)
    assert fit.params["floor"] == pytest.approx(-90, abs=3)
    assert fit.params["ceiling"] == pytest.approx(-30, abs=3)


@pytest.mark.parametrize(
    "name", ["logistic_floor", "log_logistic", "shifted_gompertz", "double_logistic"]
)
def test_a_ceiling_that_was_not_seen_is_not_claimed(name):
    """A third of an S-curve: the fit says that its ceiling is not identified."""
    y = 90 / (1 + np.exp(-0.25 * (YEARS - 2033))) + 0.6 * scatter(4)
    fit = cc.fit(name, YEARS, y)
    assert codes(fit) & SAYS_SO


def test_how_high_a_curve_stands_does_not_hide_its_ceiling():
    """A third of a transition: its ceiling counts from the floor, not from 0."""
    y = 90 / (1 + np.exp(-0.25 * (YEARS - 2032))) + scatter(11, 100, len(YEARS))
    said = []
    for floor in (0, 5000):
        fits = cc.fit("logistic_floor", YEARS, floor + y)
        said.append([bool(codes(fits[i]) & SAYS_SO) for i in range(100)])
    assert said[0] == said[1]
    assert np.mean(said) > 0.98


def test_a_second_wave_of_which_a_third_was_seen():
    y = 40 / (1 + np.exp(-1.1 * (YEARS - 2006))) + 25 / (1 + np.exp(-0.5 * (YEARS - 2031)))
    fits = cc.fit("double_logistic", YEARS, y + 0.5 * scatter(12, 100, len(YEARS)))
    said = [bool(codes(fits[i]) & SAYS_SO) for i in range(100)]
    assert np.mean(said) > 0.98


def test_a_constant_early_part_is_the_floor():
    y = 12 + 50 / (1 + np.exp(-0.9 * (YEARS - 2022))) + 0.5 * scatter(5)
    fit = cc.fit("logistic_floor", YEARS, y)
    assert fit.status.code == "ok"
    assert fit.params["floor"] == pytest.approx(12, abs=0.6)


def test_two_waves_are_found_in_order():
    y = sum(
        size / (1 + np.exp(-rate * (YEARS - at)))
        for size, rate, at in ((40, 1.1, 2006), (25, 0.8, 2020))
    )
    fit = cc.fit("double_logistic", YEARS, y + 0.5 * scatter(6))
    assert fit.status.code == "ok"
    assert fit.minima == 1
    truth = {"ceiling_1": 40, "rate_1": 1.1, "midpoint_1": 2006, "ceiling_2": 25, "gap": 14}
    for name, value in truth.items():
        assert abs(fit.params[name] - value) < 4 * fit.stderr[name], name
    assert fit.midpoint_2.value == pytest.approx(fit.params["midpoint_1"] + fit.params["gap"])
    total = fit.ceiling
    assert total.value == pytest.approx(fit.params["ceiling_1"] + fit.params["ceiling_2"])
    assert total.low < 65 < total.high


def test_one_wave_is_not_passed_off_as_two():
    """Most fits of two say that something is wrong, and Akaike's criterion prefers one."""
    y = 60 / (1 + np.exp(-0.5 * (YEARS - 2014))) + scatter(7, 100, len(YEARS))
    two, one = (cc.fit(name, YEARS, y) for name in ("double_logistic", "logistic"))
    silent = (two.status == 0) & (two.note_bits == 0)
    assert silent.mean() < 0.2
    assert np.mean([two[i].aicc < one[i].aicc for i in range(100)]) < 0.1


def test_curves_since_a_launch_hold_it_one_step_before_the_first_point():
    for name in ("log_logistic", "shifted_gompertz", "gamma_shifted_gompertz"):
        curve = cc.curve(name)
        x = curve.example_points(31)["time"]
        y = curve.ufunc("eval")(x[None], np.array(curve.example)) + 0.2 * scatter(8, 31)
        fit = cc.fit(name, x, y)
        assert fit.params["launch"] == pytest.approx(1999)
        assert fit.status.code == "ok"
        half, early, late = curve.inverse(
            np.array([0.5, 0.1, 0.9]) * fit.params["ceiling"], fit.params
        )
        assert fit.midpoint.value == pytest.approx(half)
        assert fit.takeover_time.value == pytest.approx(late - early)


def test_a_gamma_mixture_of_shape_1_is_bass():
    p, q = 0.02, 0.4
    params = {"ceiling": 7, "rate": p + q, "ratio": q / p, "shape": 1, "launch": 1999}
    bass = {"ceiling": 7, "innovation": p, "imitation": q, "launch": 1999}
    np.testing.assert_allclose(
        cc.curve("gamma_shifted_gompertz").evaluate(YEARS, params),
        cc.curve("bass").evaluate(YEARS, bass),
        rtol=1e-12,
    )


def test_a_gamma_mixture_of_large_shape_is_the_shifted_gompertz():
    params = {"ceiling": 7, "rate": 0.4, "shape": 12, "launch": 1999}
    mixture = {**params, "shape": 1e3, "ratio": 12 / 1e3}
    np.testing.assert_allclose(
        cc.curve("gamma_shifted_gompertz").evaluate(YEARS, mixture),
        cc.curve("shifted_gompertz").evaluate(YEARS, params),
        rtol=0.05,
        atol=0.01,
    )


# ---- shares --------------------------------------------------------------------------------------


def test_a_line_of_log_odds_is_least_squares():
    y = 1 / (1 + np.exp(-0.3 * (YEARS - 2012) - 0.2 * scatter(9)))
    fit = cc.fit("fisher_pry", YEARS, y)
    (slope, level), cov = np.polyfit(YEARS - 2012, np.log(y / (1 - y)), 1, cov=True)
    assert fit.params["rate"] == pytest.approx(slope)
    assert fit.params["midpoint"] == pytest.approx(2012 - level / slope)
    assert fit.stderr["rate"] == pytest.approx(np.sqrt(cov[0, 0]))


def test_shares_near_0_and_1():
    """Every digit of the log odds counts, up to shares of a millionth."""
    y = 1 / (1 + np.exp(-0.9 * (YEARS - 2014.5) + 0.1 * scatter(10)))
    assert y.min() < 3e-6
    fit = cc.fit("fisher_pry", YEARS, y)
    assert fit.params["rate"] == pytest.approx(np.polyfit(YEARS, np.log(y / (1 - y)), 1)[0])
    y[0], y[-1] = 0, 1
    with pytest.raises(cc.DataError, match=r"not between 0 and upper=1 in rows 0 \(0\) and 29"):
        cc.fit("fisher_pry", YEARS, y)
    assert cc.fit("fisher_pry", YEARS, y, error_model="additive").status.code == "ok"


def test_a_share_that_falls():
    fit = cc.fit("fisher_pry", METAL_YEARS, 1 - np.array(METAL))
    assert fit.params["rate"] == pytest.approx(-0.0673707, abs=5e-8)


def shares(curve, times):
    """Return true shares of each technology, (k, n)."""
    k = len(curve.params) // 2 + 1
    x, _ = cc.stack({str(i): np.zeros(len(times)) for i in range(k)}, times)
    points = np.stack([x["time"], x["technology"]])
    return curve.ufunc("eval")(points, np.array(curve.example)).reshape(k, -1)


@pytest.mark.parametrize("k", [3, 4, 5])
def test_shares_of_technologies_sum_to_one(k):
    of_all = shares(cc.curve(f"substitution_{k}"), np.linspace(1950, 2080, 200))
    np.testing.assert_allclose(of_all.sum(axis=0), 1, rtol=1e-14)
    assert (of_all >= 0).all()


@pytest.mark.parametrize("k", [3, 4, 5])
def test_log_odds_against_the_first_are_lines(k):
    curve = cc.curve(f"substitution_{k}")
    of_all = shares(curve, YEARS)
    for i in range(1, k):
        rate, midpoint = curve.example[2 * i - 2], curve.example[2 * i - 1]
        np.testing.assert_allclose(
            np.log(of_all[i] / of_all[0]), rate * (YEARS - midpoint), atol=1e-9
        )


@pytest.mark.parametrize("k", [3, 4, 5])
def test_substitution_is_recovered_from_all_technologies_but_one(k):
    curve = cc.curve(f"substitution_{k}")
    ratios = np.log(shares(curve, YEARS)) + 0.05 * scatter(k, k, len(YEARS))
    observed = np.exp(ratios) / np.exp(ratios).sum(axis=0)
    table = {f"technology {i + 1}": row for i, row in enumerate(observed)}
    for left_out in (None, "technology 1", f"technology {k}"):
        x, y = cc.stack(table, YEARS, leave_out=left_out)
        fit = cc.fit(curve, x, y)
        assert fit.status.code == "ok"
        for name, truth in zip(curve.param_names, curve.example, strict=True):
            assert abs(fit.params[name] - truth) < 5 * fit.stderr[name], name
        assert fit.takeover_time_2.value == pytest.approx(math.log(81) / fit.params["rate_2"])


def test_a_technology_left_out_makes_intervals_hold():
    """Shares that sum to one: intervals from all rows are too short, from all but one they hold."""
    curve = cc.curve("substitution_3")
    ratios = np.log(shares(curve, YEARS)) + 0.2 * scatter(3, 600, 3, len(YEARS))
    observed = np.exp(ratios)
    observed /= observed.sum(axis=1, keepdims=True)
    table = {name: observed[:, i] for i, name in enumerate("abc")}
    held = {}
    for left_out in (None, "a"):
        x, y = cc.stack(table, YEARS, leave_out=left_out)
        fits = cc.fit(curve, x, y)
        held[left_out] = []
        for name, truth in zip(curve.param_names, curve.example, strict=True):
            low, high = fits.interval(name, 0.9)
            held[left_out].append(np.mean((low <= truth) & (truth <= high)))
    assert min(held["a"]) > 0.86
    assert np.mean(held[None]) < 0.85


def test_a_table_with_a_gap_and_a_technology_that_comes_later():
    curve = cc.curve("substitution_3")
    table = dict(zip("abc", shares(curve, YEARS), strict=True))
    table["c"] = np.where(YEARS < 2008, np.nan, table["c"])
    table["b"][5] = np.nan
    x, y = cc.stack(table, YEARS)
    fit = cc.fit(curve, x, y)
    assert fit.theta == pytest.approx(curve.example, rel=1e-6)


def test_rows_of_no_technology_are_named():
    x, y = cc.stack(dict(zip("abc", shares(cc.curve("substitution_3"), YEARS), strict=True)), YEARS)
    x["technology"][4] = 7
    told = r"no value in row 4, counting from 0: .*technology is 7"
    with pytest.raises(cc.FitError, match=told):
        cc.fit("substitution_3", x, y)
    x["technology"][4] = 1.5
    with pytest.raises(cc.FitError, match=r"technology is 1\.5"):
        cc.fit("substitution_3", x, y)
