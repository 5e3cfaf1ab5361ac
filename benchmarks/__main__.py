# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure every row and print the table in Markdown: ``python -m benchmarks [--quick] [PART ...]``.

Exits 1 where a row could not be measured or its answers disagree; a bar that is missed is no error.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from .machine import machine
from .measure import Row, Sizes, cores

PARTS = (
    "tables",
    "field",
    "kinked",
    "one_series",
    "bounds_and_losses",
    "formula",
    "chinchilla",
    "threads",
    "memory",
    "import_time",
)


def main() -> int:
    """Read the command line, measure, print."""
    options = read_options()
    sizes = sizes_of(options)
    rows, failures = [], []
    with cores(1):
        for part in options.parts or PARTS:
            for measure in importlib.import_module(f".{part}", __package__).rows(sizes):
                told(f"{part}: {len(rows) + len(failures) + 1}")
                keep(measure, part, rows, failures)
    about = machine()
    print(table(rows, sizes))
    print("\n" + ", ".join(f"{name} {value}" for name, value in about.items()))
    print("\n".join(f"- {failure}" for failure in failures))
    if options.json:
        record = {"machine": about, "sizes": asdict(sizes), "rows": list(map(recorded, rows))}
        options.json.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return 1 if failures else 0


def read_options() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="small tables, parts of long runs")
    parser.add_argument("--series", type=int, help="series in a table")
    parser.add_argument("--turns", type=int, help="turns of each program")
    parser.add_argument("--part", type=int, help="run one in so many of SciPy's longest searches")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there as well")
    parser.add_argument(
        "--chinchilla",
        metavar="FILE",
        help="CSV with N_params, D_tokens, loss: these runs in place of made-up ones",
    )
    options = parser.parse_args()
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"there is no part {part!r}; there are {', '.join(PARTS)}")
    return options


def sizes_of(options: argparse.Namespace) -> Sizes:
    """Return how much is measured."""
    usual = Sizes(400, 3, 0.02, part=45) if options.quick else Sizes()
    return Sizes(
        options.series or usual.series,
        options.turns or usual.turns,
        usual.least,
        options.part or usual.part,
        options.chinchilla,
    )


def keep(measure: Callable[[], Row], part: str, rows: list[Row], failures: list[str]) -> None:
    """Measure one row; whatever goes wrong with it is told, and the others go on."""
    try:
        rows.append(measure())
    except Exception as error:
        failures.append(f"{part}: {type(error).__name__}: {error}")


def recorded(row: Row) -> dict[str, object]:
    """Return a row for JSON; times are (processor, wall) seconds, turn by turn."""
    return {**asdict(row), "met": row.met}


def told(text: str) -> None:
    """Tell how far the run is, where someone watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def table(rows: list[Row], sizes: Sizes) -> str:
    """Return the rows as a table in Markdown, and the remarks below it."""
    lines = [
        "| what | against | ours | theirs | figure (least to most) | bar | reach for | met |",
        "|---|---|---:|---:|---:|---:|---:|---|",
    ]
    lines += [line(number, row) for number, row in enumerate(rows, 1)]
    quick = "Quick: little was run, so the figures are no measurement.\n" * (sizes.part > 1)
    remarks = [f"{number}. {'; '.join(row.remarks)}" for number, row in enumerate(rows, 1)]
    return "\n".join(
        [*lines, f"\n{quick}Ratios are of processor time, except of threads.", *remarks]
    )


def line(number: int, row: Row) -> str:
    """Return one row of the table."""
    sign = "at most " if row.at_most else ""
    asked = [f"{sign}{short(each)} {row.unit}" if each else "" for each in (row.bar, row.reach)]
    figure = "not measured"
    if row.figure is not None:
        figure = f"{short(row.figure)} {row.unit}"
        if row.least < row.most:
            figure += f" ({short(row.least)} to {short(row.most)})"
    met = {None: "", True: "yes", False: "no"}[row.met]
    times = [duration(each) for each in row.seconds() or ()] or ["", ""]
    return f"| {number}. {row.what} | {row.peer} | {' | '.join([*times, figure, *asked, met])} |"


def short(value: float) -> str:
    """Return a number with three digits, and no power of ten."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    for size, unit in ((1e-6, "us"), (1e-3, "ms")):
        if seconds < 1e3 * size:
            return f"{short(seconds / size)} {unit}"
    return f"{short(seconds)} s"


if __name__ == "__main__":
    sys.exit(main())
