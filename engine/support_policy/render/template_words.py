"""What a template may name: one table, for the check of templates and for the messages made from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from support_policy.model.condition import FactType
from support_policy.model.policy import PolicyText
from support_policy.policy.names import BASE
from support_policy.render.digests import MAX_LISTED
from support_policy.render.sentences import day, length, spaced
from support_policy.source.record import record
from support_policy.source.words import Duration


@record
class Kind:
    """What kind of value a name stands for. `item` is what a loop over it gives; `parts` are the names within it."""

    name: str
    item: Kind | None = None
    parts: Mapping[str, Kind] = field(default_factory=dict)


TEXT, NUMBER, YES_NO = Kind("a text"), Kind("a number"), Kind("yes or no")
INSTANT, LENGTH = Kind("an instant"), Kind("a length of time")
ANYTHING = Kind("one of several things")
TEXTS, ROWS = Kind("a list", TEXT), Kind("a list of groups")
FACT_KINDS: Mapping[FactType, Kind] = {
    "boolean": YES_NO,
    "numeric": NUMBER,
    "string": TEXT,
    "select": TEXTS,
    "select_multiple": TEXTS,
}
TARGET: Mapping[str, tuple[Kind, str]] = {
    "metric": (TEXT, "its name"),
    "status": (TEXT, "`running`, `paused`, `met`, `breached`, `missed_then_met`, `withdrawn` or `stopped`"),
    "target": (LENGTH, "what is promised"),
    "worked": (LENGTH, "the time that counted so far"),
    "due_at": (INSTANT, "when it falls, or fell, due"),
    "started_at": (INSTANT, "when its clock started"),
    "stopped_at": (INSTANT, "when its clock stopped"),
}
"""The parts of `targets.METRIC`, all missing until its clock starts."""

LISTED: Mapping[str, tuple[Kind, str]] = {
    "ticket": (TEXT, "its name"),
    "organization": (TEXT, "the customer, as people call it"),
    "priority": (TEXT, "its priority"),
    "priority_name": (TEXT, "what people call it"),
    "state": (TEXT, "its state, by its name"),
    "state_name": (TEXT, "what people call it"),
    "team": (TEXT, "the team that has it"),
    "subject": (TEXT, "the fact `subject`"),
    "begun_at": (INSTANT, "when it began"),
    "age": (LENGTH, "how long ago that is"),
    "state_since": (INSTANT, "since when it is in its state"),
    "state_age": (LENGTH, "how long that is"),
    "due_at": (INSTANT, "when its first target that is still running falls due"),
    "missed": (NUMBER, "how many of its targets were missed"),
    "level": (NUMBER, "its escalation level"),
}
"""The parts of each of `tickets`."""

STANDING: Mapping[str, tuple[Kind, str]] = {
    "priority": (TEXT, "the priority"),
    "priority_name": (TEXT, "what people call it"),
    "count": (NUMBER, "how many tickets of the list have it"),
    "missed": (NUMBER, "how many of them missed a target"),
    "oldest": (TEXT, "the oldest of them"),
    "oldest_at": (INSTANT, "when that one began"),
}
"""The parts of each of `standing`."""

RESULT: Mapping[str, tuple[Kind, str]] = {
    "metric": (TEXT, "the metric"),
    "priority": (TEXT, "the priority of the tickets"),
    "priority_name": (TEXT, "what people call it"),
    "met": (NUMBER, "targets that were met in the period"),
    "missed": (NUMBER, "targets that were missed"),
    "share": (TEXT, "those met of all, such as `95%`"),
    "corrected": (NUMBER, "those of them that reverse an earlier verdict, by a late fact or a change of priority"),
    "stopped": (NUMBER, "clocks without a target that stopped"),
}
"""The parts of each of `results`."""

REACHED: Mapping[str, tuple[Kind, str]] = {
    "chain": (TEXT, "the escalation chain"),
    "level": (NUMBER, "its level"),
    "says": (TEXT, "what the policy says about it"),
    "count": (NUMBER, "how often it was reached in the period"),
}
"""The parts of each of `escalations`."""

REQUESTS: Mapping[str, tuple[Kind, str]] = {
    "opened": (NUMBER, "asked for in the period"),
    "accepted": (NUMBER, "accepted"),
    "declined": (NUMBER, "declined"),
    "ended": (NUMBER, "ended without an answer"),
}
"""The parts of `requests`."""

BEGUN: Mapping[str, tuple[Kind, str]] = {
    "priority": (TEXT, "the priority"),
    "priority_name": (TEXT, "what people call it"),
    "count": (NUMBER, "how many tickets of it began in the period"),
}
"""The parts of each of `begun`."""


def _group(parts: Mapping[str, tuple[Kind, str]]) -> Kind:
    return Kind("a group of names", parts={name: kind for name, (kind, _) in parts.items()})


def _rows(parts: Mapping[str, tuple[Kind, str]]) -> Kind:
    return Kind(ROWS.name, _group(parts))


LOOP = Kind(
    "a group of names",
    parts={"index": NUMBER, "index0": NUMBER, "length": NUMBER, "first": YES_NO, "last": YES_NO},
)
"""`loop`, inside `{% for %}`."""


@record
class Known:
    """A word of templates: its kind and meaning.

    `recurs` says whether messages of schedules know it, `single` whether those about one ticket do.
    """

    kind: Kind
    says: str
    recurs: bool = False
    single: bool = True


def _of_schedules(kind: Kind, says: str) -> Known:
    return Known(kind, says, recurs=True, single=False)


WORDS: Mapping[str, Known] = {
    "ticket": Known(TEXT, "the ticket"),
    "organization": Known(TEXT, "the customer, as people call it; of a schedule `per: organization`", recurs=True),
    "priority": Known(TEXT, "the priority in force, such as `P1`"),
    "priority_name": Known(TEXT, "what people call it"),
    "previous_priority": Known(TEXT, "the priority before, where the message is about a change of it"),
    "previous_priority_name": Known(TEXT, "what people call that one"),
    "state": Known(TEXT, "the state of the ticket's life, by its name"),
    "state_name": Known(TEXT, "what people call it"),
    "chain": Known(TEXT, "the escalation chain that tells"),
    "level": Known(NUMBER, "its level"),
    "says": Known(TEXT, "what the message is about, in a sentence", recurs=True),
    "then": Known(TEXT, "what is expected of those who are told, in words"),
    "due_at": Known(INSTANT, "when the level fell due"),
    "fired_at": Known(INSTANT, "when the level was told"),
    "at": Known(INSTANT, "when the message was made; of a schedule: when it was to be", recurs=True),
    "clause": Known(TEXTS, "the clauses it follows from, in our words"),
    "reason": Known(TEXT, "the reason somebody gave"),
    "contact": Known(TEXT, "where customers reach support", recurs=True),
    "policy": Known(TEXT, "the policy's name", recurs=True),
    "version": Known(TEXT, "its version, by the author's label", recurs=True),
    "roles": Known(TEXTS, "the roles that are told, in words", recurs=True),
    "recipients": Known(TEXTS, "their addresses", recurs=True),
    "as_of": _of_schedules(INSTANT, "when the tickets were looked up; later than `at` for a run that was missed"),
    "tickets": _of_schedules(_rows(LISTED), f"the tickets that it `lists`, at most {MAX_LISTED}"),
    "count": _of_schedules(NUMBER, "how many tickets the list has, those beyond `tickets` too"),
    "standing": _of_schedules(_rows(STANDING), "the tickets of the list, counted by priority"),
    "period_begin": _of_schedules(INSTANT, "when the period begins on which it `reports`"),
    "period_end": _of_schedules(INSTANT, "when that period ends"),
    "results": _of_schedules(_rows(RESULT), "targets met and missed in the period, by metric and priority"),
    "escalations": _of_schedules(_rows(REACHED), "levels of escalation reached in the period"),
    "requests": _of_schedules(_group(REQUESTS), "requests for escalation in the period"),
    "begun": _of_schedules(_rows(BEGUN), "new tickets in the period, by priority"),
}
"""Every word but `facts.NAME` and `targets.METRIC.PART`, which follow from the policy. What is not known is empty."""


def words(text: PolicyText) -> dict[str, Known]:
    """Every word that the templates of a policy may name."""
    facts = {name: FACT_KINDS[kind] for name, (kind, _) in BASE.items()}
    facts |= {str(name): FACT_KINDS[fact.type] for name, fact in text.facts.items()}
    row = Kind("a group of names", parts={name: kind for name, (kind, _) in TARGET.items()})
    targets = Kind("a group of names", row, {str(name): row for name in text.metrics})
    return {
        **WORDS,
        "facts": Known(Kind("a group of names", parts=facts), "what is known about the ticket, by the fact's name"),
        "targets": Known(targets, "how the ticket's targets stand, by the metric's name"),
    }


class _Missing:
    """What is not known: false, printed as nothing."""

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""


MISSING = _Missing()
"""The value of a word that says nothing in this message."""


# -- filters -------------------------------------------------------------------------------------------------------


def shown(value: Any) -> str:
    """A value as messages print it."""
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:.15g}" if isinstance(value, float) else str(value)
        case datetime():
            return f"{_date(value)}, {_time(value)}"
        case Duration():
            return _duration(value)
    return ""


def _date(value: Any) -> str:
    return day(value, year=True) if isinstance(value, datetime) else ""


def _time(value: Any) -> str:
    # To the minute: nobody plans by seconds, and what is due is not to seem due later than it is.
    return f"{value:%H:%M} {value.tzname() or ''}".rstrip() if isinstance(value, datetime) else ""


def _duration(value: Any) -> str:
    if isinstance(value, Duration):
        return length(value.seconds, business=value.business)
    return length(value) if isinstance(value, (int, float)) else ""


def _default(value: Any, other: Any) -> Any:
    return other if value is MISSING or value in ("", ()) else value


def _truncate(value: Any, longest: int) -> str:
    text = shown(value)
    return text if len(text) <= longest else text[: max(longest - 3, 0)] + "..."


@record
class Filter:
    """A filter: what it takes (nothing: whatever can be printed), what it gives (None: what it took), its arguments."""

    takes: tuple[Kind, ...]
    gives: Kind | None
    call: Callable[..., Any]
    arguments: tuple[Kind, ...] = ()
    says: str = ""


FILTERS: Mapping[str, Filter] = {
    "date": Filter((INSTANT,), TEXT, _date, says="`Mon 2 Mar 2026`"),
    "time": Filter((INSTANT,), TEXT, _time, says="`09:30 PST`"),
    "duration": Filter((LENGTH, NUMBER), TEXT, _duration, says="`2 business hours`, `1 h 30 min`; a number is seconds"),
    "words": Filter((TEXT,), TEXT, lambda v: spaced(shown(v)), says="a name as words: `first response`"),
    "upper": Filter((TEXT,), TEXT, lambda v: shown(v).upper(), says="in capitals"),
    "lower": Filter((TEXT,), TEXT, lambda v: shown(v).lower(), says="in small letters"),
    "capitalize": Filter((TEXT,), TEXT, lambda v: shown(v)[:1].upper() + shown(v)[1:], says="with a first capital"),
    "trim": Filter((TEXT,), TEXT, lambda v: shown(v).strip(), says="without blanks around it"),
    "truncate": Filter((TEXT,), TEXT, _truncate, (NUMBER,), "at most so many letters"),
    "default": Filter((), None, _default, (TEXT,), "another text where nothing is known"),
    "join": Filter((TEXTS,), TEXT, lambda v, by: by.join(map(shown, v or ())), (TEXT,), "a list with this between"),
    "first": Filter((TEXTS,), TEXT, lambda v: v[0] if v else MISSING, says="the first of a list"),
    "last": Filter((TEXTS,), TEXT, lambda v: v[-1] if v else MISSING, says="the last of a list"),
    "length": Filter((TEXTS, ROWS, TEXT), NUMBER, lambda v: len(v or ()), says="how many items or letters"),
}

TAGS: Mapping[str, str] = {
    "{{ WORD }}": "prints a word, perhaps through filters: `{{ due_at|date }}`",
    "{% if WORD %} ... {% elif %} ... {% else %} ... {% endif %}": "chooses; `and`, `or`, `not`, `==`, `<`, `in` may "
    "be used, and what is compared with something missing does not hold",
    "{% for X in LIST %} ... {% endfor %}": "repeats for each of a list, or of `targets`; `loop.index`, `loop.first`, "
    "`loop.last` tell where",
    "{% set X = ... %}": "gives a value a name",
    "{# ... #}": "says something to those who read the template",
}
"""What stands between braces."""

TESTS: Mapping[str, str] = {"missing": "nothing is known: `{% if due_at is missing %}`"}
"""What may stand after `is`."""
