# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of the project as a whole: version, licence lines, arrows, a light import."""

import ast
import importlib.metadata
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import curvecast
from curvecast import _core

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "python" / "curvecast"
LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"
FOLDERS = (".ci", "benchmarks", "csrc", "docs", "python", "tests", "tools")
SOURCES = [ROOT / "setup.py", ROOT / "Makefile", ROOT / ".ci" / "run"] + [
    path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".pyi", ".c", ".h", ".inc", ".sh")
]


def named(path):
    return path.relative_to(ROOT).as_posix()


def declared_version():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def test_the_version_is_the_same_everywhere():
    assert curvecast.__version__ == declared_version()
    assert _core.build_info()["version"] == declared_version()


def test_the_installed_version_is_the_one_of_the_tree():
    try:
        installed = importlib.metadata.version("curvecast")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("curvecast is used in place, not installed")
    assert installed == declared_version()


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_source_file_names_its_licence_and_says_what_it_is_for(path):
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#!")]

    assert LICENCE in lines[0]
    assert lines[1].startswith(('"""', "//", "/*", "#")), lines[1]


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=named)
def test_a_notebook_is_stored_without_output(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]

    assert code
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)


def imported_rooms(path):
    """Return the rooms of curvecast that a module imports, at its top or inside its functions."""
    package = ("curvecast", *path.relative_to(PACKAGE).parent.parts)
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple((node.module or "").split(".")) if node.module else ()
            names = [(*base, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [tuple(alias.name.split(".")) for alias in node.names]
        else:
            continue
        rooms |= {name[1] for name in names if name[0] == "curvecast" and len(name) > 1}
    return rooms


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=named)
def test_the_library_knows_nothing_of_tracking_and_tracking_nothing_of_the_command_line(path):
    inside = path.relative_to(PACKAGE).parts[0]
    front = {"__main__", "cli", "columns", "csvfit", "scoreboard"}
    if inside.removesuffix(".py") in front:
        return
    forbidden = front if inside in ("tracking", "__init__.py") else front | {"tracking"}

    assert not imported_rooms(path) & forbidden


@pytest.mark.skipif(shutil.which("nm") is None, reason="nm is not installed")
@pytest.mark.skipif(sys.platform != "linux", reason="nm lists dynamic symbols in another form")
def test_the_built_module_exports_only_its_init_function():
    answer = subprocess.run(
        ["nm", "-D", "--defined-only", _core.__file__], capture_output=True, text=True, check=True
    )

    assert [line.split()[-1] for line in answer.stdout.splitlines()] == ["PyInit__core"]


def test_the_core_is_free_of_python_outside_its_binding():
    for path in (ROOT / "csrc").rglob("*.[ch]"):
        if "binding" not in path.parts:
            text = path.read_text("utf-8")
            assert "Python.h" not in text, named(path)
            assert "numpy/" not in text, named(path)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_leaves_an_environment_alone_that_it_did_not_make(tmp_path):
    kept = tmp_path / "kept"
    kept.write_text("mine")

    answer = subprocess.run(
        ["make", f"VENV={tmp_path}", f"{tmp_path}/interpreter"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert answer.returncode == 2
    assert f"{tmp_path} exists and was not made by this Makefile; move it away" in answer.stderr
    assert kept.read_text() == "mine"
