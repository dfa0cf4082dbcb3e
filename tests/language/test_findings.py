"""What managers get wrong in the wider language: each slip is one finding, at its place, with what to write instead."""

from __future__ import annotations

import pytest

from support_policy.policy.compiled import compile_policy
from support_policy.source.diagnostics import Diagnostic, PolicyError
from tests.language.desk import PRIORITIES, files_of
from tests.policy.small import bank_holidays


def findings(parts: dict[str, str]) -> list[Diagnostic]:
    """Everything that is found in a desk, notes aside."""
    try:
        found = compile_policy(files_of(**parts), bank_holidays, "test").findings
    except PolicyError as problem:
        found = problem.diagnostics
    return [d for d in found if d.severity != "note"]


def metric(line: str) -> dict[str, str]:
    """The metric `fix` written so."""
    return {"metrics": f"  reply: {{start: submitted, stop: responded}}\n  fix: {line}\n"}


def watch(line: str) -> dict[str, str]:
    """The chain `watch` written so."""
    return {"escalation": f"  watch: {line}\n"}


def timer(line: str) -> dict[str, str]:
    """One timer of the workflow."""
    return {"timers": f"  - {line}\n"}


def targets(action: str) -> dict[str, str]:
    """A rule that chooses targets."""
    return {
        "targets": f"  - id: t\n    conditions: {{name: vip, operator: is_true}}\n    actions: [{action}]\n",
    }


MATRIX = """\
facts: {{a: {{one_of: [x, y]}}, b: {{one_of: [x, y]}}, c: text}}
rule_set: priority
hit_policy: first
matrix: {}
"""


def matrix(line: str) -> dict[str, str]:
    """A matrix of two facts."""
    return {"rules": MATRIX.format(line)}


CASES: list[tuple[dict[str, str], str, str, str]] = [
    # what is written, code, the text at the place, what the message or the help says
    (metric("{start: submited, stop: resolved}"), "P310", "submited", "did you mean `submitted`?"),
    (metric("{start: {event: submitted, by: enginer}, stop: resolved}"), "P310", "enginer", "`engineer`"),
    (metric("{start: {event: submitted, when: nobody}, stop: resolved}"), "P310", "nobody", "set `guards`"),
    (metric("{kind: ola2, start: submitted, stop: resolved}"), "S202", "ola2", "did you mean `ola`?"),
    (metric("{start: submitted, stop: resolved, per: teams}"), "S202", "teams", "did you mean `team`?"),
    (metric("{start: submitted, stop: resolved, recurs: often}"), "S201", "often", "`yes` or `no`"),
    (metric("{start: submitted, stop: resolved, pause: {while: waitng}}"), "P310", "waitng", "`waiting`"),
    (metric("{start: submitted, stop: resolved, pause: {while: waiting, max: 1d}}"), "S203", "1d", "days differ"),
    (metric("{start: submitted, stop: resolved, calendar: paris}"), "P310", "paris", "`london`"),
    (metric("{start: submitted, stop: resolved, calendar: {P9: always}}"), "P310", "P9", "priority `P9`"),
    (watch("{counts: fix, levels: [{notify: lead}]}"), "S206", "{notify: lead}", "`after` is missing"),
    (
        watch("{counts: fix, levels: [{after: 1bh, at: 50%, notify: lead}]}"),
        "P304",
        "{after: 1bh, at",
        "`after` and `at`",
    ),
    (watch("{counts: fix, levels: [{at: half, notify: lead}]}"), "S201", "half", "such as `80%`"),
    (watch("{counts: fix, levels: [{at: 0%, notify: lead}]}"), "S201", "0%", "such as `80%`"),
    (watch("{counts: fix, levels: [{before: 30m, notify: lead}]}"), "P353", "30m", "`30bm`"),
    (watch("{counts: fix, levels: [{before: 9bh, notify: lead}]}"), "P354", "9bh", "at the start"),
    (watch("{counts: fix, levels: [{at: 90%, notify: lead}, {at: 80%, notify: boss}]}"), "P314", "{at: 80%", "at 80%"),
    (watch("{counts: fix, repeat: 3, levels: [{at: 90%, notify: lead}]}"), "P314", "{counts", "repeats"),
    (watch("{counts: fix, repeat: 0, levels: [{after: 1bh, notify: lead}]}"), "S201", "0, levels", "from 1 to 100"),
    (watch("{counts: fix, acknowledge: akn, levels: [{after: 1bh, notify: lead}]}"), "P310", "akn", "event type `akn`"),
    (watch("{on: asked, when: x, notify: lead}"), "P310", "x,", "rule `x`"),
    (watch("{on: asked, notify: lead, repeat: 2}"), "P313", "{on", "`repeat` means nothing"),
    (watch("{counts: fix, accept: updated, levels: [{after: 1bh, notify: lead}]}"), "P313", "{counts", "`accept`"),
    (watch("{on: asked, notify: lead, levels: [{at: 50%, notify: boss}]}"), "P353", "{at: 50%", "`after: 2bh`"),
    (watch("{on: asked, levels: [{before: 1bh, notify: boss}]}"), "P353", "{before", "a request has none"),
    (watch("{on: asked, remind: 1bh, levels: [{after: 1bh, notify: boss}]}"), "P313", "remind", "add `notify: ROLE`"),
    (watch("{on: asked, notify: lead, remind_message: x}"), "P313", "remind_message", "such as `remind: 1bh`"),
    (watch("{counts: fix, notify: lead, levels: [{after: 1bh, notify: boss}]}"), "P313", "notify: lead", "`levels`"),
    (watch("{counts: fix, remind: 1bh, levels: [{after: 1bh, notify: boss}]}"), "P313", "remind", "`levels`"),
    (watch("{on: asked, notify: lead, levels: [{after: 2bh, notify: bos}]}"), "P315", "bos", "did you mean `boss`?"),
    (
        watch("{on: asked, notify: lead, levels: [{after: 2bh, notify: boss}, {after: 1bh, notify: boss}]}"),
        "P314",
        "1bh",
        "not after level 2",
    ),
    (
        {"priorities": PRIORITIES.replace("fix: 4bh", "fix: {within: 4bh, calendar: lodnon}")},
        "P310",
        "lodnon",
        "`london`",
    ),
    (
        {"priorities": PRIORITIES.replace("fix: 4bh", "fix: {within: 4bh, calender: x}")},
        "S205",
        "calender",
        "`calendar`",
    ),
    (timer("{id: a, while: opn, after: 1h, do: closed}"), "P310", "opn", "`open`"),
    (timer("{id: a, while: open, after: 1h}"), "P355", "{id: a", "`notify: ROLE`"),
    (timer("{id: a, while: open, after: 1h, do: close}"), "P310", "close}", "did you mean `closed`?"),
    (timer("{id: a, while: open, after: 1h, notify: led}"), "P315", "led", "did you mean `lead`?"),
    (timer("{id: a, while: open, after: 1h, notify: lead, with: {to: P1}}"), "P355", "{id: a", "`do: EVENT`"),
    (timer("{id: a, while: open, after: 1h, do: priority_changed, with: {to: P8}}"), "P310", "P8", "`P8`"),
    (timer("{id: a, while: open, after: 1h, do: closed, with: {raeson: x}}"), "P310", "raeson", "`reason`"),
    (timer("{id: a, while: open, after: 1h, do: closed, reset: updatd}"), "P310", "updatd", "`updated`"),
    (targets("{name: set_target, params: {metric: fixx, within: 1h}}"), "P310", "fixx", "did you mean `fix`?"),
    (targets("{name: set_target, params: {metric: fix, within: 1d}}"), "S203", "1d", "days differ"),
    (targets("{name: set_target, params: {metric: fix}}"), "S206", "{name: set_target", "`within` is missing"),
    (targets("{name: set_target, params: {metric: fix, within: 1h, calendar: x}}"), "P310", "x}", "`always`"),
    (targets("{name: use_chain, params: {chain: wach}}"), "P310", "wach", "did you mean `watch`?"),
    (targets("{name: use_chian, params: {chain: watch}}"), "P310", "use_chian", "did you mean `use_chain`?"),
    (matrix("{rows: a, columns: z, cells: {x: {x: P1}}}"), "R101", "z", "unknown fact `z`"),
    (matrix("{rows: a, columns: c, cells: {x: {x: P1}}}"), "P351", "c,", "`one_of: [...]`"),
    (matrix("{rows: a, columns: b, cells: {x: {x: P1, y: P2}}}"), "P351", "{rows", "the row of `y` is missing"),
    (matrix("{rows: a, columns: b, cells: {x: {x: P1}, y: {x: P1, y: P2}}}"), "P351", "x: {x", "the column of `y`"),
    (matrix("{rows: a, columns: b, cells: {x: {x: P1, y: P9}, y: {x: P1, y: P2}}}"), "P310", "P9", "priority `P9`"),
    (matrix("{rows: a, columns: b, cells: {x: {x: P1, z: P2}, y: {x: P1, y: P2}}}"), "P351", "z: P2", "never `z`"),
    (
        {
            "rules": MATRIX.format("{rows: a, columns: b, cells: {x: {}}}").replace(
                "rule_set: priority", "rule_set: prioriti"
            )
        },
        "P310",
        "prioriti",
        "did you mean `priority`?",
    ),
    ({"rules": "events: {submited: {requires: reason}}\n"}, "P310", "submited", "`submitted`"),
    ({"rules": "events: {updated: {requires: reasn}}\n"}, "P310", "reasn", "`reason`"),
    ({"rules": "events: {updated: {carries: {why: text}}}\n"}, "P356", "text", "says `why` of itself"),
    ({"rules": "events: {updated: {by: boss}}\n"}, "P310", "boss", "actor `boss`"),
    ({"transitions": "  - {trigger: level_fired, source: open, dest: =}\n"}, "P356", "level_fired", "record"),
    ({"more": "plans: {gold: {P7: {reply: 1h}}}\n"}, "P310", "P7", "priority `P7`"),
    ({"more": "plans: {gold: {P1: {replay: 1h}}}\n"}, "P310", "replay", "did you mean `reply`?"),
    ({"more": "plans: {gold: {P1: {reply: 1d}}}\n"}, "S203", "1d", "days differ"),
    (watch("{counts: fix, levels: [{after: 1bh, notify: lead, do: closd}]}"), "P310", "closd", "`closed`"),
    ({"more": "open_tickets: forget\n"}, "S202", "forget", "`keep`"),
]


@pytest.mark.parametrize(
    ("parts", "code", "place", "said"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_slip_is_one_finding_at_its_place(parts: dict[str, str], code: str, place: str, said: str) -> None:
    """One slip, one finding: its code, where it points, and what to write instead."""
    found = findings(parts)
    assert [d.code for d in found] == [code], found
    text = files_of(**parts)[found[0].span.file].decode().splitlines()[found[0].span.line - 1]
    assert text[found[0].span.column - 1 :].startswith(place), text[found[0].span.column - 1 :]
    assert said in f"{found[0].message} {found[0].help}"


def test_the_desk_itself_is_sound() -> None:
    """What the cases spoil is without a finding."""
    assert findings({}) == []
