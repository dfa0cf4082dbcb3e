"""What tests of the service are handed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.watch.adopted import Serve, service


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Makes services on stores of their own, which are closed when the test ends."""
    with ExitStack() as stack:
        yield lambda *first, **more: stack.enter_context(service(*first, **more))
