"""The loader's record and its rule, and the whole update on a medium that loses power at every one of its writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from boards.file_slots import FileSlots
from hypothesis import given
from hypothesis import strategies as st
from slot_record import CONFIRMED, COPIES, FELL_BACK, SLOTS, TRIAL, TRIED, Flash, Record, newest, start
from update import HEADER_BYTES, Update

from tests.firmware.images import FILES, Receiver, blocks, image_of, receiver

NEW = image_of({**FILES, "main.py": b"new\n" * 100})
OLD = {"main.py": b"old\n", "boards/rp2040.py": b"pins\n"}


class PowerCut(BaseException):
    """Not an error that anybody handles."""


class DyingFlash(Flash):
    """Loses power in the middle of write number `cut`, counted from 0; `torn` bytes of it remain."""

    def __init__(self, folder: str, cut: int, torn: int = 0) -> None:
        super().__init__(folder)
        self._cut = cut
        self._torn = torn
        self.writes = 0

    def _is_cut(self) -> bool:
        self.writes += 1
        return self.writes == self._cut + 1

    def write(self, path: str, content: bytes) -> None:
        if self._is_cut():
            super().write(path, content[: self._torn])
            raise PowerCut
        super().write(path, content)

    def append(self, path: str, content: bytes) -> None:
        if self._is_cut():
            super().append(path, content[: self._torn])
            raise PowerCut
        super().append(path, content)

    def remove(self, path: str) -> None:
        if self._is_cut():
            raise PowerCut
        super().remove(path)


class FullFlash(Flash):
    """A medium that takes nothing more."""

    def write(self, path: str, content: bytes) -> None:
        raise OSError(28)


def delivered(folder: Path) -> Flash:
    """A board as it left the factory, with the rest of an older image in its other slot."""
    folder.mkdir(exist_ok=True)
    flash = Flash(str(folder))
    for name, content in OLD.items():
        flash.append("a/" + name, content)
    flash.append("b/main.py", b"older\n")
    flash.append("b/manifest", b"pilot-board-image 1\nversion 0.0.9\n")
    return flash


def files_in(flash: Flash, slot: str) -> dict[str, bytes]:
    return {name: flash.read(slot + "/" + name) for name in flash.names(slot) if name != "manifest"}


def board_on(flash: Flash) -> Receiver:
    """A board that the loader has just started."""
    at = receiver()
    slots = FileSlots(flash)
    slots.platform = "rp2"
    update = Update(at.bench.hal, slots, at.bench.board.interlock.situation, at.bench.hal.now)
    return Receiver(at.bench, at.slots, update)


def test_a_board_as_delivered_starts_slot_a_and_writes_nothing(tmp_path: Path) -> None:
    assert start(Flash(str(tmp_path))) == "a"
    assert list(tmp_path.iterdir()) == []


def test_what_is_on_trial_has_one_start_and_then_the_way_back(tmp_path: Path) -> None:
    flash = Flash(str(tmp_path))
    newest(flash).activate(flash, 3)

    assert [start(flash) for _ in range(3)] == ["b", "a", "a"]
    assert (newest(flash).state, newest(flash).epoch) == (FELL_BACK, 0)


def test_a_confirmed_image_stays_and_raises_the_epoch(tmp_path: Path) -> None:
    flash = Flash(str(tmp_path))
    newest(flash).activate(flash, 3)
    start(flash)

    newest(flash).confirm(flash)

    assert [start(flash) for _ in range(3)] == ["b", "b", "b"]
    assert (newest(flash).state, newest(flash).epoch) == (CONFIRMED, 3)


def test_a_start_that_cannot_be_counted_is_none(tmp_path: Path) -> None:
    flash = Flash(str(tmp_path))
    newest(flash).activate(flash, 0)

    assert [start(FullFlash(str(tmp_path))) for _ in range(3)] == ["a", "a", "a"]
    assert newest(flash).state == TRIAL


RECORDS = st.tuples(st.sampled_from([CONFIRMED, TRIAL, TRIED, FELL_BACK]), st.integers(0, 1), st.integers(0, 99))


@given(first=RECORDS, second=RECORDS, torn=st.integers(0, 17))
def test_a_torn_record_leaves_the_one_before(
    tmp_path_factory: pytest.TempPathFactory, first: tuple[int, int, int], second: tuple[int, int, int], torn: int
) -> None:
    flash = Flash(str(tmp_path_factory.mktemp("record")))
    record = Record(7, *first)
    record.keep(flash)
    before = vars(newest(flash))
    record.state, record.active, record.epoch = second

    with pytest.raises(PowerCut):
        record.keep(DyingFlash(str(flash._folder), 0, torn))

    assert vars(newest(flash)) == before


@given(content=st.binary(max_size=30), other=st.binary(max_size=30))
def test_noise_for_a_record_starts_what_was_delivered(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, other: bytes
) -> None:
    flash = Flash(str(tmp_path_factory.mktemp("record")))
    flash.write(COPIES[0], content)
    flash.write(COPIES[1], other)

    assert start(flash) == "a"


def test_every_flipped_bit_of_a_record_is_noticed(tmp_path: Path) -> None:
    flash = Flash(str(tmp_path))
    Record(0, TRIAL, 1).keep(flash)
    whole = flash.read(COPIES[1])

    for bit in range(8 * len(whole)):
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        flash.write(COPIES[1], bytes(broken))
        assert newest(flash).sequence == 0, bit


# --- a whole update, and power that goes


def update_on(flash: Flash) -> None:
    """Send the new image, restart, and let a host speak: as far as the power lasts."""
    start(flash)
    at = board_on(flash)
    assert at.send(NEW.packed()) == "done"
    assert start(flash) == "b"
    on_trial = board_on(flash)
    on_trial.bench.run(100)
    on_trial.turn()


def count_writes(folder: Path) -> int:
    delivered(folder)
    flash = DyingFlash(str(folder), cut=-1)
    update_on(flash)
    return flash.writes


def test_the_new_image_runs_after_an_update_without_a_cut(tmp_path: Path) -> None:
    count_writes(tmp_path)
    flash = Flash(str(tmp_path))

    assert start(flash) == "b"
    assert newest(flash).state == CONFIRMED
    assert files_in(flash, "b") == {**FILES, "main.py": b"new\n" * 100}


@pytest.mark.parametrize("torn", [0, 5, 399])
def test_whenever_power_goes_a_whole_image_starts_and_the_update_can_be_made_again(tmp_path: Path, torn: int) -> None:
    whole = {"a": OLD, "b": {**FILES, "main.py": b"new\n" * 100}}
    writes = count_writes(tmp_path / "uncut")
    assert writes >= 12

    for cut in range(writes):
        folder = tmp_path / str(cut)
        delivered(folder)
        with pytest.raises(PowerCut):
            update_on(DyingFlash(str(folder), cut, torn))

        flash = Flash(str(folder))
        for _ in range(3):
            slot = start(flash)
            assert files_in(flash, slot) == whole[slot], (cut, slot)
        if slot == "a":
            assert board_on(flash).send(NEW.packed()) == "done"
            assert files_in(flash, SLOTS[newest(flash).active]) == whole["b"], cut


def test_a_board_started_in_slot_b_updates_slot_a(tmp_path: Path) -> None:
    count_writes(tmp_path)
    flash = Flash(str(tmp_path))
    start(flash)

    assert board_on(flash).send(image_of(version="0.3.0").packed()) == "done"

    assert start(flash) == "a"
    assert files_in(flash, "a") == FILES


def test_an_image_that_was_cut_off_has_no_manifest(tmp_path: Path) -> None:
    flash = delivered(tmp_path)
    at = board_on(flash)
    octets = NEW.packed()
    at.begin(octets[:HEADER_BYTES])

    for number, block in enumerate(blocks(octets)[:2]):
        at.take(number, block)
        at.turn(50)

    assert flash.read("b/manifest") == b""
    assert at.words()["other"] == "none"


def test_a_trial_that_hears_nobody_is_followed_by_the_one_before(tmp_path: Path) -> None:
    flash = delivered(tmp_path)
    assert board_on(flash).send(NEW.packed()) == "done"
    assert start(flash) == "b"
    on_trial = board_on(flash)
    on_trial.bench.let_host_talk(False)
    on_trial.bench.run(3_000)

    on_trial.turn(60_000 // 5)

    assert on_trial.bench.hal.restarts >= 1
    assert start(flash) == "a"
    assert board_on(flash).words()["state"] == "fell_back"
