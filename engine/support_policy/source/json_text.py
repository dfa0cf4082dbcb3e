"""JSON text read strictly, and where in it a value stands."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from support_policy.source.diagnostics import Findings
from support_policy.source.span import Span

MAX_BYTES = 64 * 1024 * 1024
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class _RefusedError(ValueError):
    """Something JSON's grammar allows, or Python's reader does, that is refused here."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _RefusedError(f"the key `{twice[:60]}` stands twice in one object")
    return made


def _constant(name: str) -> Any:
    raise _RefusedError(f"`{name}` is not JSON")


def read_json(data: bytes, file: str, findings: Findings) -> tuple[Any, str] | None:
    """The value of JSON text, with the text; None after a diagnostic."""
    if len(data) > MAX_BYTES:
        findings.error("J101", Span(file), f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        said = f"the byte 0x{data[problem.start]:02x} is not UTF-8"
        findings.error("J101", _at(data[: problem.start].decode("utf-8", "replace"), file), said, "save it as UTF-8")
        return None
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant), text
    except json.JSONDecodeError as problem:
        span = Span(file, problem.lineno, problem.colno)
        findings.error("J102", span, f"this is not JSON: {problem.msg[:1].lower()}{problem.msg[1:]}")
    except RecursionError:
        findings.error("J102", Span(file), "the values are nested too deeply")
    except ValueError as problem:
        # A refusal, or a number with more digits than Python converts.
        said = str(problem) if isinstance(problem, _RefusedError) else "a number has too many digits"
        findings.error("J103", Span(file), said)
    return None


def _at(text: str, file: str, index: int | None = None) -> Span:
    index = len(text) if index is None else index
    line = text.count("\n", 0, index)
    return Span(file, line + 1, index - (text.rfind("\n", 0, index) + 1) + 1)


def locate(text: str, path: Sequence[str | int], file: str, *, key: bool = False) -> Span:
    """Where the value at `path` (keys and indexes) stands in valid JSON `text`, or the nearest value around it.

    With `key`, where the key stands rather than its value.
    """
    index = _skip(text, 0)
    for depth, part in enumerate(path, 1):
        wanted = key and depth == len(path)
        inner = _member(text, index, part, key=wanted) if isinstance(part, str) else _item(text, index, part)
        if inner is None:
            break
        index = inner
    return _at(text, file, index)


def _skip(text: str, index: int) -> int:
    found = _SPACE.match(text, index)
    return found.end() if found else index


def _member(text: str, index: int, name: str, *, key: bool) -> int | None:
    """Where the value of a member begins, or its key."""
    if text[index] != "{":
        return None
    index = _skip(text, index + 1)
    while text[index] == '"':
        found, after = scanstring(text, index + 1, True)
        value = _skip(text, _skip(text, after) + 1)
        if found == name:
            return index if key else value
        _, end = _DECODER.raw_decode(text, value)
        index = _skip(text, end)
        if text[index] == ",":
            index = _skip(text, index + 1)
    return None


def _item(text: str, index: int, number: int) -> int | None:
    if text[index] != "[":
        return None
    index = _skip(text, index + 1)
    for _ in range(number):
        _, end = _DECODER.raw_decode(text, index)
        index = _skip(text, _skip(text, end) + 1)
    return index
