"""Where boxes, lines and labels go: a small layered layout, from top to bottom.

Boxes stand in even layers and labels in odd ones; a line that passes a layer holds a column of it like a box does.
Between layers there is nothing but line, so no line crosses a box and no label covers anything.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SIDE_GAP = 26.0
LAYER_GAP = 32.0
SWEEPS = 16
STRAIGHT = 5.0


@dataclass(slots=True, eq=False)
class Item:
    """A box, a label or a passing line in one layer: `x` is its middle, `y` its top; lengths in px."""

    width: float
    height: float
    layer: int
    is_box: bool = False
    x: float = 0.0
    y: float = 0.0
    up: list[Item] = field(default_factory=list)
    down: list[Item] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Line:
    """One arrow: `chain` is what it passes from source box to destination box, `label` one of these."""

    chain: list[Item]
    label: Item


@dataclass(slots=True, eq=False)
class Layout:
    """The finished layout; `bands` gives the top and bottom of each layer."""

    boxes: dict[str, Item]
    lines: list[Line]
    bands: list[tuple[float, float]]
    width: float
    height: float


Size = tuple[float, float]
Link = tuple[str, str, Size]
"""Source, destination and the size of the label."""


def lay_out(sizes: Mapping[str, Size], links: Sequence[Link], first: str, last: frozenset[str]) -> Layout:
    """Place boxes of the given `sizes`, `first` on top, the `last` ones (unless left again) at the bottom.

    Links must not join a box with itself. Deterministic: equal arguments give an equal layout.
    """
    order = _reading_order(list(sizes), [(a, b) for a, b, _ in links], first)
    ranks = _ranks(order, [(a, b) for a, b, _ in links], first, last)
    boxes = {key: Item(*sizes[key], layer=2 * ranks[key], is_box=True) for key in sorted(order, key=lambda k: order[k])}
    layers: list[list[Item]] = [[] for _ in range(2 * max(ranks.values()) + 1)]
    for item in boxes.values():
        layers[item.layer].append(item)
    lines = [_thread(boxes[a], boxes[b], size, layers) for a, b, size in links]
    _untangle(layers)
    _place_across(layers)
    bands = _place_down(layers)
    left = min(i.x - i.width / 2 for layer in layers for i in layer)
    for layer in layers:
        for item in layer:
            item.x -= left
    width = max(i.x + i.width / 2 for layer in layers for i in layer)
    return Layout(boxes, lines, bands, width, bands[-1][1])


def _reading_order(keys: list[str], pairs: list[tuple[str, str]], first: str) -> dict[str, int]:
    """Breadth first from `first`; boxes that nothing leads to come right after it, so that they stand high."""
    entered = {b for _, b in pairs}
    sources = [key for key in keys if key not in entered and key != first]
    order = {key: n for n, key in enumerate([first, *sources])}
    done: set[str] = set()
    for start in [first, *sources, *keys]:
        waiting = deque([start])
        while waiting:
            key = waiting.popleft()
            order.setdefault(key, len(order))
            if key not in done:
                done.add(key)
                waiting.extend(b for a, b in pairs if a == key)
    return order


def _ranks(order: dict[str, int], pairs: list[tuple[str, str]], first: str, last: frozenset[str]) -> dict[str, int]:
    """The longest way down to each box along the links that agree with the reading order."""
    down = [(a, b) if order[a] < order[b] else (b, a) for a, b in pairs]
    ranks = dict.fromkeys(order, 0)
    for key in sorted(order, key=lambda k: order[k]):
        ranks[key] = max((ranks[a] + 1 for a, b in down if b == key), default=0)
    bottom = max(ranks.values())
    for key in order:
        if key in last and key != first and not any(a == key for a, _ in down):
            ranks[key] = bottom
    for key in order:  # a box that nothing leads to stands just above what it leads to
        if key != first and not any(b == key for _, b in down):
            ranks[key] = max(0, min((ranks[b] for a, b in down if a == key), default=1) - 1)
    return ranks


def _thread(source: Item, dest: Item, label_size: Size, layers: list[list[Item]]) -> Line:
    top, bottom = (source, dest) if source.layer < dest.layer else (dest, source)
    loads = {n: sum(i.width for i in layers[n]) for n in range(top.layer + 1, bottom.layer, 2)}
    chosen = min(loads, key=lambda n: (loads[n], abs(n - source.layer)))
    chain = [top]
    for n in range(top.layer + 1, bottom.layer):
        item = Item(*(label_size if n == chosen else (0.0, 0.0)), layer=n)
        layers[n].append(item)
        chain.append(item)
    chain.append(bottom)
    for above, below in pairwise(chain):
        above.down.append(below)
        below.up.append(above)
    label = chain[chosen - top.layer]
    return Line(chain if source is top else chain[::-1], label)


def _untangle(layers: list[list[Item]]) -> None:
    """Order the layers so that few lines cross, sweeping down and up; the best order seen is kept."""
    best, fewest = [layer[:] for layer in layers], _crossings(layers)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        for before, layer in pairwise(layers if downwards else layers[::-1]):
            _sort(layer, before, downwards=downwards)
        _switch(layers)
        count = _crossings(layers)
        if count < fewest:
            best, fewest = [layer[:] for layer in layers], count
    layers[:] = best


def _sort(layer: list[Item], before: list[Item], *, downwards: bool) -> None:
    """Sort a layer by the middle of its neighbours in the one `before` it."""
    where = _positions([before, layer])
    middle = {
        id(item): _mean([where[id(n)] for n in (item.up if downwards else item.down)], where[id(item)])
        for item in layer
    }
    layer.sort(key=lambda item: middle[id(item)])


def _switch(layers: list[list[Item]]) -> None:
    """Swap neighbours wherever that removes a crossing; once through."""
    where = _positions(layers)
    for layer in layers:
        for n in range(len(layer) - 1):
            left, right = layer[n], layer[n + 1]
            if _clashes(left, right, where) > _clashes(right, left, where):
                layer[n], layer[n + 1] = right, left
                where[id(left)], where[id(right)] = where[id(right)], where[id(left)]


def _clashes(left: Item, right: Item, where: Mapping[int, float]) -> int:
    return sum(where[id(a)] > where[id(b)] for a in left.up for b in right.up) + sum(
        where[id(a)] > where[id(b)] for a in left.down for b in right.down
    )


def _positions(layers: list[list[Item]]) -> dict[int, float]:
    return {id(item): (n + 0.5) / len(layer) for layer in layers for n, item in enumerate(layer)}


def _crossings(layers: list[list[Item]]) -> int:
    count, where = 0, _positions(layers)
    for layer in layers:
        met: list[float] = []
        for item in layer:
            ends = sorted(where[id(below)] for below in item.down)
            count += sum(len(met) - bisect(met, end) for end in ends)
            for end in ends:
                insort(met, end)
    return count


def _place_across(layers: list[list[Item]]) -> None:
    for layer in layers:
        _settle(layer, lambda _: 0.0)
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            _settle(layer, _pull)


def _pull(item: Item) -> float:
    """Between its neighbours; passing lines pull each other harder, so that long lines run straight."""
    pulls = [(n.x, 1 if n.is_box or item.is_box else STRAIGHT) for n in (*item.up, *item.down)]
    return sum(x * pull for x, pull in pulls) / sum(pull for _, pull in pulls) if pulls else item.x


def _settle(layer: list[Item], wish: Callable[[Item], float]) -> None:
    """Move items as near to their wishes (least squares) as order and gaps allow, by pooling neighbours."""
    pools: list[tuple[float, float, int]] = []
    offset, offsets = 0.0, []
    for n, item in enumerate(layer):
        offset += (layer[n - 1].width + item.width) / 2 + SIDE_GAP if n else 0.0
        offsets.append(offset)
        value, weight, size = wish(item) - offset, 1.0 if item.is_box else STRAIGHT, 1
        while pools and pools[-1][0] > value:
            other, heavy, count = pools.pop()
            value = (value * weight + other * heavy) / (weight + heavy)
            weight, size = weight + heavy, size + count
        pools.append((value, weight, size))
    places = [value for value, _, size in pools for _ in range(size)]
    for item, place, shift in zip(layer, places, offsets, strict=True):
        item.x = place + shift


def _place_down(layers: list[list[Item]]) -> list[tuple[float, float]]:
    bands: list[tuple[float, float]] = []
    top = 0.0
    for layer in layers:
        height = max(item.height for item in layer)
        for item in layer:
            item.y = top + (height - item.height) / 2
        bands.append((top, top + height))
        # Lines that travel far sideways need room to turn.
        reach = max((abs(item.x - below.x) for item in layer for below in item.down), default=0.0)
        top += height + LAYER_GAP + min(36.0, reach * 0.08)
    return bands


def _mean(values: list[float], default: float) -> float:
    return sum(values) / len(values) if values else default
