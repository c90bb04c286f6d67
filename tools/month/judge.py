"""Whether every visit was billed once and to the Wh: what its plan allows, what the meter counted, what was told. Pure.

That the central system has what the agent's ledger has, and that all of it together is what the meters counted, is the
account of `tools/kill`; here each visit is held against its bill.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tools.month.visits import Visit
from tools.month.witnesses import Bill, Curve, Reading

SAMPLE_INTERVAL_S = 300
BEFORE_S = 90.0
AFTER_S = 75.0
"""A bill within these bounds of a visit belongs to it. Between two visits of a connector lie five minutes."""
STARTS_WITHIN_S = 60.0
"""A card, half a minute of a central system that does not answer, and the car's own hesitation."""
STOPS_WITHIN_S = 15.0
STALE_S = 2.5
"""A register is read every second, and told with the time of its reading."""
PERIODIC, END = "Sample.Periodic", "Transaction.End"


def bills_of(visit: Visit, bills: Sequence[Bill]) -> list[Bill]:
    """Those that belong to it by connector and time."""
    from_s, to_s = visit.arrives_s - BEFORE_S, visit.leaves_s + AFTER_S
    return [one for one in bills if one.connector == visit.connector and from_s <= one.started_s <= to_s]


def unclaimed(visits: Sequence[Visit], bills: Sequence[Bill]) -> list[Bill]:
    """Bills of nobody's visit."""
    claimed = {one.id for visit in visits for one in bills_of(visit, bills)}
    return [one for one in bills if one.id not in claimed]


def problems(visit: Visit, bills: Sequence[Bill], readings: Mapping[int, Sequence[Reading]], curve: Curve) -> list[str]:
    """Everything that is wrong with the bills of a visit, a sentence each; `readings` is by transaction."""
    own = bills_of(visit, bills)
    found = [*_number(visit, own), *_energy(visit, own, curve)]
    for one in own:
        found += [*_word(visit, one), *_times(visit, one)]
        found += _readings(visit, one, readings.get(one.id, ()), curve)
    return [f"{name(visit)}: {what}" for what in found]


def name(visit: Visit) -> str:
    """How a person calls it."""
    return f"{visit.kind} at connector {visit.connector}, {clock(visit.arrives_s)} to {clock(visit.leaves_s)}"


def clock(at_s: float) -> str:
    """Day and time within the month."""
    day, of_day_s = divmod(at_s, 86_400)
    return f"day {int(day)} {int(of_day_s // 3_600):02}:{int(of_day_s % 3_600 // 60):02}:{of_day_s % 60:04.1f}"


def _number(visit: Visit, bills: Sequence[Bill]) -> Iterator[str]:
    if len(bills) not in visit.bills:
        wanted = " or ".join(map(str, visit.bills))
        yield f"{len(bills)} transactions, must be {wanted}: {', '.join(str(one.id) for one in bills) or 'none'}"


def _energy(visit: Visit, bills: Sequence[Bill], curve: Curve) -> Iterator[str]:
    counted_wh = curve.wh_at(visit.leaves_s + AFTER_S) - curve.wh_at(visit.arrives_s - BEFORE_S)
    billed_wh = sum(one.stop_wh - one.start_wh for one in bills if one.stop_wh is not None)
    if billed_wh != counted_wh:
        yield f"{billed_wh} Wh were billed, the meter counted {counted_wh} Wh"


def _word(visit: Visit, one: Bill) -> Iterator[str]:
    if one.token != visit.token:
        yield f"transaction {one.id} was told for {one.token}, it was {visit.token or 'nobody'}"
    if one.stopped_s is None:
        yield f"transaction {one.id} was left open"
    elif one.reason not in visit.reasons:
        yield f"transaction {one.id} ended as {one.reason}, must be {' or '.join(sorted(visit.reasons))}"


def _times(visit: Visit, one: Bill) -> Iterator[str]:
    if visit.starts_s is not None and not 0 <= one.started_s - visit.starts_s <= STARTS_WITHIN_S:
        yield f"transaction {one.id} is said to have begun at {clock(one.started_s)}"
    if one.stopped_s is None:
        return
    if visit.stops_s is not None and not 0 <= one.stopped_s - visit.stops_s <= STOPS_WITHIN_S:
        yield f"transaction {one.id} is said to have ended at {clock(one.stopped_s)}, must be {clock(visit.stops_s)}"
    if not one.started_s <= one.stopped_s <= visit.leaves_s + AFTER_S:
        yield f"transaction {one.id} is said to have ended at {clock(one.stopped_s)}"


def _readings(visit: Visit, one: Bill, readings: Sequence[Reading], curve: Curve) -> Iterator[str]:
    for reading in readings:
        read_s = visit.leaves_s + AFTER_S if visit.is_cut and reading.context == END else reading.at_s
        least_wh, most_wh = curve.wh_at(reading.at_s - STALE_S), curve.wh_at(read_s)
        if not least_wh <= reading.wh <= most_wh:
            yield (
                f"transaction {one.id}: {reading.wh} Wh were told for {clock(reading.at_s)} ({reading.context}), "
                f"the meter showed {least_wh} to {most_wh} Wh"
            )
    if not visit.is_plain or one.stopped_s is None:
        return
    periodic = len({reading.at_s for reading in readings if reading.context == PERIODIC})
    due = int((one.stopped_s - one.started_s) // SAMPLE_INTERVAL_S)
    if not due - 1 <= periodic <= due + 1:
        yield f"transaction {one.id} has {periodic} readings by interval, must be {due}"
