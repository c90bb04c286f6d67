"""Verification and reception of an image, in both interpreters."""

from binascii import unhexlify

from bench import Bench
from ed25519 import Verifier
from memory_slots import MemorySlots
from messages import RESULTS
from signatures import IMAGE, KEY, vectors
from update import BLOCK_BYTES, HEADER_BYTES, Update
from update import KEY as KEY_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MOST_TURNS = 2_000


def verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """The verifier's answer; fails where it takes more slices than a verification has."""
    verifier = Verifier(key, message, signature)
    for _ in range(MOST_TURNS):
        answer = verifier.turn()
        if answer is not None:
            return answer
    raise AssertionError("no answer")


def flipped(octets: bytes, place: int) -> bytes:
    """With one bit of this octet the other way."""
    return octets[:place] + bytes([octets[place] ^ 4]) + octets[place + 1 :]


class Reception:
    """A board at rest that is sent an image."""

    def __init__(self, sparse: bool) -> None:
        self.bench = Bench(sparse)
        self.bench.hal.kept[KEY_NAME] = unhexlify(KEY)
        self.slots = MemorySlots()
        self.bench.run(1_000)
        self.update = Update(self.bench.hal, self.slots, self.bench.board.interlock.situation, self.bench.hal.now)

    def send(self, octets: bytes) -> str:
        """The last answer, in words."""
        answer = self.update.begin(octets[:HEADER_BYTES], self.bench.hal.now)
        for number, start in enumerate(range(HEADER_BYTES, len(octets), BLOCK_BYTES)):
            answer = self._taken(number, octets[start : start + BLOCK_BYTES])
        return RESULTS[self._patiently(lambda: self.update.end(self.bench.hal.now)) if answer == 0 else answer]

    def _taken(self, number: int, block: bytes) -> int:
        return self._patiently(lambda: self.update.take(number, block, self.bench.hal.now))

    def _patiently(self, ask: "Callable[[], int]") -> int:
        for _ in range(MOST_TURNS):
            answer = ask()
            if RESULTS[answer] != "busy":
                return answer
            self.bench.run(5)
            self.update.turn(self.bench.hal.now)
        raise AssertionError("busy for ever")


def the_signatures_of_the_rfc_verify(sparse: bool) -> None:
    for key, message, signature in vectors():
        assert verifies(key, message, signature)


def a_flipped_bit_ends_a_signature(sparse: bool) -> None:
    key, message, signature = vectors()[2]
    assert not verifies(flipped(key, 7), message, signature)
    assert not verifies(key, flipped(message, 1), signature)
    assert not verifies(key, message, flipped(signature, 5))
    assert not verifies(key, message, flipped(signature, 40))


def a_signed_image_goes_on_trial(sparse: bool) -> None:
    at = Reception(sparse)
    assert at.send(unhexlify(IMAGE)) == "done"
    assert at.slots.files["main.py"] == b"print(1)\n"
    assert at.slots.activated == 0


def an_image_with_another_manifest_or_file_stays_where_it_is(sparse: bool) -> None:
    octets = unhexlify(IMAGE)
    for place in (HEADER_BYTES + 30, len(octets) - 1):
        at = Reception(sparse)
        assert at.send(flipped(octets, place)) == "bad_checksum"
        assert at.slots.activated is None


def an_image_with_another_signature_writes_nothing(sparse: bool) -> None:
    at = Reception(sparse)
    assert at.send(flipped(unhexlify(IMAGE), HEADER_BYTES - 1)) == "bad_signature"
    assert at.slots.changes == 0
