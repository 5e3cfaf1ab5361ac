# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of several technologies as rows: order, numbers, gaps, and what is refused."""

import numpy as np
import pytest

import curvecast as cc

SHARE = {"horse": [0.9, 0.5, 0.2], "car": [0.1, np.nan, 0.7], "bus": [0.0, 0.1, 0.1]}
YEARS = [1910, 1920, 1930]


def test_technologies_follow_each_other_in_the_order_of_the_table():
    x, y = cc.stack(SHARE, YEARS)
    assert list(x) == ["time", "technology"]
    np.testing.assert_array_equal(x["time"], YEARS * 3)
    np.testing.assert_array_equal(x["technology"], np.repeat([1, 2, 3], 3))
    np.testing.assert_array_equal(y, np.concatenate(list(SHARE.values())))


def test_the_regressor_of_the_group_has_the_name_that_is_asked_for():
    x, _ = cc.stack(SHARE, YEARS, group="generation")
    assert list(x) == ["time", "generation"]


def test_what_is_left_out_is_missing_and_keeps_its_number():
    x, y = cc.stack(SHARE, YEARS, leave_out="horse")
    assert np.isnan(y[:3]).all()
    np.testing.assert_array_equal(y[3:], np.concatenate([SHARE["car"], SHARE["bus"]]))
    np.testing.assert_array_equal(x["technology"], np.repeat([1, 2, 3], 3))
    assert SHARE["horse"] == [0.9, 0.5, 0.2]


def test_a_data_frame_and_dates_are_taken():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(SHARE)
    x, y = cc.stack(frame, np.array(["1910-01-01", "1920-01-01", "1930-01-01"], "datetime64[D]"))
    np.testing.assert_array_equal(x["time"], YEARS * 3)
    np.testing.assert_array_equal(y, np.concatenate(list(SHARE.values())))


def test_many_series_are_stacked_side_by_side():
    table = {"old": np.arange(12.0).reshape(4, 3), "new": [9.0, 8, 7]}
    x, y = cc.stack(table, YEARS)
    assert y.shape == (4, 6)
    np.testing.assert_array_equal(y[2], [6, 7, 8, 9, 8, 7])
    assert x["time"].shape == (6,)


@pytest.mark.parametrize(
    ("table", "time", "keywords", "kind", "told"),
    [
        ([[1, 2]], [1, 2], {}, cc.ArgumentError, "table has no names; give a dict"),
        ({}, [1, 2], {}, cc.ArgumentError, "table has no columns"),
        (SHARE, YEARS, {"leave_out": "hors"}, cc.ArgumentError, "did you mean 'horse'"),
        (SHARE, YEARS, {"group": "time"}, cc.ArgumentError, "other than 'time'"),
        (SHARE, [YEARS], {}, cc.DataError, r"time has shape \(1, 3\); give one axis"),
        (SHARE, YEARS[:2], {}, cc.DataError, "'horse'] has 3 points and time has 2"),
        ({"a": [1, "x"]}, [1, 2], {}, cc.DataError, r"row 1 of table\['a'\] is 'x'"),
        (
            {"a": np.ones((2, 3)), "b": np.ones((4, 3))},
            YEARS,
            {},
            cc.DataError,
            "differ in shape",
        ),
    ],
)
def test_what_cannot_be_stacked_is_named(table, time, keywords, kind, told):
    with pytest.raises(kind, match=told):
        cc.stack(table, time, **keywords)


def test_two_columns_of_one_name_are_refused():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([[1.0, 2.0], [3.0, 4.0]], columns=["a", "a"])
    with pytest.raises(cc.ArgumentError, match="two columns of one name"):
        cc.stack(frame, [1, 2])


def test_nothing_is_observed_before_a_launch():
    users = {"2G": [0, 3, 0, 9.0], "3G": [np.nan, 0, 0, 4.0]}
    _, y = cc.stack(users, [1, 2, 3, 4], group="generation", from_launch=True)

    np.testing.assert_array_equal(y, [np.nan, 3, 0, 9, np.nan, np.nan, np.nan, 4])
    _, y = cc.stack(users, [1, 2, 3, 4], group="generation")
    np.testing.assert_array_equal(y, [0, 3, 0, 9, np.nan, 0, 0, 4])


def test_shares_are_those_of_one_whole():
    share = {"horse": [0.9, np.nan, 0.2], "car": [0.1, 0.5, 0.794]}
    cc.stack(share, [1, 2, 3], leave_out="horse")

    with pytest.raises(cc.DataError, match=r"sum to 1 in row 2, counting from 0, but to 0\.9 in"):
        cc.stack(share | {"car": [0.1, 0.5, 0.7]}, [1, 2, 3], leave_out="horse")
    with pytest.raises(cc.DataError, match=r"rows 0 and 1, .* divide percentages by 100"):
        cc.stack({"horse": [90, 50], "car": [10, 50]}, [1, 2], leave_out="car")
    several = {"horse": [[0.9, 0.5], [0.8, 0.4]], "car": [[0.1, 0.5], [0.2, 0.5]]}
    with pytest.raises(cc.DataError, match=r"row 1, .* but to 0\.9 in the first"):
        cc.stack(several, [1, 2], leave_out="car")
