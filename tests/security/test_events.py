from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.security.events import (
    BURST,
    CANNOT_HAPPEN,
    LONGEST_INFO,
    QUIET_S,
    EventRates,
    SecurityEvent,
    info_text,
)
from tools.ocpp16 import tellers

NOISE = SecurityEvent.INVALID_MESSAGES
GRAVE = SecurityEvent.TAMPER


def test_every_event_of_the_whitepaper_is_there_and_the_critical_ones_are_so() -> None:
    critical = {event.value for event in SecurityEvent if event.is_critical}

    assert len(SecurityEvent) == 18 + 2
    assert critical == {
        "FirmwareUpdated",
        "SettingSystemTime",
        "StartupOfTheDevice",
        "ResetOrReboot",
        "SecurityLogWasCleared",
        "MemoryExhaustion",
        "TamperDetectionActivated",
    }


def test_every_event_is_told_by_some_code_or_cannot_happen_for_a_reason() -> None:
    assert {event for event in SecurityEvent if not tellers(event)} == set(CANNOT_HAPPEN)
    assert all(len(why) > 20 for why in CANNOT_HAPPEN.values())


def test_noise_is_noted_once_in_a_while_with_its_count() -> None:
    rates = EventRates()

    assert [rates.admit(NOISE, 0.1 * second) for second in range(50)] == [1] + [0] * 49
    assert rates.admit(NOISE, QUIET_S + 0.1) == 50


def test_others_come_in_a_burst_and_then_slowly() -> None:
    rates = EventRates()

    assert [rates.admit(GRAVE, 0.0) for _ in range(BURST + 3)] == [1] * BURST + [0] * 3
    assert rates.admit(GRAVE, 60.0) == 4
    assert rates.admit(NOISE, 60.0) == 1, "each kind has a bound of its own"


@given(st.lists(st.floats(0.0, 200.0), max_size=200), st.sampled_from([NOISE, GRAVE]))
def test_what_was_noted_tells_of_all_that_happened(gaps_s: list[float], event: SecurityEvent) -> None:
    rates, now_s, told = EventRates(), 0.0, 0
    for gap_s in gaps_s:
        now_s += gap_s
        told += rates.admit(event, now_s)

    last = rates.admit(event, now_s + 10_000.0)
    assert told + last == len(gaps_s) + 1


@given(st.text(max_size=600), st.integers(1, 10**6))
def test_the_text_fits_and_is_one_line(info: str, count: int) -> None:
    text = info_text(info, count)

    assert len(text) <= LONGEST_INFO
    assert text.isprintable()
    assert count == 1 or text.endswith(f"({count} times)")
