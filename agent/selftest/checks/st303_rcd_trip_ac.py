"""ST303 rcd.trip_ac: alternating residual current opens the output, where the charger itself has to do it.

An RCD in the distribution board takes the charger's own supply along: its readings belong to ST904.
"""

from __future__ import annotations

from agent.config.circuit import RcdType
from agent.core.commissioning.model import Outcome, failed, not_applicable
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.asking import by_tester, installed, limits
from agent.selftest.bench import Bench, Question
from agent.selftest.closings import close, is_closed
from agent.selftest.ending import Ended
from agent.selftest.judging.residual import AcStep, ac_steps, ac_trip
from agent.selftest.refusals import cleared
from agent.selftest.trip import tester_did_nothing, trip

VERSION = 1
FAULT = "rcd.ac_trip"
SHOWS_WITHIN_S = 2.0
CHARGER, UPSTREAM = "charger", "upstream"
WHERE = Question(
    key="ST303.where",
    text="Where is the 30 mA RCD of this outlet: in the charger, or upstream in the distribution board?",
    choices=(CHARGER, UPSTREAM),
    default=UPSTREAM,
)
ELSEWHERE = "The RCD is upstream: ST904 takes its readings."
NOWHERE = "The RCD is said to be upstream, and the circuit has none there: nobody has measured one (ST904)."
MEND = "Look where it is. Correct what ST908 noted, or fit one; then repeat ST908, ST904 and this test."
DOCS = "comm.site_docs"


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    if await bench.person.ask(WHERE) == UPSTREAM:
        raise Ended(not_applicable(ELSEWHERE) if _has_one_upstream(bench) else failed(NOWHERE, MEND, cause=DOCS))
    found: list[tuple[AcStep, float | None]] = []
    for step in ac_steps(limits(bench).rcd):
        if found and found[-1][0].within_ms is not None:
            await bench.renew_power()
        found.append(
            (step, await _half(bench, adapter, step) if step.within_ms is None else await _full(bench, adapter, step))
        )
        if (found[-1][1] is None) is not (step.within_ms is None):
            break
    return await by_tester(bench, ac_trip(found))


def _has_one_upstream(bench: Bench) -> bool:
    return installed(bench).rcd is not RcdType.NONE


async def _half(bench: Bench, adapter: Adapter, step: AcStep) -> float | None:
    """0 where it tripped, which it must not."""
    if not is_closed(bench):
        await close(bench, adapter)
    if not await bench.person.confirms(f"ST303.{_key(step)}", _press(step)):
        raise Ended(tester_did_nothing())
    return None if await bench.until(lambda: not is_closed(bench), SHOWS_WITHIN_S) is None else 0.0


async def _full(bench: Bench, adapter: Adapter, step: AcStep) -> float | None:
    """The tester's milliseconds; None where it did not trip."""
    opened = await trip(bench, adapter, f"ST303.{_key(step)}", _press(step), SHOWS_WITHIN_S)
    if opened is None:
        return None
    took_ms = await bench.person.number(
        Question(key=f"ST303.{_key(step)}_ms", text=f"Trip time at {step.words}", unit="ms", low=0.0, high=10_000.0)
    )
    await cleared(bench, adapter, FAULT)
    return took_ms


def _press(step: AcStep) -> str:
    return f"The outlet is live now. Press the tester with {step.words} at the adapter's socket. Has it done its test?"


def _key(step: AcStep) -> str:
    return f"x{step.factor:g}_{step.angle}".replace(".", "_")
