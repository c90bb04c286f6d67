"""Sets of stretches of time: sorted, apart from each other, in whole milliseconds, the end not in them."""

from __future__ import annotations

from collections.abc import Iterable

Stretch = tuple[int, int]
Stretches = tuple[Stretch, ...]


def united(stretches: Iterable[Stretch]) -> Stretches:
    """What lies in any of them."""
    found: list[Stretch] = []
    for begin, end in sorted(one for one in stretches if one[0] < one[1]):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return tuple(found)


def common(one: Stretches, other: Stretches) -> Stretches:
    """What lies in both."""
    found: list[Stretch] = []
    here, there = 0, 0
    while here < len(one) and there < len(other):
        begin, end = max(one[here][0], other[there][0]), min(one[here][1], other[there][1])
        if begin < end:
            found.append((begin, end))
        if one[here][1] < other[there][1]:
            here += 1
        else:
            there += 1
    return tuple(found)


def without(one: Stretches, other: Stretches) -> Stretches:
    """What lies in `one` and not in `other`."""
    found: list[Stretch] = []
    for begin, end in one:
        at = begin
        for cut_begin, cut_end in common(((begin, end),), other):
            if at < cut_begin:
                found.append((at, cut_begin))
            at = cut_end
        if at < end:
            found.append((at, end))
    return tuple(found)


def length(stretches: Stretches) -> int:
    """Milliseconds."""
    return sum(end - begin for begin, end in stretches)
