"""Preview the messages that one ticket's history sends: when, to whom, and every word of them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from support_policy.adapters.histories import load_history
from support_policy.bootstrap import load_policy
from support_policy.cli.common import add_history, add_json, add_policy, instant_given, paint, print_json
from support_policy.cli.terminal import printable
from support_policy.model.event import Command, micros
from support_policy.policy.compiled import Policy
from support_policy.render.messages import Message, message_of, not_had, preview
from support_policy.source.diagnostics import Diagnostic, PolicyError, did_you_mean
from support_policy.source.span import Span
from support_policy.ticket.evaluate import Local, Run
from support_policy.ticket.evaluate import run as decide_all

NOTE = "this template is about what the ticket has not had"
HELP = "preview the messages that one ticket's history sends"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    add_history(parser)
    parser.add_argument("--template", metavar="NAME", help="only this template, about the ticket as it stands")
    add_policy(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """0: every message is as the policy has it; 1: some template cannot be used, and a built-in text stands in."""
    policy = load_policy(args.policy)
    if args.template and args.template not in policy.text.templates:
        help = did_you_mean(args.template, policy.text.templates) or "the policy has no `templates:`"
        said = f"there is no template `{args.template}`"
        raise PolicyError([Diagnostic("P310", "error", said, Span("--template"), help)])
    history, at = load_history(policy, args.history), instant_given(args.at, "--at")
    rows: list[dict[str, Any]] = []

    def watch(made: Run, commands: Sequence[Command]) -> None:
        # Here the ticket is what it was when the message was sent, not what it has become since.
        for command in commands:
            message = message_of(policy, made, command)
            if message is not None:
                rows.append(_row(policy, made, command, message))

    if args.template:
        made = decide_all(policy, history, at)
        row = _row(policy, made, *preview(policy, made, args.template))
        missing = not_had(policy, made, args.template)
        rows.append({**row, "not_had": missing} if missing else row)
    else:
        decide_all(policy, history, at, watch)
    if args.json:
        print_json(rows)
    else:
        print("\n\n\n".join(map(_shown, rows)) or "this history sends no message")
    return 1 if any("problem" in row for row in rows) else 0


def _row(policy: Policy, made: Run, command: Command, message: Message) -> dict[str, Any]:
    told = [{"role": role, "to": to or None} for role, to in command.notify]
    row: dict[str, Any] = {
        "at": Local(policy, made.state)(micros(command.at)),
        "key": command.key,
        "command": command.name,
        "recipients": told,
        "template": message.template or None,
        "subject": message.subject,
        "body": message.body,
    }
    return {**row, "problem": message.problem} if message.problem else row


def _shown(row: dict[str, Any]) -> str:
    told = ", ".join(f"{n['role'].replace('_', ' ')} <{n['to'] or 'nobody'}>" for n in row["recipients"])
    to = told or ("the customer" if row["command"] == "tell_customer" else "-")
    at = f"{datetime.fromisoformat(row['at']):%a %d %b %Y %H:%M (%z)}"
    head = [
        f"{paint(printable(row['key']), 'bold')}  {at}  {row['command']}",
        printable(f"  to       {to}"),
        f"  text     {row['template'] or 'built in'}",
        *([paint(printable(f"  problem  {row['problem']}"), "error")] if "problem" in row else []),
        *([paint(printable(f"  note     {NOTE}: {row['not_had']}"), "note")] if "not_had" in row else []),
        printable(f"  subject  {row['subject']}"),
    ]
    return "\n".join([*head, "", *(printable(f"    {line}".rstrip()) for line in row["body"].rstrip("\n").split("\n"))])
