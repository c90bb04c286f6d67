"""One connection after the other: dial, talk, close, wait, and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from agent.clock import Clock
from agent.ids import Ids
from agent.ocpp_client import link
from agent.ocpp_client.backoff import Ladder
from agent.ocpp_client.causes import Cause, LinkFailed
from agent.ocpp_client.conversation import Company, Conversation
from agent.ocpp_client.correspondence import Correspondence
from agent.ocpp_client.health import Health
from agent.values import frozen

log = logging.getLogger(__name__)


def _nobody() -> None:
    return


@frozen(kw_only=True)
class Observers:
    """Told of what happens; they return at once and do not fail.

    `on_frame` gets "sent" or "received" and the frame's text, tokens and secrets masked. `on_change` is called when a
    connection opened, was answered, was not answered in time, ended or did not come about: a look at the client's
    snapshot may show something else than before.
    """

    on_frame: Callable[[str, str], None] | None = None
    on_change: Callable[[], None] = _nobody


class Way(Protocol):
    """How the next connection is opened, found anew for each: where to, credentials and certificates change."""

    async def options(self) -> link.LinkOptions:
        """Raises LinkFailed where there is no way just now."""
        ...

    def failed(self, failure: LinkFailed) -> None:
        """The connection of the latest `options` did not come about, or ended before anything was answered over it."""
        ...

    def opened(self, believed_by: tuple[bytes, ...]) -> None:
        """It is open; the certificates (DER) by which the central system was believed, root last, none without TLS."""
        ...

    def answered(self) -> None:
        """The network answered over it: told once for each connection."""
        ...

    async def accepted(self) -> None:
        """The network accepted this charger over it. What must be durable before a record leaves is when this returns.

        Not told again for a connection to the same place, where nobody registers again. Raises AgentError where nothing
        may leave yet; then the registration is asked for again.
        """
        ...

    def garbled(self, what: str) -> None:
        """Something came over it that is no message of OCPP."""
        ...

    def repeated(self, action: str) -> None:
        """A command came over it once more, under its message id."""
        ...


class OneWay:
    """Always the same."""

    def __init__(self, options: link.LinkOptions) -> None:
        self._options = options

    async def options(self) -> link.LinkOptions:
        return self._options

    def failed(self, failure: LinkFailed) -> None:
        return

    def opened(self, believed_by: tuple[bytes, ...]) -> None:
        return

    def answered(self) -> None:
        return

    async def accepted(self) -> None:
        return

    def garbled(self, what: str) -> None:
        return

    def repeated(self, action: str) -> None:
        return


class Connections:
    """Never two at a time: a central system that sees two of one charger closes both, or answers the wrong one."""

    def __init__(
        self,
        way: Way,
        correspondence: Correspondence,
        health: Health,
        *,
        clock: Clock,
        ids: Ids,
        observers: Observers,
    ) -> None:
        self._way = way
        correspondence.when_accepted = way.accepted
        self._is_answered = False
        self._why_anew = ""
        self._place = ""
        self._with = Company(
            clock=clock,
            new_message_id=ids.message_id,
            correspondence=correspondence,
            health=health,
            on_change=self._changed,
            on_garbage=way.garbled,
            on_repeat=way.repeated,
            on_frame=observers.on_frame,
        )
        self._ids = ids
        self._on_change = observers.on_change
        self._link: link.Link | None = None
        self._is_closing = asyncio.Event()
        self._hurry = asyncio.Event()
        self._may_connect = asyncio.Event()
        self._may_connect.set()
        self._outcome = asyncio.Event()
        """Set, and replaced, when an attempt has come to something."""

    async def run(self) -> None:
        """Connected as much of the time as the network allows, until `aclose`."""
        # A supervised restart may have left a conversation in the middle.
        self._with.correspondence.line_lost()
        ladder = Ladder()
        while not self._is_closing.is_set():
            await self._may_connect.wait()
            if self._is_closing.is_set():
                return
            failure = await self._one()
            was_answered = self._with.correspondence.standing.is_proven
            if not was_answered and not self._is_closing.is_set():
                self._way.failed(failure)
            self._with.correspondence.line_lost()
            ladder = Ladder() if was_answered else ladder.failed()
            wait_s = ladder.wait_s(self._ids, failure.retry_after_s)
            self._failed(failure, wait_s)
            await self._pause(wait_s)

    async def anew(self, why: str) -> None:
        """Let the connection there is end, and open another one: credentials have changed."""
        if self._link is not None:
            self._why_anew = why
            await self._link.close()

    async def hold(self, why: str) -> None:
        """Close the connection there is, and open none until `release`: for a test of what happens without."""
        self._may_connect.clear()
        await self.anew(why)

    def release(self) -> None:
        """Connect again, at once."""
        self._may_connect.set()
        self._hurry.set()

    async def attempt(self) -> None:
        """Where there is no connection, begin an attempt now, and wait until it, or one under way, came to something.

        The caller bounds the wait.
        """
        if self._link is None:
            outcome = self._outcome
            self._hurry.set()
            await outcome.wait()

    async def ping(self, within_s: float) -> float:
        """The round trip over the connection there is, in seconds. Raises LinkFailed where there is none."""
        if self._link is None:
            raise LinkFailed(Cause.LINE_LOST, "there is no connection")
        return await self._link.ping(within_s)

    async def aclose(self) -> None:
        """Say goodbye; `run` ends soon."""
        self._is_closing.set()
        self._may_connect.set()
        self._hurry.set()
        if self._link is not None:
            await self._link.close()

    async def _one(self) -> LinkFailed:
        """A whole connection; why it came to nothing, or to its end."""
        try:
            options = await self._way.options()
            self._link = await link.dial(options, self._with.correspondence.adapter.subprotocol)
        except LinkFailed as failure:
            return failure
        self._is_answered, self._why_anew = False, ""
        try:
            if self._is_closing.is_set() or not self._may_connect.is_set():
                return LinkFailed(Cause.STOPPED, "the connection was closed from here")
            self._with.health.opened(self._now_s(), options.url)
            if self._place not in ("", options.place):
                self._with.correspondence.moved()
            self._place = options.place
            self._with.correspondence.connected()
            self._way.opened(self._link.believed_by())
            log.info("connection opened", extra={"where": options.where})
            self._came_to_something()
            self._on_change()
            end = await Conversation(self._link, self._with).hold()
            if self._why_anew:
                end = LinkFailed(Cause.RECONNECTS, self._why_anew)
            self._with.health.failure = end
            return end
        finally:
            opened, self._link = self._link, None
            self._with.health.closed(self._now_s())
            await opened.close()

    def _changed(self) -> None:
        if self._with.correspondence.standing.is_proven and not self._is_answered:
            self._is_answered = True
            self._way.answered()
        self._on_change()

    def _came_to_something(self) -> None:
        came, self._outcome = self._outcome, asyncio.Event()
        came.set()

    def _failed(self, failure: LinkFailed, wait_s: float) -> None:
        now_s = self._now_s()
        self._with.health.failed(failure, now_s + wait_s)
        count = self._with.health.tally.note(f"no connection: {failure.cause.value}", now_s)
        if count > 0 and not self._is_closing.is_set():
            why = {"cause": failure.cause.value, "why": str(failure), "count": count, "wait_s": round(wait_s, 1)}
            log.warning("no connection to the central system", extra=why)
        self._came_to_something()
        self._on_change()

    async def _pause(self, wait_s: float) -> None:
        """Somebody who asked while the latest attempt was under way has its outcome; whoever asks now, ends this."""
        self._hurry.clear()
        if self._is_closing.is_set():
            return
        try:
            async with asyncio.timeout(wait_s):
                await self._hurry.wait()
        except TimeoutError:
            return

    def _now_s(self) -> float:
        return self._with.clock.now().monotonic_s
