"""A backtest as it was asked for: the history opened, every part done, what was found written."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from support_policy.adapters.bulk_history import Export, History, Store, check_policy
from support_policy.adapters.files import located, read_files
from support_policy.adapters.places import is_url
from support_policy.adapters.spill import FolderSpill
from support_policy.adapters.tables import load_mapping
from support_policy.adapters.workers import done_here
from support_policy.batch.backtest import Done, Found, Job, kernel
from support_policy.batch.mapping import TableMapping
from support_policy.batch.replay_rows import Reject
from support_policy.batch.sweep import Sweep, read_sweep, table_of, variants
from support_policy.bootstrap import compile_files, load_policy
from support_policy.cli.backtest_out import Outputs, wanted
from support_policy.cli.progress import counting
from support_policy.model.event import micros
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

_STORES = ("sqlite:", "postgresql:", "postgres:")
_SETTINGS = (".yaml", ".yml")
SHARES = 8
"""Into how many workers' shares a history is parted for a cluster, whose size is not known before."""


@dataclass(frozen=True, slots=True)
class Swept:
    """A sweep, and the policy with each of its targets in turn."""

    sweep: Sweep
    policies: tuple[Policy, ...]


@dataclass(slots=True)
class Asked:
    """What was asked for, opened; and what was found (`job`, `found`), once it was."""

    args: argparse.Namespace
    policy: Policy
    against: Policy | None
    mapping: TableMapping | None
    history: History
    folder: Path
    now: int
    at: int | None
    sweep: Swept | None = None
    job: Job | None = None
    found: Found | None = None
    files: dict[str, Path] = field(default_factory=dict)
    """Parquet files to be asked in SQL, by name."""


@contextmanager
def asked(args: argparse.Namespace, at: datetime | None) -> Iterator[Asked]:
    """Everything that the arguments name, opened. Raises `PolicyError`."""
    policy = load_policy(args.policy)
    against = load_policy(args.against) if args.against else None
    now = micros(datetime.now(UTC))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="support-policy-", ignore_cleanup_errors=True)))
        if is_store(args.history):
            mapping = None
            history: History = stack.enter_context(_store(args, now))
        else:
            mapping = _mapping(args)
            check_policy(mapping, policy)
            spill = stack.enter_context(FolderSpill(folder))
            workers = SHARES if args.cluster else args.workers
            history = Export(args.history, mapping, policy, now, spill, workers, wanted=at is None)
        until = None if at is None else micros(at)
        sweep = _swept(args, policy) if args.sweep else None
        yield Asked(args, policy, against, mapping, history, folder, now, until, sweep)


def is_store(history: str) -> bool:
    """Whether a history is the service's own: the URL of its database, or its settings."""
    return history.lower().startswith(_STORES) or (not is_url(history) and history.lower().endswith(_SETTINGS))


def _mapping(args: argparse.Namespace) -> TableMapping:
    if not args.mapping:
        help = "name the file that says what its columns mean: --mapping M.yaml"
        raise PolicyError([Diagnostic("M530", "error", "an export is read by a mapping", Span("--mapping"), help)])
    return load_mapping(args.mapping)


def _swept(args: argparse.Namespace, policy: Policy) -> Swept:
    """Raises `PolicyError` for a sweep that cannot be read, or a target that makes another part of the policy wrong."""
    sweep = read_sweep(args.sweep, policy)
    made = []
    for target, files in variants(read_files(args.policy), policy, sweep):
        try:
            made.append(compile_files(files))
        except PolicyError as problem:
            told = [
                replace(d, message=f"with {target}: {d.message}") for d in located(problem.diagnostics, args.policy)
            ]
            raise PolicyError(told) from None
    return Swept(sweep, tuple(made))


@contextmanager
def _store(args: argparse.Namespace, now: int) -> Iterator[Store]:
    from support_policy.adapters.sql.logs import SqlLogs
    from support_policy.cli.common_service import on_ground

    if args.mapping:
        said = "the service's own store needs no mapping"
        raise PolicyError([Diagnostic("M530", "error", said, Span("--mapping"), "leave it out")])
    settings = args.history.lower().endswith(_SETTINGS)
    named = argparse.Namespace(
        config=args.history if settings else None, database=None if settings else args.history, json=args.json
    )
    with on_ground(named) as on, on.sql.look() as work:
        yield Store(SqlLogs(work.connection), now)


def run_parts(given: Asked) -> Reject | None:
    """Do every part, and write what was found; or the row at which `--on-error stop` ends the run."""
    args, on = given.args, not given.args.json
    with Outputs(args, given.policy, given.against, given.folder) as outputs:
        job, parts = _begun(given, on=on)
        found = Found.nothing(job)
        with counting("rows decided", given.history.total, on=on) as more:
            for done in _everywhere(args, job, parts):
                found.merge(done.found)
                if args.on_error == "stop" and found.rows.first is not None:
                    outputs.stop(found.rows.first)
                    return found.rows.first
                outputs.add(done)
                more(done.found.rows.read)
        outputs.finish()
    given.job, given.found, given.files = job, found, outputs.files | _raw(args)
    return None


def _raw(args: argparse.Namespace) -> dict[str, Path]:
    """The export itself, where it can be asked in SQL as it is: a Parquet file of this machine."""
    path = Path(args.history)
    if args.sql is None or is_store(args.history) or is_url(args.history):
        return {}
    with path.open("rb") as file:
        return {"raw": path} if file.read(4) == b"PAR1" else {}


def _begun(given: Asked, *, on: bool) -> tuple[Job, Iterator[Any]]:
    """What is asked of every part, and the parts. The last instant is known once all of an export was read."""
    with counting("rows read", given.history.total, on=on) as seen:
        parts = given.history.parts(seen)
        first = list(islice(parts, 1))
    at = given.history.last if given.at is None else given.at
    until = given.now if at is None else at
    job = Job(
        given.policy,
        given.mapping,
        until,
        against=given.against,
        variants=given.sweep.policies if given.sweep else (),
        wanted=wanted(given.args),
        examples=bool(given.args.examples),
    )
    return job, chain(_let_go(first), parts)


def _everywhere(args: argparse.Namespace, job: Job, parts: Iterator[Any]) -> Iterator[Done]:
    if not args.cluster:
        return done_here(job, parts, args.workers)
    from support_policy.adapters.cluster import on_cluster

    return on_cluster(args.cluster, kernel, job, parts)


def _let_go(tables: list[Any]) -> Iterator[Any]:
    """The tables, each forgotten as it is given."""
    while tables:
        yield tables.pop()


def summary(given: Asked) -> dict[str, Any]:
    """The summary of what was found, as plain JSON data."""
    from support_policy.batch.backtest_summary import summary_of

    if given.job is None or given.found is None:
        raise RuntimeError("nothing was done yet")
    made = summary_of(given.job, given.found, given.args.history, given.history.notes)
    if given.sweep is not None:
        made["sweep"] = table_of(given.sweep.sweep, [one.data() for one in given.found.variants])
    return made
