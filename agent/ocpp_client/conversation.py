"""One connection from its opening to its end: the only reader and writer of the socket.

Three tasks, and the end of one is the end of all. The reader works off each frame before it takes the next, so that
effects come in the order of the wire: a command that names a transaction finds its id on record. The caller sends what
time or others make due, one CALL at a time. The pinger notices a line that is dead in silence.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field

from agent.clock import Clock
from agent.ocpp_client.causes import Cause, LinkFailed
from agent.ocpp_client.correspondence import Correspondence
from agent.ocpp_client.health import PING_TIMEOUT_S, Health
from agent.ocpp_client.link import Link
from agent.ocpp_client.rpc import calls, dispatch, frames
from agent.ocpp_client.rpc.masking import masked
from agent.values import frozen

log = logging.getLogger(__name__)

MOST_SILENCES = 2
"""CALLs in a row without an answer after which the connection counts as dead (ocpp16.md section 1)."""
BUSY_LOOK_S = 1.0
LOOK_AGAIN_S = 60.0
"""How long a change of the ping interval may go unnoticed."""


@frozen(kw_only=True)
class Company:
    """What a conversation works with."""

    clock: Clock
    new_message_id: Callable[[], str]
    correspondence: Correspondence
    health: Health
    calls: calls.Calls = field(default_factory=calls.Calls)
    on_change: Callable[[], None]
    """Told when the network began to answer, or stopped."""
    on_garbage: Callable[[str], None]
    """Told what is wrong with a frame that is no message."""
    on_repeat: Callable[[str], None]
    """Told the action of a command that came again under its message id."""
    on_frame: Callable[[str, str], None] | None = None
    """Told of every frame: "sent" or "received", and its text, tokens and secrets masked."""


class Conversation:
    """`hold` it once."""

    def __init__(self, link: Link, company: Company) -> None:
        self._link = link
        self._with = company
        self._dispatcher = dispatch.Dispatcher(company.correspondence.adapter)
        self._is_busy = False

    async def hold(self) -> LinkFailed:
        """Talk until the connection is gone; why it is."""
        failure = LinkFailed(Cause.STOPPED, "the connection was closed from here")
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read())
                tasks.create_task(self._call())
                tasks.create_task(self._ping())
        except* LinkFailed as group:
            failure = next(error for error in group.exceptions if isinstance(error, LinkFailed))
        finally:
            cut_off = self._with.calls.give_up()
        if cut_off is not None:
            await self._cut_off(cut_off.turn, failure)
        return failure

    async def _cut_off(self, turn: calls.Turn, failure: LinkFailed) -> None:
        if failure.cause is Cause.TOO_BIG:
            # Sent again as it is, it would end every connection to come.
            refusal = calls.Refusal(failure.cause.value, str(failure))
            await self._took(turn, refusal)
        elif turn.lane is calls.Lane.AUTHORIZE:
            await self._took(turn, calls.Silence())

    async def _read(self) -> None:
        while True:
            message = await self._link.receive()
            now_s = self._now_s()
            self._with.health.heard(now_s)
            self._show("received", message)
            match frames.read_frame(message):
                case frames.Call() as call:
                    await self._reply(await self._dispatcher.answer(call, self._with.correspondence.standing, now_s))
                case frames.Garbage(what) as garbage:
                    self._note(what, now_s)
                    self._with.on_garbage(what)
                    await self._reply(self._dispatcher.refuse(garbage, self._with.correspondence.standing, now_s))
                case frames.CallResult() | frames.CallError() as frame:
                    await self._heard(frame, now_s)

    async def _reply(self, reply: dispatch.Reply | None) -> None:
        if reply is None:
            return
        await self._send(reply.text)
        if reply.refused:
            self._note(f"refused {reply.refused}", self._now_s())
        if reply.repeats:
            self._with.on_repeat(reply.repeats)
        for call in reply.then:
            self._with.correspondence.trigger(call)
        for report in reply.statuses:
            self._with.correspondence.tell_anew(report, self._with.clock.now())
        if reply.act is not None:
            reply.act()
        # A command may have changed a setting that decides what is due.
        self._with.correspondence.changed.set()

    async def _heard(self, frame: frames.CallResult | frames.CallError, now_s: float) -> None:
        settled = self._with.calls.hear(frame, now_s)
        if settled is None:
            self._note("an answer to nothing", now_s)
            return
        turn, outcome = settled.outstanding.turn, settled.outcome
        is_news = self._with.health.silences > 0 or not self._with.correspondence.standing.is_proven
        self._with.health.answered(now_s, settled.round_trip_s, turn.call.action)
        self._complain(turn.call.action, outcome, now_s)
        if settled.is_late:
            self._note(f"a late answer to {turn.call.action}", now_s)
            await self._with.correspondence.took_late(settled, now_s)
        else:
            await self._took(turn, outcome)
            # From here, not from the other task: a replay of thousands of facts is a turn of the loop shorter for each.
            await self._advance()
            if self._with.calls.outstanding is None:
                self._with.correspondence.changed.set()
        if is_news:
            self._with.on_change()

    async def _call(self) -> None:
        """Send what is due, and notice what is overdue. Raises LinkFailed when nobody answers."""
        correspondence = self._with.correspondence
        while True:
            correspondence.changed.clear()
            await self._advance()
            await self._wait_for_change(self._wake_at_s())
            if (overdue := self._with.calls.outstanding) is not None and overdue.deadline_s <= self._now_s():
                await self._unanswered(overdue)

    def _wake_at_s(self) -> float | None:
        if (asked := self._with.calls.outstanding) is not None:
            return asked.deadline_s
        # An answer is being worked off; the reader goes on from there as soon as the disk lets it.
        return self._now_s() + BUSY_LOOK_S if self._is_busy else self._with.correspondence.wake_at_s()

    async def _wait_for_change(self, wake_at_s: float | None) -> None:
        wait_s = None if wake_at_s is None else max(0.0, wake_at_s - self._now_s())
        try:
            async with asyncio.timeout(wait_s):
                await self._with.correspondence.changed.wait()
        except TimeoutError:
            return

    async def _advance(self) -> None:
        """Send the next CALL, if one is due and nothing is under way."""
        if self._is_busy or self._with.calls.outstanding is not None:
            return
        with self._busy():
            turn = await self._with.correspondence.next_turn(self._with.clock.now())
            if turn is None:
                return
            message_id, now_s = self._with.new_message_id(), self._now_s()
            text = frames.call_text(frames.Call(message_id, turn.call.action, turn.call.payload), turn.body)
            timeout_s = max(1.0, float(self._with.correspondence.settings.call_timeout_s))
            self._with.calls.begin(message_id, turn, now_s=now_s, timeout_s=timeout_s)
            self._with.correspondence.left(turn, now_s)
            await self._send(text)
            self._with.correspondence.look_ahead(turn)

    async def _took(self, turn: calls.Turn, outcome: calls.Outcome) -> None:
        with self._busy():
            await self._with.correspondence.took(turn, outcome, self._now_s())

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """Keeps the other task from a next CALL while the latest is not worked off."""
        self._is_busy = True
        try:
            yield
        finally:
            self._is_busy = False

    async def _unanswered(self, overdue: calls.Outstanding) -> None:
        self._with.calls.give_up()
        self._with.health.silences += 1
        self._note(f"no answer to {overdue.turn.call.action}", self._now_s())
        await self._took(overdue.turn, calls.Silence())
        self._with.on_change()
        if self._with.health.silences >= MOST_SILENCES:
            raise LinkFailed(Cause.CALLS_UNANSWERED, f"{MOST_SILENCES} messages in a row were not answered")

    async def _ping(self) -> None:
        health = self._with.health
        while True:
            interval_s = self._with.correspondence.settings.websocket_ping_interval_s
            due_s = (health.heard_s or 0.0) + interval_s if interval_s > 0 else math.inf
            wait_s = min(due_s - self._now_s(), LOOK_AGAIN_S)
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            else:
                await self._link.ping(PING_TIMEOUT_S)
                health.ponged(self._now_s())

    async def _send(self, text: str) -> None:
        await self._link.send(text)
        self._with.health.left(self._now_s())
        self._show("sent", text)

    def _show(self, direction: str, message: str | bytes) -> None:
        if self._with.on_frame is not None:
            # What is no text cannot be masked.
            text = masked(message) if isinstance(message, str) else f"({len(message)} octets that are no text)"
            self._with.on_frame(direction, text)

    def _complain(self, action: str, outcome: calls.Answer | calls.Refusal, now_s: float) -> None:
        match outcome:
            case calls.Refusal(code):
                self._note(f"{action} refused: {code[:40]}", now_s)
            case calls.Answer(payload):
                if (wrong := self._with.correspondence.adapter.check_answer(action, payload)) is not None:
                    self._note(f"the answer to {action} breaks its schema: {wrong[:80]}", now_s)

    def _note(self, what: str, now_s: float) -> None:
        if (count := self._with.health.tally.note(what, now_s)) > 0:
            log.warning("the central system did something odd", extra={"what": what, "count": count})

    def _now_s(self) -> float:
        return self._with.clock.now().monotonic_s
