"""What every store must do with tickets; a class for each kind of store inherits it."""

from __future__ import annotations

import pytest

from support_policy.service.watch.ports import Store, StoreConflict, Work
from support_policy.service.watch.rows import Pending, Stuck
from tests.sql.made import AT, SECOND, event, head, letter, made

ODD = "a\x00b\ud800c\u2400d\u20ac"
"""A NUL, half a character, the mark that stands for both, and a plain character."""


def fail(work: Work, done: list[str]) -> None:
    """Do something and then raise."""
    work.tickets.save([made("T-9")])
    work.afterwards(lambda: done.append("undone"))
    raise ZeroDivisionError


class TicketsContract:
    """The log, the heads and the agenda."""

    def test_a_decision_is_kept_whole(self, store: Store) -> None:
        """What was saved is read back as it was: log, head, reasons, agenda, firings and letters."""
        one = made("T-1", records=3, firings=("automatic/1/1",), letters=(letter(),))
        with store.begin() as work:
            work.tickets.save([one])
        with store.look() as work:
            assert work.tickets.logs(["T-1", "T-2"]) == {"T-1": one.records, "T-2": ()}
            assert work.tickets.heads(["T-1", "T-2"], lock=False) == {"T-1": one.head}
            assert work.tickets.decisions("T-1") == [one.decision]
            assert work.tickets.every("", 10) == [(one.head, one.pending, one.firings)]
            assert [kept.key for kept in work.letters.page({}, 0, 10)] == ["k1"]

    def test_a_batch_is_saved_in_order(self, store: Store) -> None:
        """Many decisions, several of them of one ticket, leave its last head and what it waits for last."""
        with store.begin() as work:
            work.tickets.save([made("T-1", 0, 2), made("T-2"), made("T-1", 2, 1, due=None), made("T-3", due=AT + 1)])
        with store.begin() as work:
            work.tickets.save([made("T-1", 3, 1, due=AT + 5, state="open"), made("T-2", 1, due=None)])
        with store.look() as work:
            assert [(one.ticket, one.length, one.state) for one in work.tickets.page({}, "", 10)] == [
                ("T-1", 4, "open"),
                ("T-2", 2, "new"),
                ("T-3", 1, "new"),
            ]
            assert [(one.ticket, one.due) for one in work.tickets.pending(AT + 9, 10)] == [
                ("T-3", AT + 1),
                ("T-1", AT + 5),
            ]
            assert [event.id for event in work.tickets.logs(["T-1"])["T-1"]] == ["e1", "e2", "e3", "e4"]
            assert [row.id for row in work.tickets.decisions("T-1")] == ["T-1.1", "T-1.3", "T-1.4"]

    @pytest.mark.parametrize("before", [0, 1, 3])
    def test_a_log_of_another_length_is_a_conflict(self, store: Store, before: int) -> None:
        """A decision from a log that has gone on meanwhile, or never was so long, is refused and changes nothing."""
        with store.begin() as work:
            work.tickets.save([made("T-1", records=2)])
        with pytest.raises(StoreConflict), store.begin() as work:
            work.tickets.save([made("T-2"), made("T-1", before)])
        with store.look() as work:
            assert [one.ticket for one in work.tickets.page({}, "", 10)] == ["T-1"]
            assert len(work.tickets.logs(["T-1"])["T-1"]) == 2

    def test_nothing_fires_twice(self, store: Store) -> None:
        """A level that fired in a cycle cannot be stored again, in one transaction or in two."""
        with store.begin() as work:
            work.tickets.save([made("T-1", firings=("automatic/1/1",)), made("T-2", firings=("automatic/1/1",))])
        with pytest.raises(StoreConflict), store.begin() as work:
            work.tickets.save([made("T-1", 1, firings=("automatic/1/1",))])
        with pytest.raises(StoreConflict), store.begin() as work:
            work.tickets.save([made("T-3", firings=("a/1/1",)), made("T-3", 1, firings=("a/1/1",))])
        with store.begin() as work:
            work.tickets.save([made("T-1", 1, firings=("automatic/1/2", "automatic/2/1"))])

    def test_a_block_that_raises_leaves_nothing(self, store: Store) -> None:
        """What a transaction did is undone when it raises, and what was to be done afterwards is not."""
        done: list[str] = []
        with pytest.raises(ZeroDivisionError), store.begin() as work:
            fail(work, done)
        with store.begin() as work:
            work.afterwards(lambda: done.append("second"))
            work.afterwards(lambda: done.append("third"))
            assert not work.tickets.heads(["T-9"], lock=True)
        assert done == ["second", "third"]

    def test_an_attempt_is_undone_alone(self, store: Store) -> None:
        """A part that fails, even by a conflict, is undone with what it asked for; the rest of the work is kept."""
        done: list[str] = []
        with store.begin() as work:
            work.tickets.save([made("T-1")])
            with pytest.raises(ZeroDivisionError), work.attempt():
                fail(work, done)
            with pytest.raises(StoreConflict), work.attempt():
                work.tickets.save([made("T-2"), made("T-1")])
            with work.attempt():
                work.afterwards(lambda: done.append("kept"))
                work.tickets.save([made("T-3")])
        assert done == ["kept"]
        with store.look() as work:
            assert [one.ticket for one in work.tickets.page({}, "", 10)] == ["T-1", "T-3"]

    def test_numbers_are_given_out_once(self, store: Store) -> None:
        """Every number is higher than those before it."""
        numbers = []
        for _ in range(3):
            with store.begin() as work:
                numbers += [work.tickets.next_number(), work.tickets.next_number()]
        assert numbers == sorted(set(numbers))
        assert numbers[0] >= 1

    def test_what_is_due_comes_longest_due_first(self, store: Store) -> None:
        """Tickets due until an instant are given in the order of their instants, so many as are wanted."""
        with store.begin() as work:
            work.tickets.save([made(f"T-{n}", due=AT + n * SECOND) for n in (3, 1, 2, 4)])
            work.tickets.save([made("T-9", due=None)])
        with store.begin() as work:
            assert list(work.tickets.due(AT + 3 * SECOND, 10)) == ["T-1", "T-2", "T-3"]
            assert list(work.tickets.due(AT + 3 * SECOND, 2)) == ["T-1", "T-2"]
            assert list(work.tickets.due(AT, 10)) == []
        with store.look() as work:
            assert work.tickets.overdue(AT * 2)[1] == AT + SECOND
            assert work.tickets.overdue(AT + 3 * SECOND) == (2, AT + SECOND)
            assert work.tickets.overdue(AT + SECOND) == (0, None)

    def test_what_a_ticket_waits_for_is_put_in_place(self, store: Store) -> None:
        """A ticket can wait for something else, or for nothing, without having changed."""
        with store.begin() as work:
            work.tickets.save([made("T-1")])
            work.tickets.wait("T-1", Pending("T-1", AT + 7, "target", "resolution"))
        with store.begin() as work:
            assert work.tickets.pending(AT + 7, 9) == [Pending("T-1", AT + 7, "target", "resolution", 0)]
            work.tickets.wait("T-1", None)
            assert work.tickets.overdue(AT * 2) == (0, None)

    def test_a_ticket_put_aside_is_tried_again_later(self, store: Store) -> None:
        """It is not due until then, though everyone sees it; a decision about it brings it back."""
        with store.begin() as work:
            work.tickets.save([made("T-1"), made("T-2", due=AT + 1)])
            work.tickets.put_aside(Stuck("T-1", AT, f"ValueError: {ODD}", 1, AT + 60 * SECOND))
        with store.begin() as work:
            assert list(work.tickets.due(AT + 1, 10)) == ["T-2"]
            assert work.tickets.stuck() == [Stuck("T-1", AT, f"ValueError: {ODD}", 1, AT + 60 * SECOND)]
            assert work.tickets.stuck_since() == (1, AT)
            assert (len(work.tickets.stuck("T-1")), work.tickets.stuck("T-2")) == (1, [])
            assert list(work.tickets.due(AT + 60 * SECOND, 10)) == ["T-2", "T-1"]
            work.tickets.save([made("T-1", 1)])
            assert work.tickets.stuck() == []
            assert work.tickets.stuck_since() == (0, None)
            assert list(work.tickets.due(AT + 1, 10)) == ["T-1", "T-2"]

    def test_lists_are_paged_by_name(self, store: Store) -> None:
        """Heads come in the order of their names' characters, after a name, chosen by their columns."""
        names = ["T-1", "T-10", "T-2", "a", "B", "\u00e4", "\U0001f600"]
        with store.begin() as work:
            work.tickets.save([made(name, priority="P1" if name == "B" else "P3") for name in names])
            work.tickets.save([made("closed", open=False, organization="globex")])
        ordered = sorted([*names, "closed"])
        with store.look() as work:
            page = work.tickets.page
            seen: list[str] = []
            while some := page({}, seen[-1] if seen else "", 3):
                seen += [one.ticket for one in some]
            assert seen == ordered
            assert [one.ticket for one in page({"open": True}, "", 9)] == [n for n in ordered if n != "closed"]
            assert [one.ticket for one in page({"open": False}, "", 9)] == ["closed"]
            assert [one.ticket for one in page({"open": True, "priority": "P1"}, "", 9)] == ["B"]
            assert [one.ticket for one in page({"priority": ["P1", "P2"]}, "", 9)] == ["B"]
            assert [one.ticket for one in page({}, "", 9, ["globex", "x"])] == ["closed"]
            with pytest.raises(KeyError):
                page({"colour": "red"}, "", 9)

    def test_a_projection_is_put_in_place(self, store: Store) -> None:
        """A head, what it waits for and its firings can be made anew; the log stays, and so does what fired."""
        with store.begin() as work:
            work.tickets.save([made("T-1", records=2, firings=("a/1/1", "a/2/1"))])
            work.tickets.replace(head("T-1", 2, state="open", due_at=AT), None, ["a/1/1"])
            work.tickets.replace(head("T-2", 0), Pending("T-2", AT, "level", "a", 2), [])
        with store.look() as work:
            assert work.tickets.every("", 10) == [
                (head("T-1", 2, state="open", due_at=AT), None, ("a/1/1",)),
                (head("T-2", 0), Pending("T-2", AT, "level", "a", 2), ()),
            ]
            assert work.tickets.every("T-1", 10)[0][0].ticket == "T-2"
            assert len(work.tickets.logs(["T-1"])["T-1"]) == 2

    def test_a_version_looks_at_each_open_ticket_once(self, store: Store) -> None:
        """Open tickets begun before an instant are given until the version has looked at them."""
        with store.begin() as work:
            work.tickets.save([made("T-1"), made("T-2"), made("T-3", begun=AT + 1), made("T-4", open=False)])
            assert sorted(work.tickets.behind(2, AT + 1, 10, lock=True)) == ["T-1", "T-2"]
            assert len(work.tickets.behind(2, AT + 1, 1, lock=True)) == 1
            work.tickets.looked_at(["T-1"], 2)
            assert list(work.tickets.behind(2, AT + 1, 10, lock=True)) == ["T-2"]
            assert sorted(work.tickets.behind(3, AT + 2, 10, lock=True)) == ["T-1", "T-2", "T-3"]

    def test_any_text_is_kept(self, store: Store) -> None:
        """NULs, halves of characters and names as long as a page are given back as they came, in every place."""
        told = event(1, data={"text": ODD, ODD: [ODD]}, actor=ODD)
        one = made(ODD, events=(told,), subject=ODD, organization=ODD, requester=ODD, firings=(ODD,))
        long = "x\u20ac" * 4000
        with store.begin() as work:
            work.tickets.save([one, made(long, subject=long, organization=long)])
        with store.begin() as work:
            assert work.tickets.heads([ODD], lock=True) == {ODD: one.head}
            assert work.tickets.logs([ODD]) == {ODD: (told,)}
            assert work.tickets.page({"organization": ODD}, "", 1) == [one.head]
            assert work.tickets.heads([long], lock=True)[long].subject == long
            assert len(work.tickets.logs([long])[long]) == 1
            assert len(work.tickets.page({"organization": long}, "", 9)) == 1

    def test_more_than_one_statement_can_name(self, store: Store) -> None:
        """A thousand tickets are locked, read and looked at as one is."""
        names = [f"T-{number}" for number in range(1200)]
        with store.begin() as work:
            work.tickets.save([made(name) for name in names])
        with store.begin() as work:
            assert len(work.tickets.heads(names, lock=True)) == len(names)
            assert all(work.tickets.logs(names).values())
            work.tickets.looked_at(names, 1)
            assert work.tickets.behind(1, AT + 1, 9, lock=True) == []
            assert len(work.tickets.every("", 2000)) == len(names)
