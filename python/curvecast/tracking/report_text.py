# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers, dates and claims in words, as the report prints them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = [
    "claim_text",
    "month",
    "number",
    "ordinal",
    "outcome_text",
    "percent",
    "power_of_ten",
    "quantity",
    "rate",
    "rough",
    "signed",
]

MISSING = "–"
MINUS = "−"
NARROW = "\u202f"  # narrow no-break space: keeps a number and its sign on one line
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_BOUNDS = {"at_least": "at least ", "at_most": "at most ", None: ""}


def number(value: float | None) -> str:
    """Return a number with four significant digits, very large and small ones as powers of ten.

    Examples
    --------
    >>> number(13979), number(-0.04), number(7.5e10), number(None)
    ('13,979', '−0.04', '7.5 × 10¹⁰', '–')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    size = abs(value)
    sign = MINUS if value < 0 else ""
    if size == 0:
        return "0"
    if size >= 1e7 or size < 1e-3:
        mantissa, exponent = f"{size:.2e}".split("e")
        return f"{sign}{float(mantissa):g} × {power_of_ten(int(exponent))}"
    text = f"{size:,.0f}" if size >= 1e4 else f"{float(f'{size:.4g}'):,g}"
    return sign + text


def rough(value: float | None) -> str:
    """Return a number with three significant digits, enough for a forecast.

    Examples
    --------
    >>> rough(156995.2), rough(6.9017)
    ('157,000', '6.9')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    return number(float(f"{value:.3g}"))


def power_of_ten(exponent: int) -> str:
    """Return 10 with a superscript."""
    return f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def quantity(value: float | None, unit: str | None) -> str:
    """Return a number with its unit; a percent sign stands close to the number."""
    if not unit or value is None:
        return number(value)
    return f"{number(value)}{NARROW if unit.startswith('%') else ' '}{unit}"


def signed(value: float | None) -> str:
    """Return a number with two decimals and always a sign.

    Examples
    --------
    >>> signed(0.254), signed(-1.5), signed(0.0)
    ('+0.25', '−1.50', '0.00')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{abs(value):.2f}"
    if float(text) == 0:
        return text
    return ("+" if value > 0 else MINUS) + text


def percent(share: float | None) -> str:
    """Return a probability as a percentage, never as 0 or 100 unless it is exactly that.

    Examples
    --------
    >>> [percent(p).replace(NARROW, " ") for p in (0.254, 0.001, 0.9999, 1.0)]
    ['25 %', '< 1 %', '> 99 %', '100 %']
    """
    if share is None or not math.isfinite(share):
        return MISSING
    if 0 < share < 0.01:
        return f"<{NARROW}1{NARROW}%"
    if 0.99 < share < 1:
        return f">{NARROW}99{NARROW}%"
    return f"{100 * share:.0f}{NARROW}%"


def rate(value: float | None) -> str:
    """Return a fraction as a percentage with up to three significant digits."""
    return MISSING if value is None else f"{number(float(f'{100 * value:.3g}'))}{NARROW}%"


def ordinal(share: float | None) -> str:
    """Return where the outcome fell in a distribution, as a percentile.

    Examples
    --------
    >>> ordinal(0.42), ordinal(0.9999).replace(NARROW, " "), ordinal(0.13)
    ('42nd', '> 99th', '13th')
    """
    if share is None or not math.isfinite(share):
        return MISSING
    if share < 0.01:
        return f"<{NARROW}1st"
    if share > 0.99:
        return f">{NARROW}99th"
    rank = round(100 * share)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{'th' if rank in (11, 12, 13) else ending}"


def month(year: float | None) -> str:
    """Return a decimal year as year and month.

    Examples
    --------
    >>> month(2024.5)
    '2024-07'
    """
    if year is None or not math.isfinite(year):
        return MISSING
    months = math.floor(year * 12 + 1e-6)
    return f"{months // 12}-{months % 12 + 1:02d}"


def claim_text(form: Mapping[str, Any] | None, unit: str | None, target: str | None) -> str:
    """Return what was printed, in words.

    Examples
    --------
    >>> claim_text({"type": "at_least", "value": 10}, "million rides", "2024")
    'at least 10 million rides, 2024'
    >>> claim_text({"type": "doubling_time", "years": 0.5, "bound": "at_most"}, None, None)
    'doubles in at most 6 months'
    """
    if not form:
        return ""
    when = f", {target}" if target else ""
    kind = form["type"]
    bound = _BOUNDS[form.get("bound")]
    if kind == "value":
        return quantity(form["value"], unit) + when
    if kind in ("at_least", "at_most"):
        return _BOUNDS[kind] + quantity(form["value"], unit) + when
    if kind == "range":
        return f"{number(form['low'])} to {quantity(form['high'], unit)}{when}"
    if kind == "event":
        return f"happens by {target}" if target else "happens"
    if kind == "learning_rate":
        return f"learning rate {bound}{rate(form['rate'])} for each doubling of experience{when}"
    start, end = form.get("from", form.get("start")), form.get("to")
    span = (f", from {start}" if start else "") + (f" to {end}" if end else "")
    if kind == "growth_rate":
        return f"{bound}{rate(form['rate'])} a year{span}"
    verb = {"doubling_time": "doubles", "halving_time": "halves"}[kind]
    return f"{verb} in {bound}{_stretch(form['years'])}{span}"


def _stretch(years: float) -> str:
    """Return a stretch of time, below two years in months where these are whole."""
    months = round(12 * years, 6)
    if years < 2 and years != 1 and months == round(months):
        return f"{months:.0f} month{'s' if months != 1 else ''}"
    return f"{number(years)} year{'s' if years != 1 else ''}"


def outcome_text(claim: Mapping[str, Any]) -> str:
    """Return the value of an outcome in words: events and learning rates have no unit.

    Examples
    --------
    >>> outcome_text({"form": {"type": "event"}, "outcome": {"value": 0.5}})
    'the partial criterion was met'
    """
    value = claim["outcome"]["value"]
    kind = (claim.get("form") or {}).get("type")
    if not isinstance(value, (int, float)):
        return str(value)
    if kind == "event":
        known = {1: "happened", 0.5: "the partial criterion was met", 0: "had not happened"}
        return known.get(value, number(value))
    if kind == "learning_rate":
        return rate(value)
    return quantity(value, claim.get("unit"))
