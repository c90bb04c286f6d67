"""Who a meter is: the questions of a map, and of the other maps where the answers do not fit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from agent.drivers.meters import sunspec
from agent.drivers.meters.maps import MeterMap, Model, Value, known_maps, load_map, maps_of
from agent.drivers.meters.sample import Implausible, words_swapped
from agent.drivers.meters.sunspec import Ask, NoSunSpec, Place
from agent.drivers.modbus import framing
from agent.drivers.modbus.answers import Refused
from agent.drivers.modbus.block import Block
from agent.drivers.modbus.line import Unanswered
from agent.values import frozen

Models = tuple[Model, ...]

SILENCES_AT_MOST = 3
"""Then nothing new is asked: a device that is silent where others refuse would hold up its neighbours on the line."""


@frozen(kw_only=True)
class Met:
    """A device that is what it should be. `meter` is its map with the addresses of the wire."""

    meter: MeterMap
    model: str
    values: Mapping[str, Value] = field(default_factory=dict)


class Stranger(Exception):
    """Another device than the map describes; the text says by what. `looks_like`: the map that fits, where known."""

    def __init__(self, why: str, looks_like: str = "") -> None:
        super().__init__(why)
        self.looks_like = looks_like


class Interview:
    """Of one device at one time: each block is asked once, however many maps want to know it."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._heard: dict[Block, tuple[int, ...] | Refused | Unanswered] = {}
        self._silences: list[Unanswered] = []

    async def meet(self, meter: MeterMap, number: int = 1) -> Met:
        """The device as `meter` describes it; `number` counts the meters of a SunSpec device from 1.

        Raises Stranger, Implausible where its words are swapped; Refused and Unanswered where that may pass.
        """
        await framing.unhurried()
        try:
            if meter.sunspec_models:
                return await self._meet_sunspec(meter, number)
            values = await self._answers(meter)
        except NoSunSpec as error:
            raise Stranger(str(error)) from error
        except Refused as error:
            if not error.is_permanent:
                raise
            raise Stranger(f"it answers the question for its model with {error}") from error
        if (known := _fitting(meter.models, values)) is not None:
            return Met(meter=meter, model=known.name, values=values)
        likely = _fitting(meter.likely, values)
        if likely is None:
            raise await self._unlikely(meter, values)
        if sibling := await self._known_by(meter, maps_of(meter.vendor), _surely):
            raise Stranger("another map of its maker knows it", sibling)
        return Met(meter=meter, model=likely.name, values=values)

    async def _unlikely(self, meter: MeterMap, values: Mapping[str, Value]) -> Stranger | Implausible:
        """The error for a device of which no register reads as it should."""
        turned = meter.turned()
        if known := _fitting(turned.likely, in_other_order := await self._answers(turned)):
            voltage = in_other_order[known.point]
            if isinstance(voltage, float | int):
                return words_swapped([voltage], meter)
        return Stranger(_reads(meter, values))

    async def _meet_sunspec(self, meter: MeterMap, number: int) -> Met:
        found = await sunspec.places(self._hear)
        place = sunspec.meter_place(found, meter, number)
        if place is None:
            raise Stranger(_lacks(found, meter, number))
        values = await sunspec.common_values(self._hear, found)
        return Met(meter=meter.at(place.address), model=f"SunSpec model {place.model}", values=values)

    async def recognise(self, meter: MeterMap) -> str:
        """The id of another map than `meter` that knows the device, rather for sure than likely; empty where none."""
        return await self._known_by(meter, known_maps(), _surely) or await self._known_by(meter, known_maps(), _likely)

    async def candidates(self) -> tuple[str, ...]:
        """Every map that knows the device for sure or, where none does, likely; which of several its label tells."""
        for models in (_surely, _likely):
            found = []
            for id in known_maps():
                if await self._is(other := load_map(id), models(other)):
                    found.append(id)
                await asyncio.sleep(0)
            if found:
                return tuple(found)
        return ()

    async def _known_by(self, meter: MeterMap, among: Sequence[str], models: Callable[[MeterMap], Models]) -> str:
        for id in among:
            if id != meter.id and await self._is(other := load_map(id), models(other)):
                return id
            # Reading a map takes milliseconds, and where a device has answered already nothing else is waited for.
            await asyncio.sleep(0)
        return ""

    async def _is(self, meter: MeterMap, models: Models) -> bool:
        try:
            if meter.sunspec_models:
                return sunspec.meter_place(await sunspec.places(self._hear), meter) is not None
            return bool(models) and _fitting(models, await self._answers(meter, models)) is not None
        except (Refused, Unanswered, NoSunSpec):
            return False

    async def _answers(self, meter: MeterMap, models: Models | None = None) -> dict[str, Value]:
        """All that the device says of itself, or what these models are known by."""
        values: dict[str, Value] = {}
        for block in _blocks_for(meter, meter.identity_blocks, models):
            values |= meter.values(block, await self._hear(block))
        for block in _blocks_for(meter, meter.optional_identity_blocks, models):
            try:
                values |= meter.values(block, await self._hear(block))
            except Refused as refused:
                if not refused.is_permanent:
                    raise
            except Unanswered as unanswered:
                # The device was just heard: it is silent where others refuse.
                if not unanswered.was_silence:
                    raise
        return values

    async def _hear(self, block: Block) -> tuple[int, ...]:
        if block not in self._heard:
            self._heard[block] = await self._new(block)
        heard = self._heard[block]
        if isinstance(heard, Exception):
            raise heard
        return heard

    async def _new(self, block: Block) -> tuple[int, ...] | Refused | Unanswered:
        if len(self._silences) == SILENCES_AT_MOST:
            return self._silences[-1]
        try:
            return await self._ask(block)
        except Refused as refused:
            return refused
        except Unanswered as unanswered:
            self._silences.append(unanswered)
            return unanswered


def _shown(value: Value) -> str:
    """A value as a person reads it on a data sheet."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"0x{value:04X}" if isinstance(value, int) else "nothing" if value is None else value


def _surely(meter: MeterMap) -> Models:
    return meter.models


def _likely(meter: MeterMap) -> Models:
    return meter.likely


def _blocks_for(meter: MeterMap, blocks: tuple[Block, ...], models: Models | None) -> tuple[Block, ...]:
    """Those with a point of these models, or all. A question too many is one more answer that may come late."""
    if models is None:
        return blocks
    points = [meter.points[model.point] for model in models]
    return tuple(block for block in blocks if any(block.holds(one.function, one.address, one.count) for one in points))


def _fitting(models: Models, values: Mapping[str, Value]) -> Model | None:
    return next((model for model in models if model.fits(values.get(model.point))), None)


def _reads(meter: MeterMap, values: Mapping[str, Value]) -> str:
    points = dict.fromkeys(model.point for model in (*meter.models, *meter.likely))
    return " and ".join(f"its {point} reads {_shown(values.get(point))}" for point in points)


def _lacks(found: tuple[Place, ...], meter: MeterMap, number: int) -> str:
    has = ", ".join(str(place.model) for place in found) or "none"
    wanted = ", ".join(map(str, meter.sunspec_models))
    return f"it should have {number} of the SunSpec models {wanted}, and its models are {has}"
