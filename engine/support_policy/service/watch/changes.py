"""What an edge asks for that changes the policy in force: shown first, put in force, read anew from its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from support_policy.service.watch.adopting import Adopting, Files
from support_policy.service.watch.preview import preview


@dataclass(frozen=True, slots=True)
class PolicyChanges:
    """Answers in plain JSON data. `read` gives the files of the policy's folder as they are now, or `PolicyError`."""

    adopting: Adopting
    read: Callable[[], Files]

    def preview(self, files: Files) -> Mapping[str, Any]:
        """What a policy would change for open tickets. Raises `PolicyError` for one that cannot be adopted."""
        adopting = self.adopting
        return preview(adopting.shelf, adopting.store, files, adopting.holidays, adopting.clock.now()).as_json()

    def adopt(self, files: Files, by: str) -> Mapping[str, Any]:
        """Put a policy in force; see `Adopted`."""
        return self.adopting.adopt(files, by).as_json()

    def reload(self, by: str) -> Mapping[str, Any]:
        """Put in force what stands in the folder; see `Adopted`."""
        return self.adopting.reload(self.read, by).as_json()
