# SPDX-License-Identifier: GPL-3.0-or-later
"""curvecast: fit the curves that technology follows, forecast with honest bands, and keep score.

>>> import curvecast as cc
>>> fit = cc.fit("wright", [1, 2, 4, 8, 16], [100, 81, 63, 52, 41])
>>> print(fit.learning_rate)
0.1996 (90 %: 0.1911 to 0.208)

The library never imports ``curvecast.tracking``, which keeps score with it; the attribute loads it
on first use.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

try:
    from . import _core
except ImportError as error:
    raise ImportError(
        f"curvecast: the compiled core could not be loaded ({error}); build it with: "
        "python setup.py build_ext --inplace, or install the package with: pip install ."
    ) from error

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

if TYPE_CHECKING:  # what __getattr__ below loads on first use
    from .bands import Band
    from .comparison import Comparison, compare
    from .crossing import Crossing
    from .curves import Curve, curve, curves
    from .diagnostics import Diagnostics
    from .distribution import Forecast
    from .estimate import Estimate
    from .factors import factors
    from .fit import fit
    from .forecast import forecast
    from .formula import FormulaCurve, formula
    from .interval import Interval
    from .joint import SharedFit, SharedFits
    from .kinked import KinkedFit, kinked
    from .notes import Note, Status
    from .resample import Bootstrap
    from .result import Fit
    from .stacking import stack
    from .table import Fits

# Compiled in from pyproject.toml, the one place where the version is written.
__version__: str = _core.build_info()["version"]

__all__ = [
    "ArgumentError",
    "Band",
    "Bootstrap",
    "Comparison",
    "Crossing",
    "Curve",
    "CurveNameError",
    "CurvecastError",
    "DataError",
    "Diagnostics",
    "Estimate",
    "Fit",
    "FitError",
    "Fits",
    "Forecast",
    "FormatError",
    "FormulaCurve",
    "Interval",
    "KinkedFit",
    "LedgerError",
    "Note",
    "RegistryError",
    "SharedFit",
    "SharedFits",
    "Status",
    "__version__",
    "compare",
    "curve",
    "curves",
    "factors",
    "fit",
    "forecast",
    "formula",
    "kinked",
    "stack",
]

# What is loaded on first use, and the module that it is in.
_LATER = {
    "Band": "bands",
    "Bootstrap": "resample",
    "Comparison": "comparison",
    "Crossing": "crossing",
    "Curve": "curves",
    "Diagnostics": "diagnostics",
    "Estimate": "estimate",
    "Fit": "result",
    "Fits": "table",
    "Forecast": "distribution",
    "FormulaCurve": "formula",
    "Interval": "interval",
    "KinkedFit": "kinked",
    "Note": "notes",
    "SharedFit": "joint",
    "SharedFits": "joint",
    "Status": "notes",
    "compare": "comparison",
    "curve": "curves",
    "curves": "curves",
    "factors": "factors",
    "fit": "fit",
    "forecast": "forecast",
    "formula": "formula",
    "kinked": "kinked",
    "stack": "stacking",
}
_MODULES = ("learning", "plot", "scaling", "score", "tracking")


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _LATER:
        found = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    own = (name for name in globals() if name.startswith("__"))
    return sorted({*own, *__all__, *_MODULES})


class _Package(ModuleType):
    """The package: loading a module does not hide the function of its name, such as `fit`."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and _LATER.get(name) == name:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
