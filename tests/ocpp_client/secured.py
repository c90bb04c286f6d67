"""A charger with keys and certificates beside a central system with TLS, on the virtual clock and real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("trustme", reason="certificates of the tests are made with it")

import trustme

from agent.bus import Bus, News
from agent.config.load import load
from agent.core.availability import ConnectorStatus
from agent.core.time import Instant
from agent.drivers import loader
from agent.ids import Ids
from agent.ocpp_client.causes import Cause
from agent.ocpp_client.client import Neighbours, OcppClient
from agent.ocpp_client.connections import Observers
from agent.ocpp_client.rpc.calls import Outcome
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16.adapter import Ocpp16
from agent.ocpp_client.v16.settings import first_values
from agent.station.security_events import SecurityEvents
from agent.station.security_side import SecuritySide
from agent.station.station import Station
from agent.store.security_log import SecurityRecord
from agent.store.store import open_store
from tests.ocpp_client.plain import LoopClock, status
from tests.ocpp_client.v16.station import RecordingStation
from tests.tools.csms.charger import Bench
from tools.csms.record import Record
from tools.csms.server import Address, CentralSystem
from tools.csms.tls import ServerTls

KEY = "first-key-of-CP-1"
NEW_KEY = "second-key-of-CP-1"
IDENTITY = "CP-1"
SERIAL = "QE-000123"


def issued(ca: trustme.CA, folder: Path, name: str = "127.0.0.1", **how: Any) -> ServerTls:
    """Files of a server certificate for `name`."""
    made = ca.issue_cert(name, **how)
    chain, key = folder / f"{id(made)}.pem", folder / f"{id(made)}.key"
    chain.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    key.write_bytes(made.private_key_pem.bytes())
    return ServerTls(chain=chain, key=key)


def root_file(ca: trustme.CA, folder: Path) -> Path:
    file = folder / f"{id(ca)}-root.pem"
    file.write_bytes(ca.cert_pem.bytes())
    return file


def root_pem(ca: trustme.CA) -> str:
    return ca.cert_pem.bytes().decode()


@dataclass(frozen=True, kw_only=True)
class Site:
    """How the charger is set up."""

    profile: int = 2
    key: str = KEY
    ca_file: Path | None = None
    settings: str = ""
    network: str = ""


class ShiftedClock(LoopClock):
    """`ahead_ms`: what its wall clock is wrong by."""

    ahead_ms = 0

    def now(self) -> Instant:
        right = super().now()
        return replace(right, utc_ms=None if right.utc_ms is None else right.utc_ms + self.ahead_ms)


class Charger:
    """One run of a charger; a second one on the same folder is the same charger after a restart."""

    def __init__(self, folder: Path, csms: Bench, site: Site) -> None:
        self.csms = csms
        config = load(_site_file(folder, csms, site), loader)
        assert config.ocpp is not None
        self.store = open_store(config.storage.path, inline=True, flush=False)
        settings = NetworkSettings(self.store.settings, first_values(config.ocpp.settings))
        self.clock = ShiftedClock()
        self.station = Station(config, self.store, settings, self.clock, Bus())
        self.news: list[News] = []
        self.frames: list[str] = []
        self.causes: list[Cause] = []
        self.events = SecurityEvents(self.station)
        self.station.note_security = self.events.note
        self.side = SecuritySide(self.station, config.ocpp, self.events)
        recording = RecordingStation()
        self.adapter = Ocpp16(recording, settings, self.side)
        self.client = OcppClient(
            self.adapter,
            self.side.slots,
            Neighbours(station=recording, ledger=self.store.ledger, settings=settings),
            clock=LoopClock(),
            ids=Ids(Random(7)),
            observers=Observers(on_frame=lambda _direction, text: self.frames.append(text), on_change=self._look),
        )
        self.side.reconnect_with = self.client.reconnect
        for connector in (None, 1, 2):
            self.client.status_changed(status(connector, ConnectorStatus.AVAILABLE))

    def _look(self) -> None:
        cause = self.client.snapshot().cause
        if cause is not None and not self.client.snapshot().is_open:
            self.causes.append(cause)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.station.deeds.run())
            tasks.create_task(self.side.run(self.adapter, self._call))
            tasks.create_task(self.client.run())
            tasks.create_task(self._listen())

    async def _listen(self) -> None:
        with self.station.bus.reader() as reader:
            while True:
                await reader.arrived()
                self.news += reader.drain()

    async def _call(self, call: Any, is_triggered: bool) -> Outcome | None:
        return await self.client.call(call, is_triggered=is_triggered)

    # Words for tests.

    @property
    def is_connected(self) -> bool:
        return self.client.snapshot().is_connected

    async def until(self, condition: Callable[[], bool], within_s: float = 900.0) -> None:
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110  # what is waited for is seen from outside only
                await asyncio.sleep(0.1)

    async def connected(self, within_s: float = 900.0) -> None:
        await self.until(lambda: self.is_connected, within_s)

    async def reconnected(self, within_s: float = 900.0) -> None:
        """Connected by another connection than now, and what follows from that is on record."""
        before = self.connections
        await self.until(lambda: self.connections > before and self.is_connected, within_s)
        await asyncio.sleep(2.0)

    @property
    def connections(self) -> int:
        return dict(self.client.snapshot().counts)["connections"]

    async def fails(self, cause: Cause, within_s: float = 900.0) -> None:
        await self.until(lambda: self.causes[-1:] == [cause], within_s)
        await asyncio.sleep(1.0)

    async def noted(self, event: str) -> list[SecurityRecord]:
        return [one for one in await self.store.logs.security.records() if one.event == event]

    async def told(self, action: str) -> list[dict[str, Any]]:
        """Payloads of the CALLs of `action` that the central system took."""
        return await self.told_to(self.csms, action)

    async def told_to(self, csms: Bench, action: str) -> list[dict[str, Any]]:
        """The same of another central system."""
        frames = (await csms.do("frames", action=action, kind="call", direction="from"))["frames"]
        return [json.loads(frame["text"])[3] for frame in frames]


@asynccontextmanager
async def central_system(folder: Path, tls: ServerTls | None, **passwords: str) -> AsyncIterator[Bench]:
    system = CentralSystem(Record(Path(":memory:")), is_quiet=True, tls=tls)
    system.behaviour.passwords[IDENTITY] = passwords.get("key", KEY)
    bound = await system.listen(Address(host="127.0.0.1", port=0))
    try:
        yield Bench(system, f"{'ws' if tls is None else 'wss'}://{bound.host}:{bound.port}")
    finally:
        await system.close()
        system.record.close()


async def change_tls(csms: Bench, tls: ServerTls | None) -> None:
    """Listen at the same place with other certificates."""
    await csms.system.close()
    csms.system.tls = tls
    await csms.system.reopen()


@asynccontextmanager
async def charger(folder: Path, csms: Bench, site: Site) -> AsyncIterator[Charger]:
    one = Charger(folder, csms, site)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.run())
        try:
            yield one
        finally:
            await one.client.aclose()
            await asyncio.sleep(5.0)
            running.cancel()
    await one.store.aclose()


async def accepted(csms: Bench, verb: str, **arguments: object) -> None:
    answer = await csms.do(verb, **arguments)
    assert answer.get("answer", {}).get("status") == "Accepted", answer


async def give_certificate(one: Charger, csms: Bench) -> None:
    """The charger asks for a certificate, gets one, and connects anew."""
    await accepted(csms, "change_configuration", key="CpoName", value="Quay Power")
    await accepted(csms, "extended_trigger", message="SignChargePointCertificate")
    await one.until(lambda: bool(csms.system.station(None).requested))
    await accepted(csms, "certificate_signed")
    await one.reconnected()


def _site_file(folder: Path, csms: Bench, site: Site) -> Path:
    (folder / "state").mkdir(exist_ok=True)
    password = folder / "password"
    password.write_text(site.key)
    password.chmod(0o600)
    ca = "" if site.ca_file is None else f'[tls]\nca_file = "{site.ca_file}"\n'
    url = csms.url.replace("wss:", "ws:") if site.profile < 2 else csms.url.replace("ws:", "wss:")
    file = folder / "site.toml"
    file.write_text(
        f"""board = "sim-single"
[station]
serial_number = "{SERIAL}"
[site]
country = "DE"
supply_current_a = 32
commissioning = "lab"
[storage]
path = "{folder / "state"}"
[control]
socket = "{folder / "agent.sock"}"
{ca}[ocpp]
version = "1.6"
url = "{url}"
identity = "{IDENTITY}"
security_profile = {site.profile}
network = "{site.network}"
password_file = "{password}"
[ocpp.settings]
{site.settings}"""
    )
    return file
