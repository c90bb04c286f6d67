"""The caller's end of a verb that was asked for from afar: parts go out or are gathered, and nobody can be asked."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from agent.control.remote.without_people import without_people
from agent.control.wire import Body
from agent.errors import BadRequest, NotPermitted

Tell = Callable[[Body], Awaitable[None]]


async def nobody(_body: Body) -> None:
    return


class RemoteConversation:
    """`tell` sends each part of an answer that is shown as it comes; None: parts are joined, as by `evsectl`."""

    def __init__(self, verb: str, most_bytes: int, tell: Tell | None = None) -> None:
        self._verb = verb
        self._left = self._most = most_bytes
        self._tell = tell
        self._gathered: dict[str, Any] = {}

    async def say(self, body: Body) -> None:
        """Raises BadRequest once the whole is larger than it may be."""
        told = self._counted(body)
        if self._tell is not None:
            await self._tell(told)
            return
        self._join(told)

    async def ask(self, question: str, *, instead: str = "", within_s: float | None = None) -> str:
        """Raises NotPermitted: questions are for people at the charger."""
        raise NotPermitted(f"{self._verb} asks somebody at the charger, and from afar nobody is there; do it there")

    def whole(self, body: Body) -> dict[str, Any]:
        """The last of it, with all that was gathered. Raises BadRequest as `say` does."""
        self._join(self._counted(body))
        return self._gathered

    def _join(self, told: Body) -> None:
        for name, value in told.items():
            self._gathered[name] = [*self._gathered.get(name, []), *value] if isinstance(value, list) else value

    def _counted(self, body: Body) -> Body:
        told: dict[str, Any] = without_people(body, self._verb)
        self._left -= len(json.dumps(told, separators=(",", ":")))
        if self._left < 0:
            raise BadRequest(
                f"the answer to {self._verb} is larger than {self._most >> 10} KiB; ask for less of it, or for a bundle"
            )
        return told
