"""What templates may name, with which filters, tags and tests; from the tables that check and render them."""

from __future__ import annotations

from collections.abc import Iterable

from support_policy.policy.templates_use import BY_NAME
from support_policy.render.reference import Section, code
from support_policy.render.reference_words import table
from support_policy.render.template_words import FILTERS, TAGS, TARGET, TESTS, WORDS, Kind


def templates() -> tuple[Section, ...]:
    """Every word, part of a target, filter, tag and test of templates."""
    named = ((code(name), says) for name, says in BY_NAME.items())
    words = [(code(name), w.says, w.kind.name, "yes" if w.recurs else "") for name, w in WORDS.items()]
    words.append((code("facts.NAME"), "a fact of the ticket, by its name", "as the fact is", ""))
    words.append((code("targets.METRIC"), "how a target stands; its parts below", "a group of names", ""))
    parts = ((code(f"targets.METRIC.{name}"), says, kind.name) for name, (kind, says) in TARGET.items())
    filters = (
        (code(name), f.says, _any(f.takes), f.gives.name if f.gives else "what it took", _any(f.arguments, ""))
        for name, f in FILTERS.items()
    )
    return (
        table("Templates with a meaning by their name", ("template", "its message"), named),
        table("Words", ("word", "means", "kind", "in schedules"), words, "What is not known is empty."),
        table("Parts of a target", ("word", "means", "kind"), parts, "All are empty until its clock starts."),
        table("Filters", ("filter", "gives", "takes", "makes", "argument"), filters),
        table("Tags", ("tag", "does"), ((code(name), says) for name, says in TAGS.items())),
        table("Tests", ("test", "holds when"), ((code(name), says) for name, says in TESTS.items())),
    )


def _any(kinds: Iterable[Kind], otherwise: str = "anything that can be printed") -> str:
    return " or ".join(kind.name for kind in kinds) or otherwise
