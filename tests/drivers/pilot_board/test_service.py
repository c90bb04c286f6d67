"""What a person asks of the board, over the real link and against the firmware's own end of it."""

from __future__ import annotations

import asyncio
import struct
from binascii import crc32
from hashlib import sha256

import pytest
from fault_codes import CONTACTOR_WELDED
from kind import Kind
from latches import packed as packed_latches

from agent.drivers.board_service import Clearing
from agent.drivers.pilot_board.messages import ASKS, Ask, Block
from agent.errors import DriverRejected, DriverUnavailable
from tests.drivers.pilot_board.bench import BoardBench
from tests.drivers.pilot_board.linked import on_a_board
from tests.drivers.pilot_board.served_board import HAS, NAME, Served, at_a_board
from tests.firmware.images import PRIVATE, PUBLIC

WELDED = "contactor.welded"
WHO = {"operator": "service 12", "reason": "contactor replaced"}


def record(layout: str, *values: object) -> bytes:
    content = struct.pack(layout, *values)
    return content + struct.pack("<I", crc32(content))


CALIBRATION = record("<BBHhhh10s", 1, 0, 10_012, -21, 11_990, -12_005, b"2026-11-29")


# --- reading ---------------------------------------------------------------------------------------------------------


def test_the_board_is_described_with_its_numbers() -> None:
    async def story(at: Served) -> None:
        at.board.hal.pins.voltage_mv = (230_500, 229_000, 231_000)

        found = await at.service.describe()

        assert (found.board, found.revision, found.boot_id) == ("pilot-board", "a", "00000001")
        assert found.capabilities == ("metering", "storage", "capture", "update")
        assert found.measures["voltage_l1_v"] == 230.5
        assert found.measures["mains_hz"] == 50.0
        assert found.measures["mirror_open"] is True
        assert found.measures["board_celsius"] == 25.0
        assert found.measures["low_v"] is None
        assert found.measures["residual"] == "quiet"
        assert found.calibration == {
            "date": "2026-11-29",
            "gain": 1.0012,
            "offset_v": -0.021,
            "table": 0,
            "meter_high_v": 11.99,
            "meter_low_v": -12.005,
        }
        assert found.counters["openings_at_a_fault"] == 0
        assert found.update["state"] == "idle"

    at_a_board(story, kept={"calibration": CALIBRATION})


def test_the_start_of_a_board_that_has_had_no_news_since_is_told_as_of_now() -> None:
    async def story(at: Served) -> None:
        await asyncio.sleep(300)

        found = await at.service.describe()

        assert found.uptime_s == pytest.approx(at.board.hal.now / 1000, abs=0.1)

    at_a_board(story)


@pytest.mark.parametrize("pinned", [None, "1a2b3c4d"])
def test_the_configuration_comes_with_its_mark_and_what_is_pinned(pinned: str | None) -> None:
    async def story(at: Served) -> None:
        found = await at.service.describe()

        assert found.configuration["rated_a"] == 32.0
        assert found.configuration["has"] == "metering, storage, capture, update"
        assert found.mark == f"{Kind(has=HAS).mark():08x}"
        assert found.pinned == (pinned or "")

    at_a_board(story, configuration=pinned)


def test_a_board_that_tells_no_configuration_is_described_all_the_same() -> None:
    async def story(at: Served) -> None:
        at.board.knows_no.add("configuration")

        found = await at.service.describe()

        assert (found.configuration, found.mark, found.pinned) == ({}, "", "1a2b3c4d")
        assert found.board == "pilot-board"

    at_a_board(story, configuration="1a2b3c4d")


def test_what_a_board_has_not_is_empty() -> None:
    async def story(at: Served) -> None:
        at.board.hal.slots = None
        found = await at.service.describe()

        assert found.calibration == {}
        assert found.capabilities == ()
        with pytest.raises(DriverRejected, match="does not know or have"):
            await at.service.capture()
        with pytest.raises(DriverRejected, match="no trip since its start"):
            await at.service.trip_record()

    at_a_board(story, has=0)


def test_a_capture_comes_whole() -> None:
    async def story(at: Served) -> None:
        found = await at.service.capture()

        assert (found.step_us, len(found.levels_mv)) == (10, 10_000)
        assert found.levels_mv[0] == pytest.approx(11_999, abs=5)
        assert found.levels_mv[50] == pytest.approx(-12_001, abs=5)

    at_a_board(story)


def test_a_trip_is_told_with_what_was_before_it() -> None:
    async def story(at: Served) -> None:
        await asyncio.sleep(2)
        at.board.hal.show("E")
        at.board.hal.high_mv = 0
        await asyncio.sleep(60)

        found = await at.service.trip_record()

        assert found.age_s == pytest.approx(60, abs=0.5)
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
        assert len(rows) > 100
        moments = [int(str(row["after_fault_ms"])) for row in rows]
        assert moments == sorted(moments)
        assert moments[0] < 0 < moments[-1]
        assert rows[0]["high_v"] == 12.0
        assert rows[-1]["high_v"] == 0.0
        assert rows[-1]["board_celsius"] == 25.0

    at_a_board(story)


def test_a_simulated_board_is_described_and_captured_through_its_pilot() -> None:
    async def story(bench: BoardBench) -> None:
        service = bench.pilot.service()

        found = await service.describe()
        captured = await service.capture()

        assert found.measures["high_v"] == pytest.approx(12, abs=0.6)
        assert "capture" in found.capabilities
        assert len(captured.levels_mv) == 10_000
        assert captured.levels_mv[0] == pytest.approx(12_000, abs=600)

    on_a_board(story)


# --- a wire that loses and doubles -----------------------------------------------------------------------------------


@pytest.mark.parametrize("loses", [1, 2, 3])
def test_what_is_lost_on_the_way_is_asked_for_again(loses: int) -> None:
    async def story(at: Served) -> None:
        wishes = at.link.statistics()["board"]["wishes"]
        at.board.loses = loses

        found = await at.service.describe()

        assert found.board == "pilot-board"
        assert at.link.said() is not None, "three lost frames are no silence"
        assert at.link.statistics()["board"]["wishes"] > wishes

    at_a_board(story)


def test_what_comes_twice_is_no_garbage() -> None:
    async def story(at: Served) -> None:
        at.board.doubles = 100

        await at.service.capture()

        assert at.link.statistics()["board"]["foreign_frames"] == 0

    at_a_board(story)


def test_requests_disturb_neither_the_wish_nor_what_is_known() -> None:
    async def story(at: Served) -> None:
        asking = asyncio.create_task(at.service.capture())
        before = at.link.statistics()["board"]
        start_s = asyncio.get_running_loop().time()
        await asking
        await at.service.capture()
        took_s = asyncio.get_running_loop().time() - start_s
        after = at.link.statistics()["board"]

        assert took_s < 0.6, "a block is taken as soon as it is there, also from a board at rest"
        assert after["silences"] == after["lost_statuses"] == 0
        assert after["statuses"] - before["statuses"] >= int(took_s / 0.2)
        assert after["wishes"] - before["wishes"] <= 2 + took_s / 0.25

    at_a_board(story)


def test_two_who_ask_at_once_both_get_theirs() -> None:
    async def story(at: Served) -> None:
        blocks = await asyncio.gather(
            *(at.link.request(NAME, Ask(0, ASKS.index(what), 0)) for what in ("measures", "challenge", "counters"))
        )

        assert [ASKS[block.what] for block in blocks if isinstance(block, Block)] == [
            "measures",
            "challenge",
            "counters",
        ]

    at_a_board(story)


def test_who_goes_away_while_it_waits_harms_nobody() -> None:
    async def story(at: Served) -> None:
        gone = asyncio.create_task(at.service.capture())
        await asyncio.sleep(0.001)
        gone.cancel()

        assert (await at.service.describe()).board == "pilot-board"

    at_a_board(story)


def test_a_board_that_is_pulled_out_is_said_at_once() -> None:
    async def story(at: Served) -> None:
        asking = asyncio.create_task(at.service.capture())
        await asyncio.sleep(0.03)
        at.board.pull_out()

        with pytest.raises(DriverUnavailable, match="port of the board was lost"):
            await asking
        with pytest.raises(DriverUnavailable):
            await at.service.describe()

    at_a_board(story)


def test_a_board_that_restarts_answers_nothing_of_before() -> None:
    async def story(at: Served) -> None:
        at.board.loses = 10_000
        asking = asyncio.create_task(at.service.describe())
        await asyncio.sleep(0.3)
        at.board.start("watchdog")
        at.board.loses = 0

        with pytest.raises(DriverUnavailable, match="started anew"):
            await asking

    at_a_board(story)


# --- a latched fault -------------------------------------------------------------------------------------------------


def welded(service_key: bytes = PUBLIC) -> dict[str, bytes]:
    return {"latches": packed_latches({CONTACTOR_WELDED: {}}), "service_key": service_key}


async def signed(at: Served, reason: str = WHO["reason"]) -> Clearing:
    text = await at.service.text_to_sign(WELDED, **WHO)
    signature = PRIVATE.sign(sha256(text).digest())
    return Clearing(fault=WELDED, operator=WHO["operator"], reason=reason, signature=signature)


def present(at: Served) -> list[str]:
    return [fault.id for fault in at.link.require_board(NAME).faults]


def test_a_signature_for_the_board_s_challenge_ends_the_fault_for_good() -> None:
    async def story(at: Served) -> None:
        assert WELDED in present(at)

        await at.service.clear(await signed(at))

        assert WELDED not in present(at)
        assert at.board.boots == 2

    at_a_board(story, kept=welded())


def test_another_text_than_the_signed_one_ends_nothing() -> None:
    async def story(at: Served) -> None:
        with pytest.raises(DriverRejected, match="the signature does not fit"):
            await at.service.clear(await signed(at, reason="something else"))

        assert WELDED in present(at)

    at_a_board(story, kept=welded())


def test_a_board_without_a_key_refuses_every_signature() -> None:
    async def story(at: Served) -> None:
        with pytest.raises(DriverRejected, match="it was not made to allow this"):
            await at.service.clear(await signed(at))

    at_a_board(story, kept=welded(b""))


def test_a_fault_that_is_not_latched_cannot_be_ended() -> None:
    async def story(at: Served) -> None:
        with pytest.raises(DriverRejected, match="does not know or have"):
            await at.service.clear(await signed(at))

    at_a_board(story, kept={"service_key": PUBLIC})
