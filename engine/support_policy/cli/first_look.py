"""What a newcomer is told when the service starts for a first look: where to click, what to send."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from support_policy.service.watch.settings_out import FolderOut
from support_policy.service.watch.writing import write

if TYPE_CHECKING:
    from support_policy.bootstrap.service import Process

TOKEN = Path("var/demo-token")
NAME, SCOPES, LASTS = "first look", ("engineer", "manager", "auditor"), timedelta(days=30)


def first_look(process: Process, places: dict[str, str | None]) -> list[str]:
    """Lines to try out, with a token that works."""
    http, mail = places["http"], places["mail"]
    token = _token(process)
    facts = '{"organization": "acme", "stated_priority": "P1", "environment": "production", "site_status": "down"}'
    event = f'{{"type": "submitted", "by": "customer", "fields": {facts}}}'
    said = ["", f"Click  {http}/docs, and let it know the token: {token}"]
    said += ["Send   a ticket:", f"  curl -s {http}/tickets -H 'Authorization: Bearer {token}' \\"]
    said += ["    -H 'Content-Type: application/json' \\", f"    -d '{event}'"]
    if mail:
        host, _, port = mail.rpartition(":")
        to = process.ground.settings.mail.addresses or ("",)
        address = to[0] or str(process.shelf.policy.text.contact.email if process.shelf.policy.text.contact else "")
        head = "From: jane@acme.example\\nSubject: [P1] Our site is down\\n\\nNothing works.\\n"
        said += ["or a mail:"]
        said += [f"  python3 -c \"import smtplib; smtplib.SMTP('{host}', {port}).sendmail('jane@acme.example',"]
        said += [f"    '{address}', '{head}')\""]
    if isinstance(process.out.mail, FolderOut):
        said += [f"Look   at what was sent: {process.out.mail.folder}/"]
    return [*said, "Stop   with Ctrl-C"]


def _token(process: Process) -> str:
    """The token of an earlier look, where it still holds; else a new one, kept for the next."""
    from support_policy.adapters.hashing import Argon2
    from support_policy.service.watch.access import Tokens, new_token

    now, hasher = process.ground.clock.now(), Argon2()
    if TOKEN.is_file():
        kept = TOKEN.read_text(encoding="ascii", errors="replace").strip()
        if not isinstance(Tokens(process.store, hasher).caller(kept, now), str):
            return kept
    until = now + LASTS
    _, text = write(process.store, lambda work: new_token(work, hasher, NAME, SCOPES, now, expires=until, actor="demo"))
    TOKEN.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(TOKEN, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(text + "\n")
    return text
