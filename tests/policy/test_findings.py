"""What a support manager gets to read: one finding for one mistake, where it stands, with the nearest right name."""

# ruff: noqa: E501 - a row of the table is a line

from __future__ import annotations

import pytest

from tests.policy.small import SMALL, compiled, findings, spoilt

P, R, D, G, W = (
    "policy.yaml",
    "rules/priority.yaml",
    "rules/directory.yaml",
    "rules/guards.yaml",
    "workflows/request.yaml",
)

MISTAKES = [
    # file, what is replaced, by what, code, text of the line found and where in it, part of the help
    (P, "first_response: 2bh", "first_response: 2 hours", "S203", "2 hours", "`2bh` (business time)"),
    (P, "first_response: 2bh", "first_response: 2BH", "S203", "2BH", "did you mean `2bh`?"),
    (P, "first_response: 2bh", "first_response: 1d", "S203", "1d", "days differ in length"),
    (P, "first_response: 2bh", "first_response: 1 business day", "S203", "1 business day", "days differ in length"),
    (P, "first_response: 2bh", "first_response: 2 business hours", "S203", "2 business", "did you mean `2bh`?"),
    (P, "first_response: 2bh", "first_response: 2", "S203", "2,", "the unit is missing"),
    (P, "first_response: 2bh", "first_response: 1e3", "S203", "1e3", "write `2bh`"),
    (P, "first_response: 2bh", "first_response: -2bh", "S203", "-2bh", "longer than nothing"),
    (P, "first_response: 2bh", "first_response: 0bh", "S203", "0bh", "write at least `1s`"),
    (P, "first_response: 2bh", "first_response: 2h2bh", "S203", "2h2bh", "each unit stands once"),
    (P, "first_response: 2bh", "first_response: 2h2bm", "S203", "2h2bm", "cannot be added"),
    (P, "first_response: 2bh", "first_response: ~", "S203", "~", ""),
    (P, "first_response: 2bh", "first_reponse: 2bh", "P310", "first_reponse", "did you mean `first_response`?"),
    (P, "P1: {name", "P1: {nmae", "S205", "nmae", "did you mean `name`?"),
    (P, "P1: {name: Urgent, first_response: 2bh, escalation: [automatic, requested]}", "P1: 2bh", "S201", "2bh", ""),
    (P, "[automatic, requested]", "[automatc, requested]", "P310", "automatc", "did you mean `automatic`?"),
    (P, "8bh, escalation: requested", "8bh, escalation: requestd", "P310", "requestd", "did you mean `requested`?"),
    (P, "mon-fri: 09:00-17:00}", "mon-fri: 9-17}", "S201", "9-17", "did you mean `09:00-17:00`?"),
    (P, "mon-fri: 09:00-17:00}", "mon-fri: 9am to 5pm}", "S201", "9am to", "did you mean `09:00-17:00`?"),
    (P, "mon-fri: 09:00-17:00}", "mon-fri: 17:30}", "S201", "17:30", "an opening and a closing"),
    (P, "mon-fri: 09:00-17:00}", "mon-fri: 09:00-25:00}", "S201", "09:00-25:00", "from 00:00 to 24:00"),
    (P, "{mon-fri:", "{mno-fri:", "P302", "mno-fri", "did you mean `mon-fri`?"),
    (P, "{mon-fri:", "{weekdays:", "P302", "weekdays", "did you mean `mon-fri`?"),
    (P, "{mon-fri:", "{monday to friday:", "P302", "monday to", "did you mean `mon-fri`?"),
    (P, "{mon-fri: 09:00-17:00}", "{mon-fri: 09:00-17:00, fri: 09:00-12:00}", "P301", "fri: 09:00-12:00", "keep one"),
    (P, "Europe/London", "Europe/Londn", "P331", "Europe/Londn", "did you mean `Europe/London`?"),
    (P, "Europe/London", "London", "P331", "London,", "did you mean `Europe/London`?"),
    (P, "Europe/London", "PST", "P331", "PST", "a place such as"),
    (P, "Europe/London", "../../etc/passwd", "P331", "../../etc", "a place such as"),
    (P, "zone: Europe/London", "zon: Europe/London", "S205", "zon:", "did you mean `zone`?"),
    (P, "zone: Europe/London, holidays", "holidays", "S206", "{holidays: GB", "IANA"),
    (P, "GB/ENG", "US-CA", "P330", "US-CA", "did you mean `US/CA`?"),
    (P, "GB/ENG", "uk", "P330", "uk", "did you mean `GB`?"),
    (P, "GB/ENG", "England", "P330", "England", "did you mean `GB/ENG`?"),
    (P, "GB/ENG", "gb/eng", "P330", "gb/eng", "did you mean `GB/ENG`?"),
    (P, "default_office: london", "default_office: londno", "P310", "londno", "did you mean `london`?"),
    (P, "default_office: london", "default_office:", "S201", "", ""),
    (P, "default_office: london", "default_offce: london", "S205", "default_offce", "did you mean `default_office`?"),
    (P, "office: london, hours", "office: londno, hours", "P310", "londno", "did you mean `london`?"),
    (P, "date: 2026-12-24", "date: 24.12.2026", "S201", "24.12.2026", ""),
    (P, "date: 2026-12-24", "from: 2026-12-24, to: 2026-12-01", "P303", "{from: 2026", "`from` comes first"),
    (P, "hours: 09:00-13:00, why", "why", "S206", "{date: 2026", "`closed`"),
    (P, "metrics:", "metric:", "S205", "metric:", "did you mean `metrics`?"),
    (P, "start: submitted\n    stop:\n", "start: submited\n    stop:\n", "P310", "submited", "did you mean `submitted`?"),
    (P, "{event: responded, by: [engineer, manager]}", "event responded", "S201", "event responded", "`event: responded`"),
    (P, "{event: responded, by", "{event:responded, by", "S205", "event:responded", "`event: responded`"),
    (P, "by: [engineer, manager]", "by: [engineer, boss]", "P310", "boss", "expected one of `customer`"),
    (P, "counts: resolution", "counts: resolutoin", "P310", "resolutoin", "did you mean `resolution`?"),
    (P, "{while: waiting,", "{while: wating,", "P310", "wating", "did you mean `waiting`?"),
    (P, "notify: [manager, directors]", "notify: [manager, director]", "P315", "director]", "did you mean `directors`?"),
    (P, "after: 3bh", "after: 1bh", "P314", "1bh, notify: [m", "later levels need longer"),
    (P, "after: 3bh", "after: 3 bananas", "S203", "3 bananas", "write `2bh`"),
    (P, "then: reviewed", "then: revewed", "P310", "revewed", "did you mean `reviewed`?"),
    (P, "clause: c1", "clause: c11", "P320", "c11", "did you mean `c1`?"),
    (P, "    counts: resolution\n", "", "P313", "levels", "`counts: resolution`"),
    (P, "cron: 0 9 * * mon-fri", "cron: 0 9 * mon-fri", "P323", "0 9 * mon-fri", "such as"),
    (P, "only_when_open: yes", "only_when_open: maybe", "S201", "maybe", ""),
    (P, "priority_in_force: stated", "priority_in_force: statd", "S202", "statd", "did you mean `stated`?"),
    (P, "priority_in_force: stated", "priority_inforce: stated", "S205", "priority_inforce", "`priority_in_force`"),
    (P, "waiting_pauses: no", "waiting_pauses: maybe", "S201", "maybe", ""),
    (P, "nothing_assessable: P2", "nothing_assessable: P9", "P310", "P9", "`P1`, `P2`"),
    (P, "caught_up_after: 60s", "caught_up_after: soon", "S203", "soon", "write `2bh`"),
    (P, "version: 1\n", "", "S206", "policy: Small", "your label"),
    (P, "name: Urgent", "name: *", "Y104", "*", "quotes"),
    (P, "name: Urgent", "name: @me", "Y104", "@me", "quotes"),
    (P, "why: Christmas Eve", "why: Eve: the day", "Y104", "{date: 2026", "`: ` inside a text"),
    (P, "why: Christmas Eve}", "why: Christmas Eve", "Y104", "{date: 2026", "a missing `,` or `}`"),
    (P, "why: Christmas Eve", "why: #1", "Y104", "{date: 2026", "a `#` or `: `"),
    (P, "why: Christmas Eve", "why: 'Eve", "Y104", "'Eve", "close it"),
    (P, "    counts:", "\tcounts:", "Y104", "\t", "use spaces"),
    (R, "priority: P1", "priority: p1", "P310", "p1", "did you mean `P1`?"),
    (R, "priority: P1", "prioriti: P1", "P310", "prioriti", "did you mean `priority`?"),
    (R, "name: assess, params: {priority: P1}", "name: asess, params: {priority: P1}", "P310", "asess", "did you mean `assess`?"),
    (R, "{priority: P1}", "{}", "S206", "{name: assess, params: {}", "`params: {priority: ...}`"),
    (R, "    actions: [{name: assess, params: {priority: P1}}]\n", "", "P317", "id: down", "`assess`"),
    (R, "hit_policy: first", "hit_policy: frist", "S202", "frist", "did you mean `first`?"),
    (R, "hit_policy: first", "hit_policy: collect", "P306", "priority", "the first rule"),
    (R, "rule_set: priority", "rule_set: prioritty", "P310", "prioritty", "did you mean `priority`?"),
    (R, "rule_set: priority\n", "", "S206", "hit_policy", "name the set"),
    (R, "id: rest", "id: down", "P305", "down", "rename"),
    (D, "office: london", "office: londno", "P310", "londno", "did you mean `london`?"),
    (D, "site: {one_of: [up, down]}", "site: {one_off: [up, down]}", "S205", "one_off", "did you mean `one_of`?"),
    (D, "users: number", "users: nmber", "S202", "nmber", "did you mean `number`?"),
    (D, "roles: {manager: m@acme", "role: {manager: m@acme", "S205", "role:", "did you mean `roles`?"),
    (D, "c2: {says: Two}", "c2: {sys: Two}", "S205", "sys", "did you mean `says`?"),
    (D, "c2: {says: Two}", "c2: {says: Two}\n  c3: {says: Three}", "P321", "{says: Three}", "cite it"),
    (D, "c2: {says: Two}", "c2: {says: Two, binds: no}", "P322", "{says: Two", "remove `binds: no`"),
    (G, "id: is-open", "id: is-opn", "P310", "is-open", "did you mean `is-opn`?"),
    (W, "trigger: automatic.1", "trigger: automatic.9", "P310", "automatic.9", "did you mean `automatic.2`?"),
    (W, "initial: new", "initial: nwe", "W204", "workflow", "did you mean `new`?"),
    (W, "source: open, dest: waiting", "source: opn, dest: waiting", "W204", "{trigger: waiting", "did you mean `open`?"),
    (W, "  - waiting\n", "  - waiting\n  - lost\n", "W209", "lost", "add a transition"),
    (W, "[open, waiting], dest: resolved", "open, dest: resolved", "W210", "waiting\n", "towards a final state"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "code", "place", "help"), MISTAKES)
def test_one_mistake_is_one_finding(file: str, old: str, new: str, code: str, place: str, help: str) -> None:
    """A slip of a manager is told once, at its line and column, with what to write instead."""
    files = spoilt(file, old, new)
    found = findings(files)
    assert [d.code for d in found] == [code], "\n".join(map(str, found))
    (finding,) = found
    assert help in finding.help
    told = W if code.startswith("W") or (file == G and code == "P310") else file
    lines = files[told].decode().split("\n")
    assert finding.span.file == told
    assert (lines[finding.span.line - 1][finding.span.column - 1 :] + "\n").startswith(place)


def test_the_small_policy_is_clean() -> None:
    """Without a mistake nothing is found."""
    assert findings({name: text.encode() for name, text in SMALL.items()}) == ()


@pytest.mark.parametrize("file", [P, R, D, G, W])
def test_a_file_that_cannot_be_read_is_the_only_finding(file: str) -> None:
    """What an unreadable file may have declared is not held against the others."""
    found = findings({name: (text if name != file else "a: [\n").encode() for name, text in SMALL.items()})
    assert [(d.code, d.span.file) for d in found] == [("Y104", file)]


def test_all_problems_come_at_once_and_in_order() -> None:
    """Several mistakes in several files are told in one run, sorted by file and line."""
    files = spoilt(P, "first_response: 2bh", "first_response: 2BH")
    files[R] = files[R].replace(b"priority: P2", b"priority: P22")
    files[W] = files[W].replace(b"dest: waiting", b"dest: waitin")
    found = findings(files)
    assert [(d.code, d.span.file) for d in found] == [("S203", P), ("P310", R), ("W204", W)]


@pytest.mark.parametrize(
    ("file", "code"),
    [(P, "P340"), (R, ""), (D, "R101"), (G, "P310"), (W, "P318")],
)
def test_a_missing_file_is_told_by_what_is_missing(file: str, code: str) -> None:
    """A policy without one of its files says what it lacks."""
    found = findings({name: text.encode() for name, text in SMALL.items() if name != file})
    errors = {d.code for d in found if d.severity == "error"}
    assert code in errors if code else not errors


def test_messages_read_like_messages() -> None:
    """Messages are in lower case, end without a full stop, and are not longer than a few lines."""
    for file, old, new, *_ in MISTAKES:
        for d in findings(spoilt(file, old, new)):
            assert not d.message.endswith("."), d
            assert not d.help.endswith("."), d
            assert not d.message[0].isupper() or d.message.startswith(("P1", "`")), d
            assert len(d.message) + len(d.help) < 400, d


def test_a_slower_target_for_a_more_urgent_priority_is_a_warning() -> None:
    """The order of priorities is the order of urgency, and targets follow it."""
    files = spoilt(P, "first_response: 2bh", "first_response: 9bh")
    (finding,) = findings(files)
    assert (finding.code, finding.severity) == ("P312", "warning")
    assert finding.help == "write at most `8bh`, or put the priorities in order, most urgent first"
    assert compiled(files).findings == (finding,)


def test_a_calendar_that_never_opens_is_an_error() -> None:
    """Without opening hours no target could ever be due."""
    found = findings(spoilt(P, "business_hours: {mon-fri: 09:00-17:00}", "business_hours: {mon-fri: closed}"))
    assert {d.code for d in found} == {"P332"}
