# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping score: predictions of published reports, their outcomes, and forecasts made again.

>>> from curvecast import tracking
>>> reports = tracking.read_reports()
>>> result = tracking.rescore(as_of="2024-12-31")
>>> set(result["scoreboard"]) == set(tracking.LABELS)
True
"""

from .faults import Fault, RegistryError
from .period import Period, PeriodError, parse_date, parse_period
from .registry import Registry, default_directory, load, read_reports, validate
from .rescore import method, rescore
from .schema import Claim, Observation, Report, Series, Source, json_schema
from .verdict import LABELS, Verdict, judge, verdict_of

__all__ = [
    "LABELS",
    "Claim",
    "Fault",
    "Observation",
    "Period",
    "PeriodError",
    "Registry",
    "RegistryError",
    "Report",
    "Series",
    "Source",
    "Verdict",
    "default_directory",
    "json_schema",
    "judge",
    "load",
    "method",
    "parse_date",
    "parse_period",
    "read_reports",
    "rescore",
    "validate",
    "verdict_of",
]
