"""What the verbs of the service share: their settings, their store."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from support_policy.batch.replay import Progress, no_progress
from support_policy.cli.common import add_json, told
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

if TYPE_CHECKING:
    from support_policy.bootstrap.ground import Ground
    from support_policy.service.watch.settings import Listen, Settings


def add_service(parser: argparse.ArgumentParser) -> None:
    """`--config`, `--database` and `--json`."""
    parser.add_argument(
        "--config", metavar="FILE", help="the settings of the service (default: ./service.yaml, where there is one)"
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        help="sqlite:///FILE or postgresql://USER@HOST/NAME, in the place of that in the settings",
    )
    add_json(parser)


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings; warnings about them go to standard error. Raises `PolicyError`."""
    from support_policy.adapters.service_file import load_settings

    settings, warnings = load_settings(args.config)
    on = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    for warning in warnings:
        sys.stderr.write(told(warning, on=on) + "\n")
    quiet = getattr(args, "quiet", False)
    return replace(settings, log=replace(settings.log, level="warning")) if quiet else settings


@contextmanager
def on_ground(args: argparse.Namespace, *, runs: bool = False, makes: bool = False) -> Iterator[Ground]:
    """The store that the arguments name, open; see `ground`. Raises `PolicyError`, also when the store fails later."""
    from support_policy.bootstrap.extras import extra

    if args.database == "":
        # As from a variable of the shell that is not set: the store of the settings is another one than was meant.
        help = "leave the option out to take that of the settings"
        raise PolicyError([Diagnostic("C104", "error", "it is empty", Span("--database"), help)])
    settings = settings_of(args)
    with extra():
        from support_policy.bootstrap.ground import ground
        from support_policy.service.watch.ports import StoreBusy, StoreConflict, StoreFull
    try:
        with ground(settings, args.database or "", runs=runs, makes=makes) as on:
            yield on
    except (StoreBusy, StoreConflict, StoreFull) as problem:
        raise PolicyError([Diagnostic("C111", "error", str(problem), Span("the database"))]) from None


def place_of(text: str, option: str) -> Listen:
    """The address and port an option names. Raises `PolicyError`."""
    from support_policy.service.watch.settings_words import listen_at

    found = listen_at(text)
    if found is None:
        help = f"write an address and a port: {option} 127.0.0.1:8080"
        raise PolicyError([Diagnostic("C102", "error", "this is not an address and a port", Span(option), help)])
    return found


def progress(args: argparse.Namespace) -> Progress:
    """A bar on standard error, on a terminal; nothing elsewhere, or where JSON was asked for."""
    from support_policy.cli.progress import progress

    return no_progress if args.json else progress()


def counting(args: argparse.Namespace, what: str) -> AbstractContextManager[Callable[[int], None]]:
    """A bar that is told how many more are done; nothing where JSON was asked for."""
    from support_policy.cli.progress import counting

    return counting(what, on=not args.json)
