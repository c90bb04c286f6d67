"""From a request to the line that ends its answer: role, arguments, handler, log of commands."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from agent.control.arguments import case_of, checked, port_of, redacted
from agent.control.logins import Logins
from agent.control.peer import Caller
from agent.control.ports import StationPort
from agent.control.registry import found
from agent.control.verb import Action, Conversation, Kind
from agent.control.wire import NOT_ON_RECORD, Done, RefusalKind, Refused, Request, encode_reply
from agent.core.time import Instant
from agent.errors import AgentError, BadRequest, Busy, NotPermitted, StoreError
from agent.store.journal import Command
from agent.values import frozen

log = logging.getLogger(__name__)

KINDS: tuple[tuple[type[Exception], RefusalKind], ...] = (
    (NotPermitted, RefusalKind.NOT_PERMITTED),
    (Busy, RefusalKind.BUSY),
    (BadRequest, RefusalKind.BAD_REQUEST),
    (TimeoutError, RefusalKind.TIMED_OUT),
)


@frozen
class Ended:
    """The end of an answer, as a value and as its line at the socket."""

    reply: Done | Refused
    line: bytes


class Dispatcher:
    """Carries out the requests of every connection."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self._logins = Logins(station)

    async def carry_out(self, request: Request, caller: Caller, conversation: Conversation) -> Ended:
        """How it ended. Raises ConnectionError where the caller is gone, and nothing else."""
        began = self._station.now()
        action: Action | None = None
        reply: Done | Refused
        try:
            action = await found(request.verb)
            reply = await self._done(action, request, caller, conversation)
            line = encode_reply(reply)
        except ConnectionError:
            await self._put_on_record(request, action, caller, (began, "left: the caller went away"))
            raise
        except (AgentError, TimeoutError) as error:
            reply = _refusal(error)
            line = encode_reply(reply)
        except Exception as error:  # whatever a verb does, the charger and its other callers go on
            log.exception("verb failed", exc_info=error, extra={"verb": request.verb[:40]})
            reply = Refused(RefusalKind.FAILED, "the agent made a mistake of its own here; its log tells more")
            line = encode_reply(reply)
        lost = await self._put_on_record(request, action, caller, (began, _outcome(reply)))
        if lost and isinstance(reply, Done):
            reply = replace(reply, body={**reply.body, NOT_ON_RECORD: lost})
            line = encode_reply(reply)
        return Ended(reply, line)

    async def _done(self, action: Action, request: Request, caller: Caller, conversation: Conversation) -> Done:
        self._logins.admit(action, request.verb, caller)
        if action.answer is None or action.local_when in request.arguments:
            raise BadRequest(f"{request.verb}: this works in evsectl alone and asks no agent")
        values = checked(action, request.arguments)
        if not caller.is_remote:
            return await action.answer(self._station, values, conversation)
        _refuse_files(action, request)
        async with asyncio.timeout(action.remote_within_s):
            return await (action.answer_remote or action.answer)(self._station, values, conversation)

    async def _put_on_record(
        self, request: Request, action: Action | None, caller: Caller, ended: tuple[Instant, str]
    ) -> str:
        """S-15. Why it could not be kept, "" where it was.

        A request that was turned away, or only read, costs no write of its own: nobody wears the flash out.
        """
        began, outcome = ended
        command = Command(
            at=began,
            uid=caller.uid,
            role=caller.role.word if caller.role else "none",
            verb=request.verb[:40],
            arguments=redacted(action, request.arguments) if action else "",
            outcome=outcome[:200],
            took_ms=round(1000 * self._station.now().since(began)),
            via=caller.via,
            key=caller.key[:64],
            case=(caller.case or case_of(action, request.arguments))[:64],
            order_id=caller.order_id,
            changes=action is not None and action.changes,
            port=port_of(request.arguments),
        )
        if action is None or not action.changes or outcome.startswith("refused"):
            self._station.journal.note(command)
            return ""
        try:
            await self._station.journal.record(command)
        except StoreError as error:
            log.exception("command was not put on record", exc_info=error, extra={"verb": command.verb})
            return str(error)
        return ""


def _refuse_files(action: Action, request: Request) -> None:
    """A path means the caller's own disk, and from afar there is none. Raises BadRequest."""
    for parameter in action.parameters:
        if parameter.kind is Kind.FILE and parameter.name in request.arguments:
            raise BadRequest(
                f"{parameter.name}: names a file beside evsectl, and from afar there is none; leave it out"
            )


def _refusal(error: AgentError | TimeoutError) -> Refused:
    kind = next((kind for kind_of_error, kind in KINDS if isinstance(error, kind_of_error)), RefusalKind.FAILED)
    return Refused(kind, str(error) or "this took too long and was given up")


def _outcome(reply: Done | Refused) -> str:
    match reply:
        case Done(_, passed):
            return "done" if passed else "failed"
        case Refused(RefusalKind.FAILED | RefusalKind.TIMED_OUT as kind, text):
            return f"{kind.value}: {text}"
        case Refused(kind, text):
            return f"refused: {text}"
