# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks run, compare answers before times, and judge by the bar that each row names."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent

pytest.importorskip("scipy")
pytest.importorskip("lmfit")


@pytest.fixture
def modules(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks import measure, tables

    return measure, tables


def test_every_row_is_measured_and_printed(tmp_path):
    record = tmp_path / "bench.json"
    small = ["--quick", "--series", "40", "--turns", "1", "--part", "450"]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "benchmarks", *small, "--json", str(record)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads(record.read_text("utf-8"))
    rows = written["rows"]
    lines = [line for line in done.stdout.splitlines() if line.startswith("| ")]
    assert len(lines) == len(rows) + 1
    assert {"numpy", "scipy", "lmfit", "GSL", "compiler", "processor"} <= set(written["machine"])
    for row in rows:
        assert row["figure"] is None or np.isfinite(row["figure"]), row["what"]
        assert row["remarks"], row["what"]


def test_an_unknown_part_is_refused_by_name():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "tabels"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "no part 'tabels'" in done.stderr


def test_a_limit_is_judged_from_above_and_a_ratio_from_below(modules):
    measure, _ = modules
    timing = measure.Timing(ours=[(1.0, 1.0)] * 3, theirs=[(3.0, 6.0)] * 3)
    faster = measure.ratio_row("", timing, peer="", bar=2, reach=4)
    assert (faster.figure, faster.met) == (3, True)
    cost = measure.ratio_row("", timing, peer="", bar=0.3, reach=0.2, at_most=True, wall=True)
    assert (cost.figure, cost.met) == (1 / 6, True)


def test_a_worse_answer_of_ours_stops_the_comparison(modules):
    measure, tables = modules
    good = np.ones(100)
    assert tables.agreement(good, 2 * good).startswith("same optimum 0 %, only ours reaches it 100")
    with pytest.raises(measure.Disagreement, match="only theirs 100 %"):
        tables.agreement(2 * good, good)
    with pytest.raises(measure.Disagreement):
        tables.agreement(np.nan * good, good)
