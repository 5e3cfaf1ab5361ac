# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables: threads change nothing, Ctrl-C is heard, each series may have settings of its own."""

import subprocess
import sys
import threading

import numpy as np
import pytest

import curvecast as cc
from curvecast import parallel

ARRAYS = ("theta", "cov", "info", "objective", "n_used", "status", "note_bits")

TIME = np.arange(20.0)


def logistic(ceiling, rate, midpoint):
    return ceiling / (1 + np.exp(-rate * (TIME - midpoint)))


@pytest.fixture(scope="module")
def table():
    """Return 600 noisy logistic series, some with gaps, some hopeless."""
    draw = np.random.default_rng(4)
    rows = logistic(
        draw.uniform(50, 200, (600, 1)),
        draw.uniform(0.2, 0.9, (600, 1)),
        draw.uniform(6, 12, (600, 1)),
    )
    rows = rows + draw.normal(0, 1, rows.shape)
    rows[::7, 3] = np.nan
    rows[5], rows[6], rows[7, 2] = np.nan, 3.0, np.inf
    return rows


def same(a, b):
    return all(np.array_equal(getattr(a, x), getattr(b, x), equal_nan=True) for x in ARRAYS)


# ---- threads -------------------------------------------------------------------------------------


def test_threads_change_no_bit(table):
    alone = cc.fit("logistic", TIME, table)
    for threads in (2, 3, 8):
        assert same(alone, cc.fit("logistic", TIME, table, threads=threads))


def test_blocks_change_no_bit(table, monkeypatch):
    whole = cc.curve("logistic").ufunc("fit")
    nan = np.full(3, np.nan)
    options = cc.fit("logistic", TIME, table[:2]).settings.vector
    direct = whole(TIME[None], table, np.ones(20), nan, nan, nan, nan, nan, options)
    for points in (1, 100, 10_000):
        monkeypatch.setattr(parallel, "_POINTS", points)
        fits = cc.fit("logistic", TIME, table)
        for name, array in zip(ARRAYS, direct, strict=True):
            assert np.array_equal(getattr(fits, name), array, equal_nan=True)


def test_blocks_of_a_table_of_several_axes(table, monkeypatch):
    """x, weights and starts broadcast along different axes of the table."""
    cube = table.reshape(4, 3, 50, 20)
    x = np.stack([TIME, TIME + 2000, TIME * 2])[:, None]
    weights = np.linspace(1, 2, 20) * np.ones((4, 1, 1, 1))
    start = {"rate": np.linspace(0.3, 0.6, 50)}
    options = {"weights": weights, "start": start}
    monkeypatch.setattr(parallel, "_POINTS", 20 * 7)
    fits = cc.fit("logistic", x, cube, threads=2, **options)
    assert fits.shape == (4, 3, 50)
    for i in ((0, 0, 2), (3, 2, 49), (1, 1, 20)):
        own = {"rate": start["rate"][i[2]]}
        one = cc.fit("logistic", x[i[1], 0], cube[i], weights=weights[i[0], 0, 0], start=own)
        assert fits[i].params == one.params
        assert np.array_equal(fits[i].cov, one.cov)
        assert fits[i].settings.start.tolist() == one.settings.start.tolist() or np.array_equal(
            fits[i].settings.start, one.settings.start, equal_nan=True
        )


@pytest.mark.parametrize("shape", [(7,), (1000, 2), (2, 1000), (3, 5, 11), (0,), (4, 0), (1,)])
@pytest.mark.parametrize("rows", [1, 3, 16, 10_000])
def test_blocks_cover_a_table_once(shape, rows):
    seen = np.zeros(shape, int)
    for block in parallel._blocks(shape, rows):
        assert seen[block].size <= rows
        seen[block] += 1
    assert (seen == 1).all()


def test_an_empty_table_has_no_fits():
    fits = cc.fit("logistic", TIME, np.empty((0, 20)), threads=2)
    assert fits.shape == (0,)
    assert fits.params["rate"].shape == (0,)
    assert fits.counts == {"status": {}, "notes": {}}


def test_one_series_takes_threads_and_ignores_them(table):
    assert cc.fit("logistic", TIME, table[0], threads=4).params == (
        cc.fit("logistic", TIME, table[0]).params
    )


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2", None])
def test_threads_must_be_a_number_of_them(threads):
    with pytest.raises(cc.ArgumentError, match=r"threads is .*; give a whole number of 1 or more"):
        cc.fit("logistic", TIME, TIME, threads=threads)


def test_threads_work_at_the_same_time():
    """Each waits in its first block for the other."""
    together, seen = threading.Barrier(2), set()

    def work(values):
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            together.wait(timeout=30)
        return (2 * values,)

    values, doubled = np.arange(1000.0), np.zeros(1000)
    parallel.in_blocks(work, (values,), (0,), (doubled,), (1000,), 1, 2)
    assert len(seen) == 2
    assert np.array_equal(doubled, 2 * values)


def test_an_error_in_a_thread_is_raised():
    def work(values):
        if threading.current_thread() is not threading.main_thread():
            raise MemoryError("no room")
        return (values,)

    values = np.zeros(1000)
    with pytest.raises(MemoryError, match="no room"):
        parallel.in_blocks(work, (values,), (0,), (values.copy(),), (1000,), 20_000, 2)


def test_several_callers_at_once(table):
    """Each caller has threads of its own."""
    alone, found = cc.fit("logistic", TIME, table), {}

    def work(key):
        found[key] = cc.fit("logistic", TIME, table, threads=2)

    callers = [threading.Thread(target=work, args=(key,)) for key in range(4)]
    for each in callers:
        each.start()
    for each in callers:
        each.join()
    assert all(same(alone, found[key]) for key in range(4))


INTERRUPTED = """
import os, signal, sys, threading, time
import numpy as np
import curvecast as cc

time_ = np.arange(30.0)
series = 100 / (1 + np.exp(-0.3 * (time_ - 15))) + np.random.default_rng(0).normal(0, 1, 30)
table = np.broadcast_to(series, (1_000_000, 30))
cc.fit("logistic", time_, table[:2], threads=2)
sent = []

def interrupt():
    time.sleep(0.5)
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt).start()
try:
    {call}
    print("finished")
except KeyboardInterrupt:
    print(time.perf_counter() - sent[0])
"""
RAW = (
    "nan = np.full(3, np.nan); cc.curve('logistic').ufunc('fit')(time_[None], table, np.ones(30),"
    " nan, nan, nan, nan, nan, np.array([0, 0, np.nan, 0, np.nan, 0, 1, 0]))"
)


@pytest.mark.parametrize(
    "call",
    [
        "cc.fit('logistic', time_, table)",
        "cc.fit('logistic', time_, table, threads=2)",
        RAW,
    ],
    ids=["one thread", "two threads", "the ufunc"],
)
def test_an_interruption_is_heard_at_once(call):
    """Ctrl-C in a batch of a million: within 0.2 s, however many threads are at work."""
    waited = []
    for _ in range(3):  # a busy machine may let any one of them wait
        done = subprocess.run(
            [sys.executable, "-c", INTERRUPTED.format(call=call)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        waited.append(float(done.stdout))
        if waited[-1] < 0.2:
            return
    raise AssertionError(f"stopped after {min(waited):.2f} s at the earliest")


# ---- a table whose series differ in what is asked ------------------------------------------------


def test_every_series_may_have_its_own_start(table):
    rows = table[20:24]
    rates = np.array([0.4, np.nan, 0.6, 0.2])
    fits = cc.fit("logistic", TIME, rows, start={"rate": rates, "midpoint": 9.0})
    for row, rate, found in zip(rows, rates, fits, strict=True):
        start = {"midpoint": 9.0} | ({} if np.isnan(rate) else {"rate": rate})
        alone = cc.fit("logistic", TIME, row, start=start)
        assert found.params == alone.params
        assert found.iterations == alone.iterations
        assert np.array_equal(found.settings.start, alone.settings.start, equal_nan=True)


def test_every_series_may_have_its_own_bounds(table):
    rows = table[20:23]
    free = cc.fit("logistic", TIME, rows).params["ceiling"]
    high = np.array([np.nan, 0.9 * free[1], 2 * free[2]])
    fits = cc.fit("logistic", TIME, rows, bounds={"ceiling": (None, high)})
    np.testing.assert_allclose(fits.params["ceiling"], [free[0], high[1], free[2]], rtol=1e-9)
    assert fits.at_bound[:, 0].tolist() == [False, True, False]
    assert np.isnan(fits.stderr["ceiling"]).tolist() == [False, True, False]
    assert (
        fits[1].params
        == cc.fit("logistic", TIME, rows[1], bounds={"ceiling": (None, high[1])}).params
    )


def test_every_series_may_have_its_own_fixed_value(table):
    rows = table[20:23]
    fits = cc.fit("logistic", TIME, rows, fixed={"ceiling": [150.0, np.nan, 120]})
    assert fits.df.tolist() == [18, 16, 18]  # the middle row has a gap
    assert fits.params["ceiling"][[0, 2]].tolist() == [150, 120]
    assert fits[1].params == cc.fit("logistic", TIME, rows[1]).params
    assert "fixed" in fits[0].summary()
    assert "fixed" not in fits[1].summary()
    bass = cc.fit("bass", TIME + 1, np.cumsum(rows, axis=-1), fixed={"launch": [np.nan, 0, 1]})
    assert bass[0].params == cc.fit("bass", TIME + 1, np.cumsum(rows[0])).params


def test_every_series_may_have_its_own_prior(table):
    rows = table[20:23]
    prior = {"ceiling": ([100.0, 100.0, np.nan], [0.01, np.nan, 1.0])}
    fits = cc.fit("logistic", TIME, rows, prior=prior)
    assert fits.params["ceiling"][0] == pytest.approx(100, abs=0.1)
    for i in (1, 2):
        assert fits[i].params == cc.fit("logistic", TIME, rows[i]).params


def test_settings_broadcast_over_the_axes_of_a_table(table):
    cube = table[20:32].reshape(3, 4, 20)
    low = np.array([[0.1], [0.5], [0.9]])
    fits = cc.fit("logistic", TIME, cube, bounds={"rate": (low, None)})
    assert (fits.params["rate"] >= low).all()
    assert fits[2, 1].settings.lower[1] == 0.9
    np.testing.assert_array_equal(fits.interval("rate").low.shape, (3, 4))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"start": {"rate": [0.1, 0.2, 0.3]}},
            r"start\['rate'\] has shape \(3,\) and the table has \(2,\); give one number for all",
        ),
        (
            {"start": {"rate": [0.1, "x"]}},
            r"row 1 of start\['rate'\] is 'x' \(counting from 0\), not a number",
        ),
        (
            {"bounds": {"rate": ([0, 5], [1, 2])}},
            r"bounds\['rate'\] is \(5, 2\) in series 1 \(counting from 0\), reversed",
        ),
        (
            {"fixed": {"ceiling": [1, -3]}},
            r"fixed\['ceiling'\] is -3 in series 1 \(counting from 0\); logistic allows 0",
        ),
        (
            {"start": {"rate": [5, 0.1]}, "bounds": {"rate": (None, [3, 4])}},
            r"start\['rate'\] is 5 in series 0 \(counting from 0\), outside its bounds .* to 3",
        ),
        (
            {"prior": {"rate": (0.5, [1, -1])}},
            r"prior\['rate'\] has the standard deviation -1 in series 1",
        ),
        ({"fixed": {"rate": np.nan}}, r"fixed\['rate'\] is NaN; give a number, or leave it out"),
    ],
)
def test_settings_that_do_not_fit_the_table(table, options, said):
    with pytest.raises(cc.ArgumentError, match=said):
        cc.fit("logistic", TIME, table[:2], **options)


def test_one_series_takes_one_number():
    with pytest.raises(
        cc.ArgumentError, match=r"start\['rate'\] is \[1, 2\]; one series takes one"
    ):
        cc.fit("logistic", TIME, logistic(100, 0.5, 9), start={"rate": [1, 2]})


def test_weights_of_one_series_may_serve_a_table(table):
    weights = np.linspace(0, 1, 20)
    fits = cc.fit("logistic", TIME, table[20:22], weights=weights)
    assert fits[1].params == cc.fit("logistic", TIME, table[21], weights=weights).params
    many = cc.fit("logistic", TIME, table[21], weights=np.stack([weights, np.ones(20)]))
    assert many.shape == (2,)
    assert many[0].params == fits[1].params
    with pytest.raises(cc.DataError, match=r"finite: row 3 \(-1\), .* of series 1; correct"):
        wrong = np.ones((2, 20))
        wrong[1, 3] = -1
        cc.fit("logistic", TIME, table[20:22], weights=wrong)
