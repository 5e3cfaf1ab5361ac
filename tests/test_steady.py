# SPDX-License-Identifier: GPL-3.0-or-later
"""Regressors that are the same at every point: where that is in order, and where it is not."""

import numpy as np
import pytest

import curvecast as cc

WAVE = np.exp(0.01 * np.sin(3 * np.arange(24)))


def drawn(name, x, params):
    return cc.curve(name).evaluate(x, params) * WAVE


def test_lagged_wright_takes_the_same_output_every_year():
    made = 50.0 * np.arange(2, 26)
    x = {"experience": made, "output": np.full(24, 50.0)}
    fit = cc.fit("lagged_wright", x, 100 * (made - 50) ** -0.3 * WAVE)
    slope = -np.polyfit(np.log(made - 50), np.log(100 * (made - 50) ** -0.3 * WAVE), 1)[0]

    assert fit.params["exponent"] == pytest.approx(slope, rel=1e-10)


def test_forgetting_takes_the_same_output_every_year():
    x = {"time": np.arange(1990.0, 2014), "output": np.full(24, 5.0)}
    params = {"first_unit": 90, "exponent": 0.3, "retention": 0.8, "initial_experience": 3}
    fit = cc.fit("forgetting", x, drawn("forgetting", x, params), fixed={"initial_experience": 3})

    assert fit.params["retention"] == pytest.approx(0.8, abs=0.05)
    assert fit.status.code == "ok"


def test_one_set_of_unique_data_is_enough_for_the_data_limited_law():
    n, d = np.meshgrid(10.0 ** np.array([7, 8, 9, 10]), 10.0 ** np.array([8, 9, 10, 11, 11.5, 12]))
    x = {"N": n.ravel(), "D": d.ravel(), "U": np.full(24, 1e10)}
    curve = cc.curve("data_limited")
    params = dict(zip(curve.param_names, curve.example, strict=True))
    fit = cc.fit("data_limited", x, curve.evaluate(x, params) * WAVE**0.3)

    assert fit.params["R_D"] == pytest.approx(params["R_D"], rel=0.25)
    assert fit.stderr["R_D"] < 5


@pytest.mark.parametrize(
    ("name", "constant"),
    [
        ("lagged_wright", "experience"),
        ("forgetting", "time"),
        ("data_limited", "D"),
        ("sinclair_klepper_cohen", "output"),
        ("generalised_bass_1", "price"),
        ("chinchilla", "N"),
        ("norton_bass_2", "generation"),
        ("factors_2", "factor_2"),
    ],
)
def test_what_a_parameter_of_its_own_belongs_to_must_differ(name, constant):
    curve = cc.curve(name)
    x = curve.example_points(24)
    x[constant] = np.full(24, np.median(x[constant]))
    y = np.linspace(9, 5, 24)

    with pytest.raises(cc.DataError, match=rf"x \({constant}\) is constant .*points at different"):
        cc.fit(name, x, y)
