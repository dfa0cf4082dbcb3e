"""The report: what it says of rows, tickets and the whole, so that a wrong mapping is seen at once."""

from __future__ import annotations

from pathlib import Path

from tests.replay.desk import EVENTS, as_csv, balanced, reasons, replayed, written

HEAD = "ticket,at,what,who,subject\n"
ROWS = [
    {"ticket": "A", "at": "2/3/2026 09:00", "what": "Opened", "who": "client", "subject": "Pears"},
    {"ticket": "A", "at": "2/3/2026 10:00", "what": "Answered", "who": "agent", "subject": ""},
]


def test_examples_of_rejected_rows_differ_in_what_they_say(tmp_path: Path) -> None:
    """A value that thousands of rows have is named once, with their number, so that it does not hide the next one."""
    words = ["Foo"] * 30 + ["Bar"] * 2 + ["Baz"]
    rows = [ROWS[0], *({**ROWS[1], "what": word} for word in words)]
    made = replayed(written(tmp_path, "x.csv", as_csv(rows)), EVENTS)
    (found,) = made.report["rows"]["reasons"]
    assert [(row["row"], row["count"]) for row in found["rows"]] == [(2, 30), (32, 2), (34, 1)]


def test_a_row_that_fits_no_case_shows_what_the_cases_ask_for(tmp_path: Path) -> None:
    """The columns that `when` looks at are shown as the row has them."""
    mapping = EVENTS[: EVENTS.index("type:")] + "events: [{when: {what: Opened, who: client}, event: submitted}]\n"
    mapping += "facts: {organization: {constant: north}, stated_priority: {constant: plain}}\n"
    made = replayed(written(tmp_path, "x.csv", as_csv(ROWS)), mapping)
    assert made.rejects[0].detail.endswith("fits: what Answered, who agent")


def test_what_is_allowed_from_every_state_begins_no_ticket(tmp_path: Path) -> None:
    """A ticket that never leaves the workflow's first state, and starts no clock, is not counted as evaluated."""
    rows = [{**ROWS[1], "what": "Noted"}]
    mapping = EVENTS.replace("Noise: ~", "Noted: noted")
    made = replayed(written(tmp_path, "x.csv", as_csv(rows)), mapping, desk="quay")
    assert balanced(made)
    assert reasons(made) == {"never_began": 1}


def test_organizations_that_nobody_knows_are_told(tmp_path: Path) -> None:
    """A column taken for the wrong one would put every ticket on the default office's clock: the report says so."""
    mapping = EVENTS.replace("organization: {constant: north}", "organization: who")
    made = replayed(written(tmp_path, "x.csv", as_csv(ROWS)), mapping)
    assert made.report["tickets"]["unknown_organization"] == 1
    assert made.report["notes"] == [
        "tickets whose organization the directory does not know, on the clock of `leeds`: 1 (`client` 1)"
    ]


def test_a_file_with_a_header_alone_is_told(tmp_path: Path) -> None:
    """Nothing to count is no error, but it is said."""
    made = replayed(written(tmp_path, "x.csv", HEAD.encode()), EVENTS)
    assert made.report["notes"] == ["the file has no rows"]
