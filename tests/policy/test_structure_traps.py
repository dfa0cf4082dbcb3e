"""What business-rules would ignore or obey, and what transitions would call: refused when the policy is read."""

from __future__ import annotations

import pytest

from tests.policy.small import findings, spoilt

R, W = "rules/priority.yaml", "workflows/request.yaml"
LEAF = "conditions: {name: site, operator: equal_to, value: up}"
ACTION = "actions: [{name: assess, params: {priority: P2}}]"
TRANSITION = "{trigger: responded, source: open, dest: =}"

RULES = [
    (LEAF, f"unless: {{}}\n    {LEAF}", "S205", "`unless`"),
    (LEAF, f"enabled: false\n    {LEAF}", "S205", "`enabled`"),
    (LEAF, f"else: {{}}\n    {LEAF}", "S205", "`else`"),
    (LEAF, "conditions: {all: [], note: x}", "P304", "`note`"),
    (LEAF, "conditions: {any: [], name: site, operator: equal_to, value: up}", "P304", "`name`"),
    (LEAF, "conditions: {name: site, any: []}", "P304", "`name`"),
    (LEAF, "conditions: {all: [], any: []}", "P304", "`any`"),
    (LEAF, "conditions: {all: []}", "R109", "`all`"),
    (LEAF, "conditions: {any: []}", "R109", "`any`"),
    (LEAF, "conditions: {all: {name: site, operator: equal_to, value: up}}", "S201", "a list of conditions"),
    (LEAF, "conditions: {not: []}", "S201", "found a list"),
    (LEAF, "conditions: []", "S201", "found a list"),
    (LEAF, "conditions: yes", "S201", "`yes`"),
    (LEAF, "conditions: {}", "S206", "`name`"),
    (LEAF, "", "S206", "`conditions`"),
    (LEAF, f"otherwise: yes\n    {LEAF}", "P304", "`otherwise`"),
    (LEAF, "conditions: {name: site, operator: equal_to}", "R103", "`equal_to`"),
    (LEAF, "conditions: {name: site, operator: equal_to, value: ~}", "R103", "`equal_to`"),
    (LEAF, "conditions: {name: site, operator: contains, value: ''}", "R114", "`contains`"),
    (LEAF, "conditions: {name: site, operator: not_equal_to, value: up}", "R102", "`not_equal_to`"),
    (LEAF, "conditions: {name: site, operator: __class__, value: up}", "R102", "`__class__`"),
    (LEAF, "conditions: {name: __class__, operator: equal_to, value: up}", "R101", "`__class__`"),
    (LEAF, "conditions: {name: get_all_variables, operator: equal_to, value: up}", "R101", "`get_all_variables`"),
    (LEAF, "conditions: {name: site, operator: equal_to, value: sideways}", "R106", "`sideways`"),
    (LEAF, "conditions: {name: site, operator: equal_to, value: [up]}", "R105", "`equal_to`"),
    (LEAF, "conditions: {name: site, operator: equal_to, value: {a: b}}", "S201", "a value"),
    (LEAF, "conditions: {name: users, operator: less_than, value: '5'}", "R105", "`less_than`"),
    (LEAF, "conditions: {name: users, operator: less_than, value: yes}", "R105", "`less_than`"),
    (LEAF, "conditions: {name: users, operator: less_than, value: nan}", "R110", "`users`"),
    (LEAF, "conditions: {name: users, operator: less_than, value: inf}", "R110", "`users`"),
    (LEAF, "conditions: {name: note, operator: matches_regex, value: '(?=x)'}", "R107", "`(?=x)`"),
    (LEAF, "conditions: {name: note, operator: matches_regex, value: 'a{1000}{1000}'}", "R107", "a{1000}"),
    (LEAF, "conditions: {name: note, operator: matches_regex, value: '(\\pL{20}){40}'}", "R108", "too large"),
    (LEAF, "conditions: {name: open_request, operator: is_true}", "R101", "`open_request`"),
    (LEAF, f"conditions: {'{not: ' * 34}{{name: site, operator: is_missing}}{'}' * 34}", "R112", "32 levels"),
    (ACTION, "actions: [{name: __init__, params: {}}]", "S201", "`__init__`"),
    (ACTION, "actions: [{name: run, params: {priority: P2}}]", "P310", "`run`"),
    (ACTION, "actions: [{name: assess, params: {priority: P2, role: x}}]", "P310", "`role`"),
    (ACTION, "actions: [{name: assess}]", "S206", "`priority`"),
    (ACTION, "actions: [{name: assess, params: {priority: [P2]}}]", "S201", "a list"),
    (ACTION, "actions: [{name: assess, params: priority}]", "S201", "a mapping"),
    (ACTION, "actions: {name: assess, params: {priority: P2}}", "S201", "a list"),
    (ACTION, "actions: [assess]", "S201", "a mapping"),
    (ACTION, "actions: []", "P317", "`rest`"),
]


@pytest.mark.parametrize(("old", "new", "code", "said"), RULES)
def test_what_a_rule_cannot_mean_is_refused(old: str, new: str, code: str, said: str) -> None:
    """Unknown keys, mixed branches, missing values, names of Python's own: one error, never a silent rule."""
    found = findings(spoilt(R, old, new))
    assert [d.code for d in found] == [code], "\n".join(map(str, found))
    assert said in found[0].message
    assert found[0].span.file == R


def test_value_beside_an_operator_without_one_is_refused() -> None:
    """`is_true` with `value: false` would still be `is_true`."""
    (found,) = findings(spoilt("rules/guards.yaml", "operator: is_true}", "operator: is_true, value: false}"))
    assert (found.code, found.span.file) == ("R104", "rules/guards.yaml")


def test_guards_take_no_actions() -> None:
    """A guard holds or not; what it would do has no place."""
    files = spoilt("rules/guards.yaml", "operator: is_true}", "operator: is_true}\n    actions: [{name: flag}]")
    assert [d.code for d in findings(files)] == ["P317"]


WORKFLOWS = [
    ("dest: =}", "dest: =, before: os.system}", "S205", "`before`"),
    ("dest: =}", "dest: =, after: os.system}", "S205", "`after`"),
    ("dest: =}", "dest: =, prepare: sys.exit}", "S205", "`prepare`"),
    ("dest: =}", "dest: =, conditions: sys.exit}", "S201", "`sys.exit`"),
    ("dest: =}", "dest: =, unless: sys.exit}", "S201", "`sys.exit`"),
    ("dest: =}", "dest: =, conditions: exit}", "P310", "`exit`"),
    ("dest: =}", "dest: to_open}", "W204", "`to_open`"),
    ("dest: =}", "dest: ghost}", "W204", "`ghost`"),
    ("dest: =}", "dest: '*'}", "S201", "`*`"),
    ("source: open", "source: ghost", "W204", "`ghost`"),
    ("source: open", "source: =", "S201", "`=`"),
    ("source: open", "source: [open, '*']", "W208", "`*`"),
    ("source: open", "source: []", "S204", "empty"),
    ("trigger: responded", "trigger: __class__", "S201", "`__class__`"),
    ("trigger: responded", "trigger: os.system", "S201", "`os.system`"),
]


@pytest.mark.parametrize(("old", "new", "code", "said"), WORKFLOWS)
def test_what_a_transition_cannot_mean_is_refused(old: str, new: str, code: str, said: str) -> None:
    """Callbacks, dotted names and ghost states never reach the library."""
    found = findings(spoilt(W, TRANSITION, TRANSITION.replace(old, new)))
    assert code in [d.code for d in found], "\n".join(map(str, found))
    (finding,) = (d for d in found if d.code == code)
    assert said in finding.message


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("  - new\n", "  - {name: new, on_enter: os.system}\n", "S205"),
        ("  - new\n", "  - {name: new, on_exit: os.system}\n", "S205"),
        ("  - new\n", "  - new\n  - new\n", "W203"),
        ("initial: new", "initial: nowhere", "W204"),
        ("initial: new", "initial: new\nauto_transitions: true", "S205"),
        ("initial: new", "initial: new\nclass-name: os.system", "S205"),
        ("initial: new", "initial: new\nqueued: true", "S205"),
        (f"  - {TRANSITION}\n", f"  - {TRANSITION}\n  - {TRANSITION}\n", "W205"),
        (
            "source: open, dest: =}",
            "source: open, dest: =}\n  - {trigger: responded, source: open, dest: waiting}",
            "W206",
        ),
    ],
)
def test_what_a_machine_cannot_mean_is_refused(old: str, new: str, code: str) -> None:
    """Callbacks of states, options of the library, and shadowed transitions are errors."""
    assert [d.code for d in findings(spoilt(W, old, new))] == [code]
