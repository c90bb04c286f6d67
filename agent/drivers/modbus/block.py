"""What is read in one request."""

from __future__ import annotations

from agent.values import frozen

READ_HOLDING = 3
READ_INPUT = 4
REGISTERS_AT_MOST = 125
"""Modbus application protocol, section 6.3; many devices allow fewer."""


@frozen
class Block:
    """Consecutive registers of one device, by their address on the wire, which counts from 0."""

    function: int
    address: int
    count: int

    def __str__(self) -> str:
        return f"function {self.function}, 0x{self.address:04X} × {self.count}"

    def holds(self, function: int, address: int, count: int) -> bool:
        """Whether these registers are all inside."""
        return function == self.function and self.address <= address and address + count <= self.address + self.count
