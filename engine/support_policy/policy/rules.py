"""A rule set of a policy, ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from support_policy.model.condition import Variable
from support_policy.model.policy import Rule

if TYPE_CHECKING:
    from support_policy.kernel.rows import RuleSet


@dataclass(frozen=True)
class Rules:
    """A checked rule set: its words, and the same compiled when first asked for; indexes agree."""

    words: tuple[Rule, ...]
    hit: Literal["first", "collect"]
    variables: Mapping[str, Variable]

    @cached_property
    def compiled(self) -> RuleSet:
        """The rules as functions."""
        from support_policy.kernel.rows import compile_rules

        return compile_rules([(str(rule.id), rule.condition) for rule in self.words], self.variables, self.hit)
