"""`evsectl board flash`: an image from a file to the board, what is refused, and what a person reads of the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.control import board_files as files
from agent.control.board_files import IMAGE_MOST, PIECE_MOST, supply_image
from agent.control.wire import TEXT_MAX_LENGTH, Done, Part, RefusalKind, Reply
from agent.core.session.events import DriverLost, FaultObserved
from agent.drivers.board_service import FlashOutcome
from agent.errors import BadRequest
from tests.control.calling import ONE, Desk, at_the_desk, charging, refused, shown
from tests.control.charger import Charger
from tests.control.paper_service import PaperService, packed, supplied


@pytest.fixture
def service(charger: Charger) -> PaperService:
    service = PaperService()
    charger.services[ONE] = service
    return service


@pytest.fixture
def image(tmp_path: Path) -> Path:
    file = tmp_path / "firmware.img"
    file.write_bytes(packed(content=bytes(range(256)) * 19, manifest=b"x" * 148))
    return file


def flashed(charger: Charger, socket_path: Path, image: Path) -> list[Reply]:
    return at_the_desk(charger, socket_path, lambda at: supplied(at, "board flash", {"image": image}))


def test_an_image_travels_whole_and_its_progress_is_told(
    charger: Charger, socket_path: Path, service: PaperService, image: Path
) -> None:
    replies = flashed(charger, socket_path, image)

    assert service.flashed == image.read_bytes()
    assert replies[-1] == Done({}, passed=True)
    texts = [shown("board flash", dict(part.body)) for part in replies if isinstance(part, Part)]
    assert texts[0] == "  2 %  108 of 5120 bytes"
    assert texts[-2].startswith("100 %  5120 of 5120 bytes")
    assert texts[-1] == "the new firmware stayed: 0.2.0 (before: 0.1.0)"


def test_a_firmware_that_did_not_stay_is_a_failed_verdict(
    charger: Charger, socket_path: Path, service: PaperService, image: Path
) -> None:
    service.outcome = FlashOutcome(before="0.1.0", after="0.1.0", stayed=False, detail="it speaks another table")

    replies = flashed(charger, socket_path, image)

    assert replies[-1] == Done({}, passed=False)
    last = replies[-2]
    assert isinstance(last, Part)
    text = shown("board flash", dict(last.body))
    assert "did not stay; the board went back to 0.1.0" in text
    assert "it speaks another table" in text


def test_a_board_that_is_not_understood_is_flashed_and_that_is_said_first(
    charger: Charger, socket_path: Path, service: PaperService, image: Path
) -> None:
    charger.outlets[ONE].feed(DriverLost(interface="pilot_board", detail="board speaks 3f2a1b00"))
    charger.outlets[ONE].feed(FaultObserved(id="mcu.firmware_mismatch", present=True))

    replies = flashed(charger, socket_path, image)

    first = replies[0]
    assert isinstance(first, Part)
    assert "the board speaks another message table than this agent" in shown("board flash", dict(first.body))
    assert service.flashed == image.read_bytes()
    assert replies[-1] == Done({}, passed=True)


def test_no_firmware_while_a_charge_runs_or_a_car_is_plugged_in(
    charger: Charger, socket_path: Path, service: PaperService, image: Path
) -> None:
    charger.outlets[ONE].plug_in()
    assert "unplug first" in refused(charger, socket_path, "board flash", image=str(image)).text

    charging(charger.outlets[ONE])
    refusal = refused(charger, socket_path, "board flash", image=str(image))

    assert refusal.kind is RefusalKind.BUSY
    assert "evsectl stop --connector 1" in refusal.text
    assert service.flashed == b""


@pytest.mark.parametrize("answer", ["", "x", "0", "-1", str(IMAGE_MOST + 1)])
def test_a_size_that_no_image_has_is_refused(
    charger: Charger, socket_path: Path, service: PaperService, answer: str
) -> None:
    async def ask(at: Desk) -> None:
        assert (await at.refusal("board flash", answer=answer, image="x")).kind is RefusalKind.BAD_REQUEST

    at_the_desk(charger, socket_path, ask)


@given(st.integers(0, 6000), st.integers(0, PIECE_MOST))
def test_every_piece_of_a_file_fits_into_an_answer(at: int, length: int) -> None:
    image = Path(__file__)
    expected = image.read_bytes()[at : at + length]

    answer = supply_image({"image": str(image)}, files.question(at, length))

    assert len(answer) <= TEXT_MAX_LENGTH
    assert files.piece_of(answer, len(expected)) == expected


@pytest.mark.parametrize("asked_for", ["image", "image 0", "image 0 701", "image -1 4", "/etc/passwd", "image 0 4 4"])
def test_evsectl_answers_no_other_question(asked_for: str) -> None:
    with pytest.raises(BadRequest, match="same release"):
        supply_image({"image": __file__}, asked_for)


def test_an_image_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="cannot be read"):
        supply_image({"image": str(tmp_path / "none")}, files.SIZE)
    with pytest.raises(BadRequest, match="has the file changed"):
        files.piece_of("AAAA", 4)
    with pytest.raises(BadRequest, match="base64"):
        files.piece_of("no base64", 4)
