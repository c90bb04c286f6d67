"""What is counted from the start on: faults, attempts, outages; in numbers that never fall."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis.strategies import floats, integers, lists, none, one_of, sampled_from, tuples

from agent.bus import Bus, News
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.core.visits.model import Outcome
from agent.events import misfit
from agent.station.counts import Counts
from firmware_sim.virtual_loop import run

FIELDS_OF_A_SESSION: dict[str, str | float | None] = {
    **{"attempt": 1, "energy_wh": 0, "peak_power_w": 0.0, "offered_a": 0.0, "excluded": "", "failure_class": ""},
    **{"code": "", "mrec": "", "stop_reason": "", "authorization": ""},
}
FIELDS_OF_AN_OUTAGE: dict[str, str | float | None] = {
    "cause": "x",
    "began": "",
    "excluded_class": "",
    "excluded_by": "",
}


def news(name: str, port: int, **fields: str | float | None) -> News:
    assert misfit(name, fields) == ""
    return News(name=name, at=Instant(0.0), connector=ConnectorId(port), fields=tuple(fields.items()))


def counted(*told: News) -> Counts:
    async def story() -> Counts:
        bus = Bus()
        counts = Counts(bus)
        for one in told:
            bus.tell(one)
        task = asyncio.ensure_future(counts.run())
        await asyncio.sleep(1.0)
        task.cancel()
        return counts

    return run(story())


def session(port: int, start: str, end: str, seconds: float | None = None) -> News:
    return news("session.recorded", port, start=start, end=end, charge_start_s=seconds, **FIELDS_OF_A_SESSION)


def outage(port: int, of: str, lasted_s: float | None, excluded_s: float | None) -> News:
    fields: dict[str, str | float | None] = {
        "class": of,
        "lasted_s": lasted_s,
        "excluded_s": excluded_s,
        **FIELDS_OF_AN_OUTAGE,
    }
    return news("outage.ended", port, **fields)


def test_faults_are_counted_by_port_and_code_also_those_told_before_anybody_counted() -> None:
    raised = [news("fault.raised", port, id="cp.short", severity="C", evidence="") for port in (1, 1, 2)]

    counts = counted(*raised, news("fault.cleared", 1, id="cp.short"))

    assert dict(counts.faults) == {(1, "cp.short"): 2, (2, "cp.short"): 1}


def test_an_attempt_is_a_success_where_start_and_end_were() -> None:
    counts = counted(
        session(1, "success", "success", 12.5),
        session(1, "success", "failed", 80.0),
        session(1, "failed", "none"),
        session(2, "excluded", "none"),
    )

    assert dict(counts.sessions) == {(1, Outcome.SUCCESS): 1, (1, Outcome.FAILED): 2, (2, Outcome.EXCLUDED): 1}
    assert (counts.starts.sum, counts.starts.cumulative()[-1]) == (92.5, 2)


@given(
    lists(
        tuples(integers(1, 2), sampled_from(["grid", "site"]), one_of(none(), floats(0, 1e6)), floats(0, 1)),
        max_size=20,
    )
)
def test_seconds_of_outages_add_up_and_those_that_do_not_count_are_apart(
    outages: list[tuple[int, str, float | None, float]],
) -> None:
    told = [outage(port, of, s, None if s is None else s * share) for port, of, s, share in outages]

    counts = counted(*told)

    for port in (1, 2):
        for of in ("grid", "site"):
            mine = [(s, s * share) for at, whose, s, share in outages if (at, whose) == (port, of) and s is not None]
            out_s = counts.outages_s.get((port, of, True), 0.0)
            in_s = counts.outages_s.get((port, of, False), 0.0)
            assert abs(out_s - sum(part for _, part in mine)) < 1e-3
            assert abs(out_s + in_s - sum(whole for whole, _ in mine)) < 1e-3
            assert in_s >= 0.0
