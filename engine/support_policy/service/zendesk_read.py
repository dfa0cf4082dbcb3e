"""The JSON of Zendesk's API (lists as `GET` gives them, single objects, or several lists in one object) to words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from support_policy.service.zendesk_json import At, Source, clean
from support_policy.service.zendesk_model import Export, Gap, Holiday, Place, Schedule, SlaPolicy
from support_policy.service.zendesk_policies import read_policy
from support_policy.service.zendesk_schedules import read_holiday, read_schedule
from support_policy.source.diagnostics import Findings, nearest
from support_policy.source.json_text import locate, read_json
from support_policy.source.span import Span

LISTS = {
    "sla_policies": "sla_policy",
    "group_sla_policies": "group_sla_policy",
    "schedules": "schedule",
    "holidays": "holiday",
}
"""The key of a list of things -> the key of a single one."""
_BARE = {"policy_metrics": "sla_policies", "intervals": "schedules", "start_date": "holidays"}
"""A key by which an object is known that stands alone."""
T = TypeVar("T", SlaPolicy, Schedule)


def read_exports(files: Mapping[str, bytes]) -> Export:
    """What the files (name -> bytes) say together, in the order given.

    Raises `PolicyError` with every problem of every file.
    """
    reader = _Reader()
    for name, data in files.items():
        reader.file(name, data)
    reader.together(next(iter(files), "-"))
    reader.findings.raise_errors()
    return reader.export


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of a list.

    The number of its items, how many there are in all (as the page says, if it does), where it says that more follow,
    and whether it may be the last of several.
    """

    items: int
    count: Any
    more: Place | None
    later: bool


class _Reader:
    """Reads the files one by one, then looks at them together."""

    def __init__(self) -> None:
        self.findings = Findings()
        self.export = Export()
        self.tops: dict[str, At] = {}
        self.pages: dict[str, list[_Page]] = {}

    def file(self, name: str, data: bytes) -> None:
        """Read one file."""
        read = read_json(data, name, self.findings)
        if read is None:
            return
        top = self.tops[name] = At(read[0], Source(name, read[1], self.findings))
        parts = _parts(top)
        if parts is None:
            keys = list(top.value) if isinstance(top.value, dict) else []
            close = next((near for key in keys if (near := nearest(key, [*LISTS, *LISTS.values()], 0.8))), "")
            help = f"did you mean `{close}`?" if close else f"export {', '.join(f'`{name}`' for name in LISTS)}"
            top.wrong("Z601", "this is no export of SLA policies, schedules or holidays", help)
            return
        for kind, item in parts:
            if item.object() is not None:
                self._read(kind, item)
        self._page(top)
        counts = Counter(kind for kind, _ in parts)
        said = ", ".join(f"{n} {(LISTS[kind] if n == 1 else kind).replace('_', ' ')}" for kind, n in counts.items())
        self.export.seen[name] = said or "nothing"

    def _read(self, kind: str, item: At) -> None:
        export = self.export
        if kind == "sla_policies":
            policy = read_policy(item, export.gaps)
            export.policies += [policy] if policy else []
        elif kind == "group_sla_policies":
            export.gaps.append(_group_policy(item))
        elif kind == "schedules":
            schedule = read_schedule(item)
            export.schedules += [schedule] if schedule else []
            nested = item.get("holidays")
            self._holidays(nested.items() if nested else (), schedule.id if schedule else "")
        else:
            self._holidays([item], "")

    def _holidays(self, items: Iterable[At], schedule: str) -> None:
        for item in items:
            holiday = read_holiday(item, schedule) if item.object() else None
            self.export.holidays += [holiday] if holiday else []

    def _page(self, top: At) -> None:
        kind = next(
            (many for many in LISTS if isinstance(top.value, dict) and isinstance(top.value.get(many), list)), ""
        )
        if not kind:
            return
        next_, meta = top.get("next_page"), top.get("meta")
        cursor = meta.get("has_more") if meta else None
        more = next_ or (cursor if cursor is not None and cursor.value is True else None)
        later = top.get("previous_page") is not None or cursor is not None
        page = _Page(len(top.value[kind]), top.value.get("count"), more.place if more else None, later)
        self.pages.setdefault(kind, []).append(page)

    def _complete(self) -> None:
        """A list that goes on, in a page that was not given, is not the whole configuration."""
        for kind, found in self.pages.items():
            read = sum(page.items for page in found)
            goes_on = [page.more for page in found if page.more is not None]
            ends = any(page.more is None and page.later for page in found)
            if goes_on and not ends and all(page.count != read for page in found):
                what = f"the pages that follow this one ({read} {kind.replace('_', ' ')} were given)"
                why = "the API gives long lists in pages, and says here that there is another"
                instead = "give the files of all pages: a policy that is missing changes who gets what"
                self.export.gaps.append(Gap(goes_on[-1], what, why, instead))

    def together(self, first: str) -> None:
        """What only the files together can say: things given twice, and whose the holidays are."""
        export = self.export
        if not export.policies and not self.findings.errors:
            help = "add the answer of GET /api/v2/slas/policies"
            self.findings.error("Z610", Span(first), "there is no SLA policy in what was given", help)
        export.policies = self._once(export.policies, "SLA policy")
        export.schedules = self._once(export.schedules, "schedule")
        positions: dict[int, SlaPolicy] = {}
        for policy in export.policies:
            if policy.position is not None:
                other = positions.setdefault(policy.position, policy)
                if other is not policy:
                    said = f"position {policy.position} is taken: two policies cannot both be asked first"
                    self._twice(policy.place, (*policy.place.path, "position"), said, other.place)
        export.policies.sort(key=lambda p: (p.position is None, p.position or 0))
        export.holidays = _placed(export)
        self._complete()

    def _once(self, things: list[T], what: str) -> list[T]:
        """The same thing may come in two files; two things of one id may not."""
        kept: dict[str, T] = {}
        for thing in things:
            other = kept.setdefault(thing.id, thing)
            if other is not thing and self._value(other.place) != self._value(thing.place):
                said = f"the {what} {thing.id} is given twice, and differs"
                self._twice(thing.place, thing.place.path, said, other.place)
        return list(kept.values())

    def _value(self, place: Place) -> Any:
        value = self.tops[place.file].value
        for part in place.path:
            value = value[part]
        return value

    def _twice(self, place: Place, path: tuple[str | int, ...], said: str, other: Place) -> None:
        span, first = (
            locate(self.tops[p.file].source.text, at, p.file) for p, at in ((place, path), (other, other.path))
        )
        shown = Place(place.file, path)
        related = (("first given here", first),)
        self.findings.error("Z606", span, f"`{shown}`: {said}", "export it once more, whole", related=related)


def _parts(top: At) -> list[tuple[str, At]] | None:
    """Everything of a known kind in a file, with its kind; None when nothing there is known."""
    if isinstance(top.value, list):
        kind = _bare(top.value[0]) if top.value else ""
        return [(kind, item) for item in top.items()] if kind else None
    kind = _bare(top.value)
    if kind:
        return [(kind, top)]
    known = [key for pair in LISTS.items() for key in pair if isinstance(top.value, dict) and key in top.value]
    parts: list[tuple[str, At]] = []
    for many, one in LISTS.items():
        single, several = top.get(one), top.get(many)
        parts += [(many, single)] if single else []
        parts += [(many, item) for item in several.items()] if several else []
    return parts if known else None


def _bare(value: object) -> str:
    return next((kind for key, kind in _BARE.items() if isinstance(value, dict) and key in value), "")


def _group_policy(item: At) -> Gap:
    title = item.value.get("title")
    named = f" `{clean(title, 80)}`" if isinstance(title, str) else ""
    return Gap(
        item.place,
        f"the group SLA policy{named}",
        "it measures how long one group owns a ticket: an agreement between teams, no promise to customers",
        "declare a metric with `kind: ola` and `per: team` in policy.yaml, and give it a target",
    )


def _placed(export: Export) -> list[Holiday]:
    """The holidays with the schedule they belong to, as far as the files say."""
    ids = [schedule.id for schedule in export.schedules]
    made = []
    unplaced: dict[str, Place] = {}
    for holiday in export.holidays:
        named = [id for id in ids if id in holiday.place.file.rsplit("/", 1)[-1]]
        own = holiday.schedule or (ids[0] if len(ids) == 1 else named[0] if len(named) == 1 else "")
        if not own and len(ids) > 1:
            unplaced.setdefault(holiday.place.file, holiday.place)
        made.append(Holiday(holiday.name, holiday.first, holiday.last, own, holiday.place))
    for place in unplaced.values():
        gap = Gap(
            Place(place.file, place.path[:1]),
            "whose holidays these are",
            "the API's answer does not name the schedule it was asked for; the days are closed at every office",
            "put the schedule's id into the file's name, as in `holidays-360000123.json`, and import again",
        )
        export.gaps.append(gap)
    return made
