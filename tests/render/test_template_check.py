"""Mistakes in templates: each told once, at its line and column in the YAML, with what to write instead."""

# ruff: noqa: E501 - a row of the table is a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.policy.compiled import compile_policy
from support_policy.render.template_words import BEGUN, LISTED, REACHED, REQUESTS, RESULT, STANDING
from support_policy.source.diagnostics import PolicyError
from tests.policy.small import SMALL, bank_holidays
from tests.render.template_policy import FILE, INDENT, compiled, found, written

MISTAKES = [
    # the body, code, the text found and where it begins, part of the help
    ("Dear all,\n{{ tiket }}", "N602", "tiket }}", "did you mean `ticket`?"),
    ("{% if priorty == 'P1' %}now{% endif %}", "N602", "priorty", "did you mean `priority`?"),
    ("é😀 {{ subject }}", "N602", "subject", ""),
    ("{{ note }}", "N602", "note", "did you mean `facts.note`?"),
    ("{{ facts.nota }}", "N602", "nota }}", "did you mean `note`?"),
    ("{{ facts['nota'] }}", "N602", "nota'", "did you mean `note`?"),
    ("{{ targets.first_respnse.due_at }}", "N602", "first_respnse", "did you mean `first_response`?"),
    ("{{ targets.resolution.due }}", "N602", "due }}", "did you mean `due_at`?"),
    ("{{ ticket.name }}", "N602", "name }}", ""),
    ("{% if level %}{% set x = 1 %}{% endif %}{{ x }}", "N602", "x }}", ""),
    ("{% for c in clause %}{% set last = c %}{% endfor %}{{ last }}", "N602", "last }}", ""),
    ("{{ loop.index }}", "N602", "loop", ""),
    ("{{ due_at|dat }}", "N603", "dat }}", "did you mean `date`?"),
    ("{{ clause|join }}", "N603", "join", "`|join(', ')`"),
    ("{{ reason|truncate('x') }}", "N603", "truncate", "`|truncate(80)`"),
    ("{{ reason|upper(1) }}", "N603", "upper", "`|upper`"),
    ("{{ reason is defined }}", "N603", "defined", "`x is missing`"),
    ("{{ ticket.upper() }}", "N604", "()", "filters"),
    ("{{ targets.first-response }}", "N604", "targets", "group['a-b']"),
    ("{{ ticket ~ 'x' }}", "N604", "ticket", "beside each other"),
    ("{{ clause[0] }}", "N604", "0]", "`|first`"),
    ("{{ [ticket] }}", "N604", "[ticket]", "['P1', 'P2']"),
    ("{{ {'a': 1} }}", "N604", "{'a'", ""),
    ("{% include 'other' %}", "N604", "include", "write the text out"),
    ("{% extends 'other' %}", "N604", "extends", "write the text out"),
    ("{% from 'other' import x %}", "N604", "from", "write the text out"),
    ("{% macro f() %}{{ f() }}{% endmacro %}", "N604", "macro", "`if`, `for` and `set`"),
    ("{% set x %}a{% endset %}", "N604", "set x", "`if`, `for` and `set`"),
    ("{% block b %}a{% endblock %}", "N604", "block", "`if`, `for` and `set`"),
    ("{% set a, b = clause %}", "N604", ", b", ""),
    ("{% for loop in clause %}{% endfor %}", "N604", "loop", "another"),
    ("{% for c in clause recursive %}{% endfor %}", "N604", "for c", "`recursive`"),
    ("{{ priority|date }}", "N605", "date }}", "filters for a text"),
    ("{{ due_at|upper }}", "N605", "upper }}", "`date`"),
    ("{{ clause }}", "N605", "clause }}", "`|join(', ')`"),
    ("{{ targets.resolution }}", "N605", "targets", "`.due_at`"),
    ("{{ facts }}", "N605", "facts }}", "`.note`"),
    ("{% for c in reason %}{{ c }}{% endfor %}", "N605", "reason", ""),
    ("{% if level == 'two' %}x{% endif %}", "N605", "level", ""),
    ("{% if priority < 3 %}x{% endif %}", "N605", "priority", ""),
    ("{% if facts.users < 3 < due_at %}x{% endif %}", "N605", "3 < due_at", ""),
    ("{% if 'P1' in level %}x{% endif %}", "N605", "'P1' in", ""),
    ("{% if level in clause %}x{% endif %}", "N605", "level in", ""),
    ("Dear all,\n\n{% if ticket %}\nnever closed", "N601", "if ticket", "{% endif %}"),
    ("{% for c in clause %}{% if c %}{% endfor %}", "N601", "endfor", "`{% if %}` is still open"),
    ("{% else %}", "N601", "else", "no tag is open"),
    ("{% esle %}", "N601", "esle", "did you mean `else`?"),
    ("a {{ ticket", "N601", "{{ ticket", "`}}`"),
    ("a {% if ticket", "N601", "{% if", "`%}`"),
    ("a {# note", "N601", "{# note", "`#}`"),
    ("{{ ticket }", "N601", "}", ""),
    ("{{ 'never closed }}", "N601", "'never", "write `'`"),
    ("{{ ticket $ 1 }}", "N601", "$ 1", ""),
    ("{{ }}", "N601", "}}", ""),
    ("{{ ticket ticket }}", "N601", "ticket }}", ""),
    ("{{ " + "not " * 60 + "level }}", "N608", "not ", ""),
    ("{% if level %}" * 12 + "{% endif %}" * 12, "N608", "if level", "more simply"),
    ("{{ " + "(" * 30_000 + " }}", "N608", "{{ (", "more simply"),
    ("{{ " + "9" * 10_000 + " }}", "N608", "{{ 9", ""),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "place", "help"), MISTAKES)
def test_one_mistake_is_one_finding(body: str, code: str, place: str, help: str) -> None:
    """A slip in a template is told where it stands in the file, with what to write instead."""
    text = written(body)
    told = found(text)
    assert [d.code for d in told] == [code], "\n".join(map(str, told))
    (first,) = told
    assert first.span.file == FILE
    assert text.split("\n")[first.span.line - 1][first.span.column - 1 :].startswith(place)
    assert help in first.help


def test_every_word_of_a_template_is_judged_by_itself() -> None:
    """All slips come at once, in the order of the text, each at its own column."""
    told = found(written("{{ tiket }} {{ ticket }} {{ tiket|uper }}\n{{ facts.nota }}", subject="{{ staet }}"))
    assert [(d.code, d.span.line, d.span.column) for d in told] == [
        ("N602", 3, 18),
        ("N602", 5, 10),
        ("N602", 5, 35),
        ("N603", 5, 41),
        ("N602", 6, 16),
    ]


STYLES = [
    "subject: plain {{ XX }}\n    body: b",
    "subject: 'it''s quoted {{ XX }}'\n    body: b",
    'subject: "a \\"tab\\"\\t\\u00e9 {{ XX }}"\n    body: b',
    'subject: "folded\n      over lines {{ XX }}"\n    body: b',
    "subject: plain over\n      lines {{ XX }}\n    body: b",
    "subject: a\n    body: |\n      line\n\n        deep {{ XX }}",
    "subject: a\n    body: >-\n      folded\n      text\n\n      and {{ XX }}",
    "subject: a\n    body: |2 # with a comment\n        {{ XX }}",
    "{subject: a, body: '{{ XX }}'}",
]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("style", STYLES)
def test_a_place_is_found_however_the_text_is_written(style: str, end: str) -> None:
    """Quotes, escapes, folding, indentation and line ends do not shift what a finding points at."""
    text = f"templates:\n  triage:{' ' if style[0] == '{' else chr(10) + '    '}{style}\n".replace("\n", end)
    (told,) = found(text)
    assert told.code == "N602"
    assert text.split(end)[told.span.line - 1][told.span.column - 1 :].startswith("XX")


def test_a_place_behind_an_alias_is_that_of_the_alias() -> None:
    """A text that is repeated by name is blamed where it is repeated."""
    line = "  triage: {subject: &text '{{ XX }}', body: *text}"
    told = found(f"templates:\n{line}\n")
    assert [(d.span.line, d.span.column - 1) for d in told] == [(2, line.index("XX")), (2, line.index("*text"))]


GOOD = [
    "{{ ticket }} {{ organization|default('nobody') }} {{ level }} {{ due_at }} {{ due_at|date }} {{ at|time }}",
    "{% for row in targets %}{{ row.metric|words }}: {{ row.status }}{% if not loop.last %}, {% endif %}{% else %}none{% endfor %}",
    "{% for c in clause if c %}{{ loop.index }}. {{ c }}{% endfor %}{{ clause|join('; ') }}{{ clause|first }}",
    "{% set due = targets.first_response.due_at %}{% if due and due < at %}late{% elif level == 2 %}{{ due|date }}{% endif %}",
    "{{ targets['first_response'].target }} {{ targets.resolution.worked|duration }} {{ 90|duration }}",
    "{{ 'urgent' if priority in ['P1', 'P2'] }}{{ 'x' if facts.users > 3 else facts.note }}",
    "{{ reason is missing }}{{ not reason }}{{ reason or says }}{{ facts.note and 'noted' }}",
    "{# a remark with {{ tiket }} #}{% raw %}{{ tiket }}{% endraw %}{{ none }}",
    "{{ reason|trim|truncate(20)|upper }}{{ reason|length }}{{ 1 < 2 < 3 }}",
]


@pytest.mark.parametrize("body", GOOD)
def test_what_templates_can_say_is_accepted(body: str) -> None:
    """Every word, filter, test and tag that is documented passes."""
    assert found(written(body)) == []


def test_a_name_that_no_template_has_is_told_where_it_is_used() -> None:
    """`message:` with a misspelt name gets the nearest right one; the template meant is not called unused."""
    policy = SMALL["policy.yaml"].replace("after: 2bh, notify: manager", "after: 2bh, message: frist, notify: manager")
    (told,) = found(written("x", name="first"), policy=policy)
    assert (told.code, told.help) == ("P310", "did you mean `first`?")
    assert policy.split("\n")[told.span.line - 1][told.span.column - 1 :].startswith("frist")


@pytest.mark.parametrize(
    "line",
    [
        "notify: manager\n    remind: 1bh\n    message: mine",
        "notify: manager\n    remind: 1bh\n    remind_message: mine",
    ],
)
def test_a_requested_chain_names_its_messages(line: str) -> None:
    """A request and its reminder may have templates; both count as used."""
    policy = SMALL["policy.yaml"].replace("notify: manager\n    remind: 1bh", line)
    assert found(written("x", name="mine"), policy=policy) == []
    assert [d.code for d in found(written("x", name="other"), policy=policy)] == ["P310", "N609"]


def test_a_template_that_nobody_names_is_told() -> None:
    """A template without a use is a warning; the help knows the names that mean something."""
    (told,) = found(written("x", name="priority_chnged"))
    assert (told.code, told.severity, told.help) == ("N609", "warning", "did you mean `priority_changed`?")


def test_a_template_declared_twice_is_refused() -> None:
    """Two files cannot declare one template."""
    files = {**SMALL, FILE: written("x"), "rules/more.yaml": written("y")}
    with pytest.raises(PolicyError) as caught:
        compile_policy({name: text.encode() for name, text in files.items()}, bank_holidays, "test")
    (told,) = caught.value.diagnostics
    assert (told.code, told.message) == ("P305", "the template `triage` is declared twice")
    assert told.span.file == FILE


def test_a_text_is_part_of_the_digest() -> None:
    """Another wording is another policy; where the template stands in the files says nothing."""
    first, other = compiled(written("one")), compiled(written("two"))
    moved = compiled(f"# a remark\n\n{written('one')}")
    assert first.digest == moved.digest != other.digest


def test_a_schedule_knows_no_ticket() -> None:
    """What recurs may speak of the policy and the hour, not of a ticket."""
    policy = SMALL["policy.yaml"].replace("only_when_open: yes", "only_when_open: yes, message: digest")
    assert found(written("{{ says }} {{ at|date }} {{ contact }}", name="digest", subject="D"), policy=policy) == []
    told = found(written("{{ ticket }} {{ facts.note }}", name="digest", subject="D"), policy=policy)
    assert [d.code for d in told] == ["N607", "N607"]


def test_lists_and_sums_are_words_of_schedules_alone() -> None:
    """Every word and part about tickets and periods is known where a schedule sends it, and nowhere else."""
    policy = SMALL["policy.yaml"].replace("only_when_open: yes", "only_when_open: yes, message: digest, lists: open")
    rows = {"tickets": LISTED, "standing": STANDING, "results": RESULT, "escalations": REACHED, "begun": BEGUN}
    for name, parts in rows.items():
        cells = " ".join(f"{{{{ x.{part} }}}}" for part in parts)
        loop = f"{{% for x in {name} %}}{cells}{{% endfor %}}{{{{ {name}|length }}}}"
        assert found(written(loop, name="digest", subject="D"), policy=policy) == []
        wrong = f"{{% for x in {name} %}}{{{{ x.colour }}}}{{% endfor %}}"
        assert [d.code for d in found(written(wrong, name="digest", subject="D"), policy=policy)] == ["N602"]
        assert [d.code for d in found(written(loop))] == ["N607", "N607"]
    asked = " ".join(f"{{{{ requests.{part} }}}}" for part in REQUESTS)
    assert found(written(asked + "{{ count }} {{ as_of|date }}", name="digest", subject="D"), policy=policy) == []


def test_what_could_not_be_read_is_not_held_against_templates() -> None:
    """A fact that is declared with a fault is a fact: templates may name it."""
    text = written("{{ facts.fresh }}") + "facts:\n  fresh: txt\n"
    assert [d.code for d in found(text)] == ["S202"]


PIECES = ["{{", "}}", "{%", "%}", "{#", "#}", " ", "\n", "if", "for", "in", "endif", "endfor", "else", "set", "=", "ticket",
          "clause", "facts", ".", "note", "|", "date", "join", "(", ")", "[", "]", "'x'", "'", "1", "-", "not", "is", "==", "<", "é"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_whatever_is_written_is_read_or_told(body: str) -> None:
    """No text brings the check down, and every finding points into the file."""
    text = written(f"x {body}")
    for told in found(text):
        lines = text.split("\n")
        assert 1 <= told.span.line <= len(lines), body
        assert told.span.column <= len(lines[told.span.line - 1]) + 1, body
        assert told.code.startswith("N"), body


def test_the_block_of_the_helper_is_where_it_says() -> None:
    """The tests' own file begins its body at line 5, column 7."""
    assert written("x").split("\n")[4] == f"{INDENT}x"
