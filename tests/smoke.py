# SPDX-License-Identifier: GPL-3.0-or-later
"""A minute's check of an installed wheel, run by CI outside the source tree: `python smoke.py`."""

import importlib.metadata
import pathlib
import sys

import numpy as np

import curvecast as cc


def gsl_is_inside_the_wheel():
    """On Linux, the GSL that is loaded must be the one beside the package."""
    maps = pathlib.Path("/proc/self/maps")
    if not maps.exists():
        return True
    loaded = {line.split()[-1] for line in maps.read_text().splitlines() if "libgsl" in line}
    return bool(loaded) and all("curvecast.libs" in path for path in loaded)


years = np.arange(2010.0, 2024.0)
share = 80 / (1 + np.exp(-0.6 * (years - 2018)))
fit = cc.fit("logistic", years, share)

assert not pathlib.Path("setup.py").exists(), "run this outside the source tree"
assert abs(fit.params["ceiling"] - 80) < 1e-6, fit.params
licences = {path.name for path in importlib.metadata.files("curvecast") if "licenses" in path.parts}

assert {"LICENSE", "GSL.txt"} <= licences, licences
assert gsl_is_inside_the_wheel(), "the system's GSL was loaded"
sys.stdout.write(f"curvecast {cc.__version__} from {pathlib.Path(cc.__file__).parent}: works\n")
