"""Parts of a backtest done one after another here, or by processes of this machine."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Iterable, Iterator

import pyarrow as pa

from support_policy.batch.backtest import Done, Job, kernel
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span


def done_here(job: Job, parts: Iterable[pa.Table], workers: int = 1) -> Iterator[Done]:
    """What is found of each part, in order. Raises `PolicyError` when a process ends before its work is done."""
    if workers <= 1:
        for part in parts:
            yield kernel(job, part)
        return
    from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
    from multiprocessing import get_context

    # Started afresh rather than forked: a fork would copy locks that other threads of this process may hold.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start, (job,))
    waiting: deque[Future[Done]] = deque()
    try:
        for part in parts:
            waiting.append(pool.submit(_do, part))
            # A part or two are ready for who is done first; more would only fill the memory.
            if len(waiting) > workers + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenExecutor:
        said, help = "another process ended before its work was done", "run with one: `--workers 1`"
        raise PolicyError([Diagnostic("M529", "error", said, Span("--workers"), help)]) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_job: list[Job] = []


def _start(job: Job) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us ends us
    _job[:] = [job]


def _do(part: pa.Table) -> Done:
    return kernel(_job[0], part)
