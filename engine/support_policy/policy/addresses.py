"""Who an address is: of which customer, or in which role of the house."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cached_property

from support_policy.model.directory import Dated, StandIn
from support_policy.model.policy import PolicyText
from support_policy.policy.directory import Directory, applies, everyone
from support_policy.policy.mail_text import STAFF

MAX_ADDRESS = 320
"""Letters of the longest address there can be."""


class Addresses:
    """Answers about addresses, from the directory of one policy. Capitals say nothing."""

    def __init__(self, text: PolicyText, directory: Directory) -> None:
        self._text, self._directory = text, directory

    def organization_of(self, address: str) -> str | None:
        """The organization that `name@host` writes for; an address of its own beats a domain, a longer a shorter one.

        None where no organization claims it, and for what is no address.
        """
        return _found(address_key(address), self._claims)

    @cached_property
    def _claims(self) -> Mapping[str, str]:
        return {
            address_key(word): str(name)
            for name, organization in self._text.organizations.items()
            for word in (*organization.domains, *organization.addresses)
        }

    def actor_of(self, address: str, at: datetime) -> str:
        """Who of the house writes from `address` at an instant: director, manager, engineer; empty: nobody of it.

        An address that `staff` names, or that fills one of its roles then (of an organization, a team, in a rota, or
        as a stand-in), beats a domain. Of several that it may be, the first counts.
        """
        words = self._text.mail.staff if self._text.mail else {}
        key = address_key(address)
        if "@" not in key or not words:
            return ""
        filled = self._roles(key, at)
        for actor in STAFF:
            if any(address_key(word) == key or word in filled for word in words.get(actor, ())):
                return actor
        domains = {
            address_key(word): actor for actor in reversed(STAFF) for word in words.get(actor, ()) if "." in word
        }
        return _found(key, domains) or ""

    def _roles(self, key: str, at: datetime) -> set[str]:
        """The roles that an address fills at an instant, those of whom it stands in for among them."""
        day = self._directory.date_at("", at)
        stands_for: dict[str, None] = {key: None}
        pending = [key]
        while pending:
            person = pending.pop()
            for one in self._absent.get(person, ()):
                absent = address_key(one.absent)
                if applies(one, day) and absent not in stands_for:
                    stands_for[absent] = None
                    pending.append(absent)
        entries = (entry for person in stands_for for entry in self._filling.get(person, ()))
        return {
            role
            for role, office, entry in entries
            if entry is None or applies(entry, self._directory.date_at(office, at))
        }

    @cached_property
    def _absent(self) -> Mapping[str, list[StandIn]]:
        found: dict[str, list[StandIn]] = {}
        for one in self._text.stand_ins:
            for by in one.by:
                found.setdefault(address_key(by), []).append(one)
        return found

    @cached_property
    def _filling(self) -> Mapping[str, list[tuple[str, str, Dated | None]]]:
        """Address -> (role, office whose dates count, dated entry; None: at any time)."""
        found: dict[str, list[tuple[str, str, Dated | None]]] = {}
        for role, office, entry, people in self._every():
            for person in people:
                found.setdefault(address_key(person), []).append((role, office, entry))
        return found

    def _every(self) -> Iterator[tuple[str, str, Dated | None, Iterable[str]]]:
        text = self._text
        served = [(one.roles, str(one.office)) for one in text.organizations.values()]
        served += [(one.roles, "") for one in text.teams.values()]
        if text.unknown_organization:
            served.append((text.unknown_organization.roles, str(text.unknown_organization.office)))
        for roles, office in served:
            for role, entries in roles.items():
                yield from ((str(role), office, entry, entry.to) for entry in entries)
        for role, rota in text.rotas.items():
            # Whoever takes turns is of the house on days off, too.
            yield str(role), "", None, everyone(rota, self._directory.stretches.get(role, ()))


def _found(key: str, claims: Mapping[str, str]) -> str | None:
    """What is claimed for an address: itself, else its domain, else the nearest domain above that."""
    name, at, domain = key.rpartition("@")
    if not (name and at and domain) or len(key) > MAX_ADDRESS:
        return None
    while key not in claims and domain not in claims and "." in domain:
        domain = domain.partition(".")[2]
    return claims.get(key) or claims.get(domain)


def address_key(word: str) -> str:
    """An address or a domain, as it is compared: in small letters, the domain as DNS has it."""
    name, at, domain = word.strip().lower().rpartition("@")
    domain = domain.rstrip(".")
    if not domain.isascii():
        # What is no domain of DNS is compared as it stands.
        with suppress(UnicodeError):
            domain = domain.encode("idna").decode()
    return f"{name}{at}{domain}"
