"""A program that dies some seconds after each start: who is far away sees what of, as `evse-support show` has it."""

from __future__ import annotations

from agent.control.render import Page
from agent.control.verbs.health import show
from agent.core.last_words import headline, of_exception
from agent.host.crashes import FOLDER, OPEN_FILE
from firmware_sim.mqtt_broker import Broker
from tests.simulation.stage import Charger
from tests.telemetry.simulated import BASE, documents, tell

LIVES_S = 15.0
"""It looks for the broker within ten seconds, at a time that is drawn."""


def test_the_cause_of_a_crash_loop_is_kept_at_the_broker() -> None:
    async def story(charger: Charger, broker: Broker) -> None:
        left = of_exception(OSError(28, "No space left on device", "/var/lib/evse-agent/agent.db"))
        for _ in range(3):
            folder = charger.agent.config.storage.path / FOLDER
            await charger.stage.charger.kill()
            folder.mkdir(exist_ok=True)
            (folder / OPEN_FILE).write_text(left)
            await charger.stage.charger.start()
            await charger.passes(LIVES_S)

        document = [body for one, body in documents(broker) if one.topic == f"{BASE}/health"][-1]
        page = Page(colour=False)
        show(document, page)
        why = "ended by an exception in an unknown place: OSError: [Errno 28] No space left on device: '…'"
        assert headline(left) == why
        [reason] = [one for one in document["reasons"] if one["key"] == "crash_loop"]
        assert reason["text"].endswith(f"; the last: {why}")
        assert [one["crash"] for one in document["boots"][1:4]] == [why] * 3
        assert len([line for line in page.lines if why in line]) >= 2

    tell(story)
