"""Databases as each released schema left them, with rows in them, kept as SQL in `tests/fixtures/stores`.

`python -m tests.sql.released` (with the engine on the path) writes those of the newest schema. A schema that has been
released is never written again: what stands there is what users have.
"""

from __future__ import annotations

import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

from support_policy.adapters.sql.migrations import NEWEST
from support_policy.adapters.sql.store import SqlStore, open_store
from support_policy.service.watch.rows import Answered, AuditRow, Stuck, TokenRow, VersionRow
from tests.sql.contract_tickets import ODD
from tests.sql.databases import Server, server
from tests.sql.made import AT, letter, made, mail

FOLDER = Path(__file__).parents[1] / "fixtures" / "stores"


def fill(store: SqlStore) -> None:
    """A row in every table, odd texts among them."""
    with store.begin() as work:
        work.versions.add(VersionRow(1, "d1", "shop", "1", AT, AT, "cli", retarget=False, files={"a": b"\x00\xff"}))
        work.tickets.next_number()
        letters = (letter(subject=ODD, headers={"X": ODD}), letter("k2", status="dead"))
        work.tickets.save([made("T-1", records=3, firings=("a/1/1",), letters=letters, subject=ODD), made("T-2")])
        work.tickets.put_aside(Stuck("T-2", AT, "ValueError", 1, AT + 60))
        work.tickets.looked_at(["T-1"], 1)
        work.mails.add(mail())
        work.mails.belongs("<1@acme.example>", "T-1")
        work.register.put_token(TokenRow("t1", "desk", "$argon2$", ("intake",), ("acme",), AT))
        work.register.answer(Answered("token:t1", "key", "hash", 201, "{}", AT))
        work.register.audit(AuditRow(AT, "token.created", "cli", "t1", {"odd": ODD}))
        work.register.ran("weekly", AT)
        work.register.beat("w1", AT, {"host": "h"})


def dump_sqlite(path: Path) -> str:
    """What makes such a file anew."""
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def dump_postgres(running: Server, url: str) -> str:
    """What makes such a database anew."""
    program = Path(running.server.bin_path) / "pg_dump"
    command = [str(program), "--inserts", "--no-owner", "--no-privileges", "--no-comments", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    kept = [line for line in text.splitlines() if line and not line.startswith(("--", "\\", "SET "))]
    return "\n".join(line for line in kept if "set_config" not in line) + "\n"


def main() -> None:
    """Write the newest schema's."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as running:
        path = Path(folder) / "store.db"
        url = running.new()
        for address in (f"sqlite:///{path}", url):
            store = open_store(address)
            fill(store)
            store.close()
        (FOLDER / f"{NEWEST}.sqlite.sql").write_text(dump_sqlite(path), "utf-8")
        (FOLDER / f"{NEWEST}.postgresql.sql").write_text(dump_postgres(running, url), "utf-8")


if __name__ == "__main__":
    main()
