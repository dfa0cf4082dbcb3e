"""Versions of the policy in the store: compiled as they were adopted, taken in, put in force, refused."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support_policy.adapters.files import read_files
from support_policy.model.event import instant, micros
from support_policy.policy.calendars import HolidaySource
from support_policy.policy.compiled import Policy
from support_policy.service.watch.adopting import GRACE, Adopting
from support_policy.service.watch.desk import Desk, Fact
from support_policy.service.watch.version_text import unpack
from support_policy.service.watch.versions import ShelfError, StoredShelf
from support_policy.source.diagnostics import PolicyError
from tests.policy.small import spoilt
from tests.watch.adopted import BOXING_DAY, CHRISTMAS, NEW, NOW, OLD, Serve, Service, compiled, submitted, version


def audited(house: Service) -> list[str]:
    """What the audit trail says happened."""
    return [row.what for row in house.audits()]


def test_the_first_version_has_always_been_in_force(serve: Serve) -> None:
    """An empty store adopts the policy as number 1; without an `effective_from` it governs whatever began before."""
    house = serve()
    made = house.adopting.adopt(version("1"), "manager")
    assert (made.outcome, made.number, made.begins, made.notes) == ("adopted", 1, None, ())
    assert house.adopting.shelf.policy.text.effective_from is None
    assert house.process().shelf.policy.digest == made.digest


def test_the_first_version_begins_when_it_says(serve: Serve) -> None:
    """The first version's own `effective_from` stands, also where it is past."""
    house = serve(version("1", more="effective_from: 2026-01-01T00:00:00Z\n"))
    begins = house.process().shelf.policy.text.effective_from
    assert begins == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("own", "begins", "said"),
    [
        ("", NOW + GRACE, "no `effective_from`"),
        ("effective_from: 2026-02-01T00:00:00Z\n", NOW + GRACE, "is past"),
        ("effective_from: 2026-03-02T10:00:00Z\n", NOW + GRACE, "is past"),
        ("effective_from: 2026-04-01T00:00:00Z\n", datetime(2026, 4, 1, tzinfo=UTC), "from its `effective_from`"),
    ],
)
def test_a_later_version_begins_at_its_adoption_or_later(own: str, begins: datetime, said: str, serve: Serve) -> None:
    """A later version begins when it says, but no earlier than just after its adoption; its digest stays its own."""
    house = serve(version("1"))
    made = house.adopting.adopt(version("2", more=own), "manager")
    assert (made.outcome, made.number, made.begins) == ("adopted", 2, begins)
    assert said in made.notes[0]
    for shelf in (house.adopting.shelf, house.process().shelf):
        assert shelf.policy.text.effective_from == begins
        assert shelf.policy.digest == compiled(version("2", more=own), OLD).digest == made.digest
        assert [policy.version for policy in shelf.policy.line.versions] == ["1", "2"]


def test_an_adoption_is_audited(serve: Serve) -> None:
    """The audit trail says who adopted which version in the place of which, and from when."""
    house = serve(version("1"))
    old = house.adopting.shelf.policy.digest
    made = house.adopting.adopt(version("2"), "token:7")
    row = house.audits()[-1]
    assert (row.what, row.actor, row.subject, row.at) == ("policy.adopted", "token:7", "2", micros(NOW))
    assert (row.detail["old"], row.detail["new"]) == (old, made.digest)
    assert row.detail["in_force_from"] == (NOW + GRACE).isoformat()


def test_the_same_policy_again_changes_nothing(serve: Serve) -> None:
    """A policy that is the newest version already is not adopted again."""
    house = serve(version("1"))
    made = house.adopting.adopt(version("1"), "manager")
    assert (made.outcome, made.number) == ("unchanged", 1)
    assert audited(house) == ["policy.adopted"]


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        (spoilt("policy.yaml", "default_office: london", "default_office: londno"), "P", "londno"),
        (version("1"), "P357", "version 1"),
        (version("3", more="effective_from: 2026-03-30T00:00:00Z\n"), "P352", "later `effective_from`"),
        (
            version("3", ("waiting_pauses: no", "waiting_pauses: yes"), more="open_tickets: retarget\n"),
            "P352",
            "later `effective_from`",
        ),
    ],
)
def test_a_policy_that_cannot_follow_is_refused(files: dict[str, bytes], code: str, said: str, serve: Serve) -> None:
    """A policy that is bad, was in force before, or cannot follow is refused and audited; the old one keeps running."""
    house = serve(version("1"))
    house.adopting.adopt(version("2", more="effective_from: 2026-04-01T00:00:00Z\n"), "manager")
    before = house.adopting.shelf.policy
    made = house.adopting.adopt(files, "manager")
    assert (made.outcome, made.number) == ("refused", 2)
    assert made.diagnostics[0].code.startswith(code)
    assert said in made.diagnostics[0].message
    assert made.diagnostics[0].help
    assert house.adopting.shelf.policy is before
    assert audited(house)[-1] == "policy.refused"
    assert house.process().shelf.number == 2


def test_a_version_that_takes_over_must_know_what_tickets_hang_on(serve: Serve) -> None:
    """A version that re-aims open tickets and lacks a priority of theirs is refused."""
    house = serve(version("1", ("  P2: {", "  P3: {name: Low, first_response: 16bh}\n  P2: {")))
    made = house.adopting.adopt(version("2", more="open_tickets: retarget\n"), "manager")
    assert made.outcome == "refused"
    assert [d.code for d in made.diagnostics] == ["P352"]
    assert "priority `P3`" in made.diagnostics[0].message


def test_what_comes_back_under_a_new_label_is_adopted(serve: Serve) -> None:
    """The text of an earlier version is adopted again once its label is a new one."""
    house = serve(version("1"))
    house.adopting.adopt(version("2"), "manager")
    house.clock.tick(seconds=60)
    assert house.adopting.adopt(version("1 again"), "manager").number == 3


def test_what_cannot_be_read_is_refused(tmp_path: Path, serve: Serve) -> None:
    """A reload whose files cannot be read is refused and audited, with their place; the old version keeps running."""
    house = serve(version("1"))
    made = house.adopting.reload(lambda: read_files(tmp_path), "signal")
    assert (made.outcome, made.number, made.diagnostics[0].code) == ("refused", 1, "P340")
    assert made.diagnostics[0].span.file == (tmp_path / "policy.yaml").as_posix()
    assert audited(house) == ["policy.adopted", "policy.refused"]


def test_a_folder_is_read_and_adopted(tmp_path: Path, serve: Serve) -> None:
    """A reload adopts what the folder holds, or refuses it with the place in its file."""
    house = serve(version("1"))

    def hold(files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)

    hold(version("2"))
    assert house.adopting.reload(lambda: read_files(tmp_path), "signal").number == 2
    hold(spoilt("policy.yaml", "default_office: london", "default_office: londno"))
    made = house.adopting.reload(lambda: read_files(tmp_path), "signal")
    assert made.outcome == "refused"
    assert made.diagnostics[0].span.file == "policy.yaml"
    assert house.adopting.shelf.policy.version == "2"


def test_a_version_keeps_the_holidays_it_was_adopted_with(serve: Serve) -> None:
    """Another release of the library of holidays changes nothing of a version that was adopted before it."""
    house = serve(version("1"), holidays=OLD)
    digest = house.adopting.shelf.policy.digest
    later = house.process(NEW).shelf
    assert compiled(version("1"), NEW).digest != digest
    assert (later.policy.digest, later.differences) == (digest, ())
    assert later.policy.versions["holidays"] == "1"
    assert CHRISTMAS in later.policy.offices["london"].holidays
    assert BOXING_DAY not in later.policy.offices["london"].holidays


def test_other_holidays_are_another_version(serve: Serve) -> None:
    """The same files with the dates of a newer library are a version of their own, and that is said."""
    house = serve(version("1"), holidays=OLD)
    made = house.process(NEW).adopt(version("1"), "start", again=False)
    assert (made.outcome, made.number) == ("adopted", 2)
    assert any("holidays" in note for note in made.notes)


def test_two_machines_with_other_libraries_do_not_take_turns(serve: Serve) -> None:
    """A process that starts with an older library of holidays leaves the newest version in force, and says so."""
    house = serve(version("1"), holidays=OLD)
    house.process(NEW).adopt(version("1"), "start", again=False)
    made = house.process(OLD).adopt(version("1"), "start", again=False)
    assert (made.outcome, made.number) == ("unchanged", 2)
    assert "library of holidays" in made.notes[0]


def test_a_digest_that_is_no_longer_found_is_said(serve: Serve) -> None:
    """A version that this program reads otherwise keeps the digest that logs name; which part differs is said."""
    house = serve(version("1"))

    def otherwise(files: Mapping[str, bytes], holidays: HolidaySource) -> Policy:
        return compiled(
            {**files, "policy.yaml": files["policy.yaml"].replace(b"P1: {name: Urgent", b"P1: {name: Hot")}, holidays
        )

    with house.store.look() as work:
        shelf = StoredShelf.load(work, otherwise)
    assert shelf.policy.digest == house.adopting.shelf.policy.digest
    assert len(shelf.differences) == 1
    assert "its words" in shelf.differences[0]
    again = Adopting(shelf, house.store, house.clock, OLD).adopt(version("1"), "start")
    assert again.outcome == "unchanged"


@pytest.mark.parametrize(
    "broken",
    [b"{", b"", gzip.compress(b"{}", mtime=0), gzip.compress(b"[1]", mtime=0), gzip.compress(b"{", mtime=0)[:-3]],
)
def test_what_is_kept_and_broken_is_said(broken: bytes, serve: Serve) -> None:
    """A version whose kept holidays cannot be read, or are not there, cannot be used: an error names it."""
    house = serve(version("1"))
    house.tamper("UPDATE versions SET holidays = :kept", kept=broken)
    with pytest.raises(ShelfError, match="version 1 of the policy"):
        house.process()


def kept_holidays(house: Service) -> bytes:
    """What is kept of the holidays of the first version."""
    return house.adopting.shelf.versions[0].row.holidays


def test_what_is_kept_is_small_and_stable(serve: Serve) -> None:
    """The same version is kept as the same bytes, and gives back its holidays."""
    one, two = serve(version("1")), serve(version("1"))
    data = kept_holidays(one)
    assert data == kept_holidays(two)
    assert list(unpack(data).heard) == [("GB", "ENG", "public")]


def test_another_process_takes_in_what_was_adopted(serve: Serve) -> None:
    """A process that holds the old version takes in the new one when it asks, once."""
    house = serve(version("1"))
    other = house.process().shelf
    house.adopting.adopt(version("2"), "manager")
    with house.store.look() as work:
        assert (other.number, other.policy.version) == (1, "1")
        assert other.refresh(work)
        assert (other.number, other.policy.version) == (2, "2")
        assert not other.refresh(work)


def test_two_who_adopt_both_succeed_in_turn(serve: Serve) -> None:
    """Who adopts while another has, and has not heard of it, comes after that one."""
    house = serve(version("1"))
    house.process().adopt(version("2"), "other")
    house.clock.tick(seconds=2)
    made = house.adopting.adopt(version("3"), "manager")
    assert (made.outcome, made.number) == ("adopted", 3)
    assert [policy.version for policy in house.adopting.shelf.policy.line.versions] == ["1", "2", "3"]


def test_a_stale_process_decides_nothing_that_the_new_version_governs(serve: Serve) -> None:
    """A ticket taken in by a process that has not heard of an adoption is one that the old version governs."""
    house = serve(version("1"))
    other = house.process()
    desk = Desk(other.shelf)
    stale = house.clock.now()
    with house.store.begin() as work:
        # It began before the adoption, and sees the store as it was.
        made = desk.take(work, [Fact("", submitted(stale))], stale)
    house.adopting.adopt(version("2", more="open_tickets: retarget\n"), "manager")
    policy = house.adopting.shelf.policy
    assert made[0].made is not None
    assert policy.governing("", made[0].made.head.begun).version == "1"
    after = house.clock.tick(seconds=2)
    with house.store.begin() as work:
        late = desk.take(work, [Fact("", submitted(after))], after)
    assert other.shelf.number == 2
    assert late[0].made is not None
    assert late[0].made.decision.digest == policy.digest
    assert policy.text.effective_from is not None
    assert instant(late[0].made.head.begun) > policy.text.effective_from


def test_an_empty_shelf_says_so(serve: Serve) -> None:
    """A shelf without a version has no policy to decide with, and says that."""
    house = serve()
    assert house.adopting.shelf.number == 0
    with pytest.raises(ShelfError, match="no policy"):
        _ = house.adopting.shelf.policy


def test_a_bad_first_policy_is_refused(serve: Serve) -> None:
    """A service cannot start with a bad policy: it is refused, and nothing is stored but that it was."""
    house = serve()
    made = house.adopting.adopt(spoilt("policy.yaml", "counts: resolution", "counts: resolutoin"), "start")
    assert (made.outcome, made.number) == ("refused", 0)
    assert (house.process().shelf.versions, audited(house)) == ((), ["policy.refused"])
    with pytest.raises(PolicyError):
        compiled(spoilt("policy.yaml", "counts: resolution", "counts: resolutoin"), OLD)


def test_a_second_adoption_within_the_grace_comes_after_the_first(serve: Serve) -> None:
    """Two adoptions at one instant: the second would begin with the first, and is refused; a moment later it is not."""
    house = serve(version("1"))
    house.adopting.adopt(version("2"), "manager")
    assert house.adopting.adopt(version("3"), "manager").outcome == "refused"
    house.clock.at += timedelta(milliseconds=1)
    assert house.adopting.adopt(version("3"), "manager").outcome == "adopted"
