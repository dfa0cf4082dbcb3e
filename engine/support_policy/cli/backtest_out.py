"""What a backtest writes: tables as Parquet, rejected rows, the report and its charts, histories of examples."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Mapping
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from support_policy.adapters.bulk_out import parquet_out
from support_policy.batch.backtest import CHANGES, HISTORY, OLD, REJECTS, TICKETS, Done, Found, example_names
from support_policy.batch.backtest_rows import rejects_of
from support_policy.batch.changes import CHANGED
from support_policy.batch.event_rows import conformed, event_schema
from support_policy.batch.replay_rows import Reject
from support_policy.batch.schema import result_schema
from support_policy.cli.common_rows import rejects_written
from support_policy.cli.files import whole
from support_policy.model.event import instant
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

if TYPE_CHECKING:
    from support_policy.cli.backtest_run import Asked
    from support_policy.render.backtest_answer import Opens

_ODD = re.compile(r"[^A-Za-z0-9._-]+")
"""What no name of a file should hold."""


def wanted(args: argparse.Namespace) -> frozenset[str]:
    """The tables that the arguments ask for."""
    asked, against = args.sql is not None, bool(args.against)
    given = {
        TICKETS: args.out or asked,
        OLD: asked and against,
        CHANGES: args.changes or (asked and against),
        HISTORY: asked,
        REJECTS: bool(args.rejects),
    }
    return frozenset(name for name, wished in given.items() if wished)


class _Unfinished(Exception):
    """The run ended before everything was there."""


class Outputs:
    """The tables of a backtest, written as they come. A context: what is not finished leaves nothing behind.

    `files` are the Parquet files by the name of the table; those that nobody named stand in `folder`.
    """

    def __init__(self, args: argparse.Namespace, policy: Policy, against: Policy | None, folder: Path) -> None:
        self.args, self.files = args, dict[str, Path]()
        self._folder = folder
        self._events = event_schema(policy)
        schemas = {TICKETS: result_schema(policy), CHANGES: CHANGED, HISTORY: self._events}
        self._schemas = schemas | ({OLD: result_schema(against)} if against else {})
        self._stack = ExitStack()
        self._writes: dict[str, Any] = {}
        self._rejects: list[Any] = []

    def __enter__(self) -> Self:
        named = {TICKETS: self.args.out, CHANGES: self.args.changes}
        with ExitStack() as stack:
            for name in sorted(wanted(self.args) - {REJECTS}):
                path = named.get(name) or self._folder / f"{name}.parquet"
                self._writes[name] = stack.enter_context(parquet_out(path, self._schemas[name]))
                self.files[name] = Path(path)
            self._write_rejects = stack.enter_context(rejects_written(self.args.rejects))
            self._stack = stack.pop_all()
        return self

    def add(self, done: Done) -> None:
        """Write what was found of a part."""
        for name, table in done.tables.items():
            if name == REJECTS:
                self._rejects.append(table)
            else:
                self._writes[name](conformed(table, self._events) if name == HISTORY else table)

    def stop(self, reject: Reject) -> None:
        """End with the row that ended the run: it alone is written."""
        self._abandon(_Unfinished, _Unfinished(), None)
        with rejects_written(self.args.rejects) as write:
            write([reject])

    def finish(self) -> None:
        """Everything was added: the files take their places."""
        self._write_rejects(rejects_of(self._rejects))
        self._stack.close()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._abandon(kind or _Unfinished, problem or _Unfinished(), trace)

    def _abandon(self, kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        try:
            self._stack.pop_all().__exit__(kind, problem, trace)
        except _Unfinished:
            return


def written(given: Asked, found: Mapping[str, Any]) -> Opens | None:
    """Write the report, the charts and the examples that were asked for; gives what opens an example in `explain`."""
    args = given.args
    opens = _examples(given) if args.examples and given.found else None
    if args.report:
        from support_policy.adapters.backtest_report import write_report

        write_report(found, args.report, pictures=args.charts or None, opens=opens)
    elif args.charts:
        from support_policy.adapters.backtest_report import write_pictures

        write_pictures(found, args.charts)
    return opens


def _examples(given: Asked) -> Opens:
    """Write the history of each example, for `explain`."""
    args, folder = given.args, Path(given.args.examples)
    found: Found | None = given.found
    at = given.job.until if given.job else given.now
    paths: dict[str, Path] = {}
    for name in example_names(found) if found else ():
        history = found.examples.get(name) if found else None
        if history is not None:
            paths[name] = folder / _file_name(name)
            data = {"ticket": name, "events": [event.as_json() for event in history.events]}
            _write(paths[name], json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    policy = shlex.quote(str(args.policy))
    when = instant(at).isoformat()

    def opens(name: str) -> str:
        path = paths.get(name)
        if path is None:
            return ""
        return f"support-policy explain {shlex.quote(str(path))} --policy {policy} --at {when}"

    return opens


def _file_name(ticket: str) -> str:
    plain = _ODD.sub("_", ticket)[:80].lstrip(".") or "_"
    return f"{plain}.json" if plain == ticket else f"{plain}-{sha256(ticket.encode()).hexdigest()[:8]}.json"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        said = f"cannot be written: {problem.strerror or problem}"
        raise PolicyError([Diagnostic("M528", "error", said, Span(str(path)), "name a folder to write to")]) from None
    with whole(str(path)) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
