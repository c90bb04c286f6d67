"""One Modbus request: its bytes, and which bytes are its answer. Pure.

Framing and decoding are pymodbus'. It accepts more than may be trusted (3.16.1, tried): another function's answer,
fewer registers than were asked for, transaction id 0. So every answer is held against its request here, and what does
not fit is never decoded (field-problems.md section 1, rule 2).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerBase, FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadDiscreteInputsRequest,
    WriteMultipleCoilsRequest,
    WriteSingleCoilRequest,
)
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from agent.drivers.modbus.answers import BadAnswer, Misfit, Refused
from agent.drivers.modbus.block import (
    OF_BITS,
    OF_ONE,
    READ_COILS,
    READ_DISCRETE,
    READ_HOLDING,
    READ_INPUT,
    WRITE_COIL,
    WRITE_COILS,
    WRITE_REGISTER,
    WRITE_REGISTERS,
    Ask,
    Block,
    Write,
)

# The library calls every foreign frame an error; the bus statistics count them instead.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL + 1)

EXCEPTION_FLAG = 0x80
MBAP_HEADER_BYTES = 7
TRANSACTION_IDS = 0x10000


class RtuExchange:
    """A request on a serial line: no transaction id, so unit, function, length and checksum must do."""

    def __init__(self, unit: int, ask: Ask, *, hears_itself: bool = False) -> None:
        self._framer = FramerRTU(DecodePDU(False))
        self._unit = unit
        self._ask = ask
        self._received = b""
        self.frame: bytes = self._framer.buildFrame(_request(unit, ask, 0))
        self.ignored_bytes = 0
        """Echo of the request, noise and other devices' frames in front of the answer."""
        self.hears_itself = hears_itself
        """The line gives back what is said on it, as some half-duplex adapters do."""
        self._is_answered_by_itself = ask.function in OF_ONE
        self._may_be_echo = hears_itself or not self._is_answered_by_itself

    def feed(self, received: bytes) -> tuple[int, ...] | None:
        """What was read, or what was written, or None while the answer is incomplete. Raises BadAnswer, Refused."""
        self._received += received
        self._drop_up_to_head()
        if self._may_be_echo and self._received.startswith(self.frame):
            # Only to a write of one value is the request itself an answer; any other has its length or its count where
            # the request has something else.
            self._may_be_echo = not self._is_answered_by_itself
            self.hears_itself = True
            self._drop(len(self.frame))
            self._drop_up_to_head()
        if len(self._received) < self._expected_bytes():
            return None
        return _answer(self._framer, self._received, self._unit, 0, self._ask)

    def _drop_up_to_head(self) -> None:
        """Leave only what may be the beginning of the answer, or of the echo."""
        heads = (
            bytes((self._unit, self._ask.function)),
            bytes((self._unit, self._ask.function | EXCEPTION_FLAG)),
        )
        while self._received and not self._received.startswith(heads):
            if len(self._received) == 1 and self._received[0] == self._unit:
                return
            self._drop(1)

    def _drop(self, count: int) -> None:
        self._received = self._received[count:]
        self.ignored_bytes += count

    def _expected_bytes(self) -> int:
        """Length of the frame that has begun: exceptions are 5 bytes, answers tell theirs in the third."""
        if len(self._received) < 3 or (self._may_be_echo and self.frame.startswith(self._received[: len(self.frame)])):
            return len(self._received) + 1
        if self._received[1] & EXCEPTION_FLAG:
            return 5
        return self._ask.answer_bytes if isinstance(self._ask, Write) else 5 + self._received[2]


class TcpExchange:
    """A request over TCP: the transaction id names it, so a late answer is known as such and skipped."""

    hears_itself = False

    def __init__(self, unit: int, ask: Ask, transaction: int) -> None:
        self._framer = FramerSocket(DecodePDU(False))
        self._unit = unit
        self._ask = ask
        self._transaction = transaction
        self._received = b""
        self.frame: bytes = self._framer.buildFrame(_request(unit, ask, transaction))
        self.ignored_bytes = 0
        self.skipped_frames = 0
        """Answers to other transactions."""

    def feed(self, received: bytes) -> tuple[int, ...] | None:
        """What was read, or what was written, or None while the answer is incomplete. Raises BadAnswer, Refused."""
        self._received += received
        while (end := self._end_of_frame()) is not None:
            frame, self._received = self._received[:end], self._received[end:]
            if int.from_bytes(frame[:2], "big") == self._transaction:
                return _answer(self._framer, frame, self._unit, self._transaction, self._ask)
            self.skipped_frames += 1
            self.ignored_bytes += len(frame)
        return None

    def _end_of_frame(self) -> int | None:
        """Where the first frame ends, None while it is incomplete. Raises BadAnswer where this is no Modbus."""
        if len(self._received) < MBAP_HEADER_BYTES + 1:
            return None
        length = int.from_bytes(self._received[4:6], "big")
        if self._received[2:4] != b"\0\0" or not 3 <= length <= 254:
            raise BadAnswer(Misfit.DAMAGED)
        end = 6 + length
        return end if len(self._received) >= end else None


READS: Mapping[int, type[ModbusPDU]] = {
    READ_COILS: ReadCoilsRequest,
    READ_DISCRETE: ReadDiscreteInputsRequest,
    READ_HOLDING: ReadHoldingRegistersRequest,
    READ_INPUT: ReadInputRegistersRequest,
}
WRITES: Mapping[int, type[ModbusPDU]] = {
    WRITE_COIL: WriteSingleCoilRequest,
    WRITE_REGISTER: WriteSingleRegisterRequest,
    WRITE_COILS: WriteMultipleCoilsRequest,
    WRITE_REGISTERS: WriteMultipleRegistersRequest,
}


def _request(unit: int, ask: Ask, transaction: int) -> ModbusPDU:
    if isinstance(ask, Block):
        return READS[ask.function](dev_id=unit, transaction_id=transaction, address=ask.address, count=ask.count)
    if ask.function in OF_BITS:
        bits = [bool(value) for value in ask.values]
        return WRITES[ask.function](dev_id=unit, transaction_id=transaction, address=ask.address, bits=bits)
    return WRITES[ask.function](
        dev_id=unit, transaction_id=transaction, address=ask.address, registers=list(ask.values)
    )


def _answer(framer: FramerBase, frame: bytes, unit: int, transaction: int, ask: Ask) -> tuple[int, ...]:
    """The content of one complete frame, after every check."""
    try:
        _, answer = framer.handleFrame(frame, unit, transaction)
    except ModbusException as error:
        raise BadAnswer(Misfit.FOREIGN) from error
    if answer is None:
        raise BadAnswer(Misfit.DAMAGED)
    if answer.isError() and answer.function_code == ask.function | EXCEPTION_FLAG:
        raise Refused(answer.exception_code)
    content = _content(answer, ask) if answer.function_code == ask.function else None
    if content is None:
        raise BadAnswer(Misfit.FOREIGN)
    return content


def _content(answer: ModbusPDU, ask: Ask) -> tuple[int, ...] | None:
    """Of an answer of the right function; None where it does not fit."""
    of_bits = ask.function in OF_BITS
    told = tuple(int(bit) for bit in answer.bits) if of_bits else tuple(answer.registers)
    if isinstance(ask, Block):
        # Bits come in whole octets.
        count = (ask.count + 7) // 8 * 8 if of_bits else ask.count
        return told[: ask.count] if len(told) == count else None
    if answer.address != ask.address:
        return None
    if ask.function in OF_ONE:
        return told if told == ask.values else None
    return ask.values if answer.count == len(ask.values) else None
