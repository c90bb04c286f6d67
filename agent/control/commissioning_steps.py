"""The steps of a commissioning that are no tests: who, plan and hard limit, load management, report, hand-over."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from agent.config.plan_files import NAME
from agent.control import commissioning_texts, plan_applying
from agent.control.commissioning_limit import limited
from agent.control.commissioning_sitting import Restarts, Sitting
from agent.core.commissioning import record
from agent.core.commissioning.flow import End
from agent.core.commissioning.model import JobState, Verdict
from agent.core.commissioning.steps import Step
from agent.errors import BadRequest, Busy, SecurityError, StoreError

REPORT_ID = "report.id"
SIGNATURE = ("ST910", None)


async def done(sitting: Sitting, step: Step) -> End:
    """What became of a step's own work. Raises TerminalLost and StoreError."""
    match step:
        case Step.IDENTIFY:
            return await _identified(sitting)
        case Step.PLAN:
            return await _planned(sitting)
        case Step.LOAD_MANAGEMENT:
            return _shared(sitting)
        case Step.REPORT:
            return await _reported(sitting)
        case Step.HAND_OVER:
            return await _handed_over(sitting)
        case Step.SELF_TEST | Step.MEASUREMENTS | Step.ADAPTER | Step.NETWORK | Step.ACTIVATE:
            raise AssertionError(f"{step.value} consists of tests")
        case _:
            assert_never(step)


async def _identified(sitting: Sitting) -> End:
    typed = sitting.job.answers.get("label.serial", "")
    own = sitting.station.config.station.serial_number
    who = sitting.name
    if not who or not typed:
        lacking = "your name" if not who else "the serial number on the label"
        says = f"{lacking} was not given, and the report says who tested what; go on with: again"
        return End(step=Step.IDENTIFY, verdict=Verdict.FAIL, says=says)
    if not own or own.casefold() == typed.casefold():
        why = "" if own else "; the plan names no serial number, so nothing was compared"
        return End(step=Step.IDENTIFY, verdict=Verdict.PASS if own else Verdict.WARN, says=f"{typed}, {who}{why}")
    await sitting.answer("label.serial", "")
    return End(
        step=Step.IDENTIFY,
        verdict=Verdict.FAIL,
        says=f"the label says {typed}, and this charger was set up as {own}: "
        "read the label again, or apply the plan of this unit (evsectl commission --plan FILE)",
    )


# The plan.


async def _planned(sitting: Sitting) -> End:
    try:
        words, verdict = await _plan(sitting)
    except (BadRequest, Busy, StoreError) as error:
        return End(step=Step.PLAN, verdict=Verdict.FAIL, says=str(error))
    if verdict is Verdict.FAIL:
        return End(step=Step.PLAN, verdict=verdict, says=words)
    return await limited(sitting, words, verdict)


async def _plan(sitting: Sitting) -> tuple[str, Verdict]:
    """How what is in force stands to a plan. Raises BadRequest, Busy, StoreError, and Restarts once it was applied."""
    if not sitting.given.with_plan:
        if any(f"/{NAME}:" in origin for origin in sitting.station.config.origins.values()):
            return "as the plan that was applied here says", Verdict.PASS
        return "no plan was applied here: what the site file says holds (evsectl plan new begins one)", Verdict.WARN
    arguments = {"serial": sitting.given.serial} if sitting.given.serial else {}
    found = await plan_applying.diff(sitting.station, arguments, sitting.conversation)
    rows = found.body["changes"]
    if not rows:
        return f"{found.body['serial_number']} is as planned", Verdict.PASS
    await sitting.person.say({"changes": rows})
    if await sitting.asked(commissioning_texts.apply(len(rows))) != "yes":
        return f"{len(rows)} keys differ from the plan and were left: evsectl plan diff shows them", Verdict.FAIL
    await sitting.keep(replace(sitting.job, state=JobState.PAUSED))
    done = await plan_applying.apply(sitting.station, {**arguments, "yes": True}, sitting.conversation)
    raise Restarts(len(done.body["changes"]))


# The rest.


def _shared(sitting: Sitting) -> End:
    """What can be looked at of a feeder that the central system shares; a site meter is not built."""
    site, ocpp = sitting.station.config.site, sitting.station.config.ocpp
    if ocpp is None:
        says = "safe_current_a is set and no central system: nobody shares the feeder; leave it out, or add [ocpp]"
        return End(step=Step.LOAD_MANAGEMENT, verdict=Verdict.FAIL, says=says)
    network = sitting.station.network()
    falls_back = f"falls back to {site.safe_current_a:g} A after {site.safe_after_s:g} s of silence"
    if not network.connected:
        says = f"{falls_back}; but the central system that shares the feeder is not connected: {network.cause}"
        return End(step=Step.LOAD_MANAGEMENT, verdict=Verdict.FAIL, says=says)
    return End(
        step=Step.LOAD_MANAGEMENT,
        verdict=Verdict.WARN,
        says=f"the central system is connected and shares the feeder; {falls_back}. Not tried here: the fall-back "
        "itself (pull the network plug under load and watch), and a site meter, which is not built",
    )


async def _reported(sitting: Sitting) -> End:
    try:
        sealed = await sitting.desk.seal(sitting.job, sitting.site)
    except (StoreError, SecurityError) as error:
        return End(step=Step.REPORT, verdict=Verdict.FAIL, says=str(error))
    report = str(sealed["report_id"])
    await sitting.answer(REPORT_ID, report)
    await sitting.person.say({"report": dict(sealed)})
    if not record.has_passed(record.latest_at(sitting.job, SIGNATURE)):
        says = f"report {report} is sealed, and nobody took responsibility for it (ST910): it is not complete"
        return End(step=Step.REPORT, verdict=Verdict.WARN, says=says)
    return End(step=Step.REPORT, verdict=Verdict.PASS, says=f"report {report} is sealed")


async def _handed_over(sitting: Sitting) -> End:
    """Said and not done here: the pack and the owner's check-list are commands of their own, and may take days."""
    if lacking := record.missing(sitting.job, sitting.site):
        things = "1 thing is" if len(lacking) == 1 else f"{len(lacking)} things are"
        says = f"not applicable: the charger is not complete yet, {things} missing"
        return End(step=Step.HAND_OVER, verdict=Verdict.SKIP, says=says)
    says = "still to do, with the owner: evsectl handover pack pack.pdf, then evsectl handover"
    return End(step=Step.HAND_OVER, verdict=Verdict.WARN, says=says)
