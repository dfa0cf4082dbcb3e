"""What may be wrong with a mapping, or with a file as a whole. A code is stable: it never gets a new meaning."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, tuple[str, str]] = {
    "M501": ("a key of another shape", "Each shape reads its own keys; a key that would be ignored is refused."),
    "M502": ("a key this shape needs", "Without it no ticket can be made of the rows."),
    "M503": ("an unknown time zone", "Naive instants are placed by an IANA zone such as `Europe/London`."),
    "M504": ("a format that reads no instant", "Formats are those of strptime, such as `%d/%m/%Y %H:%M`."),
    "M505": ("a value listed twice", "Values are compared without regard to case: two entries may mean one value."),
    "M506": ("a format without offset or zone", "A naive instant is no instant: name the zone it is meant in."),
    "M507": ("day and month cannot be told apart", "Two formats that differ in their order would read `3/4` by luck."),
    "M508": ("one value given in two ways", "A value is a column's, or a constant; not both, and not neither."),
    "M510": ("an unknown event type", "The event types are the triggers of the policy's workflows."),
    "M511": ("an unknown fact", "Facts are declared by the policy, under rules/."),
    "M512": ("a value the policy does not take", "Constants, and the right side of `values`, must be declared there."),
    "M513": ("an unknown actor", "Events are done by one of a few roles."),
    "M514": ("an unknown metric", "Only metrics of the policy can be compared."),
    "M520": (
        "a column the file does not have",
        "The mapping and the export do not belong together, or a name changed.",
    ),
    "M521": ("an empty file", "There is no header and no row: the export probably failed."),
    "M522": ("a file that cannot be read", "It does not exist, is not what its name says, or is damaged."),
    "M523": ("an unknown format", "CSV, NDJSON, JSON and Parquet are read, each also compressed by gzip."),
    "M524": ("an unknown encoding", "Python's names are used: `utf-8`, `latin-1`, `cp1252`, `utf-16`."),
    "M525": ("a library that is not installed", "Parquet is read by pyarrow, which is an extra."),
    "M527": ("no list of records", "`records` names the list inside a JSON object that holds the rows."),
    "M529": ("a process that ended", "A worker was stopped from outside, perhaps for want of memory."),
    "M530": (
        "options that do not go together",
        "An export needs a mapping, the service's own store has none; and so on.",
    ),
    "M531": ("a question that cannot be answered", "The words are those of DuckDB; `.tables` lists what can be asked."),
    "M528": ("a file that cannot be written", "The folder does not exist, or may not be written to."),
}
"""Code -> (title, why it matters)."""
