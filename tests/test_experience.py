# SPDX-License-Identifier: GPL-3.0-or-later
"""Experience curves: the laws, several factors, floors, prior experience, forgetting."""

import pickle

import numpy as np
import pytest

import curvecast as cc
from curvecast import cli


def least_squares(columns, y):
    """Return coefficients and standard errors of a regression with an intercept."""
    design = np.column_stack([np.ones(len(y)), *columns])
    found, squares, _, _ = np.linalg.lstsq(design, y, rcond=None)
    variance = squares[0] / (len(y) - design.shape[1])
    return found, np.sqrt(variance * np.diag(np.linalg.inv(design.T @ design)))


@pytest.fixture
def industry():
    """An industry whose output wavers: yearly output, cumulative output, cost."""
    rng = np.random.default_rng(4)
    year = np.arange(1990.0, 2020.0)
    output = 10 * np.exp(0.1 * (year - 1990) + 0.8 * np.sin((year - 1990) / 3))
    experience = 50 + np.cumsum(output)
    cost = 400 * experience**-0.3 * output**-0.1 * np.exp(rng.normal(0, 0.04, 30))
    return {"time": year, "output": output, "experience": experience}, cost


LAWS = {
    "wright": lambda x: [-np.log(x["experience"])],
    "lagged_wright": lambda x: [-np.log(x["experience"] - x["output"])],
    "goddard": lambda x: [-np.log(x["output"])],
    "sinclair_klepper_cohen": lambda x: [
        -np.log(x["output"]),
        -np.log(x["experience"] - x["output"]),
    ],
    "nordhaus": lambda x: [x["time"] - 1990, -np.log(x["experience"])],
}


# ---- the laws ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAWS)
def test_laws_are_least_squares_in_logs(name, industry):
    x, cost = industry
    curve = cc.curve(name)
    fit = cc.fit(curve, {each: x[each] for each in curve.regressors}, cost)
    found, stderr = least_squares(LAWS[name](x), np.log(cost))
    theta = fit.theta[: len(found)].copy()
    spread = np.sqrt(np.diag(fit.cov))[: len(found)]
    spread[0] /= theta[0]
    theta[0] = np.log(theta[0])
    np.testing.assert_allclose(theta, found, rtol=1e-9)
    np.testing.assert_allclose(spread, stderr, rtol=1e-8)
    assert fit.minima == 1


@pytest.mark.parametrize("name", [*LAWS, "wright_floor", "stanford_b", "dejong", "forgetting"])
def test_ends_of_the_learning_rate_are_those_of_the_exponent(name):
    curve = cc.curve(name)
    x = curve.example_points(30)
    y = curve.evaluate(x, dict(zip(curve.param_names, curve.example, strict=True)))
    y *= np.exp(np.random.default_rng(2).normal(0, 0.05, 30))
    fit = cc.fit(curve, x, y)
    for level in (0.5, 0.9):
        exponent, rate = fit.estimate("exponent", level), fit.estimate("learning_rate", level)
        ratio = fit.estimate("progress_ratio", level)
        assert rate.low == pytest.approx(1 - 2**-exponent.low, rel=1e-12)
        assert rate.high == pytest.approx(1 - 2**-exponent.high, rel=1e-12)
        assert (ratio.low, ratio.high) == pytest.approx((1 - rate.high, 1 - rate.low), rel=1e-12)
        assert rate.value - rate.low > rate.high - rate.value


@pytest.mark.parametrize("name", ["sinclair_klepper_cohen", "nordhaus"])
def test_steady_growth_cannot_be_told_from_experience(name, industry):
    curve = cc.curve(name)

    def codes(output):
        year = np.arange(1990.0, 2020.0)
        x = {"time": year, "output": output, "experience": np.cumsum(output) + 10 / 0.12}
        cost = 100 * x["experience"] ** -0.3 * np.exp(np.random.default_rng(3).normal(0, 0.02, 30))
        fit = cc.fit(curve, {each: x[each] for each in curve.regressors}, cost)
        return [each.code for each in fit.notes]

    assert "collinear" in codes(10 * 1.12 ** np.arange(30))
    assert "collinear" not in codes(industry[0]["output"])


def test_lagged_law_says_where_there_was_no_experience():
    output = np.array([1.0, 2.0, 3.0, 4.0])
    with pytest.raises(cc.CurvecastError, match="no value in row 0, counting from 0"):
        cc.fit("lagged_wright", {"experience": output.cumsum(), "output": output}, [9, 8, 6, 5])
    late = {"experience": output.cumsum() + 1, "output": [1.0, 2.0, -3.0, 4.0]}
    with pytest.raises(cc.CurvecastError, match=r"no value in row 2.*The formula is first_unit"):
        cc.fit("lagged_wright", late, [9, 8, 6, 5])


# Way, Ives, Mealy and Farmer (2022), Joule 6, parameters of the experience curves, with the
# learning rates that follow.
WAY = {0.319: 19.8, 0.194: 12.6, 0.421: 25.3, 0.129: 8.6, 0.168: 11.0}


@pytest.mark.parametrize("exponent", WAY)
def test_published_exponents_as_learning_rates(exponent):
    x = np.array([1.0, 10, 100, 1000])
    fit = cc.fit("wright", x, 50 * x**-exponent)
    assert round(100 * float(fit.learning_rate), 1) == WAY[exponent]
    assert float(fit.progress_ratio) == pytest.approx(2**-exponent, rel=1e-12)


# ---- several factors ---------------------------------------------------------------------------

# Helveston, He and Davidson (2022), Nature 612, 83-87, doi 10.1038/s41586-022-05316-6: modules in
# the United States (2020 $/kW), China (RMB/W) and Germany (EUR/kW) against the world's cumulative
# capacity (MW) and the price of polysilicon ($/kg), 2006 to 2020; the figures of the paper's own
# regressions, restated.
CAPACITY = [
    6083, 8642, 14580, 22432, 38793, 73745, 104015, 139523, 176089, 222213, 296155, 389411, 488739,
    587134, 713970,
]  # fmt: skip
SILICON = [
    170.7762985, 331.1436197, 394.5925319, 128.2697107, 59.89196204, 65.17702399, 24.80937396,
    15.15264945, 19.8, 17.89856631, 14.31784946, 14.08, 15.4, 15.4, 15.4,
]  # fmt: skip
MODULES = {
    "US": [
        4507.889478, 4525.273687, 4046.666080, 2724.070729, 2027.557758, 1392.708263, 913.315409,
        878.440764, 832.402785, 831.415914, 642.109586, 600.004040, 535.954378, 399.120939,
        380.818843,
    ],
    "China": [np.nan, 36, 30, 19, 13, 9, 4.5, 4, 3.8, 3.6, 3.2, 3, 2, 1.75, 1.57],
    "Germany": [
        3306.6, 3128.2, 2997.3, 1938.7, 1653.3, 1048.2, 738.2, 678, 631.1, 618.5, 595.5, 523.3,
        451.2, 403.7, 438.81,
    ],
}  # fmt: skip
# Coefficients and standard errors as printed: intercept, log capacity, log silicon.
PRINTED = {
    "US": (("15", "1.04"), ("-0.44", "0.045"), ("0.15", "0.058")),
    "China": (("18", "1.61"), ("-0.56", "0.071"), ("0.20", "0.084")),
    "Germany": (("12", "0.96"), ("-0.33", "0.042"), ("0.21", "0.054")),
}
MODULE_RATES = {"US": 26.4, "China": 32.3, "Germany": 20.2}


@pytest.mark.parametrize("country", PRINTED)
def test_published_two_factor_tables(country):
    price = np.array(MODULES[country]) * (1000 if country == "China" else 1)
    x = {"capacity": 1000 * np.array(CAPACITY, float), "silicon": SILICON}
    fit = cc.fit("factors", x, price)
    assert fit.n_used == (14 if country == "China" else 15)
    first = fit.params["first_unit"]
    ours = (
        (np.log(first), fit.stderr["first_unit"] / first),
        (-fit.params["exponent_capacity"], fit.stderr["exponent_capacity"]),
        (fit.params["elasticity_silicon"], fit.stderr["elasticity_silicon"]),
    )
    for own, printed in zip(ours, PRINTED[country], strict=True):
        for value, text in zip(own, printed, strict=True):
            digits = len(text.partition(".")[2])
            assert f"{value:.{digits}f}" == text
    assert round(100 * float(fit.learning_rate), 1) == MODULE_RATES[country]


def test_factors_are_the_generic_curve_under_other_names():
    x = {"capacity": CAPACITY, "silicon": SILICON}
    named = cc.fit("factors", x, MODULES["US"])
    plain = cc.fit("factors_2", {"experience": CAPACITY, "factor_2": SILICON}, MODULES["US"])
    np.testing.assert_array_equal(named.theta, plain.theta)
    np.testing.assert_array_equal(named.cov, plain.cov)
    assert named.curve.name == "factors(capacity, silicon)"
    assert named.learning_rate == plain.learning_rate
    assert "elasticity_silicon" in named.summary()
    assert "exponent_capacity" in named.curve.formula


def test_factors_travel():
    curve = cc.factors("capacity", "silicon")
    assert pickle.loads(pickle.dumps(curve)) == curve == cc.curve("factors(capacity,silicon)")
    x = {"capacity": CAPACITY, "silicon": SILICON}
    fit = cc.fit(curve, x, MODULES["Germany"])
    for again in (pickle.loads(pickle.dumps(fit)), cc.Fit.from_json(fit.to_json())):
        assert again.params == fit.params
        assert again.curve == curve
    ahead = fit.forecast({"capacity": [1e6], "silicon": [15.0]})
    assert ahead.inputs["silicon"] == [15.0]
    table = cc.fit("factors", x, [MODULES["US"], MODULES["Germany"]])
    np.testing.assert_allclose(table.theta[1], fit.theta, rtol=1e-12)
    assert table.predict({"capacity": [1e6], "silicon": [15.0]}).shape == (2, 1)


def test_factors_are_compared_by_name():
    x = {"experience": CAPACITY, "silicon": SILICON}
    both = cc.factors("experience", "silicon")
    found = cc.compare(["wright", both], x, MODULES["US"])
    assert found.best == "factors(experience, silicon)"
    assert found["wright"].bic > found[both.name].bic


@pytest.mark.parametrize("r", range(2, 9))
def test_every_number_of_factors_is_least_squares(r):
    curve = cc.curve(f"factors_{r}")
    x = curve.example_points(30)
    rng = np.random.default_rng(r)
    y = curve.evaluate(x, dict(zip(curve.param_names, curve.example, strict=True)))
    y *= np.exp(rng.normal(0, 0.1, 30))
    fit = cc.fit("factors", x, y)
    columns = [np.log(each) for each in x.values()]
    found, stderr = least_squares([-columns[0], *columns[1:]], np.log(y))
    np.testing.assert_allclose(fit.theta[1:], found[1:], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.cov))[1:], stderr[1:], rtol=1e-8)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "two|2 to 8 names"),
        (("a",), "use 'wright'"),
        (tuple("abcdefghi"), "2 to 8 names"),
        (("a", "b b"), "the name 'b b'"),
        (("a", "a"), "name each regressor once"),
        (("a", 3), "the name 3"),
    ],
)
def test_factors_refuse_names(names, said):
    with pytest.raises(cc.ArgumentError, match=said):
        cc.factors(*names)


def test_factors_need_names():
    with pytest.raises(cc.CurveNameError, match="must know its regressors"):
        cc.curve("factors")
    with pytest.raises(cc.ArgumentError, match="give x as a dict by name"):
        cc.fit("factors", [1, 2, 3], [3, 2, 1])


def test_factors_on_the_command_line(tmp_path, capsys):
    file = tmp_path / "modules.csv"
    rows = zip(CAPACITY, SILICON, MODULES["US"], strict=True)
    lines = ["capacity,silicon price,cost", *(",".join(map(str, row)) for row in rows)]
    file.write_text("\n".join(lines), "utf-8")
    call = ["fit", str(file), "--curve=factors", "--y=cost", "--x=capacity"]

    def run(*more):
        with pytest.raises(SystemExit) as ended:
            cli.main([*call, *more])
        return ended.value.code or 0, capsys.readouterr()

    code, printed = run("--x=silicon=silicon price")
    assert code == 0
    assert "factors(capacity, silicon)" in printed.out
    assert "elasticity_silicon" in printed.out
    code, printed = run()
    assert code == 2
    assert "2 to 8 names" in printed.err


# ---- floors and prior experience ----------------------------------------------------------------


def noisy(name, sd=0.03, n=40, seed=5):
    curve = cc.curve(name)
    x = next(iter(curve.example_points(n).values()))
    y = curve.evaluate(x, dict(zip(curve.param_names, curve.example, strict=True)))
    return x, y * np.exp(np.random.default_rng(seed).normal(0, sd, n))


def test_floor_is_the_scaling_law_in_words_of_experience():
    x, y = noisy("wright_floor")
    ours, theirs = cc.fit("wright_floor", x, y), cc.fit("power_floor", x, y)
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=1e-9)
    np.testing.assert_allclose(ours.cov, theirs.cov, rtol=1e-7)


def test_incompressible_share_is_a_floor():
    x, y = noisy("dejong")
    share, floor = cc.fit("dejong", x, y), cc.fit("wright_floor", x, y)
    assert share.objective == pytest.approx(floor.objective, rel=1e-12)
    assert float(share.floor) == pytest.approx(floor.params["floor"], rel=1e-7)
    assert share.floor.stderr == pytest.approx(floor.stderr["floor"], rel=1e-6)
    assert share.params["exponent"] == pytest.approx(floor.params["exponent"], rel=1e-7)


@pytest.mark.parametrize(
    ("held", "inner"),
    [
        ({"prior_experience": 0}, "dejong"),
        ({"incompressible": 0}, "stanford_b"),
        ({"prior_experience": 0, "incompressible": 0}, "wright"),
    ],
)
def test_carr_holds_the_others(held, inner):
    x, y = noisy("carr")
    outer, inner = cc.fit("carr", x, y, fixed=held), cc.fit(inner, x, y)
    assert outer.objective == pytest.approx(inner.objective, rel=1e-10)
    for name, value in inner.params.items():
        assert outer.params[name] == pytest.approx(value, rel=1e-6)
        assert outer.stderr[name] == pytest.approx(inner.stderr[name], rel=1e-5)


def test_published_formulas():
    """The textbook forms as restated in Yelle (1979) and Badiru (1992), at one point each."""
    x = np.array([125.0])
    at = {"first_unit": 100.0, "exponent": 0.25, "prior_experience": 4.0, "incompressible": 0.3}

    def value(name):
        curve = cc.curve(name)
        return float(curve.evaluate(x, {each: at[each] for each in curve.param_names})[0])

    assert value("stanford_b") == pytest.approx(100 * 129**-0.25, rel=1e-14)
    assert value("dejong") == pytest.approx(100 * (0.3 + 0.7 * 125**-0.25), rel=1e-14)
    assert value("carr") == pytest.approx(100 * (0.3 + 0.7 * 129**-0.25), rel=1e-14)


def test_profile_is_one_sided_where_no_floor_is_seen():
    x = np.geomspace(10, 1e4, 40)
    y = 500 * x**-0.3 * np.exp(np.random.default_rng(1).normal(0, 0.05, 40))
    floor = cc.fit("wright_floor", x, y).interval("floor", 0.9, method="profile")
    assert floor.low == 0
    assert 0 < floor.high < y.min()
    share = cc.fit("dejong", x, y).interval("incompressible", 0.9, method="profile")
    assert share.low == 0
    assert 0 < share.high < 0.2
    prior = cc.fit("stanford_b", x, y).interval("prior_experience", 0.9, method="profile")
    assert prior.low == 0
    assert 0 < prior.high < 20


@pytest.mark.parametrize("name", ["wright_floor", "stanford_b", "dejong", "carr"])
def test_starts_reach_the_best_of_many(name):
    curve, rng = cc.curve(name), np.random.default_rng(6)
    for seed in range(5):
        x, y = noisy(name, sd=0.1, seed=seed)
        fit = cc.fit(curve, x, y)
        begin = curve.example * np.exp(rng.normal(0, 0.7, (100, len(curve.params))))
        begin = np.clip(begin, [e.lower for e in curve.params], [e.upper for e in curve.params])
        start = dict(zip(curve.param_names, begin.T, strict=True))
        many = cc.fit(curve, x, np.tile(y, (100, 1)), start=start)
        assert fit.objective <= np.nanmin(many.objective) * (1 + 1e-7)


# ---- forgetting --------------------------------------------------------------------------------


def remembered(time, output, retention, initial):
    """Return the experience of each row, walked by hand with yearly steps."""
    order = np.argsort(time)
    stock = initial * output[order[0]] / (output[order[0]] + initial * (1 - retention))
    found = np.empty(len(time))
    for i in order:
        stock = retention * stock + output[i]
        found[i] = stock
    return found


@pytest.fixture
def yards():
    """Thirty years in which output stops and starts again, with a cost that follows."""
    rng = np.random.default_rng(12)
    time = np.arange(1950.0, 1980.0)
    output = 40 + 35 * np.sin((time - 1950) / 2.2) + rng.uniform(0, 5, 30)
    output[12:15] = 0
    cost = 900 * remembered(time, output, 0.75, 120) ** -0.4 * np.exp(rng.normal(0, 0.03, 30))
    return time, output, cost


def test_forgetting_finds_what_is_retained(yards):
    time, output, cost = yards
    x = {"time": time, "output": output}
    fit = cc.fit("forgetting", x, cost, fixed={"initial_experience": 120})
    for name, truth in (("retention", 0.75), ("exponent", 0.4)):
        low, high = fit.interval(name, 0.99)
        assert low < truth < high
        assert high - low < 0.2
    theta = fit.params
    stock = remembered(time, output, theta["retention"], 120)
    np.testing.assert_allclose(
        fit.predict(x), theta["first_unit"] * stock ** -theta["exponent"], rtol=1e-12
    )
    assert float(fit.half_life) == pytest.approx(np.log(0.5) / np.log(theta["retention"]))
    assert cc.fit("forgetting", x, cost, fixed={"initial_experience": None}).status.ok


def test_nothing_forgotten_is_wrights_law(yards):
    time, output, cost = yards
    fixed = {"retention": 1, "initial_experience": 120}
    whole = cc.fit("forgetting", {"time": time, "output": output}, cost, fixed=fixed)
    wright = cc.fit("wright", 120 + np.cumsum(output), cost)
    np.testing.assert_allclose(whole.theta[:2], wright.theta, rtol=1e-9)
    np.testing.assert_allclose(whole.cov[:2, :2], wright.cov, rtol=1e-7)
    assert np.isnan(float(whole.half_life))


def test_forgetting_walks_in_the_order_of_time(yards):
    time, output, cost = yards
    fit = cc.fit("forgetting", {"time": time, "output": output}, cost)
    mixed = np.random.default_rng(3).permutation(30)
    again = cc.fit("forgetting", {"time": time[mixed], "output": output[mixed]}, cost[mixed])
    np.testing.assert_allclose(again.theta, fit.theta, rtol=1e-9)
    np.testing.assert_allclose(again.cov, fit.cov, rtol=1e-6)


def test_gaps_in_the_output_take_that_of_the_next_row():
    curve = cc.curve("forgetting")
    theta = {"first_unit": 1, "exponent": -1, "retention": 0.8, "initial_experience": 50}
    full = {"time": [2000.0, 2001, 2002, 2003], "output": [10.0, 7, 7, 9]}
    gap = {"time": [2000.0, 2002, 2003], "output": [10.0, 7, 9]}
    missing = {"time": [2000.0, 2001, 2002, 2003], "output": [10.0, np.nan, 7, 9]}
    whole = curve.evaluate(full, theta)
    np.testing.assert_allclose(curve.evaluate(gap, theta), whole[[0, 2, 3]], rtol=1e-12)
    walked = curve.evaluate(missing, theta)
    np.testing.assert_allclose(walked[[0, 2, 3]], whole[[0, 2, 3]], rtol=1e-12)
    assert np.isnan(walked[1])
    # an exponent of -1 and a first unit of 1 show the experience itself
    first = 0.8 * 50 * 10 / (10 + 50 * 0.2) + 10
    np.testing.assert_allclose(whole, [first, f := 0.8 * first + 7, f := 0.8 * f + 7, 0.8 * f + 9])


def test_steps_may_be_parts_of_a_unit_of_time():
    """Quarters at yearly rates end where the year ends, as nearly as the retention lets them."""
    curve = cc.curve("forgetting")
    quarters = {"time": 2000 + np.arange(9) / 4, "output": np.full(9, 8.0)}
    for retention, initial in ((1.0, 30.0), (0.9, 30.0), (0.9999, 30.0)):
        theta = {"first_unit": 1, "exponent": -1, "retention": retention}
        walked = curve.evaluate(quarters, {**theta, "initial_experience": initial})
        step = 0.25 if retention == 1 else (1 - retention**0.25) / (1 - retention)
        stock = retention * initial * 8 / (8 + initial * (1 - retention)) + 8
        for each in walked:
            assert each == pytest.approx(stock, rel=1e-12)
            stock = retention**0.25 * stock + 8 * step


def test_rows_of_one_time_share_an_experience():
    curve = cc.curve("forgetting")
    theta = {"first_unit": 1, "exponent": -1, "retention": 0.8, "initial_experience": 50}
    twice = curve.evaluate({"time": [2000, 2001, 2001, 2002], "output": [9, 4, 6, 3]}, theta)
    once = curve.evaluate({"time": [2000, 2001, 2002], "output": [9, 5, 3]}, theta)
    np.testing.assert_allclose(twice, once[[0, 1, 1, 2]], rtol=1e-14)


@pytest.mark.parametrize("retention", [0.6, 0.95, 1.0])
def test_steady_growth_has_a_steady_share_of_experience(retention):
    """At a growth of g, experience is q (1 + g)/(1 + g - retention), from the first row on."""
    curve, growth = cc.curve("forgetting"), 0.08
    output = 5 * 1.08 ** np.arange(12)
    theta = {"first_unit": 1, "exponent": -1, "retention": retention}
    theta["initial_experience"] = 5 / growth
    walked = curve.evaluate({"time": np.arange(12.0), "output": output}, theta)
    np.testing.assert_allclose(walked / output, 1.08 / (1.08 - retention), rtol=1e-12)


def test_initial_experience_is_held_at_output_over_growth(yards):
    time, output, cost = yards

    def held(made):
        fit = cc.fit("forgetting", {"time": time, "output": made}, cost)
        assert fit.stderr["initial_experience"] == 0
        return fit.params["initial_experience"]

    rising = np.sort(output + 1)
    growth = (rising[-1] / rising[0]) ** (1 / 29) - 1
    assert held(rising) == pytest.approx(rising[0] / growth, rel=1e-12)
    assert held(rising[::-1]) == pytest.approx(rising.sum(), rel=1e-12)
    # a past of such slow growth would have made a hundred times as much
    hardly = np.append(rising[:-1], rising[0] * 1.01)
    assert held(hardly) == pytest.approx(hardly.sum(), rel=1e-12)


def test_predictions_take_the_series_as_their_past(yards):
    time, output, cost = yards
    fit = cc.fit("forgetting", {"time": time, "output": output}, cost)
    inside = fit.predict({"time": time, "output": output})
    np.testing.assert_allclose(
        fit.predict({"time": time[-4:], "output": output[-4:]}), inside[-4:], rtol=1e-13
    )
    np.testing.assert_allclose(
        fit.predict({"time": time[[0, 20]], "output": output[[0, 20]]}), inside[[0, 20]], rtol=1e-13
    )
    # what is said of a time of the series replaces what the series says
    stopped = fit.predict({"time": time[-4:], "output": np.zeros(4)})
    assert (stopped > inside[-4:]).all()
    future = {"time": [1980.0, 1981.0], "output": [50.0, 0.0]}
    theta = fit.params
    stock = remembered(
        np.append(time, future["time"]),
        np.append(output, future["output"]),
        theta["retention"],
        theta["initial_experience"],
    )[-2:]
    expected = theta["first_unit"] * stock ** -theta["exponent"]
    np.testing.assert_allclose(fit.predict(future), expected, rtol=1e-12)
    np.testing.assert_allclose(fit.forecast(future).median, expected, rtol=0.02)
    _, low, high = fit.predict(future, band="observation")
    assert (low < expected).all() and (expected < high).all()
    table = cc.fit("forgetting", {"time": time, "output": output}, [cost, 2 * cost])
    np.testing.assert_allclose(table.predict(future), [expected, 2 * expected], rtol=1e-9)
    with pytest.raises(cc.ArgumentError, match="give later points"):
        fit.predict({"time": [1940.0], "output": [3.0]})


def test_forgetting_is_unknown_where_output_grows_steadily():
    time = np.arange(25.0)
    output = 10 * 1.1**time
    cost = 300 * (output * 11) ** -0.3 * np.exp(np.random.default_rng(1).normal(0, 0.03, 25))
    fit = cc.fit("forgetting", {"time": time, "output": output}, cost)
    assert {"not_identified", "at_bound", "collinear", "did_not_converge"} & {
        each.code for each in fit.notes
    }


def test_what_is_fixed_at_nothing_is_known_to_be_nothing():
    """Its interval is formed on the logarithm, which 0 has none of."""
    x = 10 ** np.linspace(0, 4, 20)
    y = 500 * x**-0.3 * np.exp(0.02 * np.sin(np.arange(20.0)))
    fit = cc.fit("stanford_b", x, y, fixed={"prior_experience": 0.0})
    assert tuple(fit.interval("prior_experience", 0.9, method="wald")) == (0.0, 0.0)
