"""Mail into a local folder, for a person to look at what would have been sent."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from support_policy.adapters.send.mail_text import mail_of
from support_policy.model.event import instant
from support_policy.service.watch.ports import Unreachable
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import FolderOut


class FolderMessenger:
    """Writes each letter as an `.eml` file, whole or not at all; the same letter again is the same file."""

    def __init__(self, out: FolderOut) -> None:
        self._out, self._folder = out, Path(out.folder)

    def deliver(self, letter: Letter, message_id: str) -> None:
        """Write a letter. Raises `Undeliverable`, or `Unreachable` when the folder cannot be written to."""
        mail = mail_of(letter, message_id, self._out.mail)
        path = self._folder / file_name(letter, message_id)
        hidden = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            self._folder.mkdir(0o700, parents=True, exist_ok=True)
            try:
                with hidden.open("wb") as file:
                    file.write(mail.raw)
                    file.flush()
                    os.fsync(file.fileno())
                hidden.replace(path)
            finally:
                with suppress(OSError):
                    hidden.unlink()
        except OSError as problem:
            raise Unreachable(f"the folder for mails cannot be written to: {problem.strerror}") from None

    def close(self) -> None:
        """Nothing is open."""


def file_name(letter: Letter, message_id: str) -> str:
    """By the instant of the letter, then its ticket, so that a listing reads like a mailbox."""
    when = instant(letter.created).strftime("%Y%m%dT%H%M%SZ")
    about = re.sub(r"[^A-Za-z0-9_-]+", "-", letter.ticket or letter.command)[:40].strip("-") or "letter"
    return f"{when}-{about}-{sha256(message_id.encode()).hexdigest()[:12]}.eml"
