"""When a port is down, and when it is degraded: one table, which docs/health.md shows and a test compares.

No defect is what a car, its driver or the network's wish brings about: a car that is full, a card that is refused, a
charging profile of 0 A, a reservation, a fault that the car alone can have. Those are told by `explain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agent.core.health import degraded, down
from agent.core.health.model import Defect, PortSeen, Verdict
from agent.values import frozen


@frozen
class Rule:
    """One row. `key` is what its reasons are called, "fault.*" for a family; `when` says what must be the case."""

    key: str
    verdict: Verdict
    when: str
    find: Callable[[PortSeen], Iterator[Defect]]


DOWN, DEGRADED = Verdict.DOWN, Verdict.DEGRADED
RULES: tuple[Rule, ...] = (
    Rule("store.failed", DOWN, "storage full (< 8 MB), read-only or stalled, or a register was refused", down.store),
    Rule("program.stuck", DOWN, "a vital part of the program makes no progress", down.program),
    Rule("board.silent", DOWN, "the pilot board does not answer, or was not heard for 30 s from the start", down.board),
    Rule("fault.*", DOWN, "a fault opens, pauses, or bars the next charge while none runs", down.faults),
    Rule("limit.*", DOWN, "hardware, board, heat, breaker or the missing network leave less than 6 A", down.no_current),
    Rule("out_of_service", DOWN, "taken out of service, and no maintenance window is open", down.out_of_service),
    Rule("firmware.waits", DOWN, "new firmware waits for the last charge, and no other begins", down.firmware_waits),
    Rule("network.closed", DOWN, "away for a minute or not accepted, and nobody is known here", down.closed_by_policy),
    Rule("fault.*", DEGRADED, "a fault derates, warns, or bars the next charge while one runs", degraded.faults),
    Rule("limit.*", DEGRADED, "heat, board or the missing network leave less than is rated", degraded.less_current),
    Rule("start.failed", DEGRADED, "a fault ended the last start, and none came about since", degraded.failed_start),
    Rule("meter.silent", DEGRADED, "the meter gives no reading", degraded.meter),
    Rule("network.offline", DEGRADED, "the central system is away for a minute", degraded.offline),
    Rule("network.not_accepted", DEGRADED, "the central system has not accepted the charger", degraded.not_accepted),
    Rule("clock.unknown", DEGRADED, "the time of day is not known for a minute", degraded.clock),
    Rule("clock.wrong", DEGRADED, "it is a minute off the central system's clock", degraded.wrong_clock),
    Rule("certificate.ended", DEGRADED, "a certificate has ended", degraded.ended_certificates),
    Rule("certificate.ends", DEGRADED, "a certificate ends within 14 days", degraded.certificates),
    Rule("storage.low", DEGRADED, "less than 200 MB or 10 % of the disk are free", degraded.room),
    Rule("storage.worn", DEGRADED, "90 % of the storage's life are used, or it warns of its end", degraded.wear),
    Rule("queue.filling", DEGRADED, "80 % of the room for records that wait is used", degraded.queue),
    Rule("flapping.*", DEGRADED, "a fault, the meter or the link came and went 5 times in an hour", degraded.flapping),
    Rule("crash_loop", DEGRADED, "the program ended 3 times in an hour, and not in order", degraded.crash_loop),
    Rule("device.silent", DEGRADED, "a reader, sensor, input or another device does not answer", degraded.devices),
)
