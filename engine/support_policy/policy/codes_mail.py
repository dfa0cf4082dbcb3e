"""The codes of what can be wrong with what a mail becomes, and with addresses. Title and explanation."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "P391": ("claimed twice", "A sender belongs to one organization, so an address or a domain stands in one alone."),
    "P392": (
        "no address",
        "Messages go to `name@host` by mail, or to `channel:NAME`, a channel that the service's own configuration has.",
    ),
    "P393": (
        "event that a mail cannot be",
        "A mail begins a ticket or belongs to one, is of a customer or of the house, and carries its words as `text`.",
    ),
    "P394": ("rules that read no mail", "Rules of `intake` are asked of mails, which the policy does not take."),
}
