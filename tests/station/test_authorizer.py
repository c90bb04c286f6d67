"""Who is asked about a token and what becomes of the answer. The rules themselves are agent/core/authorization.py's."""

from __future__ import annotations

from pathlib import Path

from agent.control.ports import NO_NETWORK
from agent.core.explain.explain import explain
from agent.core.explain.scene import Scene
from agent.core.identity import IdToken
from agent.core.session.events import AuthorizationStatus, TokenPresented
from agent.ocpp_client.ports import AuthorizationAnswer
from agent.ocpp_client.station.settings import AUTHORIZATION_CACHE, LOCAL_PRE_AUTHORIZE
from agent.store.tokens import KnownToken
from tests.station.desk import CARD, ONE, SITE, Desk, at_desk, plugged

ACCEPTED, BLOCKED = AuthorizationStatus.ACCEPTED, AuthorizationStatus.BLOCKED
UNREACHABLE = AuthorizationStatus.UNREACHABLE
TOO_LONG = IdToken("A1B2C3D4E5" * 3)
OCPP = """
[ocpp]
version = "1.6"
url = "ws://127.0.0.1:9000/ocpp"
identity = "CP-0123"
security_profile = 0
"""


def test_the_network_is_asked_and_its_word_counts_also_against_the_list(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.tokens.add(KnownToken(token=CARD))
        desk.the_network_says(BLOCKED)

        decided = await desk.authorizer.authorize(CARD)

        assert (decided.status, desk.asked) == (BLOCKED, [CARD])

    at_desk(tmp_path, story)


def test_who_is_on_the_list_need_not_wait_for_the_network_where_that_is_wanted(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.settings.put({LOCAL_PRE_AUTHORIZE: "true"})
        await desk.store.tokens.add(KnownToken(token=CARD))
        desk.the_network_says(BLOCKED)

        decided = await desk.authorizer.authorize(CARD)

        assert (decided.status, desk.asked) == (ACCEPTED, [])

    at_desk(tmp_path, story)


def test_without_a_network_the_list_decides_and_nobody_is_asked(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert (await desk.authorizer.authorize(CARD)).status is UNREACHABLE

        await desk.store.tokens.add(KnownToken(token=CARD))

        assert (await desk.authorizer.authorize(CARD)).status is ACCEPTED
        assert desk.asked == []

    at_desk(tmp_path, story)


def test_a_network_that_does_not_answer_counts_as_away(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.tokens.add(KnownToken(token=CARD))
        desk.the_network_says(None)

        decided = await desk.authorizer.authorize(CARD)

        assert (decided.status, desk.asked) == (ACCEPTED, [CARD])

    at_desk(tmp_path, story)


def test_a_store_that_cannot_be_read_knows_nobody_and_the_network_is_asked_all_the_same(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.tokens.add(KnownToken(token=CARD))
        desk.store.writer.drop()

        assert (await desk.authorizer.authorize(CARD)).status is UNREACHABLE
        desk.the_network_says(ACCEPTED)
        assert (await desk.authorizer.authorize(CARD)).status is ACCEPTED

    at_desk(tmp_path, story)


def test_where_nobody_has_to_identify_nobody_is_asked(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.the_network_says(BLOCKED)

        decided = await desk.authorizer.authorize(CARD)

        assert (decided.status, desk.asked) == (ACCEPTED, [])

    at_desk(tmp_path, story, SITE.replace('commissioning = "lab"', 'commissioning = "lab"\nauthorization = "free"'))


def test_the_networks_word_is_kept_for_the_time_without_it_unless_it_does_not_want_that(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.authorizer.remember(CARD, AuthorizationAnswer(status=ACCEPTED))
        assert (await desk.authorizer.authorize(CARD)).status is ACCEPTED

        await desk.settings.put({AUTHORIZATION_CACHE: "false"})
        await desk.authorizer.remember(CARD, AuthorizationAnswer(status=BLOCKED))
        await desk.settings.put({AUTHORIZATION_CACHE: "true"})

        assert (await desk.authorizer.authorize(CARD)).status is ACCEPTED

    at_desk(tmp_path, story)


def test_a_number_that_was_drawn_at_random_is_not_remembered(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.settings.put({AUTHORIZATION_CACHE: "true"})
        phone = IdToken("08A1B2C3", is_random=True)

        await desk.authorizer.remember(phone, AuthorizationAnswer(status=ACCEPTED))

        assert (await desk.store.tokens.find(phone)).cached is None

    at_desk(tmp_path, story)


def test_a_card_that_the_network_cannot_carry_is_refused_with_the_reason_and_nobody_is_asked(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.tokens.add(KnownToken(token=TOO_LONG))
        desk.the_network_says(ACCEPTED)

        decided = await desk.authorizer.authorize(TOO_LONG)
        plugged(desk.outlets[ONE])
        desk.outlets[ONE].post(TokenPresented(TOO_LONG))
        desk.outlets[ONE].post(decided)

        assert (decided.status, desk.asked) == (AuthorizationStatus.INVALID, [])
        session = desk.outlets[ONE].session
        reasons = explain(Scene(session=session, network=NO_NETWORK, now=desk.clock.now(), board=None)).reasons
        assert any("it has 30 characters, and OCPP 1.6 takes at most 20" in reason.what for reason in reasons)

    at_desk(tmp_path, story, SITE + OCPP)


def test_without_a_network_the_same_card_is_let_in(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.tokens.add(KnownToken(token=TOO_LONG))

        assert (await desk.authorizer.authorize(TOO_LONG)).status is ACCEPTED

    at_desk(tmp_path, story)
