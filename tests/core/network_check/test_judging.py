"""What evidence means that no wire of a test can give, and what holds of every finding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.network_check.conclusion import concluded
from agent.core.network_check.local import Gateway, Interface, Lookup, Medium, Routes, Said, address, link, names, route
from agent.core.network_check.model import Finding, Layer, Sign, Verdict
from agent.core.network_check.own_link import OF_CAUSE, LinkSeen, own_link
from agent.core.network_check.packets import Fate, PacketsSeen, SizeTried, packets
from agent.core.network_check.remote import (
    Answer,
    Attempt,
    ClockSeen,
    Fault,
    Handshake,
    PlainAnswer,
    clock,
    portal,
    tcp,
    tls,
)

DAY_MS = 86_400_000
NOW_MS = 1_800_000_000_000
IPS = st.sampled_from(["10.0.0.2", "169.254.1.1", "fe80::1", "2001:db8::1", "127.0.0.1"])
INTERFACES = st.lists(
    st.builds(
        Interface,
        name=st.sampled_from(["eth0", "wlan0", "wwan0"]),
        medium=st.sampled_from(Medium),
        has_carrier=st.booleans(),
        addresses=st.lists(IPS).map(tuple),
        speed_mbit=st.none() | st.integers(-1, 1000),
    )
)
SERVERS = st.lists(st.tuples(IPS, st.sampled_from(Said)), max_size=3).map(tuple)
EVIDENCE = st.one_of(
    INTERFACES.map(link),
    INTERFACES.map(address),
    st.builds(
        Routes,
        gateways=st.lists(st.builds(Gateway, address=IPS, interface=st.just("eth0"))).map(tuple),
        leads_to=st.lists(IPS).map(tuple),
    ).map(route),
    st.builds(Lookup, host=st.just("csms.example"), addresses=st.lists(IPS).map(tuple), servers=SERVERS).map(names),
    st.builds(
        PlainAnswer,
        host=st.sampled_from(["csms.example", "10.0.0.7"]),
        status=st.none() | st.integers(100, 599),
        leads_to=st.sampled_from(["", "csms.example", "login.example"]),
        is_known=st.booleans(),
        problem=st.just("does not answer"),
    ).map(portal),
    st.builds(
        ClockSeen,
        now_ms=st.none() | st.integers(0, 2 * NOW_MS),
        passed_ms=st.integers(0, NOW_MS),
        offset_s=st.none() | st.floats(-1e9, 1e9),
        http_ms=st.none() | st.integers(0, 2 * NOW_MS),
    ).map(clock),
    st.lists(st.builds(Attempt, address=IPS, answer=st.sampled_from(Answer)), min_size=1).map(lambda a: tcp(a, 443)),
    st.builds(
        Handshake,
        host=st.just("csms.example"),
        fault=st.sampled_from(Fault),
        trusts=st.just("the system's authorities"),
        problem=st.just("no secure connection"),
        smaller_help=st.booleans(),
    ).map(lambda seen: tls(seen, NOW_MS)),
    st.builds(
        LinkSeen,
        is_open=st.booleans(),
        cause=st.sampled_from(["", *OF_CAUSE]),
        sentence=st.just("there is none"),
        registration=st.sampled_from(["", "Accepted", "Pending", "Rejected", "Maybe"]),
        trips_s=st.lists(st.floats(0, 10)),
    ).map(lambda seen: list(own_link(seen))[-1]),
)


@given(EVIDENCE)
def test_who_reads_that_something_fails_reads_what_to_do(finding: Finding) -> None:
    assert finding.says.strip()
    assert not finding.says.endswith(".")
    assert finding.next or finding.verdict in (Verdict.OK, Verdict.SKIPPED)


@given(st.lists(EVIDENCE))
def test_a_check_is_good_exactly_where_nothing_failed(findings: list[Finding]) -> None:
    end = concluded(findings)

    assert end.is_good == all(one.verdict is not Verdict.FAIL for one in findings)
    assert end.is_good or (end.next and end.layer in {one.layer for one in findings})


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (ClockSeen(now_ms=None), "not known"),
        (ClockSeen(now_ms=NOW_MS - DAY_MS * 3, passed_ms=NOW_MS), "at least 3 days behind"),
        (ClockSeen(now_ms=NOW_MS, offset_s=-11.0), "11 s ahead"),
        (ClockSeen(now_ms=NOW_MS, http_ms=NOW_MS + 600_000), "10 min behind"),
    ],
)
def test_a_clock_is_to_blame_for_a_date_once_it_is_doubted(seen: ClockSeen, says: str) -> None:
    doubted = clock(seen)
    too_late = tls(Handshake(host="csms.example", fault=Fault.TOO_LATE, trusts="a root"), seen.now_ms)

    assert says in doubted.says
    assert doubted.verdict is Verdict.WARN
    assert concluded([doubted, too_late]).layer is Layer.CLOCK


def test_a_clock_that_is_right_takes_no_blame() -> None:
    right = clock(ClockSeen(now_ms=NOW_MS, offset_s=1.0))
    too_late = tls(Handshake(host="csms.example", fault=Fault.TOO_LATE, trusts="a root"), NOW_MS)

    assert concluded([right, too_late]).layer is Layer.TLS


def test_a_portal_takes_no_blame_for_a_wrong_password() -> None:
    page = portal(PlainAnswer(host="csms.example", status=302, leads_to="www.operator.example"))
    refused = list(own_link(LinkSeen(is_open=False, cause="unauthorized", sentence="refused")))

    assert page.sign is Sign.LOGIN_PAGE
    assert concluded([page, *refused]).layer is Layer.UPGRADE


def test_the_front_door_of_the_same_house_is_no_portal() -> None:
    page = portal(PlainAnswer(host="ws.operator.example", status=301, leads_to="www.operator.example"))

    assert page.verdict is Verdict.OK


SIZES = st.sampled_from([576, 1280, 1400, 1452, 1492])
FATES = st.sampled_from(Fate)


@given(FATES, FATES, st.lists(st.builds(SizeTried, packet_bytes=SIZES, fate=FATES), max_size=5))
def test_a_size_is_blamed_only_where_a_smaller_one_arrives_and_the_same_is_lost_twice(
    first: Fate, again: Fate, smaller: list[SizeTried]
) -> None:
    seen = PacketsSeen(
        first=SizeTried(packet_bytes=1500, fate=first),
        repeated=SizeTried(packet_bytes=1500, fate=again),
        smaller=smaller,
    )

    finding = packets(seen)

    through = [one.packet_bytes for one in smaller if one.fate is Fate.ARRIVED]
    is_blamed = first is Fate.LOST and again is not Fate.ARRIVED and bool(through)
    assert (finding.verdict is Verdict.FAIL) is is_blamed
    if is_blamed:
        assert finding.values["fits_bytes"] == max(through)
        assert str(max(through)) in finding.next
