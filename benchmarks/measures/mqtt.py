"""What a month of the health channel costs on a SIM, by profile, and what the agent weighs with it.

Pieces of a month are played in virtual time with the real agent and its MQTT library beside the stand-in broker: six
idle hours, a charge, a link that came back, a fault. What TCP carries is counted byte by byte, both ways, framing,
acknowledgements and pings included; a month is added up from the pieces. For TLS each write is a record of its own,
22 bytes more (RFC 8446 section 5.2: 5 of header, 1 of type, 16 of tag), and each link begins with a handshake.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import simulated
from benchmarks.figure import Effort, Figure, at_most
from benchmarks.live import running_agent, site
from benchmarks.process import memory
from benchmarks.spread import spread
from firmware_sim import verbs, virtual_loop
from firmware_sim.mqtt_broker import Broker
from tools.simulate.run import Stage

ORDER = 19
DAYS = 30
CHARGES, CHARGE_H, IDLE_H = 2, 1.5, 6.0
"""A day: this many charges of so many hours, one fault that comes and goes, one lost link; the rest is idle."""
TLS_RECORD, IP_AND_TCP = 22, 40
HANDSHAKE = 4_900
"""Of TLS 1.3 with certificates of both sides on P-256, measured once, both ways together; each new link has one."""
MB = 1e6
BOUNDS_MB = {"normal": 5.0, "thrifty": 1.0}
MOST_RSS_MB = 8.0
"""Of everything that remote maintenance adds, of which this is a part."""
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Traffic:
    """Both ways together. `records`: writes, each of which is a record of TLS and about one segment of TCP."""

    octets: float = 0.0
    records: float = 0.0
    links: float = 0.0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(self.octets + other.octets, self.records + other.records, self.links + other.links)

    def __sub__(self, other: Traffic) -> Traffic:
        return self + other.times(-1)

    def times(self, count: float) -> Traffic:
        return Traffic(self.octets * count, self.records * count, self.links * count)

    @property
    def tls_mb(self) -> float:
        return (self.octets + self.records * TLS_RECORD + self.links * HANDSHAKE) / MB

    @property
    def ip_mb(self) -> float:
        """With headers of IP and TCP, and a bare acknowledgement for each segment, which is the most there can be."""
        return self.tls_mb + 2 * self.records * IP_AND_TCP / MB


@dataclass(frozen=True, slots=True)
class Pieces:
    """What was seen: six idle hours, one charge, a link that came back, a fault."""

    idle: Traffic
    charge: Traffic
    link: Traffic
    fault: Traffic
    health: Traffic
    """One document more, where the profile sends less than one in six hours."""

    def month(self) -> Traffic:
        idle_h = 24.0 - CHARGES * CHARGE_H
        day = self.idle.times(idle_h / IDLE_H) + self.charge.times(CHARGES) + self.link + self.fault + self.health
        return day.times(DAYS)


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    for profile, bound_mb in BOUNDS_MB.items():
        (folder / profile).mkdir()
        pieces = virtual_loop.run(_played(profile, folder / profile))
        month = pieces.month()
        yield Figure(
            name=f"MQTT a month, {profile}",
            value=month.tls_mb,
            unit="MB",
            floor=month.octets / MB,
            floor_is="the same without TLS",
            target=at_most(bound_mb, why=f"{CHARGES} charges of {CHARGE_H:g} h, a fault and a lost link each day"),
            notes=(
                f"with headers of IP and TCP at most {month.ip_mb:.2f} MB",
                f"a day: {_kb(pieces.idle.times((24 - CHARGES * CHARGE_H) / IDLE_H))} idle, "
                f"{_kb(pieces.charge.times(CHARGES))} charging, {_kb(pieces.link)} a lost link, "
                f"{_kb(pieces.fault)} a fault",
            ),
        )
    yield asyncio.run(_weighed(min(ROUNDS, effort.rounds), folder, effort.settle_s))


def _kb(traffic: Traffic) -> str:
    return f"{traffic.tls_mb * 1000:.1f} kB"


async def _played(profile: str, folder: Path) -> Pieces:
    broker = Broker(keeps=1_000)
    port = await broker.open()
    section = f'[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\ndevice = "EVSE-2026-001234"\nprofile = "{profile}"\n'
    async with simulated.charger(folder, more_site=section) as stage:
        await asyncio.sleep(600)
        seen = [_seen(broker)]

        def cut() -> Traffic:
            seen.append(_seen(broker))
            return seen[-1] - seen[-2]

        cut()
        await asyncio.sleep(IDLE_H * 3600)
        idle = cut()
        await _charge(stage)
        charge = cut()
        for link in list(broker.links.values()):
            link.hang_up()
        await asyncio.sleep(120)
        lost = cut()
        await verbs.perform(stage.rig.world, "fault", {"name": "meter_silent", "connector": 1})
        await asyncio.sleep(300)
        await verbs.perform(stage.rig.world, "heal", {})
        await asyncio.sleep(300)
        fault = cut()
    await broker.close()
    largest = max(len(one.payload) for one in broker.taken if one.topic.endswith("/health"))
    health = Traffic(largest + 60, 2) if profile == "thrifty" else Traffic()
    return Pieces(idle, charge, lost, fault, health)


async def _charge(stage: Stage) -> None:
    await simulated.plug_in(stage)
    await simulated.show_card(stage)
    await asyncio.sleep(CHARGE_H * 3600)
    await simulated.leave(stage)
    await asyncio.sleep(60)


def _seen(broker: Broker) -> Traffic:
    return Traffic(broker.bytes_in + broker.bytes_out, broker.packets_in + broker.packets_out, broker.connects)


async def _weighed(rounds: int, folder: Path, settle_s: float) -> Figure:
    """Two agents at idle in worlds of their own, one with a health channel and one without."""
    broker = Broker(keeps=0)
    port = await broker.open()
    more = []
    for number in range(rounds):
        async with asyncio.TaskGroup() as tasks:
            bare = tasks.create_task(_rss_mb(folder / f"bare-{number}", settle_s, ""))
            section = f'\n[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\ndevice = "weighed-{number}"\n'
            told = tasks.create_task(_rss_mb(folder / f"told-{number}", settle_s, section))
        more.append(told.result() - bare.result())
    await broker.close()
    return Figure(
        name="RSS added by the health channel",
        value=median(more),
        unit="MB",
        target=at_most(MOST_RSS_MB, why="of all remote maintenance together"),
        notes=(spread(more, "MB"), f"the broker saw {broker.connects} connections of {rounds} agents"),
    )


async def _rss_mb(folder: Path, settle_s: float, section: str) -> float:
    async with site(folder) as at:
        text = at.plan.site_file.read_text("utf-8")
        at.plan.site_file.write_text(text + section, "utf-8")
        async with running_agent(at) as agent:
            # The first connection is spread over ten seconds.
            await asyncio.sleep(settle_s + 15.0)
            return memory(agent.pid).rss_mb
