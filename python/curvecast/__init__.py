# SPDX-License-Identifier: GPL-3.0-or-later
"""curvecast: fit the curves that technology follows, forecast with honest bands, and keep score.

>>> import curvecast as cc
>>> fit = cc.fit("wright", [1, 2, 4, 8, 16], [100, 81, 63, 52, 41])
>>> print(fit.learning_rate)
0.1996 (90 %: 0.1911 to 0.208)

The library never imports ``curvecast.tracking``, which keeps score with it; the attribute loads it
on first use.
"""

from typing import Any

try:
    from . import _core
except ImportError as error:
    raise ImportError(
        f"curvecast: the compiled core could not be loaded ({error}); build it with: "
        "python setup.py build_ext --inplace, or install the package with: pip install ."
    ) from error

from .bands import Band
from .crossing import Crossing
from .curves import Curve, curve, curves
from .distribution import Forecast
from .errors import (
    ArgumentError,
    CurvecastError,
    CurveNameError,
    DataError,
    FitError,
    FormatError,
    LedgerError,
    RegistryError,
)
from .estimate import Estimate
from .fit import fit
from .forecast import forecast
from .notes import Note, Status
from .result import Fit
from .table import Fits

# Compiled in from pyproject.toml, the one place where the version is written.
__version__: str = _core.build_info()["version"]

__all__ = [
    "ArgumentError",
    "Band",
    "Crossing",
    "Curve",
    "CurveNameError",
    "CurvecastError",
    "DataError",
    "Estimate",
    "Fit",
    "FitError",
    "Fits",
    "Forecast",
    "FormatError",
    "LedgerError",
    "Note",
    "RegistryError",
    "Status",
    "__version__",
    "curve",
    "curves",
    "fit",
    "forecast",
]

_LAZY = ("plot", "score", "tracking")


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
