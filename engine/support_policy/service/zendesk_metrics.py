"""What Zendesk's metrics mean in the policy language, and the life of a Zendesk ticket."""

from __future__ import annotations

from collections.abc import Collection

from support_policy.service.zendesk_model import METRICS

_AGENT = "by: [engineer, manager, director]"
_REPLY = f"{{event: responded, {_AGENT}}}"
_SOLVED = "{event: resolved, if: solving_ends_reply_clocks}"
REPLY_METRICS = METRICS[:4]
"""The metrics about comments."""

_TEXTS = {
    "first_reply_time": f"""\
  first_reply_time:
    says: From the creation of the ticket to the first public comment of an agent.
    start: submitted
    stop:
      - {_REPLY}
      - {_SOLVED}
    reopen: ignore                      # it is not asked for again
""",
    "next_reply_time": f"""\
  next_reply_time:                      # from the oldest comment that waits for an answer; later ones change nothing
    says: From the customer's first unanswered comment to the next public comment of an agent.
    start: {{event: customer_replied, by: customer, when: first-reply-is-over}}
    stop:
      - {_REPLY}
      - {_SOLVED}
    recurs: yes                         # every such comment begins a new run
    reopen: ignore
""",
    "periodic_update_time": f"""\
  periodic_update_time:                 # one comment ends a run and begins the next
    says: Between one public comment of an agent and the next.
    start: {{event: responded, {_AGENT}, when: ticket-is-not-solved}}
    stop:
      - {_REPLY}
      - {_SOLVED}
    recurs: yes
    reopen: ignore
""",
    "pausable_update_time": f"""\
  pausable_update_time:
    says: Between one public comment of an agent and the next, the time in pending left out.
    start: {{event: responded, {_AGENT}, when: ticket-is-not-solved}}
    stop:
      - {_REPLY}
      - {_SOLVED}
    pause: pending
    recurs: yes
    reopen: ignore
""",
    "requester_wait_time": """\
  requester_wait_time:                  # new, open and on hold count
    says: The time a ticket spends new, open or on hold.
    start: submitted
    stop: resolved
    pause: pending
    reopen: resume                      # a ticket that is reopened goes on waiting
""",
    "agent_work_time": """\
  agent_work_time:                      # new and open count
    says: The time a ticket spends new or open.
    start: submitted
    stop: resolved
    pause: [pending, on_hold]
    reopen: resume
""",
    "total_resolution_time": """\
  total_resolution_time:                # never paused
    says: From the creation of the ticket until it is solved.
    start: submitted
    stop: resolved
    reopen: resume
""",
}


def declared_metrics(used: Collection[str]) -> tuple[str, ...]:
    """The metrics a policy declares that sets targets for `used`: at least one, and the first reply for the next."""
    needed = {*used} | ({"first_reply_time"} if "next_reply_time" in used or not used else set())
    return tuple(metric for metric in METRICS if metric in needed)


def metrics_text(declared: Collection[str]) -> str:
    """The `metrics:` of policy.yaml."""
    return "metrics:\n" + "".join(_TEXTS[metric] for metric in declared)


_GUARDS = {
    "first-reply-is-over": (
        ("next_reply_time",),
        """\
  - id: first-reply-is-over
    says: The first reply has been given, or is no longer asked for.
    conditions:
      any:
        - {name: first_reply_time.status, operator: equal_to, value: met}
        - {name: first_reply_time.status, operator: equal_to, value: missed_then_met}
        - {name: first_reply_time.status, operator: equal_to, value: stopped}
""",
    ),
    "ticket-is-not-solved": (
        ("periodic_update_time", "pausable_update_time"),
        """\
  - id: ticket-is-not-solved
    says: The ticket is not solved.
    conditions:
      not: {name: state, operator: equal_to, value: solved}
""",
    ),
}


def guards_text(declared: Collection[str]) -> str:
    """rules/guards.yaml, or an empty text where no metric asks for a guard."""
    rules = [text for metrics, text in _GUARDS.values() if set(metrics) & set(declared)]
    head = """\
# yaml-language-server: $schema=../.schema/rules.json
# Conditions that metrics name with `when:`.
rule_set: guards
hit_policy: collect
rules:
"""
    return head + "\n".join(rules) if rules else ""


WORKFLOW = """\
# yaml-language-server: $schema=../.schema/workflow.json
# The life of a ticket, by Zendesk's statuses. A comment is an event; the status that comes with it is another.
workflow: request
initial: none
states:
  - {name: none, label: not submitted yet}
  - new
  - open
  - pending
  - {name: on_hold, label: on hold}
  - solved
  - {name: closed, final: yes}
  - {name: withdrawn, label: deleted, final: yes}
  - {name: merged, final: yes}

transitions:
  - {trigger: submitted, source: none, dest: new}

  # comments
  - {trigger: responded, source: [new, open, pending, on_hold, solved], dest: =}    # a public comment of an agent
  - {trigger: customer_replied, source: [new, open], dest: =}
  - {trigger: customer_replied, source: [pending, on_hold], dest: open}             # Zendesk opens it again
  - {trigger: customer_replied, source: solved, dest: =}                            # `reopened` follows

  # fields
  - {trigger: assigned, source: new, dest: open}
  - {trigger: assigned, source: [open, pending, on_hold, solved], dest: =}
  - {trigger: updated, source: [new, open, pending, on_hold, solved], dest: =}
  - {trigger: priority_changed, source: [new, open, pending, on_hold, solved], dest: =, requires: to}

  # statuses
  - {trigger: opened, source: [new, open, pending, on_hold], dest: open}
  - {trigger: waiting_on_customer, source: [new, open, pending, on_hold], dest: pending}
  - {trigger: put_on_hold, source: [new, open, pending, on_hold], dest: on_hold}
  - {trigger: resolved, source: [new, open, pending, on_hold], dest: solved}
  - {trigger: reopened, source: solved, dest: open}
  - {trigger: closed, source: [new, open, pending, on_hold, solved], dest: closed}
  - {trigger: withdrawn, source: [new, open, pending, on_hold, solved], dest: withdrawn}
  - {trigger: merged, source: [new, open, pending, on_hold, solved], dest: merged}
"""
"""workflows/request.yaml."""

EVENTS = (
    ("the ticket is created", "`submitted`, with `stated_priority` and the facts of rules/facts.yaml"),
    ("a public comment of an agent", "`responded` by `engineer` (or `manager`, `director`)"),
    ("a comment of a trigger or an automation", "`responded` by `automatic`, which ends no clock"),
    ("a comment of a customer", "`customer_replied` by `customer`"),
    ("a field changes", "`updated` with the facts; `priority_changed` with `to`; `assigned` with `to`, `team`"),
    ("the status becomes open, pending, on-hold, solved", "`opened`, `waiting_on_customer`, `put_on_hold`, `resolved`"),
    ("a solved ticket is opened again", "`reopened`"),
    ("the ticket is closed, deleted, merged", "`closed`, `withdrawn`, `merged`"),
)
"""What happens in Zendesk -> the event to report."""
