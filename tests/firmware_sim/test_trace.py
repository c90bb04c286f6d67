"""The canonical text of what happened."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.trace import Trace, Value, record_world
from firmware_sim.virtual_loop import run
from tests.firmware_sim.bench import bench

VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=10)
)


def test_a_line_is_time_room_event_and_fields_in_alphabetical_order() -> None:
    trace = Trace(lambda: 61_000_250)

    trace.add("outlet1", "changed", pilot="C", current_ma=16_000, live=True, offer=None, share=0.1)

    assert trace.text() == "61.000250 outlet1 changed current_ma=16000 live=yes offer=none pilot=C share=0.1\n"


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES))
def test_a_line_splits_at_its_spaces_into_its_fields(fields: dict[str, Value]) -> None:
    trace = Trace(lambda: 0)

    trace.add("room", "event", **fields)

    (line,) = trace.lines
    assert "\n" not in line
    assert [word.split("=")[0] for word in line.split(" ")[3:]] == sorted(fields)


@given(st.lists(st.integers(0, 9), max_size=300))
def test_the_fingerprint_counts_lines_that_are_no_longer_remembered(events: list[int]) -> None:
    long, short = Trace(lambda: 0), Trace(lambda: 0, keep=False, last=5)

    for event in events:
        long.add("room", f"event{event}")
        short.add("room", f"event{event}")

    assert long.fingerprint() == short.fingerprint()
    assert long.count == short.count == len(events)
    assert len(short.lines) <= 10
    assert long.lines[len(long.lines) - len(short.lines) :] == short.lines


def test_order_matters_to_the_fingerprint() -> None:
    one, other = Trace(lambda: 0), Trace(lambda: 0)
    for event in ("a", "b"):
        one.add("room", event)
    for event in ("b", "a"):
        other.add("room", event)

    assert one.fingerprint() != other.fingerprint()


def test_a_charge_leaves_its_story(tmp_path: Path) -> None:
    async def main() -> list[str]:
        async with bench(tmp_path) as at:
            trace = Trace(at.world.timeline.now_us)
            record_world(at.world, trace)
            await at.charging(current_a=6)
            at.host.permit = False
            await asyncio.sleep(2)
            await at.do("plug_out")
            await asyncio.sleep(1)
            return [" ".join(line.split(" ")[1:]) for line in trace.lines]

    assert run(main()) == [
        "outlet1 changed contactor=open current_ma=0 offered_a=0 pilot=A plugged=no supply=yes",
        "outlet1 changed pilot=B plugged=yes",
        "outlet1 changed supply=no",  # the residual current self-test
        "outlet1 changed offered_a=15.996",
        "outlet1 changed supply=yes",
        "outlet1 changed pilot=C",
        "outlet1 changed contactor=closed",
        "outlet1 changed current_ma=6000",
        "outlet1 changed current_ma=0 offered_a=0",
        "outlet1 changed pilot=B",
        "outlet1 changed contactor=open",
        "outlet1 changed pilot=A plugged=no",
    ]
