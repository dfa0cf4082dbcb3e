"""Diagnostics: what is wrong, where, what was expected, and the nearest right name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from support_policy.source.span import Span

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `code` is stable (see `codes.py`); `help` says what to write instead."""

    code: str
    severity: Severity
    message: str
    span: Span
    help: str = ""
    related: tuple[tuple[str, Span], ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.span}: {self.severity}[{self.code}]: {self.message}"]
        lines += [f"  {what}: {span}" for what, span in self.related]
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The finding as plain JSON data."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "file": self.span.file,
            "line": self.span.line,
            "column": self.span.column,
            "help": self.help,
            "related": [
                {"message": what, "file": s.file, "line": s.line, "column": s.column} for what, s in self.related
            ],
        }


class PolicyError(ValueError):
    """Text that cannot be used as it stands; `diagnostics` lists every problem found.

    Raised by `load_policy` (policy text) and by `evaluate` and `decide` (histories and events).
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__("\n".join(str(d) for d in self.diagnostics))

    def __reduce__(self) -> tuple[type[PolicyError], tuple[tuple[Diagnostic, ...]]]:
        # From another process it comes as it was, and not made anew of its text.
        return PolicyError, (self.diagnostics,)


MAX_FINDINGS = 200
"""More than these say nothing new; hostile text must not make a report of megabytes."""


@dataclass(slots=True)
class Findings:
    """Collects diagnostics, so that one run reports all problems at once."""

    items: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        """Add a finding. Past `MAX_FINDINGS` an error ends the work: `PolicyError`; what is milder is left out."""
        if len(self.items) < MAX_FINDINGS:
            self.items.append(diagnostic)
        elif diagnostic.severity == "error":
            told = f"more than {MAX_FINDINGS} problems; the rest is not listed"
            self.items.append(Diagnostic("Y115", "error", told, diagnostic.span, "put these right first"))
            raise PolicyError(self.sorted())

    def error(self, code: str, span: Span, message: str, help: str = "", **more: Any) -> None:
        """Add an error: the text cannot be used."""
        self.add(Diagnostic(code, "error", message, span, help, **more))

    def warn(self, code: str, span: Span, message: str, help: str = "", **more: Any) -> None:
        """Add a warning: the text can be used but says something doubtful."""
        self.add(Diagnostic(code, "warning", message, span, help, **more))

    def note(self, code: str, span: Span, message: str, help: str = "", **more: Any) -> None:
        """Add a note: nothing is wrong, but the reader should know."""
        self.add(Diagnostic(code, "note", message, span, help, **more))

    @property
    def errors(self) -> list[Diagnostic]:
        """The errors alone."""
        return [d for d in self.items if d.severity == "error"]

    def raise_errors(self) -> None:
        """Raise `PolicyError` with every error found, if there is one."""
        if self.errors:
            raise PolicyError(d for d in self.sorted() if d.severity == "error")

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Everything found, in the order a reader meets it."""
        return tuple(sorted(set(self.items), key=lambda d: (d.span, d.code, d.message)))

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.items)


MAX_CANDIDATES = 700
"""So many names are compared with a misspelt one; of more, those that begin alike."""


def nearest(word: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name that looks most like `word` (by `cutoff`, from 0 to 1), or an empty string."""
    from difflib import get_close_matches  # late: only a finding needs it

    sought = word[:80].lower().replace("-", "_")
    known = {name.lower().replace("-", "_"): name for name in names}
    candidates = list(known)
    if len(candidates) > MAX_CANDIDATES:
        candidates = [name for name in candidates if name[:1] == sought[:1]][:MAX_CANDIDATES]
    close = get_close_matches(sought, candidates, n=1, cutoff=cutoff)
    return known[close[0]] if close else ""


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Help text for an unknown `word`: the nearest right name, else the whole short list."""
    names = list(dict.fromkeys(names))
    close = nearest(word, names)
    if close:
        return f"did you mean `{close}`?"
    if len(names) <= 12:
        return "expected one of " + ", ".join(f"`{name}`" for name in names) if names else ""
    return "expected one of " + ", ".join(f"`{name}`" for name in sorted(names)[:12]) + ", ..."
