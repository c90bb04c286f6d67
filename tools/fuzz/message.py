"""One message alone under the fuzzer: its octets are a payload, and what stands around it is always right.

So every mutation is one of the payload, where the targets for all messages spend most of theirs on the frame. What is
found is kept as whole frames, in the corpus of those targets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from agent.ocpp_client.v16.adapter import KNOWN_ACTIONS
from tools.fuzz.network import answer_reached, command_reached, network_answer, network_command
from tools.generate_validators import OUR_CALLS

COMMANDS = tuple(sorted(KNOWN_ACTIONS))
ANSWERS = tuple(f"{action}Response" for action in OUR_CALLS)
MESSAGES = (*COMMANDS, *ANSWERS)
"""By the names of their schemas."""


def target(message: str) -> Callable[[bytes], None]:
    """Takes payloads of `message`, those of a command after an octet for how we stand with the network."""
    of_all = network_command if message in COMMANDS else network_answer
    return lambda octets: of_all(whole(message, octets))


def whole(message: str, payload: bytes) -> bytes:
    """What the target for all messages takes, with this payload."""
    before, head, tail = _around(message)
    return payload[:before] + head + payload[before:] + tail


def payload_of(message: str, octets: bytes) -> bytes | None:
    """The other way round; None for another message, or one that is not framed so."""
    before, head, tail = _around(message)
    rest = octets[before:]
    if len(octets) < before or not rest.startswith(head) or not rest.endswith(tail):
        return None
    return octets[:before] + rest[len(head) : len(rest) - len(tail)]


def payloads_of(message: str, corpus: Path) -> Iterator[bytes]:
    """Those of the corpus of all messages, to begin with."""
    for file in sorted((corpus / corpus_of(message)).iterdir()):
        if (payload := payload_of(message, file.read_bytes())) is not None:
            yield payload


def corpus_of(message: str) -> str:
    return network_command.__name__ if message in COMMANDS else network_answer.__name__


def reached(corpus: Path) -> Iterator[str]:
    """The messages of the corpus that went the whole way: commands that were carried out, answers that fit."""
    for name, look in ((network_command.__name__, command_reached), (network_answer.__name__, answer_reached)):
        for file in sorted((corpus / name).iterdir()):
            if (message := look(file.read_bytes())) is not None:
                yield message


def _around(message: str) -> tuple[int, bytes, bytes]:
    """How many octets stand before all, then what is before the payload and behind it."""
    if message in COMMANDS:
        return 1, f'[2,"1","{message}",'.encode(), b"]"
    return 0, f"{message.removesuffix('Response')}\n".encode(), b""
