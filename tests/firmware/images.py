"""Small signed images for tests, and the host that sends one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bench import Bench
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from memory_slots import MemorySlots
from messages import RESULTS, table_hash
from update import BLOCK_BYTES, HEADER_BYTES, KEY, Update, key_id

from tools.firmware_image.layout import Image, manifest_text

PRIVATE = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a key for tests").digest())
PUBLIC = PRIVATE.public_key().public_bytes_raw()
FILES = {"boards/rp2040.py": b"", "main.py": b"print(1)\n" * 70, "rules.py": bytes(range(256)) * 2}
HEAD = {
    "version": "0.2.0",
    "board": "pilot-board",
    "platform": "rp2",
    "epoch": "0",
    "table": table_hash(),
    "key": key_id(PUBLIC),
}


def signed(image: Image) -> Image:
    return replace(image, signature=PRIVATE.sign(image.digest))


def image_of(files: Mapping[str, bytes] = FILES, **head: str) -> Image:
    """A signed image; `head` replaces lines of the usual one."""
    content = b"".join(files[name] for name in sorted(files))
    return signed(Image(manifest_text({**HEAD, **head}, files), content))


@dataclass
class Receiver:
    """One board in the middle of nothing, and a host that is in no hurry."""

    bench: Bench
    slots: MemorySlots
    update: Update

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self.bench.hal.now += 5
            self.update.turn(self.bench.hal.now)

    def patiently(self, ask: Callable[[], int]) -> str:
        """The first answer that is not "busy", in words."""
        for _ in range(5_000):
            answer = RESULTS[ask()]
            if answer != "busy":
                return answer
            self.turn()
        raise AssertionError("busy for ever")

    def begin(self, header: bytes) -> str:
        return RESULTS[self.update.begin(header, self.bench.hal.now)]

    def take(self, number: int, content: bytes) -> str:
        return self.patiently(lambda: self.update.take(number, content, self.bench.hal.now))

    def end(self) -> str:
        return self.patiently(lambda: self.update.end(self.bench.hal.now))

    def send(self, octets: bytes) -> str:
        """A whole image's file; the first answer that is not "done", or the last one."""
        answer = self.begin(octets[:HEADER_BYTES])
        for number, block in enumerate(blocks(octets)):
            if answer == "done":
                answer = self.take(number, block)
        return self.end() if answer == "done" else answer

    def words(self) -> dict[str, str]:
        """What the board tells about it."""
        pairs = (word.partition("=") for word in self.update.state().decode().split(" "))
        return {name: value for name, _, value in pairs}


def blocks(octets: bytes) -> list[bytes]:
    """What follows the header, as the host sends it."""
    return [octets[at : at + BLOCK_BYTES] for at in range(HEADER_BYTES, len(octets), BLOCK_BYTES)]


def receiver(slots: MemorySlots | None = None, key: bytes = PUBLIC) -> Receiver:
    slots = slots or MemorySlots()
    bench = Bench()
    bench.hal.kept[KEY] = key
    bench.run(1_000)
    return Receiver(bench, slots, Update(bench.hal, slots, bench.board.interlock.situation, bench.hal.now))
