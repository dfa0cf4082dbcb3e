"""Bodies of calls: read strictly as JSON, with nothing in them that cannot be stored and given back."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from math import isfinite
from typing import Any

from starlette.requests import Request

from support_policy.kernel.facts import is_unicode
from support_policy.service.watch.refused import Refused
from support_policy.source.diagnostics import Findings
from support_policy.source.json_text import read_json

Path = tuple[str | int, ...]
LARGEST = 2**63
MOST_FAULTS = 50


async def load_body(request: Request) -> None:
    """Read the body before the call is worked on in a thread."""
    request.state.body = await request.body()


def body_of(request: Request, depth: int) -> Any:
    """The JSON of a call. Raises `Refused`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused("not-json-type", f"it came as `{kind[:60]}`" if kind else "it came without a Content-Type")
    return read_body(request.state.body, depth)


def read_body(raw: bytes, depth: int) -> Any:
    """JSON text as a value. Raises `Refused`: for what is not JSON, and for what could not be kept as it is."""
    findings = Findings()
    found = read_json(raw, "<body>", findings)
    if found is None:
        told = [
            {"code": one.code, "message": f"{one.span}: {one.message}", "help": one.help, "path": []}
            for one in findings
        ]
        raise Refused("not-json", "the body is one JSON value, in UTF-8", told)
    value, _ = found
    faults = []
    for path, said in _faults(value, (), depth):
        faults.append({"code": "J103", "message": said, "help": "", "path": list(path)})
        if len(faults) == MOST_FAULTS:
            break
    if faults:
        raise Refused("unusable", "the body holds values that cannot be kept as they are", faults)
    return value


def _faults(value: Any, path: Path, depth: int) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict | list):
        if len(path) >= depth:
            yield path, f"this is nested deeper than {depth} levels"
            return
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            said = _text_fault(key) if isinstance(key, str) else ""
            if said:
                yield path, f"a key {said}"
            else:
                yield from _faults(inner, (*path, key), depth)
    elif isinstance(value, str):
        said = _text_fault(value)
        if said:
            yield path, f"the text {said}"
    elif isinstance(value, float) and not isfinite(value):
        yield path, "the number is too large"
    elif isinstance(value, int) and not -LARGEST <= value < LARGEST:
        yield path, "the number is too large: at most 64 bits"


def _text_fault(text: str) -> str:
    if "\x00" in text:
        return "holds a NUL character"
    return "" if is_unicode(text) else "is not valid Unicode: it holds half of a surrogate pair"


def content_of(request: Request) -> str:
    """A hash of a whole request: method, path, query and body."""
    head = f"{request.method} {request.scope['path']}?{request.url.query}\n"
    return sha256(head.encode("utf-8", "surrogateescape") + request.state.body).hexdigest()
