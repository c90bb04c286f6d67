"""ST601 to ST610: sensors, lock, cards, lamp, button and door, each right once and broken once."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, Verdict
from tests.selftest.installer import Installer
from tests.selftest.site import Site, run_check, tell

FAIL, PASS = Verdict.FAIL, Verdict.PASS
CARD, OTHER_CARD = "04A1B2C3", "04D4E5F6A7B8C9"


class WithEyes(Installer):
    """Looks at the lamp before they say yes, for as long as a slow rhythm takes to come round."""

    __slots__ = ()

    async def confirms(self, key: str, text: str) -> bool:
        colours, _ = await self.world.lamps[1].watched(9.0)
        wanted = text.partition("Is it ")[2].partition(",")[0].split(" and ")
        return set(colours) == set(wanted)


def card(number: str, then: str = CARD) -> dict[str, list[tuple[str, dict[str, object]]]]:
    return {
        "Hold the first card before": [("swipe", {"token": CARD})],
        "Hold the second card": [("swipe", {"token": number})],
        "Hold the first card again": [("swipe", {"token": then})],
    }


def test_sensors_are_believed_while_they_agree_with_the_air_around_and_with_each_other() -> None:
    seen: dict[str, Outcome] = {}

    async def story(site: Site) -> None:
        site.typed["ambient_celsius"] = "-"
        seen["not known"] = await site.check("ST601")
        site.typed["ambient_celsius"] = "24"
        seen["right"] = await site.check("ST601")
        await site.world("fault", name="sensor_gone", connector=1, place="terminal")
        await site.passes(30.0)
        seen["gone"] = await site.check("ST601")
        await site.world("heal")
        await site.world("fault", name="ntc_open", connector=1, sensor="terminal")
        await site.passes(2.0)
        seen["open lead"] = await site.check("ST601")
        await site.world("heal")
        await site.world("fault", name="overtemp", connector=1, sensor="board", celsius=45.0)
        await site.passes(60.0)
        seen["warm in the cold"] = await site.check("ST601")

    tell(story, board="sim-cabinet")

    assert seen["not known"].verdict is seen["right"].verdict is PASS
    assert {seen[one].cause for one in ("gone", "open lead", "warm in the cold")} == {"temp.sensor"}
    assert "terminal (pilot board)" in seen["open lead"].says
    assert "board (pilot board) 45 °C" in seen["warm in the cold"].says


def test_the_lock_moves_and_holds_or_is_told() -> None:
    seen: dict[str, Outcome] = {}

    async def story(site: Site) -> None:
        seen["right"] = await site.check("ST604")
        await site.world("fault", name="lock_jam", connector=1)
        seen["jammed"] = await site.check("ST604")
        await site.world("heal")
        await site.passes(15.0)
        site.installer.answers = {"ST604.holds": "no", "ST605.release": "released"}
        seen["no hold"] = await site.check("ST604")
        seen["store"] = await site.check("ST605")
        await site.world("fault", name="lock_energy", connector=1)
        await site.passes(2.0)
        seen["no store"] = await site.check("ST605")

    tell(story, board="sim-socket")

    assert (seen["right"].verdict, seen["store"].verdict) == (PASS, PASS)
    assert (seen["jammed"].verdict, seen["jammed"].cause) == (FAIL, "lock.lock_failed")
    assert (seen["no hold"].verdict, seen["no hold"].cause) == (FAIL, "lock.lock_failed")
    assert (seen["no store"].verdict, seen["no store"].cause) == (FAIL, "lock.energy_store")


def test_two_cards_are_told_apart_and_nothing_of_them_is_kept() -> None:
    seen: dict[str, Outcome] = {}

    async def story(site: Site) -> None:
        site.installer.does = card(OTHER_CARD)
        seen["right"] = await site.check("ST606")
        assert site.charger.session().token is None
        site.installer.does = card(CARD)
        await site.passes(10.0)
        seen["alike"] = await site.check("ST606")
        site.installer.does = card(OTHER_CARD, then=OTHER_CARD[:-2] + "AA")
        await site.passes(10.0)
        seen["unsteady"] = await site.check("ST606")
        site.installer.does = {}
        seen["no card"] = await site.check("ST606")
        await site.world("fault", name="link_cut", connector=1, wire="reader")
        seen["deaf"] = await site.check("ST606")

    tell(story)

    assert seen["right"].verdict is PASS
    assert {(seen[one].verdict, seen[one].cause) for one in seen if one != "right"} == {(FAIL, "reader.failed")}
    assert all(one.value is not None for outcome in seen.values() for one in outcome.measured)
    assert not any(number in repr(one) for one in seen.values() for number in (CARD, OTHER_CARD))


def test_a_lamp_with_a_dark_colour_is_seen_by_whoever_looks() -> None:
    seen: dict[str, Outcome] = {}

    async def story(site: Site) -> None:
        site.installer = WithEyes(world=site.charger.stage.rig.world)
        seen["right"] = await site.check("ST607")
        await site.world("fault", name="line_stuck", connector=1, line="LED_RED")
        seen["no red"] = await site.check("ST607")

    tell(story, board="sim-cabinet")

    assert seen["right"].verdict is PASS
    assert seen["no red"].verdict is FAIL
    assert "fault: red" in seen["no red"].says
    assert "charging" not in seen["no red"].says


def test_a_button_is_seen_pressed_and_let_go_or_its_wire_is_off() -> None:
    seen: dict[str, Outcome] = {}
    told: list[str] = []

    async def story(site: Site) -> None:
        site.installer.does = {"Press the button": [("press", {"what": "button", "for_s": 2.0})]}
        seen["right"] = await site.check("ST608")
        await site.world("fault", name="line_cut", connector=1, line="BUTTON")
        seen["cut"] = await site.check("ST608")
        told.extend(site.installer.told)

    tell(story)

    assert [seen[one].verdict for one in ("right", "cut")] == [PASS, FAIL]
    assert "BUTTON" not in seen["right"].says
    assert "input.1" in seen["cut"].says
    assert not any("input" in text for text in told)


def test_what_is_not_fitted_is_missing_from_nothing() -> None:
    seen: list[Outcome] = []

    async def story(site: Site) -> None:
        for test in ("ST603", "ST604", "ST605", "ST609", "ST610"):
            seen.append(await site.check(test))

    tell(story)

    assert all(one.is_not_applicable and one.says for one in seen)


def test_a_door_is_seen_opened_and_closed_or_nothing_of_it() -> None:
    opens = {"Open the door": [("press", {"what": "door", "for_s": 3.0})]}

    right = run_check("ST610", board="sim-gpio", does=opens)
    stuck = run_check("ST610", board="sim-gpio", does=opens, world=[("fault", {"name": "line_stuck", "line": "DOOR"})])

    assert (right.verdict, right.cause) == (PASS, "")
    assert (stuck.verdict, stuck.cause) == (FAIL, "enclosure.open")
