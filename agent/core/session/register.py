"""What register of the meter counts."""

from __future__ import annotations

from dataclasses import replace

from agent.core.facts import StopReason
from agent.core.quantities import MeterSample
from agent.core.session import energy, stopping
from agent.core.session.model import Session
from agent.core.session.turn import Turn


def follow(turn: Turn, sample: MeterSample) -> None:
    """A reading arrived: its register counts, is doubted, or is another meter's."""
    session = turn.session
    read_wh = sample.register_wh
    if read_wh is None:
        turn.session = replace(session, last_sample=sample)
        return
    followed = energy.follow(session.last_register_wh, session.doubt, read_wh, _can_rise_wh(session, sample))
    turn.session = replace(session, last_sample=sample, doubt=followed.doubt)
    match followed.verdict:
        case energy.Verdict.FOLLOWED:
            _believe(turn, sample, followed.register_wh)
            if turn.session.faults.faults:
                _recovers(turn)
        case energy.Verdict.REPLACED:
            _replaced(turn, sample, read_wh)
        case energy.Verdict.DOUBTED:
            pass


def _can_rise_wh(session: Session, sample: MeterSample) -> float:
    if session.last_register_at is None:
        return energy.can_rise_wh(0.0)
    # While we watch, the meter is trusted with more than the hardware should let through; in the dark it is not.
    power_w = session.settings.rated_power_w if session.is_register_of_record else energy.MAX_POWER_W
    return energy.can_rise_wh(sample.at.since(session.last_register_at), power_w)


def _believe(turn: Turn, sample: MeterSample, register_wh: int) -> None:
    turn.session = replace(
        turn.session, last_register_wh=register_wh, last_register_at=sample.at, is_register_of_record=False
    )


def _replaced(turn: Turn, sample: MeterSample, read_wh: int) -> None:
    """The meter insists on a register that cannot be. No Wh of the difference goes to any transaction.

    What another register says about an open transaction nobody can vouch for: it keeps the last one that counts. One
    from before a restart ends with that: nobody saw when the meter became another one.
    """
    session = turn.session
    known_wh = session.last_register_wh
    if known_wh is not None and (session.transaction is not None or session.is_register_of_record):
        evidence = (("known_wh", known_wh), ("read_wh", read_wh))
        turn.observe("meter.implausible", present=True, evidence=evidence)
    if session.transaction is None:
        _believe(turn, sample, read_wh)
    elif session.is_register_of_record:
        stopping.begin(turn, StopReason.FAULT)
    else:
        turn.session = replace(turn.session, last_register_at=sample.at)


def _recovers(turn: Turn) -> None:
    for id in ("meter.comm", "meter.implausible"):
        if turn.session.meter_lost_since is None and turn.session.faults.find(id) is not None:
            turn.observe(id, present=False)
