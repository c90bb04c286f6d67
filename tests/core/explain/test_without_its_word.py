"""A central system that alone could say who may charge, and cannot be asked: it is what blocks, and what would help."""

from __future__ import annotations

import dataclasses

import pytest

from agent.core.explain.change import Kind
from agent.core.explain.explain import explain
from agent.core.explain.links import MENDERS, Link, Who
from agent.core.explain.reason import Effect
from agent.core.explain.scene import NetworkState, Scene
from agent.core.explain.would_start import would_start
from agent.core.network_check.model import Layer
from agent.core.session.events import TokenPresented
from tests.core.session.station import CARD, RecordingStation

AWAY = NetworkState(
    configured=True, host="csms.example", found="a certificate has expired", found_next="renew it", found_at="tls"
)
CLOSED = dataclasses.replace(AWAY, lets_anybody_in=False)
PENDING = NetworkState(configured=True, connected=True, registration="Pending", identity="CP-1", lets_anybody_in=False)


def scene(station: RecordingStation, network: NetworkState) -> Scene:
    return Scene(session=station.session, network=network, now=station.now)


@pytest.mark.parametrize("is_in", [False, True])
@pytest.mark.parametrize(
    ("network", "key", "words", "who"),
    [
        (CLOSED, "network.offline", "a certificate has expired", Who.OPERATOR),
        (dataclasses.replace(CLOSED, found_at="dns"), "network.offline", "a certificate has expired", Who.OWNER),
        (PENDING, "network.not_accepted", "Pending", Who.BACKEND),
    ],
)
def test_it_is_the_headline_and_the_first_change(
    network: NetworkState, key: str, words: str, who: Who, is_in: bool
) -> None:
    station = RecordingStation()
    if is_in:
        station.plug_in()
    seen = scene(station, network)

    explanation, changes = explain(seen), would_start(seen)

    assert (explanation.reasons[0].key, explanation.reasons[0].effect) == (key, Effect.BLOCKS)
    assert words in explanation.headline
    assert "without its word" in explanation.headline
    assert [one.link for one in explanation.chain if one.state.value == "blocks"][-1] is Link.NETWORK
    assert [one.kind for one in changes] == [Kind.NETWORK, *([] if is_in else [Kind.PLUG_IN]), Kind.PRESENT_CARD]
    assert changes[0].who is who
    assert network.found_next in changes[0].what


def test_what_to_do_is_what_the_check_of_the_network_found_or_that_check() -> None:
    never_checked = dataclasses.replace(AWAY, found="", found_next="", found_at="")

    steps = [
        next(one.next_step for one in explain(scene(RecordingStation(), network)).reasons if one.link is Link.NETWORK)
        for network in (AWAY, never_checked)
    ]

    assert steps == ["renew it", "look which layer of the way fails: evsectl network check"]


def test_where_somebody_is_known_the_car_is_first() -> None:
    seen = scene(RecordingStation(), AWAY)

    assert explain(seen).reasons[0].key == "no_plug"
    assert [one.kind for one in would_start(seen)] == [Kind.PLUG_IN, Kind.PRESENT_CARD]


def test_who_was_let_in_before_is_not_stopped_by_it() -> None:
    station = RecordingStation()
    station.feed(TokenPresented(CARD))

    reasons = explain(scene(station, CLOSED)).reasons

    assert reasons[0].key == "no_plug"
    assert [one.effect for one in reasons if one.key == "network.offline"] == [Effect.NOTE]


def test_every_layer_has_somebody_who_can_mend_it() -> None:
    assert set(MENDERS) == {layer.value for layer in Layer}
