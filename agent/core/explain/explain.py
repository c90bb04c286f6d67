"""Why a connector is charging or not: every reason, strongest first, with its evidence, its age and the next step.

Pure. Kept by tests over every session the core can reach: it says "charging" exactly where it names no reason that
stops the current, and never where none can flow.
"""

from __future__ import annotations

from agent.core.control_pilot import ContactorState
from agent.core.explain import beginnings, circumstances, obstacles
from agent.core.explain.chain import LinkSeen, chain
from agent.core.explain.reason import Effect, Part, Reason
from agent.core.explain.scene import Scene
from agent.core.faults.model import Reaction
from agent.core.session.model import Session, SessionPhase
from agent.core.session.offer import wanted_offer_a
from agent.values import frozen

PARTS: tuple[Part, ...] = (*obstacles.PARTS, *beginnings.PARTS, *circumstances.PARTS)


@frozen(kw_only=True)
class Explanation:
    """`headline` is one sentence. `charging`: a current can flow inside a transaction, as far as is known.

    `reasons` are the strongest first, `chain` is every link from the grid to the clock.
    """

    charging: bool
    headline: str
    reasons: tuple[Reason, ...]
    chain: tuple[LinkSeen, ...]


def explain(scene: Scene) -> Explanation:
    """Every reason, in the order of their effect."""
    order = list(Effect)
    # Stable: among equals the order of the parts is the order of effect.
    reasons = sorted(
        (reason for part in PARTS for reason in part(scene)), key=lambda reason: order.index(reason.effect)
    )
    charging = current_can_flow(scene.session)
    headline = _charging(scene.session) if charging else f"not charging: {reasons[0].what}"
    return Explanation(charging=charging, headline=headline, reasons=tuple(reasons), chain=chain(scene, reasons))


def current_can_flow(session: Session) -> bool:
    """The car may draw power now: transaction, offer, permission, closed contactor, and a car that asks."""
    return (
        session.phase is SessionPhase.CHARGING
        and session.transaction is not None
        and session.contactor is ContactorState.CLOSED
        and session.pilot.asks_for_power
        and session.permitted
        and session.encoded_a > 0
        and wanted_offer_a(session) > 0
        and session.faults.reaction not in (Reaction.OPEN, Reaction.X1)
    )


def _charging(session: Session) -> str:
    effective = session.limits.effective()
    source = f", set by {effective.source.words}" if effective.source else ""
    return f"charging: {session.encoded_a:g} A offered{source}"
