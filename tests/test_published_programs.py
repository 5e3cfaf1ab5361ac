# SPDX-License-Identifier: GPL-3.0-or-later
"""Fits that manuals of programs and textbooks print with their data; each test names its source."""

import numpy as np
import pytest

import curvecast as cc

# Of R, as its own tests print them: github.com/r-devel/r-svn, tests/Examples/stats-Ex.Rout.save and
# src/library/stats/tests/nls.Rout.save.

# Optical density of DNase at each concentration (run 1 of R's DNase; Davidian and Giltinan 1995).
DNASE_AT = np.log(
    np.repeat([0.04882812, 0.1953125, 0.390625, 0.78125, 1.5625, 3.125, 6.25, 12.5], 2)
)
DNASE = [
    *(0.017, 0.018, 0.121, 0.124, 0.206, 0.215, 0.377, 0.374, 0.614, 0.609, 1.019, 1.001, 1.334),
    *(1.364, 1.73, 1.71),
]


@pytest.mark.parametrize(
    ("weights", "printed", "errors", "scatter"),
    [
        (None, [2.3452, 1.4831, 1.0415], [0.0782, 0.0814, 0.0323], 0.0192),
        (
            np.repeat(np.arange(8, 0, -1), 2),
            [2.335, 1.4731, 1.0385],
            [0.0966, 0.0947, 0.0304],
            0.0355,
        ),
    ],
    ids=["without weights", "with weights"],
)
def test_logistic_of_dnase(weights, printed, errors, scatter):
    """SSlogis, Asym/(1 + exp((xmid - x)/scal)) with x = ln concentration; rate = 1/scal."""
    fit = cc.fit("logistic", DNASE_AT, DNASE, weights=weights)
    ceiling, rate, midpoint = fit.theta
    assert [ceiling, midpoint, 1 / rate] == pytest.approx(printed, abs=5e-5)
    found = [fit.stderr[name] for name in ("ceiling", "midpoint", "rate")]
    found[2] /= rate**2
    assert found == pytest.approx(errors, abs=5e-5)
    assert fit.s == pytest.approx(scatter, abs=5e-5)


def test_uptake_that_begins_at_a_concentration():
    """SSasympOff, Asym (1 - exp(-exp(lrc) (x - c0))): carbon dioxide taken up by the first plant of
    Potvin, Lechowicz and Tardif (1990). Where the curve is 0, c0, is estimated."""
    at, uptake = [95, 175, 250, 350, 500, 675, 1000], [16, 30.4, 34.8, 37.2, 35.3, 39.2, 39.7]
    fit = cc.fit("exponential_to_limit", at, uptake, fixed={"level": 0, "reference": None})
    assert fit.params["limit"] == pytest.approx(38.1398, abs=5e-5)
    assert np.log(fit.params["rate"]) == pytest.approx(-4.3806, abs=5e-5)
    assert fit.params["reference"] == pytest.approx(51.2232, abs=2e-4)  # R stops at a relative 1e-5
    assert fit.stderr["limit"] == pytest.approx(0.9164, abs=5e-5)
    assert fit.stderr["rate"] / fit.params["rate"] == pytest.approx(0.2042, abs=5e-5)
    assert fit.stderr["reference"] == pytest.approx(11.6698, rel=5e-5)
    assert fit.s == pytest.approx(1.663, abs=5e-4)


# Length of strips of a rat's heart at each concentration of calcium chloride, all strips together
# (R's MASS::muscle; Linder, Chakravarti and Vuagnat 1964).
MUSCLE = {
    0.25: [7.2, 2.2, 2, 5, 5.6, 11.8, 11],
    0.5: [15.4, 9, 6, 9.2, 15.4, 18.8, 15, 20.8],
    1: [
        *(15.8, 20.6, 22.8, 16.6, 15.2, 14.2, 28, 26, 23.2, 29, 26.2, 26, 24.2, 24, 29, 18.2, 21.5),
        *(15.4, 29, 22.2, 23),
    ],
    2: [20.8, 26.8, 27.4, 32, 33.8, 28.8, 25.8, 28.4, 19, 34, 29, 27.4],
    3: [22.6, 28.4, 30, 32, 19.4, 37, 32.2, 30.4],
    4: [23.8, 27, 32.2, 29.6],
}


def test_muscle_of_r():
    """a + b exp(-x/th), by R's partially linear algorithm."""
    at = np.repeat(list(MUSCLE), [len(each) for each in MUSCLE.values()])
    fit = cc.fit(
        "exponential_to_limit", at, np.concatenate(list(MUSCLE.values())), fixed={"reference": 0}
    )
    limit, level, rate, _ = fit.theta
    assert [1 / rate, limit, level - limit] == pytest.approx([0.608, 28.963, -34.227], abs=5e-4)
    difference = np.array([-1, 1, 0, 0])
    spread = np.sqrt(difference @ fit.cov @ difference)
    found = [fit.stderr["rate"] / rate**2, fit.stderr["limit"], spread]
    assert found == pytest.approx([0.115, 1.23, 3.793], abs=5e-4)
    assert fit.s == pytest.approx(4.67, abs=5e-3)


# Weight in kg of a patient who lost it, by day (MASS::wtloss; Venables and Ripley 2002, chapter 8).
WEIGHT_DAYS = [
    *(
        0,
        4,
        7,
        7,
        11,
        18,
        24,
        30,
        32,
        43,
        46,
        60,
        64,
        70,
        71,
        71,
        73,
        74,
        84,
        88,
        95,
        102,
        106,
        109,
    ),
    *(
        115,
        122,
        133,
        137,
        140,
        143,
        147,
        148,
        149,
        150,
        153,
        156,
        161,
        164,
        165,
        165,
        170,
        176,
        179,
    ),
    *(198, 214, 218, 221, 225, 233, 238, 241, 246),
]
WEIGHTS = [
    *(184.35, 182.51, 180.45, 179.91, 177.91, 175.81, 173.11, 170.06, 169.31, 165.1, 163.11, 158.3),
    *(155.8, 154.31, 153.86, 154.2, 152.2, 152.8, 150.3, 147.8, 146.1, 145.6, 142.5, 142.3, 139.4),
    *(137.9, 133.7, 133.7, 133.3, 131.2, 133, 132.2, 130.8, 131.3, 129, 127.9, 126.9, 127.7, 129.5),
    *(128.4, 125.4, 124.9, 124.9, 118.2, 118.2, 115.3, 115.7, 116, 115.5, 112.6, 114, 112.6),
]


def test_weight_loss_of_venables_and_ripley():
    """b0 + b1 2^(-x/th), as cran/MASS prints it, tests/Examples/MASS-Ex.Rout.save: th is our
    half-life, and its interval is that of 1/rate."""
    fit = cc.fit("exponential_to_limit", WEIGHT_DAYS, WEIGHTS, fixed={"reference": 0})
    found = [fit.params["limit"], fit.params["level"] - fit.params["limit"], fit.half_life.value]
    assert found == pytest.approx([81.37, 102.68, 141.91], abs=5e-3)
    assert fit.objective == pytest.approx(39.24, abs=5e-3)
    assert fit.half_life.low < 141.91 < fit.half_life.high


def test_injured_patients_of_neter_and_kutner():
    """Applied Linear Statistical Models, table 13.1, with the output of SAS by UCLA
    (ats.ucla.edu/stat/sas/examples/alsm/alsmsasch13.htm): a line of the logarithms, and least
    squares of the prognoses, g0 exp(g1 x)."""
    day = [2, 5, 7, 10, 14, 19, 26, 31, 34, 38, 45, 52, 53, 60, 65]
    prognosis = [54, 50, 45, 37, 35, 25, 20, 16, 18, 13, 8, 11, 8, 4, 6]
    logs = cc.fit("exponential", day, prognosis, fixed={"reference": 0})
    assert np.log(logs.params["level"]) == pytest.approx(4.03716, abs=5e-6)
    assert logs.stderr["level"] / logs.params["level"] == pytest.approx(0.0841, abs=5e-6)
    assert logs.params["rate"] == pytest.approx(-0.03797, abs=5e-6)
    assert logs.stderr["rate"] == pytest.approx(0.00228, abs=5e-6)
    assert logs.objective == pytest.approx(0.4183, abs=5e-6)
    assert logs.s == pytest.approx(0.17938, abs=5e-6)
    levels = cc.fit("exponential", day, prognosis, fixed={"reference": 0}, error_model="additive")
    assert levels.params["level"] == pytest.approx(58.6065, abs=1e-4)
    assert levels.params["rate"] == pytest.approx(-0.03959, abs=5e-6)


def test_population_of_the_united_states_to_1850():
    """R's nls, p exp(k t), in millions (rpubs.com, document 1258218)."""
    millions = [3.929, 5.308, 7.24, 9.638, 12.866, 17.069, 23.192]
    fit = cc.fit("exponential", 1790 + 10 * np.arange(7.0), millions, error_model="additive")
    assert fit.params["level"] == pytest.approx(3.9744064, abs=1e-6)
    assert fit.params["rate"] == pytest.approx(0.0293421, abs=5e-8)
    assert fit.stderr["level"] == pytest.approx(0.0407277, abs=1e-6)
    assert fit.stderr["rate"] == pytest.approx(0.0002023, abs=5e-8)
    assert fit.s == pytest.approx(0.09817, abs=5e-6)


def test_completion_of_a_project():
    """R package PRA, reference of summary.pra_sigmoidal_fit: K/(1 + exp(-r (t - t0))), in per cent.

    Its search ends within 1e-4 of a standard error of the least squares."""
    period, done = np.arange(1.0, 11), [5, 15, 40, 60, 70, 75, 80, 85, 90, 95]
    fit = cc.fit("logistic", period, done)
    assert fit.params == pytest.approx(
        {"ceiling": 87.9159, "rate": 0.9189, "midpoint": 3.3911}, abs=2e-4
    )
    assert fit.stderr == pytest.approx(
        {"ceiling": 2.8935, "rate": 0.1379, "midpoint": 0.1824}, abs=5e-5
    )
    assert fit.s == pytest.approx(5.108, abs=5e-4)


def test_learning_curve_of_nahmias():
    """Production and Operations Analysis, example of a 75 % curve: hours of the next unit after so
    many, ln y = 3.1301 - .42276 ln u."""
    made = [10, 25, 100, 250, 500, 1000, 5000, 10000]
    hours = [9.22, 4.85, 3.8, 2.44, 1.7, 1.03, 0.6, 0.5]
    fit = cc.fit("wright", made, hours)
    assert np.log(fit.params["first_unit"]) == pytest.approx(3.1301, abs=1e-4)
    assert fit.params["exponent"] == pytest.approx(0.42276, abs=5e-6)
    assert fit.progress_ratio.low < 0.75 < fit.progress_ratio.high


def test_michaelis_and_menten_of_sas():
    """SAS/STAT 14.1, HPNLMOD procedure, least squares model: velocities of an enzyme of Ratkowsky
    (1990), with 95 % intervals."""
    at = [0.26, 0.3, 0.48, 0.5, 0.54, 0.68, 0.82, 1.14, 1.28, 1.38, 1.8, 2.3, 2.44, 2.48]
    speed = [
        *(124.7, 126.9, 135.9, 137.6, 139.6, 141.1, 142.8, 147.6, 149.8, 149.4, 153.9, 152.5),
        *(154.5, 154.7),
    ]
    fit = cc.fit("log_logistic", at, speed, fixed={"shape": 1, "launch": 0})
    assert fit.params["ceiling"] == pytest.approx(158.1, abs=0.05)
    assert fit.params["scale"] == pytest.approx(0.0741, abs=5e-5)
    assert fit.stderr["ceiling"] == pytest.approx(0.6737, abs=5e-5)
    assert fit.stderr["scale"] == pytest.approx(0.00313, abs=5e-6)
    assert fit.objective == pytest.approx(19.6606, abs=5e-5)
    assert fit.s**2 == pytest.approx(1.6384, abs=5e-5)
    assert tuple(fit.interval("ceiling", 0.95)) == pytest.approx((156.6, 159.6), abs=0.05)
    assert tuple(fit.interval("scale", 0.95)) == pytest.approx((0.0673, 0.0809), abs=6e-5)


def test_oxygen_demand_of_bates_and_watts():
    """Nonlinear Regression Analysis and Its Applications (1988): theta_1 (1 - exp(-theta_2 t))."""
    fit = cc.fit(
        "exponential_to_limit",
        [1, 2, 3, 4, 5, 7],
        [8.3, 10.3, 19, 16, 15.6, 19.8],
        fixed={"reference": 0, "level": 0},
    )
    assert fit.params["limit"] == pytest.approx(19.143, abs=5e-4)
    assert fit.params["rate"] == pytest.approx(0.5311, abs=5e-5)
    assert fit.objective == pytest.approx(25.99, abs=5e-3)
    assert fit.s**2 == pytest.approx(6.498, abs=5e-4)


# Share of available chlorine in a product by weeks since it was made, .49 in the eighth (Smith and
# Dubey 1964).
CHLORINE = {
    **{8: [0.49, 0.49], 10: [0.48, 0.47, 0.48, 0.47], 12: [0.46, 0.46, 0.45, 0.43]},
    **{14: [0.45, 0.43, 0.43], 16: [0.44, 0.43, 0.43], 18: [0.46, 0.45], 20: [0.42, 0.42, 0.43]},
    **{22: [0.41, 0.41, 0.4], 24: [0.42, 0.4, 0.4], 26: [0.41, 0.4, 0.41], 28: [0.41, 0.4]},
    **{30: [0.4, 0.4, 0.38], 32: [0.41, 0.4], 34: [0.4], 36: [0.41, 0.38], 38: [0.4, 0.4]},
    **{40: [0.39], 42: [0.39]},
}


def test_chlorine_of_draper_and_smith():
    """Applied Regression Analysis, chapter 24: alpha + (.49 - alpha) exp(-beta (x - 8))."""
    week = np.repeat(list(CHLORINE), [len(each) for each in CHLORINE.values()])
    left = np.concatenate(list(CHLORINE.values()))
    fit = cc.fit("exponential_to_limit", week, left, fixed={"level": 0.49, "reference": 8})
    assert fit.params["limit"] == pytest.approx(0.3901, abs=5e-5)
    assert fit.params["rate"] == pytest.approx(0.1016, abs=5e-5)
    assert fit.objective == pytest.approx(0.00500168, abs=5e-9)


def test_learning_at_two_sites_of_neter_and_kutner():
    """Applied Linear Statistical Models, section 13.4: relative efficiency of two sites by weeks,
    g0 + g1 site + g3 exp(g2 week), of which the sites have the last two in common."""
    week = [1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90]
    first = [
        *(0.483, 0.539, 0.618, 0.707, 0.762, 0.815, 0.881, 0.919, 0.964, 0.959, 0.968, 0.971),
        *(0.96, 0.967, 0.975),
    ]
    second = [
        *(0.517, 0.598, 0.635, 0.75, 0.811, 0.848, 0.943, 0.971, 1.012, 1.015, 1.007, 1.022),
        *(1.028, 1.017, 1.023),
    ]
    x = {"site": np.repeat([1, 0], 15), "week": week + week}
    fit = cc.fit(
        cc.formula("g0 + g1*site + g3*exp(g2*week)", x=["site", "week"]), x, first + second
    )
    printed = {"g0": 1.0156, "g1": -0.04727, "g2": -0.1348, "g3": -0.5524}
    assert fit.params == pytest.approx(printed, abs=5e-5)
    assert fit.stderr["g0"] == pytest.approx(0.003672, abs=5e-7)
    assert fit.stderr["g1"] == pytest.approx(0.004109, abs=5e-7)
    assert fit.objective == pytest.approx(0.00329, abs=5e-6)
