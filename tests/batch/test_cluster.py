"""Clusters: two real worker processes give what one process gives, also when one of them is killed in mid-run."""

from __future__ import annotations

import importlib
import logging
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pytest

from support_policy.adapters.cluster import about_here, differences, on_cluster
from support_policy.adapters.spill import FolderSpill
from support_policy.batch.partition import Sizes, parted_by_ticket
from support_policy.source.diagnostics import PolicyError
from tests.batch.kernels import Counting, count, fail, refuse, who
from tests.replay.desk import policy

QUIET = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
"""The port of the scheduler's own page is any that is free."""


def local_cluster(**how: Any) -> Any:
    """A scheduler and its workers, on this machine."""
    import distributed

    made: Any = distributed.LocalCluster  # which has no types
    return made(**how, **QUIET)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster of two processes."""
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        local_cluster(n_workers=2, threads_per_worker=1, processes=True) as cluster,
    ):
        yield cluster.scheduler_address


def parts(folder: Path) -> Iterator[pa.Table]:
    """Rows of many tickets in parts."""
    table = pa.table({"ticket": [f"T{n * 7919 % 601}" for n in range(5000)], "n": range(5000)})
    with FolderSpill(folder) as spill:
        yield from parted_by_ticket(table.to_batches(500), "ticket", spill, 5000, Sizes(1000, 500))


def as_bytes(tables: Iterator[pa.Table]) -> bytes:
    """All results as one file, sorted by ticket."""
    sink = pa.BufferOutputStream()
    table = pa.concat_tables(list(tables)).sort_by("ticket").combine_chunks()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def test_a_worker_killed_in_mid_run_changes_nothing(address: str, tmp_path: Path) -> None:
    """Its part is given to another, and the results are, byte for byte, those of this process alone."""
    spill, marks = tmp_path / "spill", tmp_path / "marks"
    spill.mkdir()
    marks.mkdir()
    alone = [count(Counting(policy()), part) for part in parts(spill)]
    assert len(alone) > 8
    found = list(on_cluster(address, count, Counting(policy(), "T7", str(marks)), parts(spill)))
    assert len(list(marks.iterdir())) == 1, "a worker was killed"
    assert found == alone
    assert as_bytes(iter(found)) == as_bytes(iter(alone))


def test_parts_are_taken_as_they_are_needed(address: str, tmp_path: Path) -> None:
    """Never are more parts under way than asked for; results come in the order of the parts."""
    taken = 0

    def counted() -> Iterator[pa.Table]:
        nonlocal taken
        for n in range(20):
            taken += 1
            yield pa.table({"n": [n]})

    for index, (_, n) in enumerate(on_cluster(address, who, None, counted(), ahead=3)):
        assert n == index
        assert taken <= index + 4


def refused(address: str, **how: float) -> str:
    """What is said of a cluster that cannot be used."""
    with pytest.raises(PolicyError) as raised:
        list(on_cluster(address, who, None, [pa.table({"n": [1]})], **how))  # type: ignore[arg-type]
    return str(raised.value)


def test_a_part_that_kills_every_worker_ends_the_run(address: str, tmp_path: Path) -> None:
    """It is not tried for ever, and the message says where to look."""
    job = Counting(policy(), "T1", str(tmp_path), always=True)
    with pytest.raises(PolicyError, match=r"M529.*took down each of 2 workers"):
        list(on_cluster(address, count, job, [pa.table({"ticket": ["T1"]})]))


def test_a_fault_of_the_function_is_raised_as_it_is(address: str) -> None:
    """What goes wrong in the work is not taken for a fault of the cluster."""
    with pytest.raises(LookupError, match="job: 1"):
        list(on_cluster(address, fail, "job", [pa.table({"n": [1]})]))


def test_a_module_that_the_workers_lack_is_named(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that is only here cannot run there."""
    (tmp_path / "only_here.py").write_text("def kernel(job, raw):\n    return 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    kernel = importlib.import_module("only_here").kernel
    with pytest.raises(PolicyError, match=r"M525.*no module only_here"):
        list(on_cluster(address, kernel, None, [pa.table({"n": [1]})]))


def test_a_refusal_comes_back_as_it_was_said(address: str) -> None:
    """What a worker finds wrong with the policy or the file is told as if it had been found here."""
    with pytest.raises(PolicyError) as raised:
        list(on_cluster(address, refuse, "x.csv", [pa.table({"n": [1]})]))
    assert str(raised.value) == "x.csv:1:1: error[M521]: the file is empty"


def test_an_address_without_a_scheduler_says_so() -> None:
    """Nobody there, or no address at all: an error with an example of one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        for address in (nobody, "tpc://127.0.0.1:1", "127.0.0.1:notaport", "tcp://", "tls://127.0.0.1:1"):
            said = refused(address, patience=0.5)
            assert "no scheduler can be reached" in said
            assert "tcp://HOST:8786" in said


def test_another_server_is_no_scheduler() -> None:
    """What answers in another protocol, as the dashboard next to the scheduler does, is told from one."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    with server.accept()[0] as caller:
                        caller.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

        Thread(target=answer, daemon=True).start()
        assert "speaks another protocol" in refused(f"tcp://127.0.0.1:{server.getsockname()[1]}", patience=2)
        server.shutdown(socket.SHUT_RDWR)


def test_who_listens_and_is_silent_is_no_scheduler() -> None:
    """A server that waits to be asked, as a web server does, ends the run instead of holding it for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert "says nothing" in refused(f"tcp://127.0.0.1:{server.getsockname()[1]}", patience=0.2)


def test_a_scheduler_without_workers_says_so() -> None:
    """Nothing is waited for without end."""
    with local_cluster(n_workers=0, processes=False, protocol="tcp://") as empty:
        assert "no worker for 0.2 s" in refused(empty.scheduler_address, patience=0.2)


def test_workers_must_be_like_this_machine() -> None:
    """A version that results depend on is named with both sides."""
    here = about_here()
    assert all(here.values())
    there = {"tcp://a:1": here, "tcp://b:1": {**here, "holidays": "0.1"}, "tcp://c:1": {**here, "python": ""}}
    assert differences(here, there) == [
        f"the worker tcp://b:1 has holidays 0.1, this machine {here['holidays']}",
        f"the worker tcp://c:1 has python (none), this machine {here['python']}",
    ]
