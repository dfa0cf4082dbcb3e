"""What an explanation says to people."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from support_policy.cli import main
from support_policy.render.explain_text import explanation
from support_policy.render.sentences import length
from support_policy.ticket.evaluate import Run
from support_policy.ticket.explain import explain
from tests.render import explained
from tests.render.explained import EVERY, ROOT, decided, event, submitted


def flat(made: Run, width: int = 100) -> str:
    """The explanation on one line, for phrases that may be wrapped."""
    return re.sub(r"\s+", " ", explanation(explain(made), width=width))


SAID: list[tuple[Callable[[], Run], str]] = [
    (explained.emergency, "production-down: A production site has failed completely."),
    (explained.emergency, "environment is `production`, site_status is `down`"),
    (explained.emergency, "site_status is `down`, not `degraded`"),
    (explained.emergency, "emergency is not known"),
    (explained.emergency, "clause p1.target: P1 is to be answered within 2 business hours."),
    (explained.emergency, "Christmas Eve: 09:00-13:00 (special day)"),
    (explained.emergency, "Christmas Day, Fri 25 Dec (public holiday)"),
    (explained.emergency, "Sunday 27 Dec"),
    (explained.emergency, "Tue 29 Dec 09:00 - 10:15 1:15 2:00 = due"),
    (explained.emergency, "First response: met, with 1 h 35 min of business time to spare"),
    (explained.emergency, "directors: director.europe@vmoso.example"),
    (explained.answered_late, "missed: done 1 h 10 min of business time late"),
    (explained.answered_late, "not for P3, only for P1"),
    (explained.answered_late, "nobody has asked for it"),
    (explained.requested, "Escalation requested: accepted"),
    (explained.requested, "asked again; both are one request"),
    (explained.requested, "NOT ALLOWED, changes nothing: escalation_declined by the manager. Why:"),
    (explained.reopened, "stopped Mon 2 Mar, 12:30 - Wed 4 Mar, 09:15: resolved"),
    (explained.reopened, "told again, automatic level 1"),
    (explained.waiting, "paused (waiting for the customer): 5 business hours still to count"),
    (explained.missed_then_waiting, "the clock is paused (waiting for the customer), the miss stands"),
    (explained.clocks_forward, "00:00 - 24:00 23:00 29:00 the clocks go forward by 1:00: a 23-hour day"),
    (explained.new_year, "Chinese New Year (Spring Festival), Tue 17 Feb to Thu 19 Feb (public holiday)"),
    (explained.upgraded, "from P3 to P1 by the engineer: It is down"),
    (explained.upgraded, "at the change, when its due time had already passed"),
    (explained.upgraded, "priority_change_chain"),
    (explained.learned_late, "happened Mon 2 Mar 2026, 11:50 but was learned Mon 2 Mar 2026, 12:30"),
    (explained.learned_late, "then undone: voided by `resolved`, learned late"),
    (explained.hostile, "is not in the directory"),
]


@pytest.mark.parametrize(("case", "phrase"), SAID)
def test_explanation_says(case: Callable[[], Run], phrase: str) -> None:
    """Each thing that people ask about is said in so many words."""
    assert phrase in flat(case())


def test_places_are_where_the_words_stand() -> None:
    """The places named are lines of the policy's files that hold what is spoken of."""
    text = flat(explained.emergency())
    for file, line, _ in re.findall(r"((?:rules/|workflows/)?[a-z]+\.yaml):(\d+):(\d+)", text):
        assert int(line) <= len((ROOT / file).read_text(encoding="utf-8").splitlines())
    found = re.search(r"2 business hours \(2bh\) for P1 policy\.yaml:(\d+):(\d+)", text)
    assert found is not None
    words = (ROOT / "policy.yaml").read_text(encoding="utf-8").splitlines()[int(found[1]) - 1]
    assert words[int(found[2]) - 1 :].startswith("2bh")


@pytest.mark.parametrize("case", EVERY)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_fit(case: Callable[[], Run], width: int) -> None:
    """No line is wider than the page, but for a single word that is."""
    for line in explanation(explain(case()), width=width).splitlines():
        assert len(line) <= width or len(line.split()) <= 2 or re.search(r"\d - \d", line)


@pytest.mark.parametrize("case", EVERY)
def test_nothing_from_outside_reaches_the_terminal(case: Callable[[], Run]) -> None:
    """No control character, and none that reorders text, is printed where no colours are wanted."""
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", explanation(explain(case())))


def test_colours_change_nothing_else() -> None:
    """With the colours taken out, the coloured text is the plain one."""
    why = explain(explained.upgraded())
    colored = explanation(why, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[\d+m", "", colored) == explanation(why)


@pytest.mark.parametrize("case", EVERY)
def test_explaining_twice_says_the_same(case: Callable[[], Run]) -> None:
    """The same history gives the same text and the same data, and the data is JSON."""
    first, second = explain(case()), explain(case())
    assert explanation(first) == explanation(second)
    assert json.dumps(first.as_json()) == json.dumps(second.as_json())


def test_ticket_before_its_policy() -> None:
    """A ticket submitted before the policy took effect is told so."""
    made = decided(
        "2025-11-26T17:00:00-08:00", submitted("2025-11-26T16:30:00-08:00", "acme", "P2", explained.DEGRADED)
    )
    assert "before this version (2026-04) took effect" in flat(made)


def test_nothing_yet() -> None:
    """An empty history is explained too."""
    assert "Nothing has happened to this ticket yet" in flat(decided("2026-03-02T10:00:00Z"))


def test_later_events_are_counted() -> None:
    """Events after the instant are left out, and that is said."""
    first = submitted("2026-03-02T10:00:00-08:00", "acme", "P1", explained.DOWN)
    later = event("2026-03-02T11:00:00-08:00", "responded")
    assert "1 event lies after this instant" in flat(decided("2026-03-02T10:30:00-08:00", first, later))


def test_long_stories_are_folded() -> None:
    """A ticket with a thousand updates is still explained on a few pages."""
    events = [event(f"2026-03-02T10:{n // 60:02}:{n % 60:02}-08:00", "updated", "customer") for n in range(1, 1000)]
    first = submitted("2026-03-02T10:00:00-08:00", "acme", "P3", explained.QUESTION)
    text = explanation(explain(decided("2026-03-02T12:00:00-08:00", first, *events)))
    assert len(text.splitlines()) < 150


def written(tmp_path: Path) -> str:
    """A history file."""
    path = tmp_path / "history.json"
    events = [submitted("2026-03-02T10:00:00-08:00", "acme", "P1", explained.DOWN)]
    path.write_text(json.dumps({"ticket": "VS-1", "events": events}), encoding="utf-8")
    return str(path)


AT = ("--at", "2026-03-02T14:00:00-08:00", "--policy", str(ROOT))


def test_command_prints_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`explain` prints the explanation without colours where there is no terminal."""
    assert main(["explain", written(tmp_path), *AT]) == 0
    out = capsys.readouterr().out
    assert "First response: missed, still open" in out
    assert "\x1b" not in out


def test_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`explain --json` prints the same as data."""
    assert main(["explain", written(tmp_path), *AT, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["priority"]["in_force"] == "P1"
    assert [row["kind"] for row in data["targets"][0]["rows"]] == ["counted"]


LENGTHS = [
    (7200, True, "2 business hours"), (3600, True, "1 business hour"), (5400, True, "1 h 30 min of business time"),
    (108_000, False, "30 h"), (59, False, "59 s"), (0, False, "0 min"), (-4200, False, "1 h 10 min"),
    (3600.4, False, "1 h"), (0.25, False, "0.25 s"),
]  # fmt: skip


@pytest.mark.parametrize(("seconds", "business", "words"), LENGTHS)
def test_lengths_in_words(seconds: float, business: bool, words: str) -> None:
    """A length of time reads as people say it."""
    assert length(seconds, business=business) == words
