"""The digest of a session: sixteen bits a step, by which a replay sees that it came out as it did."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from agent.core.recorder.codec import Codec
from agent.core.session.model import Outputs, Session
from agent.recorder.frames import encoded


def print_of(codec: Codec) -> Callable[[Session], int]:
    """The whole digest, 32 bits. What was ordered in the last step is no part of it: a row has that by itself."""
    outputs = codec.schema.classes[Session.__qualname__].index("outputs")
    issued = codec.schema.classes[Outputs.__qualname__].index("issued")

    def taken(session: Session) -> int:
        plain = codec.write(Session, session)
        plain[outputs][issued] = None
        return zlib.crc32(encoded(plain))

    return taken


def check_of(codec: Codec) -> Callable[[Session], int]:
    """What a row holds of it."""
    whole = print_of(codec)
    return lambda session: whole(session) & 0xFFFF
