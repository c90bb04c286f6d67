"""From the simulator, as an example: connector 1, 2027-01-15T08:00:41.100Z, FaultObserved, recorded by version 0.1.0.

When the test was made, the core decided as it was recorded.
"""

from __future__ import annotations

from pathlib import Path

from tests.replays import orders_at_the_end

RIGHT: list[str] = [
    (
        "Tell(name='fault.raised', fields=(('id', 'cp.diode'), ('severity', 'C'), ('evidence', 'high_v 5."
        "624, low_v -5.624, shunt_ohm 882')))"
    ),
    "Tell(name='offer.changed', fields=(('current_a', 0.0), ('reason', 'Fault')))",
    "OfferCurrent(current_a=0.0, reason='Fault')",
    "PermitPower(permitted=False)",
    (
        "RecordStopDecision(key='17cf938398d84ddf90b6d224ca5cad6c', reason=FAULT, token=None, at=Instant("
        "monotonic_s=41.09999999999993, utc_ms=1800000041100, boot_id='boot-1'))"
    ),
    (
        "ReportStatus(report=StatusReport(connector=1, status=FAULTED, at=Instant(monotonic_s=41.09999999"
        "999993, utc_ms=1800000041100, boot_id='boot-1'), fault_ids=('cp.diode',), info=''))"
    ),
    "Show(signal=FAULT)",
]
"""As it was recorded. Where that was the mistake, write here what is right."""


def test_fault_observed_2027_01_15t08_00_41_100z() -> None:
    assert orders_at_the_end(Path(__file__).with_suffix(".rec")) == RIGHT
