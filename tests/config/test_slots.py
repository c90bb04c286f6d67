"""`[[ocpp.slots]]`: what a further address may leave out, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.slots import objection_to_address
from tests.config.conftest import GOOD_SITE, WriteSite, load_good, problems_of

SECRET = "a-password-of-B-16"
PLAIN = GOOD_SITE[: GOOD_SITE.index("[ocpp]")]


def site(*slots: str, more: str = "") -> str:
    tables = "".join(f"\n[[ocpp.slots]]\n{slot}\n" for slot in slots)
    return f"""{PLAIN}
[ocpp]
version = "1.6"
url = "wss://a.example/ocpp"
identity = "CP-1"
password_file = "password"
{more}{tables}"""


@pytest.fixture
def write(write_site: WriteSite) -> WriteSite:
    def written(text: str = GOOD_SITE) -> Path:
        path = write_site(text)
        for name in ("password", "password-b", "b.pem"):
            file = path.parent / name
            file.write_text(SECRET)
            file.chmod(0o600)
        return path

    return written


def test_what_a_slot_leaves_out_is_as_under_ocpp(write: WriteSite) -> None:
    ocpp = load_good(write(site('url = "wss://b.example/"'))).ocpp

    assert ocpp is not None
    assert ocpp.of_slot(2).endpoint == "wss://b.example/CP-1"
    assert ocpp.slots[0].logs_in_alike
    assert (ocpp.of_slot(1), ocpp.of_slot(4)) == (ocpp, ocpp)
    assert ocpp.of_slot(2).password == ocpp.password


def test_a_slot_brings_its_own_network_name_credentials_and_root(write: WriteSite) -> None:
    more = 'identity = "X-9"\nnetwork = "quay"\npassword_file = "password-b"\nca_file = "b.pem"\nsecurity_profile = 2'
    path = write(site(f'url = "wss://b.example/{{identity}}/ws"\n{more}'))

    ocpp = load_good(path).ocpp

    assert ocpp is not None
    second = ocpp.of_slot(2)
    assert (second.endpoint, second.network, second.security_profile) == ("wss://b.example/X-9/ws", "quay", 2)
    assert second.password is not None
    assert second.password.reveal() == SECRET
    assert ocpp.slots[0].ca_file == path.parent / "b.pem"
    assert not ocpp.slots[0].logs_in_alike


@pytest.mark.parametrize(
    ("slot", "key", "words"),
    [
        ('url = "https://b.example"', "url", "is no websocket address"),
        ('url = "wss://CP-1:secret@b.example"', "url", "holds a login"),
        ('url = "ws://b.example"', "security_profile", "profile 2 needs TLS"),
        ('url = "ws://127.0.0.1"\nsecurity_profile = 1', "security_profile", "below the 2 of slot 1"),
        ('url = "wss://a.example/ocpp/"', "url", "is the address of an earlier slot"),
        ('url = "wss://b.example"\nidentity = "CP-2"', "identity", "one central system knows one charger by one name"),
        ('url = "wss://b.example"\npassword_file = "gone"', "password_file", "there is no file"),
        ('url = "wss://b.example"\nsecurity_profile = 3', "client_certificate_file", "is missing"),
        ('url = "wss://b.example"\nclient_key_file = "b.pem"', "client_certificate_file", "is missing"),
        ('url = "wss://b.example"\nnetwork = "a/b"', "network", "write up to 30 letters"),
        ('url = "wss://b.example"\npassword = "x"', "password", "unknown key"),
        ('identity = "CP-1"', "url", "is missing"),
    ],
)
def test_what_is_wrong_with_a_slot_is_told_with_its_place(write: WriteSite, slot: str, key: str, words: str) -> None:
    text = site('url = "wss://ok.example"', slot)
    first_line = text[: text.rindex("[[ocpp.slots]]")].count("\n") + 1

    problems = problems_of(write(text))

    found = [one for one in problems if f"ocpp.slots.2.{key}: " in one and words in one]
    assert len(found) == 1, problems
    assert first_line <= int(found[0].split(":")[1]) <= first_line + slot.count("\n") + 1


def test_there_are_four_slots_at_most(write: WriteSite) -> None:
    slots = [f'url = "wss://{name}.example"' for name in "bcde"]

    assert any("there may be 3 more addresses" in one for one in problems_of(write(site(*slots))))


@pytest.mark.parametrize(
    ("url", "profile", "allow_insecure"),
    [
        ("wss://b.example", 2, False),
        ("wss://b.example:8443/ocpp/{identity}", 3, False),
        ("ws://127.0.0.1:9000/", 1, False),
        ("ws://b.example", 0, True),
    ],
)
def test_an_address_that_came_from_afar_may_be_any_that_is_as_well_protected(
    url: str, profile: int, allow_insecure: bool
) -> None:
    assert objection_to_address(url, profile=profile, allow_insecure=allow_insecure) is None


@pytest.mark.parametrize("profile", [2, 3])
def test_no_address_lowers_the_security_profile(profile: int) -> None:
    assert objection_to_address("ws://127.0.0.1", profile=profile, allow_insecure=True) is not None
