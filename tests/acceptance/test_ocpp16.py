"""The checklist of OCPP 1.6 (ocpp16.md section 19): items by their number, on a whole charger with a central system."""

from __future__ import annotations

from itertools import product

import pytest

from agent.core.session.model import SessionPhase
from tests.simulation.stage import CARD, Charger, tell

KNOWN_BY = ("list", "cache", "nobody")
ONLINE = tuple(product(KNOWN_BY, (False, True), ("Accepted", "Blocked")))
OFFLINE = tuple(product(KNOWN_BY, (False, True), (False, True)))


async def _is_known_by(charger: Charger, place: str) -> None:
    """CARD is on the list, or was accepted once before, or neither."""
    if place == "list":
        answer = await charger.network("send_list", version=1, kind="Full", tokens={CARD: "Accepted"})
        assert answer["answer"] == {"status": "Accepted"}
    elif place == "cache":
        await charger.swipe()
        await charger.passes(150.0)  # nobody plugs in: only what the network said of the card stays
        assert charger.session().phase is SessionPhase.IDLE


async def _switch(charger: Charger, **keys: bool) -> None:
    for key, value in keys.items():
        answer = await charger.network("change_configuration", key=key, value=str(value).lower())
        assert answer["answer"] == {"status": "Accepted"}


async def _starts(charger: Charger) -> bool:
    await charger.plug_in()
    await charger.swipe()
    await charger.passes(10.0)
    return charger.session().phase is SessionPhase.CHARGING or bool(charger.told("StartTransaction"))


@pytest.mark.parametrize(("place", "pre_authorize", "word"), ONLINE)
def test_14_cache_list_unknown_matrix_while_the_network_is_connected(
    place: str, pre_authorize: bool, word: str
) -> None:
    """Twelve of the 24 cases: the network is asked, unless who is known here need not wait for it."""

    async def story(charger: Charger) -> None:
        await _is_known_by(charger, place)
        await _switch(charger, LocalPreAuthorize=pre_authorize)
        await charger.network("refuse_token", token=CARD, status=word)
        before = len(charger.told("Authorize"))
        has_started = await _starts(charger)
        is_not_asked = pre_authorize and place != "nobody"
        assert len(charger.told("Authorize")) - before == (0 if is_not_asked else 1)
        # Whoever starts unasked is judged with the start; the list does not save a card that the network refuses.
        assert has_started == (is_not_asked or word == "Accepted")
        assert (charger.session().phase is SessionPhase.CHARGING) == (word == "Accepted")

    tell(story)


@pytest.mark.parametrize(("place", "offline", "strangers"), OFFLINE)
def test_14_cache_list_unknown_matrix_while_the_network_is_away(place: str, offline: bool, strangers: bool) -> None:
    """The other twelve: who is known here, or a stranger where strangers may."""

    async def story(charger: Charger) -> None:
        await _is_known_by(charger, place)
        await _switch(charger, LocalAuthorizeOffline=offline, AllowOfflineTxForUnknownId=strangers)
        await charger.network("offline")
        await charger.passes(5.0)
        has_started = await _starts(charger)
        assert has_started == (strangers or (offline and place != "nobody"))
        await charger.network("heal")
        await charger.passes(120.0)
        assert len(charger.told("StartTransaction")) == has_started

    tell(story)


def test_14_has_24_cases() -> None:
    assert len(ONLINE) + len(OFFLINE) == 24
