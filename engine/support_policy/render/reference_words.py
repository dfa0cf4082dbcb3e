"""The words of the language, from the tables the engine reads by: values, assumptions, conditions, events, the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from support_policy.kernel.catalogue import OPERATORS
from support_policy.model.condition import FactType
from support_policy.policy import names
from support_policy.policy.rules_text import FACT_TYPES
from support_policy.policy.settings import KNOWN, PRIORITY
from support_policy.render.reference import Section, code
from support_policy.source.notations import NOTATIONS
from support_policy.ticket import evaluation_words as told

_WRITTEN: Mapping[str, str] = {
    "none": "",
    "number": "a number",
    "text": "a text",
    "regex": "a regular expression (RE2)",
    "member": "a text",
    "members": "a list of texts",
}
"""What stands beside an operator as `value`, by the catalogue's name for it."""


def table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], says: str = "") -> Section:
    """A section with a table, its rows in the order given."""
    return Section(title, says, columns, tuple(rows))


def _said(title: str, column: str, meanings: Mapping[str, str], says: str = "") -> Section:
    return table(title, (column, "means"), ((code(name), meaning) for name, meaning in meanings.items()), says)


def notations() -> Section:
    """How values are written."""
    rows = NOTATIONS.items()
    return table("How values are written", ("value", "written"), rows, "A value is read by what its place expects.")


def assumptions() -> Section:
    """Every assumption with its values, its default in bold."""
    rows = []
    for name, known in KNOWN.items():
        if known.duration:
            values = f"a duration; default {code(known.default)}"
        else:
            said = (
                f"{code(value) if value != PRIORITY else PRIORITY}: {meaning}"
                for value, meaning in known.values.items()
            )
            values = "; ".join(said) + (f"; default {code(known.default)}" if known.default else "")
        rows.append((code(name), known.says, values))
    says = (
        "What a policy decides where its source is silent. What is left out has its default; any other name is "
        "an assumption of your own, `yes` or `no`, for the `if:` of metrics. `check --assumptions` lists all of them."
    )
    return table("Assumptions", ("assumption", "decides what holds when", "values"), rows, says)


CONDITIONS = (
    "A condition is one of `all: [...]` (every one holds), `any: [...]` (at least one does), `not: ...` (it does not), "
    "or `{name: VARIABLE, operator: OPERATOR, value: VALUE}`. What is asked of a missing value does not hold, except "
    "`is_missing`, and `is_false`; `not` turns that round like anything else."
)


def conditions() -> Section:
    """The grammar of conditions with every operator, by the type of the variable."""
    words = {kind: word for word, kind in FACT_TYPES.items()}
    rows = (
        (words[kind], code(name), _WRITTEN[operator.value], f"{operator.says}")
        for kind, offered in OPERATORS.items()
        for name, operator in offered.items()
    )
    return table("Conditions", ("type", "operator", "value", "holds when"), rows, CONDITIONS)


def rule_sets() -> Section:
    """Every rule set with its actions and their parameters."""
    rows = []
    for name, actions in names.RULE_SETS.items():
        rows += [(code(name), names.SETS_SAY[name], "", "")] if not actions else []
        for action, params in actions.items():
            given = ", ".join(f"{code(p.rstrip('?'))}{' (may be left out)' if p.endswith('?') else ''}" for p in params)
            rows.append((code(name), names.SETS_SAY[name], f"{code(action)}: {names.ACTIONS_SAY[action]}", given))
    seen: set[str] = set()
    once = []
    for name, says, *rest in rows:
        once.append((name, "" if name in seen else says, *rest))
        seen.add(name)
    return table("Rule sets", ("rule set", "asked", "action", "params"), once)


METRIC_STATUS = "METRIC.status"


def variables() -> Section:
    """Every variable that is no fact of the policy's own, with the rule sets that may ask it."""
    says = {name: meaning for name, (_, meaning) in {**names.BASE, **names.DERIVED, **names.LATE, **names.MAIL}.items()}
    says[METRIC_STATUS] = "how the metric stands (see the log's statuses); missing before its clock starts"
    answers = ", ".join(names.ANSWERS)
    says["CHAIN.status"] = f"what became of a requested chain ({answers}); missing before it is requested"
    says |= {f"event.{name}": f"what the event carries: {meaning}" for name, meaning in names.CARRIED.items()}
    asked: dict[str, list[str]] = {}
    types: dict[str, FactType] = {}
    for rule_set in names.RULE_SETS:
        for name, variable in names.variables_for(rule_set, {}, {}, ["METRIC"], requests=["CHAIN"]).items():
            asked.setdefault(name, []).append(rule_set)
            types[name] = variable.type
    words = {kind: word for word, kind in FACT_TYPES.items()}
    rows = (
        (code(name), words[types[name]], says[name], "all" if len(sets) == len(names.RULE_SETS) else ", ".join(sets))
        for name, sets in asked.items()
    )
    text = (
        "What rules may ask beside the facts that the policy declares. Rules of `guards` may also ask `event.NAME` for "
        "whatever `events:` declares that an event carries."
    )
    return table("Variables", ("variable", "type", "means", "rule sets"), rows, text)


def events() -> tuple[Section, ...]:
    """What an event says of itself and carries; the types with a meaning; who acts."""
    return (
        _said("A history", "key", told.HISTORY, "What `evaluate`, `explain` and `timeline` read: a JSON object."),
        _said(
            "An event", "key", names.TAKEN, "An event of a history, or of a ticket's log, is an object with these keys."
        ),
        _said(
            "What any event may carry",
            "key",
            names.CARRIED,
            "Beside these, what `events:` in a file under rules/ declares for its type.",
        ),
        _said(
            "Event types with a meaning of their own",
            "event type",
            names.SPECIAL,
            "The event types of a policy are the triggers of its workflows, and mean what workflows, metrics and "
            "chains make of them. The engine itself knows only these.",
        ),
        _said("Who acts", "`by`", names.ACTORS),
    )


def evaluation() -> tuple[Section, ...]:
    """The keys of what `evaluate` gives."""
    says = "What `evaluate` gives, in Python and with `--json`. Instants are in the zone of the office that serves."
    return (
        _said("An evaluation", "key", told.EVALUATION, says),
        _said("A row of `targets`", "key", told.TARGET),
        _said("A row of `escalations`", "key", told.ESCALATION),
        _said("A row of `timers`", "key", told.TIMER),
    )


def log() -> tuple[Section, ...]:
    """What the engine records, how things may stand, and the effects it asks for."""
    return (
        _said("Records", "record", names.RECORDED, "What the engine writes into a ticket's log beside the events."),
        _said("How a target stands", "status", names.STATUSES),
        _said("How a level stands", "status", names.LEVEL_STATUSES),
        _said("Why it happened", "cause", names.CAUSES),
        table(
            "Commands",
            ("command", "asks to", "key"),
            ((code(name), says, key) for name, (says, key) in names.COMMANDS.items()),
            "Effects to perform once the decision is stored: at least once, always under the same key. Beside "
            "`command`, `key`, `at` and `notify` (roles with their addresses) each carries what it is about: `chain`, "
            "`level`, `cycle`, `due_at`, `cause`, `priority`, `then`, `says`, `message`, `reason`, where they apply.",
        ),
    )


FAMILIES: Mapping[str, str] = {
    "C": "service.yaml and what it names",
    "Y": "YAML",
    "J": "JSON",
    "S": "Keys and single values",
    "R": "Conditions",
    "W": "Workflows",
    "P": "The policy as a whole",
    "E": "Histories and events",
    "M": "Mappings, and the files they read",
    "B": "Options of backtests",
    "N": "Templates of messages",
    "T": "Scenarios",
    "Z": "Configurations of Zendesk",
}
"""What codes are about, by their first letter."""


def codes(known: Mapping[str, tuple[str, str]]) -> tuple[Section, ...]:
    """Every code with its title and explanation, family by family."""
    families = dict.fromkeys(code[0] for code in known)
    return tuple(
        table(
            f"{letter}: {FAMILIES[letter]}",
            ("code", "title", "means"),
            ((code(name), title, says) for name, (title, says) in sorted(known.items()) if name.startswith(letter)),
        )
        for letter in families
    )
