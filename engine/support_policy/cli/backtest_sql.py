"""Questions in SQL to what a backtest read and found: one, those of a file, or those of a person at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from support_policy.adapters.duck import Answer, Questions, SqlFault, questions
from support_policy.cli.common import print_json
from support_policy.cli.terminal import printable
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

MOST_SHOWN = 1000
"""So many rows of an answer a terminal shows; `COPY ... TO 'file.csv'` writes all."""
WIDEST = 60
"""So many letters of a value are shown."""
_HELP = "a statement ends with `;`. .tables lists what can be asked, .quit or Ctrl-D ends."


def answered(files: Mapping[str, Path], query: str, *, as_json: bool) -> int:
    """Answer a query, or those of standard input; the exit code. Raises `PolicyError` for one that cannot be answered.

    `files` are Parquet files by the name under which they are asked.
    """
    with questions(files) as database:
        if query:
            return _all(database, query, "--sql", as_json=as_json)
        if not sys.stdin.isatty():
            return _all(database, sys.stdin.read(), "<stdin>", as_json=as_json)
        _loop(database, as_json=as_json)
    return 0


def _all(database: Questions, text: str, place: str, *, as_json: bool) -> int:
    try:
        made = []
        for answer in database.ask(text):
            if as_json:
                made.append([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
            elif answer.columns:
                _print(answer, None)
    except SqlFault as fault:
        raise PolicyError([Diagnostic("M531", "error", _short(fault), Span(place))]) from None
    if as_json:
        print_json(made[0] if len(made) == 1 else made)
    return 0


def _loop(database: Questions, *, as_json: bool) -> None:
    """Ask and answer until the person goes."""
    with suppress(ImportError):
        import readline  # noqa: F401 - gives `input` a history and keys to edit with

    print(f"tables: {', '.join(database.views)}\n{_HELP}")
    for text in _statements():
        if text.startswith("."):
            if not _dotted(database, text):
                return
            continue
        try:
            for answer in database.ask(text):
                if as_json:
                    print_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
                elif answer.columns:
                    _print(answer, MOST_SHOWN)
        except SqlFault as fault:
            print("\n".join(map(printable, str(fault).splitlines())))
        except KeyboardInterrupt:
            print("\nstopped")


def _statements() -> Iterator[str]:
    """What a person types: statements up to their `;`, or words that begin with a dot."""
    lines: list[str] = []
    while True:
        try:
            line = input("     ...> " if lines else "backtest> ")
        except EOFError:
            print()
            return
        except KeyboardInterrupt:
            print()
            lines = []
            continue
        if not lines and (not line.strip() or line.strip().startswith(".")):
            if line.strip():
                yield line.strip()
            continue
        lines.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(lines)
            lines = []


def _dotted(database: Questions, text: str) -> bool:
    """Do what a word says; False when it ends the loop."""
    word = text.split(maxsplit=1)[0]
    if word in (".quit", ".exit"):
        return False
    if word == ".tables":
        for table, columns in database.tables():
            print(f"{printable(table)}: {', '.join(f'{printable(name)} {kind}' for name, kind in columns)}")
    else:
        print(f"there is no {printable(word)}: {_HELP}")
    return True


def _print(answer: Answer, most: int | None) -> None:
    """The rows in columns: numbers to the right. Of more than `most` the others are counted."""
    rows = list(islice(answer.rows, most))
    left_out = sum(1 for _ in answer.rows) if most is not None else 0
    right = [bool(rows) and all(_number(row[at]) for row in rows) for at in range(len(answer.columns))]
    lines = [[_cell(name) for name in answer.columns], *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    for line in lines:
        cells = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(line, widths, right, strict=True)]
        print("  ".join(cells).rstrip())
    if left_out:
        print(f"... and {left_out:,} more rows")


def _number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _cell(value: Any) -> str:
    text = printable("" if value is None else str(value))
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."


def _short(fault: SqlFault) -> str:
    return " ".join(str(fault).split())
