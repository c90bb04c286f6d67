"""A verb done for somebody who is not here: the same handler as at the socket, and what may leave of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.control.dispatch import Dispatcher
from agent.control.peer import Caller
from agent.control.registry import find
from agent.control.remote.conversation import RemoteConversation, Tell
from agent.control.remote.without_people import text_without_people
from agent.control.wire import Argument, Done, RefusalKind, Refused, Request
from agent.errors import BadRequest
from agent.values import frozen

CONTENT_TYPES = {".gz": "application/gzip", ".tgz": "application/gzip", ".json": "application/json", ".csv": "text/csv"}
OTHER_CONTENT = "application/octet-stream"
REFUSED = (RefusalKind.BAD_REQUEST, RefusalKind.NOT_PERMITTED, RefusalKind.BUSY)


@frozen(kw_only=True)
class Answered:
    """`kind`: "result", "refused" or "failed". `fields` go with it: `body` and `passed`, or `reason`."""

    kind: str
    fields: Mapping[str, Any]
    file: Path | None = None

    @property
    def content_type(self) -> str:
        return OTHER_CONTENT if self.file is None else CONTENT_TYPES.get(self.file.suffix, OTHER_CONTENT)


class Runner:
    """Shared by the doors."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def run(
        self, verb: str, arguments: Mapping[str, Argument], caller: Caller, tell: Tell | None = None
    ) -> Answered:
        """`tell` takes the parts of an answer that is shown as it comes. Raises nothing of its own."""
        try:
            action = find(verb)
        except BadRequest as error:
            return _reason("refused", RefusalKind.BAD_REQUEST, str(error))
        conversation = RemoteConversation(verb, action.remote_most_bytes, tell if action.follows else None)
        try:
            ended = await self._dispatcher.carry_out(Request(verb, arguments), caller, conversation)
        except ConnectionError as error:
            return _reason("failed", RefusalKind.FAILED, str(error) or "the other end went away")
        match ended.reply:
            case Done(body, passed, file):
                try:
                    return Answered(
                        kind="result", fields={"body": conversation.whole(body), "passed": passed}, file=file
                    )
                except BadRequest as error:
                    return _reason("refused", RefusalKind.BAD_REQUEST, str(error))
            case Refused(kind, text):
                return _reason("refused" if kind in REFUSED else "failed", kind, text)


def _reason(kind: str, why: RefusalKind, text: str) -> Answered:
    return Answered(kind=kind, fields={"reason": {"key": why.value, "text": text_without_people(text)}})
