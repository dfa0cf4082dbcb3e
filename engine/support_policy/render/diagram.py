"""Diagrams of a workflow: Mermaid text, and (from `diagram_svg`) a self-contained SVG drawing."""

from __future__ import annotations

import re

from support_policy.model.workflow import Table
from support_policy.render.diagram_graph import harmless, merged, title_of
from support_policy.render.diagram_svg import svg

__all__ = ["mermaid", "svg"]


def mermaid(table: Table, title: str) -> str:
    """`table` as a Mermaid `stateDiagram-v2`, ending in a line break; the same table gives the same text.

    Ids are made from ASCII letters and digits and labels are written as entities where a character could mean
    something to Mermaid, so that no name can break the diagram. All moves are shown, one arrow a pair of states.
    """
    ids = _ids(table)
    lines = ["---", f'title: "{_escaped(title)}"', "---", "stateDiagram-v2"]
    lines += [f'    state "{_entities(title_of(table, state))}" as {ids[state]}' for state in table.states]
    lines.append(f"    [*] --> {ids[table.initial]}")
    for arrow in merged(table):
        label = "<br/>".join(_entities(label) for label in arrow.labels)
        lines.append(f"    {ids[arrow.source]} --> {ids[arrow.dest]} : {label}")
    lines += [f"    {ids[state]} --> [*]" for state in table.finals]
    return "\n".join(lines) + "\n"


def _ids(table: Table) -> dict[str, str]:
    # The prefix keeps `end`, `state`, `note` and the like from being read as Mermaid's own words.
    ids: dict[str, str] = {}
    for state in table.states:
        base = "s_" + re.sub(r"[^A-Za-z0-9]", "_", state)
        name, number = base, 2
        while name in ids.values():
            name, number = f"{base}_{number}", number + 1
        ids[state] = name
    return ids


def _escaped(title: str) -> str:
    """`title` inside the double quotes of YAML; Mermaid looks for its directives (`%%{`) even there."""
    return "".join(f"\\u{ord(c):04x}" if c in '"\\%{}<>' else c for c in harmless(title))


def _entities(text: str) -> str:
    text = "".join(c if _plain(c) else f"#{ord(c)};" for c in text)
    # Mermaid takes any line with `direction LR` in it for an order to turn the diagram.
    return re.sub(r"(?i)(d)(irection\s)", lambda m: f"#{ord(m[1])};{m[2]}", text)


def _plain(c: str) -> bool:
    return c.isalnum() or c in " _-.,"
