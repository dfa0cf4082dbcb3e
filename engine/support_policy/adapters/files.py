"""A policy's files on disk, and where diagnostics about them point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span
from support_policy.source.yaml import MAX_BYTES

MAX_FILES = 500


def policy_folder(path: str | Path) -> Path:
    """The folder of a policy, given the folder or its policy.yaml."""
    given = Path(path)
    return given.parent if given.suffix in (".yaml", ".yml") else given


def read_files(path: str | Path) -> dict[str, bytes]:
    """The policy's files by name relative to its folder. Raises `PolicyError` when there is nothing to read."""
    folder = policy_folder(path)
    main = folder / "policy.yaml"
    if not main.is_file():
        what = "is no file" if main.exists() else "does not exist"
        help = "name the policy's folder with --policy, or make one with `support-policy init DIR`"
        raise PolicyError([Diagnostic("P340", "error", f"`{main}` {what}", Span(str(main)), help)])
    found = [main]
    for part in ("rules", "workflows"):
        found += sorted(p for p in (folder / part).rglob("*") if p.suffix in (".yaml", ".yml") and p.is_file())
    if len(found) > MAX_FILES:
        raise PolicyError([Diagnostic("P341", "error", f"more than {MAX_FILES} files", Span(str(folder)))])
    return {p.relative_to(folder).as_posix(): _read(p) for p in found}


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte past the limit is enough to be told that the file is too large.
            return file.read(MAX_BYTES + 1)
    except OSError as problem:
        said = f"cannot be read: {problem.strerror or problem}"
        raise PolicyError([Diagnostic("P342", "error", said, Span(str(path)))]) from None


def located(findings: Iterable[Diagnostic], path: str | Path) -> tuple[Diagnostic, ...]:
    """The same findings, naming files as seen from where the user stands rather than from the policy's folder."""
    folder = policy_folder(path)

    def seen(span: Span) -> Span:
        return span if span.file.startswith(("<", "/")) else replace(span, file=(folder / span.file).as_posix())

    return tuple(
        replace(d, span=seen(d.span), related=tuple((what, seen(span)) for what, span in d.related)) for d in findings
    )
