"""What a person may do to the world, and what they are told when it cannot be done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from firmware_sim import breakage, render, verbs
from firmware_sim.arguments import BadArgument, NotNow, bound
from firmware_sim.virtual_loop import run
from firmware_sim.world import World
from tests.firmware_sim.bench import Bench, bench, rig_of

T = TypeVar("T")


def in_world(folder: Path, story: Callable[[World], Awaitable[T]], board: str = "sim-single") -> T:
    async def main() -> T:
        async with rig_of(folder, board=board) as rig:
            return await story(rig.world)

    return run(main())


def at_bench(folder: Path, story: Callable[[Bench], Awaitable[T]]) -> T:
    async def main() -> T:
        async with bench(folder) as at:
            return await story(at)

    return run(main())


def complaint(folder: Path, verb: str, given: dict[str, object], board: str = "sim-single") -> str:
    async def story(world: World) -> str:
        with pytest.raises((ValueError, TimeoutError)) as refused:
            await verbs.perform(world, verb, dict(given))
        return str(refused.value)

    return in_world(folder, story, board)


REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("dance", {}, "dance: no such verb; there are adapter, "),
    ("plug_in", {"conector": 1}, "conector: unknown argument; this takes connector, ready_delay_s"),
    ("plug_in", {"connector": 7}, "connector: there is no 7; this world has 1"),
    ("plug_in", {"connector": "one"}, "connector: 'one' is not a whole number"),
    ("plug_in", {"connector": True}, "connector: True is not a whole number"),
    ("plug_in", {"connector": 1.5}, "connector: 1.5 is not a whole number"),
    ("plug_in", {"current_a": "much"}, "current_a: 'much' is not a number"),
    ("plug_in", {"current_a": float("nan")}, "current_a: nan is not a number"),
    ("plug_in", {"current_a": 10**400}, "is not a number"),
    ("plug_in", {"current_a": None}, "current_a: null is no value here"),
    ("plug_in", {"current_a": []}, "current_a: [] is not a number"),
    ("plug_in", {"current_a": 3}, "current_a: 3.0 is outside 6…80 A"),
    ("plug_in", {"phases": 0}, "phases: 0 is not 1, 2 or 3"),
    ("plug_out", {}, "connector 1 has no car; plug_in first"),
    ("suspend", {}, "connector 1 has no car; plug_in first"),
    ("swipe", {}, "token: is missing; this takes token, connector"),
    ("swipe", {"token": "hello"}, "token: 'hello' is no card number"),
    ("press", {"what": "bell"}, "what: 'bell' is not one of button, door, estop, tamper"),
    ("press", {"what": "door"}, "what: nothing in this world is connected to a door"),
    ("press", {"what": "estop", "for_s": -1}, "for_s: -1 is outside 0…86400"),
    ("fault", {}, "name: is missing; there are board_exchanged, cable_cut, car_flaps"),
    ("fault", {"name": 3}, "name: is missing"),
    ("fault", {"name": "gremlins"}, "gremlins: no such fault; there are board_exchanged"),
    ("fault", {"name": "vendor"}, "vendor: not built yet"),
    ("fault", {"name": "rcd_dc", "ma": -1}, "ma: -1 is outside 0"),
    ("fault", {"name": "overtemp", "sensor": "knee"}, "sensor: 'knee' is not one of board, contactor, terminal"),
    ("fault", {"name": "lock_jam"}, "connector 1 has a tethered cable and no lock"),
    ("fault", {"name": "pp_short"}, "connector 1 has a tethered cable; only a socket-outlet reads proximity"),
    ("plug_in", {"profile": "tractor"}, "profile: 'tractor' is not one of plain, slow_stop"),
    ("fault", {"name": "cp_short", "ohms": 3}, "ohms: unknown argument; this takes ohm"),
    ("fault", {"name": "cp_short", "ohm": -3}, "ohm: -3 is outside 0"),
    ("fault", {"name": "cp_short", "for_s": "long"}, "for_s: 'long' is not a number"),
    ("fault", {"name": "cp_short", "for_s": -2}, "for_s: -2 is outside 0…86400"),
    ("fault", {"name": "cp_diode", "diode": "blue"}, "diode: 'blue' is not one of ok, shorted, open, reversed"),
    ("fault", {"name": "serial_noise", "rate": 2}, "rate: 2.0 is outside 0…1"),
    ("fault", {"name": "link_cut", "wire": "thin"}, "no line 'thin'; it has pilot, meter, reader"),
    ("fault", {"name": "mcu_reset", "cause": "x"}, "cause: 'x' is not one of power, watchdog, brownout, soft"),
    ("fault", {"name": "overcurrent"}, "connector 1 has no car; plug_in first"),
    ("heal", {"name": "gremlins"}, "gremlins: no such fault"),
    ("mains", {"volts": 1000}, "volts: 1000.0 is outside 0…300 V"),
    ("mains", {"hz": 10}, "hz: 10.0 is outside 45…65 Hz"),
    ("mains", {"rotation": "left"}, "rotation: 'left' is neither L1-L2-L3 nor L1-L3-L2"),
    ("mains", {"phase": 2}, "volts: is missing; phase says of which phase they are"),
    ("mains", {"phase": 4, "volts": 200}, "is not 1, 2 or 3"),
    ("mains", {"crest": 0.5}, "crest: 0.5 is outside 1…3"),
    ("supply", {"rail": "5V", "volts": 5}, "rail: '5V' is not one of"),
    ("supply", {"rail": "+12V", "volts": -3}, "volts: -3 is outside 0…15"),
    ("adapter", {"state": "Q"}, "state: 'Q' is not one of A, B, C, D, E"),
    ("adapter", {"diode": "blue"}, "diode: 'blue' is not one of"),
    ("adapter", {"load_a": 999}, "load_a: 999.0 is outside 0…80 A"),
    ("adapter", {"pp_ohm": -5}, "pp_ohm: -5 is outside 0"),
    ("wait", {"until": "christmas"}, "until: 'christmas' is not one of charging, open, closed, dead, idle"),
    ("wait", {"until": "closed", "timeout_s": 2}, "connector 1 is not closed after 2 s"),
    ("wait", {"until": "closed", "timeout_s": 1e9}, "timeout_s: 1e+09 is outside 0…86400"),
    ("leak", {"ma": 6}, "kind: is missing; this takes kind, ma"),
    ("leak", {"kind": "both", "ma": 6}, "kind: 'both' is neither ac nor dc"),
    ("clock", {"step_s": 6}, "clock: not built yet"),
    ("network", {"layer": "dns"}, "network: not built yet"),
    ("status", {"x": 1}, "x: unknown argument; this takes none"),
]


@pytest.mark.parametrize(("verb", "given", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_done_is_answered_in_words(
    tmp_path: Path, verb: str, given: dict[str, object], words: str
) -> None:
    assert words in complaint(tmp_path, verb, given)


def test_a_world_with_two_connectors_wants_to_know_which(tmp_path: Path) -> None:
    assert complaint(tmp_path, "plug_in", {}, board="sim-dual") == "connector: is missing; this world has 1, 2"


def test_a_taken_connector_takes_no_second_car(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await verbs.perform(world, "plug_in", {})
        with pytest.raises(NotNow, match="connector 1 is taken; plug_out first"):
            await verbs.perform(world, "plug_in", {})

    in_world(tmp_path, story)


def test_texts_from_a_command_line_become_numbers_and_truths() -> None:
    async def takes(_world: object, *, count: int, share: float = 0, sure: bool = False, name: str = "") -> None: ...

    given = bound(takes, {"count": "3", "share": "0.5", "sure": "yes", "name": 12}, skip=1)

    assert given == {"count": 3, "share": 0.5, "sure": True, "name": "12"}


@pytest.mark.parametrize("value", ["maybe", 2, None])
def test_a_truth_is_said_in_known_words(value: object) -> None:
    async def takes(*, sure: bool) -> None: ...

    with pytest.raises(BadArgument, match="sure: "):
        bound(takes, {"sure": value}, skip=0)


def test_a_pause_ends_and_goes_on(tmp_path: Path) -> None:
    async def story(at: Bench) -> list[bool]:
        await at.charging()
        await at.do("suspend")
        await asyncio.sleep(2)
        paused = any(at.outlet.phase_ma())
        await at.do("resume")
        await at.do("wait", until="charging", timeout_s=30)
        return [paused, any(at.outlet.phase_ma())]

    assert at_bench(tmp_path, story) == [False, True]


def test_the_emergency_stop_opens_and_lets_go_by_itself(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[bool, bool, bool]:
        await at.charging()
        await at.do("press", what="estop", for_s=2)
        await asyncio.sleep(0.1)
        live, supplied = at.outlet.is_live, at.outlet.chain_ok()
        await asyncio.sleep(3)
        return live, supplied, at.outlet.chain_ok()

    assert at_bench(tmp_path, story) == (False, False, True)


def test_a_dip_passes_and_the_standing_supply_returns(tmp_path: Path) -> None:
    async def story(at: Bench) -> list[float]:
        await at.do("mains", volts=240)
        await at.do("mains", volts=100, for_s=10)
        await asyncio.sleep(5)
        seen = [at.world.mains.volts]
        await at.do("mains", volts=50, for_s=10)
        await asyncio.sleep(8)
        seen.append(at.world.mains.volts)
        await asyncio.sleep(3)
        return [*seen, at.world.mains.volts]

    assert at_bench(tmp_path, story) == [100, 50, 240]


def test_power_follows_the_voltage(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[float, float]:
        await at.charging(phases=1)
        before = at.world.status()["connectors"][0]["power_w"]
        await at.do("mains", volts=115)
        return before, at.world.status()["connectors"][0]["power_w"]

    before, after = at_bench(tmp_path, story)

    assert after == pytest.approx(before / 2)


def test_a_rail_out_of_shape_shows_at_the_pilot(tmp_path: Path) -> None:
    async def story(world: World) -> float:
        await verbs.perform(world, "supply", {"rail": "+12V", "volts": 11})
        high_v: float = world.status()["connectors"][0]["pilot"]["high_v"]
        return high_v

    assert in_world(tmp_path, story) == 11


def test_an_adapter_is_turned_through_its_positions_and_draws_its_load(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[list[str], float]:
        seen = []
        for state in "ABCDE":
            await at.do("adapter", state=state)
            seen.append(at.world.status()["connectors"][0]["pilot"]["state"])
        await at.do("plug_out")
        await asyncio.sleep(35)
        await at.do("adapter", state="B")
        await asyncio.sleep(5)
        await at.do("adapter", state="C", load_a=10)
        await at.do("wait", until="charging", timeout_s=20)
        power_w = at.world.status()["connectors"][0]["power_w"]
        at.rules.breaches.clear()  # an adapter draws whatever is offered
        return seen, power_w

    states, power_w = at_bench(tmp_path, story)

    assert states == ["A", "B", "C", "D", "E"]
    assert power_w == 6_900


def test_wait_answers_at_the_moment_it_becomes_true(tmp_path: Path) -> None:
    async def story(at: Bench) -> list[float]:
        clock = asyncio.get_running_loop().time
        moments = []
        await at.do("plug_in", ready_delay_s=1, draw_delay_s=2)
        for until in ("closed", "charging"):
            await at.do("wait", until=until, timeout_s=30)
            moments.append(clock())
        await at.do("plug_out")
        await at.do("wait", until="open", timeout_s=1)
        await at.do("wait", until="idle", timeout_s=1)
        return [moments[1] - moments[0], clock() - moments[1]]

    drew_after_s, left_after_s = at_bench(tmp_path, story)

    assert drew_after_s == pytest.approx(2)
    assert left_after_s < 0.1


def test_the_list_of_faults_has_every_way_with_its_arguments(tmp_path: Path) -> None:
    async def story(world: World) -> dict[str, Any]:
        return dict(await verbs.perform(world, "faults", {}))

    answer = in_world(tmp_path, story)
    listed = {fault["name"]: fault["arguments"] for fault in answer["faults"]}

    assert sorted(listed) == sorted(breakage.WAYS)
    assert listed["serial_noise"] == ["rate", "wire", "for_s"]


def test_the_status_names_everything_a_person_asks_for(tmp_path: Path) -> None:
    async def story(at: Bench) -> dict[str, Any]:
        await at.charging()
        await at.do("fault", name="meter_silent")
        status: dict[str, Any] = await at.do("status")
        return status

    status = at_bench(tmp_path, story)
    (connector,) = status["connectors"]

    assert connector["pilot"] == {
        "state": "C", "high_v": 5.996, "low_v": -12.0, "drive": "x2", "duty_percent": 26.66, "offered_a": 15.996,
    }  # fmt: skip
    assert (connector["contactor"], connector["mirror"], connector["closings"]) == ("closed", "closed", 1)
    assert connector["current_a"] == [15.996] * 3
    assert connector["meter"]["model"] == "eastron-sdm630"
    assert connector["plugged"]["asks_for_power"]
    assert connector["faults"] == ["meter_silent"]
    assert status["faults"] == [{"name": "meter_silent", "connector": 1}]


def test_answers_are_printed_for_people(tmp_path: Path) -> None:
    async def story(at: Bench) -> str:
        await at.charging()
        await at.do("fault", name="meter_silent")
        lines = render.text("status", await at.do("status")) + "\n" + render.text("faults", await at.do("faults"))
        await at.do("plug_out")
        await at.do("adapter", state="B")
        lines += "\n" + render.text("status", await at.do("status"))
        return lines + "\n" + render.text("heal", await at.do("heal")) + "\n" + render.text("plug_in", {})

    text = at_bench(tmp_path, story)

    assert "  pilot      C, 6.00 V, low -12.00 V, offers 16.0 A" in text
    assert "  power      11.04 kW, 16.0 / 16.0 / 16.0 A" in text
    assert "  plugged    car, wants energy, draws 16.0 A, took " in text
    assert "  plugged    test adapter in B, load 0 A" in text
    assert "broken       meter_silent at connector 1" in text
    assert "vendor               not built yet: " in text
    assert text.endswith("healed: meter_silent\nok")


def test_every_verb_of_the_contract_is_known() -> None:
    contract = {
        "plug_in", "plug_out", "suspend", "resume", "swipe", "press", "fault", "heal", "mains", "supply", "leak",
        "adapter", "clock", "network", "status", "wait", "faults",
    }  # fmt: skip

    assert contract | {"profiles"} == set(verbs.VERBS) | set(verbs.NOT_YET)
