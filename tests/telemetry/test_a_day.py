"""A simulated charger's day told over a broker: every message keeps its schema, no number is missing, nothing secret.

The real agent, real drivers, simulated board, meter and central system; the day is pressed into two hours.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agent.telemetry.topics import KINDS, place_of
from firmware_sim.mqtt_broker import Broker
from firmware_sim.mqtt_packets import Connect, Message, Reason
from tests.simulation.stage import BAD_CARD, CARD, OTHER_CARD, Charger
from tests.telemetry.schemas import misfits
from tests.telemetry.simulated import documents, tell
from tools.simulate.clock import EPOCH_MS, VirtualClock

LATE_MS = EPOCH_MS + (15 * 60 + 35) * 60_000
"""Midnight is 25 minutes away: the load of a day is told when it is over."""
PASSWORD = "canary-4711-mqtt-password"
TOLD_HERE = set(KINDS) - {"cmd", "res"}


def test_a_day_of_charges_faults_and_lost_links_keeps_every_schema_and_every_secret() -> None:
    seen: list[Connect] = []

    async def story(charger: Charger, broker: Broker) -> None:
        await charger.charge()
        await charger.passes(300)
        await charger.world("fault", name="meter_silent", connector=1)
        await charger.passes(120)
        await charger.world("heal")
        await charger.passes(60)
        await charger.world("plug_out", connector=1)
        await charger.passes(60)
        await charger.plug_in()
        await charger.swipe(BAD_CARD)
        await charger.world("plug_out", connector=1)
        await charger.passes(60)
        broker.forget()
        await charger.passes(60)
        await charger.charge()
        await charger.world("fault", name="weld", connector=1)
        await charger.world("plug_out", connector=1)
        await charger.passes(600)
        await charger.world("heal")
        broker.whims.refuses = Reason.UNAVAILABLE
        for link in list(broker.links.values()):
            link.hang_up()
        await charger.passes(400)
        broker.whims.refuses = None
        await charger.passes(1800)

        told = documents(broker)
        kinds = {place.kind for message, _ in told if (place := place_of(message.topic)) is not None}

        assert [what for message, body in told for what in misfits(message, body)] == []
        assert kinds >= TOLD_HERE
        _every_number_follows_the_one_before(told)
        assert [body for message, body in told if message.topic.endswith("/health")][-1]["broker"]["connected"]
        everything = b"\n".join(str(body).encode() + message.payload for message, body in told)
        for secret in (CARD, OTHER_CARD, BAD_CARD, CARD[-4:], BAD_CARD[-4:], PASSWORD):
            assert secret.encode() not in everything
        events = {body["event"] for message, body in told if message.topic.endswith("/event")}
        assert {"plug.inserted", "transaction.started", "fault.raised", "session.refused"} <= events
        assert {connect.password for connect in seen} == {PASSWORD.encode()}

    with TemporaryDirectory() as folder:
        file = Path(folder) / "password"
        file.write_text(PASSWORD)
        file.chmod(0o600)
        tell(story, f'username = "sim"\npassword_file = "{file}"', admits=seen, clock=VirtualClock(LATE_MS))


def _every_number_follows_the_one_before(told: Sequence[tuple[Message, dict[str, Any]]]) -> None:
    """From 0 with each birth."""
    numbers = [body["seq"] for _, body in told if "seq" in body]
    for before, after in itertools.pairwise(numbers):
        assert after in (0, before + 1)
