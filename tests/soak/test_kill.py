"""Killed at any moment, the service loses nothing, fires nothing twice, and misses nothing.

A short storm runs with the other tests; `make soak` runs 200 rounds of each kind.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from time import sleep

import pytest

from tests.conftest import new_url
from tests.soak.storm import (
    Customers,
    Service,
    drained,
    free_port,
    hasty_policy,
    mailbox,
    must_hold,
    ready,
    until,
)

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "5"))
SEED = int(os.environ.get("SOAK_SEED", "7"))


@pytest.mark.parametrize(("kind", "workers"), [("sqlite", 0), ("postgresql", 4)])
def test_processes_killed_under_load(
    kind: str, workers: int, tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """No event lost, no instant fired twice or missed, and deliveries that deduplicate, whoever is killed when."""
    url = new_url(kind, tmp_path, lambda: request.getfixturevalue("postgres"))
    policy, port = hasty_policy(tmp_path / "policy"), free_port()
    settings = tmp_path / "service.yaml"
    common = ["--config", str(settings)]
    works = {f"work{n}": ["work", *common] for n in range(workers)}
    names = {"serve": ["serve", *common, "--policy", str(policy)], **works}
    with mailbox() as (box, smtp), Service(tmp_path, names) as service:
        settings.write_text(_settings(url, port, smtp), encoding="utf-8")
        service.start("serve")
        until(lambda: ready(port), 60, "the service is ready")
        for name in list(names)[1:]:
            service.start(name)
        customers = Customers(f"http://127.0.0.1:{port}", service.token("manager"), SEED)
        customers.start()
        try:
            _storm(service)
            until(lambda: ready(port), 60, "the service is ready again")
        finally:
            customers.stop()
        drained(url)
        codes = service.stop()
        assert set(codes.values()) == {0}, service.said()[-3000:]
        assert "Traceback" not in service.said()
        counts = must_hold(url, customers, box)
        rebuilt = service.call("rebuild", "--config", str(settings))
        assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    with capsys.disabled():
        sys.stdout.write(f"\n  {kind}, {workers or 1} process(es), {ROUNDS} kills: {dict(counts)}\n")


def _storm(service: Service) -> None:
    dice = random.Random(SEED)  # noqa: S311 - a storm, no secret
    for _ in range(ROUNDS):
        sleep(0.2 + 3 * dice.random())
        victim = dice.choice(list(service.arguments))
        service.kill(victim)
        service.start(victim)


def _settings(url: str, port: int, smtp: int) -> str:
    return f"""\
database: {json.dumps(url)}
http: {{listen: "127.0.0.1:{port}", calls_per_minute: 1000000}}
mail: {{listen: no}}
send: {{smtp: {{host: 127.0.0.1, port: {smtp}, tls: none}}, from: support@vmoso.example}}
limits: {{messages: 1000000}}
"""
