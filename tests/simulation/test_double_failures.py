"""Two things are wrong at once: what `health` and the headline name first is what somebody has to mend first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agent.control.explanation import explanation_body
from agent.core.identity import ConnectorId
from tests.simulation.stage import Charger, tell

ONE = ConnectorId(1)
Story = Callable[[Charger], Awaitable[None]]


async def told(charger: Charger, connector: int = 1) -> tuple[list[str], str, dict[str, Any]]:
    """The reasons of the verdict, the headline, and the whole explanation."""
    side = charger.agent.upkeep.bundles.side()
    document = await charger.agent.upkeep.bundles.side().health()
    port = document["ports"][connector - 1]
    body = await explanation_body(side, ConnectorId(connector))
    assert port["headline"] == body["headline"]
    return [one["key"] for one in port["reasons"]], body["headline"], body


async def broken(charger: Charger, name: str, connector: int = 1, **given: object) -> None:
    await charger.world("fault", name=name, connector=connector, **given)


async def welded_while_offline(charger: Charger) -> None:
    await charger.charge()
    await charger.network("offline")
    await broken(charger, "weld")
    await charger.world("plug_out", connector=1)
    await charger.passes(90.0)

    keys, headline, _ = await told(charger)

    assert keys == ["fault.contactor.welded", "network.offline"]
    assert headline.startswith("not charging: fault contactor.welded")
    await charger.world("heal")
    await charger.passes(5.0)


async def reader_dead_while_offline(charger: Charger) -> None:
    # Somebody is known here, who could charge without the central system.
    await charger.charge()
    await charger.world("plug_out", connector=1)
    await charger.passes(20.0)
    await charger.network("offline")
    await broken(charger, "reader_dead")
    await charger.passes(90.0)
    await charger.plug_in()

    keys, headline, _ = await told(charger)

    assert keys == ["fault.reader.failed", "network.offline"]
    assert headline.endswith(
        "the card reader does not answer, and no central system is connected that could start from afar"
    )


async def silent_network_that_limits(charger: Charger) -> None:
    await charger.charge()
    await charger.network("offline")
    await charger.passes(150.0)

    keys, headline, _ = await told(charger)

    assert keys == ["network.offline", "limit.failsafe"]
    assert headline.endswith("the central system has been silent for 60 s")


async def inputs_that_nobody_reads(charger: Charger) -> None:
    await broken(charger, "chip_gone")
    await charger.passes(60.0)

    keys, headline, body = await told(charger)

    assert keys == ["fault.mcu.comm", "fault.safety.emergency_stop", "fault.enclosure.open"]
    assert headline.startswith("not charging: fault mcu.comm")
    changes = {one["do"].get("subject"): one for one in body["would_start"]}
    assert next(iter(changes)) == "mcu.comm"
    assert "bring back what reads this input" in changes["safety.emergency_stop"]["change"]


async def each_connector_its_own(charger: Charger) -> None:
    await broken(charger, "estop")
    await broken(charger, "meter_silent", 2)
    await charger.passes(90.0)

    assert (await told(charger, 1))[0] == ["fault.safety.emergency_stop"]
    keys, _, body = await told(charger, 2)
    assert keys == ["fault.meter.comm"]
    assert all("also_at" not in one["evidence"] for one in body["reasons"])


@pytest.mark.parametrize(
    ("story", "changes"),
    [
        (welded_while_offline, {}),
        (reader_dead_while_offline, {"board": "sim-pn532"}),
        (silent_network_that_limits, {"site": {"safe_current_a": 0, "safe_after_s": 60}}),
        (inputs_that_nobody_reads, {"board": "sim-gpio"}),
        (each_connector_its_own, {"board": "sim-dual"}),
    ],
)
def test_the_root_is_named_first(story: Story, changes: dict[str, Any]) -> None:
    tell(story, **changes)
