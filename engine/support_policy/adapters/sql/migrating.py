"""A database is brought to the schema of this program, under a lock: of several who start at once, one does it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, column, func, inspect, select, table

from support_policy.adapters.sql.migrations import KNOWN, NEWEST, TABLE
from support_policy.service.watch.ports import StoreForeign

_KEY = 0x5EB0_1D
"""What tells this lock of PostgreSQL from other locks by number."""
_ALEMBIC = Lock()
"""Alembic has one connection at a time in a process."""


def migrate(engine: Engine) -> str:
    """Make or migrate the tables up to the newest schema; the schema that was there before ("" for none).

    Raises `StoreForeign` for a database that a newer program has migrated, or that holds something else.
    """
    with engine.connect() as connection:
        if _schema(connection) == NEWEST:
            return NEWEST
    with _ALEMBIC, engine.connect() as connection:
        connection.execution_options(writes=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                connection.execute(select(func.pg_advisory_xact_lock(_KEY)))
            before = _schema(connection)
            if before != NEWEST:
                _upgrade(connection)
            return before


def _schema(connection: Connection) -> str:
    """The schema a database says it has; "" for an empty one."""
    tables = inspect(connection).get_table_names()
    if TABLE not in tables:
        if tables:
            raise StoreForeign(f"the database holds something else (a table `{tables[0]}`): name one of its own")
        return ""
    found: Sequence[Any] = connection.execute(select(column("version_num")).select_from(table(TABLE))).scalars().all()
    if len(found) != 1 or found[0] not in KNOWN:
        raise StoreForeign(
            f"the database has the schema {', '.join(map(str, found)) or 'of no program'}, and this program knows "
            f"none newer than {NEWEST}: use the program that made it, or a newer one"
        )
    return str(found[0])


def _upgrade(connection: Connection) -> None:
    # The library is slow to load, and seldom needed.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
