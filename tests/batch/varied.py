"""The policies that tickets in bulk are decided by: those there are, and the shipped one with each line changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

from support_policy.bootstrap import compile_files, load_policy
from support_policy.policy.compiled import Policy
from support_policy.policy.settings import KNOWN, PRIORITY
from tests.policy.wide import policy_of
from tests.ticket.histories import policy as assuming
from tests.ticket.histories import shipped

ROOT = Path(__file__).resolve().parents[2]
FOLDERS: Mapping[str, str] = {
    "shipped": ".",
    "data_company": "tests/policies/data_company",
    "global_desk": "tests/policies/global_desk",
    "help_desk": "tests/policies/help_desk",
    "on_call": "tests/policies/on_call",
    "incidents": "examples/incidents",
}


@cache
def named(name: str) -> Policy:
    """A policy that there is."""
    return load_policy(ROOT / FOLDERS[name])


def assumptions() -> dict[str, tuple[str, str]]:
    """Every value that a line of the shipped policy's assumptions may have, and has not."""
    policy = named("shipped")
    found = {}
    for name, setting in policy.text.settings.items():
        known = KNOWN.get(name)
        values: tuple[str, ...] = tuple(known.values) if known else ("yes", "no")
        if known and known.duration:
            values = ("1s", "1h", "48h")
        was = {"True": "yes", "False": "no"}.get(str(setting.value), str(setting.value))
        for value in ("P2" if value == PRIORITY else value for value in values):
            if value != was:
                found[f"{name}: {value}"] = (name, value)
    return found


Changes = tuple[tuple[str, str, str], ...]
"""(file, old text, new text); an empty old text makes a file."""


def _main(old: str, new: str) -> tuple[str, str, str]:
    return "policy.yaml", old, new


RESOLUTION = (
    _main("first_response: 2bh,  escalation", "first_response: 2bh, resolution: 3bh, escalation"),
    _main(
        "first_response: 4bh,  escalation: requested",
        "first_response: 4h, resolution: 6h, escalation: [automatic, requested]",
    ),
    _main(
        "first_response: 8bh,  escalation: requested",
        "first_response: 8bh, resolution: 24bh, escalation: [automatic, requested]",
    ),
)
"""The shipped policy with targets for the resolution too, some of them round the clock."""
BUSINESS = (RESOLUTION[0], RESOLUTION[2])
LATER = "after: 3bh\n        notify: directors"
COUNTS = "counts: resolution                  # an answer"
REOPENS = "reopen: ignore                      # it is"
PAUSES = "- {while: waiting, if: waiting_for_customer_pauses}"
STOPS = "stop:\n      - resolved\n"


def _level(words: str) -> Changes:
    return (*RESOLUTION, _main(LATER, f"{words}\n        notify: directors"))


def _chain(words: str) -> Changes:
    return (_main(COUNTS, f"{words}\n    {COUNTS}"),)


def _metric(words: str) -> Changes:
    return (_main(STOPS, f"{words}\n    {STOPS}"),)


def _timers(*lines: str) -> Changes:
    written = "".join(f"  - {line}\n" for line in lines)
    return (("workflows/request.yaml", "\ntransitions:\n", f"\ntimers:\n{written}\ntransitions:\n"),)


TARGETS = """\
rule_set: targets
hit_policy: collect
rules:
  - id: phoned
    says: Whoever phones is answered at once.
    conditions: {name: channel, operator: equal_to, value: phone}
    actions:
      - {name: set_target, params: {metric: first_response, within: 30bm}}
      - {name: use_chain, params: {chain: automatic}}
  - id: development
    says: Development waits.
    conditions: {name: environment, operator: equal_to, value: development}
    actions:
      - {name: set_target, params: {metric: first_response, within: none}}
      - {name: set_target, params: {metric: resolution, within: 12h}}
      - {name: drop_chain, params: {chain: requested}}
  - id: launch
    says: A launch is answered round the clock, except for wishes.
    conditions:
      all:
        - {name: launch_affected, operator: is_true}
        - {not: {name: priority, operator: equal_to, value: P4}}
    actions: [{name: set_target, params: {metric: first_response, within: 1bh, calendar: always}}]
"""
PLANS = """\
plans:
  standard:
    says: What everybody buys.
    P1: {first_response: 1h, resolution: 4bh}
    P2: {first_response: {within: 2bh, calendar: london}, escalation: [automatic]}
    P3: {first_response: none, resolution: 20bh}

# --- What we aim for"""
EDITS: Mapping[str, Changes] = {
    "targets of the resolution": RESOLUTION,
    "a level in per cent": _level("at: 50%"),
    "a level at the target": _level("at: due"),
    "a level before the target": (*BUSINESS, _main(LATER, "before: 1bh\n        notify: directors")),
    "a level before a target by the wall clock": (
        RESOLUTION[1],
        _main(LATER, "before: 2h\n        notify: directors"),
    ),
    "a level past the target": _level("past_due: 1bh"),
    "a level past the target by the wall clock": _level("past_due: 90m"),
    "a level by the wall clock": _level("after: 150m"),
    "a level by another calendar": _level("after: 3bh\n        calendar: shanghai"),
    "a level that has something happen": _level("after: 3bh\n        do: closed"),
    "a level that changes the priority": _level(
        "after: 3bh\n        do: priority_changed\n        with: {to: P2, reason: late}"
    ),
    "a chain by another calendar": _chain("calendar: {P1: always, else: local}"),
    "a chain that repeats": _chain("repeat: 3"),
    "a chain that is acknowledged": _chain("acknowledge: acknowledged"),
    "a chain that is acknowledged for a while": _chain("acknowledge: {event: acknowledged, lasts: 30m}\n    repeat: 2"),
    "a chain that is acknowledged for business hours": _chain("acknowledge: {event: responded, lasts: 1bh}"),
    "a chain that an event ends": _chain("until: [acknowledged, workaround_given]"),
    "a chain of the first response": (_main(COUNTS, COUNTS.replace("resolution", "first_response")),),
    "a request without a reminder": (
        _main("    remind: 1bh ", "    # remind: 1bh "),
        _main("    remind_message", "    # remind_message"),
    ),
    "a request that a guard asks for": (
        _main("    on: escalation_requested", "    when: another-ticket-joins\n    on: escalation_requested"),
    ),
    "pauses": (*RESOLUTION, _main(PAUSES, "- waiting\n      - clarifying")),
    "a pause with a limit": (*RESOLUTION, _main(PAUSES, "- {while: waiting, max: 1bh}")),
    "a pause with a limit by the wall clock": (*RESOLUTION, _main(PAUSES, "- {while: waiting, max: 2h}")),
    "a pause that a guard asks for": (
        *RESOLUTION,
        _main(PAUSES, "- {while: waiting, when: request-is-open}"),
    ),
    "a reopened clock restarts": (*RESOLUTION, *_metric("reopen: restart")),
    "a reopened clock resumes": (_main(REOPENS, "reopen: resume  # it is"),),
    "a reopened clock of the first response restarts": (_main(REOPENS, "reopen: restart  # it is"),),
    "a metric keeps its target": (*RESOLUTION, *_metric("priority_change: keep")),
    "a metric aims from the change": (*RESOLUTION, *_metric("priority_change: from_change")),
    "a metric by another calendar": (*RESOLUTION, *_metric("calendar: {P1: always, else: london}")),
    "a metric that recurs": (
        *RESOLUTION,
        _main(REOPENS, "recurs: yes  # it is"),
        _main(
            "    clause: response.by-priority\n    start: submitted",
            "    clause: response.by-priority\n    start: [submitted, customer_replied]",
        ),
    ),
    "a metric of each team": (
        *RESOLUTION,
        _main(
            "metrics:\n",
            "metrics:\n  hold: {kind: ola, per: team, start: assigned, pause: waiting, "
            "stop: [{event: responded, team: own}, resolved]}\n",
        ),
        _main("first_response: 16bh,", "first_response: 16bh, hold: 2bh,"),
    ),
    "rules of targets": (*RESOLUTION, ("rules/targets.yaml", "", TARGETS)),
    "plans": (*RESOLUTION, _main("# --- What we aim for", PLANS)),
    "plans and rules of targets": (
        *RESOLUTION,
        _main("# --- What we aim for", PLANS),
        ("rules/targets.yaml", "", TARGETS),
    ),
    "a timer that closes": _timers("{id: close, while: resolved, after: 8bh, do: closed}"),
    "a timer that tells": _timers(
        "{id: nudge, while: waiting, after: 1bh, notify: support_engineer, repeat: 3, reset: updated}"
    ),
    "a timer that demotes": (
        *RESOLUTION,
        *_timers("{id: demote, while: waiting, after: 2h, do: priority_changed, with: {to: P3, reason: silent}}"),
    ),
    "targets by other calendars": (
        _main(
            "first_response: 2bh,  escalation",
            "first_response: {within: 2bh, calendar: london}, escalation",
        ),
        _main(
            "first_response: 8bh,  escalation",
            "first_response: {within: 8bh, calendar: always}, escalation",
        ),
    ),
    "a target of no time at all": (_main("first_response: 2bh,  escalation", "first_response: 1s,  escalation"),),
    "P3 within six hours": (_main("first_response: 8bh,", "first_response: 6bh,"),),
    "hours with a break": (_main("mon-fri: 09:00-17:00", "mon-thu: [08:30-12:00, 13:00-18:15]"),),
    "always open": (_main("mon-fri: 09:00-17:00", "mon-sun: 00:00-24:00"),),
    "nights": (_main("mon-fri: 09:00-17:00", "mon-fri: 22:00-06:00"),),
}
"""What is replaced in the shipped policy, by what that makes of it."""


def edited(changes: Changes) -> Policy:
    """The shipped policy with some of its text replaced."""
    files = dict(shipped())
    for file, old, new in changes:
        text = files.get(file, b"").decode()
        assert not old or text.count(old) == 1, f"`{old}` stands {text.count(old)} times in {file}"
        files[file] = (text.replace(old, new) if old else new).encode()
    return compile_files(files)


def _assuming(name: str, value: str) -> Policy:
    return assuming(**{name: value})


VARIANTS: Mapping[str, Callable[[], Policy]] = {
    **{name: partial(_assuming, *line) for name, line in assumptions().items()},
    **{name: partial(edited, changes) for name, changes in EDITS.items()},
    "contracts, rotas and stand-ins": policy_of,
}
"""By what is other than shipped: the policy."""
