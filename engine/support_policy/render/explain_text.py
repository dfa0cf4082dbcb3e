"""An explanation as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from support_policy.render.explain_page import Page
from support_policy.render.explain_story import doer, story
from support_policy.render.explain_table import adding_up, promised
from support_policy.render.sentences import (
    cited,
    clock,
    day,
    length,
    level_verdict,
    listed,
    moment,
    note,
    plain,
    saw,
    seen_values,
    sentence,
    spaced,
    verdict,
)
from support_policy.render.sentences_runs import counted_from, metric_title, run_of, runs
from support_policy.ticket.explain_words import (
    Explanation,
    LevelWhy,
    PriorityChange,
    Reason,
    RequestWhy,
    TargetWhy,
)

STYLES = {"met": "good", "breached": "bad", "missed_then_met": "bad", "paused": "warn"}
CAUSES = {
    "stated": "the one the customer stated is in force",
    "assessed": "the one the rules call for is in force",
    "nothing_stated": "none was stated; the policy names this one",
    "nothing_to_assess": "nothing was stated, and no rule applied",
}


def explanation(why: Explanation, *, width: int = 80, color: bool = False) -> str:
    """The whole explanation in lines of at most `width` columns, colours only where `color`; ends in a line break."""
    page = Page(width, color=color)
    _head(page, why)
    if why.notes:
        page.heading("Good to know")
        for told in why.notes:
            page.say("! " + note(told), hang=2, style="warn")
    if why.priority.in_force:
        _priority(page, why)
        for target in why.targets:
            _target(page, why, target)
        for request in why.requests:
            _request(page, request)
        for level in why.levels:
            _level(page, why, level)
        _timers(page, why)
        _absent(page, why)
    _story(page, why)
    _reasons(page, why, "Other rules that applied", why.others)
    _reasons(page, why, "Assumptions used (ours, where the document is silent)", why.assumptions)
    return page.text()


def _head(page: Page, why: Explanation) -> None:
    whose = plain(why.organization_label or why.organization)
    page.keep(page.paint(plain(why.ticket), "bold") + (f"  {whose}" if whose else ""))
    priority = why.priority
    now = f"{plain(priority.in_force)} {plain(priority.label)}".strip() if priority.in_force else "no priority yet"
    page.say(f"{now}, {plain(why.state)}, as of {moment(why.at.replace(microsecond=0), year=True)}")
    page.say(f"Times are those of {spaced(why.office)} ({why.zone}, UTC{offset(why.at)})")
    policy = why.policy
    page.say(
        f"Policy: {plain(policy['name'])}, version {plain(policy['version'])}, digest {policy['digest'][:16]}",
        style="dim",
    )


def offset(at: datetime) -> str:
    """`-08:00`, the distance from UTC."""
    return at.isoformat()[-6:]


# -- priority ------------------------------------------------------------------------------------------------------


def _priority(page: Page, why: Explanation) -> None:
    p = why.priority
    page.heading("Priority", f"{plain(p.in_force)} ({plain(p.label)})" if p.label else plain(p.in_force))
    page.fact("stated", plain(p.stated) if p.stated else "none")
    page.fact("assessed", (plain(p.assessed) if p.assessed else "none: no rule applied") + _agree(why))
    for change in p.changes:
        if change.cause == "changed":
            why_changed = f": {plain(change.reason)}" if change.reason else ""
            said = f"{moment(change.at)}, from {plain(change.before)} to {plain(change.to)}{_who(change)}{why_changed}"
            page.fact("changed", said)
        else:
            page.fact(
                "in force", f"{plain(change.to)} from {moment(change.at)}: {CAUSES.get(change.cause, change.cause)}"
            )
    for reason in p.fired:
        page.fact("because", f"{plain(reason.rule)}: {plain(reason.says)}")
        page.fact("", seen_values(reason))
        page.fact("", cited(reason.place, reason.clause, why.clauses), style="dim")
    for reason in p.missed:
        page.fact("why not", f"{plain(reason.rule)} ({reason.place}): {'; '.join(map(saw, reason.saw))}")
    for reason in p.advice:
        page.fact("advice", f"{plain(reason.says)}")
        page.fact("", cited(reason.place, reason.clause, why.clauses), style="dim")


def _agree(why: Explanation) -> str:
    p = why.priority
    if not p.stated or not p.assessed:
        return ""
    if p.stated == p.assessed:
        return ", as stated"
    changes = [change for change in p.changes if change.cause == "changed"]
    if not p.settled or not changes:
        return ", not what was stated"
    last = changes[-1]
    by = f"changed{_who(last)}" if last.by == "automatic" else "settled by a person"
    return f", not what was stated; {by}"


def _who(change: PriorityChange) -> str:
    """Who changed a priority, or which timer or level did."""
    kind = "level" if "." in change.timer else "timer"
    return doer(change.by) + (f" ({kind} {spaced(change.timer)})" if change.timer else "")


# -- targets -------------------------------------------------------------------------------------------------------


def _target(page: Page, why: Explanation, target: TargetWhy) -> None:
    page.heading(sentence(metric_title(target)), verdict(target), STYLES.get(target.status, ""))
    if target.earlier:
        page.fact("runs", runs(target.earlier, target.status))
    if target.promise:
        by = f" for {plain(target.promise.by)}" if target.promise.by else ""
        page.fact("target", promised(target.promise) + by)
        page.fact("", cited(target.promise.place, target.promise.clause, why.clauses), style="dim")
    page.fact("measures", plain(target.says) or spaced(target.metric))
    page.fact("", cited(target.place, target.clause, why.clauses), style="dim")
    page.fact("started", moment(target.started_at, year=True))
    moved = len({aim.office for aim in target.aims}) > 1
    if target.promise and (moved or len({(aim.seconds, aim.priority) for aim in target.aims}) > 1):
        for aim in target.aims:
            long = "no target" if aim.seconds is None else length(aim.seconds, business=aim.business)
            by = " by the calendar" if aim.named else " in"
            where = f"{by} {spaced(aim.office)}" if moved else ""
            said = f"{long} as {plain(aim.priority)}{where}, counted from {moment(aim.since)}"
            page.fact("aimed", f"{moment(aim.at)}: {said}")
    if target.due_at and target.promise:
        page.fact("due", moment(target.due_at, year=True))
    if target.missed_at and target.due_at and target.missed_at != target.due_at:
        page.fact(
            "missed", f"{moment(target.missed_at, year=True)}: at the change, when its due time had already passed"
        )
    if target.stopped_at:
        page.fact("stopped", moment(target.stopped_at, year=True) + _by(target))
    adding_up(page, target.rows, target.promise, target.due_at, adds_up=target.adds_up)


def _by(target: TargetWhy) -> str:
    if target.ended_by is None:
        return ""
    return f": {spaced(target.ended_by.type)}{doer(target.ended_by.by)}"


# -- escalation ----------------------------------------------------------------------------------------------------


def _request(page: Page, request: RequestWhy) -> None:
    answers = {"": "waiting for an answer", "ended": "ended without an answer"}
    answer = answers.get(request.answer, request.answer)
    page.heading("Escalation requested", answer, "warn" if not request.answer else "")
    via = f", by way of {plain(request.via)}" if request.via else ""
    page.fact("asked", moment(request.at, year=True) + via + (f": {plain(request.reason)}" if request.reason else ""))
    for at in request.joined:
        page.fact("joined", f"{moment(at)}: asked again; both are one request")
    if request.answered_at:
        said = f": {plain(request.answer_reason)}" if request.answer_reason else ""
        page.fact("answered", f"{moment(request.answered_at, year=True)}, {answer}{said}")


def _level(page: Page, why: Explanation, level: LevelWhy) -> None:
    run = f" ({run_of(level)})" if run_of(level) else ""
    team = f" of {plain(level.team)}" if level.team else ""
    title = f"Escalation, {spaced(level.chain)}{team} level {level.level}{run}"
    page.heading(title, level_verdict(level), "bad" if level.status == "fired" else "")
    if level.says:
        page.fact("says", plain(level.says))
    if level.promise:
        counted = f" of {spaced(level.counts)}" if level.counts else " without an answer"
        page.fact("after", f"{promised(level.promise)}{counted}, {counted_from(level)}")
        page.fact("", cited(level.promise.place, level.clause, why.clauses), style="dim")
    else:
        page.fact("", cited(level.place, level.clause, why.clauses), style="dim")
    if level.due_at and level.status == "withdrawn":
        page.fact("due", f"{moment(level.due_at, year=True)}, had it not been withdrawn")
    elif level.due_at and level.due_at != level.fired_at:
        page.fact("due", moment(level.due_at, year=True))
    elif level.due_at is None and level.left is not None:
        page.fact(
            "due", f"{length(level.left, business=bool(level.promise and level.promise.business))} still to count"
        )
    if level.withdrawn_at:
        page.fact("withdrawn", f"{moment(level.withdrawn_at, year=True)}: {spaced(level.withdrawn_because)}")
    _people(page, level)
    if level.then and level.status != "withdrawn":
        page.fact("expects", spaced(level.then))
    adding_up(page, level.rows, level.promise, level.due_at, adds_up=level.adds_up)


def _people(page: Page, level: LevelWhy) -> None:
    label = "told" if level.status == "fired" else "for"
    for role, address in level.notify:
        page.fact(label, f"{spaced(role)}: {plain(address) if address else 'nobody fills this role'}")
        label = ""


def _timers(page: Page, why: Explanation) -> None:
    """What is to happen by itself."""
    for timer in why.timers:
        page.heading(f"Timer, {spaced(timer.timer)}", f"to go off {moment(timer.due_at, year=True)}")
        told = listed(spaced(role) for role in timer.roles)
        what = [spaced(timer.do), "automatically"] if timer.do else [f"{told} to be told"]
        page.fact("does", " ".join(what) + (f"; {told} to be told" if timer.do and told else ""))
        page.fact("after", f"{timer.after} in the state {spaced(timer.state)}")
        if timer.says:
            page.fact("says", plain(timer.says))
        page.fact("", cited(timer.place, timer.clause, why.clauses), style="dim")


def _absent(page: Page, why: Explanation) -> None:
    """Chains that the ticket has not had, and why not."""
    if why.absent:
        page.heading("Escalation that did not happen" if why.levels else "No escalation")
    for chain in why.absent:
        others = f"only for {listed(map(plain, chain.priorities))}" if chain.priorities else "for no priority at all"
        said = "nobody has asked for it" if chain.has else f"not for {plain(why.priority.in_force)}, {others}"
        if chain.has and not chain.requested:
            said = "it has not begun"
        page.say(f"{spaced(chain.chain)} ({chain.place}): {said}", hang=2)


# -- the rest ------------------------------------------------------------------------------------------------------


def _story(page: Page, why: Explanation) -> None:
    lines = story(why)
    if not lines:
        return
    page.heading("What happened")
    first, last = (20, 20) if len(lines) > 44 else (len(lines), 0)
    for at, said, style in lines[:first]:
        page.say(f"{day(at):<10} {clock(at)}  {said}", hang=18, style=style)
    if last:
        page.say(f"... {len(lines) - first - last} more", style="dim")
        for at, said, style in lines[-last:]:
            page.say(f"{day(at):<10} {clock(at)}  {said}", hang=18, style=style)


def _reasons(page: Page, why: Explanation, title: str, reasons: Sequence[Reason]) -> None:
    told = list(_told(why, reasons))
    if told:
        page.heading(title)
    for says, place in told:
        page.say(says, hang=2)
        page.say(place, indent=4, hang=2, style="dim")


def _told(why: Explanation, reasons: Sequence[Reason]) -> Iterator[tuple[str, str]]:
    for reason in reasons:
        name = plain(reason.rule.removeprefix("assumptions."))
        # Where the words of a move are those of its clause, they need no saying twice.
        words = (
            [] if plain(reason.says) in {plain(why.clauses.get(c, "")) for c in reason.clause} else [plain(reason.says)]
        )
        yield ": ".join([name, *words]), cited(reason.place, reason.clause, why.clauses)
