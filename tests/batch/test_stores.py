"""Stores: objects that a URL names are read and written as files are, and a driver that is missing is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support_policy.adapters.bulk_out import parquet_out
from support_policy.adapters.places import is_url
from support_policy.source.diagnostics import PolicyError
from tests.batch.test_bulk_in import agree, mapped
from tests.replay.desk import WRITERS

ROWS = [
    {"ticket": f"T{n % 7}", "at": "2/3/2026 09:00", "what": "Opened", "who": "client", "subject": "ä"}
    for n in range(900)
]


@pytest.fixture(params=["memory", "file", "path"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place of each kind, empty."""
    if request.param == "memory":
        yield "memory://desk/exports"
        fsspec.filesystem("memory").rm("/desk", recursive=True)
    else:
        yield tmp_path.as_uri() if request.param == "file" else str(tmp_path)


def put(url: str, data: bytes) -> None:
    """Bytes under a URL."""
    with fsspec.open(url, "wb") as file:
        file.write(data)


def names(place: str) -> list[str]:
    """What is in a place."""
    store, inner = fsspec.core.url_to_fs(place)
    return sorted(name.rpartition("/")[2] for name in store.ls(inner, detail=False))


@pytest.mark.parametrize("name", list(WRITERS))
def test_objects_read_as_files_do(place: str, name: str) -> None:
    """Every format is read from a store, compressed or not."""
    url = f"{place}/x.{name}"
    put(url, WRITERS[name](ROWS))
    assert len(agree(url, mapped())) == 900


def test_results_appear_when_they_are_whole(place: str) -> None:
    """Tables come as row groups; until the last one nothing bears the file's name."""
    table = pa.table({"n": [1, 2, 3], "code": pa.array(["a", "b", "a"]).dictionary_encode()})
    put(f"{place}/other", b"")
    with parquet_out(f"{place}/out.parquet", table.schema) as write:
        write(table)
        write(table.slice(1))
        assert "out.parquet" not in names(place)
    assert names(place) == ["other", "out.parquet"]
    with fsspec.open(f"{place}/out.parquet", "rb") as file:
        assert pq.read_table(file).column("n").to_pylist() == [1, 2, 3, 2, 3]


def test_nothing_is_left_of_results_that_were_not_finished(place: str) -> None:
    """An interruption leaves what was there, and no more."""
    put(f"{place}/out.parquet", b"older")

    def interrupted() -> None:
        table = pa.table({"n": [1]})
        with parquet_out(f"{place}/out.parquet", table.schema) as write:
            write(table)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(place) == ["out.parquet"]
    with fsspec.open(f"{place}/out.parquet", "rb") as file:
        assert file.read() == b"older"


def test_a_device_is_written_to_and_stays() -> None:
    """Results may be thrown away; nothing takes the place of what is no file."""
    table = pa.table({"n": [1]})
    device = Path("/dev/full")  # not /dev/null: were this wrong, the whole machine would have lost it
    if not device.is_char_device():
        pytest.skip("there is no /dev/full here")
    with suppress(PolicyError), parquet_out(device, table.schema) as write:
        write(table)
    assert device.is_char_device()


def test_a_link_stays_where_it_leads(tmp_path: Path) -> None:
    """Results are written to what a link leads to."""
    link, target = tmp_path / "latest.parquet", tmp_path / "of-today.parquet"
    link.symlink_to(target)
    table = pa.table({"n": [1]})
    with parquet_out(link, table.schema) as write:
        write(table)
    assert link.is_symlink()
    assert pq.read_table(target).equals(table)


def refused(work: Any) -> str:
    """What is said when a place cannot be used."""
    with pytest.raises(PolicyError) as raised:
        work()
    return str(raised.value)


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A folder that does not exist is an error of the run, with a remedy."""

    def written() -> None:
        with parquet_out(tmp_path / "none" / "out.parquet", pa.schema([])):
            pytest.fail("there is no such folder")

    assert "M528" in refused(written)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("memory://none/x.csv", ["M522", "does not exist"]),
        ("s3://bucket/x.csv", ["M525", "s3fs", "pip install s3fs"]),
        ("gs://bucket/x.csv", ["M525", "gcsfs", "pip install gcsfs"]),
        ("abfss://box@account.dfs.core.windows.net/x.csv", ["M525", "adlfs", "pip install adlfs"]),
        ("s4://bucket/x.csv", ["M522", "no kind of store is named `s4`"]),
        ("file:///none/x.csv", ["M522", "does not exist"]),
    ],
)
def test_a_store_that_cannot_be_reached_says_why(url: str, words: list[str]) -> None:
    """A driver that is not installed is named, as is a kind of store that there is not."""
    said = refused(lambda: agree(url, mapped()))
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("s3://a/b", True),
        ("FILE:///a", True),
        ("a/b.csv", False),
        ("C:\\a.csv", False),
        ("x:y//z", False),
        (Path(), False),
    ],
)
def test_a_url_is_told_from_a_path(path: str, url: bool) -> None:
    """A drive's letter or a colon in a name make no URL."""
    assert is_url(path) == url
