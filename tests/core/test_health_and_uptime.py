"""Two tables say when nobody can charge at a port, health's and uptime's: they agree, over sessions of the core."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from agent.core.control_pilot import ContactorState
from agent.core.explain.scene import NetworkState
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import BOARD_SILENT
from agent.core.health.common import OF_THE_CAR
from agent.core.health.model import Verdict
from agent.core.health.verdict import judged
from agent.core.limits import LimitSource
from agent.core.session.events import FaultObserved, LimitChanged
from agent.core.session.model import Session, SessionPhase
from agent.core.uptime.causes import cause_of, class_of_fault
from agent.core.uptime.model import CauseClass
from tests.core.health.scenes import seen
from tests.core.health.test_verdict import HAPPENINGS, after
from tests.core.test_asking import networks
from tests.searching import costly

OF_THE_CHARGER = sorted(id for id in CATALOGUE if class_of_fault(id) is not CauseClass.VEHICLE and id not in OF_THE_CAR)
"""What a car alone can have is no defect; uptime tells it all the same, and lets it count where that is not certain."""
BEGINNINGS: tuple[list[str], ...] = ([], ["charge"], ["no disk", "charge"], ["charge", "out"])
"""What seldom comes about by chance."""

NAMES = {"board.silent": {"board.silent", f"fault.{BOARD_SILENT}"}}
"""Uptime has one name for it from its first moment to its last."""


# While a self-test has the connector health holds nothing against it, and uptime has that as maintenance.
histories = st.builds(
    lambda beginning, rest: [*beginning, *rest],
    st.sampled_from(BEGINNINGS),
    st.lists(st.sampled_from(sorted(set(HAPPENINGS) - {"lend"})), max_size=12),
)


def dispenses(session: Session) -> bool:
    """It is in use, whatever ends that in the next moment."""
    return session.permitted and session.contactor is ContactorState.CLOSED


def is_held_up_by_disk(session: Session) -> bool:
    """A charge that is under way: down for health, and no outage for uptime (docs/uptime.md)."""
    is_unrecorded = session.transaction is not None and session.transaction.is_unrecorded
    return is_unrecorded or (session.store_refuses and session.phase is not SessionPhase.STARTING)


@given(
    histories,
    st.lists(st.sampled_from(OF_THE_CHARGER), max_size=2),
    st.sampled_from(LimitSource),
    st.sampled_from([0.0, 5.9, 6.0, 16.0]),
    networks,
)
@costly(1_000, search=10_000)
def test_a_port_is_down_for_health_exactly_where_uptime_has_an_outage_and_for_the_same_reason(
    history: list[str], faults: list[str], source: LimitSource, limit_a: float, network: NetworkState
) -> None:
    station = after(history)
    for id in faults:
        station.feed(FaultObserved(id=id, present=True))
    station.feed(LimitChanged(source=source, current_a=limit_a, detail="some key"))
    session = station.session
    assume(session.board_heard and not dispenses(session) and not is_held_up_by_disk(session))

    reasons = judged(seen(station, network=network)).defects
    cause = cause_of(session, network.asking)

    down = {one.key for one in reasons if one.verdict is Verdict.DOWN}
    assert (cause is not None) == bool(down)
    assert cause is None or down & NAMES.get(cause.key, {cause.key})
