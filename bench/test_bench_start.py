"""Starting: what importing the package and checking the shipped policy cost, beside their libraries alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 15
LIBRARIES = "import yaml, transitions, business_rules, croniter, re2, jinja2"


# Bytecode is kept, as it is for anyone who runs a command twice; some shells forbid that.
_KEPT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPYCACHEPREFIX": mkdtemp()}


def process(code: str) -> float:
    """Seconds that a fresh interpreter takes for `code`."""
    begin = perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env=_KEPT)
    return perf_counter() - begin


def interleaved(ours: str, peer: str) -> tuple[float, float]:
    """The medians of both, each run once in every round, in turn; one round before them warms the caches."""
    times = [(process(ours), process(peer)) for _ in range(ROUNDS + 1)][1:]
    return median(t for t, _ in times), median(t for _, t in times)


def report(what: str, ours: str, peer: str, goal: str) -> None:
    """Print one line: both medians and their ratio."""
    a, b = interleaved(ours, peer)
    print(f"\n{what}: {a * 1000:.0f} ms, libraries alone {b * 1000:.0f} ms, ratio {a / b:.2f} (goal: {goal})")


def test_check() -> None:
    """`support-policy check` on the shipped policy, holiday dates cached, beside the bare import of its libraries."""
    report("check", "from support_policy.cli import main; main(['check'])", LIBRARIES, "at most 2")


def test_import() -> None:
    """Importing the package, beside importing pydantic."""
    every = "import support_policy; [getattr(support_policy, name) for name in support_policy.__all__]"
    report("import support_policy", "import support_policy", "import pydantic", "under 3")
    report("with every public name", every, "import pydantic", "under 3")
    report("with every public name", every, "from pydantic import BaseModel", "under 3")
