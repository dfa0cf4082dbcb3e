"""The names that mails out and mails in must agree on, and the limits of what is read of a mail."""

from __future__ import annotations

import re
from hashlib import sha256

LOOP = "X-Support-Policy"
"""The header of every mail we send; its value is the domain of our Message-IDs. A mail that has it is our own."""
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
"""Headers of every mail that no person wrote, so that no machine answers it (RFC 3834, and what Exchange heeds)."""

MAX_DEPTH = 40
MAX_PARTS = 500
MAX_HEADER = 65_536
"""Characters read of one header line; a name or a subject is cut at `MAX_LINE`."""
MAX_HEADERS = 2_000
MAX_LINE = 1_000
MAX_TEXT = 250_000
"""Characters of text read of a mail; the raw mail is kept whole."""
MAX_ADDRESSES = 500
MAX_IDS = 200

MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")
THREAD_ID = re.compile(r"<ticket\.[^<>@\s]+@[^<>@\s]+>")
"""The id that all our mails about a ticket refer to: anybody can make one up, so it proves nothing."""


def own_id(key: str, recipient: str, domain: str) -> str:
    """The Message-ID of a letter: the same whenever it is sent again."""
    return f"<{sha256(f'{key}|{recipient}'.encode(errors='replace')).hexdigest()[:32]}@{domain}>"


def id_of_bytes(raw: bytes) -> str:
    """The name of a mail that came without a Message-ID: from what it is, so that the same mail has the same."""
    return f"<{sha256(raw).hexdigest()[:32]}@without-id.invalid>"


def loop_headers(domain: str, *, automatic: bool) -> dict[str, str]:
    """What a mail we send says of itself; `automatic` when no person wrote it."""
    return {LOOP: domain, **(AUTOMATIC if automatic else {})}
