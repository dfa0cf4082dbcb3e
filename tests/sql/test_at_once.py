"""Several who use one store at once, each on connections of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from time import sleep

import pytest
from sqlalchemy import text

from support_policy.adapters.sql.store import SqlStore, open_store
from support_policy.service.watch.ports import StoreConflict
from tests.sql.databases import Server
from tests.sql.made import AT, SECOND, letter, made

ENGINE = Path(__file__).parents[2] / "engine"


@pytest.fixture
def two(shared_url: str) -> Iterator[tuple[SqlStore, SqlStore]]:
    """Two processes' views of one store."""
    stores = open_store(shared_url), open_store(shared_url)
    yield stores
    for store in stores:
        store.close()


@pytest.fixture
def servers(postgres: Server) -> Iterator[tuple[SqlStore, SqlStore]]:
    """The same, in PostgreSQL."""
    url = postgres.new()
    stores = open_store(url), open_store(url)
    yield stores
    for store in stores:
        store.close()


def beside(do: Callable[[], None]) -> tuple[Thread, list[BaseException]]:
    """Do something in a thread of its own; what it raised, when it has ended."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            do()
        except BaseException as problem:  # noqa: BLE001 - told by the test
            raised.append(problem)

    thread = Thread(target=run)
    thread.start()
    return thread, raised


def test_who_locks_a_ticket_second_sees_what_the_first_has_done(two: tuple[SqlStore, SqlStore]) -> None:
    """A lock is waited for, and then the ticket is read as it has become."""
    one, other = two
    with one.begin() as work:
        work.tickets.save([made("T-1")])
    lengths: list[int] = []

    def second() -> None:
        with other.begin() as work:
            lengths.append(work.tickets.heads(["T-1", "T-2"], lock=True)["T-1"].length)
            lengths.append(len(work.tickets.logs(["T-1"])["T-1"]))

    with one.begin() as work:
        work.tickets.heads(["T-1"], lock=True)
        thread, raised = beside(second)
        work.tickets.save([made("T-1", 1)])
    thread.join()
    assert (lengths, raised) == ([2, 2], [])


def test_a_ticket_begun_twice_at_once_is_begun_once(two: tuple[SqlStore, SqlStore]) -> None:
    """Of two who find no such ticket and begin it, the second ends with a conflict, and there is one log."""
    one, other = two

    def second() -> None:
        with other.begin() as work:
            work.tickets.heads(["T-1"], lock=True)
            work.tickets.save([made("T-2"), made("T-1", records=3)])

    with one.begin() as work:
        work.tickets.save([made("T-1")])
        thread, raised = beside(second)
    thread.join()
    assert [type(problem) for problem in raised] == [StoreConflict]
    with one.look() as work:
        assert [(head.ticket, head.length) for head in work.tickets.page({}, "", 9)] == [("T-1", 1)]


def test_who_looks_sees_one_instant(two: tuple[SqlStore, SqlStore]) -> None:
    """All that is read in one look is as it was at its first reading, and no writer waits for it."""
    one, other = two
    with one.begin() as work:
        work.tickets.save([made("T-1")])
    with one.look() as seen:
        assert seen.tickets.heads(["T-1"], lock=False)["T-1"].length == 1
        with other.begin() as work:
            work.tickets.save([made("T-1", 1)])
        assert len(seen.tickets.logs(["T-1"])["T-1"]) == 1
    with one.look() as seen:
        assert len(seen.tickets.logs(["T-1"])["T-1"]) == 2


def test_what_one_has_claimed_another_passes_over(servers: tuple[SqlStore, SqlStore]) -> None:
    """Due tickets, letters and tickets behind that are locked are left out, without waiting."""
    one, other = servers
    with one.begin() as work:
        work.tickets.save([made(f"T-{n}", due=AT + n * SECOND, letters=(letter(f"k{n}"),)) for n in range(1, 5)])
    late = AT + 9 * SECOND
    with one.begin() as first, other.begin() as second:
        assert list(first.tickets.due(late, 2)) == ["T-1", "T-2"]
        assert list(second.tickets.due(late, 9)) == ["T-3", "T-4"]
        assert [row.key for row in first.letters.claim(AT, late, "one", 3)] == ["k1", "k2", "k3"]
        assert [row.key for row in second.letters.claim(AT, late, "two", 3)] == ["k4"]
    with one.begin() as first, other.begin() as second:
        assert first.tickets.behind(1, late, 3, lock=True) == ["T-1", "T-2", "T-3"]
        assert second.tickets.behind(1, late, 3, lock=True) == ["T-4"]
        first.tickets.save([made("T-1", 1, due=late + 1)])
    with other.begin() as second:
        assert list(second.tickets.due(late, 9)) == ["T-2", "T-3", "T-4"]
        assert second.letters.claim(AT, late, "two", 9) == []


def test_numbers_are_given_out_without_waiting(servers: tuple[SqlStore, SqlStore]) -> None:
    """Two open transactions get different numbers for new tickets."""
    with servers[0].begin() as first, servers[1].begin() as second:
        assert first.tickets.next_number() != second.tickets.next_number()


def test_threads_share_a_database_in_memory() -> None:
    """Each transaction of a thread is whole; one thread cannot have two at once."""
    store = open_store("sqlite://")

    def work_on(thread: int) -> None:
        for number in range(20):
            with store.begin() as work:
                work.tickets.save([made(f"T-{thread}-{number}")])

    begun = [beside(lambda thread=thread: work_on(thread)) for thread in range(4)]  # type: ignore[misc]
    for thread, _ in begun:
        thread.join()
    assert [raised for _, raised in begun] == [[]] * 4
    with store.look() as work:
        assert len(work.tickets.page({}, "", 99)) == 80
        with pytest.raises(RuntimeError, match="a transaction is open in this thread"), store.begin():
            pass
    store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_processes_open_a_new_store_at_once(kind: str, postgres: Server, tmp_path: Path) -> None:
    """One of them makes the tables, the others wait for it, and none fails."""
    url = postgres.new(bare=True) if kind == "postgresql" else f"sqlite:///{tmp_path / 'new.db'}"
    script = f"from support_policy.adapters.sql.store import open_store; open_store({url!r}).close()"
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ENGINE)}
        )
        for _ in range(4)
    ]
    assert [process.communicate()[1] for process in begun] == [""] * 4
    assert [process.returncode for process in begun] == [0] * 4


DUE = """SELECT tickets.ticket FROM tickets JOIN agenda ON agenda.ticket = tickets.ticket
WHERE agenda.wake <= {until} ORDER BY agenda.wake LIMIT 50"""


def test_a_claim_reads_what_it_claims_and_no_more(two: tuple[SqlStore, SqlStore]) -> None:
    """The plan of a claim walks the index of due instants: how many tickets there are makes no difference."""
    store = two[0]
    with store.begin() as work:
        for start in range(0, 5000, 500):
            work.tickets.save([made(f"T-{n}", due=AT + n * SECOND) for n in range(start, start + 500)])
    postgres = store.engine.dialect.name == "postgresql"
    query = DUE.format(until=AT + 4000 * SECOND)
    with store.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        if postgres:
            lines = connection.execute(text(f"EXPLAIN {query} FOR UPDATE OF tickets SKIP LOCKED")).scalars().all()
        else:
            lines = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
    plan = "\n".join(lines)
    assert "agenda_wake" in plan
    assert not [word for word in ("Seq Scan", "Sort", "SCAN", "TEMP B-TREE") if word in plan]


def test_who_waits_to_write_has_its_turn_before_who_comes_back(shared_url: str) -> None:
    """A worker that goes from one transaction into the next keeps nobody out who has waited since."""
    store = open_store(shared_url)
    waits, done = Event(), Event()

    def intake() -> None:
        waits.set()
        with store.begin() as work:
            work.tickets.next_number()
        done.set()

    thread = Thread(target=intake)
    turns = 0
    try:
        while not done.is_set():
            with store.begin() as work:
                work.tickets.next_number()
                if not turns:
                    thread.start()
                waits.wait()
                sleep(0.005)
                turns += 1
        assert turns < 10
    finally:
        thread.join()
        store.close()
