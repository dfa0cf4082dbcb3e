"""The architecture: who imports whom, a core that touches nothing, code that stays small and explained."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.house.tree import CORE, ENGINE, ROOT, Function, functions, modules, name_of, tree_of

MAX_LINES_OF_A_FILE = 400
MAX_LINES_OF_A_FUNCTION = 80
CLOCK_CALLS = {"now", "today", "utcnow", "localtime", "time_ns", "monotonic"}
OUTSIDE_CALLS = {"open", "print", "input", "breakpoint", "__import__"}
SLOW_MODULES = [
    *("aiosmtpd", "alembic", "apprise", "argon2", "business_rules", "fastapi", "holidays", "httpx", "jinja2", "numpy"),
    *("opentelemetry", "pandas", "prometheus_client", "psycopg", "pyarrow", "sqlalchemy", "starlette", "structlog"),
    *("tqdm", "transitions", "uvicorn", "z3"),
]

CODE = modules(ENGINE)
TESTS = modules(ROOT / "tests")
CORE_CODE = modules(*(ENGINE / layer for layer in CORE))
CORE_CALLS = [(path, node) for path in CORE_CODE for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]


def test_the_import_contracts_of_pyproject_hold() -> None:
    """Layers, the pure core and the homes of libraries are kept as pyproject.toml declares them."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_core_reads_no_clock() -> None:
    """In the core an instant is an argument: nothing asks what time it is."""
    clocks = [
        (path, call)
        for path, call in CORE_CALLS
        if isinstance(call.func, ast.Attribute) and call.func.attr in CLOCK_CALLS
    ]
    assert [name_of(path, call) for path, call in clocks] == []


def test_the_core_does_no_input_or_output() -> None:
    """In the core nothing is opened, printed, asked for or imported by a name made at run time."""
    outside = [
        (path, call) for path, call in CORE_CALLS if isinstance(call.func, ast.Name) and call.func.id in OUTSIDE_CALLS
    ]
    assert [name_of(path, call) for path, call in outside] == []


def test_every_module_says_what_it_is() -> None:
    """Every module of the engine begins with a docstring."""
    assert [name_of(path) for path in CODE if not ast.get_docstring(tree_of(path))] == []


def test_every_test_reads_as_a_specification() -> None:
    """Every test function states in one sentence what holds."""
    tests = [(path, test) for path in TESTS for test in functions(path) if test.name.startswith("test_")]
    assert [name_of(path, test) for path, test in tests if not one_sentence(ast.get_docstring(test))] == []


def one_sentence(docstring: str | None) -> bool:
    """Whether a docstring is one paragraph that ends as a sentence does."""
    return docstring is not None and docstring.endswith(".") and "\n\n" not in docstring


def test_files_stay_small() -> None:
    """No file is so long that it hides a missing word."""
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE + TESTS}
    assert {place: length for place, length in lengths.items() if length > MAX_LINES_OF_A_FILE} == {}


def test_functions_stay_small() -> None:
    """No function is longer than a screen or two."""
    lengths = {name_of(path, f): lines_of(f) for path in CODE + TESTS for f in functions(path)}
    assert {place: length for place, length in lengths.items() if length > MAX_LINES_OF_A_FUNCTION} == {}


def lines_of(function: Function) -> int:
    """The number of lines from `def` to the end of the body."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("module", ["support_policy", "support_policy.cli", "support_policy.cli.check"])
def test_importing_stays_light(module: str) -> None:
    """A slow library is loaded by the work that needs it, never by the import."""
    probe = f"import sys, {module}; print(*sorted(set(sys.modules) & {set(SLOW_MODULES)!r}))"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
