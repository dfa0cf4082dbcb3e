"""Slips of a hand in policies that use the whole language: each is told of, and none is a traceback."""

from __future__ import annotations

import pytest

from support_policy import PolicyError
from support_policy.adapters.files import read_files
from support_policy.bootstrap import compile_files
from tests.whole.told import POLICIES


def slips(name: str, old: str, new: str, file: str = "policy.yaml") -> list[tuple[str, int]]:
    """The code and line of every error of a file, once a piece of its text is replaced."""
    files = dict(read_files(POLICIES / name))
    text = files[file].decode()
    assert text.count(old) == 1
    files[file] = text.replace(old, new).encode()
    with pytest.raises(PolicyError) as raised:
        compile_files(files)
    return [(d.code, d.span.line) for d in raised.value.diagnostics if d.severity == "error"]


@pytest.mark.parametrize("share", ["0.75", "75", "half", "0%", "[75%]"])
def test_a_share_that_cannot_be_read_is_told_once(share: str) -> None:
    """A level at what is no part of a target is one error, where it stands, beside other levels."""
    text = read_files(POLICIES / "global_desk")["policy.yaml"].decode()
    line = text[: text.index("at: 75%")].count("\n") + 1
    assert slips("global_desk", "at: 75%", f"at: {share}") == [("S201", line)]


def test_roles_that_cannot_be_read_are_told_once() -> None:
    """Roles that are no mapping are one error, though the rest of the directory is checked."""
    assert slips(
        "help_desk", "roles:\n      support_engineer: agents", "roles:\n      agents", "rules/directory.yaml"
    ) == [("S201", 6)]
