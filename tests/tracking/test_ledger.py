# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: one run one transaction, append-only in the database, clear errors."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing, contextmanager

import pytest

from curvecast.tracking import ledger as ledger_module
from curvecast.tracking.ledger import Ledger, LedgerError, RunKey
from curvecast.tracking.period import parse_period

KEY = RunKey(registry="ab" * 32, as_of="2026-11-26", method="0.1.0+1", seed=0)
TABLES = ("meta", "run", "claim", "forecast", "observation", "run_observation")


def a_row(value=1.0, *, period="2024", published="2025-02-01", series="coal"):
    return {
        "series": series,
        "period": period,
        "value": value,
        "published": published,
        "basis": "stated",
        "source": "iea-2025",
    }


def a_claim(name="coal_peak", verdict="open", probability=0.1 + 0.2):
    return {
        "id": name,
        "report": "003",
        "made": "2024-10-31",
        "target": "2025",
        "title": {"en": "Coal peaks", "zh": "煤炭见顶"},
        "series": "coal",
        "form": {"type": "value", "value": 1e-7},
        "verdict": verdict,
        "outcome": None,
        "then": [
            {
                "name": "last_value",
                "origin": "2024-10-31",
                "points": 7,
                "median": 1 / 3,
                "quantiles": {"0.05": 0.1, "0.25": 0.2, "0.5": 1 / 3, "0.75": 0.5, "0.95": 0.9},
                "probability": None,
                "log_error": -0.25,
                "pit": 0.75,
            },
            {"name": "logistic", "points": 2, "why_not": "too few points: 2, needs 4"},
        ],
        "claim_log_error": 0.5,
        "now": {
            "curve": "logistic",
            "points": 9,
            "quantiles": {"0.5": 2.0},
            "probability": probability,
        },
    }


def a_result(*claims, key=KEY):
    return {
        "format": "curvecast.rescore",
        "version": 1,
        "registry": key.registry,
        "as_of": key.as_of,
        "claims": list(claims or [a_claim()]),
        "method": key.method,
        "seed": key.seed,
        "scoreboard": {"open": 1},
    }


def refuse():
    raise AssertionError("computed although the key exists")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def filled(path):
    with Ledger.open(path) as ledger:
        ledger.record(KEY, a_result, [a_row(), a_row(2.0, period="2025")])
    return path


@contextmanager
def database(path):
    """Another program's connection: none of ours, and closed at the end."""
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def counts(path):
    with database(path) as connection:
        return [connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES]


# --- what is stored ---------------------------------------------------------------------------


def test_a_new_key_is_computed_and_appended(path):
    with Ledger.open(path) as ledger:
        recorded = ledger.record(KEY, a_result, [a_row()])
        assert recorded.new
        assert recorded.run.number == 1
        assert recorded.run.key == KEY
        assert recorded.run.scoreboard == {"open": 1}
        assert [run.key for run in ledger.runs()] == [KEY]


def test_an_existing_key_adds_nothing(filled):
    before = filled.read_bytes()
    with Ledger.open(filled) as ledger:
        recorded = ledger.record(KEY, refuse, [a_row(99.0)])
    assert not recorded.new
    assert recorded.result == a_result()
    assert filled.read_bytes() == before


def test_the_result_comes_back_byte_for_byte(filled):
    with Ledger.open(filled) as ledger:
        for which in (KEY, 1, ledger.runs()[0]):
            assert json.dumps(ledger.result(which)) == json.dumps(a_result())


def test_the_clock_does_not_enter_the_result(filled):
    with Ledger.open(filled) as ledger:
        [run] = ledger.runs()
        assert run.created_at.endswith("+00:00")
        assert run.created_at not in json.dumps(ledger.result(run))


def test_each_part_of_the_key_makes_another_run(filled):
    keys = [
        KEY._replace(registry="cd" * 32),
        KEY._replace(as_of="2026-11-27"),
        KEY._replace(method="0.1.0+2"),
        KEY._replace(seed=1),
    ]
    with Ledger.open(filled) as ledger:
        for key in keys:
            assert ledger.record(key, lambda key=key: a_result(key=key), [a_row()]).new
        assert [run.number for run in ledger.runs()] == [1, 2, 3, 4, 5]


def test_observations_are_stored_once_by_their_content(filled):
    key = KEY._replace(as_of="2027-01-01")
    rows = [a_row(), a_row(3.0, period="2026")]
    with Ledger.open(filled) as ledger:
        ledger.record(key, lambda: a_result(key=key), rows)
        assert ledger.observations(key) == sorted_fields(rows)
    assert counts(filled)[TABLES.index("observation")] == 3
    assert counts(filled)[TABLES.index("run_observation")] == 4


def sorted_fields(rows):
    return [dict(sorted(row.items())) for row in rows]


def test_dates_and_periods_are_stored_as_text(path):
    row = a_row(period=parse_period("2024-Q3"), published=dt.date(2025, 2, 1))
    with Ledger.open(path) as ledger:
        ledger.record(KEY, a_result, [row])
        [stored] = ledger.observations(KEY)
    assert (stored["period"], stored["published"]) == ("2024-Q3", "2025-02-01")


def test_claims_and_forecasts_can_be_queried(filled):
    with database(filled) as connection:
        claim = connection.execute("SELECT id, verdict, probability, log_error FROM claim")
        assert claim.fetchall() == [("coal_peak", "open", 0.1 + 0.2, 0.5)]
        forecasts = connection.execute(
            "SELECT stage, name, target, points, median, q05, q95, pit, why_not"
            " FROM forecast ORDER BY position"
        )
        assert forecasts.fetchall() == [
            ("then", "last_value", "2025", 7, 1 / 3, 0.1, 0.9, 0.75, None),
            ("then", "logistic", "2025", 2, None, None, None, None, "too few points: 2, needs 4"),
            ("now", "logistic", "2025", 9, 2.0, None, None, None, None),
        ]


def test_the_ledger_is_one_file(filled):
    assert [entry.name for entry in filled.parent.iterdir()] == [filled.name]


# --- results that are refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (a_result() | {"x": float("nan")}, "not plain JSON"),
        (a_result() | {"x": {1, 2}}, "not plain JSON"),
        ({"claims": None}, "no list 'claims'"),
        (a_result() | {"seed": 7}, "says seed = 7"),
        (a_result(a_claim(), a_claim()), "'coal_peak' occurs twice"),
        (a_result({"id": "x"}), "claim 1 has no id or no verdict"),
    ],
)
def test_a_bad_result_is_refused_and_nothing_is_written(path, result, message):
    with Ledger.open(path) as ledger:
        with pytest.raises(LedgerError, match=message):
            ledger.record(KEY, lambda: result, [a_row()])
        assert ledger.runs() == []
    assert counts(path) == [1, 0, 0, 0, 0, 0]


def test_a_bad_observation_is_refused_and_nothing_is_written(path):
    with Ledger.open(path) as ledger, pytest.raises(LedgerError, match="'coal', '2024'"):
        ledger.record(KEY, a_result, [a_row(float("inf"))])
    assert counts(path) == [1, 0, 0, 0, 0, 0]


def test_an_error_while_computing_writes_nothing(path):
    def fail():
        raise ZeroDivisionError

    with Ledger.open(path) as ledger:
        with pytest.raises(ZeroDivisionError):
            ledger.record(KEY, fail, [])
        assert ledger.runs() == []


# --- append-only ------------------------------------------------------------------------------

ATTACKS = [
    "UPDATE {table} SET {column} = {column}",
    "UPDATE OR IGNORE {table} SET {column} = 'x'",
    "UPDATE OR REPLACE {table} SET {column} = 'x'",
    "DELETE FROM {table}",
    "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    "REPLACE INTO {table} SELECT * FROM {table}",
    "INSERT INTO {table} SELECT * FROM {table}",
    "INSERT OR IGNORE INTO {table} SELECT * FROM {table}",
]
COLUMNS = {
    "meta": "value",
    "run": "header",
    "claim": "content",
    "forecast": "median",
    "observation": "content",
    "run_observation": "observation",
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_no_row_can_be_changed_or_deleted(filled, table, attack, recursive):
    with database(filled) as connection:
        before = list(connection.iterdump())
        connection.execute(f"PRAGMA recursive_triggers = {recursive}")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(attack.format(table=table, column=COLUMNS[table]))
        connection.commit()
        assert list(connection.iterdump()) == before


@pytest.mark.parametrize(
    "attack",
    [
        # the key under another number, the number under another key, a number given as text
        "REPLACE INTO run SELECT 2, registry, as_of, method, seed, 'x', 'x', 'x' FROM run",
        "INSERT OR REPLACE INTO run VALUES (1, 'r', 'a', 'm', 0, 'x', 'x', 'x')",
        "INSERT OR REPLACE INTO run VALUES ('1', 'r', 'a', 'm', 0, 'x', 'x', 'x')",
        "INSERT OR REPLACE INTO run VALUES (7, 'r', 'a', 'm', 0, 'x', 'x', 'x')",
        "INSERT INTO meta VALUES ('schema', '2') ON CONFLICT (key) DO UPDATE SET value = '2'",
        # more rows for a run that is complete
        "INSERT INTO claim (run, position, id, verdict, content) VALUES (1, 9, 'n', 'open', '{}')",
        "INSERT INTO forecast (run, claim, stage, position) VALUES (1, 'coal_peak', 'now', 9)",
        "INSERT INTO run_observation VALUES (1, 'x')",
    ],
)
def test_a_complete_run_cannot_be_replaced_or_extended(filled, attack):
    with database(filled) as connection:
        before = list(connection.iterdump())
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(attack)
        assert list(connection.iterdump()) == before


def test_rows_changed_without_the_triggers_are_noticed(filled):
    with database(filled) as connection:
        [(trigger,)] = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'claim_no_update'"
        ).fetchall()
        connection.execute("DROP TRIGGER claim_no_update")
        connection.execute("UPDATE claim SET content = replace(content, 'open', 'accurate')")
    with pytest.raises(LedgerError, match=r"schema was altered.*restore"):
        Ledger.open(filled)
    with database(filled) as connection:
        connection.execute(trigger)
    with Ledger.open(filled) as ledger, pytest.raises(LedgerError, match="not those that were"):
        ledger.result(KEY)


# --- killed, disk full, two jobs --------------------------------------------------------------

CHILD = textwrap.dedent(
    """
    import sys, time
    from curvecast.tracking import ledger as module

    sys.path.insert(0, {folder!r})
    from test_ledger import KEY, a_claim, a_result, a_row

    def insert_and_wait(connection, number, claims, insert=module.insert_claims):
        insert(connection, number, claims)
        print("inserted", flush=True)
        time.sleep({seconds})

    module.insert_claims = insert_and_wait
    key = KEY._replace(seed={seed})
    result = a_result(*[a_claim(f"c{{i}}") for i in range({claims})], key=key)
    with module.Ledger.open({path!r}) as ledger:
        ledger._connection.execute("PRAGMA cache_size = 5")
        recorded = ledger.record(key, lambda: result, [a_row(float(i)) for i in range({claims})])
    print("new" if recorded.new else "existing", flush=True)
    """
)


def child(path, *, seconds, seed=0, claims=1):
    code = CHILD.format(
        folder=os.path.dirname(__file__),
        path=str(path),
        seconds=seconds,
        seed=seed,
        claims=claims,
    )
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("claims", [1, 2000])  # 2000: rows reach the file before the commit
@pytest.mark.parametrize("first", ["new ledger", "second run"])
def test_killed_in_the_transaction_leaves_none_of_the_run(path, claims, first):
    with Ledger.open(path) as ledger:
        if first == "second run":
            ledger.record(KEY, a_result, [a_row()])
        before = [(run.number, ledger.result(run)) for run in ledger.runs()]
    size, rows = path.stat().st_size, counts(path)
    with child(path, seconds=60, seed=5, claims=claims) as process:
        assert process.stdout.readline() == "inserted\n"
        if claims > 1:
            assert path.stat().st_size > size  # half a run is in the file, with its journal
        process.send_signal(signal.SIGKILL)
        process.wait()
    with Ledger.open(path) as ledger:
        assert [(run.number, ledger.result(run)) for run in ledger.runs()] == before
        assert counts(path) == rows
        key = KEY._replace(seed=5)
        assert ledger.record(key, lambda: a_result(key=key), []).new


def test_a_second_job_waits_for_the_first(path):
    with child(path, seconds=1, seed=1) as process:
        assert process.stdout.readline() == "inserted\n"
        with Ledger.open(path) as ledger:
            assert ledger.record(KEY, a_result, [a_row()]).new
            assert [run.key.seed for run in ledger.runs()] == [1, 0]
        assert process.communicate()[0] == "new\n"


def test_a_second_job_with_the_same_key_gets_the_run_of_the_first(path):
    with child(path, seconds=1) as process:
        assert process.stdout.readline() == "inserted\n"
        with Ledger.open(path) as ledger:
            other = a_result(a_claim("other"))
            recorded = ledger.record(KEY, lambda: other, [])
            assert not recorded.new
            assert [claim["id"] for claim in recorded.result["claims"]] == ["c0"]
            assert len(ledger.runs()) == 1
        process.communicate()


def test_a_second_job_says_so_when_the_first_takes_too_long(filled):
    with Ledger.open(filled) as holder, Ledger.open(filled, wait=0.05) as waiting:
        with holder._transaction():
            key = KEY._replace(seed=3)
            with pytest.raises(LedgerError, match=r"another job is writing.*run again"):
                waiting.record(key, lambda: a_result(key=key), [])
        assert waiting.record(key, lambda: a_result(key=key), []).new


def test_a_full_disk_leaves_none_of_the_run(filled):
    key = KEY._replace(seed=1)
    big = a_result(*[a_claim(f"c{i}") for i in range(500)], key=key)
    before = counts(filled)
    with Ledger.open(filled) as ledger:
        [(pages,)] = ledger._rows("PRAGMA page_count")
        ledger._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(LedgerError, match=r"disk is full.*nothing was written"):
            ledger.record(key, lambda: big, [a_row(5.0)])
        assert [run.key for run in ledger.runs()] == [KEY]
    assert counts(filled) == before


# --- files that are no ledger -----------------------------------------------------------------


def raises_naming(path, match, **options):
    with pytest.raises(LedgerError, match=match) as caught:
        Ledger.open(path, **options)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"x", b"period,value\n2024,1\n" * 400, b"SQLite format 3"])
def test_a_file_that_is_not_sqlite(path, content):
    path.write_bytes(content)
    raises_naming(path, "is not a SQLite file.*name another file")
    assert path.read_bytes() == content


def test_a_damaged_file(filled):
    content = filled.read_bytes()
    filled.write_bytes(content[:100] + b"\xff" * 2000 + content[2100:])
    raises_naming(filled, "damaged|not a SQLite file")


def test_a_database_that_is_no_ledger(path):
    with database(path) as connection:
        connection.execute("CREATE TABLE meta (a)")
    before = path.read_bytes()
    raises_naming(path, "not a ledger")
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_ledger(path):
    path.touch()
    with Ledger.open(path) as ledger:
        assert ledger.record(KEY, a_result, []).new


def test_another_schema_is_refused(path, monkeypatch):
    monkeypatch.setattr(ledger_module, "VERSION", "99")
    with pytest.raises(LedgerError, match=r"has schema 99.*start a new ledger in another file"):
        Ledger.open(path)


def test_a_folder(tmp_path):
    raises_naming(tmp_path, "is a folder; name a file in it")


def test_a_folder_that_does_not_exist(tmp_path):
    raises_naming(tmp_path / "none" / "ledger.sqlite", "does not exist; create it first")
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_must_exist(path):
    raises_naming(path, "no such ledger", create=False)
    raises_naming(path, "no such ledger", readonly=True)
    assert not path.exists()


def test_a_read_only_ledger_can_be_read_and_not_written(filled):
    filled.chmod(0o444)
    raises_naming(filled, "the ledger is read-only.*chmod u\\+w")
    with Ledger.open(filled, readonly=True) as ledger:
        assert ledger.result(KEY) == a_result()
        with pytest.raises(LedgerError, match="read-only"):
            ledger.record(KEY._replace(seed=1), lambda: a_result(key=KEY._replace(seed=1)), [])


def test_a_read_only_folder(filled):
    filled.parent.chmod(0o555)
    try:
        raises_naming(filled, "its folder .* is read-only")
        raises_naming(filled.with_name("new.sqlite"), "its folder .* is read-only")
    finally:
        filled.parent.chmod(0o755)


def test_a_run_that_is_not_there(filled):
    with Ledger.open(filled) as ledger:
        for which in (7, KEY._replace(seed=9)):
            with pytest.raises(LedgerError, match=r"no run .*holds 1 run\(s\)"):
                ledger.result(which)


# --- what differs between two runs ------------------------------------------------------------


def differ(path, later, rows, *, key):
    with Ledger.open(path) as ledger:
        ledger.record(key, lambda: later, rows)
        return ledger.difference(KEY, key)


def test_new_data_is_told_from_a_new_method(path):
    first = a_result(a_claim(), a_claim("gpu") | {"series": "gpu"})
    with Ledger.open(path) as ledger:
        ledger.record(KEY, lambda: first, [a_row(), a_row(2.0, period="2023"), a_row(series="old")])
    key = KEY._replace(registry="cd" * 32)
    later = a_result(a_claim(verdict="wrong"), a_claim("gpu") | {"series": "gpu"}, key=key)
    revised = a_row(2.5, period="2023")
    found = differ(path, later, [a_row(), revised, a_row(3.0, period="2025")], key=key)
    assert not found["method"]
    assert found["registry"]
    assert [row["period"] for row in found["observations"]["new"]] == ["2025"]
    [pair] = found["observations"]["changed"]
    assert (pair["before"]["value"], pair["after"]["value"]) == (2.0, 2.5)
    assert [row["series"] for row in found["observations"]["gone"]] == ["old"]
    [verdict] = found["verdicts"]
    assert (verdict["id"], verdict["before"], verdict["after"]) == ("coal_peak", "open", "wrong")
    assert verdict["causes"] == ["data"]
    assert found["scores"] == []
    json.dumps(found, allow_nan=False)


def test_a_changed_method_is_named(filled):
    key = KEY._replace(method="0.2.0+2")
    later = a_result(a_claim(probability=0.9), key=key)
    found = differ(filled, later, [a_row(), a_row(2.0, period="2025")], key=key)
    assert found["method"]
    assert found["observations"] == {"new": [], "changed": [], "gone": []}
    assert found["verdicts"] == []
    assert [(entry["id"], entry["causes"]) for entry in found["scores"]] == [
        ("coal_peak", ["method"])
    ]


def test_an_edited_claim_and_a_later_date_are_named(filled):
    key = KEY._replace(as_of="2027-11-26")
    edited = a_claim(verdict="wrong") | {"target": "2026"}
    later = a_result(edited, a_claim("added"), key=key)
    found = differ(filled, later, [a_row(), a_row(2.0, period="2025")], key=key)
    assert found["claims"] == {"new": ["added"], "gone": [], "edited": ["coal_peak"]}
    assert found["verdicts"][0]["causes"] == ["claim", "date"]
