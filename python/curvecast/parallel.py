# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables in blocks of series: on several threads, and stopped by Ctrl-C without delay.

The core's loops release the GIL, so threads work side by side; a series is fitted alike whatever
its neighbours are, so the number of threads changes no bit of the result. Only the main thread
hears a signal. It therefore works too, and when it stops the others take no further block.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .errors import ArgumentError

__all__ = ["check_threads", "in_blocks"]

_POINTS = 1 << 15  # of all series of a block: some milliseconds of work
_SHARES = 8  # blocks for each thread, at the least, so that all end at about the same time

Block = tuple[slice, ...]


def check_threads(threads: Any) -> int:
    """Return the number of threads, or say that it is none."""
    if not isinstance(threads, (int, np.integer)) or isinstance(threads, bool) or threads < 1:
        raise ArgumentError(f"threads is {threads!r}; give a whole number of 1 or more")
    return int(threads)


def in_blocks(
    function: Callable[..., tuple[np.ndarray, ...]],
    inputs: Sequence[np.ndarray],
    core: Sequence[int],
    outputs: Sequence[np.ndarray],
    shape: tuple[int, ...],
    points: int,
    threads: int,
) -> None:
    """Call a generalised ufunc on a table, block by block, and fill `outputs`.

    Parameters
    ----------
    function : callable
        Takes the inputs of a block and returns its outputs.
    inputs : sequence of numpy.ndarray
        Their leading axes broadcast to `shape`.
    core : sequence of int
        How many axes of each input are not the table's.
    outputs : sequence of numpy.ndarray
        Their leading axes are those of `shape`.
    shape : tuple of int
        The table's.
    points : int
        Of one series.
    threads : int
    """
    total = int(np.prod(shape))
    rows = max(1, min(_POINTS // max(points, 1), -(-total // (_SHARES * threads))))
    blocks = deque(_blocks(shape, rows))
    stop = False

    def work() -> None:
        while not stop:
            try:
                block = blocks.popleft()
            except IndexError:
                return
            parts = [_part(each, n, block) for each, n in zip(inputs, core, strict=True)]
            for whole, part in zip(outputs, function(*parts), strict=True):
                whole[block] = part

    if threads == 1 or len(blocks) < 2:
        work()
        return
    failures: list[BaseException] = []

    def help_out() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    from threading import Thread

    helpers = [Thread(target=help_out, daemon=True) for _ in range(min(threads, len(blocks)) - 1)]
    try:
        for helper in helpers:
            helper.start()
        work()
        for helper in helpers:
            helper.join()
    finally:
        stop = True  # after an interruption nobody waits for blocks that are still at work
    if failures:
        raise failures[0]


def _blocks(shape: tuple[int, ...], rows: int) -> Iterator[Block]:
    """Cut a table of this shape into blocks of at most so many series."""
    lengths = []
    for axis in reversed(shape):
        length = max(1, min(axis, rows))
        lengths.append(length)
        rows //= length
    steps = lengths[::-1]
    for corner in np.ndindex(*(-(-axis // step) for axis, step in zip(shape, steps, strict=True))):
        yield tuple(slice(i * step, (i + 1) * step) for i, step in zip(corner, steps, strict=True))


def _part(array: np.ndarray, core: int, block: Block) -> np.ndarray:
    """Return what belongs to a block of an array whose leading axes broadcast to the table's."""
    leading = array.ndim - core
    own = block[len(block) - leading :] if leading else ()
    lengths = array.shape[:leading]
    cuts = (slice(None) if n == 1 else cut for n, cut in zip(lengths, own, strict=True))
    return array[tuple(cuts)]
