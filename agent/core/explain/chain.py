"""The chain from the grid to the clock: each link is seen to be right, stops the charge, or nobody can tell.

Derived from the reasons, and from what was measured. A link with neither is unknown, which is the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from agent.core.control_pilot import PilotState
from agent.core.explain.links import FAULT_PREFIX, Link
from agent.core.explain.reason import Evidence, Reason
from agent.core.explain.scene import Scene, levels
from agent.core.limits import LimitSource
from agent.core.quantities import MeterSample, Phase
from agent.core.session.model import SessionPhase
from agent.core.time import LONG_AGO, Instant, rfc3339
from agent.values import frozen

FRESH_S = 120.0
"""How long a reading of the meter counts as seen; an idle one is read at least this often."""
LIVE_V = 85.0
"""Below it a phase is not live in any country; whether a live one is right is the pilot board's to judge."""
BLIND = frozenset(
    {"network.offline", "network.not_accepted", "clock.unknown", "clock.wrong", "meter.silent", "crash_loop"}
)
"""Reasons that stop no charge, and leave their link unseen."""
MAINS_LOSS = "mains.loss"
BLIND_LINKS = frozenset({Link.METER, Link.AUTHORIZATION, Link.NETWORK, Link.TIME})
"""A fault that only warns makes these unseen: a reader that is dead reads no card."""


class LinkState(Enum):
    OK = "ok"
    """Seen to be right; `what` may still tell of a warning."""
    BLOCKS = "blocks"
    UNKNOWN = "unknown"
    """Not seen to be right, and not what stops the charge."""


@frozen(kw_only=True)
class LinkSeen:
    """One link as it is now. `since` None: nobody knows, or it does not matter."""

    link: Link
    state: LinkState
    what: str
    evidence: Evidence = ()
    since: Instant | None = None


@frozen
class _Sight:
    """What was seen of a link; `is_right` False is a look that settles nothing."""

    what: str
    evidence: Evidence = ()
    since: Instant | None = None
    is_right: bool = True


def chain(scene: Scene, reasons: Sequence[Reason]) -> tuple[LinkSeen, ...]:
    """Every link, in the order of `Link`; `reasons` are those of the scene, strongest first."""
    return tuple(_link(link, scene, [one for one in reasons if one.link is link]) for link in Link)


def _link(link: Link, scene: Scene, reasons: Sequence[Reason]) -> LinkSeen:
    first = next((one for one in reasons if one.effect.stops_current), None)
    if first is not None:
        return _of(first, LinkState.BLOCKS)
    blind = next((one for one in reasons if _is_blind(one)), None)
    if blind is not None:
        return _of(blind, LinkState.UNKNOWN)
    sight = SIGHTS[link](scene)
    warning = next((one for one in reasons if one.key.startswith(FAULT_PREFIX)), None)
    what = sight.what if warning is None else f"{sight.what}; {warning.what}"
    state = LinkState.OK if sight.is_right else LinkState.UNKNOWN
    return LinkSeen(link=link, state=state, what=what, evidence=sight.evidence, since=sight.since)


def _is_blind(reason: Reason) -> bool:
    return reason.key in BLIND or (reason.key.startswith(FAULT_PREFIX) and reason.link in BLIND_LINKS)


def _of(reason: Reason, state: LinkState) -> LinkSeen:
    assert reason.link is not None
    return LinkSeen(
        link=reason.link, state=state, what=reason.what, evidence=reason.evidence, since=_known(reason.since)
    )


def _known(since: Instant | None) -> Instant | None:
    return None if since is None or since is LONG_AGO else since


def fresh_sample(scene: Scene) -> MeterSample | None:
    """The last reading of the meter, where it is young enough and the meter has not fallen silent since."""
    sample, session = scene.session.last_sample, scene.session
    if sample is None or session.meter_lost_since is not None or scene.now.since(sample.at) > FRESH_S:
        return None
    return sample


def _age(scene: Scene, sample: MeterSample) -> Evidence:
    return (("age_s", round(scene.now.since(sample.at), 1)),)


def _voltages(scene: Scene) -> Evidence:
    """Of the phases that are live, as the meter reads them; a reading from before the mains went is none."""
    sample, loss = fresh_sample(scene), scene.session.faults.find(MAINS_LOSS)
    # A loss from before this boot is older than any reading.
    if sample is not None and loss is not None and (sample.at.ms_since(loss.first_seen) or 0) < 0:
        sample = None
    volts = (None, None, None) if sample is None else sample.voltages_v
    return tuple(
        (f"{phase.value.lower()}_v", round(value, 1))
        for phase, value in zip(Phase, volts, strict=True)
        if value is not None and value >= LIVE_V
    )


def _grid(scene: Scene) -> _Sight:
    volts = _voltages(scene)
    sample = scene.session.last_sample
    if volts and sample is not None:
        read = f"the meter reads {', '.join(f'{value:g} V' for _, value in volts)}"
        return _Sight(read, (*volts, *_age(scene, sample)))
    live = scene.board.live_phases if scene.board is not None else ()
    if live:
        return _Sight(f"there is voltage behind the contactor on {', '.join(live)}", (("live", " ".join(live)),))
    return _Sight("no voltage was measured; without a fault of the mains that says nothing", is_right=False)


def _breaker(scene: Scene) -> _Sight:
    supply = scene.session.limits.named(LimitSource.SUPPLY)
    allows = () if supply is None else (("supply_a", supply.current_a),)
    share = "" if supply is None else f", and leaves {supply.current_a:g} A to this connector"
    if not _grid(scene).is_right:
        return _Sight(f"whether it is closed shows in no voltage{share}", allows, is_right=False)
    return _Sight(f"the circuit is live{share}", allows, None if supply is None else _known(supply.since))


def _meter(scene: Scene) -> _Sight:
    sample = fresh_sample(scene)
    if sample is None or sample.register_wh is None:
        return _Sight("it was not read yet, or only long ago", is_right=False)
    return _Sight(f"it reads {sample.register_wh} Wh", (("register_wh", sample.register_wh), *_age(scene, sample)))


def _hardware(scene: Scene) -> _Sight:
    session = scene.session
    if not session.board_speaks:
        return _Sight(f"the {scene.controller} was not heard yet", is_right=False)
    state = session.contactor.value
    return _Sight(
        f"the {scene.controller} answers, and holds no fault that stops a charge; contactor {state}",
        (("contactor", state),),
        _known(session.contactor_since),
    )


def _lock(scene: Scene) -> _Sight:
    session, board = scene.session, scene.board
    if not session.settings.has_lock and (board is None or board.lock == "none"):
        return _Sight("no lock is fitted, and none is needed", (("lock", "none"),))
    cable = () if board is None or board.cable_a is None else (("cable_a", board.cable_a),)
    lock = board.lock if board is not None and board.lock != "none" else ""
    if lock in ("locked", "unlocked"):
        return _Sight(f"the plug is {lock}", (("lock", lock), *cable))
    ordered = "locked" if session.outputs.locked else "unlocked"
    if session.outputs.unsure or lock:
        return _Sight(f"the lock is {lock or 'of unknown state'}", cable, is_right=False)
    return _Sight(f"the lock was told to be {ordered}, and has not complained", (("ordered", ordered), *cable))


def _pilot(scene: Scene) -> _Sight:
    session, state = scene.session, scene.session.pilot
    if not session.board_speaks or state in (PilotState.UNKNOWN, PilotState.E, PilotState.F):
        return _Sight("it reads nothing that can be relied on", levels(scene), _pilot_since(scene), is_right=False)
    return _Sight(f"it reads {state.value}", levels(scene), _pilot_since(scene))


def _pilot_since(scene: Scene) -> Instant | None:
    """Since when it reads what it reads; before the controller is heard that is nobody's knowledge."""
    return _known(scene.session.pilot_since) if scene.session.board_speaks else None


def _car(scene: Scene) -> _Sight:
    session = scene.session
    pilot = (("pilot", session.pilot.value),)
    if session.pilot.asks_for_power:
        return _Sight("it is plugged in and asks for power", pilot, _pilot_since(scene))
    if session.pilot.plugged:
        # Since when it is in is another moment than since when it does not ask.
        what = "it is plugged in; whether it asks shows once it is offered something"
        return _Sight(what, pilot, is_right=False)
    return _Sight("whether one is there cannot be seen", pilot, _pilot_since(scene), is_right=False)


def _authorization(scene: Scene) -> _Sight:
    session = scene.session
    # Not "accepted_by": that names a person where one signs something off, and such a member never leaves.
    accepted = (("accepted", session.accepted_by),) if session.accepted_by else ()
    if session.transaction is not None and session.phase is SessionPhase.CHARGING:
        return _Sight("somebody was accepted, and the charge is on record", accepted, session.transaction.started_at)
    if session.token is not None:
        return _Sight("somebody was accepted", accepted, _known(session.phase_since))
    if session.settings.free_vend_token is not None:
        return _Sight("nobody has to identify here")
    if session.refusal is not None:
        return _Sight("the last one who asked was refused", since=session.refusal.at, is_right=False)
    return _Sight("nobody has asked to charge yet", is_right=False)


def _limit(scene: Scene) -> _Sight:
    effective = scene.session.limits.effective()
    every = tuple((f"{entry.source.value}_a", entry.current_a) for entry in scene.session.limits.entries)
    if effective.current_a <= 0 or effective.source is None:
        # What decides belongs to another link, and stands there.
        return _Sight("no profile and no schedule says no; another link allows nothing", every)
    decides = scene.session.limits.named(effective.source)
    since = None if decides is None else _known(decides.since)
    return _Sight(f"{effective.current_a:g} A may be offered; {effective.source.words} decides", every, since)


def _network(scene: Scene) -> _Sight:
    network = scene.network
    if not network.configured:
        return _Sight("no central system is configured; this charger decides alone")
    answered = () if network.last_answer_s is None else (("last_answer_s", round(network.last_answer_s, 1)),)
    what = f"the central system at {network.host} is connected"
    registered = ", and has accepted this charger" if network.registration == "Accepted" else ""
    return _Sight(f"{what}{registered}", answered, _known(network.since), is_right=network.connected)


def _time(scene: Scene) -> _Sight:
    """It is unknown only beside a reason that says so (`surroundings`)."""
    utc_ms, ahead_s = scene.now.utc_ms, scene.network.clock_ahead_s
    utc = () if utc_ms is None else (("utc", rfc3339(utc_ms)),)
    ahead = () if ahead_s is None else (("central_system_ahead_s", round(ahead_s, 1)),)
    return _Sight("the time of day is known", (*utc, *ahead), is_right=utc_ms is not None)


SIGHTS: Mapping[Link, Callable[[Scene], _Sight]] = {
    Link.GRID: _grid,
    Link.BREAKER: _breaker,
    Link.METER: _meter,
    Link.HARDWARE: _hardware,
    Link.LOCK: _lock,
    Link.PILOT: _pilot,
    Link.CAR: _car,
    Link.AUTHORIZATION: _authorization,
    Link.LIMIT: _limit,
    Link.NETWORK: _network,
    Link.TIME: _time,
}
"""What is looked at where no reason says something stronger."""
