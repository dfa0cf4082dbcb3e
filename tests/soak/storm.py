"""A storm: the real service under load, its processes killed at random moments, and what must hold afterwards.

The processes are those of the command line. Customers send tickets and events by HTTP until each is answered for; mail
goes to an SMTP server that deduplicates on Message-ID, as a mailbox does.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any, Self

import httpx
from aiosmtpd.controller import Controller

from support_policy.adapters.sql.store import open_store
from support_policy.service.watch.ports import Store
from support_policy.service.watch.rows import Head

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "support_policy")
EMERGENCY = {
    "organization": "acme",
    "stated_priority": "P1",
    "environment": "production",
    "site_status": "down",
    "kind": "problem",
}
LEVELS = {1: 1, 2: 2}
"""What the policy of the storm says: level -> seconds after the submission."""
TAKEN_AND_GONE = "taken and gone"


def hasty_policy(folder: Path) -> Path:
    """The shipped policy, its escalation of emergencies in seconds on the wall clock; the folder."""
    for name in ("policy.yaml", *(f"{part}/{file.name}" for part in ("rules", "workflows") for file in _yaml(part))):
        text = (ROOT / name).read_text(encoding="utf-8")
        if name == "policy.yaml":
            for level, seconds in LEVELS.items():
                text = text.replace(f"- after: {level + 1}bh\n", f"- after: {seconds}s\n")
            assert all(f"- after: {seconds}s\n" in text for seconds in LEVELS.values())
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def _yaml(part: str) -> Sequence[Path]:
    return sorted((ROOT / part).glob("*.yaml"))


class Mailbox:
    """Takes every message; one that comes again under its Message-ID is the same message.

    `moods` are replies that are given first, one a message; `taken and gone`: it is taken, and the connection dies.
    """

    def __init__(self) -> None:
        self.moods: list[str] = []
        self.messages: dict[str, tuple[str, str]] = {}
        self.deliveries = 0

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's word
        """Take one in."""
        import email
        from email import policy

        mood = self.moods.pop(0) if self.moods else ""
        if mood and mood != TAKEN_AND_GONE:
            return mood
        message = email.message_from_bytes(envelope.content, policy=policy.default)
        self.deliveries += 1
        self.messages[str(message["Message-ID"])] = (envelope.rcpt_tos[0], str(message["Subject"]))
        if mood:
            server.transport.abort()
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mailbox behind an SMTP server on a port of this machine."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@dataclass
class Service:
    """The processes of the service, by name; each can be killed and started again."""

    folder: Path
    arguments: Mapping[str, Sequence[str]]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start one; what it says goes into a file named after it."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*COMMAND, *self.arguments[name]], stdout=log, stderr=log, cwd=self.folder, env=_environment()
            )

    def kill(self, name: str) -> None:
        """Kill it as a crash would, with no time to say goodbye."""
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        """None is left running, whatever has failed."""
        for process in self.processes.values():
            process.kill()
            process.wait()

    def stop(self) -> dict[str, int]:
        """Ask all to end; their exit codes."""
        for process in self.processes.values():
            process.terminate()
        codes = {}
        for name, process in self.processes.items():
            try:
                codes[name] = process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                codes[name] = process.wait()
        return codes

    def token(self, scope: str) -> str:
        """A new token."""
        made = self.call("token", "create", "--name", scope, "--scope", scope, "--json", *self._settings())
        assert made.returncode == 0, made.stderr
        text: str = json.loads(made.stdout)["token"]
        return text

    def _settings(self) -> Sequence[str]:
        return ("--config", str(self.folder / "service.yaml"))

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a verb to its end."""
        call = [*COMMAND, *arguments]
        return subprocess.run(call, check=False, capture_output=True, text=True, cwd=self.folder, env=_environment())

    def said(self) -> str:
        """Everything that they have said."""
        return "".join(
            (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace") for name in self.arguments
        )


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "engine")}


class Customers:
    """Send emergencies and what happens to them, each again until it is answered for, under the same key."""

    def __init__(self, url: str, token: str, seed: int, pause: float = 0.05) -> None:
        """`pause`: so many seconds at most between two tickets of a sender."""
        self.pause = pause
        self.url, self.headers = url, {"Authorization": f"Bearer {token}"}
        self.dice = random.Random(seed)  # noqa: S311 - a storm, no secret
        self.begun: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.wrong: list[str] = []
        self._over, self._hopeless = Event(), Event()
        self._threads = [Thread(target=self._send, args=(number,)) for number in range(4)]

    def start(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    def stop(self, *, hopeless: bool = False) -> None:
        """Finish what was begun, unless it is hopeless, and send no more."""
        self._over.set()
        if hopeless:
            self._hopeless.set()
        for thread in self._threads:
            thread.join()

    def _send(self, sender: int) -> None:
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=5) as client:
            number = 0
            while not self._over.is_set():
                number += 1
                ticket = f"S{sender}-{number}"
                first = {"ticket": ticket, "type": "submitted", "by": "customer", "on_behalf_of": "jane@acme.example"}
                self._until_answered(client, "/tickets", {**first, "fields": EMERGENCY}, f"{ticket}-0")
                self.begun.append(ticket)
                for place, type in enumerate(("responded", "acknowledged"), 1):
                    key = f"{ticket}-{place}"
                    by = "engineer" if type == "responded" else "manager"
                    event = {"type": type, "by": by, "id": key, "at": datetime.now(UTC).isoformat()}
                    self._until_answered(client, f"/tickets/{ticket}/events", event, key)
                    self.told.append((ticket, key))
                sleep(self.dice.random() * self.pause)

    def _until_answered(self, client: httpx.Client, path: str, body: Mapping[str, Any], key: str) -> None:
        while not self._hopeless.is_set():
            try:
                answer = client.post(path, json=body, headers={"Idempotency-Key": key})
            except httpx.HTTPError:
                sleep(0.05)
                continue
            if answer.status_code < 300:
                return
            if answer.status_code not in (409, 429, 503, 507):
                self.wrong.append(f"{path}: {answer.status_code} {answer.text[:500]}")
                self._over.set()
                return
            sleep(0.05)


def ready(port: int) -> bool:
    """Whether the service says that it is ready."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until something holds; fail when it does not in time."""
    end = monotonic() + seconds
    while not holds():
        assert monotonic() < end, f"not in {seconds:.0f} seconds: {what}"
        sleep(0.1)


def drained(url: str, seconds: float = 120) -> None:
    """Wait until everything has fired and no letter waits."""
    store = open_store(url)

    def done() -> bool:
        # In this order: what fires in between leaves letters.
        if any(head.escalation_level != max(LEVELS) for head in every_head(store)):
            return False
        with store.look() as work:
            return not work.letters.backlog().get("waiting", 0)

    try:
        until(done, seconds, "everything fired and sent")
    finally:
        store.close()


def every_head(store: Store) -> list[Head]:
    """All tickets."""
    with store.look() as work:
        found: list[Head] = []
        while page := work.tickets.page({}, found[-1].ticket if found else "", 500):
            found += page
        return found


def must_hold(url: str, customers: Customers, box: Mailbox) -> Counter[str]:
    """What must hold after the storm; some counts."""
    assert not customers.wrong
    store = open_store(url)
    try:
        heads = every_head(store)
        names = {head.ticket for head in heads}
        assert set(customers.begun) <= names, "a ticket that was answered for is lost"
        counts: Counter[str] = Counter(tickets=len(heads), deliveries=box.deliveries, messages=len(box.messages))
        keys: set[tuple[str, str]] = set()
        for head in heads:
            with store.look() as work:
                log = work.tickets.logs([head.ticket])[head.ticket]
            fired = [event.data["level"] for event in log if event.engine and event.type == "level_fired"]
            assert fired == list(LEVELS), f"{head.ticket} fired {fired}"
            ids = [event.id for event in log if event.id and not event.engine]
            assert len(ids) == len(set(ids)), f"{head.ticket} has an event twice"
            keys |= {(head.ticket, id) for id in ids}
            counts["records"] += len(log)
        assert set(customers.told) <= keys, "an event that was answered for is lost"
        with store.look() as work:
            letters = work.letters.page({}, 0, 1_000_000)
        sent = [letter for letter in letters if letter.status in ("sent", "listed")]
        assert len(sent) == len(letters), Counter(letter.status for letter in letters)
        told = [letter for letter in letters if letter.command == "notify"]
        assert len(told) == 3 * len(heads), "a manager and two directors for each"
        assert len({(letter.key, letter.recipient) for letter in letters}) == len(letters)
        alone = [letter for letter in letters if letter.status == "sent"]
        assert len(box.messages) == len(alone), "deliveries do not come down to the letters"
        return counts
    finally:
        store.close()
