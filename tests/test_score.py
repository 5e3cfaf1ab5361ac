# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores against closed forms; the numbers are computed from them and checked by quadrature."""

import itertools

import numpy as np
import pytest
from scipy import integrate, stats

from curvecast import ArgumentError, score

INF = np.inf


def one(df):
    return [1.0], [0.0], [1.0], [df]


@pytest.mark.parametrize(
    ("z", "df", "expected"),
    [
        (0, INF, 0.23369497725510913),
        (0.5, INF, 0.3314035312548558),
        (-1.3, INF, 0.8268663406252718),
        (3, INF, 2.4365747250863397),
        (0, 4, 0.2636892218148925),
        (1, 4, 0.6053300083147659),
        (-2, 3, 1.3669223444),
        (0.5, 32, 0.3339126008832437),
    ],
)
def test_crps_of_one_component(z, df, expected):
    assert score.crps(z, *one(df)) == pytest.approx(expected, abs=1e-9)


def test_crps_of_a_normal_mixture():
    found = score.crps(0.8, [0.3, 0.7], [0.0, 1.5], [0.5, 1.0], [INF, INF])
    assert found == pytest.approx(0.30060779945361915, abs=1e-12)


@pytest.mark.parametrize("df", [1.2, 2.0, 4.0, 32.0])
@pytest.mark.parametrize("z", [-3.0, 0.0, 0.7, 40.0])
def test_integral_agrees_with_the_closed_form(z, df):
    # Two equal halves are one Student-t, but take the way of a mixture.
    found = score.crps(z, [0.4, 0.6], [0.0, 0.0], [1.0, 1.0], [df, df])
    assert found == pytest.approx(score.crps(z, *one(df)), rel=1e-7)


def test_integral_of_an_uneven_mixture():
    weight, location, scale, df = (
        [0.2, 0.5, 0.3],
        [0.0, 3.0, 3.1],
        [2.0, 0.01, 1.0],
        [3.0, 8.0, 2.5],
    )

    def below(z):
        parts = zip(weight, location, scale, df, strict=True)
        return sum(w * stats.t.cdf((z - m) / s, d) for w, m, s, d in parts)

    def squared(z):
        return (below(z) - (z >= 2.95)) ** 2

    corners = [-1e4, -50, -5, 0, 2.9, 2.95, 2.99, 3, 3.01, 3.1, 10, 60, 1e4]
    expected = sum(
        integrate.quad(squared, a, b, limit=400)[0] for a, b in itertools.pairwise(corners)
    )
    assert score.crps(2.95, weight, location, scale, df) == pytest.approx(expected, rel=1e-6)


def test_crps_without_a_mean_is_infinite():
    assert score.crps(0.0, *one(1.0)) == INF
    assert score.crps(0.0, [0.5, 0.5], [0.0, 1.0], [1.0, 1.0], [1.0, 5.0]) == INF


def test_missing_observation_has_no_score():
    for parts in (one(4.0), one(INF), ([0.5, 0.5], [0.0, 1.0], [1.0, 1.0], [4.0, 4.0])):
        assert np.isnan(score.crps(np.nan, *parts))


def test_crps_is_broadcast_over_points():
    location = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    found = score.crps([0.1, 2.2, 4.0], [0.5, 0.5], location, np.ones((3, 2)), [5.0, 5.0])
    single = score.crps(2.2, [0.5, 0.5], location[1], [1.0, 1.0], [5.0, 5.0])
    assert found.shape == (3,)
    assert found[1] == single


def test_crps_scales_with_the_unit():
    weight, df = [0.5, 0.5], [3.0, 9.0]
    small = score.crps(0.3, weight, [0.0, 1.0], [1.0, 2.0], df)
    large = score.crps(300, weight, [0.0, 1000], [1000, 2000], df)
    assert large == pytest.approx(1000 * small, rel=1e-9)


@pytest.mark.parametrize("df", [3.0, INF])
def test_log_score_and_pit(df):
    law = stats.norm if df == INF else stats.t(df)
    assert score.log_score(0.7, *one(df)) == pytest.approx(-law.logpdf(0.7), abs=1e-12)
    assert score.pit(0.7, *one(df)) == pytest.approx(law.cdf(0.7), abs=1e-12)


def test_interval_score():
    assert score.interval_score(1.0, 0.0, 2.0, level=0.9) == pytest.approx(2.0)
    assert score.interval_score(-1.0, 0.0, 2.0, level=0.8) == pytest.approx(12.0)
    with pytest.raises(ArgumentError, match=r"did you mean 0\.9"):
        score.interval_score(1.0, 0.0, 2.0, level=90)


def test_log_error_is_symmetric_and_needs_positive_numbers():
    found = score.log_error([2.0, 0.5, -1.0, 1.0], [1.0, 1.0, 1.0, 0.0])
    assert found[0] == -found[1] == pytest.approx(np.log(2))
    assert np.isnan(found[2:]).all()
