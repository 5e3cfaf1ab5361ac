# SPDX-License-Identifier: GPL-3.0-or-later
"""Importing the library is cheap, and tracking is loaded on demand."""

import subprocess
import sys

import pytest

import curvecast as cc

HEAVY = (
    "pandas",
    "matplotlib",
    "scipy",
    "scoringrules",
    "pydantic",
    "ruamel",
    "typer",
    "rich",
    "jinja2",
)


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


def test_neither_import_nor_a_fit_nor_a_forecast_loads_anything_heavy():
    code = (
        "import sys, curvecast as cc;"
        "cc.fit('wright', [1, 2, 4, 8], [3, 2, 1.5, 1]).forecast([16]).quantile([.1, .9]);"
        "cc.forecast('random_walk', range(4), [8, 5, 4, 2], horizon=2).crossing(1).median;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}));"
        "assert 'curvecast.tracking' not in sys.modules"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split()
    assert "numpy" in loaded
    assert not set(HEAVY) & set(loaded)


def test_import_loads_little_beyond_numpy():
    """What is not needed to begin a fit is loaded on first use."""
    code = (
        "import sys, numpy; before = set(sys.modules); import curvecast;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr
    ours = {"curvecast", "curvecast._core", "curvecast.errors"}
    assert set(done.stdout.split()) <= ours | {"__future__"}


def test_completion_offers_what_there_is_to_use():
    done = run(
        "import curvecast as cc; cc.fit('linear', [1, 2, 3], [1, 2, 4]);"
        "print(*(name for name in dir(cc) if name[0] != '_'))"
    )
    modules = {"learning", "plot", "scaling", "score", "tracking"}
    assert set(done.stdout.split()) == {*cc.__all__} - {"__version__"} | modules


def test_names_loaded_on_first_use_are_those_of_their_modules():
    done = run(
        "import curvecast as cc; assert 'Fits' not in vars(cc) and 'Fits' in dir(cc);"
        "from curvecast import Fits; from curvecast.table import Fits as same;"
        "assert cc.Fits is Fits is same"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["fit", "forecast", "formula", "curves"])
@pytest.mark.parametrize(
    "first",
    [
        "cc.{name}",
        "from curvecast import {name}",
        "from curvecast.{name} import {name}",
        "import curvecast.{name}",
        "import curvecast.record",
    ],
)
def test_a_function_is_not_hidden_by_the_module_of_its_name(name, first):
    done = run(
        f"import curvecast as cc; {first.format(name=name)};"
        f"assert cc.{name}.__name__ == {name!r} and not hasattr(cc.{name}, '__path__'), cc.{name};"
        f"import sys; assert cc.{name} is sys.modules['curvecast.{name}'].{name}"
    )
    assert done.returncode == 0, done.stderr


def test_tracking_is_an_attribute():
    done = run("import curvecast; print(curvecast.tracking.__name__, 'tracking' in dir(curvecast))")
    assert done.stdout.split() == ["curvecast.tracking", "True"], done.stderr


def test_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        cc.fitt  # noqa: B018


def test_missing_core_says_how_to_build_it():
    done = run("import sys; sys.modules['curvecast._core'] = None; import curvecast")
    assert done.returncode != 0
    assert "build_ext --inplace" in done.stderr.splitlines()[-1]


def test_everything_public_exists_and_is_documented():
    for name in cc.__all__:
        found = getattr(cc, name)
        assert name == "__version__" or found.__doc__, name
