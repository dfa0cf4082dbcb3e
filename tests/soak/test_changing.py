"""What operators do while the service is under load: reload, back up, stop, start twice. Nothing is lost."""

from __future__ import annotations

import json
import signal
from functools import partial
from pathlib import Path
from time import sleep

import pytest

from support_policy.adapters.sql.store import open_store
from tests.conftest import new_url
from tests.soak.storm import Service, every_head, free_port, hasty_policy, ready, until
from tests.soak.town import settings, town


@pytest.fixture(params=("sqlite", "postgresql"))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that several processes can use."""
    return new_url(request.param, tmp_path, lambda: request.getfixturevalue("postgres"))


def _said(service: Service, what: str, times: int) -> bool:
    return service.said().count(what) >= times


def test_twenty_reloads_under_load(tmp_path: Path) -> None:
    """Good policies and bad ones in turn: the bad are refused, and each ticket is decided by one of the good."""
    with town(tmp_path, f"sqlite:///{tmp_path / 'store.db'}") as here:
        policy = tmp_path / "policy" / "policy.yaml"
        good = policy.read_text(encoding="utf-8")
        for number in range(20):
            bad = number % 2
            text = good.replace("first_response: 2bh", "first_respnse: 2bh", 1) if bad else good
            assert bad == (text != good)
            policy.write_text(text.replace("version: 2026-04", f"version: 2026-04.{number}", 1), encoding="utf-8")
            here.service.processes["serve"].send_signal(signal.SIGHUP)
            said = "policy refused" if bad else f"2026-04.{number}"
            until(partial(_said, here.service, said, number // 2 + 1 if bad else 1), 20, said)
        here.ends_well()
        store = open_store(here.url)
        try:
            with store.look() as work:
                versions = work.versions.all()
            assert [row.version for row in versions][1:] == [f"2026-04.{number}" for number in range(0, 20, 2)]
            assert {head.digest for head in every_head(store)} <= {row.digest for row in versions}
        finally:
            store.close()
        done = here.service.call("rebuild", "--decisions", "--json", "--config", "service.yaml")
        assert json.loads(done.stdout)["decisions"]["equal"], done.stdout


@pytest.mark.parametrize("other", ["sqlite", "postgresql"])
def test_a_backup_under_load(other: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """What is backed up in mid-load is whole: restored into a database of the other kind, it says the same."""
    kinds = ("postgresql", "sqlite") if other == "sqlite" else ("sqlite", "postgresql")
    one, two = (new_url(kind, tmp_path / kind, lambda: request.getfixturevalue("postgres")) for kind in kinds)
    with town(tmp_path, one) as here:
        here.busy()
        made = here.service.call("backup", "kept.gz", "--json", "--config", "service.yaml")
        assert made.returncode == 0, made.stderr
        here.busy()
        rows = json.loads(made.stdout)["rows"]
        restored = here.service.call("restore", "kept.gz", "--database", two, "--json")
        assert restored.returncode == 0, restored.stderr
        assert json.loads(restored.stdout)["verified"]["equal"]
        rebuilt = here.service.call("rebuild", "--decisions", "--json", "--database", two)
        found = json.loads(rebuilt.stdout)
        assert (found["projections"]["equal"], found["decisions"]["equal"]) == (True, True)
        store = open_store(two)
        try:
            assert len(every_head(store)) == rows["tickets"]
        finally:
            store.close()
        here.ends_well()


def test_a_stop_under_load(url: str, tmp_path: Path) -> None:
    """Told to stop in mid-load it ends with 0, and what was answered is there when it starts again."""
    with town(tmp_path, url) as here:
        for _ in range(3):
            here.busy(3)
            here.service.processes["serve"].terminate()
            assert here.service.processes["serve"].wait(40) == 0
            here.service.start("serve")
            until(here.ready, 40, "ready again")
        here.ends_well()


def test_two_started_at_once_on_an_empty_database(url: str, tmp_path: Path) -> None:
    """Both make the same database, and both live; one that is killed while it starts is no obstacle to the next."""
    policy, ports = hasty_policy(tmp_path / "policy"), (free_port(), free_port())
    for n, port in enumerate(ports):
        (tmp_path / f"s{n}.yaml").write_text(settings(url, port, free_port(), 0), encoding="utf-8")
    names = {f"serve{n}": ["serve", "--config", f"s{n}.yaml", "--policy", str(policy)] for n in range(2)}
    with Service(tmp_path, names) as service:
        for wait in (0.9, 1.1, 1.3):
            service.start("serve0")
            sleep(wait)
            service.kill("serve0")
        for name in names:
            service.start(name)
        until(lambda: all(map(ready, ports)), 60, "both are ready")
        assert set(service.stop().values()) == {0}
        assert "Traceback" not in service.said()
        assert "failed" not in service.said()
        assert json.loads(service.call("rebuild", "--json", "--config", "s0.yaml").stdout)["projections"]["equal"]
