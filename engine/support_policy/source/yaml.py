"""Strict YAML: text to nodes with spans, every problem a diagnostic. The only home of PyYAML.

The parser's events are read one by one, never recursively, so that depth, size and aliases are bounded while reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import yaml

from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Mapping, Node, Scalar, Sequence, shorten
from support_policy.source.span import Span

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 50_000
MAX_SCALAR = 64 * 1024

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Control characters, other line breaks, and the invisible marks that reorder text for the eye only.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def decode(data: bytes, file: str, findings: Findings) -> str | None:
    """The text of a file, or None after a diagnostic: UTF-8 only, no control characters, not too large."""
    if len(data) > MAX_BYTES:
        findings.error(
            "Y101",
            Span(file),
            f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read",
            "split it: every file under `rules/` is read",
        )
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        findings.error("Y102", Span(file), "the file is UTF-16, not UTF-8", "save it as UTF-8")
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
    line = text.count("\n", 0, index)
    column = index - (text.rfind("\n", 0, index) + 1)
    return Span(file, line + 1, column + 1, line + 1, column + 2)


def read_yaml(data: bytes | str, file: str, findings: Findings) -> Node | None:
    """The one document in `data` as nodes; None when it cannot be read (the reasons are in `findings`)."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    text = decode(data, file, findings)
    if text is None:
        return None
    builder = _Builder(file, findings)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
            if builder.stopped:
                return None
    except yaml.YAMLError as problem:
        findings.error("Y104", _where(problem, file, text), _what(problem), _advice(problem, text))
        return None
    if builder.root is None and not builder.stopped:
        findings.error("Y105", Span(file), "the file is empty", "write the policy here, or delete the file")
    return builder.root


def _where(problem: yaml.YAMLError, file: str, text: str) -> Span:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    if mark is not None:
        return Span(file, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)
    position = getattr(problem, "position", None)
    return _point(file, text, position) if isinstance(position, int) else Span(file)


def _what(problem: yaml.YAMLError) -> str:
    parts = [getattr(problem, "context", None), getattr(problem, "problem", None) or getattr(problem, "reason", None)]
    return "this is not YAML: " + ", ".join(str(p) for p in parts if p)


def _advice(problem: yaml.YAMLError, text: str) -> str:
    mark = getattr(problem, "problem_mark", None)
    said = str(getattr(problem, "problem", ""))
    if mark is not None:
        line = text.splitlines()[mark.line] if mark.line < text.count("\n") + 1 and text else ""
        if line[: mark.column + 1].lstrip(" ").startswith("\t"):
            return "indent with spaces, not with tabs"
    if "mapping values are not allowed" in said:
        return "a value that contains `: ` needs quotes"
    if "could not find expected ':'" in said:
        return "a key needs a colon and a space after it"
    if "cannot start any token" in said:
        return "a value that starts with this character needs quotes"
    return ""


@dataclass(slots=True)
class _Open:
    """A collection that is still being read."""

    event: Any
    items: list[Node]
    keys: dict[str, Span]
    size: int = 1
    key: Scalar | None = None
    duplicate: bool = False


class _Builder:
    """Takes parser events, makes nodes; stops at the first thing that makes going on pointless."""

    def __init__(self, file: str, findings: Findings) -> None:
        self.file = file
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
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop("Y106", event, "a second document starts here", "one file holds one document: remove `---`")
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._enter(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._leave(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

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

    def _scalar(self, event: Any) -> None:
        self._no_tag(event)
        if len(event.value) > MAX_SCALAR:
            self._stop("Y108", event, f"a text of {len(event.value):,} characters", f"at most {MAX_SCALAR:,} are read")
            return
        node = Scalar(event.value, self._span(event), event.style is None)
        if event.anchor:
            self._anchors[event.anchor] = (node, 1)
        self._add(node, event, 1)

    def _enter(self, event: Any) -> None:
        self._no_tag(event)
        if len(self._stack) >= MAX_DEPTH:
            self._stop("Y109", event, f"more than {MAX_DEPTH} levels of nesting", "flatten this part")
            return
        if event.anchor:
            self._pending.add(event.anchor)
        self._stack.append(_Open(event, [], {}))

    def _leave(self, event: Any) -> None:
        done = self._stack.pop()
        span = self._span(done.event, event)
        node: Node
        if isinstance(event, yaml.MappingEndEvent):
            pairs = zip(done.items[::2], done.items[1::2], strict=True)
            node = Mapping(tuple((key, value) for key, value in pairs if isinstance(key, Scalar)), span)
        else:
            node = Sequence(tuple(done.items), span)
        anchor = done.event.anchor
        if anchor:
            self._anchors[anchor] = (node, done.size)
            self._pending.discard(anchor)
        self._add(node, done.event, done.size)

    def _alias(self, event: Any) -> None:
        if event.anchor in self._pending:
            self._stop("Y110", event, f"`*{event.anchor}` stands inside the value it names", "write the value out")
        elif event.anchor not in self._anchors:
            self._stop("Y110", event, f"`*{event.anchor}` names nothing above it", "write the value out")
        else:
            node, size = self._anchors[event.anchor]
            self._add(replace(node, span=self._span(event)), event, size)

    def _add(self, node: Node, event: Any, size: int) -> None:
        # Collections were counted item by item; only what is new here (scalars, copies by alias) is added.
        if isinstance(node, Scalar) or isinstance(event, yaml.AliasEvent):
            self._size += size
        if self._size > MAX_NODES:
            self._stop("Y111", event, f"more than {MAX_NODES:,} values, aliases written out", "make the file smaller")
            return
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        parent.size += size
        if isinstance(parent.event, yaml.SequenceStartEvent):
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
