"""The link as an operator sees it, near by and from afar: figures, events, and the frames of the wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agent.station.wire_trace import BATCH_S, BATCHES_AT_MOST
from agent.store.wire_trace import Ring
from tests.simulation.stage import CARD, Charger, tell
from tests.simulation.test_board_stories import body

HOUR_S = 3600.0
PART_S = 1200.0
"""Of an hour that is like any other part of it: four heartbeats, twenty samples."""
WRITTEN_S = BATCHES_AT_MOST * BATCH_S + 60.0
"""Whatever went over the wire is on the disk after this time."""
CANARY_CARD, CANARY_KEY = "C4A9AE11B2C3D4", "canary-0123456789abcdef"
PREFIX = "EvseAgent"


async def configuration(charger: Charger, *names: str) -> list[str]:
    answer = await charger.network("get_configuration", keys=[PREFIX + name for name in names])
    found = {entry["key"]: entry["value"] for entry in answer["answer"]["configurationKey"]}
    return [found[PREFIX + name] for name in names]


def trace_on_disk(charger: Charger) -> str:
    return "".join(frame.text for frame in Ring(Path(charger.agent.config.storage.path)).newest(10_000))


def bytes_on_disk(charger: Charger) -> int:
    return sum(file.stat().st_size for file in Path(charger.agent.config.storage.path).glob("wire-trace*"))


def test_an_outage_is_seen_in_status_in_keys_and_in_the_log() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.network("offline")
        await charger.passes(600.0)

        away = await body(charger, "ocpp status")
        assert not away["connected"]
        assert away["cause"]
        assert away["queued"] >= 9
        assert away["oldest_kind"] == "sample"
        assert 500 <= away["oldest_age_s"] <= 620
        assert away["losses"]

        await charger.network("heal")
        await charger.passes(400.0)
        back = await body(charger, "ocpp status")
        assert (back["connected"], back["queued"], back["oldest"], back["reconnects"]) == (True, 0, None, 1)
        assert back["registration"] == "Accepted"
        assert back["clock_offset_s"] is not None
        names = ("LinkReconnects", "QueueLength", "QueueOldest", "LinkEndpoint", "LinkRegistration", "ClockQuality")
        told = await configuration(charger, *names)
        assert told == ["1", "0", "", back["endpoint"], "Accepted", "Known"]
        await charger.passes(10.0)
        assert [event["reconnects"] for event in await charger.events("ocpp.connected")] == [0, 1]
        [lost] = await charger.events("ocpp.disconnected")
        assert lost["cause"]

    tell(story)


def test_the_trace_holds_every_frame_and_no_token_and_no_key() -> None:
    async def story(charger: Charger) -> None:
        await charger.plug_in()
        await charger.swipe(CANARY_CARD)
        await charger.world("wait", connector=1, until="charging", timeout_s=30)
        await charger.network("change_configuration", key="AuthorizationKey", value=CANARY_KEY)
        # The charger comes back with its new key.
        await charger.passes(60.0)
        await charger.network("call", action="RemoteStartTransaction", payload={"connectorId": 1, "idTag": CANARY_CARD})
        await charger.network("data_transfer", vendor="V", message="m", text=json.dumps({"idTag": CANARY_CARD}))
        await charger.network("raw", text=f'[2,"x","Authorize",{{"idTag":"{CANARY_CARD}')
        await charger.world("plug_out", connector=1)
        await charger.passes(WRITTEN_S)

        written = trace_on_disk(charger)
        for action in ("BootNotification", "StartTransaction", "StopTransaction", "ChangeConfiguration"):
            assert f'"{action}"' in written
        assert "AuthorizationKey" in written
        assert CANARY_CARD[:-4] not in written
        assert CANARY_KEY not in written
        answers = [frame for frame in await charger.agent.trace.newest(5000) if frame.text.startswith("[3")]
        assert len(answers) > 5
        assert all(frame.latency_s is not None for frame in answers)

    tell(story)


def test_an_idle_hour_costs_little_trace_and_a_charging_one_less_than_the_store() -> None:
    measured: dict[str, int] = {}

    async def part_of_an_hour(charger: Charger, name: str) -> None:
        await charger.agent.trace.flush()
        before = bytes_on_disk(charger)
        await charger.passes(PART_S)
        await charger.agent.trace.flush()
        measured[name] = bytes_on_disk(charger) - before

    async def story(charger: Charger) -> None:
        await part_of_an_hour(charger, "idle")
        await charger.charge()
        await part_of_an_hour(charger, "charging")

    settings: dict[str, Any] = {"MeterValueSampleInterval": 60, "ClockAlignedDataInterval": 0}
    tell(story, settings=settings)

    # evse-csms asks for a heartbeat every five minutes; with one an hour it is a twelfth of this.
    assert 0 < measured["idle"] * HOUR_S / PART_S < 1_500
    assert measured["idle"] < measured["charging"]
    assert measured["charging"] * HOUR_S / PART_S < 10_000


def test_a_factory_reset_leaves_no_trace() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(WRITTEN_S)
        assert bytes_on_disk(charger)
        await charger.agent.trace.erase()
        assert bytes_on_disk(charger) == 0

    tell(story)


def test_a_card_is_told_by_its_end_in_a_trace_that_is_followed() -> None:
    async def story(charger: Charger) -> None:
        with charger.agent.trace.follower() as follower:
            await charger.charge()
            frames = [frame.text for frame in follower.drain()]
        assert any(CARD[-4:] in text for text in frames)
        assert not any(CARD in text for text in frames)

    tell(story)
