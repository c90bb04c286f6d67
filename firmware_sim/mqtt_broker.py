"""A small MQTT 5 broker for simulations: what a real one does at QoS 0 and 1, and on request what a bad one does.

In virtual time there is no other. It keeps sessions, retained messages, wills, shared subscriptions and topic aliases;
it has no QoS 2, no login of its own (`admits`, `permits` decide), no disk. `whims` make it lie, flood, fall silent or
forget. `python -m firmware_sim.mqtt_broker --listen HOST:PORT` serves it where no mosquitto is at hand.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import ssl
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

from firmware_sim.mqtt_client_link import Link, serve_link
from firmware_sim.mqtt_packets import Connect, Message, Reason
from firmware_sim.mqtt_sessions import Session
from firmware_sim.mqtt_topics import Retained, Subscription
from firmware_sim.mqtt_whims import Whims

CLOSES_WITHIN_TURNS = 20
"""Of the loop: until everybody who was hung up on has noticed."""

Admits = Callable[[Connect], Reason]
Permits = Callable[[str, str, str], bool]
"""Client id, "read" or "write", topic or filter."""


class Broker:
    """Opened by `open`; then `port` is where it listens. Everything it took is in `taken`, the newest last."""

    def __init__(self, *, admits: Admits | None = None, permits: Permits | None = None, keeps: int = 100_000) -> None:
        self.admits: Admits = admits or (lambda _: Reason.SUCCESS)
        self.permits: Permits = permits or (lambda *_: True)
        self.whims = Whims()
        self.retained = Retained()
        self.sessions: dict[str, Session] = {}
        self.links: dict[str, Link] = {}
        self.everybody: set[Link] = set()
        """Also those who have not said who they are."""
        self.taken: deque[Message] = deque(maxlen=keeps)
        self.watchers: list[Callable[[Message], None]] = []
        """Called with each message that it took."""
        self.bytes_in = self.bytes_out = self.packets_in = self.packets_out = self.connects = 0
        """Bytes as TCP carries them."""
        self._server: asyncio.Server | None = None
        self._turns = itertools.count()
        self._wills: dict[str, asyncio.TimerHandle] = {}

    async def open(self, host: str = "127.0.0.1", port: int = 0, context: ssl.SSLContext | None = None) -> int:
        """Listen; returns the port."""
        self._server = await asyncio.start_server(lambda r, w: serve_link(self, r, w), host, port, ssl=context)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Hang up on everybody, without wills, and listen no more."""
        if self._server is not None:
            self._server.close()
        for will in self._wills.values():
            will.cancel()
        for link in list(self.everybody):
            link.will = None
            link.hang_up()
        for _ in range(CLOSES_WITHIN_TURNS):
            await asyncio.sleep(0)

    def forget(self) -> None:
        """As after a restart without a disk: no session, no subscription, nothing retained."""
        self.retained.forget()
        self.sessions.clear()
        for link in list(self.links.values()):
            link.hang_up()

    def inject(self, client_id: str, octets: bytes) -> None:
        """Send a client whatever bytes."""
        self.links[client_id].write(octets)

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """As if a client had."""
        self.take(Message(topic=topic, payload=payload, qos=qos, retain=retain))

    # What links ask for.

    def take(self, message: Message) -> bool:
        """Keep it, and deliver it to whoever subscribed; whether anybody did."""
        message = replace(message, at_s=asyncio.get_running_loop().time())
        self.taken.append(message)
        for watcher in self.watchers:
            watcher(message)
        if message.retain:
            self.retained.keep(message)
        reached = False
        for session, subscription in self._audience(message):
            reached = True
            link = self.links.get(session.client_id)
            retain = message.retain and subscription.retain_as_published
            here_s = message.at_s if link is not None else None
            for octets in session.deliver(message, subscription, retain=retain, here_s=here_s):
                if link is not None:
                    link.write(octets)
        return reached

    def _audience(self, message: Message) -> Iterator[tuple[Session, Subscription]]:
        """Everybody who subscribed, once; of a shared subscription one member at a time, in turn, one who is there."""
        shared: dict[tuple[str, str], list[tuple[Session, Subscription]]] = {}
        self._forget_ended()
        for session in self.sessions.values():
            own: Subscription | None = None
            for one in session.matching(message.topic):
                if one.no_local and session.client_id == message.sender:
                    continue
                if one.group:
                    shared.setdefault((one.group, one.pattern), []).append((session, one))
                elif own is None or one.qos > own.qos:
                    own = one
            if own is not None:
                yield session, own
        for members in shared.values():
            here = [one for one in members if one[0].client_id in self.links] or members
            yield here[next(self._turns) % len(here)]

    def session_of(self, connect: Connect, expiry_s: int) -> tuple[Session, bool]:
        """The client's session, and whether it is an old one."""
        self._forget_ended()
        will = self._wills.pop(connect.client_id, None)
        if will is not None:
            will.cancel()
        known = self.sessions.get(connect.client_id)
        if known is None or connect.clean_start:
            known = None
            self.sessions[connect.client_id] = Session(connect.client_id)
        session = self.sessions[connect.client_id]
        session.expiry_s, session.ends_s = expiry_s, None
        return session, known is not None

    def left(self, link: Link) -> None:
        """A client is gone; its session goes when its time has come, its will unless it took leave."""
        session, loop = link.session, asyncio.get_running_loop()
        if session is None or self.links.get(session.client_id) is not link:
            return
        del self.links[session.client_id]
        if session.expiry_s != 0xFFFFFFFF:
            session.ends_s = loop.time() + session.expiry_s
        if link.will is not None:
            delay_s = min(link.will_delay_s, session.expiry_s)
            if delay_s:
                self._wills[session.client_id] = loop.call_later(delay_s, self.take, link.will)
            else:
                self.take(link.will)

    def _forget_ended(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for name in [one.client_id for one in self.sessions.values() if one.ends_s is not None and one.ends_s <= now_s]:
            del self.sessions[name]


async def _serve(host: str, port: int) -> None:
    broker = Broker(keeps=0)
    sys.stdout.write(f"listening at {host}:{await broker.open(host, port)}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m firmware_sim.mqtt_broker", description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:1883", metavar="HOST:PORT")
    host, _, port = parser.parse_args().listen.rpartition(":")
    try:
        asyncio.run(_serve(host.strip("[]"), int(port)))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
