# SPDX-License-Identifier: GPL-3.0-or-later
"""What a figure depends on besides the programs: versions, compiler, processor."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

import curvecast as cc
from curvecast import _core

__all__ = ["machine"]

_PEERS = ("numpy", "scipy", "lmfit")


def machine() -> dict[str, str]:
    """Return what a reader needs to judge the table, by name."""
    build = _core.build_info()
    peers = {name: importlib.metadata.version(name) for name in _PEERS}
    return {
        "curvecast": cc.__version__,
        **peers,
        "Python": platform.python_version(),
        "compiler": str(build["compiler"]),
        "GSL": str(build["gsl"]),
        "lanes": str(build["lanes"]),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _processor() -> str:
    """Return the processor's name; `platform` knows it on few systems."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text("utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"
