"""A policy's files on disk: what is read, what is refused, and where diagnostics say it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support_policy import PolicyError, load_policy
from support_policy.adapters import files as adapter
from support_policy.adapters.files import located, policy_folder, read_files
from support_policy.source.yaml import MAX_BYTES
from tests.policy.small import SMALL
from tests.policy.wide import WIDE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the small policy."""
    for name, text in SMALL.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def refused(path: Path | str) -> list[tuple[str, str]]:
    """The code and file of everything that keeps a policy from being read."""
    with pytest.raises(PolicyError) as raised:
        load_policy(path)
    for d in raised.value.diagnostics:
        str(d).encode()
        assert (d.span.line, d.span.column) >= (1, 1)
    return [(d.code, d.span.file) for d in raised.value.diagnostics if d.severity == "error"]


def test_a_policy_is_its_folder_or_its_file(folder: Path) -> None:
    """The folder and its policy.yaml name the same policy; files below rules/ may lie at any depth."""
    (folder / "rules" / "deeper").mkdir()
    (folder / "rules" / "guards.yaml").rename(folder / "rules" / "deeper" / "guards.yml")
    expected = [
        "policy.yaml",
        "rules/deeper/guards.yml",
        "rules/directory.yaml",
        "rules/priority.yaml",
        "workflows/request.yaml",
    ]
    assert sorted(read_files(folder)) == expected
    assert read_files(folder / "policy.yaml") == read_files(folder)
    assert load_policy(folder / "policy.yaml").digest == load_policy(folder).digest


def test_calendar_files_below_rules_are_read_too(tmp_path: Path) -> None:
    """Files ending in .ics are read at any depth of rules/, and nowhere else; a finding names one as seen from here."""
    for name, text in WIDE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "workflows" / "other.ics").write_text("nothing")
    assert [name for name in read_files(tmp_path) if name.endswith("ics")] == ["rules/closed.ics", "rules/duty.ics"]
    assert load_policy(tmp_path).calendar("extended", business=True).day("2026-08-05").name == "Company days"
    (tmp_path / "rules" / "duty.ics").write_bytes(b"BEGIN:VCALENDAR\n" + b"X-NOTE:x\n" * MAX_BYTES)
    assert refused(tmp_path) == [("P363", (tmp_path / "rules/duty.ics").as_posix())]
    (tmp_path / "rules" / "duty.ics").unlink()
    assert refused(tmp_path) == [("P362", (tmp_path / "rules/directory.yaml").as_posix())]


def test_what_is_no_policy_file_is_left_alone(folder: Path) -> None:
    """Notes, hidden files, backups and other folders are not read."""
    for name in (
        "rules/.#directory.yaml",
        "rules/notes.txt",
        "rules/directory.yaml~",
        ".schema/policy.yaml",
        "other.yaml",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("[", encoding="utf-8")
    assert sorted(read_files(folder)) == sorted(SMALL)


@pytest.mark.parametrize("given", ["", "policy.yaml", "nowhere", "nowhere/policy.yaml"])
def test_a_missing_policy_is_told(tmp_path: Path, given: str) -> None:
    """Where there is no policy.yaml, its place is named."""
    place = tmp_path / given if given.endswith(".yaml") else tmp_path / given / "policy.yaml"
    assert refused(tmp_path / given) == [("P340", place.as_posix())]


def test_another_file_is_no_policy(folder: Path) -> None:
    """Naming a rules file does not read the policy beside it."""
    (folder / "policy.yaml").rename(folder / "policy.yml")
    assert refused(folder / "policy.yml") == [("P340", (folder / "policy.yaml").as_posix())]
    assert refused(folder) == [("P340", (folder / "policy.yaml").as_posix())]
    with pytest.raises(PolicyError, match=r"rename `policy.yml` to `policy.yaml`"):
        load_policy(folder)
    assert [code for code, _ in refused(folder / "rules" / "guards.yaml")] == ["P340"]


def test_a_folder_named_like_the_file_is_none(tmp_path: Path) -> None:
    """A directory named policy.yaml is told as such."""
    (tmp_path / "policy.yaml").mkdir()
    assert [code for code, _ in refused(tmp_path)] == ["P340"]
    assert [code for code, _ in refused(tmp_path / "policy.yaml")] == ["P340"]


@pytest.mark.parametrize("name", ["policy.yaml", "rules/loop.yaml", "rules", "workflows"])
def test_symlinks_to_nowhere_and_in_circles_are_told(folder: Path, name: str) -> None:
    """A link that leads nowhere is an error, not a rule that is missing in silence."""
    place = folder / name
    if place.is_dir():
        place.rename(folder / f"old-{name}")
    else:
        place.unlink(missing_ok=True)
    place.symlink_to(place)
    assert [code for code, _ in refused(folder)] == ["P340" if name == "policy.yaml" else "P342"]


def test_folders_that_link_in_circles_are_walked_once(folder: Path) -> None:
    """A link to a folder inside rules/ is not followed; rules/ itself may be a link."""
    (folder / "rules" / "again").symlink_to(folder / "rules")
    assert sorted(read_files(folder)) == sorted(SMALL)
    (folder / "rules").rename(folder / "elsewhere")
    (folder / "rules").symlink_to(folder / "elsewhere")
    assert sorted(read_files(folder)) == sorted(SMALL)


def test_pipes_are_not_waited_for(folder: Path) -> None:
    """Something that is no file ends in a diagnostic."""
    os.mkfifo(folder / "rules" / "pipe.yaml")
    assert refused(folder) == [("P342", (folder / "rules" / "pipe.yaml").as_posix())]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
@pytest.mark.parametrize("name", ["policy.yaml", "rules/guards.yaml", "rules", ""])
def test_what_may_not_be_read_is_told(folder: Path, name: str) -> None:
    """A file or folder without permission is an error at that place."""
    (folder / name).chmod(0)
    try:
        assert [code for code, _ in refused(folder)] == ["P342"]
    finally:
        (folder / name).chmod(0o755)


def test_a_refusal_of_the_system_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the operating system says about one file is told at that file, and the others are read."""

    def no(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(adapter, "_read", no)
    found = refused(folder)
    assert {code for code, _ in found} == {"P342"}
    assert len(found) == len(SMALL)


@pytest.mark.parametrize("name", [b"rules/caf\xe9.yaml", b"rules/a\nb.yaml", b"rules/a\x1b[31m.yaml"])
def test_file_names_are_text(folder: Path, name: bytes) -> None:
    """A name that cannot be shown is refused, and its diagnostic can be printed."""
    os.close(os.open(os.fsencode(folder) + b"/" + name, os.O_CREAT | os.O_WRONLY))
    ((code, file),) = refused(folder)
    assert code == "P344"
    assert file.isprintable()


def test_enormous_files_are_not_read_whole(folder: Path) -> None:
    """Of a file beyond the limit one byte too many is read, which is enough to refuse it."""
    with (folder / "rules" / "big.yaml").open("wb") as file:
        file.truncate(100 * MAX_BYTES)
    assert len(read_files(folder)["rules/big.yaml"]) == MAX_BYTES + 1
    assert refused(folder) == [("Y101", (folder / "rules" / "big.yaml").as_posix())]


def test_too_many_files_are_refused(folder: Path) -> None:
    """A folder of files beyond counting is not a policy."""
    for n in range(501):
        (folder / "rules" / f"f{n}.yaml").touch()
    assert [code for code, _ in refused(folder)] == ["P341"]


@pytest.mark.parametrize("path", ["\0", "x" * 5_000, "policy.yaml/policy.yaml", "/proc/self/mem/policy.yaml", "\udce9"])
def test_odd_paths_are_told(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that no system knows is a policy that is not there."""
    monkeypatch.chdir(tmp_path)
    assert refused(path)[0][0] in {"P340", "P342"}


def test_findings_name_files_as_seen_from_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path in a diagnostic can be opened from where the user stands."""
    (folder / "rules" / "guards.yaml").write_text("a: [\n", encoding="utf-8")
    assert refused(folder) == [("Y104", (folder / "rules" / "guards.yaml").as_posix())]
    monkeypatch.chdir(folder)
    assert refused(".") == [("Y104", "rules/guards.yaml")]
    assert refused("policy.yaml") == [("Y104", "rules/guards.yaml")]
    monkeypatch.chdir(folder / "rules")
    assert refused("..") == [("Y104", "../rules/guards.yaml")]
    assert policy_folder("..") == Path("..")
    assert located((), "..") == ()
