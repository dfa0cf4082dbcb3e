"""What every check of a policy asks: whether a name is declared, and who fills which role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from support_policy.model.calendars import LOCAL
from support_policy.model.promise import Occasion
from support_policy.model.workflow import Table
from support_policy.policy.declared import Kind
from support_policy.policy.names import ACTORS, CARRIED, LIFECYCLE
from support_policy.policy.read import Draft
from support_policy.policy.settings import KNOWN
from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.nodes import shorten
from support_policy.source.shape import BAD
from support_policy.source.span import Span
from support_policy.source.words import span_of


class Names:
    """The names of one draft; every problem goes to `findings`."""

    def __init__(self, draft: Draft, tables: Mapping[str, Table], findings: Findings) -> None:
        self.draft, self.text, self.findings = draft, draft.text, findings
        self.tables = tables
        self.life = tables.get(LIFECYCLE)
        self.declared = draft.declared
        self.roles = self._roles_filled()
        self.assumed = [name for name in draft.declared.names.get("assumption", ()) if name not in KNOWN]

    def known(
        self, word: str, kind: Kind, otherwise: Span, names: Iterable[str] | None = None, where: str = ""
    ) -> bool:
        """Whether a name of `kind` is declared (or may be); an error with the nearest right one of `names` if not."""
        if self.declared.has(kind, word):
            return True
        names = list(self.declared.names.get(kind, ()) if names is None else names)
        help = did_you_mean(word, names) or f"no {kind} is declared"
        self.findings.error("P310", span_of(word, otherwise), f"there is no {kind} `{shorten(word)}`{where}", help)
        return False

    def offered(self, word: str, names: Iterable[str], what: str, otherwise: Span) -> bool:
        """Whether `word` is one of the names the engine offers; an error with the nearest right one if not."""
        names = list(names)
        if word is BAD or word in names:
            return True
        self.findings.error(
            "P310", span_of(word, otherwise), f"there is no {what} `{shorten(word)}`", did_you_mean(word, names)
        )
        return False

    @property
    def carried(self) -> list[str]:
        """What events may carry: what any may, what the workflows require, what the policy declares."""
        moves = [move for machine in self.draft.workflows.values() for move in machine.transitions]
        required = [str(name) for move in moves for name in move.requires]
        declared = [name for words in self.text.events.values() for name in words.carries]
        return list(dict.fromkeys([*CARRIED, *required, *declared]))

    def _roles_filled(self) -> dict[str, list[str]]:
        filled: dict[str, list[str]] = {}
        for name, organization in self.text.organizations.items():
            for role in organization.roles:
                filled.setdefault(str(role), []).append(name)
        for team in self.text.teams.values():
            for role in team.roles:
                filled.setdefault(str(role), []).append(team.name)
        if self.text.unknown_organization:
            for role in self.text.unknown_organization.roles:
                filled.setdefault(str(role), []).append("unknown_organization")
        for role in self.text.rotas:
            filled.setdefault(str(role), []).append("rotas")
        return filled

    def event(self, word: str, otherwise: Span) -> None:
        """An event type is a trigger of the workflows."""
        self.known(word, "event type", otherwise, where=" in the workflows")

    def assumption(self, word: str, otherwise: Span) -> None:
        """What an `if:` names is an assumption of `yes` or `no`."""
        if word:
            self.known(word, "assumption", otherwise, self.assumed, " of `yes` or `no`")

    def occasion(self, occasion: Occasion) -> None:
        """What an event does on conditions: its names are known."""
        self.event(occasion.event, occasion.span)
        self.assumption(occasion.assumption, occasion.span)
        self.guard(occasion.guard, occasion.span)
        for actor in occasion.by:
            self.offered(actor, ACTORS, "actor", occasion.span)

    def guard(self, word: str, otherwise: Span) -> None:
        """What a `when:` names is a rule of the set `guards`."""
        if word:
            self.known(word, "rule", otherwise, where=" in the set `guards`")

    def calendar(self, word: str, otherwise: Span) -> None:
        """A calendar is an office, one of `calendars`, `local` or `always`."""
        if word and word != LOCAL:
            names = [*self.declared.names["calendar"], LOCAL]
            self.known(word, "calendar", otherwise, names)

    def role(self, role: str, otherwise: Span) -> None:
        """Somebody fills a role."""
        if not self.declared.has("role", role):
            close = did_you_mean(role, self.roles)
            said = f"nobody fills the role `{role}`"
            self.findings.error(
                "P315", span_of(role, otherwise), said, close or "list it under `roles` in the directory"
            )
