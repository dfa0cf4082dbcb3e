"""What the keys of a history and of an evaluation mean: for people, beside the code that reads and makes them."""

from __future__ import annotations

from collections.abc import Mapping

HISTORY: Mapping[str, str] = {
    "ticket": "the ticket's name",
    "events": "its events, in the order in which they became known",
}
"""A history, the input."""

EVALUATION: Mapping[str, str] = {
    "ticket": "the ticket's name",
    "policy": "`name`, `version` and `digest` of the policy that governs the ticket",
    "at": "as of when",
    "state": "the state of the ticket's life",
    "priority": "the priority in force; null before there is one",
    "stated_priority": "what the customer states, or null",
    "assessed_priority": "what the rules make of the facts, or null",
    "clarification_advised": "whether it is advised to ask about the priority",
    "escalation_level": "the highest level fired on an automatic chain; 1 once a request was accepted; else 0",
    "targets": "a row for each metric that has a clock",
    "escalations": "a row for each level of the chains the ticket has had, in its present cycle",
    "timers": "a row for each firing of a workflow's timer, and for each that is pending",
    "events": "the log: events and the engine's records, in the order decided",
    "events_left_out": "how many events of the history are later than `at`",
    "commands": "the effects asked for so far, each with its `key`",
    "because": "the reasons: rule, `file`, `line`, `column`, the clause it follows from, and what it says",
    "why_not": "the nearest rules that did not hold; `missed` has the conditions in the way, with the values `seen`",
    "versions": "of the data that business time came from: `tzdata`, `holidays`",
}
"""What `evaluate` gives."""

TARGET: Mapping[str, str] = {
    "metric": "the metric",
    "kind": "where it is no promise to customers: `ola` or `underpinning`",
    "team": "where each team has a clock of its own: the team",
    "run": "from the second run on, where the metric recurs",
    "earlier": "from the second run on: how many of the earlier runs were `met`, `missed`, `withdrawn` or `stopped`",
    "calendar": "by which time counts; `always` for the wall clock",
    "target_seconds": "the target in seconds of that calendar, or null",
    "started_at": "when its clock started",
    "due_at": "when it falls due, or fell; null without a target, and while paused",
    "stopped_at": "when its clock stopped, or null",
    "worked_seconds": "the time that counted so far, in seconds",
    "status": "how it stands",
}
"""A row of `targets`."""

ESCALATION: Mapping[str, str] = {
    "chain": "the chain",
    "team": "where it counts a clock of one team: the team",
    "level": "the level, from 1",
    "cycle": "which beginning of the chain this is, of all its runs and rounds and teams; from the second on",
    "run": "which run of the chain this is, for its team where it has one; from the second on",
    "round": "which round of the run it is, where the chain repeats; from the second on",
    "due_at": "when it is due; null when that is not known",
    "status": "how it stands",
    "fired_at": "when it fired, or null",
    "cause": "why it fired, or null",
    "notify": "`role` and `to`, its address, of those who were told, or would be",
    "voided": "true where a late fact shows that it should not have fired; the firing stays",
}
"""A row of `escalations`."""

TIMER: Mapping[str, str] = {
    "timer": "the timer; for what is pending with its workflow: `WORKFLOW.TIMER`",
    "workflow": "its workflow",
    "due_at": "when it is due",
    "status": "`planned` or `fired`",
    "fired_at": "when it fired, or null",
    "cause": "why it fired, or null",
}
"""A row of `timers`."""
