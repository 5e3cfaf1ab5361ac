# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: read files, call the library, print.

Exit codes: 0 done, 1 the data are wrong, 2 the call is wrong. What a program may read goes to
standard output; progress and errors go to standard error.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from .errors import (
    ArgumentError,
    CurvecastError,
    CurveNameError,
    LedgerError,
)

if TYPE_CHECKING:
    import numpy as np

    from .columns import Sheet
    from .comparison import Comparison
    from .csvfit import Data
    from .curves import Curve
    from .result import Fit
    from .tracking.ledger import Ledger, Run

__all__ = ["main"]

LEDGER = Path("curvecast-ledger.sqlite")
REPORT = Path("curvecast-report.html")

app = typer.Typer(
    name="curvecast",
    help="Fit the curves that technology follows, forecast with honest bands, and keep score.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Folder = Annotated[
    Path | None,
    typer.Argument(
        metavar="DIR",
        help="Registry folder; without it, the one that ships with curvecast.",
        show_default=False,
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", metavar="", help="Print JSON to standard output, and nothing else."),
]
LedgerFile = Annotated[Path, typer.Option("--ledger", metavar="FILE", help="SQLite file of runs.")]
ReportFile = Annotated[Path, typer.Option("--report", metavar="FILE", help="HTML page to write.")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the program's name; by default what the shell gave.
    """
    try:
        app(args=None if arguments is None else list(arguments), prog_name="curvecast")
    except CurvecastError as error:
        typer.echo(f"curvecast: {error}", err=True)
        sys.exit(2 if isinstance(error, ArgumentError) else 1)


def _print_version(wanted: bool) -> None:
    if wanted:
        from . import __version__

        typer.echo(f"curvecast {__version__}")
        raise typer.Exit


@app.callback()
def _before_the_command(
    _: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            metavar="",
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    pass


# ---- curves and fit ------------------------------------------------------------------------------


@app.command(
    "curves",
    help="List the curves that can be fitted, or describe one, or a family.",
    epilog=(
        "Examples:\n\n    curvecast curves\n\n    curvecast curves logistic\n\n"
        "    curvecast curves sigmoid"
    ),
)
def _curves(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The one curve, or family, to describe.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    from .curves import curve, curves
    from .naming import meant, sizes_of
    from .summary import curves_text

    known = curves()
    families = list(dict.fromkeys(each.family for each in known))
    of_family = [each for each in known if each.family == name]
    sizes = sizes_of(name or "", known)
    if name and name not in {*families, *(each.name for each in known)} and not sizes:
        raise CurveNameError(
            f"there is no curve or family {name!r}; {meant(name, known, families)}"
        )
    chosen = of_family or sizes or ([curve(name)] if name else known)
    if as_json:
        _print_json([_described(each) for each in chosen])
    elif sizes:
        typer.echo(f"{chosen[0].summary()}\n  sizes       {chosen[0].name} to {chosen[-1].name}")
    elif name and not of_family:
        typer.echo(chosen[0].summary())
    else:
        typer.echo(curves_text(chosen, family=name))


def _described(curve: Curve) -> dict[str, Any]:
    """Return a curve as JSON can hold it; a bound that is infinite is null."""
    from dataclasses import asdict, replace

    described = asdict(replace(curve, flags={})) | {"flags": dict(curve.flags)}
    for parameter in described["params"]:
        for end in ("lower", "upper"):
            if math.isinf(parameter[end]):
                parameter[end] = None
    return described


CsvFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE.csv",
        help="Its first line is the header; commas, semicolons, tabs or bars between the columns.",
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=TEXT",
        help="Take the rows with this text in that column only, such as country=Norway.",
    ),
]
Decimal = Annotated[
    str | None,
    typer.Option(
        metavar="MARK", help="What stands before decimals, . or ,; else what the column shows."
    ),
]
Dates = Annotated[
    str | None,
    typer.Option(
        metavar="ORDER",
        help="What comes first in 1/2/2020, dmy or mdy; else what the column shows.",
    ),
]
Upper = Annotated[
    float | None,
    typer.Option(
        metavar="VALUE",
        help="The natural end of y's range under logit errors, and what shares are shares of: 100 "
        "for percentages. Else 100 where y has per cent signs, and 1.",
    ),
]
Picture = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", help="Picture to write: .png, .svg or .pdf."),
]


@app.command(
    "fit",
    help="Fit a curve to two or more columns of a CSV file.",
    epilog=(
        "Examples:\n\n"
        "    curvecast fit modules.csv --curve wright --x units --y cost\n\n"
        "    curvecast fit share.csv --curve logistic --x year --y share --at 2030 --plot s.svg\n\n"
        "    curvecast fit owid.csv --where Entity=World --curve logistic --x Year --y share\n\n"
        "    curvecast fit runs.csv --curve chinchilla --x N=size --x D=tokens --y loss --json\n\n"
        "    curvecast fit pv.csv --curve factors --x capacity=GW --x silicon=price --y cost\n\n"
        "    curvecast fit sets.csv --curve substitution --x year --y crt --y lcd --y oled"
    ),
)
def _fit(
    file: CsvFile,
    curve: Annotated[
        list[str],
        typer.Option(
            metavar="NAME",
            help="One of `curvecast curves`; kinked chooses the number of breaks, factors has the "
            "regressors that --x names.",
        ),
    ],
    y: Annotated[
        list[str],
        typer.Option(
            metavar="COLUMN",
            help="Column of y; once for each technology or generation, in their order, where the "
            "curve has several.",
        ),
    ],
    x: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of x; NAME=COLUMN, once for each regressor, where there are several. "
            "Those left out are the columns of their own names.",
        ),
    ] = None,
    error_model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How y scatters: additive, multiplicative or logit; else as the curve says.",
        ),
    ] = None,
    upper: Upper = None,
    fixed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="A parameter to hold, such as ceiling=100; NAME=free for one that is held.",
        ),
    ] = None,
    loss: Annotated[
        str,
        typer.Option(metavar="NAME", help="linear, or against outliers huber, soft_l1 or cauchy."),
    ] = "linear",
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VALUE",
            help="Forecast this point too; NAME=VALUE,NAME=VALUE where there are several "
            "regressors. Once for each point.",
        ),
    ] = None,
    where: Where = None,
    decimal: Decimal = None,
    dates: Dates = None,
    plot: Picture = None,
    as_json: AsJson = False,
) -> None:
    from . import csvfit

    if plot:
        _check_picture(plot)
    options: dict[str, Any] = {"error_model": error_model}
    options |= {"fixed": csvfit.held(fixed)} if fixed else {}
    options |= {"loss": loss} if loss != "linear" else {}
    if len(curve) > 1:
        raise ArgumentError(
            f"--curve names {', '.join(curve)}; fit takes one, and curvecast compare several"
        )
    kinked = curve == ["kinked"]
    chosen, x = csvfit.curve_of("wright" if kinked else curve[0], x or [], y)
    points = csvfit.future(at, chosen, dates) if at else None
    sheet = _sheet(file, where, decimal, dates)
    data = csvfit.read_data(sheet, [chosen], x, y, upper)
    _warn(csvfit.mixed(sheet, data))
    options |= {} if data.upper == 1 or chosen.of_shares else {"upper": data.upper}
    with data.in_words_of_the_file():
        found, text = (_kinked if kinked else _fitted)(data, chosen, options)
    ahead = None if points is None else found.forecast(points)
    if plot:
        _draw(found, plot, csvfit.along(points, found.curve))
    if as_json:
        forecast = {} if ahead is None else {"forecast": ahead.to_dict()}
        _print_json(_fit_record(found) | forecast)
        return
    typer.echo("\n\n".join([text, *([] if ahead is None else [ahead.summary()])]))
    if plot:
        typer.echo(f"\nPicture: {plot}")


def _sheet(
    file: Path, where: Sequence[str] | None, decimal: str | None, dates: str | None
) -> Sheet:
    """Return the rows of a file that are asked for."""
    from .columns import read_sheet
    from .csvfit import chosen_rows
    from .dates import ORDERS

    if decimal not in (None, ".", ","):
        raise ArgumentError(f"--decimal {decimal}: give . or ,")
    if dates not in (None, *ORDERS):
        raise ArgumentError(f"--dates {dates}: give {' or '.join(ORDERS)}")
    return read_sheet(file, decimal, dates).where(chosen_rows(where or ()))


def _warn(text: str | None) -> None:
    if text:
        typer.echo(f"curvecast: {text}", err=True)


def _fitted(data: Data, chosen: Curve, options: dict[str, Any]) -> tuple[Fit, str]:
    """Return a fit, and what is printed of it."""
    from .fit import fit

    found = fit(chosen, data.points(chosen), data.y, **options)
    found = replace(found, labels=data.labels(chosen))
    return found, found.summary()


def _kinked(data: Data, chosen: Curve, options: dict[str, Any]) -> tuple[Fit, str]:
    """Return the fit with the best number of breaks, and what is printed of all of them."""
    from .kinked import kinked

    for name in set(options) - {"error_model"}:
        raise ArgumentError(
            f"--{name} has no meaning for kinked, which fits several curves; name one of them, "
            "such as kinked_1"
        )
    found = kinked(data.points(chosen), data.y, **options)
    labelled = replace(found.fit, labels=data.labels(chosen))
    return labelled, replace(found, fit=labelled).summary()


@app.command(
    "compare",
    help="Fit several curves to columns of a CSV file and say which the points speak for.",
    epilog=(
        "Examples:\n\n"
        "    curvecast compare share.csv --curve logistic --curve gompertz --x year --y share\n\n"
        "    curvecast compare cost.csv --curve wright --curve exponential --x experience=units "
        "--x time=year --y cost --by bic"
    ),
)
def _compare(
    file: CsvFile,
    curve: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="One of `curvecast curves`; give two or more."),
    ],
    y: Annotated[
        list[str],
        typer.Option(
            metavar="COLUMN",
            help="Column of y; once for each technology or generation where the curves have "
            "several.",
        ),
    ],
    x: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of x; NAME=COLUMN, once for each regressor, where curves differ in them. "
            "Those left out are the columns of their own names.",
        ),
    ] = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="Criterion: aicc or bic.")] = "aicc",
    error_model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How y scatters: additive, multiplicative or logit; else as each curve says.",
        ),
    ] = None,
    upper: Upper = None,
    where: Where = None,
    decimal: Decimal = None,
    dates: Dates = None,
    plot: Picture = None,
    as_json: AsJson = False,
) -> None:
    from .comparison import compare
    from .csvfit import curve_of, mixed, read_data

    chosen = [curve_of(each, (), y)[0] for each in curve]
    if plot:
        _check_picture(plot)
    sheet = _sheet(file, where, decimal, dates)
    data = read_data(sheet, chosen, x or [], y, upper)
    _warn(mixed(sheet, data))
    own_upper = 1.0 if any(each.of_shares for each in chosen) else data.upper
    options = {"by": by, "error_model": error_model, "upper": own_upper}
    with data.in_words_of_the_file():
        found = compare(chosen, data.x, data.y, **options)
    labelled = (
        each._replace(fit=replace(each.fit, labels=data.labels(each.fit.curve))) for each in found
    )
    found = replace(found, entries=tuple(labelled))
    if plot:
        _draw(found, plot)
    if as_json:
        _print_json(found.to_dict())
    else:
        typer.echo(found.summary())
        if plot:
            typer.echo(f"\nPicture: {plot}")


def _fit_record(found: Fit) -> dict[str, Any]:
    """Return what `Fit.from_dict` reads, with the derived quantities beside it."""
    from dataclasses import asdict

    from .record import plain

    derived = {
        name: {key: value if isinstance(value, str) else plain(value) for key, value in each}
        for name, each in ((name, asdict(each).items()) for name, each in found.derived.items())
    }
    return found.to_dict() | {"derived": derived}


def _check_picture(path: Path) -> None:
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise ArgumentError(f"{path}: a picture ends in .png, .svg or .pdf; rename it")
    _check_writable(path)


def _draw(found: Fit | Comparison, path: Path, ahead: np.ndarray | None = None) -> None:
    """Draw a fit or a comparison; a fit with its forecast where that is asked for."""
    import matplotlib

    from .plot import plot_ahead

    matplotlib.use("Agg")
    axes = found.plot() if ahead is None else plot_ahead(found, ahead)  # type: ignore[arg-type]
    with _renamed_into(path) as unfinished:
        axes.figure.savefig(unfinished, format=path.suffix[1:].lower(), dpi=150)


# ---- the registry --------------------------------------------------------------------------------


@app.command(
    "validate",
    help="Check a registry of predictions; name file, line, field and remedy of each fault.",
    epilog="Examples:\n\n    curvecast validate\n\n    curvecast validate my-forecasts",
)
def _validate(folder: Folder = None, as_json: AsJson = False) -> None:
    from dataclasses import asdict

    from .tracking.registry import RegistryError, default_directory, load

    folder = folder or default_directory()
    faults: Sequence[Any] = ()
    try:
        registry = load(folder)
    except RegistryError as error:
        faults = error.faults
    if as_json:
        _print_json([asdict(fault) for fault in faults])
    elif faults:
        typer.echo("\n".join(map(str, faults)))
        typer.echo(f"{folder}: {len(faults)} fault{'' if len(faults) == 1 else 's'}")
    else:
        rows = sum(map(len, registry.rows.values()))
        typer.echo(
            f"{folder}: {len(registry.claims)} claims of {len(registry.reports)} reports, "
            f"{rows} observations of {len(registry.series)} series: no faults"
        )
    if faults:
        raise typer.Exit(1)


@app.command(
    "rescore",
    help="Score the claims of a registry and re-forecast the open ones.",
    epilog=(
        "Examples:\n\n"
        "    curvecast rescore\n\n"
        "    curvecast rescore my-forecasts --as-of 2023-12-31 --report then.html\n\n"
        "    curvecast rescore --json > scores.json"
    ),
)
def _rescore(
    folder: Folder = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Use only what was public on this day: YYYY-MM-DD.  [default: today]",
        ),
    ] = None,
    ledger: LedgerFile = LEDGER,
    report: ReportFile = REPORT,
    as_json: AsJson = False,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the random numbers.")] = 0,
) -> None:
    from . import tracking
    from .tracking.ledger import Ledger, RunKey

    day = _day(as_of)
    _check_writable(report)
    registry = tracking.load(folder)
    key = RunKey(registry.digest, day.isoformat(), tracking.method(), seed)
    with Ledger.open(ledger) as book, _progress("scoring") as progress:
        recorded = book.record(
            key,
            lambda: tracking.rescore(registry, as_of=day, seed=seed, progress=progress),
            registry.as_of(day).content(),
        )
        difference = _since_before(book, recorded.run)
    _show(recorded.result, difference, report, as_json)


@app.command(
    "report",
    help="Write the HTML report of a ledger's newest run.",
    epilog=(
        "Examples:\n\n    curvecast report\n\n"
        "    curvecast report --ledger team.sqlite --report team.html"
    ),
)
def _report(ledger: LedgerFile = LEDGER, report: ReportFile = REPORT) -> None:
    from .tracking.ledger import Ledger

    _check_writable(report)
    with Ledger.open(ledger, readonly=True) as book:
        runs = book.runs()
        if not runs:
            raise LedgerError(
                f"{ledger}: the ledger holds no run; make one with: curvecast rescore"
            )
        result, difference = book.result(runs[-1]), _since_before(book, runs[-1])
    _show(result, difference, report, as_json=False)


def _since_before(book: Ledger, run: Run) -> dict[str, Any] | None:
    """Return what differs from the newest earlier run that looked back from no later day."""
    earlier = [each for each in book.runs() if each.number < run.number]
    earlier = [each for each in earlier if each.key.as_of <= run.key.as_of]
    if not earlier:
        return None
    return book.difference(max(earlier, key=lambda each: (each.key.as_of, each.number)), run)


def _show(
    result: dict[str, Any], difference: dict[str, Any] | None, report: Path, as_json: bool
) -> None:
    from .scoreboard import scoreboard
    from .tracking.report import render, write

    write(report, render(result, difference=difference))
    if as_json:
        _print_json(result)
        return
    console = Console(markup=False, highlight=False)
    console.print(scoreboard(result))
    typer.echo(f"\nReport: {report}")


def _day(text: str | None) -> dt.date:
    from .tracking.period import PeriodError, last_day

    if text is None:
        return dt.date.today()
    try:
        return last_day(text)
    except PeriodError as error:
        raise ArgumentError(f"--as-of: {error}") from None


# ---- files and printing --------------------------------------------------------------------------


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int, str], None]]:
    """Yield a function of (done, total, name) that moves a bar, unless nobody watches."""
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total, _: bar.update(task, completed=done, total=total)


def _check_writable(path: Path) -> None:
    """Find out before the work whether the file can be written after it."""
    if path.is_dir():
        raise ArgumentError(f"{path}: is a folder; name a file in it")
    if not path.parent.is_dir():
        raise ArgumentError(f"{path}: the folder {path.parent} does not exist; make it first")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ArgumentError(
            f"{path}: cannot be written ({error.strerror}); name a file in a folder of your own"
        ) from None


@contextmanager
def _renamed_into(path: Path) -> Iterator[Path]:
    """Yield a file beside `path` that takes its place when all has gone well."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        yield Path(name)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1))
