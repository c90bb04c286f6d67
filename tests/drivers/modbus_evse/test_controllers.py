"""What the registers of every controller mean, and which write is due: on paper, without a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.control_pilot import WithoutAgent
from agent.drivers.modbus_evse import kinds
from agent.drivers.modbus_evse.controller import Controller, OrderKind
from tests.drivers.modbus_evse.on_paper import (
    CONTROLLERS,
    Registers,
    order,
    steps_towards,
    told,
)

each = pytest.mark.parametrize("kind", CONTROLLERS)
PER_A = {"wallbe": 10}
CURRENT_AT = {"simple-evse": 1000, "phoenix-serial": 22000, "phoenix-ethernet": 528, "wallbe": 528, "bender": 1000}


def of(kind: str) -> tuple[Controller, Registers]:
    return CONTROLLERS[kind]


@each
@given(current_a=st.one_of(st.just(0.0), st.integers(600, 8000).map(lambda hundredths: hundredths / 100)))
def test_a_device_is_never_set_to_more_than_was_asked_nor_to_less_than_a_car_can_be_offered(
    kind: str, current_a: float
) -> None:
    controller, registers = of(kind)

    orders = steps_towards(controller, registers, current_a)

    per_a = PER_A.get(kind, 1)
    for one in orders:
        if one.write.address == CURRENT_AT[kind] and one.kind is not OrderKind.PROVE:
            assert one.write.values[0] == 0 or 6 * per_a <= one.write.values[0] <= current_a * per_a + 1e-6


@each
def test_at_rest_nothing_is_written(kind: str) -> None:
    controller, registers = of(kind)

    assert order(controller, registers, 0.0) is None
    assert not told(controller, registers).may_give_power


@each
def test_what_is_found_with_leave_to_charge_is_told_to_rest_first(kind: str) -> None:
    controller, registers = of(kind)
    address, function = controller.rest.address, 1 if controller.rest.function == 5 else 3
    found = registers | {(function, address): 1 if function == 1 else 16}

    first = order(controller, found, 0.0)

    assert told(controller, found).may_give_power
    assert first is not None
    assert (first.kind, first.write) == (OrderKind.REST, controller.rest)


@each
def test_a_current_is_set_before_the_leave_to_charge_is_given(kind: str) -> None:
    controller, registers = of(kind)

    *_, last = steps_towards(controller, registers, 16.0)

    assert last.kind is OrderKind.ENABLE


@each
def test_a_kind_is_found_by_its_word(kind: str) -> None:
    name = "phoenix-ethernet" if kind == "wallbe" else kind

    made = kinds.controller_of(name, set_up=True, timeout_s=10, safe_current_a=0)

    assert made.name == of(kind)[0].name
    assert name in kinds.known_controllers()


def test_only_a_device_with_a_time_out_to_nothing_opens_without_the_agent() -> None:
    answers = {kind: kinds.without_agent({"controller": kind}) for kind in kinds.known_controllers()}

    assert [kind for kind, answer in answers.items() if answer is WithoutAgent.OPENS] == ["bender"]
    assert kinds.without_agent({"controller": "bender", "safe_current_a": 6}) is WithoutAgent.STAYS
    assert kinds.without_agent({"controller": "no such"}) is WithoutAgent.STAYS


@each
def test_what_drops_connections_or_bricks_a_device_is_never_read_or_written(kind: str) -> None:
    controller, _ = of(kind)
    read = {
        address
        for poll in controller.polls
        for block in poll.blocks
        for address in range(block.address, block.address + block.count)
    }

    assert not read & set(range(730, 760))
