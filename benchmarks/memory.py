# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory that a large table takes beyond its inputs and outputs.

As a program of its own (``python -m benchmarks.memory SERIES``) it fits such a table and prints the
bytes: the most that the process ever held, less what it held before and what it returned.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from .measure import Row, Sizes

__all__ = ["rows"]

_POINTS = 30
_MIB = 2**20
_STATUS = Path("/proc/self/status")


def rows(sizes: Sizes) -> list:
    """Return what measures each row of memory."""
    return [lambda: table_row(100 * sizes.series)]


def table_row(series: int) -> Row:
    """Fit a table of this many series in a process of its own."""
    what = f"memory beyond inputs and outputs, table of {series:,} x {_POINTS}"
    if not _STATUS.exists():
        return Row(what, None, None, None, "MiB", 64, 16, at_most=True, remarks=[f"no {_STATUS}"])
    command = [sys.executable, "-m", "benchmarks.memory", str(series)]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    beyond, arrays = (float(word) / _MIB for word in done.stdout.split())
    remarks = [f"inputs and outputs are {arrays:.4g} MiB"]
    return Row(what, beyond, beyond, beyond, "MiB", 64, 16, at_most=True, remarks=remarks)


def held(what: str) -> int:
    """Return bytes that this process holds (VmRSS) or held at the most (VmHWM)."""
    fields = dict(line.split(":") for line in _STATUS.read_text("utf-8").splitlines())
    return 1024 * int(fields[what].split()[0])


def main() -> None:
    """Fit the table and print bytes beyond the arrays, and bytes of the arrays."""
    import curvecast as cc

    series = int(sys.argv[1])
    t, rng = np.arange(float(_POINTS)), np.random.default_rng(1)
    table = np.empty((series, _POINTS))
    # in blocks: making the table must not take more than the table
    for block in np.array_split(table, max(1, series // 1_000)):
        ceiling, rate, middle = rng.uniform((50, 0.2, 10), (200, 0.6, 20), (len(block), 3)).T
        share = 1 / (1 + np.exp(-rate[:, np.newaxis] * (t - middle[:, np.newaxis])))
        noise = 0.02 * rng.standard_normal(block.shape)
        block[...] = ceiling[:, np.newaxis] * (share + noise)
    cc.fit("logistic", t, table[:4])
    before = held("VmRSS")
    fits = cc.fit("logistic", t, table)
    returned = sum(
        each.nbytes
        for each in vars(fits).values()
        if isinstance(each, np.ndarray) and each is not table and each.base is not table
    )
    assert fits.ok.mean() > 0.99
    print(held("VmHWM") - before - returned, table.nbytes + returned)


if __name__ == "__main__":
    main()
