"""The sandbox of templates: what they print, what they cannot reach, how far they can go."""

# ruff: noqa: E501 - a row of a table is a line

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.policy.templates_use import BY_NAME
from support_policy.render.template_faults import TAGS
from support_policy.render.template_words import FILTERS, MISSING, TARGET, WORDS, words
from support_policy.render.templates import MAX_CHARACTERS, MAX_ROUNDS, TemplateFault, render
from support_policy.source.words import Duration
from tests.render.template_policy import compiled, found, written
from tests.ticket.histories import shipped

AT = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "ticket": "VS-1",
    "at": AT,
    "due_at": MISSING,
    "level": 2,
    "clause": ("One.", "Two."),
    "facts": {"items": "a fact", "down": True, "note": MISSING, "users": 2.5, "many": ()},
    "targets": {"response": {"target": Duration(7200, True), "worked": Duration(90, False)}},
}

PRINTED = [
    ("{{ ticket }} {{ level }} {{ facts.users }} {{ facts.down }}", "VS-1 2 2.5 yes"),
    ("{{ at }}|{{ at|date }}|{{ at|time }}", "Mon 2 Mar 2026, 20:00 UTC|Mon 2 Mar 2026|20:00 UTC"),
    ("{{ targets.response.target }}, {{ targets.response.worked }}, {{ 5400|duration }}", "2 business hours, 1 min 30 s, 1 h 30 min"),
    ("[{{ due_at }}{{ due_at|date }}{{ due_at|time }}{{ facts.note|duration }}{{ facts.note|upper }}]", "[]"),
    ("{{ facts.note|default('-') }} {{ ticket|default('-') }}", "- VS-1"),
    ("{{ facts.items }} {{ facts['items'] }}", "a fact a fact"),
    ("{{ clause|join(' / ') }} {{ clause|first }} {{ clause|last }} {{ clause|length }}", "One. / Two. One. Two. 2"),
    ("{{ facts.many|first }}{{ facts.many|join('x') }}{{ facts.note|length }}", "0"),
    ("{% for c in clause %}\n  - {{ c }}{% if not loop.last %},{% endif %}\n{% endfor %}", "  - One.,\n  - Two."),
    ("{% for c in facts.many %}x{% else %}none{% endfor %}", "none"),
    ("{% if due_at < at or at < due_at or facts.note in 'abc' %}yes{% else %}no{% endif %}", "no"),
    ("{{ 1 < level < 3 }} {{ 'One.' in clause }} {{ 'x' not in clause }} {{ targets.response.worked < targets.response.target }}", "yes yes yes yes"),
    ("{{ 'x' if facts.note }}{{ 'y' if facts.down }}", "y"),
    ("{{ facts.note is missing }} {{ ticket is missing }}", "yes no"),
    ("{{ 'first_response'|words }} {{ ticket|lower|capitalize }} {{ 'abcdef'|truncate(5) }}", "first response Vs-1 ab..."),
    ("{{ '<b>&amp;</b>' }}", "<b>&amp;</b>"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text"), PRINTED)
def test_a_value_is_printed_as_people_read_it(source: str, text: str) -> None:
    """Values become text as a letter would have them; what is not known is empty, and no comparison with it holds."""
    assert render(source, VALUES).rstrip("\n") == text


ESCAPES = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ ticket.format }}",
    "{{ '{0.__class__}'.format(ticket) }}",
    "{{ ticket|attr('__class__') }}",
    "{{ at.year }}",
    "{{ at.__class__ }}",
    "{{ facts.__init__ }}",
    "{{ facts.keys() }}",
    "{{ facts.items() }}",
    "{{ self.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ namespace() }}",
    "{{ dict() }}",
    "{{ joiner() }}",
    "{{ range(3) }}",
    "{{ get_flashed_messages }}",
    "{{ loop }}",
    "{% for c in clause %}{{ loop.__init__ }}{% endfor %}",
    "{% for c in clause %}{{ loop.cycle('a') }}{% endfor %}",
    "{% for c in clause %}{{ loop._iterable }}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
    "{% set facts.note = 'x' %}",
    "{{ ticket|tojson }}",
    "{{ ticket|safe }}",
    "{{ clause|map('upper') }}",
    "{{ ticket is callable }}",
    "{{ _budget.left }}",
    "{{ _budget.spend(-100000) }}",
    "{{ (1).__class__ }}",
]


@pytest.mark.parametrize("source", ESCAPES)
def test_nothing_is_reached_that_was_not_given(source: str) -> None:
    """No template reaches Python's objects, functions or files: refused when it is checked, and when it is run."""
    assert found(written(source))
    with pytest.raises(TemplateFault):
        render(source, VALUES)


ENDLESS = [
    "{% for i in range(10**9) %}x{% endfor %}",
    "{{ 'a' * 10**9 }}",
    "{{ 10**10**10 }}",
    "{{ 'a'|center(1000000000) }}",
    "{{ '%1000000000d'|format(1) }}",
    "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "{% for c in clause recursive %}{{ loop(clause) }}{% endfor %}",
    "{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
    "{% set x = 'ab' %}" + "{% set x = x + x %}" * 40 + "{{ x }}",
    "{% set x %}ab{% endset %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40 + "{{ x }}",
    "{% set x = clause %}" + "{% set x = [x, x] %}" * 40 + "{{ x }}",
    "{{ ticket|replace('', ticket) }}",
    "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}",
    "{{ " + "-" * 20_000 + "1 }}",
    "{{ " + "9" * 10_000 + " }}",
]


@pytest.mark.parametrize("source", ENDLESS)
def test_nothing_that_would_not_end_is_begun(source: str) -> None:
    """What would run long or grow without bound is refused when it is checked, and when it is run."""
    assert found(written(source))
    with pytest.raises(TemplateFault):
        render(source, VALUES)


def test_loops_are_counted_together() -> None:
    """Loops within loops share their rounds: what would be a million is cut short, with the reason."""
    loops = "{% for a in clause %}{% for b in clause %}{% for c in clause %}x{% endfor %}{% endfor %}{% endfor %}"
    assert found(written(loops)) == []
    many = {"clause": ("c",) * 100}
    with pytest.raises(TemplateFault, match=f"more than {MAX_ROUNDS:,} rounds"):
        render(loops, many)
    assert render(loops, {"clause": ("c",) * 10}) == "x" * 1000


def test_a_text_is_cut_at_its_greatest_length() -> None:
    """A message has a bounded length, whatever the ticket says."""
    source = "{% for c in clause %}{{ ticket }}{% endfor %}"
    assert len(render(source, {"ticket": "x", "clause": ("c",) * 9_000})) == 9_000
    with pytest.raises(TemplateFault, match=f"longer than {MAX_CHARACTERS:,} characters"):
        render(source, {"ticket": "x" * 8, "clause": ("c",) * 9_000})


def test_the_table_of_words_says_all() -> None:
    """Every word and part of a target has a meaning, every filter too; facts and targets follow from the policy."""
    assert all(known.says for known in WORDS.values())
    assert all(known.says for known in FILTERS.values())
    assert all(says for _, says in TARGET.values())
    known = words(compiled(written("x")).text)
    assert set(known) - set(WORDS) == {"facts", "targets"}
    assert set(known["facts"].kind.parts) == {"organization", "stated_priority", "site", "users", "note"}
    assert set(known["targets"].kind.parts) == {"first_response", "resolution"}


def test_the_shipped_file_lists_what_templates_know() -> None:
    """Whoever writes a template finds every word, part of a target, tag and filter at the top of the file."""
    lines = shipped()["rules/templates.yaml"].decode().split("\n")
    listed = set(re.findall(r"\w+", " ".join(line for line in lines if line.startswith("#"))))
    assert {*WORDS, *FILTERS, *TARGET, *TAGS, "facts", "targets", "missing", *BY_NAME} <= listed


NAMES = ["ticket", "level", "due_at", "clause", "facts.note", "facts.users", "facts.tags", "targets.resolution.worked", "x", "'a'", "3"]  # fmt: skip
ATOMS = st.sampled_from(NAMES)
FILTERED = st.builds(lambda n, f: f"{n}|{f}", ATOMS, st.sampled_from(["date", "duration", "upper", "first", "length", "join(', ')", "default('-')", "truncate(3)"]))  # fmt: skip
PLAIN = st.one_of(ATOMS, FILTERED)
TESTED = st.builds(
    lambda a, o, b: f"{a} {o} {b}", PLAIN, st.sampled_from(["<", ">=", "==", "!=", "in", "not in", "and", "or"]), PLAIN
)
EXPRESSIONS = st.one_of(PLAIN, TESTED, st.builds("{} if {}".format, PLAIN, TESTED), st.builds("not {}".format, PLAIN))
BODIES = st.recursive(
    st.builds("{{{{ {} }}}}".format, EXPRESSIONS),
    lambda inner: st.one_of(
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, EXPRESSIONS, inner, inner),
        st.builds("{{% for x in {} %}}{}{{{{ loop.index }}}}{{% endfor %}}".format, PLAIN, inner),
        st.builds("{{% set x = {} %}}{}".format, EXPRESSIONS, inner),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=5,
)
KNOWN = st.sampled_from([True, False])


@given(BODIES, st.data())
def test_what_passes_the_check_can_always_be_rendered(body: str, data: st.DataObject) -> None:
    """A template that is accepted never fails, whichever of its words are known."""
    if found(written(body)):
        return
    full: dict[str, Any] = {
        "ticket": "VS-1",
        "level": 1,
        "due_at": AT,
        "clause": ("One.",),
        "note": "n",
        "users": 3,
        "worked": Duration(60, True),
    }
    given_values = {name: value if data.draw(KNOWN) else MISSING for name, value in full.items()}
    facts = {"note": given_values.pop("note"), "users": given_values.pop("users")}
    targets = {"resolution": {"worked": given_values.pop("worked")}}
    render(body, {**given_values, "facts": facts, "targets": targets})
