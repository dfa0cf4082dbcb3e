"""Checks of a mapping: against itself, against the policy whose words it uses, and against the file's columns."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import combinations

from support_policy.batch.mapping import Say, TableMapping, Value
from support_policy.batch.mapping_values import Unusable, shown, typed
from support_policy.clock.reading import zone_named
from support_policy.policy.compiled import Policy
from support_policy.policy.names import ACTORS, PRIORITY_CHANGED
from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.nodes import shorten
from support_policy.source.span import Span
from support_policy.source.words import Word

_COMMON = {
    "mapping", "shape", "format", "encoding", "delimiter", "records", "missing", "only", "ticket", "instants", "by",
    "facts", "submitted",
}  # fmt: skip
_ROWS = {"id", "sequence", "order", "at", "each"}
KEYS: Mapping[str, Collection[str]] = {
    "events": _COMMON | _ROWS | {"type", "events", "unmatched"},
    "snapshots": _COMMON | _ROWS | {"updated_as", "state", "changes", "compare"},
    "tickets": _COMMON | {"milestones", "compare"},
}
"""The keys that each shape reads."""
_SAMPLE = datetime(2026, 12, 24, 17, 30, 15)  # noqa: DTZ001 - a wall time to try formats on
VERDICTS = ("met", "missed")


def check_mapping(mapping: TableMapping, keys: Mapping[str, Span], findings: Findings) -> None:
    """What is wrong with a mapping by itself; `keys` are the keys written, with their places."""
    for key, span in keys.items():
        if key not in KEYS[mapping.shape]:
            shapes = " and ".join(f"`{shape}`" for shape, known in KEYS.items() if key in known)
            said = f"`{key}` is not read when one row is one of `{mapping.shape}`"
            findings.error("M501", span, said, f"it belongs to {shapes}")
    _needed(mapping, findings)
    _instants(mapping, findings)
    if mapping.encoding and not _text_encoding(mapping.encoding):
        help = did_you_mean(mapping.encoding, ("utf-8", "latin-1", "cp1252", "utf-16", "shift_jis", "gb18030"))
        findings.error(
            "M524", _at(mapping.encoding, mapping), f"there is no encoding `{shorten(mapping.encoding)}`", help
        )
    for milestone in mapping.milestones:
        if bool(milestone.at) == bool(milestone.after):
            findings.error("M508", milestone.span, "a milestone has `at` or `after`", "write one of the two")


def _needed(mapping: TableMapping, findings: Findings) -> None:
    wanted = {
        "events": (("at", mapping.at), ("type` or `events", mapping.type or mapping.cases)),
        "snapshots": (("at", mapping.at), ("state` or `changes", mapping.state or mapping.changes)),
        "tickets": (("submitted: {at: ...}", mapping.submitted and mapping.submitted.at),),
    }
    for name, given in wanted[mapping.shape]:
        if not given:
            said = f"`{name}` is missing for the shape `{mapping.shape}`"
            findings.error("M502", mapping.span, said, "name the column")


def _text_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding  # noqa: SLF001 - what `open` itself asks
    except (LookupError, ValueError):
        return False


def _instants(mapping: TableMapping, findings: Findings) -> None:
    instants = mapping.instants
    if instants.zone:
        try:
            zone_named(instants.zone)
        except ValueError as problem:
            help = str(problem).rpartition("; ")[2]
            findings.error("M503", _at(instants.zone, mapping), f"there is no time zone `{instants.zone[:60]}`", help)
    for text in instants.formats:
        span = _at(text, mapping)
        if not _reads_a_day(text):
            help = "year, month and day are `%Y`, `%m`, `%d`; the time `%H:%M:%S`"
            findings.error("M504", span, f"the format `{shorten(text)}` does not read an instant", help)
        elif "%z" not in text and not instants.zone:
            said = f"the format `{shorten(text)}` names no offset from UTC"
            findings.error("M506", span, said, "name the `zone` beside `formats`, such as `UTC`")
    for first, second in combinations(instants.formats, 2):
        if first != second and _swapped(first) == second:
            said = f"`{first}` and `{second}` cannot both be read: which is the day in 03/04?"
            findings.error("M507", _at(second, mapping), said, "keep the one that the export writes")


def _reads_a_day(text: str) -> bool:
    if not any(year in text for year in ("%Y", "%y", "%G", "%c", "%x")):
        return False  # newer interpreters warn of a day without its year
    try:
        read = datetime.strptime(_SAMPLE.strftime(text), text)  # noqa: DTZ007 - only whether it can be read
    except (ValueError, OverflowError):
        return False
    return read.date() == _SAMPLE.date()


def _swapped(text: str) -> str:
    return text.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _at(word: str, mapping: TableMapping) -> Span:
    return word.span if isinstance(word, Word) else mapping.span


def check_words(mapping: TableMapping, policy: Policy, findings: Findings) -> None:
    """What the mapping names and the policy does not have."""
    for say in mapping.says():
        _event(say.event, say.span, policy, findings)
        _say(say, policy, findings)
    if mapping.type:
        for word in _results(mapping.type):
            _event(word, mapping.type.span, policy, findings)
    if mapping.shape == "snapshots" and any(value.follow for value in mapping.facts.values()):
        _event(mapping.updated_as, mapping.span, policy, findings)
    _actors(mapping.by, findings)
    for change in mapping.changes:
        if change.say.event == PRIORITY_CHANGED and change.carry == "to":
            _priorities(change.value, policy, findings)
    for name, value in mapping.facts.items():
        _fact(name, value, mapping, policy, findings)
    for metric, comparison in mapping.compare.items():
        if metric not in policy.text.metrics:
            help = did_you_mean(metric, policy.text.metrics)
            findings.error("M514", _at(metric, mapping), f"the policy has no metric `{metric[:60]}`", help)
        for word in _results(comparison.verdict):
            if word not in VERDICTS:
                said = f"`{word[:60]}` is no verdict"
                findings.error("M512", _at(word, mapping), said, did_you_mean(word, VERDICTS))


def _results(value: Value | None) -> Iterable[str]:
    """Every value of ours that a value can come to, those of columns taken as they are aside."""
    if value is None:
        return
    if value.constant is not None:
        yield value.constant
    yield from (ours for ours in (value.values or {}).values() if ours is not None)
    if value.otherwise not in ("reject", "keep", "missing"):
        yield value.otherwise


def _say(say: Say, policy: Policy, findings: Findings) -> None:
    _actors(say.by, findings)
    if say.event == PRIORITY_CHANGED:
        _priorities(say.data.get("to"), policy, findings)


def _event(word: str, otherwise: Span, policy: Policy, findings: Findings) -> None:
    if word not in policy.event_types:
        span = word.span if isinstance(word, Word) else otherwise
        help = did_you_mean(word, policy.event_types)
        findings.error("M510", span, f"`{word[:60]}` is no event type of the policy", help)


def _actors(value: Value | None, findings: Findings) -> None:
    for word in _results(value):
        if word not in ACTORS:
            span = word.span if isinstance(word, Word) else Span("<mapping>")
            help = did_you_mean(word, ACTORS) + "; a column is written `{column: ...}`"
            findings.error("M513", span, f"nobody acts as `{word[:60]}`", help)


def _priorities(value: Value | None, policy: Policy, findings: Findings) -> None:
    for word in _results(value):
        if word not in policy.text.priorities:
            span = word.span if isinstance(word, Word) else Span("<mapping>")
            help = did_you_mean(word, policy.text.priorities)
            findings.error("M512", span, f"there is no priority `{word[:60]}`", help)


def _fact(name: str, value: Value, mapping: TableMapping, policy: Policy, findings: Findings) -> None:
    if name not in policy.facts:
        help = did_you_mean(name, policy.facts)
        findings.error("M511", _at(name, mapping), f"`{name[:60]}` is no fact that the policy declares", help)
        return
    for word in _results(value):
        try:
            wrong = policy.check_fact(name, typed(policy.facts[name].type, word, value.split))
        except Unusable as problem:
            wrong = problem.detail
        if wrong:
            findings.error("M512", _at(word, mapping), wrong)


def check_columns(mapping: TableMapping, columns: Collection[str], file: str, findings: Findings) -> None:
    """Columns that the mapping names and the file's header does not have."""
    for column in mapping.columns():
        if column in columns or _parent(column, columns):
            continue
        names = [shown(name) for name in columns]
        help = did_you_mean(column, names)
        if any("\ufffd" in name for name in names):
            help += "; the header is not in the encoding it is read in: name the file's `encoding`, such as `cp1252`"
        if len(names) <= 1:
            only = shorten("".join(names))
            help = f"the header reads as one column, `{only}`: is the mapping's `delimiter` right?"
        findings.error("M520", _at(column, mapping), f"`{file}` has no column `{shorten(column)}`", help)


def _parent(column: str, columns: Collection[str]) -> bool:
    """Whether a dotted path may lead into a nested column."""
    return any(column.startswith(f"{name}.") for name in columns)
