"""What the health channel tells beyond the sessions themselves, drawn from what people at the charger see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.control.explanation import scene_of
from agent.core.explain.explain import Explanation, explain
from agent.core.health.model import Judgement
from agent.core.identity import ConnectorId
from agent.core.load_profile.days import day_number
from agent.core.load_profile.flexibility import NOTHING
from agent.station.control_side import ControlSide
from agent.station.health_sections import flexibility

TOLD_OF_FLEXIBILITY = ("shed_w", "shed_to_minimum_w", "raise_w", "raise_by", "until")


class Seen:
    """`Looks` of the telemetry side."""

    def __init__(self, control: ControlSide, warmest_c: Callable[[], float | None]) -> None:
        self._control = control
        self.warmest_c = warmest_c

    def judgements(self) -> Mapping[int, Judgement]:
        return self._control.health_of.judgements()

    def blamed(self) -> str:
        """What the look at the network found while the central system is away; "" where it is there."""
        return self._control.network().found

    async def document(self) -> Mapping[str, Any]:
        return await self._control.health()

    def explained(self, connector: ConnectorId) -> Explanation:
        return explain(scene_of(self._control, connector))

    async def flexibility(self, connector: ConnectorId) -> Mapping[str, Any] | None:
        """What changes of it; the rest stands in the health document."""
        able, until = await self._control.health_of.flexible(connector, self._control.now())
        if able == NOTHING:
            return None
        told = flexibility(able, until)
        return {name: told[name] for name in TOLD_OF_FLEXIBILITY if name in told}

    async def load_profile(self, day: str) -> Mapping[str, Any] | None:
        """Of the whole station: the ports' own rows can be asked for, and cost as much again each."""
        number = day_number(day)
        for one in await self._control.load_days(number, number):
            return {"day": day, "step_s": 900, "mean_w": list(one.mean_w()), "peak_w": list(one.peak_w)}
        return None

    def board_firmware(self) -> Sequence[str]:
        boards = [self._control.board(connector) for connector in self._control.connectors()]
        return [one.firmware_version for one in boards if one is not None and one.firmware_version]
