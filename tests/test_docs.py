# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of curves is that of the registry (`make docs` writes it); what pages print is so."""

import contextlib
import importlib.util
import io
import re
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import curvecast as cc

DOCS = Path(__file__).resolve().parent.parent / "docs"

_spec = importlib.util.spec_from_file_location("make_curves", DOCS / "make_curves.py")
make_curves = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_curves)


def test_the_page_of_curves_is_current():
    written = (DOCS / "curves.md").read_text("utf-8")
    assert written == make_curves.page(), "docs/curves.md is not that of the registry: make docs"


def test_the_page_has_every_curve_and_its_links_lead_somewhere():
    text = make_curves.page()
    groups = [group for family in make_curves.families().values() for group in family]
    assert {curve.name for group in groups for curve in group} == {c.name for c in cc.curves()}
    for group in groups:
        ends = (group[0].name, group[-1].name)
        assert f"\n### {ends[0] if len(group) == 1 else ' to '.join(ends)}\n" in text
    for link in re.findall(r"\]\(#([^)]*)\)", text):
        assert f"\n### {link.replace('-', ' ')}\n" in text
    pictures = re.findall(r"!\[[^]]*\]\(([^)]*)\)", text)
    assert len(pictures) == len({each.family for each in cc.curves()})
    for each in pictures:
        assert (DOCS / each).is_file(), f"docs/{each} is missing: make docs"


@pytest.mark.parametrize("family", make_curves.families())
def test_a_family_has_a_panel_for_every_curve(family):
    groups = make_curves.families()[family]
    figure = make_curves.picture(groups)
    drawn = [panel for panel in figure.axes if panel.lines]
    assert len(drawn) == len(groups)
    for panel in drawn:
        for line in panel.lines:
            assert len(line.get_xdata()) > 5
    plt.close(figure)


def test_sizes_of_a_curve_share_a_section():
    one = replace(cc.curve("wright"), name="kinked_1")
    slope = replace(one.params[1], name="exponent_2")
    two = replace(one, name="kinked_2", params=(*one.params, slope))
    text = "\n".join(make_curves.section([one, two]))
    assert text.startswith("### kinked_1 to kinked_2\n")
    assert text.endswith("The table is that of `kinked_1`. `kinked_2` adds `exponent_2`.\n")


def test_the_page_of_published_fits_prints_what_it_shows():
    text = (DOCS / "published.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```\n+```text\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == text.count("```python") > 0
    names = {}
    for program, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program, "published.md", "exec"), names)
        assert printed.getvalue() == shown
    for name in re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", text):
        known = {curve.name for curve in cc.curves()}
        known |= {
            each for curve in cc.curves() for each in (*curve.param_names, *curve.derived_names)
        }
        assert name in known, name
