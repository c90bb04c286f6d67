"""Why a connector offers what it offers: every limit by name, which one decides, and what time will change."""

from __future__ import annotations

from typing import Any

from agent.control.moments import told
from agent.control.sharing import supply_body
from agent.core.explain.sharing import SharedSupply, none_of
from agent.core.limits import LimitSource, offerable
from agent.core.schedule.composite import ComposedPeriod, CompositeSchedule
from agent.core.session.model import Session
from agent.core.time import Instant

OF_PROFILES = frozenset({LimitSource.NETWORK, LimitSource.CHARGE_POINT_MAX})
LOOKS_AHEAD_S = 86_400


def current_explained(
    session: Session, schedule: CompositeSchedule, shared: SharedSupply | None, now: Instant
) -> dict[str, Any]:
    """As the reply has it. `schedule` is that of the connector from `now` on."""
    share = "" if shared is None else none_of(shared, session.connector)
    effective = session.limits.effective()
    following = schedule.periods[1] if len(schedule.periods) > 1 else None
    by_profile = effective.source in OF_PROFILES and schedule.periods[0].profile_id is not None
    return {
        "allowed_a": effective.current_a,
        "offered_a": session.encoded_a,
        "decides": effective.source.value if effective.source else None,
        "detail": effective.detail,
        "limits": [
            {
                "source": entry.source.value,
                "current_a": entry.current_a,
                "detail": entry.detail,
                "since": told(entry.since, now),
                "decides": entry.source is effective.source,
            }
            for entry in sorted(session.limits.entries, key=lambda entry: entry.current_a)
        ],
        "profile": _profile(schedule, following, now) if by_profile else None,
        "next": None if following is None else _following(following, now),
        "ahead_s": None if schedule.start_ms is None else schedule.duration_s,
        **({"share": share} if share else {}),
        **({} if shared is None else {"supply": supply_body(shared)}),
    }


def _profile(schedule: CompositeSchedule, following: ComposedPeriod | None, now: Instant) -> dict[str, Any]:
    until = None if following is None else told(now.plus(following.start_s), now)
    return {"id": schedule.periods[0].profile_id, "until": until}


def _following(period: ComposedPeriod, now: Instant) -> dict[str, Any]:
    """What time brings, as far as this charger alone decides it."""
    return {
        "at": told(now.plus(period.start_s), now),
        "in_s": period.start_s,
        "allowed_a": offerable(period.current_a),
        "profile": period.profile_id,
    }
