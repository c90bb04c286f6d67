"""Every map against recorded frames, and against the simulated meters, which were written down apart from it."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.meters.maps import MeterMap, Value, known_maps, load_map
from agent.drivers.modbus.block import Block
from firmware_sim.meter_models import MODELS, Encoding, Point
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
                assert point.encode(value) == content[first : first + point.octets], name


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
        assert {"energy_import_total", "power_total"} <= values.keys()
        if "voltage_l1" in meter.points:
            assert {f"{what}_l{n}" for what in ("voltage", "current", "power") for n in (1, 2, 3)} <= values.keys()


@pytest.mark.parametrize("meter", MAPS.values(), ids=lambda meter: meter.id)
def test_who_the_meter_is_is_asked_in_a_length_no_plan_uses(meter: MeterMap) -> None:
    """A late answer to a plan's block cannot pass for the identity, nor the other way round."""
    lengths = {block.count for plan in meter.plans for block in plan}

    assert lengths.isdisjoint(block.count for block in meter.identity_blocks)


@pytest.mark.parametrize("meter", MAPS.values(), ids=lambda meter: meter.id)
def test_the_models_of_a_map_are_known_by_points_of_its_identity(meter: MeterMap) -> None:
    values: dict[str, Value] = {}
    for block in meter.identity_blocks:
        values.update(meter.values(block, [0x4242] * block.count))

    assert {model.point for model in meter.models} <= values.keys()


@pytest.mark.parametrize("meter", MAPS.values(), ids=lambda meter: meter.id)
def test_plans_stay_within_what_the_simulated_meter_answers(meter: MeterMap) -> None:
    assert all(block.count <= MODELS[meter.id].longest_read for plan in meter.plans for block in plan)


def test_no_two_maps_claim_one_device() -> None:
    claims = [
        (block.function, model.point, key)
        for meter in MAPS.values()
        for model in meter.models
        for key in (*model.equals, *filter(None, [model.starts_with]))
        for block in meter.identity_blocks
    ]

    assert len(claims) == len(set(claims))


def readings() -> st.SearchStrategy[float]:
    return st.integers(-9_999, 9_999).map(lambda tenths: tenths / 10)


@pytest.mark.parametrize("meter", MAPS.values(), ids=lambda meter: meter.id)
@given(data=st.data())
def test_map_and_simulated_meter_agree_on_every_point(meter: MeterMap, data: st.DataObject) -> None:
    points = {point.name: point for point in MODELS[meter.id].points}
    name = data.draw(st.sampled_from(sorted(meter.points.keys() & points.keys())))
    point = points[name]
    value = data.draw(a_reading_of(point))

    octets = point.encode(value)
    registers = list(struct.unpack(f">{point.octets // 2}H", octets))
    told = meter.values(Block(point.function, point.address, len(registers)), registers)[name]

    assert told == pytest.approx(value, rel=1e-5, abs=0.006) if not isinstance(value, str) else told == value


def a_reading_of(point: Point) -> st.SearchStrategy[Any]:
    """One that the point can show."""
    if point.encoding is Encoding.TEXT:
        letters = st.characters(min_codepoint=48, max_codepoint=90)
        return st.text(letters, min_size=1, max_size=2 * point.registers)
    if point.name.startswith("energy"):
        return st.integers(0, 8_000_000).map(lambda tens: tens * 10)
    if point.per_unit == 1 and point.encoding is not Encoding.F32:
        return st.integers(0, 0xFFFE)
    highest = 30 if point.name.startswith("power_factor") else 650
    lowest = 0 if point.encoding in (Encoding.U16, Encoding.U32) else -highest
    return st.integers(lowest * 10, highest * 10).map(lambda tenths: tenths / 10)
