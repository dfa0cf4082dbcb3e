"""A policy's files on disk, and where diagnostics about them point."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from support_policy.source.diagnostics import Diagnostic, Findings, PolicyError
from support_policy.source.span import Span
from support_policy.source.yaml import MAX_BYTES

MAIN = "policy.yaml"
MAX_FILES = 500
MAX_TOTAL = 16 * MAX_BYTES
_SUFFIXES = (".yaml", ".yml")
_CALENDARS = (".ics", ".ICS")


def policy_folder(path: str | Path) -> Path:
    """The folder of a policy, given the folder or its policy.yaml."""
    given = Path(path)
    return given.parent if given.suffix in _SUFFIXES and not os.path.isdir(given) else given  # noqa: PTH112 - never raises


def read_files(path: str | Path) -> dict[str, bytes]:
    """The policy's files by name relative to its folder. Raises `PolicyError` with everything that cannot be read.

    Read are policy.yaml and, at any depth of rules/ and workflows/, what ends in .yaml or .yml and is not hidden; under
    rules/ also what ends in .ics.
    """
    folder = policy_folder(path)
    findings = Findings()
    try:
        _check_main(Path(path), folder)
        found = [folder / MAIN, *_below(folder / "rules", findings, (*_SUFFIXES, *_CALENDARS))]
        found += _below(folder / "workflows", findings, _SUFFIXES)
    except OSError as problem:
        raise PolicyError([_unreadable(folder, problem)]) from None
    if len(found) > MAX_FILES:
        said = f"there are {len(found):,} files; at most {MAX_FILES} are read"
        findings.error("P341", Span(shown(folder)), said, "leave only policy files under rules/ and workflows/")
        findings.raise_errors()
    files: dict[str, bytes] = {}
    for file in found:
        name = file.relative_to(folder).as_posix()
        if not _is_text(name):
            findings.error("P344", Span(shown(file)), "the file's name is not readable text", "rename the file")
            continue
        try:
            files[name] = _read(file)
        except OSError as problem:
            findings.add(_unreadable(file, problem))
    total = sum(map(len, files.values()))
    if total > MAX_TOTAL:
        said = f"the files have {total:,} bytes together; at most {MAX_TOTAL:,} are read"
        findings.error("P341", Span(shown(folder)), said, "leave only policy files under rules/ and workflows/")
    findings.raise_errors()
    return files


def _check_main(given: Path, folder: Path) -> None:
    main = folder / MAIN
    help = "name the policy's folder with --policy, or make one with `support-policy init DIR`"
    if given != folder and given.name != MAIN:
        said, help = f"a policy's file is named `{MAIN}`, not `{shown(given.name)}`", "name the policy's folder"
    elif main.is_file():
        return
    elif main.is_symlink() or main.exists():
        said = f"`{shown(main)}` is no file"
    else:
        said = f"`{shown(main)}` does not exist"
        if (folder / "policy.yml").is_file():
            help = f"rename `policy.yml` to `{MAIN}`"
    raise PolicyError([Diagnostic("P340", "error", said, Span(shown(main)), help)])


def _below(folder: Path, findings: Findings, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """The policy files below a folder, in a stable order. Raises OSError for a folder that cannot be listed."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(folder))
    for parent, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(suffixes) and not name.startswith("."):
                file = Path(parent, name)
                if file.is_file():
                    yield file
                else:
                    findings.error("P342", Span(shown(file)), "this is no file", "remove it")


def _raise(problem: OSError) -> None:
    raise problem


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        # One byte past the limit is enough to be told that the file is too large.
        return file.read(MAX_BYTES + 1)


def _unreadable(path: Path, problem: OSError) -> Diagnostic:
    file = problem.filename if isinstance(problem.filename, str) else path
    why = (problem.strerror or type(problem).__name__).lower()
    return Diagnostic("P342", "error", f"cannot be read: {why}", Span(shown(file)), "look at its permissions")


def _is_text(name: str) -> bool:
    return name.isprintable()


def shown(path: str | Path) -> str:
    """A path as text that can be printed."""
    text = Path(path).as_posix()
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def located(findings: Iterable[Diagnostic], path: str | Path) -> tuple[Diagnostic, ...]:
    """The same findings, naming files as seen from where the user stands rather than from the policy's folder."""
    folder = policy_folder(path)

    def seen(span: Span) -> Span:
        # That there is no policy at all is said with its place already.
        whole = span.file.startswith(("<", "/")) or span.file == shown(folder / MAIN) != MAIN
        return span if whole else replace(span, file=shown(folder / span.file))

    return tuple(
        replace(d, span=seen(d.span), related=tuple((what, seen(span)) for what, span in d.related)) for d in findings
    )
