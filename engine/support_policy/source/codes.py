"""The codes of everything that can be wrong with text itself: YAML, shapes of values, JSON. Title and explanation."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "Y101": (
        "file too large",
        "A policy file has at most 1 MiB. Large directories can be split: every file under `rules/` is read.",
    ),
    "Y102": (
        "not UTF-8",
        "Policy files are UTF-8, with or without a byte order mark. Editors offer it as the encoding to save in.",
    ),
    "Y103": (
        "invisible character",
        (
            "Control characters, zero-width marks and marks that change the direction of writing make a text look "
            "like something it is not. They often come along when text is pasted from a web page."
        ),
    ),
    "Y104": (
        "not YAML",
        (
            "The text breaks the grammar of YAML here: a missing colon, bracket or quote, a tab, or indentation that "
            "fits nothing above. A text that holds `: ` or ` #`, or begins with a character such as `*`, `&`, `@`, "
            "`%` or `{`, needs quotes."
        ),
    ),
    "Y105": ("empty file", "A file of a policy that says nothing is an oversight: fill it or delete it."),
    "Y106": ("second document", "`---` begins another document in the same file; only one is read from a file."),
    "Y107": (
        "tag",
        (
            "`!tags` tell YAML readers to build other types, even to run code. Here the place of a value decides its "
            "type, so there is nothing for a tag to say."
        ),
    ),
    "Y108": ("text too long", "One text has at most 65,536 characters."),
    "Y109": ("nested too deeply", "Mappings and lists stand at most 40 levels deep."),
    "Y110": (
        "alias to nothing",
        "`*name` repeats the value marked `&name` above it, and cannot stand inside that value.",
    ),
    "Y111": (
        "too many values",
        "A file holds at most 50,000 values, those repeated by `*aliases` counted each time.",
    ),
    "Y112": ("key that is no text", "A key is a piece of text: `key: value`. Lists and mappings cannot be keys."),
    "Y113": (
        "merge key",
        "`<<` pulls keys in from elsewhere, so that what holds is not what stands there. Write the keys out.",
    ),
    "Y114": (
        "duplicate key",
        "Most YAML readers let the last of two equal keys win in silence; whoever edits the first one edits nothing.",
    ),
    "Y115": ("too many problems", "After 200 problems reading stops: put the first ones right and check again."),
    "Y116": ("directive", "Lines that begin with `%` instruct YAML readers; a policy needs none of them."),
    "S201": (
        "something else is expected here",
        "Every place takes one kind of value; the message says which, and what was found.",
    ),
    "S202": ("not one of the words", "The place takes one of a few words; the help names the nearest, or all of them."),
    "S203": (
        "not a duration",
        (
            "Durations are `2bh` and `30bm` (business hours and minutes), `2h`, `90m` (wall clock) and `30s`, or sums "
            "such as `1h30m`. Days are refused: they differ in length. Business time and wall clock cannot be added."
        ),
    ),
    "S204": ("empty list", "At least one item is needed here."),
    "S205": (
        "unknown key",
        (
            "A key that nobody reads would look as if it did something: every key must be known at its place. The "
            "help names the nearest key."
        ),
    ),
    "S206": ("missing key", "Without this key the entry says too little to be used."),
    "S207": ("list too long", "So many entries are no policy that a person wrote; there is a limit at this place."),
    "J101": ("JSON file that cannot be read", "A history is UTF-8 and has a limited size."),
    "J102": ("not JSON", "The text breaks the grammar of JSON at this place."),
    "J103": (
        "ambiguous JSON",
        "Duplicate keys, NaN, infinities and enormous numbers mean different things to different readers: refused.",
    ),
    "J104": ("file cannot be opened", "The operating system does not let us read the file; the message says why."),
}
