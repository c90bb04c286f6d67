"""What the fuzzer throws octets at: each target raises AssertionError, or anything else, when a promise is broken.

The board's codec is written twice, for board and host (docs/pilot-board-protocol.md); the promise is that of any octets
both make the same, or both refuse. What the network may send is in `network.py`, one message alone in `message.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple
from typing import Any

import cbor2

from agent.drivers.pilot_board import codec as host_codec
from agent.drivers.pilot_board import frames as host_frames
from agent.drivers.pilot_board import messages as host_messages
from firmware_sim.firmware import load_module
from tools.fuzz import message
from tools.fuzz.fleet import fleet_message
from tools.fuzz.network import network_answer, network_command, network_frame
from tools.fuzz.orders import order_payload
from tools.safety.heard import Heard

board_cbor, board_frames, board_messages, board_link, board_lease = (
    load_module(name) for name in ("cbor", "frames", "messages", "link", "lease")
)

RAW_FROM = 0xF0
"""In `conversation`: a length from here on says that the next few octets go on the line as they are."""


def frame_decoder(octets: bytes) -> None:
    """What stands between two zeros is the same payload to both ends, and comes back when it is framed again."""
    for piece in octets.split(b"\0"):
        board, host = _board_unframe(piece), _host_unframe(piece)
        assert board == host, (board, host)
        if board is not None:
            assert board_frames.unframe(board_frames.frame(board)[:-1]) == board


def cbor_decoder(octets: bytes) -> None:
    """A value or a CborError; the value is what an independent library reads, and is written as it was read."""
    try:
        value = board_cbor.decode(octets)
    except board_cbor.CborError:
        return
    assert _same(value, cbor2.loads(octets)), value
    written = board_cbor.encode(value)
    assert len(written) == len(octets), "not the shortest heads"
    assert _same(board_cbor.decode(written), value)


def twin_codec(octets: bytes) -> None:
    """A payload is the same message to both ends, or to neither."""
    board, host = _board_unpack(octets), _host_decode(octets)
    assert board == host, (board, host)


def conversation(octets: bytes) -> None:
    """A board that hears these payloads, framed or raw and in pieces, believes what an independent reader does."""
    link = board_link.Link(board_link.Identity("b", "r", "v", "0badcafe"), board_lease.Lease())
    heard = Heard()
    for now, line in enumerate(_lines(octets)):
        link.hear(line[: len(line) // 2], now)
        link.hear(line[len(line) // 2 :], now)
        heard.hear(line, now * 1_000)
    lease, wish = link._lease, heard.wish
    assert link.frame_errors == heard.nonsense + heard.overlong, (link.frame_errors, heard.nonsense, heard.overlong)
    believed = lease.offer_da if lease.is_permitted() else None
    assert believed == (wish.offer_da if wish is not None and wish.permit else None)


OF_THE_BOARD = (frame_decoder, cbor_decoder, twin_codec, conversation)
OF_THE_NETWORK = (network_frame, network_command, network_answer)
TARGETS: Mapping[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (*OF_THE_BOARD, *OF_THE_NETWORK, order_payload, fleet_message)
}


def target_called(name: str) -> Callable[[bytes], None]:
    """One of `TARGETS`, or that of a single message by the name of its schema; raises KeyError."""
    return message.target(name) if name in message.MESSAGES else TARGETS[name]


def _lines(octets: bytes) -> list[bytes]:
    lines, at = [], 0
    while at < len(octets):
        length, at = octets[at], at + 1
        if length >= RAW_FROM:
            lines.append(octets[at : at + length - RAW_FROM] * 40)
            at += length - RAW_FROM
        else:
            payload = octets[at : at + length]
            lines.append(board_frames.frame(payload))
            at += length
    return lines


def _board_unframe(piece: bytes) -> bytes | None:
    try:
        return bytes(board_frames.unframe(piece))
    except board_frames.FrameError:
        return None


def _host_unframe(piece: bytes) -> bytes | None:
    try:
        return host_frames.unframe(piece)
    except host_frames.FrameError:
        return None


def _board_unpack(payload: bytes) -> tuple[int, list[Any]] | None:
    try:
        number, values = board_messages.unpack(payload)
    except board_messages.MessageError:
        return None
    return number, values


def _host_decode(payload: bytes) -> tuple[int, list[Any]] | None:
    try:
        message = host_codec.decode(payload)
    except host_messages.MessageError:
        return None
    return host_messages.NUMBERS[type(message)], list(astuple(message))


def _same(one: object, other: object) -> bool:
    """Equal, and of equal kinds: True is not 1 here."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other
