"""Receives a signed image of the firmware into the slot that does not run, and puts it on trial.

An image is a header, the text of `manifest.py`, and the files one after the other. The header carries the signature of
the manifest's SHA-256, so nothing is written before it has been verified; nothing is activated before every file has
been read back. One slice of work each poll, one small write at most. Whatever goes wrong, the running image stays.
"""

import gc
import hashlib
import struct
from binascii import hexlify

from ed25519 import KEY_BYTES, Verifier
from lease import FRESH
from manifest import MOST_BYTES, MOST_CONTENT_BYTES, Manifest, ManifestError, version_of
from messages import RESULTS
from slots import FELL_BACK, TRIED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from hal import Hal
    from situation import Situation
    from slots import Slots

    Work = Generator[None, None, None]

MAGIC = b"EVPB"
FORMAT = 1
HEADER = "<4sHHI32s64s"
"""Magic, format, bytes of the manifest, bytes of the contents, SHA-256 of the manifest, Ed25519 signature of that."""
HEADER_BYTES = 108
BLOCK_BYTES = 400
"""Every block but the last one has as many."""
CHECKED_AT_ONCE = 256
KEY = "update_key"
"""Under this name the board keeps the 32 bytes of the key whose images it takes."""

TURN_MS = 5
SILENCE_MS = 30_000
"""A host that sends no block for so long has given up."""
ANSWERED_MS = 500
"""Between activation and restart, for the answer to leave."""
TRIAL_MS = 60_000

IDLE, VERIFYING, RECEIVING, CHECKING, COMPLETE, ACTIVATED, TRIAL, CONFIRMED, FALLEN_BACK = range(9)
PHASES = (
    "idle", "verifying", "receiving", "checking", "complete", "activated", "trial", "confirmed", "fell_back",
)  # fmt: skip

DONE = RESULTS.index("done")
REFUSED = RESULTS.index("refused")
NOT_NOW = RESULTS.index("not_now")
BAD_SIGNATURE = RESULTS.index("bad_signature")
BAD_CHECKSUM = RESULTS.index("bad_checksum")
TOO_LARGE = RESULTS.index("too_large")
FAILED = RESULTS.index("failed")
BUSY = RESULTS.index("busy")


class Stopped(Exception):
    """The image will not do; arguments are the result and the reason."""


class Update:
    """One board's end of an update. Methods answer with a place in `messages.RESULTS`."""

    def __init__(self, hal: "Hal", slots: "Slots", situation: "Situation", now: int) -> None:
        self._hal = hal
        self._slots = slots
        self._situation = situation
        self._key = hal.recall(KEY)
        self._started_at = now
        self._running = version_of(slots.head(True))
        standing = slots.standing()
        self.phase = TRIAL if standing == TRIED else FALLEN_BACK if standing == FELL_BACK else IDLE
        self._result = DONE
        self._reason = "none"
        self._work: Work | None = None
        self._forget()

    def _forget(self) -> None:
        self._work = None
        self._arrived = b""
        self._last = b""
        self._next = 0
        self._left = 0
        self._total = 0
        self._heard_at = 0
        self._manifest = Manifest()

    def begin(self, content: bytes, now: int) -> int:
        """Take the header of an image; one that was being received is given up."""
        if self.phase == ACTIVATED:
            return BUSY
        if self.phase == TRIAL or not self._is_quiet():
            return NOT_NOW
        if len(content) != HEADER_BYTES or len(self._key) != KEY_BYTES:
            return REFUSED
        magic, format_, manifest_bytes, content_bytes, digest, signature = struct.unpack(HEADER, content)
        if magic != MAGIC or format_ != FORMAT:
            return REFUSED
        if manifest_bytes > MOST_BYTES or content_bytes > MOST_CONTENT_BYTES:
            return TOO_LARGE
        self._forget()
        self.phase = VERIFYING
        self._result, self._reason = DONE, "none"
        self._total = self._left = manifest_bytes + content_bytes
        self._heard_at = now
        self._work = self._steps((manifest_bytes, content_bytes), digest, signature)
        return DONE

    def take(self, number: int, content: bytes, now: int) -> int:
        """Take block `number` of manifest and contents, counted from 0. The one before may come once more."""
        if self._work is None:
            return self._result or REFUSED
        self._heard_at = now
        if number == self._next - 1 and content == self._last:
            return DONE
        if self.phase == VERIFYING or self._arrived:
            return BUSY
        if number != self._next:
            return REFUSED
        if len(content) != min(BLOCK_BYTES, self._left) or not content:
            return TOO_LARGE if len(content) > self._left else REFUSED
        self._next += 1
        self._left -= len(content)
        self._last = self._arrived = bytes(content)
        return DONE

    def end(self, now: int) -> int:
        """All blocks were sent: once every file is found whole, the image is put on trial and the board restarts."""
        if self.phase == ACTIVATED:
            return DONE
        if self._work is None:
            return self._result or REFUSED
        self._heard_at = now
        if self.phase != COMPLETE:
            return REFUSED if self._left else BUSY
        if not self._is_quiet():
            return self._stop(NOT_NOW, "in_use")
        epoch = self._manifest.epoch
        self._forget()
        try:
            activated = self._slots.activate(epoch)
        except OSError:
            return self._stop(FAILED, "storage")
        if not activated:
            return self._stop(NOT_NOW, "no_loader")
        self.phase = ACTIVATED
        self._started_at = now
        return DONE

    def turn(self, now: int) -> "int | None":
        """One slice of work; returns when the next is due, None when nothing is to be done by time alone."""
        if self._situation.contactor.energised:
            self._give_up()
            return None
        if self.phase == TRIAL:
            return self._prove(now)
        if self.phase == ACTIVATED:
            return self._restart_at(self._started_at + ANSWERED_MS, now)
        if self._work is None:
            return None
        if not self._is_quiet():
            self._give_up()
            return None
        if now - self._heard_at >= SILENCE_MS:
            self._stop(FAILED, "silence")
            return None
        return self._slice(self._work, now)

    def state(self) -> bytes:
        """What the host reads about it: words `name=value`, one space between them."""
        words = (
            ("state", PHASES[self.phase]),
            ("running", self._running),
            ("other", version_of(self._slots.head(False))),
            ("epoch", str(self._slots.epoch())),
            ("result", RESULTS[self._result]),
            ("reason", self._reason),
            ("received", str(self._total - self._left)),
            ("total", str(self._total)),
        )
        return " ".join([name + "=" + word for name, word in words]).encode()

    def _is_quiet(self) -> bool:
        """Nobody charges or is about to."""
        situation = self._situation
        permitted = situation.lease.permit and situation.lease.standing == FRESH
        return not (situation.contactor.energised or situation.pilot.plugged or permitted)

    def _stop(self, result: int, reason: str) -> int:
        self._forget()
        self.phase = IDLE
        self._result, self._reason = result, reason
        return result

    def _give_up(self) -> None:
        if self._work is not None:
            self._stop(NOT_NOW, "in_use")

    def _slice(self, work: "Work", now: int) -> int:
        try:
            next(work)
        except StopIteration:
            return self._heard_at + SILENCE_MS
        except Stopped as stopped:
            self._stop(*stopped.args)
        except ManifestError as error:
            self._stop(FAILED, "manifest_" + str(error))
        except OSError:
            self._stop(FAILED, "storage")
        waits = self.phase == RECEIVING and not self._arrived
        return self._heard_at + SILENCE_MS if waits else now + TURN_MS

    def _prove(self, now: int) -> "int | None":
        # The wish counts only after the host has named our own message table: one wish proves both ends.
        if self._situation.lease.standing != FRESH:
            return self._restart_at(self._started_at + TRIAL_MS, now)
        try:
            self._slots.confirm()
        except OSError:
            return now + TURN_MS
        self.phase = CONFIRMED
        return None

    def _restart_at(self, moment: int, now: int) -> "int | None":
        if now < moment:
            return moment
        self._hal.restart()
        return None

    def _steps(self, sizes: "tuple[int, int]", digest: bytes, signature: bytes) -> "Work":
        """Everything from header to complete image, in slices."""
        verifier = Verifier(self._key, digest, signature)
        while verifier.turn() is None:
            yield
        if not verifier.turn():
            raise Stopped(BAD_SIGNATURE, "signature")
        self.phase = RECEIVING
        text = yield from self._signed_text(sizes[0], digest)
        yield from self._read_manifest(text)
        self._check_head(sizes[1])
        yield from self._clear()
        yield from self._store()
        self.phase = CHECKING
        yield from self._check_files()
        for start in range(0, len(text), BLOCK_BYTES):
            self._slots.append("manifest", bytes(text[start : start + BLOCK_BYTES]))
            yield
        self.phase = COMPLETE

    def _piece(self, most: int) -> "Generator[None, None, bytes]":
        """Up to `most` bytes of what arrives, at least one."""
        while not self._arrived:
            yield
        piece, self._arrived = self._arrived[:most], self._arrived[most:]
        return piece

    def _signed_text(self, size: int, digest: bytes) -> "Generator[None, None, bytearray]":
        sha256 = hashlib.sha256()
        # In one piece from the start: a text that grows needs its old and its new piece of memory at once.
        gc.collect()
        text = bytearray(size)
        held = 0
        while held < size:
            piece = yield from self._piece(size - held)
            sha256.update(piece)
            text[held : held + len(piece)] = piece
            held += len(piece)
        if sha256.digest() != digest:
            raise Stopped(BAD_CHECKSUM, "manifest")
        return text

    def _read_manifest(self, text: bytearray) -> "Work":
        start = 0
        while start < len(text):
            end = text.find(b"\n", start)
            try:
                line = text[start:end].decode()
            except UnicodeError:
                raise ManifestError("text") from None
            if end < 0:
                raise ManifestError("text")
            yield
            self._manifest.read(line)
            start = end + 1
            yield
        self._manifest.close()

    def _check_head(self, content_bytes: int) -> None:
        head = self._manifest.head
        if self._manifest.content_bytes != content_bytes:
            raise Stopped(FAILED, "size")
        if head["key"] != key_id(self._key):
            raise Stopped(REFUSED, "key")
        if head["board"] != self._hal.kind.board:
            raise Stopped(REFUSED, "board")
        if head["platform"] != self._slots.platform:
            raise Stopped(REFUSED, "platform")
        if self._manifest.epoch < self._slots.epoch():
            raise Stopped(REFUSED, "epoch")

    def _clear(self) -> "Work":
        """Empty the other slot; its manifest first, so that no half of an image has one."""
        for name in sorted(self._slots.names(), key=lambda name: name != "manifest"):
            self._slots.remove(name)
            yield

    def _store(self) -> "Work":
        for name, size, _ in self._manifest.files:
            if not size:
                self._slots.append(name, b"")
                yield
            left = size
            while left:
                piece = yield from self._piece(left)
                self._slots.append(name, piece)
                left -= len(piece)
                yield

    def _check_files(self) -> "Work":
        for name, size, digest in self._manifest.files:
            sha256 = hashlib.sha256()
            # One byte more: a file that is too long is as wrong as one that is too short.
            for offset in range(0, size + 1, CHECKED_AT_ONCE):
                sha256.update(self._slots.read(name, offset, CHECKED_AT_ONCE))
                yield
            if sha256.digest() != digest:
                raise Stopped(BAD_CHECKSUM, name)


def key_id(public_key: bytes) -> str:
    """Eight hexadecimal characters that name a key."""
    return hexlify(hashlib.sha256(public_key).digest()[:4]).decode()
