# SPDX-License-Identifier: GPL-3.0-or-later
"""Timing side by side, and the rows that come of it.

Two programs take turns (A B A B) on one core, each turn long enough for the clock, and their ratio
is formed turn by turn: what else the machine does then falls on both. The processor time of this
process decides; the clock on the wall is kept beside it.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Disagreement", "Row", "Sizes", "Timing", "cores", "ratio_row", "take_turns"]

# The cores that this process may use, before it is held to one of them.
_CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None


class Disagreement(Exception):
    """Two programs that are compared gave different answers, so their times mean nothing."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes
    ----------
    series : int
        Series in a table.
    turns : int
        How often each program has its turn.
    least : float
        Seconds that a turn lasts at the least.
    part : int
        SciPy's longest programs do one in so many of their searches, scaled up.
    chinchilla : str or None
        A CSV of published runs in place of made-up ones.
    """

    series: int = 10_000
    turns: int = 5
    least: float = 0.2
    part: int = 1
    chinchilla: str | None = None


@dataclass(frozen=True)
class Timing:
    """Seconds for each unit of work, turn by turn, as (processor, wall) pairs."""

    ours: list[tuple[float, float]]
    theirs: list[tuple[float, float]]

    def ratios(self, clock: int) -> list[float]:
        """How many times as long theirs took; clock 0 is the processor's, 1 the wall's."""
        return [b[clock] / a[clock] for a, b in zip(self.ours, self.theirs, strict=True)]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    what : str
        What was measured.
    figure, least, most : float
        Median, minimum and maximum of what is judged; None where it could not be measured.
    unit : str
        Unit of the figure: ``"x"`` for a ratio.
    bar, reach : float or None
        What the figure must be, and what it should be; None where nothing is asked of it.
    at_most : bool
        Whether the bar is an upper limit.
    timing : Timing or None
        What the figure was formed from.
    wall : bool
        Whether the clock on the wall decides, and not that of the processor.
    peer : str
        Whom or what it is compared with.
    remarks : list of str
        What was checked, and anything else to know.
    """

    what: str
    figure: float | None
    least: float | None
    most: float | None
    unit: str
    bar: float | None
    reach: float | None
    at_most: bool = False
    timing: Timing | None = None
    wall: bool = False
    peer: str = ""
    remarks: list[str] = field(default_factory=list)

    def seconds(self) -> tuple[float, float] | None:
        """Return the median time for each unit of work, ours and theirs."""
        if self.timing is None:
            return None
        sides = (self.timing.ours, self.timing.theirs)
        return tuple(statistics.median(pair[self.wall] for pair in side) for side in sides)

    @property
    def met(self) -> bool | None:
        """Whether the median meets the bar; None where there is no bar, or no figure."""
        if self.bar is None or self.figure is None:
            return None
        return self.figure <= self.bar if self.at_most else self.figure >= self.bar


def turn(run: Callable[[], Any], times: int) -> tuple[float, float]:
    """Run something a number of times; return seconds of processor and of wall for each."""
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(times):
        run()
    return (time.process_time() - processor) / times, (time.perf_counter() - wall) / times


def take_turns(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    sizes: Sizes,
    units: tuple[float, float] = (1, 1),
) -> Timing:
    """Time two programs in turns, after one turn each that does not count.

    Parameters
    ----------
    ours, theirs : callable
        Without arguments.
    sizes : Sizes
        How many turns, and how long.
    units : pair of float
        Units of work that one call of each does.
    """
    runs = (ours, theirs)
    times = [max(1, int(sizes.least / max(turn(run, 1)[1], 1e-9))) for run in runs]
    samples: tuple[list[tuple[float, float]], ...] = ([], [])
    for _ in range(sizes.turns):
        for k in range(2):
            processor, wall = turn(runs[k], times[k])
            samples[k].append((processor / units[k], wall / units[k]))
    return Timing(*samples)


def ratio_row(
    what: str,
    timing: Timing,
    *,
    peer: str,
    bar: float | None,
    reach: float | None,
    at_most: bool = False,
    wall: bool = False,
    remarks: Sequence[str] = (),
) -> Row:
    """Return the row of a comparison: theirs over ours, or ours over theirs where a limit is set.

    Parameters
    ----------
    what, peer, bar, reach, at_most, remarks
        As `Row` has them.
    timing : Timing
    wall : bool, optional
        Whether the clock on the wall decides, as it must for threads.
    """
    ratios = [[1 / r if at_most else r for r in timing.ratios(clock)] for clock in (0, 1)]
    judged = ratios[wall]
    clocks = "" if wall else f"{statistics.median(ratios[1]):.3g} x by the clock on the wall"
    return Row(
        what=what,
        figure=statistics.median(judged),
        least=min(judged),
        most=max(judged),
        unit="x",
        bar=bar,
        reach=reach,
        at_most=at_most,
        timing=timing,
        wall=wall,
        peer=peer,
        remarks=[*remarks, *([clocks] if clocks else [])],
    )


@contextlib.contextmanager
def cores(count: int) -> Iterator[bool]:
    """Hold this process to the last `count` of its cores; False where the system cannot."""
    if _CORES is None:
        yield False
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(_CORES)[-count:])
    try:
        yield len(_CORES) >= count
    finally:
        os.sched_setaffinity(0, before)
