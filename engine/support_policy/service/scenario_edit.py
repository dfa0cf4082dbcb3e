"""Rewriting values of a scenario file in place: nothing but the values changes, byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from support_policy.source.nodes import Mapping as MappingNode
from support_policy.source.nodes import Node, Scalar
from support_policy.source.nodes import Sequence as SequenceNode
from support_policy.source.span import Span

_PLAIN = re.compile(r"[A-Za-z0-9+][A-Za-z0-9_.@+/-]*(?: [A-Za-z0-9_.@+/:-]*[A-Za-z0-9_.@+/-])*")
_ANCHOR = re.compile(r"&\S+\s*")
_HIDDEN = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def yaml_text(text: str) -> str:
    """A text as YAML, in quotes where it needs them; safe within brackets too."""
    if _PLAIN.fullmatch(text) and text not in ("null", "Null", "NULL"):
        return text
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class Edit:
    """What makes a claim true, as YAML.

    Another `value` for a scalar; for a list or mapping, by index, what to `drop` and to `change`, and what to `add`.
    """

    value: str = ""
    drop: frozenset[int] = frozenset()
    add: tuple[str, ...] = ()
    change: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the text, from the first to before the last character, to be replaced."""

    begin: int
    end: int
    text: str


class Page:
    """The text of a file, whose values can be rewritten by their places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self._lines = [0, *(found.end() for found in re.finditer("\r\n|\r|\n", text))]
        self._pieces: list[_Piece] = []

    def edit(self, key: Scalar, node: Node, edit: Edit, *, listed: bool) -> None:
        """Note down a change to the value `node` of `key`; `listed` says that it stands for a list."""
        if edit.value:
            self._replace(self._content(node), self._last(node), edit.value)
        elif self.text[self._begin(node.span)] == "*":
            self._write_out(node, edit, listed=listed)
        elif isinstance(node, Scalar) or (listed and isinstance(node, MappingNode)):
            # One item without its brackets.
            self._single(node, edit)
        elif self.text[self._content(node)] in "[{":
            self._flow(node, edit)
        else:
            self._block(key, node, edit)

    def edited(self) -> str:
        """The text with every change made."""
        made, done = [], 0
        # What is repeated by an alias is noted down once for each time that it is read.
        for piece in sorted(dict.fromkeys(self._pieces), key=lambda piece: (piece.begin, piece.end)):
            made += [self.text[done : piece.begin], piece.text]
            done = piece.end
        return "".join([*made, self.text[done:]])

    def _replace(self, begin: int, end: int, text: str) -> None:
        self._pieces.append(_Piece(begin, end, text))

    def _begin(self, span: Span) -> int:
        return self._lines[span.line - 1] + span.column - 1

    def _end(self, span: Span) -> int:
        return self._lines[span.end_line - 1] + span.end_column - 1

    def _content(self, node: Node) -> int:
        """Where a node begins, the name of an anchor aside."""
        begin = self._begin(node.span)
        anchor = _ANCHOR.match(self.text, begin)
        return anchor.end() if anchor else begin

    def _last(self, node: Node) -> int:
        """Where a node really ends: a block ends with the last thing in it, not where the next thing begins."""
        if isinstance(node, Scalar) or self.text[self._content(node)] in "[{*":
            end = self._end(node.span)
            # A block of text ends before the next line; what stands there is not its own.
            return end if end == 0 or self.text[end - 1] not in "\r\n" else len(self.text[:end].rstrip("\r\n"))
        inner = [value for _, value in node] if isinstance(node, MappingNode) else list(node.items)
        return max(map(self._last, inner), default=self._end(node.span))

    def _stretches(self, node: MappingNode | SequenceNode) -> list[tuple[int, int, Node]]:
        """Where every item begins and ends, and its value."""
        if isinstance(node, MappingNode):
            return [(self._begin(key.span), self._last(value), value) for key, value in node]
        return [(self._begin(item.span), self._last(item), item) for item in node.items]

    def _change(self, stretches: Sequence[tuple[int, int, Node]], change: Mapping[int, str]) -> None:
        for index, text in change.items():
            value = stretches[index][2]
            self._replace(self._content(value), self._last(value), text)

    def _write_out(self, node: Node, edit: Edit, *, listed: bool) -> None:
        """Put what an alias stands for in its place: others stand for it too."""
        stretches = [] if isinstance(node, Scalar) else self._stretches(node)
        kept = [
            self.text[begin:end] for i, (begin, end, _) in enumerate(stretches) if i not in {*edit.drop, *edit.change}
        ]
        if isinstance(node, MappingNode):
            kept += [f"{node.entries[index][0].text}: {text}" for index, text in edit.change.items()]
        text = ", ".join([*kept, *edit.add])
        self._replace(self._begin(node.span), self._end(node.span), f"[{text}]" if listed else f"{{{text}}}")

    def _single(self, node: Scalar | MappingNode, edit: Edit) -> None:
        begin, end = self._content(node), self._last(node)
        kept = [] if edit.drop else [self.text[begin:end]]
        items = [*kept, *edit.add]
        text = items[0] if len(items) == 1 and not items[0].startswith("{") else f"[{', '.join(items)}]"
        self._replace(begin, end, text)

    def _flow(self, node: MappingNode | SequenceNode, edit: Edit) -> None:
        stretches = self._stretches(node)
        kept = [index for index in range(len(stretches)) if index not in edit.drop]
        self._change(stretches, edit.change)
        for index in sorted(edit.drop):
            if kept and index < kept[-1]:
                self._replace(stretches[index][0], stretches[index + 1][0], "")
        added = ", ".join(edit.add)
        if kept:
            last = stretches[kept[-1]][1]
            self._replace(last, max(last, stretches[-1][1]), f", {added}" if added else "")
        elif stretches:
            self._replace(stretches[0][0], stretches[-1][1], added)
        else:
            inside = self._content(node) + 1
            self._replace(inside, inside, added)

    def _block(self, key: Scalar, node: MappingNode | SequenceNode, edit: Edit) -> None:
        stretches = self._stretches(node)
        self._change(stretches, edit.change)
        listed = isinstance(node, SequenceNode)
        first = self._head(stretches[0][0], listed=listed)
        indent = self.text[self._line(first) : first]
        for index in edit.drop:
            head = self._head(stretches[index][0], listed=listed)
            self._replace(self._line(head), self._line_end(stretches[index][1]), "")
        at = self._line_end(stretches[-1][1])
        if edit.add:
            open_end = "" if self.text[:at].endswith(("\n", "\r")) else self.newline
            lines = [f"{indent}{'- ' if listed else ''}{text}{self.newline}" for text in edit.add]
            self._replace(at, at, open_end + "".join(lines))
        elif len(edit.drop) == len(stretches):
            end = self._end(key.span)
            colon = self.text.index(":", end) + 1
            self._replace(colon, colon, " []" if listed else " {}")

    def _head(self, begin: int, *, listed: bool) -> int:
        """Where an item of a block begins, its dash included."""
        return self.text.rindex("-", 0, begin) if listed else begin

    def _line(self, at: int) -> int:
        return max(begin for begin in self._lines if begin <= at)

    def _line_end(self, at: int) -> int:
        """Where the line after the one of `at` begins; the end of the text after the last."""
        return next((begin for begin in self._lines if begin > at), len(self.text))


def diff(file: str, old: str, new: str) -> list[str]:
    """What changes, line by line: `file:line`, then `- ` and `+ ` lines."""
    before, after = old.splitlines(), new.splitlines()
    shown: list[str] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            shown.append(f"{file}:{i + 1}")
            shown += [*_signed("-", before[i:j]), *_signed("+", after[k:m])]
    return shown


def _signed(sign: str, lines: Iterable[str]) -> list[str]:
    return [f"  {sign} {line.strip()}" for line in lines]
