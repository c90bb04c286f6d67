"""How long each vital task may be silent, what waits after the start, and how long the end may take.

Here and not in app.py, which wires and has enough of it.
"""

from __future__ import annotations

from agent.connector.retiring import RETIRES_WITHIN_S
from agent.ocpp_client.link import GOODBYE_WITHIN_S
from agent.station.building import EQUIPMENT_CLOSES_WITHIN_S
from agent.station.upkeep import CONCLUDES_WITHIN_S as UPKEEP_CONCLUDES_WITHIN_S
from agent.station.wire_trace import CONCLUDES_WITHIN_S as TRACE_CONCLUDES_WITHIN_S
from agent.store.journal import CONCLUDES_WITHIN_S as JOURNAL_CONCLUDES_WITHIN_S
from agent.store.writer import CLOSES_WITHIN_S as STORE_CLOSES_WITHIN_S

CONNECTOR_BOUND_S = 20.0
"""A connector stamps at least every 5 s; a record on a stalling card may hold it up for a while."""
CONTROL_AFTER_S = 0.3
"""Its modules take some ten milliseconds to load; measured, they would be part of every start."""
METER_BOUND_S = 120.0
"""Every reading ends, but on a line that is never quiet several silent meters wait for each other, 5 s a question."""
LINK_BOUND_S = 15.0
"""The link speaks at least every 5 s; the board itself opens after 2 s without a word."""
LIMITS_BOUND_S = 90.0
"""They are looked at every 30 s at least."""
STORE_BOUND_S = 60.0
"""An SD card that stalls comes back within seconds; one that does not in a minute is gone. Proposed value."""
TASKS_END_WITHIN_S = 2.0
"""All are told at once, and two have a last word: the health channel and the text for Prometheus. A number, for they
are loaded only where they are wanted; a test holds it against their bounds."""
ENDS_WITHIN_S = (
    RETIRES_WITHIN_S
    + GOODBYE_WITHIN_S
    + TASKS_END_WITHIN_S
    + EQUIPMENT_CLOSES_WITHIN_S
    + JOURNAL_CONCLUDES_WITHIN_S
    + TRACE_CONCLUDES_WITHIN_S
    + UPKEEP_CONCLUDES_WITHIN_S
    + STORE_CLOSES_WITHIN_S
)
"""Every wait between the wish to end and the end, one after the other. The unit's TimeoutStopSec lies above."""
