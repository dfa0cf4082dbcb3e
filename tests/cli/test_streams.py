"""Standard input, output and errors that are closed or full: a clear end, and no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import ROOT

EMERGENCY = "examples/tickets/emergency.json"


def shell(line: str) -> tuple[int, str]:
    """The exit code and standard error of a line, `sp` being the command."""
    script = f'sp() {{ "{sys.executable}" -m support_policy "$@"; }}\n{line}'
    done = subprocess.run(["/bin/bash", "-c", script], cwd=ROOT, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("sp evaluate - <&-", 2),
        ("sp check <&-", 0),
        ("sp check >&-", 0),
        (f"sp evaluate {EMERGENCY} --json >&-", 0),
        (f"sp explain {EMERGENCY} >&-", 0),
        (f"sp timeline {EMERGENCY} >&-", 0),
        ("sp evaluate /none 2>&-", 2),
        ("sp chek 2>&-", 2),
        ("sp evaluate 2>&-", 2),
        ("sp --version", 0),
    ],
)
def test_closed_streams_cause_no_traceback(line: str, code: int) -> None:
    """A closed stream is read as empty or written to in vain; the exit code is what it would have been."""
    assert shell(line)[0] == code
    assert "Traceback" not in shell(line)[1]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "words", ["check", f"evaluate {EMERGENCY} --json", "demo", "schema --json", "--help", "check --help", "--version"]
)
def test_output_that_cannot_be_written_is_told(words: str) -> None:
    """When the output cannot be written the command could not do its work: exit 2, in one line."""
    code, err = shell(f"sp {words} >/dev/full")
    assert (code, err.count("\n"), "No space left" in err) == (2, 1, True), err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", ["evaluate /none", "chek", "check --policy /none", "check --nosuch"])
def test_errors_that_cannot_be_written_keep_their_exit_code(words: str) -> None:
    """When not even the error can be written, the exit code still says that it could not run."""
    assert shell(f"sp {words} 2>/dev/full")[0] == 2
