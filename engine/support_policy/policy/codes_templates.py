"""The codes of what can be wrong with the texts of messages (`templates:`). Title and explanation."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "N601": (
        "template that cannot be read",
        (
            "The text breaks the grammar of Jinja templates here: a brace that is not closed, an `{% if %}` without "
            "its `{% endif %}`, a word that stands where none can."
        ),
    ),
    "N602": (
        "unknown name in a template",
        (
            "A template names something that messages do not know: a word, a fact, a metric, or a part of one. It "
            "would be empty in every message."
        ),
    ),
    "N603": (
        "unknown filter or test",
        "Templates have a few filters (`|date`, `|join(', ')`, ...); the help names them.",
    ),
    "N604": (
        "not for messages",
        (
            "Messages only say what is: names, filters, `if`, `for` and `set`. Calls, sums, macros and other files are "
            "refused, so that no template can run long, grow without end, or reach what it was not given."
        ),
    ),
    "N605": (
        "does not fit",
        "A filter, a comparison or a loop needs another kind of value: `|date` an instant, `for` a list.",
    ),
    "N606": (
        "not for customers",
        "Metrics of the kind `ola` or `underpinning` are promises inside the house; customers are never told of them.",
    ),
    "N607": (
        "no ticket in a schedule",
        "What recurs is about no single ticket, so words about a ticket would be empty in its message.",
    ),
    "N608": ("template too deep", "Tags and expressions stand in one another a few levels deep at most."),
    "N609": (
        "template without effect",
        "A template serves when a level, a chain or a schedule names it, or by one of the names that mean something.",
    ),
}
