"""Who an address is: of which customer, or who of the house."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.mailing import MAIL, taking
from tests.policy.small import compiled
from tests.policy.wide import WIDE

P, D = "policy.yaml", "rules/directory.yaml"
POLICY = taking()
DAY = "2026-03-02T12:00"

CUSTOMERS = [
    ("someone@acme.example", "acme"),
    ("Some.One@ACME.Example", "acme"),
    ("x@mail.eu.acme.example", "acme"),
    ("x@acme.test.", "acme"),
    ("ann@private.example", "acme"),
    ("ANN@Private.Example", "acme"),
    ("x@shop.acme.example", "globex"),  # a longer domain beats a shorter
    ("x@eu.shop.acme.example", "globex"),
    ("bob@acme.example", "globex"),  # an address beats a domain
    ("x@private.example", None),
    ("x@notacme.example", None),
    ("x@example", None),
    ("acme.example", None),
    ("@acme.example", None),
    ("x@", None),
    ("", None),
    ("x@" + "a." * 400_000 + "acme.example", None),  # longer than any address
]


@pytest.mark.parametrize(("address", "organization"), CUSTOMERS)
def test_a_sender_finds_its_organization(address: str, organization: str | None) -> None:
    """An address of its own beats a domain, a longer domain a shorter one, whatever stands below a domain is of it."""
    assert POLICY.organization_of(address) == organization


def test_a_domain_in_letters_of_any_script_is_the_one_that_mail_servers_write() -> None:
    """A domain that is written as people read it is found in the form that DNS has."""
    policy = taking((D, "domains: [shop.acme.example]", "domains: [bücher.example]"))
    assert policy.organization_of("x@xn--bcher-kva.example") == "globex"
    assert policy.organization_of("x@BÜCHER.example") == "globex"


PEOPLE = [
    # address, instant of UTC, who it is
    ("early@x.example", DAY, "engineer"),  # of a rota, on duty or not
    ("Night@X.example", DAY, "engineer"),
    ("a@x.example", DAY, "engineer"),  # of a calendar file
    ("helper@lent.example", DAY, "engineer"),
    ("other@lent.example", DAY, ""),
    ("somebody@eu.desk.example", DAY, "engineer"),
    ("boss@desk.example", DAY, "director"),  # an address beats a domain
    ("m@acme.example", DAY, "manager"),
    ("m@example.org", DAY, "manager"),  # of unknown organizations
    ("first@x.example", DAY, "director"),  # directors are a role and a rota
    ("d1@acme.example", DAY, "director"),
    ("d1@acme.example", "2026-05-01T12:00", ""),  # until the end of March
    ("d3@acme.example", DAY, ""),  # from April on
    ("d3@acme.example", "2026-05-01T12:00", "director"),
    ("b@acme.example", DAY, ""),
    ("b@acme.example", "2026-07-05T12:00", "manager"),  # stands in for the manager
    ("c@acme.example", "2026-07-05T12:00", ""),
    ("c@acme.example", "2026-07-12T12:00", "manager"),  # and for who stands in
    ("d1@acme.example", "2026-07-12T12:00", "manager"),
    ("someone@acme.example", DAY, ""),
    ("desk.example", DAY, ""),
    ("manager", DAY, ""),
    ("", DAY, ""),
]


@pytest.mark.parametrize(("address", "at", "actor"), PEOPLE)
def test_an_address_of_the_house_acts_as_its_role(address: str, at: str, actor: str) -> None:
    """Roles of the directory then, stand-ins and rotas among them, beat domains; the highest of several counts."""
    assert POLICY.actor_of(address, datetime.fromisoformat(f"{at}+00:00")) == actor


def test_teams_are_of_the_house() -> None:
    """Whoever fills a role of a team acts as that role."""
    policy = taking((D, "organizations:\n", "teams: {second: {roles: {manager: lead@x.example}}}\norganizations:\n"))
    assert policy.actor_of("lead@x.example", datetime.fromisoformat(f"{DAY}Z")) == "manager"


def test_without_the_block_nobody_is_of_the_house() -> None:
    """A policy that does not say who speaks for the house knows customers alone."""
    for policy in (compiled({name: text.encode() for name, text in WIDE.items()}), taking((P, MAIL, ""))):
        assert policy.actor_of("m@acme.example", datetime.fromisoformat(f"{DAY}Z")) == ""


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_somebody_or_nobody(name: str, host: str) -> None:
    """Whatever stands where an address should, the answer is an organization and an actor, or none."""
    address = f"{name}@{host}"
    assert POLICY.organization_of(address) in (*POLICY.text.organizations, None)
    assert POLICY.actor_of(address, datetime.fromisoformat(f"{DAY}Z")) in ("", "engineer", "manager", "director")
