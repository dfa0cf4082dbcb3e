"""Bad input: every row that is not used is counted and named, and a file that cannot be read at all says why."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.source.diagnostics import PolicyError
from tests.replay.desk import AT, EVENTS, as_csv, as_ndjson, as_parquet, balanced, reasons, replayed, written

HEAD = "ticket,at,what,who,subject\n"
GOOD = "A,2/3/2026 09:00,Opened,client,Pears\n"
ROWS = [
    {"ticket": "A", "at": "2/3/2026 09:00", "what": "Opened", "who": "client", "subject": "Pears"},
    {"ticket": "A", "at": "2/3/2026 10:00", "what": "Answered", "who": "agent", "subject": ""},
]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,2/3/2026 10:00,Answered\n", "ragged"),
        ("A,2/3/2026 10:00,Answered,agent,a,b\n", "ragged"),
        (",2/3/2026 10:00,Answered,agent,\n", "missing"),
        ("A,,Answered,agent,\n", "missing"),
        ("A,31/2/2026 10:00,Answered,agent,\n", "bad_instant"),
        ("A,2026-03-02T10:00:00,Answered,agent,\n", ""),
        ("A,2026-03-02T10:00:00+01:00x,Answered,agent,\n", "bad_instant"),
        ("A,1772445600,Answered,agent,\n", ""),
        ("A,1772445600000,Answered,agent,\n", "bad_instant"),
        ("A,0,Answered,agent,\n", "bad_instant"),
        ("A,00/00/0000 00:00,Answered,agent,\n", "bad_instant"),
        ("A,2/3/2099 10:00,Answered,agent,\n", "future"),
        ("A,2/3/2026 10:00,Anwsered,agent,\n", "unknown_value"),
        ("A,2/3/2026 10:00,,agent,\n", "missing"),
        ("A,2/3/2026 10:00,Noise,agent,\n", ""),
        (GOOD, "duplicate"),
        ("A\0,2/3/2026 10:00,Answered,agent,\n", "encoding"),
        ("B,2/3/2026 10:00,Answered,agent,\n", "never_began"),
        (f"{'x' * 300},2/3/2026 10:00,Opened,agent,\n", "bad_value"),
        (f"A,2/3/2026 10:00,Answered,agent,{'x' * 2_000_000}\n", "too_large"),
        ("\n\n", None),
    ],
)
def test_a_bad_row_is_counted_and_named(tmp_path: Path, row: str, reason: str | None) -> None:
    """The row is used or rejected for the one reason that fits; its neighbours are not touched."""
    made = replayed(written(tmp_path, "x.csv", (HEAD + GOOD + row).encode()), EVENTS)
    assert balanced(made)
    assert reasons(made) == ({reason: 1} if reason else {})
    assert made.report["rows"]["read"] == (1 if reason is None else 2)
    if reason:
        assert [(reject.number, reject.line) for reject in made.rejects] == [(2, 3)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"ticket": "A", "at": ', "json"),
        ("[]", "json"),
        ("null", "json"),
        ('{"ticket": ["A"], "at": 1772445600, "what": "Answered"}', "bad_value"),
        ('{"ticket": {"a": 1}, "at": 1772445600, "what": "Answered"}', "bad_value"),
        ('{"ticket": "A", "at": true, "what": "Answered"}', "bad_instant"),
        ('{"ticket": "A", "at": NaN, "what": "Answered"}', "bad_instant"),
        ('{"ticket": "A\\ud800", "at": 1772445600, "what": "Answered"}', "encoding"),
        ('{"ticket": "A", "at": ' + "9" * 5000 + "}", "json"),
        ("[" * 100_000, "json"),
        ('{"ticket": 7, "at": 1772445600.5, "what": "Opened"}', ""),
    ],
)
def test_a_bad_line_is_counted_and_named(tmp_path: Path, line: str, reason: str) -> None:
    """A line that is no usable JSON object is rejected for the one reason that fits."""
    made = replayed(written(tmp_path, "x.ndjson", as_ndjson(ROWS) + line.encode() + b"\n"), EVENTS)
    assert balanced(made)
    assert reasons(made) == ({reason: 1} if reason else {})


@pytest.mark.parametrize(
    ("encoding", "said", "rejected"),
    [
        ("utf-8", "", {}),
        ("utf-8-sig", "", {}),
        ("utf-16", "", {}),
        ("utf-16-le", "", {}),
        ("utf-16-be", "", {}),
        ("latin-1", "encoding: latin-1\n", {}),
        ("latin-1", "", {"encoding": 1}),
    ],
)
def test_encodings_are_recognised_or_declared(
    tmp_path: Path, encoding: str, said: str, rejected: dict[str, int]
) -> None:
    """UTF-8 and UTF-16 are read as they come; another encoding is named, or the rows that need it are rejected."""
    text = HEAD + GOOD + "A,2/3/2026 10:00,Answered,agent,\nB,2/3/2026 10:00,Opened,client,Bäume\n"
    made = replayed(written(tmp_path, "x.csv", text.encode(encoding)), EVENTS + said)
    assert balanced(made)
    assert reasons(made) == rejected


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_guessed_from_the_header(tmp_path: Path, delimiter: str) -> None:
    """The delimiter is the one that makes the mapping's columns appear."""
    assert replayed(written(tmp_path, "x.txt", as_csv(ROWS, delimiter)), EVENTS).rejects == []


@pytest.mark.parametrize(
    ("name", "data", "code", "word"),
    [
        ("x.csv", b"", "M521", "empty"),
        ("x.csv", b"\n\n", "M521", "empty"),
        ("x.csv.gz", gzip.compress(b"", mtime=0), "M521", "empty"),
        ("x.ndjson", b"", "M521", "empty"),
        ("x.csv", b"ticket,at,waht,who,subject\n", "M520", "did you mean `waht`"),
        ("x.ndjson", b'{"ticket": "A", "att": 1}\n', "M520", "did you mean `att`"),
        ("x.parquet", as_parquet(ROWS)[:-40], "M522", "Parquet"),
        ("x.parquet", as_csv(ROWS), "M522", "Parquet"),
        ("x.csv", as_parquet(ROWS), "M523", "format: parquet"),
        ("x.xlsx", b"PK\x03\x04....", "M523", "save the sheet as CSV"),
        ("x.csv.gz", gzip.compress(as_csv(ROWS), mtime=0)[:5], "M522", "copied as a whole"),
        ("x.json", b'{"issues": [', "M522", "is not JSON"),
        ("x.json", b'{"issues": [{"ticket": 1}]}', "M527", "records: issues"),
        ("x.json", b"3", "M527", "no list"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, name: str, data: bytes, code: str, word: str) -> None:
    """A fault of the whole file is one clear error, with its remedy."""
    with pytest.raises(PolicyError) as raised:
        replayed(written(tmp_path, name, data), EVENTS)
    assert code in {finding.code for finding in raised.value.diagnostics}
    assert word in str(raised.value)


def test_a_missing_file_and_a_folder_say_so(tmp_path: Path) -> None:
    """A path that is no file is an error of the run."""
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(PolicyError, match="M522"):
            replayed(path, EVENTS)


def test_a_wrong_delimiter_is_suspected(tmp_path: Path) -> None:
    """A header that reads as one column asks whether the delimiter is right."""
    with pytest.raises(PolicyError, match=r"reads as one column.*delimiter"):
        replayed(written(tmp_path, "x.csv", as_csv(ROWS, ";")), EVENTS + "delimiter: ','\n")


def test_what_a_truncated_gzip_still_gives_is_used(tmp_path: Path) -> None:
    """The rows before the damage are used; the damage itself is a rejected row."""
    many = [{**ROWS[0], "ticket": f"T{n}", "subject": str(n * 7919 % 10007)} for n in range(3000)]
    data = gzip.compress(as_csv(many))
    made = replayed(written(tmp_path, "x.csv.gz", data[: len(data) * 2 // 3]), EVENTS)
    assert balanced(made)
    assert made.report["tickets"]["evaluated"] > 100
    assert made.rejects[-1].reason == "unreadable"


def test_a_damaged_parquet_page_loses_only_what_follows(tmp_path: Path) -> None:
    """Rows that can no longer be read are counted one by one: the file says how many it holds."""
    many = [{**ROWS[0], "ticket": f"T{n}", "subject": f"{n}" * 9} for n in range(30_000)]
    data = bytearray(as_parquet(many))
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    made = replayed(written(tmp_path, "x.parquet", bytes(data)), EVENTS)
    assert balanced(made)
    assert "unreadable" in reasons(made)
    assert made.report["rows"]["read"] == 30_000


def test_a_number_is_no_instant_until_the_mapping_says_what_it_counts(tmp_path: Path) -> None:
    """Epoch seconds, milliseconds and plain numbers look alike."""
    data = (HEAD + GOOD.replace("2/3/2026 09:00", "1772445600")).encode()
    made = replayed(written(tmp_path, "x.csv", data), EVENTS.replace(", epoch: seconds", ""))
    assert reasons(made) == {"bad_instant": 1}
    assert "epoch" in made.rejects[0].detail


def test_a_naive_instant_without_a_zone_is_rejected(tmp_path: Path) -> None:
    """Nothing guesses the zone in which an export was written."""
    mapping = EVENTS.replace('formats: "%d/%m/%Y %H:%M", zone: UTC, ', "")
    row = GOOD.replace("2/3/2026 09:00", "2026-03-02 09:00:00")
    made = replayed(written(tmp_path, "x.csv", (HEAD + row).encode()), mapping)
    assert reasons(made) == {"bad_instant": 1}
    assert "zone" in made.rejects[0].detail


FRAGMENTS = st.lists(
    st.one_of(
        st.sampled_from(
            [*'AB,;\n"\0é\udcff\t\u2028', "\r\n", "Opened", "Answered", "Solved", "2/3/2026 10:00",
             "2026-03-02T10:00:00Z", "-1", "1e999", "9" * 20, "2/3/0001 00:00", "31/12/9999 23:59", "{}", "=1+1"]
        ),
        st.text(max_size=5),
    ),
    max_size=40,
)  # fmt: skip


@given(start=st.integers(0, 3), fragments=FRAGMENTS, width=st.booleans())
@settings(max_examples=150)
def test_whatever_a_file_holds_its_rows_add_up(
    tmp_path_factory: pytest.TempPathFactory, start: int, fragments: list[str], width: bool
) -> None:
    """A mangled CSV file never ends in a traceback, and no row of it is lost."""
    body = "".join(GOOD.replace("A", f"A{n}", 1) for n in range(start))
    row = ",".join((fragments + [""] * 5)[:5]) if width else "".join(fragments)
    data = (HEAD + body + row + "\n" + GOOD).encode("utf-8", "surrogatepass")
    folder = tmp_path_factory.mktemp("mangled")
    made = replayed(written(folder, "x.csv", data), EVENTS)
    assert balanced(made)
    assert made.report["rows"]["read"] >= start


@given(
    st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([json.dumps(row).encode() for row in ROWS])), min_size=1)
)
@settings(max_examples=100)
def test_whatever_lines_a_file_holds_they_add_up(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    """A mangled NDJSON file never ends in a traceback, and no line of it is lost."""
    folder = tmp_path_factory.mktemp("mangled")
    data = json.dumps(ROWS[0]).encode() + b"\n" + b"\n".join(lines)
    assert balanced(replayed(written(folder, "x.ndjson", data), EVENTS))


@given(
    st.binary(min_size=1, max_size=200), st.sampled_from(["x.csv", "x.ndjson", "x.json", "x.parquet", "x.csv.gz", "x"])
)
@settings(max_examples=150)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    """No file at all ends in a traceback."""
    try:
        made = replayed(written(tmp_path_factory.mktemp("bytes"), name, data), EVENTS)
    except PolicyError:
        return
    assert balanced(made)


def test_stopping_at_the_first_rejected_row_names_it(tmp_path: Path) -> None:
    """With `stop`, the first row that cannot be used ends the replay."""
    from support_policy.batch.replay import StoppedError

    path = written(tmp_path, "x.csv", (HEAD + GOOD + ",,,,\n").encode())
    with pytest.raises(StoppedError) as raised:
        replayed(path, EVENTS, stop=True)
    assert (raised.value.reject.number, raised.value.reject.reason) == (2, "missing")


def test_rows_after_the_instant_of_evaluation_are_left_out(tmp_path: Path) -> None:
    """`--at` cuts a history: what happened later is counted, not used."""
    early = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    path = written(tmp_path, "x.csv", as_csv(ROWS))
    assert reasons(replayed(path, EVENTS, at=early)) == {"future": 1}
    assert reasons(replayed(path, EVENTS, at=AT)) == {}


def test_a_quote_left_open_at_the_end_loses_no_row_in_silence(tmp_path: Path) -> None:
    """The record that runs to the end of the file inside a quote is rejected, with the lines it may have swallowed."""
    text = HEAD + GOOD + 'A,2/3/2026 10:00,Answered,agent,"so\nB,2/3/2026 10:00,Opened,client,\n'
    made = replayed(written(tmp_path, "x.csv", text.encode()), EVENTS)
    assert balanced(made)
    assert reasons(made) == {"ragged": 1}
    assert (made.rejects[0].line, made.rejects[0].detail) == (
        3,
        "a quote is left open: the file ends inside it, in line 4",
    )


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_quote_that_is_closed_at_the_very_end_is_sound(tmp_path: Path, end: str) -> None:
    """The last field may be quoted, hold line breaks, and stand before the end of the file."""
    text = HEAD + f'A,2/3/2026 09:00,Opened,client,"two\nlines"{end}'
    assert replayed(written(tmp_path, "x.csv", text.encode()), EVENTS).rejects == []


def test_a_mark_in_the_middle_of_joined_files_names_no_new_ticket(tmp_path: Path) -> None:
    """The byte order mark that the second of two files began with is not a part of the first ticket's name in it."""
    text = HEAD + GOOD + "\ufeffA,2/3/2026 10:00,Answered,agent,\n"
    made = replayed(written(tmp_path, "x.csv", text.encode()), EVENTS)
    assert (made.report["tickets"]["read"], made.report["events"]["accepted"]) == (1, 2)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("null", "null, not an object"),
        ("[1]", "a list, not an object"),
        ("{bad", "Expecting property name enclosed in double quotes, at character 2"),
        ('{"a": ' + "9" * 5000 + "}", "a number is too long"),
    ],
)
def test_a_line_that_is_no_object_says_so_in_plain_words(tmp_path: Path, line: str, said: str) -> None:
    """What is wrong with a line of JSON is said in JSON's words, not in Python's."""
    path = written(tmp_path, "x.ndjson", as_ndjson(ROWS) + line.encode() + b"\n")
    assert [reject.detail for reject in replayed(path, EVENTS).rejects] == [said]
