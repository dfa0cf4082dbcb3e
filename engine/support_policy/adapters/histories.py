"""Histories on disk: JSON files of one ticket each, read with the place of every problem."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Diagnostic, Findings, PolicyError
from support_policy.source.json_text import locate, read_json
from support_policy.source.span import Span
from support_policy.ticket.history import History, HistoryError, read_history

_ABOUT_KEYS = ("E404", "E411")
"""Codes of problems with a name rather than with its value."""


def load_history(policy: Policy, path: str) -> History:
    """The history in a JSON file (`-`: standard input). Raises `PolicyError` with file, line and column."""
    name = "<stdin>" if path == "-" else path
    findings = Findings()
    read = read_json(_bytes(path, name), name, findings)
    if read is None:
        raise PolicyError(findings.sorted())
    data, text = read
    try:
        return read_history(policy, data)
    except HistoryError as problem:
        raise PolicyError(
            replace(d, span=locate(text, p[0], name, key=d.code in _ABOUT_KEYS))
            for d, p in zip(problem.diagnostics, problem.problems, strict=True)
        ) from None


def _bytes(path: str, name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as problem:
        said = f"cannot be read: {problem.strerror or problem}"
        raise PolicyError([Diagnostic("J104", "error", said, Span(name))]) from None
