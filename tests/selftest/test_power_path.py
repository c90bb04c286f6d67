"""ST201 to ST212, ST301 to ST307, ST401 to ST412 at simulated chargers: sound ones pass, broken ones are named."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from agent.core.commissioning.model import ENTERED, Attempt, Outcome, Verdict, passed
from agent.core.commissioning.sequence import BEFORE_POWER, in_order
from agent.core.identity import ConnectorId
from agent.selftest.bench import AdapterPosition
from firmware_sim.board_kind import kind_words
from tests.selftest.installer import Act, Answers, Installer, Verb
from tests.selftest.site import Site, place_of, run_check, tell

UNATTENDED = ("ST201", "ST202", "ST203", "ST204", "ST209", "ST301", "ST304", "ST306", "ST401")
WITH_ADAPTER = ("ST205", "ST206", "ST208", "ST210", "ST211", "ST212")
WITH_POWER = (
    *("ST207", "ST307", "ST402", "ST403", "ST404", "ST405", "ST406", "ST407", "ST408", "ST409", "ST410", "ST411"),
    *("ST412", "ST302", "ST303", "ST305"),
)
NOT_YET_IN_SERVICE = "required"
FAMILY = (*UNATTENDED, *WITH_ADAPTER, *WITH_POWER)
TETHERED_HAS_NO = {"ST211", "ST212"}
NOT_FITTED = {"ST304", "ST404", "ST405"}


def leaks(kind: str, ma: float) -> list[Verb]:
    return [("leak", {"kind": kind, "ma": ma})]


def pressed(key: str, kind: str, ma: float, shows: str = "") -> Answers:
    """The tester is pressed, and shows its time, and lets go."""
    done = {f"ST303.{key}": Act(verbs=leaks(kind, ma))}
    return done | ({f"ST303.{key}_ms": Act(says=shows, verbs=leaks(kind, 0))} if shows else {})


TESTER: Answers = {
    "instrument.tester.make": "Metrel MI 3152",
    "instrument.tester.serial": "19280123",
    "instrument.tester.calibrated": "2026-02-11",
    "ST302.done": Act(verbs=leaks("dc", 6)),
    "ST302.trip_ma": "4.9",
    "ST302.trip_ms": Act(says="800", verbs=leaks("dc", 0)),
    "ST303.where": "charger",
    **pressed("x0_5_0", "ac", 15),
    **pressed("x0_5_180", "ac", 15),
    **pressed("x1_0", "ac", 30, "110"),
    **pressed("x1_180", "ac", 30, "120"),
    **pressed("x5_0", "ac", 150, "22"),
    **pressed("x5_180", "ac", 150, "25"),
    "ST305.done": Act(verbs=leaks("dc", 6)),
    "ST412.pressed": Act(verbs=[("fault", {"name": "estop"})]),
    "ST412.released": Act(verbs=[("heal", {"name": "estop"})]),
}


def measured_before(site: Site) -> list[Attempt]:
    """What an installer has measured of the circuit before any power."""
    now = site.charger.agent.tests.charger.now()
    rows = [row for row in in_order() if row.stage in BEFORE_POWER and row.is_must and row.test not in FAMILY]
    return [
        Attempt(
            test=row.test,
            connector=place_of(row.test)[1],
            version=1,
            attempt=1,
            started=now,
            duration_ms=0,
            outcome=passed("In order."),
        )
        for row in rows
    ]


def found_at(board: str, tests: Sequence[str], **options: Any) -> dict[str, Outcome]:
    """All of them, one after the other, by an installer whose tester and charger are in order."""
    outcomes: dict[str, Outcome] = {}

    async def story(site: Site) -> None:
        site.installer.answers = TESTER
        if options.get("commissioning") == NOT_YET_IN_SERVICE:
            site.attempts += measured_before(site)
        for test in tests:
            outcomes[test] = await site.check(test)

    tell(story, board=board, **options)
    return outcomes


def test_a_sound_charger_with_a_cable_passes_all_of_them() -> None:
    outcomes = found_at("sim-single", FAMILY, commissioning=NOT_YET_IN_SERVICE)

    skipped = {test for test, outcome in outcomes.items() if outcome.is_not_applicable}
    typed: dict[str, Any] = {test: outcome.evidence.get(ENTERED, []) for test, outcome in outcomes.items()}
    assert skipped == TETHERED_HAS_NO | NOT_FITTED
    assert typed["ST302"] == ["trip current", "trip time"]
    assert len(typed["ST303"]) == 4
    assert {test for test, outcome in outcomes.items() if "instrument" in outcome.evidence} == {"ST302", "ST303"}
    assert {test: outcome for test, outcome in outcomes.items() if outcome.verdict is not Verdict.PASS} == {
        test: outcomes[test] for test in FAMILY if test in skipped
    }
    assert all(one.source for outcome in outcomes.values() for one in outcome.measured if one.high is not None)


def test_a_sound_charger_with_a_socket_reads_the_cable() -> None:
    outcomes = found_at("sim-socket", ("ST211", "ST212", "ST402"))

    assert {outcome.verdict for outcome in outcomes.values()} == {Verdict.PASS}, outcomes
    assert [one.value for one in outcomes["ST211"].measured] == pytest.approx([1500, 680, 220, 100], rel=0.01)


def fault(name: str, **given: object) -> Verb:
    return ("fault", {"name": name, **given})


# What a technician finds broken before he begins: the verdict, the cause, and a part of what is said.
MENDED: list[tuple[str, list[Verb], Verdict, str, str]] = [
    ("ST203", [fault("cp_frequency", hz=990)], Verdict.WARN, "cp.generator", "990 Hz"),
    ("ST204", [fault("cp_frequency", hz=1000, duty_error_percent=0.4)], Verdict.FAIL, "cp.generator", "0.4 %"),
    ("ST204", [fault("cp_frequency", hz=1000, duty_error_percent=-0.4)], Verdict.WARN, "cp.generator", "0.4 % off"),
    ("ST205", [fault("cp_resistor", ohm=1500)], Verdict.FAIL, "cp.generator", "series resistor"),
    ("ST206", [fault("cp_open")], Verdict.FAIL, "cp.range", "to be at B, and the pilot shows A"),
    ("ST209", [fault("cp_noise", mv=150)], Verdict.FAIL, "cp.range", "noisy"),
    ("ST209", [fault("cp_leak", ohm=40_000)], Verdict.FAIL, "cp.leak", "through 40 kΩ"),
    ("ST210", [fault("cp_switch")], Verdict.FAIL, "cp.generator", "still seen"),
    ("ST306", [fault("pe_lost", edges=3)], Verdict.FAIL, "pe.lost", "3 edges"),
    ("ST306", [("mains", {"neutral_earth_v": 20})], Verdict.WARN, "mains.polarity", "20 V"),
    ("ST401", [fault("load_sense", edges=2)], Verdict.FAIL, "output.live", "edges on L1 2"),
    ("ST402", [fault("contactor_slow", late_ms=150)], Verdict.FAIL, "contactor.slow", "auxiliary contact"),
    ("ST402", [fault("no_close")], Verdict.FAIL, "contactor.no_close", "did not close"),
    ("ST402", [fault("chain_broken")], Verdict.FAIL, "safety.emergency_stop", "agrees to no test with power"),
    ("ST403", [fault("weld_sticky", release_s=0.08)], Verdict.FAIL, "contactor.slow", "opening 1"),
    ("ST307", [fault("weld_sticky", release_s=0.08)], Verdict.FAIL, "contactor.slow", "Too slow"),
    ("ST407", [fault("weld_sticky", release_s=0.08)], Verdict.FAIL, "contactor.slow", "Too slow"),
    ("ST407", [fault("weld_sticky", release_s=0.035)], Verdict.WARN, "contactor.slow", "slower than a good one"),
    ("ST408", [fault("weld_sticky", release_s=0.08)], Verdict.FAIL, "contactor.slow", "Too slow"),
    ("ST207", [fault("cp_diode", diode="ok")], Verdict.FAIL, "cp.diode", "closed although"),
]

# Each at a charger of its own: what the board latches, a service person ends.
BROKEN: list[tuple[str, dict[str, Any], str, str]] = [
    ("ST201", {"world": [fault("rail_low")]}, "power.rail", "+12 V rail 10.5 V (11.4…12.6 V)"),
    ("ST202", {"world": [fault("cp_generator", high_v=11.2)]}, "cp.generator", "high level 11.2 V"),
    ("ST202", {"world": [fault("cp_generator", high_v=12, low_v=-11.2)]}, "cp.generator", "low level -11.2 V"),
    ("ST206", {"world": [fault("cp_leak", ohm=5_000)]}, "cp.leak", "5000 Ω lie between pilot and earth"),
    # Between two bands, which the board calls out of range.
    ("ST206", {"world": [fault("cp_leak", ohm=8_100)]}, "cp.leak", "8100 Ω lie between pilot and earth"),
    ("ST212", {"board": "sim-socket", "world": [fault("pp_short")]}, "pp.short", "before anything was set"),
    # A pilot that the board put to F tells nothing of its generator; and a lost phase is low as well.
    ("ST202", {"world": [fault("mains_polarity")]}, "mains.polarity", "drives nothing"),
    ("ST202", {"world": [fault("mains_phase_loss")]}, "mains.phase_loss", "drives nothing"),
    ("ST203", {"world": [fault("cp_frequency", hz=950)]}, "cp.generator", "runs at 950 Hz"),
    ("ST301", {"world": [fault("rcd_test_dead")]}, "rcd.selftest_failed", "did not trip within 1000 ms"),
    ("ST301", {"world": [fault("chain_stuck")]}, "rcd.selftest_failed", "the safety chain did not drop"),
    (
        "ST302",
        {"answers": {"ST302.done": Act(verbs=[fault("rcd_dead"), *leaks("dc", 6)])}},
        "rcd.dc_trip",
        "stayed live",
    ),
    (
        "ST305",
        {"answers": {"ST305.done": Act(verbs=[fault("rcd_dead"), *leaks("dc", 6)])}},
        "rcd.dc_trip",
        "stayed live",
    ),
    ("ST302", {"answers": {**TESTER, "ST302.trip_ma": "2.1"}}, "rcd.dc_trip", "trip current 2.1 mA DC (3…6 mA DC)"),
    ("ST303", {"answers": {**TESTER, "ST303.x1_0": Act()}}, "rcd.ac_trip", "30 mA AC at 0° not measured"),
    ("ST303", {"answers": {**TESTER, **pressed("x0_5_0", "ac", 30)}}, "rcd.ac_trip", "trips already at 15 mA"),
    ("ST303", {"answers": {**TESTER, "ST303.x1_0_ms": "420"}}, "rcd.ac_trip", "420 ms (at most 300 ms)"),
    ("ST304", {"board_kind": {"residual": "UL"}, "world": [fault("rcd_test_dead")]}, "rcd.selftest_failed", "not trip"),
    (
        "ST305",
        {"answers": {"ST305.done": Act(verbs=[*leaks("dc", 6), fault("rcd_stuck")])}},
        "rcd.module_error",
        "stands although the plug is out",
    ),
    ("ST401", {"world": [fault("output_live")]}, "output.live", "edges on L1 6 (at most 0)"),
    ("ST401", {"world": [fault("mirror_lies", shows="closed")]}, "contactor.mismatch", "says closed"),
    ("ST406", {"world": [fault("chain_held")]}, "chain.mismatch", "chain stood"),
    ("ST412", {"answers": {"ST412.pressed": Act()}}, "safety.emergency_stop", "stays live"),
    ("ST211", {"world": [fault("pp_range")], "board": "sim-socket"}, "pp.range", "coding 100 Ω 3000 Ω"),
    ("ST212", {"world": [fault("pp_changed", ohm=220)], "board": "sim-socket"}, "pp.short", "did not notice pp.short"),
]


@pytest.mark.parametrize(("test", "site", "cause", "says"), BROKEN)
def test_a_charger_that_is_broken_for_good_fails_with_the_cause(
    test: str, site: dict[str, Any], cause: str, says: str
) -> None:
    outcome = run_check(test, **site)

    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, cause)
    assert says in outcome.says
    assert outcome.next.endswith(".")


def test_what_can_be_mended_is_found_with_its_cause_and_gone_afterwards() -> None:
    found: list[tuple[str, str, Outcome]] = []

    async def story(site: Site) -> None:
        site.installer.answers = TESTER
        for test, world, *_ in MENDED:
            site.attempts.clear()
            for verb, given in world:
                await site.world(verb, **given if verb == "mains" else {"connector": 1, **given})
            await site.passes(2)
            found.append((test, str(world), await site.check(test)))
            await site.world("heal")
            await site.world("mains", neutral_earth_v=0)
            await site.installer.set_adapter(AdapterPosition(state="A"))
            await site.passes(35)

    tell(story)

    for (test, what, outcome), (_, _, verdict, cause, says) in zip(found, MENDED, strict=True):
        assert (outcome.verdict, outcome.cause) == (verdict, cause), (test, what, outcome)
        assert says in outcome.says, (test, what, outcome)
        assert outcome.next


def when_closed(site: Site, *done: Verb, after_s: float) -> asyncio.Task[None]:
    """Somebody does that a while after the contactor has closed."""

    async def wait_and_do() -> None:
        await site.world("wait", connector=1, until="closed", timeout_s=120)
        await site.passes(after_s)
        for verb, given in done:
            await site.world(verb, connector=1, **given)

    return asyncio.get_running_loop().create_task(wait_and_do())


IN_BETWEEN = [
    ("ST409", ("adapter", {"state": "A"}), 3.0, "ev.no_stop", "cut off after"),
    ("ST410", ("adapter", {"state": "A"}), 1.0, "host.lease_expired", "not for the silence"),
    ("ST411", fault("link_cut", for_s=12), 1.0, "mcu.watchdog_reset", "back after not measured"),
    ("ST407", fault("estop", for_s=2), 0.2, "safety.emergency_stop", "not by unplugging"),
    ("ST402", fault("estop", for_s=2), 0.2, "safety.emergency_stop", "opened before the adapter asked"),
]


@pytest.mark.parametrize(("test", "done", "after_s", "cause", "says"), IN_BETWEEN)
def test_what_comes_in_between_is_not_taken_for_what_was_tested(
    test: str, done: Verb, after_s: float, cause: str, says: str
) -> None:
    found: list[Outcome] = []

    async def story(site: Site) -> None:
        other = when_closed(site, done, after_s=after_s)
        found.append(await site.check(test))
        await other

    tell(story)

    assert (found[0].verdict, found[0].cause) == (Verdict.FAIL, cause), found[0]
    assert says in found[0].says


def test_three_closings_serve_three_tests_and_a_repeated_one_makes_its_own() -> None:
    closings: list[int] = []

    async def story(site: Site) -> None:
        contactor = site.charger.stage.rig.world.outlets[1].contactor
        for test in ("ST403", "ST402", "ST408", "ST403"):
            await site.check(test)
            closings.append(contactor.closings)

    tell(story)

    assert closings == [3, 3, 3, 6]


def test_a_knob_that_stays_where_it_is_may_be_a_car() -> None:
    outcome = run_check("ST206", stuck_at="B")

    assert outcome.verdict is Verdict.ERROR
    assert "Take any car off" in outcome.next
    # A is where nothing lies between pilot and earth: there is nothing to measure.
    assert "turn its knob to A" in outcome.next and "Ω" not in outcome.next


def test_an_adapter_at_one_of_two_connectors_is_told_which() -> None:
    async def story(site: Site) -> None:
        for connector in (ConnectorId(1), ConnectorId(2)):
            site.installer.positions.clear()
            outcome = await site.check("ST206", connector)

            assert outcome.verdict is Verdict.PASS, outcome
            assert {one.connector for one in site.installer.positions} == {connector}

    tell(story, board="sim-dual")


def test_a_walk_that_takes_too_long_is_no_walk() -> None:
    found: list[Outcome] = []

    async def story(site: Site) -> None:
        site.installer = SlowInstaller(world=site.installer.world)
        found.append(await site.check("ST205"))

    tell(story)

    assert found[0].verdict is Verdict.ERROR
    assert "20 s are allowed" in found[0].says


class SlowInstaller(Installer):
    """Reads the display before each turn of the knob."""

    async def set_adapter(self, position: AdapterPosition) -> None:
        await asyncio.sleep(8)
        await super().set_adapter(position)


@pytest.mark.parametrize("board", ["sim-openevse", "sim-phoenix-serial"])
def test_a_controller_that_takes_no_orders_for_tests_skips_them_with_the_reason(board: str) -> None:
    outcomes = found_at(board, ("ST202", "ST206", "ST301", "ST401"))

    assert [outcomes[test].verdict for test in outcomes] == [Verdict.SKIP, Verdict.PASS, Verdict.SKIP, Verdict.PASS]
    assert not outcomes["ST202"].is_not_applicable
    assert "tests itself" in outcomes["ST202"].says


WITHOUT_RESIDUAL = {"has": kind_words(tethered=True)["has"] & ~(1 << 2)}  # type: ignore[operator]
WITHOUT_SENSES = {"has": kind_words(tethered=True)["has"] & ~(1 << 3) & ~(1 << 5)}  # type: ignore[operator]
CIRCUIT = """
[circuit]
breaker_current_a = 32
cable_section_mm2 = 10
cable_length_m = 20
laying = "C"
earthing = "TN-S"
rcd = "A"
dc_detection = "charger"
"""


def test_a_board_without_a_residual_current_unit_is_not_relied_on_for_one() -> None:
    """Nothing in the place would open at 6 mA DC, and no test of it would apply."""
    relied_on = run_check("ST302", board_kind=WITHOUT_RESIDUAL, more_site=CIRCUIT)
    device = run_check("ST302", board_kind=WITHOUT_RESIDUAL, typed={"ST908.dc_detection": "device"}, more_site=CIRCUIT)

    assert (relied_on.verdict, relied_on.cause) == (Verdict.FAIL, "comm.supply_mismatch"), relied_on
    assert device.is_not_applicable, device


def test_an_rcd_that_is_nowhere_is_measured_by_nobody() -> None:
    outcome = run_check("ST303", answers={"ST303.where": "upstream"}, typed={"ST908.rcd": "none"}, more_site=CIRCUIT)

    assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "comm.site_docs"), outcome


def test_a_tester_that_did_nothing_has_measured_nothing() -> None:
    outcome = run_check("ST303", answers={"ST303.where": "charger", "ST303.x0_5_0": "no"})

    assert (outcome.verdict, "did not do its test" in outcome.says) == (Verdict.SKIP, True), outcome


def test_an_emergency_stop_that_nobody_pressed_was_not_tried() -> None:
    outcome = run_check("ST412", answers={"ST412.pressed": "no"})

    assert (outcome.verdict, "was not pressed" in outcome.says) == (Verdict.SKIP, True), outcome


def test_an_emergency_stop_that_nobody_released_is_said_to_be_pressed() -> None:
    outcome = run_check("ST412", answers={**TESTER, "ST412.released": "no"})

    assert (outcome.verdict, "still pressed" in outcome.says) == (Verdict.SKIP, True), outcome


def test_what_a_board_cannot_measure_is_no_measured_nothing() -> None:
    outcome = run_check("ST401", board_kind=WITHOUT_SENSES)

    assert (outcome.verdict, outcome.measured) == (Verdict.PASS, ()), outcome
    assert "does not look behind it" in outcome.says
