# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example that is printed somewhere runs and gives what is shown: README, docstrings."""

import contextlib
import doctest
import importlib
import io
import pkgutil
import re
from pathlib import Path

import pytest

import curvecast

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    name
    for _, name, _ in pkgutil.walk_packages(curvecast.__path__, "curvecast.")
    if not name.endswith("_core")
)
README_BLOCK = re.compile(r"```python\n(.*?)```\n+```text\n(.*?)```", re.DOTALL)


def test_the_readme_prints_what_it_shows(monkeypatch, tmp_path):
    blocks = README_BLOCK.findall((ROOT / "README.md").read_text("utf-8"))
    monkeypatch.chdir(tmp_path)
    names = {}
    assert blocks
    for program, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program, "README.md", "exec"), names)
        assert printed.getvalue() == shown


def test_the_readme_shows_every_python_block_with_its_output():
    text = (ROOT / "README.md").read_text("utf-8")

    assert text.count("```python") == len(README_BLOCK.findall(text))


@pytest.mark.parametrize("name", ["curvecast", *MODULES])
def test_the_examples_in_docstrings_run(name):
    result = doctest.testmod(importlib.import_module(name))

    assert not result.failed
