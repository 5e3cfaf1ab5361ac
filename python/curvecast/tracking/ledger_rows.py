# SPDX-License-Identifier: GPL-3.0-or-later
"""How observations, claims and forecasts become rows of the ledger."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

__all__ = ["insert_claims", "insert_observations", "to_json"]

_QUANTILES = ("0.05", "0.25", "0.5", "0.75", "0.95")


def to_json(value: Any) -> str:
    """Return the one text by which the ledger stores and compares a value."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def insert_observations(
    connection: sqlite3.Connection, number: int, contents: dict[str, dict[str, Any]]
) -> None:
    """Insert what the run saw; an observation that an earlier run saw is only linked."""
    for digest, content in contents.items():
        fields = [content.get(name) for name in ("series", "period", "value", "published")]
        connection.execute(
            "INSERT INTO observation SELECT ?, ?, ?, ?, ?, ?"
            " WHERE NOT EXISTS (SELECT 1 FROM observation WHERE digest = ?)",
            (digest, *fields, to_json(content), digest),
        )
        connection.execute("INSERT INTO run_observation VALUES (?, ?)", (number, digest))


def insert_claims(
    connection: sqlite3.Connection, number: int, claims: list[dict[str, Any]]
) -> None:
    """Insert the claims of a run in their order, each with its forecasts."""
    for position, claim in enumerate(claims):
        now = claim.get("now") or {}
        connection.execute(
            "INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                position,
                claim["id"],
                *(claim.get(name) for name in ("report", "series", "made", "target", "verdict")),
                now.get("probability"),
                claim.get("claim_log_error"),
                to_json(claim),
            ),
        )
        stages = [("then", entry) for entry in claim.get("then") or []]
        stages += [("now", now)] if now else []
        for index, (stage, forecast) in enumerate(stages):
            quantiles = forecast.get("quantiles") or {}
            q05, q25, median, q75, q95 = (quantiles.get(level) for level in _QUANTILES)
            connection.execute(
                "INSERT INTO forecast VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    claim["id"],
                    stage,
                    index,
                    forecast.get("name", forecast.get("curve")),
                    forecast.get("origin"),
                    claim.get("target"),
                    forecast.get("points"),
                    forecast.get("median", median),
                    *(q05, q25, q75, q95),
                    *(forecast.get(name) for name in ("probability", "log_error", "pit")),
                    forecast.get("why_not"),
                ),
            )
