"""Schedules under test: a small policy in any zone, its versions in a store, and what their runs have left there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from support_policy.bootstrap import compile_files
from support_policy.model.event import instant, micros
from support_policy.policy.compiled import Policy
from support_policy.service.watch.cron import Schedules
from support_policy.service.watch.ports import Store, Work
from support_policy.service.watch.rows import Letter, VersionRow
from support_policy.service.watch.writing import write
from tests.ticket.histories import shipped


@cache
def recurring(schedules: str, zone: str = "Europe/London", version: str = "1") -> Policy:
    """The shipped policy with these lines of `schedules:` alone, its default office in a zone."""
    text = shipped()["policy.yaml"].decode()
    before, rest = text.split("schedules:\n", 1)
    after = rest[rest.index("# --- Ours") :]
    text = f"{before}schedules:\n{schedules}\n{after}"
    text = text.replace("los_angeles: {zone: America/Los_Angeles, holidays: US/CA}", f"los_angeles: {{zone: {zone}}}")
    text = text.replace("version: 2026-04 ", f"version: {version} ")
    text = text.replace("effective_from: 2026-01-01T00:00:00-08:00\n", "")
    return compile_files({**shipped(), "policy.yaml": text.encode()})


@dataclass
class Shelved:
    """The versions of a policy, tied to one another; the last is the newest."""

    policy: Policy

    def refresh(self, work: Work) -> bool:  # noqa: ARG002 - the port says so
        """Nothing comes by itself."""
        return False

    def adopt(self, store: Store, policy: Policy, at: datetime) -> None:
        """A version is adopted, and in force from then on."""
        versions = self.policy.line.versions or (self.policy,)
        self.policy = replace(policy, text=replace(policy.text, effective_from=at)).after(versions)
        _adopted(store, policy, len(versions) + 1, at)


def shelf(store: Store, policy: Policy, at: datetime) -> Shelved:
    """A shelf with one version, adopted at an instant."""
    _adopted(store, policy, 1, at)
    return Shelved(policy)


def _adopted(store: Store, policy: Policy, number: int, at: datetime) -> None:
    us = micros(at)
    row = VersionRow(number, policy.digest, policy.name, policy.version, us, us, "test", retarget=False, files={})
    write(store, lambda work: work.versions.add(row))


def letters(store: Store) -> Sequence[Letter]:
    """The letters of schedules that there are."""
    with store.look() as work:
        return work.letters.page({"command": "schedule"}, 0, 10_000)


def told(store: Store) -> list[str]:
    """The instants of the runs that left letters, in the order in which they were made; in UTC."""
    return [letter.key.split("/")[2] for letter in letters(store)]


def days(schedules: Schedules, start: datetime, minutes: int, every: int = 1) -> list[datetime]:
    """A worker looks every so many minutes, and a little after; when the runs that it made were to be."""
    made: list[datetime] = []
    for minute in range(0, minutes, every):
        now = instant(micros(start) + minute * 60_000_000 + 5_000_000)
        made += [run.at for run in schedules.step(now)]
    return made


def at(text: str, zone: str = "UTC") -> datetime:
    """`2026-03-29 01:30`, in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
