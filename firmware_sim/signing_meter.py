"""A meter that signs: what an Iskra WM3M4C does beside measuring, written down from its public manual.

The manual counts holding registers from 40001 by their plain number: 47000 is 7000 on the wire. The key pair is a real
one, drawn from the meter's serial number, so that the same meter has the same key in every world.
"""

from __future__ import annotations

import hashlib
import json
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from firmware_sim.meters.points import MeterModel
from firmware_sim.modbus_frames import ILLEGAL_ADDRESS, ILLEGAL_VALUE, refusal
from firmware_sim.modbus_meter import ModbusMeter, Readings

READ_HOLDING, WRITE_ONE, WRITE_MANY = 3, 6, 16
AREA = range(7000, 8400)
MEASUREMENT, COMMAND, SIGNATURE_STATE, TIMEZONE, CLOCK_HIGH, CLOCK_LOW = 7000, 7051, 7052, 7053, 7054, 7055
INPUT_OCTETS, OUTPUT_OCTETS, SIGNATURE_OCTETS, FORMAT, ALGORITHM, CLOCK_STATE = 7056, 7057, 7058, 7059, 7060, 7071
INPUT_TEXT, OUTPUT_TEXT, KEY, SIGNATURE = 7100, 7612, 8124, 8188
WRITABLE = {COMMAND, TIMEZONE, CLOCK_HIGH, CLOCK_LOW, INPUT_OCTETS, FORMAT, ALGORITHM, CLOCK_STATE}
IDLE, ACTIVE, ACTIVE_AFTER_LOSS, ACTIVE_AFTER_RESET = range(4)
NOT_INITIALISED, AT_REST, BUSY, DONE = 0, 1, 2, 15
BAD_CLOCK, BAD_COMMAND, BAD_STATE, BAD_MESSAGE, BAD_SIZE, FAILED = 128, 130, 131, 252, 253, 254
TIME_LETTERS = {0: "U", 1: "I", 2: "S", 3: "R"}
NAMES = ["FV", "GI", "GS", "PG", "MV", "MM", "MS", "MF", "IS", "IF", "IT", "ID", "CT", "CI", "RD"]
"""In this order, and without a space, or it is no dataset."""
NUMBER = "#number#"
"""Around what stands in the text as a number with all the digits of the display: they tell its step."""
ECDSA_P256 = 4
ENDS = "ELRAP"


@dataclass(slots=True)
class Snapshot:
    """A register and a moment, taken at a command."""

    letter: str
    time: str
    kwh: str


@dataclass(slots=True)
class Mark:
    """What the meter keeps while a measurement runs, over a loss of its supply, too."""

    begin: Snapshot | None = None
    paginated: int = 0


class SigningMeter(ModbusMeter):
    """A `Unit`. `now_us` is the time of the world; the meter's own clock is the one that is written into it."""

    def __init__(
        self, unit: int, model: MeterModel, measure: Readings, noise: random.Random, now_us: Callable[[], int]
    ) -> None:
        super().__init__(unit, model, measure, noise)
        self.signs_in_s = 0.6
        self.refuses_with: int | None = None
        """The state it ends every signature with, in place of DONE."""
        self.pads_numbers = False
        """Firmware in the field writes 32 octets for each number of a signature, whatever it needs."""
        self.forgets_begin = False
        """It ends with the register of the end alone."""
        self.shifts_wh = 0
        """Added to the register it signs: a meter that signs something else than it shows."""
        self.commands: list[str] = []
        """The letters it was sent, for whoever wants to know."""
        self._now_us = now_us
        self._private = _private_key(str(model.identity["serial_number"]))
        self._cells = dict.fromkeys(range(AREA.start, AREA.stop), 0)
        self._kept = Mark()
        self._signed_at_us: int | None = None
        self._clock_at_us = 0

    def public_key_der(self) -> bytes:
        """As the QR code on its front has it."""
        from cryptography.hazmat.primitives import serialization

        form = serialization.PublicFormat.SubjectPublicKeyInfo
        der: bytes = self._private.public_key().public_bytes(serialization.Encoding.DER, form)  # type: ignore[attr-defined]
        return der

    @property
    def measures(self) -> bool:
        return self._cells[MEASUREMENT] != IDLE

    def loses_supply(self) -> None:
        """Its clock, its dataset and its output are gone; a measurement goes on, and says so."""
        state = ACTIVE_AFTER_LOSS if self.measures else IDLE
        self._cells = dict.fromkeys(self._cells, 0)
        self._cells[MEASUREMENT] = state
        self._signed_at_us = None

    def answer(self, pdu: bytes) -> bytes:
        """A request for the crypto registers, or one that any meter understands."""
        function = pdu[0]
        if function in (WRITE_ONE, WRITE_MANY):
            return self._written(function, pdu)
        if function == READ_HOLDING and len(pdu) == 5:
            return self._shown(pdu)
        return super().answer(pdu)

    def _shown(self, pdu: bytes) -> bytes:
        first, count = struct.unpack(">HH", pdu[1:])
        if not 0 < count <= 120 or first not in AREA or first + count - 1 not in AREA:
            return refusal(READ_HOLDING, ILLEGAL_ADDRESS)
        self._finish()
        words = [self._cells[address] for address in range(first, first + count)]
        return bytes((READ_HOLDING, 2 * count)) + struct.pack(f">{count}H", *words)

    def _written(self, function: int, pdu: bytes) -> bytes:
        first = struct.unpack(">H", pdu[1:3])[0]
        try:
            values = (
                struct.unpack(">H", pdu[3:]) if function == WRITE_ONE else struct.unpack(f">{pdu[5] // 2}H", pdu[6:])
            )
        except (struct.error, IndexError):
            return refusal(function, ILLEGAL_VALUE)
        places = range(first, first + len(values))
        if not 0 < len(values) <= 120 or not all(place in WRITABLE or place in range(7100, 7612) for place in places):
            return refusal(function, ILLEGAL_ADDRESS)
        for place, value in zip(places, values, strict=True):
            self._cells[place] = value
            if place == CLOCK_LOW:
                self._clock_at_us = self._now_us()
            if place == COMMAND:
                self._commanded(chr(value >> 8))
        return pdu[:5]

    # --- commands

    def _commanded(self, letter: str) -> None:
        self.commands.append(letter)
        self._finish()
        is_begin = letter == "B"
        if letter not in "Br" + ENDS + "C":
            self._cells[SIGNATURE_STATE] = BAD_COMMAND
        elif is_begin is self.measures:
            self._cells[SIGNATURE_STATE] = BAD_STATE
        elif not self._clock_s() or self._cells[CLOCK_STATE] == 0:
            self._cells[SIGNATURE_STATE] = BAD_CLOCK
        elif (wrong := self._wrong_input()) is not None:
            self._cells[SIGNATURE_STATE] = wrong
        else:
            self._take(letter)

    def _take(self, letter: str) -> None:
        if letter == "B":
            self._kept = Mark(self._snapshot("B"), self._kept.paginated)
            readings = [self._kept.begin]
            self._cells[MEASUREMENT] = ACTIVE
        else:
            taken = self._snapshot("E" if letter == "r" else letter)
            is_whole = letter == "r" and not self.forgets_begin
            readings = [self._kept.begin, taken] if is_whole else [taken]
            if letter != "C":
                self._cells[MEASUREMENT] = IDLE
        self._output([one for one in readings if one is not None])

    def _output(self, readings: list[Snapshot]) -> None:
        self._kept.paginated += 1
        filled = json.loads(self._input()) | {
            "PG": f"T{self._kept.paginated}",
            "MV": "Iskra",
            "MM": str(self.model.identity["model"]),
            "MS": str(self.model.identity["serial_number"]),
            "MF": "2.05",
            "RD": [_reading(one) for one in readings],
        }
        written = json.dumps({name: filled[name] for name in NAMES}, separators=(",", ":"))
        text = written.replace(f'"{NUMBER}', "").replace(f'{NUMBER}"', "").encode()
        self._put(OUTPUT_TEXT, OUTPUT_OCTETS, text)
        self._put(SIGNATURE, SIGNATURE_OCTETS, self._signature(text))
        self._cells[SIGNATURE_STATE] = BUSY
        self._signed_at_us = self._now_us() + round(self.signs_in_s * 1e6)

    def _finish(self) -> None:
        """What a signature under way has come to by now."""
        if self._signed_at_us is not None and self._now_us() >= self._signed_at_us:
            self._signed_at_us = None
            self._cells[SIGNATURE_STATE] = DONE if self.refuses_with is None else self.refuses_with
        if not self._cells[KEY]:
            self._put(KEY, None, self.public_key_der()[-64:])

    # --- what is signed

    def _snapshot(self, letter: str) -> Snapshot:
        reading = self._measure()["energy_import_total"]
        assert isinstance(reading, int | float)
        step_wh = self.model.energy_step_wh
        shown_wh = int(reading) // step_wh * step_wh + self.shifts_wh
        at = datetime.fromtimestamp(self._clock_s(), UTC)
        stamp = at.strftime("%Y-%m-%dT%H:%M:%S,000+0000 ") + TIME_LETTERS[self._cells[CLOCK_STATE]]
        return Snapshot(letter, stamp, f"{shown_wh / 1000:.2f}")

    def _clock_s(self) -> int:
        written = self._cells[CLOCK_HIGH] << 16 | self._cells[CLOCK_LOW]
        return 0 if written == 0 else written + (self._now_us() - self._clock_at_us) // 1_000_000

    def _input(self) -> str:
        octets = b"".join(self._cells[place].to_bytes(2, "big") for place in range(INPUT_TEXT, OUTPUT_TEXT))
        return octets[: self._cells[INPUT_OCTETS]].decode("ascii", "replace")

    def _wrong_input(self) -> int | None:
        if not 0 < self._cells[INPUT_OCTETS] <= 1024:
            return BAD_SIZE
        try:
            found = json.loads(self._input())
        except ValueError:
            return BAD_MESSAGE
        is_dataset = isinstance(found, dict) and list(found) == NAMES and ": " not in self._input()
        return None if is_dataset else BAD_MESSAGE

    def _signature(self, text: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        if self._cells[ALGORITHM] != ECDSA_P256:
            return b""
        der: bytes = self._private.sign(text, ec.ECDSA(hashes.SHA256()))  # type: ignore[attr-defined]
        if not self.pads_numbers:
            return der
        numbers = b"".join(b"\x02\x21" + number.to_bytes(33, "big") for number in decode_dss_signature(der))
        return bytes((0x30, len(numbers))) + numbers

    def _put(self, first: int, length: int | None, octets: bytes) -> None:
        padded = octets + b"\0" * (len(octets) % 2)
        for place in range(0, len(padded), 2):
            self._cells[first + place // 2] = int.from_bytes(padded[place : place + 2], "big")
        if length is not None:
            self._cells[length] = len(octets)


def _reading(one: Snapshot) -> dict[str, object]:
    written = {"TM": one.time, "TX": one.letter, "RV": f"{NUMBER}{one.kwh}{NUMBER}"}
    return {**written, "RI": "1-b:1.8.0", "RU": "kWh", "RT": "AC", "EF": "", "ST": "G"}


def _private_key(serial: str) -> object:
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = int.from_bytes(hashlib.sha256(f"simulated meter {serial}".encode()).digest(), "big") >> 1
    return ec.derive_private_key(secret, ec.SECP256R1())
