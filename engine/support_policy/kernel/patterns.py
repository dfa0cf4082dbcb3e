"""Regular expressions: the syntax and the meaning of RE2, whose matching time is linear in the text."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

LARGEST_PROGRAM = 4_000
"""The most instructions a compiled pattern may have (`\\pL` alone takes 1,200)."""


class PatternError(ValueError):
    """The pattern is not RE2 syntax."""


class PatternTooLargeError(PatternError):
    """The pattern is correct, but would compile to an unreasonable size."""


@lru_cache(maxsize=1024)
def matcher(pattern: str) -> Callable[[str], object]:
    """A function that is truthy when `pattern` is found anywhere in its text.

    Raises `PatternError` with RE2's own words, or `PatternTooLargeError`.
    """
    import re2  # late: a policy without patterns need not load it

    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        text = _words(error)
        if text.startswith("pattern too large"):
            raise PatternTooLargeError(text) from None
        raise PatternError(text) from None
    if compiled.programsize > LARGEST_PROGRAM:
        size = f"it compiles to {compiled.programsize} instructions, the most is {LARGEST_PROGRAM}"
        raise PatternTooLargeError(size)
    # A set of one pattern answers found or not, without working out where: five times faster than `search`.
    finder = re2.Set.SearchSet(options)
    finder.Add(pattern)
    finder.Compile()
    match: Callable[[str], object] = finder.Match
    return match


def _words(error: Any) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
