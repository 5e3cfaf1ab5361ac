# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: what was forecast, when, and from which observations. Append-only, one SQLite file.

A run is keyed by registry digest, as-of date, method and seed. A key that exists is returned and
adds nothing. A new run is one transaction: killed at any moment, the file holds the whole run or
none of it. A run's parts are written first and the run itself last; from then on the database
refuses every change to it, whatever program asks.

The file stays in SQLite's rollback-journal mode, so that between runs the ledger is one file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import LedgerError
from .difference import difference as _difference
from .ledger_file import check_file, errors_named
from .ledger_rows import insert_claims, insert_observations, to_json
from .ledger_schema import SCHEMA, VERSION, check_schema

__all__ = ["Ledger", "LedgerError", "Recorded", "Run", "RunKey"]

WAIT = 30.0  # seconds that a job waits for another one's transaction


class RunKey(NamedTuple):
    """What makes a run the same run: the same key gives the same result."""

    registry: str
    as_of: str
    method: str
    seed: int


@dataclass(frozen=True)
class Run:
    """One run in the ledger. `created_at` (UTC) is the only value that a clock gave."""

    number: int
    key: RunKey
    created_at: str
    scoreboard: dict[str, int]
    digest: str


class Recorded(NamedTuple):
    """The result of a run, the run, and whether it was added just now."""

    result: dict[str, Any]
    run: Run
    new: bool


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return periods, dates and the like as text, plain values as they are."""
    plain = value is None or isinstance(value, (str, int, float, list, dict))
    return value if plain else str(value)


class Ledger:
    """An append-only file of runs. Use as a context manager; see `Ledger.open`.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> key = RunKey(registry="ab12", as_of="2026-01-01", method="0.1.0+1", seed=0)
    >>> result = {"scoreboard": {"open": 0}, "claims": []}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Ledger.open(pathlib.Path(folder) / "ledger.sqlite") as ledger:
    ...         first = ledger.record(key, lambda: result, observations=[])
    ...         again = ledger.record(key, lambda: result, observations=[])
    >>> first.new, again.new, again.result == result
    (True, False, True)
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        create: bool = True,
        readonly: bool = False,
        wait: float = WAIT,
    ) -> Ledger:
        """Open a ledger, and make an empty one where there is none.

        Parameters
        ----------
        path : path
            The file. Its folder must exist.
        create : bool
            False: a ledger that does not exist is an error.
        readonly : bool
            True: only read. The file may then be write-protected.
        wait : float
            Seconds to wait while another job writes.

        Raises
        ------
        LedgerError
            The file is no ledger, has another schema, or cannot be written. Names the remedy.
        """
        path = Path(path).absolute()
        check_file(path, create=create and not readonly, readonly=readonly)
        mode = "ro" if readonly else ("rwc" if create else "rw")
        with errors_named(path):
            connection = sqlite3.connect(
                f"{path.as_uri()}?mode={mode}", uri=True, timeout=wait, isolation_level=None
            )
        ledger = cls(path, connection)
        try:
            ledger._prepare()
        except BaseException:
            connection.close()
            raise
        return ledger

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def record(
        self,
        key: RunKey,
        compute: Callable[[], dict[str, Any]],
        observations: Iterable[Mapping[str, Any]],
    ) -> Recorded:
        """Return the run of this key; compute and append it if the ledger has none.

        The computation runs outside the transaction, so that a second job waits only while rows
        are written. If that job appends the same key first, its run is the one that is returned.

        Parameters
        ----------
        key : RunKey
        compute : callable
            Returns the result as plain JSON values, with a list `claims`. Not called for a key
            that exists.
        observations : iterable of mappings
            The observations that the run saw, each with `series`, `period`, `value` and
            `published`. Stored once by their content. Not read for a key that exists.

        Raises
        ------
        LedgerError
            Nothing was written: the file cannot be written, or the result is not plain JSON.
        """
        key = _checked_key(key)
        run = self._find(key)
        new = False
        if run is None:
            result = compute()
            header, claims = _split(result, key)
            run, new = self._append(key, header, claims, _contents(observations))
        return Recorded(self.result(run), run, new)

    def runs(self) -> list[Run]:
        """Return all runs, oldest first."""
        return [_run(row) for row in self._rows("SELECT * FROM run ORDER BY number")]

    def run(self, which: RunKey | Run | int) -> Run:
        """Return the run with this key or number; LedgerError if the ledger has none."""
        if isinstance(which, Run):
            which = which.number
        if isinstance(which, int):
            rows = self._rows("SELECT * FROM run WHERE number = ?", which)
            found = _run(rows[0]) if rows else None
        else:
            found = self._find(_checked_key(which))
        if found is None:
            raise LedgerError(
                f"{self.path}: the ledger has no run {which}; it holds {len(self.runs())} run(s)"
            )
        return found

    def result(self, which: RunKey | Run | int) -> dict[str, Any]:
        """Return the result of a run, exactly as it was stored.

        Raises
        ------
        LedgerError
            There is no such run, or its rows are no longer those that were written.
        """
        run = self.run(which)
        [(header,)] = self._rows("SELECT header FROM run WHERE number = ?", run.number)
        claims = self._rows("SELECT content FROM claim WHERE run = ? ORDER BY position", run.number)
        result: dict[str, Any] = json.loads(header)
        result["claims"] = [json.loads(content) for (content,) in claims]
        if _digest(to_json(result)) != run.digest:
            raise LedgerError(
                f"{self.path}: the rows of run {run.number} are not those that were written; "
                "the file was changed by other means: restore it from a copy"
            )
        return result

    def observations(self, which: RunKey | Run | int) -> list[dict[str, Any]]:
        """Return the observations that a run saw, by series, period and date of publication."""
        rows = self._rows(
            "SELECT content FROM run_observation JOIN observation ON observation = digest"
            " WHERE run = ? ORDER BY series, period, published, digest",
            self.run(which).number,
        )
        return [json.loads(content) for (content,) in rows]

    def difference(self, before: RunKey | Run | int, after: RunKey | Run | int) -> dict[str, Any]:
        """Return what differs between two runs: see `curvecast.tracking.difference`."""
        first, second = self.run(before), self.run(after)
        return _difference(
            self.result(first),
            self.result(second),
            first.key._asdict() | {"number": first.number, "created_at": first.created_at},
            second.key._asdict() | {"number": second.number, "created_at": second.created_at},
            self.observations(first),
            self.observations(second),
        )

    def _prepare(self) -> None:
        """Check the schema, and write it into an empty file."""
        with errors_named(self.path):
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
        if self._is_empty():
            with self._transaction() as connection:
                if self._is_empty():  # another job may have come first
                    for statement in SCHEMA:
                        connection.execute(statement)
                    connection.execute("INSERT INTO meta VALUES ('schema', ?)", (VERSION,))
        check_schema(self.path, self._rows("SELECT name, sql FROM sqlite_master"), self._version)

    def _is_empty(self) -> bool:
        return not self._rows("SELECT 1 FROM sqlite_master LIMIT 1")

    def _version(self) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = 'schema'")
        return rows[0][0] if rows else None

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with errors_named(self.path):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Take the write lock at once, so that what is read inside stays true until the end."""
        with errors_named(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _find(self, key: RunKey) -> Run | None:
        rows = self._rows(
            "SELECT * FROM run WHERE registry = ? AND as_of = ? AND method = ? AND seed = ?", *key
        )
        return _run(rows[0]) if rows else None

    def _append(
        self,
        key: RunKey,
        header: dict[str, Any],
        claims: list[dict[str, Any]],
        contents: dict[str, dict[str, Any]],
    ) -> tuple[Run, bool]:
        with self._transaction() as connection:
            run = self._find(key)
            if run is not None:
                return run, False
            [(number,)] = self._rows("SELECT coalesce(max(number), 0) + 1 FROM run")
            insert_observations(connection, number, contents)
            insert_claims(connection, number, claims)
            created_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            digest = _digest(to_json(header | {"claims": claims}))
            row = (number, *key, created_at, to_json(header), digest)
            connection.execute("INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return _run(row), True


def _run(row: tuple[Any, ...]) -> Run:
    number, registry, as_of, method, seed, created_at, header, digest = row
    key = RunKey(registry, as_of, method, seed)
    return Run(number, key, created_at, json.loads(header).get("scoreboard", {}), digest)


def _checked_key(key: RunKey) -> RunKey:
    registry, as_of, method, seed = key
    return RunKey(str(registry), str(as_of), str(method), int(seed))


def _split(result: Mapping[str, Any], key: RunKey) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return header and claims as they will be read back; the result must be plain JSON.

    `claims` keeps its place in the header, so that the parts give the same text again.
    """
    try:
        plain = json.loads(to_json(result))
    except (TypeError, ValueError) as error:
        raise LedgerError(f"the result is not plain JSON ({error}); nothing was written") from error
    claims = plain.get("claims")
    if not isinstance(claims, list):
        raise LedgerError("the result has no list 'claims'; nothing was written")
    for name, value in key._asdict().items():
        if plain.get(name, value) != value:
            raise LedgerError(
                f"the result says {name} = {plain[name]!r}, its key {value!r}; nothing was written"
            )
    seen = set()
    for index, claim in enumerate(claims):
        if not claim.get("id") or not claim.get("verdict"):
            raise LedgerError(f"claim {index + 1} has no id or no verdict; nothing was written")
        if claim["id"] in seen:
            raise LedgerError(f"the claim {claim['id']!r} occurs twice; nothing was written")
        seen.add(claim["id"])
    return plain | {"claims": []}, claims


def _contents(observations: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the observations by the digest of their content, in the order of the digests."""
    contents = {}
    for observation in observations:
        content = {name: _plain(observation[name]) for name in sorted(observation)}
        try:
            contents[_digest(to_json(content))] = content
        except (TypeError, ValueError) as error:
            raise LedgerError(
                f"an observation of {content.get('series')!r}, {content.get('period')!r} is not "
                f"plain JSON ({error}); nothing was written"
            ) from error
    return dict(sorted(contents.items()))
