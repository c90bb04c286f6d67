"""The board's receiver of images: what it takes, what it refuses with which word, and that refusing changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from memory_slots import MemorySlots
from messages import RESULTS
from slots import CONFIRMED, FELL_BACK, TRIED
from update import BLOCK_BYTES, HEADER_BYTES, SILENCE_MS, TRIAL_MS

from tests.firmware.images import FILES, Receiver, blocks, image_of, receiver, signed
from tests.searching import costly
from tools.firmware_image.layout import Image

GOOD = image_of().packed()
CHANGED = bytes([GOOD[-1] ^ 1])


def until_received(at: Receiver, octets: bytes = GOOD) -> None:
    """Everything but the end."""
    assert at.begin(octets[:HEADER_BYTES]) == "done"
    for number, block in enumerate(blocks(octets)):
        assert at.take(number, block) == "done"


def test_a_good_image_is_stored_whole_and_put_on_trial_after_a_restart() -> None:
    at = receiver()

    assert at.send(GOOD) == "done"

    assert {name: content for name, content in at.slots.files.items() if name != "manifest"} == FILES
    assert at.slots.files["manifest"] == image_of().manifest
    assert at.slots.activated == 0
    at.turn(99)
    assert at.bench.hal.restarts == 0
    at.turn()
    assert at.bench.hal.restarts == 1


def test_nothing_is_written_before_the_signature_is_verified() -> None:
    at = receiver()

    at.begin(GOOD[:HEADER_BYTES])
    at.turn(600)

    assert at.words()["state"] == "verifying"
    assert at.slots.changes == 0


def test_no_slice_writes_twice() -> None:
    at = receiver()
    at.begin(GOOD[:HEADER_BYTES])
    waiting = list(enumerate(blocks(GOOD)))

    for _ in range(3_000):
        before = at.slots.changes
        at.turn()
        assert at.slots.changes - before <= 1
        if waiting and RESULTS[at.update.take(*waiting[0], at.bench.hal.now)] == "done":
            waiting.pop(0)

    assert at.words()["state"] == "complete"


@pytest.mark.parametrize(
    ("image", "result", "reason"),
    [
        (replace(image_of(), signature=bytes(64)), "bad_signature", "signature"),
        (
            replace(image_of(), signature=Ed25519PrivateKey.generate().sign(image_of().digest)),
            "bad_signature",
            "signature",
        ),
        (replace(image_of(version="0.3.0"), signature=image_of().signature), "bad_signature", "signature"),
        (image_of(board="another-board"), "refused", "board"),
        (image_of(platform="linux"), "refused", "platform"),
        (image_of(key="00000000"), "refused", "key"),
        (signed(Image(image_of().manifest, b"too short")), "failed", "size"),
        (signed(Image(b"no manifest\n", b"")), "failed", "manifest_format"),
        (signed(Image(image_of().manifest[:-1], image_of().content)), "failed", "manifest_text"),
        (image_of({"other.py": b"1"}), "failed", "manifest_incomplete"),
        (image_of({**FILES, "../main.py": b"1"}), "failed", "manifest_name"),
        (image_of(epoch="-1"), "failed", "manifest_number"),
        (signed(Image(image_of().manifest, b"\x00" + image_of().content[1:])), "bad_checksum", "main.py"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_with_an_image_is_told(image: Image, result: str, reason: str) -> None:
    at = receiver()

    assert at.send(image.packed()) == result

    words = at.words()
    assert (words["state"], words["result"], words["reason"]) == ("idle", result, reason)
    assert at.slots.activated is None


@pytest.mark.parametrize("epoch", [0, 6])
def test_an_image_of_an_older_epoch_is_refused_however_well_it_is_signed(epoch: int) -> None:
    at = receiver(MemorySlots(epoch=7))

    assert at.send(image_of(epoch=str(epoch)).packed()) == "refused"

    assert at.words()["reason"] == "epoch"
    assert at.slots.changes == 0


def test_the_same_epoch_may_come_back() -> None:
    at = receiver(MemorySlots(epoch=7))

    assert at.send(image_of(epoch="7", version="0.0.1").packed()) == "done"
    assert at.slots.activated == 7


def test_a_manifest_that_is_not_the_signed_one_is_refused() -> None:
    at = receiver()

    assert at.send(GOOD[:HEADER_BYTES] + b"q" + GOOD[HEADER_BYTES + 1 :]) == "bad_checksum"
    assert at.slots.changes == 0


@pytest.mark.parametrize(
    "header", [b"", GOOD[: HEADER_BYTES - 1], GOOD[: HEADER_BYTES + 1], b"EVPX" + GOOD[4:HEADER_BYTES]], ids=len
)
def test_a_header_of_another_shape_is_refused(header: bytes) -> None:
    assert receiver().begin(header) == "refused"


@pytest.mark.parametrize(("place", "size"), [(6, 2), (8, 4)])
def test_sizes_beyond_the_slot_are_too_large(place: int, size: int) -> None:
    header = GOOD[:place] + b"\xff" * size + GOOD[place + size : HEADER_BYTES]

    assert receiver().begin(header) == "too_large"


@pytest.mark.parametrize("key", [b"", b"short", bytes(33)])
def test_a_board_without_a_key_takes_nothing(key: bytes) -> None:
    assert receiver(key=key).begin(GOOD[:HEADER_BYTES]) == "refused"


def test_a_repeated_block_is_taken_once() -> None:
    at = receiver()
    at.begin(GOOD[:HEADER_BYTES])

    for number, block in enumerate(blocks(GOOD)):
        assert at.take(number, block) == "done"
        assert at.take(number, block) == "done"

    assert at.end() == "done"
    assert at.slots.files["rules.py"] == FILES["rules.py"]


def test_blocks_in_another_order_or_of_another_size_are_refused() -> None:
    at = receiver()
    at.begin(GOOD[:HEADER_BYTES])
    first, second = blocks(GOOD)[:2]

    assert at.take(1, second) == "refused"
    assert at.take(0, first[:-1]) == "refused"
    assert at.take(0, b"") == "refused"
    assert at.take(0, first) == "done"
    assert at.take(0, second) == "refused"
    assert at.take(2, second) == "refused"
    assert at.take(1, second) == "done"


def test_more_than_was_announced_is_too_large() -> None:
    at = receiver()
    until_received(at)

    assert at.take(len(blocks(GOOD)), b"more") == "too_large"


def test_an_end_before_all_blocks_is_refused() -> None:
    at = receiver()
    at.begin(GOOD[:HEADER_BYTES])
    at.take(0, blocks(GOOD)[0])

    assert at.end() == "refused"
    assert at.slots.activated is None


@pytest.mark.parametrize("ask", ["take", "end"])
def test_without_a_beginning_there_is_nothing_to_take_or_end(ask: str) -> None:
    at = receiver()

    assert (at.take(0, b"x") if ask == "take" else at.end()) == "refused"


def test_a_charge_that_begins_ends_the_update_and_keeps_the_running_image() -> None:
    at = receiver()
    until_received(at)
    at.turn(2_000)

    at.bench.show("B")
    at.bench.run(1_000)
    at.turn()

    assert at.end() == "not_now"
    assert at.words()["reason"] == "in_use"
    assert at.slots.activated is None
    at.bench.charge()
    assert at.bench.closed


def test_with_a_plug_in_or_a_fresh_permission_none_begins() -> None:
    permitted, plugged = receiver(), receiver()
    permitted.bench.wish(True, 160)
    plugged.bench.show("B")
    plugged.bench.run(1_000)

    assert permitted.begin(GOOD[:HEADER_BYTES]) == "not_now"
    assert plugged.begin(GOOD[:HEADER_BYTES]) == "not_now"


def test_a_permission_just_before_the_end_stops_it() -> None:
    at = receiver()
    until_received(at)
    at.turn(2_000)
    assert at.words()["state"] == "complete"

    at.bench.wish(True, 160)

    assert RESULTS[at.update.end(at.bench.hal.now)] == "not_now"
    assert at.slots.activated is None


def test_nothing_is_written_while_the_coil_has_current() -> None:
    at = receiver()
    until_received(at)
    before = at.slots.changes

    at.bench.charge()
    at.turn(100)

    assert at.slots.changes == before
    assert at.words()["state"] == "idle"


def test_a_host_that_falls_silent_is_waited_for_half_a_minute() -> None:
    at = receiver()
    at.begin(GOOD[:HEADER_BYTES])
    at.take(0, blocks(GOOD)[0])

    at.turn(SILENCE_MS // 5 + 1)

    assert (at.words()["state"], at.words()["reason"]) == ("idle", "silence")


def test_a_medium_that_refuses_ends_it() -> None:
    at = receiver()
    at.slots.fails = True

    assert at.send(GOOD) == "failed"
    assert at.words()["reason"] == "storage"


def test_a_program_that_cannot_be_exchanged_stores_the_image_and_says_not_now() -> None:
    at = receiver(MemorySlots(exchanges=False))

    assert at.send(GOOD) == "not_now"
    assert at.slots.files["main.py"] == FILES["main.py"]
    at.turn(1_000)
    assert at.bench.hal.restarts == 0


def test_another_beginning_starts_from_nothing() -> None:
    at = receiver()
    until_received(at)

    assert at.send(GOOD) == "done"


# --- the trial


def test_a_trial_is_confirmed_by_the_first_wish_of_a_host_that_knows_the_table() -> None:
    at = receiver(MemorySlots(standing=TRIED))
    at.bench.run(100)
    at.turn()

    assert at.slots.standing() == CONFIRMED
    assert at.words()["state"] == "confirmed"
    at.turn(2 * TRIAL_MS // 5)
    assert at.bench.hal.restarts == 0


def silent_trial() -> Receiver:
    at = receiver(MemorySlots(standing=TRIED))
    at.bench.let_host_talk(False)
    at.bench.run(3_000)
    return at


def test_a_trial_that_hears_no_wish_restarts_after_a_minute_and_not_before() -> None:
    at = silent_trial()
    left = TRIAL_MS - (at.bench.hal.now - 2_000)

    at.turn(left // 5 - 1)
    assert at.bench.hal.restarts == 0
    at.turn()

    assert at.bench.hal.restarts == 1
    assert at.slots.standing() == TRIED


def test_a_trial_takes_no_image_for_the_other_slot_is_the_way_back() -> None:
    assert silent_trial().begin(GOOD[:HEADER_BYTES]) == "not_now"


def test_a_board_that_fell_back_says_so_and_to_what() -> None:
    at = receiver(MemorySlots(standing=FELL_BACK))

    words = at.words()

    assert (words["state"], words["running"], words["other"]) == ("fell_back", "0.1.0", "0.0.9")
    assert at.send(GOOD) == "done"


# --- whatever comes in whatever order


class AnyHost(RuleBasedStateMachine):
    """Only a whole image, sent in order while the board rests, is ever put on trial."""

    def __init__(self) -> None:
        super().__init__()
        self.at = receiver()
        self.octets = GOOD
        self.good = True
        self.used = False

    @rule(flip=st.one_of(st.none(), st.integers(0, 8 * len(GOOD) - 1)))
    def begins(self, flip: int | None) -> None:
        octets = bytearray(GOOD)
        if flip is not None:
            octets[flip // 8] ^= 1 << flip % 8
        if self.at.begin(bytes(octets[:HEADER_BYTES])) == "done":
            self.octets, self.good = bytes(octets), flip is None

    @precondition(lambda self: self.at.words()["state"] != "activated")
    @rule(number=st.integers(0, 3), wrong=st.sampled_from([b"", b"x", bytes(BLOCK_BYTES)]))
    def sends_rubbish(self, number: int, wrong: bytes) -> None:
        before = self.at.words()["received"]
        if RESULTS[self.at.update.take(number, wrong, self.at.bench.hal.now)] == "done":
            self.good = self.good and self.at.words()["received"] == before

    @rule(count=st.integers(1, 6))
    def sends_blocks(self, count: int) -> None:
        for _ in range(count):
            number = int(self.at.words()["received"]) // BLOCK_BYTES
            if number < len(blocks(self.octets)):
                self.at.take(number, blocks(self.octets)[number])

    @rule(number=st.integers(0, 4))
    def sends_an_old_or_early_block(self, number: int) -> None:
        self.at.update.take(number, blocks(self.octets)[min(number, 3)], self.at.bench.hal.now)

    @rule(turns=st.sampled_from([1, 30, 700]))
    def time_passes(self, turns: int) -> None:
        self.at.turn(turns)

    @rule(state=st.sampled_from(["A", "B"]))
    def a_car_comes_or_leaves(self, state: str) -> None:
        self.at.bench.show(state)
        self.at.bench.run(600)
        self.at.turn()

    @rule()
    def ends(self) -> None:
        self.used = self.at.bench.board.interlock.situation.pilot.plugged
        if RESULTS[self.at.update.end(self.at.bench.hal.now)] == "done":
            assert not self.used

    @invariant()
    def only_a_good_image_goes_on_trial(self) -> None:
        if self.at.slots.activated is not None:
            assert self.good
            stored = {name: content for name, content in self.at.slots.files.items() if name != "manifest"}
            assert stored == FILES
            assert self.at.slots.files["manifest"] == image_of().manifest


TestAnyHost = AnyHost.TestCase
TestAnyHost.settings = costly(40, search=1_000, steps=25)
