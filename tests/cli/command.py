"""Runs the command line as a user would, in a process of its own or in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from support_policy.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str


def run_process(*words: str, cwd: Path = ROOT, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Result:
    """Run `support-policy` in a process of its own, without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "support_policy", *words],
        cwd=cwd,
        input=stdin,
        env={**os.environ, **(env or {})},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


class Command:
    """Runs `support-policy` in this process; make one with pytest's `capsys`."""

    def __init__(self, capsys: object) -> None:
        self.capsys = capsys

    def __call__(self, *words: str) -> Result:
        """Run it with these words."""
        try:
            code = main(list(words))
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = self.capsys.readouterr()  # type: ignore[attr-defined]
        return Result(code, out, err)
