"""In any order of wishes, plugs, silences and restarts: who gets power, and how much, with devices on paper."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.modbus.block import Block, Write
from tests.drivers.modbus_evse.on_paper import CONTROLLERS
from tests.drivers.modbus_evse.paper_table import FOR_GOOD, SETTLES_S, VEHICLE, Table

each = pytest.mark.parametrize("kind", CONTROLLERS)


ACTS = st.tuples(
    st.sampled_from(
        ("plug", "plug", "permit", "permit", "withdraw", "offer", "hold", "deaf", "mute", "heal", "restart", "nothing")
    ),
    st.sampled_from((6.0, 10.0, 16.7, 32.0)),
    st.sampled_from((0.05, 0.3, 1.0, 3.0, 12.0)),
)


class Judge:
    """Says no to whatever must never be, at every write and at rest."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.most_a = 0.0
        self.permitted_car = 0
        self.answer = table.device.answer
        table.device.answer = self.judge  # type: ignore[method-assign]  # the paper device, watched

    def wishes(self, current_a: float, *, permit: bool) -> None:
        table = self.table
        if permit and table.plug is not None:
            self.permitted_car = table.car
        table.wish(current_a, permit=permit)

    def judge(self, ask: Block | Write) -> tuple[int, ...] | None:
        table = self.table
        gave, had_a = table.gives_power, table.set_a
        values = self.answer(ask)
        if not isinstance(ask, Write):
            return values
        wish = table.talk.wish
        if table.gives_power and not gave:
            assert wish.permit and not wish.held_open
            assert table.car == self.permitted_car != 0
        if table.set_a > had_a:
            assert table.set_a <= wish.offer_a
        assert table.set_a == 0 or table.set_a >= 6
        return values


def restarts(table: Table) -> None:
    """A device that starts anew: what it keeps for good stays, its leave is gone."""
    kept = {(3, address): table.device.registers[3, address] for address in FOR_GOOD[table.kind]}
    key = VEHICLE[table.kind][0]
    table.device.registers = {**CONTROLLERS[table.kind][1], **kept, key: table.device.registers[key]}
    if table.kind == "simple-evse":
        table.device.registers[3, 1000] = table.device.registers[3, 2000]


@each
@given(acts=st.lists(ACTS, max_size=20))
def test_power_is_given_only_to_the_car_that_it_was_permitted_for_and_never_more_than_was_wished(
    kind: str, acts: list[tuple[str, float, float]]
) -> None:
    table = Table(kind)
    judge = Judge(table)
    table.passes(SETTLES_S)
    for act, amps, wait_s in acts:
        match act:
            case "plug":
                table.plugs(not table.car)
                # Nobody draws a plug and puts in another one within a second.
                wait_s = max(wait_s, 1.2)
            case "permit":
                judge.wishes(amps, permit=True)
            case "withdraw":
                judge.wishes(0, permit=False)
            case "offer":
                table.talk.ask_for(replace(table.talk.wish, offer_a=min(amps, table.talk.wish.offer_a)))
            case "hold":
                table.talk.ask_for(replace(table.talk.wish, held_open=amps > 10))
            case "deaf" | "mute":
                table.is_deaf, table.is_mute = act == "deaf", act == "mute"
            case "heal":
                table.is_deaf = table.is_mute = False
            case "restart":
                restarts(table)
        table.passes(wait_s)

    table.is_deaf = table.is_mute = False
    judge.wishes(0, permit=False)
    table.passes(12.0)
    assert not table.gives_power
    assert table.talk.silence is None
    for address in FOR_GOOD[kind]:
        assert len(table.writes_to(address)) <= 1
