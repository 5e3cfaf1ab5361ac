# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of a registry: each is found, and named with its file, line, field and remedy."""

# ruff: noqa: E501 - in the table of faults each is one line, with what is changed and what is said

from __future__ import annotations

import pytest

from curvecast.errors import RegistryError as BaseRegistryError
from curvecast.tracking import RegistryError, load, validate

CSV = "series/rides.csv"
YAML = "reports/a.yaml"
FAULTS = {
    "text in a number column": (CSV, "2.1", "about two", "value", "text, not a number"),
    "a sign in a number": (CSV, "2.1", ">2", "value", "no plain number"),
    "a per cent sign": (CSV, "2.1", "2 %", "value", "per cent"),
    "thousands": (CSV, "2.1", '"2,100"', "value", "separators"),
    "underscores": (CSV, "2.1", "2_1", "value", "separators"),
    "other digits": (CSV, "2.1", "٢", "value", "not a number"),
    "NaN": (CSV, "2.1", "nan", "value", "gap is a row that is not there"),
    "infinity": (CSV, "2.1", "-inf", "value", "no figure"),
    "overflow": (CSV, "2.1", "1e999", "value", "too large"),
    "no value": (CSV, "2.1", "", "value", "missing"),
    "a date that is none": (CSV, "2022-02-08", "2022-02-30", "published", "no date"),
    "a quarter as a date": (CSV, "2022-02-08", "2022-Q1", "published", "no date"),
    "a period that is none": (CSV, "2021,2.1", "2021-Q7,2.1", "period", "no period"),
    "unknown basis": (CSV, "2022-02-08,stated", "2022-02-08,heard", "basis", "use stated, vintage"),
    "near basis": (CSV, "2022-02-08,stated", "2022-02-08,state", "basis", 'Did you mean "stated"'),
    "unknown quality": (CSV, "2022-02-08,stated,maker-posts,high", "2022-02-08,stated,maker-posts,good", "quality", "use high, medium, low"),
    "unknown source": (CSV, "2022-02-08,stated,maker-posts", "2022-02-08,stated,maker-post", "source", 'Did you mean "maker-posts"'),
    "a row without a source": (CSV, "2022-02-08,stated,maker-posts", "2022-02-08,stated,", "source", "is no id"),
    "a forecast": (CSV, "2021,2.1,2022-02-08", "2021,2.1,2020-12-31", "published", "forecast is no observation"),
    "the same row twice": (CSV, "2021,2.1,2022-02-08", "2020,2.1,2021-02-10", "", "remove one of the two"),
    "a negative flow is no fault but a share is": ("series.yaml", "kind: flow", "kind: share\n  upper: 4", "value", "upper end 4"),
    "missing column": (CSV, "published,", "", "published", "column \"published\" is missing"),
    "wrong header": (CSV, "published,", "date,", "date", "no column \"date\""),
    "columns in another order": (CSV, "period,value", "value,period", "", "another order"),
    "semicolons": (CSV, "period,value,published,basis,source,quality,note", "period;value;published;basis;source;quality;note", "", "use commas"),
    "too many cells": (CSV, "2.1,", "2,1,", "", "8 cells"),
    "too few cells": (CSV, "2021,2.1,2022-02-08,stated,maker-posts,high,", "2021,2.1", "", "2 cells"),
    "an open quotation mark": (CSV, "2.1", '"2.1', "", "quotation mark"),
    "claim of an unknown series": (YAML, "series: rides\n", "series: ride\n", "claims[0].series", 'Did you mean "rides"'),
    "unknown curve": (YAML, "- exponential", "- exponentail", "claims[0].curves[0]", 'Did you mean "exponential"'),
    "unknown type of form": (YAML, "type: value", "type: vlaue", "claims[0].form", 'Did you mean "value"'),
    "a form without a type": (YAML, "type: value", "kind: value", "claims[0].form", "one of value, range"),
    "text for a number": (YAML, "value: 12", "value: a dozen", "claims[0].form.value", "text, not a number"),
    "NaN in a form": (YAML, "value: 12", "value: .nan", "claims[0].form.value", "finite number"),
    "a quoted number": (YAML, "value: 12", 'value: "12"', "claims[0].form.value", "without quotation marks"),
    "a number as text": (YAML, "place: Chapter 1", "place: 1", "claims[0].place", "quotation marks around it"),
    "unknown field": (YAML, "place: Chapter 1", "places: Chapter 1", "claims[0].places", 'Did you mean "place"'),
    "unknown field of a form": (YAML, "value: 12", "value: 12\n    valu: 12", "claims[0].form.valu", 'Did you mean "value"'),
    "missing field": (YAML, "  place: Chapter 1\n", "", "claims[0].place", 'add "place: ..."'),
    "duplicate key": (YAML, "target: 2024", "target: 2024\n  target: 2025", "claims[0].target", "second time"),
    "duplicate claim": (YAML, "id: rides_100", "id: rides_12", "claims[1].id", "another claim"),
    "a target that is none": (YAML, "target: 2024", "target: 2024-Q9", "claims[0].target", "no period"),
    "a target too fine": (YAML, "target: 2024", "target: 2024-03", "claims[0].target", "finer than the series"),
    "no target": (YAML, "  target: 2024\n", "", "claims[0].target", "needs a target"),
    "a date that is none in a claim": (YAML, "made: '2023-05-31'", "made: '2023-05-32'", "made", "no date"),
    "a report without a date": (YAML, "made: '2023-05-31'\n", "", "made", "is missing"),
    "a report of an unknown source": (YAML, "source: report-a", "source: report-b", "source", 'Did you mean "report-a"'),
    "an id that is not the file's": (YAML, "id: a\n", "id: b\n", "id", "rename the file"),
    "an id that is a number": (YAML, "id: a\n", "id: 1\n", "id", "quotation marks around it"),
    "a rate that ends before it starts": (YAML, "from: 2022", "from: 2025", "claims[2].form.from", "earlier period"),
    "a rate from nowhere": (YAML, "    from: 2022\n", "", "claims[2].form.from", "from which the rate counts"),
    "two ends": (YAML, "to: 2024", "to: 2025", "claims[2].form.to", "make the two agree"),
    "an event of a flow": (YAML, "series: launch", "series: rides", "claims[3].form.type", "kind: event"),
    "a level of an event": (YAML, "series: rides\n", "series: launch\n", "claims[0].form.type", "kind: event"),
    "unknown experience": (YAML, "experience: rides", "experience: miles", "claims[4].form.experience", "no series"),
    "no reason why it does not resolve": (YAML, "  not_resolvable: It names no quantity and no date.\n", "", "claims[5].series", "not_resolvable: why"),
    "no unit": ("series.yaml", "  unit: million rides\n", "", "[0].unit", 'add "unit: ..."'),
    "an empty unit": ("series.yaml", "unit: million rides", "unit: ''", "[0].unit", "is empty"),
    "unknown kind": ("series.yaml", "kind: flow", "kind: flows", "[0].kind", 'Did you mean "flow"'),
    "duplicate series": ("series.yaml", "id: price", "id: rides", "[1].id", "another series"),
    "duplicate source": ("sources.yaml", "id: maker-posts", "id: report-a", "[1].id", "another source"),
    "an id with spaces": ("sources.yaml", "id: report-a", "id: report a", "[0].id", "no spaces"),
    "a source that nobody can find": ("sources.yaml", "  address: https://example.org/posts\n", "", "source", "has no address"),
    "a list that is none": ("sources.yaml", "- id: report-a", "id: report-a", "", ""),
    "truncated in a mapping": (YAML, "place: Chapter 1", "place: {a: 1", "", "no complete YAML"),
    "an alias to a list": (YAML, "claims:", "claims: &c", "claims", "write it out"),
    "a tag": (YAML, "place: Chapter 1", "place: !!python/name:os.system x", "claims[0].place", "not used in a registry"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "field", "words"), FAULTS.values(), ids=FAULTS)
def test_each_fault_names_file_line_field_and_remedy(folder, name, old, new, field, words):
    folder.write()
    before = (folder.path / name).read_text("utf-8")
    line = before[: before.index(old)].count("\n") + 1
    folder.edit(name, old, new)
    faults = validate(folder.path)
    assert faults
    matching = [fault for fault in faults if fault.field == field and words in str(fault)]
    assert matching, "\n".join(map(str, faults))
    fault = matching[0]
    assert fault.remedy
    assert f": {fault.message}. Remedy: {fault.remedy}" in str(fault)
    if fault.file == name:
        assert fault.line is None or abs(fault.line - line) <= 10
        assert str(fault).startswith(name if fault.line is None else f"{name}:{fault.line}: ")
    with pytest.raises(RegistryError) as error:
        load(folder.path)
    assert str(fault) in str(error.value)
    assert isinstance(error.value, BaseRegistryError)
    assert fault in error.value.faults


def test_lines_are_exact(folder):
    folder.write()
    folder.edit(YAML, "series: rides\n", "series: apollo_rides\n")
    folder.edit("series/price.csv", "81", "x")
    lines = {fault.field: (fault.file, fault.line) for fault in validate(folder.path)}
    assert lines["claims[0].series"] == (YAML, folder.line(YAML, "apollo_rides"))
    assert lines["value"] == ("series/price.csv", 3)


def test_all_faults_are_collected_at_once(folder):
    folder.write()
    folder.edit(CSV, "2.1", "two")
    folder.edit(CSV, "2023-02-09,stated", "yesterday,heard")
    folder.edit(YAML, "value: 12", "value: twelve")
    folder.edit("series.yaml", "  unit: USD\n", "")
    faults = validate(folder.path)
    found = {(fault.file, fault.field) for fault in faults}
    assert found == {
        (CSV, "value"),
        (CSV, "published"),
        (CSV, "basis"),
        (YAML, "claims[0].form.value"),
        ("series.yaml", "[1].unit"),
    }
    with pytest.raises(RegistryError, match="5 faults in this registry"):
        load(folder.path)


def test_every_duplicate_key_is_named(folder):
    folder.write()
    folder.edit(YAML, "target: 2024", "target: 2024\n  target: 2025\n  place: here")
    assert len([f for f in validate(folder.path) if "second time" in f.message]) == 2


@pytest.mark.parametrize("name", [YAML, "series.yaml", "sources.yaml"])
def test_a_yaml_file_cut_off_anywhere_gives_faults_and_never_another_error(folder, name):
    folder.write()
    whole = (folder.path / name).read_bytes()
    found = []
    for end in range(0, len(whole), 31):
        (folder.path / name).write_bytes(whole[:end])
        faults = validate(folder.path)
        assert all(fault.remedy for fault in faults)
        found.append(bool(faults))
    # Cut between two claims, or within a field that may be left out, nothing can be seen.
    assert sum(found) > 0.8 * len(found)


@pytest.mark.parametrize("name", ["sources.yaml", "series.yaml", YAML, CSV])
def test_hostile_bytes_give_faults(folder, name):
    folder.write()
    for content in (b"", b"\xff\xfe\x00", b"a\0b", "größe".encode("latin-1"), b"[" * 500, b"\t- x"):
        (folder.path / name).write_bytes(content)
        faults = [fault for fault in validate(folder.path) if fault.file == name]
        assert faults, content[:20]


def test_an_encoding_that_is_not_utf8_is_named_with_its_line(folder):
    folder.write()
    path = folder.path / CSV
    path.write_bytes(path.read_bytes().replace(b"said in November", "größer".encode("latin-1")))
    (fault,) = validate(folder.path)
    assert (fault.file, fault.line) == (CSV, 6)
    assert "UTF-8" in fault.remedy


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(folder):
    folder.write()
    path = folder.path / CSV
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert validate(folder.path) == []


def test_a_series_without_a_file_and_a_file_without_an_entry(folder):
    folder.write()
    (folder.path / CSV).rename(folder.path / "series/ride.csv")
    faults = {(fault.file, fault.field): str(fault) for fault in validate(folder.path)}
    assert 'Did you mean "ride"' in faults["series.yaml", "[0].id"]
    assert 'Did you mean "rides"' in faults["series/ride.csv", ""]


def test_files_that_do_not_belong_are_named(folder):
    folder.write()
    (folder.path / "reports/b.yml").write_text("id: b", "utf-8")
    (folder.path / "series/.hidden").write_text("", "utf-8")
    (folder.path / "series/README.md").write_text("", "utf-8")
    (fault,) = validate(folder.path)
    assert (fault.file, fault.line) == ("reports/b.yml", None)


@pytest.mark.parametrize("name", ["sources.yaml", "series.yaml", "series", "reports"])
def test_a_missing_part_is_named(folder, name):
    path = folder.write() / name
    path.rename(folder.path.parent / "elsewhere")
    assert any(fault.file == name and "missing" in fault.message for fault in validate(folder.path))


def test_a_broken_entry_hides_no_other_fault_and_causes_no_false_one(folder):
    folder.write()
    folder.edit("series.yaml", "  unit: million rides\n", "")
    faults = validate(folder.path)
    assert [(fault.file, fault.field) for fault in faults] == [("series.yaml", "[0].unit")]


def test_what_is_no_registry_is_said_to_be_none(tmp_path):
    (tmp_path / "file").write_text("x", "utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/data.csv").write_text("x", "utf-8")
    for name, words in [
        ("absent", "no such folder"),
        ("file", "not a folder"),
        ("empty", "is empty"),
        ("other", "is no registry"),
    ]:
        (fault,) = validate(tmp_path / name)
        assert words in fault.message
        with pytest.raises(RegistryError, match=words):
            load(tmp_path / name)


def test_the_end_of_a_year_resolves_for_a_yearly_stock_and_not_for_a_flow(folder):
    folder.series[0]["kind"] = "stock"
    folder.report["claims"][0]["target"] = "2024-12-31"
    assert validate(folder.write()) == []
    folder.edit(YAML, "2024-12-31", "2024-11-30")
    (fault,) = validate(folder.path)
    assert fault.field == "claims[0].target"


def test_a_back_dated_reconstruction_is_refused(folder):
    folder.rows["price"] = "2015,250,2016-03-01,reconstructed,maker-posts,medium,\n"
    (fault,) = validate(folder.write())
    assert fault.field == "published"
    assert "day of the reconstruction" in fault.remedy


@pytest.mark.parametrize(
    ("series", "value", "words"),
    [("price", "-1", "a cost is positive"), ("launch", "0.7", "partial criterion")],
)
def test_values_that_their_kind_excludes(folder, series, value, words):
    folder.rows[series] += f"2025-04,{value},2025-05,stated,maker-posts,high,\n"
    (fault,) = validate(folder.write())
    assert words in fault.remedy
