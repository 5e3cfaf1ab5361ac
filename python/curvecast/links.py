# SPDX-License-Identifier: GPL-3.0-or-later
"""The scales on which errors are symmetric: identity, log, logit; and the way there and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import ArgumentError, nearest

__all__ = ["ERROR_MODELS", "LINKS", "check_link", "from_link", "link_of", "log_slope", "to_link"]

LINKS = ("identity", "log", "logit")

# The core's number of each error model, and the scale on which it forms residuals.
ERROR_MODELS = {
    "additive": (0, "identity"),
    "multiplicative": (1, "log"),
    "logit": (2, "logit"),
    "binomial": (3, "logit"),  # deviance residuals; the curve's own bands are formed in log odds
}


def link_of(error_model: str) -> str:
    """Return the scale on which this error model's bands are formed."""
    return ERROR_MODELS[error_model][1]


def check_link(link: str) -> str:
    """Return the link, or raise an error that suggests the nearest."""
    if link not in LINKS:
        raise ArgumentError(f"there is no link {link!r}; {nearest(link, LINKS)}")
    return link


def to_link(y: Any, link: str, upper: float = 1.0) -> np.ndarray:
    """Return `y` on the link's scale; -inf or inf at and beyond the ends of its range.

    Parameters
    ----------
    y : array_like
        Values.
    link : str
        ``"identity"``, ``"log"`` or ``"logit"``.
    upper : float, optional
        The end of the logit's range, in y's unit.

    Examples
    --------
    >>> print(to_link([1.0, 0.0], "log"))
    [  0. -inf]
    """
    y = np.asarray(y, dtype=float)
    if link == "identity":
        return y
    with np.errstate(divide="ignore", invalid="ignore"):
        if link == "log":
            return np.where(y <= 0, -np.inf, np.log(np.where(y <= 0, np.nan, y)))
        share = np.clip(y / upper, 0.0, 1.0)
        return np.log(share) - np.log1p(-share)


def from_link(z: Any, link: str, upper: float = 1.0) -> np.ndarray:
    """Return values on the link's scale as values of y.

    Parameters
    ----------
    z : array_like
        Values on the link's scale.
    link : str
        ``"identity"``, ``"log"`` or ``"logit"``.
    upper : float, optional
        The end of the logit's range, in y's unit.

    Examples
    --------
    >>> print(from_link([0.0], "logit", upper=100))
    [50.]
    """
    z = np.asarray(z, dtype=float)
    if link == "identity":
        return z
    with np.errstate(over="ignore"):
        if link == "log":
            return np.exp(z)
        return upper / (1.0 + np.exp(-z))


def log_slope(y: np.ndarray, link: str, upper: float = 1.0) -> np.ndarray:
    """Return ln(dz/dy) at `y`, which carries a density from the link's scale to y's."""
    if link == "identity":
        return np.zeros_like(y)
    if link == "log":
        return -np.log(y)
    return np.log(upper) - np.log(y) - np.log(upper - y)
