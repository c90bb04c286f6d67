"""Which addresses are taken, what is never shown of them, and whom the network may send us to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BadAddress, TransferError, UnknownScheme
from agent.transfer.addresses import Scheme, objection_to_host, read_address

ALL = tuple(Scheme)
CANARY = "kanari-geheim"


def test_an_address_is_taken_apart() -> None:
    address = read_address(f"https://us%40er:{CANARY}%2F@files.example:8443/in/box/?token=1", ALL)

    assert (address.scheme, address.host, address.port) == (Scheme.HTTPS, "files.example", 8443)
    assert (address.user, address.target, address.is_folder) == ("us@er", "/in/box/?token=1", True)
    assert address.password is not None
    assert address.password.reveal() == f"{CANARY}/"


def test_what_is_shown_of_an_address_holds_no_secret() -> None:
    address = read_address(f"https://{CANARY}:{CANARY}@files.example/{CANARY}?sig={CANARY}", ALL)

    assert CANARY not in address.where
    assert "reveal" not in repr(address.password)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://h/in/", "/in/log%20%281%29.txt"),
        ("https://h/in", "/in"),
        ("https://h", "/log%20%281%29.txt"),
        ("https://h/in/?sig=a%2Fb", "/in/log%20%281%29.txt?sig=a%2Fb"),
        ("https://h/in/file?sig=a", "/in/file?sig=a"),
    ],
)
def test_a_folder_gets_the_name_of_the_file(location: str, target: str) -> None:
    assert read_address(location, ALL).named("log (1).txt").target == target


@pytest.mark.parametrize("location", ["scp://h/x", "file:///etc/passwd", "dummy://dummy", "gopher://h", "x", ""])
def test_an_unknown_way_is_refused(location: str) -> None:
    with pytest.raises(UnknownScheme):
        read_address(location, ALL)


def test_a_way_that_the_site_does_not_allow_is_refused_with_the_key_to_change() -> None:
    with pytest.raises(UnknownScheme, match=r"\[transfer\] schemes"):
        read_address("http://h/x", (Scheme.HTTPS,))


@pytest.mark.parametrize(
    "location",
    [
        "https://",
        "https:///x",
        "https://h:99999/",
        "https://[::1/",
        "https://h/a b",
        "https://h/ä",
        "https://h/\r\nX: 1",
        "https://u%0d%0a:p@h/",
        "https://h/" + "x" * 3000,
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(location: str) -> None:
    with pytest.raises(BadAddress) as refused:
        read_address(location, ALL)

    assert "xxx" not in str(refused.value)


def test_a_path_with_a_line_break_never_becomes_an_ftp_command() -> None:
    with pytest.raises(BadAddress):
        read_address("ftp://h/a%0d%0aDELE%20x", ALL).plain_path()


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = read_address(text, ALL)
    except TransferError:
        return
    assert address.host
    assert 0 < address.port < 65_536
    assert address.target.startswith("/")


def test_credentials_go_to_nobody_else() -> None:
    address = read_address("https://u:p@h/a", ALL)

    assert address.redirected("/b").password == address.password
    assert address.redirected("https://h/b").user == "u"
    assert address.redirected("https://other/b").password is None
    assert address.redirected("https://h:444/b").user == ""


@pytest.mark.parametrize("location", ["http://h/b", "ftp://h/b", "file:///b"])
def test_a_server_cannot_lead_us_to_another_way(location: str) -> None:
    with pytest.raises(UnknownScheme):
        read_address("https://h/a", ALL).redirected(location)


@pytest.mark.parametrize(
    "numeric",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "169.254.169.254", "fe80::1%eth0", "10.1.2.3"),
        *("192.168.0.1", "172.16.0.1", "100.64.0.1", "fd00::1", "224.0.0.1", "255.255.255.255"),
        *("::ffff:10.0.0.1", "2002:a00:1::1"),
    ],
)
def test_neighbours_are_none_of_the_networks_business(numeric: str) -> None:
    assert objection_to_host(numeric) != ""


@pytest.mark.parametrize("numeric", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_the_rest_of_the_world_may_be_reached(numeric: str) -> None:
    assert objection_to_host(numeric) == ""
