# SPDX-License-Identifier: GPL-3.0-or-later
"""The numeric core, compiled from csrc: descriptions, and ufuncs with the points on the last axis.

Besides the names below there is, for every curve of `curves()`, one generalised ufunc for each
operation: ``fit_NAME``, ``eval_NAME``, ``grad_NAME``, ``band_NAME``, ``derived_NAME`` and so on,
and ``inverse_NAME`` where the curve has an inverse; `curvecast.Curve.ufunc` returns them.
"""

from typing import Any

import numpy as np

def curves() -> list[dict[str, Any]]: ...
def statuses() -> dict[int, tuple[str, str]]: ...
def notes() -> list[dict[str, Any]]: ...
def build_info() -> dict[str, Any]: ...

walk: np.ufunc
last_value: np.ufunc
mixture_cdf: np.ufunc
mixture_logpdf: np.ufunc
mixture_quantile: np.ufunc

def __getattr__(name: str) -> np.ufunc: ...
