"""Every map against recorded frames, and against the simulated meters, which were written down apart from it."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.meters.maps import MeterMap, Value, known_maps, load_map
from agent.drivers.meters.sample import USED
from agent.drivers.modbus.block import Block
from firmware_sim.meter_models import MODELS
from firmware_sim.meters.points import Encoding, MeterModel, Point, Reading
from firmware_sim.modbus_meter import ModbusMeter
from tests.vectors import load_vectors

VECTORS = [vector for vector in load_vectors("meters")["vectors"] if vector["meter"] != "any"]
WITH_VALUES = [vector for vector in VECTORS if "values" in vector]
WITHOUT_SOME = [vector for vector in VECTORS if "absent" in vector.get("expect", {})]
MAPS = {name: load_map(name) for name in known_maps()}


def name_of(vector: dict[str, Any]) -> str:
    return f"{vector['meter']}, {vector['case']}"


def block_of(frame: dict[str, str]) -> Block:
    request = bytes.fromhex(frame["request"])
    return Block(request[1], int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big"))


def registers_of(frame: dict[str, str]) -> list[int]:
    content = bytes.fromhex(frame["response"])[3:-2]
    return [int.from_bytes(content[place : place + 2], "big") for place in range(0, len(content), 2)]


def identity_blocks(meter: MeterMap) -> tuple[Block, ...]:
    return (*meter.identity_blocks, *meter.optional_identity_blocks)


def as_sent(point: Point, meter: str, value: Any) -> bytes:
    """The octets of a point in the order of the family's words."""
    octets = point.encode(value)
    if not MODELS[meter].low_word_first or point.encoding is Encoding.TEXT:
        return octets
    return b"".join(octets[place : place + 2] for place in range(len(octets) - 2, -2, -2))


def values_of(vector: dict[str, Any]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for frame in vector["frames"]:
        values.update(MAPS[vector["meter"]].values(block_of(frame), registers_of(frame)))
    return values


@pytest.mark.parametrize("vector", WITH_VALUES, ids=name_of)
def test_recorded_frames_give_the_recorded_values(vector: dict[str, Any]) -> None:
    values = values_of(vector)

    assert {name: values[name] for name in vector["values"]} == pytest.approx(vector["values"], rel=1e-6)
    energies = {name: value for name, value in values.items() if name.startswith("energy_")}
    assert all(isinstance(value, int) for value in energies.values())
    assert {name: float(value or 0) for name, value in energies.items()} == {
        name: value for name, value in vector["values"].items() if name in energies
    }


@pytest.mark.parametrize("vector", WITH_VALUES, ids=name_of)
def test_the_simulated_meter_writes_the_recorded_values_as_the_frames_do(vector: dict[str, Any]) -> None:
    points = {point.name: point for point in MODELS[vector["meter"]].points}

    for frame in vector["frames"]:
        block, content = block_of(frame), bytes.fromhex(frame["response"])[3:-2]
        for name, value in vector["values"].items():
            point = points[name]
            if block.holds(point.function, point.address, point.octets // 2):
                first = 2 * (point.address - block.address)
                assert as_sent(point, vector["meter"], value) == content[first : first + point.octets], name


@pytest.mark.parametrize("vector", WITHOUT_SOME, ids=name_of)
def test_what_the_meter_does_not_have_is_none_and_never_zero(vector: dict[str, Any]) -> None:
    values = values_of(vector)

    assert [name for name in vector["expect"]["absent"] if values[name] is not None] == []


@pytest.mark.parametrize("meter", MAPS.values(), ids=lambda meter: meter.id)
def test_every_plan_brings_what_a_charge_needs(meter: MeterMap) -> None:
    for plan in meter.plans:
        values: dict[str, Value] = {}
        for block in plan:
            values.update(meter.values(block, [0x4000] * block.count))
        measured = {name for name in USED if name in meter.points}
        assert {"energy_import_total", "power_total"} <= values.keys()
        assert measured <= values.keys()


@pytest.mark.parametrize("meter", MAPS.values(), ids=lambda meter: meter.id)
def test_the_register_comes_in_a_block_as_long_as_no_other_of_its_plan(meter: MeterMap) -> None:
    """Modbus RTU tells a late answer by nothing else (field-problems.md section 3)."""
    register = meter.points["energy_import_total"]
    for plan in meter.plans:
        (its,) = [block for block in plan if block.holds(register.function, register.address, register.count)]
        assert [block for block in plan if block.count == its.count] == [its]
    lengths = [block.count for block in meter.plans[0]]
    assert len(set(lengths)) == len(lengths)


@pytest.mark.parametrize("meter", MAPS.values(), ids=lambda meter: meter.id)
def test_who_the_meter_is_is_asked_in_a_length_no_plan_uses(meter: MeterMap) -> None:
    """A late answer to a plan's block cannot pass for the identity, nor the other way round."""
    plans = {(block.function, block.count) for plan in meter.plans for block in plan}

    assert identity_blocks(meter) or meter.sunspec_models
    assert plans.isdisjoint((block.function, block.count) for block in identity_blocks(meter))


@pytest.mark.parametrize("meter", MAPS.values(), ids=lambda meter: meter.id)
def test_the_models_of_a_map_are_known_by_points_of_its_identity(meter: MeterMap) -> None:
    values: dict[str, Value] = {}
    for block in identity_blocks(meter):
        values.update(meter.values(block, [0x4242] * block.count))

    assert {model.point for model in (*meter.models, *meter.likely)} <= values.keys()
    assert meter.models or meter.likely or meter.sunspec_models


@pytest.mark.parametrize("meter", MAPS.values(), ids=lambda meter: meter.id)
def test_plans_stay_within_what_the_simulated_meter_answers(meter: MeterMap) -> None:
    assert all(block.count <= MODELS[meter.id].longest_read for plan in meter.plans for block in plan)


def test_no_two_maps_claim_one_device() -> None:
    claims = [
        (meter.points[model.point].function, meter.points[model.point].address, key)
        for meter in MAPS.values()
        for model in meter.models
        for key in (*model.equals, *filter(None, [model.starts_with]))
    ]

    assert len(claims) == len(set(claims))


@pytest.mark.parametrize("meter", MAPS.values(), ids=lambda meter: meter.id)
def test_a_value_and_its_power_of_ten_are_read_together(meter: MeterMap) -> None:
    for plan in meter.plans:
        for block in plan:
            inside = {
                name for name, point in meter.points.items() if block.holds(point.function, point.address, point.count)
            }
            assert {meter.points[name].exponent for name in inside} - {""} <= inside


def located(meter: MeterMap) -> MeterMap:
    """The map with the addresses of its simulated meter."""
    if not meter.sunspec_models:
        return meter
    headers = [point.address for point in MODELS[meter.id].points if point.name.startswith("model_")]
    return meter.at(headers[-2])  # the last is the end


@pytest.mark.parametrize("meter", MAPS.values(), ids=lambda meter: meter.id)
@given(data=st.data())
def test_map_and_simulated_meter_agree_on_every_point(meter: MeterMap, data: st.DataObject) -> None:
    model, here = MODELS[meter.id], located(meter)
    points = {point.name: point for point in model.points}
    name = data.draw(st.sampled_from(sorted(here.points.keys() & points.keys() - model.identity.keys())))
    value = data.draw(a_reading_of(points[name], model))

    told = [
        values[name]
        for block in block_around(here, name)
        if name in (values := here.values(block, answered(model, {name: value}, block)))
    ]

    assert told == [pytest.approx(value, rel=1e-5, abs=0.006)]


def block_around(meter: MeterMap, name: str) -> list[Block]:
    """One that brings this point: of the first plan, or of its own."""
    point = meter.points[name]
    return [block for block in meter.plans[0] if block.holds(point.function, point.address, point.count)] or [
        Block(point.function, point.address, point.count)
    ]


def answered(model: MeterModel, readings: dict[str, Reading], block: Block) -> list[int]:
    """The registers that the simulated meter answers with."""
    simulated = ModbusMeter(1, model, lambda: readings, random.Random(1))
    answer = simulated.answer(struct.pack(">BHH", block.function, block.address, block.count))
    return list(struct.unpack_from(f">{block.count}H", answer, 2))


def a_reading_of(point: Point, model: MeterModel) -> st.SearchStrategy[float]:
    """One that the point can show."""
    if point.name.startswith("energy"):
        steps = 8_000_000 // model.energy_step_wh
        return st.integers(1, steps).map(lambda count: count * model.energy_step_wh)
    highest = 30 if point.name.startswith("power_factor") else 650
    lowest = 0 if point.encoding in (Encoding.U16, Encoding.U32) or not point.name.startswith("power") else -highest
    if point.encoding is Encoding.SUNSSF:
        return st.integers(lowest // 4, highest // 4).map(float)
    return st.integers(lowest * 10, highest * 10).map(lambda tenths: tenths / 10)
