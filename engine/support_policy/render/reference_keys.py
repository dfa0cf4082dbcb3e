"""The keys of a file, from the shapes that read it: one section a record, in the order in which they are met."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from support_policy.policy.settings import Assumptions
from support_policy.render.reference import Section, anchor, code
from support_policy.source.shape import ANY_NAME, Field, ListOf, MapOf, Raw, Record, Shape

COLUMNS = ("key", "means", "takes", "default", "required")


def file_sections(file: str, fields: Mapping[str, Field]) -> tuple[Section, ...]:
    """A section for the keys of `file` itself, and one for each record that stands somewhere below them."""
    keys = _Keys(file, fields)
    return (keys.section(file, fields), *(keys.section(code(path), found) for path, found in keys.records))


class _Keys:
    """Walks the shapes once for the places of all records, then says what every key takes, with links there."""

    def __init__(self, file: str, fields: Mapping[str, Field]) -> None:
        self.file = file
        met = [found for name, field in fields.items() for found in _met(field.shape, name)]
        self.places: dict[int, str] = {}
        # A record that may stand in several places is told of at the outermost.
        for path, record in sorted(met, key=lambda found: found[0].replace(f".{ANY_NAME}", "").count(".")):
            self.places.setdefault(id(record), path)
        self.records = [
            (path, {**record.fields, **({} if record.rest is None else {ANY_NAME: record.rest})})
            for path, record in met
            if self.places[id(record)] == path
        ]

    def section(self, title: str, fields: Mapping[str, Field]) -> Section:
        """The table of some keys."""
        rows = (
            (code(name), field.says, self.takes(field.shape), _default(field), "yes" if field.required else "")
            for name, field in fields.items()
        )
        return Section(title, "", COLUMNS, tuple(rows), 2 if title == self.file else 3)

    def takes(self, shape: Shape) -> str:
        """What may stand at a place, in a few words."""
        match shape:
            case Record():
                return f"[keys]({anchor(self.places[id(shape)])})"
            case ListOf():
                item = self.takes(shape.item)
                return f"{item}, or a list" if shape.single else f"a list; each {item}"
            case MapOf():
                return f"{code(_key(shape))} → {self.takes(shape.value)}"
            case Assumptions():
                return f"[assumptions]({anchor('Assumptions')})"
            case Raw() if "$ref" in shape.like:
                return f"[a condition](rules.md{anchor('Conditions')})"
        said = _SHORT.sub("", shape.expected)
        record = next(_records(shape), None)
        return f"{said}: {self.takes(record)}" if record else said


def _met(shape: Shape, path: str) -> Iterator[tuple[str, Record]]:
    """Every record below a place, with the path of keys that leads there."""
    if isinstance(shape, Record):
        yield path, shape
    for step, inner in shape.within():
        yield from _met(inner, f"{path}.{step}" if step else path)


_SHORT = re.compile(r" \((?:a letter|letters),? .*\)$")
"""What the table of notations says once need not be said at every key."""


def _key(shape: MapOf) -> str:
    return "CLAUSE" if "clause" in shape.key.expected else "EVENT" if "event" in shape.key.expected else ANY_NAME


def _records(shape: Shape) -> Iterator[Record]:
    """The records that may stand at this very place."""
    for step, inner in shape.within():
        if isinstance(inner, Record):
            yield inner
        elif not step:
            yield from _records(inner)


def _default(field: Field) -> str:
    match field.default:
        case bool():
            return "`yes`" if field.default else "`no`"
        case str() | int() if field.default != "":
            return code(str(field.default))
    return ""
