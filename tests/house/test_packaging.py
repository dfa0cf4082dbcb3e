"""The house around the code: what the wheel holds, what the locks pin, what the documents promise."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT, committed_files, name_of

LOCKS = ["requirements.lock", "requirements-bench.lock"]
# Spelt in pieces, so that this file is not a finding of its own.
MACHINE_PATHS = ["/" + "work/", "/" + "root/", "/" + "opt/pypi"]
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "deb." + "debian.org"]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def unpacked_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contents of a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.mark.parametrize("inside", ["py.typed", "cli/__init__.py", "shipped/policy.yaml"])
def test_the_wheel_holds_the_package_and_the_shipped_policy(unpacked_wheel: Path, inside: str) -> None:
    """What is installed is typed, has the command, and brings the shipped policy along."""
    assert (unpacked_wheel / "support_policy" / inside).is_file()


def test_the_wheel_holds_the_whole_shipped_policy(unpacked_wheel: Path) -> None:
    """The rules and workflows in the wheel are those of the repository, byte for byte."""
    shipped = unpacked_wheel / "support_policy" / "shipped"
    for folder in ("rules", "workflows"):
        ours = {path.name: path.read_bytes() for path in (ROOT / folder).iterdir()}
        assert {path.name: path.read_bytes() for path in (shipped / folder).iterdir()} == ours


def test_the_wheel_holds_its_licence_and_nothing_else(unpacked_wheel: Path) -> None:
    """A wheel brings the one package and its metadata, and the licence's text is among them."""
    metadata = f"support_policy-{PROJECT['project']['version']}.dist-info"
    assert {path.name for path in unpacked_wheel.iterdir()} == {"support_policy", metadata}
    assert list(unpacked_wheel.glob("*.dist-info/licenses/LICENSE"))


def test_an_installed_wheel_hands_out_the_shipped_policy(unpacked_wheel: Path, tmp_path: Path) -> None:
    """`support-policy init DIR` works where there is no repository."""
    command = [sys.executable, "-m", "support_policy", "init", "mine"]
    environment = os.environ | {"PYTHONPATH": str(unpacked_wheel)}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "mine" / "policy.yaml").read_bytes() == (ROOT / "policy.yaml").read_bytes()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_package_by_hash(lock: str) -> None:
    """Each package of a lock has one version and at least one hash, and no address."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]
    assert [entry for entry in entries if not re.match(r"[\w.-]+==\S+.*\\\n +--hash=sha256:", entry)] == []
    assert "://" not in text


def asked_for(*groups: str) -> list[Requirement]:
    """What pyproject.toml asks for: the dependencies, the extras, and the named groups."""
    extras: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
    named: dict[str, list[Any]] = PROJECT["dependency-groups"]
    texts = [
        *PROJECT["project"]["dependencies"],
        *extras["parquet"],
        *(text for name in groups for text in named[name]),
    ]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize(
    ("lock", "groups"),
    [("requirements.lock", ["build", "test", "lint"]), ("requirements-bench.lock", ["build", "bench"])],
)
def test_a_lock_answers_what_the_project_asks_for(lock: str, groups: list[str]) -> None:
    """Nothing was added to pyproject.toml, or raised there, without `make lock`."""
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    locked = {canonicalize_name(name): version for name, version in pins}
    for asked in asked_for(*groups):
        assert asked.specifier.contains(locked[canonicalize_name(asked.name)]), f"{asked}: run `make lock`"


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    """Nothing that is committed works, or makes sense, on one machine alone."""
    if not committed_files() and not os.environ.get("CI"):
        pytest.skip("not a git work tree: nothing says which files are committed")
    assert committed_files(), "git does not answer"
    banned = re.compile("|".join(rf"(?<![\w.-]){re.escape(word)}" for word in MACHINE_PATHS + REGISTRIES))
    found = [
        f"{name_of(path)}: {match.group()}"
        for path in committed_files()
        for match in banned.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_the_change_log_has_a_place_for_the_next_change() -> None:
    """A change is written down under Unreleased in the commit that makes it."""
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_begins_with_the_two_commands() -> None:
    """A newcomer is told how to see it work and how to check a change."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_a_document_names_exists(document: str) -> None:
    """Nobody is sent to a command that is not there."""
    named = set(re.findall(r"(?:`|^ *\$? *)make ([a-z]+)", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets
