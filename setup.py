# SPDX-License-Identifier: GPL-3.0-or-later
"""What pyproject.toml cannot say: the C extension, GSL, and the registry inside the wheel."""

import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

GSL_MISSING = (
    "curvecast: the GNU Scientific Library (GSL) was not found; "
    "install its headers and run the same command again: "
    "Debian/Ubuntu: apt install libgsl-dev | Fedora: dnf install gsl-devel | "
    "macOS: brew install gsl | conda: conda install -c conda-forge gsl"
)


def gsl_flags():
    """Return GSL's compiler and linker flags; stop where neither of its two tools knows them."""
    for query in (["gsl-config"], ["pkg-config", "gsl"]):
        if shutil.which(query[0]) is None:
            continue
        answers = [
            subprocess.run([*query, flag], capture_output=True, text=True, check=False)
            for flag in ("--cflags", "--libs")
        ]
        if all(answer.returncode == 0 for answer in answers):
            compile_flags, link_flags = (shlex.split(answer.stdout) for answer in answers)
            return compile_flags, link_flags + run_paths(link_flags)
    raise SystemExit(
        GSL_MISSING
    )  # not an exception: the remedy would drown in the build tool's traceback


def run_paths(link_flags):
    """Return the flags by which a GSL outside the system's folders (conda) is found at run time."""
    folders = [flag[2:] for flag in link_flags if flag.startswith("-L")]
    return [
        f"-Wl,-rpath,{folder}" for folder in folders if not folder.startswith(("/usr/lib", "/lib"))
    ]


def side_by_side(compile_sources):
    """Wrap a compiler's method so that it compiles one source on each processor."""

    def compile_all(sources, **options):
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            objects = list(pool.map(lambda source: compile_sources([source], **options), sources))
        return [name for names in objects for name in names]

    return compile_all


class BuildExt(build_ext):
    """Ask for NumPy and GSL only when C is compiled: metadata and sdist need neither."""

    def build_extensions(self):
        compile_flags, link_flags = gsl_flags()
        import numpy

        for extension in self.extensions:
            extension.include_dirs.append(numpy.get_include())
            extension.extra_compile_args += compile_flags
            extension.extra_link_args += link_flags
        self.compiler.compile = side_by_side(self.compiler.compile)
        super().build_extensions()


class BuildPy(build_py):
    """Put the registry of the source tree into the wheel, as curvecast/forecasts."""

    def run(self):
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "curvecast" / "forecasts"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(ROOT / "forecasts", target)


class BdistWheel(bdist_wheel):
    """Tag the wheel for the limited API, except where Python has none."""

    def finalize_options(self):
        if not FREE_THREADED:
            self.py_limited_api = "cp311"
        super().finalize_options()

    def run(self):
        gsl_flags()  # before other output: if it is missing, that is all there is to read
        super().run()


def family_files(curves):
    """Return, for registry.c, the files of curves: those that say so in their last line."""
    named = re.compile(r"^ *CC_FAMILY\(\w*, *(\w*),", re.MULTILINE)
    texts = (path.read_text("utf-8") for path in sorted(curves.glob("*.c")))
    return " ".join(f"EACH({name})" for text in texts for name in named.findall(text))


def core():
    """Describe the one extension: all of csrc, found, not listed."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    macros = [
        ("CC_VERSION", f'"{version}"'),
        ("NPY_TARGET_VERSION", "NPY_2_1_API_VERSION"),
        ("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"),
    ]
    if not FREE_THREADED:
        macros.append(("Py_LIMITED_API", "0x030b0000"))
    csrc = ROOT / "csrc"
    macros.append(("CC_FAMILY_FILES", family_files(csrc / "curves")))

    def found(*patterns):
        return sorted(
            path.relative_to(ROOT).as_posix()
            for pattern in patterns
            for path in csrc.rglob(pattern)
        )

    return Extension(
        "curvecast._core",
        sources=found("*.c"),
        depends=["pyproject.toml", *found("*.h", "*.inc", "compile_flags.txt")],
        include_dirs=["csrc"],
        define_macros=macros,
        extra_compile_args=(csrc / "compile_flags.txt").read_text("utf-8").split(),
        py_limited_api=not FREE_THREADED,
    )


setup(
    ext_modules=[core()],
    cmdclass={"build_ext": BuildExt, "build_py": BuildPy, "bdist_wheel": BdistWheel},
)
