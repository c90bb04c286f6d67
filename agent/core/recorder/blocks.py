"""A block: the sessions as they were, and every step since. Each can be replayed by itself; a lost one costs itself."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping

from agent.core.identity import ConnectorId
from agent.core.recorder.codec import Codec, Plain
from agent.core.recorder.rows import Recorded, Rows
from agent.core.recorder.schema import FORM, Unreadable
from agent.core.session.events import SessionEvent
from agent.core.session.model import Session
from agent.values import frozen

HEAD_LENGTH = 5
EVENTS: dict[str, type] = {cls.__qualname__: cls for cls in typing.get_args(SessionEvent)}


@frozen(kw_only=True)
class Block:
    """`number` counts the blocks of one charger without gaps; `version` is the agent's that wrote it.

    `codec` is of the schema it was written with: its values can be held against others by that one only.
    """

    number: int
    boot_id: str
    version: str
    sessions: Mapping[ConnectorId, Session]
    steps: tuple[Recorded, ...]
    codec: Codec


class BlockWriter:
    """One block as it grows. A connector's session is in it as it was before its first step here."""

    def __init__(self, codec: Codec, *, boot_id: str, version: str) -> None:
        self.boot_id = boot_id
        self._codec = codec
        self._version = version
        self._rows = Rows(codec, boot_id)
        self._sessions: dict[int, Plain] = {}

    def row(self, before: Session, step: Recorded, check: int | None) -> list[Plain]:
        """The row of the next step, with the digest of the session after it; the caller keeps it."""
        if step.connector not in self._sessions:
            self._sessions[step.connector] = self._codec.write(Session, before)
        return self._rows.written(step, check)

    def head(self, number: int) -> list[Plain]:
        """What stands before the rows, plain."""
        return [FORM, number, self.boot_id, self._version, [[id, plain] for id, plain in self._sessions.items()]]


def read_block(head: Plain, rows: Iterable[Plain], codec: Codec) -> Block:
    """The block again. Raises Unreadable."""
    form = head[0] if isinstance(head, list) and head else None
    if form != FORM:
        raise Unreadable(f"the recording has form {form!r:.20}, and this version reads form {FORM}")
    if len(head) != HEAD_LENGTH:
        raise Unreadable("a block of the recording is damaged")
    _, number, boot_id, version, sessions = head
    reader = Rows(codec, str(boot_id))
    try:
        return Block(
            number=int(number),
            boot_id=str(boot_id),
            version=str(version),
            sessions={ConnectorId(id): codec.read(Session, one) for id, one in sessions},
            codec=codec,
            steps=tuple(reader.read(row, EVENTS) for row in rows),
        )
    except (TypeError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("a block of the recording is damaged") from error
