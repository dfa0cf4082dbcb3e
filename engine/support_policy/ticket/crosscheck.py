"""A second opinion: the rules asked again of a ticket's facts, by the `business-rules` library itself."""

from __future__ import annotations

from dataclasses import dataclass

from support_policy.ticket.draft import Draft
from support_policy.ticket.evaluate import Run


@dataclass(frozen=True, slots=True)
class Opinion:
    """The rules of one set that hold for the present facts: as compiled here, and by the library's `run_all`."""

    rule_set: str
    ours: tuple[str, ...]
    reference: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.ours == self.reference


def opinions(made: Run) -> tuple[Opinion, ...]:
    """Both opinions on every rule set of the policy, of the facts as they stand at the end of a run."""
    # The library is imported where a second opinion is asked for.
    from support_policy.kernel.reference import run_reference

    known = Draft(made.governing, made.state, made.at).known()
    found = []
    for name, rules in made.governing.rules.items():
        if name == "intake":
            continue  # it is asked of mails, not of tickets
        written = [(str(rule.id), rule.condition) for rule in rules.words]
        by_library = run_reference(written, rules.variables, rules.hit, known)
        ids = [id for id, _ in written]
        ours = tuple(ids[index] for index in rules.compiled.decide(known))
        found.append(Opinion(name, ours, tuple(ids[index] for index in by_library)))
    return tuple(found)
