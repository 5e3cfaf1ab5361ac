# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: what it prints, what it writes, and how it refuses bad input."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import curvecast as cc
from curvecast import cells, cli, summary, tracking

YEARS = np.arange(2010, 2024)
SHARES = 80 / (1 + np.exp(-0.6 * (YEARS - 2018))) + 0.3 * np.sin(np.arange(14.0))


@pytest.fixture
def curvecast(capsys, tmp_path, monkeypatch):
    """Return a function that runs the command line in an empty folder: (code, output, errors)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main([str(each) for each in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return ended.value.code or 0, printed.out, printed.err

    return run


def csv_file(text, name="data.csv"):
    Path(name).write_text(text, "utf-8")
    return name


class Series(np.ndarray):
    """Numbers with a name, as pandas has them."""

    def __new__(cls, name, values):
        found = np.asarray(values, dtype=float).view(cls)
        found.name = name
        return found


def shares_file():
    rows = (f"{year},{share}" for year, share in zip(YEARS, SHARES, strict=True))
    return csv_file("\n".join(["year,share", *rows]) + "\n", "share.csv")


def files_here():
    return sorted(path.name for path in Path().iterdir())


# ---- curves --------------------------------------------------------------------------------------


def test_curves_lists_every_curve_by_family(curvecast):
    code, out, _ = curvecast("curves")

    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    listed = [line.split() for line in out.splitlines() if line.startswith("  ")]
    groups = summary.sized(cc.curves())
    assert [line[0] for line in listed if line[0] in {g[0].name for g in groups}] == [
        group[0].name for group in groups
    ]
    for group in groups:
        if len(group) > 1:
            assert f"  {group[0].name} ... {group[-1].name}  " in out
    heads = [line for line in out.splitlines() if line and " " not in line]
    assert heads == list(dict.fromkeys(each.family for each in cc.curves()))


def test_sized_curves_share_a_line():
    three = [replace(cc.curve("wright"), name=f"kinked_{k}") for k in (1, 2, 3)]
    text = summary.curves_text([*three, cc.curve("logistic")])

    assert "  kinked_1 ... kinked_3  Wright's law\n\nsigmoid\n  logistic" in text
    assert "kinked_2" not in text


def test_curves_describes_one(curvecast):
    for curve in cc.curves():
        code, out, _ = curvecast("curves", curve.name)
        assert code == 0
        assert max(map(len, out.splitlines())) <= 80
        words = " ".join(out.split())
        said = [curve.formula, curve.source, curve.when, curve.when_not, curve.error_model]
        said += [each.meaning for each in (*curve.params, *curve.derived)]
        said += [each.name for each in (*curve.params, *curve.derived)]
        for text in said:
            assert " ".join(text.split()) in words, f"{curve.name}: {text}"
        assert f'cc.fit("{curve.name}"' in out


def test_a_description_names_bounds_and_what_is_held(curvecast):
    _, out, _ = curvecast("curves", "richards")
    assert "0.0001 to 1" in out
    _, out, _ = curvecast("curves", "bass")
    assert "[x]; held unless freed" in out
    _, out, _ = curvecast("curves", "chinchilla")
    assert 'cc.fit("chinchilla", {"N": N, "D": D}, y)' in out


def test_a_description_says_how_columns_side_by_side_are_fitted(curvecast):
    _, out, _ = curvecast("curves", "substitution_3")
    words = " ".join(out.split())

    assert 'cc.fit("substitution_3", *cc.stack(table, time, leave_out=NAME))' in words
    assert "--curve substitution_3 --x COLUMN --y COLUMN --y COLUMN --y COLUMN" in words
    _, out, _ = curvecast("curves", "norton_bass_2")
    assert '*cc.stack(table, time, group="generation", from_launch=True))' in " ".join(out.split())


def test_curves_describes_a_family(curvecast):
    code, out, _ = curvecast("curves", "growth")

    assert code == 0
    growth = [each for each in cc.curves() if each.family == "growth"]
    assert all(group[0].formula[:40] in out for group in summary.sized(growth))
    assert "wright" not in out


def test_curves_as_json(curvecast):
    code, out, _ = curvecast("curves", "--json")

    assert code == 0
    assert [each["name"] for each in json.loads(out)] == [curve.name for curve in cc.curves()]


def test_an_unknown_curve_names_the_nearest(curvecast):
    for wrong, right in (("logistik", "logistic"), ("Sigmoids", "sigmoid")):
        code, out, err = curvecast("curves", wrong)

        assert (code, out) == (2, "")
        assert f"there is no curve or family {wrong!r}; did you mean {right!r}" in err
    _, _, err = curvecast("curves", "cubic")
    assert "kinked_1 to kinked_5" in err
    assert "scaling. curvecast.formula fits any other" in err


def test_sizes_of_a_curve_are_described_together(curvecast):
    code, out, _ = curvecast("curves", "kinked")

    assert code == 0
    assert out.startswith(curvecast("curves", "kinked_1")[1].rstrip())
    assert out.endswith("  sizes       kinked_1 to kinked_5\n")
    assert len(json.loads(curvecast("curves", "kinked", "--json")[1])) == 5


# ---- fit -----------------------------------------------------------------------------------------


def test_fit_prints_what_the_library_finds(curvecast):
    code, out, err = curvecast(
        "fit", shares_file(), "--curve", "logistic", "--x", "year", "--y", "share"
    )

    found = replace(cc.fit("logistic", YEARS, SHARES), labels=("year", "share"))
    assert (code, err) == (0, "")
    assert out.rstrip() == found.summary().rstrip()
    assert "\n  y: share; x (time): year\n" in out


def test_fit_as_json_is_a_fit_that_can_be_loaded(curvecast):
    code, out, _ = curvecast(
        "fit", shares_file(), "--curve", "logistic", "--x", "year", "--y", "share", "--json"
    )
    record = json.loads(out)

    assert code == 0
    assert record["params"] == cc.fit("logistic", YEARS, SHARES).params
    assert cc.Fit.from_json(out).params == record["params"]
    assert "doubling_time" not in record["params"]
    assert set(record["derived"]) == set(cc.curve("logistic").derived_names)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_fit_draws_a_picture(curvecast, ending):
    picture = f"fit.{ending}"
    code, out, _ = curvecast(
        "fit", shares_file(), "--curve=logistic", "--x=year", "--y=share", "--plot", picture
    )

    assert code == 0
    assert picture in out
    assert Path(picture).stat().st_size > 1000
    assert files_here() == [picture, "share.csv"]


def test_a_forecast_is_drawn_along_its_regressor_and_of_several_the_fit(curvecast, monkeypatch):
    drawn = []

    def draw(found, path, ahead=None):
        drawn.append((type(found).__name__, None if ahead is None else ahead.tolist()))

    monkeypatch.setattr(cli, "_draw", draw)
    one = (shares_file(), "--curve=logistic", "--x=year", "--y=share")
    several = (sets_file(), "--curve=substitution", *SETS, "--upper=100")

    codes = [curvecast("fit", *ask, "--at=2030", "--plot=made.png")[0] for ask in (one, several)]

    assert codes == [0, 0]
    assert drawn == [("Fit", [2030]), ("Fit", 3 * [2030])]
    rows = "".join(f"{a},{a + b},{9 / a + 1 / b}\n" for a in (1, 2, 4, 8) for b in (1, 3))
    both = csv_file("made,price,cost\n" + rows, "both.csv")
    ask = ("fit", both, "--curve=factors", "--x=made=made", "--x=price=price", "--y=cost")
    assert curvecast(*ask, "--at=made=9,price=9", "--plot=made.png")[0] == 0
    assert drawn[-1] == ("Fit", None)


def test_fit_takes_several_regressors_by_name(curvecast):
    rng = np.random.default_rng(1)
    n, d = 10 ** rng.uniform(7, 10, 40), 10 ** rng.uniform(9, 12, 40)
    loss = 1.7 + 400 / n**0.34 + 410 / d**0.28
    rows = (f"{a},{b},{c}" for a, b, c in zip(n, d, loss, strict=True))
    file = csv_file("\n".join(["params,tokens,loss", *rows]))

    code, out, _ = curvecast(
        "fit", file, "--curve=chinchilla", "--x=D=tokens", "--x=N=params", "--y=loss", "--json"
    )

    assert code == 0
    assert json.loads(out)["params"]["alpha"] == pytest.approx(0.34, rel=1e-3)


def test_fit_reads_dates_and_passes_over_empty_cells(curvecast):
    rows = "\n".join(f"{year}-07-02,{2.0 ** (year - 2010)}" for year in range(2010, 2020))
    file = csv_file(f"day,cost\n{rows}\n2020-07-02,\n")

    code, out, _ = curvecast("fit", file, "--curve=exponential", "--x=day", "--y=cost", "--json")

    assert code == 0
    assert json.loads(out)["n_used"] == 10


def test_fit_reads_quarters(curvecast):
    quarters = [
        f"{year}{gap}Q{k}"
        for year, gap in ((2010, ""), (2011, "-"), (2012, " "))
        for k in (1, 2, 3, 4)
    ]
    rows = "".join(f"{quarter},{2.0**i}\n" for i, quarter in enumerate(quarters))
    file = csv_file(f"quarter,cost\n{rows}")

    code, out, _ = curvecast(
        "fit", file, "--curve=exponential", "--x=quarter", "--y=cost", "--json"
    )

    assert code == 0
    assert json.loads(out)["data"]["x"]["time"] == [2010 + i / 4 for i in range(12)]


def test_fit_takes_another_error_model(curvecast):
    file = csv_file("units,cost\n1,100\n2,80\n4,0\n8,50\n16,40\n")

    code, out, _ = curvecast(
        *(
            "fit",
            file,
            "--curve=wright",
            "--x=units",
            "--y=cost",
            "--error-model=additive",
            "--json",
        )
    )

    assert code == 0
    assert json.loads(out)["settings"]["error_model"] == "additive"


FIT = ("--curve", "logistic", "--x", "year", "--y", "share")
ROWS = "".join(f"{2010 + i},{i + 1}\n" for i in range(8))
BAD_FILES = {
    "text in a number column": (
        "year,share\n2010,1\n2011,lots\n",
        "line 3, column 'share': 'lots'",
    ),
    "nothing or missing": ("year,share\n2010,-\n", "write 0 where a dash means nothing"),
    "an infinite value": ("year,share\n2010,inf\n", "line 2, column 'share': 'inf' is infinite"),
    "a comma of either kind": ('year,share\n2010,"1,250"\n', "say --decimal , (decimals) or"),
    "commas of both kinds": (
        'year,share\n2010,"1,25"\n2011,"1,234.5"\n',
        "line 2, column 'share': '1,25' is one number if",
    ),
    "a comma that is neither": ('year,share\n2010,"1,2,3"\n', "'1,2,3' is not a number"),
    "a percent sign": (
        "year,share\n2010,2.9%\n2011,3\n",
        "line 2, column 'share': '2.9%' has a per cent sign and other cells of the column have",
    ),
    "a percent sign alone": ("year,share\n2010,3%\n2011,%\n", "line 2, column 'share': '3%' has"),
    "a currency": ("year,share\n2010,$12\n", "the number alone, the unit into the header"),
    "a footnote": ("year,share\n2010,12 (e)\n", "the number alone, the unit into the header"),
    "no plain year": ("year,share\nFY2010,12\n", "write a year as 2010, a quarter as 2010Q1"),
    "a season": ("year,share\n2010-11,12\n", "write a year as 2010, a quarter as 2010Q1"),
    "a month of two digits": ("year,share\nJan-20,12\n", "a month as Jan 2010"),
    "a quarter of two digits": ("year,share\n1Q15,12\n", "a quarter as 2010Q1"),
    "a fiscal quarter": ("year,share\nQ1 FY15,12\n", "a quarter as 2010Q1"),
    "seasons": ("year,share\n2010-11,1\n2011-12,2\n", "'2010-11' is not a number; write a year"),
    "a day of two months": ("year,share\n1/2/2010,1\n1/3/2010,2\n", "say --dates dmy (the day"),
    "a day of no month": ("year,share\n30/2/2010,1\n28/1/2010,2\n", "is no day if the day comes"),
    "days without marks": (
        "year,share\n20200101,1\n20200201,2\n",
        "line 2, column 'year': '20200101' is one number and looks like a day; write it as 2010-03",
    ),
    "months without marks": ("year,share\n202001,1\n202002,2\n", "looks like a month; write it"),
    "a total": (
        "year,share\n" + ROWS + "Total,36\n",
        "line 10 has 'Total' in column 'year' and is no row like the others; delete it",
    ),
    "an average": ("year,share\n" + ROWS + "Average,4.5\n", "line 10 has 'Average' in column 'y"),
    "a total of readable numbers": (
        "what,year,share\n" + ROWS.replace("201", "A,201") + "Total,2018,36\n",
        "line 10 has 'Total' in column 'what'",
    ),
    "a title before the header": (
        "Shares of households,\nyear,share\n2010,1\n",
        "line 1 has no column 'year', and line 2 has; the first line must be the header",
    ),
    "a note after the table": (
        "year,share\n2010,1\nSource: Bureau\n",
        "line 3 has 1 cell and the header has 2; complete the line, or delete it",
    ),
    "a note after the table, with a comma": (
        "year,share\n2010,1\nSource: Bureau, 2012\n",
        "line 3, column 'year': 'Source: Bureau' is not a number; correct it, leave the cell empty",
    ),
    "nothing between the columns": (
        "year share\n2010 1\n",
        "as line 1 is one cell, 'year share'; put commas, semicolons, tabs or bars between",
    ),
    "a row too short": ("year,share\n2010,1\n2011\n", "line 3 has 1 cell and the header has 2"),
    "a row too long": ("year,share\n2010,1,200\n", "put quotes around"),
    "an empty file": ("", "the file is empty"),
    "a header alone": ("year,share\n", "no line of data"),
    "a semicolon too many": ("year;share\n2010;1;2\n", "a cell that contains a semicolon"),
    "a column twice": ("year,share,share\n2010,1,1\n", "more than one column 'share'"),
    "a quote that never ends": ('year,share\n2010,"1\n', "is not CSV"),
    "one point": ("year,share\n2010,1\n", "data.csv"),
    "a constant series": ("year,share\n" + re.sub(r",\d+", ",5", ROWS), "data.csv"),
    "no number at all": ("year,share\n" + re.sub(r",\d+", ",", ROWS), "data.csv"),
}


@pytest.mark.parametrize(("text", "told"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_its_place_and_the_remedy(curvecast, text, told):
    code, out, err = curvecast("fit", csv_file(text), *FIT)

    assert (code, out) == (1, "")
    assert "data.csv" in err
    assert told in err
    assert files_here() == ["data.csv"]


@pytest.mark.parametrize(
    "text",
    [
        "year;share\n2010;1,5\n2011;1.200,25\n2012;12\n",
        "year\tshare\n2010\t1.5\n2011\t1200.25\n2012\t12\n",
        'year,share\n2010,"1.5"\n2011,"1,200.25"\n2012,12\n',
        'year,share\n2010,"1,5"\n2011,"1200,25"\n2012,12\n',
        '"year";"sh;are"\n2010;1,5\n2011;1200,25\n2012;12\n',
        'year,share\n2010,"0,00015e4"\n2011,"1200,25"\n2012,12\n',
        "year;share\n2010;1,5\n2011;1 200,25\n2012;12\n",
        "year;share\n2010;1.5\n2011;1'200.25\n2012;12\n",
        "year;share\n2010;1,5\n2011;1\u202f200,25\n2012;12\n",
        "year|share\n2010|1.5\n2011|1200.25\n2012|12\n",
        "year;share;other\n2010;1.5;1.250\n2011;1200.25;\n2012;12;\n",
    ],
    ids=[
        *("semicolons", "tabs", "thousands", "decimal commas", "a quoted header", "exponents"),
        *("spaces", "apostrophes", "narrow spaces", "bars", "another column"),
    ],
)
def test_numbers_are_read_as_the_file_writes_them(curvecast, text):
    column = "sh;are" if "sh;are" in text else "share"
    file = csv_file(text)

    code, out, err = curvecast(
        *("fit", file, "--curve=exponential", "--x=year", f"--y={column}", "--json")
    )

    assert (code, err) == (0, "")
    assert json.loads(out)["data"]["y"] == [1.5, 1200.25, 12]


@pytest.mark.parametrize(("mark", "read"), [(".", [1200, 2400, 5000]), (",", [1.2, 2.4, 5])])
def test_decimal_says_what_a_comma_is(curvecast, mark, read):
    file = csv_file('year,share\n2010,"1,200"\n2011,"2,400"\n2012,"5,000"\n')

    code, out, _ = curvecast(
        *("fit", file, "--curve=exponential", "--x=year", "--y=share", "--json"),
        *("--decimal", mark),
    )

    assert code == 0
    assert json.loads(out)["data"]["y"] == read


@pytest.mark.parametrize(
    ("other", "read"), [("3,45", [1200, 2400, 5000]), ("3.45", [1.2, 2.4, 5]), ("7", [1.2, 2.4, 5])]
)
def test_other_columns_say_what_stands_before_decimals(curvecast, other, read):
    rows = "".join(f"{2010 + i};{n};{other}\n" for i, n in enumerate(("1.200", "2.400", "5.000")))
    file = csv_file("year;share;price\n" + rows)

    code, out, _ = curvecast("fit", file, "--curve=exponential", "--x=year", "--y=share", "--json")

    assert code == 0
    assert json.loads(out)["data"]["y"] == read


# Ways to write days, months, quarters and halves of a year, and the decimal years they are.
DATES = {
    "United States": (
        ["1/1/2020", "7/1/2020", "12/31/2020"],
        [2020, 2020 + 182 / 366, 2020 + 365 / 366],
    ),
    "day first": (
        ["1/1/2020", "1/7/2020", "31/12/2020"],
        [2020, 2020 + 182 / 366, 2020 + 365 / 366],
    ),
    "points": (["01.01.2020", "01.07.2020"], [2020, 2020 + 182 / 366]),
    "slashes": (["2020/01/01", "2020/7/1"], [2020, 2020 + 182 / 366]),
    "with the time": (["2020-01-01T00:00:00Z", "2020-07-01 00:00"], [2020, 2020 + 182 / 366]),
    "a word": (
        ["1 Jan 2020", "July 1, 2020", "01-Jul-2020"],
        [2020, 2020 + 182 / 366, 2020 + 182 / 366],
    ),
    "the same in either order": (["1/1/2020", "7/7/2020"], [2020, 2020 + 188 / 366]),
    "months": (["2020-01", "2020-07", "2021-04"], [2020, 2020.5, 2021.25]),
    "months of the IMF": (["2020M01", "2020-M07"], [2020, 2020.5]),
    "months in words": (["Jan 2020", "July 2020", "2021 Apr"], [2020, 2020.5, 2021.25]),
    "quarters": (["Q1 2020", "2020 q3", "4Q2020", "2020:Q2"], [2020, 2020.5, 2020.75, 2020.25]),
    "halves": (["2020H1", "2H 2020", "H1 2021"], [2020, 2020.5, 2021]),
}


@pytest.mark.parametrize(("written", "years"), DATES.values(), ids=DATES)
def test_dates_are_read_as_people_write_them(written, years):
    assert cells.numbers_of(written).tolist() == pytest.approx(years, abs=1e-12)


def test_dates_says_what_comes_first(curvecast):
    file = csv_file("day,share\n" + "".join(f"{k}/1/2020,{k}\n" for k in range(1, 9)))
    ask = ("fit", file, "--curve=exponential", "--x=day", "--y=share", "--json")

    _, months, _ = curvecast(*ask, "--dates=mdy", "--at=1/8/2021")
    _, days, _ = curvecast(*ask, "--dates=dmy", "--at=1/8/2021")

    assert json.loads(months)["data"]["x"]["time"][-1] == 2020 + 213 / 366
    assert json.loads(days)["data"]["x"]["time"][-1] == 2020 + 7 / 366
    assert json.loads(months)["forecast"]["x"] == [2021 + 7 / 365]
    assert json.loads(days)["forecast"]["x"] == [2021 + 212 / 365]
    code, _, err = curvecast(*ask, "--dates=ymd")
    assert (code, err) == (2, "curvecast: --dates ymd: give dmy or mdy\n")


def test_shares_with_per_cent_signs_know_what_they_are_shares_of(curvecast):
    year = np.arange(2010, 2024)
    share = 100 / (1 + np.exp(-0.5 * (year - 2017))) * np.exp(0.01 * np.sin(7.0 * year))
    signs = "".join(f"{y},{s:.4f}%\n" for y, s in zip(year, share, strict=True)) + "2024,..\n"
    plain = csv_file("year,share\n" + signs.replace("%", ""), "plain.csv")
    signed = csv_file("year,share\n" + signs, "signed.csv")
    for ask, upper in (
        (("--curve=fisher_pry",), "--upper=100"),
        (("--curve=logistic", "--error-model=logit"), "--upper=100"),
        (("--curve=logistic",), "--upper=1"),
    ):
        ask = ("--x=year", "--y=share", "--json", *ask)
        _, one, _ = curvecast("fit", signed, *ask)
        _, other, _ = curvecast("fit", plain, *ask, upper)
        assert json.loads(one)["params"] == json.loads(other)["params"]
    assert json.loads(one)["labels"] == ["year", "share (%)"]
    _, out, _ = curvecast("fit", signed, "--x=year", "--y=share", "--curve=fisher_pry")
    assert "y: share (%) / 100; x (time): year" in out


def test_columns_with_and_without_per_cent_signs_are_not_added_up(curvecast):
    rows = "".join(f"{2000 + i},{90 - 5 * i}%,{5 + 3 * i},{5 + 2 * i}\n" for i in range(10))
    file = csv_file("year,crt,lcd,oled\n" + rows)
    ask = ("fit", file, "--curve=substitution", "--x=year", "--y=crt", "--y=lcd", "--y=oled")

    code, _, err = curvecast(*ask)
    assert code == 1
    assert "some have per cent signs and some have none" in err
    assert curvecast(*ask, "--upper=100")[0] == 0


def test_a_row_that_is_called_average_may_be_one(curvecast):
    sizes = ("small", "large", "huge", "Average")
    rows = "".join(f"{2010 + i},{2**i},{size}\n" for i, size in enumerate(sizes))
    file = csv_file("year,share,size\n" + rows)

    code, out, _ = curvecast("fit", file, "--curve=exponential", "--x=year", "--y=share")
    assert code == 0
    assert "4 points" in out
    sectors = csv_file(LONG.replace("India", "Total"), "sectors.csv")
    ask = ("fit", sectors, "--curve=exponential", "--x=year", "--y=share")
    assert curvecast(*ask, "--where=country=Total", "--where=sex=m")[0] == 0


def test_series_that_are_fitted_as_one_are_told(curvecast):
    ask = ("fit", csv_file(LONG), "--curve=exponential", "--x=year", "--y=share")
    assert curvecast(*ask, "--where=country=India", "--where=sex=m")[2] == ""
    code, _, err = curvecast(*ask, "--where=sex=m")
    assert code == 0
    assert "the same year comes up to 2 times, once for each country: 2 series are fitted" in err
    assert "--where country='Norway'" in err
    twice = csv_file("year,cost\n" + 2 * "2000,5\n2001,4\n2002,3\n", "twice.csv")
    assert curvecast("fit", twice, "--curve=exponential", "--x=year", "--y=cost")[2] == ""


def test_years_as_columns_are_told(curvecast):
    file = csv_file("country,2010,2011,2012\nNorway,1,2,3\n")

    code, _, err = curvecast("fit", file, "--curve=logistic", "--x=year", "--y=Norway")

    assert code == 2
    assert "2010 to 2012 are columns; turn the table so that each year is a row" in err


def test_a_regressor_may_be_named_as_its_column_is(curvecast):
    rows = "".join(
        f"{10**a},{10**b},{2 + 1 / a + 1 / b}\n" for a in range(7, 12) for b in (9, 10, 11)
    )
    file = csv_file("N,D,loss\n" + rows)
    ask = ("fit", file, "--curve=chinchilla", "--y=loss")

    assert curvecast(*ask, "--x=N", "--x=D") == curvecast(*ask, "--x=N=N", "--x=D=D")
    assert curvecast(*ask, "--x=N", "--x=D")[0] == 0


def test_a_number_without_commas_is_never_read_anew(curvecast):
    file = csv_file("year;share\n2010;1.200\n2011;2.400\n2012;5.000\n")

    code, out, _ = curvecast("fit", file, "--curve=exponential", "--x=year", "--y=share", "--json")

    assert code == 0
    assert json.loads(out)["data"]["y"] == [1.2, 2.4, 5]


@pytest.mark.parametrize(
    "word", ["", "NA", "n/a", "n.a.", "NaN", "#N/A", "<NA>", "None", "null", "..", "...", ":"]
)
def test_missing_values_are_what_tables_write_for_them(curvecast, word):
    file = csv_file(f"year,share\n2010,1\n2011,{word}\n2012,4\n2013,8\n2014,16\n")

    code, out, _ = curvecast("fit", file, "--curve=exponential", "--x=year", "--y=share")

    assert code == 0
    assert "4 of 5 points" in out


LONG = "country,sex,year,share\n" + "".join(
    f"{country},{sex},{2010 + i},{factor * 2**i}\n"
    for country, factor in (("Norway", 1), ("India", 3))
    for sex in ("f", "m")
    for i in range(5)
)


def test_where_takes_the_rows_of_one_series(curvecast):
    file = csv_file(LONG)

    code, out, _ = curvecast(
        *("fit", file, "--curve=exponential", "--x=year", "--y=share", "--json"),
        *("--where=country=India", "--where=sex=m"),
    )

    assert code == 0
    assert json.loads(out)["data"]["y"] == [3, 6, 12, 24, 48]


def test_a_fault_in_chosen_rows_names_the_line_of_the_file(curvecast):
    file = csv_file(LONG.replace("India,m,2012,12", "India,m,2012,many"))

    code, _, err = curvecast(
        *("fit", file, "--curve=exponential", "--x=year", "--y=share"),
        *("--where=country=India", "--where=sex=m"),
    )

    assert code == 1
    assert "line 19, column 'share': 'many'" in err


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("country=Norwy", "did you mean 'Norway'"),
        ("contry=Norway", "did you mean 'country'"),
        ("country", "give COLUMN=TEXT"),
    ],
)
def test_where_names_what_there_is(curvecast, where, told):
    file = csv_file(LONG)

    code, _, err = curvecast(
        *("fit", file, "--curve=exponential", "--x=year", "--y=share", f"--where={where}")
    )

    assert code == 2
    assert told in err


def test_utf_16_is_read_where_it_says_so(curvecast):
    Path("data.csv").write_bytes(("year\tshare\n" + ROWS.replace(",", "\t")).encode("utf-16"))

    assert curvecast("fit", "data.csv", "--curve=linear", "--x=year", "--y=share")[0] == 0


def test_a_file_that_is_not_text_is_refused(curvecast):
    Path("data.csv").write_bytes(b"year,share\n2010,\xff\xfe\n")

    code, _, err = curvecast("fit", "data.csv", *FIT)

    assert code == 1
    assert "UTF-8" in err


def test_a_cost_of_zero_under_a_logarithm_names_file_column_and_row(curvecast):
    file = csv_file("units,cost\n1,100\n2,80\n4,0\n8,50\n16,40\n")

    code, out, err = curvecast("fit", file, "--curve=wright", "--x=units", "--y=cost")

    assert (code, out) == (1, "")
    assert "data.csv: y is zero or negative, which has no logarithm in line 4 (0);" in err
    assert "experience is column 'units', y is column 'cost'" in err


BAD_CALLS = {
    "no such file": (("fit", "absent.csv", *FIT), "no such file"),
    "no such column": (
        ("fit", "data.csv", "--curve=logistic", "--x=yaer", "--y=share"),
        "did you mean 'year'",
    ),
    "no such curve": (
        ("fit", "data.csv", "--curve=logistik", "--x=year", "--y=share"),
        "did you mean 'logistic'",
    ),
    "a regressor without a column": (
        ("fit", "data.csv", "--curve=chinchilla", "--x=N=year", "--y=share"),
        "--x N=COLUMN --x D=COLUMN",
    ),
    "a regressor that is none": (
        ("fit", "data.csv", "--curve=chinchilla", "--x=Q=year", "--x=D=year", "--y=share"),
        "--x N=COLUMN --x D=COLUMN",
    ),
    "two technologies": (
        ("fit", "data.csv", "--curve=substitution", "--x=year", "--y=share", "--y=rest"),
        "substitution_3 to substitution_5; name one; with two technologies fit fisher_pry",
    ),
    "curves in one word": (
        ("compare", "data.csv", "--curve=logistic,bass", "--x=year", "--y=share"),
        "--curve logistic,bass: give --curve once for each curve",
    ),
    "several curves in a fit": (
        ("fit", "data.csv", *FIT, "--curve=bass"),
        "--curve names logistic, bass; fit takes one, and curvecast compare several",
    ),
    "y that is x": (
        ("fit", "data.csv", "--curve=logistic", "--x=year", "--y=year"),
        "--y year is time too",
    ),
    "several y of a curve of one": (
        ("fit", "data.csv", "--curve=logistic", "--x=year", "--y=share", "--y=year"),
        "logistic is fitted to one column, and --y names 2: share, year",
    ),
    "too few y": (
        ("fit", "data.csv", "--curve=norton_bass_3", "--x=year", "--y=share", "--y=year"),
        "norton_bass_3 is fitted to 3 columns, one for each generation",
    ),
    "no y for each generation": (
        ("fit", "data.csv", "--curve=norton_bass_2", "--x=year", "--y=share"),
        "Where every generation has a column of its own: --x TIME --y COLUMN --y COLUMN",
    ),
    "a value to hold that is none": (("fit", "data.csv", *FIT, "--fixed=rate=x"), "rate=VALUE"),
    "a factor of several words": (
        ("fit", "data.csv", "--curve=factors", "--x=year", "--x=Si price (USD)", "--y=share"),
        "name of one word; give --x Si_price_USD='Si price (USD)'",
    ),
    "factors in a comparison": (
        ("compare", "data.csv", "--curve=factors", "--curve=wright", "--x=year", "--y=share"),
        "'factors(capacity, silicon)', the experience first",
    ),
    "a parameter to hold that is none": (("fit", "data.csv", *FIT, "--fixed=top=1"), "names 'top'"),
    "a value to hold twice": (
        ("fit", "data.csv", *FIT, "--fixed=rate=1", "--fixed=rate=2"),
        "rate is there twice",
    ),
    "two columns for one regressor": (
        ("fit", "data.csv", "--curve=logistic", "--x=year", "--x=share", "--y=share"),
        "logistic has the regressor time; name a column",
    ),
    "a picture of no known kind": (
        ("fit", "data.csv", *FIT, "--plot=fit.bmp"),
        ".png, .svg or .pdf",
    ),
    "a picture in no folder": (("fit", "data.csv", *FIT, "--plot=no/fit.png"), "does not exist"),
    "an option that is none": (("fit", "data.csv", *FIT, "--frobnicate"), "--frobnicate"),
    "a command that is none": (("forecats",), "forecats"),
    "a seed that is no number": (("rescore", "--seed", "x"), "--seed"),
}


@pytest.mark.parametrize(("call", "told"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_wrong_call_is_refused_with_the_remedy(curvecast, call, told):
    csv_file("year,share\n" + ROWS)

    code, out, err = curvecast(*call)

    assert (code, out) == (2, "")
    assert told in err
    assert files_here() == ["data.csv"]


# ---- what a curve is fitted to -------------------------------------------------------------------


def sets_file(rest=0.0):
    """Return a file of shares of three technologies in per cent; a rest may be missing."""
    year = np.arange(2000.0, 2024)
    odds = np.exp([0 * year, 0.4 * (year - 2008), 0.5 * (year - 2016)])
    odds[1:] *= np.exp(0.05 * np.sin([3 * year, 5 * year]))
    share = 100 * (1 - rest) * odds / odds.sum(axis=0)
    rows = (f"{y:.0f},{a:.4f},{b:.4f},{c:.4f}" for y, a, b, c in zip(year, *share, strict=True))
    return csv_file("\n".join(["Year,CRT (%),LCD (%),OLED (%)", *rows]) + "\n", "sets.csv")


SETS = ("--x", "Year", "--y", "CRT (%)", "--y", "LCD (%)", "--y", "OLED (%)")


def test_fit_stacks_a_column_for_each_technology(curvecast):
    ask = (*SETS, "--upper=100")
    code, out, err = curvecast(
        "fit", sets_file(), "--curve=substitution", *ask, "--at=2030", "--json"
    )
    record = json.loads(out)

    assert (code, err) == (0, "")
    assert record["curve"] == "substitution_3"
    assert record["params"]["midpoint_3"] == pytest.approx(2016, abs=0.3)
    assert record["n_used"] == 48  # one technology says nothing that the others have not said
    assert record["labels"][-1] == "1 = CRT (%), 2 = LCD (%), 3 = OLED (%) / 100"
    ahead = cc.Forecast.from_dict(record["forecast"])
    assert ahead.median.sum() == pytest.approx(1, abs=0.01)
    assert ahead.inputs["technology"].tolist() == [1, 2, 3]
    sized = curvecast("fit", sets_file(), "--curve=substitution_3", *ask)
    assert sized == curvecast("fit", sets_file(), "--curve=substitution", *ask)


def test_fit_stacks_generations_from_their_launch_on(curvecast):
    time = np.arange(1990.0, 2016)
    curve = cc.curve("norton_bass_2")
    params = dict(zip(curve.param_names, curve.example, strict=True))
    params |= {"launch_1": 1989.0, "launch_2": 2000.0}
    users = [
        curve.evaluate({"time": time, "generation": np.full(26, g)}, params) for g in (1.0, 2.0)
    ]
    rows = (f"{t:.0f},{a},{b}" for t, a, b in zip(time, *np.nan_to_num(users), strict=True))
    file = csv_file("\n".join(["year,2G,3G", *rows]) + "\n")

    code, out, _ = curvecast(
        "fit", file, "--curve=norton_bass", "--x=time=year", "--y=2G", "--y=3G", "--json"
    )

    assert code == 0
    assert json.loads(out)["n_used"] == 26 + 15
    assert json.loads(out)["params"]["launch_2"] == 2000.0


def test_shares_that_do_not_sum_to_one_are_refused_with_their_lines(curvecast):
    code, _, err = curvecast("fit", sets_file(), "--curve=substitution", *SETS)
    assert code == 1
    assert "sets.csv: the shares do not sum to 1 in lines 2, 3, 4, 5, 6 and 19 more" in err
    assert "divide percentages by 100" in err
    file = sets_file(rest=0.2)
    code, _, err = curvecast("fit", file, "--curve=substitution", *SETS, "--upper=100")
    assert code == 1
    assert "but to 0.8 in the first of these; add a column for the rest, or divide" in err


def test_a_single_share_in_per_cent_is_divided_too(curvecast):
    ask = ("fit", sets_file(), "--curve=fisher_pry", "--x=Year", "--y=OLED (%)")
    code, out, _ = curvecast(*ask, "--upper=100")

    assert code == 0
    assert "y: OLED (%) / 100; x (time): Year" in out
    code, _, err = curvecast(*ask)
    assert code == 1
    assert "not between 0 and upper=1 in lines" in err
    assert "shares in per cent: divide them by 100" in err


def test_fit_holds_and_frees_parameters(curvecast):
    ask = ("fit", shares_file(), "--curve=weibull", "--x=year", "--y=share", "--json")
    _, out, _ = curvecast(*ask, "--fixed=launch=2000", "--fixed=ceiling=82.5")
    held = json.loads(out)

    assert (held["params"]["launch"], held["params"]["ceiling"]) == (2000, 82.5)
    _, out, _ = curvecast(*ask, "--fixed", "launch=free")
    assert json.loads(out)["stderr"]["launch"] > 0


def test_fit_takes_a_robust_loss_and_the_end_of_a_range(curvecast):
    ask = ("fit", shares_file(), "--curve=logistic", "--x=year", "--y=share", "--json")
    _, out, _ = curvecast(*ask, "--loss", "huber")
    assert json.loads(out)["settings"]["loss"] == "huber"
    _, out, _ = curvecast(*ask, "--error-model=logit", "--upper=100")
    assert json.loads(out)["settings"]["ceiling"] == 100.0


def test_fit_chooses_the_number_of_breaks(curvecast):
    units = 2.0 ** np.arange(0, 15)
    cost = 100 * units**-0.1 * np.maximum(1, units / 128) ** -0.4 * (1 + 0.01 * np.sin(9 * units))
    rows = (f"{u},{c}" for u, c in zip(units, cost, strict=True))
    file = csv_file("\n".join(["units,cost", *rows]) + "\n")
    ask = ("fit", file, "--curve=kinked", "--x=units", "--y=cost")

    code, out, _ = curvecast(*ask, "--at=65536", "--plot=kinked.png")
    assert code == 0
    assert "best by AICc: kinked_1" in out
    assert "kinked_1: Experience curve with one break" in out
    assert "kinked_1: forecast from 16384" in out
    assert Path("kinked.png").stat().st_size > 5000
    _, out, _ = curvecast(*ask, "--json")
    assert json.loads(out)["params"]["break_1"] == pytest.approx(128, rel=0.2)
    code, _, err = curvecast(*ask, "--loss=huber")
    assert code == 2
    assert "--loss has no meaning for kinked" in err


def test_fit_forecasts_where_it_is_asked_to(curvecast):
    ask = ("fit", shares_file(), "--curve=logistic", "--x=year", "--y=share")
    code, out, _ = curvecast(*ask, "--at=2025", "--at=2030-07-02")

    assert code == 0
    assert "\n\nlogistic: forecast from 2023\n" in out
    assert re.search(r"\n  year +median .*\n  2025 .*\n  2030.499 ", out)
    for wrong in ("soon", "price=3", "2025,2030", "inf"):
        code, _, err = curvecast(*ask, f"--at={wrong}")
        assert code == 2
        assert f"--at {wrong}" in err
        assert "VALUE" in err


def test_fit_forecasts_several_regressors_by_name(curvecast):
    rows = "".join(f"{10 * 2**k},{9 - k % 3},{100 * 0.8**k + k % 2}\n" for k in range(9))
    file = csv_file("made,price,cost\n" + rows)
    ask = ("fit", file, "--curve=factors", "--x=made", "--x=price", "--y=cost")
    code, out, _ = curvecast(*ask, "--at=made=9000,price=8", "--at=price=7,made=9999")

    assert code == 0
    assert re.search(r"\n  made +price +median .*\n  9000 +8 .*\n  9999 +7 ", out)
    for wrong in ("9000", "made=9000", "made=1,price=2,made=3", "made=1,prise=2"):
        code, _, err = curvecast(*ask, f"--at={wrong}")
        assert code == 2
        assert f"--at {wrong}: factors(made, price) has made, price; give --at made=VALUE" in err


def test_rows_of_errors_are_lines_of_the_file(curvecast):
    file = csv_file('made,"output\n(MW)",cost\n10,2,9\n12,4,8\n\n16,20,7\n20,1,6\n')
    ask = ("fit", file, "--curve=lagged_wright", "--x=experience=made", "--x=output=output\n(MW)")
    code, _, err = curvecast(*ask, "--y=cost")

    assert code == 1
    assert "data.csv: lagged_wright:" in err
    assert "no value in line 6: in the first of these experience is 16 and output is 20" in err


# ---- compare -------------------------------------------------------------------------------------


def test_compare_prints_what_the_library_finds(curvecast):
    file = shares_file()
    ask = ("compare", file, "--curve", "gompertz", "--curve", "logistic", "--x", "year")
    code, out, _ = curvecast(*ask, "--y", "share", "--plot", "share.svg")

    found = cc.compare(["gompertz", "logistic"], Series("year", YEARS), Series("share", SHARES))
    assert code == 0
    assert "\n  y: share; time: year\n" in out
    assert found.summary() in out
    assert "<svg" in Path("share.svg").read_text("utf-8")
    code, out, _ = curvecast(*ask, "--y", "share", "--by", "bic", "--json")
    assert code == 0
    assert json.loads(out)["best"] == "logistic"
    assert json.loads(out)["by"] == "bic"


def rows_of_costs():
    return [f"{2000 + i},{2**i},{100 * 0.8**i + 0.1 * (i % 2)}" for i in range(8)]


def test_compare_takes_regressors_by_name_where_curves_differ(curvecast):
    file = csv_file("\n".join(["year,units,cost", *rows_of_costs()]) + "\n")
    ask = ("compare", file, "--curve", "wright", "--curve", "exponential", "--y", "cost")

    code, out, _ = curvecast(*ask, "--x", "experience=units", "--x", "time=year")
    assert code == 0
    assert "2 curves, 8 points" in out
    code, _, err = curvecast(*ask, "--x", "units")
    assert code == 2
    assert "--x experience=COLUMN --x time=COLUMN" in err
    code, _, err = curvecast(*ask, "--x", "time=year")
    assert code == 2
    assert "wright and exponential have the regressors experience, time" in err
    assert "data.csv has no column 'experience'; say which" in err
    same = csv_file("\n".join(["time,experience,cost", *rows_of_costs()]) + "\n")
    again = ("compare", same, "--curve", "wright", "--curve", "exponential", "--y", "cost")
    assert curvecast(*again) == curvecast(*again, "--x", "experience=experience")
    code, out, _ = curvecast(*again, "--plot", "both.svg")
    assert code == 0
    assert Path("both.svg").stat().st_size > 5000


def test_compare_names_the_file_where_no_curve_fits(curvecast):
    file = csv_file("year,share\n2000,1\n2001,1\n2002,1\n2003,1\n")

    code, _, err = curvecast(
        *("compare", file, "--curve", "bass", "--curve", "logistic"), "--x", "year", "--y", "share"
    )
    assert code == 1
    assert "data.csv: none of the curves has a result" in err


# ---- the registry --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small_registry(tmp_path_factory):
    """Return a registry of one report, small enough to be scored in a moment."""
    folder = tmp_path_factory.mktemp("registry")
    (folder / "series").mkdir()
    (folder / "reports").mkdir()
    (folder / "sources.yaml").write_text(
        "- {id: maker, title: Yearly report, publisher: Maker, address: https://example.org}\n"
        "- {id: paper, title: A paper, publisher: Press, published: 2015-06-30,"
        " address: https://example.org}\n"
    )
    (folder / "series.yaml").write_text(
        "- id: module_price\n"
        "  title: {en: Module price, zh: 组件价格}\n"
        "  unit: USD per watt\n"
        "  kind: cost\n"
        "  period: year\n"
        "  publisher: Maker\n"
    )
    rows = [
        f"{year},{2 * 0.85 ** (year - 2005):.4f},{year + 1}-03-31,stated,maker,high,"
        for year in range(2005, 2021)
    ]
    header = "period,value,published,basis,source,quality,note"
    (folder / "series" / "module_price.csv").write_text("\n".join([header, *rows]) + "\n")
    claim = (
        "  - id: {id}\n"
        "    title: {{en: Modules below {value} USD a watt, zh: 组件低于{value}美元}}\n"
        "    place: page 1\n"
        "    form: {{type: at_most, value: {value}}}\n"
        "    series: module_price\n"
        "    target: {target}\n"
        "    resolution: The maker's figure.\n"
        "    curves: [exponential]\n"
    )
    (folder / "reports" / "001.yaml").write_text(
        'id: "001"\nsource: paper\ntitle: {en: A paper, zh: 论文}\nmade: 2015-06-30\nclaims:\n'
        + claim.format(id="below_30_cents", value=0.3, target=2019)
        + claim.format(id="below_10_cents", value=0.1, target=2024)
    )
    return folder


@pytest.fixture
def registry(small_registry, tmp_path_factory):
    """Return a copy that a test may spoil."""
    return Path(shutil.copytree(small_registry, tmp_path_factory.mktemp("copy") / "registry"))


def test_validate_says_that_the_shipped_registry_is_in_order(curvecast):
    code, out, err = curvecast("validate")

    assert (code, err) == (0, "")
    assert "no faults" in out


def test_validate_names_file_line_field_and_remedy(curvecast, registry):
    path = registry / "reports" / "001.yaml"
    path.write_text(path.read_text("utf-8").replace("module_price", "modul_price", 1), "utf-8")

    code, out, _ = curvecast("validate", registry)

    assert code == 1
    assert re.search(r"reports/001.yaml:\d+: claims\[0\].series: .*Remedy: .*module_price", out)


def test_validate_as_json(curvecast, registry):
    (registry / "series.yaml").write_text("- id: [\n")

    code, out, _ = curvecast("validate", registry, "--json")

    assert code == 1
    assert {"file", "line", "field", "message", "remedy"} == set(json.loads(out)[0])


def test_rescore_prints_the_scoreboard_and_names_the_report(curvecast, registry):
    code, out, err = curvecast("rescore", registry, "--as-of", "2021-12-31")

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert "As of 2021-12-31: 2 claims of 1 report" in map(str.rstrip, lines)
    assert re.search(r"^accurate +below_30_cents +Modules below", out, re.MULTILINE)
    assert re.search(r"^open +[<>]?\d+% +below_10_cents", out, re.MULTILINE)
    assert lines[-1] == "Report: curvecast-report.html"
    assert max(map(len, lines)) <= 80
    assert files_here() == ["curvecast-ledger.sqlite", "curvecast-report.html"]


def test_rescore_as_json_prints_json_alone(curvecast, registry):
    code, out, err = curvecast("rescore", registry, "--as-of", "2021", "--json")
    result = json.loads(out)

    assert (code, err) == (0, "")
    assert result["format"] == "curvecast.rescore"
    assert result["as_of"] == "2021-12-31"
    assert {claim["id"] for claim in result["claims"]} == {"below_30_cents", "below_10_cents"}


def test_rescore_twice_adds_nothing_and_says_the_same(curvecast, registry):
    first = curvecast("rescore", registry, "--as-of", "2021-12-31")
    page = Path("curvecast-report.html").read_bytes()
    again = curvecast("rescore", registry, "--as-of", "2021-12-31")

    assert again == first
    assert Path("curvecast-report.html").read_bytes() == page
    with tracking.ledger.Ledger.open("curvecast-ledger.sqlite", readonly=True) as ledger:
        assert len(ledger.runs()) == 1


def test_report_is_made_from_the_ledger_alone(curvecast, registry):
    curvecast("rescore", registry, "--as-of", "2021-12-31", "--ledger=a.sqlite", "--report=a.html")
    shutil.rmtree(registry)

    code, out, _ = curvecast("report", "--ledger=a.sqlite", "--report=b.html")

    assert code == 0
    assert out.endswith("Report: b.html\n")
    assert Path("b.html").read_bytes() == Path("a.html").read_bytes()


def test_an_unwritable_report_is_found_out_before_the_work(curvecast, registry):
    Path("folder").mkdir()
    for report, told in (("no/report.html", "does not exist"), ("folder", "is a folder")):
        code, out, err = curvecast("rescore", registry, "--report", report)

        assert (code, out) == (2, "")
        assert told in err
        assert files_here() == ["folder"]


def test_a_date_that_is_none_is_refused(curvecast, registry):
    for date in ("2023-02-30", "soon", "2023-Q1"):
        code, out, err = curvecast("rescore", registry, "--as-of", date)

        assert (code, out) == (2, "")
        assert "--as-of" in err
        assert date in err
        assert files_here() == []


def test_a_faulty_registry_is_not_scored(curvecast, registry):
    (registry / "series.yaml").write_text("- id: module_price\n  id: again\n")

    code, out, err = curvecast("rescore", registry)

    assert (code, out) == (1, "")
    assert "series.yaml:2" in err
    assert files_here() == []


def test_a_registry_that_is_not_there_is_refused(curvecast):
    for command in ("validate", "rescore"):
        code, out, err = curvecast(command, "absent")

        assert code == 1
        assert "no such folder" in out + err


def test_a_ledger_that_is_not_sqlite_is_refused_and_left_alone(curvecast, registry):
    Path("notes.txt").write_text("not a ledger, and dear to its owner\n" * 40)
    before = Path("notes.txt").read_bytes()

    code, out, err = curvecast("rescore", registry, "--ledger", "notes.txt")

    assert (code, out) == (1, "")
    assert "notes.txt" in err
    assert Path("notes.txt").read_bytes() == before
    assert files_here() == ["notes.txt"]


def test_report_without_a_ledger_says_how_to_make_one(curvecast):
    code, _, err = curvecast("report", "--ledger", "absent.sqlite")

    assert code == 1
    assert "absent.sqlite" in err
    assert files_here() == []


# ---- as a shell sees it --------------------------------------------------------------------------


def test_help_has_examples_for_every_command(curvecast):
    for command in ("curves", "fit", "validate", "rescore", "report"):
        code, out, _ = curvecast(command, "--help")

        assert code == 0
        assert "Examples:" in out
        assert f"curvecast {command}" in out


def test_the_version(curvecast):
    assert curvecast("--version") == (0, f"curvecast {cc.__version__}\n", "")


def test_a_pipe_gets_no_colours(registry, tmp_path):
    command = [sys.executable, "-m", "curvecast", "rescore", str(registry), "--as-of=2021-12-31"]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)

    assert "\x1b" not in ran.stdout
    assert ran.stdout.splitlines()[-1] == "Report: curvecast-report.html"


def test_a_reader_that_stops_early_causes_no_traceback():
    program = f"{sys.executable} -m curvecast curves --json | head -c 1"
    ran = subprocess.run(program, shell=True, capture_output=True, text=True, check=True)

    assert ran.stderr == ""
