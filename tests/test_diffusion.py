# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves of diffusion: published fits, identities between the curves, and what data cannot say."""

from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest

import curvecast as cc
from curvecast import estimate

DATA = Path(__file__).with_name("data") / "diffusion"

# Adoptions by year, from Srinivasan and Mason (1986), Marketing Science 5, 169-178; the durables in
# thousands, the rest in the units of the paper.
PRODUCTS = {
    "room air conditioners": (
        1949,
        [96, 195, 238, 380, 1045, 1230, 1267, 1828, 1586, 1673, 1800, 1580, 1500],
    ),
    "colour television": (1963, [747, 1480, 2646, 5118, 5777, 5982, 5962, 4631]),
    "clothes dryers": (
        1949,
        [106, 319, 492, 635, 737, 890, 1397, 1523, 1294, 1240, 1425, 1260, 1236],
    ),
    "ultrasound": (1965, [5, 3, 2, 5, 7, 12, 6, 16, 16, 28, 28, 21, 13, 6]),
    "mammography": (1965, [2, 2, 2, 3, 4, 9, 7, 16, 23, 24, 15, 6, 5, 1]),
    "foreign language": (
        1952,
        [1.25, 0.77, 0.86, 0.48, 1.34, 3.56, 3.36, 6.24, 5.95, 6.24, 4.89, 0.25],
    ),
    "accelerated program": (
        1952,
        [0.67, 0.48, 2.11, 0.29, 2.59, 2.21, 16.80, 11.04, 14.40, 6.43, 6.15, 1.15],
    ),
}

# p, q, ceiling and residual sum of squares of the same fit by other software; the first three agree
# with the paper's table (.0094 .3748 18713; .0185 .6159 39659; .0136 .3267 16497).
FITS = {
    "room air conditioners": (0.0094420773, 0.37476283, 18712.742, 341468.41),
    "colour television": (0.018466445, 0.61586334, 39658.624, 955792.03),
    "clothes dryers": (0.013596243, 0.32670239, 16497.005, 212777.44),
    "ultrasound": (0.0013178977, 0.62060442, 167.37757, 162.81137),
    "mammography": (0.000410127, 0.86065194, 111.39155, 54.987917),
    "foreign language": (0.001479327, 0.74097348, 35.840894, 9.7684442),
    "accelerated program": (0.00074224969, 0.9282789, 64.428605, 74.650441),
}
ERRORS = {
    "room air conditioners": (0.00204, 0.0402, 1411),
    "colour television": (0.00322, 0.0542, 2267),
    "clothes dryers": (0.00230, 0.0364, 1234),
}

# Bass (1969), Management Science 15, 215-227: p and q of eleven durables.
DURABLES = {
    "electric refrigerators": (0.0026167, 0.21566),
    "home freezers": (0.0181190, 0.17110),
    "black and white television": (0.0278770, 0.25105),
    "water softeners": (0.0177030, 0.29695),
    "room air conditioners": (0.0103990, 0.41861),
    "clothes dryers": (0.0172060, 0.35688),
    "power lawnmowers": (0.0091837, 0.33790),
    "electric bed coverings": (0.0058760, 0.24387),
    "automatic coffee makers": (0.0171350, 0.30145),
    "steam irons": (0.0286320, 0.32791),
    "record players": (0.0247960, 0.65410),
}


def product(name):
    first, sold = PRODUCTS[name]
    return first + np.arange(len(sold)), np.array(sold, dtype=float)


# ---- Bass by period ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRODUCTS)
def test_bass_of_srinivasan_and_mason(name):
    years, sold = product(name)
    fit = cc.fit("bass_adoptions", years, sold)
    p, q, ceiling, squares = FITS[name]
    found = (fit.params["innovation"], fit.params["imitation"], fit.params["ceiling"])
    np.testing.assert_allclose(found, (p, q, ceiling), rtol=1e-6)
    assert fit.objective <= squares * (1 + 1e-8)  # printed to eight digits
    assert fit.params["launch"] == years[0] - 1
    assert fit.params["period"] == 1
    assert fit.notes == ()  # the peak was seen, and so was the ceiling


@pytest.mark.parametrize("name", ERRORS)
def test_standard_errors_of_srinivasan_and_mason(name):
    fit = cc.fit("bass_adoptions", *product(name))
    found = (fit.stderr["innovation"], fit.stderr["imitation"], fit.stderr["ceiling"])
    np.testing.assert_allclose(found, ERRORS[name], rtol=3e-3)


@pytest.mark.parametrize("name", ["ultrasound", "mammography", "foreign language"])
def test_where_bass_own_regression_has_the_wrong_sign(name):
    """Sales on lagged cumulative sales and its square give p < 0 there; least squares does not."""
    years, sold = product(name)
    before = np.cumsum(sold) - sold
    constant, linear, square = np.linalg.lstsq(
        np.column_stack([np.ones(len(sold)), before, before**2]), sold, rcond=None
    )[0]
    ceiling = (-linear - np.sqrt(linear**2 - 4 * constant * square)) / (2 * square)
    assert constant / ceiling < 0
    assert cc.fit("bass_adoptions", years, sold).params["innovation"] > 0


def test_iphones_as_the_r_package_dimora_has_them():
    """Guidolin and others, R package DIMORA: by quarter, and cumulated with other answers."""
    sold = np.genfromtxt(DATA / "iphone.csv", delimiter=",", skip_header=1, usecols=1)
    quarter = np.arange(1.0, len(sold) + 1)
    fit = cc.fit("bass_adoptions", quarter, sold)
    found = (fit.params["ceiling"], fit.params["innovation"], fit.params["imitation"])
    np.testing.assert_allclose(found, (2006.56458, 0.00178189, 0.11165803), rtol=3e-6)
    assert fit.objective == pytest.approx(4039.060013, rel=1e-9)
    cumulated = cc.fit("bass", quarter, np.cumsum(sold))
    assert cumulated.params["ceiling"] < 0.92 * fit.params["ceiling"]
    assert cumulated.stderr["ceiling"] < 0.25 * fit.stderr["ceiling"]
    assert "autocorrelated" in [note.code for note in cumulated.notes]
    assert "autocorrelated" not in [note.code for note in fit.notes]


# Sales from 1979 on, on which Bass curves are shown in R (github.com/agk79/Bass, commit e5f7f246,
# AGK_BASS_MODEL/Bass_2a.r, with its output).
RECORDERS = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]


def test_sales_taken_for_the_rate_at_a_point_of_time():
    """There M f(t) is fitted, the rate at the end of each year, not what the year adds up to."""
    year = np.arange(1.0, 11)
    rate = cc.formula(
        "M * (P+Q)^2/P * exp(-(P+Q)*t) / (1 + Q/P * exp(-(P+Q)*t))^2",
        x="t",
    )
    fit = cc.fit(rate, year, RECORDERS)
    assert [float(f"{fit.params[name]:.3g}") for name in "MPQ"] == [6.80e4, 6.59e-3, 6.38e-1]
    assert [float(f"{fit.stderr[name]:.3g}") for name in "MPQ"] == [3.13e3, 1.43e-3, 4.14e-2]
    assert f"{fit.s:.3g}" == "727"
    period = cc.fit("bass_adoptions", year, RECORDERS)
    assert period.params["ceiling"] == pytest.approx(fit.params["M"], rel=0.01)
    assert period.params["imitation"] == pytest.approx(fit.params["Q"], rel=0.01)
    # half a year of growth lies between the two
    assert period.params["innovation"] / fit.params["P"] == pytest.approx(1.333, abs=1e-3)


def test_the_regression_of_bass_himself():
    """Exercise of a course (github.com/aoyingxue/GitNote, commit 40b4eb28, 2.555A, module 1):
    adoptions on adopters so far and their square, p = a/M, q = -c M, M the larger root."""
    sold = np.array([0.517, 1.169, 1.604, 2.044, 2.286])
    before = np.cumsum(sold) - sold
    fit = cc.fit(cc.formula("a + b*N + c*N^2", x="N"), before, sold)
    a, b, c = (fit.params[name] for name in "abc")
    ceiling = (-b - np.sqrt(b**2 - 4 * a * c)) / (2 * c)
    assert [a / ceiling, -c * ceiling, ceiling] == pytest.approx(
        [0.0626032, 0.73766359, 10.5036768], rel=1e-6
    )


def test_chicken_weights_as_the_r_package_diffusion_has_them():
    """R package diffusion, tsChicken (Jukić and others 2004), Bass on the differences."""
    weight = [0.147, 0.357, 0.641, 0.98, 1.358, 1.758, 2.159, 2.549, 2.915, 3.251, 3.51, 3.74]
    gain = np.diff([*weight, 3.925])
    fit = cc.fit("bass_adoptions", np.arange(1, 13), gain)
    found = (fit.params["ceiling"], fit.params["innovation"], fit.params["imitation"])
    np.testing.assert_allclose(found, (4.32392399, 0.04731654, 0.27578832), rtol=1e-6)
    assert fit.objective == pytest.approx(0.00111526446, rel=1e-8)


@pytest.mark.parametrize("name", DURABLES)
def test_peaks_of_bass_1969(name):
    p, q = DURABLES[name]
    for curve, more in (("bass", []), ("bass_adoptions", [1.0])):
        theta = np.array([1e4, p, q, 1950.0, *more])
        cov = np.zeros((len(theta), len(theta)))
        peak = estimate.derived(cc.curve(curve), theta, cov, np.inf, 0.9)["peak_time"].value
        since = np.linspace(0, 40, 40_001)
        rate = np.diff(cc.curve("bass").ufunc("eval")(1950 + since[None], theta[:4]))
        assert peak - 1950 == pytest.approx(since[np.argmax(rate)], abs=2e-3)
    if name == "room air conditioners":
        assert peak - 1950 == pytest.approx(8.61, abs=0.005)


def test_peak_adoptions_are_the_most_of_any_period():
    fit = cc.fit("bass_adoptions", *product("room air conditioners"))
    most = fit.predict(np.linspace(1950, 1965, 150_001)).max()
    assert fit.peak_adoptions.value == pytest.approx(most, rel=1e-8)
    assert fit.peak_adoptions.low < most < fit.peak_adoptions.high


def test_adoptions_that_only_fall_have_no_peak():
    years = np.arange(2001, 2013)
    # faster at first than an exponential, so that the bound presses
    sold = 40 * np.exp(-0.6 * (years - 2000)) + 10 * np.exp(-0.1 * (years - 2000))
    fit = cc.fit("bass_adoptions", years, sold)
    assert fit.params["imitation"] == 0
    assert "at_bound" in [note.code for note in fit.notes]
    assert np.isnan(fit.peak_time.value)
    assert np.isnan(fit.peak_adoptions.value)


def test_adoptions_add_up_to_the_cumulative_curve():
    theta = {"ceiling": 80, "innovation": 0.01, "imitation": 0.35, "launch": 1999.5}
    quarter = 1999.5 + np.arange(1, 161) / 4
    sold = cc.curve("bass_adoptions").evaluate(quarter, {**theta, "period": 0.25})
    total = cc.curve("bass").evaluate(quarter, theta)
    np.testing.assert_allclose(np.cumsum(sold), total, rtol=1e-13)


def test_no_digits_are_lost_where_nearly_all_have_adopted():
    p, q, since = 0.02, 0.4, 85

    def share(s):
        rest = (-(Decimal(p) + Decimal(q)) * Decimal(s)).exp()
        return (1 - rest) / (1 + Decimal(q) / Decimal(p) * rest)

    with localcontext() as context:
        context.prec = 60
        exact = share(since) - share(since - 1)
    theta = {"ceiling": 1, "innovation": p, "imitation": q, "launch": 0, "period": 1}
    found = cc.curve("bass_adoptions").evaluate([since], theta)[0]
    assert found == pytest.approx(float(exact), rel=1e-13)


def test_a_missing_row_changes_neither_period_nor_launch():
    years, sold = product("room air conditioners")
    kept = years != 1953
    fit = cc.fit("bass_adoptions", years[kept], sold[kept])
    assert (fit.params["launch"], fit.params["period"]) == (1948, 1)
    gap = np.where(kept, sold, np.nan)
    assert cc.fit("bass_adoptions", years, gap).params == fit.params


def test_a_launch_that_is_given_is_kept():
    years, sold = product("room air conditioners")
    fit = cc.fit("bass_adoptions", years, sold, fixed={"launch": 1946})
    assert fit.params["launch"] == 1946
    freed = cc.fit("bass_adoptions", years, sold, fixed={"launch": None})
    assert freed.objective < fit.objective


@pytest.mark.parametrize("count", [7, 8, 9])
def test_a_ceiling_seen_too_early_is_open_and_says_so(count):
    years, sold = product("room air conditioners")
    fit = cc.fit("bass_adoptions", years[:count], sold[:count], on_error="report")
    assert "ceiling_not_identified" in [note.code for note in fit.notes]


def test_exponential_growth_has_no_best_bass_curve():
    """Jukić and Marković (2013): the least-squares fit is a limit that no parameters reach."""
    years = np.arange(2000, 2015)
    sold = 3 * np.exp(0.3 * (years - 2000))
    for curve, y in (("bass_adoptions", sold), ("bass", np.cumsum(sold))):
        fit = cc.fit(curve, years, y, on_error="report")
        codes = [note.code for note in fit.notes]
        assert {"did_not_converge", "ceiling_not_identified"} <= set(codes)
        assert fit.status.code == "no_optimum"
        assert np.isnan(fit.params["ceiling"])
        assert np.isnan(fit.stderr["ceiling"])


def test_sales_are_forecast_past_the_last_year():
    years, sold = product("room air conditioners")
    fc = cc.forecast("bass_adoptions", years, sold, horizon=8)
    fit = cc.fit("bass_adoptions", years, sold)
    assert list(fc.x) == list(range(1962, 1970))
    np.testing.assert_allclose(fc.median, fit.predict(fc.x), rtol=0.1)
    assert (np.diff(fc.median) < 0).all()


# ---- generalised Bass ----------------------------------------------------------------------------

GENERALISED = ("generalised_bass_1", "generalised_bass_2")


def drawn(name, n=31, noise=0.0, seed=1):
    curve = cc.curve(name)
    x = curve.example_points(n)
    truth = dict(zip(curve.param_names, curve.example, strict=True))
    y = curve.evaluate(x, truth)
    return x, y + noise * np.ptp(y) * np.random.default_rng(seed).normal(size=n), truth


@pytest.mark.parametrize("name", GENERALISED)
def test_with_constant_regressors_it_is_bass(name):
    curve = cc.curve(name)
    x, _, truth = drawn(name)
    plain = {each: truth[each] for each in cc.curve("bass_adoptions").param_names}
    for each in curve.regressors[1:]:
        x[each] = np.full(31, 7.0)
        truth[f"{each}_at_launch"] = 7.0
    expected = cc.curve("bass_adoptions").evaluate(x["time"], plain)
    np.testing.assert_allclose(curve.evaluate(x, truth), expected, rtol=1e-12)


@pytest.mark.parametrize("name", GENERALISED)
def test_it_is_the_bass_curve_at_the_mapped_time(name):
    curve = cc.curve(name)
    x, y, truth = drawn(name)
    mapped = x["time"] - truth["launch"]
    for each in curve.regressors[1:]:
        mapped = mapped + truth[f"{each}_effect"] * np.log(x[each] / truth[f"{each}_at_launch"])
    whole = {**{each: truth[each] for each in ("ceiling", "innovation", "imitation")}, "launch": 0}
    share = cc.curve("bass").evaluate(mapped, whole)
    np.testing.assert_allclose(y[1:], np.diff(share), rtol=1e-10)


@pytest.mark.parametrize("name", GENERALISED)
def test_it_finds_its_own_parameters(name):
    x, y, truth = drawn(name)
    fit = cc.fit(name, x, y, fixed={"launch": truth["launch"]})
    for each, value in fit.params.items():
        assert value == pytest.approx(truth[each], rel=1e-5), each


@pytest.mark.parametrize("name", GENERALISED)
def test_the_order_of_rows_and_rows_without_sales_do_not_matter(name):
    x, y, _ = drawn(name, noise=0.03)
    fit = cc.fit(name, x, y)
    order = np.random.default_rng(2).permutation(31)
    mixed = cc.fit(name, {each: column[order] for each, column in x.items()}, y[order])
    gap = np.where(np.arange(31) == 12, np.nan, y)
    left = cc.fit(name, x, y, weights=np.isfinite(gap).astype(float))
    missing = cc.fit(name, x, gap)
    for each, error in fit.stderr.items():
        assert mixed.params[each] == pytest.approx(fit.params[each], abs=1e-6 * error, rel=1e-14)
        assert missing.params[each] == pytest.approx(left.params[each], abs=1e-6 * error, rel=1e-14)


@pytest.mark.parametrize("name", GENERALISED)
def test_what_comes_next_knows_the_price_before(name):
    x, y, _ = drawn(name, noise=0.03)
    seen = {each: column[:20] for each, column in x.items()}
    ahead = {each: column[20:] for each, column in x.items()}
    fit = cc.fit(name, seen, y[:20])
    whole = cc.curve(name).evaluate(x, fit.params)
    np.testing.assert_allclose(fit.predict(ahead), whole[20:], rtol=1e-12)
    fc = fit.forecast(ahead, paths=50)
    assert list(fc.x) == list(ahead["time"])
    assert not fc.counts_rows
    np.testing.assert_allclose(fc.median, whole[20:], atol=0.05 * np.ptp(whole))


def test_a_price_that_falls_steadily_is_not_told_from_faster_diffusion():
    years = np.arange(2000, 2031)
    price = 30 * np.exp(-0.05 * (years - 2000))
    theta = {"ceiling": 80, "innovation": 0.008, "imitation": 0.3, "launch": 1999, "period": 1}
    sold = cc.curve("bass_adoptions").evaluate(years, theta)
    sold = sold + 0.05 * np.random.default_rng(4).normal(size=31)
    fit = cc.fit("generalised_bass_1", {"time": years, "price": price}, sold, on_error="report")
    assert {"not_identified", "collinear"} & {note.code for note in fit.notes}


# ---- generations ---------------------------------------------------------------------------------


def ibm():
    """Return users of four generations, stacked; what lies before a generation is missing."""
    table = np.genfromtxt(DATA / "ibm_generations.csv", delimiter=",", skip_header=1)
    begun = np.cumsum(table, axis=0) > 0
    users = {f"SIU{g + 1}": np.where(begun, table, np.nan)[:, g] for g in range(4)}
    return cc.stack(users, np.arange(1.0, 25), group="generation")


@pytest.mark.parametrize("count", [2, 3, 4])
def test_all_generations_together_are_a_sum_of_bass_curves(count):
    """Users that leave a generation enter the next, so the sum of all is that of all F_g M_g."""
    curve = cc.curve(f"norton_bass_{count}")
    truth = dict(zip(curve.param_names, curve.example, strict=True))
    time = np.linspace(1995, 2035, 33)
    x, _ = cc.stack({str(g): time for g in range(count)}, time, group="generation")
    total = curve.evaluate(x, truth).reshape(count, -1).sum(axis=0)
    common = {each: truth[each] for each in ("innovation", "imitation")}
    expected = sum(
        cc.curve("bass").evaluate(
            time, {**common, "ceiling": truth[f"potential_{g}"], "launch": truth[f"launch_{g}"]}
        )
        for g in range(1, count + 1)
    )
    np.testing.assert_allclose(total, expected, rtol=1e-12)


@pytest.mark.parametrize("launches", [(0.0, 5.0, 10.0, 15.0), (9.0, 4.0, 12.0, 1.0)])
def test_generations_may_be_launched_in_any_order(launches):
    curve = cc.curve("norton_bass_4")
    years = np.linspace(-3, 40, 44)
    x, _ = cc.stack({str(g): years for g in range(4)}, years, group="generation")
    potentials = (40.0, 60.0, 30.0, 50.0)
    theta = dict(zip(curve.param_names, (0.01, 0.45, *potentials, *launches), strict=True))
    found = curve.evaluate(x, theta).reshape(4, -1)
    since = np.maximum(years - np.array(launches)[:, np.newaxis], 0)
    share = -np.expm1(-0.46 * since) / (1 + 45 * np.exp(-0.46 * since))
    users = np.zeros_like(years)
    for g in range(4):
        users = share[g] * (potentials[g] + users)
        stays = 1 - share[g + 1] if g < 3 else 1.0
        np.testing.assert_allclose(found[g], users * stays, rtol=1e-12, atol=1e-13)


def test_no_start_beats_the_fit_to_generations_of_ibm():
    x, y = ibm()
    fit = cc.fit("norton_bass_4", x, y)
    assert fit.status.ok
    assert fit.n_used == 66
    assert [fit.params[f"launch_{g}"] for g in range(1, 5)] == [0, 5, 10, 15]
    rng = np.random.default_rng(3)
    tries = 200
    start = {
        name: fit.params[name] * np.exp(rng.normal(size=tries))
        for name in fit.curve.param_names
        if not name.startswith("launch")
    }
    others = cc.fit("norton_bass_4", x, np.tile(y, (tries, 1)), start=start)
    assert np.nanmin(others.objective) >= fit.objective * (1 - 1e-9)
    assert np.mean(others.objective < fit.objective * (1 + 1e-9)) > 0.5


def test_launches_wait_for_users():
    x, y = ibm()
    shifted = np.where(np.isnan(y), 0.0, y)
    fit = cc.fit("norton_bass_4", x, shifted)
    assert [fit.params[f"launch_{g}"] for g in range(1, 5)] == [0, 5, 10, 15]


def yearly(name, noise, rows):
    """Return a draw of a row a year for each generation, and launches; rows: from when on."""
    curve = cc.curve(name)
    truth = dict(zip(curve.param_names, curve.example, strict=True))
    launches = [value for each, value in truth.items() if each.startswith("launch")]
    years = np.arange(2000.0, 2031)
    x, _ = cc.stack({str(g): years for g in range(len(launches))}, years, group="generation")
    live = x["time"] > np.array(launches)[x["generation"].astype(int) - 1]
    clean = curve.evaluate(x, truth)
    errors = noise * np.ptp(clean) * np.random.default_rng(8).standard_normal((20, len(clean)))
    if rows == "from the launch on":
        x = {each: column[live] for each, column in x.items()}
        return x, clean[live] + errors[:, live], launches
    return x, clean + np.where(live | (rows == "zeros with errors"), errors, 0), launches


@pytest.mark.parametrize("users", [0, np.nan])
def test_a_generation_without_users_is_still_to_come(users):
    x, y, _ = yearly("norton_bass_3", 0.01, "zeros")
    y = np.where(x["generation"] == 3, users, y[0])
    two = x["generation"] < 3
    fit = cc.fit("norton_bass_3", x, y)
    assert fit.params["launch_3"] == x["time"].max()
    assert "ceiling_not_identified" in {note.code for note in fit.notes}
    alone = cc.fit("norton_bass_2", {name: column[two] for name, column in x.items()}, y[two])
    for each in ("innovation", "imitation", "potential_1", "potential_2"):
        assert fit.params[each] == pytest.approx(alone.params[each], rel=1e-6)


@pytest.mark.parametrize("rows", ["from the launch on", "zeros"])
@pytest.mark.parametrize("name", ["norton_bass_2", "norton_bass_4"])
def test_errors_below_0_do_not_put_a_launch_off(name, rows):
    x, y, launches = yearly(name, 0.03, rows)
    assert (y < 0).any(axis=1).all()
    fits = cc.fit(name, x, y)
    for g, launch in enumerate(launches, start=1):
        assert (fits.params[f"launch_{g}"] == launch).all()
    assert (fits.status == 0).all()


def test_a_generation_does_not_begin_with_errors_about_0():
    x, y, launches = yearly("norton_bass_2", 0.01, "zeros with errors")
    found = cc.fit("norton_bass_2", x, y).params["launch_2"]
    assert np.abs(found - launches[1]).max() <= 5
    assert np.abs(found - launches[1]).mean() <= 1.5


def test_one_generation_is_forecast_along_time():
    x, y = ibm()
    fit = cc.fit("norton_bass_4", x, y)
    years = np.arange(25.0, 29)
    fc = fit.forecast({"time": years, "generation": np.full(4, 4)}, paths=50)
    assert list(fc.x) == list(years)
    assert fc.origin == 24
    assert list(fc.history[0][-3:]) == [22, 23, 24]
    assert fc.crossing(30_000).reached == 21
    stacked, _ = cc.stack({str(g): years for g in range(4)}, years, group="generation")
    together = fit.forecast(stacked, paths=50)
    assert together.counts_rows
    np.testing.assert_allclose(together.median[-4:], fc.median, rtol=1e-12)
    with pytest.raises(cc.ArgumentError, match="one technology or generation at a time"):
        together.crossing(30_000)


def test_steps_say_nothing_of_generations():
    x, y = ibm()
    with pytest.raises(cc.ArgumentError, match="x_future=, the time, generation"):
        cc.forecast("norton_bass_4", x, y, horizon=3)


def test_a_generation_that_there_is_not():
    x, y = ibm()
    with pytest.raises(cc.CurvecastError, match="generation is 4"):
        cc.fit("norton_bass_3", x, y)
