"""A process of the service, started as an operator starts it, and spoken to from outside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.cli.command import ROOT, Result

T = TypeVar("T")
PATIENCE = 60.0
P1 = {"organization": "acme", "stated_priority": "P1", "environment": "production", "site_status": "down"}


def eventually(look: Callable[[], T | None]) -> T:
    """What `look` gives once it gives something; fails when it never does."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never happened")


def command(*words: str, cwd: Path, code: int = 0) -> Any:
    """What a verb says as JSON; its exit code is as expected."""
    done = run(*words, "--json", cwd=cwd)
    assert done.code == code, done.out + done.err
    return json.loads(done.out)


def run(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> Result:
    """Run a verb to its end."""
    line = [sys.executable, "-m", "support_policy", *words]
    done = subprocess.run(
        line, cwd=cwd, capture_output=True, timeout=PATIENCE, check=False, env={**os.environ, **(env or {})}
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


class Living:
    """A process that runs until it is stopped; `said` is what it said when it was ready."""

    def __init__(self, words: tuple[str, ...], cwd: Path) -> None:
        self.cwd = cwd
        self.log: IO[bytes] = (cwd / f"{words[0]}-{time.monotonic_ns()}.log").open("w+b")
        line = [sys.executable, "-m", "support_policy", *words, "--json"]
        self.process = subprocess.Popen(
            line, cwd=cwd, stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL
        )
        self.said: dict[str, Any] = self._ready()
        self.token = ""

    def _ready(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        text = ""
        for line in iter(self.process.stdout.readline, b""):
            text += line.decode()
            if line == b"}\n":
                return dict(json.loads(text))
        raise AssertionError(text + self.logged())

    def logged(self) -> str:
        """Everything it has logged."""
        return Path(self.log.name).read_text(encoding="utf-8")

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """A call of the API: status and JSON."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        asked = Request(self.said["http"] + path, data, headers, method=method)  # noqa: S310 - our own address
        try:
            with urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310 - the same
                return answer.status, json.loads(answer.read())
        except HTTPError as problem:
            with problem:
                return problem.code, json.loads(problem.read())

    def figures(self) -> str:
        """What /metrics shows."""
        with urlopen(self.said["http"] + "/metrics", timeout=PATIENCE) as answer:  # noqa: S310 - the same
            return str(answer.read().decode())

    def mail(self, sender: str, subject: str, text: str, to: str = "support@vmoso.com") -> None:
        """A mail by plain SMTP."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = (
            sender,
            to,
            subject,
            f"<{time.time_ns()}@x.test>",
        )
        mail.set_content(text)
        host, _, port = self.said["mail"].rpartition(":")
        with smtplib.SMTP(host, int(port), timeout=PATIENCE) as smtp:
            smtp.send_message(mail)

    def signal(self, name: str) -> None:
        """Send it a signal."""
        self.process.send_signal(getattr(signal, name))

    def end(self, name: str = "SIGTERM") -> int:
        """Stop it by a signal; its exit code."""
        self.signal(name)
        code = self.process.wait(PATIENCE)
        self.close()
        return code

    def close(self) -> None:
        """Be rid of it."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.log.close()


@contextmanager
def living(*words: str, cwd: Path) -> Iterator[Living]:
    """A process that is there for the block."""
    made = Living(words, cwd)
    try:
        yield made
    finally:
        made.close()


def policy_in(folder: Path, *changes: tuple[str, str]) -> Path:
    """A copy of the shipped policy, with pieces of policy.yaml replaced."""
    for name in ("rules", "workflows"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    text = (ROOT / "policy.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "policy.yaml").write_text(text, encoding="utf-8")
    return folder
