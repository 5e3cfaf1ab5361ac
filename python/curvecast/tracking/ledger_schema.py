# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's schema: its tables, and the triggers that refuse every change to a row.

Another schema is another file: a ledger of another version is refused, never altered in place.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import LedgerError

__all__ = ["SCHEMA", "VERSION", "check_schema"]

VERSION = "1"

# Table: (columns, primary key). Without rowid, so that the primary key is the only way to a row.
_TABLES = {
    "meta": ("key TEXT NOT NULL, value TEXT NOT NULL", ("key",)),
    "observation": (
        "digest TEXT NOT NULL, series TEXT, period TEXT, value, published TEXT,"
        " content TEXT NOT NULL",
        ("digest",),
    ),
    "run_observation": (
        "run INTEGER NOT NULL REFERENCES run DEFERRABLE INITIALLY DEFERRED,"
        " observation TEXT NOT NULL REFERENCES observation",
        ("run", "observation"),
    ),
    "claim": (
        "run INTEGER NOT NULL REFERENCES run DEFERRABLE INITIALLY DEFERRED,"
        " position INTEGER NOT NULL, id TEXT NOT NULL, report TEXT, series TEXT, made TEXT,"
        " target TEXT, verdict TEXT NOT NULL, probability REAL, log_error REAL,"
        " content TEXT NOT NULL",
        ("run", "id"),
    ),
    "forecast": (
        "run INTEGER NOT NULL REFERENCES run DEFERRABLE INITIALLY DEFERRED,"
        " claim TEXT NOT NULL, stage TEXT NOT NULL CHECK (stage IN ('then', 'now')),"
        " position INTEGER NOT NULL, name TEXT, origin TEXT, target TEXT, points INTEGER,"
        " median REAL, q05 REAL, q25 REAL, q75 REAL, q95 REAL, probability REAL,"
        " log_error REAL, pit REAL, why_not TEXT",
        ("run", "claim", "stage", "position"),
    ),
    "run": (
        "number INTEGER NOT NULL, registry TEXT NOT NULL, as_of TEXT NOT NULL,"
        " method TEXT NOT NULL, seed INTEGER NOT NULL, created_at TEXT NOT NULL,"
        " header TEXT NOT NULL, digest TEXT NOT NULL, UNIQUE (registry, as_of, method, seed)",
        ("number",),
    ),
}


def _refusal(table: str, name: str, event: str, when: str, sentence: str) -> str:
    """Return a trigger that aborts the statement, outer OR IGNORE and OR REPLACE included."""
    condition = f" WHEN {when}" if when else ""
    return (
        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table}{condition}"
        f" BEGIN SELECT RAISE(ABORT, 'append-only ledger: {sentence}'); END"
    )


def _schema() -> list[str]:
    """Return the statements that make an empty ledger, in order.

    REPLACE removes the old row without firing delete triggers unless a connection asks for it,
    so an insert that would meet an existing row is refused before it happens.
    """
    statements = []
    for table, (columns, key) in _TABLES.items():
        statements.append(
            f"CREATE TABLE {table} ({columns}, PRIMARY KEY ({', '.join(key)})) WITHOUT ROWID"
        )
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        if table == "run":
            same += (
                " OR (registry = NEW.registry AND as_of = NEW.as_of"
                " AND method = NEW.method AND seed = NEW.seed)"
            )
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"
        statements += [
            _refusal(table, "no_update", "UPDATE", "", f"a {table} row is never changed"),
            _refusal(table, "no_delete", "DELETE", "", f"a {table} row is never deleted"),
            _refusal(table, "once", "INSERT", exists, f"this {table} row exists"),
        ]
        if "run" in key:
            sealed = "EXISTS (SELECT 1 FROM run WHERE number = NEW.run)"
            statements.append(_refusal(table, "sealed", "INSERT", sealed, "the run is complete"))
    unordered = "NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM run)"
    statements.append(
        _refusal("run", "in_order", "INSERT", unordered, "runs are numbered in order")
    )
    return statements


SCHEMA = _schema()


def check_schema(
    path: Path, objects: list[tuple[Any, ...]], version_of: Callable[[], str | None]
) -> None:
    """Refuse a file that is no ledger, of another version, or without its protection."""
    present = {sql for _, sql in objects if sql}
    if SCHEMA[0] not in present:  # the table of the version number, the same in every version
        raise LedgerError(
            f"{path}: is a SQLite file, but not a ledger; name another file, it is left as it is"
        )
    version = version_of()
    if version != VERSION:
        raise LedgerError(
            f"{path}: has schema {version}, this version of curvecast writes schema {VERSION}; "
            "use the curvecast that wrote it, or start a new ledger in another file"
        )
    missing = [statement.split(" (")[0] for statement in SCHEMA if statement not in present]
    if missing:
        raise LedgerError(
            f"{path}: the schema was altered (not found: {missing[0][:60]}), so its rows are no "
            "longer protected; restore the file from a copy"
        )
