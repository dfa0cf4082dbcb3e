"""The operator's log: JSON lines or text, the libraries' lines too, and never a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from support_policy.adapters.journal import HIDDEN, Journal
from support_policy.service.watch.settings import LogLevel, LogSettings

BLOTTED = "pa55-w0rd"


DEFAULT = LogSettings()


class Terminal(io.StringIO):
    """A stream that takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


@contextmanager
def journal(stream: io.StringIO, settings: LogSettings = DEFAULT, *secrets: str) -> Iterator[Journal]:
    made = Journal(settings, secrets, stream, process="serve")
    yield made
    made.close()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_happening_is_one_line_of_json() -> None:
    """What happened, when, how bad, and what it is about; what says nothing is left out."""
    out = io.StringIO()
    with journal(out) as log:
        log.say("info", "decided", ticket="VS-1001", decision="VS-1001.1", why="", recorded=["level_fired"])
    (line,) = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "decided",
        "level": "info",
        "process": "serve",
        "ticket": "VS-1001",
        "decision": "VS-1001.1",
        "recorded": ["level_fired"],
    }


def test_a_terminal_gets_text() -> None:
    """On a terminal lines are for people, unless JSON was asked for."""
    out, asked = Terminal(), Terminal()
    with journal(out) as log:
        log.say("warning", "letter not sent yet", letter=7)
    with journal(asked, LogSettings(format="json")) as log:
        log.say("warning", "letter not sent yet", letter=7)
    assert "letter not sent yet" in out.getvalue()
    assert not out.getvalue().startswith("{")
    assert lines(asked)[0]["letter"] == 7


LEVELS: list[tuple[LogLevel, list[str]]] = [
    ("debug", ["debug", "info", "warning", "error"]),
    ("info", ["info", "warning", "error"]),
    ("warning", ["warning", "error"]),
    ("error", ["error"]),
]


@pytest.mark.parametrize(("level", "heard"), LEVELS)
def test_what_is_milder_than_asked_for_is_left_out(level: LogLevel, heard: list[str]) -> None:
    """`level` and worse are logged."""
    out = io.StringIO()
    with journal(out, LogSettings(level=level)) as log:
        for one in ("debug", "info", "warning", "error"):
            log.say(one, "something")
    assert [line["level"] for line in lines(out)] == heard


@pytest.mark.parametrize("name", ["uvicorn.error", "alembic.runtime.migration", "mail.log", "sqlalchemy.pool"])
def test_libraries_speak_the_same_way(name: str) -> None:
    """Warnings of libraries are lines of the same form; what they chat about is left out."""
    out = io.StringIO()
    with journal(out):
        logging.getLogger(name).warning("%s happened", "this")
        logging.getLogger(name).info("chatter")
    (line,) = lines(out)
    assert (line["event"], line["level"]) == ("this happened", "warning")


def test_no_secret_comes_into_the_log() -> None:
    """Known secrets and passwords in URLs are blotted out of texts, lists, mappings, tracebacks and library lines."""
    out = io.StringIO()
    with journal(out, DEFAULT, BLOTTED) as log:
        log.say("info", f"sent with {BLOTTED}", inside={"a": [BLOTTED]}, url="postgresql://me:other@db/x")
        try:
            raise ValueError(f"bad password {BLOTTED}")  # noqa: TRY301 - it is the traceback that is looked at
        except ValueError as problem:
            log.say("error", "failed", exception=problem, object=problem)
            logging.getLogger("mail.log").exception("login with %s", BLOTTED)
    text = out.getvalue()
    assert BLOTTED not in text
    assert "me:other" not in text
    assert lines(out)[0]["url"] == f"postgresql://{HIDDEN}@db/x"
    assert lines(out)[1]["traceback"].endswith(f"ValueError: bad password {HIDDEN}\n")


def test_people_get_no_traceback() -> None:
    """In text a fault is one line; its traceback is told at `debug` only."""
    out, debug = io.StringIO(), io.StringIO()
    for stream, settings in ((out, LogSettings(format="text")), (debug, LogSettings("debug", "text"))):
        with journal(stream, settings) as log:
            log.say("error", "the sender failed", why="KeyError: 'x'", exception=KeyError("x"))
    assert len(out.getvalue().splitlines()) == 1
    assert "traceback" in debug.getvalue()
