"""What one request asks for: consecutive registers or bits to read, or to write."""

from __future__ import annotations

from agent.values import frozen

READ_COILS, READ_DISCRETE = 1, 2
READ_HOLDING = 3
READ_INPUT = 4
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16
OF_BITS = (READ_COILS, READ_DISCRETE, WRITE_COIL, WRITE_COILS)
OF_ONE = (WRITE_COIL, WRITE_REGISTER)
REGISTERS_AT_MOST = 125
"""Modbus application protocol, section 6.3; many devices allow fewer."""


@frozen
class Block:
    """Consecutive registers of one device, or bits (functions 1 and 2), by their address on the wire, from 0."""

    function: int
    address: int
    count: int

    def __str__(self) -> str:
        return f"function {self.function}, 0x{self.address:04X} × {self.count}"

    def holds(self, function: int, address: int, count: int) -> bool:
        """Whether these registers are all inside."""
        return function == self.function and self.address <= address and address + count <= self.address + self.count

    @property
    def answer_bytes(self) -> int:
        """Of the frame on a serial line: unit, function, length, content, checksum."""
        return 5 + ((self.count + 7) // 8 if self.function in OF_BITS else 2 * self.count)


@frozen
class Write:
    """Values for consecutive registers (0…65535) or coils (0 or 1). It may arrive twice: only say what bears that.

    Functions 5 and 6 are answered by the request itself, which a line that hears itself gives back as well: where a
    device knows 15 and 16, they are better, and what counts is what is read back.
    """

    function: int
    address: int
    values: tuple[int, ...]

    def __post_init__(self) -> None:
        most = 1 if self.function in OF_BITS else 0xFFFF
        if not self.values or any(not 0 <= value <= most for value in self.values):
            raise ValueError(f"{self.values} cannot be written by function {self.function}")
        if self.function in OF_ONE and len(self.values) != 1:
            raise ValueError(f"function {self.function} writes one value, not {len(self.values)}")

    def __str__(self) -> str:
        return f"function {self.function}, 0x{self.address:04X} = {', '.join(map(str, self.values))}"

    @property
    def answer_bytes(self) -> int:
        """Unit, function, address, value or count, checksum."""
        return 8


Ask = Block | Write
