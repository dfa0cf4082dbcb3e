"""What a manager gets to read of slips in calendars, maintenance, contracts, roles, stand-ins, rotas, calendar files."""

# ruff: noqa: E501 - a row of the table is a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.test_fuzz import outcome, spoilt_lines
from tests.policy.wide import found_in, wide

P, D, C, R = "policy.yaml", "rules/directory.yaml", "rules/closed.ics", "rules/duty.ics"

MISTAKES = [
    # file, what is replaced, by what, code, where: the text that begins there, part of the help
    (P, "[sydney, london, denver]", "[sydny, london, denver]", "P310", "sydny", "did you mean `sydney`?"),
    (P, "[sydney, london, denver]", "[local, london, denver]", "P310", "local", "expected one of `london`"),
    (P, "[sydney, london, denver]", "[always, london, denver]", "P310", "always", "expected one of `london`"),
    (P, "[sydney, london, denver]", "[]", "S204", "[]", "a name"),
    (P, "[sydney, london, denver]", "[sydney, both]", "P361", "sun, extended]", "leave one of them out"),
    (P, "[sydney, london, denver]", "[sun]", "P361", "sun]", "leave one of them out"),
    (P, "[sydney, london, denver], zone: UTC", "[sydney, london, denver], zone: UTV", "P331", "UTV", ""),
    (P, "zone: UTC}", "zone: UTC, hours: {mon: closed}}", "P304", "hours: {mon: closed", "members have their own"),
    (P, "any_of: [sun, extended]", "any_off: [sun, extended]", "S205", "any_off", "did you mean `any_of`?"),
    (P, "{any_of: [sun, extended]}", "{hours: {mon: 09:00-12:00}}", "S206", "{hours", "`zone: Europe/London`"),
    (P, "  both:", "  local:", "P360", "local", "another name"),
    (P, "  both:", "  always:", "P360", "always", "another name"),
    (P, "  both:", "  paris:", "P360", "paris: {any", "another name"),
    (P, "  paris: {zone", "  always: {zone", "P360", "always", "another name"),
    (P, "hours: {mon-sun: 07:00-22:00}", "hours: {mon-sun: closed}", "P332", "{zone: Europe/London, hours", "give it `hours`"),
    (P, "{mon-sun: 07:00-22:00}", "{mon-son: 07:00-22:00}", "P302", "mon-son", "did you mean `mon-sun`?"),
    (P, "rules/closed.ics", "rules/close.ics", "P362", "rules/close.ics", "did you mean `rules/closed.ics`?"),
    (P, "rules/closed.ics", "rules/closed.ical", "S201", "rules/closed.ical", ""),
    (P, "calendars: [sun]", "calendars: [son]", "P310", "son", "did you mean `sun`?"),
    (P, "calendars: [sun]", "calendars: [local]", "P310", "local", "expected one of `london`"),
    (P, "to: 2026-03-08T04:00:00Z", "to: 2026-03-07T04:00:00Z", "P303", "{from: 2026-03-07T22", "`from` comes first"),
    (P, "to: 2026-03-08T04:00:00Z", "to: 2026-03-08T04:00", "S201", "2026-03-08T04:00,", "offset"),
    (P, "to: 2026-03-10T12:00:00Z", "until: 2026-03-10T12:00:00Z", "S206 S205", "{from: 2026-03-10", "when it ends"),
    (P, "notice: 72h", "notice: 72bh", "S203", "72bh", "write `72h`"),
    (P, "announced: 2026-03-01T09:00:00Z, ", "", "S206", "{from: 2026-03-07T22", "since when"),
    (P, "announced: 2026-03-01", "announced: 2026-03-06", "P373", "{from: 2026-03-07T22", "its time counts"),
    (P, "office: london, hours", "office: sun, hours", "P310", "sun", "hours of its own"),
    (P, "office: london, hours", "office: extnded, hours", "P310", "extnded", "did you mean `extended`?"),
    (D, "    plan: gold\n", "    plan: gold\n    contracts: [{plan: a}]\n", "P304", "plan: gold", "its `plan`"),
    (D, "until: 2026-03-31}\n      -", "until: 2026-05-01}\n      -", "P369", "{plan: basic", "`until` is inclusive"),
    (D, "from: 2026-01-01, until: 2026-03-31", "from: 2026-04-01, until: 2026-03-31", "P303", "{plan: business", "`from` comes first"),
    (D, "{plan: basic, from", "{paln: basic, from", "S205", "paln", "did you mean `plan`?"),
    (D, "{to: d3@acme.example, from: 2026-04-01}", "{to: d3@acme.example, until: 2026-04-01, from: 2026-04-02}", "P303", "{to: d3", "inclusive"),
    (D, "until: 2026-07-14", "until: 2026-06-14", "P303", "{for: m@acme", "inclusive"),
    (D, "until: 2026-07-14", "untill: 2026-07-14", "S205", "untill", "did you mean `until`?"),
    (D, "by: [c@acme.example, d1@acme.example]", "by: m@acme.example", "P372", "{for: b@acme", "who is there"),
    (D, "zone: Europe/London\n    rotate", "zone: Europe/Londn\n    rotate", "P331", "Europe/Londn", "did you mean `Europe/London`?"),
    (D, "handover: mon 09:00", "handover: monday", "S201", "monday", ""),
    (D, "handover: mon 09:00", "handover: mno 09:00", "P302", "mno 09", "did you mean `mon`?"),
    (D, "handover: mon 09:00", "handover: mon-tue 09:00", "S201", "mon-tue", "one day alone"),
    (D, "    handover: mon 09:00\n", "", "S206", "zone: Europe/London\n    rotate", "`handover: mon 09:00`"),
    (D, "    starts: 2026-01-05\n", "", "S206", "zone: Europe/London\n    rotate", "`starts: 2026-01-05`"),
    (D, "    rotate: [first@x.example, [second@x.example, third@x.example]]\n    handover: mon 09:00\n    starts: 2026-01-05\n", "", "P370", "zone: Europe/London\n    overrides", "or `weekly`, or `ics`"),
    (D, "rotate: [first@x.example, [second@x.example, third@x.example]]", "rotate: []", "S204", "[]", "an address"),
    (D, "starts: 2026-01-05\n", "starts: 2026-01-05\n    ics: rules/duty.ics\n", "P304", "zone: Europe/London\n    rotate", "keep one"),
    (D, "duty: {ics: rules/duty.ics}", "duty: {ics: rules/duty.ics, starts: 2026-01-05}", "P304", "{ics", "remove `starts`"),
    (D, "duty: {ics: rules/duty.ics}", "duty: {ics: rules/dutty.ics}", "P362", "rules/dutty.ics", "did you mean `rules/duty.ics`?"),
    (D, "to: 2026-02-03T09:00:00Z", "to: 2026-02-01T09:00:00Z", "P303", "{from: 2026-02-02T09", "`from` comes first"),
    (D, "{from: 2026-02-02T09:00:00Z, to: 2026-02-03", "{from: 2025-02-02T09:00:00Z, to: 2025-02-03", "P371", "{from: 2025", "look at its year"),
    (D, "who: fourth@x.example}", "who: fourth@x.example}\n      - {from: 2026-02-03T08:00:00Z, to: 2026-02-04T09:00:00Z, who: x@x.example}", "P369", "{from: 2026-02-03T08", "where the next begins"),
    (D, "mon-fri 07:00-15:00: early", "mno-fri 07:00-15:00: early", "P302", "mno-fri", "did you mean `mon-fri`?"),
    (D, "mon-fri 07:00-15:00: early", "mon-fri 07:00-1500: early", "S201", "07:00-1500", ""),
    (D, "mon-fri 07:00-15:00: early", "mornings: early", "P302", "mornings", "`mon-fri 07:00-15:00`"),
    (D, "      manager: [m@globex.example, n@globex.example]\n", "", "S201", "", ""),
    (D, "office: denver", "office: denvr", "P310", "denvr", "did you mean `denver`?"),
    (D, "  duty: {ics: rules/duty.ics}", "  shift: {ics: rules/duty.ics}", "Y114", "shift", "keep one"),
    (C, "BEGIN:VCALENDAR\n", "", "P363", "VERSION", "export the calendar"),
    (C, "DTSTART;VALUE=DATE:20260805", "DTSTART;VALUE=DATE:2026-08-05", "P363", "DTSTART;VALUE=DATE:2026-08-05", ""),
    (C, "DTEND;VALUE=DATE:20260807", "DTEND;VALUE=DATE:20260804", "P363", "DTEND;VALUE=DATE:20260804", ""),
    (C, "FREQ=YEARLY", "FREQ=SECONDLY", "P363", "RRULE", "`YEARLY`"),
    (C, "SUMMARY:Company days\nEND:VEVENT\n", "SUMMARY:Company days\n", "P363", "END:VCALENDAR", ""),
    (C, "SUMMARY:Company days\n", "SUMMARY:Company days\nthe second line\n", "P363", "the second line", "`NAME:value`"),
    (R, "TZID=America/Denver", "TZID=America/Denvr", "P363", "DTSTART;TZID=America/Denvr", "`Europe/London`"),
    (R, "ATTENDEE;CN=Somebody:mailto:b@x.example\n", "", "P366", "BEGIN:VEVENT\nUID:2", "ATTENDEE"),
    (R, "RRULE:FREQ=DAILY;BYDAY=MO,WE;UNTIL=20261231T000000", "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5", "P363", "BEGIN:VCALENDAR", "`UNTIL`"),
]  # fmt: skip


def place(span_line: int, column: int, text: str) -> str:
    """What stands in a text from a line and column on."""
    lines = text.split("\n")
    return "\n".join([lines[span_line - 1][column - 1 :], *lines[span_line:]])


@pytest.mark.parametrize(("file", "old", "new", "code", "begins", "help"), MISTAKES)
def test_one_mistake_is_told_once(file: str, old: str, new: str, code: str, begins: str, help: str) -> None:
    """A slip is told once, at its line and column, with what to write instead."""
    files = wide((file, old, new))
    found = [d for d in found_in(files) if d.severity == "error" or d.code == code]
    assert " ".join(d.code for d in found) == code, "\n".join(map(str, found))
    for finding in found[:1]:
        assert help in finding.help
        assert place(finding.span.line, finding.span.column, files[finding.span.file].decode()).startswith(begins)
        assert not finding.message.endswith(".")
        assert not finding.message[0].isupper()


DOUBTS = [
    # changes, code, severity, what begins there, part of the message
    ([(D, "from: 2026-04-01}", "from: 2026-04-03}"), (D, "  directors:\n    zone", "  leads:\n    zone")], "P367", "{to: d3", "`acme` from 2026-04-01 to 2026-04-02"),
    ([(D, "from: 2026-04-01}", "from: 2026-04-01, until: 2026-12-31}"), (D, "  directors:\n    zone", "  leads:\n    zone")], "P368", "{to: d3", "after 2026-12-31"),
    ([(D, "manager: m@acme.example", "manager: {to: m@acme.example, from: 2026-01-01}")], "P368", "{to: m@acme", "before 2026-01-01"),
    ([(D, "    roles:\n      manager: [m@globex.example, n@globex.example]\n", ""), (D, "  shift:", "  manager:"), (D, "    otherwise: night@x.example\n", "")], "P368", "zone: Europe/London\n    weekly", "some hours of mon, tue, wed, thu, fri, sat, sun"),
    ([(D, "  duty: {ics", "  manager: {ics")], "P368", "{ics", "between the entries of `rules/duty.ics`"),
    ([(C, "DTSTART;VALUE=DATE:20260805\nDTEND;VALUE=DATE:20260807", "DTSTART:20260805T100000\nDTEND:20260805T120000")], "P365", "rules/closed.ics", "1 entries with times of day"),
    ([(R, "RRULE:FREQ=DAILY;BYDAY=MO,WE;UNTIL=20261231T000000\n", "STATUS:CANCELLED\n"), (R, "RRULE:FREQ=WEEKLY;COUNT=20", "STATUS:CANCELLED")], "P364", "rules/duty.ics", "has no entries"),
    ([(P, "priorities:\n", "plans: {golden: {P1: {first_response: 1bh}}, basic: {}, business: {}}\npriorities:\n"), (D, "plan: gold\n", "plan: goldn\n")], "P375", "goldn", "`goldn`"),
    ([(D, "  duty: {ics: rules/duty.ics}\n", ""), (D, "for: m@acme.example", "for: m@acne.example")], "P374", "m@acne", "`m@acne.example`"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "begins", "said"), DOUBTS)
def test_what_is_doubtful_is_said(changes: list[tuple[str, str, str]], code: str, begins: str, said: str) -> None:
    """Gaps, empty roles, entries without effect: the policy can be used, and its reader is told."""
    files = wide(*changes)
    (finding,) = (d for d in found_in(files) if d.code.startswith("P36") or d.code in {"P374", "P375"})
    assert (finding.code, finding.severity == "error") == (code, False)
    assert said in finding.message
    assert place(finding.span.line, finding.span.column, files[finding.span.file].decode()).startswith(begins)


def test_the_wide_policy_is_clean() -> None:
    """Without a mistake nothing is found."""
    assert found_in(wide()) == ()


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"", 1, "the file is empty"),
        (b"\xff\xfe", 1, "not UTF-8"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR\n", 1, "holds 2 calendars"),
        (b"x" * 1_100_000, 1, "more than 1,048,576 bytes"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", 2, "`BEGIN:VEVENT` has no end"),
        (b"a: [\n", 1, "`BEGIN:VCALENDAR` is missing"),
    ],
)
def test_a_calendar_file_that_is_none_is_told_of(data: bytes, line: int, said: str) -> None:
    """Whatever stands in a calendar file, the finding names the file and the line."""
    (finding,) = found_in({**wide(), C: data})
    assert (finding.code, finding.span.file, finding.span.line) == ("P363", C, line)
    assert said in finding.message


@given(st.data())
def test_a_spoilt_policy_is_told_of_or_used(data: st.DataObject) -> None:
    """However these files are spoilt, reading them ends in a policy or in diagnostics that point into them."""
    files = wide()
    for _ in range(data.draw(st.integers(1, 2))):
        name = data.draw(st.sampled_from([P, D, C, R]))
        files[name] = data.draw(spoilt_lines(files[name]))
    outcome(files)


def test_enormous_calendars_are_refused_by_their_size() -> None:
    """Circles of a hundred calendars, thousands of windows and of stand-ins are told of at once."""
    names = [f"c{n}" for n in range(100)]
    ring = "".join(f"  {name}: {{any_of: [{', '.join(names)}]}}\n" for name in names)
    found = found_in(wide((P, "calendars:\n", f"calendars:\n{ring}")))
    assert {d.code for d in found} == {"P361"}
    window = "  - {from: 2026-03-07T22:00:00Z, to: 2026-03-08T04:00:00Z}\n" * 2_500
    assert [d.code for d in found_in(wide((P, "maintenance:\n", f"maintenance:\n{window}")))] == ["P335"]
    away = "".join(f"  - {{for: p{n}@x, by: p{(n + 1) % 1900}@x}}\n" for n in range(1900))
    found = found_in(wide((D, "stand_ins:\n", f"stand_ins:\n{away}")))
    assert [d.code for d in found] == ["P372"]
