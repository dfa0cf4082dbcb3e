"""Instants in every type and writing are read by column as they are row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from support_policy.batch.mapping_text import read_mapping
from support_policy.batch.read_values import as_values
from support_policy.batch.replay_rows import Row
from support_policy.model.event import micros
from tests.batch.reading import assert_alike, raw_of
from tests.replay.desk import AT, policy

UNTIL = micros(AT)
mapping_of = cache(read_mapping)
WALL = """
shape: events
ticket: ticket
at: at
type: {column: type, otherwise: keep, values: {}}
instants: INSTANTS
"""
CLOCKS = {
    "no zone": "{}",
    "UTC": "{zone: UTC}",
    "a zone with summer time": "{zone: Europe/Berlin, earliest: 1995-01-01}",
    "a zone that changes by half an hour": "{zone: Australia/Lord_Howe}",
    "a zone that changed at a minute past midnight": "{zone: America/St_Johns}",
    "a format that fits a timestamp": '{formats: "%Y-%d-%mT%H:%M:%S", zone: Europe/Berlin}',
    "another format": '{formats: "%d/%m/%Y %H:%M", zone: America/New_York}',
    "seconds": "{epoch: seconds, zone: Asia/Kathmandu}",
    "milliseconds": "{epoch: milliseconds, earliest: 1960-01-01}",
    "numbers of days": '{formats: "%Y%m%d", epoch: seconds, zone: UTC}',
}
DAY = 86400
KINDS: list[tuple[pa.DataType, int, int, float]] = [
    *((pa.timestamp("s", zone), -(10**11), 10**12, 1) for zone in (None, "UTC", "America/New_York", "+05:30")),
    *((pa.timestamp("ms", zone), -(10**14), 10**15, 10**3) for zone in (None, "Europe/Berlin")),
    *((pa.timestamp("us", zone), -(10**17), 10**18, 10**6) for zone in (None, "UTC", "Europe/Berlin")),
    *((pa.timestamp("ns", zone), -(10**18), 9 * 10**18, 10**9) for zone in (None, "UTC")),
    (pa.date32(), -(10**5), 10**6, 1 / DAY),
    (pa.int32(), -(2**31), 2**31 - 1, 1),
    (pa.uint64(), 0, 2**62, 1),
    (pa.int64(), -(2**62), 2**62, 1),
    (pa.float64(), -(10**15), 10**15, 0.5),
    (pa.bool_(), 0, 1, 1),
]
"""Types of columns: the least and the greatest number in them, and how many of their units make a second."""
# Around the changes of the clocks, with the hour that is skipped and the one that comes twice.
TURNS = [1774746000, 1774749600, 1792890000, 1792893600, 1775314800, 1791036000, 1268537460, 1268541060, 1289098860, 0]
FAR = [-(10**11), 10**11, 10**12, 20260302, 1772442000, 1772442000000, 2**31 - 1]


@given(st.data())
def test_typed_instants_read_alike_both_ways(data: st.DataObject) -> None:
    """Timestamps with and without a zone, dates and numbers are the instants that the row reader takes them for."""
    clock = data.draw(st.sampled_from(list(CLOCKS)))
    kind, low, high, scale = data.draw(st.sampled_from(KINDS))
    near = st.builds(lambda turn, off: turn + off, st.sampled_from(TURNS), st.integers(-10_000, 10_000))
    cells = data.draw(st.lists(st.one_of(st.none(), near, st.sampled_from(FAR)), min_size=1, max_size=8))
    numbers = [None if cell is None else max(low, min(high, int(cell * scale))) for cell in cells]
    whole = pa.int32() if kind == pa.date32() else pa.int64()
    column = pa.array(numbers, whole).cast(kind)
    rows = [Row(n, 0, {"ticket": "A", "type": "updated", "at": at}) for n, at in enumerate(as_values(column), 1)]
    raw = raw_of([Row(row.number, 0, {"ticket": "A", "type": "updated"}) for row in rows]).append_column("at", column)
    assert_alike(policy(), mapping_of(WALL.replace("INSTANTS", CLOCKS[clock]), "mapping.yaml"), raw, rows, UNTIL)


FORMATS = ["", "%d/%m/%Y %H:%M", "%m-%d-%Y", "%Y.%m.%d %H.%M.%S", "%Y%m%d %H:%M", "%d %b %Y", "%Y-%d-%m %H:%M:%S"]
ODD = [
    "2/3/2026 09:00", "31.2.2026", "2026-03-02", "2026-02-30 10:00:00Z", "٢/3/2026 09:00", "2026-03-02 10:00:61",
    "2026-13-01T00:00:00", "0000-01-01T00:00:00", "2026-03-02T10:00:00,5Z", "2026-03-02T10:00Z", "2026-03-02T24:00",
    "2026-03-02T10:00:00+00:00", "2026-03-02T10:00:00.5", "02/03/26 09:00",
]  # fmt: skip


@given(st.data())
def test_written_instants_read_alike_both_ways(data: st.DataObject) -> None:
    """Texts in the mapping's formats, in ISO 8601 or in neither are the instants the row reader takes them for."""
    formats = data.draw(st.lists(st.sampled_from(FORMATS[1:]), max_size=2, unique=True))
    zone = data.draw(st.sampled_from(["UTC", "Europe/Berlin"]))
    iso = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M"]
    written = st.sampled_from([*FORMATS[1:], *iso])
    near = st.builds(lambda turn, off: turn + off, st.sampled_from(TURNS), st.integers(-10_000, 10_000))
    moments = near.map(lambda second: datetime.fromtimestamp(second, UTC) + timedelta(microseconds=second % 7))
    texts = st.builds(datetime.strftime, moments, written)
    bare = texts.map(lambda text: text.replace("/0", "/").replace(" 0", " ").lstrip("0"))
    cells = data.draw(st.lists(st.one_of(texts, texts, bare, st.sampled_from(ODD)), min_size=1, max_size=8))
    clock = (
        f"{{formats: {formats}, zone: {zone}}}" if formats else data.draw(st.sampled_from(["{}", f"{{zone: {zone}}}"]))
    )
    rows = [Row(n, 0, {"ticket": "A", "type": "updated", "at": at}) for n, at in enumerate(cells, 1)]
    mapping = mapping_of(WALL.replace("INSTANTS", clock.replace("'", '"')), "mapping.yaml")
    assert_alike(policy(), mapping, raw_of(rows), rows, UNTIL)
