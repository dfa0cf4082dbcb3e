"""Tokens, what they allow, how often, and what is noted of calls that were refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from support_policy.model.event import micros
from support_policy.service.watch.access import RECHECK, TOKEN, BadToken, Tokens, new_token, revoke_token, standing
from support_policy.service.watch.buckets import Buckets
from support_policy.service.watch.refusals import Refusals
from support_policy.service.watch.rights import EVERYWHERE, SCOPES, Caller
from support_policy.service.watch.rows import TokenRow
from support_policy.service.watch.writing import write
from tests.api.client import QUICK, Ticks
from tests.watch.house import NINE, House, house


class Counting:
    """A hasher that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def fresh(self) -> tuple[str, str]:
        """See `Hasher`."""
        return QUICK.fresh()

    def hashed(self, secret: str) -> str:
        """See `Hasher`."""
        return QUICK.hashed(secret)

    def matches(self, secret: str, hashed: str) -> bool:
        """See `Hasher`."""
        self.asked += 1
        return QUICK.matches(secret, hashed)


@pytest.fixture
def home() -> Iterator[House]:
    with house() as made:
        yield made


def made(home: House, *scopes: str, **more: object) -> tuple[TokenRow, str]:
    """A new token."""
    return write(home.store, lambda work: new_token(work, QUICK, "desk", scopes, home.clock.now(), **more))  # type: ignore[arg-type]


def test_of_a_token_only_a_hash_of_its_secret_is_kept(home: House) -> None:
    """The text of a token is shown once: what is stored is an argon2id hash, and the audit trail names only its id."""
    row, text = made(home, "engineer")
    found = TOKEN.fullmatch(text)
    assert found is not None
    assert found[1] == row.id
    assert row.secret.startswith("$argon2id$")
    with home.store.look() as work:
        kept = f"{work.register.tokens()}{work.register.audit_page('', 0, 10)}"
    assert found[2] not in kept
    assert "token.created" in kept


def test_a_valid_token_says_who_calls(home: House) -> None:
    """A token gives its principal, its scopes in the order of the table, and its organizations."""
    row, text = made(home, "manager", "intake", organizations=("acme", "acme"))
    caller = Tokens(home.store, QUICK, Ticks()).caller(text, NINE)
    assert caller == Caller(f"token:{row.id}", ("intake", "manager"), ("acme",), "desk")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda _: "", "unreadable"),
        (lambda _: "Bearer", "unreadable"),
        (lambda text: text + "x", "unreadable"),
        (lambda text: text.replace("sp_", "SP_"), "unreadable"),
        (lambda text: f"sp_aaaaaaaa_{text[12:]}", "unknown"),
        (lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"), "wrong"),
        (lambda _: "sp_\ud800_" + "x" * 43, "unreadable"),
    ],
)
def test_any_other_text_is_no_token(home: House, change: object, why: str) -> None:
    """A text that differs from a token in anything is not believed, and the reason is known."""
    _, text = made(home, "engineer")
    assert Tokens(home.store, QUICK, Ticks()).caller(change(text), NINE) == why  # type: ignore[operator]


def test_a_token_expires(home: House) -> None:
    """At the instant of its expiry a token is worth nothing, also one that was believed a moment before."""
    row, text = made(home, "engineer", expires=NINE + timedelta(hours=1))
    tokens = Tokens(home.store, QUICK, Ticks())
    assert isinstance(tokens.caller(text, NINE + timedelta(minutes=59)), Caller)
    assert tokens.caller(text, NINE + timedelta(hours=1)) == "expired"
    assert standing(row, NINE) == "valid"


def test_a_revocation_is_seen_within_seconds(home: House) -> None:
    """A token that another process revokes is refused as soon as its row is read anew."""
    ticks = Ticks()
    row, text = made(home, "engineer")
    tokens = Tokens(home.store, QUICK, ticks)
    assert isinstance(tokens.caller(text, NINE), Caller)
    assert write(home.store, lambda work: revoke_token(work, row.id, NINE)) is not None
    ticks.at += RECHECK + 0.1
    assert tokens.caller(text, NINE) == "revoked"
    assert RECHECK < 10


def test_the_slow_hash_is_computed_once(home: House) -> None:
    """However often a token is used, its hash is checked once; that of a wrong one each time."""
    ticks, hasher = Ticks(), Counting()
    _, text = made(home, "engineer")
    tokens = Tokens(home.store, hasher, ticks)
    for _ in range(5):
        tokens.caller(text, NINE)
        ticks.at += RECHECK
    assert hasher.asked == 1
    tokens.caller(text[:-2] + "__", NINE)
    tokens.caller(text[:-2] + "__", NINE)
    assert hasher.asked == 3


def test_revoking_twice_changes_nothing(home: House) -> None:
    """A revoked token keeps the instant of its revocation, and an unknown one is none."""
    row, _ = made(home, "engineer")
    once = write(home.store, lambda work: revoke_token(work, row.id, NINE))
    again = write(home.store, lambda work: revoke_token(work, row.id, NINE + timedelta(hours=1)))
    assert once is not None
    assert once == again
    assert once.revoked == micros(NINE)
    assert write(home.store, lambda work: revoke_token(work, "nobody00", NINE)) is None


@pytest.mark.parametrize(
    ("scopes", "more", "said"),
    [
        ((), {}, "needs a scope"),
        (("enginer",), {}, "did you mean `engineer`"),
        (("engineer",), {"expires": NINE}, "expired already"),
        (("engineer",), {"organizations": ("",)}, "no name"),
        (("engineer",), {"organizations": ("a\x00b",)}, "no name"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(
    home: House, scopes: tuple[str, ...], more: dict[str, object], said: str
) -> None:
    """What cannot be meant is refused with a reason, and nothing is stored."""
    with pytest.raises(BadToken, match=said):
        made(home, *scopes, **more)
    with home.store.look() as work:
        assert list(work.register.tokens()) == []


@pytest.mark.parametrize(
    ("scope", "roles"),
    [
        ("intake", ("customer", "automatic")),
        ("engineer", ("engineer", "customer")),
        ("manager", ("manager", "director", "engineer", "customer")),
        ("auditor", ()),
    ],
)
def test_a_scope_says_whom_its_holder_may_speak_for(scope: str, roles: tuple[str, ...]) -> None:
    """Each scope has its roles; the first is meant where an event names none, and an auditor reports nothing."""
    caller = Caller("token:x", (scope,))
    assert caller.roles == roles
    assert caller.may("take") == bool(roles)


def test_a_token_limited_to_organizations_has_no_right_over_the_whole_house() -> None:
    """Whatever its scopes, it reads no audit trail and no policy files, and changes no policy."""
    limited = Caller("token:x", tuple(SCOPES), ("acme",))
    assert [right for right in EVERYWHERE if limited.may(right)] == []
    assert limited.may("see")


def test_a_bucket_runs_dry_and_fills_again() -> None:
    """So many at once, then one whenever the time for one has passed; each name has its own bucket."""
    ticks = Ticks()
    buckets = Buckets(60, 2, tick=ticks)
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 1.0]
    assert buckets.take("b") == 0.0
    ticks.at = 0.5
    assert buckets.take("a") == pytest.approx(0.5)
    ticks.at = 1.0
    assert buckets.take("a") == 0.0
    buckets.give_back("a")
    assert buckets.take("a") == 0.0


def test_buckets_of_many_names_take_no_more_room_than_they_may() -> None:
    """A flood of names drops those used least, and no more."""
    buckets = Buckets(60, 1, names=3, tick=Ticks())
    for name in "abcd":
        buckets.take(name)
    assert buckets.take("d") > 0
    assert buckets.take("a") == 0.0


def test_a_flood_of_refused_calls_does_not_fill_the_trail(home: House) -> None:
    """Past the limit refusals are counted, and the next row that is written says how many were left out."""
    ticks = Ticks()
    refusals = Refusals(home.store, home.ears, home.ears, per_minute=60, most=3, tick=ticks)
    for _ in range(10):
        refusals.note(NINE, "token", "192.0.2.1", "/tickets")
    ticks.at = 1.0
    assert refusals.step(NINE) == 1
    ticks.at = 9.0
    assert refusals.step(NINE) == 0
    with home.store.look() as work:
        rows = work.register.audit_page("call.refused", 0, 100)
    assert [row.detail.get("left_out", 0) for row in rows] == [0, 0, 0, 7]
    assert home.ears.counts["refused", "token"] == 10
