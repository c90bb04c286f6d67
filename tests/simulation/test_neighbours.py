"""A self-test has one connector: the other one, which shares its supply, says so, and charges once the test is over."""

from __future__ import annotations

from agent.core.identity import ConnectorId
from agent.core.session.events import LoanEnded, LoanRequested
from agent.core.session.model import Loan
from tests.simulation.stage import Charger, tell
from tests.simulation.test_board_stories import body


def test_a_charge_that_waits_for_a_test_at_the_other_connector_names_it_and_begins_behind_it() -> None:
    async def story(charger: Charger) -> None:
        tested = charger.agent.station.connectors[ConnectorId(1)]
        loan = Loan(by="the self-test ST701", since=charger.agent.station.clock.now())
        tested.post(LoanRequested(loan))
        await charger.passes(15.0)
        await charger.plug_in(2)
        await charger.swipe()
        await charger.passes(20.0)

        (told,) = (await body(charger, "explain", connector=2))["connectors"]
        lent = (await body(charger, "explain", connector=1))["connectors"][0]["reasons"]

        assert told["headline"].startswith("not charging: connector 1 has all of the 10 A that 2 connectors share")
        assert [(one["do"]["kind"], one["who"]) for one in told["would_start"]] == [("other_ends", "nobody, wait")]
        assert told["would_start"][0]["change"] == "wait until this is done at connector 1: the self-test ST701"
        assert "connector 1 is lent to the self-test ST701, with up to 10 A" in [
            one["what"] for one in told["supply"]["connectors"]
        ]
        assert "lent" in [one["key"] for one in lent]
        tested.post(LoanEnded(loan))
        await charger.world("wait", connector=2, until="charging", timeout_s=60)

    tell(story, board="sim-dual", supply_current_a=10)
