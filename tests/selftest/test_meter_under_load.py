"""ST508 to ST511: one load, three instruments; wires that somebody swapped are found and named."""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.commissioning.model import ENTERED, Outcome, Verdict
from tests.selftest.site import Site, tell

FAIL, WARN, PASS = Verdict.FAIL, Verdict.WARN, Verdict.PASS
BOARD_IS_READY_AFTER_S = 60.0
"""A board that has just started closes for nobody."""
CLAMP = {
    "instrument.current-clamp.make": "Chauvin F65",
    "instrument.current-clamp.serial": "F65-1190",
    "instrument.current-clamp.calibrated": "2026-02-02",
}
THREE = {"ST508.load": "three phases"}


async def under(site: Site, faults: Mapping[str, Mapping[str, object]], *tests: str) -> list[Outcome]:
    """What the tests find, one after the other, with those faults in the world; whole again afterwards."""
    for name, given in faults.items():
        await site.world("fault", name=name, connector=1, **given)
    outcomes = [await site.check(test) for test in tests]
    await site.world("heal")
    await site.passes(5.0)
    return outcomes


def test_a_right_meter_on_a_stiff_supply_passes_and_the_adapter_is_walked_once() -> None:
    seen: list[Outcome] = []
    positions: list[str] = []

    async def story(site: Site) -> None:
        await site.passes(BOARD_IS_READY_AFTER_S)
        site.installer.answers = {"ST508.clamp_a": "8.1", **CLAMP}
        seen.extend(await under(site, {}, "ST508", "ST509", "ST510", "ST511"))
        positions.extend(one.state for one in site.installer.positions)

    tell(story)

    assert [one.verdict for one in seen] == [PASS] * 4
    assert "clamp" in seen[0].says
    assert seen[0].evidence[ENTERED] == ["power, meter against clamp"]
    tool = {"kind": "current clamp", "make": "Chauvin F65", "serial": "F65-1190", "calibrated": "2026-02-02"}
    assert seen[0].evidence["instrument"] == tool
    assert "".join(positions) == "ABAB" + "BCB" * 5


def test_a_meter_that_is_wired_wrong_is_found_and_named() -> None:
    seen: dict[str, Outcome] = {}

    async def story(site: Site) -> None:
        await site.passes(BOARD_IS_READY_AFTER_S)
        (seen["half"],) = await under(site, {"meter_ratio": {"factor": 0.5}}, "ST508")
        seen["backwards"], seen["sign of it"] = await under(site, {"meter_reversed": {}}, "ST508", "ST510")
        (seen["swapped"],) = await under(site, {"meter_crossed": {"phase": 1, "other": 3}}, "ST509")
        (seen["turned"],) = await under(site, {"meter_reversed": {"phase": 2}}, "ST509")
        site.installer.answers = THREE
        _, seen["one of three"] = await under(site, {"meter_reversed": {"phase": 2}}, "ST508", "ST510")
        transformers = {"meter_crossed": {"phase": 1, "other": 2, "with_voltage": False}}
        _, seen["transformers"] = await under(site, transformers, "ST508", "ST510")

    tell(story)

    sign = "meter.sign_or_phase"
    assert {name: (one.verdict, one.cause) for name, one in seen.items()} == {
        "half": (FAIL, "meter.implausible"),
        "backwards": (FAIL, sign),
        "sign of it": (FAIL, sign),
        "swapped": (FAIL, sign),
        "turned": (FAIL, sign),
        "one of three": (FAIL, sign),
        "transformers": (FAIL, sign),
    }
    assert "0.50" in seen["half"].next
    assert "L1 and L3" in seen["swapped"].next
    assert "L2" in seen["turned"].says
    assert "one of the three phases flows backwards" in seen["one of three"].says
    assert "transformers are exchanged" in seen["transformers"].says


def test_a_loose_terminal_of_the_supply_is_found_by_what_the_load_takes_of_the_voltage() -> None:
    seen: list[Outcome] = []

    async def story(site: Site) -> None:
        await site.passes(BOARD_IS_READY_AFTER_S)
        seen.append((await under(site, {}, "ST511"))[0])
        for ohm in (1.5, 0.4):
            seen.append((await under(site, {"supply_resistance": {"ohm": ohm}}, "ST508", "ST511"))[-1])

    tell(story)

    assert [one.verdict for one in seen] == [Verdict.SKIP, FAIL, WARN]
    assert [one.cause for one in seen] == ["", "mains.undervoltage", "mains.undervoltage"]
    assert "1.5 Ω" in seen[1].says
