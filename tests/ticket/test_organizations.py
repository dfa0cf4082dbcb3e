"""Who the customer is: known or not, and served by which office."""

from __future__ import annotations

from tests.ticket.histories import P1, P2, P3, ticket


def test_an_unknown_organization_is_triaged() -> None:
    """An unknown organization is triaged by a person, on the default office's clock, without a refusal."""
    seen = ticket("umbrella", "03-02 10:00", P1).seen("+3h")
    assert seen.refused == []
    (triage,) = seen.commands("triage")
    assert triage["notify"] == [{"role": "support_engineer", "to": "triage@vmoso.example"}]
    assert seen.target()["calendar"] == "los_angeles"
    assert [row[1:3] for row in seen.fired] == [(1, "03-02 12:00"), (2, "03-02 13:00")]
    assert seen.level("automatic", 1)["notify"] == [{"role": "support_manager", "to": "support-manager@vmoso.example"}]
    assert "assumptions.unknown_organization" in seen.reasons


def test_no_organization_at_all_is_triaged() -> None:
    """A ticket that names no organization is triaged like an unknown one."""
    assert len(ticket(None, "03-02 10:00", P3).seen("+1h").commands("triage")) == 1


def test_a_known_organization_is_not_triaged() -> None:
    """An organization of the directory is not triaged."""
    assert ticket("acme", "03-02 10:00", P3).seen("+1h").commands("triage") == []


def test_the_directors_are_those_of_the_organization() -> None:
    """Relevant directors are those that the directory lists for the organization."""
    for organization, mine in (("acme", "americas"), ("globex", "europe"), ("initech", "asia")):
        row = ticket(organization, "03-02 10:00", P1).seen("+3h").level("automatic", 2)
        assert [told["to"] for told in row["notify"]] == [
            "director.services@vmoso.example",
            f"director.{mine}@vmoso.example",
        ]


def test_triage_may_find_the_organization() -> None:
    """When triage finds who it is, their office's clock counts from submission, and their people are told."""
    made = ticket("umbrella", "03-02 09:00", P2).then("+1h", "updated", "engineer", organization="globex")
    seen = made.seen("+2h")
    row = seen.target()
    # Submitted at 17:00 in London, after hours: 4bh from the next opening, 09:00 to 13:00 there.
    assert (row["calendar"], row["due_at"], row["started_at"]) == ("london", "03-03 05:00", "03-02 09:00")
    assert (row["worked_seconds"], row["status"]) == (0, "running")
    assert seen.target("resolution")["calendar"] == "london"


def test_a_change_of_office_re_aims_levels() -> None:
    """A change of office recomputes running clocks from submission: what is then past happens at the change."""
    # 23:00 on Monday in Los Angeles is 15:00 on Tuesday in Shanghai.
    made = ticket("umbrella", "03-02 23:00", P1).then("03-03 08:00", "updated", organization="initech")
    seen = made.seen("03-03 08:00")
    # 15:00 + 2bh is 17:00 there, 01:00 here.
    (breach,) = seen.records("target_breached")
    assert (seen.short(breach["at"]), seen.short(breach["due_at"]), breach["cause"]) == (
        "03-03 08:00",
        "03-03 01:00",
        "changed",
    )
    # Level 2 falls due an hour after the next opening, 10:00 there, which is 18:00 here.
    assert seen.fired == [("automatic", 1, "03-03 08:00", "changed")]
    assert seen.level("automatic", 2)["due_at"] == "03-03 18:00"


def test_a_change_of_organization_keeps_the_office() -> None:
    """Another organization of the same office re-aims nothing."""
    made = ticket("umbrella", "03-02 10:00", P1).then("+1h", "updated", organization="acme").seen("+2h")
    assert (made.target()["due_at"], len(made.records("target_set"))) == ("03-02 12:00", 2)
    assert made.level("automatic", 1)["notify"][0]["to"] == "support-manager.acme@vmoso.example"


def test_a_change_of_office_keeps_verdicts() -> None:
    """A target that was met keeps its verdict when another office takes over."""
    made = ticket("acme", "03-02 10:00", P1).then("+1h", "responded").then("+90m", "updated", organization="globex")
    assert made.seen("+2h").response == "met"


def test_unknown_again_is_triaged_again() -> None:
    """A ticket that turns out to come from somebody unknown is triaged anew, under another key."""
    made = ticket("umbrella", "03-02 10:00", P3).then("+1h", "updated", organization="acme")
    keys = [c["key"] for c in made.then("+2h", "updated", organization="hooli").seen("+3h").commands("triage")]
    assert len(set(keys)) == 2
