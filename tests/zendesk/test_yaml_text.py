"""YAML that is written here says to every reader what was meant."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from support_policy.service.yaml_text import WIDTH, comment, flow, flow_list, noted, scalar, sentence
from support_policy.service.zendesk_json import clean
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Mapping, Scalar, Sequence
from support_policy.source.yaml import read_yaml

TEXTS = st.text(max_size=40).map(clean).filter(bool) | st.sampled_from(
    [
        "no",
        "null",
        "~",
        "1",
        "1.0",
        "0x1f",
        "2026-01-01",
        "09:00",
        "- a",
        "a: b",
        "a #b",
        "#a",
        "*a",
        "&a",
        "!a",
        "'",
        '"',
        "{",
        "a]",
    ]
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("two words", "two words"),
        ("Neujahr (ganztags)", "Neujahr (ganztags)"),
        ("2026-01-01", "2026-01-01"),
        ("eu_west", "eu_west"),
        ("no", '"no"'),
        ("42", '"42"'),
        ("a, b", '"a, b"'),
        ("a: b", '"a: b"'),
        ('say "x"', r'"say \"x\""'),
        ("", '""'),
        ("@home", '"@home"'),
    ],
)
def test_a_text_is_quoted_only_where_that_is_needed(text: str, written: str) -> None:
    """Words stand as they are; what another reader could take for something else is quoted."""
    assert scalar(text) == written


@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
def test_what_is_written_is_read_again(items: list[str], said: str) -> None:
    """Texts inside `{...}` and `[...]` and in a line of their own come back as they were."""
    lists = flow_list(scalar(item) for item in items)
    text = f"a: {flow([('b', scalar(items[0])), ('c', lists)])}\nsays: {sentence(said)}\n"
    findings = Findings()
    node = read_yaml(text.encode(), "x.yaml", findings)
    assert list(findings) == []
    assert isinstance(node, Mapping)
    inner, says = node.get("a"), node.get("says")
    assert isinstance(inner, Mapping)
    b, c = inner.get("b"), inner.get("c")
    assert isinstance(b, Scalar)
    assert isinstance(c, Sequence)
    assert isinstance(says, Scalar)
    assert (b.text, says.text) == (items[0], said)
    assert [item.text for item in c.items if isinstance(item, Scalar)] == items


@given(TEXTS.filter(lambda text: text != "2026-01-01"))
def test_other_readers_see_text_too(text: str) -> None:
    """A reader that guesses types by their looks still finds text, dates aside."""
    assert yaml.safe_load(f"[{scalar(text)}]") == [text]


@given(st.text(max_size=400).map(clean), st.integers(0, 8))
def test_a_comment_stays_a_comment(text: str, indent: int) -> None:
    """Every line of a comment begins as one."""
    assert all(line.lstrip().startswith("# ") for line in comment(text, indent))


def test_a_note_stands_beside_its_line_or_above_it() -> None:
    """A comment that would make the line too long gets a line of its own, at the same depth."""
    assert noted("  a: b", "why", 12) == "  a: b      # why"
    assert noted("  a: b", "x" * WIDTH).startswith("  # x")
    assert noted("  a: b", "") == "  a: b"
