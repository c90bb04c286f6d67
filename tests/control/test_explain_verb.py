"""`evsectl explain`: the chain, the reasons and what would start a charge, in one body for every door."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from agent.control.registry import find
from agent.control.remote.without_people import without_people
from agent.control.verb import Effect
from agent.core.explain.changes import AT_SHARED_READER
from agent.core.explain.links import Link, Who
from agent.core.explain.surroundings import MEND_LOOP
from agent.core.identity import ConnectorId
from agent.core.limits import LimitSource
from agent.core.session.events import AuthorizationDecided, AuthorizationStatus, LimitChanged, TokenPresented
from agent.core.supply import TURN_S
from tests.control.calling import asked, charging, shown
from tests.control.charger import CSMS, Charger
from tests.core.health.scenes import LOOP
from tests.core.session.station import CARD

ONE, TWO = ConnectorId(1), ConnectorId(2)


def test_the_chain_goes_from_the_grid_to_the_clock_at_every_connector(charger: Charger, socket_path: Path) -> None:
    charging(charger.outlets[ONE])

    body = asked(charger, socket_path, "explain")

    for connector in body["connectors"]:
        assert [one["link"] for one in connector["chain"]] == [link.value for link in Link]
        assert {one["state"] for one in connector["chain"]} <= {"ok", "blocks", "unknown"}


def test_a_running_charge_has_no_link_that_blocks_and_nothing_that_would_start_it(
    charger: Charger, socket_path: Path
) -> None:
    charging(charger.outlets[ONE])

    (connector,) = asked(charger, socket_path, "explain", connector=1)["connectors"]

    assert [one["link"] for one in connector["chain"] if one["state"] == "blocks"] == []
    assert connector["would_start"] == []


def test_each_change_says_who_can_make_it_and_how_a_program_is_to_read_it(charger: Charger, socket_path: Path) -> None:
    body = asked(charger, socket_path, "explain", connector=1)
    text = shown("explain", body)

    (connector,) = body["connectors"]
    assert [one["do"]["kind"] for one in connector["would_start"]] == ["plug_in", "present_card"]
    assert {one["who"] for one in connector["would_start"]} <= {who.value for who in Who}
    assert " would start: plug a car in [driver]" in text
    assert f"         and: show a card that is accepted here{AT_SHARED_READER} [driver]" in text
    assert "  car           blocks  no car is plugged in" in text


def test_a_limit_of_the_central_system_is_its_own_to_raise(charger: Charger, socket_path: Path) -> None:
    outlet = charger.outlets[ONE]
    charging(outlet)
    outlet.feed(LimitChanged(source=LimitSource.CHARGE_POINT_MAX, current_a=0.0, detail="profile 3"))
    outlet.advance(10.0)

    (connector,) = asked(charger, socket_path, "explain", connector=1)["connectors"]

    (change,) = connector["would_start"]
    assert change["do"] == {
        "kind": "raise_limit",
        "subject": "charge_point_max",
        "limit_a": 0.0,
        "least_a": 6.0,
    }
    assert (change["who"], "until" in change) == ("backend", False)


def test_a_program_that_ends_again_and_again_stands_at_the_hardware_here_and_afar(
    charger: Charger, socket_path: Path
) -> None:
    charger.agent_state = replace(charger.agent_state, crash_loop=LOOP)

    body = asked(charger, socket_path, "explain", connector=1)

    for told in (body, without_people(body)):
        [reason] = [one for one in told["connectors"][0]["reasons"] if one["key"] == "crash_loop"]
        [link] = [one for one in told["connectors"][0]["chain"] if one["link"] == reason["link"]]
        assert (link["link"], link["state"]) == ("hardware", "unknown")
        assert link["evidence"] == reason["evidence"] == {"starts": 4, "within_s": 90, "died_of": "OperationalError"}
    text = shown("explain", body)
    assert f"  hardware      unknown {reason['what']}" in text
    assert f"next: {MEND_LOOP}" in text


def test_beyond_the_charger_no_letter_of_a_card_is_told(charger: Charger, socket_path: Path) -> None:
    refused, outlet = charger.outlets[ONE], charger.outlets[TWO]
    charger.state = CSMS
    refused.authorizes_by_itself = False
    refused.plug_in()
    refused.feed(TokenPresented(CARD))
    refused.feed(AuthorizationDecided(token=CARD, status=AuthorizationStatus.BLOCKED, detail="the central system"))
    charging(outlet)

    body = asked(charger, socket_path, "explain")

    assert CARD.masked in json.dumps(body, ensure_ascii=False)
    assert CARD.value[-4:] not in json.dumps(without_people(body), ensure_ascii=False)
    assert find("explain").remote is Effect.READ


def shares_ten(charger: Charger) -> None:
    """Connector 1 charges with all that there is, and a charge at connector 2 waits."""
    for number, share_a in ((ONE, 10.0), (TWO, 0.0)):
        outlet = charger.outlets[number]
        charging(outlet)
        for source, current_a, detail in (
            (LimitSource.CHARGE_POINT_MAX, 10.0, "ChargePointMaxProfile 9"),
            (LimitSource.SUPPLY, share_a, "ChargePointMaxProfile 9, shared by 2 connectors"),
        ):
            outlet.feed(LimitChanged(source=source, current_a=current_a, detail=detail))


def test_who_has_how_much_of_a_shared_supply_is_told_in_every_reply_alike(charger: Charger, socket_path: Path) -> None:
    shares_ten(charger)
    two = charger.outlets[TWO]
    # Until it is connector 1's turn.
    while int(two.now.monotonic_s // TURN_S) % 2:
        charger.advance(60.0)

    body = asked(charger, socket_path, "explain")
    current = asked(charger, socket_path, "explain", what="current")

    supply = body["connectors"][1]["supply"]
    assert supply == body["connectors"][0]["supply"] == current["connectors"][1]["supply"]
    assert (supply["current_a"], supply["owner"], supply["who"]) == (10.0, "charge_point_max", "backend")
    assert [one["standing"] for one in supply["connectors"]] == ["has a share", "waits for its turn"]
    for text in (shown("explain", body), shown("explain", current)):
        assert "2 connectors share 10 A: ChargePointMaxProfile 9; not all can charge at once" in text
        assert "  connector 1 charges with up to 10 A, since " in text
        assert text.count("connector 2 has a charge, and waits for 6 A, since ") == 1


def test_no_share_of_a_supply_that_others_use_is_said_to_be_none_where_no_charge_needs_one(
    charger: Charger, socket_path: Path
) -> None:
    charging(charger.outlets[ONE])
    charger.outlets[TWO].feed(LimitChanged(source=LimitSource.SUPPLY, current_a=0.0, detail="supply_current_a"))

    text = shown("explain", asked(charger, socket_path, "explain", what="current", connector=2))

    assert "no share of the supply now: connector 2 has no charge, and gets a share when one begins" in text
