"""Samples become fewer with age and stay true, and come back as they were packed."""

from __future__ import annotations

from statistics import mean

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.identity import ConnectorId
from agent.core.recorder.schema import Unreadable
from agent.core.recorder.series import COLUMNS, Chunk, Series, chunk_written, read_chunk
from agent.core.time import Instant

START = Instant(9_000.0, 1_800_000_000_000, "boot-1")
VALUES = st.none() | st.floats(-100_000, 100_000).map(lambda value: float(round(value)))


def row(power_w: float | None, temp: float = 20.0) -> tuple[float | None, ...]:
    return (power_w, 1.0, None, None, 16.0, 9.1, temp)


def fed(series: Series, powers: list[float | None]) -> list[Chunk]:
    columns = (*COLUMNS, "temp")
    full = [
        chunk
        for second, power_w in enumerate(powers)
        for chunk in series.add(START.plus(float(second)), columns, row(power_w))
    ]
    return [*full, *series.unfinished()]


def of(chunks: list[Chunk], step_s: int) -> list[tuple[float, float | None]]:
    return [(at_s, values[0]) for one in chunks if one.step_s == step_s for at_s, values in one.rows]


@settings(max_examples=20)
@given(st.lists(VALUES, min_size=130, max_size=260))
def test_each_level_keeps_the_mean_of_its_steps(powers: list[float | None]) -> None:
    chunks = fed(Series(ConnectorId(1)), powers)

    for step_s in (1, 10, 60):
        expected = [
            (START.monotonic_s + begin, mean(known) if (known := [one for one in part if one is not None]) else None)
            for begin in range(0, len(powers), step_s)
            if len(part := powers[begin : begin + step_s]) == step_s and begin + step_s < len(powers)
        ]
        assert of(chunks, step_s) == [(at, None if value is None else pytest.approx(value)) for at, value in expected]


@settings(max_examples=40)
@given(st.lists(VALUES, min_size=3, max_size=150))
def test_what_is_packed_comes_back(powers: list[float | None]) -> None:
    for chunk in fed(Series(ConnectorId(2)), powers):
        back = read_chunk(cbor2.loads(cbor2.dumps(chunk_written(chunk))))

        assert (back.connector, back.step_s, back.began, back.columns) == (2, chunk.step_s, chunk.began, chunk.columns)
        for (at_s, values), (was_s, were) in zip(back.rows, chunk.rows, strict=True):
            assert at_s == was_s
            assert values == tuple(None if value is None else pytest.approx(value, abs=0.51) for value in were)


def test_other_columns_begin_another_chunk() -> None:
    series = Series(ConnectorId(1))
    fed(series, [1.0] * 20)

    closed = list(series.add(START.plus(21.0), COLUMNS, row(1.0)[:-1]))

    assert {len(one.columns) for one in closed} == {7}
    assert 1 in {one.step_s for one in closed}


def test_the_last_seconds_are_there_without_ending_anything() -> None:
    series = Series(ConnectorId(1))
    fed(series, [float(second) for second in range(60)])

    newest = series.newest(START.plus(59.0), 10.0)

    assert newest is not None
    assert [values[0] for _, values in newest.rows] == [float(second) for second in range(49, 59)]


@given(st.recursive(st.none() | st.integers() | st.text(max_size=2), lambda one: st.lists(one, max_size=8)))
def test_anything_else_is_refused_in_a_sentence(plain: object) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        read_chunk(plain)
