# SPDX-License-Identifier: GPL-3.0-or-later
"""The report: one page that stands alone, with every claim and its picture."""

from __future__ import annotations

import copy
import json
import os
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from curvecast.errors import DataError, FormatError
from curvecast.tracking import report, report_axis, report_text
from curvecast.tracking.report import render, write

AS_OF = "2026-11-26"
LEVELS = ("0.05", "0.25", "0.5", "0.75", "0.95")
VOID = {"meta", "link", "br", "hr", "img", "input"}


# --- a made-up result with every verdict, every form, and every missing part ----------------------


def quantiles(*values):
    return dict(zip(LEVELS, values, strict=True))


def entry(name, points, values, *, p=None, error=None, pit=None):
    return {
        "name": name,
        "origin": "2023-12-31",
        "points": points,
        "median": values[2],
        "quantiles": quantiles(*values),
        "probability": p,
        "log_error": error,
        "pit": pit,
    }


def too_few(name, points=2):
    return {"name": name, "points": points, "why_not": f"too few points: {points}, needs 4"}


def band(x, median, factor=None, width=None, name="logistic"):
    """A band that widens with the horizon, by a factor or by an amount."""
    steps = [1 + 0.5 * i for i in range(len(x))]
    pairs = list(zip(median, steps, strict=True))
    if factor:
        low, high = [m / factor**s for m, s in pairs], [m * factor**s for m, s in pairs]
    else:
        low, high = [m - width * s for m, s in pairs], [m + width * s for m, s in pairs]
    return {"x": x, "median": median, "low": low, "high": high, "level": 0.9, "name": name}


def claim(name, verdict, form, en, zh, **more):
    given = {
        "id": name,
        "report": "001",
        "made": "2023-12-31",
        "target": "2024",
        "title": {"en": en, "zh": zh},
        "series": f"{name}_series",
        "unit": "million rides",
        "form": form,
        "verdict": verdict,
        "final_on": None,
        "rule": "accurate within 10 %, half right within 25 %, on a ratio scale",
        "reason": "the first complete figure is 9 % below the claim",
        "outcome": None,
        "then": [],
        "claim_log_error": None,
        "now": None,
        "picture": {},
    }
    return given | more


def apollo():
    history = [
        [2022.58, 1.0, "2022-08-30"],
        [2022.75, 1.4, "2022-11-22"],
        [2023.08, 2.0, "2023-02-28"],
        [2023.25, 2.4, "2023-05-16"],
        [2023.5, 3.3, "2023-08-22"],
        [2023.75, 4.1, "2023-11-21"],
        [2024.0, 5.0, "2024-01-02"],
        [2024.25, 6.0, "2024-05-16"],
        [2024.5, 7.0, "2024-08-22"],
        [2024.83, 8.0, "2024-11-21"],
        [2025.0, 9.0, "2025-02-18"],
        [2025.35, 11.0, "2025-05-21"],
        [2025.6, 14.0, "2025-08-20"],
    ]
    x = [2024.0, 2024.25, 2024.5, 2024.75, 2025.0]
    return claim(
        "apollo_10m_2024",
        "half right",
        {"type": "at_least", "value": 10},
        "Apollo Go completes ten million rides in all by the end of 2024",
        "萝卜快跑到2024年底累计完成一千万次出行",
        rule="accurate when met; half right when missed by at most 10 % or met 12 months late",
        reason="9.0 million by the end of 2024: missed by 10.0 %; 11 million in May 2025",
        outcome={
            "value": 9.0,
            "period": "2024",
            "source": "baidu-2024q4",
            "title": "Baidu results, fourth quarter of 2024",
            "address": "https://ir.example.org/2024q4?a=1&b=2",
            "published": "2025-02-18",
        },
        then=[
            entry("last_value", 6, [4.1, 4.1, 4.1, 4.1, 4.1], p=0.0, error=-0.786, pit=1.0),
            entry("drift", 6, [5.2, 6.6, 7.9, 9.4, 13.2], p=0.19, error=-0.13, pit=0.71),
            entry("exponential", 6, [6.1, 8.0, 9.6, 11.8, 16.4], p=0.44, error=0.065, pit=0.42),
        ],
        claim_log_error=0.105,
        picture={
            "history": history,
            "claim": {"t": 2025.0},
            "then": band(x, [4.6, 5.4, 6.5, 7.9, 9.6], factor=1.18, name="exponential"),
            "now": band([2026.0, 2026.5, 2027.0], [17, 21, 26], factor=1.1, name="exponential"),
        },
    )


def data_growth():
    history = [[y + 0.5, v, f"{y + 1}-03-30"] for y, v in zip(range(2010, 2025), DATA, strict=True)]
    years = [2022.5, 2023.5, 2024.5, 2025.5]
    return claim(
        "data_2025_200zb",
        "open",
        {"type": "value", "value": 200},
        "The world creates 200 zettabytes of data in 2025",
        "2025年全球数据量达到200泽字节",
        made="2022-10-31",
        target="2025",
        unit="ZB",
        final_on="2026-12-31",
        reason="no complete figure for 2025 has been published",
        then=[too_few("last_value", 3), too_few("drift", 3), too_few("exponential", 3)],
        now={
            "curve": "exponential",
            "points": 15,
            "quantiles": quantiles(151, 170, 183, 197, 221),
            "probability": 0.21,
            "crossing": {
                "level": 200,
                "median": 2025.9,
                "quantiles": quantiles(2025.2, 2025.6, 2025.9, 2026.3, None),
                "never": 0.08,
            },
        },
        picture={
            "history": history,
            "claim": {"t": 2025.5},
            "then": band(years, [105, 131, 163, 204], factor=1.2, name="exponential"),
            "now": band([2025.5], [183], factor=1.21, name="exponential"),
        },
    )


DATA = [2, 5, 6.5, 9, 12.5, 15.5, 18, 26, 33, 41, 64.2, 79, 97, 120, 149]


def coal_growth():
    values = [3.5, 1.2, 0.8, -1.7, -2.9, 0.4, 1.0, 1.0, 0.6, 4.6, 4.3, 5.6, 1.7, -0.5]
    years = range(2012, 2026)
    history = [[y + 0.5, v, f"{y + 1}-07-31"] for y, v in zip(years, values, strict=True)]
    return claim(
        "coal_china_growth_2025",
        "wrong",
        {"type": "range", "low": 0.5, "high": 1.5},
        "Coal demand in China grows by about one per cent in 2025",
        "2025年中国煤炭需求增长约1%",
        report="003",
        made="2024-10-31",
        target="2025",
        unit="% year on year",
        reason="−0.5 %: outside the range, and by more than 10 % of an end",
        outcome={
            "value": -0.5,
            "period": "2025",
            "source": "iea-coal-2026",
            "published": "2026-07-31",
        },
        then=[
            entry("last_value", 12, [-3, 3.1, 5.6, 8.1, 14.2], p=0.05, pit=0.16),
            entry("drift", 12, [-4.1, 2.4, 5.8, 8.9, 15.7], p=0.04, pit=0.18),
            too_few("logistic", 12) | {"why_not": "the curve needs positive values"},
        ],
        picture={
            "history": history,
            "claim": {"t": 2025.5},
            "then": band([2024.5, 2025.5], [5.6, 5.6], width=5.5, name="last_value"),
            "now": band([2026.5, 2027.5], [-0.4, -0.3], width=4.5, name="drift"),
        },
    )


def chip():
    history = [
        [2014.3, 0.33, "2014-04-30"],
        [2016.1, 4.0, "2016-01-31"],
        [2018.4, 30, "2018-06-30"],
        [2020.4, 254, "2020-05-31"],
        [2022.7, 2000, "2022-09-30"],
        [2025.6, 2070, "2025-08-31"],
    ]
    return claim(
        "nvidia_tops_2022",
        "accurate",
        {"type": "growth_rate", "rate": 1.43, "from": "2016", "to": "2022", "bound": None},
        "An Nvidia chip for cars goes from 4 TOPS in 2016 to 2,000 TOPS in 2022 & beyond",
        "英伟达车载芯片算力从2016年的4 TOPS提高到2000 TOPS",
        made="2022-10-31",
        target=None,
        unit="TOPS, whatever the number format the maker quotes in the data sheet of the day",
        rule="accurate within a quarter of the printed rate, in logs; half right within a half",
        reason="147 % a year between the two data sheets",
        outcome={
            "value": 2000.0,
            "period": "2022-09",
            "source": "https://example.org/data-sheet",
            "published": "2022-09-30",
        },
        picture={
            "history": history,
            "claim": {"t": None, "x": [2016.1, 2022.9], "y": [4, 1680]},
            "now": band([2027.0, 2029.0, 2031.0], [9e3, 6e4, 4e5], factor=40, name="exponential"),
        },
    )


def robot():
    history = [[2023.5, 90000, "2023-12-05"], [2024.4, 16000, "2024-05-13"]]
    return claim(
        "humanoid_price_20000",
        "open",
        {"type": "at_most", "value": 20000},
        "Humanoid robots sell for at most 20,000 dollars",
        "人形机器人售价不高于两万美元",
        report="003",
        target="2027",
        unit="USD (2023)",
        final_on="2029-12-31",
        then=[too_few("last_value", 1), too_few("drift", 1), too_few("wright", 1)],
        now={"why_not": "too few points: 2, needs 4"},
        picture={"history": history, "claim": {"t": 2028.0}, "then": None, "now": None},
    )


def share():
    history = [[2017.5 + i, v, f"{2018 + i}-11-30"] for i, v in enumerate(SHARE)]
    return claim(
        "caict_firm_adoption_70pct_2030",
        "open",
        {"type": "value", "value": 70},
        "Seven firms in ten use artificial intelligence by 2030",
        "到2030年约70%的企业将使用人工智能",
        report="004",
        made="2020-12-31",
        target="2030",
        unit="% of firms surveyed",
        final_on="2031-12-31",
        now={
            "curve": "logistic",
            "points": 9,
            "quantiles": quantiles(58, 78, 89, 95, 99),
            "probability": 0.004,
            "crossing": None,
            "note": "logistic: no ceiling below 100 %; drift is shown instead",
        },
        picture={
            "history": history,
            "claim": {"t": 2030.5},
            "then": band([2025.5, 2030.5], [54, 61], width=14),
            "now": band([2026.5, 2028.5, 2030.5], [82, 86, 89], width=6),
        },
    )


SHARE = [20, 47, 58, 50, 56, 50, 55, 72, 78]


def doubling():
    history = [[2012 + i / 4, 2.0 ** (i / 2.2), f"{2012 + i // 4}-12-31"] for i in range(60)]
    return claim(
        "compute_doubling_2mo",
        "wrong",
        {"type": "doubling_time", "years": 1 / 6, "from": "2018", "to": None, "bound": "at_most"},
        "Compute demand of large models doubles every two months",
        "大模型算力需求每两个月翻一番",
        made="2022-10-31",
        target=None,
        unit="petaFLOP/s-days",
        then=[
            entry("last_value", 43, [7.7e5] * 5, p=0.0, error=-0.9, pit=0.9999),
            entry("drift", 43, [1e5, 4e5, 1e6, 3e6, 9e6], p=0.001, error=0.44, pit=0.301),
            entry("exponential", 43, [6e5, 9e5, 1.1e6, 2e6, 3e6], p=0.0, error=0.31, pit=0.222),
        ],
        claim_log_error=4.2,
        now={
            "curve": "exponential",
            "points": 60,
            "quantiles": quantiles(1e7, 2e8, 4.2e8, 8e8, 1e10),
            "probability": 0.0,
            "crossing": None,
        },
        picture={
            "history": history,
            "claim": {"t": None, "x": [2018.0, 2025.8], "y": [44, 44 * 2.0**47]},
            "then": band([2023.0, 2025.8], [1.4e6, 8e8], factor=9, name="exponential"),
            "now": band([2027.0, 2028.0], [8e8, 3e9], factor=5, name="exponential"),
        },
    )


def others():
    return [
        claim(
            "gpt5_2024",
            "half right",
            {"type": "event", "partial": "announced, not released"},
            "GPT-5 is released in 2024",
            "GPT-5将于2024年发布",
            report="002",
            reason="released on 7 August 2025, within twelve months after the date",
            outcome={
                "value": "happened",
                "period": "2025-08-07",
                "source": "openai-gpt5",
                "address": "javascript:alert(1)",
                "published": "2025-08-07",
            },
            hindsight=True,
        ),
        claim(
            "robot_learning_rate",
            "open",
            {"type": "learning_rate", "rate": 0.15, "bound": None, "experience": "robots_made"},
            "Each doubling of robots made lowers their cost by 15 %",
            "机器人产量每翻一番，成本下降15%",
            report="003",
            target=None,
            unit="USD",
            reason="the fitted interval is 31 points wide",
            picture={"history": [[2019.5 + i, 47000 - 900 * i, "2020-09-30"] for i in range(6)]},
        ),
        claim(
            "script_in_title",
            "not resolvable",
            {"type": "halving_time", "years": 1.0, "from": "2020", "to": "2024", "bound": None},
            "<script>alert('x')</script> & \"quotes\" halve </svg>",
            "<b>标题</b>",
            report="004",
            series=None,
            unit=None,
            reason="nobody publishes <this> figure",
        ),
    ]


def a_result(claims=None):
    claims = claims or [
        apollo(),
        data_growth(),
        chip(),
        coal_growth(),
        robot(),
        share(),
        doubling(),
        *others(),
    ]
    verdicts = [entry["verdict"] for entry in claims]
    return {
        "format": "curvecast.rescore",
        "version": 1,
        "as_of": AS_OF,
        "method": "0.1.0+1",
        "seed": 0,
        "reports": {
            "001": {"en": "Four technologies to watch", "zh": "四项值得关注的技术"},
            "003": {"en": "Energy & robots", "zh": "能源与机器人"},
        },
        "sources": {"iea-coal-2026": {"title": "Coal 2026", "address": "https://iea.example/c"}},
        "registry": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "scoreboard": {verdict: verdicts.count(verdict) for verdict in report.VERDICTS},
        "claims": claims,
    }


def a_difference():
    row = {"series": "coal", "period": "2025", "value": -0.5, "published": "2026-07-31"}
    run = {"registry": "ab" * 32, "as_of": "2025-11-26", "method": "0.1.0+1", "seed": 0}
    return {
        "before": run,
        "after": run | {"as_of": AS_OF, "method": "0.1.0+2"},
        "method": True,
        "as_of": True,
        "seed": False,
        "registry": False,
        "observations": {
            "new": [row],
            "gone": [row | {"period": "2019"}],
            "changed": [{"before": row | {"value": 1.25}, "after": row}],
        },
        "claims": {"new": [], "gone": [], "edited": []},
        "verdicts": [
            {
                "id": "coal_china_growth_2025",
                "title": {"en": "Coal <demand>", "zh": "煤炭"},
                "before": "open",
                "after": "wrong",
                "causes": ["data", "method"],
            }
        ],
        "scores": [
            {
                "id": "apollo_10m_2024",
                "title": {"en": "Apollo", "zh": "萝卜"},
                "causes": ["method"],
            }
        ],
    }


# --- reading the page back ------------------------------------------------------------------------


class Page(HTMLParser):
    """Reads a page, checks that elements nest, and keeps what the tests ask for."""

    def __init__(self, html):
        super().__init__()
        self.open, self.ids, self.links, self.loads, self.text = [], [], [], [], []
        self.tags, self.handlers = [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        self.loads += [v for k, v in attrs if k in ("src", "srcset", "xlink:href", "data")]
        self.loads += [given.get("href")] if tag not in ("a",) and "href" in given else []
        self.handlers += [k for k, _ in attrs if k.startswith("on")]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open and self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


def drawings(html):
    return {
        ElementTree.fromstring(svg).find("{*}title").get("id"): ElementTree.fromstring(svg)
        for svg in re.findall(r'<svg class="picture".*?</svg>', html, re.DOTALL)
    }


@pytest.fixture(scope="module")
def html():
    return render(a_result(), difference=a_difference())


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


# --- the page -------------------------------------------------------------------------------------


def test_the_page_is_well_formed_and_its_ids_are_unique(page):
    assert len(set(page.ids)) == len(page.ids)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert set(levels) == {1, 2, 3}
    assert all(attrs.get("scope") for tag, attrs in page.tags if tag == "th")


def test_the_page_loads_nothing_and_runs_nothing(html, page):
    assert page.loads == []
    assert page.handlers == []
    assert not [tag for tag, _ in page.tags if tag in ("script", "link", "img", "iframe", "object")]
    assert "@import" not in html
    assert all(
        target == "(#picture-frame)" or target == "(#picture-hatch)" for target in urls(html)
    )


def urls(html):
    return re.findall(r"url(\([^)]*\))", html)


def test_every_link_inside_the_page_has_its_anchor(page):
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)
    assert {entry["id"] for entry in a_result()["claims"]} <= inside


def test_titles_are_there_in_both_languages(html, page):
    for entry in a_result()["claims"]:
        assert entry["title"]["zh"] in page.words
    assert '<html lang="en">' in html
    languages = [attrs.get("lang") for tag, attrs in page.tags if tag == "p"]
    assert languages.count("zh-Hans") == len(a_result()["claims"]) + len(a_result()["reports"])
    assert "Report 003: Energy & robots" in page.words


def test_the_header_says_from_what_the_page_was_made(page):
    assert AS_OF in page.words
    assert "0.1.0+1, seed 0" in page.words
    assert a_result()["registry"][:12] in page.words


def test_the_scoreboard_counts_by_verdict_and_by_report(page):
    assert "1 accurate, 2 half right, 2 wrong, 4 open, 1 not resolvable" in labels(page)
    assert "1 accurate, 1 half right, 1 wrong, 1 open" in labels(page)  # report 001


def labels(page):
    return [attrs["aria-label"] for _, attrs in page.tags if "aria-label" in attrs]


def test_verdicts_are_words_beside_their_colours(page):
    assert not [a for tag, a in page.tags if a.get("class") == "badge"]  # always with a verdict
    for verdict, (_, sign) in report.VERDICTS.items():
        assert f"{sign} {verdict}" in page.words


def test_text_from_the_result_is_escaped(html, page):
    assert "<script" not in html
    assert "<b>" not in html
    assert "<script>alert('x')</script>" in page.words  # as text
    assert "javascript:" not in html
    assert "nobody publishes <this> figure" in page.words


def test_sources_are_linked_where_an_address_is_known(page):
    assert "https://ir.example.org/2024q4?a=1&b=2" in page.links
    assert "https://example.org/data-sheet" in page.links
    assert "https://iea.example/c" in page.links
    assert "−0.5 % year on year (2025); Coal 2026 , published 2026-07-31" in page.words
    assert "happened (2025-08-07); openai-gpt5" in page.words


def test_the_claim_is_set_out_in_words(page):
    for words in (
        "at least 10 million rides, 2024",
        "200 ZB, 2025",
        "0.5 to 1.5 % year on year, 2025",
        "143 % a year, from 2016 to 2022",
        "doubles in at most 2 months, from 2018",
        "at most 20,000 USD (2023), 2027",
        "happens by 2024",
        "learning rate 15 % for each doubling of experience",
        "halves in 1 year, from 2020 to 2024",
        "2023-12-31, in hindsight",
    ):
        assert words in page.words


def test_forecasts_of_that_day_stand_beside_the_claim(page):
    assert "Then: from data published by 2023-12-31, in million rides" in page.words
    assert "last value 4.1 4.1 to 4.1 −0.79 0 % > 99th 6" in page.words
    assert "exponential 9.6 6.1 to 16.4 +0.07 44 % 42nd 6" in page.words
    assert "too few points: 3, needs 4" in page.words


def test_todays_forecast_has_probability_and_crossing(page):
    assert "exponential 183 170 to 197 151 to 221 21 % 15" in page.words
    assert "200 ZB would be crossed in 2025-11" in page.words
    assert "2025-03 to beyond the horizon" in page.words
    assert "not within the horizon: 8 %" in page.words
    assert "no forecast too few points: 2, needs 4" in page.words


def test_mean_errors_count_only_claims_that_have_all_four(page):
    assert "over the 2 claims for which all four exist, of 2 resolved" in page.words
    mean = (0.105 + 4.2) / 2
    assert f"the printed claims {mean:.2f} ×" in page.words
    assert f"drift {(0.13 + 0.44) / 2:.2f} ×" in page.words
    assert f"first named curve {(0.065 + 0.31) / 2:.2f} ×" in page.words


def test_mean_errors_without_any_complete_claim():
    page = Page(render(a_result([robot()])))
    assert "No claim has all four yet" in page.words


def test_the_difference_from_an_earlier_run_names_the_causes(page):
    assert "changed: 0.1.0+1 to 0.1.0+2" in page.words
    assert "1 new, 1 changed, 1 gone" in page.words
    assert "Coal <demand> ○ open ✗ wrong new data, another method" in page.words
    assert "1.25 → −0.5" in page.words
    assert "1 claim with the same verdict and other numbers Apollo : another method" in page.words
    assert "What changed" not in Page(render(a_result())).words


def test_the_same_result_gives_the_same_bytes():
    again = json.loads(json.dumps(a_result()))
    assert render(again) == render(a_result())


def test_rendering_does_not_change_the_result():
    result = a_result()
    before = copy.deepcopy(result)
    render(result)
    assert result == before


def test_an_empty_result_is_a_page():
    assert "0 published predictions" in Page(render(a_result([apollo()]) | {"claims": []})).words


def test_optional_parts_may_be_missing():
    bare = {
        "id": "bare",
        "report": "001",
        "made": "2020-01-01",
        "title": {"en": "Bare", "zh": "空"},
        "verdict": "open",
    }
    assert "open-ended" in Page(render(a_result([bare]))).words


@pytest.mark.parametrize("change", [{"version": 2}, {"format": "other"}])
def test_another_format_is_refused(change):
    with pytest.raises(FormatError, match="rescore again"):
        render(a_result() | change)


def test_an_unknown_verdict_is_refused():
    with pytest.raises(FormatError, match="unknown verdict 'right'"):
        render(a_result([apollo() | {"verdict": "right"}]))


# --- the pictures ---------------------------------------------------------------------------------


def test_each_claim_with_numbers_has_one_picture(html):
    drawn = {name.removeprefix("picture-").removesuffix("-title") for name in drawings(html)}
    assert drawn == {
        entry["id"]
        for entry in a_result()["claims"]
        if entry["series"] and entry["picture"].get("history")
    }


def test_pictures_say_in_words_what_they_show(html):
    drawing = drawings(html)["picture-apollo_10m_2024-title"]
    assert drawing.get("role") == "img"
    assert set(drawing.get("aria-labelledby").split()) == {
        "picture-apollo_10m_2024-title",
        "picture-apollo_10m_2024-desc",
    }
    words = drawing.find("{*}desc").text
    assert "13 data points, 6 of them published by the claim's day." in words
    assert "at least 10 million rides, 2024" in words
    assert "The outcome: 9 million rides." in words


def test_points_known_when_the_claim_was_made_are_filled(html):
    drawing = drawings(html)["picture-apollo_10m_2024-title"]
    kinds = [circle.get("class") for circle in drawing.iterfind(".//{*}circle")]
    assert (kinds.count("known"), kinds.count("later"), kinds.count("outcome")) == (6, 7, 1)


def test_the_legend_names_what_is_drawn(page):
    for words in (
        "data published by 2023-12-31, when the claim was made",
        f"data published later, by {AS_OF}",
        "the claim: at least 10 million rides, 2024",
        "the outcome that decides",
        "forecast from data published by 2023-12-31 (exponential): median and 90 % band",
        f"forecast from data published by {AS_OF} (exponential): median and 90 % band",
    ):
        assert words in page.words


def test_a_picture_names_its_unit_and_both_axes(html):
    words = {name: "".join(d.itertext()) for name, d in drawings(html).items()}
    assert "million rides" in words["picture-apollo_10m_2024-title"]
    assert "date that a figure describes" in words["picture-apollo_10m_2024-title"]
    assert "(log scale)" in words["picture-data_2025_200zb-title"]
    assert "(log scale)" not in words["picture-coal_china_growth_2025-title"]
    assert "−2" in words["picture-coal_china_growth_2025-title"]


def test_everything_is_drawn_with_finite_coordinates(html):
    for drawing in drawings(html).values():
        for element in drawing.iter():
            for name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "d"):
                assert not re.search("nan|inf", element.get(name, ""))


def test_figures_known_then_are_drawn_over_later_revisions():
    entry = apollo()
    entry["picture"]["history"] = [[2022.0, 1.0, "2022-03-01"], [2022.0, 1.1, "2025-03-01"]]
    circles = drawings(render(a_result([entry]))).popitem()[1].iterfind(".//{*}circle")
    assert [circle.get("class") for circle in circles] == ["later", "known", "outcome"]


def test_a_bound_on_the_past_is_marked_at_its_target():
    entry = apollo()
    entry["picture"] |= {"claim": {"t": 2023.0}, "then": None, "now": None}
    [svg] = drawings(render(a_result([entry]))).values()
    [line] = [path.get("d") for path in svg.iterfind(".//{*}path[@class='claim path']")]
    made, target = (float(x) for x in re.findall(r"[ML]([\d.]+),", line))
    assert target < made


def test_an_infinite_or_missing_end_of_a_band_runs_out_of_the_frame():
    entry = apollo()
    entry["picture"]["now"] |= {"high": [None, 1e300, 1e300], "low": [0, -5.0, None]}
    page = Page(render(a_result([entry])))
    assert "A forecast runs beyond the frame" in page.words


def test_one_constant_point_can_be_drawn():
    entry = robot()
    entry["picture"]["history"] = [[2023.5, 0.0, None]]
    entry["form"] = {"type": "at_most", "value": 0.0}
    assert len(drawings(render(a_result([entry])))) == 1


# --- axes and words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "log"),
    [(1, 19, False), (1, 21, True), (0, 1e6, False), (-1, 1e6, False), (1e-6, 1e9, True)],
)
def test_the_axis_is_logarithmic_for_positive_values_over_more_than_a_factor_twenty(low, high, log):
    axis = report_axis.value_axis([low, high], [], 0.0, 100.0)
    assert axis.log is log
    assert axis.holds(low) and axis.holds(high)


@pytest.mark.parametrize("low", [-3e5, -0.02, 0, 1e-9, 7, 1234.5])
@pytest.mark.parametrize("span", [1e-6, 0.03, 1, 17, 8e4, 3e11])
def test_ticks_are_few_distinct_and_inside(low, span):
    axis = report_axis.value_axis([low, low + span], [], 0.0, 100.0)
    ticks = axis.ticks()
    names = [label for _, label in ticks]
    assert 2 <= len(ticks) <= 9
    assert all(axis.holds(value) for value, _ in ticks)
    if span > 1e-5 * abs(low):  # finer than that and six digits cannot tell them apart
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("span", [0.4, 1, 2, 3, 8, 30, 60, 150])
def test_years_are_few_and_inside(span):
    axis = report_axis.time_axis([2000.3, 2000.3 + span], 0.0, 400.0)
    labels = [text for at, _, text in report_axis.time_ticks(axis) if axis.holds(at)]
    assert 1 <= len(labels) <= 9
    assert len(set(labels)) == len(labels)


def test_bands_widen_the_frame_only_so_far():
    axis = report_axis.value_axis([1.0, 2.0], [1e12, -1e12], 0.0, 100.0)
    assert -1 < axis.low < 1 < 2 < axis.high < 4


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9.0, "9"),
        (0.1667, "0.1667"),
        (1234.56, "1,235"),
        (45612.3, "45,612"),
        (-2.5, "−2.5"),
        (1.25e9, "1.25 × 10⁹"),
        (4e-7, "4 × 10⁻⁷"),
        (float("inf"), "–"),
        (float("nan"), "–"),
    ],
)
def test_numbers(value, text):
    assert report_text.number(value) == text


# --- writing --------------------------------------------------------------------------------------


def test_a_page_is_written(tmp_path):
    path = tmp_path / "report.html"
    write(path, "<p>é 预测</p>")
    assert path.read_text(encoding="utf-8") == "<p>é 预测</p>"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
    mask = os.umask(0o022)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_the_old_page(tmp_path, monkeypatch, step, error):
    path = tmp_path / "report.html"
    path.write_text("old")

    def fail(*_):
        raise error

    monkeypatch.setattr(os, step, fail)
    expected = DataError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        write(path, "new")
    if expected is DataError:
        assert f"{path}: the report cannot be written (No space left" in str(caught.value)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_a_link_keeps_pointing_to_the_page(tmp_path):
    (tmp_path / "real.html").write_text("old")
    (tmp_path / "link.html").symlink_to("real.html")
    write(tmp_path / "link.html", "new")
    assert (tmp_path / "real.html").read_text() == "new"
    assert (tmp_path / "link.html").is_symlink()


def test_places_that_cannot_hold_a_page(tmp_path):
    with pytest.raises(DataError, match="is a folder; name a file in it"):
        write(tmp_path, "x")
    with pytest.raises(DataError, match="does not exist; create it first"):
        write(tmp_path / "none" / "report.html", "x")
    assert list(tmp_path.iterdir()) == []
