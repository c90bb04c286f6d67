"""The digest of a session: sixteen bits a step, by which a replay sees that it came out as it did."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from operator import attrgetter

from agent.core.recorder.codec import Codec
from agent.core.session.model import Outputs, Session
from agent.recorder.frames import encoded

OF_A_ROW = 0xFFFF


def print_of(codec: Codec) -> Callable[[Session], int]:
    """The whole digest, 32 bits. What was ordered in the last step is no part of it: a row has that by itself.

    Most of a session stays what it is from step to step, and is not written anew for it.
    """
    named = codec.fields_of(Session)
    values_of, writers = attrgetter(*named), [codec.writer(hint) for hint in named.values()]
    outputs = list(named).index("outputs")
    issued = list(codec.fields_of(Outputs)).index("issued")
    last: list[object] = [object()] * len(named)
    octets = [b""] * len(named)

    def taken(session: Session) -> int:
        for place, value in enumerate(values_of(session)):
            if value is last[place]:
                continue
            write = writers[place]
            plain = value if write is None else write(value)
            if place == outputs:
                plain[issued] = None
            last[place], octets[place] = value, encoded(plain)
        return zlib.crc32(b"".join(octets))

    return taken


def check_of(codec: Codec) -> Callable[[Session], int]:
    """What a row holds of it."""
    whole = print_of(codec)
    return lambda session: whole(session) & OF_A_ROW
