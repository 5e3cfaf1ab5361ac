# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two runs, and why: observations, method, claims as written, verdicts.

A changed score is new data, a declared change of method, an edited claim, or a later date. The
difference names which of these apply to each claim that changed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

__all__ = ["difference"]

Mapping = dict[str, Any]

# What people write in the registry; the rest of a claim's entry is computed.
_WRITTEN = ("made", "target", "form", "series", "divided_by", "rule", "title", "unit", "hindsight")
_COMPUTED = ("verdict", "final_on", "reason", "outcome", "then", "claim_log_error", "now")


def difference(
    result_before: Mapping,
    result_after: Mapping,
    run_before: Mapping,
    run_after: Mapping,
    observations_before: list[Mapping],
    observations_after: list[Mapping],
) -> Mapping:
    """Compare two runs.

    Parameters
    ----------
    result_before, result_after : dict
        Results of `rescore`.
    run_before, run_after : dict
        `registry`, `as_of`, `method`, `seed`, `number` and `created_at` of each.
    observations_before, observations_after : list of dict
        What each saw.

    Returns
    -------
    dict
        Plain JSON. `before`, `after`: the runs. `method`, `as_of`, `seed`: whether each changed.
        `observations`: `new`, `gone` (lists) and `changed` (list of `before`, `after`).
        `claims`: ids `new`, `gone` and `edited`. `verdicts`: for each changed verdict `id`,
        `title`, `before`, `after` and `causes`, out of "data", "method", "claim", "date", "seed".
        `scores`: the same causes for claims whose verdict stayed and whose numbers changed.

    Examples
    --------
    >>> run = {"registry": "a", "as_of": "2026-01-01", "method": "1", "seed": 0}
    >>> row = {"series": "s", "period": "2025", "value": 1.0, "published": "2025-06-01"}
    >>> claim = {"id": "c", "series": "s", "title": {"en": "C"}, "verdict": "open"}
    >>> was, now = {"claims": [claim]}, {"claims": [claim | {"verdict": "wrong"}]}
    >>> difference(was, now, run, run, [], [row])["verdicts"][0]["causes"]
    ['data']
    """
    observations = _observations(observations_before, observations_after)
    changed = {
        name: run_before[name] != run_after[name]
        for name in ("method", "as_of", "seed", "registry")
    }
    touched = {row.get("series") for row in observations["new"] + observations["gone"]}
    touched |= {pair["after"].get("series") for pair in observations["changed"]}
    before = {claim["id"]: claim for claim in result_before["claims"]}
    after = {claim["id"]: claim for claim in result_after["claims"]}
    both = [name for name in after if name in before]
    edited = [
        name
        for name in both
        if any(before[name].get(key) != after[name].get(key) for key in _WRITTEN)
    ]
    verdicts, scores = [], []
    for name in both:
        was, now = before[name], after[name]
        if all(was.get(key) == now.get(key) for key in _COMPUTED):
            continue
        entry = {"id": name, "title": now["title"]}
        entry["causes"] = _causes(now, touched, name in edited, changed)
        if was["verdict"] != now["verdict"]:
            verdicts.append(entry | {"before": was["verdict"], "after": now["verdict"]})
        else:
            scores.append(entry)
    return {
        "before": run_before,
        "after": run_after,
        **changed,
        "observations": observations,
        "claims": {
            "new": [name for name in after if name not in before],
            "gone": [name for name in before if name not in after],
            "edited": edited,
        },
        "verdicts": verdicts,
        "scores": scores,
    }


def _causes(claim: Mapping, touched: set[str], edited: bool, changed: Mapping) -> list[str]:
    form = claim.get("form") or {}
    series = {claim.get("series"), claim.get("divided_by"), form.get("experience")}
    causes = {
        "data": bool((series & touched) - {None}),
        "method": changed["method"],
        "claim": edited,
        "date": changed["as_of"],
        "seed": changed["seed"],
    }
    return [cause for cause, applies in causes.items() if applies]


def _observations(before: list[Mapping], after: list[Mapping]) -> Mapping:
    """Return rows that are new, gone, or edited in place (same series, period and source)."""
    known, seen = {_text(row) for row in before}, {_text(row) for row in after}
    gone = [row for row in before if _text(row) not in seen]
    new = [row for row in after if _text(row) not in known]
    gone_by_place = defaultdict(list)
    for row in gone:
        gone_by_place[_place(row)].append(row)
    changed, added = [], []
    for row in new:
        candidates = gone_by_place[_place(row)]
        if candidates:
            changed.append({"before": candidates.pop(0), "after": row})
        else:
            added.append(row)
    replaced = [pair["before"] for pair in changed]
    return {
        "new": added,
        "changed": changed,
        "gone": [row for row in gone if row not in replaced],
    }


def _text(row: Mapping) -> str:
    return json.dumps(row, sort_keys=True)


def _place(row: Mapping) -> tuple[Any, ...]:
    return row.get("series"), row.get("period"), row.get("source")
