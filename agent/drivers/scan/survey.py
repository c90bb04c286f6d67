"""Everything that can be found at this machine, port by port; what others hold is named and left alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing

from agent.drivers.scan.finding import Finding
from agent.drivers.scan.serial_ports import PortEntry, holders
from agent.drivers.scan.strangers import at_port
from agent.values import frozen

Tell = Callable[[str], None]
"""Progress, for a person who waits."""
PSEUDO_TERMINALS = "/dev/pts/"
"""Whoever makes one holds both its ends."""


@frozen(kw_only=True)
class PortReport:
    """`holder`: who has the port and why it was not asked; "" where nobody has."""

    port: PortEntry
    holder: str = ""
    findings: tuple[Finding, ...] = ()


async def survey(
    ports: Iterable[PortEntry], owned: Mapping[str, str], *, most_address: int, quick: bool, tell: Tell
) -> AsyncIterator[PortReport]:
    """A report for each port. `owned`: what the agent calls the ports that it holds, by device; `quick` asks nobody."""
    for port in ports:
        holder = _holder(port, owned)
        if holder or quick:
            yield PortReport(port=port, holder=holder)
            continue
        tell(f"{port.stable}: listening, then asking …")
        addresses = range(1, most_address + 1)
        async with aclosing(at_port(port.stable, addresses)) as found:
            findings = [one async for one in found if one is not None]
        yield PortReport(port=port, findings=tuple(findings))


def _holder(port: PortEntry, owned: Mapping[str, str]) -> str:
    if port.device in owned:
        return owned[port.device]
    if port.is_console:
        return "the kernel's console; nothing is asked there"
    if port.device.startswith(PSEUDO_TERMINALS):
        return ""
    return " and ".join(f"{one.program} (process {one.pid})" for one in holders(port.device))
