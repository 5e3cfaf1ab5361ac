# SPDX-License-Identifier: GPL-3.0-or-later
"""The few SVG elements that the report's pictures are made of."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

__all__ = ["arrow", "diamond", "line", "path", "tag", "text"]


def tag(name: str, *content: Any, **attributes: Any) -> Markup:
    """Return an element; everything that is not markup is escaped. `class_` is `class`."""
    names = {key: key.rstrip("_").replace("_", "-") for key in attributes}
    written = "".join(
        f' {names[key]}="{escape(_short(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(content)
    return Markup(f"<{name}{written}>{inner}</{name}>" if content else f"<{name}{written}/>")


def _short(value: Any) -> Any:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Return a straight line of a class."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def text(x: float, y: float, content: str, kind: str) -> Markup:
    """Return a line of text of a class."""
    return tag("text", content, x=x, y=y, class_=kind)


def path(points: list[tuple[float, float]]) -> str:
    """Return the `d` of a path through points."""
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def diamond(x: float, y: float, r: float) -> str:
    """Return the `d` of a diamond around a point."""
    return f"M{x:.1f},{y - r:.1f} l{r},{r} l{-r},{r} l{-r},{-r}Z"


def arrow(x: float, y: float, *, up: bool, size: float = 9) -> str:
    """Return the `d` of an arrow head that stands on a point."""
    height = -size if up else size
    return f"M{x - size * 0.6:.1f},{y:.1f} h{size * 1.2:.1f} l{-size * 0.6:.1f},{height}Z"
