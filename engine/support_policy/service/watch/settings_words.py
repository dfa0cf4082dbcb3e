"""Shapes that only `service.yaml` has: places to listen, sizes, and texts that are never shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from support_policy.service.watch.settings import Listen, Secret
from support_policy.source.diagnostics import Findings, nearest
from support_policy.source.nodes import Mapping, Node, Scalar
from support_policy.source.nodes import Sequence as List
from support_policy.source.shape import BAD, LengthOfTime, ListOf, Schema, Shape

_LISTEN = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]*)):([0-9]{1,5})")
_SIZE = re.compile(r"([0-9]{1,12}) *(B|KiB|MiB|GiB|kB|MB|GB|)")
_UNITS = {"": 1, "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


NOT_AT_ALL = object()
"""What `no` gives where it may stand for a place: nothing was left out, it is not wanted."""


class ListenAt(Shape):
    """`ADDRESS:PORT`. Gives a `Listen`; with `none` also `NOT_AT_ALL` for `no`."""

    def __init__(self, *, none: bool = False) -> None:
        self.none = none
        self.expected = "where to listen, such as `127.0.0.1:8080`" + (", or `no`" if none else "")

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar) or node.empty:
            return self.wrong(node, findings)
        if self.none and node.text.lower() == "no":
            return NOT_AT_ALL
        found = listen_at(node.text)
        if found is None:
            port = node.text.strip().isdigit()
            help = f"write the address too: `127.0.0.1:{node.text.strip()}`" if port else f"expected {self.expected}"
            findings.error("C102", node.span, "this is not an address and a port", help)
            return BAD
        return found

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        place = {"type": "string", "pattern": r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*):[0-9]{1,5}$"}
        return {"anyOf": [place, {"enum": ["no", False]}]} if self.none else place


def listen_at(text: str) -> Listen | None:
    """The place that `ADDRESS:PORT` names; without an address all of them; None when it names none."""
    found = _LISTEN.fullmatch(text.strip())
    if found is None or int(found[3]) > 65535:
        return None
    return Listen(found[1] or found[2] or "0.0.0.0", int(found[3]))  # noqa: S104 - that is what `:8080` asks for


class Size(Shape):
    """A number of bytes such as `25MiB`. Gives an int."""

    expected = "a size such as `512KiB` or `25MiB`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        found = _SIZE.fullmatch(node.text.strip()) if isinstance(node, Scalar) else None
        size = int(found[1]) * _UNITS[found[2]] if found else 0
        if size < 1:
            findings.error("C103", node.span, "this is not a size", f"expected {self.expected}")
            return BAD
        return size

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": ["integer", "string"], "pattern": r"^[0-9]{1,12} *([KMG]iB|[kMG]?B|)$"}


@dataclass(eq=False, repr=False)
class Hidden(Shape):
    """A text that may hold a password, or `{env: NAME}`, or `{file: PATH}`. Gives a `Secret`; never shows the text.

    `code` names the finding when the text does not fit `pattern`; `careful`: a warning when the text itself is there.
    """

    expected: str = "`{env: NAME}`, `{file: PATH}`, or a text"
    pattern: str = r"[\s\S]+"
    code: str = "S201"
    careful: bool = True

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if isinstance(node, Scalar) and not node.empty:
            if not re.fullmatch(self.pattern, node.text):
                findings.error(self.code, node.span, f"expected {self.expected}", "the text is not shown")
                return BAD
            if self.careful:
                findings.warn("C106", node.span, "a secret stands in the file", "write `{env: NAME}` or `{file: PATH}`")
            return Secret(node.text, span=node.span)
        if isinstance(node, Mapping) and len(node.entries) == 1:
            ((key, value),) = node.entries
            if key.text in ("env", "file") and isinstance(value, Scalar) and not value.empty:
                return Secret(**{key.text: value.text}, span=node.span)
            close = nearest(key.text, ("env", "file"))
            if close:
                findings.error("S205", key.span, f"a secret has no such key: did you mean `{close}`?")
                return BAD
        # Neither a key nor a value is shown: either may be the secret, written where it does not belong.
        found = {Mapping: "a mapping", List: "a list"}.get(type(node), "nothing")
        findings.error("S201", node.span, f"expected {self.expected}, found {found}")
        return BAD

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        text = {"type": "string"}
        one = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False}
        return {"anyOf": [text, {**one, "properties": {"env": text, "file": text}}]}


class Proxies(Shape):
    """`no`, `yes` (the same machine), or addresses of proxies. Gives a tuple of addresses."""

    expected = "`no`, `yes` (a proxy on this machine), or the addresses of the proxies"

    def __init__(self, address: Shape) -> None:
        self.addresses = ListOf(address)

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if isinstance(node, Scalar) and node.text.lower() in ("no", "yes"):
            return ("127.0.0.1", "::1") if node.text.lower() == "yes" else ()
        return self.addresses.read(node, findings)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"anyOf": [{"type": "boolean"}, self.addresses.schema()]}

    def within(self) -> Iterator[tuple[str, Shape]]:
        """See `Shape.within`."""
        yield "", self.addresses


class WallTime(LengthOfTime):
    """A length of time on the wall clock such as `90s`. Gives whole seconds."""

    def __init__(self) -> None:
        super().__init__(expected="a duration such as `90s`, `5m` or `1h`")

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        found = super().read(node, findings)
        if found is BAD:
            return BAD
        if found.business:
            findings.error(
                "S203", node.span, "the service itself has no business hours", "write `h` or `m` without `b`"
            )
            return BAD
        return found.seconds

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        return {"type": "string", "pattern": r"^ *([0-9]+ *[hms] *)+$", "examples": ["90s", "5m"]}
