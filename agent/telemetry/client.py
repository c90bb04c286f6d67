"""Stays connected to the broker, for ever: tells who is there, then what waits, and hears orders.

Each connection begins with the birth (seq 0) and ends with the will or the last word; in between every message has the
next number, so that whoever listens knows what he missed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from agent.ids import Ids
from agent.telemetry.connection import BrokerError, Connection, Incoming, keeping
from agent.telemetry.letters import Fate, Letter, Stamp, head, packed, written
from agent.telemetry.mqtt_client import Login, Will
from agent.telemetry.outbox import Outbox
from agent.telemetry.ports import Source
from agent.telemetry.profile import Profile
from agent.telemetry.topics import SCHEMA, Topics
from agent.values import frozen

log = logging.getLogger(__name__)

AT_START_WITHIN_S = 10.0
"""Chargers of one street come back from a power cut in the same second."""
FIRST_WAIT_WITHIN_S = 30.0
DOUBLES_FROM_S = 30.0
LONGEST_WAIT_S = 300.0
GOOD_AFTER_S = 60.0
"""A connection that lasted this long ends the row of failures; two chargers under one name throw each other out."""
GOODBYE_WITHIN_S = 2.0
NONCE_YOUNG_S = 180.0
"""A nonce of this age leaves whoever reads it now time enough, and is not drawn anew: others have read it, too."""


@frozen(kw_only=True)
class Figures:
    """How the link to the broker is doing."""

    connected: bool
    cause: str
    """Why it is not connected, in words; "" where it is."""
    connections: int
    waiting: int
    waiting_bytes: int
    dropped: int
    sent: int
    ignored: int
    """Messages from the broker that were none of an order: oversize, too many at once, or for nobody here."""


class Client:
    """One object a run. `born` is called after each birth with whether the broker still knows this charger."""

    def __init__(
        self,
        topics: Topics,
        profile: Profile,
        login: Callable[[], Login],
        source: Source,
        *,
        ids: Ids,
    ) -> None:
        """`login` is asked before each connection, so that renewed certificates count. It may raise BrokerError."""
        self.topics, self.profile = topics, profile
        self._login, self._source, self._ids = login, source, ids
        self.outbox = Outbox()
        self.has_post = asyncio.Event()
        self._has_room, self._hurry = asyncio.Event(), asyncio.Event()
        self.born: Callable[[bool], Awaitable[None]] = _nobody
        self.heard: dict[str, Callable[[Incoming], None]] = {}
        """What is done with a message, by its topic; these topics are subscribed to."""
        self.connection: Connection | None = None
        self.is_linked = asyncio.Event()
        """A birth was acknowledged on the connection there is."""
        self.nonce = self._session = ""
        self._nonce_at_s = 0.0
        self.ignored = 0
        self._seq = 0
        self._cause = "not tried yet"
        self._connections = self._sent = 0

    async def run(self) -> None:
        """Stay connected until cancelled; then say goodbye, where the program ends in order."""
        failures = 0
        await self._rest(self._ids.between(0.0, AT_START_WITHIN_S))
        while True:
            began_s = asyncio.get_running_loop().time()
            try:
                await self._connected()
            except BrokerError as error:
                self._is_away(str(error))
            lasted_s = asyncio.get_running_loop().time() - began_s
            failures = 0 if lasted_s >= GOOD_AFTER_S else failures + 1
            await self._rest(self._wait_s(failures))

    def post(self, letter: Letter) -> None:
        """Have it sent, when it is its turn."""
        self.outbox.put(letter)
        self.has_post.set()

    async def eased(self, most: int) -> None:
        """Wait until no more than `most` messages wait."""
        while self.outbox.waiting > most:
            self._has_room.clear()
            await self._has_room.wait()

    async def linked(self) -> Connection:
        """Wait for a connection on which the birth was acknowledged."""
        while self.connection is None or not self.is_linked.is_set():
            await self.is_linked.wait()
            await asyncio.sleep(0)
        return self.connection

    async def prove(self, within_s: float) -> float:
        """Seconds from a message to its acknowledgement; where there is no link, one is tried at once.

        Raises BrokerError, with why there is none where that is known.
        """
        loop = asyncio.get_running_loop()
        self._hurry.set()
        try:
            async with asyncio.timeout(within_s):
                connection = await self.linked()
        except TimeoutError as error:
            raise BrokerError(self._cause or "the broker was not reached in time") from error
        began_s = loop.time()
        if not await self._told(connection, self._birth(self._session)):
            raise BrokerError(f"the broker does not let this charger write {self.topics.state}; look at its ACL")
        return loop.time() - began_s

    def figures(self) -> Figures:
        return Figures(
            connected=self.is_linked.is_set(),
            cause=self._cause,
            connections=self._connections,
            waiting=len(self.outbox),
            waiting_bytes=self.outbox.bytes,
            dropped=sum(self.outbox.dropped.values()),
            sent=self._sent,
            ignored=self.ignored,
        )

    async def _rest(self, seconds: float) -> None:
        """Until somebody cannot wait."""
        self._hurry.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()

    def _wait_s(self, failures: int) -> float:
        if failures <= 1:
            return self._ids.between(0.0, FIRST_WAIT_WITHIN_S)
        wait_s = min(LONGEST_WAIT_S, DOUBLES_FROM_S * 2.0 ** min(failures - 2, 10))
        return wait_s * self._ids.between(0.75, 1.25)

    # One connection.

    async def _connected(self) -> None:
        session = self._ids.message_id()
        will = Will(topic=self.topics.state, payload=written({"online": False, "session": session}))
        connection = Connection(self._login(), will)
        self._seq = 0
        try:
            await connection.open()
            self.connection = connection
            await self._be_born(connection, session)
            await self._serve(connection)
            raise BrokerError(connection.cause)
        except asyncio.CancelledError:
            await self._say_goodbye(connection, session)
            raise
        finally:
            connection.abort("given up")
            self.connection = None
            self.outbox.link_lost()
            self.is_linked.clear()

    async def _be_born(self, connection: Connection, session: str) -> None:
        """The birth must have arrived before anything else is told: a broker that denies it takes nothing else."""
        self._draw_nonce()
        letter = self._birth(session)
        if not await self._told(connection, letter):
            raise BrokerError(f"the broker does not let this charger write {self.topics.state}; look at its ACL")
        for topic in self.heard:
            await connection.subscribe(topic)
        self._session = session
        self._is_there()
        await self.born(connection.session_present)

    def _birth(self, session: str) -> Letter:
        source = self._source
        body = {
            "online": True,
            "session": session,
            "nonce": self.nonce,
            **source.identity(),
            "ports": list(source.ports()),
            "schema": SCHEMA,
            "orders": source.orders is not None,
            "health_every_s": self.profile.health_s,
        }
        return Letter(topic=self.topics.state, at=source.now(), body=body, retain=True, fate=Fate.NEWEST)

    @property
    def nonce_age_s(self) -> float:
        """Seconds since the nonce was drawn, by the monotonic clock."""
        return self._source.now().monotonic_s - self._nonce_at_s

    def renew_nonce(self) -> None:
        """Tell another nonce, unless the present one is young; orders with the old one count no more."""
        if self.nonce_age_s > NONCE_YOUNG_S and self.is_linked.is_set():
            self._draw_nonce()
            self.tell_state()

    def _draw_nonce(self) -> None:
        self.nonce, self._nonce_at_s = self._ids.message_id(), self._source.now().monotonic_s

    def tell_state(self) -> None:
        """The birth once more, with a later number, for somebody who was not there."""
        if self.is_linked.is_set():
            self.post(self._birth(self._session))

    async def _serve(self, connection: Connection) -> None:
        async with asyncio.TaskGroup() as tasks:
            work = [tasks.create_task(self._send_all(connection)), tasks.create_task(self._hear_all(connection))]
            await connection.watch()
            for one in work:
                one.cancel()

    async def _send_all(self, connection: Connection) -> None:
        while True:
            await connection.room()
            found = self.outbox.pop()
            if found is None:
                self.has_post.clear()
                await self.has_post.wait()
                continue
            self._has_room.set()
            number, letter = found
            self._send(connection, letter, partial(self._arrived, number, letter.topic))

    def _arrived(self, number: int, topic: str, taken: bool) -> None:
        """A message that the broker refuses is not sent again: it would be refused for ever."""
        self.outbox.acknowledged(number)
        if not taken:
            log.warning("the broker refused a message", extra={"topic": topic})

    def _send(self, connection: Connection, letter: Letter, then: Callable[[bool], None]) -> None:
        octets, content_type = letter.octets, letter.content_type
        if octets is None:
            stamp = Stamp(now=self._source.now(), time_quality=self._source.time_quality())
            body = written({**head(self._seq, letter.at, stamp), **letter.body})
            octets, content_type = packed(body, self.profile.deflate_from_bytes)
        if not connection.fits(letter.topic, len(octets)):
            log.warning("a message is too large for the broker", extra={"topic": letter.topic, "bytes": len(octets)})
            self.outbox.skipped(letter.level)
            then(True)
            return
        if letter.octets is None:
            self._seq += 1
        self._sent += 1
        connection.publish(
            letter.topic,
            octets,
            qos=letter.qos,
            retain=letter.retain,
            content_type=content_type,
            then=then,
        )

    async def _hear_all(self, connection: Connection) -> None:
        while True:
            await connection.has_arrived.wait()
            connection.has_arrived.clear()
            self.ignored, connection.overrun = self.ignored + connection.overrun, 0
            while connection.arrived:
                message = connection.arrived.popleft()
                hear = self.heard.get(message.topic)
                if hear is None:
                    self.ignored += 1
                else:
                    hear(message)

    async def _say_goodbye(self, connection: Connection, session: str) -> None:
        """The program ends in order: said by itself. Of one that dies of a failure the will tells, without a reason."""
        if not self._source.is_ending or not self.is_linked.is_set() or connection.ended.is_set():
            return
        body = written({"online": False, "session": session, "reason": "stopped"})
        letter = Letter(topic=self.topics.state, at=self._source.now(), octets=body, retain=True)
        try:
            async with asyncio.timeout(GOODBYE_WITHIN_S):
                await self._told(connection, letter)
                await connection.close()
                await connection.ended.wait()
        except (TimeoutError, BrokerError):
            return

    async def _told(self, connection: Connection, letter: Letter) -> bool:
        """Send it and wait for the broker's word on it. Raises BrokerError where there is none."""
        answer = connection.promise()
        self._send(connection, letter, keeping(answer))
        return await connection.kept(answer, f"the broker does not acknowledge {letter.topic}")

    # What is known of the link.

    def _is_there(self) -> None:
        self._connections += 1
        self._cause = ""
        self.is_linked.set()
        log.info("connected to the broker", extra={"waiting": len(self.outbox)})

    def _is_away(self, cause: str) -> None:
        if self._cause != cause:
            log.warning("not connected to the broker", extra={"cause": cause})
        self._cause = cause


async def _nobody(_known: bool) -> None:
    return
