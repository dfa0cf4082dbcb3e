"""What the service stands on fails in mid-load: the database restarts, is locked, or has no room; nobody takes mail.

Nothing that was answered is lost, the callers and the operator are told clearly, and afterwards all goes on by itself.
"""

from __future__ import annotations

import json
import resource
import smtplib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.soak.storm import EMERGENCY, TAKEN_AND_GONE, free_port, until
from tests.soak.town import Town, town
from tests.sql.databases import Server, server


@pytest.fixture
def own_postgres() -> Iterator[Server]:
    """A PostgreSQL that a test may stop: the others go on using theirs."""
    # Another session of pytest would close its folders to the user that the server runs as.
    with TemporaryDirectory() as folder, server(Path(folder)) as made:
        yield made


def test_a_database_that_restarts(tmp_path: Path, own_postgres: Server) -> None:
    """While PostgreSQL is away the service says so with 503 and lives; then it goes on, and nothing is lost."""
    with town(tmp_path, own_postgres.new(), workers=1) as here:
        until(lambda: len(here.customers.begun) > 5, 30, "some tickets")
        own_postgres.server.stop()
        try:
            until(lambda: here.says() == 503, 15, "not ready")
            begun = len(here.customers.begun)
            call = httpx.get(f"http://127.0.0.1:{here.port}/tickets", headers=here.customers.headers, timeout=30)
            assert (call.status_code, call.json()["code"]) == (503, "busy")
            assert int(call.headers["Retry-After"]) >= 1
            assert len(here.customers.begun) <= begun + 4
        finally:
            own_postgres.server.start()
        until(here.ready, 30, "ready again")
        begun = len(here.customers.begun)
        until(lambda: len(here.customers.begun) > begun + 5, 30, "more tickets")
        here.ends_well()


def test_a_database_that_somebody_locks(tmp_path: Path) -> None:
    """While another program holds SQLite's lock, callers are told to try again; then it goes on, with nothing lost."""
    with town(tmp_path, f"sqlite:///{tmp_path / 'store.db'}") as here:
        until(lambda: len(here.customers.begun) > 5, 30, "some tickets")
        with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            body = {"fields": EMERGENCY, "by": "customer"}
            url = f"http://127.0.0.1:{here.port}/tickets"
            call = httpx.post(url, json=body, headers=here.customers.headers, timeout=30)
            assert (call.status_code, call.json()["code"]) == (503, "busy")
            assert int(call.headers["Retry-After"]) >= 1
            # Who only reads waits for no writer.
            assert httpx.get(url, headers=here.customers.headers, timeout=5).status_code == 200
            other.execute("ROLLBACK")
        until(here.ready, 30, "ready again")
        here.ends_well()


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """Where SQLite cannot grow callers are told that there is no room, mail is put off; with room it all goes on."""
    url, mail = f"sqlite:///{tmp_path / 'store.db'}", free_port()
    with town(tmp_path, url, mail=mail) as here:
        until(lambda: len(here.customers.begun) > 5, 30, "some tickets")
        process = here.service.processes["serve"].pid
        # As with a quota that is used up: no file may grow beyond what the largest has now.
        full = (tmp_path / "store.db-wal").stat().st_size
        resource.prlimit(process, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
        posted = until_answered(here, 507)
        assert (posted.json()["code"], posted.headers["Retry-After"]) == ("full", "60")
        with smtplib.SMTP("127.0.0.1", mail, timeout=30) as smtp, pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail("jane@acme.example", "support@vmoso.com", "Subject: help\r\n\r\nNothing works.\r\n")
        assert refused.value.smtp_code == 452
        assert httpx.get(f"http://127.0.0.1:{here.port}/healthz", timeout=5).status_code == 200
        assert "cannot take more" in here.service.said()
        resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert until_answered(here, 201).json()["outcome"] == "accepted"
        begun = len(here.customers.begun)
        until(lambda: len(here.customers.begun) > begun + 5, 30, "more tickets")
        here.ends_well()


def until_answered(here: Town, status: int) -> httpx.Response:
    """A ticket is sent until it is answered so."""
    body = {"fields": EMERGENCY, "by": "customer", "on_behalf_of": "jane@acme.example"}
    found: list[httpx.Response] = []

    def ask() -> bool:
        url = f"http://127.0.0.1:{here.port}/tickets"
        found.append(httpx.post(url, json=body, headers=here.customers.headers, timeout=30))
        return found[-1].status_code == status

    until(ask, 30, f"an answer {status}")
    return found[-1]


def test_a_mail_server_with_moods(tmp_path: Path) -> None:
    """What it puts off or loses comes again as the same message; what it refuses is listed, and sent when told to."""
    with town(tmp_path, f"sqlite:///{tmp_path / 'store.db'}") as here:
        here.box.moods = [
            "451 4.3.0 later",
            TAKEN_AND_GONE,
            "550 5.1.1 nobody",
            "421 4.3.2 closing",
            "552 5.3.4 too big",
        ]

        def dead() -> bool:
            listed = here.service.call("letters", "--json", "--config", "service.yaml")
            letters = json.loads(listed.stdout)
            return [letter["error"].partition(": ")[2][:3] for letter in letters] == ["550", "552"]

        until(dead, 40, "two that were given up are listed")
        here.customers.stop()
        again = here.service.call("letters", "--resend", "--config", "service.yaml")
        assert again.stdout == "2 messages wait to be sent again\n"
        counts = here.ends_well()
        assert counts["deliveries"] == counts["messages"] + 1
