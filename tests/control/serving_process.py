"""A charger with its control socket in a process of its own: `python -m tests.control.serving_process FOLDER [idle]`.

Listens at FOLDER/c.sock and prints "ready". Connector 1 charges unless told to be idle; connector 2 is free, and has a
pilot board that can be asked.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agent.control.server import ControlServer
from agent.core.control_pilot import PilotState
from agent.core.identity import ConnectorId
from agent.core.session.events import TokenPresented
from tests.control.charger import CSMS, Charger
from tests.control.paper_service import PaperService
from tests.core.session.station import CARD

PASSING_S = 0.2


def prepared(folder: Path, *, idle: bool) -> Charger:
    charger = Charger(folder)
    charger.state = CSMS
    charger.services[ConnectorId(2)] = PaperService()
    if idle:
        return charger
    outlet = charger.outlets[ConnectorId(1)]
    outlet.plug_in()
    outlet.feed(TokenPresented(CARD))
    outlet.advance(1.0)
    outlet.pilot_is(PilotState.C)
    charger.advance(60.0)
    return charger


async def serve(folder: Path, *, idle: bool) -> None:
    charger = prepared(folder, idle=idle)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ControlServer(charger, folder / "c.sock").run())
        await asyncio.sleep(0)
        print("ready", flush=True)
        while True:
            await asyncio.sleep(PASSING_S)
            charger.advance(PASSING_S)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), idle="idle" in sys.argv[2:]))
