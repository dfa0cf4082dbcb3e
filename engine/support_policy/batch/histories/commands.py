"""The commands that tell somebody something, by number."""

from __future__ import annotations

COMMANDS = ("notify", "notify_again", "triage", "advise_clarification", "flag", "tell_customer")
NOTIFY, NOTIFY_AGAIN, TRIAGE = 0, 1, 2
TOLD_CUSTOMER = 5
ADVISED = ("advise_clarification", "flag")
