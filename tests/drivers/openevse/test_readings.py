"""What the controller's words mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.faults.catalogue import CATALOGUE
from agent.drivers.device_level import FIRMWARE_MISMATCH
from agent.drivers.openevse.readings import (
    ASLEEP,
    AUTH_LOCKED,
    CAR_CONNECTED,
    DISABLED,
    FAULTS,
    RELAY_ON,
    Range,
    ReadingError,
    Status,
    contactor_state,
    faults_of,
    offered_a,
    pilot_state,
    range_of,
    status_of,
    transition_of,
)

STATES = st.integers(0, 0xFF)
FLAGS = st.integers(0, 0xFFFF)


def test_a_status_is_read_as_the_maker_writes_it() -> None:
    assert status_of(("03", "125", "03", "0140")) == Status(state=3, flags=0x0140, elapsed_s=125)
    assert transition_of(("fe", "fe", "16", "0100")) == (Status(state=ASLEEP, flags=0x0100), 16)


def test_the_most_that_can_be_set_is_the_least_of_hardware_configuration_and_cable() -> None:
    assert range_of(("6", "80", "16", "20")) == Range(least_a=6, most_a=20, set_a=16)


@pytest.mark.parametrize(
    "words",
    [
        (), ("03",), ("03", "125", "03", "0140", "1"), ("zz", "1", "03", "0140"), ("103", "1", "03", "0140"),
        ("03", "-1", "03", "0140"), ("03", "1", "03", "1_0"), ("03", "1", "03", "10140"), ("03", "²", "03", "0140"),
    ],
)  # fmt: skip
def test_words_that_cannot_be_a_status_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(ReadingError):
        status_of(words)


def test_a_current_beyond_any_controller_is_refused() -> None:
    with pytest.raises(ReadingError, match="more than any"):
        range_of(("6", "80", "160", "80"))


@pytest.mark.parametrize(
    ("state", "flags", "pilot"),
    [
        (1, 0, PilotState.A),
        (2, CAR_CONNECTED, PilotState.B),
        (3, CAR_CONNECTED, PilotState.C),
        (4, CAR_CONNECTED, PilotState.D),
        (0, 0, PilotState.A),
        (6, CAR_CONNECTED, PilotState.B),
        (6, 0, PilotState.A),
        (ASLEEP, CAR_CONNECTED, PilotState.B),
        (ASLEEP, 0, PilotState.A),
        (DISABLED, CAR_CONNECTED, PilotState.UNKNOWN),
        (DISABLED, 0, PilotState.UNKNOWN),
    ],
)
def test_the_pilot_is_told_as_far_as_the_controller_knows_it(state: int, flags: int, pilot: PilotState) -> None:
    assert pilot_state(Status(state=state, flags=flags)) is pilot


@pytest.mark.parametrize(
    ("state", "flags", "contactor"),
    [
        (3, RELAY_ON, ContactorState.CLOSED),
        (ASLEEP, RELAY_ON, ContactorState.CLOSED),
        (3, 0, ContactorState.OPEN),
        (0x08, 0, ContactorState.WELDED),
        (0x0E, 0, ContactorState.NO_CLOSE),
    ],
)
def test_the_relay_is_told_with_what_the_controller_found_of_it(
    state: int, flags: int, contactor: ContactorState
) -> None:
    assert contactor_state(Status(state=state, flags=flags)) is contactor


@pytest.mark.parametrize(("state", "fault"), FAULTS.items())
def test_every_fault_is_one_of_the_catalogue(state: int, fault: str) -> None:
    (found,) = faults_of(Status(state=state, flags=CAR_CONNECTED))

    assert (found.id, found.id in CATALOGUE) == (fault, True)
    assert ("evse_state", f"0x{state:02X}") in found.evidence


def test_a_lost_earth_names_the_open_relay_that_looks_alike() -> None:
    (found,) = faults_of(Status(state=0x07, flags=CAR_CONNECTED))

    assert ("may_also_be", "contactor.no_close") in found.evidence


@given(state=st.integers(0x12, 0xFD))
def test_a_fault_of_a_newer_firmware_is_never_left_out(state: int) -> None:
    assert [fault.id for fault in faults_of(Status(state=state, flags=0))] == [FIRMWARE_MISMATCH]


@given(state=STATES, flags=FLAGS, set_a=st.integers(6, 80))
def test_an_offer_needs_a_car_and_no_fault(state: int, flags: int, set_a: int) -> None:
    status = Status(state=state, flags=flags)

    if offered_a(status, set_a):
        assert pilot_state(status) in (PilotState.B, PilotState.C)
        assert not faults_of(status)
        assert not flags & AUTH_LOCKED


@given(words=st.lists(st.text(max_size=6), max_size=6))
def test_any_words_are_a_reading_or_refused(words: list[str]) -> None:
    for read in (status_of, transition_of, range_of):
        try:
            read(tuple(words))
        except ReadingError:
            continue
