"""Which clauses of a policy its scenarios show, and which they leave out; read quickly, for `check` to tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Mapping as MappingNode
from support_policy.source.nodes import Node, Scalar, Sequence
from support_policy.source.span import Span
from support_policy.source.yaml import read_yaml

MOST = 12
"""So many clauses are named; of more, how many they are."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The scenarios of each clause, as `name (file:line:col)`, and the files in which none can be read."""

    scenarios: Mapping[str, list[str]]
    unread: tuple[str, ...]


def clauses_shown(files: Mapping[str, bytes]) -> Shown:
    """What scenario files say of clauses; whether they pass, and whether all else in them is right, is not asked."""
    found: dict[str, list[str]] = {}
    unread = []
    for file, data in files.items():
        findings = Findings()
        node = read_yaml(data, file, findings)
        scenarios = node.get("scenarios") if isinstance(node, MappingNode) else None
        if findings.errors or not isinstance(scenarios, Sequence):
            unread.append(file)
            continue
        for scenario in scenarios.items:
            name = scenario.get("scenario") if isinstance(scenario, MappingNode) else None
            if isinstance(scenario, MappingNode) and isinstance(name, Scalar):
                for clause in _texts(scenario.get("clauses")):
                    found.setdefault(clause, []).append(f"{name.text} ({name.span})")
    return Shown(found, tuple(unread))


def _texts(node: Node | None) -> Iterator[str]:
    for item in node.items if isinstance(node, Sequence) else [node]:
        if isinstance(item, Scalar):
            yield item.text


def note_clauses(policy: Policy, shown: Shown, findings: Findings) -> None:
    """Note the clauses that bind and have no scenario, and the files that could not be read."""
    missing = [c for c in policy.text.clauses.values() if c.binds and c.id not in shown.scenarios]
    if missing:
        named = ", ".join(f"`{clause.id}`" for clause in missing[:MOST])
        more = f" and {len(missing) - MOST} more" if len(missing) > MOST else ""
        said = f"no scenario shows the clause{'' if len(missing) == 1 else 's'} {named}{more}"
        findings.note("T613", missing[0].span, said, "write one that names it under `clauses:`")
    for file in shown.unread:
        findings.note("T614", Span(file), "no scenarios can be read here", "`support-policy test` says why")
