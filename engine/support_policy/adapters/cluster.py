"""Many machines: a function of Arrow tables run over parts by the workers of a Dask cluster."""

from __future__ import annotations

import logging
import pickle
import platform
import socket
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, TypeVar

import pyarrow as pa

from support_policy.adapters.machine import installed_version, tzdata_version
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

Job = TypeVar("Job")
Result = TypeVar("Result")
PATIENCE = 30.0
"""Seconds to wait for the scheduler, and for a first worker or another one when all are gone."""
_LARGE = "distributed.admin.large-graph-warning-threshold"


def on_cluster(
    address: str,
    kernel: Callable[[Job, pa.Table], Result],
    job: Job,
    parts: Iterable[pa.Table],
    *,
    ahead: int = 0,
    patience: float = PATIENCE,
) -> Iterator[Result]:
    """What `kernel` makes of each part, in the order of the parts, computed by the workers of a cluster.

    `kernel` is a function of a module that the workers have, too; `job` can be pickled, and goes to each worker with
    every part, to be read once. At most `ahead` parts (0: two for each thread of the workers) are under way at once.
    The part of a lost worker is given to another. Raises `PolicyError` when there is no scheduler at the address, no
    worker, one that is not like this machine, or when a part takes worker after worker down.
    """
    with _client(address, patience) as client:
        _check(client, address, patience)
        threads = sum(found["nthreads"] for found in client.scheduler_info(n_workers=-1)["workers"].values())
        limit = ahead or max(2, 2 * threads)
        # As bytes: what a worker cannot unpickle as it comes in takes its connection down.
        packed = pickle.dumps((kernel, job))
        waiting: deque[Any] = deque()
        for part in parts:
            if len(waiting) >= limit:
                yield _result(waiting.popleft(), client, address, patience)
            waiting.append(client.submit(_work, packed, _to_bytes(part), pure=False))
        while waiting:
            yield _result(waiting.popleft(), client, address, patience)


def _work(packed: bytes, part: bytes) -> Any:
    """On a worker: the kernel's result."""
    kernel, job = _unpacked(packed)
    with pa.ipc.open_stream(part) as stream:
        return kernel(job, stream.read_all())


@lru_cache(maxsize=2)
def _unpacked(packed: bytes) -> Any:
    return pickle.loads(packed)  # noqa: S301 - written by `on_cluster`; a scheduler's word is code anyway


def _to_bytes(table: pa.Table) -> bytes:
    """A table as bytes. Pickling a slice would send all that it was cut from."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


@contextmanager
def _client(address: str, patience: float) -> Iterator[Any]:
    try:
        import dask

        made = _client_class()
    except ImportError:
        help = "pip install 'support-policy[cluster]'"
        raise _problem("M525", address, "a cluster needs dask and distributed, which are not installed", help) from None
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL)  # what matters of it is said here
    try:
        # Parts go with the task, so that the scheduler can give them to another worker: they are meant to be large.
        with dask.config.set({_LARGE: "1 TiB"}), closing(_connected(made, address, patience)) as client:
            yield client
    finally:
        log.setLevel(before)


def _client_class() -> Any:
    from distributed import Client

    class OurClient(Client):  # type: ignore[misc,unused-ignore]
        """One that only its maker closes: half made, after a wrong address, it would wait for a minute to be gone."""

        def __del__(self) -> None:
            pass

    return OurClient


def _greeted(address: str, patience: float) -> None:
    """Raises OSError where who listens is silent: a scheduler speaks first, and Dask would wait for ever."""
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    if "://" in host or not host or not port.isdecimal():
        return
    with suppress(ConnectionError), socket.create_connection((host.strip("[]"), int(port)), patience) as there:
        try:
            there.recv(1)
        except TimeoutError:
            raise OSError("what listens there says nothing; is it the scheduler's web page?") from None


def _connected(made: Any, address: str, patience: float) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions; `_check` looks at those that matter
            _greeted(address, patience)
            return made(address, timeout=patience, set_as_default=False)
    except Exception as problem:  # noqa: BLE001 - what is no scheduler (a web server) is taken for one in many ways
        said = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        if isinstance(problem, MemoryError):  # its first bytes were taken for a length
            said = "what answers there speaks another protocol"
        help = "an address is written `tcp://HOST:8786`; is `dask scheduler` running there?"
        raise _problem("M522", address, f"no scheduler can be reached: {said[:200]}", help) from None


def _check(client: Any, address: str, patience: float) -> None:
    """See that there are workers, and that they are like this machine where results depend on it."""
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError:
        help = "start one there: `dask worker ADDRESS`"
        raise _problem("M522", address, f"the scheduler has had no worker for {patience:g} s", help) from None
    # A function of the standard library: a worker without this package can run it.
    lacking = [where for where, spec in client.run(find_spec, "support_policy").items() if spec is None]
    if lacking:
        help = "install it there as it is here: pip install 'support-policy[cluster]'"
        raise _problem("M525", address, f"the worker {lacking[0]} has no package support-policy", help)
    unlike = differences(about_here(), client.run(about_here))
    if unlike:
        help = "install there what is here: results must not depend on where they are computed"
        raise PolicyError([Diagnostic("M522", "error", said, Span(address), help) for said in unlike])


def about_here() -> dict[str, str]:
    """The versions that results depend on."""
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "support-policy": installed_version("support_policy"),
        "holidays": installed_version("holidays"),
        "time zones": tzdata_version(),
        "pyarrow": installed_version("pyarrow"),
        "numpy": installed_version("numpy"),
    }


def differences(here: Mapping[str, str], there: Mapping[str, Mapping[str, str]]) -> list[str]:
    """A sentence for each version in which a worker differs; `there` by the workers' addresses."""
    return [
        f"the worker {worker} has {name} {found.get(name) or '(none)'}, this machine {wanted or '(none)'}"
        for worker, found in there.items()
        for name, wanted in here.items()
        if found.get(name) != wanted
    ]


def _result(future: Any, client: Any, address: str, patience: float) -> Any:
    """A part's result, waited for as long as there are workers."""
    from distributed import KilledWorker

    while True:
        try:
            return future.result(timeout=patience)
        except KilledWorker as problem:
            said = f"a part of the tickets took down each of {problem.allowed_failures + 1} workers that had it"
            help = "their logs say why; for want of memory, give them more or make smaller parts"
            raise _problem("M529", address, said, help) from None
        except TimeoutError:
            if client.status != "running":
                raise _problem("M529", address, "the scheduler has gone", "start again") from None
            if not client.scheduler_info()["workers"]:
                said = f"all workers have gone, and none came in {patience:g} s"
                raise _problem("M529", address, said, "start again, with more memory for each") from None
        except Exception as problem:
            if future.cancelled() or client.status != "running":
                raise _problem("M529", address, "the scheduler has gone", "start again") from None
            if isinstance(problem, ModuleNotFoundError):
                said = f"a worker has no module {problem.name}"
                raise _problem("M525", address, said, "install there what is here") from None
            raise


def _problem(code: str, address: str, said: str, help: str) -> PolicyError:
    return PolicyError([Diagnostic(code, "error", said, Span(address), help)])
