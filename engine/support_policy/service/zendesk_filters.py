"""Conditions of a filter to conditions over facts, and the facts they ask for.

A condition that cannot be said becomes a fact of its own, `zendesk_condition_1`, which somebody must tell: until then
it does not hold, so that no ticket gets a promise that was not meant for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from support_policy.service.zendesk_json import clean, visible
from support_policy.service.zendesk_model import (
    PRIORITIES,
    UNSET,
    Combiner,
    Gap,
    Group,
    Leaf,
    Negation,
    Node,
    Plain,
    SlaPolicy,
    Test,
)

_IDS = {
    "group_id": "the group that has the ticket",
    "assignee_id": "the agent who has the ticket",
    "requester_id": "who asks",
    "submitter_id": "who submitted the ticket",
    "brand_id": "the brand",
    "ticket_form_id": "the form the ticket was filled in on",
    "form_id": "the form the ticket was filled in on",
    "custom_status_id": "the ticket's own status",
    "via_id": "the channel the ticket came by: 0 web form, 4 e-mail, 29 chat",
    "locale_id": "the requester's language",
}
"""Fields that hold one identifier -> what it identifies."""
_TYPES = ("question", "incident", "problem", "task")
_OLD_TYPE = "ticket_type_id"
"""The older name of `type`; its values are numbers, 1 for a question to 4 for a task."""
_CUSTOM = re.compile(
    r"(?:custom_fields|ticket_fields)_[0-9]{1,40}|(?:organization|requester|user)\.custom_fields\.[\w-]{1,80}"
)
_EQUAL = {"is": (True, "any"), "is_not": (False, "any"), "includes": (True, "any"), "not_includes": (False, "any")}
_ORDER = {
    "less_than": "less_than",
    "less_than_equal": "less_than_or_equal_to",
    "greater_than": "greater_than",
    "greater_than_equal": "greater_than_or_equal_to",
}
_NOBODY = (None, "")


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact to declare: its type as facts.yaml writes it, and what it is."""

    name: str
    type: str
    says: str


@dataclass(slots=True)
class Conditions:
    """Translates the conditions of all policies, and collects the facts and organizations they name."""

    gaps: list[Gap]
    types: dict[str, str]
    facts: dict[str, Fact] = field(default_factory=dict)
    organizations: dict[str, str] = field(default_factory=dict)
    open: int = 0

    def group(self, tests: Iterable[Test], how: Combiner) -> list[Node]:
        """The conditions of one list; those of `all` that only ask for the priority are left out (see `priorities`)."""
        skip = how == "all"
        return [self.one(test) for test in tests if not (skip and priorities(test) is not None)]

    def one(self, test: Test) -> Node:
        """One condition."""
        if test.field == _OLD_TYPE:
            test = _renamed(test)
        return self._said(test) or self._open(test)

    def _said(self, test: Test) -> Node | None:
        values = _texts(test)
        if values is None:
            return None
        if test.field == "priority":
            held = priorities(test)
            return _any([Leaf("priority", "equal_to", p) for p in held]) if held else None
        if test.field == "organization_id":
            return self._organization(test, values)
        kind = self._kind(test.field)
        name = self._declare(test.field, kind) if kind else ""
        if not name:
            return None
        missing = Leaf(name, "is_missing")
        if test.operator in ("present", "not_present"):
            return missing if test.operator == "not_present" else Negation(missing)
        if test.operator in _EQUAL and not values:
            return missing if _EQUAL[test.operator][0] else Negation(missing)
        return _compared(test, kind, name, values)

    def _organization(self, test: Test, values: list[str]) -> Node | None:
        missing = Leaf("organization", "is_missing")
        if test.operator in ("present", "not_present"):
            return missing if test.operator == "not_present" else Negation(missing)
        if test.operator not in _EQUAL or any(not re.fullmatch(r"[0-9]{1,40}", value) for value in values):
            return None
        names = [f"organization_{value}" for value in values]
        self.organizations |= dict(zip(names, values, strict=True))
        held = _any([Leaf("organization", "equal_to", name) for name in names]) if names else missing
        return held if _EQUAL[test.operator][0] else Negation(held)

    def _kind(self, name: str) -> str:
        if name == "type":
            return "type"
        if name == "current_tags":
            return "list"
        return "text" if name in _IDS else self.types.get(name, "")

    def _declare(self, said: str, kind: str) -> str:
        if kind == "type":
            return "type"
        name = fact_name(said)
        known = self.facts.setdefault(said, Fact(self._free(name, said), kind, _IDS.get(said, _custom_says(said))))
        return known.name

    def _free(self, name: str, said: str) -> str:
        taken = {fact.name for key, fact in self.facts.items() if key != said}
        number = 2
        while name in taken:
            name, number = f"{name[:60]}_{number}", number + 1
        return name

    def _open(self, test: Test) -> Leaf:
        self.open += 1
        name = f"zendesk_condition_{self.open}"
        said = told(test)
        self.facts[f"?{name}"] = Fact(name, "boolean", f"Zendesk: {said}")
        why = "a ticket's facts here do not include what this condition asks for, or it is compared in another way"
        instead = (
            f"tell `{name}` with each ticket for which it holds (a ticket that is told nothing counts as no), "
            "or write another condition in rules/targets.yaml"
        )
        self.gaps.append(Gap(test.place, f"the condition `{said}`", why, instead))
        return Leaf(name, "is_true")


def _renamed(test: Test) -> Test:
    """A condition on the type by its older name, by the present one."""
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    numbers = {str(number): name for number, name in enumerate(_TYPES, 1)}
    return replace(test, field="type", value=tuple(numbers.get(str(value), value) for value in values))


def _compared(test: Test, kind: str, name: str, values: list[str]) -> Node | None:
    """A fact of `kind` compared with what the condition names."""
    if test.operator in _ORDER:
        return Leaf(name, _ORDER[test.operator], values[0]) if kind == "number" and len(values) == 1 else None
    if test.operator not in _EQUAL:
        return None
    if kind == "type" and any(value not in _TYPES for value in values):
        return None
    if kind == "number" and any(not _is_number(value) for value in values):
        return None
    if kind == "boolean":
        flags: list[Node] = [Leaf(name, "is_true" if value == "true" else "is_false") for value in values]
        held = _any(flags)
    elif kind == "list":
        held = Leaf(name, "shares_at_least_one_element_with", tuple(values))
    else:
        held = _any([Leaf(name, "equal_to", value) for value in values])
    return held if _EQUAL[test.operator][0] else Negation(held)


def field_types(policies: Iterable[SlaPolicy]) -> dict[str, str]:
    """What kind of value each custom field has, judged by all the conditions that name it."""
    used: dict[str, list[Test]] = {}
    for policy in policies:
        for test in (*policy.filter.all, *policy.filter.any):
            if _CUSTOM.fullmatch(test.field):
                used.setdefault(test.field, []).append(test)
    return {name: _type(tests) for name, tests in used.items()}


def _type(tests: list[Test]) -> str:
    operators = {test.operator for test in tests}
    values = [value for test in tests for value in (_texts(test) or [])]
    if operators & set(_ORDER) and all(_is_number(value) for value in values):
        return "number"
    if operators & {"includes", "not_includes"}:
        return "list"
    return "boolean" if values and set(values) <= {"true", "false"} else "text"


def priorities(test: Test) -> tuple[str, ...] | None:
    """The priorities that a condition on the priority lets through; None when it is none, or cannot be said."""
    values = _texts(test)
    if test.field != "priority" or values is None or any(value not in PRIORITIES for value in values):
        return None
    every = (*PRIORITIES, UNSET)
    if test.operator in _EQUAL:
        listed = values or [UNSET]
        return tuple(p for p in every if (p in listed) == _EQUAL[test.operator][0])
    if test.operator in ("present", "not_present"):
        return PRIORITIES if test.operator == "present" else (UNSET,)
    if test.operator in _ORDER and len(values) == 1:
        at = PRIORITIES.index(values[0])
        more, less = PRIORITIES[:at], PRIORITIES[at + 1 :]
        return (more if test.operator.startswith("greater") else less) + (
            (values[0],) if test.operator.endswith("equal") else ()
        )
    return None


def _texts(test: Test) -> list[str] | None:
    """The values of a condition as texts, none for "nothing"; None when they cannot be written down."""
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    texts = [_plain(value) for value in values if value not in _NOBODY]
    if test.field == "current_tags":
        texts = [word for text in texts for word in text.split()]
    good = all(visible(text) and len(text) <= 200 for text in texts) and len(texts) <= 200
    return list(dict.fromkeys(texts)) if good else None


def _plain(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", text))


def _any(items: list[Leaf] | list[Node]) -> Leaf | Group:
    first = items[0] if len(items) == 1 else None
    return first if isinstance(first, Leaf) else Group("any", tuple(items))


def fact_name(said: str) -> str:
    """A name for the fact of a field: `custom_field_42` for `custom_fields_42`."""
    plain = re.sub(r"^(custom|ticket)_fields_", "custom_field_", said)
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:64] or "field"


def _custom_says(said: str) -> str:
    number = re.fullmatch(r"(?:custom|ticket)_fields_([0-9]+)", said)
    if number:
        return f"custom ticket field {number[1]}"
    if said == "current_tags":
        return "the ticket's tags"
    return f"Zendesk's {said}"


def told(test: Test) -> str:
    """A condition in a few words, as Zendesk's form shows it."""
    value = ", ".join(str(v) for v in test.value) if isinstance(test.value, tuple) else test.value
    shown = "" if value in _NOBODY else f" {_plain(value)}"
    return clean(f"{test.field} {test.operator}{shown}", 120)
