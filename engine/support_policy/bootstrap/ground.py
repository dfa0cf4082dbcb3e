"""What every verb of the service stands on: the store that the settings name, the clock, the journal."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from support_policy.adapters.files import shown
from support_policy.adapters.machine import cached_holidays
from support_policy.bootstrap.extras import extra
from support_policy.bootstrap.outside import Fetched, fetched, only_store
from support_policy.bootstrap.policies import compile_files
from support_policy.service.watch.adopting import Adopting
from support_policy.service.watch.ports import StoreBusy, StoreForeign, StoreFull
from support_policy.service.watch.settings import Settings
from support_policy.service.watch.versions import ShelfError, StoredShelf
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import NOWHERE, Span

if TYPE_CHECKING:
    from support_policy.adapters.sql.store import SqlStore


class MachineClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Ground:
    """An open store with its shelf. `sql` is the store itself, for what is more than a transaction."""

    settings: Settings
    secrets: Fetched
    sql: SqlStore
    clock: MachineClock

    def shelf(self) -> StoredShelf:
        """The versions of the policy that the store keeps; empty where there is none. Raises `PolicyError`."""
        with self.sql.look() as work:
            try:
                return StoredShelf.load(work, compile_files)
            except ShelfError as problem:
                span = Span("the database")
                told = Diagnostic("C111", "error", str(problem).partition("\n")[0], span, "use the program of its age")
                raise PolicyError([told, *problem.diagnostics]) from None

    def shelf_with_policy(self) -> StoredShelf:
        """The same, where there has to be a version. Raises `PolicyError`."""
        shelf = self.shelf()
        if not shelf.number:
            help = "start `support-policy serve` with it, or adopt one: support-policy adopt --policy PATH"
            raise PolicyError([Diagnostic("C111", "error", "it has no policy yet", Span("the database"), help)])
        return shelf

    def adopting(self, shelf: StoredShelf) -> Adopting:
        """What adopts policies into the store."""
        return Adopting(shelf, self.sql, self.clock, cached_holidays)


@contextmanager
def ground(settings: Settings, database: str = "", *, runs: bool = True, makes: bool = True) -> Iterator[Ground]:
    """Open the store that the settings name, or `database`; closed at the end. Raises `PolicyError`.

    What `runs` has every secret, else those of the store alone; what does not make a store has to find one.
    """
    secrets = fetched(settings, database) if runs else only_store(settings, database)
    span = Span("--database") if database else settings.database.span
    sql = opened(secrets.database, span, makes=makes)
    try:
        yield Ground(settings, secrets, sql, MachineClock())
    finally:
        sql.close()


def opened(url: str, span: Span, *, makes: bool = True) -> SqlStore:
    """The store at a URL, made (if it may be) or migrated. Raises `PolicyError` at `span`; the URL is not shown."""
    with extra():
        from support_policy.adapters.sql.engines import missing_file
        from support_policy.adapters.sql.store import open_store

        place = Span("the database") if span == NOWHERE else span
        try:
            missing = "" if makes else missing_file(url)
            if not missing:
                return open_store(url)
        except ValueError as problem:
            raise PolicyError([Diagnostic("C104", "error", str(problem), place)]) from None
        except StoreForeign as problem:
            raise PolicyError([Diagnostic("C111", "error", str(problem), place)]) from None
        except (StoreBusy, StoreFull) as problem:
            help = "" if isinstance(problem, StoreForeign) else "is it running, and may this user use it?"
            raise PolicyError([Diagnostic("C111", "error", str(problem), place, help)]) from None
        except OSError as problem:
            why = (problem.strerror or type(problem).__name__).lower()
            told = f"the database cannot be opened: {shown(str(problem.filename or ''))}: {why}"
            help = "look at the permissions of its folder"
            raise PolicyError([Diagnostic("C111", "error", told, place, help)]) from None
    help = "name the service's with --config or --database; a relative path counts from the folder it is started in"
    said = f"`{shown(missing)}` is empty" if Path(missing).exists() else f"there is no `{shown(missing)}`"
    raise PolicyError([Diagnostic("C111", "error", said, place, help)])


def worker_name() -> str:
    """A name for this process that no other has."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{os.urandom(3).hex()}"
