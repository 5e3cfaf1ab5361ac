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


# Optical density of DNase at each concentration (run 1 of R's DNase; Davidian and Giltinan 1995).
DNASE_AT = np.repeat([0.04882812, 0.1953125, 0.390625, 0.78125, 1.5625, 3.125, 6.25, 12.5], 2)
DNASE = [
    *(0.017, 0.018, 0.121, 0.124, 0.206, 0.215, 0.377, 0.374, 0.614, 0.609, 1.019, 1.001, 1.334),
    *(1.364, 1.73, 1.71),
]


def test_dnase_of_r():
    """SSgompertz of R (r-devel/r-svn tests/Examples/stats-Ex.Rout.save): Asym exp(-b2 b3^x) with
    x = ln concentration."""
    fit = cc.fit("gompertz", np.log(DNASE_AT), DNASE)
    ceiling, rate, inflection = fit.theta
    b2, b3 = np.exp(rate * inflection), np.exp(-rate)
    assert [ceiling, b2, b3] == pytest.approx([4.60333, 2.27134, 0.71647], abs=5e-6)
    slope_b2 = b2 * np.array([0, inflection, rate])
    assert fit.stderr["ceiling"] == pytest.approx(0.65321, abs=5e-6)
    assert np.sqrt(slope_b2 @ fit.cov @ slope_b2) == pytest.approx(0.14373, abs=5e-6)
    assert b3 * fit.stderr["rate"] == pytest.approx(0.02206, abs=5e-6)
    assert fit.s == pytest.approx(0.02684, abs=5e-6)
    # R says nothing of it, but the largest density is 38 % of this ceiling
    assert "ceiling_not_identified" in codes(fit)


def test_puromycin_of_r():
    """SSmicmen of R (the same file): Vm c/(K + c), cells treated with puromycin (Treloar 1974).

    The R package nlraa, vignette Confidence-Bands, has 183.3 with the standard error 4.07 at .4.
    """
    at = np.repeat([0.02, 0.06, 0.11, 0.22, 0.56, 1.1], 2)
    speed = [76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200]
    fit = cc.fit("log_logistic", at, speed, fixed={"launch": 0, "shape": 1})
    assert fit.params["ceiling"] == pytest.approx(212.7, abs=0.05)
    assert fit.params["scale"] == pytest.approx(0.06412, abs=5e-6)
    assert fit.stderr["ceiling"] == pytest.approx(6.947, abs=5e-4)
    assert fit.stderr["scale"] == pytest.approx(0.008281, abs=5e-7)
    assert fit.s == pytest.approx(10.93, abs=5e-3)
    value, _, high = fit.predict([0.4], band="mean", level=0.95)
    assert value[0] == pytest.approx(183.3001, abs=5e-5)
    quantile = 2.228138852  # of Student's t with ten degrees of freedom, one-sided .975
    assert (high[0] - value[0]) / quantile == pytest.approx(4.07, abs=5e-3)


# Roots of ryegrass in cm against ferulic acid in mM, and weight gain of chickens on two forms of
# methionine: data sets ryegrass (Inderjit, Streibig and Olofsdotter 2002, Physiol. Plantarum 114,
# 422-428) and methionine of the R package drc, with the output of its examples in
# github.com/hreinwald/drc, commit 476e3a50, docs/reference.
ACID = np.repeat([0, 0.94, 1.88, 3.75, 7.5, 15, 30], [6, 3, 3, 3, 3, 3, 3])
ROOTS = [
    *(7.58, 8, 8.328571, 7.25, 7.375, 7.9625, 8.355556, 6.914286, 7.75, 6.871429, 6.45, 5.922222),
    *(
        1.925,
        2.885714,
        4.233333,
        1.1875,
        0.857143,
        1.057143,
        0.6875,
        0.525,
        0.825,
        0.25,
        0.22,
        0.44,
    ),
]


def test_ryegrass_of_drc():
    """LL.4, which falls from a dose of 0: c + (d - c)/(1 + (x/e)^b); and L.4, the logistic.

    The standard errors of drc are those of the observed information: up to a fiftieth from ours.
    """
    falling = cc.formula("c + (d - c)/(1 + (x/e)^b)", x="x")
    fit = cc.fit(falling, ACID, ROOTS)
    printed = {"b": 2.9822191, "c": 0.4814132, "d": 7.7929583, "e": 3.0579550}
    assert {name: fit.params[name] for name in printed} == pytest.approx(printed, rel=1e-5)
    assert fit.s == pytest.approx(0.5196256, abs=1e-7)
    errors = {"b": 0.46506, "c": 0.21219, "d": 0.18857, "e": 0.18573}
    assert {name: fit.stderr[name] for name in errors} == pytest.approx(errors, rel=0.02)
    fit = cc.fit("logistic_floor", ACID, ROOTS)
    floor, ceiling, rate, midpoint = fit.theta
    printed = [1.10548, 0.64966, 8.07122, 3.06924]
    assert [-rate, floor, ceiling, midpoint] == pytest.approx(printed, abs=2e-5)
    assert fit.s == pytest.approx(0.5527393, abs=1e-7)


def test_decay_of_drc():
    """EXD.3: c + (d - c) exp(-x/e). Where drc ends the sum of squares is not the least."""
    fit = cc.fit("exponential_to_limit", ACID, ROOTS, fixed={"reference": 0})
    theirs = {"limit": 0.12945, "level": 8.23936, "rate": 1 / 4.53797, "reference": 0}
    assert fit.s == pytest.approx(0.8384585, abs=1e-7)
    assert fit.params == pytest.approx(theirs, rel=3e-3)
    off = ROOTS - cc.curve("exponential_to_limit").evaluate(ACID, theirs)
    assert fit.objective < off @ off < fit.objective * (1 + 1e-6)


def test_methionine_of_drc():
    """AR.3: the gain without methionine is shared by both forms, and counted once."""
    dose = [[0, 0.04, 0.09, 0.15, 0.22], [np.nan, 0.04, 0.09, 0.15, 0.22]]
    gain = [[1453, 1593, 1660, 1666, 1698], [np.nan, 1561, 1633, 1704, 1722]]
    fits = cc.fit("exponential_to_limit", dose, gain, shared=["level"], fixed={"reference": 0})
    found = [*fits.theta[:, 0], fits.theta[0, 1], *(1 / fits.theta[:, 2])]
    printed = [1.6892e3, 1.7541e3, 1.4536e3, 4.5386e-2, 9.2668e-2]
    assert found == pytest.approx(printed, rel=5e-5)
    assert np.sqrt(np.sum(fits.objective) / 4) == pytest.approx(11.20328, abs=1e-5)


def test_zeros_before_the_growth():
    """SSlogis of R (the same file), to the six digits of its example dwlg1, with values of 0."""
    fit = cc.fit("logistic", np.arange(1.0, 17), [0] * 5 + [2, 5] + [9] * 9)
    ceiling, rate, midpoint = fit.theta
    assert [ceiling, midpoint, 1 / rate] == pytest.approx([9.0678, 6.79331, 0.499934], rel=2e-6)


# Circumference in mm of five orange trees (R's Orange; Draper and Smith 1998).
TREE_DAYS = [118, 484, 664, 1004, 1231, 1372, 1582]
TREES = {
    "1": ([30, 58, 87, 115, 120, 142, 145], "154 627 363", "13.6 92.9 81.2"),
    "2": ([33, 69, 111, 156, 172, 203, 203], "219 700 332", "13.4 61.4 49.4"),
    "3": ([30, 51, 75, 108, 115, 139, 140], "159 735 401", "19.2 130.8 94.8"),
    "4": ([32, 62, 112, 167, 179, 209, 214], "225 711 303", "11.8 51.2 41.6"),
    "5": ([30, 49, 81, 125, 142, 174, 177], "207 861 380", "22.0 108.0 66.8"),
}


def test_orange_trees_of_nlme():
    """nlsList of SSlogis (cran/nlme, commit f07b8c53, tests/extras/scripts.Rout.save), a table.

    Its standard errors are of one residual standard error for all trees, 7.98 with 20 degrees of
    freedom.
    """
    fits = cc.fit("logistic", TREE_DAYS, [tree[0] for tree in TREES.values()])
    pooled = np.sqrt(np.sum(fits.objective) / 20)
    assert pooled == pytest.approx(7.98, abs=5e-3)
    for i, (_, values, errors) in enumerate(TREES.values()):
        fit = fits[i]
        ceiling, rate, midpoint = fit.theta
        assert " ".join(f"{each:.0f}" for each in (ceiling, midpoint, 1 / rate)) == values
        spread = [fit.stderr[name] for name in ("ceiling", "midpoint", "rate")]
        spread[2] /= rate**2
        assert " ".join(f"{each * pooled / fit.s:.1f}" for each in spread) == errors


def test_population_of_the_united_states_in_the_manual_of_sas():
    """SAS/ETS, MODEL procedure, example OLS Single Nonlinear Equation: a/(1 + exp(b - c t)).

    Its sum of squares is ours to the digits printed. Its a, 387.9307, is not: that program had come
    to an end before the least squares, at an objective of 16.45884 for each year.
    """
    thousands = [
        *(3929, 5308, 7239, 9638, 12866, 17069, 23191, 31443, 39818, 50155, 62947, 75994, 91972),
        *(105710, 122775, 131669, 151325, 179323, 203211, 226542, 248710),
    ]
    fit = cc.fit("logistic", 1790 + 10 * np.arange(21.0), np.array(thousands) / 1000)
    assert fit.objective == pytest.approx(345.6, abs=0.05)
    assert fit.s**2 == pytest.approx(19.2020, abs=1e-4)
    assert fit.s == pytest.approx(4.3820, abs=5e-5)
    assert fit.objective / 21 < 16.458845
    assert fit.stderr["ceiling"] == pytest.approx(30.0404, rel=1e-3)
    assert fit.params["ceiling"] == pytest.approx(387.9307, abs=0.002 * 30.04)
    assert "autocorrelated" in codes(fit)  # as SAS says of its picture of the residuals


def test_bacteria_of_growthrates():
    """R package growthrates, vignette Introduction: logistic growth of strain D without antibiotic,
    by optical density and hour (github.com/cran/growthrates, commit bbaf7447). Six digits of the
    coefficients are printed there, of which four are those of the least squares."""
    density = [
        *(0.018, 0.018, 0.019, 0.022, 0.027, 0.036, 0.045, 0.049, 0.056, 0.061, 0.064, 0.069),
        *(0.072, 0.075, 0.078, 0.078, 0.079, 0.083, 0.086, 0.088, 0.088, 0.089, 0.089, 0.09),
        *(0.093, 0.094, 0.098, 0.101, 0.104, 0.105, 0.107),
    ]
    hour = np.arange(31.0)
    fit = cc.fit("logistic", hour, density)
    ceiling, rate, midpoint = fit.theta
    printed = {"K": 0.09962612, "mumax": 0.20006908, "y0": 0.01748268}
    found = [ceiling, rate, ceiling / (1 + np.exp(rate * midpoint))]
    assert found == pytest.approx(list(printed.values()), rel=2e-5)
    at_zero = np.log(printed["K"] / printed["y0"] - 1) / printed["mumax"]
    theirs = {"ceiling": printed["K"], "rate": printed["mumax"], "midpoint": at_zero}
    off = np.array(density) - cc.curve("logistic").evaluate(hour, theirs)
    assert fit.objective < off @ off


# Growth curves of Martino (1993), Technological Forecasting for Decision Making, as in the package
# TF of R (github.com/nchaichi/TF, commit 658cb28b) and the PDF files beside it.
CABLE = [  # thousands of US households with cable television, 1953 to 1989
    *(14, 30, 65, 150, 300, 350, 450, 550, 650, 725, 850, 950, 1085, 1275, 1575, 2100, 2800, 3600),
    *(4500, 5300, 6000, 7300, 8700, 9800, 10800, 11900, 13000, 14100, 15500, 18300, 21000, 25000),
    *(30000, 31300, 37500, 41000, 43800),
]
PLANTS = {  # kWh from a pound of coal
    **dict(zip(range(1920, 1946, 5), (0.328, 0.493, 0.625, 0.694, 0.743, 0.769), strict=True)),
    **dict(zip(range(1950, 1976, 5), (0.84, 1.053, 1.136, 1.166, 1.1, 1.05), strict=True)),
    **dict(zip(range(1976, 1982), (1.055, 1.032, 1.013, 1.012, 1.024, 1.013), strict=True)),
    **dict(zip(range(1982, 1988), (1.007, 1.013, 1.017, 1.018, 1.02, 1.028), strict=True)),
}


def test_cable_television_of_martino():
    """Pearl's curve to the last household: a line of the log odds, carried twenty years ahead."""
    households = 89_024_390
    years = np.arange(1953.0, 1990)
    fit = cc.fit("fisher_pry", years, np.array(CABLE) * 1000 / households)
    printed = {
        1953: 85528,
        1971: 3097537,
        1988: 46730294,
        1989: 51162822,
        1998: 79424536,
        2009: 87864768,
    }
    found = households * fit.predict(np.array(list(printed), dtype=float))
    assert found == pytest.approx(list(printed.values()), abs=0.5)


def test_power_plants_of_martino():
    """Gompertz' curve to the limit of physics, 2.81 kWh, by a line of ln ln (limit/y)."""
    limit, years = 2.81, np.array(list(PLANTS), dtype=float)
    fit = cc.fit("linear", years, np.log(np.log(limit / np.array(list(PLANTS.values())))))
    printed = {1920: 0.5467, 1921: 0.5544, 1950: 0.7941, 1987: 1.122, 2007: 1.297}
    found = limit * np.exp(-np.exp(fit.predict(np.array(list(printed), dtype=float))))
    assert [float(f"{each:.4g}") for each in found] == list(printed.values())
    # least squares of the efficiencies themselves is another curve
    direct = cc.fit("gompertz", years, list(PLANTS.values()), fixed={"ceiling": limit})
    assert abs(direct.predict([2007.0])[0] - found[-1]) > 0.01


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
    told = r"in row 4, counting from 0: .*technology is 7\. Number each technology, from 1 to 3"
    with pytest.raises(cc.FitError, match=told):
        cc.fit("substitution_3", x, y)
    x["technology"][4] = 1.5
    with pytest.raises(cc.FitError, match=r"technology is 1\.5"):
        cc.fit("substitution_3", x, y)


@pytest.mark.parametrize("name", ["fisher_pry", "substitution_3"])
@pytest.mark.parametrize("model", [None, "additive"])
def test_a_curve_of_shares_takes_no_percentages(name, model):
    curve = cc.curve(name)
    x = curve.example_points(40)
    share = curve.evaluate(x, dict(zip(curve.param_names, curve.example, strict=True)))

    with pytest.raises(cc.ArgumentError, match=r"shares between 0 and 1, and upper is 100; divide"):
        cc.fit(name, x, 100 * share, upper=100, error_model=model)
    with pytest.raises(cc.DataError, match=r"per cent: divide them by 100"):
        cc.fit(name, x, 100 * share)
    with pytest.raises(cc.ArgumentError, match="divide y by 100"):
        cc.compare([name, name], x, 100 * share, upper=100)


# ---- Richards: far before the inflection ---------------------------------------------------------


@pytest.mark.parametrize("rate", [2.0, 20.0, 25.0, 37.0, 60.0, 900.0])
@pytest.mark.parametrize("shape", [1e-4, 1.8, 250.0, 1e4])
def test_richards_does_not_break_off_far_before_its_inflection(rate, shape):
    """The exponential inside overflows long before the curve does."""
    theta = {"ceiling": 80, "rate": rate, "inflection": 2025, "shape": shape}
    inside = np.logaddexp(0, np.log(shape) - rate * (YEARS - 2025))
    expected = 80 * np.exp(-inside / shape)
    value = cc.curve("richards").evaluate(YEARS, theta)
    np.testing.assert_allclose(value, expected, rtol=1e-11, atol=1e-290)


def kinked_growth(seed):
    """Growth at 12 % that breaks off at a ceiling: shape and rate may be as large as they like."""
    year = np.linspace(2000, 2030, 40)
    return year, 80 * np.minimum(1, np.exp(0.12 * (year - 2021))) + 4 * scatter(seed, 40)


@pytest.mark.parametrize("seed", [4, 6])
def test_profile_of_a_richards_rate_goes_on_where_the_exponential_inside_overflows(seed):
    """Refits used to fail at a rate of 35, far inside the interval."""
    fit = cc.fit("richards", *kinked_growth(seed))
    found = fit.interval("rate", method="profile")
    assert found.ends == ("closed", "closed")
    assert found.low < 12 < 100 < found.high


@pytest.mark.parametrize("seed", [4, 6])
def test_a_search_that_did_not_settle_has_no_wald_interval_of_record(seed):
    """It has a covariance, but of no minimum: the interval that it leads to may be anything."""
    fit = cc.fit("richards", *kinked_growth(seed))
    assert fit.status.code == "not_converged"
    assert np.isfinite(fit.interval("inflection", method="wald")).all()
    found = fit.interval("inflection")
    assert found.method == "profile"
    assert 2017 < found.low < found.high < 2023
