"""Who was expected to be told, beside who was."""

from __future__ import annotations

from collections.abc import Iterable

from support_policy.service.scenario import Claim, Told
from support_policy.service.scenario_edit import Edit, yaml_text
from support_policy.service.scenario_look import Look, Miss, in_brackets
from support_policy.service.scenario_seen import Notice


def compare_told(claim: Claim, look: Look) -> Miss | None:
    """How a claim about everyone told since the expectation before fails, or None when it holds."""
    expected: tuple[Told, ...] = claim.value
    found = _new(look)
    missing = [index for index, told in enumerate(expected) if not any(_fits(told, notice) for notice in found)]
    extra = [notice for notice in found if not any(_fits(told, notice) for told in expected)]
    if not missing and not extra:
        return None
    why = [_nearest(expected[index], found, look) for index in missing]
    said = {expected[index].role for index in missing}
    why += [f"{_someone(n)} is told too, by {n.source} on {look.spoken(n.at)}" for n in extra if n.role not in said]
    add: list[str] = []
    for index in missing:
        told = expected[index]
        alike = next((n for n in extra if n.role == told.role), None)
        if alike is not None and (told.to is not None or told.message is not None):
            add.append(_as_written(told, alike))
            extra = [n for n in extra if not (n.role == told.role and (told.to is None or n.to == alike.to))]
    add += [str(role) for role in dict.fromkeys(n.role for n in extra)]
    edit = Edit(drop=frozenset(missing), add=tuple(add))
    return Miss(in_brackets(map(_asked, expected)), in_brackets(dict.fromkeys(map(_someone, found))), why, edit)


def _new(look: Look) -> tuple[Notice, ...]:
    """Who was told since the expectation before."""
    return look.seen.notices[len(look.before.notices) if look.before else 0 :]


def _fits(told: Told, notice: Notice) -> bool:
    return (
        told.role == notice.role
        and (told.to is None or told.to == notice.to)
        and (told.message is None or notice.says(told.message))
    )


def _nearest(told: Told, found: Iterable[Notice], look: Look) -> str:
    """Where, nearest to what was expected, someone is told."""
    for notice in found:
        if notice.role == told.role and told.to is not None and notice.to != told.to:
            return f"the role {told.role} is told by {notice.source}, but at `{notice.to or 'nobody'}`"
    for notice in found:
        if notice.role == told.role:
            said = f"`{notice.texts[0]}`" if notice.texts else "nothing"
            return f"the role {told.role} is told by {notice.source}, which says {said}"
    every = [notice for step in list(look.walk.steps())[-1:] for notice in step.notices if notice.role == told.role]
    near = min(every, key=lambda notice: abs(notice.at - look.seen.at), default=None)
    if near is None:
        return f"nobody ever tells the role {told.role}"
    return f"the role {told.role} is told by {near.source} {look.gap(near.at, look.seen.at)}"


def _asked(told: Told) -> str:
    more = [f"{name}: {value}" for name, value in (("to", told.to), ("message", told.message)) if value is not None]
    return f"{{{', '.join([f'role: {told.role}', *more])}}}" if more else str(told.role)


def _someone(notice: Notice) -> str:
    return f"{notice.role} <{notice.to}>" if notice.to else notice.role


def _as_written(told: Told, notice: Notice) -> str:
    """The same, as it would be true of `notice`."""
    pairs = [f"role: {told.role}"]
    if told.to is not None:
        pairs.append(f"to: {yaml_text(notice.to)}")
    if told.message is not None:
        text = told.message if notice.says(told.message) else next(iter(notice.texts), "")
        pairs.append(f"message: {yaml_text(text)}")
    return f"{{{', '.join(pairs)}}}"
