"""Against a real broker: mosquitto with TLS, client certificates and the example ACL of packaging/mosquitto.

Real time, a second or two in all; skipped where mosquitto is not installed.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2
import pytest
import trustme

from agent.ids import Ids
from agent.ocpp_client.tls import Trust, new_context
from agent.telemetry.connection import BrokerError, Connection
from agent.telemetry.letters import read
from agent.telemetry.mqtt_client import Login, Will
from agent.telemetry.ports import Reply
from agent.telemetry.profile import NORMAL
from agent.telemetry.service import Telemetry
from agent.telemetry.topics import Topics
from tests.telemetry.charger import Desk, HandMade, file_of
from tools.brokers import free_port, mosquitto, serving
from tools.code_shape import ROOT

MOSQUITTO = mosquitto()
EXAMPLE = ROOT / "packaging" / "mosquitto"
HOST = "localhost"
MINE, OTHERS = Topics("evse", "A-1"), Topics("evse", "B-2")
ORDER = "b" * 32

pytestmark = [
    pytest.mark.skipif(MOSQUITTO is None, reason="needs mosquitto: sudo apt install mosquitto"),
    pytest.mark.processes,
]


class Site:
    """The broker, and certificates for whoever connects."""

    def __init__(self, folder: Path, port: int, ca: trustme.CA) -> None:
        self.folder, self.port, self.ca = folder, port, ca

    def login(self, name: str, ca: trustme.CA | None = None) -> Login:
        """As a charger or a person whose certificate bears this name."""
        (ca or self.ca).issue_cert(common_name=name).private_key_and_cert_chain_pem.write_to_path(self.folder / name)
        trust = Trust(ca_file=self.folder / "ca.pem", certificate_file=self.folder / name, key_file=self.folder / name)
        return Login(host=HOST, port=self.port, client_id=name, context=new_context(trust), keep_alive_s=30.0)

    async def connected(self, name: str) -> Connection:
        found = Connection(self.login(name), Will(topic=Topics("evse", name).state, payload=b"{}"), largest=1 << 18)
        await found.open()
        return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The example configuration itself, with the paths and the port of this test."""
    assert MOSQUITTO is not None
    folder, port, ca = tmp_path_factory.mktemp("mosquitto"), free_port(), trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    own = ca.issue_cert(HOST)
    own.cert_chain_pems[0].write_to_path(folder / "broker.pem")
    own.private_key_pem.write_to_path(folder / "broker.key")
    shutil.copy(EXAMPLE / "evse.acl", folder / "evse.acl")
    text = (EXAMPLE / "evse.conf").read_text("utf-8")
    for was, now in (
        ("listener 8883", f"listener {port} 127.0.0.1"),
        ("/etc/mosquitto/certs/", f"{folder}/"),
        ("/etc/mosquitto/", f"{folder}/"),
        ("/var/lib/mosquitto/", f"{folder}/"),
    ):
        assert was in text
        text = text.replace(was, now)
    (folder / "evse.conf").write_text(text + "\nuser root\n", "utf-8")
    with serving([MOSQUITTO, "-c", str(folder / "evse.conf")], port, folder / "log"):
        yield Site(folder, port, ca)


@asynccontextmanager
async def charger(site: Site, source: HandMade, name: str = "A-1") -> AsyncIterator[Telemetry]:
    """One with its health channel, connected. It ends in order, or dies of what is raised inside."""
    login = site.login(name)
    telemetry = Telemetry(Topics("evse", name), NORMAL, lambda: login, source, ids=Soon())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(telemetry.run())
        try:
            async with asyncio.timeout(10):
                await telemetry.client.is_linked.wait()
            yield telemetry
            source.is_ending = True
        finally:
            running.cancel()


class Soon(Ids):
    """Chance that never waits: what is spread over seconds elsewhere comes at once."""

    def __init__(self) -> None:
        super().__init__(random.Random(3))

    def between(self, low: float, high: float) -> float:
        return low


class Person:
    """Somebody of support, who subscribes and orders."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.seen: list[tuple[str, bytes, str]] = []

    async def until(self, what: Callable[[], bool]) -> None:
        """Read on until it is so."""
        async with asyncio.timeout(15):
            while not what():
                while self.connection.arrived:
                    one = self.connection.arrived.popleft()
                    self.seen.append((one.topic, one.payload, one.content_type))
                if what():
                    return
                self.connection.has_arrived.clear()
                await self.connection.has_arrived.wait()

    def of(self, topic: str) -> list[dict[str, Any]]:
        return [read(payload, kind) for name, payload, kind in self.seen if name == topic]


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await story()
        await asyncio.sleep(0)

    asyncio.run(bounded())


@asynccontextmanager
async def staff(site: Site) -> AsyncIterator[Person]:
    connection = await site.connected("support")
    await connection.subscribe("evse/v1/#")
    try:
        yield Person(connection)
    finally:
        connection.abort("done")


def test_a_charger_tells_takes_an_order_and_sends_a_file(site: Site) -> None:
    octets = random.Random(5).randbytes(300_000)

    async def answer(reply: Reply) -> None:
        await reply.say({"id": ORDER, "verb": "bundle", "kind": "ack"})
        blob = await reply.send_blob(ORDER, "bundle.tar.gz", "application/gzip", file_of(octets))
        await reply.say({"id": ORDER, "verb": "bundle", "kind": "result", "blob": blob})

    async def story() -> None:
        async with staff(site) as person, charger(site, HandMade(orders=Desk(answer=answer))) as telemetry:
            await person.until(lambda: bool(person.of(MINE.health)))
            assert person.of(MINE.state)[-1]["online"] is True
            assert telemetry.client.connection is not None
            assert telemetry.client.connection.window > 1
            person.connection.publish(MINE.command, b"{}")
            await person.until(lambda: len(person.of(MINE.result(ORDER))) == 2)
            pieces = [
                cbor2.loads(payload) for topic, payload, _ in person.seen if topic.startswith(f"{MINE.base}/blob/")
            ]

            assert b"".join(one["data"] for one in sorted(pieces, key=lambda one: int(one["k"]))) == octets

    run(story)


def test_a_charger_that_ends_in_order_says_so(site: Site) -> None:
    async def story() -> None:
        async with staff(site) as person:
            async with charger(site, HandMade()):
                await person.until(lambda: any(one["online"] for one in person.of(MINE.state)))
            await person.until(lambda: not person.of(MINE.state)[-1]["online"])

            assert person.of(MINE.state)[-1]["reason"] == "stopped"

    run(story)


def test_the_will_tells_of_a_charger_whose_program_died_and_names_no_reason(site: Site) -> None:
    async def story() -> None:
        async with staff(site) as person:
            with pytest.raises(ExceptionGroup):
                async with charger(site, HandMade()):
                    await person.until(lambda: any(one["online"] for one in person.of(MINE.state)))
                    raise OSError(28, "No space left on device")
            await person.until(lambda: not person.of(MINE.state)[-1]["online"])

            born = person.of(MINE.state)[-2]
            assert person.of(MINE.state)[-1] == {"online": False, "session": born["session"]}

    run(story)


def test_the_broker_itself_tells_the_will_of_a_charger_that_is_gone(site: Site) -> None:
    async def story() -> None:
        async with staff(site) as person, charger(site, HandMade()) as telemetry:
            await person.until(lambda: any(one["online"] for one in person.of(MINE.state)))
            session = person.of(MINE.state)[-1]["session"]
            assert telemetry.client.connection is not None
            telemetry.client.connection.abort("the cable was cut")
            gone = {"online": False, "session": session}
            await person.until(lambda: gone in person.of(MINE.state))

    run(story)


FORBIDDEN = [
    *(OTHERS.state, OTHERS.event, OTHERS.command, OTHERS.result(ORDER), OTHERS.port_status(1)),
    *(MINE.command, f"{MINE.base}/else", "evse/v1/A-1", "other/v1/A-1/state", "$SYS/broker/x"),
]


@pytest.mark.parametrize("topic", FORBIDDEN)
def test_a_charger_writes_below_its_own_name_alone(site: Site, topic: str) -> None:
    async def story() -> None:
        mine = await site.connected("A-1")
        taken = mine.promise()
        mine.publish(topic, b"{}", then=taken.set_result)

        assert await mine.kept(taken, "no answer") is False
        mine.abort("done")

    run(story)


def test_a_charger_may_write_all_that_it_tells(site: Site) -> None:
    async def story() -> None:
        mine = await site.connected("A-1")
        own = [MINE.state, MINE.health, MINE.event, MINE.session, MINE.outage, MINE.load, MINE.port_status(2)]
        for topic in [*own, MINE.port_meter(1), MINE.result(ORDER), MINE.blob(ORDER, 3)]:
            taken = mine.promise()
            mine.publish(topic, b"{}", then=taken.set_result)
            assert await mine.kept(taken, "no answer"), topic
        mine.abort("done")

    run(story)


def test_a_charger_hears_its_own_orders_and_nobody_elses(site: Site) -> None:
    async def story() -> None:
        mine, person = await site.connected("A-1"), await site.connected("support")
        for topic in (MINE.command, OTHERS.command, "evse/v1/#"):
            try:
                await mine.subscribe(topic)
            except BrokerError:
                assert topic != MINE.command
        for topic in (OTHERS.command, OTHERS.event, MINE.command):
            person.publish(topic, topic.encode())
        async with asyncio.timeout(10):
            while not mine.arrived:
                mine.has_arrived.clear()
                await mine.has_arrived.wait()
        await asyncio.sleep(0.2)

        assert {one.topic for one in mine.arrived} == {MINE.command}
        for one in (mine, person):
            one.abort("done")

    run(story)


def test_no_certificate_and_one_of_another_authority_are_turned_away(site: Site) -> None:
    async def story() -> None:
        bare = replace(site.login("A-1"), context=new_context(Trust(ca_file=site.folder / "ca.pem")))
        for login in (bare, site.login("A-1", ca=trustme.CA())):
            with pytest.raises(BrokerError):
                await Connection(login, Will(topic=MINE.state, payload=b"{}")).open()

    run(story)


def test_a_broker_with_another_name_or_authority_is_not_believed(site: Site) -> None:
    async def story() -> None:
        trustme.CA().cert_pem.write_to_path(site.folder / "other.pem")
        stranger = replace(site.login("A-1"), context=new_context(Trust(ca_file=site.folder / "other.pem")))
        by_address = replace(site.login("A-1"), host="127.0.0.1")
        for login in (stranger, by_address):
            with pytest.raises(BrokerError, match="not believed"):
                await Connection(login, Will(topic=MINE.state, payload=b"{}")).open()

    run(story)
