"""What a history sends, message by message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from support_policy.bootstrap import compile_files
from support_policy.model.event import Command
from support_policy.policy.compiled import Policy
from support_policy.render.messages import Message, message_of
from support_policy.ticket.evaluate import Run, run
from support_policy.ticket.history import read_history
from tests.ticket.histories import Ticket, policy, shipped

WEEK = "+100h"


def sent(of: Ticket, until: str = WEEK, under: Policy | None = None) -> list[tuple[Command, Message]]:
    """Every command of a ticket with its message, as things stood when it was sent."""
    return told(under or policy(), of.history(), of.instant(until))


def told(under: Policy, data: object, until: datetime) -> list[tuple[Command, Message]]:
    """The same, of any history."""
    made: list[tuple[Command, Message]] = []

    def watch(decided: Run, commands: Sequence[Command]) -> None:
        for command in commands:
            message = message_of(under, decided, command)
            if message is not None:
                made.append((command, message))

    run(under, read_history(under, data), until, watch)
    return made


def plain_policy() -> Policy:
    """The shipped policy without its templates: every text is the engine's own."""
    files = {name: data for name, data in shipped().items() if name != "rules/templates.yaml"}
    lines = files["policy.yaml"].decode().split("\n")
    kept = [line for line in lines if not line.strip().startswith(("message:", "remind_message:", "receipt:"))]
    return compile_files({**files, "policy.yaml": "\n".join(kept).encode()})
