# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the NIST StRD files in data/nist, and says how many digits two numbers share."""

import re
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "data" / "nist"

_EXPONENTIALS = "b1*exp(-b2*x) + b3*exp(-b4*x) + b5*exp(-b6*x)"
_GAUSSIANS = "b1*exp(-b2*x) + b3*exp(-(x-b4)**2/b5**2) + b6*exp(-(x-b7)**2/b8**2)"
_CUBICS = "(b1+b2*x+b3*x**2+b4*x**3)/(1+b5*x+b6*x**2+b7*x**3)"
_WAVES = (
    "b1 + b2*cos(2*pi*x/12) + b3*sin(2*pi*x/12) + b5*cos(2*pi*x/b4) + b6*sin(2*pi*x/b4)"
    " + b8*cos(2*pi*x/b7) + b9*sin(2*pi*x/b7)"
)
MODELS = {
    "Bennett5": "b1*(b2+x)**(-1/b3)",
    "BoxBOD": "b1*(1-exp(-b2*x))",
    "Chwirut1": "exp(-b1*x)/(b2+b3*x)",
    "Chwirut2": "exp(-b1*x)/(b2+b3*x)",
    "DanWood": "b1*x**b2",
    "ENSO": _WAVES,
    "Eckerle4": "(b1/b2)*exp(-0.5*((x-b3)/b2)**2)",
    "Gauss1": _GAUSSIANS,
    "Gauss2": _GAUSSIANS,
    "Gauss3": _GAUSSIANS,
    "Hahn1": _CUBICS,
    "Kirby2": "(b1+b2*x+b3*x**2)/(1+b4*x+b5*x**2)",
    "Lanczos1": _EXPONENTIALS,
    "Lanczos2": _EXPONENTIALS,
    "Lanczos3": _EXPONENTIALS,
    "MGH09": "b1*(x**2+x*b2)/(x**2+x*b3+b4)",
    "MGH10": "b1*exp(b2/(x+b3))",
    "MGH17": "b1 + b2*exp(-x*b4) + b3*exp(-x*b5)",
    "Misra1a": "b1*(1-exp(-b2*x))",
    "Misra1b": "b1*(1-(1+b2*x/2)**(-2))",
    "Misra1c": "b1*(1-(1+2*b2*x)**(-.5))",
    "Misra1d": "b1*b2*x*((1+b2*x)**(-1))",
    "Nelson": "b1 - b2*x1*exp(-b3*x2)",
    "Rat42": "b1/(1+exp(b2-b3*x))",
    "Rat43": "b1/((1+exp(b2-b3*x))**(1/b4))",
    "Roszman1": "b1 - b2*x - arctan(b3/(x-b4))/pi",
    "Thurber": _CUBICS,
}
# Groups of parameters that may change places: the same curve under other names.
_ALIKE = {
    "ENSO": [("b4", "b5", "b6"), ("b7", "b8", "b9")],
    "Gauss": [("b3", "b4", "b5"), ("b6", "b7", "b8")],
    "Lanczos": [("b1", "b2"), ("b3", "b4"), ("b5", "b6")],
    "MGH17": [("b2", "b4"), ("b3", "b5")],
}


@dataclass(frozen=True)
class Problem:
    """One data set: two starts, certified values and standard errors, x by regressor name, y."""

    name: str
    formula: str
    starts: tuple[dict[str, float], dict[str, float]]
    certified: dict[str, float]
    stderr: dict[str, float]
    squares: float
    x: dict[str, np.ndarray]
    y: np.ndarray

    def names(self, params):
        """Return for each certified parameter the name that it has in a fit."""
        groups = next((g for name, g in _ALIKE.items() if self.name.startswith(name)), [])
        best = {name: name for name in self.certified}
        for order in permutations(range(len(groups))):
            trial = {name: name for name in self.certified}
            for own, other in enumerate(order):
                trial |= dict(zip(groups[own], groups[other], strict=True))
            if self.digits(params, self.certified, trial) > self.digits(
                params, self.certified, best
            ):
                best = trial
        return best

    def digits(self, found, wanted, names):
        """Return the digits that all of `found` share with `wanted`."""
        return min(digits(found[names[name]], value) for name, value in wanted.items())


def digits(found, wanted):
    """Return minus the decimal logarithm of the relative error, at most 11, the digits given."""
    error = abs(found - wanted) / abs(wanted)
    if not np.isfinite(error):
        return -np.inf
    return 11.0 if error == 0 else min(11.0, float(-np.log10(error)))


def read(name):
    """Return the problem of this name."""
    lines = (FOLDER / f"{name}.dat").read_text(encoding="ascii").splitlines()
    starts, certified, stderr = ({}, {}), {}, {}
    for line in lines[:60]:
        found = re.match(r"\s*(b\d)\s*=" + r"\s+(\S+)" * 4, line)
        if found:
            param, *numbers = found.groups()
            starts[0][param], starts[1][param], certified[param], stderr[param] = map(
                float, numbers
            )
    squares = next(line for line in lines if line.startswith("Residual Sum of Squares"))
    first, last = map(int, re.search(r"Data +\(lines (\d+) to (\d+)\)", "\n".join(lines)).groups())
    data = np.array([line.split() for line in lines[first - 1 : last]], dtype=float)
    several = data.shape[1] > 2
    x = {f"x{k}" if several else "x": data[:, k] for k in range(1, data.shape[1])}
    y = np.log(data[:, 0]) if name == "Nelson" else data[:, 0]
    return Problem(
        name, MODELS[name], starts, certified, stderr, float(squares.split(":")[1]), x, y
    )
