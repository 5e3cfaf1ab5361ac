# SPDX-License-Identifier: GPL-3.0-or-later
"""Robust losses: a scale that the answer agrees with, standard errors that resampled rows give."""

import csv
from pathlib import Path

import numpy as np
import pytest

import curvecast as cc
from curvecast.estimate import t_quantile

LOSSES = ("huber", "soft_l1", "cauchy")
TUNING = {"huber": 1.345, "soft_l1": 1.2871, "cauchy": 2.3849}
OWN_LOGISTIC = cc.formula("K/(1 + exp(-k*(t - t0)))", "t")
TIMES = np.linspace(0, 20, 30)


def logistic(x):
    return 100 / (1 + np.exp(-0.5 * (x - 10)))


def outlying(seed, n=TIMES.size):
    """Return normal errors of 2, one in ten of them five times as large."""
    rng = np.random.default_rng(seed)
    return 2 * rng.standard_normal(n) * np.where(rng.random(n) < 0.1, 5, 1)


def spread(residuals, free):
    """Return the standard deviation that the median says, the smallest residuals left out."""
    return 1.4826 * np.median(np.sort(np.abs(residuals))[free:])


@pytest.mark.parametrize("loss", LOSSES)
def test_the_scale_is_that_of_the_residuals_that_it_leads_to(loss):
    y = logistic(TIMES) + outlying(1)
    fit = cc.fit("logistic", TIMES, y, loss=loss)
    scale = TUNING[loss] * spread(y - fit.predict(TIMES), 3)
    again = cc.fit("logistic", TIMES, y, loss=loss, loss_scale=scale)
    for name, stderr in fit.stderr.items():
        assert abs(again.params[name] - fit.params[name]) < 1e-6 * stderr


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("seed", range(5))
def test_a_formula_and_the_built_in_curve_agree(loss, seed):
    y = logistic(TIMES) + outlying(seed)
    built_in = cc.fit("logistic", TIMES, y, loss=loss)
    own = cc.fit(OWN_LOGISTIC, TIMES, y, loss=loss)
    stderr = np.sqrt(np.diag(built_in.cov))
    assert np.abs(own.theta - built_in.theta).max() < 1e-6 * stderr.min()
    assert own.cov == pytest.approx(built_in.cov, rel=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scale", [None, 1.0])
def test_the_covariance_is_hc3_of_the_influences(loss, scale):
    y = logistic(TIMES) + outlying(2)
    fit = cc.fit("logistic", TIMES, y, loss=loss, loss_scale=scale)
    assert fit.cov == pytest.approx(fit.cov_sandwich("hc3"), rel=1e-9)
    table = cc.fit("logistic", TIMES, np.array([y, y[::-1], y]), loss=loss, loss_scale=scale)
    assert (table.cov[[0, 2]] == fit.cov).all()


def test_the_covariance_is_written_out():
    """Huber's loss by hand: slopes, influences and leverages of the points of a line."""
    rng = np.random.default_rng(4)
    x, line = np.arange(40.0), cc.formula("a + b*x")
    y = 1 + 2 * x + rng.standard_t(3, 40)
    fit = cc.fit(line, x, y, loss="huber", loss_scale=3.0)
    design, off = np.stack([np.ones(40), x], axis=1), y - fit.predict(x)
    inside, influence = np.abs(off) <= 3.0, np.clip(off, -3.0, 3.0)
    bread = np.linalg.inv(design.T @ (inside[:, np.newaxis] * design))
    leverage = inside * np.einsum("ij,jk,ik->i", design, bread, design)
    scores = design * (influence / (1 - leverage))[:, np.newaxis]
    assert 0 < (~inside).sum() < 20
    assert fit.cov == pytest.approx(bread @ scores.T @ scores @ bread, rel=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("outliers", [False, True], ids=["normal", "outliers"])
@pytest.mark.parametrize("n", [20, 60])
def test_intervals_hold_what_they_say(loss, outliers, n):
    """Of 90 % intervals, with the binomial error of 1,500 trials on either side."""
    rng = np.random.default_rng(n)
    x, truth = np.linspace(0, 20, n), np.array([100, 0.5, 10])
    errors = 2 * rng.standard_normal((500, n))
    if outliers:
        errors *= np.where(rng.random((500, n)) < 0.1, 5, 1)
    fits = cc.fit("logistic", x, logistic(x) + errors, loss=loss)
    stderr = np.sqrt(np.diagonal(fits.cov, axis1=1, axis2=2))
    inside = np.abs(fits.theta - truth) < t_quantile(0.95, n - 3) * stderr
    assert 0.86 < inside.mean() < 0.94


@pytest.mark.parametrize("loss", LOSSES)
def test_standard_errors_are_those_of_resampled_rows(loss):
    x = np.linspace(0, 20, 100)
    y = logistic(x) + outlying(5, 100)
    fit = cc.fit("logistic", x, y, loss=loss)
    again = fit.bootstrap(kind="pairs", replicates=1000)
    low, high = np.quantile(again.thetas, [0.16, 0.84], axis=0)
    assert np.sqrt(np.diag(fit.cov)) == pytest.approx((high - low) / 2, rel=0.2)


def test_exact_data_have_a_scale_all_the_same():
    """More than half of the residuals are rounding: no division by zero, and the curve is found."""
    y = logistic(TIMES)
    for loss in LOSSES:
        exact = cc.fit("logistic", TIMES, y, loss=loss)
        assert exact.params["ceiling"] == pytest.approx(100, rel=1e-9)
        assert np.isfinite(exact.cov).all()
        one_off = y.copy()
        one_off[12] += 30
        fit = cc.fit("logistic", TIMES, one_off, loss=loss)
        assert fit.params["ceiling"] == pytest.approx(100, rel=1e-6)
        assert np.isfinite(fit.diagnostics().residuals).all()
        assert np.isfinite(fit.cov_sandwich("hc0")).all()


def test_chinchilla_standard_errors():
    """Besiroglu, Erdil, Barnett and You (2024): standard deviations over 4,000 resampled rows.

    Of B and beta these are those of a skewed distribution, which no covariance at the optimum
    knows of: that of beta comes out a quarter too small. `bootstrap` gives both.
    """
    path = Path(__file__).parent / "data" / "chinchilla" / "chinchilla_tidy.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["dropped_by_epoch"] == "0"]
    names = ("N_params", "D_tokens", "loss")
    size, data, loss = (np.array([float(row[name]) for row in rows]) for name in names)
    fit = cc.fit("chinchilla", {"N": size, "D": data}, loss, loss="huber", loss_scale=1e-3)
    published = {"E": 0.02566, "A": 124.522, "alpha": 0.0154}
    for name, stderr in published.items():
        assert fit.stderr[name] == pytest.approx(stderr, rel=0.12)
    assert fit.stderr["beta"] == pytest.approx(0.0206, rel=0.3)
    assert 500 < fit.stderr["B"] < 1293.284
