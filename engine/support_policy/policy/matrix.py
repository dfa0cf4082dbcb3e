"""`matrix:`, shorthand for rules: a table of two facts (impact x urgency) whose cells are priorities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from support_policy.model.condition import All, Leaf, Variable
from support_policy.model.policy import Action, Rule
from support_policy.policy.week import CLAUSES
from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.record import record
from support_policy.source.shape import BAD, NAME, TEXT, Field, MapOf, Partial
from support_policy.source.span import NOWHERE, Span
from support_policy.source.words import Word, span_of


@record
class Matrix:
    """A table: the facts that choose the row and the column, and the priority of each cell."""

    rows: str
    columns: str
    cells: Mapping[str, Mapping[str, str]]
    says: str
    clause: tuple[str, ...]
    span: Span = NOWHERE


MATRIX = Partial(
    lambda span, **v: Matrix(v["rows"], v["columns"], v["cells"], v["says"], v["clause"], span),
    {
        "rows": Field(NAME, "the fact that chooses the row", required=True),
        "columns": Field(NAME, "the fact that chooses the column", required=True),
        "cells": Field(
            MapOf(MapOf(NAME, TEXT), TEXT), "value of the row's fact: {value of the column's: priority}", required=True
        ),
        "says": Field(TEXT, "the same in a sentence, for explanations", ""),
        "clause": CLAUSES,
    },
    title="`matrix`",
)


def matrix_rules(matrix: Matrix, variables: Mapping[str, Variable], findings: Findings) -> Iterator[Rule]:
    """A rule for each cell, in the order written: both facts have the values of its row and column."""
    if BAD in (matrix.rows, matrix.columns, matrix.cells):
        return
    facts = [variables.get(name) for name in (matrix.rows, matrix.columns)]
    for name, fact in zip((matrix.rows, matrix.columns), facts, strict=True):
        if fact is None:
            findings.error("R101", span_of(name, matrix.span), f"unknown fact `{name}`", did_you_mean(name, variables))
        elif fact.type != "string" or not fact.options:
            said = f"the fact `{name}` has no list of values to make rows or columns of"
            findings.error("P351", span_of(name, matrix.span), said, "declare it with `one_of: [...]`")
    if any(fact is None or not fact.options for fact in facts):
        return
    _complete(matrix, facts, findings)
    taken: set[str] = set()
    for row, columns in matrix.cells.items():
        for column, priority in (columns or {}).items():
            # A value that its fact never has was told of.
            known = all(value in fact.options for value, fact in zip((row, column), facts, strict=True) if fact)
            if priority is not BAD and known:
                yield _rule(matrix, (row, column), priority, taken)


def _rule(matrix: Matrix, at: tuple[str, str], priority: str, taken: set[str]) -> Rule:
    span = span_of(priority, matrix.span)
    leaves = tuple(
        Leaf(str(name), "equal_to", str(value), span_of(value, span))
        for name, value in zip((matrix.rows, matrix.columns), at, strict=True)
    )
    id = "-".join(["matrix", *(re.sub(r"[^A-Za-z0-9_]+", "_", value).strip("_") or "x" for value in at)])[:64]
    while id in taken:
        id = id[:62] + "_2"
    taken.add(id)
    says = matrix.says or f"The {matrix.rows} is {at[0]}, the {matrix.columns} {at[1]}."
    action = Action("assess", {"priority": priority}, span)
    return Rule(Word(id, span), says, All(leaves, span), (action,), matrix.clause, span)


def _complete(matrix: Matrix, facts: list[Any], findings: Findings) -> None:
    """Every value of both facts has its place, and nothing else has."""
    rows, columns = facts
    _compare(list(matrix.cells), rows.options, (matrix.rows, "row"), matrix.span, findings)
    for row, cells in matrix.cells.items():
        if cells is not BAD:
            _compare(list(cells), columns.options, (matrix.columns, "column"), span_of(row, matrix.span), findings)


def _compare(given: list[Any], options: tuple[str, ...], what: tuple[str, str], span: Span, findings: Findings) -> None:
    fact, name = what
    meant = set(given)
    strange = 0
    for value in given:
        if value not in options:
            help = did_you_mean(value, options)
            near = {word for word in options if f"`{word}`" in help and "did you mean" in help}
            strange += not near
            meant |= near
            findings.error("P351", span_of(value, span), f"`{fact}` is never `{value}`", help)
    missing = [value for value in options if value not in meant]
    if len(missing) > strange:  # what is not like any of them is one of them all the same
        said = ", ".join(f"`{value}`" for value in missing)
        findings.error("P351", span, f"the {name} of {said} is missing here", f"every value of `{fact}` has its {name}")
