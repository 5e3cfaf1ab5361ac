# SPDX-License-Identifier: GPL-3.0-or-later
"""How long ``import curvecast`` takes once NumPy is loaded, in fresh interpreters."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

from .measure import Row, Sizes

__all__ = ["rows"]

_CODE = """
import time, numpy
start = time.perf_counter()
import curvecast
print(time.perf_counter() - start)
"""


def rows(sizes: Sizes) -> list:
    """Return what measures each row of imports."""
    return [lambda: import_row(4 * sizes.turns)]


def import_row(times: int) -> Row:
    """Import in one interpreter after the other; the median decides, the first does not count.

    Bytecode is kept in a folder of its own, as an installed package keeps it beside its files.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"] = folder
        milliseconds = [_once(environment) for _ in range(times + 1)][1:]
    return Row(
        "import curvecast, beyond NumPy's own import",
        statistics.median(milliseconds),
        min(milliseconds),
        max(milliseconds),
        "ms",
        bar=25,
        reach=10,
        at_most=True,
        wall=True,
        remarks=[f"{times} fresh interpreters"],
    )


def _once(environment: dict[str, str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _CODE], env=environment, capture_output=True, text=True, check=True
    )
    return 1e3 * float(done.stdout)
