"""The report of a backtest: charts that state their finding, and one page that needs nothing but itself."""

from __future__ import annotations

import json
import os
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from support_policy.adapters.backtest_report import write_report
from support_policy.adapters.charts import draw
from support_policy.render.backtest_charts import charts
from support_policy.render.backtest_html import report_html
from support_policy.render.chart_svg import dressed
from support_policy.render.chart_theme import DARK, LIGHT, THEMES, balanced, repainted
from support_policy.source.diagnostics import PolicyError
from tests.batch import summaries

CASES = {
    "compared": summaries.summary(),
    "swept": summaries.summary(sweep=summaries.sweep()),
    "alone": summaries.alone(),
    "alone and swept": summaries.alone(sweep=summaries.sweep()),
    "no rows": summaries.nothing(),
    "one ticket": summaries.single(),
}
VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u202e]]>'


class Page(HTMLParser):
    """A page read strictly: every element closed where it should be; what it says, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len({name for name, _ in attrs}) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.elements if found == tag]


@pytest.fixture(scope="module", params=list(CASES))
def case(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, dict[str, str]], str]:
    """A summary, its drawings and its page."""
    summary = CASES[request.param]
    drawn = {name: dict(drawing.svg) for name, drawing in draw(charts(summary)).items()}
    return summary, drawn, report_html(summary, drawn)


def test_the_page_is_well_formed_and_its_ids_are_unique(case: Any) -> None:
    """Every element is closed where it should be, ids are unique, links within the page lead somewhere."""
    page = Page(case[2])
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert {a["href"] for a in page.all("a")} <= {f"#{id}" for id in ids}


def test_the_page_fetches_nothing(case: Any) -> None:
    """No element, style or script of the page names anything outside of it, and its policy forbids it besides."""
    page, text = Page(case[2]), case[2].replace("http://www.w3.org/", "")
    for _, attributes in page.elements:
        assert not {"src", "srcset", "data", "poster", "action", "background"} & set(attributes)
        for name in ("href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert not any(mark in text for mark in ("http:", "https:", "@import", "url(http", "url(//", "fetch(", "url(data"))
    assert any("default-src 'none'" in (meta.get("content") or "") for meta in page.all("meta"))


def test_every_chart_is_there_in_both_themes(case: Any) -> None:
    """Each chart stands in the page in light and dark, is XML, and has a name and a description."""
    _, drawn, text = case
    assert drawn
    page = Page(text)
    for themes in drawn.values():
        assert set(themes) == set(THEMES)
        for svg in themes.values():
            assert svg in text
            root = ET.fromstring(svg)  # noqa: S314 -- our own text
            named = (root.get("aria-labelledby") or "").split()
            found = {element.get("id"): element.text for element in root.iter()}
            assert all(found.get(id) for id in named)
            assert len(named) == 2
    assert len(page.all("svg")) == 2 * len(drawn)


def test_tables_have_headers(case: Any) -> None:
    """Every table says what its columns and rows are, and can be reached by keyboard where it scrolls."""
    page = Page(case[2])
    for cell in page.all("th"):
        assert cell.get("scope") in {"col", "row"}
    regions = [div for div in page.all("div") if div.get("role") == "region"]
    assert len(regions) == len(page.all("table"))
    assert all(div.get("aria-label") and div.get("tabindex") == "0" for div in regions)


def test_the_report_is_the_same_bytes_each_time(case: Any) -> None:
    """The same summary gives the same drawings and the same page."""
    summary, drawn, text = case
    again = {name: dict(drawing.svg) for name, drawing in draw(charts(summary)).items()}
    assert again == drawn
    assert report_html(summary, again) == text


def test_specifications_are_plain_data(case: Any) -> None:
    """A specification is plain JSON data, and changes nothing in the summary."""
    summary = case[0]
    before = json.dumps(summary)
    specs = charts(summary)
    assert json.loads(json.dumps(specs)) == specs
    assert json.dumps(summary) == before


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("verdicts", "4 more targets missed: 20, was 16"),
        ("attainment", "First response: 80.0 % in time, was 84.0 %"),
        ("spread-first_response", "P3 first response: 75.0 % in time, was 80.0 %"),
        ("escalations", "20 escalations, 4 more than before; most on Mon after 10:00"),
        ("notifications", "Manager: 4 more messages (+25 %)"),
        ("notification-hours", "Manager: most messages come after 10:00"),
        ("sweep", "P3 first response: 62.5 % in time at 4bh with 30 escalations, 80.0 % at 8bh with 16"),
    ],
)
def test_titles_state_the_finding(name: str, title: str) -> None:
    """A chart's title is what it shows, computed."""
    specs = charts(CASES["swept"])
    assert " ".join(specs[name]["title"]["text"]).replace("\u00a0", " ") == title


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("alone", {"20 targets missed", "First response: 80.0 % in time", "Manager is told most: 20 messages"}),
        ("no rows", {"No escalations", "Targets met and missed", "Targets met over time", "Time against the target"}),
        ("one ticket", {"As many targets missed as before: 1", "P1 first response: 0 % in time", "No escalations"}),
    ],
)
def test_titles_without_another_policy_or_data(name: str, titles: set[str]) -> None:
    """With one policy alone a title compares nothing; a chart of nothing says so."""
    found = {" ".join(spec["title"]["text"]).replace("\u00a0", " ") for spec in charts(CASES[name]).values()}
    assert titles <= found


@pytest.mark.parametrize(
    ("name", "lead"),
    [
        ("compared", "4 more tickets would have missed P3 first response."),
        ("alone", "Desk 2 on 100 tickets: first response 80.0 % in time."),
        ("no rows", "There was no ticket to compare."),
        ("one ticket", "The change would have changed nothing for this ticket."),
    ],
)
def test_the_page_begins_with_the_answer(name: str, lead: str) -> None:
    """What a change would have done is the first thing that the page says."""
    assert lead in Page(report_html(CASES[name], {})).text.replace("\u00a0", " ")


def test_the_page_says_what_changed_and_why() -> None:
    """Mail, the line of the policy with its file, what it changes, tickets, and the command that opens each."""
    page = Page(report_html(summaries.summary(), {}, lambda ticket: f"support-policy explain {ticket}.json"))
    text = page.text.replace("\u00a0", " ")
    for said in (
        "20 messages to the manager instead of 16 (+4, +25 %)",
        "priorities.P3.first_response 8bh \u2192 6bh",
        "policy.yaml:18",
        "First response: due after 6bh, was after 8bh",
        "First response: missed, was met",
        "Escalation late, level 1: fires, did not before",
        "Messages to manager (late, level 1): 1 a ticket, was 0",
        "Not traced to one line",
        "support-policy explain T-4.json",
        "99 by columns, 1 one by one",
        "row 7 (line 8): T-9, `soon`",
        "instants without a zone are read as UTC",
        "a" * 64,
        "b" * 64,
    ):
        assert said in text


def test_a_ticket_is_opened_by_its_own_name() -> None:
    """A command is asked for the name that a ticket has, however it is shown; one that cannot be opened has none."""
    found = summaries.difference(4)
    found["missed"][0]["examples"] = ["two\tparts", "lost"]
    names: list[str] = []

    def opens(name: str) -> str:
        names.append(name)
        return "" if name == "lost" else "explain it"

    page = Page(report_html(summaries.summary(difference=found), {}, opens))
    assert {"two\tparts", "lost"} <= set(names)
    assert "two parts, lost and 2 more explain it" in page.text


def test_targets_saved_and_missed_are_told_apart() -> None:
    """Where some are newly missed and others no longer, both are said."""
    found = summaries.difference(4)
    found["missed"].append({**found["missed"][0], "priority": "P1", "newly": 0, "no_longer": 3, "examples": []})
    text = Page(report_html(summaries.summary(difference=found), {})).text
    assert "4 more tickets would have missed P3 first response; 3 other targets would no longer." in text


def test_two_policies_of_one_version_are_told_apart_by_their_digests() -> None:
    """A policy changed without a new version is still told from the old one."""
    changed = summaries.summary(policy={"name": "Desk", "version": "1", "digest": "b" * 64})
    assert "Desk 1 (aaaaaaaa \u2192 bbbbbbbb)" in Page(report_html(changed, {})).text


def test_foreign_text_stays_text() -> None:
    """Names of tickets, organizations, roles, priorities, rules and files are shown, and are never markup."""
    summary = CASES["swept"]
    for word in (
        "acme",
        "T-1",
        "manager",
        "P3",
        "Other",
        "Desk",
        "log.csv",
        "late",
        "policy.yaml",
        "8bh",
        "first_response",
    ):
        summary = _renamed(summary, word, HOSTILE + word)
    drawn = {name: dict(drawing.svg) for name, drawing in draw(charts(summary)).items()}
    for themes in drawn.values():
        for svg in themes.values():
            root = ET.fromstring(svg)  # noqa: S314 -- our own text
            assert not {"script", "img"} & {element.tag.rpartition("}")[2] for element in root.iter()}
    text = report_html(summary, drawn, lambda ticket: f"explain {ticket}")
    page = Page(text)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert "<script>alert(1)</script>" in page.text
    assert "\u202e" not in text


def _renamed(data: Any, old: str, new: str) -> Any:
    if isinstance(data, dict):
        return {(new if key == old else key): _renamed(value, old, new) for key, value in data.items()}
    if isinstance(data, list):
        return [_renamed(value, old, new) for value in data]
    return new if data == old else data


def test_no_two_colours_of_the_light_theme_are_alike() -> None:
    """Every colour of light can be found again, and has one in dark."""
    assert len(set(LIGHT.values())) == len(LIGHT)
    assert set(LIGHT) == set(DARK)


@pytest.mark.parametrize(("paint", "ground"), [("ink", "page"), ("soft", "page"), ("met", "page"), ("missed", "page")])
@pytest.mark.parametrize("theme", list(THEMES))
def test_text_has_contrast(theme: str, paint: str, ground: str) -> None:
    """Text stands out from its ground as WCAG asks of large text, plain text as it asks of all."""
    light, dark = sorted((_luminance(THEMES[theme][name]) for name in (paint, ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= (4.5 if paint in {"ink", "soft"} else 3)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_only_paint_is_repainted() -> None:
    """A drawing is repainted in its attributes; a text that names a colour keeps it."""
    svg = f'<svg><text fill="{LIGHT["ink"]}">fill="{LIGHT["ink"]}"</text></svg>'
    assert repainted(svg, DARK) == f'<svg><text fill="{DARK["ink"]}">fill="{LIGHT["ink"]}"</text></svg>'


def test_a_drawing_is_named_and_its_ids_are_its_own() -> None:
    """Ids and what points at them get the chart's name, coordinates two digits; texts stay as they are."""
    made = dressed('<svg><clipPath id="c7"/><g clip-path="url(#c7)" x="1.23456">9.87654</g></svg>', "a", "<T>", "D")
    assert '<clipPath id="a-1"/><g clip-path="url(#a-1)" x="1.23">9.87654</g>' in made
    assert '<title id="a-title">&lt;T&gt;</title>' in made


@pytest.mark.parametrize(
    ("text", "lines"),
    [("", []), ("one", ["one"]), ("aaaa bbbb cccc dddd eeee ffff gg", ["aaaa bbbb cccc dddd", "eeee ffff gg"])],
)
def test_titles_break_into_lines_about_equally_long(text: str, lines: list[str]) -> None:
    """A title of two lines leaves no single word on the second."""
    assert balanced(text, 30) == lines


@pytest.mark.parametrize("name", ["report", "page.html"])
def test_a_report_is_written_with_its_pictures(tmp_path: Path, name: str) -> None:
    """A folder gets `report.html`, a name that ends in `.html` is the page; pictures go where they are wanted."""
    written = write_report(CASES["one ticket"], tmp_path / "new" / name, pictures=tmp_path / "charts")
    page, *pictures = written
    assert page == tmp_path / "new" / (name if name.endswith(".html") else f"{name}/report.html")
    Page(page.read_text(encoding="utf-8"))
    assert {picture.parent for picture in pictures} == {tmp_path / "charts"}
    assert {"verdicts.light.svg", "verdicts.dark.svg", "verdicts.light.png"} <= {picture.name for picture in pictures}
    for picture in pictures:
        data = picture.read_bytes()
        assert data.startswith(b"\x89PNG" if picture.suffix == ".png" else b"<svg")


def test_a_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A file where a folder is needed is an error with its place and what to do, not a traceback."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(PolicyError) as raised:
        write_report(CASES["one ticket"], tmp_path / "taken" / "report.html")
    assert raised.value.diagnostics[0].code == "M528"


def test_an_earlier_report_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    """What is no file where the new one is begun leaves the earlier page, and nothing beside it."""
    page = tmp_path / "report.html"
    page.write_text("earlier", encoding="utf-8")
    begun = tmp_path / f"report.html.{os.getpid()}.part"
    begun.mkdir()
    with pytest.raises(PolicyError):
        write_report(CASES["one ticket"], page)
    begun.rmdir()
    assert page.read_text(encoding="utf-8") == "earlier"
    write_report(CASES["one ticket"], page)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
