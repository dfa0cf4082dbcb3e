"""What the machine lends: the version of its zone data, and a cache that can only be right or absent."""

from __future__ import annotations

import json
import re
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from support_policy.adapters import machine
from support_policy.adapters.machine import cache_folder, cached_holidays, installed_version, tzdata_version
from support_policy.clock.holidays import Holidays, UnknownPlaceError, public_holidays
from support_policy.policy.calendars import YEARS

PLACE = ("GB", "ENG", "public")


def right() -> Holidays:
    """What the library says."""
    return public_holidays("GB", "ENG", YEARS, "public")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of our own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "support-policy"


def filled(cache: Path) -> Path:
    """The file of one place, made by asking for it."""
    cached_holidays(*PLACE)
    (path,) = cache.iterdir()
    return path


def said_by(path: Path) -> dict[str, Any]:
    """What a file of the cache says below its checksum."""
    data: dict[str, Any] = json.loads(path.read_bytes().partition(b"\n")[2])
    return data


def test_the_second_answer_comes_from_the_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place is worked out once; the file holds all there is to know."""
    filled(cache)
    monkeypatch.setattr(machine, "public_holidays", lambda *_: pytest.fail("asked again"))
    assert cached_holidays(*PLACE) == right()
    assert dict(cached_holidays(*PLACE).dates) == dict(right().dates)


GARBAGE = [
    b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"dates": 5}', b"[" * 100_000, b"1" * 100_000, b"NaN",
    b'\n{"country": "GB"}', b"\n",
    sha256(b"[]").hexdigest().encode() + b"\n[]", sha256(b"").hexdigest().encode() + b"\n",
]  # fmt: skip


@pytest.mark.parametrize("data", GARBAGE, ids=range(len(GARBAGE)))
def test_a_corrupted_file_is_made_anew(cache: Path, data: bytes) -> None:
    """Whatever stands in a file of the cache, the answer is right, and the file is put right."""
    path = filled(cache)
    path.write_bytes(data)
    assert cached_holidays(*PLACE) == right()
    assert said_by(path)["country"] == "GB"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("dates", {"2026-07-01": "Invented"}),
        ("dates", {"2026-13-01": "No month"}),
        ("dates", []),
        ("dates", {"2026-12-25": 5}),
        ("workdays", ["2026-12-26"]),
        ("workdays", None),
        ("horizon", [1, 2, 3]),
        ("horizon", "19"),
        ("substituted_until", "2026"),
        ("country", "US"),
        ("subdivision", None),
        ("library", "0"),
    ],
)
def test_an_edited_file_is_not_believed(cache: Path, key: str, value: object) -> None:
    """A file that was changed by hand, even to something well-formed, is worked out again."""
    path = filled(cache)
    checksum = path.read_bytes().partition(b"\n")[0]
    path.write_bytes(checksum + b"\n" + json.dumps({**said_by(path), key: value}).encode())
    assert cached_holidays(*PLACE) == right()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("dates", {"2026-07-01": 5}),
        ("dates", []),
        ("horizon", [True, "x"]),
        ("substituted_until", "x"),
        ("country", "US"),
        ("workdays", 5),
    ],
)
def test_a_file_with_a_checksum_of_nonsense_is_not_believed(cache: Path, key: str, value: object) -> None:
    """Even under a matching checksum, types and places must be the ones that were asked for."""
    path = filled(cache)
    text = json.dumps({**said_by(path), key: value}).encode()
    path.write_bytes(sha256(text).hexdigest().encode() + b"\n" + text)
    assert cached_holidays(*PLACE) == right()


def test_a_cache_that_cannot_be_written_is_done_without(cache: Path) -> None:
    """A file where the folder should be, or a folder where the file should be, changes no answer."""
    path = filled(cache)
    path.unlink()
    path.mkdir()
    assert cached_holidays(*PLACE) == right()
    assert [p.name for p in cache.iterdir()] == [path.name]
    path.rmdir()
    cache.rmdir()
    cache.write_text("in the way", encoding="utf-8")
    assert cached_holidays(*PLACE) == right()


@pytest.mark.parametrize("value", ["", "relative/cache", "/proc/nowhere", "/dev/null"])
def test_any_setting_of_the_cache_gives_the_right_answer(
    value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A relative or impossible cache folder is not used, and nothing is written where we stand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert cached_holidays(*PLACE) == right()
    assert {p.name for p in tmp_path.iterdir()} <= {"home"}


def test_without_a_home_there_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no home is known nothing is kept, and the answer is the same."""

    def homeless(path: Path) -> Path:
        raise RuntimeError(path)

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", homeless)
    assert cache_folder() is None
    assert cached_holidays(*PLACE) == right()


def ask(_: int) -> int:
    """In a process of its own: how many holidays there are."""
    return len(cached_holidays(*PLACE).dates)


def test_processes_may_fill_the_cache_at_once(cache: Path) -> None:
    """Several processes that ask at once all get the right answer and leave one whole file."""
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        assert set(pool.map(ask, range(6))) == {len(right().dates)}
    (path,) = cache.iterdir()
    assert cached_holidays(*PLACE) == right()
    assert path.suffix == ".cache"


@pytest.mark.parametrize("place", [("ZZ", None), ("GB", "XX"), ("../..", None), ("GB", "\0"), ("x" * 500, None)])
def test_an_unknown_place_stays_unknown(cache: Path, place: tuple[str, str | None]) -> None:
    """Nothing is kept of a place without holidays, whatever its name does to a file's name."""
    with pytest.raises(UnknownPlaceError):
        cached_holidays(*place, "public")
    assert not cache.exists()


def test_versions_are_those_of_the_installation() -> None:
    """What is read from names of folders is what the packages say of themselves."""
    assert installed_version("holidays") == metadata.version("holidays")
    assert installed_version("no_such_package") == ""
    assert re.fullmatch(r"\d{4}[a-z]? ?.*\((system|package)\)|unknown.*", tzdata_version())


def test_without_zone_data_of_the_system_the_package_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The version named is that of the data that is used."""
    tzdata_version.cache_clear()
    monkeypatch.setattr(machine, "zone_data_folders", lambda: (str(tmp_path),))
    assert tzdata_version() == f"{metadata.version('tzdata')} (package)"
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "London").touch()
    tzdata_version.cache_clear()
    assert tzdata_version() == "unknown (system)"
    (tmp_path / "tzdata.zi").write_text("# version 2030q\n", encoding="utf-8")
    tzdata_version.cache_clear()
    assert tzdata_version() == "2030q (system)"
    tzdata_version.cache_clear()


def test_years_the_library_does_not_know_are_told(cache: Path, recwarn: pytest.WarningsRecorder) -> None:
    """Where the library knows some years only, they are the horizon, and its own warning does not reach the user."""
    assert cached_holidays("IN", "KA", "public").horizon == (2001, 2035)
    assert cached_holidays("IN", "KA", "public").horizon == (2001, 2035)
    assert not recwarn.list
    assert list(cache.rglob("*.cache"))
