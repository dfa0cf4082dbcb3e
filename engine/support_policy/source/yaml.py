"""Strict YAML: text to nodes with spans, every problem a diagnostic. The only home of PyYAML.

The parser's events are read one by one, never recursively, so that depth, size and aliases are bounded while reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Mapping, Node, Scalar, Sequence, shorten
from support_policy.source.span import Span
from support_policy.source.yaml_faults import fault

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 50_000
MAX_SCALAR = 64 * 1024

# Control characters, other line breaks, and the marks that nobody sees or that reorder text for the eye only.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*(%)")


def decode(data: bytes, file: str, findings: Findings) -> str | None:
    """The text of a file, or None after a diagnostic: UTF-8 only, no control characters, not too large."""
    if len(data) > MAX_BYTES:
        findings.error(
            "Y101",
            Span(file),
            f"the file is too large: at most {MAX_BYTES:,} bytes are read",
            "split it: every file under `rules/` is read",
        )
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:64].count(0) * 3 > len(data[:64]):
        findings.error("Y102", Span(file), "the file is UTF-16 or UTF-32, not UTF-8", "save the file as UTF-8")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = data[: problem.start].decode("utf-8", "replace")
        findings.error(
            "Y102",
            _point(file, before, len(before)),
            f"the byte 0x{data[problem.start]:02x} is not UTF-8",
            "save the file as UTF-8",
        )
        return None
    return text if _printable(text, file, findings) else None


def _printable(text: str, file: str, findings: Findings) -> bool:
    found = _FORBIDDEN.search(text)
    if found:
        findings.error(
            "Y103",
            _point(file, text, found.start()),
            f"the character U+{ord(found.group()):04X} cannot be seen and is not allowed",
            "remove it",
        )
    return not found


def _point(file: str, text: str, index: int) -> Span:
    lines = re.split("\r\n|\r|\n", text[:index])
    line, column = len(lines), len(lines[-1]) + 1
    return Span(file, line, column, line, column + 1)


def read_yaml(data: bytes | str, file: str, findings: Findings) -> Node | None:
    """The one document in `data` as nodes; None when it cannot be read (the reasons are in `findings`)."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    text = decode(data, file, findings)
    if text is None:
        return None
    directive = _DIRECTIVE.match(text)
    if directive:
        span = _point(file, text, directive.start(1))
        findings.error("Y116", span, "lines that begin with `%` are not read", "remove it; a comment begins with `#`")
        return None
    return _nodes(text, file, findings)


def _nodes(text: str, file: str, findings: Findings) -> Node | None:
    import yaml  # late: whoever only counts business time does not read YAML

    builder = _Builder(file, text, findings)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(event)
            if builder.stopped:
                return None
    except yaml.YAMLError as problem:
        found = fault(problem, text)
        span = Span(file, found.line, found.column, found.line, found.column + 1)
        findings.error("Y104", span, found.message, found.help)
        return None
    if builder.root is None or (isinstance(builder.root, Scalar) and builder.root.empty):
        findings.error("Y105", Span(file), "the file is empty", "write something here, or delete the file")
        return None
    return builder.root


@dataclass(slots=True)
class _Open:
    """A collection that is still being read."""

    event: Any
    mapping: bool
    items: list[Node]
    keys: dict[str, Span]
    size: int = 1
    key: Scalar | None = None
    duplicate: bool = False


class _Builder:
    """Takes parser events, makes nodes; stops at the first thing that makes going on pointless."""

    def __init__(self, file: str, text: str, findings: Findings) -> None:
        self.file = file
        self.text = text
        self.findings = findings
        self.root: Node | None = None
        self.stopped = False
        self._documents = 0
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._pending: set[str] = set()
        self._size = 0

    def take(self, event: Any) -> None:
        """Read one parser event."""
        handler = _HANDLERS.get(type(event).__name__)
        if handler:
            handler(self, event)

    def document(self, event: Any) -> None:
        """A document begins."""
        self._documents += 1
        if self._documents > 1:
            self._stop("Y106", event, "a second document starts here", "one file holds one document: remove `---`")

    def _span(self, event: Any, end: Any = None) -> Span:
        a, b = event.start_mark, (end or event).end_mark
        return Span(self.file, a.line + 1, a.column + 1, b.line + 1, b.column + 1)

    def _stop(self, code: str, event: Any, message: str, help: str) -> None:
        self.findings.error(code, self._span(event), message, help)
        self.stopped, self.root = True, None

    def _no_tag(self, event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            self.findings.error(
                "Y107",
                self._span(event),
                f"the tag `{shorten(event.tag)}` is not allowed",
                "remove it: the place of a value decides its type",
            )

    def scalar(self, event: Any) -> None:
        """A piece of text."""
        self._no_tag(event)
        if len(event.value) > MAX_SCALAR:
            self._stop("Y108", event, f"a text of {len(event.value):,} characters", f"at most {MAX_SCALAR:,} are read")
            return
        node = Scalar(event.value, self._span(event), not event.style, self._raw(event))
        if event.anchor:
            self._anchors[event.anchor] = (node, 1)
        self._add(node, event, 1)

    def _raw(self, event: Any) -> str:
        """A scalar as it stands in the file."""
        begin, end = event.start_mark, event.end_mark
        if not event.style and begin.line == end.line and not event.anchor:
            raw: str = event.value
            return raw
        return self.text[begin.index : end.index]

    def enter(self, event: Any) -> None:
        """A mapping or list begins."""
        self._no_tag(event)
        if len(self._stack) >= MAX_DEPTH:
            self._stop("Y109", event, f"more than {MAX_DEPTH} levels of nesting", "flatten this part")
            return
        if event.anchor:
            self._pending.add(event.anchor)
        self._stack.append(_Open(event, type(event).__name__ == "MappingStartEvent", [], {}))

    def leave(self, event: Any) -> None:
        """A mapping or list ends."""
        done = self._stack.pop()
        span = self._span(done.event, event)
        node: Node
        if done.mapping:
            pairs = zip(done.items[::2], done.items[1::2], strict=True)
            node = Mapping(tuple((key, value) for key, value in pairs if isinstance(key, Scalar)), span)
        else:
            node = Sequence(tuple(done.items), span)
        anchor = done.event.anchor
        if anchor:
            self._anchors[anchor] = (node, done.size)
            self._pending.discard(anchor)
        self._add(node, done.event, done.size)

    def alias(self, event: Any) -> None:
        """A value is repeated by the name of its anchor."""
        if event.anchor in self._pending:
            self._stop("Y110", event, f"`*{event.anchor}` stands inside the value it names", "write the value out")
        elif event.anchor not in self._anchors:
            self._stop("Y110", event, f"`*{event.anchor}` names nothing above it", "write the value out")
        else:
            node, size = self._anchors[event.anchor]
            elsewhere: dict[str, Any] = {"raw": ""} if isinstance(node, Scalar) else {}
            self._add(replace(node, span=self._span(event), **elsewhere), event, size)

    def _add(self, node: Node, event: Any, size: int) -> None:
        # Collections were counted item by item; only what is new here (scalars, copies by alias) is added.
        if isinstance(node, Scalar) or type(event).__name__ == "AliasEvent":
            self._size += size
        if self._size > MAX_NODES:
            self._stop("Y111", event, f"more than {MAX_NODES:,} values, aliases written out", "make the file smaller")
            return
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        parent.size += size
        if not parent.mapping:
            parent.items.append(node)
        elif parent.key is None:
            self._key(parent, node, event)
        else:
            if not parent.duplicate:
                parent.items += [parent.key, node]
            parent.key = None

    def _key(self, parent: _Open, node: Node, event: Any) -> None:
        if not isinstance(node, Scalar):
            self._stop("Y112", event, "a key must be a piece of text", "write `key: value`")
            return
        if node.plain and not node.text:
            self._stop("Y112", event, "a key is missing before the colon", "write `key: value`")
            return
        if node.text == "<<" and node.plain:
            self._stop("Y113", event, "merge keys (`<<`) are not read", "write the keys out")
            return
        first = parent.keys.get(node.text)
        parent.duplicate = first is not None
        if first is not None:
            self.findings.error(
                "Y114",
                node.span,
                f"the key `{shorten(node.text)}` stands twice",
                "keep one of the two",
                related=(("first written here", first),),
            )
        parent.keys.setdefault(node.text, node.span)
        parent.key = node


_HANDLERS: dict[str, Callable[[_Builder, Any], None]] = {
    "DocumentStartEvent": _Builder.document,
    "ScalarEvent": _Builder.scalar,
    "MappingStartEvent": _Builder.enter,
    "SequenceStartEvent": _Builder.enter,
    "MappingEndEvent": _Builder.leave,
    "SequenceEndEvent": _Builder.leave,
    "AliasEvent": _Builder.alias,
}
"""The parser's events by the name of their class, so that the library is loaded only where it parses."""
