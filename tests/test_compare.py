# SPDX-License-Identifier: GPL-3.0-or-later
"""`cc.compare`: like with like, by criteria in one unit, and a word where the data cannot tell."""

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import curvecast as cc

YEAR = np.arange(2010.0, 2026)


@pytest.fixture(scope="module")
def share():
    draw = np.random.default_rng(3)
    return 90 / (1 + np.exp(-0.5 * (YEAR - 2018))) + draw.normal(0, 0.5, len(YEAR))


@pytest.fixture(scope="module")
def found(share):
    return cc.compare(["exponential", "gompertz", "logistic"], YEAR, share)


def test_the_true_curve_comes_first(found):
    assert found.best == "logistic"
    assert [each.name for each in found] == ["logistic", "gompertz", "exponential"]
    assert found.undecided == ("logistic",)
    assert found.n_used == len(YEAR)
    assert len(found) == 3
    assert found["gompertz"].curve.name == "gompertz"


def test_weights_follow_from_the_criterion(found, share):
    criterion = np.array([each.aicc for each in found])
    expected = np.exp(-(criterion - criterion.min()) / 2)
    weight = np.array([each.weight for each in found])
    np.testing.assert_allclose(weight, expected / expected.sum())
    by_bic = cc.compare(["exponential", "gompertz", "logistic"], YEAR, share, by="bic")
    criterion = np.array([each.bic for each in by_bic])
    expected = np.exp(-(criterion - criterion.min()) / 2)
    np.testing.assert_allclose([each.weight for each in by_bic], expected / expected.sum())


def test_entries_are_those_of_the_fits(found, share):
    for each in found:
        alone = cc.fit(each.name, YEAR, share)
        assert each.fit.params == alone.params
        assert (each.aicc, each.bic, each.s) == (alone.aicc, alone.bic, alone.s)
        assert each.parameters == alone.settings.free(alone.curve).sum() + 1
        assert each.autocorrelation == alone.diagnostics().autocorrelation


def test_criteria_of_logs_are_carried_to_the_unit_of_y():
    """Likelihoods of a line in levels and of one in logs, from statsmodels and the log-normal."""
    draw = np.random.default_rng(1)
    x = np.linspace(0, 5, 40)
    y = np.exp(1 + 0.5 * x + draw.normal(0, 0.3, 40))
    found = cc.compare(["exponential"] * 2, x, y, error_model="multiplicative")
    logs = sm.OLS(np.log(y), sm.add_constant(x)).fit()
    spread = np.sqrt(logs.ssr / 40)
    density = stats.lognorm.logpdf(y, spread, scale=np.exp(logs.fittedvalues)).sum()
    assert found.entries[0].bic == pytest.approx(-2 * density + 3 * np.log(40), rel=1e-9)
    levels = cc.fit("exponential", x, y, error_model="additive")
    mixed = cc.compare([found.entries[0].fit, levels])
    assert [each.name for each in mixed] == [
        "exponential (multiplicative)",
        "exponential (additive)",
    ]
    assert mixed.best == "exponential (multiplicative)"


def test_a_change_of_unit_changes_no_weight(share):
    """Some fits are in logs: without the slope of the logarithm this would not hold."""
    curves = ["exponential", "logistic", "gompertz"]
    y = share - share.min() + 5
    small, large = cc.compare(curves, YEAR, y), cc.compare(curves, YEAR, 1e6 * y)
    assert small.best == large.best
    for a, b in zip(small, large, strict=True):
        assert a.weight == pytest.approx(b.weight, rel=1e-6, abs=1e-12)
        assert b.aicc - a.aicc == pytest.approx(2 * len(YEAR) * np.log(1e6), rel=1e-8)


def test_curves_that_the_data_cannot_tell_apart():
    early = np.arange(2010.0, 2017)
    y = 3 * np.exp(0.4 * (early - 2010)) + np.random.default_rng(2).normal(0, 0.4, 7)
    found = cc.compare(["logistic", "gompertz"], early, y)
    assert set(found.undecided) == {"logistic", "gompertz"}
    assert "curves_not_told_apart" in [each.code for each in found.notes]
    assert "cannot tell these curves apart (weights within a factor of 10)" in found.summary()
    alone = cc.compare(["logistic", "gompertz"], early, y, within=1)
    assert len(alone.undecided) == 1
    assert "curves_not_told_apart" not in [each.code for each in alone.notes]


def test_too_few_points_for_the_criterion():
    x, y = np.arange(5.0), np.array([1.0, 2.1, 3.9, 8.3, 15.5])
    found = cc.compare(["logistic", "exponential"], x, y)
    assert found.best == "exponential"
    assert found.entries[1].aicc == np.inf
    assert found.entries[1].weight == 0
    assert "aicc_not_defined" in [each.code for each in found.notes]
    none = cc.compare(["logistic", "gompertz"], x, y)
    assert none.best is None
    assert none.undecided == ()
    assert "best by AICc: none" in none.summary()


def test_a_curve_without_a_result_stays_in_the_table(share):
    y = share.copy()
    y[2] = -1.0
    found = cc.compare(["exponential", "logistic", "gompertz"], YEAR, y)
    last = found.entries[-1]
    assert (last.name, last.status.code, last.weight) == ("exponential", "outside_domain", 0)
    assert np.isnan(last.aicc)
    assert "curve_without_result" in [each.code for each in found.notes]
    (line,) = [each for each in found.summary().splitlines() if "multiplicative" in each]
    assert line.split() == ["exponential", "multiplicative", *"------"]
    assert found.plot() is not None


def test_every_curve_sees_the_same_points():
    """Wright needs experience, which is missing where time and cost are known."""
    time = np.arange(2000.0, 2016)
    units = 2.0 ** (time - 2000)
    cost = 100 * units**-0.3 * np.exp(np.random.default_rng(5).normal(0, 0.03, 16))
    gaps = units.copy()
    gaps[[3, 7]] = np.nan
    found = cc.compare(["wright", "exponential"], {"experience": gaps, "time": time}, cost)
    assert [each.fit.n_used for each in found] == [14, 14]
    assert "points_left_out" in [each.code for each in found.notes]
    frame = pd.DataFrame({"experience": gaps, "time": time})
    again = cc.compare(["wright", "exponential"], frame, cost)
    assert [each.aicc for each in again] == [each.aicc for each in found]


def test_curves_of_different_things_are_drawn_at_their_points_along_time():
    time = np.arange(2000.0, 2016)
    units = 2.0 ** np.random.default_rng(5).permutation(16)
    cost = 100 * units**-0.3 * np.exp(np.random.default_rng(6).normal(0, 0.03, 16))
    gap = cost.copy()
    gap[4] = np.nan
    found = cc.compare(["exponential", "wright"], {"experience": units, "time": time}, gap)
    axes = found.plot(x_label={"time": "year", "experience": "units"})
    assert axes.get_xlabel() == "year"
    drawn = {line.get_label().split()[0]: line for line in axes.lines}
    assert drawn["wright"].get_xdata().tolist() == np.delete(time, 4).tolist()
    fitted = found["wright"].predict(np.delete(units, 4))
    np.testing.assert_allclose(drawn["wright"].get_ydata(), fitted, rtol=1e-12)
    assert drawn["observations"].get_ydata().tolist() == np.delete(cost, 4).tolist()
    with pytest.raises(cc.ArgumentError, match="no one x to draw them"):
        found.plot(x=[2000, 2040])


def test_a_best_curve_of_the_wrong_shape_is_named():
    x = np.arange(40.0)
    y = 50 + 10 * np.sin(x / 6) + x
    found = cc.compare(["logistic", "gompertz"], x, y)
    assert "best_misses_shape" in [each.code for each in found.notes]


def test_binomial_fits_are_compared_by_counts(share):
    part, trials = np.clip(share / 100, 0, 1), np.full(len(YEAR), 200.0)
    part = np.round(part * trials) / trials
    found = cc.compare(["logistic", "gompertz"], YEAR, part, weights=trials, error_model="binomial")
    assert found.best == "logistic"
    normal = cc.fit("logistic", YEAR, part)
    with pytest.raises(cc.ArgumentError, match="likelihood of counts"):
        cc.compare([found["logistic"], normal])


def test_fits_of_different_points_are_refused(share):
    some = cc.fit("logistic", YEAR[2:], share[2:])
    with pytest.raises(cc.ArgumentError, match=r"different points \(16 and 14\)"):
        cc.compare([cc.fit("gompertz", YEAR, share), some])
    other = cc.fit("logistic", YEAR, share + 1)
    with pytest.raises(cc.ArgumentError, match="different points"):
        cc.compare([cc.fit("gompertz", YEAR, share), other])


def test_fits_made_before_keep_their_options(share):
    held = cc.fit("logistic", YEAR, share, fixed={"ceiling": 90})
    free = cc.fit("logistic", YEAR, share)
    found = cc.compare([free, held])
    assert found.best == "logistic #2"
    assert [each.parameters for each in found] == [3, 4]


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda y: cc.compare(["logistic"], YEAR, y), cc.ArgumentError, "give two or more"),
        (lambda y: cc.compare("logistic", YEAR, y), cc.ArgumentError, "give two or more"),
        (
            lambda y: cc.compare(["logistic", "bas"], YEAR, y),
            cc.CurveNameError,
            "did you mean 'bass'",
        ),
        (
            lambda y: cc.compare(["logistic", "bass"], YEAR, y, by="r2"),
            cc.ArgumentError,
            "there is no criterion 'r2'; Known: aicc, bic",
        ),
        (
            lambda y: cc.compare(["logistic", "bass"], YEAR, y, within=0.5),
            cc.ArgumentError,
            "within is 0.5; give a ratio of weights",
        ),
        (
            lambda y: cc.compare(["wright", "logistic"], YEAR, y),
            cc.ArgumentError,
            r"functions of different things \(experience and time\); give x as a dict",
        ),
        (
            lambda y: cc.compare(["logistic", "bass"], YEAR),
            cc.ArgumentError,
            "x or y is missing",
        ),
        (
            lambda y: cc.compare([cc.fit("bass", YEAR, y), "logistic"], YEAR, y),
            cc.ArgumentError,
            "not some of each",
        ),
        (
            lambda y: cc.compare([cc.fit("bass", YEAR, y, loss="huber")] * 2),
            cc.ArgumentError,
            "bass was fitted with a robust loss",
        ),
        (
            lambda y: cc.compare(["logistic", "bass"], YEAR, np.stack([y, y])),
            cc.DataError,
            "one series is wanted here",
        ),
        (
            lambda y: cc.compare(["logistic", "bass"], YEAR[:3], y),
            cc.DataError,
            r"x has shape \(3,\) and y \(16,\)",
        ),
        (
            lambda y: cc.compare(["logistic", "bass"], YEAR, 0 * y),
            cc.FitError,
            "none of the curves has a result. logistic: Every value of y is",
        ),
    ],
)
def test_what_cannot_be_compared(call, error, said, share):
    with pytest.raises(error, match=said):
        call(share)


def test_tables_for_people_and_programs(found, share):
    text = found.summary()
    assert text.splitlines()[0] == "3 curves, 16 points; best by AICc: logistic"
    assert "AICc" in text
    assert max(map(len, text.splitlines())) <= 100
    assert str(found) == text
    assert "<table" in found._repr_html_()
    frame = found.to_frame()
    assert list(frame.index) == ["logistic", "gompertz", "exponential"]
    assert frame.loc["logistic", "aicc"] == found.entries[0].aicc
    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert record["best"] == "logistic"
    assert cc.Fit.from_dict(record["curves"][1]["fit"]).params == found["gompertz"].params
    with pytest.raises(KeyError, match="did you mean 'logistic'"):
        found["logistik"]


def test_the_picture_shows_every_curve(share):
    year = pd.Series(YEAR, name="year")
    found = cc.compare(["logistic", "gompertz"], year, pd.Series(share, name="share (%)"))
    axes = found.plot()
    names = axes.get_legend_handles_labels()[1]
    assert names == [f"{each.name} ({each.weight:.2f})" for each in found] + ["observations"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("year", "share (%)")
    assert found.plot(x=[2000, 2040], x_label="t").get_xlabel() == "t"


def test_points_that_share_a_place_are_not_joined():
    curve = cc.curve("chinchilla")
    x = {"N": np.repeat([1e7, 1e8, 1e9], 6), "D": np.tile(np.geomspace(1e9, 1e11, 6), 3)}
    loss = curve.evaluate(x, dict(zip(curve.param_names, curve.example, strict=True)))
    loss = loss * np.exp(np.random.default_rng(1).normal(0, 0.01, 18))
    axes = cc.compare(["chinchilla", "power_floor"], x | {"x": x["N"]}, loss).plot()
    assert [line.get_linestyle() for line in axes.lines] == ["-", "None", "None"]
    assert [len(line.get_xdata()) for line in axes.lines] == [2, 18, 18]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("y", "fitted y")
    chinchilla = axes.lines[-1]  # the best, and drawn over the others
    assert sorted(chinchilla.get_xdata()) == sorted(loss)
    assert np.abs(chinchilla.get_ydata() / chinchilla.get_xdata() - 1).max() < 0.04
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["chinchilla (1.00)", "power_floor (0.00)", "as observed"]


def test_the_picture_shows_where_curves_part_ways_and_which_are_ruled_out(share):
    found = cc.compare(["logistic", "richards", "exponential"], YEAR, share)
    assert found.undecided == ("logistic", "richards")
    axes = found.plot()
    first, second, last = axes.lines[:3]
    assert first.get_xdata()[-1] == pytest.approx(YEAR[-1] + 0.4 * 15)
    assert [each.get_linestyle() for each in (first, second, last)] == ["-", "-", "--"]
    assert len({each.get_color() for each in (first, second, last)}) == 3
    # a curve that is ruled out does not make the others small
    assert last.get_ydata().max() > 2 * axes.get_ylim()[1]


def test_known_errors_are_in_one_unit_for_all(share):
    with pytest.raises(cc.ArgumentError, match="additive for logistic, multiplicative for expon"):
        cc.compare(["logistic", "exponential"], YEAR, share + 5, sigma=np.full(16, 0.5))
    curves = ["logistic", "exponential"]
    known = {"sigma": np.full(16, 0.5), "error_model": "additive"}
    found = cc.compare(curves, YEAR, share + 5, **known)
    assert found.best == "logistic"
    assert found.entries[0].parameters == 3


def test_a_best_curve_in_doubt_is_named():
    year = np.arange(2008.0, 2017)
    y = [0.1, 4.0, 4.5, 7.5, 10.4, 12.2, 17.9, 25.4, 34.6]
    found = cc.compare(["bass", "logistic"], year, y)
    assert found.best == "bass"
    assert "did_not_converge" in [each.code for each in found["bass"].notes]
    (told,) = [each for each in found.notes if each.code == "best_in_doubt"]
    assert "The fit of bass" in told.sentence
    assert "did_not_converge" in told.sentence
    # its residuals are there although its standard errors are not
    assert abs(found.entries[0].autocorrelation) < 1


def test_the_table_fits_the_terminal(monkeypatch):
    year = np.arange(2008.0, 2017)
    y = [0.1, 4.0, 4.5, 7.5, 10.4, 12.2, 17.9, 25.4, 34.6]
    found = cc.compare(["bass", "logistic", "gompertz", "richards", "exponential"], year, y)
    for columns in (80, 120):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert max(map(len, found.summary().splitlines())) <= min(columns, 96)
    for each in found:
        for one in each.notes:
            assert found.summary().count(f"({one.code})") == 1


def test_one_curve_under_two_names_is_told():
    units = np.array([1, 2, 3, 5, 8, 12, 20, 30, 45, 70, 100, 150, 220.0])
    hours = (2.1 + 9.4 * units**-0.42) * np.exp(0.03 * np.sin(7 * np.arange(13)))
    found = cc.compare(["wright", "wright_floor", "dejong"], units, hours)
    (told,) = [each for each in found.notes if each.code == "same_curve_twice"]

    assert told.severity == "info"
    assert told.sentence.endswith("and are no rivals: dejong and wright_floor.")
    apart = cc.compare(["wright", "wright_floor", "carr"], units, hours)
    assert "same_curve_twice" not in [each.code for each in apart.notes]


def test_of_curves_that_are_exact_the_one_with_fewer_parameters_is_best():
    year = np.arange(2000.0, 2030)
    share = 80 / (1 + np.exp(-0.4 * (year - 2014)))
    found = cc.compare(["richards", "logistic_floor", "gompertz", "logistic"], year, share)
    assert found.best == "logistic"
    exact = [each.aicc for each in found][:3]
    assert exact[1] - exact[0] == pytest.approx(exact[2] - exact[0], abs=1e-6)
    assert 2 < exact[1] - exact[0] < 4  # one parameter more, at equal likelihood
