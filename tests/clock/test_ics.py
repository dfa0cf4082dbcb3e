"""Calendar files: what is read of them, in which zone, and what is refused, with its line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.clock.ics import Entry, IcsError, read_ics

LONDON = ZoneInfo("Europe/London")
ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def calendar(*events: tuple[str, ...], head: str = "") -> bytes:
    """A calendar file with events of some lines each; the first event begins in line 4."""
    parts = [
        f"BEGIN:VEVENT\r\nUID:{number}\r\n" + "".join(f"{line}\r\n" for line in lines) + "END:VEVENT\r\n"
        for number, lines in enumerate(events)
    ]
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + head + "".join(parts) + "END:VCALENDAR\r\n").encode()


def times(entries: tuple[Entry, ...]) -> list[tuple[str, str]]:
    """Beginnings and ends in UTC."""
    return [
        tuple(f"{ZERO + timedelta(microseconds=us):%y-%m-%d %H:%M}" for us in (e.start, e.end))  # type: ignore[misc]
        for e in entries
    ]


READ = [
    # lines of one event -> beginnings and ends in UTC, read in London
    (("DTSTART:20260105T090000Z", "DTEND:20260105T100000Z"), [("26-01-05 09:00", "26-01-05 10:00")]),
    (("DTSTART:20260705T090000", "DURATION:PT1H"), [("26-07-05 08:00", "26-07-05 09:00")]),
    (("DTSTART;TZID=America/Denver:20260705T090000", "DURATION:PT1H"), [("26-07-05 15:00", "26-07-05 16:00")]),
    (("DTSTART;VALUE=DATE:20260705",), [("26-07-04 23:00", "26-07-05 23:00")]),
    (("DTSTART;VALUE=DATE:20260328", "DTEND;VALUE=DATE:20260330"), [("26-03-28 00:00", "26-03-29 23:00")]),
    # Floating times inside the gap of 29 March happen at the jump.
    (("DTSTART:20260329T013000", "DTEND:20260329T030000"), [("26-03-29 01:00", "26-03-29 02:00")]),
    (
        ("DTSTART:20260327T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2"),
        [("26-03-27 09:00", "26-03-27 10:00"), ("26-04-03 08:00", "26-04-03 09:00")],
    ),
    (
        ("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260102"),
        [("26-01-01 00:00", "26-01-02 00:00"), ("26-01-03 00:00", "26-01-04 00:00")],
    ),
    (("DTSTART:20260105T090000Z", "DTEND:20260105T100000Z", "STATUS:CANCELLED"), []),
    (("DTSTART:20260105T090000Z",), []),
    (("DTSTART:19990105T090000Z", "DURATION:PT1H"), []),
]


@pytest.mark.parametrize(("lines", "expected"), READ)
def test_entries_have_their_times(lines: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    """Times with a zone are exact, others are those of the given zone, recurrences keep their time on the wall."""
    assert times(read_ics(calendar(lines), LONDON)) == expected


def test_an_entry_says_who_and_what() -> None:
    """Summary, attendees without `mailto:`, dates of whole days, the line it begins in."""
    data = calendar(
        ("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "SUMMARY:Christmas\\, at home"),
        (
            "DTSTART:20260105T090000Z",
            "DURATION:PT1H",
            "ATTENDEE;CN=X:MAILTO:a@x.example",
            "ATTENDEE:mailto:b@x.example",
        ),
    )
    duty, christmas = read_ics(data, LONDON)
    assert (christmas.first, christmas.last) == (date(2026, 12, 24), date(2026, 12, 26))
    assert (christmas.summary, christmas.attendees, christmas.line) == ("Christmas, at home", (), 4)
    assert (duty.first, duty.last, duty.summary) == (None, None, "")
    assert (duty.attendees, duty.line) == (("a@x.example", "b@x.example"), 10)


def test_a_moved_occurrence_replaces_its_own() -> None:
    """An entry with RECURRENCE-ID takes the place of one occurrence."""
    series = "UID:s\r\nDTSTART:20260105T090000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=2\r\n"
    moved = "UID:s\r\nRECURRENCE-ID:20260112T090000Z\r\nDTSTART:20260113T090000Z\r\nDURATION:PT1H\r\n"
    events = "".join(f"BEGIN:VEVENT\r\n{text}END:VEVENT\r\n" for text in (series, moved))
    found = read_ics(calendar(head=events), LONDON)
    assert times(found) == [("26-01-05 09:00", "26-01-05 10:00"), ("26-01-13 09:00", "26-01-13 10:00")]


def test_folded_lines_are_one() -> None:
    """A line that begins with a blank goes on with the one before it."""
    (entry,) = read_ics(calendar(("DTSTART:20260105T090000Z", "DURATION:PT1H", "SUMMARY:a@x.ex", " ample")), LONDON)
    assert entry.summary == "a@x.example"


BAD = [
    (calendar(("DTSTART:20260105T090000Z", "DURATION:1 hour")), 7, "`DURATION` cannot be read"),
    (calendar(("SUMMARY:x",)), 4, "no beginning"),
    (calendar(("DTSTART:20260105T090000Z",), ("DTSTART:2026-01-05",)), 10, "`DTSTART` cannot be read"),
    (calendar(("DTSTART:20260105T090000Z", "DTEND:20260104T090000Z")), 7, "ends at"),
    (calendar(("DTSTART;TZID=Middle/Earth:20260105T090000", "DURATION:PT1H")), 6, "no time zone `Middle/Earth`"),
    (calendar(("DTSTART:20260105T090000Z", "RRULE:FREQ=HOURLY")), 7, "cannot be `HOURLY`"),
    (calendar(("DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4")), 1, "at most 40,000"),
    (b"BEGIN:VCALENDAR\nVERSION:2.0\nEND:VEVENT\n", 3, "ends what `BEGIN:VCALENDAR` in line 1 began"),
    (b"BEGIN:VCALENDAR\nVERSION 2.0\nEND:VCALENDAR\n", 2, "no line of a calendar file"),
    (b"BEGIN:VCALENDAR\n\xff\nEND:VCALENDAR\n", 2, "not UTF-8"),
    (b"", 1, "empty"),
]


@pytest.mark.parametrize(("data", "line", "said"), BAD)
def test_what_cannot_be_read_is_refused_with_its_line(data: bytes, line: int, said: str) -> None:
    """A fault is an error that names the line."""
    with pytest.raises(IcsError, match=said) as problem:
        read_ics(data, LONDON)
    assert problem.value.line == line


WHOLE = calendar(
    ("DTSTART;TZID=Europe/London:20260105T090000", "DURATION:PT8H", "RRULE:FREQ=WEEKLY;UNTIL=20270101T000000Z"),
    ("DTSTART;VALUE=DATE:20260801", "DTEND;VALUE=DATE:20260803", "RRULE:FREQ=YEARLY;COUNT=3", "SUMMARY:off"),
)


@given(st.data())
def test_a_spoilt_file_is_read_or_refused(data: st.DataObject) -> None:
    """Whatever happens to a file's bytes, reading gives entries in order, twice the same, or an error with a line."""
    spoilt = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(spoilt) - 1))
        new = data.draw(st.binary(max_size=2) | st.sampled_from([b"\r\n", b":", b";", b"=", b"99", b"BYDAY=MO,TU"]))
        spoilt[at : at + data.draw(st.integers(0, 4))] = new
    try:
        entries, line = read_ics(bytes(spoilt), LONDON), 1
    except IcsError as problem:
        entries, line = (), problem.line
    assert 1 <= line <= bytes(spoilt).count(b"\n") + 1
    assert list(entries) == sorted(entries, key=lambda e: (e.start, e.end, e.line))
    assert not entries or entries == read_ics(bytes(spoilt), LONDON)
