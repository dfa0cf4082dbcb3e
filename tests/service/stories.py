"""Scenario texts to spoil and to run, against the shipped policy or an edited one."""

from __future__ import annotations

from support_policy.policy.compiled import Policy
from support_policy.service.scenario_run import FileOutcome, Outcome, run_file
from support_policy.source.diagnostics import Diagnostic, PolicyError
from tests.ticket.histories import ROOT, policy

FOLDER = ROOT / "tests" / "scenarios"
FILE = "s.yaml"
EMERGENCY = """\
scenarios:
  - scenario: An emergency
    clauses: [p1.level-1, p1.automatic]
    start: 2026-03-02 10:00
    events:
      - {at: start, type: submitted, organization: acme, site_status: down, environment: production}
      - {at: +1h, type: responded, by: engineer}
    expect:
      - at: automatic.1.due -1s
        state: open
        fired: []
        due: {automatic.1: +2h, automatic.2: 2026-03-02 13:00}
      - at: automatic.1.due
        escalation_level: 1
        clarification_advised: no
        targets: {first_response: met, resolution: running}
        fired: [automatic.1]
        notified: [support_manager]
        because: [production-down]
        rules: [production-down]
        refused: []
"""


def ran(text: str, by: Policy | None = None) -> FileOutcome:
    """The scenarios of a text, run."""
    return run_file(by or policy(), text, FILE)


def only(text: str, by: Policy | None = None) -> Outcome:
    """What became of the one scenario of a text."""
    (outcome,) = ran(text, by).outcomes
    return outcome


def spoilt(old: str, new: str, text: str = EMERGENCY) -> str:
    """A text with one piece replaced."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def story(start: str, *events: str, expect: str, zone: str = "") -> str:
    """A file of one scenario; `expect` holds its expectations as flow mappings."""
    head = [f"zone: {zone}"] if zone else []
    body = ["scenarios:", "  - scenario: A story", f"    start: {start}", "    events:"]
    return "\n".join([*head, *body, *(f"      - {{{e}}}" for e in events), f"    expect: [{expect}]"]) + "\n"


def findings(text: str, by: Policy | None = None) -> tuple[Diagnostic, ...]:
    """What is wrong with a text; nothing when it can be run."""
    try:
        ran(text, by)
    except PolicyError as problem:
        return problem.diagnostics
    return ()
