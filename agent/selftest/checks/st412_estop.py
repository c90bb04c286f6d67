"""ST412 estop: the emergency stop opens the output, and has to be released before anything goes on."""

from __future__ import annotations

from agent.config.model import InputMeans
from agent.core.commissioning.model import Outcome, failed, not_applicable, skipped
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.bench import Bench, once_a_job
from agent.selftest.closings import close, is_closed, is_open, movement, opened
from agent.selftest.ending import Ended
from agent.selftest.judging.contactor import Reaction, reaction
from agent.selftest.refusals import cleared
from agent.selftest.standing_faults import barring
from agent.selftest.wired import wired

VERSION = 1
FAULT = "safety.emergency_stop"
NONE_HERE = "This charger has no emergency stop."
SHOWS_WITHIN_S = 2.0
STAYS_OPEN_S = 3.0
WANTED = Reaction(
    test="ST412",
    words="the emergency stop",
    by=("chain", "fault"),
    within_ms=60,
    target_ms=60,
    clause="safety requirement P30",
    cause=FAULT,
)
BRIDGED = "Check that the emergency stop's contact lies in the safety chain and is not bridged, then repeat."


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    if not _is_in_board_file(bench) and not await once_a_job(
        bench, "ST412.fitted", "Is an emergency stop wired to this charger?"
    ):
        raise Ended(not_applicable(NONE_HERE))
    closed_s = await close(bench, adapter)
    if not await bench.person.confirms(
        "ST412.pressed", "The outlet is live. Press the emergency stop now. Is it pressed?"
    ):
        raise Ended(skipped("The emergency stop was not pressed.", "Repeat with somebody who can reach it."))
    if await bench.until(lambda: not is_closed(bench), SHOWS_WITHIN_S) is None:
        await bench.permit(False)
        return failed("The emergency stop is pressed, and the outlet stays live.", BRIDGED, cause=FAULT)
    await opened(bench)
    seen = await movement(bench, closed_s)
    again = await bench.until(lambda: not is_open(bench), STAYS_OPEN_S)
    told = FAULT in bench.faults()
    await bench.permit(False)
    is_released = await bench.person.confirms("ST412.released", "Release the emergency stop. Is it released?")
    ended = is_released and await cleared(bench, adapter, FAULT)
    if again is not None or not told:
        return failed("The charger did not stay stopped while the emergency stop was pressed.", BRIDGED, cause=FAULT)
    if not is_released:
        return skipped("The emergency stop is still pressed.", "Release it, and repeat the test.")
    if not ended:
        says = "The emergency stop is released, and the charger still takes it for pressed."
        return failed(says, "Check the stop's contact and its wire: it does not close again.", cause=FAULT)
    return reaction([seen], bench.config.phases, WANTED, barring(bench))


def _is_in_board_file(bench: Bench) -> bool:
    inputs = (*bench.config.board.inputs, *wired(bench).inputs)
    return any(one.means is InputMeans.EMERGENCY_STOP for one in inputs)
