# SPDX-License-Identifier: GPL-3.0-or-later
"""The NIST StRD problems as formulas: from both starts, and with no start at all."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import curvecast as cc

_spec = importlib.util.spec_from_file_location("nist", Path(__file__).with_name("nist.py"))
nist = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(nist)

PROBLEMS = sorted(nist.MODELS)
# What the certified values themselves allow: Lanczos1 has residuals of rounding size.
STDERR_DIGITS = {"Lanczos1": 2.5}


def fitted(problem, start=None):
    curve = cc.formula(problem.formula, x=tuple(problem.x))
    return cc.fit(curve, problem.x, problem.y, start=start, on_error="report")


def check(problem, fit):
    """Check parameters and standard errors; the message states the digits reached."""
    names = problem.names(fit.params)
    reached = problem.digits(fit.params, problem.certified, names)
    errors = problem.digits(fit.stderr, problem.stderr, names)
    told = f"{problem.name}: {reached:.1f} digits, standard errors {errors:.1f}"
    assert fit.status.code == "ok", f"{told}; {fit.status.code}"
    assert reached >= 6, told
    assert errors >= STDERR_DIGITS.get(problem.name, 4), told


def test_all_27_problems_are_here():
    assert len(PROBLEMS) == 27
    assert {path.stem for path in nist.FOLDER.glob("*.dat")} == set(PROBLEMS)


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", PROBLEMS)
def test_from_a_certified_start(name, start):
    problem = nist.read(name)
    check(problem, fitted(problem, problem.starts[start]))


@pytest.mark.parametrize("name", PROBLEMS)
def test_without_a_start(name):
    problem = nist.read(name)
    check(problem, fitted(problem))


@pytest.mark.parametrize("name", [name for name in PROBLEMS if name != "Lanczos1"])
def test_residual_sum_of_squares(name):
    problem = nist.read(name)
    assert fitted(problem).objective == pytest.approx(problem.squares, rel=1e-6)


def test_starts_in_the_curve_serve_as_those_in_the_fit():
    problem = nist.read("Misra1a")
    curve = cc.formula(problem.formula, start=problem.starts[0])
    there, here = cc.fit(curve, problem.x, problem.y), fitted(problem, problem.starts[0])
    np.testing.assert_array_equal(there.theta, here.theta)
    assert there.iterations == here.iterations
