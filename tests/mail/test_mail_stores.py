"""Mail on every kind of store, and by several listeners at once."""

from __future__ import annotations

from contextlib import suppress
from threading import Barrier, Thread

import pytest

from support_policy.adapters.sql.store import open_store
from support_policy.service.watch.mail_in import MailTaken
from support_policy.service.watch.ports import StoreConflict
from tests.mail.corpus import CASES, mail
from tests.mail.post import Post, post
from tests.watch.house import House


def test_every_kind_of_store_keeps_what_came(store_url: str) -> None:
    """Whatever is in a mail can be stored, as bytes and as text."""
    with post(url=store_url) as door:
        for case in CASES:
            if len(case.raw) < 100_000:
                taken = door.take(case.raw)
                assert taken.status == {"ticket": "taken"}.get(case.becomes, case.becomes), case.name
                assert door.rows(id=taken.id)[0].raw == case.raw


def test_one_mail_by_several_ways_at_once_is_taken_once(shared_url: str) -> None:
    """Four listeners get the same mails at the same time: each mail becomes one ticket."""
    with post(url=shared_url) as door:
        stores = [open_store(shared_url) for _ in range(4)]
        together = Barrier(4)
        failed: list[BaseException] = []

        def come(by: Post) -> None:
            try:
                for number in range(10):
                    together.wait(60)
                    _taken(by, mail(f"n{number}", Subject=f"Number {number}"))
            except BaseException as problem:  # noqa: BLE001 - told by the test
                together.abort()
                failed.append(problem)

        threads = [Thread(target=come, args=(Post(House(store)),)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for store in stores:
            store.close()
        assert not failed
        taken = door.rows(status="taken")
        assert sorted(row.subject for row in taken) == [f"Number {number}" for number in range(10)]
        with door.house.store.look() as work:
            assert {head.ticket for head in work.tickets.page({}, "", 100)} == {row.ticket for row in taken}


def _taken(by: Post, raw: bytes) -> MailTaken:
    """As a sender does, who is told to come again."""
    for _ in range(20):
        with suppress(StoreConflict):
            return by.take(raw)
    pytest.fail("it was never taken")
