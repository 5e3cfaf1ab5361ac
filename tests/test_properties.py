# SPDX-License-Identifier: GPL-3.0-or-later
"""Every curve of the registry, on data drawn from its own example: what must hold whatever it is.

The sizes suit a test; ``python -m tests.properties`` measures the same at full size.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import curvecast as cc

_spec = importlib.util.spec_from_file_location(
    "properties", Path(__file__).with_name("properties.py")
)
properties = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(properties)

CURVES = cc.curves()
EACH = pytest.mark.parametrize("curve", CURVES, ids=[each.name for each in CURVES])
DRAWS = 200

# What falls short, and how far: a test that then passes fails, so that this list is kept true.
SHORT = {
    ("starts", "broken_3"): "1 of 20 draws misses a minimum that 2 of 100 random starts lead to",
}


def each(what):
    """Run a test on every curve; on those that fall short of it, it must fail."""
    params = []
    for curve in CURVES:
        reason = SHORT.get((what, curve.name))
        marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
        params.append(pytest.param(curve, id=curve.name, marks=marks))
    return pytest.mark.parametrize("curve", params)


def slack(count):
    """Return how far a share of nine tenths of so many draws strays: four standard deviations."""
    return 4 * np.sqrt(0.09 / count)


@EACH
def test_an_example_is_a_case_in_point(curve):
    for n in (2, *properties.sizes(curve)):
        x = curve.example_points(n)
        y = curve.evaluate(x, dict(zip(curve.param_names, curve.example, strict=True)))
        assert y.shape == (n,)
        assert np.isfinite(y).all()
        assert curve.error_model == "additive" or (y > 0).all()
        for column, positive in zip(x.values(), curve.positive, strict=True):
            assert not positive or (column > 0).all()
    for each, value in zip(curve.params, curve.example, strict=True):
        assert each.lower <= value <= each.upper


@each("units")
def test_units_order_splitting_and_lanes_do_not_matter(curve):
    assert properties.differences(curve) == []


@EACH
def test_intervals_hold_where_points_are_plenty(curve):
    plenty, _ = properties.sizes(curve)
    for each in properties.coverage(curve, plenty, 0.03, DRAWS, "wald"):
        assert each.open <= 0.1 + slack(DRAWS), each
        strays = slack(each.silent)
        assert properties.LOWEST - strays <= each.holds <= properties.HIGHEST + strays, each


@EACH
def test_intervals_of_record_hold_where_points_are_few(curve):
    _, few = properties.sizes(curve)
    for each in properties.coverage(curve, few, 0.03, 40):
        assert each.holds >= properties.LOWEST - slack(each.silent), each


@pytest.mark.parametrize(
    ("name", "noise", "wald"),
    [("m4", 0.1, {"e_0": 0.72}), ("kinked_1", 0.3, {"break_1": 0.76})],
)
def test_intervals_of_record_hold_where_those_of_wald_do_not(name, noise, wald):
    """All draws count, whatever their notes say; `wald` is what Wald intervals hold in."""
    curve = cc.curve(name)
    for cell in properties.coverage(curve, 40, noise, DRAWS):
        assert cell.holds >= properties.LOWEST - slack(cell.silent) / 2, cell
        assert cell.holds > wald.get(cell.parameter, 0) + 0.05, cell


@each("starts")
def test_starts_are_found_without_help(curve):
    for n in properties.sizes(curve):
        found = properties.starts_found(curve, n, 0.03, 20, 100)
        assert found.best == 1, f"{n} points: {found}"


@EACH
def test_hostile_series_do_no_harm(curve):
    found = properties.hostile(curve, 500, tries=10)
    assert found.results > 0
    assert found.faults == []


def test_the_same_at_the_command_line():
    command = [sys.executable, "-W", "error", "-m", "tests.properties", "wright"]
    done = subprocess.run(
        [*command, "--draws", "20", "--fits", "5", "--hostile", "60"],
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    for part in ("auto", "wald", "starts", "hostile"):
        assert part in done.stdout


# ---- the harness itself finds what it looks for --------------------------------------------------


def test_intervals_that_are_too_narrow_are_seen(monkeypatch):
    monkeypatch.setattr(properties, "LEVEL", 0.6)
    (first, *_) = properties.coverage(cc.curve("wright"), 40, 0.1, DRAWS)
    assert not properties.inside(first)
    assert first.holds < properties.LOWEST - slack(DRAWS)


def test_a_fit_that_stops_short_is_seen(monkeypatch):
    fit = properties.core_fit

    def astray(curve, x, y, *, start=np.nan, **options):
        found = fit(curve, x, y, start=start, **options)
        if np.ndim(start):
            return found
        with np.errstate(all="ignore"):
            return found._replace(objective=found.objective * 1.01)

    monkeypatch.setattr(properties, "core_fit", astray)
    logistic = cc.curve("logistic")
    assert properties.starts_found(logistic, 40, 0.03, 10).best == 0
    assert properties.hostile(logistic, 1000, tries=10).beaten > 0


def test_an_order_that_matters_is_seen(monkeypatch):
    fit = properties.core_fit

    def by_order(curve, x, y, **options):
        found = fit(curve, x, y, **options)
        return found._replace(theta=found.theta * (1 + 1e-9 * (x[0, 0] - x[0, 1] > 0)))

    wright = cc.curve("wright")
    monkeypatch.setattr(properties, "core_fit", by_order)
    told = " ".join(properties.differences(wright))
    assert "points in another order: fitted values" in told
