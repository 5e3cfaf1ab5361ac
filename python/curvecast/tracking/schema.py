# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of a registry: Pydantic models of sources, series, observations, reports and claims.

Unknown fields are refused and nothing is coerced from text to number, so that a slip of the
keyboard is found by `validate` and not by a score years later.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    WithJsonSchema,
    model_validator,
)

from .period import Period, PeriodError, parse_date, parse_period

__all__ = [
    "AtLeast",
    "AtMost",
    "Claim",
    "DoublingTime",
    "Event",
    "Form",
    "GrowthRate",
    "HalvingTime",
    "LearningRate",
    "Observation",
    "Range",
    "Report",
    "Rule",
    "Series",
    "Source",
    "Value",
    "Wording",
    "json_schema",
]

_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"
_PART = r"\d{4}(-(H[12]|Q[1-4]|\d{2}(-\d{2})?))?"


def _written(parse: Any, pattern: str, meaning: str) -> Any:
    """Return the field type of a period or date that is kept as it was written."""
    schema = {
        "anyOf": [{"type": "string", "pattern": pattern}, {"type": "integer"}],
        "description": meaning,
    }
    return Annotated[
        Period, BeforeValidator(parse), PlainSerializer(str, str), WithJsonSchema(schema)
    ]


DateField = _written(parse_date, _DATE, "YYYY, YYYY-MM or YYYY-MM-DD; counts from its last day")
PeriodField = _written(
    parse_period, rf"^{_PART}(/{_PART})?$", "YYYY, YYYY-H1, YYYY-Q3, YYYY-MM, YYYY-MM-DD, START/END"
)
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
Sentence = Annotated[str, Field(min_length=1)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]

Kind = Literal["cost", "stock", "flow", "share", "count", "event"]
Granularity = Literal["year", "half", "quarter", "month", "day"]
Basis = Literal["stated", "vintage", "lag", "event", "reconstructed"]
Quality = Literal["high", "medium", "low"]
Bound = Literal["at_least", "at_most"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Wording(_Model):
    """A text in both languages."""

    en: Sentence
    zh: Sentence


class Source(_Model):
    """Who published what, when and where."""

    id: Identifier
    title: Sentence
    publisher: Sentence
    published: DateField | None = None
    address: Sentence | None = None
    editions: tuple[Sentence, ...] = ()
    note: Sentence | None = None


class Series(_Model):
    """One quantity by one definition; two definitions are two series."""

    id: Identifier
    title: Wording
    unit: Sentence
    kind: Kind
    period: Granularity
    publisher: Sentence
    currency: Sentence | None = None
    deflator: Sentence | None = None
    upper: Positive | None = None
    monotone: Literal["up", "down"] | None = None
    note: Sentence | None = None


class Observation(_Model):
    """One printed figure: the period that it describes and the day on which it became public."""

    period: PeriodField
    value: Number
    published: DateField | None
    basis: Basis
    source: Identifier
    quality: Quality
    note: str = ""

    @property
    def known_on(self) -> dt.date | None:
        """The day from which a replay sees this row; None: no replay ever does."""
        return self.published.last if self.published else None

    @property
    def complete(self) -> bool:
        """Whether it was published when its period had ended; otherwise it is an estimate."""
        return self.published is not None and self.period.complete(self.published.last)


class Value(_Model):
    """The claim names one value."""

    type: Literal["value"]
    value: Number


class Range(_Model):
    """The claim names a range; both ends belong to it."""

    type: Literal["range"]
    low: Number
    high: Number


class AtLeast(_Model):
    """The claim is that the value is reached or exceeded."""

    type: Literal["at_least"]
    value: Number


class AtMost(_Model):
    """The claim is that the value is not exceeded."""

    type: Literal["at_most"]
    value: Number


class _Trend(_Model):
    """Between which periods a rate holds; without an end, judged on the three years from `made`."""

    start: PeriodField | None = Field(default=None, alias="from")
    to: PeriodField | None = None
    bound: Bound | None = None


class GrowthRate(_Trend):
    """Growth a year, as a fraction: 0.3 is 30 %."""

    type: Literal["growth_rate"]
    rate: Annotated[float, Field(strict=True, allow_inf_nan=False, gt=-1)]


class DoublingTime(_Trend):
    """Years to double. A bound is one on the number of years: at_most 1 is at least as fast."""

    type: Literal["doubling_time"]
    years: Positive


class HalvingTime(_Trend):
    """Years to halve. A bound is one on the number of years: at_most 1 is at least as fast."""

    type: Literal["halving_time"]
    years: Positive


class Event(_Model):
    """The claim is that something happens by its target."""

    type: Literal["event"]
    partial: Sentence | None = None


class LearningRate(_Model):
    """Cost falls by this fraction with each doubling of the experience."""

    type: Literal["learning_rate"]
    rate: Annotated[float, Field(strict=True, allow_inf_nan=False, gt=-1, lt=1)]
    bound: Bound | None = None
    experience: Identifier


Form = Annotated[
    Value
    | Range
    | AtLeast
    | AtMost
    | GrowthRate
    | DoublingTime
    | HalvingTime
    | Event
    | LearningRate,
    Field(discriminator="type"),
]


class Rule(_Model):
    """Tolerances of one claim, in place of the usual ones of its form.

    For a learning rate they are the levels of the two intervals; for an event they do not apply.
    """

    accurate: Annotated[float, Field(strict=True, ge=0, lt=1)] | None = None
    half: Annotated[float, Field(strict=True, ge=0, lt=1)] | None = None
    late_months: Annotated[int, Field(strict=True, ge=0, le=120)] | None = None


class Claim(_Model):
    """One prediction in the form in which it was printed, in our wording."""

    id: Identifier
    title: Wording
    place: Sentence
    made: DateField
    hindsight: bool = False
    form: Form
    series: Identifier | None = None
    divided_by: Identifier | None = None
    target: PeriodField | None = None
    resolution: Sentence
    curves: tuple[Sentence, ...] = ()
    rule: Rule = Rule()
    not_resolvable: Sentence | None = None
    note: Sentence | None = None
    _report: str = PrivateAttr(default="")

    @property
    def report(self) -> str:
        """The id of the report that the claim stands in."""
        return self._report


class Report(_Model):
    """A report and the claims that were read out of it; `made` is the usual date of its claims."""

    id: Identifier
    source: Identifier
    title: Wording
    made: DateField
    claims: tuple[Claim, ...]

    @model_validator(mode="before")
    @classmethod
    def _pass_on_the_date(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("claims"), (list, tuple)):
            return data
        try:
            made = {"made": parse_date(data["made"])}
        except (KeyError, PeriodError):
            made = {"made": "2000"}  # the report is refused for its own date, its claims are not
        claims = [made | c if isinstance(c, dict) else c for c in data["claims"]]
        return data | {"claims": claims}

    def model_post_init(self, _context: Any) -> None:
        """Tell each claim where it stands."""
        for claim in self.claims:
            claim._report = self.id


def json_schema() -> dict[str, dict[str, Any]]:
    """Return a JSON Schema for each kind of YAML file in a registry, for use in an editor.

    Returns
    -------
    dict
        Keys ``"sources.yaml"``, ``"series.yaml"`` and ``"reports/*.yaml"``.

    Examples
    --------
    >>> sorted(json_schema())
    ['reports/*.yaml', 'series.yaml', 'sources.yaml']
    """
    report = Report.model_json_schema()
    claim = report["$defs"]["Claim"]
    claim["required"] = [name for name in claim["required"] if name != "made"]
    return {
        "sources.yaml": _list_of(Source),
        "series.yaml": _list_of(Series),
        "reports/*.yaml": {"$schema": _DIALECT, **report},
    }


_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _list_of(model: type[BaseModel]) -> dict[str, Any]:
    item = model.model_json_schema()
    definitions = item.pop("$defs", {})
    return {"$schema": _DIALECT, "type": "array", "items": item, "$defs": definitions}
