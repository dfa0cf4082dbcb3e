"""What templates may name, with which filters, tags and tests; from the tables that check and render them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from support_policy.policy.templates_use import BY_NAME
from support_policy.render.reference import Section, code
from support_policy.render.reference_words import table
from support_policy.render.template_words import (
    BEGUN,
    FILTERS,
    LISTED,
    REACHED,
    REQUESTS,
    RESULT,
    STANDING,
    TAGS,
    TARGET,
    TESTS,
    WORDS,
    Kind,
    Known,
)


def templates() -> tuple[Section, ...]:
    """Every word, part of a target, filter, tag and test of templates."""
    named = ((code(name), says) for name, says in BY_NAME.items())
    words = [(code(name), w.says, w.kind.name, _where(w)) for name, w in WORDS.items()]
    words.append((code("facts.NAME"), "a fact of the ticket, by its name", "as the fact is", ""))
    words.append((code("targets.METRIC"), "how a target stands; its parts below", "a group of names", ""))
    parts = ((code(f"targets.METRIC.{name}"), says, kind.name) for name, (kind, says) in TARGET.items())
    groups = [
        *_parts("X", "of each X in `tickets`", LISTED),
        *_parts("X", "of each X in `standing`", STANDING),
        *_parts("X", "of each X in `results`", RESULT),
        *_parts("X", "of each X in `escalations`", REACHED),
        *_parts("X", "of each X in `begun`", BEGUN),
        *_parts("requests", "of requests", REQUESTS),
    ]
    filters = (
        (code(name), f.says, _any(f.takes), f.gives.name if f.gives else "what it took", _any(f.arguments, ""))
        for name, f in FILTERS.items()
    )
    return (
        table("Templates with a meaning by their name", ("template", "its message"), named),
        table("Words", ("word", "means", "kind", "in schedules"), words, "What is not known is empty."),
        table("Parts of a target", ("word", "means", "kind"), parts, "All are empty until its clock starts."),
        table("Parts in messages of schedules", ("word", "whose", "means", "kind"), groups),
        table("Filters", ("filter", "gives", "takes", "makes", "argument"), filters),
        table("Tags", ("tag", "does"), ((code(name), says) for name, says in TAGS.items())),
        table("Tests", ("test", "holds when"), ((code(name), says) for name, says in TESTS.items())),
    )


def _where(word: Known) -> str:
    return "" if not word.recurs else "yes" if word.single else "only"


def _parts(name: str, whose: str, parts: Mapping[str, tuple[Kind, str]]) -> Iterator[tuple[str, str, str, str]]:
    return ((code(f"{name}.{part}"), whose, says, kind.name) for part, (kind, says) in parts.items())


def _any(kinds: Iterable[Kind], otherwise: str = "anything that can be printed") -> str:
    return " or ".join(kind.name for kind in kinds) or otherwise
