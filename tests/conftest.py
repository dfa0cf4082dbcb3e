"""How Hypothesis searches here: `default` on a desk, `ci` the same examples every time, `fuzz` for long; databases.

No profile has a deadline or a speed check: how long a test takes says nothing about the code on a shared machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.sql.databases import KINDS, Server, server

UNTIMED = [HealthCheck.too_slow]

settings.register_profile("default", deadline=None, max_examples=100, suppress_health_check=UNTIMED)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.register_profile("fuzz", settings.get_profile("default"), max_examples=5_000)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real PostgreSQL server; where it cannot be had, the tests that want it fail."""
    with server() as made:
        yield made


@pytest.fixture(params=KINDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store of every kind, in turn."""
    return new_url(request.param, tmp_path, lambda: request.getfixturevalue("postgres"))


@pytest.fixture(params=("sqlite", "postgresql"))
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store that several processes can use."""
    return new_url(request.param, tmp_path, lambda: request.getfixturevalue("postgres"))


def new_url(kind: str, folder: Path, postgres: Callable[[], Server]) -> str:
    """The address of an empty store of a kind."""
    if kind == "memory":
        return "sqlite://"
    return f"sqlite:///{folder / 'store.db'}" if kind == "sqlite" else postgres().new()
