# SPDX-License-Identifier: GPL-3.0-or-later
"""Every curve of the registry keeps the promises that the library builds on."""

import pickle

import numpy as np
import pytest

import curvecast as cc
from curvecast import estimate
from curvecast.errors import nearest

CURVES = cc.curves()
EACH = pytest.mark.parametrize("curve", CURVES, ids=[each.name for each in CURVES])


def example(curve):
    """Return the points (r, n) and parameters (p,) of the curve's own example."""
    return np.stack(list(curve.example_points(12).values())), np.array(curve.example)


def test_names_are_unique_and_include_the_six():
    names = [each.name for each in CURVES]
    assert len(set(names)) == len(names)
    assert {"exponential", "wright", "logistic", "bass", "power_floor", "chinchilla"} <= set(names)


@EACH
def test_description_is_complete(curve):
    for text in (curve.title, curve.formula, curve.source, curve.when, curve.when_not):
        assert text.strip()
    assert curve.error_model in ("additive", "multiplicative", "logit")
    for each in curve.params:
        assert each.meaning
        assert each.lower < each.upper
        # what the formula shows is what the parameters are called; a symbol may be explained there
        assert each.name in curve.formula
    for each in curve.derived:
        assert each.meaning
    clashing = {field for field in dir(cc.Fit) if not field.startswith("_")} - {"derived"}
    assert not clashing & {*curve.param_names, *curve.derived_names}


@EACH
def test_gradient_is_the_derivative(curve):
    points, theta = example(curve)
    gradient = curve.ufunc("grad")(points, theta)
    assert gradient.shape == (points.shape[1], len(theta))
    for j in range(len(theta)):
        step = np.zeros_like(theta)
        step[j] = 1e-6 * (theta[j] or 1.0)
        ahead, behind = (curve.ufunc("eval")(points, theta + s * step) for s in (1, -1))
        numeric = (ahead - behind) / (2 * step[j])
        scale = np.abs(gradient[:, j]).max()
        np.testing.assert_allclose(gradient[:, j], numeric, atol=1e-6 * scale + 1e-9)


INVERTIBLE = [each for each in CURVES if hasattr(cc._core, f"inverse_{each.name}")]


@pytest.mark.parametrize("curve", INVERTIBLE, ids=[each.name for each in INVERTIBLE])
def test_inverse_comes_back(curve):
    points, theta = example(curve)
    inverse = curve.ufunc("inverse")
    y = curve.ufunc("eval")(points, theta)
    # Near a ceiling many points share one value, so the value is what must come back.
    found, first = inverse(y, theta), points[0, :2].copy()
    points[0] = found
    np.testing.assert_allclose(curve.ufunc("eval")(points, theta), y, rtol=1e-9)
    np.testing.assert_allclose(found[:2], first, rtol=1e-6)


DERIVING = [each for each in CURVES if each.derived]


@pytest.mark.parametrize("curve", DERIVING, ids=[each.name for each in DERIVING])
def test_derived_quantities_have_delta_method_errors(curve):
    _, theta = example(curve)
    cov = np.diag((0.001 * theta) ** 2)
    found = estimate.derived(curve, theta, cov, np.inf, 0.9)

    def values(at):
        return np.array(
            [each.value for each in estimate.derived(curve, at, cov, np.inf, 0.9).values()]
        )

    variance = np.zeros(len(found))
    for j in range(len(theta)):
        step = np.zeros_like(theta)
        step[j] = 1e-5 * (theta[j] or 1.0)
        slope = (values(theta + step) - values(theta - step)) / (2 * step[j])
        variance += slope**2 * cov[j, j]
    stderr = [each.stderr for each in found.values()]
    np.testing.assert_allclose(stderr, np.sqrt(variance), rtol=1e-4)


@EACH
def test_summary_and_pickle(curve):
    text = curve.summary()
    assert curve.formula in " ".join(text.split())
    assert all(name in text for name in curve.param_names)
    assert "<pre>" in curve._repr_html_()
    assert pickle.loads(pickle.dumps(curve)) is cc.curve(curve.name)


@pytest.mark.parametrize(
    ("exponent", "rate"),
    [(0.319, 0.198), (0.194, 0.126), (0.421, 0.253), (0.129, 0.086), (0.168, 0.110)],
)
def test_learning_rates_of_way_et_al(exponent, rate):
    """Way, Ives, Mealy and Farmer (2022), Joule: exponents, with the learning rates they imply."""
    found = estimate.derived(
        cc.curve("wright"), np.array([1.0, exponent]), np.zeros((2, 2)), 10, 0.9
    )
    assert found["learning_rate"].value == pytest.approx(rate, abs=0.0005)


def test_learning_rate_interval_transforms_the_ends():
    cov = np.diag([0.0, 0.02**2])
    found = estimate.derived(cc.curve("wright"), np.array([1.0, 0.3]), cov, np.inf, 0.9)
    rate = found["learning_rate"]
    half = 1.6448536269514722 * 0.02
    assert rate.low == pytest.approx(1 - 2 ** -(0.3 - half), abs=1e-12)
    assert rate.high == pytest.approx(1 - 2 ** -(0.3 + half), abs=1e-12)
    assert rate.stderr == pytest.approx(np.log(2) * 2**-0.3 * 0.02)


def test_unknown_curve_suggests_the_nearest():
    with pytest.raises(cc.CurveNameError, match=r"no curve 'Logistik'; did you mean 'logistic'\?"):
        cc.curve("Logistik")
    with pytest.raises(ValueError, match="the curve is a NoneType; give its name first"):
        cc.curve(None)


def test_the_nearest_of_many_names_is_not_lost_among_the_others():
    many = [f"kinked_{k}" for k in range(30)]
    assert nearest("kinked7", many) == "did you mean 'kinked_7'? There are 30 in all"
    assert nearest("zzz", many).startswith("Known: kinked_0, ")


def test_evaluate_names_what_is_wrong():
    logistic = cc.curve("logistic")
    with pytest.raises(cc.ArgumentError, match="params lacks 'midpoint'"):
        logistic.evaluate([1.0], {"ceiling": 1, "rate": 1})
    with pytest.raises(cc.ArgumentError, match=r"names 'celing'.*did you mean 'ceiling'"):
        logistic.evaluate([1.0], {"celing": 1})
    with pytest.raises(cc.ArgumentError, match="has no operation 'integrate'"):
        logistic.ufunc("integrate")


def test_evaluate_takes_regressors_by_name():
    chinchilla = cc.curve("chinchilla")
    params = {"E": 1.8, "A": 482, "B": 2085, "alpha": 0.35, "beta": 0.37}
    found = chinchilla.evaluate({"D": [1e10], "N": [1e9]}, params)
    assert found == pytest.approx([1.8 + 482 * 1e9**-0.35 + 2085 * 1e10**-0.37])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Logistic", "logistic"),
        ("FisherPry", "fisher_pry"),
        ("generalized_bass", "generalised_bass"),
        ("hill", "log_logistic"),
        ("michaelis-menten", "log_logistic"),
        ("moores_law", "exponential"),
        ("learning curve", "wright"),
        ("s-curve", "logistic"),
        ("pearl", "logistic"),
        ("srinivasan", "bass_adoptions"),
        ("segmented", "kinked_1"),
        ("bnsl", "broken_1"),
        ("hoffmann", "chinchilla"),
        ("two-factor", "factors_2"),
    ],
)
def test_curves_are_found_by_other_names(said, meant):
    with pytest.raises(cc.CurveNameError, match=f"did you mean '{meant}"):
        cc.curve(said)


@pytest.mark.parametrize("said", ["norton_bass", "Norton-Bass", "kinked", "substitution", "broken"])
def test_curves_of_several_sizes_say_which(said):
    with pytest.raises(cc.CurveNameError, match=r"it comes in sizes, (\w+)_\d to \1_\d; name one"):
        cc.fit(said, [1, 2, 3], [1, 2, 3])


def test_words_of_no_curve_are_told_the_formula():
    with pytest.raises(cc.CurveNameError, match=r"Known: exponential, .*formula fits any other"):
        cc.curve("cubic")
