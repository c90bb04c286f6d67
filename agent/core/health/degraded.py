"""What lets a port charge with less, or blind in some respect, each as one function of the table in rules.py."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core import link_figures
from agent.core.control_pilot import MIN_OFFER_A
from agent.core.explain import surroundings
from agent.core.faults.causes import is_unread
from agent.core.health.common import degraded, faults_of, limits_of, of_limit
from agent.core.health.down import FULL_MB
from agent.core.health.model import CertificateEnd, Defect, PortSeen, Verdict
from agent.core.limits import LimitSource

CLOCK_GRACE_S = 60.0
"""A clock that is about to be told is no defect."""
CERTIFICATE_DAYS = 14
LOW_MB, LOW_PERCENT = 200, 10
"""As storage.low of the fault catalogue."""
WORN_PERCENT = 90
FLAPS_FROM = 5
"""So many comings and goings of one thing within an hour."""
QUEUE_FROM = 0.8
BUILT_IN = (LimitSource.HARDWARE, LimitSource.LOCAL)


def faults(seen: PortSeen) -> Iterator[Defect]:
    return faults_of(seen, Verdict.DEGRADED)


def less_current(seen: PortSeen) -> Iterator[Defect]:
    """Only what is not there in good times: heat, a board that holds back, a network that is missed."""
    rated = seen.session.limits.named(LimitSource.HARDWARE)
    for limit in limits_of(seen):
        is_less = rated is None or limit.current_a < rated.current_a
        if limit.source not in BUILT_IN and limit.current_a >= MIN_OFFER_A and is_less:
            yield of_limit(limit, Verdict.DEGRADED)


def failed_start(seen: PortSeen) -> Iterator[Defect]:
    for one in surroundings.failed_start(seen.failed_start, seen.session):
        yield Defect(key=one.key, verdict=Verdict.DEGRADED, text=one.what, since=one.since, remedy=one.next_step)


def meter(seen: PortSeen) -> Iterator[Defect]:
    session = seen.session
    if session.meter_lost_since is not None and session.faults.find("meter.comm") is None:
        why = f": {session.meter_lost_why}" if session.meter_lost_why else ""
        yield Defect(
            key="meter.silent",
            verdict=Verdict.DEGRADED,
            text=f"the meter gives no reading{why}; a charge nobody measures is ended after a while, and none begins",
            since=session.meter_lost_since,
            remedy=surroundings.MEND_METER,
        )


def offline(seen: PortSeen) -> Iterator[Defect]:
    network = seen.around.network
    if network.is_missed:
        cause = f": {network.why_away}" if network.why_away else ""
        yield Defect(
            key="network.offline",
            verdict=Verdict.DEGRADED,
            text=f"the central system is not connected{cause}",
            since=network.since,
            remedy=network.found_next or surroundings.LOOK_AT_NETWORK,
        )


def not_accepted(seen: PortSeen) -> Iterator[Defect]:
    network = seen.around.network
    if network.connected and network.is_unaccepted:
        yield Defect(
            key="network.not_accepted",
            verdict=Verdict.DEGRADED,
            text=network.answer_to_registration,
            since=network.since,
            remedy=surroundings.HAVE_IT_ACCEPTED,
        )


def clock(seen: PortSeen) -> Iterator[Defect]:
    if seen.around.now.utc_ms is None and seen.around.runs_s >= CLOCK_GRACE_S:
        text = "the time of day is not known; records are dated later, and profiles that follow the clock do not count"
        remedy = "let a time server or the central system be reached; check the battery of the clock"
        yield degraded("clock.unknown", text, remedy=remedy)


def wrong_clock(seen: PortSeen) -> Iterator[Defect]:
    wrong = link_figures.wrong_clock(seen.around.clock_offset_s)
    if wrong:
        yield degraded("clock.wrong", wrong, remedy=link_figures.MEND_CLOCK)


def certificates(seen: PortSeen) -> Iterator[Defect]:
    for one in seen.around.certificates:
        if 0 <= one.days <= CERTIFICATE_DAYS:
            yield _of_certificate("certificate.ends", one, f"ends in {one.days} days")


def ended_certificates(seen: PortSeen) -> Iterator[Defect]:
    """Apart from those that are about to: what ended is why others refuse, and what is about to end is not yet."""
    for one in seen.around.certificates:
        if one.days < 0:
            yield _of_certificate("certificate.ended", one, f"ended {-one.days} days ago")


def _of_certificate(key: str, one: CertificateEnd, when: str) -> Defect:
    text = f"the certificate of the {one.kind} ({one.subject}) {when}"
    return degraded(key, text, remedy="let the central system renew it, or install another one")


def room(seen: PortSeen) -> Iterator[Defect]:
    storage = seen.around.storage
    if storage.free_mb is None or storage.all_mb is None or storage.free_mb < FULL_MB:
        return
    if storage.free_mb < LOW_MB or 100 * storage.free_mb < LOW_PERCENT * storage.all_mb:
        text = f"{storage.free_mb:.0f} MB of {storage.all_mb:.0f} MB are free on the disk"
        yield degraded("storage.low", text, remedy="take files away that are not the charger's, or use a larger one")


def wear(seen: PortSeen) -> Iterator[Defect]:
    storage = seen.around.storage
    is_worn = storage.worn_percent is not None and storage.worn_percent >= WORN_PERCENT
    if is_worn or storage.pre_eol in ("warning", "urgent"):
        used = f"{storage.worn_percent} % of its life are used" if storage.worn_percent is not None else "it says so"
        yield degraded("storage.worn", f"the storage is worn out: {used}", remedy="exchange it before it fails")


def queue(seen: PortSeen) -> Iterator[Defect]:
    fill = seen.around.queue_fill
    if fill >= QUEUE_FROM:
        text = f"of the room for records that wait for the central system, {round(100 * fill)} % are used"
        yield degraded("queue.filling", text, remedy="bring the central system back; readings are thinned out first")


def flapping(seen: PortSeen) -> Iterator[Defect]:
    for flap in seen.around.flaps:
        if flap.count >= FLAPS_FROM and flap.port in (None, seen.number):
            text = f"{flap.what} came and went {flap.count} times within an hour"
            yield degraded(f"flapping.{flap.what.replace(' ', '.')}", text, remedy="look at the events: evsectl events")


def crash_loop(seen: PortSeen) -> Iterator[Defect]:
    for one in surroundings.crash_loop(seen.around.crash_loop):
        yield Defect(key=one.key, verdict=Verdict.DEGRADED, text=one.what, since=one.since, remedy=one.next_step)


TOLD_BY_FAULT = {"token_reader": "reader.", "temperature": "temp.sensor", "lock": "lock."}
"""What stands last in a device's place, and how the faults begin that tell of its silence better."""


def devices(seen: PortSeen) -> Iterator[Defect]:
    for one in seen.around.silent:
        if one.port in (None, seen.number) and not _is_told(one.name, seen):
            text = f"{one.name} does not answer" + (f": {one.detail}" if one.detail else "")
            yield degraded("device.silent", text, remedy="check its power, its wires and its address")


def _is_told(place: str, seen: PortSeen) -> bool:
    """By a fault, with more words: the same thing twice looks like two."""
    begins = TOLD_BY_FAULT.get(place.rpartition(".")[2])
    faults = seen.session.faults.faults
    if place.startswith("input."):
        return any(is_unread(one) for one in faults)
    return begins is not None and any(one.kind.id.startswith(begins) for one in faults)
