"""What keeps everybody from charging at a port, each as one function of the table in rules.py."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.asking import why_closed
from agent.core.control_pilot import MIN_OFFER_A
from agent.core.faults.model import BOARD_SILENT
from agent.core.health.common import faults_of, limits_of, of_limit
from agent.core.health.model import Defect, PortSeen, Verdict

BOARD_GRACE_S = 30.0
"""Until a pilot board that has not been heard counts as silent."""
FULL_MB = 8
"""Below it the next record may find no room."""
STORE = "store"
"""What the vital part is called that writes records."""


def store(seen: PortSeen) -> Iterator[Defect]:
    storage, transaction = seen.around.storage, seen.session.transaction
    why = ""
    if storage.is_read_only:
        why = "the storage takes no writing"
    elif storage.free_mb is not None and storage.free_mb < FULL_MB:
        why = f"the disk is full, {storage.free_mb:.1f} MB are free"
    elif STORE in seen.around.overdue:
        why = "the storage has held up a record for longer than a minute"
    elif seen.session.store_refuses:
        why = "a record of this connector could not be written, and is tried again"
    elif transaction is not None and transaction.is_unrecorded:
        why = "the register of the running charge could not be put on record"
    if why:
        text = f"{why}; what is not on record may not be charged"
        yield _down("store.failed", text, remedy="make room on the disk; if it takes no writing, exchange the storage")


def program(seen: PortSeen) -> Iterator[Defect]:
    stuck = [name for name in seen.around.overdue if name != STORE]
    if stuck:
        text = f"a vital part of the program makes no progress: {', '.join(stuck)}"
        yield _down(
            "program.stuck", text, remedy="wait a minute, the watchdog restarts the program; then see its starts"
        )


def board(seen: PortSeen) -> Iterator[Defect]:
    session = seen.session
    is_late = not session.board_heard and seen.around.runs_s > BOARD_GRACE_S
    if session.board_lost or is_late:
        fault = session.faults.find(BOARD_SILENT)
        yield Defect(
            key="board.silent",
            verdict=Verdict.DOWN,
            text=f"the {seen.controller} does not answer",
            since=session.pilot_since if session.board_lost else session.phase_since,
            remedy=f"check the cable and the supply of the {seen.controller}; it is asked again all the time",
            severity=fault.kind.severity.value if fault else "",
        )


def faults(seen: PortSeen) -> Iterator[Defect]:
    return faults_of(seen, Verdict.DOWN)


def no_current(seen: PortSeen) -> Iterator[Defect]:
    yield from (of_limit(limit, Verdict.DOWN) for limit in limits_of(seen) if limit.current_a < MIN_OFFER_A)


def out_of_service(seen: PortSeen) -> Iterator[Defect]:
    if seen.session.is_out_of_service and not seen.around.is_planned and not seen.around.firmware_waits:
        text = "the connector is out of service, and no maintenance window is open"
        remedy = "the central system took it out (ChangeAvailability), and puts it back"
        yield _down("out_of_service", text, remedy=remedy)


def firmware_waits(seen: PortSeen) -> Iterator[Defect]:
    """Who took the connectors out is the agent itself."""
    if seen.session.is_out_of_service and seen.around.firmware_waits:
        text = "new firmware is installed once no car charges any more, and no charge begins before"
        yield _down("firmware.waits", text, remedy="let the last charge end; which one is told by: evsectl explain")


def closed_by_policy(seen: PortSeen) -> Iterator[Defect]:
    """By the same decision that is an outage for uptime."""
    network = seen.around.network
    why = why_closed(seen.session, network.asking)
    if why:
        yield Defect(
            key="network.closed",
            verdict=Verdict.DOWN,
            text=why,
            since=network.since,
            remedy="LocalAuthorizeOffline, AllowOfflineTxForUnknownId, a list or a cache decide about such times",
        )


def _down(key: str, text: str, *, remedy: str) -> Defect:
    return Defect(key=key, verdict=Verdict.DOWN, text=text, remedy=remedy)
