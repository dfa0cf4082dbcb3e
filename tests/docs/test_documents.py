"""Examples in the documents are run: what a page shows is what happens."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def examples(page: Path) -> list[tuple[str, list[str]]]:
    """Every `$ command` of a page with the output shown below it, in order."""
    found: list[tuple[str, list[str]]] = []
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found:
                found[-1][1].append(line)
    return found


def run_line(line: str, cwd: Path) -> list[str]:
    """What a shell prints for a line of a page, `support-policy` being the one under test."""
    script = f'support-policy() {{ "{sys.executable}" -m support_policy "$@"; }}\n{line}'
    done = subprocess.run(["/bin/bash", "-c", script], cwd=cwd, capture_output=True, timeout=120, check=False)
    return (done.stdout + done.stderr).decode().rstrip("\n").split("\n")


def matches(shown: list[str], got: list[str]) -> bool:
    """Whether the output is as shown; a line `...` stands for any lines, at the end of a line for the rest of it."""
    pattern = ""
    for line in shown:
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        elif line.endswith("..."):
            pattern += re.escape(line[:-3].rstrip()) + r".*\n"
        else:
            pattern += re.escape(line.rstrip()) + r" *\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in got)) is not None


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files a reader of the pages has at hand."""
    for name in ("policy.yaml", "rules", "workflows", "examples"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    shutil.copytree(ROOT / "tests/scenarios", tmp_path / "tests/scenarios", ignore=shutil.ignore_patterns("*.py*"))
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_print_what_the_page_shows(page: Path, checkout: Path) -> None:
    """Every command on a page prints what the page shows below it."""
    for line, shown in examples(page):
        got = run_line(line, checkout)
        while shown and not shown[-1].strip():
            shown.pop()
        assert matches(shown or [""], got), f"$ {line}\n" + "\n".join(got)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_python_on_the_page_runs(page: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python example on a page runs, its assertions included."""
    monkeypatch.chdir(checkout)
    for block in _PYTHON.findall(page.read_text(encoding="utf-8")):
        exec(compile(block, str(page), "exec"), {})  # noqa: S102 - our own pages
