"""Examples in the documents are run: what a page shows is what happens."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support_policy import load_policy
from tests.cli.command import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_YAML = re.compile(r"^```yaml\n(# \S+\.yaml\n.*?)^```", re.MULTILINE | re.DOTALL)
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


def excerpts(page: Path) -> list[tuple[str, str]]:
    """Every piece of YAML on a page that names its file in its first line: (file, text)."""
    blocks = _YAML.findall(page.read_text(encoding="utf-8"))
    return [(block.split("\n", 1)[0].removeprefix("# "), block) for block in blocks]


def showing(folders: str) -> list[Path]:
    """The pages with excerpts of files whose names fit a pattern."""
    return [page for page in PAGES if any(re.match(folders, file) for file, _ in excerpts(page))]


def texts(data: str) -> dict[str, Any]:
    """YAML with every scalar a text, as policies are read."""
    made: dict[str, Any] = yaml.load(data, yaml.BaseLoader)  # noqa: S506 - it makes nothing but texts
    return made


@pytest.mark.parametrize("page", showing("tests/scenarios/"), ids=lambda p: p.name)
def test_scenarios_on_the_page_pass(page: Path, checkout: Path) -> None:
    """Scenarios on a page hold for the policy that ships."""
    for file, text in excerpts(page):
        if file.startswith("tests/scenarios/"):
            (checkout / file).write_text(text, encoding="utf-8")
            got = run_line(f"support-policy test {file}", checkout)
            assert re.fullmatch(r"[1-9][0-9]* scenarios? passed", got[-1]), got


@pytest.mark.parametrize("page", showing("policy.yaml|rules/|workflows/"), ids=lambda p: p.name)
def test_excerpts_of_files_can_be_meant(page: Path, checkout: Path) -> None:
    """What a page shows of a policy's files, put into the policy that ships, leaves it without errors."""
    for file, text in excerpts(page):
        if not file.startswith("tests/"):
            whole = texts((checkout / file).read_text(encoding="utf-8"))
            for key, value in texts(text).items():
                whole[key] = {**whole.get(key, {}), **value} if isinstance(value, dict) else value
            (checkout / file).write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    assert load_policy(checkout).digest


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_python_on_the_page_runs(page: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python example on a page runs, its assertions included."""
    monkeypatch.chdir(checkout)
    for block in _PYTHON.findall(page.read_text(encoding="utf-8")):
        exec(compile(block, str(page), "exec"), {})  # noqa: S102 - our own pages
