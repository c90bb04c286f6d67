"""A fault that explains others stands before them, whatever else is present."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.causes import EXPLAINS, causes_first
from agent.core.faults.model import Fault, Severity
from agent.core.time import Instant

NOW = Instant(1.0)
FAULTS = st.lists(st.sampled_from(sorted(CATALOGUE)), unique=True, max_size=12)


def fault(id: str, **evidence: str) -> Fault:
    return Fault(kind=CATALOGUE[id], first_seen=NOW, last_seen=NOW, evidence=tuple(evidence.items()))


def ids(faults: tuple[Fault, ...]) -> list[str]:
    return [one.kind.id for one in faults]


@given(FAULTS)
def test_none_is_lost_and_none_stands_before_what_explains_it(names: list[str]) -> None:
    ordered = ids(causes_first([fault(name) for name in names]))

    assert sorted(ordered) == sorted(names)
    for place, name in enumerate(ordered):
        assert not any(name in EXPLAINS.get(later, ()) for later in ordered[place + 1 :])


@given(FAULTS)
def test_where_nothing_explains_anything_the_gravest_is_first_and_then_the_one_that_came_first(
    names: list[str],
) -> None:
    alone = [name for name in names if not any(name in EXPLAINS.get(other, ()) for other in names)]
    came = [replace(fault(name), first_seen=Instant(100.0 - place)) for place, name in enumerate(alone)]

    ordered = causes_first(came)

    weights = [(list(Severity).index(one.kind.severity), one.first_seen.monotonic_s) for one in ordered]
    assert weights == sorted(weights)


def test_what_stood_before_the_controller_started_anew_came_before_what_came_since() -> None:
    """Its seconds are those of another boot, whose clock may have run for months."""
    old = replace(fault("meter.comm"), first_seen=Instant(9e6, boot_id="before"), last_seen=Instant(5.0, boot_id="now"))
    new = replace(
        fault("enclosure.open"), first_seen=Instant(4.0, boot_id="now"), last_seen=Instant(6.0, boot_id="now")
    )
    assert old.kind.severity is new.kind.severity

    assert ids(causes_first([new, old])) == ["meter.comm", "enclosure.open"]


def test_the_table_names_faults_of_the_catalogue_and_has_no_rings() -> None:
    assert set(EXPLAINS) | {one for those in EXPLAINS.values() for one in those} <= set(CATALOGUE)

    def reaches(start: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        more = EXPLAINS.get(start, frozenset()) - seen
        return more | frozenset(one for each in more for one in reaches(each, seen | more))

    assert [name for name in EXPLAINS if name in reaches(name)] == []


def test_an_input_that_nobody_can_read_stands_behind_the_device_that_is_gone() -> None:
    unread = fault("safety.emergency_stop", input="gpio", detail="it cannot be read, and counts as active")
    gone, pressed = fault("mcu.comm"), fault("safety.emergency_stop", input="gpio")

    assert ids(causes_first([unread, gone])) == ["mcu.comm", "safety.emergency_stop"]
    assert ids(causes_first([pressed, gone])) == ["safety.emergency_stop", "mcu.comm"]
