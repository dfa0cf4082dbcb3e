"""The command line: `support-policy VERB`, one module a verb. Exit 0: yes; 1: the answer is no; 2: could not run."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from keyword import iskeyword
from typing import Any, NoReturn

from support_policy import __version__
from support_policy.cli.terminal import prepare_streams, printable, silence
from support_policy.source.diagnostics import PolicyError, did_you_mean

VERBS = (
    "check",
    "test",
    "evaluate",
    "explain",
    "timeline",
    "render",
    "replay",
    "backtest",
    "diagram",
    "schedules",
    "schema",
    "reference",
    "init",
    "import",
    "demo",
    "serve",
    "work",
    "tickets",
    "letters",
    "mails",
    "token",
    "preview",
    "adopt",
    "rebuild",
    "backup",
    "restore",
)
"""Every verb, in the order in which help lists them."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in the form of every other message."""

    def print_help(self, file: Any = None) -> None:
        """Print the help; that it cannot be written is not passed over."""
        (file or sys.stdout).write(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Print the usage and what is wrong; exit 2."""
        self.print_usage(sys.stderr)
        sys.stderr.write(f"{self.prog}: {message}\n")
        sys.exit(2)


def parser_for(verbs: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the command with these verbs."""
    modules = {verb: module_of(verb) for verb in verbs}
    listed = "\n".join(f"  {verb:<11} {module.HELP}" for verb, module in modules.items())
    parser = _Parser(
        prog="support-policy",
        description="Support policy as code: priorities, timings and escalation as text\nthat an engine evaluates.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"verbs:\n{listed}\n\nExit codes: 0 yes, 1 the answer is no (findings, a failed test), 2 could not run.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    # Named here, the program's name need not be worked out from a usage text, which imports more than a check.
    branches = parser.add_subparsers(
        dest="verb", prog=parser.prog, metavar="VERB", parser_class=_Parser, help="one of those below"
    )
    for verb, module in modules.items():
        module.arguments(branches.add_parser(verb, description=module.__doc__, allow_abbrev=False))
    return parser


def module_of(verb: str) -> Any:
    """The module of a verb: `HELP`, `arguments(parser)`, `run(args)`."""
    return import_module(f"support_policy.cli.{verb}{'_' if iskeyword(verb) else ''}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    prepare_streams()
    # What a verb imports stays to the end: looking through it for garbage would be a twentieth of a check.
    gc.disable()
    try:
        code = _run(given)
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        # The reader of our output is gone (`| head`): nobody is left to tell.
        silence()
        return 0
    except OSError as problem:
        with suppress(OSError):
            told = f"{problem.strerror or problem}: {problem.filename or 'what was to be printed'}"
            sys.stderr.write(f"support-policy: {printable(told)}\n")
        silence()
        return 2
    finally:
        gc.enable()
    return code


def _run(given: list[str]) -> int:
    verb = next((word for word in given if not word.startswith("-")), "")
    try:
        if given[:1] == ["--version"]:
            print(f"support-policy {__version__}")
            return 0
        if verb and verb not in VERBS:
            said = f"there is no verb `{printable(verb)}`: {did_you_mean(verb, VERBS)}"
            sys.stderr.write(f"support-policy: {said}\n")
            return 2
        # Only the verb asked for is imported: a check must not pay for what replay needs.
        args = parser_for([verb] if verb else VERBS).parse_args(given)
        if not args.verb:
            parser_for(VERBS).print_help()
            return 2
        module = module_of(args.verb)
        if args.verb != "check":
            gc.enable()
        code: int = module.run(args)
    except PolicyError as problem:
        from support_policy.cli.common import print_problem

        print_problem(problem, as_json="--json" in given)
        return 2
    except KeyboardInterrupt:
        return 130
    except SystemExit as stop:  # argparse has said all
        return stop.code if isinstance(stop.code, int) else 0
    return code
