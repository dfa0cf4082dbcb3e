"""Questions in SQL: what is registered can be asked, and nothing is fetched from elsewhere."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support_policy.adapters.duck import Questions, SqlFault, questions
from support_policy.batch.schema import INSTANT, NOTIFICATION


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Questions]:
    """Two tickets, one of which was told of twice."""
    told = {"command": "notify", "chain": "late", "cycle": 1, "cause": "due", "role": "manager", "people": 1}
    notifications = [[{**told, "at": 0, "level": 1}, {**told, "at": 60_000_000, "level": 2}], []]
    table = pa.table({
        "ticket": ["T-1", "T-2"],
        "resolution.status": ["breached", "met"],
        "opened_at": pa.array([0, 1], pa.int64()).cast(INSTANT),
        "notifications": pa.array(notifications, pa.list_(NOTIFICATION)),
    })  # fmt: skip
    path = tmp_path / "it's.parquet"
    pq.write_table(table, path)
    with questions({"tickets": path}) as made:
        yield made


def rows(asked: Questions, text: str) -> list[tuple[object, ...]]:
    """The rows of the only answer to a text."""
    (answer,) = ((list(answer.columns), list(answer.rows)) for answer in asked.ask(text))
    return answer[1]


def test_views_are_asked_by_name(asked: Questions) -> None:
    """Columns keep their names, and every notification is a row of its own beside its ticket."""
    assert asked.views == ["tickets", "notifications"]
    assert rows(asked, 'SELECT "resolution.status", count(*) FROM tickets GROUP BY ALL ORDER BY 1') == [
        ("breached", 1),
        ("met", 1),
    ]
    told = rows(asked, "SELECT ticket, level, role FROM notifications ORDER BY level")
    assert told == [("T-1", 1, "manager"), ("T-1", 2, "manager")]
    assert dict(asked.tables())["tickets"][0] == ("ticket", "VARCHAR")


def test_instants_are_shown_in_utc_wherever_the_machine_is(asked: Questions, monkeypatch: pytest.MonkeyPatch) -> None:
    """The zone of the machine changes no answer."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert rows(asked, "SELECT CAST(min(opened_at) AS VARCHAR) FROM tickets") == [("1970-01-01 00:00:00+00",)]


def test_several_statements_have_several_answers(asked: Questions) -> None:
    """Each statement is answered for itself, in order; tables may be made, and written to files."""
    text = "CREATE TABLE t AS SELECT 1 AS a; SELECT a FROM t; SELECT ';' AS b"
    assert [list(answer.rows) for answer in asked.ask(text)][1:] == [[(1,)], [(";",)]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM ticket", "tickets"),
        ("SELECT 1/0 AS a; SELECT CAST('x' AS INT)", "x"),
        ("INSTALL httpfs", "extensions"),
        ("LOAD '/tmp/evil.duckdb_extension'", "extensions"),
        ("SET autoload_known_extensions = true", "locked"),
        ("SELECT * FROM 'https://nowhere.invalid/a.parquet'", "httpfs"),
        ("SELECT * FROM asked", "asked"),
    ],
)
def test_what_cannot_be_answered_is_said(asked: Questions, text: str, said: str) -> None:
    """A fault says what is wrong in DuckDB's words; nothing is installed, loaded or fetched, no variable is read."""
    with pytest.raises(SqlFault, match=said):
        [list(answer.rows) for answer in asked.ask(text)]


def test_a_file_can_be_written(asked: Questions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`COPY ... TO` writes what an analyst takes elsewhere."""
    monkeypatch.chdir(tmp_path)
    list(asked.ask("COPY (SELECT ticket FROM tickets ORDER BY ticket) TO 'late.csv'"))
    assert Path("late.csv").read_text(encoding="utf-8").split() == ["ticket", "T-1", "T-2"]


def test_a_question_that_would_take_for_ever_is_ended(asked: Questions) -> None:
    """A signal ends a question in mid-run, and the next one is answered."""

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ended)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(asked.ask("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1"))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert [list(answer.rows) for answer in asked.ask("SELECT 1")] == [[(1,)]]


def test_nothing_is_printed_amid_the_answers(asked: Questions) -> None:
    """A long question shows no bar of DuckDB's own."""
    (answer,) = asked.ask("SELECT current_setting('enable_progress_bar')")
    assert list(answer.rows) == [(False,)]
