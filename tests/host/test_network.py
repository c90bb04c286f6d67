"""The kernel's tables and answers of name servers, as octets and lines; wires are in tests/network_check/."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.network_check.local import Gateway, Said
from agent.host.name_servers import answer, name_servers, question
from agent.host.network import arp_answer, ipv4_gateways, ipv6_addresses, ipv6_gateways
from agent.ocpp_client.handshake import certificates_in, long_hello

ROUTE = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0000A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
"""
ROUTE6 = (
    "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"
)
IF_INET6 = "20010db8000000000000000000000002 02 40 00 80     eth0\n20010db8000000000000000000000003 02 40 00 48 eth0\n"
ARP = """IP address       HW type     Flags       HW address            Mask     Device
192.168.0.1      0x1         0x2         02:00:00:00:00:01     *        eth0
192.168.0.9      0x1         0x0         00:00:00:00:00:00     *        eth0
"""


def test_the_default_routes_are_read_least_metric_first() -> None:
    found = list(ipv4_gateways(ROUTE))

    assert found == [
        Gateway(address="192.168.0.1", interface="eth0"),
        Gateway(address="192.168.1.1", interface="wlan0"),
    ]
    assert list(ipv6_gateways(ROUTE6)) == [Gateway(address="fe80::1", interface="eth0")]


def test_an_address_that_is_somebody_elses_does_not_count() -> None:
    assert list(ipv6_addresses(IF_INET6)) == [("eth0", "2001:db8::2")]


@pytest.mark.parametrize(("last", "answers"), [("1", True), ("9", False), ("7", None)])
def test_who_answers_for_its_hardware_address_is_there(last: str, answers: bool | None) -> None:
    assert arp_answer(ARP, Gateway(address=f"192.168.0.{last}", interface="eth0")) is answers


def test_the_first_three_name_servers_count() -> None:
    text = "# none\nsearch lan\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\nnameserver\nnameserver 1\nnameserver 2\n"

    assert name_servers(text) == ("10.0.0.1", "fe80::1%eth0", "1")


@given(st.binary(max_size=600))
def test_whatever_comes_from_a_name_server_is_an_answer_or_none(message: bytes) -> None:
    assert answer(message, question("csms.example", 1, 4711)) in (None, *Said)


@pytest.mark.parametrize("host", ["", "a..b", "x" * 64 + ".example"])
def test_what_is_no_name_is_not_asked_for(host: str) -> None:
    with pytest.raises(UnicodeError):
        question(host, 1, 1)


@given(st.binary(max_size=300), st.booleans())
def test_a_certificate_message_of_any_octets_ends(message: bytes, is_1_3: bool) -> None:
    assert sum(len(one) for one in certificates_in(message, is_1_3=is_1_3)) <= len(message)


def test_a_long_beginning_of_tls_is_one_that_a_server_answers_and_takes_more_than_two_packets() -> None:
    trustme = pytest.importorskip("trustme", reason="certificates of the tests are made with it")
    hello = long_hello("csms.example", 4000)
    heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("csms.example").configure_cert(context)
    heard.write(hello)

    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(heard, said, server_side=True).do_handshake()

    assert len(hello) > 4000
    assert said.read()[:1] == b"\x16"  # its part of the handshake, and no alert
