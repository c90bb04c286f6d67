"""A new firmware over the real link, against the firmware's own receiver: what stays, what falls back, what is lost on
the way, and a board that speaks another message table."""

from __future__ import annotations

import asyncio

import pytest
from answers import DONE
from memory_slots import MemorySlots
from slots import FELL_BACK, TRIED
from update import KEY, TRIAL

from agent.drivers.board_service import FlashOutcome
from agent.drivers.pilot_board.messages import PUTS, TABLE_HASH
from agent.drivers.watching import comes_true
from agent.errors import DriverRejected, DriverUnavailable
from tests.drivers.pilot_board.served_board import Program, Served, at_a_board
from tests.firmware.images import PUBLIC, image_of

IMAGE = image_of().packed()
OLD: Program = ("3f2a0000", "0.0.9")
NEW: Program = ("", "0.2.0")
STRANGE: Program = ("91bc0000", "0.3.0")


class Flashing:
    """An image, sent; `told` is what was said of the progress."""

    def __init__(self, image: bytes = IMAGE) -> None:
        self.image = image
        self.told: list[int] = []

    async def supply(self, at: int, length: int) -> bytes:
        return self.image[at : at + length]

    async def progress(self, done: int, total: int) -> None:
        assert total == len(self.image)
        self.told.append(done)

    async def run(self, at: Served) -> FlashOutcome:
        return await at.service.flash(len(self.image), self.supply, self.progress)


class TriedSlots(MemorySlots):
    """A loader's word on the program that runs: on trial after an activation, or fallen back from one."""

    def __init__(self, standing_after: int) -> None:
        super().__init__()
        self._after = standing_after

    def activate(self, epoch: int) -> bool:
        self._standing = self._after
        return super().activate(epoch)


def test_a_firmware_that_comes_up_and_hears_us_stays() -> None:
    slots = TriedSlots(TRIED)

    async def story(at: Served) -> None:
        flashing = Flashing()

        outcome = await flashing.run(at)

        assert outcome.stayed
        assert slots.activated == 0
        assert slots.files["main.py"] == b"print(1)\n" * 70
        assert flashing.told == sorted(flashing.told)
        assert flashing.told[-1] == len(IMAGE)
        assert at.board.boots == 2

    at_a_board(story, kept={KEY: PUBLIC}, slots=slots)


def test_a_firmware_that_fell_back_is_told_as_such() -> None:
    async def story(at: Served) -> None:
        assert not (await Flashing().run(at)).stayed

    at_a_board(story, kept={KEY: PUBLIC}, slots=TriedSlots(FELL_BACK))


@pytest.mark.parametrize("loses", [1, 2, 3])
def test_an_image_arrives_whole_over_a_wire_that_loses(loses: int) -> None:
    slots = TriedSlots(TRIED)

    async def story(at: Served) -> None:
        at.board.loses = loses
        at.board.doubles = 20

        assert (await Flashing().run(at)).stayed

    at_a_board(story, kept={KEY: PUBLIC}, slots=slots)


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (IMAGE[:-1] + bytes([IMAGE[-1] ^ 1]), r"damaged \(rules.py\)"),
        (IMAGE[:50] + bytes(58) + IMAGE[108:], r"signature does not fit"),
        (image_of(board="another-board").packed(), r"refuses it.*\(board\)"),
        (b"no image", "no image of a firmware"),
        (b"x" * 500, "refuses it"),
    ],
    ids=["content", "signature", "board", "short", "no image"],
)
def test_an_image_that_will_not_do_is_refused_with_the_board_s_reason(image: bytes, why: str) -> None:
    slots = MemorySlots()

    async def story(at: Served) -> None:
        with pytest.raises(DriverRejected, match=why):
            await Flashing(image).run(at)

        assert at.board.boots == 1
        assert slots.activated is None

    at_a_board(story, kept={KEY: PUBLIC}, slots=slots)


def test_a_board_with_a_car_takes_no_firmware() -> None:
    async def story(at: Served) -> None:
        at.board.hal.show("B")
        await asyncio.sleep(1)

        with pytest.raises(DriverRejected, match="needs an open contactor and no car"):
            await Flashing().run(at)

    at_a_board(story, kept={KEY: PUBLIC})


def test_a_board_that_cannot_be_flashed_says_so() -> None:
    async def story(at: Served) -> None:
        with pytest.raises(DriverRejected, match="cannot be given a new firmware"):
            await Flashing().run(at)

    at_a_board(story, has=0)


# --- a wire or a board that is gone at the wrong moment --------------------------------------------------------------


class MutingSlots(TriedSlots):
    """What the board says once its new program is chosen is lost."""

    at: Served

    def activate(self, epoch: int) -> bool:
        self.at.board.loses = 10_000
        return super().activate(epoch)


@pytest.mark.parametrize("programs", [(("", "0.1.0"), NEW), (OLD, NEW)], ids=["same table", "another table"])
def test_a_last_answer_that_is_lost_with_the_restart_is_no_failure(programs: tuple[Program, ...]) -> None:
    slots = MutingSlots(TRIED)

    async def story(at: Served) -> None:
        slots.at = at
        flashing = asyncio.create_task(Flashing().run(at))
        await comes_true(lambda: at.board.boots == 2)
        at.board.loses = 0

        outcome = await flashing

        assert (outcome.stayed, outcome.after) == (True, "0.2.0")

    at_a_board(story, kept={KEY: PUBLIC}, slots=slots, programs=programs)


def test_an_end_that_no_board_answers_is_told_apart_from_a_board_that_is_gone() -> None:
    async def story(at: Served) -> None:
        requests = at.board.board.requests
        puts = requests._put
        answered = requests._answered

        def answered_but_the_end(values: list[object], result: int, number: int) -> bytes:
            return b"" if values[1:2] == [PUTS.index("image_end")] else answered(values, result, number)

        requests._put = lambda place, *rest: DONE if PUTS[place] == "image_end" else puts(place, *rest)  # type: ignore[method-assign]
        requests._answered = answered_but_the_end  # type: ignore[method-assign]

        with pytest.raises(DriverUnavailable, match="did not start the new firmware"):
            await Flashing().run(at)

    at_a_board(story, kept={KEY: PUBLIC})


def test_while_the_running_program_is_on_trial_no_other_is_taken() -> None:
    async def story(at: Served) -> None:
        at.board.board.requests.update.turn = lambda now: None  # type: ignore[method-assign, union-attr]
        at.board.board.requests.update.phase = TRIAL  # type: ignore[union-attr]

        with pytest.raises(DriverRejected, match="itself on trial"):
            await Flashing().run(at)

    at_a_board(story, kept={KEY: PUBLIC})


# --- a board that speaks another message table -----------------------------------------------------------------------


def test_a_board_with_another_table_is_flashed_and_understood_afterwards() -> None:
    slots = TriedSlots(TRIED)

    async def story(at: Served) -> None:
        assert at.link.said() is None

        outcome = await Flashing().run(at)

        assert outcome == FlashOutcome(before="0.0.9", after="0.2.0", stayed=True)
        assert at.link.said() is not None
        assert (await at.service.describe()).update["state"] == "confirmed"

    at_a_board(story, kept={KEY: PUBLIC}, slots=slots, programs=(OLD, NEW))


@pytest.mark.parametrize("loses", [1, 3])
def test_it_is_flashed_over_a_wire_that_loses_and_doubles(loses: int) -> None:
    async def story(at: Served) -> None:
        at.board.loses = loses
        at.board.doubles = 20

        assert (await Flashing().run(at)).stayed

    at_a_board(story, kept={KEY: PUBLIC}, slots=TriedSlots(TRIED), programs=(OLD, NEW))


def test_a_board_that_went_back_to_another_table_is_told_as_such_and_refused_as_before() -> None:
    async def story(at: Served) -> None:
        outcome = await Flashing().run(at)

        assert outcome == FlashOutcome(before="0.0.9", after="0.0.9", stayed=False)
        with pytest.raises(DriverRejected, match="run `evsectl board flash`"):
            await at.service.describe()

    at_a_board(story, kept={KEY: PUBLIC}, slots=TriedSlots(FELL_BACK), programs=(OLD, OLD))


def test_a_firmware_that_speaks_yet_another_table_is_never_confirmed() -> None:
    async def story(at: Served) -> None:
        started_s = asyncio.get_running_loop().time()

        outcome = await Flashing().run(at)

        assert not outcome.stayed
        assert outcome.after == "0.0.9"
        assert outcome.detail == f"the new firmware speaks table 91bc0000, this agent {TABLE_HASH}"
        assert asyncio.get_running_loop().time() - started_s > 60, "its trial was waited for"

    at_a_board(story, kept={KEY: PUBLIC}, slots=TriedSlots(TRIED), programs=(OLD, STRANGE, OLD))


@pytest.mark.parametrize("programs", [(("", ""),), (OLD,)], ids=["same table", "another table"])
def test_an_image_that_speaks_another_table_than_the_agent_is_not_sent(programs: tuple[Program, ...]) -> None:
    slots = MemorySlots()

    async def story(at: Served) -> None:
        with pytest.raises(DriverRejected, match=f"speaks table 91bc0000, this agent {TABLE_HASH}.*first install"):
            await Flashing(image_of(table="91bc0000").packed()).run(at)

        assert at.board.board.requests.update.phase == 0  # type: ignore[union-attr]
        assert slots.changes == 0

    at_a_board(story, kept={KEY: PUBLIC}, slots=slots, programs=programs)


def test_an_image_that_such_a_board_refuses_is_refused_without_its_reason() -> None:
    async def story(at: Served) -> None:
        with pytest.raises(DriverRejected, match="the signature does not fit: another key"):
            await Flashing(IMAGE[:50] + bytes(58) + IMAGE[108:]).run(at)

        assert at.board.boots == 1

    at_a_board(story, kept={KEY: PUBLIC}, programs=(OLD,))


def test_a_word_of_a_later_firmware_is_a_refusal_without_words() -> None:
    async def story(at: Served) -> None:
        at.board.board.requests.update.begin = lambda content, now: 99  # type: ignore[method-assign, union-attr]

        with pytest.raises(DriverRejected, match=r"image begin: .*no word for \(99\)"):
            await Flashing().run(at)

    at_a_board(story, kept={KEY: PUBLIC}, programs=(OLD,))
