# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the page of curves, docs/curves.md, and its pictures from the registry: `make docs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import curvecast as cc
from curvecast.summary import call_of, limits, sized

HERE = Path(__file__).resolve().parent
PAGE = HERE / "curves.md"
PICTURES = HERE / "curves"

_BLUE = "#1f5fa8"
_ACROSS = 5
_HEAD = """\
# The curves

Made by `make docs` from the registry in `csrc/curves/`; edit there, not here.
`curvecast curves NAME` prints the same.

Every curve is fitted without starting values by `cc.fit(NAME, x, y)`, where `x` is an array, or a
dict by regressor name where there are several. Units are those of the data: `y` of the
observations, `x` of the regressor (by its name, where there are several). A parameter that is held
is taken from the points unless `fixed={"name": None}` frees it. Errors are how observations scatter
unless `error_model=` says otherwise. Which curve the points speak for: `cc.compare([...], x, y)`.

Pictures are drawn from each curve's example. Levels are on a logarithmic axis where errors are
multiplicative, and regressors that must be positive are too; dots where other regressors vary.
"""


# ---- the page ------------------------------------------------------------------------------------


def families() -> dict[str, list[list[cc.Curve]]]:
    """Return the curves by family, those of a size together."""
    found: dict[str, list[list[cc.Curve]]] = {}
    for group in sized(cc.curves()):
        found.setdefault(group[0].family, []).append(group)
    return found


def page() -> str:
    """Return the text of the page."""
    parts = [_HEAD, *(_contents(family, groups) for family, groups in families().items())]
    parts.append("")
    for family, groups in families().items():
        parts += [f"## {family.capitalize()}\n", f"![Examples](curves/{family}.svg)\n"]
        parts += [line for group in groups for line in section(group)]
    return "\n".join(parts).rstrip() + "\n"


def _contents(family: str, groups: Sequence[Sequence[cc.Curve]]) -> str:
    names = ", ".join(f"[{_title(group)}](#{_anchor(group)})" for group in groups)
    return f"- {family}: {names}"


def _title(group: Sequence[cc.Curve]) -> str:
    return group[0].name if len(group) == 1 else f"{group[0].name} to {group[-1].name}"


def _anchor(group: Sequence[cc.Curve]) -> str:
    """Return the anchor that Markdown renderers make of a heading."""
    return _title(group).replace(" ", "-")


def section(group: Sequence[cc.Curve]) -> Iterator[str]:
    """Yield the lines of a curve, or of one in several sizes."""
    curve = group[0]
    yield f"### {_title(group)}\n"
    yield f"{curve.title}. `{call_of(curve)}`, {curve.error_model} errors.\n"
    yield f"```\n{curve.formula}\n```\n"
    yield f"- For: {curve.when}"
    yield f"- Not for: {curve.when_not}"
    yield f"- Source: {curve.source}\n"
    yield "| | unit | limits | meaning |"
    yield "|---|---|---|---|"
    for each in curve.params:
        held = "; held" if each.fixed_by_default else ""
        yield _row(f"`{each.name}`", _unit(each.unit), limits(each) + held, each.meaning)
    for each in curve.derived:
        yield _row(f"*{each.name}*", _unit(each.unit), "derived", each.meaning)
    yield ""
    if len(group) > 1:
        yield f"The table is that of `{curve.name}`. {_more(group)}\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.removeprefix("; ").replace("|", "\\|") for cell in cells) + " |"


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit


def _more(group: Sequence[cc.Curve]) -> str:
    """Say what the larger sizes have besides."""
    smaller, larger = group[:2]
    pairs = ((larger.regressors, smaller.regressors), (larger.param_names, smaller.param_names))
    added = [f"`{name}`" for more, few in pairs for name in more if name not in few]
    return f"`{larger.name}` adds {', '.join(added)}" + (", and so on." if group[2:] else ".")


# ---- the pictures --------------------------------------------------------------------------------


def picture(groups: Sequence[Sequence[cc.Curve]]) -> plt.Figure:
    """Return one small panel for each curve of a family, drawn from its example."""
    across = min(_ACROSS, len(groups))
    down = -(-len(groups) // across)
    size = (1.75 * across, 1.45 * down)
    figure, axes = plt.subplots(down, across, figsize=size, squeeze=False, layout="constrained")
    for panel in axes.flat[len(groups) :]:
        panel.set_axis_off()
    for panel, group in zip(axes.flat, groups, strict=False):
        _draw(panel, group[0])
        panel.set_title(group[0].name, fontsize=7.5)
    return figure


def _draw(panel: plt.Axes, curve: cc.Curve) -> None:
    x = np.stack(list(curve.example_points(60).values()))
    y = curve.ufunc("eval")(x, np.array(curve.example))
    for rows in _lines(x):
        along = rows[np.argsort(x[0][rows], kind="stable")]
        alone = len(x) == 1 or len(rows) < x.shape[1]
        style = {"linewidth": 1.3} if alone else {"marker": ".", "linestyle": "", "markersize": 2.5}
        panel.plot(x[0][along], y[along], color=_BLUE, **style)
    if curve.positive_x:
        panel.set_xscale("log")
    if curve.error_model == "multiplicative":
        panel.set_yscale("log")
    panel.set_xlabel(curve.regressors[0], fontsize=6.5, labelpad=1)
    panel.set_xticks([], [])
    panel.set_yticks([], [])
    panel.minorticks_off()
    panel.spines[["top", "right"]].set_visible(False)


def _lines(x: np.ndarray) -> list[np.ndarray]:
    """Return the rows of each line: a regressor of few values tells one line from another."""
    for other in x[1:]:
        values = np.unique(other)
        if 1 < len(values) <= 6 and len(values) < len(other) / 4:
            return [np.flatnonzero(other == value) for value in values]
    return [np.arange(x.shape[1])]


def main() -> None:
    """Write docs/curves.md and docs/curves/FAMILY.svg."""
    plt.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "curvecast"}
    PICTURES.mkdir(exist_ok=True)
    for family, groups in families().items():
        figure = picture(groups)
        figure.savefig(PICTURES / f"{family}.svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
