# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pieces of HTML for notebooks; without colours of their own, they suit any theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["card", "paragraph", "preformatted", "table"]

_CELL = "padding:.15em .8em .15em 0;text-align:{side};white-space:nowrap"
_MARK = {"error": "&#10006;", "warning": "&#9888;", "info": "&#8505;"}


def preformatted(text: str) -> str:
    """Return plain text as it stands."""
    return f"<pre>{escape(text)}</pre>"


def paragraph(text: str, *, severity: str | None = None) -> str:
    """Return one paragraph, marked where it is a note."""
    mark = f"<b>{_MARK[severity]} {severity}</b> " if severity else ""
    return f'<p style="margin:.3em 0">{mark}{escape(text)}</p>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose first column is text and whose other columns are numbers."""

    def cell(text: str, tag: str, first: bool) -> str:
        style = _CELL.format(side="left" if first else "right")
        return f'<{tag} style="{style}">{escape(text)}</{tag}>'

    def line(cells: Sequence[str], tag: str) -> str:
        return f"<tr>{''.join(cell(text, tag, i == 0) for i, text in enumerate(cells))}</tr>"

    body = "".join(line(row, "td") for row in rows)
    return (
        '<table style="border-collapse:collapse;margin:.3em 0">'
        f"<thead>{line(head, 'th')}</thead><tbody>{body}</tbody></table>"
    )


def card(title: str, parts: Iterable[str]) -> str:
    """Return a titled block."""
    return f'<div><p style="margin:.3em 0"><b>{escape(title)}</b></p>{"".join(parts)}</div>'
