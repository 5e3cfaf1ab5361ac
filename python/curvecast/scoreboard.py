# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a rescore in a terminal: one line a claim, then the verdicts by report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from .tracking import LABELS

__all__ = ["scoreboard"]

_STYLES = dict(zip(LABELS, ("green", "yellow", "red", "cyan", "dim"), strict=True))

LEGEND = "P: probability, from the data up to that day, that an open claim comes true."


def scoreboard(result: dict[str, Any]) -> Group:
    """Return what rich prints for a result of `curvecast.tracking.rescore`.

    Examples
    --------
    >>> from rich.console import Console
    >>> claim = {"id": "zb_2025", "report": "001", "verdict": "open", "title": {"en": "200 ZB"}}
    >>> claim["now"] = {"probability": 0.25}
    >>> board = scoreboard({"as_of": "2024-12-31", "claims": [claim]})
    >>> Console(width=80).print(board)  # doctest: +NORMALIZE_WHITESPACE
    verdict       P  claim    title
    report 001
    open        25%  zb_2025  200 ZB
    <BLANKLINE>
    P: probability, from the data up to that day, that an open claim comes true.
    <BLANKLINE>
    As of 2024-12-31: 1 claim of 1 report
    report  accurate  half right  wrong  open  not resolvable
    001            -           -      -     1               -
    """
    claims = result["claims"]
    reports = sorted({claim["report"] for claim in claims})
    head = f"As of {result['as_of']}: {_count(claims, 'claim')} of {_count(reports, 'report')}"
    # The counts come last: they are what is still on the screen when the list is longer than it.
    parts = [_claims(claims, reports), Text(), Text(LEGEND), Text(), Text(head, style="bold")]
    return Group(*parts, _counts(claims, reports))


def _count(things: list[Any], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")


def _counts(claims: list[dict[str, Any]], reports: list[str]) -> Table:
    table = _table()
    table.add_column("report")
    for verdict in LABELS:
        table.add_column(verdict, justify="right", style=_STYLES[verdict])
    for report in reports:
        of_report = (claim for claim in claims if claim["report"] == report)
        table.add_row(report, *_cells(of_report))
    if len(reports) > 1:
        table.add_row("all", *_cells(claims), style="bold")
    return table


def _cells(claims: Iterable[dict[str, Any]]) -> list[str]:
    counts = Counter(claim["verdict"] for claim in claims)
    return [str(counts[verdict] or "-") for verdict in LABELS]


def _claims(claims: list[dict[str, Any]], reports: list[str]) -> Table:
    table = _table()
    table.add_column("verdict", no_wrap=True)
    table.add_column("P", justify="right", no_wrap=True)
    table.add_column("claim", no_wrap=True)
    table.add_column("title")
    for report in reports:
        table.add_row(Text(f"report {report}", style="bold"))
        of_report = [claim for claim in claims if claim["report"] == report]
        for claim in sorted(of_report, key=lambda claim: LABELS.index(claim["verdict"])):
            table.add_row(
                Text(claim["verdict"], style=_STYLES[claim["verdict"]]),
                _probability(claim),
                claim["id"],
                # Only the title gives way where the terminal is narrow: its column may shrink.
                Text(claim["title"]["en"], no_wrap=True, overflow="ellipsis"),
            )
    return table


def _probability(claim: dict[str, Any]) -> str:
    probability = (claim.get("now") or {}).get("probability")
    if claim["verdict"] != "open" or probability is None:
        return ""
    if 0 < probability < 0.01:
        return "<1%"
    if 0.99 < probability < 1:
        return ">99%"
    return f"{probability:.0%}"
