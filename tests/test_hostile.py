# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile data: thousands of series for each curve, in one call, end in time and without a word."""

import time
import warnings

import numpy as np
import pytest

import curvecast as cc

POINTS, KINDS = 12, 16
FIRST = ("exponential", "wright", "logistic", "gompertz", "richards", "bass", "weibull")
SERIES = dict.fromkeys((*FIRST, "power_floor", "chinchilla"), 10_000)
GROUPS = ("technology", "generation")


def hostile(rng, kind, n):
    """Return one series (or n points of anything) of a kind."""
    base = np.exp(rng.normal(0, 1, n))
    match kind:
        case 0:
            return np.where(rng.random(n) < 0.3, np.inf * rng.choice([-1, 1], n), base)
        case 1:
            return base * 1e300
        case 2:
            return base * 5e-324 * rng.integers(0, 1000, n)
        case 3:
            return np.full(n, base[0])
        case 4:
            return np.full(n, np.nan)
        case 5:
            return base * (-1.0) ** np.arange(n)
        case 6:
            return np.where(np.arange(n) < rng.integers(0, 7), base, np.nan)
        case 7:
            return np.zeros(n)
        case 8:
            return np.exp(rng.normal(0, 200, n))
        case 9:
            return rng.choice([-1e308, 1e308, 0.0, 1.0], n)
        case 10:
            return np.cumsum(rng.standard_cauchy(n))
        case 11:
            return np.where(np.arange(n) < n // 2, 0.0, base[0])
        case 12:
            return -base
        case 13:
            return base[0] + 1e-15 * rng.standard_normal(n)
        case 14:
            return np.exp(rng.uniform(-3, 3) * np.arange(n))
        case _:
            return base


def axis(rng, name, n):
    """Return points of a regressor, not all of them of any use."""
    steps = np.sort(rng.uniform(0, 30, n)) + 1
    kind = rng.integers(0, 20)
    if name in GROUPS and kind > 3:
        return np.arange(n) % 3 + 1.0
    match kind:
        case 0:
            return np.full(n, 3.0)
        case 1:
            return np.repeat(steps[: n // 2], 2)[:n]
        case 2:
            return steps * 1e300
        case 3:
            return steps * 1e-300
        case 4:
            return -steps
        case 5:
            return np.where(rng.random(n) < 0.3, np.nan, steps)
        case 6:
            return rng.permutation(steps)
        case 7:
            return 2000 + np.arange(n) * 1e-9
        case _:
            return steps


@pytest.mark.parametrize("name", [each.name for each in cc.curves()])
def test_thousands_of_hostile_series(name):
    rng = np.random.default_rng(20)
    curve, series = cc.curve(name), SERIES.get(name, 1_000)
    y = np.array([hostile(rng, k % KINDS, POINTS) for k in range(series)])
    x = {
        each: np.array([axis(rng, each, POINTS) for _ in range(series)])
        for each in curve.regressors
    }
    kept, seen = y.copy(), {each: values.copy() for each, values in x.items()}
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        begun = time.process_time()
        fits = cc.fit(name, x if len(x) > 1 else x[curve.regressors[0]], y)
        spent = time.process_time() - begun
    assert np.array_equal(y, kept, equal_nan=True)
    assert all(np.array_equal(x[each], seen[each], equal_nan=True) for each in x)
    assert spent < 0.02 * series, "the work on a series has a bound"
    done = fits.status >= 0
    assert 0 < done.sum() < series
    assert np.isfinite(fits.theta[done]).all() and np.isnan(fits.theta[~done]).all()
    variance = np.diagonal(fits.cov, axis1=1, axis2=2)[done]
    assert not np.isinf(variance).any() and not (variance < 0).any()
    found = fits.theta[done]
    for j, each in enumerate(curve.params):
        assert (found[:, j] >= each.lower).all() and (found[:, j] <= each.upper).all()
    # every doubt is said: a fit without a standard error carries a note or a status
    free = ~curve.held
    bare = np.isnan(variance[:, free]).any(axis=1)
    told = (fits.note_bits[done] != 0) | (fits.status[done] != 0) | (fits.df[done] == 0)
    assert told[bare].all()
