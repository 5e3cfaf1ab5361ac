# SPDX-License-Identifier: GPL-3.0-or-later
"""Scaling laws: published numbers, compute-optimal allocation, isoFLOP parabolas, hard cases."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

import curvecast as cc

HOFFMANN = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}
# ln A, ln B, ln E from the TeX source of arXiv:2203.15556, as Besiroglu et al. (2024) read them.
UNROUNDED = {
    "E": math.exp(0.5267228),
    "A": math.exp(6.0073404),
    "B": math.exp(6.0179186),
    "alpha": 0.33917084,
    "beta": 0.2849083,
}
EPOCH = {"E": 1.81686, "A": 482.01, "B": 2085.43, "alpha": 0.3478, "beta": 0.3658}

# Muennighoff et al. (2023), github.com/huggingface/datablations: logarithms of A, B and E.
REPEATED = {
    "E": math.exp(0.6254804),
    "A": math.exp(6.255414),
    "B": math.exp(7.3049974),
    "alpha": 0.3526596,
    "beta": 0.3526596,
    "R_D": 15.387756,
    "R_N": 5.309743,
}

# Caballero et al. (2022), figure 4: four-digit addition, loss against examples in training; the
# first 14 are to be fitted, the last 3 to be foretold.
ADDITION_X = np.array(
    [
        160,
        192,
        256,
        320,
        384,
        448,
        480,
        512,
        544,
        576,
        608,
        640,
        672,
        736,
        800,
        864,
        928.0,
    ]
)
ADDITION_Y = np.array(
    [
        2.13809046,
        2.11813418,
        2.08955508,
        2.06988398,
        2.05404987,
        2.03837089,
        2.02814281,
        2.00496872,
        1.95576149,
        1.86313841,
        1.70891537,
        1.50637664,
        1.29754721,
        0.96559684,
        0.75856477,
        0.64768338,
        0.55695445,
    ]
)
PRINTED = {
    "a": 0.41388453071629455,
    "b": 2.2772722897737556,
    "c0": 0.055077348404973955,
    "c1": 5.662903816010331,
    "d1": 612.5836172918001,
    "f1": 0.059193036393742314,
}


def drawn(name, n, noise, seed=0, **changed):
    """Return the regressors and noisy values of a curve's example."""
    curve = cc.curve(name)
    x = curve.example_points(n)
    params = dict(zip(curve.param_names, curve.example, strict=True)) | changed
    value = curve.evaluate(x, params)
    return x, value * np.exp(noise * np.random.default_rng(seed).standard_normal(n)), params


def rmsle(predicted, observed):
    return float(np.sqrt(np.mean(np.log(predicted / observed) ** 2)))


# ---- published numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "data", "published"),
    [(6.34e9, 242e9, 2.2256440889984477), (8.67e9, 178e9, 2.2269634075087867)],
)
def test_losses_of_the_data_limited_law(size, data, published):
    """Muennighoff et al. (2023): the README of huggingface/datablations, 25e9 unique tokens."""
    points = {"N": [size], "D": [data], "U": [25e9]}
    assert cc.curve("data_limited").evaluate(points, REPEATED)[0] == pytest.approx(
        published, rel=1e-12
    )


def test_the_data_limited_law_without_repeats_is_chinchilla():
    """Muennighoff et al. (2023), section 3: no excess and no repeats leave Hoffmann's law."""
    size = np.geomspace(1e7, 1e9, 5)
    data = 100 * size
    same = {name: REPEATED[name] for name in ("E", "A", "B", "alpha", "beta")}
    limited = cc.curve("data_limited").evaluate({"N": size, "D": data, "U": 2 * data}, REPEATED)
    free = cc.curve("chinchilla").evaluate({"N": size, "D": data}, same)
    np.testing.assert_allclose(limited, free, rtol=1e-13)


def test_kaplan_exponents_and_limits():
    """Kaplan et al. (2020), arXiv:2001.08361, section 4: N_c 6.4e13, D_c 1.8e13, .076 and .103.

    With unlimited data or size the law is the power law of the other; data must grow with the
    0.74th power of size to keep up.
    """
    kaplan = cc.curve("kaplan")
    printed = {
        "log_N_c": math.log(6.4e13),
        "log_D_c": math.log(1.8e13),
        "alpha_N": 0.076,
        "alpha_D": 0.103,
    }
    size, data = np.array([1e6, 1e9]), np.array([1e8, 1e11])
    without = kaplan.evaluate({"N": size, "D": [1e90, 1e90]}, printed)
    np.testing.assert_allclose(without, (6.4e13 / size) ** 0.076, rtol=1e-12)
    without = kaplan.evaluate({"N": [1e200, 1e200], "D": data}, printed)
    np.testing.assert_allclose(without, (1.8e13 / data) ** 0.103, rtol=1e-12)
    both = ((6.4e13 / 1e9) ** (0.076 / 0.103) + 1.8e13 / 1e10) ** 0.103
    assert kaplan.evaluate({"N": [1e9], "D": [1e10]}, printed)[0] == pytest.approx(both, rel=1e-13)
    x, y, _ = drawn("kaplan", 60, 0.001)
    fit = cc.fit("kaplan", x, y)
    assert round(fit.data_per_size_exponent.value, 2) == 0.74
    assert fit.N_c.low < 6.4e13 < fit.N_c.high
    assert fit.D_c.low < 1.8e13 < fit.D_c.high


def test_four_digit_addition():
    """Caballero et al. (2022): RMSLE of the printed parameters 5.985e-4 in, .010916 out of sample.

    Ours is no worse on the 14 points that were fitted, sees the same break, and foretells the three
    larger sizes as well to the second digit.
    """
    printed = cc.curve("broken_1").evaluate(ADDITION_X, PRINTED)
    theirs = rmsle(printed[:14], ADDITION_Y[:14])
    assert float(f"{theirs:.3e}") == 5.985e-4
    assert round(rmsle(printed[14:], ADDITION_Y[14:]), 6) == 0.010916
    fit = cc.fit("broken_1", ADDITION_X[:14], ADDITION_Y[:14])
    assert rmsle(fit.predict(ADDITION_X[:14]), ADDITION_Y[:14]) < theirs
    assert round(rmsle(fit.predict(ADDITION_X[14:]), ADDITION_Y[14:]), 3) == 0.011
    for name, value in PRINTED.items():
        found = fit.estimate(name)
        assert found.low < value < found.high, name


NAMES_OF_TWO = cc.curve("broken_2").param_names
SWAPPED = (0.02, 6.0, 0.05, 0.6, 1e6, 0.3, 0.4, 3e3, 0.3)


def test_breaks_are_numbered_by_their_places():
    """A law is the same whichever of its breaks is called the first."""
    x, _, _ = drawn("broken_2", 40, 0)
    noise = np.exp(0.03 * np.random.default_rng(5).standard_normal((20, 40)))
    clean = cc.curve("broken_2").evaluate(x, dict(zip(NAMES_OF_TWO, SWAPPED, strict=True)))
    fits = cc.fit("broken_2", x, clean * noise, start=dict(zip(NAMES_OF_TWO, SWAPPED, strict=True)))
    place = fits.theta[:, [4, 7]]
    assert (place[:, 0] <= place[:, 1]).all()
    held = cc.fit("broken_2", x, clean * noise[0], fixed={"d1": SWAPPED[4]})
    assert held.params["d1"] == SWAPPED[4]


def test_extrapolation_of_translation_models():
    """Alabdulmohsin et al. (2022), table of NMT: RMSE in logs of the largest size, M1 column.

    M1 is a line in logs. M2 to M4 depend on how far an optimiser went; what holds is that with a
    floor the error is a fraction of M1's, and that M4 with its floor is no worse than M2 in sample.
    """
    published = {
        "6 Enc, 6 Dec": 0.26,
        "28 Enc, 6 Dec": 0.17,
        "6 Enc, 28 Dec": 0.23,
        "Dec-only": 0.25,
        "TEnc-LSTM": 0.19,
    }
    path = Path(__file__).parent / "data" / "alabdulmohsin_2022" / "nmt.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for model, error in published.items():
        own = [row for row in rows if row["model"] == model]
        x, y = (
            np.array([float(row[key]) for row in own]) for key in ("examples", "log_perplexity")
        )
        seen = np.array([row["training"] == "1" for row in own])

        def missed(name, x=x, y=y, seen=seen):
            fit = cc.fit(name, x[seen], y[seen])
            return fit, abs(math.log(fit.predict(x[~seen])[0] / y[~seen][0]))

        m1 = missed("wright")[1]
        assert round(m1, 2) == error, model
        m2, m2_error = missed("power_floor")
        m4, _ = missed("m4")
        assert m2_error < 0.4 * m1, model
        assert m4.objective <= m2.objective * (1 + 1e-6), model


# ---- compute-optimal allocation ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "compute", "size", "data", "ratio"),
    [
        (HOFFMANN, 5.76e23, 3.2190e10, 2.9823e12, 92.65),
        (UNROUNDED, 5.76e23, 4.0361e10, 2.3785e12, 58.93),
        (EPOCH, 5.76e23, 7.2249e10, 1.3287e12, 18.39),
        (HOFFMANN, 1e21, 1.8242e9, 9.1363e10, 50.08),
        (UNROUNDED, 1e21, 2.2170e9, 7.5178e10, 33.91),
        (EPOCH, 1e21, 2.7785e9, 5.9985e10, 21.59),
    ],
)
def test_frontier_of_published_parameters(params, compute, size, data, ratio):
    """Hoffmann et al. (2022) as printed and unrounded, and Besiroglu et al. (2024)."""
    best = cc.scaling.optimal("chinchilla", compute, params=params)
    assert float(f"{best.size.value:.4e}") == size
    assert float(f"{best.data.value:.4e}") == data
    assert float(f"{best.data_per_size.value:.4g}") == ratio
    assert math.isnan(best.size.low)


def test_optimum_of_a_fit_by_others():
    """github.com/kyo-takano/chinchilla, commit 75e5858f, examples/llm/main.ipynb: its fit to part
    of the Chinchilla runs, and 160.5 billion parameters and 1.04e12 tokens for 1e24 operations."""
    printed = {
        "E": 1.7002408325507796,
        "A": 184.69151738172795,
        "B": 1633.4786640754548,
        "alpha": 0.2890076484429228,
        "beta": 0.3557940660048966,
    }
    best = cc.scaling.optimal("chinchilla", 1e24, params=printed)
    assert f"{best.size.value / 1e9:.1f}" == "160.5"
    assert f"{best.data.value:.2e}" == "1.04e+12"


def test_tokens_for_each_parameter_at_chinchillas_own_budget():
    """Besiroglu et al. (2024): at 5.88e23 operations about 18.4, not the 25.7 of their notebook."""
    best = cc.scaling.optimal("chinchilla", 5.88e23, params=EPOCH)
    assert round(best.data_per_size.value, 1) == 18.4


@pytest.mark.parametrize("name", ["chinchilla", "kaplan", "data_limited"])
def test_the_optimum_is_one(name):
    x, y, _ = drawn(name, 60, 0.01)
    fit = cc.fit(name, x, y)
    unique = 3e10 if name == "data_limited" else None
    for compute in (1e18, 1e20, 1e22, 1e24):
        best = cc.scaling.optimal(fit, compute, unique=unique)
        assert best.size.value * best.data.value == pytest.approx(compute / 6)
        size = best.size.value * np.exp([-0.01, 0, 0.01])
        points = {"N": size, "D": compute / 6 / size}
        if unique:
            points["U"] = np.minimum(points["D"], unique)
        loss = fit.curve.evaluate(points, fit.params)
        assert loss[1] < min(loss[0], loss[2])
        assert loss[1] == pytest.approx(best.loss.value, rel=1e-12)


def test_repeats_change_the_optimum_only_when_data_run_out():
    """Muennighoff et al. (2023), section 6: epochs grow faster than size where data are short."""
    alike = {key: REPEATED[key] for key in ("E", "A", "B", "alpha", "beta")}
    for compute in (1e19, 1e21):
        free = cc.scaling.optimal("chinchilla", compute, params=alike)
        limited = cc.scaling.optimal("data_limited", compute, params=REPEATED, unique=1e11)
        assert limited.size.value == pytest.approx(free.size.value)
        assert limited.loss.value == pytest.approx(free.loss.value)
    free = cc.scaling.optimal("chinchilla", 1e24, params=alike)
    short = cc.scaling.optimal("data_limited", 1e24, params=REPEATED, unique=1e11)
    assert short.loss.value > free.loss.value
    assert short.size.value < free.size.value


@pytest.mark.parametrize("name", ["chinchilla", "kaplan", "data_limited"])
def test_the_delta_method_agrees_with_replicates(name):
    x, y, _ = drawn(name, 120, 0.01, seed=3)
    fit = cc.fit(name, x, y)
    unique = 3e9 if name == "data_limited" else None
    replicates = fit.bootstrap(replicates=600, kind="parametric", seed=1)
    delta = cc.scaling.optimal(fit, [1e20, 1e21], unique=unique)
    drawn_ones = cc.scaling.optimal(fit, [1e20, 1e21], unique=unique, bootstrap=replicates)
    for each in ("size", "data", "data_per_size", "loss"):
        one, other = getattr(delta, each), getattr(drawn_ones, each)
        np.testing.assert_array_equal(one.value, other.value)
        np.testing.assert_allclose(one.stderr, other.stderr, rtol=0.15)
        np.testing.assert_allclose(one.low, other.low, rtol=0.2 * np.max(one.stderr / one.value))
    assert (delta.method, drawn_ones.method) == ("delta", "bootstrap")


def test_intervals_of_the_optimum_hold():
    """Nominal 90 % in 400 draws of 40 runs with 3 % noise."""
    curve = cc.curve("chinchilla")
    x = curve.example_points(40)
    truth = dict(zip(curve.param_names, curve.example, strict=True))
    errors = 0.03 * np.random.default_rng(5).standard_normal((400, 40))
    fits = cc.fit("chinchilla", x, curve.evaluate(x, truth) * np.exp(errors))
    best = cc.scaling.optimal("chinchilla", 1e21, params=truth)
    inside = {"size": 0, "loss": 0}
    for fit in fits:
        found = cc.scaling.optimal(fit, 1e21)
        for each in inside:
            own = getattr(found, each)
            inside[each] += own.low <= getattr(best, each).value <= own.high
    for each, count in inside.items():
        assert 0.86 - 0.04 <= count / 400 <= 0.94 + 0.04, each


def test_a_budget_far_beyond_the_runs_is_noted():
    x, y, _ = drawn("chinchilla", 40, 0.01)
    fit = cc.fit("chinchilla", x, y)
    assert "far_extrapolation" not in [each.code for each in cc.scaling.optimal(fit, 1e20).notes]
    far = cc.scaling.optimal(fit, 1e30)
    assert "far_extrapolation" in [each.code for each in far.notes]
    assert "beyond them" in str(far)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cc.scaling.optimal("wright", 1e20, params={}), "no law of size and data"),
        (lambda: cc.scaling.optimal("chinchilla", 1e20), "params= with its parameters"),
        (lambda: cc.scaling.optimal("chinchilla", -1, params=EPOCH), "compute is -1.0"),
        (lambda: cc.scaling.optimal("chinchilla", [], params=EPOCH), "compute is of shape"),
        (lambda: cc.scaling.optimal("chinchilla", 1, params=EPOCH, unique=3), "all data as new"),
        (lambda: cc.scaling.optimal("data_limited", 1, params=REPEATED), "needs unique="),
        (lambda: cc.scaling.optimal("chinchilla", 1, params=EPOCH, level=90), "level is 90"),
        (lambda: cc.scaling.isoflop_runs("chinchilla", 1, params=EPOCH, width=1), "width is 1"),
        (lambda: cc.scaling.isoflop_runs("chinchilla", 1, params=EPOCH, points=2), "points is 2"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(call, words):
    with pytest.raises(cc.ArgumentError, match=words):
        call()


def test_replicates_of_another_fit_are_refused():
    x, y, _ = drawn("chinchilla", 40, 0.01)
    fit, other = cc.fit("chinchilla", x, y), cc.fit("chinchilla", x, 2 * y)
    with pytest.raises(cc.ArgumentError, match="another fit"):
        cc.scaling.optimal(fit, 1e20, bootstrap=other.bootstrap(replicates=3))


# ---- isoFLOP parabolas ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alpha", "beta", "width", "percent"),
    [
        (0.34, 0.28, 2, -0.327),
        (0.34, 0.28, 4, -1.301),
        (0.34, 0.28, 8, -2.903),
        (0.34, 0.28, 16, -5.100),
        (0.465, 0.155, 2, -1.675),
        (0.465, 0.155, 4, -6.498),
        (0.465, 0.155, 8, -13.910),
        (0.465, 0.155, 16, -23.116),
    ],
)
def test_bias_of_parabolas(alpha, beta, width, percent):
    """arXiv:2603.22339: error of the inferred optimal data, 15 runs a budget."""
    law = HOFFMANN | {"alpha": alpha, "beta": beta}
    budgets = [1e17, 1e18, 1e19, 1e20, 1e21]
    bias = cc.scaling.isoflop_bias("chinchilla", budgets, params=law, at=1e24, width=width)
    assert round(100 * bias["data"], 3) == percent
    assert bias["size"] == pytest.approx(1 / (1 + bias["data"]) - 1)
    assert abs(bias["size_exponent"]) < 1e-10
    assert abs(bias["data_exponent"]) < 1e-10


def test_no_bias_where_both_exponents_are_the_same():
    law = HOFFMANN | {"alpha": 0.3, "beta": 0.3}
    bias = cc.scaling.isoflop_bias("chinchilla", [1e18, 1e19, 1e20], params=law, width=16)
    assert abs(bias["data"]) < 1e-9


def test_true_data_at_1e24():
    """arXiv:2603.22339: 4.0358e12 tokens under Hoffmann's law as printed."""
    best = cc.scaling.optimal("chinchilla", 1e24, params=HOFFMANN)
    assert float(f"{best.data.value:.4e}") == 4.0358e12


def test_runs_that_drift_bias_the_exponent():
    """arXiv:2603.22339: a constant miss moves the factor alone, a drifting one the exponent too."""
    budgets = np.geomspace(1e17, 1e21, 5)
    constant = cc.scaling.isoflop_bias("chinchilla", budgets, params=HOFFMANN, off=3)
    assert abs(constant["data"]) > 0.01
    assert abs(constant["data_exponent"]) < 1e-10
    drift = cc.scaling.isoflop_bias(
        "chinchilla", budgets, params=HOFFMANN, off=np.geomspace(1 / 3, 3, 5)
    )
    assert abs(drift["data_exponent"]) > 1e-3


def test_isoflop_of_noisy_runs():
    runs = cc.scaling.isoflop_runs("chinchilla", np.geomspace(1e18, 1e22, 9), params=EPOCH)
    noise = np.random.default_rng(2).normal(0, 0.002, runs["loss"].size)
    found = cc.scaling.isoflop(runs["compute"], runs["size"], runs["loss"] + noise)
    exponent = EPOCH["beta"] / (EPOCH["alpha"] + EPOCH["beta"])
    assert found.size_exponent.low < exponent < found.size_exponent.high
    assert found.size_exponent.value + found.data_exponent.value == pytest.approx(1)
    np.testing.assert_allclose(found.size * found.data * 6, found.compute)
    size, data = found.optimal(1e23)
    assert size * data * 6 == pytest.approx(1e23)
    assert (found.size_error > 0).all()
    # the order of the runs does not matter, and a run without a loss is no run
    order = np.random.default_rng(0).permutation(noise.size)
    loss = (runs["loss"] + noise)[order]
    again = cc.scaling.isoflop(
        np.append(runs["compute"][order], 1e18),
        np.append(runs["size"][order], 1e9),
        np.append(loss, np.nan),
    )
    np.testing.assert_allclose(again.size, found.size, rtol=1e-9)


def test_budgets_without_a_minimum():
    runs = cc.scaling.isoflop_runs("chinchilla", [1e18, 1e19, 1e20], params=EPOCH, points=9)
    loss = runs["loss"].copy()
    upside_down = runs["compute"] == 1e19
    loss[upside_down] = 6 - loss[upside_down]
    found = cc.scaling.isoflop(runs["compute"], runs["size"], loss)
    assert np.isnan(found.size[1])
    assert found.notes[0].code == "no_minimum"
    assert "1e+19" in str(found)
    loss[runs["compute"] > 1e18] *= -1
    loss[upside_down] *= -1
    with pytest.raises(cc.DataError, match="1 of 3 budgets have a minimum"):
        cc.scaling.isoflop(runs["compute"], runs["size"], loss)
    with pytest.raises(cc.DataError, match="has 2 sizes"):
        cc.scaling.isoflop([1, 1, 2, 2, 2], [1, 2, 1, 2, 3], [1.0] * 5)
    with pytest.raises(cc.DataError, match=r"size is -2.0 in run 1"):
        cc.scaling.isoflop([1, 1, 1], [1, -2, 3], [1, 2, 3])


# ---- hard cases ----------------------------------------------------------------------------------


def test_runs_on_one_line_of_size_against_data_are_collinear():
    size = np.geomspace(1e7, 1e10, 30)
    points = {"N": size, "D": 20 * size}
    noise = np.exp(0.01 * np.random.default_rng(1).standard_normal(30))
    for name, params in (("chinchilla", EPOCH), ("kaplan", None)):
        curve = cc.curve(name)
        params = params or dict(zip(curve.param_names, curve.example, strict=True))
        fit = cc.fit(name, points, curve.evaluate(points, params) * noise)
        codes = {each.code for each in fit.notes}
        assert codes & {"collinear", "not_identified"}, name


def test_repeats_that_never_happen_are_not_identified():
    x, _, params = drawn("data_limited", 40, 0)
    x["U"] = x["D"]
    noise = np.exp(0.01 * np.random.default_rng(1).standard_normal(40))
    value = cc.curve("data_limited").evaluate(x, params) * noise
    fit = cc.fit("data_limited", x, value)
    assert not np.isfinite(fit.stderr["R_D"])
    assert {each.code for each in fit.notes} & {"not_identified", "parameter_at_bound"}


def test_a_break_beyond_the_data_is_not_found():
    """Caballero et al. (2022): a break beyond the data cannot be foreseen."""
    x, y, _ = drawn("broken_1", 40, 0.01, d1=1e14)
    fit = cc.fit("broken_1", x, y)
    assert fit.status.code != "ok" or len(fit.notes) > 0
    assert fit.notes


def test_exponents_near_zero_are_seen_as_a_trade_with_the_floor():
    x = np.geomspace(1e3, 1e6, 30)
    noise = np.exp(0.01 * np.random.default_rng(4).standard_normal(30))
    fit = cc.fit("power_floor", x, (1 + 2 * x**-0.01) * noise)
    low, high = fit.interval("E", method="profile")
    assert high - low > 0.5 or fit.notes


def test_m4_near_its_poles():
    """Both levels to full precision, and the equation that defines the curve, on the whole way."""
    m4 = cc.curve("m4")
    for alpha in (0.01, 0.3, 1, 3, 100):
        params = {"e_inf": 0.1, "e_0": 0.9, "alpha": alpha, "x_0": 1e3, "c": -0.7}
        x = np.geomspace(1e-200, 1e200, 801)
        y = m4.evaluate(x, params)
        assert (np.diff(y) <= 0).all()
        assert y[0] == pytest.approx(0.9, abs=1e-15) or alpha == 100  # which departs that slowly
        assert y[-1] == pytest.approx(0.1, abs=1e-15)
        inside = (y > 0.1001) & (y < 0.8999)
        left = np.log(y[inside] - 0.1) - alpha * np.log(0.9 - y[inside])
        right = (1 - alpha) * math.log(0.8) - 0.7 * np.log(x[inside] / 1e3)
        np.testing.assert_allclose(left, right, rtol=1e-10, atol=1e-9 * (1 + alpha))


def test_m4_gives_the_factor_of_its_source():
    """Alabdulmohsin et al. (2022): (y - e_inf)/(e_0 - y)^alpha = beta x^c."""
    x, y, params = drawn("m4", 60, 0.01)
    fit = cc.fit("m4", x, y)
    at = fit.curve.evaluate([70.0], fit.params)[0]
    beta = (at - fit.params["e_inf"]) / (fit.params["e_0"] - at) ** fit.params["alpha"]
    beta /= 70.0 ** fit.params["c"]
    assert fit.log_beta.value == pytest.approx(math.log(beta), rel=1e-9)
    want = (1 - params["alpha"]) * math.log(params["e_0"] - params["e_inf"])
    want -= params["c"] * math.log(params["x_0"])
    assert fit.log_beta.low < want < fit.log_beta.high


def test_scales_from_1e18_to_1e25():
    """Regressors as large as compute: the law of one scale, and a broken one."""
    x = np.geomspace(1e18, 1e25, 40)
    noise = np.exp(0.01 * np.random.default_rng(7).standard_normal(40))
    fit = cc.fit("power_floor", x, (1.7 + 2e3 * x**-0.15) * noise)
    assert fit.status.ok
    assert fit.alpha.low < 0.15 < fit.alpha.high
    params = {"a": 0.1, "b": 300.0, "c0": 0.09, "c1": 0.4, "d1": 3e21, "f1": 0.5}
    fit = cc.fit("broken_1", x, cc.curve("broken_1").evaluate(x, params) * noise)
    assert fit.status.ok
    assert fit.d1.low < 3e21 < fit.d1.high


# Models trained on RedPajama (mlfoundations/scaling, commit a003c491, MIT licence; Gadre and others
# 2024, arXiv:2403.08540): parameters, tokens for each, loss on C4 and error on 17 tasks.
TESTBED = [
    (10569312, 20, 5.38702091510821, 0.8134857367566677),
    (78914048, 20, 3.899942990231468, 0.7250451834543663),
    (153677376, 20, 3.531147408490181, 0.6710080283365267),
    (411616256, 20, 3.149769456671634, 0.6365529066499542),
    (10569312, 320, 4.572292613487238, 0.7671019083970938),
    (1439795200, 20, 2.768756661738063, 0.5473253052024281),
]
FORETOLD = {
    (1439795200, 640, 2.502053562117363, 0.47521523167105284): ("0.7103%", "3.6365%"),
    (6889410560, 20, 2.424993099368689, 0.47163718062288623): ("0.7320%", "0.0464%"),
}


def test_loss_and_error_of_models_trained_beyond_the_optimum():
    """Gadre et al. (2024): the law of five small runs, with one exponent, foretells the loss of two
    large ones to the percentages that scaling_explorer.ipynb prints; an exponential of six losses
    foretells their errors."""
    size, ratio, loss, error = np.array(TESTBED).T
    law = cc.formula("E + A*N^(-alpha) + B*D^(-alpha)", x=["N", "D"])
    fit = cc.fit(law, {"N": size[:5], "D": (ratio * size)[:5]}, loss[:5])
    task = cc.fit("exponential_to_limit", loss, error)
    for (n, multiple, seen, failed), printed in FORETOLD.items():
        expected = fit.predict({"N": [n], "D": [multiple * n]})
        misses = expected[0] / seen - 1, task.predict(expected)[0] / failed - 1
        assert tuple(f"{abs(each):.4%}" for each in misses) == printed


def test_accuracy_against_loss_and_against_log_compute():
    loss, accuracy, params = drawn("downstream", 40, 0.01, seed=1)
    fit = cc.fit("downstream", loss["loss"], accuracy, fixed={"chance": 0.25})
    assert fit.ceiling.low < params["ceiling"] < fit.ceiling.high
    assert fit.emergence.value > fit.midpoint.value > fit.saturation.value
    log_compute = 30 - 2 * loss["loss"]
    turned = cc.fit("downstream", log_compute, accuracy, fixed={"chance": 0.25})
    assert turned.steepness.value == pytest.approx(-fit.steepness.value / 2, rel=1e-6)
    assert turned.ceiling.value == pytest.approx(fit.ceiling.value, rel=1e-6)
    assert turned.objective == pytest.approx(fit.objective, rel=1e-9)


def test_a_positive_scale_has_an_interval_of_times():
    """A = 482 is known to a factor: Besiroglu et al. (2024) print 285 to 744 as its 95 %."""
    x, y, _ = drawn("chinchilla", 60, 0.01)
    fit = cc.fit("chinchilla", x, y)
    found = fit.estimate("A", 0.95, method="wald")
    assert found.low > 0
    assert found.value / found.low == pytest.approx(found.high / found.value)
    assert np.log(found.high / found.value) == pytest.approx(
        cc.estimate.t_quantile(0.975, fit.df) * found.stderr / found.value
    )


def test_a_step_that_promises_nothing_ends_no_walk():
    """Held back by a bound, a step may promise a rise: it once ended the walk where ln 0 is."""
    y = [0.71383023, 0.58673668, 0.60288597, 0.56049443, 0.64864469]
    y += [0.17927869, 0.19384394, 0.11258839, 0.10599781, 0.11000782]
    start = {"e_inf": 0.115964, "e_0": 0.632371, "alpha": 0.5, "x_0": 239.883, "c": -2.8953}
    fit = cc.fit("m4", np.geomspace(10, 1e4, 10), y, start=start)
    assert np.isfinite(fit.theta).all()
    assert fit.params["x_0"] > 0
    assert fit.objective == pytest.approx(0.21542171, rel=1e-6)
