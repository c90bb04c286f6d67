"""Secrets that a property plants in a charger, each spelling they may leave it in, and the search for them."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import ascii_letters, ascii_lowercase, digits

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import strategies as st

from agent.recorder.frames import frames

LETTERS = ascii_letters + digits
PRIVATE = "PRIVATE KEY-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One charger's secrets. Cards are as the reader tells them, in hexadecimal digits."""

    card: str
    """Charges."""
    refused_card: str
    """Is refused by the central system."""
    listed_card: str
    """Is on the list at the charger."""
    site_password: str
    key: str
    """The AuthorizationKey that the central system sets afterwards."""
    mqtt_password: str
    upload_password: str
    device_key: bytes
    local_key: bytes
    person: str
    """Who typed something: like the next two a word without a digit, shorter than any password."""
    typed: str
    """A word of the reason that they gave."""
    wifi: str


def _drawn(seed: int, card_octets: int, length: int) -> Planted:
    """Long and of all letters, so that none is found by chance: a shrunk secret would be zeros."""
    chance = random.Random(seed)
    # One that is spelled like a class cannot be told from a class in the message of an error.
    words = ["".join(chance.choices(ascii_lowercase) + chance.choices(LETTERS, k=length - 1)) for _ in range(4)]
    plain = ["".join(chance.choices(ascii_lowercase, k=12)) for _ in range(3)]
    cards = [chance.randbytes(card_octets).hex().upper() for _ in range(3)]
    return Planted(
        card=cards[0],
        refused_card=cards[1],
        listed_card=cards[2],
        site_password=words[0],
        key=words[1],
        mqtt_password=words[2],
        upload_password=words[3],
        device_key=chance.randbytes(32),
        local_key=chance.randbytes(32),
        person=plain[0],
        typed=plain[1],
        wifi=plain[2],
    )


PLANTED = st.builds(_drawn, st.integers(0, 2**63), st.sampled_from((4, 7, 10)), st.integers(16, 40))
"""Cards of each length that ISO 14443 has, passwords as long as OCPP lets an AuthorizationKey be."""


def _base64(octets: bytes) -> Iterator[bytes]:
    """What it looks like within a longer text in base 64, wherever it begins there."""
    for before in range(3):
        whole = b64encode(bytes(before) + octets)
        core = whole[(0, 2, 3)[before] : len(whole) - len(whole) % 4]
        core = core[: (before + len(octets)) * 8 // 6 - (0, 2, 3)[before]]
        yield core
        yield core.translate(bytes.maketrans(b"+/", b"-_"))


def spellings_of_text(text: str) -> set[bytes]:
    octets = text.encode()
    return {octets, octets.lower(), octets.upper(), *_hex(octets), *_base64(octets)}


def spellings_of_octets(octets: bytes) -> set[bytes]:
    return {octets, *_hex(octets), *_base64(octets)}


def spellings_of_card(card: str) -> set[bytes]:
    """Digits, octets in either order, and the digits with something between."""
    found = spellings_of_text(card)
    for octets in (bytes.fromhex(card), bytes.fromhex(card)[::-1]):
        found |= {*_hex(octets)}
        # Four octets, and the five signs that they are in base 64, are found anywhere by chance.
        found |= {octets, *_base64(octets)} if len(octets) > 4 else set()
        for between in (":", "-", " "):
            found |= {octets.hex(between).encode(), octets.hex(between).upper().encode()}
    return found


def spellings_of_ends(card: str) -> set[bytes]:
    """As the charger's own pages name it (`IdToken.masked`)."""
    return {f"{mark}{end}".encode() for mark in ("…", "\\u2026") for end in (card[-4:], card[-4:].lower())}


def spellings_of_pem(pem: bytes) -> set[bytes]:
    """A private key: its file, the octets in it, and the number that it is."""
    key = load_pem_private_key(pem, None)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    found = {line for line in pem.splitlines() if not line.startswith(b"-----") and len(line) > 20}
    found |= spellings_of_octets(der)
    number = key.private_numbers().private_value if hasattr(key, "private_numbers") else None  # type: ignore[union-attr]
    raw = number.to_bytes(32, "big") if number is not None else key.private_bytes_raw()  # type: ignore[union-attr]
    return found | spellings_of_octets(raw)


def _hex(octets: bytes) -> set[bytes]:
    return {octets.hex().encode(), octets.hex().upper().encode()}


def unpacked(content: bytes) -> bytes:
    """With all that is packed in it, to the last frame of a recording."""
    found = content
    if content[:2] == b"\x1f\x8b":
        return unpacked(gzip.decompress(content))
    if content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as opened:
            for one in opened.getmembers():
                member = opened.extractfile(one)
                assert member is not None
                found += recorded(member.read()) if one.name.endswith(".rec") else unpacked(member.read())
    return found


def recorded(content: bytes) -> bytes:
    """A recording with what its frames hold as text."""
    told = (json.dumps(each.items(), default=repr, ensure_ascii=False).encode() for each in frames(content))
    return content + b"\n".join(told)


def told_by_anybody(secrets: Planted) -> Iterator[str]:
    """What a careless line of a log could say: each secret as it is, named, quoted, as octets and in a frame."""
    cards, words = (
        (secrets.card, secrets.refused_card, secrets.listed_card),
        (secrets.site_password, secrets.key, secrets.mqtt_password, secrets.upload_password),
    )
    for card in cards:
        yield f"reader told {card} at mmc0"
        yield f"usb 1-1: read {bytes.fromhex(card).hex(' ')} | {bytes.fromhex(card)[::-1].hex(':')}"
        yield f'ttyUSB0 < [2,"7","Authorize",{{"idTag":"{card}"}}]'
        yield f"mmc0: card was refused token=…{card[-4:]}"
    for word in words:
        yield f"mmc0 login with {word}: refused"
        yield f"oom-kill: wss://cp:{word}@csms.example/ocpp?key={word} password={word!r}"
        yield f"ttyACM0 Authorization: Basic {b64encode(f'cp:{word}'.encode()).decode()}"
    for key in (secrets.device_key, secrets.local_key):
        yield f"usb 1-1: key {key.hex()} {b64encode(key).decode()}"
    yield f'restart.ordered what=mmc0 reason="{secrets.person} said \\"{secrets.typed}\\", and {secrets.typed} again"'
    yield f"restart.ordered what=mmc0 reason={secrets.typed} repeated=2"
    yield f"outage.ended cause=mmc0 excluded_by={secrets.person} excluded_s=12"
    yield f'wlan0: ssid={secrets.wifi} ESSID:"{secrets.wifi}" psk: {secrets.wifi} passwd={secrets.wifi}'
    yield f'wlan0: joined "{secrets.wifi} of {secrets.person}", api_key={secrets.typed}'


def leaks(outputs: Mapping[str, bytes], wanted: Mapping[str, set[bytes]], excused: Mapping[str, set[str]]) -> list[str]:
    """ "output: secret" of each that is where it must not be; `excused`: what an output may hold."""
    return [
        f"{output}: {secret}, as in {content[max(0, at - 60) : at + 60]!r}"
        for output, content in outputs.items()
        for secret, spellings in wanted.items()
        if secret not in excused.get(output, set())
        for spelling in spellings
        if (at := content.find(spelling)) >= 0
    ]
