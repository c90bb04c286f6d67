"""A program that starts again and again: named by `explain` as by health, and no obstacle of its own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.core.explain.chain import LinkState
from agent.core.explain.explain import Explanation, explain
from agent.core.explain.links import Link
from agent.core.explain.reason import Effect
from agent.core.explain.scene import NO_NETWORK, Scene
from agent.core.explain.would_start import would_start
from agent.core.health.verdict import judged
from tests.core.health.scenes import LOOP, charging, idle, seen
from tests.core.health.test_verdict import after, histories
from tests.core.session.station import RecordingStation
from tests.searching import costly


def scene(station: RecordingStation, *, loops: bool = True) -> Scene:
    return Scene(session=station.session, network=NO_NETWORK, now=station.now, crash_loop=LOOP if loops else None)


def explained(station: RecordingStation) -> Explanation:
    return explain(scene(station))


def test_it_stands_at_the_controllers_link_with_how_often_and_of_what() -> None:
    for station in (idle(), charging()):
        link = next(one for one in explained(station).chain if one.link is Link.HARDWARE)

        assert (link.state, link.since) == (LinkState.UNKNOWN, LOOP.since)
        assert link.what.startswith("the program started anew 4 times within an hour")
        assert link.what.endswith(LOOP.last)
        assert link.evidence == (("starts", 4), ("within_s", 90), ("died_of", "OperationalError"))


def test_it_says_who_can_do_what() -> None:
    [reason] = [one for one in explained(idle()).reasons if one.key == "crash_loop"]

    assert reason.effect is Effect.NOTE
    assert "evsectl bundle" in reason.next_step
    assert "support" in reason.next_step


@given(histories)
@costly(80, search=1_000)
def test_it_bars_no_charge_and_changes_nothing_about_what_would_start_one(history: list[str]) -> None:
    station = after(history)

    assert explained(station).charging == explain(scene(station, loops=False)).charging
    assert explained(station).headline == explain(scene(station, loops=False)).headline
    assert would_start(scene(station)) == would_start(scene(station, loops=False))


@given(histories, st.booleans())
@costly(80, search=1_000)
def test_health_names_it_exactly_where_explain_does_and_in_the_same_words(history: list[str], loops: bool) -> None:
    station = after(history)

    told = [(one.what, one.since) for one in explain(scene(station, loops=loops)).reasons if one.key == "crash_loop"]
    judgement = judged(seen(station, crash_loop=LOOP if loops else None))

    assert [(one.text, one.since) for one in judgement.defects if one.key == "crash_loop"] == told
    assert bool(told) == loops
