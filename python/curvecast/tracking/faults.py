# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a registry: one `Fault` for each mistake, with the place and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import errors

__all__ = ["Fault", "RegistryError", "did_you_mean"]

_SHOWN = 20


@dataclass(frozen=True)
class Fault:
    """One mistake in a registry.

    Attributes
    ----------
    file : str
        Path within the registry, with forward slashes.
    line : int or None
        Counted from 1; None where the fault concerns the file as a whole.
    field : str
        For example ``claims[3].series``, or a column's name; empty for the file as a whole.
    message, remedy : str
        What is wrong, and what to do about it.
    """

    file: str
    line: int | None
    field: str
    message: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        field = f"{self.field}: " if self.field else ""
        return f"{place}: {field}{self.message}. Remedy: {self.remedy}"


class RegistryError(errors.RegistryError):
    """A registry that cannot be used.

    Attributes
    ----------
    faults : tuple of Fault
        Everything that is wrong, in the order of the files.
    """

    def __init__(self, directory: Path, faults: Sequence[Fault]) -> None:
        self.directory = directory
        self.faults = tuple(faults)
        count = f"{len(faults)} fault{'s' if len(faults) != 1 else ''}"
        lines = [f"{directory}: {count} in this registry:"]
        lines += [f"  {fault}" for fault in self.faults[:_SHOWN]]
        if len(faults) > _SHOWN:
            lines.append(f"  and {len(faults) - _SHOWN} more")
        super().__init__("\n".join(lines))


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return a question that suggests the nearest known name, or nothing where none is near.

    Examples
    --------
    >>> did_you_mean("apollo_rides", ["apollo_go_rides", "coal_world"])
    ' Did you mean "apollo_go_rides"?'
    """
    close = difflib.get_close_matches(str(name), list(known), n=1, cutoff=0.5)
    return f' Did you mean "{close[0]}"?' if close else ""
