# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinked experience curves: the least sum of squares there is, and how many breaks it is worth.

Published: 87 technologies of the Performance Curve Database, tests/data/clab; a linear plateau.
"""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import curvecast as cc

DATA = Path(__file__).parent / "data" / "clab"
PUBLISHED_COUNTS = {0: 25, 1: 44, 2: 11, 3: 4, 4: 2, 5: 1}
# The same choice from least squares: more breaks, because the study's program often found none or
# did not end, and counted the fewer breaks that it had.
OUR_COUNTS = {0: 17, 1: 37, 2: 14, 3: 11, 4: 5, 5: 3}


def line(x, theta):
    """Return ln cost at experience x, written out by segments."""
    log_x, breaks = np.log(x), np.log(theta[2::2])
    ends = [-np.inf, *breaks, np.inf]
    value, at = np.log(theta[0]), 0.0
    result = np.empty(len(x))
    for k, exponent in enumerate(theta[1::2]):
        inside = (log_x >= ends[k]) & (log_x <= ends[k + 1])
        result[inside] = value - exponent * (log_x[inside] - at)
        if k < len(breaks):
            value, at = value - exponent * (breaks[k] - at), breaks[k]
    return result


def made_up(breaks, n, noise, seed, count=None):
    """Return experience and costs, (n,) or (count, n), about the example of a curve."""
    theta = EXAMPLES[breaks]
    x = np.geomspace(10, 10_000, n)
    shape = n if count is None else (count, n)
    error = noise * np.random.default_rng(seed).normal(size=shape)
    return x, np.exp(line(x, theta) + error)


EXAMPLES = {
    1: np.array([500, 0.15, 320, 0.55]),
    2: np.array([500, 0.1, 110, 0.6, 900, 0.15]),
    3: np.array([500, 0.1, 62, 0.6, 330, 0.15, 1750, 0.7]),
    4: np.array([500, 0.1, 43, 0.7, 150, 0.15, 600, 0.8, 2400, 0.2]),
    5: np.array([500, 0.1, 34, 0.8, 107, 0.15, 330, 0.9, 1010, 0.2, 3150, 1]),
}


def squares(x, y, breaks):
    """Return the least sum of squares with breaks at these places, by NumPy."""
    log_x = np.log(x)
    lines = [np.ones_like(log_x), log_x, *(np.maximum(log_x - np.log(b), 0) for b in breaks)]
    design = np.stack(lines, axis=1)
    left = np.log(y) - design @ np.linalg.lstsq(design, np.log(y), rcond=None)[0]
    return float(left @ left)


@pytest.fixture(scope="module")
def costs():
    table = pd.read_csv(DATA / "ExpCurves.csv")
    return {
        name: (own["Cumulative production"].to_numpy(), own["Unit cost"].to_numpy())
        for name, own in table.groupby("Tech", sort=False)
    }


@pytest.fixture(scope="module")
def published():
    table = pd.read_csv(DATA / "IC.csv")
    return table[table["First Diff."] == 0]


def study_bic(left, n, breaks):
    """Return BIC as the study has it: decimal logarithms, variance not counted."""
    return n * np.log(2 * np.pi * left / np.log(10) ** 2 / n) + n + (2 + 2 * breaks) * np.log(n)


def study_breaks(row):
    return 10 ** np.array([row[f"Breakpoint {k + 1}"] for k in range(int(row["n_breaks"]))])


# ---- published ----------------------------------------------------------------------------------


def test_the_published_counts_are_those_of_the_stored_table(published):
    best = published.loc[published.groupby("Tech")["BIC"].idxmin()]
    assert best["n_breaks"].value_counts().to_dict() == PUBLISHED_COUNTS


# Barley in g/m^2 against nitrogen in g/m^2, 1970 to 1977 and 1978 to 1988, Vold (1998), Ecological
# Applications 8, 227-236, as in the R package nlraa (github.com/cran/nlraa, commit 78bb99e4).
NITROGEN = ([0, 3.88, 7.76, 11.64], [0, 4.65, 9.3, 13.95])
BARLEY = (
    [
        [155.55, 178.5, 161.5, 211.65, 251.6, 183.6, 120.7, 189.55],
        [269.45, 272.85, 272.85, 320.45, 385.05, 294.1, 169.15, 285.6],
        [319.6, 351.05, 317.05, 392.7, 496.4, 389.3, 207.4, 329.8],
        [354.45, 357, 277.95, 408, 563.55, 471.75, 213.35, 357],
    ],
    [
        [100.3, 121.55, 146.2, 120.7, 131, 49, 122, 58, 98, 119, 33],
        [289, 233.75, 289.85, 298.35, 291, 194, 298, 224, 154, 213, 163],
        [437.75, 300.05, 346.8, 372.3, 375, 312, 410, 317, 197, 280, 288],
        [473.45, 292.4, 336.6, 375.7, 420, 380, 366, 304, 205, 315, 326],
    ],
)


@pytest.mark.parametrize(
    ("tables", "years", "values", "errors", "s"),
    [
        pytest.param(2, 11, (137.067, 27.501, 7.682), (16.179, 5.269, 1.211), 70.79, id="all"),
        pytest.param(1, 4, (176.8, 27.603093, 6.174127), None, 35.17935, id="1970 to 1973"),
    ],
)
def test_barley_rises_to_a_plateau(tables, years, values, errors, s):
    """SSlinp of the R package nlraa, vignette Bootstrapping: a + b x up to xs, level from there.

    A line of x and y is one of the logarithms of their exponentials.
    """
    x, y = [], []
    for levels, table in zip(NITROGEN[:tables], BARLEY[:tables], strict=True):
        for level, row in zip(levels, table, strict=True):
            x += [level] * len(row[:years])
            y += row[:years]
    unit = 100.0
    fit = cc.fit("kinked_1", np.exp(x), np.exp(np.array(y) / unit), fixed={"exponent_2": 0})
    first, exponent, at, _ = fit.theta
    found = [unit * np.log(first), -unit * exponent, np.log(at)]
    decimals = [len(str(each).partition(".")[2]) for each in values]
    assert [round(each, n) for each, n in zip(found, decimals, strict=True)] == list(values)
    assert unit * fit.s == pytest.approx(s, abs=5e-3)
    if errors:
        spread = [fit.stderr[name] for name in ("first_unit", "exponent_1", "break_1")]
        found = [unit * spread[0] / first, unit * spread[1], spread[2] / at]
        assert found == pytest.approx(list(errors), abs=5e-4)


def test_no_published_fit_is_better_than_ours(costs, published):
    """The study's fits come from a program that ends in local minima: none is below ours."""
    checked = better = 0
    for _, row in published.iterrows():
        breaks, (x, y) = int(row["n_breaks"]), costs[row["Tech"]]
        if breaks > 5:
            continue
        fit = cc.fit(f"kinked_{breaks}" if breaks else "wright", x, y)
        ours = study_bic(fit.objective, len(x), breaks)
        assert ours <= row["BIC"] + 1e-6, (row["Tech"], breaks)
        if breaks == 0:
            assert ours == pytest.approx(row["BIC"], rel=1e-9)
        checked += 1
        better += ours < row["BIC"] - 1e-3
    assert checked == 205
    assert better > 30


def test_ours_differ_from_the_published_counts_where_theirs_are_no_optima(costs, published):
    """Beside the published 25, 44, 11, 4, 2, 1.

    Where the numbers differ, ours has the lower BIC by the study's own convention, or the study's
    fit breaks its own rule that breaks are a doubling apart and from the ends.
    """
    counts = dict.fromkeys(range(6), 0)
    best = published.loc[published.groupby("Tech")["BIC"].idxmin()].set_index("Tech")
    for name, (x, y) in costs.items():
        n, bic = len(x), {}
        try:
            entries = cc.kinked(x, y).comparison.entries
        except cc.DataError as error:
            assert "no room for a break" in str(error)
            bic[0] = study_bic(cc.fit("wright", x, y).objective, n, 0)
            entries = []
        for each in entries:
            if each.fit.status.ok:
                breaks = sum("break_" in p for p in each.fit.params)
                bic[breaks] = study_bic(each.fit.objective, n, breaks)
        own = min(bic, key=bic.get)
        counts[own] += 1
        row = best.loc[name]
        if own == row["n_breaks"]:
            continue
        ends = [x[0], *study_breaks(row), x[-1]]
        own_rule = row["n_breaks"] == 0 or np.min(np.diff(np.log2(ends))) >= 1
        assert bic[own] < row["BIC"] or not own_rule, name
    assert counts == OUR_COUNTS


# ---- the least sum of squares -------------------------------------------------------------------


@pytest.mark.parametrize("noise", [0.03, 0.3])
def test_one_break_is_at_the_best_of_all_places(noise):
    x, table = made_up(1, 25, noise, 1, 20)
    for y in table:
        fit = cc.fit("kinked_1", x, y)
        places = np.geomspace(x[1], x[-2], 4001)
        assert fit.objective <= min(squares(x, y, [b]) for b in places) * (1 + 1e-6)
        assert fit.objective == pytest.approx(squares(x, y, [fit.params["break_1"]]), rel=1e-5)


@pytest.mark.parametrize(("breaks", "n"), [(2, 16), (3, 14)])
def test_breaks_are_at_the_best_of_all_places_a_doubling_apart(breaks, n):
    x, table = made_up(breaks, n, 0.3, 2, 4)
    places = np.geomspace(x[1], x[-2], 60 if breaks == 2 else 26)
    for y in table:
        fit = cc.fit(f"kinked_{breaks}", x, y)
        least = np.inf
        for at in combinations(places, breaks):
            enough = [
                np.sum((x >= a) & (x <= b)) >= 2
                for a, b in zip((0, *at), (*at, np.inf), strict=True)
            ]
            if np.min(np.divide(at[1:], at[:-1])) >= 2 and all(enough):
                least = min(least, squares(x, y, at))
        assert fit.objective <= least * (1 + 1e-6)


@pytest.mark.parametrize("breaks", [1, 2, 3, 4, 5])
def test_no_start_leads_lower(breaks):
    """In at least 99 of 100 series of 40 points none of 100 starts about random breaks does."""
    draw, names, missed = np.random.default_rng(4), [f"break_{k + 1}" for k in range(breaks)], 0
    for noise in (0.03, 0.1, 0.3):
        x, table = made_up(breaks, 40, noise, 3, 10)
        for y in table:
            fit = cc.fit(f"kinked_{breaks}", x, y)
            at = np.exp(draw.uniform(np.log(x[1]), np.log(x[-2]), (100, breaks)))
            start = {name: np.sort(at, axis=1)[:, k] for k, name in enumerate(names)}
            others = cc.fit(f"kinked_{breaks}", x, np.tile(y, (100, 1)), start=start)
            least = np.min(others.objective[np.asarray(others.status) == 0])
            assert fit.objective <= least * (1 + 1e-2)
            missed += fit.objective > least * (1 + 1e-6)
    assert missed <= (1 if breaks > 2 else 0)


def test_a_break_comes_to_rest_on_a_point():
    """Where slopes to both sides lead up the fit has converged, though no derivative is 0."""
    x, table = made_up(1, 20, 0.3, 5, 200)
    fits = cc.fit("kinked_1", x, table)
    at = fits.params["break_1"]
    on = np.min(np.abs(np.log(at[:, None] / x)), axis=1) < 1.1e-6
    assert on.sum() > 10
    assert np.all(np.asarray(fits.status) == 0)
    for i in np.flatnonzero(on)[:10]:
        here = squares(x, table[i], [at[i]])
        for aside in (0.999, 1.001):
            assert squares(x, table[i], [at[i] * aside]) > here * (1 - 1e-9)


@pytest.mark.parametrize(
    "how",
    [
        {"error_model": "additive"},
        {"loss": "huber"},
        {"loss": "soft_l1"},
        {"loss": "cauchy"},
        {"error_model": "additive", "loss": "huber"},
    ],
    ids=lambda how: "-".join(how.values()),
)
@pytest.mark.parametrize("breaks", [1, 2, 3])
def test_other_errors_and_losses_settle(breaks, how):
    """The search works on squares of logarithms: what is minimised here is made of such."""
    additive = "error_model" in how
    # More noise than the last costs are high would leave levels that only an endless fall reaches.
    x, table = made_up(breaks, 40, 0.03 if additive else 0.1, 26, 25)
    if additive:
        clean = line(x, EXAMPLES[breaks])
        table = np.exp(clean) + np.mean(np.exp(clean)) * (np.log(table) - clean)
    fits = cc.fit(f"kinked_{breaks}", x, table, **how)
    assert np.all(np.asarray(fits.status) == 0)


def test_a_break_under_additive_errors_is_at_the_best_of_all_places():
    from scipy.optimize import least_squares

    x, table = made_up(1, 20, 0.1, 27, 4)
    clean = np.exp(line(x, EXAMPLES[1]))
    for y in clean + np.mean(clean) * (np.log(table) - np.log(clean)):
        fit = cc.fit("kinked_1", x, y, error_model="additive")
        least = np.inf
        for at in np.geomspace(x[1], x[-2], 120):

            def residual(p, at=at, y=y):
                hinge = np.maximum(np.log(x / at), 0)
                return y - np.exp(p[0] - p[1] * np.log(x) - p[2] * hinge)

            least = min(least, 2 * least_squares(residual, [6, 0.2, 0.3], x_scale="jac").cost)
        assert fit.objective <= least * (1 + 1e-6)


def test_exact_data_are_found_again():
    for breaks, theta in EXAMPLES.items():
        x, y = made_up(breaks, 40, 0, 0)
        fit = cc.fit(f"kinked_{breaks}", x, y)
        np.testing.assert_allclose(fit.theta, theta, rtol=1e-7)


def test_breaks_are_a_doubling_apart_and_segments_have_two_points():
    x, table = made_up(3, 16, 0.3, 6, 200)
    fits = cc.fit("kinked_3", x, table)
    at = np.stack([fits.params[f"break_{k}"] for k in (1, 2, 3)], axis=1)
    assert np.min(at[:, 1:] / at[:, :-1]) > 2 - 1e-6
    on_limit = np.flatnonzero(np.min(at[:, 1:] / at[:, :-1], axis=1) < 2 + 1e-6)
    assert len(on_limit) > 10
    told = ["at_bound" in [each.code for each in fits[int(i)].notes] for i in on_limit]
    assert np.mean(told) > 0.9


# ---- what the user says -------------------------------------------------------------------------


def test_fixed_breaks_are_least_squares():
    x, y = made_up(2, 30, 0.1, 7)
    fit = cc.fit("kinked_2", x, y, fixed={"break_1": 100, "break_2": 1000})
    assert fit.objective == pytest.approx(squares(x, y, [100, 1000]), rel=1e-9)
    half = cc.fit("kinked_2", x, y, fixed={"break_2": 1000})
    assert half.objective <= fit.objective
    best = min(squares(x, y, [b, 1000]) for b in np.geomspace(x[1], 500, 2001))
    assert half.objective == pytest.approx(best, rel=1e-4)


def test_a_fixed_exponent_holds():
    x, y = made_up(1, 30, 0.1, 8)
    fit = cc.fit("kinked_1", x, y, fixed={"exponent_1": 0.0})
    assert fit.params["exponent_1"] == 0
    log_x, target = np.log(x), np.log(y)
    left = []
    for at in np.log(np.geomspace(x[1], x[-2], 4001)):
        design = np.stack([np.ones_like(log_x), np.maximum(log_x - at, 0)], axis=1)
        rest = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
        left.append(rest @ rest)
    assert fit.objective == pytest.approx(min(left), rel=1e-5)
    held = cc.fit("kinked_1", x, y, fixed={"first_unit": 450.0})
    assert held.params["first_unit"] == 450
    assert held.status.code == "ok"


def test_bounds_and_starts_are_kept():
    x, y = made_up(2, 40, 0.1, 9)
    free = cc.fit("kinked_2", x, y)
    fit = cc.fit("kinked_2", x, y, bounds={"break_1": (200, 400)})
    assert 200 <= fit.params["break_1"] <= 400
    assert fit.objective >= free.objective
    again = cc.fit("kinked_2", x, y, start=free.params)
    np.testing.assert_allclose(again.theta, free.theta, rtol=1e-7)
    lower = cc.fit("kinked_2", x, y, bounds={"exponent_3": (0.3, 0.6)})
    assert lower.params["exponent_3"] == pytest.approx(0.3)


def test_the_order_of_points_and_gaps_do_not_matter():
    x, y = made_up(2, 30, 0.1, 10)
    fit = cc.fit("kinked_2", x, y)
    order = np.random.default_rng(0).permutation(30)
    mixed = cc.fit("kinked_2", x[order], y[order])
    np.testing.assert_allclose(mixed.theta, fit.theta, rtol=1e-6)
    gaps = cc.fit("kinked_2", np.append(x, [50, np.nan]), np.append(y, [np.nan, 3]))
    np.testing.assert_allclose(gaps.theta, fit.theta, rtol=1e-7)
    twice = cc.fit("kinked_2", np.repeat(x, 2), np.repeat(y, 2))
    weighed = cc.fit("kinked_2", x, y, weights=np.full(30, 2.0))
    np.testing.assert_allclose(twice.theta, fit.theta, rtol=1e-6)
    np.testing.assert_allclose(weighed.theta, fit.theta, rtol=1e-6)


def test_long_series_are_thinned_and_still_end_at_the_optimum():
    x, y = made_up(2, 3000, 0.3, 11)
    fit = cc.fit("kinked_2", x, y)
    again = cc.fit("kinked_2", x, y, start={"break_1": 110, "break_2": 900})
    assert fit.objective <= again.objective * (1 + 1e-6)


# ---- what follows from a fit --------------------------------------------------------------------


def test_learning_rates_of_the_segments():
    x, y = made_up(1, 40, 0.05, 12)
    fit = cc.fit("kinked_1", x, y)
    for k in (1, 2):
        low, high = fit.interval(f"exponent_{k}")
        own = fit.interval(f"learning_rate_{k}")
        assert fit.derived[f"learning_rate_{k}"].value == 1 - 2 ** -fit.params[f"exponent_{k}"]
        np.testing.assert_allclose(own, [1 - 2**-low, 1 - 2**-high])
    assert fit.learning_rate.value == fit.derived["learning_rate_2"].value
    assert fit.progress_ratio.value == pytest.approx(1 - fit.learning_rate.value)


def test_profile_and_bootstrap_of_a_break():
    x, y = made_up(1, 30, 0.1, 13)
    fit = cc.fit("kinked_1", x, y)
    low, high = fit.interval("break_1", 0.9, method="profile")
    from scipy.stats import f

    limit = fit.objective * (1 + f.ppf(0.9, 1, fit.df) / fit.df)
    assert squares(x, y, [low]) == pytest.approx(limit, rel=1e-5)
    assert squares(x, y, [high]) == pytest.approx(limit, rel=1e-5)
    assert low < fit.params["break_1"] < high
    other = fit.interval("break_1", 0.9, method="bootstrap")
    assert other.low < fit.params["break_1"] < other.high


def test_a_break_that_is_not_there_has_an_open_profile():
    x = np.geomspace(10, 10_000, 30)
    y = np.exp(6 - 0.3 * np.log(x) + 0.1 * np.random.default_rng(14).normal(size=30))
    fit = cc.fit("kinked_1", x, y)
    low, high = fit.interval("break_1", 0.9, method="profile")
    assert low == 0 or np.isinf(high)


# ---- how many breaks ----------------------------------------------------------------------------


def test_the_criterion_finds_the_breaks_that_were_put_there():
    for breaks in (1, 2, 3):
        x, y = made_up(breaks, 40, 0.03, 23)
        found = cc.kinked(x, y)
        assert found.n_breaks == breaks
        assert found.fit is found.comparison.entries[0].fit
        np.testing.assert_allclose(np.log(found.breaks), np.log(EXAMPLES[breaks][2::2]), atol=0.2)
    x = np.geomspace(10, 10_000, 40)
    y = np.exp(6 - 0.3 * np.log(x) + 0.1 * np.random.default_rng(16).normal(size=40))
    found = cc.kinked(x, y)
    assert found.n_breaks == 0
    assert found.breaks == ()
    assert found.fit.curve.name == "wright"
    assert found.learning_rate.value == cc.fit("wright", x, y).learning_rate.value


def test_the_count_includes_the_places_of_breaks():
    x, y = made_up(1, 40, 0.1, 17)
    table = cc.kinked(x, y, max_breaks=2).comparison
    assert {each.name: each.parameters for each in table} == {
        "wright": 3,
        "kinked_1": 5,
        "kinked_2": 7,
    }


def test_what_is_not_tried_is_told():
    x, y = made_up(1, 9, 0.01, 18)
    found = cc.kinked(x, y, criterion="aicc")
    assert sorted(found.left_out) == [4, 5]
    assert "needs 11 points" in found.left_out[4]
    assert "needs 11 points" in found.summary()
    with pytest.raises(cc.DataError, match=r"needs 5 points .* and there are 4"):
        cc.kinked(x[:4], y[:4])
    with pytest.raises(cc.DataError, match="a doubling of experience between breaks"):
        cc.kinked(np.linspace(100, 120, 20), np.linspace(9, 8, 20) ** 2)


def test_the_margin_keeps_breaks_from_the_ends():
    x, y = made_up(1, 30, 0.3, 19)
    for margin in (1.0, 2.0, 4.0):
        found = cc.kinked(x, y, margin=margin)
        for each in found.comparison:
            places = [v for name, v in each.fit.params.items() if name.startswith("break_")]
            assert all(x[0] * margin * (1 - 1e-9) <= at for at in places)
            assert all(at <= x[-1] / margin * (1 + 1e-9) for at in places)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"max_breaks": 6}, "whole number from 1 to 5"),
        ({"max_breaks": 0}, "whole number from 1 to 5"),
        ({"criterion": "r2"}, "no criterion 'r2'"),
        ({"margin": 0.5}, "factor of experience"),
    ],
)
def test_a_wrong_call_is_told(options, told):
    x, y = made_up(1, 20, 0.1, 20)
    with pytest.raises(cc.ArgumentError, match=told):
        cc.kinked(x, y, **options)


def test_gaps_are_left_out_and_lengths_must_agree():
    x, y = made_up(1, 30, 0.05, 21)
    found = cc.kinked(np.append(x, np.nan), np.append(y, 5.0))
    assert found.breaks == pytest.approx(cc.kinked(x, y).breaks, rel=1e-7)
    with pytest.raises(cc.DataError, match="give one series"):
        cc.kinked(x, y[:5])


@pytest.mark.parametrize("count", [8, 12, 20])
def test_what_rounding_leaves_is_no_break(count):
    made = 2.0 ** np.arange(count)
    found = cc.kinked(made, 100 * made**-0.3)
    assert found.n_breaks == 0
    assert found.params["exponent"] == pytest.approx(0.3, rel=1e-12)


@pytest.mark.parametrize("points", [12, 20])
def test_few_points_have_no_break_that_is_not_there(points):
    rng = np.random.default_rng(1)
    made = np.geomspace(1, 2000, points)
    scatter = np.exp(0.05 * rng.normal(size=(40, points)))
    steady = [cc.kinked(made, 100 * made**-0.3 * each).n_breaks for each in scatter]
    assert np.mean(np.array(steady) > 0) <= 0.15
    bent = 100 * made**-0.1 * np.maximum(1, made / 50) ** -0.3
    assert np.mean([cc.kinked(made, bent * each).n_breaks == 1 for each in scatter]) >= 0.85
