"""A whole simulated charger beside a stand-in broker, for what its health channel says of a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agent.telemetry.letters import read
from firmware_sim import virtual_loop
from firmware_sim.mqtt_broker import Broker
from firmware_sim.mqtt_packets import Connect, Message, Reason
from tests.simulation.stage import Charger
from tools.simulate.room import NOTHING
from tools.simulate.run import Options, Stage

BASE = "evse/v1/SIM-7"


def documents(broker: Broker) -> list[tuple[Message, dict[str, Any]]]:
    """Everything of this charger that is JSON, oldest first."""
    own = [one for one in broker.taken if one.topic.startswith(BASE) and not one.topic.endswith("/cmd")]
    return [(one, read(one.payload, one.content_type)) for one in own if "/blob/" not in one.topic]


def tell(
    story: Callable[[Charger, Broker], Awaitable[None]],
    mqtt: str = "",
    site: str = "",
    admits: list[Connect] | None = None,
    **changes: Any,
) -> None:
    """Run a story of a charger with a health channel, in virtual time. `mqtt`: further lines of its section.

    `admits`: takes every CONNECT.
    """

    def admit(connect: Connect) -> Reason:
        if admits is not None:
            admits.append(connect)
        return Reason.SUCCESS

    async def told(folder: Path) -> None:
        broker = Broker(admits=admit)
        port = await broker.open()
        section = f'[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\ndevice = "SIM-7"\n{mqtt}\n{site}'
        async with AsyncExitStack() as stack:
            stage = await Stage.set_up(NOTHING, replace(Options(), more_site=section, **changes), folder, stack)
            charger = Charger(stage)
            await charger.passes(15.0)
            await story(charger, broker)
            await stage.charger.stop()
            await charger.passes(3.0)
        await broker.close()

    with TemporaryDirectory(prefix="evse-telemetry-") as folder:
        virtual_loop.run(told(Path(folder)))
