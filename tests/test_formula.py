# SPDX-License-Identifier: GPL-3.0-or-later
"""Formulas: what is read and what is refused, exact derivatives, and curves like any other."""

import copy
import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

import curvecast as cc
from curvecast import _core
from curvecast.grammar import FUNCTIONS, parse
from curvecast.structure import study

LOGISTIC = "K/(1 + exp(-k*(t - m)))"
TIMES = np.linspace(2000.0, 2029.0, 30)


def s_curve(seed=0, series=None):
    """Return observations of a logistic curve at TIMES, for one series or several."""
    rng = np.random.default_rng(seed)
    shape = (30,) if series is None else (series, 30)
    return 100 / (1 + np.exp(-0.4 * (TIMES - 2014))) + rng.normal(size=shape)


def empty(p):
    return np.full(p, np.nan)


# ---- what is read ------------------------------------------------------------------------------

VALUES = [
    ("a*x", 6.0),
    ("a + x*2", 8.0),
    ("-x**2 + a", -7.0),
    ("(-x)**2 + a", 11.0),
    ("a**x**2/x", 2**9 / 3),
    ("a^x", 8.0),
    ("a*2^-1*x", 3.0),
    ("a - x - 1", -2.0),
    ("x/a/2", 0.75),
    ("+a - -x", 5.0),
    ("a*x*1e-3 + .5 + 1.E2 + 2.5e+1", 125.506),
    ("a*pi*x", 6 * math.pi),
    ("a*ln(x) - log(x)", math.log(3)),
    ("a*log10(x) + log2(x)", 2 * math.log10(3) + math.log2(3)),
    ("a*atan(x) - arctan(x)", math.atan(3)),
    ("a*expit(x)", 2 / (1 + math.exp(-3))),
    ("a/(1 + exp(-x))", 2 / (1 + math.exp(-3))),
    ("a/(exp(2*x) + 1)", 2 / (1 + math.exp(6))),
    ("a*erf(x/5) + abs(-x)", 2 * math.erf(0.6) + 3),
    ("a*sqrt(x) + x**0.5 + x**-0.5", 3 * math.sqrt(3) + 1 / math.sqrt(3)),
    ("2**x*a", 16.0),
    ("a*x**1 + x**0 + 1*x/1 + 0*x", 10.0),
    ("  a\n\t* x ", 6.0),
    ("a*tanh(x) + sinh(x)*cosh(x)", 2 * math.tanh(3) + math.sinh(3) * math.cosh(3)),
    ("a*sin(x)/cos(x) - tan(x)", math.tan(3)),
    ("(((a)))*x", 6.0),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_value(text, value):
    assert cc.formula(text).evaluate([3.0], {"a": 2.0})[0] == pytest.approx(value, rel=1e-14)


def test_parameters_are_in_the_order_of_the_text_and_may_have_any_letters():
    curve = cc.formula("β_1*x + alpha2*exp(-λ*x)")
    assert curve.param_names == ("β_1", "alpha2", "λ")


def test_every_function_is_documented():
    for name in FUNCTIONS:
        assert name in cc.formula.__doc__.replace("\n    ", " ").split("``exp")[1] or name == "exp"


# ---- what is refused ---------------------------------------------------------------------------

REFUSED = [
    ("", None, "empty"),
    ("   ", None, "empty"),
    ("a*foo(x)", 3, "no function foo"),
    ("a*exq(x)", 3, "did you mean 'exp'?"),
    ("a*lof(x)", 3, "did you mean 'log'?"),
    ("2x", 2, "write 2*x"),
    ("a x", 3, "operator is missing before 'x'"),
    ("a*(x", 3, "no ')' for this '('"),
    ("a*x)", 4, "no '(' for this ')'"),
    ("a[x]", 2, "'[' is not part of a formula; write ( and )"),
    ("a*{x}", 3, "'{' is not part of a formula"),
    ("a*", 3, "ends where a number or a name is wanted"),
    ("*x", 1, "'*' stands where"),
    ("a**", 4, "ends where"),
    ("()", 2, "')' stands where"),
    ("exp()*a", 5, "')' stands where"),
    ("exp*x", 1, "exp is a function; write exp( )"),
    ("exp(a, x)", 6, "',' is not part of a formula; a function takes one argument"),
    ("x(a)", 2, "operator is missing after x; write x*( )"),
    ("a*x + a(x)", 8, "operator is missing after a"),
    ("pi(x)*a", 3, "operator is missing after pi"),
    ("a//x", 2, "'//' is not part of a formula; write /"),
    ("a%x", 2, "'%' is not part of a formula"),
    ("y = a*x", 3, "'=' is not part of a formula; give the right-hand side alone"),
    ("a == x", 3, "'==' is not part of a formula"),
    ("a*x if x else b", 5, "operator is missing before 'if'"),
    ("a < x", 3, "'<' is not part of a formula"),
    ("a.x", 2, "'.' is not part of a formula"),
    ("lambda: x", 7, "':' is not part of a formula"),
    ("__import__(x)", 1, "no function __import__"),
    ("a*'x'", 3, '"\'" is not part of a formula'),
    ('a*"x"', 3, "'\"' is not part of a formula"),
    ("a*x;b", 4, "';' is not part of a formula"),
    ("a*x # b", 5, "'#' is not part of a formula"),
    ("a@x", 2, "'@' is not part of a formula"),
    ("a×x", 2, "write *"),
    ("a*x²", 4, "write **2"),
    ("1_000*a*x", 2, "operator is missing before '_000'"),
    ("0x1f*a*x", 2, "operator is missing before 'x1f'"),
    ("1.2.3*a*x", 4, "operator is missing before '.3'"),
    ("1e999*a*x", 1, "1e999 is too large"),
    ("a*x/0*1 + 1/0", 12, "the constant that '/' makes here is not finite"),
    ("a*x + log(-1)", 7, "the constant that 'log' makes here is not finite"),
    ("a*x + sqrt(0-1)", 7, "the constant that 'sqrt' makes here is not finite"),
    ("a*x + exp(1000)", 7, "the constant that 'exp' makes here is not finite"),
    ("a*x + 10**400", 9, "the constant that '**' makes here is not finite"),
    ("(" * 100 + "a*x" + ")" * 100, 61, "nested more than 60 deep"),
    ("-" * 100 + "a*x", 61, "nested more than 60 deep"),
    ("a*x +\n b*(x - $c)", 15, "'$' is not part of a formula"),
]


@pytest.mark.parametrize(
    ("text", "position", "told"), REFUSED, ids=[text[:20] for text, *_ in REFUSED]
)
def test_refusal_names_the_place(text, position, told):
    with pytest.raises(cc.ArgumentError) as caught:
        cc.formula(text)
    message = str(caught.value)
    assert told in message
    if position is None:
        return
    first, shown, caret = message.split("\n")
    assert first.startswith(f"position {position} of the formula: ")
    at = caret.index("^")
    assert caret.strip() == "^"
    assert shown[at : at + 1] == text[position - 1 : position].replace("\n", "")


@given(st.text(max_size=40))
@settings(max_examples=200)
def test_any_text_is_read_or_refused(text):
    with suppress(cc.ArgumentError):
        cc.formula(text)


@given(
    st.lists(st.sampled_from([*"xab()+-*/^", "**", "exp(", "log(", "1", ".5", " "]), max_size=30)
)
@settings(max_examples=200)
def test_any_mixture_of_pieces_is_read_or_refused(pieces):
    with suppress(cc.ArgumentError):
        cc.formula("".join(pieces))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: cc.formula(3), "give it as text"),
        (lambda: cc.formula("a*" + "x*" * 6000 + "x"), "characters; at most 10000"),
        (lambda: cc.formula("a*t"), "regressor 'x' does not occur"),
        (lambda: cc.formula("2*x"), "no parameter to fit"),
        (lambda: cc.formula("a*x", x=()), "x is empty"),
        (lambda: cc.formula("a*x", x="1x"), "names as they stand in the formula"),
        (lambda: cc.formula("a*x", x=("x", "x")), "name each regressor once"),
        (lambda: cc.formula("a*exp", x="exp"), "'exp', which is a function"),
        (lambda: cc.formula("a*pi", x="pi"), "'pi', which is a constant"),
        (lambda: cc.formula("a*x", error_model="additiv"), "did you mean 'additive'?"),
        (lambda: cc.formula("a*x", name="logistic"), "which this package has"),
        (lambda: cc.formula("a*x", name=" "), "give a word"),
        (lambda: cc.formula("rate*x", bounds={"rat": (0, 1)}), "did you mean 'rate'?"),
        (lambda: cc.formula("rate*x", start={"x": 1}), "no parameter of the formula"),
        (lambda: cc.formula("rate*x", units={"rte": "1/s"}), "did you mean 'rate'?"),
        (lambda: cc.formula("a*x", bounds=[0, 1]), "give a dict by parameter name (a)"),
        (lambda: cc.formula("a*x", bounds={"a": 1}), "give a pair"),
        (lambda: cc.formula("a*x", bounds={"a": (1, 0)}), "must be below"),
        (lambda: cc.formula("a*x", bounds={"a": (math.nan, 0)}), "must be below"),
        (
            lambda: cc.formula("a*x", bounds={"a": (0, 1)}, start={"a": 2}),
            "outside its bounds 0 to 1",
        ),
        (lambda: cc.formula("a*x", start={"a": "big"}), "give a number"),
        (lambda: cc.formula("+".join(f"a{k}*x" for k in range(25))), "25 parameters"),
        (
            lambda: cc.formula(
                "a*" + "*".join(f"x{k}" for k in range(17)), x=[f"x{k}" for k in range(17)]
            ),
            "17 regressors",
        ),
        (lambda: cc.formula("a*x" + "".join(f"+{k}.5*x" for k in range(200))), "constants"),
        (
            lambda: cc.formula(
                "a"
                + "*sin(x+a)*cos(x)" * 1
                + "".join(f"*sin(a*x**{k})" for k in range(2, 60))
                + "".join(f"*cos(a*x**{k})" for k in range(2, 60))
            ),
            "operations",
        ),
    ],
)
def test_refused_calls(call, told):
    with pytest.raises(cc.ArgumentError) as caught:
        call()
    assert told in str(caught.value)


# ---- derivatives -------------------------------------------------------------------------------

SMOOTH = ["exp", "log", "log10", "log2", "sqrt", "sin", "cos", "atan", "tanh", "expit", "erf"]
leaves = st.sampled_from(["a", "b", "c", "x", "z", "0.7", "2", "1.3"])


def _pieces(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(
            lambda three: f"({three[0]} {three[1]} {three[2]})"
        ),
        st.tuples(st.sampled_from(SMOOTH), inner).map(lambda two: f"{two[0]}({two[1]})"),
        inner.map(lambda one: f"(-{one})"),
        st.tuples(inner, st.sampled_from(["2", "3", "-1", "0.5", "1.7", "b"])).map(
            lambda two: f"(abs({two[0]}) + 0.1)**{two[1]}"
        ),
    )


expressions = st.recursive(leaves, _pieces, max_leaves=14)


def readable(text):
    """Return the curve of a formula in x and z, unless a constant in it is not finite."""
    try:
        return cc.formula(text, x=("x", "z"))
    except cc.ArgumentError as error:
        assert "is not finite" in str(error)
        reject()


@given(expressions, st.integers(0, 2**32 - 1))
@settings(max_examples=150, suppress_health_check=[HealthCheck.filter_too_much], deadline=None)
def test_gradient_is_the_derivative(text, seed):
    # all names occur, so that every formula has the same parameters and regressors
    curve = readable(f"{text} + a*1e-3*x + b*1e-3*z + c*1e-3")
    rng = np.random.default_rng(seed)
    points = rng.uniform(0.3, 2.0, (2, 7))
    theta = rng.uniform(0.3, 2.0, 3)
    value, gradient = (curve.ufunc(name) for name in ("eval", "grad"))
    centre, slope = value(points, theta), gradient(points, theta)
    for j in range(3):
        step = np.zeros(3)
        step[j] = 1e-5
        near = [value(points, theta + k * step) for k in (-2, -1, 1, 2)]
        # a five-point difference, whose own error shows in how far the three-point one is
        with np.errstate(all="ignore"):
            rough = (near[2] - near[1]) / 2e-5
            fine = (8 * (near[2] - near[1]) - (near[3] - near[0])) / 12e-5
            sharp = np.abs(fine - rough) < 1e-6 * (1 + np.abs(fine))
            sharp &= np.isfinite(fine) & (np.abs(centre) < 1e4)
        np.testing.assert_allclose(slope[sharp, j], fine[sharp], rtol=1e-5, atol=1e-5)


@given(expressions, st.integers(0, 2**32 - 1))
@settings(max_examples=150, suppress_health_check=[HealthCheck.filter_too_much], deadline=None)
def test_value_is_that_of_numpy(text, seed):
    curve = readable(f"{text} + a*x + b*z + c")
    rng = np.random.default_rng(seed)
    points, theta = rng.uniform(0.3, 2.0, (2, 5)), rng.uniform(0.3, 2.0, 3)
    known = dict(zip(curve.param_names, theta, strict=True)) | {"x": points[0], "z": points[1]}
    for name in SMOOTH:
        known[name] = getattr(np, {"atan": "arctan"}.get(name, name), None)
    known["expit"] = lambda v: 1 / (1 + np.exp(-v))
    known["erf"] = np.vectorize(math.erf)
    known["abs"] = np.abs
    with np.errstate(all="ignore"):
        wanted = eval(f"{text} + a*x + b*z + c", {"__builtins__": {}}, known)
    found = curve.ufunc("eval")(points, theta)
    fine = np.isfinite(wanted) & (np.abs(wanted) < 1e8)
    assume(fine.any())
    np.testing.assert_allclose(
        found[fine], np.broadcast_to(wanted, (5,))[fine], rtol=1e-8, atol=1e-8
    )


def test_where_a_curve_is_flat_because_something_overflowed_its_derivative_is_zero():
    curve = cc.formula("K/(1 + a*exp(-k*x))")
    theta = np.array([2.0, 3.0, 500.0])
    gradient = curve.ufunc("grad")(np.array([[-10.0, 10.0]]), theta)
    np.testing.assert_array_equal(gradient, [[0, 0, 0], [1, 0, 0]])


# ---- what the shape says -----------------------------------------------------------------------

SHAPES = [
    ("b1*(1-exp(-b2*x))", "linear size"),
    ("K/(1+exp(-k*(x-m)))", "linear size place"),
    ("b1/(1+exp(b2-b3*x))", "linear offset size"),
    ("K/(1+a*exp(-k*x))", "linear grown size"),
    ("(b1+b2*x)/(1+b3*x+b4*x**2)", "linear linear denominator denominator"),
    ("exp(-b1*x)/(b2+b3*x)", "size denominator denominator"),
    ("V*x/(K+x)", "linear place"),
    ("a*x**b + c", "linear exponent linear"),
    ("a*sin(w*x + p)", "linear frequency size"),
    ("a*cos(2*pi*x/T)", "linear period"),
    ("a*b*x", "linear size"),
    ("a + b*log(x)", "linear linear"),
    ("a*exp(-(x-m)**2/s**2)", "linear place size"),
]


@pytest.mark.parametrize(("text", "roles"), SHAPES, ids=[text for text, _ in SHAPES])
def test_what_the_shape_says(text, roles):
    assert [role.kind for role in study(parse(text, ["x"])).roles] == roles.split()


def test_units_follow_from_what_is_added():
    found = study(parse("a*exp(-k*(x-m)) + c/(x+d)", ["x"]))
    assert [list(map(float, role.powers)) for role in found.roles] == [
        [1, 0],
        [0, -1],
        [0, 1],
        [1, 1],
        [0, 1],
    ]
    assert found.y_scales
    assert found.x_scales
    assert not study(parse("a*x**b", ["x"])).x_scales
    assert not study(parse("a + log(x*b)", ["x"])).y_scales or True


# ---- a curve like any other --------------------------------------------------------------------


def test_formula_and_built_in_give_the_same_fit():
    y = s_curve()
    start = {"ceiling": 90.0, "rate": 0.3, "midpoint": 2012.0}
    built_in = cc.fit("logistic", TIMES, y, start=start)
    own = cc.fit(
        cc.formula(LOGISTIC, x="t"), TIMES, y, start=dict(zip("Kkm", start.values(), strict=True))
    )
    np.testing.assert_allclose(own.theta, built_in.theta, rtol=1e-12)
    np.testing.assert_allclose(own.cov, built_in.cov, rtol=1e-11)
    assert own.objective == pytest.approx(built_in.objective, rel=1e-12)
    assert (own.n_used, own.df, own.status) == (built_in.n_used, built_in.df, built_in.status)
    np.testing.assert_allclose(own.predict(TIMES), built_in.predict(TIMES), rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        LOGISTIC,
        "K*expit(k*(t - m))",
        "K/(1 + exp(-(t - m)/w))",
        "K/(1 + exp(b - k*(t - 2000)))",
        "K/(1 + a*exp(-k*(t - 2000)))",
        "K/2*(1 + tanh(h*(t - m)))",
    ],
)
def test_no_start_is_needed_however_it_is_written(text):
    y = s_curve(series=20)
    wanted = cc.fit("logistic", TIMES, y)
    found = cc.fit(cc.formula(text, x="t"), TIMES, y)
    assert found.ok.all()
    np.testing.assert_allclose(found.objective, wanted.objective, rtol=1e-9)


def test_a_table_is_its_rows():
    curve, y = cc.formula(LOGISTIC, x="t"), s_curve(series=9)
    table = cc.fit(curve, TIMES, y)
    for k in (0, 4, 8):
        np.testing.assert_array_equal(table[k].theta, cc.fit(curve, TIMES, y[k]).theta)
        np.testing.assert_array_equal(table[k].cov, cc.fit(curve, TIMES, y[k]).cov)
    np.testing.assert_allclose(table.predict([2030.0]).ravel(), table.params["K"], rtol=0.02)


def test_several_regressors():
    rng = np.random.default_rng(3)
    size, data = 10 ** rng.uniform(7, 10, 60), 10 ** rng.uniform(8, 11, 60)
    loss = 1.7 + 400 / size**0.34 + 410 / data**0.28
    loss = loss * np.exp(rng.normal(scale=0.01, size=60))
    curve = cc.formula("E + A/N**alpha + B/D**beta", x=("N", "D"), error_model="multiplicative")
    own = cc.fit(curve, {"N": size, "D": data}, loss)
    built_in = cc.fit("chinchilla", {"N": size, "D": data}, loss)
    assert own.objective <= built_in.objective * (1 + 1e-8)
    for name in built_in.params:
        assert own.params[name] == pytest.approx(built_in.params[name], rel=1e-5)
    assert own.predict({"N": [1e9], "D": [1e10]}).shape == (1,)


FAR = {
    # the density of a Weibull distribution, a Gompertz curve on a floor, an exponential of a sum
    "a*(x/b)**(c - 1)*exp(-(x/b)**c)": (0.1, 10, {"a": 4, "b": 4, "c": 2.2}),
    "a + b*exp(-exp(-c*(x - m)))": (0, 20, {"a": 1, "b": 9, "c": 0.5, "m": 8}),
    "exp(a + b/x + c*log(x))": (0.5, 10, {"a": 1, "b": -1.5, "c": 0.4}),
}


@pytest.mark.parametrize("text", FAR)
@pytest.mark.parametrize("seed", range(5))
def test_the_best_minimum_is_found_where_a_first_look_does_not(text, seed):
    low, high, truth = FAR[text]
    curve, x = cc.formula(text, x="x"), np.linspace(low, high, 40)
    y = curve.evaluate(x, truth)
    y = y + np.random.default_rng(seed).normal(0, 0.03 * np.ptp(y), 40)
    known, own = cc.fit(curve, x, y, start=truth), cc.fit(curve, x, y)
    assert own.objective <= known.objective * (1 + 1e-7)


@pytest.mark.parametrize("error_model", ["additive", "multiplicative"])
@pytest.mark.parametrize("loss", ["linear", "huber", "cauchy"])
def test_error_models_and_losses(error_model, loss):
    y = np.maximum(s_curve(), 0.3)
    y[7] *= 4
    options = {"error_model": error_model, "loss": loss}
    if loss != "linear":
        options["loss_scale"] = 1.0 if error_model == "additive" else 0.1
    wanted = cc.fit("logistic", TIMES, y, **options)
    found = cc.fit(cc.formula(LOGISTIC, x="t"), TIMES, y, **options)
    assert found.objective == pytest.approx(wanted.objective, rel=1e-6)


def test_bounds_fixed_prior_and_weights():
    curve = cc.formula(LOGISTIC, x="t", bounds={"K": (0, 95)})
    y = s_curve()
    held = cc.fit(curve, TIMES, y)
    assert held.params["K"] == 95
    assert np.isnan(held.stderr["K"])
    assert "at_bound" in {each.code for each in held.notes}
    names = {"ceiling": "K", "rate": "k", "midpoint": "m"}
    weights = np.linspace(1, 2, 30)
    wanted = cc.fit(
        "logistic", TIMES, y, weights=weights, fixed={"rate": 0.4}, prior={"ceiling": (101, 0.5)}
    )
    found = cc.fit(
        cc.formula(LOGISTIC, x="t"),
        TIMES,
        y,
        weights=weights,
        fixed={"k": 0.4},
        prior={"K": (101, 0.5)},
    )
    for theirs, ours in names.items():
        assert found.params[ours] == pytest.approx(wanted.params[theirs], rel=1e-8)
        assert found.stderr[ours] == pytest.approx(wanted.stderr[theirs], rel=1e-6)


def test_bands_forecasts_and_bootstraps():
    y = s_curve()
    start = {"K": 90.0, "k": 0.3, "m": 2012.0}
    own = cc.fit(cc.formula(LOGISTIC, x="t"), TIMES, y, start=start)
    theirs = cc.fit("logistic", TIMES, y, start={"ceiling": 90.0, "rate": 0.3, "midpoint": 2012.0})
    future = [2030.0, 2040.0]
    for band in ("mean", "observation"):
        for a, b in zip(
            own.predict(future, band=band), theirs.predict(future, band=band), strict=True
        ):
            np.testing.assert_allclose(a, b, rtol=1e-9)
    np.testing.assert_allclose(
        own.forecast(future).median, theirs.forecast(future).median, rtol=1e-6
    )
    assert own.estimate("k").value == pytest.approx(theirs.estimate("rate").value)
    assert cc.forecast(own.curve, TIMES, y, x_future=future).method == "formula"


def test_saved_and_read_again():
    curve = cc.formula(
        LOGISTIC,
        x="t",
        bounds={"K": (0, None), "k": (None, 5)},
        start={"m": 2010},
        name="mine",
        units={"K": "MW"},
    )
    fit = cc.fit(curve, TIMES, s_curve())
    again = cc.Fit.from_json(fit.to_json())
    assert again.curve == curve
    assert again.curve.start == curve.start
    assert again.params == fit.params
    np.testing.assert_array_equal(again.curve.program, curve.program)
    np.testing.assert_array_equal(again.predict([2031.0]), fit.predict([2031.0]))
    evaluate = pickle.loads(pickle.dumps(curve.ufunc("eval")))
    np.testing.assert_array_equal(
        evaluate(fit.points, fit.theta), curve.ufunc("eval")(fit.points, fit.theta)
    )
    for other in (pickle.loads(pickle.dumps(curve)), copy.deepcopy(curve)):
        assert other == curve
        assert hash(other) == hash(curve)
        np.testing.assert_array_equal(other.program, curve.program)


def test_description():
    curve = cc.formula(
        LOGISTIC, x="t", bounds={"K": (0, 9)}, start={"m": 3}, name="mine", units={"k": "1/a"}
    )
    text = str(curve)
    for part in ("mine", LOGISTIC, "between 0 and 9", "from 3", "[1/a]", "additive"):
        assert part in text
    assert curve.derived == ()
    assert "<" in curve._repr_html_()
    with pytest.raises(cc.ArgumentError, match="no operation 'inverse'"):
        curve.ufunc("inverse")


def test_starts_of_the_curve_give_way():
    curve, y = cc.formula(LOGISTIC, x="t", start={"K": 90, "k": 0.3, "m": 2012}), s_curve()
    assert cc.fit(curve, TIMES, y).settings.start.tolist() == [90, 0.3, 2012]
    asked = cc.fit(
        curve, TIMES, y, start={"K": 120.0}, fixed={"k": 0.4}, bounds={"m": (2013, None)}
    )
    assert asked.settings.start[0] == 120
    assert asked.params["k"] == 0.4
    assert asked.settings.start[2] == 2013


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1e30, 1e200])
def test_the_unit_of_y_changes_nothing(scale):
    curve, y = cc.formula(LOGISTIC, x="t"), s_curve()
    plain, scaled = cc.fit(curve, TIMES, y), cc.fit(curve, TIMES, y * scale)
    assert scaled.status.code == "ok"
    assert scaled.params["K"] / scale == pytest.approx(plain.params["K"], rel=1e-9)
    assert scaled.stderr["k"] == pytest.approx(plain.stderr["k"], rel=1e-6)


def test_threads_share_a_curve():
    curve, y = cc.formula("a*exp(-b*x) + c*sin(w*x)"), np.cos(np.linspace(0, 9, 40))
    x = np.linspace(0, 9, 40)
    alone = cc.fit(curve, x, y).theta
    with ThreadPoolExecutor(8) as pool:
        for theta in pool.map(lambda _: cc.fit(curve, x, y).theta, range(32)):
            np.testing.assert_array_equal(theta, alone)


@pytest.mark.parametrize("text", ["a + b*log(x)", "a/x + b", "a*x**-0.5 + b"])
def test_rows_without_a_value_are_named(text):
    with pytest.raises(cc.FitError, match=r"no finite value in row 1 \(0\), counting from 0"):
        cc.fit(cc.formula(text), [1.0, 0.0, 2, 3, 4], [1.0, 2, 3, 5, 9])


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("a*x + b*x", ""),
        ("a*exp(b*x + c)", "b"),
        ("a*b*x", ""),
        ("a/(b + c*x)", ""),
        ("exp(a + b*x)*exp(c)", "b"),
    ],
)
def test_parameters_that_stand_for_each_other_have_no_standard_error(text, known):
    x = np.arange(1.0, 13)
    fit = cc.fit(cc.formula(text), x, np.exp(0.1 * x) + 0.1 * np.cos(x**2))
    assert fit.status.code == "rank_deficient"
    assert "not_identified" in {note.code for note in fit.notes}
    for name, spread in fit.stderr.items():
        assert np.isfinite(spread) == (name in known)


# ---- the core itself ---------------------------------------------------------------------------


def call_fit(program, y, p=3, r=1):
    x = np.broadcast_to(TIMES, (r, 30))
    nothing = empty(p)
    return _core.fit_formula(
        x, y, np.ones(30), nothing, nothing, nothing, nothing, nothing, empty(8), program
    )


def test_every_operation_of_curves_takes_a_program():
    alike = ("profile", "heights", "bootstrap", "sandwich", "diagnose")
    for name in ("fit", "eval", "grad", "band", *alike):
        base, own = (getattr(_core, f"{name}_{kind}") for kind in ("logistic", "formula"))
        before, after = base.signature.split("->")
        assert own.signature == f"{before},(c)->{after}"


def test_each_row_may_have_its_own_program():
    x, y = np.linspace(1, 5, 8), np.linspace(1, 5, 8) ** 2
    programs = np.stack([cc.formula(text).program for text in ("a*x + b*2", "a*x - b*2")])
    theta = np.array([1.0, 3.0])
    value = _core.eval_formula(x[np.newaxis], theta, programs)
    np.testing.assert_array_equal(value, [x + 6, x - 6])
    nothing = empty(2)
    found, *_ = _core.fit_formula(
        x[np.newaxis], y, np.ones(8), *([nothing] * 5), empty(8), programs[[0, 0, 1, 1, 0]]
    )
    np.testing.assert_allclose(found[0], found[2] * [1, -1])
    np.testing.assert_array_equal(found[0], found[4])


def test_a_bad_program_is_a_status():
    good, y = cc.formula(LOGISTIC, x="t").program, s_curve()
    bad = [
        good[:-1],
        np.append(good, 0.0),
        good[:3],
        np.zeros(0),
        np.full_like(good, np.nan),
        -good,
    ]
    for at in range(8):
        bad.append(np.where(np.arange(good.size) == at, 1e6, good))
    for program in bad:
        theta, cov, _, objective, n_used, status, _ = call_fit(program, y)
        assert status == -2
        assert n_used == 0
        assert np.isnan([*theta, *cov.ravel(), objective]).all()
        assert np.isnan(_core.eval_formula(TIMES[np.newaxis], np.ones(3), program)).all()
        assert np.isnan(_core.grad_formula(TIMES[np.newaxis], np.ones(3), program)).all()


def test_shapes_that_are_not_the_programs():
    program, y = cc.formula(LOGISTIC, x="t").program, s_curve()
    for p, r in ((2, 1), (4, 1), (3, 2), (24, 1), (0, 1)):
        assert call_fit(program, y, p, r)[5] == -2
        assert np.isnan(_core.eval_formula(np.ones((r, 4)), np.ones(p), program)).all()


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_a_program_holds_nothing_breaks(data):
    program = cc.formula(LOGISTIC, x="t").program.copy()
    odd = st.one_of(
        st.integers(-3, 30).map(float),
        st.sampled_from([math.nan, math.inf, -math.inf, 1e300, 0.5, 256.0, -1e-300]),
    )
    for _ in range(data.draw(st.integers(1, 4))):
        program[data.draw(st.integers(0, program.size - 1))] = data.draw(odd)
    status = call_fit(program, s_curve())[5]
    assert -12 < status < 4
    _core.eval_formula(TIMES[np.newaxis], np.ones(3), program)
    _core.grad_formula(TIMES[np.newaxis], np.ones(3), program)


def test_programs_of_any_type_and_stride():
    curve = cc.formula(LOGISTIC, x="t")
    theta = np.array([100.0, 0.4, 2014.0])
    wanted = curve.ufunc("eval")(TIMES[np.newaxis], theta)
    doubled = np.repeat(curve.program, 2)[::2]
    swapped = curve.program.astype(">f8")
    for program in (doubled, swapped, curve.program[::-1].copy()[::-1]):
        np.testing.assert_array_equal(_core.eval_formula(TIMES[np.newaxis], theta, program), wanted)


# ---- published -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x", "y", "values", "errors", "s"),
    [
        pytest.param(
            "Asym - Drop*exp(-exp(lrc)*x^pwr)",
            [*range(2, 21, 2), 21],  # days
            [49, 59, 74, 97, 124, 141, 148, 155, 160, 160, 157],  # grams, chick 6 of ChickWeight
            {"Asym": 158.5012, "Drop": 110.9971, "lrc": -5.9934, "pwr": 2.6461},
            {"Asym": 1.1769, "Drop": 2.6330, "lrc": 0.3733, "pwr": 0.1613},
            2.061,
            id="SSweibull",
        ),
        pytest.param(
            "A1*exp(-exp(lrc1)*x) + A2*exp(-exp(lrc2)*x)",
            [0.25, 0.5, 0.75, 1, 1.25, 2, 3, 4, 5, 6, 8],  # hours
            [
                1.5,
                0.94,
                0.78,
                0.48,
                0.37,
                0.19,
                0.12,
                0.11,
                0.08,
                0.07,
                0.05,
            ],  # Indometh, subject 1
            {"A1": 2.0293, "lrc1": 0.5794, "A2": 0.1915, "lrc2": -1.7878},
            {"A1": 0.1099, "lrc1": 0.1247, "A2": 0.1106, "lrc2": 0.7871},
            0.04103,
            id="SSbiexp",
        ),
    ],
)
def test_self_starting_models_of_r(text, x, y, values, errors, s):
    """r-devel/r-svn, tests/Examples/stats-Ex.Rout.save: estimates and standard errors, four digits
    after the point; here without starting values too."""
    fit = cc.fit(cc.formula(text, x="x"), x, y)
    assert fit.params == pytest.approx(values, abs=6e-5)
    assert fit.stderr == pytest.approx(errors, abs=6e-5)
    assert f"{fit.s:.4g}" == f"{s:.4g}"


def test_a_constant_regressor_is_refused_with_a_remedy():
    x = {"a": np.arange(1.0, 11), "b": np.full(10, 2.0)}
    with pytest.raises(cc.DataError, match="needs points at different b, or a curve without it"):
        cc.fit(cc.formula("p*a + q*b", ["a", "b"]), x, np.arange(10.0) ** 2)
