"""Cross-checks of a policy's names and numbers: what plain comparison can find."""

from __future__ import annotations

from support_policy.policy.checks_base import Names
from support_policy.policy.checks_calendars import check_calendars
from support_policy.policy.checks_directory import check_directory
from support_policy.policy.checks_doubts import check_doubts
from support_policy.policy.checks_mail import check_mail
from support_policy.policy.checks_promise import check_promise
from support_policy.policy.checks_rules import check_rules
from support_policy.policy.checks_schedules import check_schedules
from support_policy.policy.checks_timers import check_timers
from support_policy.policy.citations import check_clauses
from support_policy.policy.names import LIFECYCLE, RECORDED
from support_policy.policy.settings import KNOWN, PRIORITY
from support_policy.policy.templates_use import check_messages
from support_policy.source.diagnostics import did_you_mean, nearest
from support_policy.source.shape import BAD
from support_policy.source.words import span_of


class Checker(Names):
    """Checks one draft; every problem goes to `findings`."""

    def run(self) -> None:
        """All the checks."""
        self._lifecycle()
        check_calendars(self)
        check_promise(self)
        check_timers(self)
        check_schedules(self)
        self._settings()
        check_rules(self)
        self._workflows()
        check_directory(self)
        check_mail(self)
        check_clauses(self.draft, self.findings)
        check_messages(self.draft, self.findings)
        check_doubts(self)

    def _settings(self) -> None:
        metrics = self.text.metrics.values()
        used = {str(s.assumption) for m in metrics for s in (*m.start, *m.stop)}
        used |= {str(p.assumption) for m in metrics for p in m.pause}
        missing = [name for name in used if name and name not in self.assumed]
        for setting in self.text.settings.values():
            known = KNOWN.get(setting.name)
            if known is None:
                # A misspelt name was told where it is used.
                if self.draft.whole and setting.name not in used and not nearest(setting.name, missing):
                    said = f"the assumption `{setting.name}` changes nothing: no metric names it with `if:`"
                    self.findings.warn("P316", setting.span, said, did_you_mean(setting.name, {*KNOWN, *used} - {""}))
            elif PRIORITY in known.values and isinstance(setting.value, str) and setting.value:
                words = [w for w in known.values if w != PRIORITY]
                if setting.value not in words:
                    names = [*words, *self.declared.names["priority"]]
                    self.known(setting.value, "priority", setting.span, names)

    def _lifecycle(self) -> None:
        if LIFECYCLE not in self.draft.workflows and "event type" not in self.declared.holes:
            said = f"no workflow is named `{LIFECYCLE}`"
            self.findings.error("P318", self.text.span, said, f"workflows/{LIFECYCLE}.yaml is the life of a ticket")
            self.declared.holes |= {"event type", "state"}

    def _workflows(self) -> None:
        chains = {str(chain) for p in self.text.priorities.values() for chain in p.escalation}
        in_vain = chains - set(self.declared.names["escalation chain"])
        for machine in self.draft.workflows.values():
            for move in machine.transitions:
                if move.trigger in RECORDED:
                    help = "name the event differently"
                    said = f"`{move.trigger}` is what the engine's own record is called"
                    self.findings.error("P356", span_of(move.trigger, move.span), said, help)
                # A chain that a priority names in vain was told of there.
                if move.trigger is not BAD and "." in move.trigger and move.trigger.rpartition(".")[0] not in in_vain:
                    self.known(move.trigger, "escalation level", move.span)
                for guard in (*move.conditions, *move.unless):
                    self.known(guard, "rule", move.span, where=" in the set `guards`")
