# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny registry in a temporary folder, and claims and figures made in memory."""

from __future__ import annotations

import copy
import io
import json
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from curvecast.tracking.evidence import series_evidence
from curvecast.tracking.registry import Registry
from curvecast.tracking.schema import Claim, Observation, Report, Series, Source

HEADER = "period,value,published,basis,source,quality,note"
RIDES = """\
2020,1,2021-02-10,stated,maker-posts,high,
2021,2.1,2022-02-08,stated,maker-posts,high,
2022,4.2,2023-02-09,stated,maker-posts,high,
2023,7.9,2024-02-07,stated,maker-posts,high,
2024,9,2024-11-20,stated,maker-posts,medium,said in November
2024,13,2025-02-12,stated,maker-posts,high,
2024,12.5,2026-03-01,stated,maker-posts,high,restated
"""
PRICE = """\
2020,100,2021-03,lag,maker-posts,high,
2021,81,2022-03,lag,maker-posts,high,
2022,63,2023-03,lag,maker-posts,high,
2023,52,2024-03,lag,maker-posts,high,
2024,39,2025-03,lag,maker-posts,high,
"""
LAUNCH = """\
2024-06-30,0,2024-07-02,stated,maker-posts,high,
2025-03-05,1,2025-03-05,event,maker-posts,high,
"""
SOURCES = [
    {
        "id": "report-a",
        "title": "Outlook",
        "publisher": "Press",
        "published": "2023-05",
        "address": "https://example.org/outlook",
    },
    {
        "id": "maker-posts",
        "title": "Quarterly posts",
        "publisher": "Maker",
        "published": "2026-03-01",
        "address": "https://example.org/posts",
    },
]
SERIES = [
    {
        "id": "rides",
        "title": {"en": "Rides", "zh": "行程"},
        "unit": "million rides",
        "kind": "flow",
        "period": "year",
        "publisher": "Maker",
    },
    {
        "id": "price",
        "title": {"en": "Price", "zh": "价格"},
        "unit": "USD",
        "kind": "cost",
        "period": "year",
        "publisher": "Maker",
        "currency": "USD",
        "deflator": "nominal",
    },
    {
        "id": "launch",
        "title": {"en": "Launch", "zh": "发布"},
        "unit": "event",
        "kind": "event",
        "period": "day",
        "publisher": "Maker",
    },
]


def claim_fields(name, form, **more):
    return {
        "id": name,
        "title": {"en": f"Claim {name}.", "zh": f"论断{name}。"},
        "place": "Chapter 1",
        "form": form,
        "resolution": "By the maker's figure.",
    } | more


CLAIMS = [
    claim_fields(
        "rides_12",
        {"type": "value", "value": 12},
        series="rides",
        target=2024,
        curves=["exponential"],
    ),
    claim_fields(
        "rides_100", {"type": "at_least", "value": 100}, series="rides", target=2030, curves=[]
    ),
    claim_fields(
        "price_growth",
        {"type": "growth_rate", "rate": -0.2, "from": 2022, "to": 2024},
        series="price",
        target=2024,
        curves=["exponential"],
    ),
    claim_fields("launch_2024", {"type": "event"}, series="launch", target="2024-12-31"),
    claim_fields(
        "learning",
        {"type": "learning_rate", "rate": 0.2, "bound": "at_least", "experience": "rides"},
        series="price",
    ),
    claim_fields("vague", {"type": "event"}, not_resolvable="It names no quantity and no date."),
    claim_fields(
        "later",
        {"type": "value", "value": 30},
        made="2025-06-30",
        series="rides",
        target=2027,
        curves=["exponential"],
    ),
]


@cache
def as_yaml(content: str) -> str:
    """Return JSON as YAML that is laid out as people lay it out."""
    text = io.StringIO()
    YAML().dump(json.loads(content), text)
    return text.getvalue()


class RegistryFolder:
    """A registry that a test changes and then writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sources = copy.deepcopy(SOURCES)
        self.series = copy.deepcopy(SERIES)
        self.rows = {"rides": RIDES, "price": PRICE, "launch": LAUNCH}
        self.report = {
            "id": "a",
            "source": "report-a",
            "title": {"en": "Outlook", "zh": "展望"},
            "made": "2023-05-31",
            "claims": copy.deepcopy(CLAIMS),
        }

    def write(self) -> Path:
        (self.path / "series").mkdir(parents=True, exist_ok=True)
        (self.path / "reports").mkdir(exist_ok=True)
        contents = {"sources": self.sources, "series": self.series, "reports/a": self.report}
        for name, content in contents.items():
            text = as_yaml(json.dumps(content))
            (self.path / f"{name}.yaml").write_text(text, "utf-8")
        for name, rows in self.rows.items():
            (self.path / f"series/{name}.csv").write_text(f"{HEADER}\n{rows}", "utf-8")
        return self.path

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.path / name
        text = path.read_text("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1), "utf-8")

    def line(self, name: str, text: str) -> int:
        lines = (self.path / name).read_text("utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.fixture
def folder(tmp_path):
    """A correct registry, not yet written."""
    return RegistryFolder(tmp_path / "registry")


@pytest.fixture
def registry(folder):
    """The same, loaded."""
    from curvecast import tracking

    return tracking.load(folder.write())


def make_rows(*rows):
    """Return observations from (period, value, published)."""
    return tuple(
        Observation(
            period=period,
            value=float(value),
            published=published,
            basis="stated",
            source="s",
            quality="high",
        )
        for period, value, published in rows
    )


@pytest.fixture
def make_registry():
    """Return a function that makes a registry in memory of one or more series and some claims."""

    def make(series, claims=(), made="2020-01-01"):
        models, rows = {}, {}
        for name, (fields, observations) in series.items():
            models[name] = Series(
                **{
                    "id": name,
                    "title": {"en": name, "zh": name},
                    "unit": "units",
                    "kind": "flow",
                    "period": "year",
                    "publisher": "P",
                }
                | fields
            )
            rows[name] = make_rows(*observations)
        source = Source(id="s", title="t", publisher="P", published="2000", address="a")
        title = {"en": "R", "zh": "R"}
        report = Report(id="r", source="s", title=title, made=made, claims=list(claims))
        return Registry({"s": source}, models, {"r": report}, rows)

    return make


@pytest.fixture
def make_claim():
    """Return a function that makes a claim of a form."""

    def make(form, *, made="2020-01-01", series="x", **more):
        return Claim(**claim_fields("c", form, made=made, series=series, **more))

    return make


@pytest.fixture
def make_evidence(make_registry):
    """Return a function that makes what is known, on a day or in all, about one series."""

    def make(rows, *, as_of=None, **fields):
        registry = make_registry({"x": (fields, rows)})
        return series_evidence("x", registry.as_of(as_of) if as_of else registry)

    return make
