# SPDX-License-Identifier: GPL-3.0-or-later
"""`cc.learning`: conventions of learning curves, blocks, differences, experience from before."""

import csv
import math
import pickle
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import curvecast as cc
from curvecast import learning

CLAB = Path(__file__).resolve().parent / "data" / "clab"


def ratio(value):
    return learning.exponent_from_progress_ratio(value)


# ---- published conventions -----------------------------------------------------------------------

# Outputs printed by the vignette of the R package learningCurve (Boehmke and Freels, AFIT),
# docs/articles/learningCurve.html of AFIT-R/learningCurve; where it prints 7 digits, the longer
# figures are those of a recalculation in double precision.


@pytest.mark.parametrize(
    ("progress", "printed"),
    [
        (0.80, "21.13225"),
        (0.825, "26.18401"),
        (0.85, "32.23647"),
        (0.875, "39.44942"),
        (0.90, "48.00243"),
    ],
)
def test_published_unit_costs(progress, printed):
    assert f"{float(learning.unit_cost(125, 100, ratio(progress))):.5f}" == printed


def test_published_block_totals():
    exponent = ratio(0.85)
    exact = learning.block_cost(1, 125, 100, exponent)
    continuous = learning.block_cost(1, 125, 100, exponent, method="continuous")
    assert float(exact) == pytest.approx(5201.085148547494, rel=1e-14)
    assert float(continuous) == pytest.approx(5202.988332737708, rel=1e-14)
    assert f"{float(exact):.3f} {float(continuous):.3f}" == "5201.085 5202.988"
    million = [
        float(learning.block_cost(1, 10**6, 100, exponent, method=method))
        for method in ("exact", "continuous")
    ]
    assert [f"{each:.0f}" for each in million] == ["5119612", "5119614"]


def test_published_block_with_the_cost_of_its_first_unit():
    exponent = ratio(0.75)
    middle = float(learning.mid_unit(201, 500, exponent))
    assert f"{middle:.4f}" == "334.6103"
    assert middle == pytest.approx(334.6102578864479, rel=1e-13)
    continuous = learning.block_cost(201, 500, 125, exponent, of=201, method="continuous")
    assert f"{float(continuous):.2f}" == "30350.48"
    assert f"{float(continuous):.6f}" == "30350.478490"
    assert f"{float(learning.block_cost(201, 500, 125, exponent, of=201)):.6f}" == "30350.470655"
    assert f"{float(learning.unit_cost(middle, 125, exponent, of=201)):.4f}" == "101.1683"
    assert float(continuous) == pytest.approx(
        300 * float(learning.unit_cost(middle, 125, exponent, of=201)), rel=1e-12
    )


def test_published_cumulative_averages():
    options = {"convention": "cumulative_average"}
    exponent = ratio(0.85)
    assert f"{float(learning.unit_cost(125, 100, exponent, **options)):.5f}" == "24.70136"
    assert f"{float(learning.block_cost(1, 125, 100, exponent, **options)):.3f}" == "4029.559"


def test_published_error_of_a_wrong_slope():
    """n^(b2 - b1) - 1 of total hours with slopes .85 and .87 after 250 units."""
    options = {"convention": "cumulative_average"}
    wrong, right = (
        float(learning.block_cost(1, 250, 1, ratio(p), **options)) for p in (0.87, 0.85)
    )
    assert f"{wrong / right - 1:.7f}" == "0.2035303"


def test_published_departments():
    costs, exponents = np.array([70.0, 45, 25]), ratio([0.85, 0.87, 0.80])
    total = learning.block_cost(1, 300, costs, exponents, convention="cumulative_average").sum()
    assert f"{total:.2f}" == "11000.96"
    together = float(learning.composite_exponent(costs, exponents, 300))
    assert f"{1 - together:.7f}" == "0.7651230"
    one = learning.block_cost(1, 300, 140, together, convention="cumulative_average")
    assert float(one) == pytest.approx(total, rel=1e-13)


def test_published_slope_from_a_total():
    found = float(learning.exponent_from_total(8250, 80, 250, convention="cumulative_average"))
    assert f"{-found:.7f}" == "-0.1603777"


@pytest.mark.parametrize(
    ("progress", "printed"), [(0.80, "-0.3219281"), (0.85, "-0.2344653"), (0.90, "-0.1520031")]
)
def test_published_exponents(progress, printed):
    assert f"{-float(ratio(progress)):.7f}" == printed
    again = learning.exponent_from_learning_rate(1 - progress)
    assert float(again) == pytest.approx(float(ratio(progress)), rel=1e-14)


# ---- what holds between the conventions ----------------------------------------------------------


@pytest.mark.parametrize("exponent", [-0.4, 0.1, 0.32, 1.0, 1.7, 30.0])
def test_block_is_the_sum_of_its_units(exponent):
    for first, last in ((1, 1), (1, 60), (7, 7), (31, 45), (5, 4000)):
        units = np.arange(first, last + 1)
        exact = math.fsum(learning.unit_cost(units, 3.0, exponent).tolist())
        assert float(learning.block_cost(first, last, 3.0, exponent)) == pytest.approx(
            exact, rel=1e-13
        )


@pytest.mark.parametrize("exponent", [-0.4, 0.0, 0.1, 0.32, 0.999])
def test_cumulative_average_adds_up(exponent):
    options = {"convention": "cumulative_average"}
    units = learning.unit_cost(np.arange(1, 301), 80.0, exponent, **options)
    assert units.sum() == pytest.approx(80 * 300 ** (1 - exponent), rel=1e-12)
    assert float(learning.average_cost(300, 80.0, exponent, **options)) == pytest.approx(
        80 * 300**-exponent, rel=1e-14
    )
    block = float(learning.block_cost(101, 300, 80.0, exponent, **options))
    assert block == pytest.approx(units[100:].sum(), rel=1e-11, abs=1e-9)


def test_long_blocks_are_summed_to_rounding():
    # the sum of 1/n to 1e12: ln n + Euler's constant + 1/(2n)
    harmonic = math.log(1e12) + 0.5772156649015329 + 0.5e-12
    assert float(learning.block_cost(1, 10**12, 1, 1.0)) == pytest.approx(harmonic, rel=1e-14)
    zeta = float(learning.block_cost(1, 10**15, 1, 2.0))
    assert zeta == pytest.approx(math.pi**2 / 6 - 1e-15, rel=1e-14)


@pytest.mark.parametrize("convention", learning.CONVENTIONS)
@pytest.mark.parametrize("exponent", [-0.3, 0.0, 0.2, 0.5, 3.0])
def test_exponent_comes_back_from_the_total(convention, exponent):
    if convention == "cumulative_average":
        exponent = min(exponent, 0.9)
    total = learning.block_cost(1, 250, 80, exponent, convention=convention)
    found = learning.exponent_from_total(total, 80, 250, convention=convention)
    assert float(found) == pytest.approx(exponent, abs=1e-10)


def test_rates_and_exponents_are_inverses():
    exponent = np.linspace(-1, 3, 41)
    rate = learning.learning_rate(exponent)
    np.testing.assert_allclose(rate, 1 - learning.progress_ratio(exponent), atol=1e-15)
    np.testing.assert_allclose(learning.exponent_from_learning_rate(rate), exponent, atol=1e-14)
    fit = cc.fit("wright", [1, 2, 4, 8], [100, 80, 66, 50])
    same = pytest.approx(float(fit.learning_rate), rel=1e-15)
    assert float(learning.learning_rate(fit.params["exponent"])) == same


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: learning.unit_cost(0, 1, 0.3), "unit is 0; units are counted from 1"),
        (lambda: learning.unit_cost(2, 1, 0.3, convention="units"), "did you mean 'unit'"),
        (lambda: learning.block_cost(1.5, 3, 1, 0.3), "first is 1.5; give the whole number"),
        (lambda: learning.block_cost(5, 3, 1, 0.3), "last lies before first"),
        (lambda: learning.block_cost(1, 3, 1, 0.3, method="sum"), "there is no method 'sum'"),
        (lambda: learning.mid_unit(1, 3, 0), "the exponent is 0"),
        (lambda: learning.exponent_from_learning_rate(20), "did you mean 0.2?"),
        (lambda: learning.exponent_from_progress_ratio(0), "progress ratio is 0"),
        (lambda: learning.composite_exponent([1], [0.3], 1), "more than one unit"),
        (lambda: learning.exponent_from_total(80, 80, 250), "more than first_unit"),
        (
            lambda: learning.unit_cost(3, 1, 1.2, convention="cumulative_average"),
            "exponent is 1.2: if the average falls",
        ),
        (
            lambda: learning.block_cost(1, 3, 1, 1, convention="cumulative_average"),
            "exponent is 1: if the average falls",
        ),
    ],
)
def test_wrong_calls_are_told(call, said):
    with pytest.raises(cc.ArgumentError, match=said):
        call()


# ---- levels and differences: 87 technologies -----------------------------------------------------


def series():
    found = defaultdict(list)
    with (CLAB / "ExpCurves.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            point = (float(row["Cumulative production"]), float(row["Unit cost"]))
            found[row["Tech"]].append(point)
    return {name: np.array(points).T for name, points in found.items()}


def published():
    found = {}
    with (CLAB / "IC.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["n_breaks"] == "0":
                form = "differences" if row["First Diff."] == "1" else "levels"
                figures = [float(row[name]) for name in ("LR 1", "AIC", "BIC")]
                found[row["Tech"], form] = figures
    return found


SERIES, PUBLISHED = series(), published()


def test_there_are_87_technologies():
    assert len(SERIES) == 87
    assert len(PUBLISHED) == 174


@pytest.mark.parametrize("technology", SERIES)
def test_published_learning_rates_and_criteria(technology):
    """Learning rate in percent, AIC and BIC of decimal logarithms, the variance not counted."""
    experience, cost = SERIES[technology]
    level = cc.fit("wright", experience, cost)
    change = learning.difference_fit(experience, cost)
    for form, fit in (("levels", level), ("differences", change)):
        found = fit.criteria(scale="log10", count_scatter=False)
        ours = [100 * float(fit.learning_rate), found.aic, found.bic]
        np.testing.assert_allclose(ours, PUBLISHED[technology, form], rtol=0, atol=1e-9)
    assert level.criteria(scale="log10", count_scatter=False).parameters == 2
    assert change.criteria(count_scatter=False).parameters == 1


def test_criteria_agree_with_those_of_the_fit(units):
    fit = cc.fit("wright", *units)
    own = fit.criteria()
    assert (own.aicc, own.bic) == (fit.aicc, fit.bic)
    assert own.parameters == 3
    logs = fit.criteria(scale="residuals")
    jacobian = 2 * np.log(fit.y).sum()
    assert own.deviance == pytest.approx(logs.deviance + jacobian, rel=1e-12)
    with pytest.raises(cc.ArgumentError, match="there is no scale"):
        fit.criteria(scale="log")
    level = cc.fit("logistic", np.arange(12.0), 1 / (1 + np.exp(5 - np.arange(12.0))) + 1)
    with pytest.raises(cc.ArgumentError, match="multiplicative errors"):
        level.criteria(scale="log10")


def test_differences_are_a_regression_through_the_origin():
    experience, cost = SERIES["Caprolactam"]
    x, y = np.diff(np.log(experience)), np.diff(np.log(cost))
    fit = learning.difference_fit(experience, cost)
    exponent = -(x @ y) / (x @ x)
    s = np.sqrt(np.sum((y + exponent * x) ** 2) / (len(x) - 1))
    assert fit.exponent_value == pytest.approx(exponent, rel=1e-12)
    assert fit.s == pytest.approx(s, rel=1e-12)
    assert fit.stderr == pytest.approx(s / np.sqrt(x @ x), rel=1e-12)
    low, high = fit.exponent.low, fit.exponent.high
    assert fit.learning_rate.low == pytest.approx(1 - 2**-low, rel=1e-12)
    assert fit.learning_rate.high == pytest.approx(1 - 2**-high, rel=1e-12)
    assert round(100 * float(fit.learning_rate), 4) == 19.0332
    assert round(100 * float(fit.level.learning_rate), 4) == 24.6199


# ---- fits of blocks ------------------------------------------------------------------------------

LOTS = [1, 11, 31, 71, 180], [10, 30, 70, 179, 400]


@pytest.mark.parametrize("exponent", [-0.4, 0.1, 0.322, 1.0, 1.7])
def test_blocks_give_back_their_curve(exponent):
    fit = learning.block_fit(*LOTS, learning.block_cost(*LOTS, 250, exponent))
    assert fit.params["exponent"] == pytest.approx(exponent, abs=1e-12)
    assert fit.params["first_unit"] == pytest.approx(250, rel=1e-11)
    assert fit.curve.name == "wright"


@pytest.mark.parametrize("exponent", [-0.4, 0.322, 0.9])
def test_blocks_give_back_their_cumulative_average(exponent):
    convention = "cumulative_average"
    totals = learning.block_cost(*LOTS, 250, exponent, convention=convention)
    fit = learning.block_fit(*LOTS, totals, convention=convention)
    assert fit.params["exponent"] == pytest.approx(exponent, abs=1e-12)
    assert fit.params["first_unit"] == pytest.approx(250, rel=1e-11)
    assert fit.predict([400])[0] == pytest.approx(sum(totals) / 400)


def test_mid_units_and_exponent_of_noisy_blocks_belong_together():
    """The regression on lot midpoints, at the midpoints that its own exponent gives."""
    rng = np.random.default_rng(11)
    for _ in range(200):
        last = np.cumsum(rng.integers(1, 3000, rng.integers(3, 10)))
        first = np.r_[1, last[:-1] + 1]
        shocks = np.exp(rng.uniform(0, 0.8) * rng.normal(size=len(last)))
        total = shocks * learning.block_cost(first, last, 10, rng.uniform(-0.5, 2))
        fit = learning.block_fit(first, last, total)
        middle = learning.mid_unit(first, last, fit.params["exponent"], method="exact")
        np.testing.assert_allclose(fit.points[0], middle, rtol=1e-9)
        slope, _ = np.polyfit(np.log(middle), np.log(total / (last - first + 1)), 1)
        assert fit.params["exponent"] == pytest.approx(-slope, abs=1e-9)


def test_a_block_without_a_cost_still_counts_its_units():
    totals = learning.block_cost(*LOTS, 250, 0.322)
    totals[1] = np.nan
    fit = learning.block_fit(*LOTS, totals)
    assert fit.n_used == 4
    assert fit.params["exponent"] == pytest.approx(0.322, abs=1e-12)
    back = learning.block_fit(LOTS[0][::-1], LOTS[1][::-1], totals[::-1])
    assert back.params["exponent"] == pytest.approx(0.322, abs=1e-12)


@pytest.mark.parametrize(
    ("first", "last", "cost", "convention", "said"),
    [
        ([1, 11, 31], [10, 30], [5, 6, 7], "unit", "3 and 2 and 3 values"),
        ([0, 11, 31], [10, 30, 70], [5, 6, 7], "unit", r"first is no unit in row 0 \(0\)"),
        ([1, 11, 31], [10, 30.5, 70], [5, 6, 7], "unit", r"last is no unit in row 1 \(30.5\)"),
        ([1, 31, 31], [10, 30, 70], [5, 6, 7], "unit", "last lies before first in row 1"),
        ([1, 11, 31], [10, 30, 70], [5, -6, 7], "unit", "cost is not positive"),
        ([1, 11, 31], [10, 30, 70], [5, 6, np.nan], "unit", "three blocks"),
        ([1, 1, 1], [9, 9, 9], [5, 6, 7], "unit", "no mid-units that differ"),
        ([1, 12, 31], [10, 30, 70], [5, 6, 7], "cumulative_average", "does not begin after"),
        ([2, 11, 31], [10, 30, 70], [5, 6, 7], "cumulative_average", r"in row 0 \(2\)"),
        (
            *LOTS,
            [5, 6, np.nan, 7, 8],
            "cumulative_average",
            "cost is missing in row 2",
        ),
        ([1, 11, 31], [10, 30, 70], [5, 6, 7], "units", "'unit'"),
    ],
)
def test_wrong_blocks_are_told(first, last, cost, convention, said):
    with pytest.raises(ValueError, match=said):
        learning.block_fit(first, last, cost, convention=convention)


# ---- differences of published series -------------------------------------------------------------

# Way, Ives, Mealy and Farmer (2022), Joule 6, 2057-2082: exponent and standard deviation of a shock
# as carnegie/clab_experience_curve has them (commit 9a6f8c49: SolarProjection.py, WindProjection.py
# and BatteryProjection.py).
WAY = {"solar": (0.319, 0.111), "wind": (0.194, 0.065), "battery": (0.421, 0.103)}


@pytest.mark.parametrize("technology", WAY)
def test_exponents_of_way_and_others(technology):
    """The paper's exponents are those of first differences whose shocks are taken as independent;
    the moving average of .19 that it simulates with enters no estimate."""
    path = Path(__file__).parent / "data" / "way_2022" / "experience.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["technology"] == technology]
    made, paid = ([float(row[name]) for row in rows] for name in ("experience", "cost"))
    fit = learning.difference_fit(made, paid)
    assert (round(fit.exponent_value, 3), round(fit.s, 3)) == WAY[technology]
    with_memory = learning.difference_fit(made, paid, ma=0.19)
    assert round(with_memory.exponent_value, 3) != WAY[technology][0]


def test_model_t():
    """Price (1958 $) and shipments (millions) of the Ford Model T, 1909 to 1921.

    Performance Curve Database (Nagy et al. 2013, PLoS ONE 8(2) e52669); experience is what was
    shipped before and in the year. The figures are a recalculation, not published ones.
    """
    price = [3400, 3000, 2500, 2000, 1800, 1800, 1700, 1500, 1200, 1100, 950]
    none = np.nan
    shipped = np.array([none, 0.035, 0.06, 0.19, 0.2, 0.3, 0.4, 0.8, none, none, 1])
    before = np.array([none, 0.015, 0.05, 0.11, 0.3, 0.5, 0.8, 1.2, none, none, 4.3])
    fit = learning.difference_fit(before + shipped, price)
    assert fit.n_changes == 7
    assert round(fit.exponent_value, 3) == 0.274
    assert round(100 * float(fit.learning_rate), 1) == 17.3
    assert round(100 * float(fit.level.learning_rate), 1) == 14.0


def test_shocks_that_do_not_last_are_levels():
    """With a moving average of -1 the law in differences is that in levels, intercept and all."""
    for technology in ("Caprolactam", "Fotovoltaica"):
        experience, cost = SERIES[technology]
        fit = learning.difference_fit(experience, cost, ma=-1)
        assert fit.exponent_value == pytest.approx(fit.level.params["exponent"], rel=1e-9)
        assert fit.stderr == pytest.approx(fit.level.stderr["exponent"], rel=1e-9)


def test_moving_average_is_that_of_the_dense_likelihood():
    experience, cost = SERIES["Caprolactam"]
    x, y = np.diff(np.log(experience)), np.diff(np.log(cost))
    m = len(x)
    for ma in (-0.6, 0.19, 1.0):
        cov = (1 + ma**2) * np.eye(m) + ma * (np.eye(m, k=1) + np.eye(m, k=-1))
        inverse = np.linalg.inv(cov)
        exponent = -(x @ inverse @ y) / (x @ inverse @ x)
        r = y + exponent * x
        squares = r @ inverse @ r
        deviance = m * (np.log(2 * np.pi * squares / m) + 1) + np.linalg.slogdet(cov)[1]
        fit = learning.difference_fit(experience, cost, ma=ma)
        assert fit.exponent_value == pytest.approx(exponent, rel=1e-10)
        assert fit.deviance == pytest.approx(deviance, rel=1e-10)
        assert fit.s == pytest.approx(np.sqrt(squares / (m - 1)), rel=1e-10)
        assert fit.stderr == pytest.approx(fit.s / np.sqrt(x @ inverse @ x), rel=1e-10)


def test_likeliest_moving_average_is_found():
    for technology in list(SERIES)[:20]:
        experience, cost = SERIES[technology]
        best = learning.difference_fit(experience, cost, ma="likeliest")
        others = [
            learning.difference_fit(experience, cost, ma=ma).deviance
            for ma in np.linspace(-1, 1, 401)
        ]
        assert best.deviance <= min(others) + 1e-9
        assert best.criteria().parameters == 3


def test_intervals_of_differences_hold():
    rng = np.random.default_rng(10)
    held = 0
    for _ in range(1000):
        x = rng.uniform(0.05, 0.3, 20)
        shock = rng.normal(0, 0.05, 21)
        y = -0.4 * x + shock[1:] + 0.3 * shock[:-1]
        experience, cost = np.exp(np.cumsum(np.append(0, x))), np.exp(np.cumsum(np.append(0, y)))
        low = learning.difference_fit(experience, cost, ma=0.3).exponent
        held += low.low <= 0.4 <= low.high
    assert 0.88 <= held / 1000 <= 0.92


def test_difference_fit_says_what_is_wrong():
    for experience, cost, said in (
        ([1, 3, 2, 5], [9, 8, 7, 6], "experience falls to 2 in row 2"),
        ([1, 2, 3, 5], [9, 8, 0, 6], "cost is not positive and finite in row 2"),
        ([1, 2], [9, 8], "2 usable points make 1 changes"),
        ([2, 2, 2], [9, 8, 7], "no change to learn by"),
        ([1, 2, 3], [9, 8], "3 points and cost has 2"),
    ):
        with pytest.raises(cc.DataError, match=said):
            learning.difference_fit(experience, cost)
    with pytest.raises(cc.ArgumentError, match="between -1 and 1"):
        learning.difference_fit([1, 2, 3], [9, 8, 7], ma=2)
    with pytest.raises(cc.ArgumentError, match="'likeliest' to estimate it"):
        learning.difference_fit([1, 2, 3], [9, 8, 7], ma="best")


def test_difference_fit_travels_and_tells():
    experience, cost = SERIES["Caprolactam"]
    fit = learning.difference_fit(experience, cost)
    again = pickle.loads(pickle.dumps(fit))
    assert again.learning_rate == fit.learning_rate
    text = str(fit)
    assert "19.03%" in text and "24.62%" in text
    gap = learning.difference_fit([1, 2, np.nan, 5, 9], [9, 8, 7, 6, 5])
    assert gap.n_changes == 3


# ---- experience from before ----------------------------------------------------------------------


def test_initial_experience_is_output_over_growth():
    output = 7 * 1.08 ** np.arange(20)
    assert learning.initial_experience(output) == pytest.approx(7 / 0.08, rel=1e-12)
    assert learning.initial_experience(output[::2], np.arange(0, 20, 2)) == pytest.approx(
        7 / 0.08, rel=1e-12
    )
    mixed = np.random.default_rng(1).permutation(20)
    assert learning.initial_experience(output[mixed], mixed) == pytest.approx(7 / 0.08, rel=1e-12)
    with pytest.raises(cc.DataError, match="did not grow"):
        learning.initial_experience(output[::-1])
    with pytest.raises(cc.DataError, match="give both alike"):
        learning.initial_experience(output, [1, 2])


def test_initial_experience_is_what_forgetting_holds():
    output = np.array([5.0, 9, 4, 12, 20, 16, 30])
    cost = np.array([90.0, 80, 84, 70, 61, 58, 50])
    fit = cc.fit("forgetting", {"time": np.arange(7.0), "output": output}, cost)
    assert fit.params["initial_experience"] == learning.initial_experience(output)


def test_sensitivity_refits_for_each_guess():
    output = 7 * 1.08 ** np.arange(25)
    cost = 90 * (7 / 0.08 + np.cumsum(output)) ** -0.3
    cost *= np.exp(np.random.default_rng(2).normal(0, 0.01, 25))
    found = learning.initial_experience_sensitivity(output, cost)
    assert found.names == ("none", "half", "guess", "double", "ten times")
    np.testing.assert_allclose(found.initial, 7 / 0.08 * np.array([0, 0.5, 1, 2, 10]))
    own = cc.fit("wright", found.initial[1] + np.cumsum(output), cost)
    assert found["half"].params == pytest.approx(own.params, rel=1e-9)
    rate = found.learning_rate
    low, high = own.interval("learning_rate")
    assert (rate.low[1], rate.high[1]) == pytest.approx((low, high), rel=1e-9)
    # the more is thought to have been made before, the more each doubling must have saved
    assert (np.diff(rate.value) > 0).all()
    assert found.span == pytest.approx(rate.value[-1] - rate.value[0])
    assert found["guess"].params["exponent"] == pytest.approx(0.3, abs=0.02)
    assert found["guess"].s == min(each.s for each in found.fits)
    frame = found.to_frame()
    assert list(frame.index) == list(found.names)
    assert frame["learning_rate"]["guess"] == pytest.approx(rate.value[2])
    assert "ten times" in str(found)
    named = learning.initial_experience_sensitivity(output, cost, initial={"stated": 60})
    assert len(named) == 1 and named.initial == [60]


def test_sensitivity_says_what_is_wrong():
    cost = [9, 8, 7, 6]
    with pytest.raises(cc.DataError, match="missing, infinite or negative in row 1"):
        learning.initial_experience_sensitivity([1, np.nan, 3, 4], cost)
    with pytest.raises(cc.DataError, match="sort the rows"):
        learning.initial_experience_sensitivity([1, 2, 3, 4], cost, time=[1, 3, 2, 4])
    with pytest.raises(cc.ArgumentError, match="initial has -1"):
        learning.initial_experience_sensitivity([1, 2, 3, 4], cost, initial=[0, -1])
