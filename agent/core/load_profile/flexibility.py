"""What of a charge could be shed or raised at this moment, and by which limit of the network it is commanded. Pure.

Said is only what is known: how much a car still wants and when it leaves nobody tells a charger of IEC 61851 and OCPP
1.6, so nothing is promised to be shifted. Nothing is offered for a port that does not charge, unless the network
itself paused its charge: that could be raised again.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.core.control_pilot import MIN_OFFER_A
from agent.core.explain.explain import current_can_flow
from agent.core.limits import LimitSource, offerable
from agent.core.quantities import MeterSample
from agent.core.schedule.compose import NOMINAL_V
from agent.core.schedule.profile import ProfilePurpose
from agent.core.session.model import Session
from agent.core.session.offer import is_due_power
from agent.core.time import Instant
from agent.values import frozen

FRESH_S = 30.0
"""An older reading says nothing of now: a meter is read each second while a car is plugged in."""
PHASE_FROM_A = 1.0
"""A phase that carries less is not used by the car."""
PHASE_FROM_V = 100.0
"""A phase below it is not wired, or has failed."""
TAKES_ALL_WITHIN_A = 1.5
"""So much below the offer a car may stay and still take all of it: it controls its current in steps."""
OF_THE_NETWORK = (LimitSource.NETWORK, LimitSource.CHARGE_POINT_MAX)


@frozen(kw_only=True)
class Flexibility:
    """Watts. `shed_w`: by a pause; `shed_to_minimum_w`: down to 6 A; `raise_w`: at most, the car decides what it takes.

    None: not known. `shed_by` and `raise_by`: the purpose of the charging profile that commands it, None: nothing does.
    """

    drawn_w: int | None = None
    shed_w: int = 0
    shed_to_minimum_w: int | None = 0
    raise_w: int | None = 0
    shed_by: ProfilePurpose | None = None
    raise_by: ProfilePurpose | None = None


NOTHING = Flexibility()


def flexibility_of(session: Session, now: Instant) -> Flexibility:
    """Of one port."""
    sample = session.last_sample
    if sample is None or now.since(sample.at) > FRESH_S:
        return NOTHING
    if _is_paused_by_network(session):
        return _of_pause(session, sample)
    if not current_can_flow(session) or sample.power_w is None:
        return NOTHING
    drawn_w = max(0, round(sample.power_w))
    w_per_a = _watts_per_ampere(sample)
    least = None if w_per_a is None else max(0, min(drawn_w, round(drawn_w - MIN_OFFER_A * w_per_a)))
    raised_w = _raise_w(session, sample, w_per_a)
    return Flexibility(
        drawn_w=drawn_w,
        shed_w=drawn_w,
        shed_to_minimum_w=least,
        raise_w=raised_w,
        shed_by=ProfilePurpose.TX if drawn_w else None,
        raise_by=_raised_by(session) if raised_w else None,
    )


def together(ports: Iterable[Flexibility]) -> Flexibility:
    """Of the station: what is known of its ports, added up. One limit of the station commands it."""
    known = tuple(ports)
    drawn = [one.drawn_w for one in known if one.drawn_w is not None]
    shed_w = sum(one.shed_w for one in known)
    raised_w = sum(one.raise_w or 0 for one in known)
    return Flexibility(
        drawn_w=sum(drawn) if drawn else None,
        shed_w=shed_w,
        shed_to_minimum_w=sum(one.shed_to_minimum_w or 0 for one in known),
        raise_w=raised_w,
        shed_by=ProfilePurpose.STATION_MAX if shed_w else None,
        raise_by=ProfilePurpose.STATION_MAX
        if any(one.raise_by is ProfilePurpose.STATION_MAX for one in known)
        else None,
    )


def _is_paused_by_network(session: Session) -> bool:
    said = (entry for entry in session.limits.entries if entry.source in OF_THE_NETWORK)
    return is_due_power(session) and any(offerable(entry.current_a) <= 0 for entry in said)


def _of_pause(session: Session, sample: MeterSample) -> Flexibility:
    """At most what all phases of the port carry: which of them the car uses is not seen while it draws nothing."""
    supply = session.limits.named(LimitSource.SUPPLY)
    # Whoever is paused has no share of a supply that ports share; how large his share would be nobody has worked out.
    has_no_share = supply is not None and offerable(supply.current_a) <= 0
    w_per_a = sum(voltage for voltage in sample.voltages_v if voltage is not None and voltage >= PHASE_FROM_V)
    raised_w = None if has_no_share or not w_per_a else round(_ceiling_a(session) * w_per_a)
    return Flexibility(raise_w=raised_w, raise_by=None if raised_w == 0 else _raised_by(session))


def _watts_per_ampere(sample: MeterSample) -> float | None:
    """Of one ampere more or less on every phase that the car uses; None where the meter tells no currents."""
    used = [place for place, amperes in enumerate(sample.currents_a) if (amperes or 0.0) >= PHASE_FROM_A]
    if not used:
        return None
    return sum(sample.voltages_v[place] or NOMINAL_V for place in used)


def _raise_w(session: Session, sample: MeterSample, w_per_a: float | None) -> int | None:
    """What a higher limit of the network could bring; 0 where the car does not take what it is offered already."""
    if w_per_a is None:
        return None
    highest_a = max(amperes or 0.0 for amperes in sample.currents_a)
    if highest_a < session.encoded_a - TAKES_ALL_WITHIN_A:
        return 0
    return max(0, round((_ceiling_a(session) - session.encoded_a) * w_per_a))


def _ceiling_a(session: Session) -> float:
    """What could be offered without the network's limits."""
    others = [entry.current_a for entry in session.limits.entries if entry.source not in OF_THE_NETWORK]
    return offerable(min(others, default=0.0))


def _raised_by(session: Session) -> ProfilePurpose:
    """Whose word stands in the way: the lowest limit of the network."""
    said = [entry for entry in session.limits.entries if entry.source in OF_THE_NETWORK]
    lowest = min(said, key=lambda entry: entry.current_a, default=None)
    is_station = lowest is not None and lowest.source is LimitSource.CHARGE_POINT_MAX
    return ProfilePurpose.STATION_MAX if is_station else ProfilePurpose.TX
