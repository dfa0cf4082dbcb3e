"""How far long work has come: a bar on standard error, with its rate and the time left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from support_policy.batch.replay import Progress

T = TypeVar("T")


def progress() -> Progress:
    """A bar on a terminal, nothing elsewhere."""
    from support_policy.batch.replay import no_progress

    return _bar if sys.stderr.isatty() else no_progress


def _bar(items: Iterable[T], what: str, total: int | None) -> Iterable[T]:
    bar: Iterable[T] = _tqdm(items, total=total, unit=f" {what}")
    return bar


@contextmanager
def counting(what: str, total: int | None = None, *, on: bool = True) -> Iterator[Callable[[int], None]]:
    """A bar that is told how many more are done, on a terminal and where it is `on`."""
    if not on or not sys.stderr.isatty():
        yield lambda _more: None
        return
    with _tqdm(None, total=total, unit=f" {what}", unit_scale=total is None or total > 9999) as bar:
        yield bar.update


def _tqdm(items: Any, **more: Any) -> Any:
    from tqdm import tqdm

    return tqdm(items, file=sys.stderr, leave=False, mininterval=0.2, **more)
