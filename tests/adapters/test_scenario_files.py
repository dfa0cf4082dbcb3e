"""Scenario files on disk: which are found, for which policy, and how they are written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support_policy.adapters.scenarios import new_file, policy_of, read_scenario, replace_file, scenario_files
from support_policy.source.diagnostics import PolicyError


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A policy with scenarios below it, and a folder beside it; the present folder is the one above both."""
    (tmp_path / "mine" / "tests" / "scenarios" / "deep").mkdir(parents=True)
    (tmp_path / "mine" / "policy.yaml").write_text("policy: x")
    for name in ("b.yaml", "a.yml", "deep/c.yaml", ".hidden.yaml", "notes.txt"):
        (tmp_path / "mine" / "tests" / "scenarios" / name).write_text("scenarios: []")
    (tmp_path / "beside").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def code_of(problem: pytest.ExceptionInfo[PolicyError]) -> str:
    """The code of the one finding."""
    (found,) = problem.value.diagnostics
    return found.code


def test_a_folder_stands_for_all_below_it(tree: Path) -> None:
    """Every .yaml and .yml at any depth, in a stable order; what is hidden is not."""
    folder = tree / "mine" / "tests"
    names = [path.relative_to(folder).as_posix() for path in scenario_files(folder)]
    assert names == ["scenarios/a.yml", "scenarios/b.yaml", "scenarios/deep/c.yaml"]
    assert scenario_files(folder / "scenarios" / "notes.txt") == [folder / "scenarios" / "notes.txt"]


@pytest.mark.parametrize("name", ["beside", "nowhere", "mine/tests/scenarios/none.yaml"])
def test_a_path_without_scenarios_is_told(tree: Path, name: str) -> None:
    """An empty folder, and what is not there, are no success."""
    with pytest.raises(PolicyError) as problem:
        scenario_files(tree / name)
    assert code_of(problem) == "T610"


@pytest.mark.parametrize(
    ("path", "home"),
    [("mine/tests/scenarios/deep/c.yaml", "mine"), ("mine", "mine"), ("beside/x.yaml", "."), ("x.yaml", ".")],
)
def test_the_policy_is_the_nearest_above(tree: Path, path: str, home: str) -> None:
    """The nearest folder upwards that holds a policy.yaml; where there is none, the present folder."""
    assert policy_of(Path(path)) == Path(home)
    assert policy_of(tree / path) == Path(home)


def test_a_file_is_replaced_at_once_and_keeps_its_permissions(tree: Path) -> None:
    """The new bytes stand there under the old permissions, through a link too; nothing else is left behind."""
    path = tree / "beside" / "s.yaml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link = tree / "link.yaml"
    link.symlink_to(path)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(path.parent) == ["s.yaml"]  # noqa: PTH208 - hidden ones too


def test_a_device_is_written_to() -> None:
    """No file takes the place of /dev/null."""
    replace_file(Path(os.devnull), b"x")
    assert Path(os.devnull).is_char_device()


def test_a_new_file_never_takes_the_place_of_another(tree: Path) -> None:
    """What is there stays, a link to nothing included; a folder that is missing is told."""
    path = tree / "beside" / "s.yaml"
    new_file(path, b"one")
    dangling = tree / "beside" / "t.yaml"
    dangling.symlink_to("nowhere")
    for taken in (path, dangling):
        with pytest.raises(PolicyError) as problem:
            new_file(taken, b"two")
        assert code_of(problem) == "T616"
    assert path.read_bytes() == b"one"
    assert sorted(os.listdir(path.parent)) == ["s.yaml", "t.yaml"]  # noqa: PTH208 - hidden ones too
    for write in (new_file, replace_file):
        with pytest.raises(PolicyError) as problem:
            write(tree / "nowhere" / "s.yaml", b"x")
        assert code_of(problem) == "T612"


def test_what_cannot_be_read_is_told(tree: Path) -> None:
    """A folder in the place of a file is told as what it is."""
    with pytest.raises(PolicyError) as problem:
        read_scenario(tree / "beside")
    assert code_of(problem) == "T611"
