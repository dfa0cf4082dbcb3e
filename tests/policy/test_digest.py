"""The digest: the same for the same meaning, another for any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from support_policy import load_policy
from support_policy.clock.holidays import Holidays
from support_policy.policy.compiled import compile_policy
from tests.policy.small import DIRECTORY, POLICY, SMALL, WORKFLOW, bank_holidays, compiled, spoilt

P, R, D, W = "policy.yaml", "rules/priority.yaml", "rules/directory.yaml", "workflows/request.yaml"


def small(**changed: str) -> dict[str, bytes]:
    """The files of the small policy, with some of them replaced."""
    return {name: changed.get(name, text).encode() for name, text in SMALL.items()}


DIGEST = compiled(small()).digest


def test_a_digest_is_sha_256() -> None:
    """64 hexadecimal digits."""
    assert len(DIGEST) == 64
    assert set(DIGEST) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "files",
    [
        small(**{P: "# a comment\n\n" + POLICY.replace("\n", "\r\n")}),
        small(**{P: "\ufeff" + POLICY.replace("version: 1", "version:   1   # ours")}),
        small(**{P: POLICY.replace("name: Urgent", "name: 'Urgent'")}),
        small(**{P: POLICY.replace("{mon-fri: 09:00-17:00}", "{mon: 9:00-17:00, tue-fri: 09:00 - 17:00}")}),
        small(**{P: POLICY.replace("first_response: 2bh", "first_response: 120bm")}),
        small(**{P: POLICY.replace("[automatic, requested]", "[ automatic , requested, ]")}),
        small(**{P: POLICY.replace("waiting_pauses: no", "waiting_pauses: false")}),
        small(**{W: WORKFLOW.replace("source: new, dest: open", "source: [new], dest: open")}),
        dict(reversed(small().items())),
        {name.replace("rules/", "rules/deeper/"): data for name, data in small().items()},
        {name.replace("priority.yaml", "a.yaml"): data for name, data in small().items()},
        {
            **small(**{D: DIRECTORY[: DIRECTORY.index("organizations:")]}),
            "rules/z.yaml": DIRECTORY[DIRECTORY.index("organizations:") :].encode(),
        },
    ],
)
def test_equal_policies_have_equal_digests(files: dict[str, bytes]) -> None:
    """Layout, comments, quotes, notation and the distribution over files say nothing."""
    assert compiled(files).digest == DIGEST


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (P, "first_response: 2bh", "first_response: 2h"),
        (P, "first_response: 8bh", "first_response: 9bh"),
        (P, "after: 3bh", "after: 4bh"),
        (P, "version: 1", "version: 2"),
        (P, "mon-fri: 09:00-17:00", "mon-fri: 09:00-17:30"),
        (P, "Europe/Paris", "Europe/Rome"),
        (P, "holidays: GB/ENG", "hours: {mon-fri: 09:00-17:00}"),
        (P, "default_office: london", "default_office: paris"),
        (P, "why: Christmas Eve", "why: Xmas"),
        (P, "2026-12-24", "2026-12-23"),
        (P, "by: [engineer, manager]", "by: [engineer]"),
        (P, "waiting_pauses: no", "waiting_pauses: yes"),
        (P, "remind: 1bh", "remind: 2bh"),
        (P, "0 9 * * mon-fri", "0 8 * * mon-fri"),
        (R, "value: 10", "value: 11"),
        (R, "value: down", "value: up"),
        (D, "m@acme.example", "n@acme.example"),
        (D, "manager: m@example.org", "manager: n@example.org"),
        (D, "says: One", "says: Ones"),
        (D, "note: text", "note: tags"),
        (W, "source: [open, waiting]", "source: [open, waiting, resolved]"),
        (W, "final: yes", "final: yes, label: Done"),
    ],
)
def test_any_change_of_meaning_changes_the_digest(file: str, old: str, new: str) -> None:
    """A number, an address, a zone, a guard: whatever may change a decision, or what it says, changes the digest."""
    assert compiled(spoilt(file, old, new)).digest != DIGEST


def test_the_order_of_priorities_and_rules_is_meaning() -> None:
    """The first rule that holds decides, so their order is part of the policy."""
    head, _, rest = SMALL[R].partition("  - id: down")
    first, _, second = rest.partition("  - id: rest")
    assert compiled(small(**{R: f"{head}  - id: rest{second}  - id: down{first}"})).digest != DIGEST
    p1, p2 = (next(line for line in POLICY.splitlines() if line.startswith(f"  {name}: ")) for name in ("P1", "P2"))
    assert compiled(small(**{P: POLICY.replace(f"{p1}\n{p2}", f"{p2}\n{p1}")})).digest != DIGEST


@pytest.mark.parametrize("days", [{}, {date(2026, 12, 25): "Christmas"}, {date(2026, 12, 28): "Christmas Day"}])
def test_other_holidays_are_another_policy(days: dict[date, str]) -> None:
    """The resolved dates of holidays, and their names, are part of the digest."""

    def others(country: str, subdivision: str | None, category: str) -> Holidays:
        return replace(bank_holidays(country, subdivision, category), dates=days)

    files = small()
    assert compile_policy(files, others, "test").digest != DIGEST
    assert compile_policy(files, bank_holidays, "another tzdata").digest == DIGEST


def test_where_a_policy_lies_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest depends neither on the folder nor on where it is read from."""
    for place in ("a", "b/c"):
        for name, data in small().items():
            (tmp_path / place / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place / name).write_bytes(data)
    first = load_policy(tmp_path / "a").digest
    monkeypatch.chdir(tmp_path / "b/c")
    assert {load_policy(".").digest, load_policy("policy.yaml").digest, load_policy(tmp_path / "b/c").digest} == {first}
