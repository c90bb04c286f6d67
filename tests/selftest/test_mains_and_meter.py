"""ST501 to ST507 at simulated chargers: right where all is well, and the wrong that was done is named."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.core.commissioning.model import Outcome, Verdict
from tests.selftest.site import Site, run_check, tell

FAIL, WARN, PASS = Verdict.FAIL, Verdict.WARN, Verdict.PASS
Verb = tuple[str, dict[str, object]]
SHOWS_S = 2.0

WORLD_AS_IT_WAS: Verb = ("mains", {"volts": 230.0, "hz": 50.0})


async def found(site: Site, test: str, *done: Verb) -> Outcome:
    """What the test says with that done to the world, which is whole again afterwards."""
    for verb, given in done:
        await site.world(verb, **given)
    await site.passes(SHOWS_S)
    outcome = await site.check(test)
    await site.world("heal")
    await site.world(WORLD_AS_IT_WAS[0], **WORLD_AS_IT_WAS[1])
    await site.passes(SHOWS_S)
    return outcome


def verdicts(board: str, cases: Sequence[tuple[str, tuple[Verb, ...]]]) -> list[tuple[str, Verdict, str]]:
    seen = []

    async def story(site: Site) -> None:
        for test, done in cases:
            outcome = await found(site, test, *done)
            seen.append((test, outcome.verdict, outcome.cause))

    tell(story, board=board)
    return seen


def fault(name: str, **given: object) -> Verb:
    return "fault", {"name": name, "connector": 1, **given}


def test_the_supply_is_right_or_what_is_wrong_with_it_is_named() -> None:
    cases: list[tuple[str, tuple[Verb, ...]]] = [
        *((test, ()) for test in ("ST501", "ST502", "ST503", "ST504")),
        ("ST501", (("mains", {"volts": 200.0}),)),
        ("ST501", (("mains", {"volts": 255.0}),)),
        ("ST501", (fault("mains_phase_loss", phase=2),)),
        ("ST501", (("mains", {"phase": 1, "volts": 215.0}),)),
        ("ST502", (("mains", {"hz": 52.5}),)),
        ("ST502", (("mains", {"hz": 51.0}),)),
        ("ST503", (fault("mains_rotation"),)),
        ("ST503", (fault("mains_phase_loss"),)),
        ("ST504", (fault("mains_polarity", volts=20.0),)),
        ("ST504", (fault("mains_polarity"),)),
    ]

    assert verdicts("sim-single", cases) == [
        *((test, PASS, "") for test in ("ST501", "ST502", "ST503", "ST504")),
        ("ST501", FAIL, "mains.undervoltage"),
        ("ST501", FAIL, "mains.overvoltage"),
        ("ST501", FAIL, "mains.phase_loss"),
        ("ST501", WARN, "mains.undervoltage"),
        ("ST502", FAIL, "mains.frequency"),
        ("ST502", WARN, "mains.frequency"),
        ("ST503", FAIL, "mains.rotation"),
        ("ST503", FAIL, "mains.phase_loss"),
        ("ST504", WARN, "mains.polarity"),
        ("ST504", FAIL, "mains.polarity"),
    ]


def test_the_meter_is_the_right_one_and_hears_well_or_what_is_wrong_with_it_is_named() -> None:
    uneven: Verb = ("mains", {"phase": 1, "volts": 215.0})
    cases: list[tuple[str, tuple[Verb, ...]]] = [
        *((test, ()) for test in ("ST505", "ST506", "ST507")),
        ("ST506", (fault("serial_noise", wire="meter", rate=0.001),)),
        ("ST506", (fault("meter_silent"),)),
        ("ST506", (fault("meter_late", delay_s=1.0),)),
        ("ST507", (uneven, fault("meter_crossed"))),
        ("ST507", (fault("meter_silent"),)),
        ("ST505", (fault("meter_silent"),)),
        ("ST505", (fault("meter_other"),)),
    ]

    assert verdicts("sim-single", cases) == [
        *((test, PASS, "") for test in ("ST505", "ST506", "ST507")),
        ("ST506", FAIL, "meter.comm"),
        ("ST506", FAIL, "meter.comm"),
        ("ST506", FAIL, "meter.comm"),
        ("ST507", FAIL, "meter.implausible"),
        ("ST507", Verdict.ERROR, ""),
        ("ST505", Verdict.ERROR, ""),
        ("ST505", FAIL, "meter.identity"),
    ]


def test_a_meter_with_another_serial_number_than_its_label_is_another_meter() -> None:
    outcome = run_check("ST505", typed={"meter_serial.1": "4711002"})
    unread = run_check("ST505", typed={"meter_serial.1": "-"})

    assert unread.verdict is PASS
    assert (outcome.verdict, outcome.cause) == (FAIL, "meter.identity")
    assert "4711001" in outcome.says


@pytest.mark.parametrize("earthing", ["IT", "split"])
def test_where_no_neutral_lies_at_earth_nobody_looks_for_one(earthing: str) -> None:
    outcome = run_check("ST504", board_kind={"earthing": earthing})

    assert outcome.is_not_applicable
    assert earthing in outcome.says


def test_without_a_board_that_measures_the_meter_says_what_it_can_and_the_rest_is_not_fitted() -> None:
    seen = {}

    async def story(site: Site) -> None:
        for test in ("ST501", "ST502", "ST503", "ST504"):
            seen[test] = await site.check(test)

    tell(story, board="sim-phoenix-serial")

    assert "by the meter" in seen["ST501"].says
    assert [seen[test].verdict for test in ("ST501", "ST502")] == [PASS, PASS]
    assert [seen[test].is_not_applicable for test in ("ST503", "ST504")] == [True, True]
