"""What customers may be shown: nothing of what is promised between teams or by suppliers."""

from __future__ import annotations

import json

from support_policy.render.explain_text import explanation
from support_policy.ticket.explain import explain
from support_policy.ticket.explain_published import published
from tests.language.desk import desk, opened

INNER = desk(
    metrics="""\
  reply: {start: submitted, stop: responded}
  fix: {start: submitted, stop: resolved}
  handover: {kind: ola, start: assigned, stop: resolved, per: team}
  spare_part: {kind: underpinning, start: assigned, stop: resolved}
""",
    priorities="  P1: {reply: 2bh, handover: 1bh, spare_part: 2bh, escalation: [watch, inside]}\n",
    escalation="""\
  watch: {counts: fix, levels: [{after: 2bh, notify: lead}]}
  inside: {counts: handover, levels: [{at: due, notify: boss}]}
""",
    timers="  - {id: inner-nudge, while: open, after: 8bh, notify: lead}\n",
)


def test_operational_metrics_are_never_published() -> None:
    """Not a word of them: no target, no level, no record, no reason, no reminder of our own."""
    made = opened(INNER).then("10:30", "assigned", to="x", team="network").run("13:00")
    whole = explain(made)
    assert {target.metric for target in whole.targets} == {"reply", "fix", "handover", "spare_part"}
    assert [level.chain for level in whole.levels if level.fired_at] == ["watch", "inside"]
    shown = published(whole, made.governing)
    said = explanation(shown) + json.dumps(shown.as_json())
    for word in ("handover", "spare", "inside", "inner-nudge"):
        assert word in explanation(whole).replace(" ", "_") + explanation(whole)
        assert word not in said
    assert [target.metric for target in shown.targets] == ["reply", "fix"]
    assert [level.chain for level in shown.levels] == ["watch"]
