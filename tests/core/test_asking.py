"""Nobody can be let in: the same decision wherever it is told, over sessions that the core reaches."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.asking import Asking, was_let_in, why_closed
from agent.core.explain.explain import explain
from agent.core.explain.reason import Effect
from agent.core.explain.scene import NetworkState, Scene
from agent.core.session.events import TokenPresented
from agent.core.uptime.causes import cause_of
from agent.core.uptime.model import PRIORITY, CauseClass
from tests.core.health.scenes import charging, idle, seen
from tests.core.health.test_verdict import after, histories, keys
from tests.core.session.station import CARD

CLOSED = "network.closed"
networks = st.builds(
    NetworkState,
    configured=st.booleans(),
    connected=st.booleans(),
    is_missed=st.booleans(),
    registration=st.sampled_from(["", "Accepted", "Pending", "Rejected"]),
    lets_anybody_in=st.booleans(),
)


@given(histories, networks)
@settings(max_examples=300)
def test_health_and_uptime_never_disagree_on_a_network_that_closes_a_connector(
    history: list[str], network: NetworkState
) -> None:
    station = after(history)

    is_told = CLOSED in keys(seen(station, network=network))
    cause = cause_of(station.session, network.asking)

    if is_told:
        # Of several causes the first class decides.
        assert cause is not None
        assert cause.key == CLOSED or PRIORITY[cause.of] <= PRIORITY[CauseClass.NETWORK]
    else:
        assert cause is None or cause.key != CLOSED


@given(histories, networks)
@settings(max_examples=200)
def test_what_they_call_closed_blocks_the_next_charge_for_explain_too(
    history: list[str], network: NetworkState
) -> None:
    station = after(history)

    reasons = explain(Scene(session=station.session, network=network, now=station.now)).reasons

    if why_closed(station.session, network.asking):
        assert {one.key for one in reasons if one.effect is Effect.BLOCKS} & {"network.offline", "network.not_accepted"}


AWAY = Asking(is_connected=False, is_missed=True, lets_anybody_in=False)


@pytest.mark.parametrize(
    ("asking", "says"),
    [
        (Asking(), ""),
        (AWAY, "is away, and nobody is known here"),
        (dataclasses.replace(AWAY, is_missed=False), ""),
        (dataclasses.replace(AWAY, lets_anybody_in=True), ""),
        (dataclasses.replace(AWAY, has_accepted=False), "is away, and nobody is known here"),
        (Asking(has_accepted=False, lets_anybody_in=False), "has not accepted this charger, and nobody is known here"),
        (Asking(has_accepted=False), ""),
        (Asking(lets_anybody_in=False), ""),
    ],
)
def test_it_is_closed_where_nobody_is_known_and_nobody_can_be_asked(asking: Asking, says: str) -> None:
    why = why_closed(idle().session, asking)

    assert (says in why) if says else why == ""


def test_who_charges_or_was_accepted_before_is_not_shut_out() -> None:
    accepted = idle()
    accepted.feed(TokenPresented(CARD))

    assert [was_let_in(one.session) for one in (idle(), accepted, charging())] == [False, True, True]
    assert [why_closed(one.session, AWAY) for one in (accepted, charging())] == ["", ""]


def test_a_charger_that_was_not_accepted_lies_with_the_central_system_and_one_that_is_away_with_the_way_to_it() -> None:
    away, refused = (cause_of(idle().session, one) for one in (AWAY, dataclasses.replace(AWAY, is_connected=True)))
    not_accepted = cause_of(idle().session, Asking(has_accepted=False, lets_anybody_in=False))

    assert away is not None and (away.key, away.of) == (CLOSED, CauseClass.NETWORK)
    assert refused is None
    assert not_accepted is not None and (not_accepted.key, not_accepted.of) == (CLOSED, CauseClass.CSMS)
