# SPDX-License-Identifier: GPL-3.0-or-later
"""One picture for each claim: data, claim, that day's forecast, today's forecast. SVG, no library.

The drawing uses classes only; their colours stand in the page's style sheet, so that one drawing
serves screens, dark screens and print. What a colour says is also said by shape: the band of that
day is filled, today's is hatched; data known when the claim was made are filled dots.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from .period import decimal_year, parse_period
from .report_axis import Axis, time_axis, time_ticks, value_axis
from .report_svg import arrow, diamond, line, path, tag, text
from .report_text import claim_text, number, percent, quantity

__all__ = ["Picture", "picture"]

WIDTH, HEIGHT = 440, 290
LEFT, RIGHT, TOP, BOTTOM = 66, WIDTH - 12, 44, HEIGHT - 40
UNIT_LENGTH = 50  # characters that fit above the frame
BAR = 5  # half the width of a band at a single date

# Known before the claim, made later: the two forecasts that a picture may show.
STAGES = ("then", "now")


@dataclass
class Picture:
    """A drawing, and the legend that belongs below it."""

    svg: Markup
    legend: list[tuple[Markup, str]] = field(default_factory=list)
    remark: str = ""


def picture(claim: Mapping[str, Any], as_of: str) -> Picture | None:
    """Draw a claim.

    Parameters
    ----------
    claim : dict
        One entry of the result's `claims`.
    as_of : str
        The date of the result.

    Returns
    -------
    Picture or None
        None where there is nothing to draw: no series, or no number in it.
    """
    scene = _Scene.of(claim, as_of)
    if scene is None:
        return None
    heading = f"{claim['title']['en']}: data, claim and forecasts"
    name = f"picture-{claim['id']}"
    svg = tag(
        "svg",
        tag("title", heading, id=f"{name}-title"),
        tag("desc", scene.description(), id=f"{name}-desc"),
        scene.grid(),
        tag("g", *scene.inside(), clip_path="url(#picture-frame)"),
        scene.dates(),
        class_="picture",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        xmlns="http://www.w3.org/2000/svg",
    )
    return Picture(svg, scene.legend(), scene.remark())


def shared_definitions() -> Markup:
    """Return what all pictures of a page refer to: the frame that clips them, and the hatching."""
    frame = tag("rect", x=LEFT, y=TOP, width=RIGHT - LEFT, height=BOTTOM - TOP)
    hatch = tag(
        "pattern",
        tag("path", d="M0,6 L6,0 M-1,1 L1,-1 M5,7 L7,5", class_="hatch"),
        id="picture-hatch",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
    )
    return tag(
        "svg",
        tag("defs", tag("clipPath", frame, id="picture-frame"), hatch),
        class_="definitions",
        width=0,
        height=0,
        aria_hidden="true",
        xmlns="http://www.w3.org/2000/svg",
    )


@dataclass
class _Scene:
    """What is drawn, with its axes."""

    claim: Mapping[str, Any]
    as_of: str
    history: list[tuple[float, float, str | None]]
    forecasts: dict[str, Mapping[str, Any]]
    marks: dict[str, Any]
    outcome: tuple[float, float] | None
    made: float
    x: Axis
    y: Axis

    @classmethod
    def of(cls, claim: Mapping[str, Any], as_of: str) -> _Scene | None:
        data = claim.get("picture") or {}
        history = [tuple(point) for point in data.get("history") or []]
        history = [point for point in history if _finite(point[0], point[1])]
        forecasts = {stage: data[stage] for stage in STAGES if (data.get(stage) or {}).get("x")}
        if not claim.get("series") or not (history or forecasts):
            return None
        marks = _claim_marks(claim, data)
        outcome = _outcome(claim, data, marks["t"])
        made = decimal_year(dt.date.fromisoformat(claim["made"]), end=True)
        times = [point[0] for point in history] + marks["x"] + [made]
        times += [marks["t"]] if marks["t"] is not None else []
        core = [point[1] for point in history] + marks["y"]
        if outcome:
            times, core = [*times, outcome[0]], [*core, outcome[1]]
        bands = []
        for forecast in forecasts.values():
            times += forecast["x"]
            bands += [v for name in ("median", "low", "high") for v in forecast[name] if _finite(v)]
        if not core:
            core = [v for forecast in forecasts.values() for v in forecast["median"]]
        y = value_axis(core, bands, BOTTOM, TOP)
        x = time_axis(times, LEFT, RIGHT)
        return cls(claim, as_of, history, forecasts, marks, outcome, made, x, y)

    def known(self, published: str | None) -> bool:
        """Whether a point was public when the claim was made."""
        return published is not None and published <= self.claim["made"]

    # --- the parts of the drawing ---------------------------------------------------------

    def grid(self) -> Markup:
        parts = []
        for value, label in self.y.ticks():
            height = self.y(value)
            kind = "zero" if value == 0 else "grid"
            parts.append(line(LEFT, height, RIGHT, height, kind))
            parts.append(text(LEFT - 6, height + 4, label, "tick end"))
        parts.append(line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"))
        for start, middle, label in time_ticks(self.x):
            if self.x.holds(start):
                parts.append(line(self.x(start), BOTTOM, self.x(start), BOTTOM + 5, "axis"))
            if LEFT + 8 <= self.x(middle) <= RIGHT - 8:
                parts.append(text(self.x(middle), BOTTOM + 18, label, "tick middle"))
        scale = " (log scale)" if self.y.log else ""
        unit, room = self.claim.get("unit") or "", UNIT_LENGTH - len(scale)
        short = unit if len(unit) <= room else unit[: room - 1].rstrip(" ,;") + "…"
        parts.append(text(2, 12, short + scale, "label"))
        parts.append(text(RIGHT, HEIGHT - 5, "date that a figure describes", "label end"))
        return tag("g", *parts)

    def dates(self) -> Markup:
        """Mark the day on which the claim was made, and the end of its target."""
        parts = [line(self.x(self.made), TOP - 6, self.x(self.made), BOTTOM, "made")]
        target = self.marks["t"]
        limit = float(RIGHT)
        if target is not None:
            parts.append(line(self.x(target), TOP - 6, self.x(target), TOP, "made"))
            middle = min(self.x(target), RIGHT - 21.0)
            parts.append(text(middle, TOP - 10, "target", "label middle"))
            limit = middle - 26
        # "made" gives way to "target" where both would stand on the same spot
        overlaps = target is not None and abs(self.x(self.made) - self.x(target)) < 46
        middle = limit - 19 if overlaps else min(max(self.x(self.made), LEFT), RIGHT - 18.0)
        parts.append(text(middle, TOP - 10, "made", "label middle"))
        return tag("g", *parts)

    def inside(self) -> list[Markup]:
        """Draw what the frame clips, the most important last."""
        parts = []
        for stage in reversed(self.forecasts):
            parts.append(self._forecast(stage))
        parts += self._claim()
        # revised figures may lie on those that were known: what was known stays in sight
        for t, value, published in sorted(self.history, key=lambda point: self.known(point[2])):
            kind = "known" if self.known(published) else "later"
            when = f"published {published}" if published else "date of publication unknown"
            note = f"{quantity(value, self.claim.get('unit'))}, {when}"
            dot = tag("title", note)
            parts.append(
                tag("circle", dot, cx=self.x(t), cy=self.y(value), r=self._radius(), class_=kind)
            )
        if self.outcome:
            place = {"cx": self.x(self.outcome[0]), "cy": self.y(self.outcome[1])}
            parts.append(tag("circle", **place, r=8, class_="outcome"))
        return parts

    def _radius(self) -> float:
        return 3.5 if len(self.history) <= 40 else 2.5

    def _forecast(self, stage: str) -> Markup:
        forecast = self.forecasts[stage]
        columns = [forecast[name] for name in ("x", "median", "low", "high")]
        rows = [row for row in zip(*columns, strict=True) if _finite(*row[:2])]
        if len(rows) == 1:
            return self._bar(stage, *rows[0])
        upper = [(self.x(t), self.y(_or(high, math.inf))) for t, _, _, high in rows]
        lower = [(self.x(t), self.y(_or(low, -math.inf))) for t, _, low, _ in rows]
        median = [(self.x(t), self.y(middle)) for t, middle, _, _ in rows]
        return tag(
            "g",
            tag("path", d=path(upper + lower[::-1]) + "Z", class_="band"),
            tag("path", d=path(upper), class_="edge"),
            tag("path", d=path(lower), class_="edge"),
            tag("path", d=path(median), class_="median"),
            class_=stage,
        )

    def _bar(self, stage: str, t: float, middle: float, low: float, high: float) -> Markup:
        """Draw a forecast for one date: a bar beside the date, so that two can stand there."""
        centre = self.x(t) + (-BAR - 1 if stage == "then" else BAR + 1)
        top, bottom = self.y(_or(high, math.inf)), self.y(_or(low, -math.inf))
        box = {"x": centre - BAR, "y": top, "width": 2 * BAR, "height": bottom - top}
        level = self.y(middle)
        return tag(
            "g",
            tag("rect", **box, class_="band"),
            tag("rect", **box, class_="edge"),
            line(centre - BAR - 2, level, centre + BAR + 2, level, "median"),
            class_=stage,
        )

    def _claim(self) -> list[Markup]:
        marks = self.marks
        points = [(self.x(t), self.y(v)) for t, v in zip(marks["x"], marks["y"], strict=True)]
        kind = marks["kind"]
        if kind == "diamond":
            [(x, y)] = points
            return [tag("path", d=diamond(x, y, 7), class_="claim solid")]
        if kind == "range":
            (x, low), (_, high) = points
            ends = [line(x - 7, y, x + 7, y, "claim") for y in (low, high)]
            return [line(x, low, x, high, "claim"), *ends]
        parts = [tag("path", d=path(points), class_="claim path")] if points else []
        if points and kind in ("at_least", "at_most"):
            x, y = points[-1]
            parts.append(tag("path", d=arrow(x, y, up=kind == "at_least"), class_="claim solid"))
        return parts

    # --- in words -------------------------------------------------------------------------

    def legend(self) -> list[tuple[Markup, str]]:
        """Return a sample of each sign that is drawn, and what it stands for."""
        entries = []
        known = [self.known(published) for _, _, published in self.history]
        if any(known):
            dot = tag("circle", cx=14, cy=8, r=3.5, class_="known")
            entries.append(
                (_sample(dot), f"data published by {self.claim['made']}, when the claim was made")
            )
        if not all(known):
            dot = tag("circle", cx=14, cy=8, r=3.5, class_="later")
            entries.append((_sample(dot), f"data published later, by {self.as_of}"))
        if self.marks["x"]:
            entries.append((_sample(self._claim_sample()), f"the claim: {self._claim_in_words()}"))
        if self.outcome:
            ring = tag("circle", cx=14, cy=8, r=6, class_="outcome")
            entries.append((_sample(ring), "the outcome that decides"))
        for stage, forecast in self.forecasts.items():
            box = {"x": 2, "y": 2, "width": 24, "height": 12}
            sample = tag(
                "g",
                tag("rect", **box, class_="band"),
                tag("rect", **box, class_="edge"),
                line(2, 8, 26, 8, "median"),
                class_=stage,
            )
            entries.append((_sample(sample), self._forecast_in_words(stage, forecast)))
        return entries

    def _claim_in_words(self) -> str:
        return claim_text(self.claim.get("form"), self.claim.get("unit"), self.claim.get("target"))

    def _forecast_in_words(self, stage: str, forecast: Mapping[str, Any]) -> str:
        name = str(forecast.get("name") or "").replace("_", " ")
        date = self.claim["made"] if stage == "then" else self.as_of
        level = percent(forecast.get("level", 0.9))
        return f"forecast from data published by {date} ({name}): median and {level} band"

    def _claim_sample(self) -> Markup:
        kind = self.marks["kind"]
        if kind == "diamond":
            return tag("path", d=diamond(14, 8, 6), class_="claim solid")
        if kind == "range":
            ends = [line(9, y, 19, y, "claim") for y in (2, 14)]
            return tag("g", line(14, 2, 14, 14, "claim"), *ends)
        level = line(2, 8, 26, 8, "claim path")
        if kind == "path":
            return level
        up = kind == "at_least"
        return tag("g", level, tag("path", d=arrow(20, 8, up=up, size=6), class_="claim solid"))

    def remark(self) -> str:
        """Say so when a band does not fit into the frame."""
        for forecast in self.forecasts.values():
            ends = [_or(v, math.inf) for v in [*forecast["high"], *forecast["low"]]]
            medians = [v for v in forecast["median"] if _finite(v)]
            if not all(self.y.holds(v) for v in ends + medians):
                return "A forecast runs beyond the frame; its numbers are in the tables."
        return ""

    def description(self) -> str:
        """Return the picture in a sentence for those who do not see it."""
        points = [point for point in self.history if self.known(point[2])]
        words = [
            f"{len(self.history)} data points, {len(points)} of them published by the claim's day."
        ]
        if self._claim_in_words():
            words.append(f"The claim: {self._claim_in_words()}.")
        if self.outcome:
            words.append(f"The outcome: {quantity(self.outcome[1], self.claim.get('unit'))}.")
        for stage, forecast in self.forecasts.items():
            ends = [number(_or(forecast[name][-1], None)) for name in ("median", "low", "high")]
            words.append(
                f"{self._forecast_in_words(stage, forecast).capitalize()}; "
                f"at the end {ends[0]} ({ends[1]} to {ends[2]})."
            )
        return " ".join(words)


def _claim_marks(claim: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what kind of sign the claim is, its points, and the place of its target."""
    form = claim.get("form") or {}
    drawn = data.get("claim") or {}
    t = drawn.get("t")
    if t is None and claim.get("target"):
        t = parse_period(claim["target"]).position("stock")
    made = decimal_year(dt.date.fromisoformat(claim["made"]), end=True)
    kind = form.get("type")
    if drawn.get("x") and drawn.get("y"):
        marks = {"kind": _bound_on_level(form), "x": list(drawn["x"]), "y": list(drawn["y"])}
    elif kind == "value" and t is not None:
        marks = {"kind": "diamond", "x": [t], "y": [form["value"]]}
    elif kind == "range" and t is not None:
        marks = {"kind": "range", "x": [t, t], "y": [form["low"], form["high"]]}
    elif kind in ("at_least", "at_most"):
        end = t if t is not None else made + 3
        marks = {"kind": kind, "x": [made, end], "y": [form["value"]] * 2}
    else:
        marks = {"kind": "path", "x": [], "y": []}
    return marks | {"t": t}


def _bound_on_level(form: Mapping[str, Any]) -> str:
    """Return the bound on the level at the end; fewer years to double mean a higher level."""
    bound = form.get("bound")
    if bound and form.get("type") == "doubling_time":
        return "at_least" if bound == "at_most" else "at_most"
    return bound or "path"


def _outcome(
    claim: Mapping[str, Any], data: Mapping[str, Any], t: float | None
) -> tuple[float, float] | None:
    """Return where the deciding figure is drawn; a rate or a date has no place among levels."""
    if data.get("outcome"):
        return data["outcome"]["t"], data["outcome"]["value"]
    outcome = claim.get("outcome") or {}
    level = (claim.get("form") or {}).get("type") in ("value", "range", "at_least", "at_most")
    if level and t is not None and isinstance(outcome.get("value"), (int, float)):
        return t, outcome["value"]
    return None


def _sample(content: Markup) -> Markup:
    return tag("svg", content, class_="sample", viewBox="0 0 28 16", aria_hidden="true")


def _finite(*values: Any) -> bool:
    return all(isinstance(v, (int, float)) and math.isfinite(v) for v in values)


def _or(value: Any, instead: Any) -> Any:
    return value if _finite(value) else instead
