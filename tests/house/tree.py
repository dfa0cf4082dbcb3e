"""What the house tests look at: the files of the repository and the syntax trees of its code."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine" / "support_policy"
CORE = ("source", "model", "kernel", "clock", "policy", "ticket", "render")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(*folders: Path) -> list[Path]:
    """Every Python file under the folders, in a stable order."""
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of one file, nested ones too."""
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, Function))


def name_of(path: Path, node: ast.stmt | ast.expr | None = None) -> str:
    """Where something stands, as a person would look it up: `engine/support_policy/x.py:12`."""
    place = path.relative_to(ROOT).as_posix()
    return f"{place}:{node.lineno}" if node else place


@cache
def committed_files() -> tuple[Path, ...]:
    """The files that git keeps, or would keep at the next commit; empty outside a git work tree."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    names = listing.stdout.decode().split("\0") if listing.returncode == 0 else []
    return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())
