"""The wide policy with `mail:`, rules of `intake`, and domains of its organizations."""

from __future__ import annotations

from support_policy.policy.compiled import Policy
from tests.policy.small import compiled
from tests.policy.wide import WIDE

MAIL = """\
mail:
  new_ticket: submitted
  customer_reply: updated
  staff_reply: responded
  receipt: receipt
  tickets: T-
  staff:
    engineer: [shift, duty, helper@lent.example, desk.example]
    manager: manager
    director: [directors, boss@desk.example]
"""
INTAKE = """\
rule_set: intake
rules:
  - id: says-down
    says: The site is down.
    conditions: {name: mail.subject, operator: matches_regex, value: '(?i)down'}
    actions: [{name: set_fact, params: {fact: site, value: down}}]
  - id: says-up
    conditions: {name: mail.body, operator: matches_regex, value: '(?m)^Site: up$'}
    actions:
      - {name: set_fact, params: {fact: site, value: up}}
      - {name: set_fact, params: {fact: note, value: mail.body}}
      - {name: set_fact, params: {fact: users, value: 12}}
  - id: urgent
    conditions: {name: mail.subject, operator: starts_with, value: URGENT}
    actions: [{name: set_fact, params: {fact: stated_priority, value: P1}}]
  - id: asks
    conditions:
      all:
        - {name: mail.reply, operator: is_true}
        - {name: mail.body, operator: contains, value: escalate}
    actions: [{name: give, params: {event: asked, via: email, reason: mail.body}}]
  - id: over
    conditions: {name: mail.body, operator: equal_to, value: It works again.}
    actions: [{name: give, params: {event: resolved, instead: yes}}]
  - id: newsletter
    conditions:
      any:
        - {name: mail.domain, operator: equal_to, value: news.example}
        - {name: mail.to, operator: contains, value: list@desk.example}
        - {name: mail.size, operator: greater_than, value: 1000000}
    actions: [{name: ignore, params: {why: a newsletter}}]
"""
TEMPLATES = """\
templates:
  receipt:
    subject: "{{ ticket }} has come in"
    body: "It is a {{ priority }}. We aim to answer by {{ targets.first_response.due_at }}."
"""
_UPDATED = "  - {trigger: updated, source: [open, waiting], dest: =}\n"
MAILING = {
    **WIDE,
    "policy.yaml": WIDE["policy.yaml"] + MAIL,
    "rules/directory.yaml": WIDE["rules/directory.yaml"]
    .replace("  acme:\n", "  acme:\n    domains: [acme.example, Acme.Test]\n    addresses: ann@private.example\n")
    .replace("  globex:\n", "  globex:\n    domains: [shop.acme.example]\n    addresses: bob@acme.example\n"),
    "rules/intake.yaml": INTAKE,
    "rules/templates.yaml": TEMPLATES,
    "workflows/request.yaml": WIDE["workflows/request.yaml"] + _UPDATED,
}


def mailing(*changes: tuple[str, str, str]) -> dict[str, bytes]:
    """The policy, each (file, text, other text) replaced."""
    files = dict(MAILING)
    for file, old, new in changes:
        assert files[file].count(old) == 1, f"{old!r} must stand once in {file}"
        files[file] = files[file].replace(old, new)
    return {name: text.encode() for name, text in files.items()}


def taking(*changes: tuple[str, str, str]) -> Policy:
    """The policy, changed."""
    return compiled(mailing(*changes))
