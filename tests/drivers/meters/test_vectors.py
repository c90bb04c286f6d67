"""Meters that show recorded registers, read by the driver over a real wire: what the frames mean is what it tells."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from agent.core.quantities import MeterSample
from agent.drivers.meters.maps import known_maps, load_map
from firmware_sim.meters.points import MeterModel
from firmware_sim.recorded_meter import recorded_model
from firmware_sim.virtual_loop import run
from tests.drivers.meters.bench import MeterBench, over_rtu, over_tcp
from tests.vectors import load_vectors

RECORDED = load_vectors("meters")
COMPLETE = [vector for vector in RECORDED["vectors"] if "values" in vector]
REFUSING = [vector for vector in RECORDED["vectors"] if "refused" in vector.get("expect", {})]
PHASES = ("l1", "l2", "l3")
Wire = Callable[[str], AbstractAsyncContextManager[MeterBench]]


def name_of(vector: dict[str, Any]) -> str:
    return f"{vector['meter']}, {vector['case']}"


def recorded(frames: list[dict[str, str]], meter: str) -> MeterModel:
    """The meter of these frames, and of those that tell who it is."""
    exchanges = [(bytes.fromhex(one["request"]), bytes.fromhex(one["response"])) for one in frames]
    identity = [
        (bytes.fromhex(one["request"]), bytes.fromhex(one["response"])) for one in RECORDED["identities"][meter]
    ]
    return recorded_model(meter, exchanges + identity, quiet_s=load_map(meter).pause_s)


def read(wire: Wire, model: MeterModel) -> MeterSample:
    """What the driver with the map of this meter makes of it."""

    async def body() -> MeterSample:
        async with wire(model.id) as bench:
            bench.site.meter.become(model)
            return await bench.driver.read()

    return run(body())


def expected(values: dict[str, float], quantity: str) -> tuple[Any, ...]:
    """Of each phase; None where the meter has no such value."""
    return tuple(
        pytest.approx(values[f"{quantity}_{phase}"], rel=1e-6) if f"{quantity}_{phase}" in values else None
        for phase in PHASES
    )


@pytest.mark.parametrize("wire", [over_rtu, over_tcp], ids=["rtu", "tcp"])
@pytest.mark.parametrize("vector", COMPLETE, ids=name_of)
def test_recorded_registers_are_read_over_the_wire_as_recorded(vector: dict[str, Any], wire: Wire) -> None:
    values = vector["values"]

    sample = read(wire, recorded(vector["frames"], vector["meter"]))

    assert sample.register_wh == values["energy_import_total"]
    assert sample.power_w == pytest.approx(values.get("power_total", values.get("power_l1")), rel=1e-6)
    assert sample.voltages_v == expected(values, "voltage")
    assert sample.currents_a == expected(values, "current")
    assert sample.frequency_hz == (pytest.approx(values["frequency"]) if "frequency" in values else None)


@pytest.mark.parametrize("vector", REFUSING, ids=name_of)
def test_what_a_variant_refuses_is_not_asked_for(vector: dict[str, Any]) -> None:
    meter = vector["meter"]
    refused = {frame["request"] for frame in vector["frames"]}
    whole = next(one for one in COMPLETE if one["meter"] == meter)
    assert refused < {frame["request"] for frame in whole["frames"]}

    sample = read(over_rtu, recorded([one for one in whole["frames"] if one["request"] not in refused], meter))

    assert sample.register_wh == whole["values"]["energy_import_total"]


def test_every_family_is_recorded_but_those_without_addresses_of_their_own() -> None:
    meters = {vector["meter"] for vector in COMPLETE}

    assert {id for id in known_maps() if not load_map(id).sunspec_models} == meters == RECORDED["identities"].keys()
