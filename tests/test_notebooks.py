# SPDX-License-Identifier: GPL-3.0-or-later
"""Every notebook runs from top to bottom in a fresh kernel, and ends with a picture."""

import warnings
from pathlib import Path

import nbformat
import pytest

with warnings.catch_warnings():  # of others, about one another
    warnings.simplefilter("ignore")
    from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_ends_with_a_picture(path, tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel draws into its outputs
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}

    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()

    outputs = notebook.cells[-1].outputs
    assert any("image/png" in output.get("data", {}) for output in outputs)
