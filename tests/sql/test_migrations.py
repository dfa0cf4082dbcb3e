"""The schema: the steps that make it, and databases that were made by earlier programs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from support_policy.adapters.sql import migrations
from support_policy.adapters.sql.migrations import KNOWN, NEWEST, TABLE, other_type
from support_policy.adapters.sql.store import SqlStore, open_store
from support_policy.adapters.sql.tables import metadata
from tests.sql.contract_tickets import ODD
from tests.sql.databases import Server
from tests.sql.made import AT
from tests.sql.released import FOLDER

RELEASED = [(schema, kind) for schema in KNOWN for kind in ("sqlite", "postgresql")]


def differences(store: SqlStore) -> list[object]:
    """What a migration would still have to change."""
    told = {"version_table": TABLE, "compare_type": other_type, "compare_server_default": True}
    with store.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=told), metadata))


def test_the_steps_make_the_tables_the_program_uses(store_url: str) -> None:
    """After the last step nothing is missing, too much, or otherwise."""
    store = open_store(store_url)
    assert differences(store) == []
    store.close()


def test_the_steps_form_one_line() -> None:
    """Every step follows the one before it, and the program knows each."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    line = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(line)) == KNOWN
    assert KNOWN[-1] == NEWEST


@pytest.mark.parametrize(("schema", "kind"), RELEASED)
def test_a_store_of_every_released_schema_is_migrated(schema: str, kind: str, postgres: Server, tmp_path: Path) -> None:
    """A database that an earlier program made is brought up to date, and everything in it is still there."""
    url = postgres.new(bare=True) if kind == "postgresql" else f"sqlite:///{tmp_path / 'store.db'}"
    load(url, (FOLDER / f"{schema}.{kind}.sql").read_text("utf-8"))
    store = open_store(url)
    assert differences(store) == []
    with store.begin() as work:
        heads = work.tickets.heads(["T-1", "T-2"], lock=True)
        assert (heads["T-1"].subject, heads["T-1"].length) == (ODD, 3)
        assert [len(log) for log in work.tickets.logs(["T-1", "T-2"]).values()] == [3, 1]
        assert [row.id for row in work.tickets.decisions("T-1")] == ["T-1.1"]
        assert work.tickets.every("", 1)[0][2] == ("a/1/1",)
        assert [one.ticket for one in work.tickets.stuck()] == ["T-2"]
        assert list(work.tickets.due(AT, 9)) == ["T-1"]
        assert [(one.subject, one.headers) for one in work.letters.page({"status": "waiting"}, 0, 9)] == [
            (ODD, {"X": ODD})
        ]
        assert [row.files for row in work.versions.all()] == [{"a": b"\x00\xff"}]
        kept = work.mails.get(1)
        assert kept is not None
        assert kept.raw.endswith(b"\xff\x00")
        assert work.mails.ticket_of(["<1@acme.example>"]) == "T-1"
        assert work.register.token("t1") is not None
        assert work.register.answered("token:t1", "key") is not None
        assert [row.detail for row in work.register.audit_page("", 0, 9)] == [{"odd": ODD}]
        assert not work.register.ran("weekly", AT)
        assert work.tickets.next_number() == 2
    store.close()


def load(url: str, dump: str) -> None:
    """Make a database as it was dumped."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(dump)
        return
    import psycopg

    with psycopg.connect(url) as server:
        server.execute(dump.encode())


def test_a_table_that_is_missing_is_found(tmp_path: Path) -> None:
    """The comparison that the tests above rest on sees a column and an index that are not there."""
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    with store.engine.connect() as connection:
        connection.execute(text("DROP INDEX agenda_wake"))
        connection.execute(text("ALTER TABLE letters DROP COLUMN error"))
        connection.commit()
    assert len(differences(store)) == 2
    store.close()
