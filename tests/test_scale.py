# SPDX-License-Identifier: GPL-3.0-or-later
"""Dask and xarray take the ufuncs as they are, and a lost worker changes no bit of the answer."""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import curvecast as cc

da = pytest.importorskip("dask.array")
xr = pytest.importorskip("xarray")
pytest.importorskip("distributed")

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
TIME = np.arange(12.0)
UNSET = np.full(3, np.nan)
REST = (np.ones(12), *5 * [UNSET], np.full(8, np.nan))
FORMULA = cc.formula("K/(1 + exp(-k*(t - t0)))", x="t")
EITHER = pytest.mark.parametrize("curve", [cc.curve("logistic"), FORMULA], ids=lambda c: c.name)


@pytest.fixture
def table():
    """Two axes of series, some of them hopeless."""
    rng = np.random.default_rng(0)
    values = 100 / (1 + np.exp(-0.5 * (TIME - rng.uniform(2, 9, (8, 5, 1)))))
    values += rng.normal(0, 1, values.shape)
    values[0, 1] = np.nan
    values[3, 3, 2:] = np.nan
    values[5] = 1e300
    return values


def assert_same(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def test_the_page_prints_what_it_shows():
    text = PAGE.read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```\n+```text\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == text.count("```python")
    names = {}
    for program, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program, PAGE.name, "exec"), names)
        assert printed.getvalue() == shown


@EITHER
@pytest.mark.parametrize("chunks", [(8, 5), (3, 2), (1, 1)])
@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_dask_gives_the_bits_of_numpy(curve, table, chunks, scheduler):
    fit = curve.ufunc("fit")
    found = fit(TIME[None], da.from_array(table, chunks=(*chunks, -1)), *REST)
    assert_same(da.compute(*found, scheduler=scheduler), fit(TIME[None], table, *REST))


@EITHER
def test_xarray_gives_the_bits_of_numpy(curve, table):
    fit = curve.ufunc("fit")
    series = xr.DataArray(table, dims=("country", "product", "time"), coords={"time": TIME})
    found = xr.apply_ufunc(
        fit,
        series.time.expand_dims("regressor"),
        series.chunk(country=3, product=2),
        *REST,
        input_core_dims=[["regressor", "time"], ["time"], ["time"], *5 * [["p"]], ["option"]],
        output_core_dims=[["p"], ["p", "other"], ["option"], [], [], [], []],
        dask="parallelized",
        dask_gufunc_kwargs={"output_sizes": {"other": 3}},
        output_dtypes=[float] * 4 + [np.int64] * 3,
    )
    assert found[0].chunks is not None
    assert_same([each.to_numpy() for each in found], fit(TIME[None], table, *REST))


def test_a_formula_is_an_input(table):
    """The core's own ufunc, with another program for every row of the table."""
    texts = ["K/(1 + exp(-k*(t - t0)))", "K/(1 + exp(-t0*(t - k)))"]
    programs = np.stack([cc.formula(text, x="t").program for text in texts])[[0, 1] * 4, None]
    fit = cc._core.fit_formula
    found = fit(
        TIME[None],
        da.from_array(table, chunks=(3, 2, -1)),
        *REST,
        da.from_array(programs, chunks=(3, 1, -1)),
    )
    assert_same(da.compute(*found), fit(TIME[None], table, *REST, programs))


def test_points_in_several_chunks_are_refused(table):
    with pytest.raises(ValueError, match="chunk"):
        cc.curve("logistic").ufunc("fit")(TIME[None], da.from_array(table, chunks=4), *REST)


# ---- a cluster that loses a worker ---------------------------------------------------------------

LOSS = """
import os
import signal
import sys
import time

CHUNKS, ROWS = 24, 50
SEEN, SPACE = sys.argv[1:3]


def slowly(chunk):
    time.sleep(0.1)
    with open(SEEN, "a") as file:
        file.write(f"{os.getpid()}\\n")
    return chunk


def main():
    from collections import Counter

    import dask.array as da
    import numpy as np
    from distributed import Client, LocalCluster, as_completed, futures_of

    import curvecast as cc

    t = np.arange(12.0)
    rest = (np.ones(12), *5 * [np.full(3, np.nan)], np.full(8, np.nan))
    rng = np.random.default_rng(0)
    table = 100 / (1 + np.exp(-0.5 * (t - rng.uniform(2, 9, (CHUNKS * ROWS, 1)))))
    table += rng.normal(0, 1, table.shape)
    curves = [cc.curve("logistic"), cc.formula("K/(1 + exp(-k*(t - t0)))", x="t")]

    def fitted(series):
        theta, cov, *_, status, notes = curves[0].ufunc("fit")(t[None], series, *rest)
        return [theta, cov, status, notes, curves[1].ufunc("fit")(t[None], series, *rest)[0]]

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=SPACE,
        ) as cluster,
        Client(cluster) as client,
    ):
        processes = client.run(os.getpid)
        chunks = da.from_array(table, chunks=(ROWS, -1)).map_blocks(slowly, dtype=float)
        arrays = client.persist(fitted(chunks))
        parts = futures_of(arrays[0])
        for done, _ in enumerate(as_completed(parts), 1):
            if done == CHUNKS // 2:
                break
        holders = Counter(worker for each in client.who_has(parts).values() for worker in each)
        lost = processes[holders.most_common(1)[0][0]]
        os.kill(lost, signal.SIGKILL)
        found = client.gather(client.compute(arrays))
        assert lost not in client.run(os.getpid).values(), "the worker lives"
    for one, other in zip(found, fitted(table), strict=True):
        np.testing.assert_array_equal(one, other, strict=True)
    print("same answer")


if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_gives_the_same_answer(tmp_path):
    """In a process of its own, with all that it starts: the test waits no longer than this."""
    program, seen = tmp_path / "loss.py", tmp_path / "seen"
    program.write_text(LOSS)
    with subprocess.Popen(
        [sys.executable, program, seen, tmp_path / "space"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        try:
            answer, complaint = child.communicate(timeout=180)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
    assert answer == "same answer\n", complaint
    assert len(seen.read_text().split()) > 24, "no chunk had to be fitted again"
