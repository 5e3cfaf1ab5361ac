# SPDX-License-Identifier: GPL-3.0-or-later
"""Ctrl-C stops long work within 0.2 s, and the process goes on working."""

import signal
import subprocess
import sys
import time

import pytest

WITHIN = 0.2
ATTEMPTS = 4  # a busy machine may let any one of them wait

PROGRAM = """
import time
import numpy as np
import curvecast as cc
from curvecast import _core

MILLION = 1_000_000
NAN = np.nan
t = np.arange(12.0)
rng = np.random.default_rng(0)
y = 100 / (1 + np.exp(-0.5 * (t - 5))) + rng.normal(0, 1, 12)
x, w, unset, options = t[None], np.ones(12), np.full(3, NAN), np.full(8, NAN)
free = (unset, unset, unset, unset)
small = cc.fit("logistic", t, y)
theta, cov = small.theta, small.cov
parts = np.full(200, 1 / 200), rng.normal(size=200), np.ones(200), np.full(200, 5.0)


def many(array, count):
    return np.broadcast_to(array, (count, *array.shape))


{prepare}
print("ready", flush=True)
try:
    {call}
    print("finished")
except KeyboardInterrupt:
    print(time.monotonic())
again = cc.fit("logistic", t, y)
assert again.params == small.params
assert (again.cov == small.cov).all()
table = cc.fit("logistic", t, np.stack([y] * 300), threads=2)
assert table.params["rate"][-1] == small.params["rate"]
"""

# A call, and what it needs beforehand.
CASES = {
    "a million fits": ("_core.fit_logistic(x, many(y, MILLION), w, unset, *free, options)", ""),
    # NumPy calls the loop anew for every ten, because their points differ
    "a million fits in tens": (
        "_core.fit_logistic(xs, ys, w, unset, *free, options)",
        "xs, ys = np.stack([x + k for k in range(10)]), np.tile(y, (MILLION // 10, 10, 1))",
    ),
    "a million formulas in tens": (
        "curve.ufunc('fit')(xs, ys, w, unset, *free, options)",
        "curve = cc.formula('a/(1 + exp(-b*(x - c)))')\n"
        "xs, ys = np.stack([x + k for k in range(10)]), np.tile(y, (MILLION // 10, 10, 1))",
    ),
    "a table": ("cc.fit('logistic', t, table)", "table = many(y, MILLION)"),
    "a table, two threads": (
        "cc.fit('logistic', t, table, threads=2)",
        "table = many(y, MILLION)",
    ),
    "replicates": (
        "_core.bootstrap_logistic(x, y, w, theta, *free, options, 1, np.arange(2 * MILLION))",
        "",
    ),
    "a bootstrap": ("small.bootstrap(replicates=MILLION)", ""),
    "a bootstrap, two threads": ("small.bootstrap(replicates=MILLION, threads=2)", ""),
    "profiles": (
        "_core.profile_logistic(x, many(y, MILLION), w, theta, *free, options, np.full(3, 0.9))",
        "",
    ),
    "covariances": (
        "_core.sandwich_logistic(x, many(y, 4 * MILLION), w, theta, *free, options, 3)",
        "",
    ),
    "quantiles": ("_core.mixture_quantile(*parts, p)", "p = rng.uniform(size=MILLION)"),
    "quantiles in tens": (
        "_core.mixture_quantile(np.stack(10 * [parts[0]]), *parts[1:], p)",
        "p = rng.uniform(size=(MILLION // 10, 10))",
    ),
    "walks": ("_core.walk(many(t, 20 * MILLION), y, [1.0], 0.63, NAN)", ""),
    "values": ("_core.eval_logistic(many(x, 4 * MILLION), theta)", ""),
}


def interrupt(call, prepare, after):
    """Return how long the work took to stop once it was asked to, in seconds."""
    program = PROGRAM.format(call=call, prepare=prepare)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout.readline() == "ready\n", child.communicate()[1]
            time.sleep(after)
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            answer, complaint = child.communicate(timeout=20)
        finally:
            child.kill()
    assert child.returncode == 0, complaint
    assert complaint == ""
    assert answer != "finished\n", "too little work for this test"
    return float(answer) - sent


@pytest.mark.parametrize(("call", "prepare"), CASES.values(), ids=CASES)
def test_an_interruption_is_heard_at_once(call, prepare):
    waited = []
    for attempt in range(ATTEMPTS):
        waited.append(interrupt(call, prepare, 0.3 + 0.1 * attempt))
        if waited[-1] < WITHIN:
            return
    raise AssertionError(f"stopped after {min(waited):.2f} s at the earliest")
