"""Backup and restore: the same store again, in either kind of database, or nothing at all."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from support_policy.adapters.sql.copying import LEFT_OUT, CopyError, backup, restore
from support_policy.adapters.sql.store import SqlStore, open_store
from support_policy.adapters.sql.tables import metadata
from support_policy.service.watch.rows import MailRow, TokenRow, VersionRow
from tests.sql.databases import Server
from tests.watch.house import House

MADE = "2026-03-02T09:00:00+00:00"


def silent(_rows: int) -> None:
    """No progress is shown."""


def lived(store: SqlStore) -> SqlStore:
    """A store with tickets, firings, letters, a version, a mail and a token."""
    house = House(store)
    first = house.submit()
    house.submit(id="again")
    house.until(house.clock.at + timedelta(hours=2, minutes=30))
    house.event(first, "resolved", by="engineer")
    with store.begin() as work:
        work.mails.add(MailRow(1, "a@b.example", ("s@b.example",), "<1@b>", b"\xff\x00raw", "kept"))
        work.register.put_token(TokenRow("abcdefgh", "desk", "hash", ("engineer",), (), 1))
        files, holidays = {"policy.yaml": b"policy: X\n"}, b"\x00\x01"
        work.versions.add(VersionRow(1, "d" * 64, "X", "1", 0, 1, "me", False, files, holidays))
        work.register.beat("worker", 1, {})
    return store


def content(store: SqlStore) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that is kept."""
    with store.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
            if table.name not in LEFT_OUT
        }


Url = Callable[[str], str]


@pytest.fixture
def url(postgres: Server, tmp_path: Path) -> Url:
    """The URL of a new database of a kind."""
    return lambda kind: postgres.new() if kind == "postgres" else f"sqlite:///{tmp_path}/{kind}.db"


@pytest.mark.parametrize(("of", "into"), [("one", "two"), ("one", "postgres"), ("postgres", "one"), ("postgres",) * 2])
def test_what_was_kept_is_there_again(of: str, into: str, url: Url, tmp_path: Path) -> None:
    """Every row of every table comes back, from either database into either, and counting goes on where it was."""
    path = tmp_path / "backup"
    old, new = lived(open_store(url(of))), open_store(url(into))
    counts = backup(old, path, MADE, silent)
    assert restore(new, path, silent) == counts
    assert counts["events"] > 5
    assert content(new) == content(old)
    assert House(new).submit() == "VS-1003"
    backup(open_again(old), tmp_path / "again", MADE, silent)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    old.close()
    new.close()


def open_again(store: SqlStore) -> SqlStore:
    """The same store: nothing a backup does changes it."""
    return store


def test_a_backup_is_the_owners_alone(tmp_path: Path) -> None:
    """Nobody else may read the file, and no other file is left."""
    store = lived(open_store("sqlite://"))
    backup(store, tmp_path / "backup", MADE, silent)
    store.close()
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def test_a_backup_is_one_moment(tmp_path: Path, postgres: Server) -> None:
    """What is written while the backup is made is in all of it or in none: here a ticket comes between two tables."""
    for url in (f"sqlite:///{tmp_path}/x.db", postgres.new()):
        store = lived(open_store(url))
        house, came = House(store), list[str]()

        def meanwhile(_rows: int, house: House = house, came: list[str] = came) -> None:
            if not came:
                came.append(house.submit())

        counts = backup(store, tmp_path / "backup", MADE, meanwhile)
        new = open_store("sqlite://")
        restore(new, tmp_path / "backup", silent)
        with new.look() as work:
            heads = work.tickets.page({}, "", 100)
            assert came[0] not in [head.ticket for head in heads]
            assert sum(head.length for head in heads) == counts["events"]
        new.close()
        store.close()


def damaged(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the lines of a backup."""
    with gzip.open(path, "rb") as file:
        lines = file.readlines()
    with gzip.open(path, "wb") as file:
        file.writelines(change(lines))


def shortened(lines: list[bytes]) -> list[bytes]:
    """A backup made wrongly: the last record of a log is left out, and its tail tells of what is there."""
    of = next(number for number, line in enumerate(lines) if b'"table":"events"' in line)
    end = next(number for number, line in enumerate(lines) if number > of and line.startswith(b"{"))
    last = max(number for number in range(of, end) if b'"VS-1001"' in lines[number])
    kept, tail = [*lines[:last], *lines[last + 1 : -1]], json.loads(lines[-1])
    tail["rows"]["events"] -= 1
    tail["sha256"] = sha256(b"".join(kept)).hexdigest()
    return [*kept, json.dumps(tail).encode() + b"\n"]


DAMAGES: list[tuple[str, Callable[[list[bytes]], list[bytes]]]] = [
    ("cut off", lambda lines: lines[:-1]),
    ("damaged", lambda lines: [*lines[:9], lines[9].replace(b"1", b"2"), *lines[10:]]),
    ("damaged", lambda lines: [*lines[:5], *lines[6:]]),
    ("no backup", lambda lines: lines[1:]),
    ("no backup", lambda _: [b"hello\n"]),
    ("no backup", lambda _: [b"[1]\n"]),
    ("damaged", lambda _: []),
    ("reads 1", lambda lines: [json.dumps({"is": "support-policy backup", "format": 2}).encode() + b"\n", *lines[1:]]),
    ("the schema 0000", lambda lines: [re.sub(rb'"schema":"\d+"', b'"schema":"0000"', lines[0]), *lines[1:]]),
    ("the log of VS-1001 is not as long", shortened),
]


@pytest.mark.parametrize(("says", "change"), DAMAGES)
def test_a_damaged_backup_is_refused_whole(
    says: str, change: Callable[[list[bytes]], list[bytes]], tmp_path: Path
) -> None:
    """What was changed, cut off or is something else is refused, and nothing is stored."""
    store, new = lived(open_store("sqlite://")), open_store("sqlite://")
    backup(store, tmp_path / "backup", MADE, silent)
    damaged(tmp_path / "backup", change)
    with pytest.raises(CopyError, match=says):
        restore(new, tmp_path / "backup", silent)
    assert not any(content(new).values())
    store.close()
    new.close()


@pytest.mark.parametrize("size", [0, 10, 200, -20])
def test_a_file_that_was_cut_is_refused(size: int, tmp_path: Path) -> None:
    """Bytes that are missing at the end are noticed."""
    store, new = lived(open_store("sqlite://")), open_store("sqlite://")
    path = tmp_path / "backup"
    backup(store, path, MADE, silent)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(CopyError):
        restore(new, path, silent)
    assert not any(content(new).values())
    store.close()
    new.close()


def test_nothing_is_restored_over_what_is_there(tmp_path: Path) -> None:
    """A store with anything in it is left as it is."""
    store = lived(open_store("sqlite://"))
    before = content(store)
    backup(store, tmp_path / "backup", MADE, silent)
    with pytest.raises(CopyError, match="not empty"):
        restore(store, tmp_path / "backup", silent)
    assert content(store) == before
    store.close()
