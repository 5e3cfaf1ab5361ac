# SPDX-License-Identifier: GPL-3.0-or-later
"""The core's vector of facts about a fit: what stands where."""

from __future__ import annotations

import numpy as np

__all__ = ["INFO", "bound_flags"]

INFO = {"iterations": 0, "minima": 1, "share": 2, "condition": 3, "s": 4, "free": 5, "bounds": 7}


def bound_flags(info: np.ndarray, p: int) -> np.ndarray:
    """Return which of `p` parameters a bound holds, (..., p), from facts (..., k)."""
    bits = info[..., INFO["bounds"]]
    bits = np.where(bits > 0, bits, 0).astype(np.int64)  # NaN where there is no result
    return (bits[..., np.newaxis] >> np.arange(p)) & 1 == 1
