"""The edges: mails handed to a server in a second, tickets taken in over HTTP; what a machine has to be sized by."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import httpx

from bench.service import EMERGENCY, NINE, Ticking
from support_policy.adapters.send.smtp import SmtpMessenger
from support_policy.adapters.sql.store import open_store
from support_policy.model.event import micros
from support_policy.service.watch.outgoing import MAIL, Outgoing
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import MailFrom, OutLimits, SmtpOut
from support_policy.service.watch.writing import write
from tests.soak.storm import ROOT, Service, free_port, ready, until
from tests.sql.databases import Server
from tests.watch.house import Ears

LETTERS = 1_000
CALLS = 1_000
CLIENTS = 4
DOMAIN = "support.example"


@contextmanager
def mail_server() -> Iterator[int]:
    """A mail server in a process of its own, which takes everything; its port."""
    port = free_port()
    command = (sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink")
    process = subprocess.Popen(command)
    try:
        until(lambda: _answers(port), 30, "the mail server answers")
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    import socket

    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def deliver(what: str, url: str) -> None:
    """Letters to many people, claimed, handed over one by one and marked; print one line."""
    store, clock = open_store(url), Ticking(NINE)
    at = micros(NINE)
    letters = [
        Letter(f"T-{n}/note", f"person{n}@acme.example", "customer", f"T-{n}", "reply", "Hello", "There.\n" * 20, at)
        for n in range(LETTERS)
    ]
    write(store, lambda work: work.letters.add(letters))
    with mail_server() as port:
        messenger = SmtpMessenger(SmtpOut("127.0.0.1", MailFrom(f"help@{DOMAIN}", DOMAIN), port, "none"))
        ears = Ears()
        sender = Outgoing(
            store, {MAIL: messenger}, OutLimits(), clock, "bench", domain=DOMAIN, meter=ears, journal=ears
        )
        begin = perf_counter()
        while sender.step(clock.now()):
            pass
        took = perf_counter() - begin
        messenger.close()
    with store.look() as work:
        assert not work.letters.backlog()
    store.close()
    print(f"\n{what}, one sender to a mail server on this machine: {LETTERS / took:,.0f} deliveries/s")


def take_in(what: str, url: str, folder: Path) -> None:
    """`POST /tickets` to `serve`, as it is started by hand; print one line."""
    port, settings = free_port(), folder / "service.yaml"
    listen = f'{{listen: "127.0.0.1:{port}", calls_per_minute: 1000000}}'
    text = f"database: {json.dumps(url)}\nhttp: {listen}\nmail: {{listen: no}}\nsend: {{folder: mail-out}}\n"
    settings.write_text(text, encoding="utf-8")
    serve = ("serve", "--config", str(settings), "--policy", str(ROOT))
    with Service(folder, {"serve": serve}) as service:
        service.start("serve")
        until(lambda: ready(port), 60, "the service is ready")
        headers = {"Authorization": f"Bearer {service.token('manager')}"}
        body = {"type": "submitted", "by": "customer", "on_behalf_of": "jane@acme.example", "fields": EMERGENCY}

        def send(client_number: int) -> list[float]:
            seconds = []
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
                for number in range(CALLS // CLIENTS):
                    begin = perf_counter()
                    key = {"Idempotency-Key": f"{client_number}-{number}"}
                    assert client.post("/tickets", json=body, headers=key).status_code == 201
                    seconds.append(perf_counter() - begin)
            return seconds

        send(CLIENTS)
        begin = perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            seconds = [one for found in pool.map(send, range(CLIENTS)) for one in found]
        took = perf_counter() - begin
        assert service.stop() == {"serve": 0}
    print(
        f"\n{what}, POST /tickets by {CLIENTS} clients: {len(seconds) / took:,.0f} calls/s, p50 "
        f"{median(seconds) * 1000:.0f} ms, p99 {quantiles(seconds, n=100)[98] * 1000:.0f} ms"
    )


def test_deliveries_from_sqlite(tmp_path: Path) -> None:
    """By the sender as it is wired, over one kept connection."""
    deliver("SQLite", f"sqlite:///{tmp_path / 'store.db'}")


def test_deliveries_from_postgresql(postgres: Server) -> None:
    """The same from PostgreSQL."""
    deliver("PostgreSQL", postgres.new())


def test_tickets_over_http_into_sqlite(tmp_path: Path) -> None:
    """The command line's own process, uvicorn and all."""
    take_in("SQLite", f"sqlite:///{tmp_path / 'store.db'}", tmp_path)


def test_tickets_over_http_into_postgresql(postgres: Server, tmp_path: Path) -> None:
    """The same into PostgreSQL."""
    take_in("PostgreSQL", postgres.new(), tmp_path)
