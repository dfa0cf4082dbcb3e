"""What `serve --demo` says to click and to send works as it stands."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from support_policy.bootstrap.ground import ground
from support_policy.bootstrap.service import Process, told
from support_policy.cli.first_look import TOKEN, first_look
from support_policy.service.watch.settings import LogSettings, Settings
from tests.operate.living import command, living, policy_in


def test_what_it_says_to_send_becomes_tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines for a ticket and for a mail, run in a shell as they stand, each begin a ticket; the page is there."""
    policy_in(tmp_path / "policy")
    monkeypatch.chdir(tmp_path)
    with living(
        "serve", "--demo", "--policy", "policy", "--http", "127.0.0.1:0", "--mail", "127.0.0.1:0", cwd=tmp_path
    ) as serve:
        said = "\n".join(lines_for(serve.said))
        for line in re.findall(r"^  ((?:curl|python3) [^$]*?)(?=^\S|\Z)", said, re.MULTILINE):
            done = subprocess.run(["/bin/bash", "-c", line], capture_output=True, text=True, check=False, timeout=60)
            assert done.returncode == 0, done.stderr
        tickets = [(row["organization"], row["priority"]) for row in command("tickets", cwd=tmp_path)]
        assert tickets == [("acme", "P1"), ("acme", "P1")]
        page = re.search(r"Click +(\S+),", said)
        assert page
        with urlopen(page[1], timeout=60) as answer:  # noqa: S310 - our own address
            assert b"swagger" in answer.read()
        assert serve.end() == 0


def lines_for(places: dict[str, Any]) -> list[str]:
    """The lines that a process at these places would print; made here, on the same store."""
    with ground(Settings(log=LogSettings("error"))) as on:
        saying = told(on, "test")
        try:
            process = Process(on, saying, on.shelf_with_policy(), shadow=True)
            first = first_look(process, {"http": places["http"], "mail": places["mail"]})
            kept = TOKEN.read_text(encoding="ascii")
            assert TOKEN.stat().st_mode & 0o777 == 0o600
            assert first_look(process, {"http": places["http"], "mail": places["mail"]}) == first
            assert TOKEN.read_text(encoding="ascii") == kept
            return first
        finally:
            saying.close()
