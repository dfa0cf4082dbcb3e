"""Changing the policy while the service runs: from its folder, from files that were sent, or only looked at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from support_policy.adapters.files import located, read_files
from support_policy.service.watch.adopting import Adopted, Adopting
from support_policy.service.watch.ports import Journal
from support_policy.service.watch.preview import preview
from support_policy.source.diagnostics import Diagnostic


class PolicyChanges:
    """See `api.parts.Changes`; `folder` is where the policy of this process stands. One change at a time."""

    def __init__(self, adopting: Adopting, journal: Journal, folder: str | Path) -> None:
        self.adopting, self.journal, self.folder = adopting, journal, folder
        self._lock = Lock()

    def preview(self, files: Mapping[str, bytes]) -> Mapping[str, Any]:
        """What a policy would change for open tickets. Raises `PolicyError` for one that cannot be used."""
        by = self.adopting
        return preview(by.shelf, by.store, files, by.holidays, by.clock.now()).as_json()

    def adopt(self, files: Mapping[str, bytes], by: str) -> Mapping[str, Any]:
        """Put a policy in force."""
        with self._lock:
            return self._said(self.adopting.adopt(files, by), by).as_json()

    def reload(self, by: str) -> Mapping[str, Any]:
        """Put in force what stands in the folder of the policy now."""
        return self.reloaded(by).as_json()

    def reloaded(self, by: str, *, again: bool = True) -> Adopted:
        """The same, as it became; see `Adopting.adopt` for `again`."""
        with self._lock:
            adopted = self.adopting.reload(partial(read_files, self.folder), by, again=again)
            return self._said(adopted, by)

    def located(self, adopted: Adopted) -> tuple[Diagnostic, ...]:
        """What was found in the folder's policy, as seen from where the user stands."""
        return located(adopted.diagnostics, self.folder)

    def _said(self, adopted: Adopted, by: str) -> Adopted:
        level = "error" if adopted.outcome == "refused" else "info"
        told = [str(d).partition("\n")[0] for d in adopted.diagnostics if d.severity == "error"][:20]
        about = {"number": adopted.number, "version": adopted.version, "digest": adopted.digest, "by": by}
        self.journal.say(level, f"policy {adopted.outcome}", **about, notes=list(adopted.notes), problems=told)
        return adopted
