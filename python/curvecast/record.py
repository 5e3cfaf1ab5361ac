# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as plain JSON that can be read years later, without pickles.

Numbers keep every bit. JSON has no NaN and no infinity: NaN is written as null, infinities as the
words "inf" and "-inf". A reader refuses what it does not know rather than guess.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from . import _core
from .curves import curve
from .distribution import Forecast
from .errors import FormatError
from .formula import FormulaCurve
from .info import INFO, N_FACTS, bound_bits
from .notes import Note, Status
from .options import Settings
from .result import Fit

__all__ = [
    "digest",
    "fit_from_dict",
    "fit_to_dict",
    "forecast_from_dict",
    "forecast_to_dict",
    "from_json",
    "to_json",
]

FIT, FIT_VERSION = "curvecast.fit", 1
FORECAST, FORECAST_VERSION = "curvecast.forecast", 1


def plain(values: Any) -> Any:
    """Return an array or a number as JSON can hold it."""
    if isinstance(values, np.ndarray):
        return [plain(each) for each in values]
    number = float(values)
    if np.isnan(number):
        return None
    return number if np.isfinite(number) else str(number)


def array(values: Any) -> np.ndarray:
    """Return what `plain` made of an array."""
    if isinstance(values, list):
        return np.array([array(each) for each in values], dtype=float)
    return np.asarray(np.nan if values is None else float(values))


def digest(*arrays: np.ndarray | None) -> str:
    """Return the SHA-256 of arrays in hexadecimal; equal numbers and shapes give equal text."""
    seen = hashlib.sha256()
    for each in arrays:
        if each is None:
            seen.update(b"none")
            continue
        values = np.where(np.isnan(each), np.nan, each) + 0.0
        seen.update(repr(values.shape).encode())
        seen.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return seen.hexdigest()


def to_json(record: Mapping[str, Any]) -> str:
    """Return a record as JSON text."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)


def from_json(text: str) -> dict[str, Any]:
    """Return the record in a JSON text."""
    try:
        record = json.loads(text)
    except (ValueError, TypeError) as error:
        raise FormatError(f"this is not JSON ({error}); give the text that to_json wrote") from None
    if not isinstance(record, dict):
        raise FormatError("this JSON holds no saved result; give the text that to_json wrote")
    return record


def check_format(record: Mapping[str, Any], name: str, version: int) -> None:
    """Refuse a record of another kind or of a newer version."""
    kind, found = record.get("format"), record.get("version")
    if kind != name:
        raise FormatError(f"this record is {kind!r}, not {name!r}; read it with what wrote it")
    if not isinstance(found, int) or not 1 <= found <= version:
        raise FormatError(
            f"this {name} is version {found!r}, and curvecast {_core.build_info()['version']} "
            f"reads versions 1 to {version}; update with: pip install --upgrade curvecast"
        )


def _points(fit: Fit) -> dict[str, Any]:
    names = fit.curve.regressors
    return {name: plain(column) for name, column in zip(names, fit.points, strict=True)}


def fit_to_dict(fit: Fit) -> dict[str, Any]:
    """Return a fit as plain lists, numbers and text."""
    settings = fit.settings
    return {
        "format": FIT,
        "version": FIT_VERSION,
        "curvecast": fit.version,
        "curve": fit.curve.to_dict() if isinstance(fit.curve, FormulaCurve) else fit.curve.name,
        "params": dict(zip(fit.curve.param_names, map(plain, fit.theta), strict=True)),
        "stderr": {name: plain(value) for name, value in fit.stderr.items()},
        "cov": plain(fit.cov),
        "objective": plain(fit.objective),
        "n_used": fit.n_used,
        "df": fit.df,
        "s": plain(fit.s),
        "status": [fit.status.number, fit.status.code, fit.status.message],
        "notes": [[each.code, each.severity, each.sentence] for each in fit.notes],
        "minima": fit.minima,
        "share_of_starts": plain(fit.share_of_starts),
        "condition": plain(fit.condition),
        "iterations": fit.iterations,
        "settings": {
            "error_model": settings.error_model,
            "loss": settings.loss,
            "loss_scale": plain(settings.loss_scale),
            "sigma_known": settings.sigma_known,
            "ceiling": plain(settings.ceiling),
            "start": plain(settings.start),
            "lower": plain(settings.lower),
            "upper": plain(settings.upper),
            "prior_mean": plain(settings.prior_mean),
            "prior_sd": plain(settings.prior_sd),
        },
        "seed": None,  # a fit draws no random numbers
        "labels": list(fit.labels),
        "data": {
            "x": _points(fit),
            "y": plain(fit.y),
            "weights": None if fit.weights is None else plain(fit.weights),
            "sha256": digest(fit.points, fit.y, fit.weights),
        },
    }


def fit_from_dict(record: Mapping[str, Any]) -> Fit:
    """Return the fit that `fit_to_dict` wrote."""
    check_format(record, FIT, FIT_VERSION)
    return _complete(_fit, record, FIT)


def _complete(read: Callable[[Any], Any], record: Mapping[str, Any], kind: str) -> Any:
    """Read a record, or say that something in it is missing or misshapen."""
    try:
        return read(record)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise FormatError(
            f"this {kind} is incomplete or altered ({type(error).__name__}: {error}); make it again"
        ) from None


def _fit(record: Mapping[str, Any]) -> Fit:
    named = record["curve"]
    described = FormulaCurve.from_dict(named) if isinstance(named, dict) else curve(named)
    data, asked = record["data"], dict(record["settings"])
    points = np.stack([array(data["x"][name]) for name in described.regressors])
    y = array(data["y"])
    weights = None if data["weights"] is None else array(data["weights"])
    if digest(points, y, weights) != data["sha256"]:
        raise FormatError("the data in this record do not match their digest; fit them again")
    for name in ("start", "lower", "upper", "prior_mean", "prior_sd"):
        asked[name] = array(asked[name])
    for name in ("loss_scale", "ceiling"):
        asked[name] = float(array(asked[name]))
    number, code, message = record["status"]
    cov, n_used = array(record["cov"]), record["n_used"]
    stderr = np.array([array(record["stderr"][name]) for name in described.param_names])
    facts = {
        "iterations": record["iterations"],
        "minima": record["minima"],
        "share": array(record["share_of_starts"]),
        "condition": array(record["condition"]),
        "s": array(record["s"]),
        "free": n_used - record["df"],
        "bounds": bound_bits(np.isnan(stderr) & (np.diagonal(cov) == 0)),
    }
    info = np.full(N_FACTS, np.nan)
    for name, place in INFO.items():
        info[place] = facts[name]
    fit = Fit(
        curve=described,
        settings=Settings(**asked),
        points=points,
        y=y,
        weights=weights,
        theta=np.array([array(record["params"][name]) for name in described.param_names]),
        cov=cov,
        info=info,
        objective=float(array(record["objective"])),
        n_used=n_used,
        status_number=number,
        note_bits=0,
        labels=tuple(record["labels"]),
        version=record["curvecast"],
    )
    # What was said then, word for word, instead of what this version would say.
    said = {
        "status": Status(code, message, number >= 0, number),
        "notes": tuple(Note(*each) for each in record["notes"]),
    }
    vars(fit).update(said)
    return fit


def forecast_to_dict(forecast: Forecast) -> dict[str, Any]:
    """Return a forecast as plain lists, numbers and text."""
    x, y = forecast.history
    inputs = forecast.inputs
    return {
        "format": FORECAST,
        "version": FORECAST_VERSION,
        "curvecast": _core.build_info()["version"],
        "method": forecast.method,
        "x": plain(forecast.x),
        "link": forecast.link,
        "upper": plain(forecast.upper),
        "weight": plain(forecast.weight),
        "location": plain(forecast.location),
        "scale": plain(forecast.scale),
        "df": plain(forecast.df),
        "origin": plain(forecast.origin),
        "history": {"x": plain(x), "y": plain(y)},
        "unit": forecast.unit,
        "notes": [[each.code, each.severity, each.sentence] for each in forecast.notes],
        "seed": forecast.seed,
        "correlation": None if forecast.correlation is None else plain(forecast.correlation),
        "details": {name: plain(value) for name, value in forecast.details.items()},
        "inputs": None
        if inputs is None
        else {name: plain(column) for name, column in inputs.items()},
        "labels": list(forecast.labels),
    }


def forecast_from_dict(record: Mapping[str, Any]) -> Forecast:
    """Return the forecast that `forecast_to_dict` wrote."""
    check_format(record, FORECAST, FORECAST_VERSION)
    return _complete(_forecast, record, FORECAST)


def _forecast(record: Mapping[str, Any]) -> Forecast:
    inputs, correlation = record["inputs"], record["correlation"]
    return Forecast(
        method=record["method"],
        x=array(record["x"]),
        link=record["link"],
        upper=float(array(record["upper"])),
        weight=array(record["weight"]),
        location=array(record["location"]),
        scale=array(record["scale"]),
        df=array(record["df"]),
        origin=float(array(record["origin"])),
        history=(array(record["history"]["x"]), array(record["history"]["y"])),
        unit=record["unit"],
        notes=tuple(Note(*each) for each in record["notes"]),
        seed=record["seed"],
        correlation=None if correlation is None else array(correlation),
        details={name: float(array(value)) for name, value in record["details"].items()},
        inputs=None if inputs is None else {name: array(column) for name, column in inputs.items()},
        labels=tuple(record["labels"]),
    )
