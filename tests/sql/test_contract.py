"""The contract of a store, held to every kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support_policy.adapters.sql.store import open_store
from support_policy.service.watch.ports import Store
from tests.sql.contract_parts import LettersContract, PartsContract
from tests.sql.contract_tickets import TicketsContract
from tests.sql.databases import Server


class StoreContract(TicketsContract, LettersContract, PartsContract):
    """All of it."""


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store at the address that a class gives."""
    made = open_store(url)
    yield made
    made.close()


class TestInMemory(StoreContract):
    """SQLite in memory."""

    @pytest.fixture
    def url(self) -> str:
        """Where it is."""
        return "sqlite://"


class TestSqlite(StoreContract):
    """SQLite in a file."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """Where it is."""
        return f"sqlite:///{tmp_path / 'store.db'}"


class TestPostgres(StoreContract):
    """PostgreSQL."""

    @pytest.fixture
    def url(self, postgres: Server) -> str:
        """Where it is."""
        return postgres.new()
