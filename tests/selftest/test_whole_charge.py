"""ST1001, ST1002 and ST602: real charges, told by meter, ledger and central system, and what makes them fail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from agent.core.commissioning.model import Outcome, Quantity, Verdict
from agent.selftest.bench import AdapterPosition, Declined
from tests.selftest.installer import Installer
from tests.selftest.site import Site, tell
from tests.simulation.stage import BAD_CARD, CARD

FAIL, PASS = Verdict.FAIL, Verdict.PASS


@dataclass(slots=True, kw_only=True)
class WithTelephone(Installer):
    """Has somebody at the central system do what a test asks for there, and shows a card to the reader."""

    site: Site
    card: str = CARD

    async def tell(self, text: str) -> None:
        await Installer.tell(self, text)
        if "begun from the central system" in text:
            await self.site.charger.network("remote_start", connector=1, token=CARD)
        elif "ended from the central system" in text:
            await self.site.charger.network("remote_stop")
        elif "card" in text:
            await self.site.world("swipe", token=self.card)


async def staffed(site: Site, **answers: str) -> WithTelephone:
    """Somebody is there, and the charger known to its central system (ST808), without which no charge is tried."""
    await site.check("ST808")
    person = WithTelephone(world=site.charger.stage.rig.world, site=site, answers=dict(answers))
    site.installer = person
    return person


def figures(outcome: Outcome, name: str) -> list[Quantity]:
    return [one.value for one in outcome.measured if one.name == name]


@pytest.mark.parametrize("board", ["sim-single", "sim-socket"])
def test_a_charge_by_the_central_system_and_one_by_card_are_told_alike_by_all_three(board: str) -> None:
    async def story(site: Site) -> None:
        await staffed(site)

        outcome = await site.check("ST1001")

        assert outcome.verdict is PASS
        told = [row["energy_wh"] for row in site.charger.transactions()]
        assert len(told) == 2
        for record in ("meter", "ledger", "central system"):
            assert figures(outcome, f"energy by the {record}") == told
        assert figures(outcome, "states") == ["A-B1-B2-C2-C1-B1-A"] * 2
        assert site.charger.outlet()["plugged"] is None

    tell(story, board=board)


def test_without_network_a_charge_is_told_afterwards_whole_and_in_order() -> None:
    async def story(site: Site) -> None:
        await staffed(site, **{"ST1001.start": "this command", "ST1001.token": CARD})
        begun = await site.check("ST1001")
        offline = await site.check("ST1002")

        assert (begun.verdict, offline.verdict) == (Verdict.WARN, PASS)
        assert "Not tried: a start by central system and by card" in begun.says
        order = str(offline.evidence["records"]["told"]).split()  # type: ignore[index]
        assert (order[0], order[-1]) == ("StartTransaction", "StopTransaction")
        assert len(site.charger.transactions()) == 2
        assert await site.charger.events("ocpp.disconnected")

    tell(story)


def test_what_the_central_system_does_not_acknowledge_and_what_a_meter_does_not_count_is_no_whole_charge() -> None:
    async def story(site: Site) -> None:
        person = await staffed(site, **{"ST1001.start": "card"})
        quiet = asyncio.get_running_loop().call_later(60.0, lambda: quieten(site))
        unheard = await site.check("ST1001")
        quiet.cancel()
        await site.charger.network("silent", on=False)
        await site.passes(600.0)
        await site.world("fault", name="meter_ratio", connector=1, factor=0.0)
        uncounted = await site.check("ST1001")

        assert (unheard.verdict, unheard.cause) == (FAIL, "ocpp.offline")
        assert "has not acknowledged the stop" in unheard.says
        assert (uncounted.verdict, uncounted.cause) == (FAIL, "meter.implausible")
        assert "too little was counted" in uncounted.says
        assert person.positions[-1].state == "out"

    tell(story)


def quieten(site: Site) -> None:
    site.charger.stage.office.system.behaviour.is_silent = True


def test_a_card_that_nobody_accepts_begins_no_charge_and_without_network_that_is_the_policy() -> None:
    async def story(site: Site) -> None:
        person = await staffed(site, **{"ST1001.start": "card"})
        person.card = BAD_CARD
        refused = await site.check("ST1001")
        await site.world("plug_out", connector=1)
        await site.passes(10.0)
        policy = await site.check("ST1002")
        await site.world("plug_out", connector=1)

        assert (refused.verdict, policy.verdict) == (FAIL, Verdict.SKIP)
        assert "No charge began" in refused.says
        assert "Without network nobody may charge with this card" in policy.says

    tell(story)


@dataclass(slots=True, kw_only=True)
class WalksAway(WithTelephone):
    async def set_adapter(self, position: AdapterPosition) -> None:
        await Installer.set_adapter(self, position)
        if position.state == "C":
            raise Declined("nobody is there any more")


def test_whoever_walks_away_leaves_no_charge_behind() -> None:
    async def story(site: Site) -> None:
        await staffed(site)
        site.installer = WalksAway(world=site.charger.stage.rig.world, site=site, answers={"ST1001.start": "card"})

        outcome = await site.check("ST1001")
        await site.passes(20.0)

        assert outcome.verdict is Verdict.SKIP
        assert site.charger.session().transaction is None
        assert [row["energy_wh"] is not None for row in site.charger.transactions()] == [True]
        await site.world("plug_out", connector=1)

    tell(story)


def test_a_loose_terminal_becomes_too_warm_in_twenty_minutes() -> None:
    async def story(site: Site) -> None:
        await staffed(site, **{"ST602.token": CARD})
        await site.world("fault", name="loose_terminal", connector=1)

        outcome = await site.check("ST602")

        assert (outcome.verdict, outcome.cause) == (FAIL, "temp.terminal_derate")
        assert "terminal (pilot board), rise at 32 A" in outcome.says
        assert "connector (pilot board)" not in outcome.says

    tell(story)
