"""The command line: `support-policy VERB`, one module a verb. Exit 0: yes; 1: the answer is no; 2: could not run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from support_policy.source.diagnostics import PolicyError, did_you_mean

VERBS = ("check", "evaluate", "explain", "timeline", "replay", "diagram", "schedules", "schema", "init", "demo")
"""Every verb, in the order in which help lists them."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in the form of every other message."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and what is wrong; exit 2."""
        self.print_usage(sys.stderr)
        sys.stderr.write(f"{self.prog}: {message}\n")
        sys.exit(2)


def parser_for(verbs: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the command with these verbs."""
    modules = {verb: _module(verb) for verb in verbs}
    listed = "\n".join(f"  {verb:<11} {module.HELP}" for verb, module in modules.items())
    parser = _Parser(
        prog="support-policy",
        description="Support policy as code: priorities, timings and escalation as text\nthat a small engine evaluates.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"verbs:\n{listed}\n\nExit codes: 0 yes, 1 the answer is no (findings, a failed test), 2 could not run.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    branches = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser, help="one of those below")
    for verb, module in modules.items():
        module.arguments(branches.add_parser(verb, description=module.__doc__, allow_abbrev=False))
    return parser


def _module(verb: str) -> Any:
    return import_module(f"support_policy.cli.{verb}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    verb = next((word for word in given if not word.startswith("-")), "")
    try:
        if given[:1] == ["--version"]:
            return _version()
        if verb and verb not in VERBS:
            sys.stderr.write(f"support-policy: there is no verb `{verb}`: {did_you_mean(verb, VERBS)}\n")
            return 2
        # Only the verb asked for is imported: a check must not pay for what replay needs.
        args = parser_for([verb] if verb else VERBS).parse_args(given)
        if not args.verb:
            parser_for(VERBS).print_help()
            return 2
        code: int = _module(args.verb).run(args)
        sys.stdout.flush()
    except PolicyError as problem:
        from support_policy.cli.common import print_problem

        print_problem(problem, as_json="--json" in given)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output is gone (`| head`): nobody is left to tell, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as problem:
        sys.stderr.write(f"support-policy: {problem.strerror or problem}: {problem.filename or ''}\n")
        return 2
    return code


def _version() -> int:
    from importlib.metadata import version

    print(f"support-policy {version('support-policy')}")
    return 0
