"""Strict YAML: every trap of the format, and text that was written to hurt."""

from __future__ import annotations

import pytest

from support_policy.source.diagnostics import Diagnostic, Findings, PolicyError
from support_policy.source.nodes import Mapping, Node, Scalar, Sequence
from support_policy.source.yaml import MAX_BYTES, read_yaml


def read(data: bytes | str) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """The node and everything found; never another exception than the one for too many problems."""
    findings = Findings()
    try:
        node = read_yaml(data, "f.yaml", findings)
    except PolicyError as problem:
        return None, problem.diagnostics
    return node, tuple(findings)


@pytest.mark.parametrize(
    "text",
    ["17:30", "9:00", "24:00", "09:30", "no", "NO", "on", "yes", "017", "1e3", "2024-01-01", "0x1F", "1_000", ".inf"],
)
def test_a_scalar_keeps_its_text(text: str) -> None:
    """What other readers turn into 1050, False, 15 or a date stays the text that was written, as key and as value."""
    node, found = read(f"{text}: {text}\n")
    assert found == ()
    assert isinstance(node, Mapping)
    ((key, value),) = node.entries
    assert (key.text, value.text if isinstance(value, Scalar) else None) == (text, text)


@pytest.mark.parametrize(("text", "empty"), [("", True), ("~", True), ("null", True), ('""', False), ("'null'", False)])
def test_only_what_is_not_written_is_empty(text: str, *, empty: bool) -> None:
    """An empty place is told apart from an empty text in quotes."""
    node, _ = read(f"k: {text}\n")
    assert isinstance(node, Mapping)
    value = node.get("k")
    assert isinstance(value, Scalar)
    assert value.empty is empty


def test_a_shared_alias_is_its_value_at_its_own_place() -> None:
    """An alias repeats a value, and messages about it point to where it is used."""
    node, found = read("a: &x [1, 2]\nb: *x\n")
    assert found == ()
    assert isinstance(node, Mapping)
    value = node.get("b")
    assert isinstance(value, Sequence)
    assert [item.text for item in value.items if isinstance(item, Scalar)] == ["1", "2"]
    assert (value.span.line, value.span.column) == (2, 4)


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "Y114", 3, 1),
        ("m: {a: 1, a: 2}\n", "Y114", 1, 11),
        ("a: &x [*x]\n", "Y110", 1, 8),
        ("a: &x {b: *x}\n", "Y110", 1, 11),
        ("a: *x\n", "Y110", 1, 4),
        (BOMB, "Y111", 5, 25),
        ("a: !!python/object/apply:os.system [x]\n", "Y107", 1, 4),
        ("a: !!str 5\n", "Y107", 1, 4),
        ("a: !local 5\n", "Y107", 1, 4),
        ("b: &b {x: 1}\na: {<<: *b}\n", "Y113", 2, 5),
        ("a:\n\tb: 1\n", "Y104", 2, 1),
        ("a: 1\n---\nb: 2\n", "Y106", 2, 1),
        ("a: 1\n...\n%YAML 1.2\n---\nb: 1\n", "Y106", 3, 1),
        ("%YAML 1.1\n---\na: 1\n", "Y116", 1, 1),
        ("# told\n\n%TAG ! x\n---\na: 1\n", "Y116", 3, 1),
        ("", "Y105", 1, 1),
        ("# nothing but a comment\n", "Y105", 1, 1),
        ("---\n", "Y105", 1, 1),
        ("~\n", "Y105", 1, 1),
        ("[a]: 1\n", "Y112", 1, 1),
        ("{a: 1}: 1\n", "Y112", 1, 1),
        ("? [a]\n: 1\n", "Y112", 1, 3),
        (": 1\n", "Y104", 1, 1),
        ("? \n: 1\n", "Y112", 1, 2),
        ("a: [b]]\n", "Y104", 1, 7),
        ("a: 'b' c\n", "Y104", 1, 8),
        ("- a\nb: c\n", "Y104", 2, 1),
        ("[" * 100, "Y109", 1, 41),
        ("a: " + "x" * 70_000, "Y108", 1, 4),
        ("- a\n" * 60_000, "Y111", 50001, 3),
        ("a: 1\nb: x\x00y\n", "Y103", 2, 5),
        ("a: caf\x82\n", "Y103", 1, 7),
        ("a: x\u202ey\n", "Y103", 1, 5),
        ("a: x\u200by\n", "Y103", 1, 5),
        ("a: x\ufeffy\n", "Y103", 1, 5),
        ("a: [1, 2\nb: 3\n", "Y104", 1, 4),
        ("a: {b: 1\nc: 2\n", "Y104", 1, 4),
        ('a: "text\n', "Y104", 1, 4),
        ("a: b: c\n", "Y104", 1, 5),
        ("a: @b\n", "Y104", 1, 4),
        ("a: `b`\n", "Y104", 1, 4),
        ("a: %b\n", "Y104", 1, 4),
        ("a: *\n", "Y104", 1, 4),
        ("ab: 1\ncd 2\nef: 3\n", "Y104", 2, 1),
        ("a:\n  b: 1\n c: 2\n", "Y104", 3, 2),
        ('a: "\\d"\n', "Y104", 1, 5),
    ],
)
def test_what_is_refused_is_refused_where_it_stands(text: str, code: str, line: int, column: int) -> None:
    """Each trap of YAML is one error with its code, line and column."""
    _, found = read(text)
    assert [(d.code, d.span.line, d.span.column) for d in found] == [(code, line, column)]


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        ("a: 1\n".encode("utf-16"), "Y102", 1, 1),
        ("a: 1\n".encode("utf-16-le"), "Y102", 1, 1),
        ("a: 1\n".encode("utf-32"), "Y102", 1, 1),
        ("a: 1\nb: caf\xe9\n".encode("latin-1"), "Y102", 2, 7),
        (b"a: \xed\xa0\x80\n", "Y102", 1, 4),
        (b"a: \xc0\xaf\n", "Y102", 1, 4),
        (b"a" * (MAX_BYTES + 1), "Y101", 1, 1),
        (b"a: " + b"x" * (10 * MAX_BYTES), "Y101", 1, 1),
    ],
)
def test_bytes_that_are_no_policy_text_are_refused(data: bytes, code: str, line: int, column: int) -> None:
    """Other encodings and enormous files are told from the first wrong byte."""
    _, found = read(data)
    assert [(d.code, d.span.line, d.span.column) for d in found] == [(code, line, column)]


@pytest.mark.parametrize("text", ["\ufeffa: b\n", "a: b\r\n", "a: b", "---\na: b\n", "---\na: b\n...\n", "a: b\n\n\n"])
def test_harmless_varieties_of_text_are_read(text: str) -> None:
    """A byte order mark, CRLF, a missing last line break and one `---` change nothing."""
    node, found = read(text)
    assert found == ()
    assert isinstance(node, Mapping)
    assert [(k.text, v.text, k.span.column) for k, v in node if isinstance(v, Scalar)] == [("a", "b", 1)]


def test_columns_count_characters() -> None:
    """A letter beyond ASCII is one column, also beyond the basic plane."""
    _, found = read("a: {é𝒳: 1, b: 1, b: 2}\n")
    assert [(d.span.line, d.span.column) for d in found] == [(1, 18)]


HOSTILE = {
    "tag directives": "".join(f"%TAG !t{n}! x\n" for n in range(60_000)) + "--- a\n",
    "opening brackets": "[" * 900_000,
    "opening braces": "{" * 900_000,
    "question marks": "? " * 400_000,
    "dashes": "- " * 400_000,
    "anchors": "".join(f"- &a{n} x\n" for n in range(80_000)),
    "aliases": "- &a x\n" + "- *a\n" * 150_000,
    "duplicate keys": "a: 1\n" * 150_000,
    "tags": "- !a x\n" * 120_000,
    "one long line": "a: " + "b " * 450_000,
    "quotes": "'" * 900_001,
    "colons": ":" * 900_000,
    "commas": "[" + "," * 900_000,
    "comments": "#\n" * 450_000,
    "blank lines": "\n" * 900_000,
    "spaces": " " * 900_000,
    "indentation": "".join(" " * n + "a:\n" for n in range(1_200)),
    "bomb": BOMB,
    "stars": "*" * 900_000,
    "block": "a: |\n" + " x\n" * 250_000,
    "escapes": 'a: "' + "\\x41" * 200_000 + '"',
    "carriage returns": "\r" * 900_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_in_findings(name: str) -> None:
    """Text written to exhaust a reader ends in a bounded list of diagnostics (its test would hang otherwise)."""
    node, found = read(HOSTILE[name])
    assert node is None or not found
    assert 1 <= len(found) <= 201
    assert all(len(str(d)) < 1_000 for d in found)
