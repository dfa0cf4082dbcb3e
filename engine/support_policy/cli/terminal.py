"""The streams a command talks through, and text made fit for them."""

from __future__ import annotations

import os
import re
import sys

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What moves the cursor, ends the line, reorders letters or is no letter at all."""


def printable(text: str) -> str:
    r"""Text from outside on one line: what a terminal could obey is spelled out, as in `\u001b`."""
    return _UNSAFE.sub(_spelled, text)


def printable_json(text: str) -> str:
    """Indented JSON text that says the same, and that a terminal shows but does not obey."""
    return "\n".join(map(printable, text.split("\n")))


def _spelled(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def prepare_streams() -> None:
    """A closed stream gives and takes nothing; a letter that the terminal's encoding lacks becomes a `?`."""
    # Nothing is closed here: these live as long as the process.
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    set_up = getattr(sys.stdout, "reconfigure", None)  # what stands in for it in a test may have none
    if set_up:
        set_up(errors="replace")


def silence() -> None:
    """Nobody reads the output any more: what is still to be written at exit goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
