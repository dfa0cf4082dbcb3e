"""Random stories of tickets for any policy: walks that its workflows allow, and now and then what they refuse.

A story takes its dice from a `random.Random`: a seeded one makes thousands of tickets at once, one of Hypothesis's
own (`hypothesis.strategies.randoms`) makes examples that shrink.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from support_policy.model.condition import Variable
from support_policy.model.event import instant, micros
from support_policy.policy.compiled import Policy
from support_policy.policy.names import ACTORS, PRIORITY_CHANGED, REOPENED

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
STRANGER, SOMEBODY = "nobody-we-know", "somebody"
DAYS = ("2026-03-05", "2026-03-06", "2026-03-09", "2026-03-27", "2026-04-02", "2026-10-23", "2026-10-30", "2026-12-23")
"""Days about which stories begin: plain ones, those before clocks change, before holidays, before the year's end."""
GAPS = (0, 0, 0, 1, 1, 5, 15, 30, 30, 60, 60, 120, 180, 240, 480, 1440, 4320)
"""Minutes between two events where nothing else is aimed at."""


def dice_of(seed: int) -> Random:
    """Dice that fall alike each time."""
    return Random(seed)  # noqa: S311 - a story, no secret


@dataclass(slots=True)
class Happened:
    """One event of a story; instants in microseconds since 1970. `cleared` are the facts that it takes back."""

    at: int
    type: str
    by: str | None = None
    recorded: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    cleared: list[str] = field(default_factory=list)
    data: dict[str, str] = field(default_factory=dict)


class Stories:
    """Invents stories for a policy. `odd` is how often, of a hundred events, one is not what the policy expects."""

    def __init__(self, policy: Policy, odd: int = 8) -> None:
        self.policy, self.odd = policy, odd
        text = policy.text
        self.organizations = (*text.organizations, *text.organizations, STRANGER)
        self.teams = (*text.teams, "blue")
        self.weights = self._weights()
        self.firings = [f"{chain.name}.{level.number}" for chain in text.chains.values() for level in chain.levels]
        self.calendars = [policy.calendar(name, business=True) for name in (*text.offices, *text.calendars)]
        self.lengths = sorted(set(self._lengths()))

    def _weights(self) -> Mapping[str, int]:
        """How likely each event type is: what means something to the engine more than what does not."""
        text, finals = self.policy.text, self.policy.life.finals
        weights = dict.fromkeys(self.policy.event_types, 2)
        for (_, trigger), edges in self.policy.life.moves.items():
            if trigger in weights and any(edge.dest in finals for edge in edges):
                weights[trigger] = 1
        chains = text.chains.values()
        named = [PRIORITY_CHANGED, REOPENED, *(chain.on for chain in chains), *(chain.accept for chain in chains)]
        named += [chain.acknowledge.event for chain in chains if chain.acknowledge]
        named += [on.event for metric in text.metrics.values() for on in (*metric.start, *metric.stop)]
        for name in named:
            if name in weights:
                weights[name] += 2
        return weights

    def _lengths(self) -> Iterator[tuple[int, bool]]:
        """The lengths of time that the policy speaks of, in microseconds, and whether business time is meant."""
        text = self.policy.text
        for priority in text.priorities.values():
            yield from ((target.seconds * SECOND, target.business) for target in priority.targets.values())
        for plan in text.plans.values():
            for entry in plan.entries.values():
                yield from ((t.seconds * SECOND, t.business) for t in entry.targets.values() if t)
        for chain in text.chains.values():
            yield from ((lv.length.seconds * SECOND, lv.length.business) for lv in chain.levels if lv.length)
            if chain.acknowledge and chain.acknowledge.lasts:
                yield chain.acknowledge.lasts.seconds * SECOND, chain.acknowledge.lasts.business
        for metric in text.metrics.values():
            yield from ((p.most.seconds * SECOND, p.most.business) for p in metric.pause if p.most)
        for _, timer in self.policy.timers.values():
            yield timer.after.seconds * SECOND, timer.after.business

    def story(self, dice: Random, most: int = 12) -> list[Happened]:
        """One ticket's events, mostly in order, and up to `most` of them."""
        return Story(self, dice).tell(dice.choice((1, 2, 3, 4, 5, 6, 8, 10, most)))

    def until(self, dice: Random, story: Sequence[Happened]) -> int:
        """An instant to decide a story at: when something falls due, at its end, long after, or before some of it."""
        last = max(event.at for event in story)
        if self.lengths and dice.randrange(2):
            length, business = dice.choice(self.lengths)
            mark = dice.choice(story).at
            due = dice.choice(self.calendars).due_us(mark, length) if business else mark + length
            return last if due is None else due
        ends = (last, last + MINUTE, last + HOUR, last + 3 * DAY, last + 60 * DAY, story[-1].at, story[0].at)
        return dice.choice(ends)


class Story:
    """A story in the making: where its workflows stand, and what time it is."""

    def __init__(self, stories: Stories, dice: Random) -> None:
        self.all, self.policy, self.dice = stories, stories.policy, dice
        self.states = {name: table.initial for name, table in self.policy.tables.items()}
        self.marks: list[int] = []
        self.brisk = self.chance(50)
        self.now = self._beginning()

    def chance(self, of_hundred: int) -> bool:
        """Whether something happens that does so often."""
        return self.dice.randrange(100) < of_hundred

    def tell(self, events: int) -> list[Happened]:
        """A story of so many events."""
        made: list[Happened] = []
        while len(made) < events:
            made.append(self._event(first=not made))
            self._move(made[-1].type)
            self.marks.append(self.now)
            self.now = self._later()
        if self.chance(self.all.odd):
            self._learn_late(made)
        if self.chance(self.all.odd // 2):
            self.dice.shuffle(made)
        return made

    # -- when ------------------------------------------------------------------------------------------------------

    def _beginning(self) -> int:
        start = datetime.fromisoformat(self.dice.choice(DAYS)).replace(tzinfo=UTC)
        begins = micros(start + timedelta(hours=self.dice.randrange(24 * 5)))
        return self._near(self._edge(begins) if self.chance(50) else begins)

    def _edge(self, at: int) -> int:
        """An opening or a closing at or after an instant, of some calendar."""
        calendar = self.dice.choice(self.all.calendars)
        edge = (calendar.next_open if self.chance(50) else calendar.next_close)(instant(at))
        return micros(edge) if edge else at

    def _near(self, at: int) -> int:
        """An instant, or one beside it."""
        aside = self.dice.choice((0, 0, 0, 0, 0, -MINUTE, MINUTE, 5 * MINUTE, -SECOND, SECOND, 1, -1))
        return at + (aside if self.chance(60) else aside // MINUTE * MINUTE)

    def _later(self) -> int:
        """When the next event happens: at a round distance, about an opening or closing, about what falls due."""
        how = self.dice.randrange(10)
        if how < 5 or (self.brisk and how < 7):
            return self.now + self.dice.choice(GAPS[:-5] if self.brisk else GAPS) * MINUTE
        if how < 7:
            return max(self.now, self._near(self._edge(self.now)))
        if how < 9 and self.all.lengths:
            # What was begun at any event of the story falls due so long after it.
            lengths = self.all.lengths[: len(self.all.lengths) // 2 + 1] if self.brisk else self.all.lengths
            length, business = self.dice.choice(lengths)
            calendar = self.dice.choice(self.all.calendars)
            mark = self.dice.choice(self.marks)
            due = calendar.due_us(mark, length) if business else mark + length
            return max(self.now, self._near(due if due is not None else self.now))
        return self.now + self.dice.randrange(4000) * MINUTE + self.dice.randrange(3) * 250_000

    def _learn_late(self, made: list[Happened]) -> None:
        for event in made[1:]:
            if self.chance(25):
                event.recorded = event.at + self.dice.choice((0, 1, 30, 60, 300, 1500)) * MINUTE

    # -- what ------------------------------------------------------------------------------------------------------

    def _event(self, *, first: bool) -> Happened:
        type = self._type(first=first)
        made = Happened(self.now, type, self._by(type))
        for name in self._carried(type):
            text = self._text(type, name)
            if text is not None:
                made.data[name] = text
        for name, variable in self.policy.facts.items():
            if self.chance(70 if first else 6):
                value = self._value(name, variable)
                if value is not None:
                    made.facts[name] = value
                elif not first and self.chance(self.all.odd):
                    made.cleared.append(name)
        return made

    def _type(self, *, first: bool) -> str:
        if first and not self.chance(2):
            return self.policy.life.exits(self.policy.life.initial)[0]
        allowed = [t for t in self.all.weights if any(self._edge_of(name, t) for name in self.states)]
        weights = self.all.weights
        if not allowed or self.chance(self.all.odd):
            allowed = list(weights)
            if self.chance(1):
                return self.dice.choice(("no_such_event", *self.all.firings))
        return self.dice.choices(allowed, [weights[name] for name in allowed])[0]

    def _edge_of(self, table: str, type: str) -> Any:
        return self.policy.tables[table].moves.get((self.states[table], type))

    def _move(self, type: str) -> None:
        for name in self.states:
            if edges := self._edge_of(name, type):
                self.states[name] = edges[0].dest

    def _by(self, type: str) -> str | None:
        words = self.policy.text.events.get(type)
        if words and words.by and not self.chance(self.all.odd):
            return self.dice.choice(words.by)
        metrics = self.policy.text.metrics.values()
        named = [
            role for metric in metrics for on in (*metric.start, *metric.stop) if on.event == type for role in on.by
        ]
        if self.chance(1) and self.chance(self.all.odd):
            return "robot"
        return self.dice.choice(named) if named and self.chance(70) else self.dice.choice((None, *ACTORS))

    def _carried(self, type: str) -> Iterator[str]:
        """The names of what an event carries: what is asked of it, mostly, and sometimes more."""
        words = self.policy.text.events.get(type)
        needed = list(words.requires) if words else []
        for name in self.states:
            needed += [asked for edge in self._edge_of(name, type) or () for asked in edge.requires]
        for name in dict.fromkeys(needed):
            if not self.chance(self.all.odd):
                yield name
        if type == PRIORITY_CHANGED and "to" not in needed and self.chance(80):
            yield "to"
        if "team" not in needed and self.chance(20 if type == "assigned" else 2):
            yield "team"
        if self.chance(30 if type == "merged" else 1):
            yield from (name for name in ("from", "from_submitted_at") if self.chance(80))
        for name in words.carries if words else ():
            if name not in needed and self.chance(40):
                yield name

    def _text(self, type: str, name: str) -> str | None:
        words = self.policy.text.events.get(type)
        variable = words.carries.get(name) if words else None
        match name:
            case "to" if type == PRIORITY_CHANGED:
                names = list(self.policy.text.priorities)
                return "P99" if self.chance(1) and self.chance(30) else self.dice.choice((*names, names[0]))
            case "team":
                return self.dice.choice(self.all.teams)
            case "from_submitted_at":
                return instant(self.now - self.dice.choice((0, 1, 60, 600, 3000)) * MINUTE).isoformat()
        if variable is not None and variable.type != "string":
            return None
        return self.dice.choice(variable.options) if variable and variable.options else SOMEBODY

    def _value(self, name: str, variable: Variable) -> Any:
        """A value of a declared fact; None: it is not given."""
        if self.chance(15):
            return None
        if name == "organization":
            return self.dice.choice(self.all.organizations)
        match variable.type:
            case "boolean":
                return self.chance(50)
            case "numeric":
                return self.dice.choice((0.0, 1.0, 2.0, 5.0, 10.0, 99.5, 100.0, -1.0, 1000.0))
            case "select" | "select_multiple":
                options = variable.options or ("one", "two", "three")
                return [option for option in options if self.chance(40)]
        if self.chance(1) and self.chance(20):
            return "something else"
        return self.dice.choice(variable.options or ("again", "other", "VIP", ""))
