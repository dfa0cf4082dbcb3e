"""Hypothesis strategies for described policies: all that the language can say, small enough for stories of minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from tests.whole.described import (
    Calendar,
    Chain,
    Length,
    Level,
    Line,
    Metric,
    On,
    Pause,
    Policy,
    Priority,
    Request,
    Rule,
    Stretches,
    Timer,
)
from tests.whole.written import files

__all__ = ["files", "policies"]

M, H = 60, 3600
SCENES = (
    # the day, when stories begin (seconds of UTC), the zones of the two offices
    (date(2026, 3, 4), 10 * H, "UTC", "America/New_York"),
    (date(2026, 3, 29), 40 * M, "Europe/London", "UTC"),  # clocks go forward at 01:00
    (date(2026, 10, 25), 40 * M, "Europe/London", "UTC"),  # clocks go back at 01:00
)
AHEAD = {"UTC": 0, "America/New_York": -5, "Europe/London": 0}
"""Hours from UTC to about the wall of a zone, so that its office opens during the story."""
PATTERNS: tuple[Stretches, ...] = (
    ((0, H),),
    ((0, 12 * M), (15 * M, 30 * M), (31 * M, 50 * M)),
    ((5 * M, 20 * M), (30 * M, 45 * M)),
    ((30, 10 * M), (10 * M + 30, 25 * M), (40 * M, 41 * M)),
    ((50 * M, 70 * M), (22 * M, 24 * M)),  # over the full hour
)
"""Openings of an office within each hour."""
SHORT = (30, 60, 60, 120, 120, 180, 300, 600)
PROMISES = (60, 120, 300, 300, 600, 600, 900, 1200)
FIRST = On("submitted")
STARTS = (On("submitted"), On("submitted"), On("customer_replied", ("customer",)), On("assigned"), On("reopened"))
STOPS = (On("responded", ("engineer", "manager")), On("resolved"), On("responded"), On("closed"), On("acknowledged"))


def hours(zone: str, begins: int, pattern: Stretches) -> Stretches:
    """A pattern of every hour, for the hours around a story."""
    first = begins // H + AHEAD[zone] - 1
    made = [(h * H + a, h * H + b) for h in range(max(first, 0), first + 8) for a, b in pattern]
    return tuple(sorted((a % (24 * H), b) for a, b in made))


def lengths(business: bool | None = None, seconds: tuple[int, ...] = SHORT) -> st.SearchStrategy[Length]:
    """Durations; of business time, of the wall clock, or of either."""
    kinds = st.booleans() if business is None else st.just(business)
    return st.builds(Length, st.sampled_from(seconds), kinds)


@st.composite
def calendars(draw: st.DrawFn, scene: tuple[date, int, str, str], *, whole: bool) -> tuple[Calendar, ...]:
    """Two offices, and with `whole` a union of them and a calendar of its own."""
    day, begins, *zones = scene
    patterns = st.sampled_from(PATTERNS)
    made = []
    for name, zone in zip(("main", "second"), zones, strict=True):
        special: tuple[tuple[date, Stretches], ...] = ()
        if draw(st.integers(0, 4)) == 0:
            special = ((day, draw(st.sampled_from(((), hours(zone, begins, draw(patterns)))))),)
        made.append(Calendar(name, zone, hours(zone, begins, draw(patterns)), special))
    if whole:
        made.append(Calendar("extended", "UTC", hours("UTC", begins, draw(patterns)), office=False))
        members = draw(st.sampled_from((("main", "second"), ("second", "extended"), ("main", "extended", "second"))))
        made.append(Calendar("union", any_of=members, office=False))
    return tuple(made)


@st.composite
def metrics(draw: st.DrawFn, name: str, *, whole: bool) -> Metric:
    """A metric; with `whole` with everything a metric may have."""
    start = draw(st.lists(st.sampled_from(STARTS), min_size=1, max_size=2)) if whole and name == "third" else [FIRST]
    stop = draw(st.lists(st.sampled_from(STOPS), min_size=1, max_size=2, unique=True))
    reopen = draw(st.sampled_from(("", "resume", "restart", "ignore")))
    pauses: bool = draw(st.booleans())
    pause = [Pause("waiting")] if pauses else []
    if not whole:
        return Metric(name, tuple(start), tuple(stop), tuple(pause), reopen=reopen)
    per_team = name == "third" and draw(st.booleans())
    if per_team:
        start = [On("assigned")]
    limited: bool = draw(st.booleans())
    if pause and limited:
        pause = [Pause("waiting", draw(lengths()), draw(st.sampled_from(("", "", "is-urgent"))))]
    if draw(st.integers(0, 3)) == 0:
        stop[0] = On(stop[0].event, (), draw(st.sampled_from(("is-urgent", "by-customer", "in-hours"))))
    recurs: bool = draw(st.booleans())
    if per_team and not recurs and draw(st.booleans()):
        stop[0] = replace(stop[0], own=True)
    return Metric(
        name,
        tuple(dict.fromkeys(start)),
        tuple(stop),
        tuple(pause),
        kind=draw(st.sampled_from(("", "", "sla", "ola", "underpinning"))),
        recurs=recurs,
        per_team=per_team,
        reopen="" if recurs else reopen,
        priority_change=draw(st.sampled_from(("", "", "from_submission", "from_change", "keep"))),
        calendar=draw(CALENDAR),
    )


NAMES = st.sampled_from(("local", "always", "main", "second", "extended", "union"))
CALENDAR = st.one_of(
    st.just(""),
    NAMES,
    st.builds(lambda a, b: (("P1", a), ("else", b)), NAMES, NAMES),
)


def in_order(levels: list[Level]) -> tuple[Level, ...]:
    """Levels as a manager would list them, no two at one place."""
    rank = {"before": 0, "at": 1, "past_due": 2, "after": 3}

    def place(level: Level) -> tuple[int, bool, int]:
        seconds = level.length.seconds if level.length else 0
        business = bool(level.length and level.length.business)
        return rank[level.kind], business, -seconds if level.kind == "before" else seconds + level.percent

    return tuple(sorted({place(level): level for level in levels}.values(), key=place))


@st.composite
def chains(draw: st.DrawFn, name: str, metric: str, *, business: bool, whole: bool) -> Chain:
    """A chain; `business`: whether the targets of its metric count business time."""
    afters = st.builds(lambda length: Level("after", length), lengths())
    if whole:
        afters |= st.builds(lambda length: Level("after", length), lengths(seconds=(0,)))
    if not whole:
        return Chain(name, metric, in_order(draw(st.lists(afters, min_size=1, max_size=3))))
    shape = draw(st.sampled_from(("after", "rounds", "target", "target")))
    calendar: str | tuple[tuple[str, str], ...] = ""
    repeat = 1
    if shape == "target":
        aims = st.one_of(
            st.builds(lambda length: Level("before", length), lengths(business)),
            st.builds(lambda percent: Level("at", percent=percent), st.sampled_from((50, 80, 100, 100))),
            st.builds(lambda length: Level("past_due", length), lengths(business) | lengths()),
            afters,
        )
        levels = draw(st.lists(aims, min_size=1, max_size=3))
    elif shape == "rounds":
        repeat = draw(st.integers(2, 3))
        levels = draw(st.lists(st.builds(lambda n: Level("after", n), lengths(business)), min_size=1, max_size=2))
        calendar = draw(CALENDAR)
    else:
        named = st.builds(lambda n, c: Level("after", n, calendar=c), lengths(True), NAMES)
        levels = draw(st.lists(st.one_of(afters, named), min_size=1, max_size=3))
        calendar = draw(CALENDAR)
    if shape == "target" and draw(st.booleans()):
        calendar = draw(CALENDAR)
    if draw(st.integers(0, 2)) == 0:
        do = draw(st.sampled_from(("closed", "priority_changed", "updated", "reopened", "waiting_on_customer")))
        to = draw(st.sampled_from(("P1", "P2"))) if do == "priority_changed" else ""
        number = draw(st.integers(0, len(levels) - 1))
        levels[number] = replace(levels[number], do=do, to=to)
    acknowledge = draw(st.sampled_from(("", "acknowledged", "responded")))
    return Chain(
        name,
        metric,
        in_order(levels),
        calendar,
        repeat,
        acknowledge,
        draw(st.none() | lengths()) if acknowledge else None,
        draw(st.sampled_from(((), (), ("assigned",), ("updated",)))),
    )


@st.composite
def timers(draw: st.DrawFn, name: str) -> Timer:
    """What happens by itself in a state."""
    state = draw(st.sampled_from(("open", "waiting", "resolved")))
    do = draw(st.sampled_from(("", "closed", "priority_changed", "updated", "reopened", "waiting_on_customer")))
    return Timer(
        name,
        state,
        draw(lengths()),
        do,
        draw(st.sampled_from(("P1", "P2"))) if do == "priority_changed" else "",
        not do or draw(st.booleans()),
        draw(st.sampled_from((1, 1, 2, 3))),
        draw(st.sampled_from(("", "", "customer_replied", "updated"))),
        draw(st.sampled_from(("", "", "is-urgent"))),
        draw(st.sampled_from(("", "local", "always", "union"))),
    )


@st.composite
def policies(draw: st.DrawFn, *, whole: bool = True) -> Policy:
    """A described policy; without `whole` only what the engine has read from the beginning."""
    scene = draw(st.sampled_from(SCENES))
    own = draw(calendars(scene, whole=whole))
    names = ("first_response", "resolution", "third")[: draw(st.sampled_from((3, 2, 2, 1)))]
    measured = [draw(metrics(name, whole=whole)) for name in names]
    business = {name: draw(st.booleans()) for name in names}
    countable = [m.name for m in measured if not m.per_team]
    escalation = [
        draw(chains(name, counted, business=business[counted], whole=whole))
        for name in ("page", "tell")[: draw(st.sampled_from((2, 1, 1, 0)))]
        for counted in [draw(st.sampled_from(countable))]
    ]
    asked = draw(requests(whole=whole))
    table = []
    for name in ("P1", "P2", "P3")[: draw(st.integers(2, 3))]:
        targets = []
        for metric in names:
            if draw(st.integers(0, 4)):
                by = draw(st.one_of(st.just(""), st.just(""), NAMES)) if whole and business[metric] else ""
                within = PROMISES[:4] if name == "P1" else PROMISES[3:]
                targets.append((metric, draw(lengths(business[metric], within)), by))
        had = [chain.name for chain in escalation if draw(st.integers(0, 2))]
        table.append(Priority(name, tuple(targets), (*had, *asks(asked, name))))
    escalation = [aimed(chain, table) for chain in escalation]
    happens = (
        tuple(draw(timers(name)) for name in ("nudge", "sweep")[: draw(st.sampled_from((0, 0, 1, 2)))]) if whole else ()
    )
    day, begins, *_ = scene
    chosen = draw(assumptions())
    ruled = draw(st.lists(rules(names, business, [c.name for c in escalation]), max_size=3)) if whole else []
    lined = st.builds(tuple, lines(names, business, table)) if whole else st.just(())
    plans = tuple(draw(st.lists(lined, max_size=2))) if whole else ()
    plans = plans if all(plans) else ()
    strict: bool = whole and draw(st.integers(0, 3)) == 0
    numbered = tuple(replace(rule, id=f"rule-{n}") for n, rule in enumerate(ruled, 1))
    return Policy(
        day,
        begins,
        own,
        tuple(table),
        tuple(measured),
        tuple(escalation),
        asked,
        happens,
        chosen,
        numbered,
        plans,
        strict,
    )


@st.composite
def rules(draw: st.DrawFn, metrics: tuple[str, ...], business: dict[str, bool], chains: list[str]) -> Rule:
    """What a rule promises instead of the table."""
    urgent: bool = draw(st.booleans())
    of_chain: bool = draw(st.booleans())
    if chains and of_chain:
        chain: str = draw(st.sampled_from(chains))
        used: bool = draw(st.booleans())
        return Rule("", urgent, use=chain if used else "", drop="" if used else chain)
    metric = draw(st.sampled_from(metrics))
    within = draw(st.none() | lengths(business[metric], PROMISES))
    by = draw(st.just("") | NAMES) if within and within.business else ""
    return Rule("", urgent, metric, within, by)


def aimed(chain: Chain, table: list[Priority]) -> Chain:
    """The chain, without levels of a target where none of its priorities has one."""
    rows = [p for p in table if chain.name in p.chains]
    if any(name == chain.counts for p in rows for name, *_ in p.targets):
        return chain
    levels = [level for level in chain.levels if level.kind == "after"]
    return replace(chain, levels=tuple(levels) or (Level("after", Length(60)),))


@st.composite
def lines(draw: st.DrawFn, metrics: tuple[str, ...], business: dict[str, bool], table: list[Priority]) -> list[Line]:
    """What a plan says for one priority or two."""
    made = []
    for row in table[: draw(st.integers(1, 2))]:
        targets = []
        for metric in metrics:
            if draw(st.booleans()):
                within = draw(st.none() | lengths(business[metric], PROMISES))
                by = draw(st.just("") | NAMES) if within and within.business else ""
                targets.append((metric, within, by))
        rest = [name for name in row.chains if name in ("page", "tell")]
        asked = [name for name in row.chains if name not in rest]
        chains = (
            draw(st.sampled_from((None, (*rest, *asked), (*rest[:1], *asked), tuple(asked)))) if asked or rest else None
        )
        if targets or chains:
            made.append(Line(row.name, tuple(targets), chains or None))
    return made


COMPLAINT = ("complained", "complaint_accepted", "complaint_declined")


@st.composite
def requests(draw: st.DrawFn, *, whole: bool) -> tuple[Request, ...]:
    """The chains of requests: none, one, or with `whole` two, by the same event or by one of its own."""
    made = []
    for name in ("requested", "complaint")[: draw(st.sampled_from((0, 1, 2, 2) if whole else (0, 1)))]:
        guard = draw(st.sampled_from(("", "is-urgent", "by-customer", "in-hours"))) if whole else ""
        made.append(Request(draw(st.none() | lengths()), draw(st.sampled_from(((), ("resolved",)))), guard, name))
        if name == "complaint" and draw(st.booleans()):
            on, accept, decline = COMPLAINT
            made[-1] = replace(made[-1], on=on, accept=accept, decline=decline)
    return tuple(made)


def asks(asked: tuple[Request, ...], priority: str) -> tuple[str, ...]:
    """The chains of requests of a priority: one alone of those that the same event asks for."""
    if len({request.on for request in asked}) == len(asked):
        return tuple(request.name for request in asked)
    return (asked[0 if priority == "P1" else 1].name,)


@st.composite
def assumptions(draw: st.DrawFn) -> tuple[tuple[str, str], ...]:
    """Some assumptions, each at one of its values."""
    values = {
        "reopened_clock": ("resume", "restart", "ignore"),
        "priority_change_open_target": ("from_submission", "from_change"),
        "priority_change_past_result": ("keep", "judge_again"),
        "priority_change_chain": ("from_change", "from_submission"),
        "due_at_closing_time": ("at_closing", "next_opening"),
    }
    return tuple((name, draw(st.sampled_from(words))) for name, words in values.items() if draw(st.booleans()))
