# SPDX-License-Identifier: GPL-3.0-or-later
"""`Fit.bootstrap`: reproducible, honest about what failed, and right where the answer is known."""

import _thread
import csv
import threading
import time as clock
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import curvecast as cc

TIME = np.linspace(0, 28, 30)
KINDS = ["pairs", "residual", "block", "parametric", "predictive"]


@pytest.fixture
def adoption():
    rng = np.random.default_rng(5)
    return 12 / (1 + np.exp(-0.45 * (TIME - 14))) + 0.3 * rng.standard_normal(30)


@pytest.fixture
def fit(adoption):
    return cc.fit("logistic", TIME, adoption)


@pytest.fixture
def line():
    rng = np.random.default_rng(2)
    x = 3 * 1.3 ** np.arange(40.0)
    return cc.fit("wright", x, 100 * x**-0.3 * np.exp(0.2 * rng.standard_normal(40)))


# ---- reproducible ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_alone_decides(fit, kind):
    once = fit.bootstrap(kind=kind, replicates=501, seed=3)
    for other in (
        fit.bootstrap(kind=kind, replicates=501, seed=3),
        fit.bootstrap(kind=kind, replicates=501, seed=3, threads=2),
        fit.bootstrap(kind=kind, replicates=700, seed=3, threads=3),
    ):
        np.testing.assert_array_equal(other.thetas[:501], once.thetas)
        np.testing.assert_array_equal(other.status[:501], once.status)
    assert not np.array_equal(fit.bootstrap(kind=kind, replicates=501, seed=4).thetas, once.thetas)
    assert (once.kind, once.seed, len(once)) == (kind, 3, 501)


def test_a_table_draws_what_its_series_draw(adoption):
    curve = cc.curve("logistic")
    table = np.array([adoption, 2 * adoption, np.full(30, np.nan)])
    fits = cc.fit("logistic", TIME, table)
    nothing, seeds = np.full(3, np.nan), np.arange(10)
    inputs = (TIME[np.newaxis], table, np.ones(30), fits.theta, *[nothing] * 4, np.full(8, np.nan))
    thetas, status = curve.ufunc("bootstrap")(*inputs, 1, seeds)
    assert thetas.shape == (3, 10, 3)
    alone, _ = curve.ufunc("bootstrap")(
        TIME[np.newaxis],
        table[1],
        np.ones(30),
        fits.theta[1],
        *[nothing] * 4,
        np.full(8, np.nan),
        1,
        seeds,
    )
    np.testing.assert_array_equal(thetas[1], alone)
    assert np.isnan(thetas[2]).all()
    assert (status[2] < 0).all()


def test_an_interruption_is_heard(fit):
    timer = threading.Timer(0.2, _thread.interrupt_main)
    for threads in (1, 2):
        timer = threading.Timer(0.2, _thread.interrupt_main)
        timer.start()
        start = clock.monotonic()
        with pytest.raises(KeyboardInterrupt):
            fit.bootstrap(replicates=5_000_000, threads=threads)
        assert clock.monotonic() - start < 5
        timer.join()


# ---- right -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "slack"),
    [("residual", 0.06), ("parametric", 0.06), ("pairs", 0.25), ("block", 0.35)],
)
def test_standard_errors_of_a_line(line, kind, slack):
    spread = line.bootstrap(kind=kind, replicates=3000).stderr["exponent"]
    assert spread == pytest.approx(line.stderr["exponent"], rel=slack)


def test_predictive_draws_give_the_t_interval(line):
    """Where a curve is linear, refits to errors of uncertain size follow Student's t exactly."""
    drawn = line.bootstrap(kind="predictive", replicates=20_000).interval("exponent", 0.9)
    low, high = line.interval("exponent", 0.9)
    assert drawn.high - drawn.low == pytest.approx(high - low, rel=0.03)
    assert drawn.low == pytest.approx(low, abs=0.05 * (high - low))


def test_bca_is_efrons_formula(fit, adoption):
    """Efron (1987): quantiles moved by the bias z0 and the acceleration a of the jackknife."""
    drawn = fit.bootstrap(replicates=1000)
    values, own = drawn.values("ceiling"), fit.params["ceiling"]
    weights = 1 - np.eye(30)
    without = cc.fit("logistic", TIME, np.tile(adoption, (30, 1)), weights=weights).params[
        "ceiling"
    ]
    off = without.mean() - without
    bias, z = stats.norm.ppf(np.mean(values < own)), stats.norm.ppf([0.05, 0.95])
    skew = np.sum(off**3) / (6 * np.sum(off**2) ** 1.5)
    shares = stats.norm.cdf(bias + (bias + z) / (1 - skew * (bias + z)))
    found = drawn.interval("ceiling", method="bca")
    assert tuple(found) == pytest.approx(tuple(np.quantile(values, shares)), rel=1e-6)
    assert tuple(found) != tuple(drawn.interval("ceiling"))


def test_derived_quantities_are_taken_replicate_by_replicate(line):
    drawn = line.bootstrap(replicates=400)
    rates = drawn.values("learning_rate")
    np.testing.assert_allclose(rates, 1 - 2 ** -drawn.values("exponent"), rtol=1e-12)
    low, high = drawn.interval("learning_rate", 0.8)
    assert (low, high) == tuple(np.quantile(rates, [0.1, 0.9]))
    assert line.interval("learning_rate", method="bootstrap").method == "bootstrap"


def test_held_and_bounded_parameters_stay_where_they_must(adoption):
    fit = cc.fit("logistic", TIME, adoption, fixed={"midpoint": 14}, bounds={"ceiling": (None, 12)})
    for kind in KINDS:
        drawn = fit.bootstrap(kind=kind, replicates=200)
        assert (drawn.values("midpoint") == 14).all()
        assert (drawn.values("ceiling") <= 12).all()
        assert drawn.stderr["midpoint"] == 0
        assert drawn.stderr["rate"] > 0


def test_weights_and_missing_points(adoption):
    missing = adoption.copy()
    missing[[2, 9]] = np.nan
    weights = np.linspace(1, 9, 30)
    fit = cc.fit("logistic", TIME, missing, weights=weights)
    drawn = fit.bootstrap(replicates=2000)
    assert drawn.failed == 0
    assert drawn.stderr["rate"] == pytest.approx(fit.stderr["rate"], rel=0.1)


def test_binomial_fits_draw_counts(adoption):
    share = 1 / (1 + np.exp(-0.45 * (TIME - 14)))
    trials = np.full(30, 400.0)
    y = np.random.default_rng(0).binomial(400, share) / 400
    fit = cc.fit("logistic", TIME, y, weights=trials, error_model="binomial", fixed={"ceiling": 1})
    drawn = fit.bootstrap(replicates=1000)
    assert drawn.kind == "parametric"
    assert drawn.stderr["rate"] == pytest.approx(fit.stderr["rate"], rel=0.15)
    with pytest.raises(cc.ArgumentError, match="binomial fit has no residuals"):
        fit.bootstrap(kind="residual")


# ---- honest ------------------------------------------------------------------------------------


def test_replicates_that_fail_are_counted(fit):
    small = cc.fit("logistic", TIME[::8], [0.1, 1.0, 9.0, 12.1])
    drawn = small.bootstrap(kind="pairs", replicates=400)
    share = float(np.mean(drawn.status < 0))
    assert drawn.failed == share > 0.1
    assert np.isnan(drawn.thetas[drawn.status < 0]).all()
    assert np.isfinite(drawn.thetas[drawn.status >= 0]).all()
    assert drawn.notes[0].code in ("refits_failed", "most_refits_failed")
    assert f"{int(np.sum(drawn.status < 0))} of 400" in drawn.notes[0].sentence
    assert drawn.interval("rate").notes == drawn.notes
    assert f"{100 * share:.3g} % gave no result" in drawn.summary()


def test_no_interval_where_most_replicates_failed(fit):
    from dataclasses import replace

    drawn = fit.bootstrap(replicates=100)
    thetas, status = drawn.thetas.copy(), drawn.status.copy()
    thetas[:60], status[:60] = np.nan, -7
    found = replace(drawn, thetas=thetas, status=status).interval("rate")
    assert np.isnan(found).all()
    assert found.notes[0].code == "most_refits_failed"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "jackknife"}, "bootstrap kind 'jackknife'"),
        ({"replicates": 0}, "replicates is 0"),
        ({"replicates": True}, "replicates is True"),
        ({"threads": 0}, "threads is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 0.5}, "seed is 0.5"),
    ],
)
def test_wrong_calls_are_refused(fit, options, message):
    with pytest.raises(cc.ArgumentError, match=message):
        fit.bootstrap(**options)


def test_nothing_to_draw_is_refused(fit):
    full = cc.fit("logistic", TIME[::10], [0.5, 4.0, 11.0])
    with pytest.raises(cc.ArgumentError, match="no scatter"):
        full.bootstrap()
    with pytest.raises(cc.ArgumentError, match=r"nothing called 'celing'.*ceiling"):
        fit.bootstrap(replicates=4).values("celing")
    with pytest.raises(cc.ArgumentError, match="bootstrap interval 'magic'"):
        fit.bootstrap(replicates=4).interval("rate", method="magic")
    failed = cc.fit("logistic", TIME, np.full(30, np.nan), on_error="report")
    with pytest.raises(cc.FitError, match="no fit to draw from"):
        failed.bootstrap()


# ---- published ---------------------------------------------------------------------------------

CHINCHILLA = Path(__file__).parent / "data" / "chinchilla" / "chinchilla_tidy.csv"


def test_chinchilla_standard_errors():
    """Besiroglu et al. (2024), arXiv:2404.10102: standard errors from 4000 resamples of 240 rows.

    They belong to the published point, a Huber likelihood with its scale fitted, which is close to
    least absolute deviations. Huber's loss with delta 1e-3 has its minimum less than a fifth of a
    standard error away and reproduces them; B is skewed, so its standard deviation varies more
    from one set of resamples to the next.
    """
    with CHINCHILLA.open() as file:
        rows = [row for row in csv.DictReader(file) if row["dropped_by_epoch"] == "0"]
    size, data, loss = (
        np.array([float(row[name]) for row in rows]) for name in ("N_params", "D_tokens", "loss")
    )
    fit = cc.fit("chinchilla", {"N": size, "D": data}, loss, loss="huber", loss_scale=1e-3)
    assert fit.objective <= 0.00101827401781 * (1 + 1e-9)
    drawn = fit.bootstrap(replicates=4000, threads=2)
    assert drawn.kind == "pairs"
    assert drawn.failed == 0
    published = {"E": 0.02566, "A": 124.522, "alpha": 0.01540, "beta": 0.02060}
    for name, stderr in published.items():
        assert drawn.stderr[name] == pytest.approx(stderr, rel=0.06), name
    assert drawn.stderr["B"] == pytest.approx(1293.284, rel=0.15)
    assert drawn.stderr["size_exponent"] == pytest.approx(0.020, abs=0.0015)
