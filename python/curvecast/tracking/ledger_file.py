# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's file: what is refused before SQLite opens it, and SQLite's errors with a remedy."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import LedgerError

__all__ = ["check_file", "errors_named"]


def check_file(path: Path, *, create: bool, readonly: bool) -> None:
    """Refuse what SQLite would refuse late, or not at all."""
    if path.is_dir():
        raise LedgerError(
            f"{path}: is a folder; name a file in it, such as {path / 'ledger.sqlite'}"
        )
    if not path.parent.is_dir():
        raise LedgerError(f"{path}: the folder {path.parent} does not exist; create it first")
    if path.exists():
        try:
            with path.open("rb") as file:
                start = file.read(16)
        except OSError as error:
            raise LedgerError(f"{path}: cannot be read ({error.strerror})") from error
        if start and start != b"SQLite format 3\0":
            raise LedgerError(
                f"{path}: is not a SQLite file, so not a ledger; name another file, "
                "it is left as it is"
            )
    elif not create:
        raise LedgerError(f"{path}: there is no such ledger; `curvecast rescore` makes one")
    if not readonly:
        _check_writable(path)


def _check_writable(path: Path) -> None:
    """Refuse a write-protected file or folder, for the superuser too: SQLite would write to it."""
    for place in (path, path.parent):
        protected = place.exists() and not place.stat().st_mode & 0o222
        if protected or (place.exists() and not os.access(place, os.W_OK)):
            what = "the ledger" if place == path else f"its folder {place}"
            raise LedgerError(
                f"{path}: {what} is read-only; make it writable (chmod u+w {place}) "
                "or name a ledger elsewhere"
            )


@contextmanager
def errors_named(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a LedgerError that names the file and the remedy."""
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(f"{path}: {_remedy(error)}") from error


def _remedy(error: sqlite3.Error) -> str:
    remedies = {
        sqlite3.SQLITE_BUSY: "another job is writing to the ledger; run again when it has ended",
        sqlite3.SQLITE_FULL: "the disk is full; nothing was written: free some space, run again",
        sqlite3.SQLITE_READONLY: "the ledger is read-only; make the file and its folder writable, "
        "or name a ledger elsewhere",
        sqlite3.SQLITE_CANTOPEN: "the ledger cannot be opened; check that the file and its folder "
        "exist and may be read and written",
        sqlite3.SQLITE_NOTADB: "is not a SQLite file, so not a ledger; name another file, "
        "it is left as it is",
        sqlite3.SQLITE_CORRUPT: "the ledger is damaged; restore it from a copy",
        sqlite3.SQLITE_IOERR: "reading or writing failed; nothing was written: check the disk",
    }
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and (code & 0xFF) in remedies:
        return f"{remedies[code & 0xFF]} (SQLite: {error})"
    return f"the ledger refused the rows; nothing was written (SQLite: {error})"
