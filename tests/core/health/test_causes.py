"""A reason that explains another stands before it, whatever the weight of either."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.causes import EXPLAINS as FAULTS_EXPLAIN
from agent.core.health.causes import EXPLAINS, explains, roots_first
from agent.core.health.model import Defect, PortSeen, Silent, Verdict
from agent.core.health.rules import RULES
from agent.core.health.verdict import judged, station_judged
from agent.core.limits import LimitSource
from agent.core.session.events import FaultObserved
from agent.core.time import Instant
from tests.core.health.scenes import AWAY, CLOSED, certificate, charging, idle, limited, lost, seen, with_fault
from tests.core.session.station import RecordingStation

KEYS = sorted({key for key, others in EXPLAINS.items() for key in (key, *others)})
FAULT_KEYS = sorted({f"fault.{id}" for id, others in FAULTS_EXPLAIN.items() for id in (id, *others)})
SOME = st.lists(st.sampled_from([*KEYS, *FAULT_KEYS]), unique=True, max_size=10)
WEIGHTS = st.sampled_from([Verdict.DOWN, Verdict.DEGRADED])


def keys(port: PortSeen) -> list[str]:
    return [one.key for one in judged(port).defects]


def faulty(*ids: str) -> RecordingStation:
    station = RecordingStation()
    for id in ids:
        station.feed(FaultObserved(id=id, present=True))
    return station


@given(SOME, st.lists(WEIGHTS, min_size=10, max_size=10))
def test_none_is_lost_none_stands_before_what_explains_it_and_nothing_else_moves(
    names: list[str], weights: list[Verdict]
) -> None:
    defects = [Defect(key=key, verdict=weight, text="") for key, weight in zip(names, weights, strict=False)]

    ordered = [one.key for one in roots_first(defects)]

    assert sorted(ordered) == sorted(names)
    for place, key in enumerate(ordered):
        assert not any(explains(later, key) for later in ordered[place + 1 :])
    if not any(explains(one, other) for one in names for other in names):
        assert ordered == names


def test_the_table_names_reasons_that_there_are() -> None:
    def exists(key: str) -> bool:
        if key.startswith("fault."):
            return key.removeprefix("fault.") in CATALOGUE
        return key in {rule.key for rule in RULES} or (key.startswith("limit.") and key[6:] in SOURCES)

    assert [key for key in KEYS if not exists(key)] == []


SOURCES = {source.value for source in LimitSource}


@pytest.mark.parametrize(
    ("port", "first"),
    [
        (seen(idle(), network=CLOSED), ["network.offline", "network.closed"]),
        (seen(limited(LimitSource.FAILSAFE, 0.0), network=AWAY), ["network.offline", "limit.failsafe"]),
        (
            seen(idle(), network=AWAY, certificates=(certificate(-3),)),
            ["certificate.ended", "network.offline"],
        ),
        (seen(idle(), network=AWAY, certificates=(certificate(9),)), ["network.offline", "certificate.ends"]),
        (
            seen(idle(), clock_offset_s=86_400.0, certificates=(certificate(-3),)),
            ["clock.wrong", "certificate.ended"],
        ),
        (seen(idle(), network=AWAY, queue_fill=0.9), ["network.offline", "queue.filling"]),
        (seen(faulty("meter.comm", "mains.loss")), ["fault.mains.loss", "fault.meter.comm"]),
        (seen(faulty("cp.leak", "contactor.welded")), ["fault.contactor.welded", "fault.cp.leak"]),
        (
            lost(faulty("mains.loss"), meter_lost_since=Instant(1.0)),
            ["fault.mains.loss", "meter.silent"],
        ),
    ],
)
def test_of_two_that_are_wrong_the_root_is_first(port: PortSeen, first: list[str]) -> None:
    assert keys(port) == first


def test_a_fault_that_a_running_charge_survives_stands_before_the_graver_one_that_it_explains() -> None:
    port = seen(with_fault("mains.loss", with_fault("rcd.upstream_open", charging())))

    weights = {one.key: one.verdict for one in judged(port).defects}

    assert weights == {"fault.rcd.upstream_open": Verdict.DEGRADED, "fault.mains.loss": Verdict.DOWN}
    assert keys(port) == list(weights) == ["fault.rcd.upstream_open", "fault.mains.loss"]


def test_the_station_tells_the_root_first_too() -> None:
    ports = {1: judged(seen(idle(), network=CLOSED)), 2: judged(seen(idle(), network=AWAY))}

    assert [one.key for one in station_judged(ports).defects] == ["network.offline", "network.closed"]


def test_a_device_that_is_silent_is_not_told_beside_its_own_fault() -> None:
    silent = (Silent(name="token_reader"), Silent(name="connector.1.lock", port=1))

    assert keys(seen(faulty("reader.failed"), silent=silent)) == ["fault.reader.failed", "device.silent"]
    assert keys(seen(idle(), silent=silent)) == ["device.silent", "device.silent"]


def test_an_input_that_cannot_be_read_is_told_by_the_fault_it_counts_as() -> None:
    station = RecordingStation()
    evidence = (("input", "door"), ("detail", "it cannot be read, and counts as active"))
    station.feed(FaultObserved(id="enclosure.open", present=True, evidence=evidence))
    port = seen(station, silent=(Silent(name="input.1"),))

    (defect,) = judged(port).defects

    assert defect.key == "fault.enclosure.open"
    assert defect.remedy.startswith("bring back what reads this input")
