# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry: what is read, and what was known on a day."""

from __future__ import annotations

import datetime as dt
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvecast.errors import ArgumentError
from curvecast.tracking import (
    default_directory,
    json_schema,
    load,
    read_reports,
    validate,
)
from curvecast.tracking.registry import Registry

# --- what is read -----------------------------------------------------------------------------


def test_a_correct_registry_has_no_faults_and_loads(folder):
    path = folder.write()
    assert validate(path) == []
    registry = load(path)
    assert list(registry.series) == ["rides", "price", "launch"]
    assert [claim.id for claim in registry.claims][:2] == ["rides_12", "rides_100"]
    claim = registry.claim("rides_12")
    assert (claim.report, claim.made.last.isoformat()) == ("a", "2023-05-31")
    assert registry.claim("later").made.last.isoformat() == "2025-06-30"
    assert registry.claim("price_growth").form.start.text == "2022"


def test_the_registry_of_the_package_is_correct():
    assert validate() == []
    assert (default_directory() / "sources.yaml").is_file()
    assert len(load().claims) >= 30
    assert read_reports()[0].claims[0].title.zh


def test_unknown_names_suggest_the_nearest(registry):
    with pytest.raises(ArgumentError, match='Did you mean "rides_12"'):
        registry.claim("ride_12")
    with pytest.raises(ArgumentError, match='Did you mean "price"'):
        registry.observations("prices")
    with pytest.raises(ArgumentError, match="exclude each other"):
        registry.observations("rides", first=True, latest=True)


def test_the_first_complete_print_and_the_newest_revision(registry):
    first = {str(r.period): r.value for r in registry.observations("rides", first=True)}
    latest = {str(r.period): r.value for r in registry.observations("rides", latest=True)}
    assert first["2024"] == 13  # not the estimate of November 2024
    assert latest["2024"] == 12.5
    assert len(registry.observations("rides")) == 7
    early = registry.as_of("2024-12-31")
    assert [r.value for r in early.observations("rides", latest=True)][-1] == 9
    assert [str(r.period) for r in early.observations("rides", first=True)][-1] == "2023"


def test_of_two_prints_of_one_day_the_first_in_the_file_resolves_and_the_last_is_newest(folder):
    folder.rows["price"] += (
        "2025,30,2026-03,lag,maker-posts,high,\n2025,31,2026-03,lag,report-a,high,\n"
    )
    registry = load(folder.write())
    assert registry.observations("price", first=True)[-1].value == 30
    assert registry.observations("price", latest=True)[-1].value == 31


def test_models_and_mappings_are_frozen(registry):
    with pytest.raises(ValueError, match="frozen"):
        registry.claims[0].place = "elsewhere"
    with pytest.raises(TypeError):
        registry.rows["rides"] = ()
    with pytest.raises(AttributeError):
        registry.rows = {}


# --- the digest -------------------------------------------------------------------------------


def test_the_digest_ignores_formatting_and_nothing_else(folder):
    digest = load(folder.write()).digest
    folder.edit("series/rides.csv", "2020,1,2021-02-10", '"2020", 1.0 ,2021-02-10')
    folder.edit("reports/a.yaml", "value: 12\n", "value: 12.0  # as printed\n")
    folder.sources.reverse()
    text = "\n".join(f"- {json.dumps(source)}" for source in folder.sources)
    (folder.path / "sources.yaml").write_text(f"# who said it\n\n{text}\n", "utf-8")
    assert load(folder.path).digest == digest
    for name, old, new in [
        ("series/rides.csv", "2.1", "2.2"),
        ("series/rides.csv", "2022-02-08", "2022-02-09"),
        ("reports/a.yaml", "value: 12.0", "value: 11"),
        ("sources.yaml", "Quarterly", "Monthly"),
        ("series.yaml", "unit: USD", "unit: EUR"),
    ]:
        folder.edit(name, old, new)
        changed = load(folder.path).digest
        assert changed != digest
        digest = changed


# --- look-ahead protection ----------------------------------------------------------------------

DAYS = st.dates(dt.date(2019, 1, 1), dt.date(2026, 12, 31))


def test_as_of_shows_rows_from_the_day_they_were_published(registry):
    def seen(day):
        return [r.value for r in registry.as_of(day).rows["rides"]]

    assert seen("2021-02-09") == []
    assert seen("2021-02-10") == [1]
    assert seen("2024-11-20") == [1, 2.1, 4.2, 7.9, 9]


def test_a_date_known_to_the_month_is_seen_from_the_last_day_of_the_month(registry):
    assert registry.as_of("2021-03-30").rows["price"] == ()
    assert len(registry.as_of("2021-03-31").rows["price"]) == 1
    assert len(registry.as_of("2021-03").rows["price"]) == 1
    assert len(registry.as_of(2021).rows["price"]) == 1


def test_rows_without_a_date_are_seen_by_no_replay(folder):
    folder.rows["price"] += "2019,120,,stated,maker-posts,low,undated\n"
    registry = load(folder.write())
    assert 120 in [r.value for r in registry.rows["price"]]
    assert 120 not in [r.value for r in registry.as_of("2999-12-31").rows["price"]]


def test_reconstructed_rows_are_seen_from_their_reconstruction_only(folder):
    folder.rows["price"] = "2015,250,2026-03-01,reconstructed,maker-posts,medium,\n"
    registry = load(folder.write())
    assert registry.as_of("2026-02-28").rows["price"] == ()
    assert len(registry.as_of("2026-03-01").rows["price"]) == 1


def test_claims_made_later_are_not_seen(registry):
    assert registry.as_of("2023-05-30").claims == ()
    assert registry.as_of("2023-05-30").reports == {}
    ids = [claim.id for claim in registry.as_of("2023-05-31").claims]
    assert "rides_12" in ids
    assert "later" not in ids
    assert "later" in [claim.id for claim in registry.as_of("2025-06-30").claims]


def test_sources_published_later_are_seen_only_with_what_refers_to_them(registry):
    assert set(registry.as_of("2020-06-30").sources) == set()
    assert set(registry.as_of("2021-06-30").sources) == {"maker-posts"}
    assert set(registry.as_of("2023-05-31").sources) == {"maker-posts", "report-a"}


def test_a_view_never_looks_further_than_the_view_it_was_made_from(registry):
    view = registry.as_of("2022-12-31").as_of("2026-12-31")
    assert view.known_on == dt.date(2022, 12, 31)
    assert view.digest == registry.as_of("2022-12-31").digest


@given(first=DAYS, second=DAYS)
@settings(max_examples=50, deadline=None)
def test_views_grow_with_time(first, second):
    registry = _random_registry([])
    early, late = sorted([first, second])
    small, large = registry.as_of(early), registry.as_of(late)
    for name in registry.rows:
        assert set(map(repr, small.rows[name])) <= set(map(repr, large.rows[name]))
    assert small.digest == large.as_of(early).digest


PUBLISHED = st.one_of(
    st.none(),
    st.dates(dt.date(2020, 1, 1), dt.date(2026, 12, 31)).map(str),
    st.dates(dt.date(2020, 1, 1), dt.date(2026, 12, 31)).map(lambda day: str(day)[:7]),
    st.integers(2020, 2026).map(str),
)
ROWS = st.lists(
    st.tuples(st.integers(2019, 2025).map(str), st.integers(1, 99), PUBLISHED), max_size=12
)


@given(rows=ROWS, changed=ROWS, day=DAYS)
@settings(max_examples=200, deadline=None)
def test_nothing_published_later_changes_what_was_known(rows, changed, day):
    """Rows after the day are removed, and replaced by others: the view stays as it was."""

    def later(row):
        return row[2] is None or _last_day(row[2]) > day

    known = [row for row in rows if not later(row)]
    other = known + [row for row in changed if later(row)]
    views = [_random_registry(each).as_of(day) for each in (rows, known, other)]
    assert views[0].digest == views[1].digest == views[2].digest
    for options in ({}, {"first": True}, {"latest": True}):
        seen = [view.observations("x", **options) for view in views]
        assert seen[0] == seen[1] == seen[2]
    assert len(views[0].rows["x"]) == len(known)


def _last_day(text):
    year, month, day = ([int(part) for part in text.split("-")] + [0, 0])[:3]
    if day:
        return dt.date(year, month, day)
    month = month or 12
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return following - dt.timedelta(days=1)


def _random_registry(rows):
    from curvecast.tracking.schema import Observation, Series

    fixed = {"basis": "stated", "source": "s", "quality": "low"}
    observations = tuple(
        Observation(period=period, value=float(value), published=published, **fixed)
        for period, value, published in rows
    )
    title = {"en": "X", "zh": "X"}
    series = Series(id="x", title=title, unit="1", kind="flow", period="year", publisher="P")
    return Registry({}, {"x": series}, {}, {"x": observations})


# --- the schema for editors -------------------------------------------------------------------


def test_the_json_schema_is_plain_json_and_names_the_fields():
    schema = json.loads(json.dumps(json_schema()))
    report = schema["reports/*.yaml"]
    assert report["additionalProperties"] is False
    claim = report["$defs"]["Claim"]
    assert "made" not in claim["required"]
    assert {"id", "title", "place", "form", "resolution"} <= set(claim["required"])
    assert schema["series.yaml"]["type"] == "array"
    assert not math.isnan(len(schema["sources.yaml"]["items"]["properties"]))
