"""Bytes become packets however they are cut, and a length that nobody allowed ends the connection at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.telemetry.wire import Oversize, Splitter
from firmware_sim.mqtt_packets import Kind, packed

PACKETS = st.lists(st.binary(max_size=300).map(lambda body: packed(Kind.PUBLISH, body)), max_size=6)


@given(PACKETS, st.lists(st.integers(1, 40), max_size=60))
def test_packets_come_out_whole_however_the_bytes_are_cut(packets: list[bytes], cuts: list[int]) -> None:
    stream, found, splitter = b"".join(packets), [], Splitter(1 << 16)

    for cut in [*cuts, len(stream)]:
        found += splitter.feed(stream[:cut])
        stream = stream[cut:]

    assert found == packets


@pytest.mark.parametrize("lie", [b"\x30\x81\x80\x01", b"\x30\xff\xff\xff\x7f", b"\x30\xff\xff\xff\xff\x01"])
def test_a_length_above_the_bound_is_refused_before_a_byte_of_it_is_kept(lie: bytes) -> None:
    splitter = Splitter(1 << 14)

    with pytest.raises(Oversize):
        splitter.feed(lie)
