# SPDX-License-Identifier: GPL-3.0-or-later
"""The core's vector of facts about a fit: what stands where."""

from __future__ import annotations

import numpy as np

__all__ = ["INFO", "N_FACTS", "bound_bits", "bound_flags"]

INFO = {"iterations": 0, "minima": 1, "share": 2, "condition": 3, "s": 4, "free": 5, "bounds": 7}
N_FACTS = 8


def bound_flags(info: np.ndarray, p: int) -> np.ndarray:
    """Return which of `p` parameters a bound holds, (..., p), from facts (..., k)."""
    bits = info[..., INFO["bounds"]]
    bits = np.where(bits > 0, bits, 0).astype(np.int64)  # NaN where there is no result
    return (bits[..., np.newaxis] >> np.arange(p)) & 1 == 1


def bound_bits(flags: np.ndarray) -> int:
    """Return the fact from which `bound_flags` reads which parameters a bound holds, (p,)."""
    return int(np.sum(flags << np.arange(len(flags))))
