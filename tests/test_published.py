# SPDX-License-Identifier: GPL-3.0-or-later
"""Published fits that the curves have to give again; each test names its source."""

import csv
import importlib.util
from math import exp, log, pi
from pathlib import Path

import numpy as np
import pytest

import curvecast as cc

_spec = importlib.util.spec_from_file_location("nist", Path(__file__).with_name("nist.py"))
nist = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(nist)

DATA = Path(__file__).parent / "data"


def table(*parts):
    """Return the rows of a CSV file under data, as dicts of text."""
    with DATA.joinpath(*parts).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


# ---- NIST StRD, with built-in curves -------------------------------------------------------------


def spread_of(fit, gradient):
    """Return the standard error of a function of the parameters, from its gradient."""
    return float(np.sqrt(gradient @ fit.cov @ gradient))


def certified(found, stderr, squares, problem, digits):
    assert found == pytest.approx(list(problem.certified.values()), rel=10.0**-digits)
    assert stderr == pytest.approx(list(problem.stderr.values()), rel=10.0**-digits)
    assert squares == pytest.approx(problem.squares, rel=1e-10)


def test_rat42_is_a_logistic_curve():
    """NIST StRD, Rat42: b1/(1 + exp(b2 - b3 x)), 11 digits."""
    problem = nist.read("Rat42")
    fit = cc.fit("logistic", problem.x["x"], problem.y)
    ceiling, rate, midpoint = fit.theta
    of_b2 = np.array([0, midpoint, rate])
    stderr = [fit.stderr["ceiling"], spread_of(fit, of_b2), fit.stderr["rate"]]
    certified([ceiling, rate * midpoint, rate], stderr, fit.objective, problem, 8)


def test_rat43_is_a_richards_curve():
    """NIST StRD, Rat43: b1/(1 + exp(b2 - b3 x))^(1/b4), 11 digits."""
    problem = nist.read("Rat43")
    fit = cc.fit("richards", problem.x["x"], problem.y)
    ceiling, rate, inflection, shape = fit.theta
    found = [ceiling, log(shape) + rate * inflection, rate, shape]
    of_b2 = np.array([0, inflection, rate, 1 / shape])
    stderr = [fit.stderr[name] for name in ("ceiling", "rate", "shape")]
    stderr.insert(1, spread_of(fit, of_b2))
    certified(found, stderr, fit.objective, problem, 6)


# Ratkowsky (1983), Nonlinear Regression Modeling, chapter 4: growth of pasture and of onions, the
# data of Rat42 and Rat43, by other curves; estimates in his letters to four digits.
RATKOWSKY = {
    ("Rat42", "gompertz"): [82.83, 1.224, 0.03707],
    ("Rat42", "logistic"): [72.46, 2.618, 0.06736],
    ("Rat42", "weibull"): [69.96, 61.68, -9.209, 2.378],
    ("Rat43", "gompertz"): [723.1, 2.5, 0.4501],
    ("Rat43", "logistic"): [702.9, 4.443, 0.6886],
    ("Rat43", "weibull"): [695, 673.5, None, 3.262],
}


@pytest.mark.parametrize(("name", "curve"), RATKOWSKY)
def test_growth_of_ratkowsky(name, curve):
    """alpha exp(-exp(beta - gamma x)); the logistic as above; and alpha - beta exp(-gamma x^delta),
    of which he gives ln gamma."""
    problem = nist.read(name)
    if curve == "weibull":
        asked = cc.formula("alpha - beta*exp(-exp(ln_gamma)*x^delta)", x="x")
        found = list(cc.fit(asked, problem.x["x"], problem.y).params.values())
    else:
        fit = cc.fit(curve, problem.x["x"], problem.y)
        ceiling, rate, place = fit.theta
        found = [ceiling, rate * place, rate]
    for each, printed in zip(found, RATKOWSKY[name, curve], strict=True):
        assert printed is None or float(f"{each:.4g}") == printed


# Problems of two parameters: our curve, what is held in it, and b2 from its two free parameters, of
# which the first is b1.
HELD = {
    # b1 (1 - exp(-b2 x))
    "Misra1a": ("exponential_to_limit", {"level": 0, "reference": 0}, lambda limit, rate: rate),
    "BoxBOD": ("exponential_to_limit", {"level": 0, "reference": 0}, lambda limit, rate: rate),
    # b1 b2 x / (1 + b2 x)
    "Misra1d": ("log_logistic", {"shape": 1, "launch": 0}, lambda ceiling, scale: 1 / scale),
    # b1 x^b2
    "DanWood": ("power_of_time", {"launch": 0}, lambda level, exponent: exponent),
}


@pytest.mark.parametrize("name", HELD)
def test_nist_problems_of_two_parameters(name):
    """NIST StRD, 11 digits: saturation, through the origin, and a power law."""
    curve, fixed, second = HELD[name]
    problem = nist.read(name)
    fit = cc.fit(curve, problem.x["x"], problem.y, fixed=fixed, error_model="additive")
    first_name, second_name = (each for each in fit.params if each not in fixed)
    b1, found = fit.params[first_name], fit.params[second_name]
    b2 = second(b1, found)
    spread = fit.stderr[second_name] * (b2 / found if curve == "log_logistic" else 1)
    certified([b1, b2], [fit.stderr[first_name], spread], fit.objective, problem, 8)


# ---- diffusion and growth ------------------------------------------------------------------------

# iPhones sold per quarter, millions, July 2007 to December 2018, from Apple's reports, as in the
# R package DIMORA (commit e938ef4a of github.com/cran/DIMORA).
IPHONES = [
    *(0.27, 1.12, 2.32, 1.7, 0.72, 6.89, 4.36, 3.79, 5.21, 7.37, 8.74, 8.75, 8.4, 14.1, 16.24),
    *(18.65, 20.34, 17.07, 37.04, 35.06, 26.03, 26.91, 47.79, 37.43, 31.24, 33.8, 51.03, 43.72),
    *(35.2, 39.27, 74.47, 61.17, 47.53, 48.05, 74.78, 51.19, 40.4, 45.51, 78.29, 50.76, 41.03),
    *(46.68, 77.32, 52.22, 41.3, 46.89),
]


def test_cumulated_iphones_as_the_r_package_dimora_has_them():
    """DIMORA's documentation quotes a market potential of about 1823 million, by least squares."""
    quarters = np.arange(1.0, 47)
    fit = cc.fit("bass", quarters, np.cumsum(IPHONES), fixed={"launch": 0})
    assert list(fit.theta[:3]) == pytest.approx([1823.74658, 0.00141281752, 0.125873231], rel=1e-8)
    assert fit.stderr["ceiling"] == pytest.approx(34.12, abs=5e-3)
    assert fit.stderr["innovation"] == pytest.approx(5.41e-5, abs=5e-8)
    assert fit.stderr["imitation"] == pytest.approx(0.00267576, abs=5e-9)
    assert fit.objective == pytest.approx(9017.794270, rel=1e-10)
    # sums of errors are no errors of their own: standard errors like these are far too small
    assert "autocorrelated" in [note.code for note in fit.notes]


@pytest.mark.parametrize(
    ("times", "values", "expected", "squares"),
    [
        pytest.param(
            np.arange(1.0, 14),
            [
                0.147,
                0.357,
                0.641,
                0.98,
                1.358,
                1.758,
                2.159,
                2.549,
                2.915,
                3.251,
                3.51,
                3.74,
                3.925,
            ],
            [4.73351338, 4.13773037, 0.23858676],
            0.00256552945,
            id="chicken",
        ),
        pytest.param(
            np.arange(1.0, 26),
            [
                *(1273, 1502, 1696, 1952, 2212, 2465, 2702, 2903, 3080, 3214, 3399, 3629, 3851),
                *(4056, 4312, 4515, 4594, 4630, 4728, 4818, 4901, 4950, 5118, 5251, 5371),
            ],
            [5977.205, 1.707184, 0.1056865],
            99886.66,
            id="cars",
        ),
    ],
)
def test_gompertz_as_the_r_package_diffusion_has_it(times, values, expected, squares):
    """M exp(-a exp(-b t)): tsChicken (Jukic, Kralik and Scitovski 2004) in kg by week, and
    tsCarstock (Franses 1994), thousands of Dutch cars 1965 to 1989 (raw column)."""
    fit = cc.fit("gompertz", times, values)
    ceiling, rate, inflection = fit.theta
    assert [ceiling, exp(rate * inflection), rate] == pytest.approx(expected, rel=5e-7)
    assert fit.objective == pytest.approx(squares, rel=1e-7)


# ---- Chinchilla ----------------------------------------------------------------------------------


def runs(all_of_them=False):
    rows = [
        row
        for row in table("chinchilla", "chinchilla_tidy.csv")
        if all_of_them or row["dropped_by_epoch"] == "0"
    ]
    size, data, loss = (
        np.array([float(row[name]) for row in rows]) for name in ("N_params", "D_tokens", "loss")
    )
    return {"N": size, "D": data}, loss


# Besiroglu, Erdil, Barnett and You (2024), and what the same 240 points give under other losses:
# parameters A, B, E, alpha, beta to the digits known, and the value of the objective.
OPTIMA = {
    "huber": (1e-3, "477.82587 2143.4174 1.817218 .347310 .367172", 0.001018274018),
    "huber, narrow": (1e-4, "478.689 2065.413 1.815824 .347409 .365385", None),
    "least absolute": (1e-6, "481.934 2085.001 1.816844 .347804 .365844", 1.1294957e-6),
    "least squares": (None, "593.32 4875.64 1.864550 .360253 .405883", 0.011461887),
}


@pytest.mark.parametrize("name", OPTIMA)
def test_optima_of_chinchilla(name):
    scale, printed, value = OPTIMA[name]
    loss = "linear" if scale is None else "huber"
    fit = cc.fit("chinchilla", *runs(), loss=loss, loss_scale=scale)
    found = [fit.params[each] for each in ("A", "B", "E", "alpha", "beta")]
    for each, figure in zip(found, printed.split(), strict=True):
        last = len(figure.partition(".")[2])
        assert each == pytest.approx(float(figure), abs=1.01 * 10.0**-last)
    if name == "least absolute":
        # the sum of |r| is the objective over the scale, but for the half scale of each corner
        assert fit.objective / scale + 240 * scale / 2 == pytest.approx(1.1294957, abs=2e-4)
    elif value:
        assert fit.objective == pytest.approx(value, rel=1e-7)


def test_all_245_runs_of_chinchilla():
    """The five runs that the replication leaves out matter: the exponent of data moves by .09."""
    fit = cc.fit("chinchilla", *runs(all_of_them=True), loss="huber", loss_scale=1e-3)
    assert fit.n_used == 245
    expected = {"A": 495.73, "B": 12845.6, "E": 1.89134, "alpha": 0.34931, "beta": 0.45305}
    assert fit.params == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize(
    ("published", "value"),
    [
        pytest.param((1.69, 406.4, 410.7, 0.34, 0.28), 0.004121009136, id="rounded"),
        pytest.param(
            (exp(0.5267228), exp(6.0073404), exp(6.0179186), 0.33917084, 0.2849083),
            0.001231162603,
            id="unrounded",
        ),
        pytest.param(
            (exp(0.59711196), exp(6.17795598), exp(7.64273236), 0.34781303, 0.36585412),
            0.001018644705,
            id="replication",
        ),
    ],
)
def test_no_published_point_of_chinchilla_is_better(published, value):
    """Huber's loss with delta 1e-3 at the parameters of Hoffmann et al. (2022) and of the
    replication; ours is lower than any."""
    x, loss = runs()
    names = ("E", "A", "B", "alpha", "beta")
    off = log_ratio(
        loss, cc.curve("chinchilla").evaluate(x, dict(zip(names, published, strict=True)))
    )
    inside = np.minimum(off, 1e-3)
    total = np.sum(inside * off - inside**2 / 2)
    assert total == pytest.approx(value, rel=1e-7)
    assert cc.fit("chinchilla", x, loss, loss="huber", loss_scale=1e-3).objective < total


def log_ratio(a, b):
    return np.abs(np.log(a) - np.log(b))


# ---- experience curves ---------------------------------------------------------------------------


def criteria(squares, n, k):
    """Return AIC and BIC of residuals in decimal logarithms, the variance not counted."""
    deviance = n * log(2 * pi * squares / log(10) ** 2 / n) + n
    return deviance + 2 * k, deviance + k * log(n)


def test_learning_rates_of_87_technologies():
    """Carnegie Institution, clab_experience_curve: IC.csv, fits without a break, of levels and,
    through the origin, of changes."""
    series = {}
    for row in table("clab", "ExpCurves.csv"):
        point = float(row["Cumulative production"]), float(row["Unit cost"])
        series.setdefault(row["Tech"], []).append(point)
    published = {}
    for row in table("clab", "IC.csv"):
        if row["n_breaks"] == "0":
            figures = [float(row[name]) for name in ("LR 1", "AIC", "BIC")]
            published[row["Tech"], row["First Diff."] == "1"] = figures
    assert len(series) == 87 and len(published) == 174
    through_origin = cc.formula("-w*x")
    for name, points in series.items():
        produced, cost = np.array(points).T
        level = cc.fit("wright", produced, cost)
        found = [100 * level.learning_rate.value, *criteria(level.objective, len(cost), 2)]
        assert found == pytest.approx(published[name, False], abs=1e-9, rel=1e-10), name
        changes = np.diff(np.log(produced)), np.diff(np.log(cost))
        change = cc.fit(through_origin, *changes)
        rate = 100 * (1 - 2 ** -change.params["w"])
        found = [rate, *criteria(change.objective, len(cost) - 1, 1)]
        assert found == pytest.approx(published[name, True], abs=1e-9, rel=1e-10), name


def test_learning_rates_of_a_table_are_those_of_its_series():
    rows = table("clab", "ExpCurves.csv")
    names = sorted({row["Tech"] for row in rows})
    produced, cost = np.full((2, 87, 142), np.nan)
    for k, name in enumerate(names):
        own = [row for row in rows if row["Tech"] == name]
        produced[k, : len(own)] = [float(row["Cumulative production"]) for row in own]
        cost[k, : len(own)] = [float(row["Unit cost"]) for row in own]
    fits = cc.fit("wright", produced, cost)
    single = [
        cc.fit("wright", x[np.isfinite(x)], y[np.isfinite(x)]).learning_rate.value
        for x, y in zip(produced, cost, strict=True)
    ]
    assert fits.learning_rate.value == pytest.approx(np.array(single), rel=1e-12)
