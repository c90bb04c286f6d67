"""A charger that nobody may use without the central system: health and uptime call it closed, or neither does."""

from __future__ import annotations

from agent.core.uptime.model import Outage
from tests.simulation.stage import CARD, OTHER_CARD, Charger, tell
from tests.simulation.test_board_stories import body
from tests.simulation.test_health_stories import reasons
from tests.simulation.test_local_list_stories import send

CLOSED = "network.closed"


async def outages(charger: Charger) -> list[Outage]:
    records = await charger.agent.upkeep.service.records()
    return [one for one in records.outages if one.cause.key == CLOSED]


async def is_closed(charger: Charger) -> bool:
    """By both: what health says now, and whether an outage lasts."""
    told = CLOSED in reasons(await body(charger, "health"))
    lasts = any(one.ended is None for one in await outages(charger))
    assert told == lasts
    return told


async def passes(charger: Charger, seconds: float) -> list[bool]:
    """What both say every ten seconds; a list and a link are looked at in between."""
    told = []
    for _ in range(round(seconds / 10)):
        await charger.passes(10.0)
        told.append(await is_closed(charger))
    return told


def test_a_list_a_cache_and_a_rule_keep_it_open_for_both_and_nothing_else_does() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("offline")
        nobody_known = await passes(charger, 120.0)
        await body(charger, "token add", token=CARD)
        kept_here = await passes(charger, 120.0)
        await body(charger, "token remove", token=CARD)
        removed = await passes(charger, 60.0)
        await charger.network("heal")
        back = await passes(charger, 360.0)
        await send(charger, 1, "Full", **{OTHER_CARD: "Accepted"})
        await charger.network("offline")
        listed = await passes(charger, 120.0)
        await charger.network("heal")
        await passes(charger, 360.0)
        await charger.network("change_configuration", key="LocalAuthorizeOffline", value="false")
        await charger.network("offline")
        forbidden = await passes(charger, 120.0)

        assert nobody_known[0] is False and nobody_known[-1] is True
        assert kept_here[-1] is False
        assert removed[-1] is True
        assert back[-1] is False
        assert set(listed) == {False}
        assert forbidden[-1] is True

    tell(story)


def test_it_stays_closed_for_both_from_the_first_moment_after_a_restart() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("offline")
        await passes(charger, 120.0)
        await charger.stage.charger.kill()
        await charger.passes(20.0)
        await charger.stage.charger.start()
        await charger.passes(8.0)

        assert await is_closed(charger)
        assert set(await passes(charger, 120.0)) == {True}
        assert len(await outages(charger)) == 1

    tell(story)


def test_a_charger_that_is_not_accepted_is_closed_for_both() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("boot_answer", status="Pending", interval_s=600)
        await charger.stage.charger.kill()
        await charger.stage.charger.start()
        told = await passes(charger, 60.0)

        assert told[-1] is True
        [outage] = await outages(charger)
        assert "has not accepted this charger" in outage.cause.evidence

    tell(story)
