"""How an Iskra WM3M4C signs: its crypto registers, what is written before a command, what is read after it.

Iskra, "User's Manual WM3M4 & WM3M4C", sections 6.3 and 6.5 (register 47051 of the manual is 7051 on the wire), read
beside three drivers of others (`maps/iskra-wm3m4c.toml` names them). Each command makes a signature, and the output
stays until the next one or until the supply is gone:

* B begins a measurement and signs the register of this moment; valid while the meter is idle.
* r ends it and signs begin and end in one text; valid while it measures.

Clock, dataset and length are to be written before a command; after a power cut the meter still measures (state 2), but
has forgotten them. Only what was read back counts: an order may arrive twice, or be taken and its answer lost.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum, IntEnum
from typing import Any, Protocol

from agent import ocmf
from agent.clock import Clock
from agent.core.signatures import Identification, SignedValue
from agent.drivers.modbus.answers import Refused
from agent.drivers.modbus.block import READ_HOLDING, READ_INPUT, WRITE_REGISTER, WRITE_REGISTERS, Block, Write
from agent.drivers.modbus.line import Device, Unanswered
from agent.errors import DriverError, DriverImplausible, DriverRejected, DriverUnavailable

METHOD = "ECDSA-secp256r1-SHA256"
KEY_PREFIX = "3059301306072A8648CE3D020106082A8648CE3D03010703420004"
"""In front of the two coordinates that the meter tells: DER of a public key on that curve (manual 6.5.14)."""

STATE, COMMAND, STATUS, UTC_OFFSET, TIME, DATASET_LENGTH = 7000, 7051, 7052, 7053, 7054, 7056
OUTPUT_LENGTH, SIGNATURE_LENGTH, SIGNATURE_FORMAT, ALGORITHM, TIME_STATUS = 7057, 7058, 7059, 7060, 7071
DATASET, OUTPUT, PUBLIC_KEY, SIGNATURE = 7100, 7612, 8124, 8188
ENERGY_EXPONENT = 414
"""An input register; the others hold."""

IDLE, AFTER_POWER_CUT = 0, 2
"""Of STATE; 1 measures, 3 measures after a reset."""
BEGIN, END = 0x4200, 0x7200
"""The letter in the high octet."""
NOTHING_TO_SHOW = frozenset({0, 1})
"""Of STATUS: not initialised, idle. 2 is a signature under way."""
SIGNED, FIRST_ERROR = 15, 128
NOT_IN_THIS_STATE = frozenset({130, 131})
"""What a command is answered that had been taken before: its repetition is none of this state."""
STATUS_WORDS = {
    128: "its clock is not valid",
    129: "a checksum of its own is wrong",
    130: "the command is not valid",
    131: "the command is not valid in its state",
    132: "the measurement is not valid",
    133: "it is in test mode",
    248: "its data are not locked",
    249: "its configuration is not locked",
    252: "the dataset has a wrong form",
    253: "the dataset has a wrong size",
    254: "the signature failed",
}
HEXADECIMAL, SECP256R1 = 0, 4
"""Of SIGNATURE_FORMAT and ALGORITHM."""
REGISTERS_AT_ONCE = 60
"""The manual allows 120; nobody has told of a unit that refused this."""
DATASET_BYTES, OUTPUT_BYTES, SIGNATURE_BYTES, KEY_BYTES = 1024, 1024, 160, 64
LOOKS_EVERY_S = 0.2
LOOKS_FOR_AN_END = 10
"""The output of the command before may still be there for a moment; the new one is in a second (manual 6.5.9)."""
CLOCK_TOLERANCE_S = 15.0
"""Between the clock that was written and the time in the signed text."""


class TimeStatus(Enum):
    """What the meter is told of the clock that is written into it, and signs along."""

    INFORMATIVE = "informative"
    SYNCHRONISED = "synchronised"


class _ClockWord(IntEnum):
    INFORMATIVE = 1
    SYNCHRONISED = 2


class Registers(Protocol):
    """What the meter is reached through; a `Line` is one."""

    name: str

    async def read(self, device: Device, block: Block) -> tuple[int, ...]: ...

    async def write(self, device: Device, write: Write) -> None: ...


class Signer:
    """The crypto registers of one meter. Raises DriverError alone; may be cancelled at any moment and asked again."""

    def __init__(self, name: str, line: Registers, device: Device, clock: Clock, time_status: TimeStatus) -> None:
        self._name = name
        self._line = line
        self._device = device
        self._clock = clock
        self._clock_word = _ClockWord[time_status.name]

    async def public_key(self) -> str:
        """DER in hexadecimal digits; "" where the meter has none."""
        octets = await self._octets(PUBLIC_KEY, KEY_BYTES)
        return KEY_PREFIX + octets.hex().upper() if any(octets) else ""

    async def begin(self, identification: Identification) -> SignedValue:
        """Command B. What the meter measured before is ended first: nobody has a begin for it any more."""
        if await self._word(STATE) != IDLE:
            await self._prepare(dataset_of(identification))
            await self._command(END)
            await self._until_idle()
        began_s = await self._prepare(dataset_of(identification))
        await self._command(BEGIN)
        while True:
            text = await self._signed(measuring=True)
            if _is_begin(text, identification, began_s):
                return await self._value(text, ocmf.BEGIN_REASONS)
            await asyncio.sleep(LOOKS_EVERY_S)

    async def end(self, begun: SignedValue) -> SignedValue:
        """Command r; where it was taken before, what the meter still has of it."""
        before = self._read(begun.data)
        state = await self._word(STATE)
        if state != IDLE:
            if state == AFTER_POWER_CUT or await self._word(TIME_STATUS) != self._clock_word:
                await self._prepare(_dataset(before.fields))
            await self._command(END)
        elif await self._word(STATUS) in NOTHING_TO_SHOW:
            raise DriverRejected(self._name, "the meter ended this charge, and lost what it signed with its supply")
        looks_left = 0 if state == IDLE else LOOKS_FOR_AN_END
        while not _is_end_of(text := await self._signed(measuring=False), before):
            if not looks_left:
                what = "ended before, and shows another signature now" if state == IDLE else "ended another measurement"
                raise DriverRejected(self._name, f"the meter {what}: the end of this charge cannot be signed any more")
            looks_left -= 1
            await asyncio.sleep(LOOKS_EVERY_S)
        return await self._value(text, ocmf.END_REASONS)

    # --- what goes before a command

    async def _prepare(self, dataset: str) -> float:
        """Clock, form of the signature, dataset. The time that was written, in seconds of UTC."""
        utc_ms = self._clock.now().utc_ms
        if utc_ms is None:
            raise DriverUnavailable(self._name, "the charger does not know the time yet, and the meter signs it along")
        octets = dataset.encode("ascii")
        if len(octets) > DATASET_BYTES:
            raise DriverRejected(self._name, f"a dataset of {len(octets)} octets; the meter takes {DATASET_BYTES}")
        seconds = utc_ms // 1000
        await self._write(WRITE_REGISTERS, TIME, (seconds >> 16 & 0xFFFF, seconds & 0xFFFF))
        await self._write(WRITE_REGISTER, UTC_OFFSET, (0,))
        await self._write(WRITE_REGISTER, TIME_STATUS, (self._clock_word,))
        await self._write(WRITE_REGISTER, SIGNATURE_FORMAT, (HEXADECIMAL,))
        await self._write(WRITE_REGISTER, ALGORITHM, (SECP256R1,))
        words = _words(octets)
        for first in range(0, len(words), REGISTERS_AT_ONCE):
            await self._write(WRITE_REGISTERS, DATASET + first, tuple(words[first : first + REGISTERS_AT_ONCE]))
        await self._write(WRITE_REGISTER, DATASET_LENGTH, (len(octets),))
        return float(seconds)

    async def _command(self, command: int) -> None:
        await self._write(WRITE_REGISTER, COMMAND, (command,))

    # --- what comes after it

    async def _until_idle(self) -> None:
        while await self._word(STATE) != IDLE:  # noqa: ASYNC110 - a register tells nobody that it changed
            await asyncio.sleep(LOOKS_EVERY_S)

    async def _signed(self, *, measuring: bool) -> ocmf.Ocmf:
        """The payload, once the state is the one the command leads to and the signature is there."""
        while True:
            status = await self._word(STATUS)
            is_there = (await self._word(STATE) != IDLE) is measuring
            is_taken = status == SIGNED or (status in NOT_IN_THIS_STATE and is_there)
            if status >= FIRST_ERROR and not is_taken:
                words = STATUS_WORDS.get(status, "look into its manual, table 11")
                raise DriverRejected(self._name, f"the meter does not sign: status {status}, {words}")
            if is_there and is_taken:
                return self._payload(await self._octets(OUTPUT, await self._length(OUTPUT_LENGTH, OUTPUT_BYTES)))
            await asyncio.sleep(LOOKS_EVERY_S)

    async def _value(self, text: ocmf.Ocmf, reasons: frozenset[str]) -> SignedValue:
        signature = await self._octets(SIGNATURE, await self._length(SIGNATURE_LENGTH, SIGNATURE_BYTES))
        reading = text.reading(reasons)
        assert reading is not None
        exponent = (await self._ask(Block(READ_INPUT, ENERGY_EXPONENT, 1)))[0]
        step_wh = 10**exponent if exponent <= 6 else 1
        try:
            return SignedValue(
                data=ocmf.joined(text.payload, METHOD, shortest(signature).hex()),
                encoding=ocmf.HEADER,
                method=METHOD,
                public_key=await self.public_key(),
                signed_wh=int(reading.wh),
                step_wh=max(1, step_wh, int(reading.step_wh)),
                holds_begin=reasons is ocmf.END_REASONS and text.reading(ocmf.BEGIN_REASONS) is not None,
            )
        except ValueError as error:
            raise DriverImplausible(self._name, f"what the meter signed cannot be used: {error}") from error

    def _payload(self, octets: bytes) -> ocmf.Ocmf:
        try:
            return ocmf.read_payload(octets.decode("utf-8"))
        except ValueError as error:
            raise DriverImplausible(self._name, f"what the meter signed cannot be used: {error}") from error

    def _read(self, data: str) -> ocmf.Ocmf:
        try:
            return ocmf.read(data)
        except ocmf.NotOcmf as error:
            raise DriverRejected(self._name, f"the begin on record is none of this meter's: {error}") from error

    # --- the registers

    async def _length(self, register: int, most: int) -> int:
        octets = await self._word(register)
        if not 0 < octets <= most:
            raise DriverImplausible(self._name, f"the meter tells a signed text of {octets} octets")
        return octets

    async def _word(self, register: int) -> int:
        return (await self._ask(Block(READ_HOLDING, register, 1)))[0]

    async def _octets(self, first: int, count: int) -> bytes:
        found, registers = bytearray(), (count + 1) // 2
        for offset in range(0, registers, REGISTERS_AT_ONCE):
            many = min(REGISTERS_AT_ONCE, registers - offset)
            for word in await self._ask(Block(READ_HOLDING, first + offset, many)):
                found += word.to_bytes(2, "big")
        return bytes(found[:count])

    async def _ask(self, block: Block) -> tuple[int, ...]:
        try:
            return await self._line.read(self._device, block)
        except (Refused, Unanswered) as error:
            raise self._failure(error) from error

    async def _write(self, function: int, address: int, values: Sequence[int]) -> None:
        try:
            await self._line.write(self._device, Write(function, address, tuple(values)))
        except (Refused, Unanswered) as error:
            raise self._failure(error) from error

    def _failure(self, error: Refused | Unanswered) -> DriverError:
        if isinstance(error, Refused) and error.is_permanent:
            return DriverRejected(self._name, f"it answers with {error}: only a WM3M4C signs, a WM3M4 does not")
        return DriverUnavailable(self._name, str(error))


def dataset_of(identification: Identification) -> str:
    """The dataset of a charge; the order of the names is the meter's, and no space is allowed (manual 6.5.15)."""
    return _dataset(
        {
            "IS": identification.kind != "NONE",
            "IF": list(identification.flags),
            "IT": identification.kind,
            "ID": _clean(identification.data),
            "CI": _clean(identification.place),
        }
    )


def _dataset(fields: Mapping[str, Any]) -> str:
    """The same again from a text that holds it: the meter fills in what is empty here."""
    empty = dict.fromkeys(("GI", "GS", "PG", "MV", "MM", "MS", "MF"), "")
    who = {name: fields.get(name, default) for name, default in (("IS", False), ("IF", []), ("IT", "NONE"), ("ID", ""))}
    where = {"CT": "EVSEID", "CI": fields.get("CI") or ""}
    return json.dumps({"FV": "1.0", **empty, **who, **where, "RD": []}, separators=(",", ":"))


def _clean(text: str) -> str:
    """The sign that parts an OCMF text may not stand inside."""
    return text.replace(ocmf.SEPARATOR, " ")


def _is_begin(text: ocmf.Ocmf, identification: Identification, began_s: float) -> bool:
    """The begin that was just ordered, and no output of an earlier command."""
    reading = text.reading(ocmf.BEGIN_REASONS)
    if reading is None or text.reading(ocmf.END_REASONS) is not None:
        return False
    told_s = _utc_s(reading.time)
    is_now = told_s is not None and abs(told_s - began_s) <= CLOCK_TOLERANCE_S
    return is_now and text.fields.get("ID", "") == _clean(identification.data)


def _is_end_of(text: ocmf.Ocmf, begun: ocmf.Ocmf) -> bool:
    """It holds an end, and the very begin that is on record: its register, and whose it is."""
    here, there = text.reading(ocmf.BEGIN_REASONS), begun.reading(ocmf.BEGIN_REASONS)
    is_same = here is not None and there is not None and here.wh == there.wh
    is_whose = text.fields.get("ID", "") == begun.fields.get("ID", "")
    return is_same and is_whose and text.reading(ocmf.END_REASONS) is not None


def _utc_s(time: str) -> float | None:
    """`2023-04-14T11:51:06,000+0000 S`: OCMF table 7, field TM."""
    try:
        return datetime.strptime(time.split(" ", maxsplit=1)[0], "%Y-%m-%dT%H:%M:%S,%f%z").timestamp()
    except ValueError:
        return None


def _words(octets: bytes) -> list[int]:
    padded = octets + b"\0" * (len(octets) % 2)
    return [int.from_bytes(padded[place : place + 2], "big") for place in range(0, len(padded), 2)]


def shortest(signature: bytes) -> bytes:
    """The same two numbers in the one form that DER allows. Raises ValueError for what is no signature.

    The meter gives octets, or their hexadecimal digits. Firmware in the field pads the numbers to 32 octets where they
    are shorter, which strict verifiers refuse (found by EVerest's RsIskraMeter); the numbers are what counts.
    """
    octets = (
        signature if signature[:1] == b"\x30" and len(signature) > 2 and signature[1] == len(signature) - 2 else b""
    )
    if not octets:
        octets = bytes.fromhex(signature.decode("ascii"))
    if len(octets) < 8 or octets[0] != 0x30 or octets[1] != len(octets) - 2:
        raise ValueError("no signature in DER")
    numbers, place = [], 2
    while place < len(octets):
        if place + 2 > len(octets) or octets[place] != 0x02 or place + 2 + octets[place + 1] > len(octets):
            raise ValueError("no signature in DER")
        end = place + 2 + octets[place + 1]
        numbers.append(int.from_bytes(octets[place + 2 : end], "big"))
        place = end
    if len(numbers) != 2 or not all(numbers):
        raise ValueError("no two numbers in the signature")
    body = b"".join(_integer(number) for number in numbers)
    return bytes((0x30, len(body))) + body


def _integer(number: int) -> bytes:
    octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes((0x02, len(octets))) + octets
