"""`evsectl board`: what is asked of a pilot board, what is refused, what a person reads, what lands in files."""

from __future__ import annotations

import csv
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.control import board_files as files
from agent.control.board_files import keep_capture, keep_evidence
from agent.control.ports import BoardState
from agent.control.roles import Role
from agent.control.waveform import waveform
from agent.control.wire import (
    Done,
    RefusalKind,
    Refused,
)
from agent.core.session.events import FaultObserved
from agent.drivers.board_service import (
    Clearing,
)
from agent.errors import BadRequest, DriverImplausible, DriverRejected, DriverUnavailable
from tests.control.calling import ONE, TWO, Desk, asked, at_the_desk, refused, shown
from tests.control.charger import Charger
from tests.control.paper_service import PaperService, supplied

WELDED = "contactor.welded"
WHO = {"operator": "service 12", "reason": "contactor replaced"}
SIGNATURE = bytes(range(64))
HEADER = 108


@pytest.fixture
def service(charger: Charger) -> PaperService:
    """The board of connector 1; connector 2 has none that can be asked."""
    service = PaperService()
    charger.services[ONE] = service
    return service


# --- info ------------------------------------------------------------------------------------------------------------


def test_info_tells_who_the_board_is_and_what_it_reads(
    charger: Charger, socket_path: Path, service: PaperService
) -> None:
    charger.boards[ONE] = BoardState(answering=True, limit_a=20.0)
    charger.outlets[ONE].feed(FaultObserved(id=WELDED, present=True))

    text = shown("board info", asked(charger, socket_path, "board info"))

    assert "pilot board  pilot-board revision b, connector 1" in text
    assert "firmware     0.1.0, started 2 h 0 min ago (0badcafe)" in text
    assert "it has       socket, residual current, update" in text
    assert "calibration  2026-11-29, gain 1.0012, offset -0.021 V" in text
    assert "closings without load 412" in text
    assert "the last update did not come up; the board went back; in the other slot: 0.2.0" in text
    assert "its limit    20.0 A" in text
    assert "high 11.95 V" in text
    assert "low v not measured" in text
    assert "mirror open yes" in text
    assert "board 31.5 °C" in text
    assert f"fault        {WELDED}" in text


PIN = '`configuration = "1a2b3c4d"` below its bus'


PINNED = (
    (
        "",
        "configuration 1a2b3c4d: rated 32 A",
        f"the board file pins none; {PIN} pins this one, from the agent's next start",
    ),
    ("1a2b3c4d", "configuration 1a2b3c4d, as the board file pins it: rated 32 A", ""),
    (
        "99aabbcc",
        "configuration 1a2b3c4d: rated 32 A",
        f"if this one is right: {PIN} pins it, from the agent's next start",
    ),
)
"""What the board file pins, what is said of the board, and of the board file."""


@pytest.mark.parametrize("case", PINNED, ids=str)
def test_info_tells_the_configuration_and_what_the_board_file_pins(
    charger: Charger, socket_path: Path, service: PaperService, case: tuple[str, str, str]
) -> None:
    service.pinned, said, advice = case

    text = shown("board info", asked(charger, socket_path, "board info"))

    assert f"{said}, nominal 230 V, open pen no\n" in text
    assert advice in text
    assert ("below its bus" in text) == bool(advice)


@pytest.mark.parametrize("pinned", ["", "99aabbcc"])
def test_machines_read_the_mark_the_pin_and_every_property(
    charger: Charger, socket_path: Path, service: PaperService, pinned: str
) -> None:
    service.pinned = pinned

    assert asked(charger, socket_path, "board info")["configuration"] == {
        "mark": "1a2b3c4d",
        "pinned": pinned or None,
        "properties": {"board": "pilot-board", "has": "socket", "rated_a": 32.0, "nominal_v": 230.0, "open_pen": False},
    }


@pytest.mark.parametrize("pinned", ["", "99aabbcc"])
def test_info_of_a_board_that_tells_no_configuration_says_nothing_of_it(
    charger: Charger, socket_path: Path, service: PaperService, pinned: str
) -> None:
    service.configuration, service.mark, service.pinned = {}, "", pinned

    body = asked(charger, socket_path, "board info")

    assert "configuration" not in shown("board info", body)
    assert body["configuration"]["mark"] is None


def test_a_viewer_may_ask_who_the_board_is_and_nothing_else(
    charger: Charger, socket_path: Path, service: PaperService
) -> None:
    words = ("board capture", "board evidence", "board challenge", "board clear", "board flash")

    assert not isinstance(at_the_desk(charger, socket_path, lambda at: at.body("board info"), Role.VIEWER), Refused)
    for verb in words:
        assert refused(charger, socket_path, verb, role=Role.VIEWER).kind is RefusalKind.NOT_PERMITTED
    for verb in words[2:]:
        assert refused(charger, socket_path, verb, role=Role.INSTALLER).kind is RefusalKind.NOT_PERMITTED


def test_the_board_that_is_meant_must_be_plain(charger: Charger, socket_path: Path, service: PaperService) -> None:
    assert "no pilot board" in refused(charger, socket_path, "board info", connector=2).text
    charger.services[TWO] = PaperService()
    assert "which board? write --connector N" in refused(charger, socket_path, "board info").text


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DriverRejected("pilot", "not now"), RefusalKind.BUSY),
        (DriverUnavailable("pilot", "no answer"), RefusalKind.TIMED_OUT),
        (DriverImplausible("pilot", "nonsense"), RefusalKind.FAILED),
    ],
)
def test_what_the_board_says_no_to_is_told_by_kind(
    charger: Charger, socket_path: Path, service: PaperService, error: Exception, kind: RefusalKind
) -> None:
    service.refuses = error

    for verb in ("board info", "board capture", "board evidence"):
        refusal = refused(charger, socket_path, verb)
        assert (refusal.kind, refusal.text) == (kind, str(error))


# --- capture and evidence --------------------------------------------------------------------------------------------


def test_a_capture_is_told_in_four_numbers(charger: Charger, socket_path: Path, service: PaperService) -> None:
    body = keep_capture({}, asked(charger, socket_path, "board capture"))

    text = shown("board capture", dict(body))
    assert "10000 samples in 100 ms" in text
    assert "high         12.00 V" in text
    assert "low          -12.00 V" in text
    assert "duty         27.0 % (one sample is 1.0 %)" in text
    assert "frequency    1000.0 Hz over 98 periods" in text
    assert "noise        0 mV" in text
    assert len(body["levels_mv"]) == 10_000


def test_a_capture_goes_into_a_file_with_every_sample(
    charger: Charger, socket_path: Path, service: PaperService, tmp_path: Path
) -> None:
    file = tmp_path / "pilot.csv"

    body = keep_capture({"csv": str(file)}, asked(charger, socket_path, "board capture"))

    rows = list(csv.reader(file.open()))
    assert rows[:2] == [["time_us", "pilot_v"], ["0", "12.0"]]
    assert len(rows) == 10_001
    assert "levels_mv" not in body
    assert f"samples      in {file}" in shown("board capture", dict(body))


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="cannot be written"):
        keep_evidence({"csv": str(tmp_path / "none" / "x.csv")}, {"columns": ["a"], "rows": [[1]]})


def test_evidence_shows_the_moments_at_which_something_switched(
    charger: Charger, socket_path: Path, service: PaperService, tmp_path: Path
) -> None:
    file = tmp_path / "trip.csv"
    body = keep_evidence({"csv": str(file)}, asked(charger, socket_path, "board evidence"))

    text = shown("board evidence", dict(body))

    assert "3 moments, -10 to 0 ms around the trip" in text
    assert "-10 ms  6.0 V / -12.0 V   pilot C, coil yes" in text
    assert "  -5 ms" not in text
    assert "0 ms  0.2 V             pilot E, coil no" in text
    assert list(csv.reader(file.open()))[3] == ["0", "0.2", "", "E", "False"]


def test_evidence_names_the_fault_and_when_it_was(charger: Charger, socket_path: Path, service: PaperService) -> None:
    outlet = charger.outlets[ONE]
    outlet.feed(FaultObserved(id="temp.board_derate", present=True))
    outlet.feed(FaultObserved(id="rcd.dc_trip", present=True))
    charger.advance(120.0)

    text = shown("board evidence", asked(charger, socket_path, "board evidence"))

    assert "last trip of connector 1: 2027-01-15 08:00:00, 2 min 0 s ago" in text
    assert "fault        rcd.dc_trip: RDC-DD output active" in text
    assert "temp.board_derate" not in text


def test_evidence_names_a_fault_that_is_cleared_by_now(
    charger: Charger, socket_path: Path, service: PaperService
) -> None:
    outlet = charger.outlets[ONE]
    outlet.feed(FaultObserved(id="pe.lost", present=True))
    outlet.feed(FaultObserved(id="pe.lost", present=False))
    charger.tell()
    charger.advance(120.0)

    assert charger.session(ONE).faults.ids == ()
    assert [fault["id"] for fault in asked(charger, socket_path, "board evidence")["faults"]] == ["pe.lost"]


def test_evidence_of_a_trip_that_the_agent_heard_nothing_of_names_none(
    charger: Charger, socket_path: Path, service: PaperService
) -> None:
    charger.outlets[ONE].feed(FaultObserved(id="rcd.dc_trip", present=True))
    charger.advance(60.0)

    text = shown("board evidence", asked(charger, socket_path, "board evidence"))

    assert "the agent heard of none at that moment" in text
    assert "rcd.dc_trip" not in text


def test_evidence_says_when_a_trip_cannot_be_dated(charger: Charger, socket_path: Path, service: PaperService) -> None:
    service.trip_age_s = None

    assert "does not tell when" in shown("board evidence", asked(charger, socket_path, "board evidence"))


@given(
    st.floats(8, 96),
    st.floats(980, 1020),
    st.floats(3, 12.6),
    st.floats(0, 0.99),
)
def test_a_waveform_is_measured_whatever_its_phase(
    duty_percent: float, frequency_hz: float, high_v: float, phase: float
) -> None:
    step_s = 1e-5
    shares = [((at * step_s * frequency_hz) + phase) % 1 for at in range(10_000)]
    levels = [high_v if share < duty_percent / 100 else -12.0 for share in shares]

    found = waveform(levels, step_s)

    assert found.frequency_hz == pytest.approx(frequency_hz, rel=1e-3)
    assert found.duty_percent == pytest.approx(duty_percent, abs=1.03), "a sample's share of a period"
    assert found.high_v == pytest.approx(high_v)
    assert found.low_v == pytest.approx(-12.0)
    assert found.noise_v == pytest.approx(0, abs=1e-9)


@given(st.lists(st.floats(8.9, 9.1), min_size=1, max_size=50))
def test_a_steady_level_has_noise_and_no_frequency(levels: list[float]) -> None:
    found = waveform(levels, 1e-5)

    assert (found.frequency_hz, found.duty_percent, found.low_v) == (None, None, None)
    assert found.high_v == pytest.approx(9, abs=0.11)
    assert found.noise_v <= 0.11


# --- a latched fault -------------------------------------------------------------------------------------------------


def test_a_challenge_is_the_text_to_sign_and_nothing_beside_it(
    charger: Charger, socket_path: Path, service: PaperService
) -> None:
    charger.outlets[ONE].feed(FaultObserved(id=WELDED, present=True))

    body = asked(charger, socket_path, "board challenge", id=WELDED, **WHO)

    assert shown("board challenge", body) + "\n" == body["text"]
    assert body["text"].endswith("\nservice 12\ncontactor replaced\n")


@pytest.mark.parametrize(
    "spoilt",
    [{"id": "contactor.weldet"}, {"operator": " x"}, {"operator": "x" * 33}, {"reason": "y" * 65}, {"reason": "z "}],
)
def test_what_the_board_would_not_take_is_refused_before_it_is_asked(
    charger: Charger, socket_path: Path, service: PaperService, spoilt: dict[str, Any]
) -> None:
    arguments: dict[str, Any] = {"id": WELDED, **WHO, **spoilt}

    assert refused(charger, socket_path, "board challenge", **arguments).kind is RefusalKind.BAD_REQUEST
    assert refused(charger, socket_path, "board clear", signature="x", **arguments).kind is RefusalKind.BAD_REQUEST


@pytest.mark.parametrize("written", [SIGNATURE, SIGNATURE.hex().encode(), SIGNATURE.hex().encode() + b"\n"])
def test_a_signature_ends_the_fault_at_the_board_and_here(
    charger: Charger, socket_path: Path, service: PaperService, tmp_path: Path, written: bytes
) -> None:
    file = tmp_path / "clear.sig"
    file.write_bytes(written)
    outlet = charger.outlets[ONE]
    outlet.feed(FaultObserved(id=WELDED, present=True))
    service.on_clear = lambda: outlet.feed(FaultObserved(id=WELDED, present=False))

    replies = at_the_desk(
        charger, socket_path, lambda at: supplied(at, "board clear", {"id": WELDED, **WHO, "signature": file})
    )

    assert service.cleared == [Clearing(fault=WELDED, signature=SIGNATURE, **WHO)]
    done = replies[-1]
    assert isinstance(done, Done)
    assert "contactor.welded is cleared, at the board too" in shown("board clear", dict(done.body))
    assert charger.session(ONE).faults.ids == ()
    assert charger.journal.recorded[-1].verb == "board clear"


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ((), "does not hold contactor.welded; see: evsectl faults list"),
        ((True, False), "its condition is gone; it is cleared by an authorised person"),
    ],
)
def test_a_fault_that_the_board_does_not_hold_is_neither_challenged_nor_cleared(
    charger: Charger, socket_path: Path, service: PaperService, seen: tuple[bool, ...], told: str
) -> None:
    charger.outlets[ONE].plug_in()
    for present in seen:
        charger.outlets[ONE].feed(FaultObserved(id=WELDED, present=present))

    arguments: dict[str, Any] = {"id": WELDED, **WHO}
    for refusal in (
        refused(charger, socket_path, "board challenge", **arguments),
        refused(charger, socket_path, "board clear", signature="x", **arguments),
    ):
        assert refusal.kind is RefusalKind.BUSY
        assert told in refusal.text


def test_a_signature_of_another_length_is_refused(
    charger: Charger, socket_path: Path, service: PaperService, tmp_path: Path
) -> None:
    charger.outlets[ONE].feed(FaultObserved(id=WELDED, present=True))

    async def ask(at: Desk) -> None:
        refusal = await at.refusal("board clear", answer=b64encode(b"short").decode(), id=WELDED, signature="x", **WHO)
        assert "an Ed25519 signature has 64" in refusal.text

    at_the_desk(charger, socket_path, ask)
    assert service.cleared == []
    file = tmp_path / "x"
    file.write_bytes(b"no signature")
    with pytest.raises(BadRequest, match="neither 64 bytes"):
        files.supply_signature({"signature": str(file)}, files.SIGNATURE)


def test_a_board_that_refuses_a_signature_keeps_the_fault_here_too(
    charger: Charger, socket_path: Path, service: PaperService, tmp_path: Path
) -> None:
    file = tmp_path / "clear.sig"
    file.write_bytes(SIGNATURE)
    charger.outlets[ONE].feed(FaultObserved(id=WELDED, present=True))
    service.refuses = DriverRejected("pilot", "clear: the signature does not fit")

    replies = at_the_desk(
        charger, socket_path, lambda at: supplied(at, "board clear", {"id": WELDED, **WHO, "signature": file})
    )

    assert replies[-1] == Refused(RefusalKind.BUSY, "pilot: clear: the signature does not fit")
    assert charger.session(ONE).faults.ids == (WELDED,)
